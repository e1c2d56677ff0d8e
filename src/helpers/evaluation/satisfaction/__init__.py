"""Satisfaction: scores, what drives the whole, what was not asked, and whether the satisfied buy again."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
