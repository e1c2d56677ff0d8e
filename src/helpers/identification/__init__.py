"""Identification: what was received, how good it is, and who the customers are.

Linking records into customers has a room of its own, `helpers.identification.linkage`, which takes Splink with it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
