"""Which sentences on the service desk and on engagement hold. They stand in the words of the chapters."""

from collections.abc import Sequence

from helpers.core.results import enumerated
from helpers.evaluation.call_volumes import BETTER as BETTER_FORECAST
from helpers.evaluation.call_volumes import NOT_BETTER
from helpers.evaluation.control_charts import ControlChart
from helpers.evaluation.service_cases import ServiceCases
from helpers.evaluation.staying import BETTER, NOT_SHOWN, WORSE

STAYING_ADVICE: dict[str, tuple[str, bool | None]] = {
    WORSE: ("staying_worse", False),
    BETTER: ("staying_better", None),
    NOT_SHOWN: ("staying_not_shown", None),
}
"""By status of the effect: key of the verdict, and whether it is good news."""


FORECAST_ADVICE: dict[str, tuple[str, bool | None]] = {
    BETTER_FORECAST: ("forecast_better", True),
    NOT_BETTER: ("forecast_not_better", False),
}
"""By status of the test of a forecast of calls: key of the verdict, and whether it is good news."""


def case_cautions(found: ServiceCases) -> dict[str, int]:
    """Return by key of the caution how many cases it is about; without any, none is given."""
    counts = {
        "open_cases": found.still_open,
        "closed_before_opened": found.closed_before_opened,
        "due_before_opened": found.due_before_opened,
        "without_promise": found.without_promise,
    }
    return {key: count for key, count in counts.items() if count}


def week_reading(found: ControlChart) -> str:
    """Return the key of the finding on weeks: some differ, or none does."""
    return "weeks_differ" if len(found.signals) else "weeks_alike"


NOT_RECORDED_WORDS = {
    "channels": "by which channels customers buy",
    "feeling": "what customers feel",
    "answered": "who answers",
    "responded": "who responds to a campaign",
    "had_case": "who has a service case",
    "had_unsolved_case": "whose case was not solved at first contact",
}
"""By column of the facts: what is not known without it."""

NEVER_RECORDED = ("who recommends us to whom", "who takes part in making products", "visits without a purchase")
"""What no standard table holds."""


def not_recorded(columns: Sequence[str]) -> str:
    """Return in words what these data do not record: columns missing throughout, and what no table holds.

    Examples
    --------
    >>> not_recorded(["channels"])[:32]
    'by which channels customers buy,'
    """
    return enumerated([*(NOT_RECORDED_WORDS[name] for name in columns if name in NOT_RECORDED_WORDS), *NEVER_RECORDED])
