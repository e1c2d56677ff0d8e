"""What is said of probabilities of leaving, of an offer to stay, and of the alarm."""

from collections.abc import Mapping
from types import MappingProxyType

from helpers.value.backtest.probabilities import NOT_USABLE, RANKING_ONLY, USABLE
from helpers.value.churn.alarm_check import BETTER, BLIND, NO_BETTER, NO_GAIN, OUTDONE, UNTESTED

PROBABILITY_ADVICE: Mapping[str, tuple[str, bool | None]] = MappingProxyType(
    {
        USABLE: (
            "The probabilities can be used for customers drawn as in this table: they beat the naive forecast, and "
            "customers given a probability leave just as often as it says. Elsewhere, where another share may leave, "
            "use their ranking only.",
            True,
        ),
        RANKING_ONLY: (
            "Use the ranking, not the probabilities: they beat the naive forecast, but are off by more than chance.",
            None,
        ),
        NOT_USABLE: ("Do not use the probabilities: they do not beat giving everyone the share of all.", False),
    }
)
"""What may be done with probabilities of leaving, by verdict, and whether that is good news (None: neither)."""

ALARM_ADVICE: Mapping[str, tuple[str, bool | None]] = MappingProxyType(
    {
        BETTER: (
            "The alarm can be used: of the customers it warns of, more fade than of those a simpler warning names.",
            True,
        ),
        BLIND: (
            "The alarm names more of those who fade than a simpler warning does, but can judge fewer than half of the "
            "customers: for the others take the days since the last purchase.",
            None,
        ),
        NO_GAIN: (
            "The alarm beats chance, but not the days since the last purchase, which need no method: take those.",
            False,
        ),
        OUTDONE: ("The alarm beats chance, but another warning names more of those who fade: take that one.", False),
        NO_BETTER: ("The alarm names no more of those who fade than chance would: do not act on it.", False),
        UNTESTED: ("The alarm could not be tested on these data: take it as a question, not as an answer.", False),
    }
)
"""What may be done with the alarm, by verdict, and whether that is good news (None: neither)."""

ALIVE_BY_MODEL = (
    "The count hangs on the model: {counted_on_by_mbg_nbd_customers} by the MBG/NBD, "
    "{counted_on_by_pareto_nbd_customers} by the Pareto/NBD and {counted_on_by_bg_nbd_customers} by the BG/NBD, which "
    "takes nobody to be gone before a second purchase. Counted on here are those by the MBG/NBD or the Pareto/NBD, "
    "whichever forecast better who buys again, with the odds that fit the purchases held back. The chapter on lifetime "
    "value counts by the one that forecasts best how much is bought."
)
"""Why chapters may count differently, a template of `counted_on_by_…_customers`."""
