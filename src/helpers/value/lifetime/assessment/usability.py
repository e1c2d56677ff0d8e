"""Whether lifetime values can be acted on: a judgement from the holdout, by rules stated here once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from helpers.core.verdicts import is_reversed
from helpers.value.backtest.comparison import ForecastComparison
from helpers.value.lifetime.assessment.earlier_weeks import PAST_TIMES_TREND
from helpers.value.lifetime.assessment.model_choice import NAIVE_PURCHASES, NOBODY_RETURNS

LARGEST_TOTAL_ERROR = 0.10
GUESSES = ("same_as_before", PAST_TIMES_TREND, "everyone_equal", NOBODY_RETURNS)
"""The guesses of spend that stand against the model."""
Cause = Literal["beats_naive", "total_off", "as_good_as_naive", "no_order", "worse_than_naive", "untested"]
Status = Literal["usable", "ranking_only", "adds_nothing", "not_usable"]
BETTER, WORSE = "better", "worse"
NO_BETTER_ORDER = ("not distinguishable", WORSE)
_STATUS: Mapping[Cause, Status] = MappingProxyType(
    {
        "beats_naive": "usable",
        "total_off": "ranking_only",
        "as_good_as_naive": "ranking_only",
        "no_order": "not_usable",
        "worse_than_naive": "not_usable",
        "untested": "not_usable",
    }
)


@dataclass(frozen=True)
class Contest:
    """How the model did against one guess: "better", "not distinguishable", "worse", or "undefined".

    Parameters
    ----------
    guess : str
        A key of `GUESSES`.
    error : str
        On the mean absolute error per customer.
    total : str
        On the error of the total.
    """

    guess: str
    error: str
    total: str


@dataclass(frozen=True)
class Usability:
    """What lifetime values are good for.

    Parameters
    ----------
    cause : {"beats_naive", "total_off", "as_good_as_naive", "no_order", "worse_than_naive", "untested"}
        What decided.
    ranks_better : {"better", "not distinguishable", "worse", "undefined"}
        Rank correlation against that of going on as before.
    contests : tuple of Contest
        One per guess.
    closest, closest_total : str
        The guess to name beside the model, a key of `GUESSES`: by the error per customer, of those that the model does
        not beat where there are any; and the closest of all by the total.
    reversed_order : bool
        Whether the order of customers turns that of what they then spent round, beyond chance.
    """

    cause: Cause = "untested"
    ranks_better: str = "undefined"
    contests: tuple[Contest, ...] = ()
    closest: str = "same_as_before"
    closest_total: str = "same_as_before"
    reversed_order: bool = False

    @property
    def status(self) -> Status:
        """Return "usable", "ranking_only", "adds_nothing" to what a guess does, or "not_usable".

        Amounts as good as those of a guess, or off in total, leave the ranking, unless past spend puts customers in as
        good an order: then nothing is left that a guess does not do as well.
        """
        level = self.cause in ("as_good_as_naive", "total_off") and self.ranks_better in NO_BETTER_ORDER
        return "adds_nothing" if level else _STATUS[self.cause]

    @property
    def rival(self) -> str:
        """The guess that lifetime values come least far beyond: by the total where that decided, else per customer."""
        return self.closest_total if self.cause == "total_off" else self.closest

    @property
    def good(self) -> bool | None:
        """Return True for usable, False for not usable, None for in between."""
        return {"usable": True, "not_usable": False}.get(self.status)


def judge_usability(spend: ForecastComparison, *, total_error: float) -> Usability:
    """Judge forecasts of held-out spend by the error per customer and by the total.

    Amounts are usable when the mean absolute error is below that of every guess by more than chance, and the total
    is right within a tenth or closer than that of every guess that expects anything by more than chance. An error no
    different from that of a guess leaves the order of customers, if there is any that past spend does not give as well;
    a larger one leaves nothing. Where nothing can be judged, because nothing was spent for one, nothing is usable.

    The guess that nobody returns is judged apart. The mean absolute error is least for a guess at the median, which is
    nothing where most customers buy nothing; a low guess is thus no forecast. It counts as beaten where the model is
    closer per customer, or closer in total, by more than chance.

    Which total is closer is judged by two means whose intervals hold, not by an interval of the difference between the
    sizes of two biases, which holds for no skewed spend; see `compare_forecasts`.

    Parameters
    ----------
    spend : ForecastComparison
        Of spend held out, against the guesses of `forecast_spend`.
    total_error : float
        Forecast over actual total, less one.

    Returns
    -------
    Usability
    """
    if spend.verdict == "untested":
        return Usability("untested")
    measured = spend.differences.set_index(["naive", "measure"])["verdict"]
    contests = tuple(Contest(name, str(measured[name, "mae"]), str(measured[name, "bias"])) for name in spend.naive)
    against = [_word(one) for one in contests]
    ranks = spend.errors.query("forecast == @spend.model and measure == 'spearman'")
    cause: Cause
    if WORSE in against:
        cause = "worse_than_naive"
    elif not (ranks["low"] > 0).all():
        cause = "no_order"
    elif any(word != BETTER for word in against):
        cause = "as_good_as_naive"
    else:
        total_closer = all(one.total == BETTER for one in contests if one.guess != NOBODY_RETURNS)
        cause = "beats_naive" if total_closer or abs(total_error) <= LARGEST_TOTAL_ERROR else "total_off"
    closest = _closest(spend, "mae", [one.guess for one in contests if _word(one) != BETTER] or spend.naive)
    closest_total = _closest(spend, "bias", spend.naive)
    order = str(measured[NAIVE_PURCHASES[0], "spearman"])
    turned = bool(ranks["high"].map(is_reversed).any())
    return Usability(cause, order, contests, closest, closest_total, turned)


def _closest(spend: ForecastComparison, measure: str, guesses: Sequence[str]) -> str:
    """Return the guess with the smallest error; nobody returning only where there is no other."""
    found = spend.errors[spend.errors["measure"] == measure].set_index("forecast")["estimate"].abs()
    return str(found[[name for name in guesses if name != NOBODY_RETURNS] or list(guesses)].idxmin())


def _word(contest: Contest) -> str:
    if contest.guess == NOBODY_RETURNS and contest.total == BETTER:
        return BETTER
    return contest.error
