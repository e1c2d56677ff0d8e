"""Figures of the literature worked out anew, under the names that the table `published_values` gives them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
