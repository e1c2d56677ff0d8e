"""Whether lifetime values can be acted on: a judgement from the holdout, by rules stated here once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from helpers.value.forecast_comparison import ForecastComparison

LARGEST_TOTAL_ERROR = 0.10
Cause = Literal["beats_naive", "total_off", "as_good_as_naive", "no_order", "worse_than_naive"]

_WORDS: dict[Cause, str] = {
    "beats_naive": "usable",
    "total_off": "usable for ranking only",
    "as_good_as_naive": "usable for ranking only",
    "no_order": "not usable",
    "worse_than_naive": "not usable",
}


@dataclass(frozen=True)
class Usability:
    """What lifetime values are good for.

    Parameters
    ----------
    cause : {"beats_naive", "total_off", "as_good_as_naive", "no_order", "worse_than_naive"}
        What decided.
    ranks_better : {"better", "not distinguishable", "worse", "undefined"}
        Rank correlation against that of going on as before.
    """

    cause: Cause
    ranks_better: str

    @property
    def word(self) -> str:
        """Return "usable", "usable for ranking only" or "not usable"."""
        return _WORDS[self.cause]

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
