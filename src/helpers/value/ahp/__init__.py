"""Customer value by the analytic hierarchy process (AHP): judgements, weights, scores of customers, their limits."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
