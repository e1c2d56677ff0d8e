"""Evaluation of customer work: campaigns, selection for contact, retention, migration, cross-tables, and shares with intervals."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
