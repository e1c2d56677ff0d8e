"""Economic profit per customer: what activities cost, who makes the profit, who destroys it, what would change it."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
