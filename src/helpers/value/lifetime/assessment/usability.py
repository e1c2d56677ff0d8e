"""Whether lifetime values can be acted on: a judgement from the holdout, by rules stated here once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from helpers.core.results import NamedResult, enumerated
from helpers.core.verdicts import is_reversed
from helpers.value.backtest.comparison import ForecastComparison
from helpers.value.lifetime.assessment.earlier_weeks import PAST_TIMES_TREND
from helpers.value.lifetime.assessment.model_choice import NAIVE_PURCHASES, NOBODY_RETURNS

LARGEST_TOTAL_ERROR = 0.10
GUESSES: Mapping[str, str] = MappingProxyType(
    {
        "same_as_before": "past spend going on",
        PAST_TIMES_TREND: "past spend times its trend",
        "everyone_equal": "the mean of all customers",
        NOBODY_RETURNS: "nobody returning",
    }
)
"""What each guess of spend is called in a sentence."""
Cause = Literal["beats_naive", "total_off", "as_good_as_naive", "no_order", "worse_than_naive", "untested"]
_BETTER, _WORSE = "better", "worse"

_WORDS: dict[Cause, str] = {
    "beats_naive": "usable",
    "total_off": "usable for ranking only",
    "as_good_as_naive": "usable for ranking only",
    "no_order": "not usable",
    "worse_than_naive": "not usable",
    "untested": "not usable",
}
_ONE_GUESS = "no better than a guess"
_TESTED = (
    "Lifetime values are {clv_verdict}: over the months held back the {clv_purchase_model} model missed spend by "
    "{holdout_spend_mae_model} per customer"
)
_TOTAL = " Its total was off by {holdout_spend_total_error}, that of "
_TOTAL_OF_GUESS = " by {holdout_spend_naive_total_error}."
ADVICE: Mapping[Cause, str] = MappingProxyType(
    {
        "beats_naive": _TESTED,
        "total_off": _TESTED,
        "as_good_as_naive": _TESTED,
        "no_order": "Lifetime values are {clv_verdict}: they do not even put customers in the order of what they then "
        "spent.",
        "worse_than_naive": _TESTED,
        "untested": "Lifetime values are {clv_verdict}: they could not be tested on months held back.",
    }
)
"""How the verdict begins, as templates of the results that notebook 31_lifetime_value names."""
_NOBODY = {
    True: ", but misses the whole total",
    False: ", and the total of the model is no closer beyond chance",
}
_ORDER = {
    "not distinguishable": " What customers spent before puts them in as good an order.",
    _WORSE: " What customers spent before puts them in a better order: rank by that.",
}
_REVERSED = "Lifetime values are {clv_verdict}: they turn the order round, and put first those who then spent least."
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
    def word(self) -> str:
        """Return "usable", "usable for ranking only", "no better than a guess" or "not usable".

        Amounts as good as those of a guess, or off in total, leave the ranking, unless past spend puts customers in as
        good an order: then nothing is left that a guess does not do as well.
        """
        return _ONE_GUESS if self._adds_nothing else _WORDS[self.cause]

    @property
    def _adds_nothing(self) -> bool:
        return self.cause in ("as_good_as_naive", "total_off") and self.ranks_better in _ORDER

    @property
    def advice(self) -> str:
        """Return what a reader is told, a template of named results."""
        if self.cause in ("untested", "no_order"):
            return _REVERSED if self.reversed_order else ADVICE[self.cause]
        missed = f", {GUESSES[self.closest]} by {{holdout_spend_mae_{self.closest}}}."
        total = _TOTAL + GUESSES[self.closest_total] + _TOTAL_OF_GUESS
        order = _ORDER.get(self.ranks_better, "") if self.word != "not usable" else ""
        told = ADVICE[self.cause]
        if self._adds_nothing and self.cause == "total_off":
            told = told.replace("{clv_verdict}", "{clv_verdict} in total and in order", 1)
        return told + missed + self._against_guesses() + total + order

    def _against_guesses(self) -> str:
        """Return which guesses the model beats and which not, and what to think of the guess that nobody returns."""
        by_word: dict[str, list[str]] = {}
        nobody = [one for one in self.contests if one.guess == NOBODY_RETURNS and one.error != _BETTER]
        for one in self.contests:
            if one not in nobody:
                by_word.setdefault(one.error, []).append(GUESSES[one.guess])
        beaten, stronger = by_word.pop(_BETTER, []), by_word.pop(_WORSE, [])
        level = [name for names in by_word.values() for name in names]
        told = f" Beyond chance it beats {enumerated(beaten)}" if beaten else " Beyond chance it beats no guess"
        told += f"; against {enumerated(level)} the difference may be chance" if level else ""
        told += f"; {enumerated(stronger)} {'was' if len(stronger) == 1 else 'were'} closer" if stronger else ""
        for one in nobody:
            told += f"; nobody returning {'was closer' if one.error == _WORSE else 'came as close'} per customer"
            told += _NOBODY[one.total == _BETTER]
        return told + "."

    @property
    def standing(self) -> str:
        """Return what to think of an amount, to stand right after it."""
        return _ONE_GUESS if self._adds_nothing else _STANDING[self.cause]

    @property
    def order(self) -> str | None:
        """Return how customers are ordered, "better than" past spend does for one; None where nothing was tested."""
        if self.cause == "untested":
            return None
        against = RANKS[self.ranks_better]
        return f"the reverse of what customers then spent, and {against}" if self.reversed_order else against

    def named_results(self) -> Iterator[NamedResult]:
        """Yield the verdict and how customers are ordered, named for the results file."""
        about = "what lifetime values are good for, by the months held back"
        yield NamedResult("clv_verdict", self.word, "text", about)
        yield NamedResult("clv_order", self.order, "text", "order of customers, against that by past spend")
        if self.contests:
            rival = self.closest_total if self.cause == "total_off" else self.closest
            about = "the guess of spend that lifetime values come least far beyond"
            yield NamedResult("clv_closest_guess", GUESSES[rival], "text", about)

    @property
    def good(self) -> bool | None:
        """Return True for usable, False for not usable, None for in between."""
        return {"usable": True, "not usable": False}.get(self.word)


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
    if _WORSE in against:
        cause = "worse_than_naive"
    elif not (ranks["low"] > 0).all():
        cause = "no_order"
    elif any(word != _BETTER for word in against):
        cause = "as_good_as_naive"
    else:
        total_closer = all(one.total == _BETTER for one in contests if one.guess != NOBODY_RETURNS)
        cause = "beats_naive" if total_closer or abs(total_error) <= LARGEST_TOTAL_ERROR else "total_off"
    closest = _closest(spend, "mae", [one.guess for one in contests if _word(one) != _BETTER] or spend.naive)
    closest_total = _closest(spend, "bias", spend.naive)
    order = str(measured[NAIVE_PURCHASES[0], "spearman"])
    turned = bool(ranks["high"].map(is_reversed).any())
    return Usability(cause, order, contests, closest, closest_total, turned)


def _closest(spend: ForecastComparison, measure: str, guesses: Sequence[str]) -> str:
    """Return the guess with the smallest error; nobody returning only where there is no other."""
    found = spend.errors[spend.errors["measure"] == measure].set_index("forecast")["estimate"].abs()
    return str(found[[name for name in guesses if name != NOBODY_RETURNS] or list(guesses)].idxmin())


def _word(contest: Contest) -> str:
    if contest.guess == NOBODY_RETURNS and contest.total == _BETTER:
        return _BETTER
    return contest.error
