"""Evaluation of customer work: campaigns, selection for contact, retention, migration, any measure by any dimension."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
