"""Whether lifetime values can be acted on: a judgement from the holdout, by rules stated here once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from helpers.results import NamedResult
from helpers.value.forecast_comparison import ForecastComparison

LARGEST_TOTAL_ERROR = 0.10
Cause = Literal["beats_naive", "total_off", "as_good_as_naive", "no_order", "worse_than_naive", "untested"]

_WORDS: dict[Cause, str] = {
    "beats_naive": "usable",
    "total_off": "usable for ranking only",
    "as_good_as_naive": "usable for ranking only",
    "no_order": "not usable",
    "worse_than_naive": "not usable",
    "untested": "not usable",
}
_MISSED = (
    "over the months held back the {clv_purchase_model} model missed spend by {holdout_spend_mae_model} per customer, "
    "the better guess, {clv_rival}, by {holdout_spend_mae_naive}"
)
ADVICE: Mapping[Cause, str] = MappingProxyType(
    {
        "beats_naive": f"Lifetime values are {{clv_verdict}}: {_MISSED}; the total was off by "
        "{holdout_spend_total_error}, that of the closest guess by {holdout_spend_naive_total_error}.",
        "total_off": f"Lifetime values are {{clv_verdict}}: {_MISSED}, but the total was off by "
        "{holdout_spend_total_error}, that of the closest guess by {holdout_spend_naive_total_error}.",
        "as_good_as_naive": f"Lifetime values are {{clv_verdict}}: {_MISSED}; that is no clear gain.",
        "no_order": "Lifetime values are {clv_verdict}: they do not even put customers in the order of what they then "
        "spent.",
        "worse_than_naive": f"Lifetime values are {{clv_verdict}}: {_MISSED}. Past spend forecasts better.",
        "untested": "Lifetime values are {clv_verdict}: they could not be tested on months held back.",
    }
)
"""What a reader is told, as templates of the results that notebook 31_lifetime_value names."""
_ORDER = {
    "not distinguishable": " What customers spent before puts them in as good an order.",
    "worse": " What customers spent before puts them in a better order: rank by that.",
}
_STANDING: Mapping[Cause, str] = MappingProxyType(
    {
        "beats_naive": "to plan with",
        "total_off": "good for ranking only",
        "as_good_as_naive": "good for ranking only",
        "no_order": "not to be used",
        "worse_than_naive": "not to be used",
        "untested": "not tested and not to be used",
    }
)
RANKS: Mapping[str, str] = MappingProxyType(
    {
        "better": "better than",
        "not distinguishable": "no better than",
        "worse": "worse than",
        "undefined": "not to be compared with",
    }
)
"""How the order of customers compares with that of what they spent before, in words."""


@dataclass(frozen=True)
class Usability:
    """What lifetime values are good for.

    Parameters
    ----------
    cause : {"beats_naive", "total_off", "as_good_as_naive", "no_order", "worse_than_naive", "untested"}
        What decided.
    ranks_better : {"better", "not distinguishable", "worse", "undefined"}
        Rank correlation against that of going on as before.
    """

    cause: Cause = "untested"
    ranks_better: str = "undefined"

    @property
    def word(self) -> str:
        """Return "usable", "usable for ranking only" or "not usable"."""
        return _WORDS[self.cause]

    @property
    def advice(self) -> str:
        """Return what a reader is told, a template of named results."""
        return ADVICE[self.cause] + (_ORDER.get(self.ranks_better, "") if self.word != "not usable" else "")

    @property
    def standing(self) -> str:
        """Return what to think of an amount, to stand right after it."""
        return _STANDING[self.cause]

    @property
    def order(self) -> str | None:
        """Return how customers are ordered, "better than" past spend does for one; None where nothing was tested."""
        return None if self.cause == "untested" else RANKS[self.ranks_better]

    def named_results(self) -> Iterator[NamedResult]:
        """Yield the verdict and how customers are ordered, named for the results file."""
        about = "what lifetime values are good for, by the months held back"
        yield NamedResult("clv_verdict", self.word, "text", about)
        yield NamedResult("clv_order", self.order, "text", "order of customers, against that by past spend")

    @property
    def good(self) -> bool | None:
        """Return True for usable, False for not usable, None for in between."""
        return {"usable": True, "not usable": False}.get(self.word)


def judge_usability(spend: ForecastComparison, naive: Sequence[str], *, total_error: float) -> Usability:
    """Judge forecasts of held-out spend.

    Amounts are usable when the mean absolute error is below that of every naive forecast by more than chance, and the
    total is either right within a tenth or closer than that of every naive forecast by more than chance. An error no
    different from a naive one leaves the order of customers, if there is any; a larger one leaves nothing.

    Parameters
    ----------
    spend : ForecastComparison
        Of spend held out.
    naive : sequence of str
        Forecasts that must be beaten.
    total_error : float
        Forecast over actual total, less one.

    Returns
    -------
    Usability
    """
    measured = spend.differences.set_index(["naive", "measure"])["verdict"]
    against = [str(measured[name, "mae"]) for name in naive]
    ranks = spend.errors.query("forecast == @spend.model and measure == 'spearman'")
    cause: Cause
    if "worse" in against:
        cause = "worse_than_naive"
    elif not (ranks["low"] > 0).all():
        cause = "no_order"
    elif any(word != "better" for word in against):
        cause = "as_good_as_naive"
    else:
        total_closer = all(measured[name, "bias"] == "better" for name in naive)
        cause = "beats_naive" if total_closer or abs(total_error) <= LARGEST_TOTAL_ERROR else "total_off"
    return Usability(cause, str(measured[naive[0], "spearman"]))
