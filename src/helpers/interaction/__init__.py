"""Interaction: what to speak about with which customer, products that go together and what to buy next."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
