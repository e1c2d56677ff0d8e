"""Charts of identification: the customer base, linked records, and who holds which product."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
