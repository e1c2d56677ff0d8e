"""Loyalty to brands: who prefers what beyond chance, who switches, and how both respond to price."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
