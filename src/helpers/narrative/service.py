"""Which sentence on the service desk holds: weeks and staying. The sentences stand in the words of the chapter."""

from helpers.evaluation.control_charts import ControlChart
from helpers.evaluation.staying import BETTER, NOT_SHOWN, WORSE

STAYING_ADVICE: dict[str, tuple[str, bool | None]] = {
    WORSE: ("staying_worse", False),
    BETTER: ("staying_better", None),
    NOT_SHOWN: ("staying_not_shown", None),
}
"""By status of the effect: key of the verdict, and whether it is good news."""


def week_reading(found: ControlChart) -> str:
    """Return the key of the finding on weeks: some differ, or none does."""
    return "weeks_differ" if len(found.signals) else "weeks_alike"
