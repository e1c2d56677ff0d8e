"""The purchase histories that published figures are about."""

from tests.purchase_histories import cdnow, cdnow_78_weeks, cdnow_cohort, cdnow_lines, donors

__all__ = ["cdnow", "cdnow_78_weeks", "cdnow_cohort", "cdnow_lines", "donors"]
