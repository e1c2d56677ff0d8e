"""Credit: who pays when, what is overdue, what will be lost, whom to grant how much, and what to do next."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
