"""The simulated company: one coherent world from one seed, with its hidden truth kept apart."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
