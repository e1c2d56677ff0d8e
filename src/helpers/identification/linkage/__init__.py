"""Record linkage: which records mean the same customer, how sure that is, and what a person should look at."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
