"""Differentiation: how customers differ, by the revenue they bring, the way they buy and the phase they are in."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
