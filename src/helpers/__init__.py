"""Helpers of the CRM notebook suite: methods by stage, studies, and the runner that turns them into reports."""

__version__ = "0.1.0"
