"""Charts of evaluation: campaigns, retention, satisfaction, the service desk, the scorecard, and claims."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
