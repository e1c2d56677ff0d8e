"""Charts of value: contribution, lifetime value, churn, the value cube, weighed criteria, profit and credit."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
