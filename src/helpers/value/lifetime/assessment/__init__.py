"""How purchase models and lifetime values hold on a study: choice by holdout, tracking, traces, groups, a verdict."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
