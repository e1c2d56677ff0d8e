"""New, active, lapsing or lost, by the customer's own rhythm and P(alive) where the purchases can teach them.

A fixed number of days calls a customer lost who buys twice a year. Here the silence is set against the gap that the
customer's own purchases promise, and *lost* against the probability of being alive. Both come from a purchase model,
which must first show on purchases held back that it knows who buys again. Where it cannot, nobody is called lost by
it: see `StateLearning.rule`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError
from helpers.core.kept_results import kept
from helpers.core.results import NamedResult
from helpers.identification import BASE_STATES, StateRule, follow_base
from helpers.value.lifetime.alive_calibration import shift_alive
from helpers.value.lifetime.assessment.model_choice import MODEL_NAMES, fit_purchase_models
from helpers.value.lifetime.intervals import draw_models
from helpers.value.lifetime.models.base import PurchaseModel
from helpers.value.lifetime.purchase_history import purchase_history
from helpers.value.lifetime.resampling import parameters_not_identified, resampled_models
from helpers.value.lifetime.return_forecast import ReturnTest, forecast_returns
from helpers.value.lifetime.state_misfit import living_by_other_assumptions
from helpers.value.lifetime.state_rules import FEW_REPEATERS, FIXED_DAYS, LEARNED, NO_DROP_OUT, OWN_RHYTHM

_DAYS_PER_WEEK = 7.0
MOST_CUSTOMERS_DRAWN = 5_000
"""Customers, drawn by lot, on whom the uncertainty of the parameters is worked out: more would add little."""
_MODEL_BEFORE_TEST = "mbg_nbd"


@dataclass(frozen=True)
class RhythmRule:
    """When a customer is lost or lapsing by the own rhythm.

    Parameters
    ----------
    lost_below : float
        Lost is who has a smaller P(alive). Above one half, since the gone are fewer than the living and one of them who
        is missed weighs more: in each of ten simulated companies the balanced accuracy at .6 is above .80 and above
        that of ninety days for everybody, which at .5 it is not (`data/simulated/README.md`).
    living_lost_share : float
        Largest share of the living that may be called lost, by the model's own probabilities; where `lost_below` would
        exceed it, the limit is lowered. A tenth leaves room for a model that is somewhat wrong to stay below 15 %.
    unusual_silence : float
        Lapsing is who is not lost but silent for so long that a living customer of this rhythm would be with at most
        this chance.
    new_days : int
        Days since the first purchase during which a customer is new.
    least_repeaters, fewest_repeaters : int
        Customers with a second purchase from which P(alive), and a rhythm at all, can be learned.
    """

    lost_below: float = 0.6
    living_lost_share: float = 0.10
    unusual_silence: float = 0.10
    new_days: int = 30
    least_repeaters: int = 50
    fewest_repeaters: int = 10

    def __post_init__(self) -> None:
        """Refuse a rule that means nothing."""
        shares = ("lost_below", "living_lost_share", "unusual_silence")
        require_within({name: getattr(self, name) for name in shares}, low=0, high=1, low_open=True, high_open=True)
        counts = ("new_days", "least_repeaters", "fewest_repeaters")
        require_within({name: getattr(self, name) for name in counts}, low=1, high=1_000_000)


@dataclass(frozen=True)
class StateLearning:
    """What the purchases teach about states, and how a state is then found.

    Parameters
    ----------
    rule : str
        `LEARNED`: lapsing by the own rhythm, lost by P(alive); `OWN_RHYTHM`: lapsing by the own rhythm, and nobody is
        called lost; `FIXED_DAYS`: by days since the last purchase alone.
    why : str
        What stands against the better rule, a clause; empty where states are learned.
    history : DataFrame
        Purchase histories at the analysis date, in weeks.
    model_name : str
        Key of the purchase model; empty with fixed days.
    model : PurchaseModel or None
        Fitted to the history.
    lost_below : float
        P(alive) below which a customer is lost; 0 where that is not learned.
    test : ReturnTest or None
        How the models forecast who buys again.
    limits : RhythmRule
        Limits of the rhythm.
    fixed : StateRule
        Days that count where nothing can be learned.
    """

    rule: str
    why: str
    history: pd.DataFrame
    model_name: str
    model: PurchaseModel | None
    lost_below: float
    test: ReturnTest | None
    limits: RhythmRule
    fixed: StateRule

    @property
    def learned(self) -> bool:
        """Whether lost and living customers are known apart, so that advice may rest on them."""
        return self.rule == LEARNED

    def measure(self, history: pd.DataFrame) -> pd.DataFrame:
        """Return rhythm, P(alive) and state of customers.

        Parameters
        ----------
        history : DataFrame of shape (n, …)
            `frequency`, `age_at_last_purchase` and `age` in weeks, at any day.

        Returns
        -------
        DataFrame of shape (n, 6)
            On the index of the history: `state` (new, active, lapsing, lost); `probability_alive`, missing unless
            learned; `expected_gap_days`: one over the posterior mean of the customer's rate while alive, which is the
            own mean gap drawn towards that of all; `silence_in_gaps`: days since the last purchase over it;
            `silence_chance`: that a living customer of this rhythm is silent for as long; `state_rule`. The middle
            three are missing with fixed days.

        References
        ----------
        Schmittlein, Morrison & Colombo (1987), Management Science 33(1): gamma rates, Poisson purchases. A rate known
        from x gaps that took t has the shape r + x and the scale alpha + t.
        """
        silence = (history["age"] - history["age_at_last_purchase"]).to_numpy(dtype=np.float64)
        alive = gap = chance = np.full(len(history), np.nan)
        if self.model is not None:
            gap, chance = _rhythm(self.model, history, silence)
        if self.learned and self.model is not None:
            alive = self._alive(self.model, history)
        new = history["age"].to_numpy(dtype=np.float64) * _DAYS_PER_WEEK < self.limits.new_days
        lapsing, lost = self._silent(silence * _DAYS_PER_WEEK, chance, alive)
        kind = pd.CategoricalDtype(list(BASE_STATES))
        state = np.select([new, lost, lapsing], ["new", "lost", "lapsing"], default="active")
        table = {
            "state": pd.Categorical(state, dtype=kind),
            "probability_alive": alive,
            "expected_gap_days": gap,
            "silence_in_gaps": silence * _DAYS_PER_WEEK / gap,
            "silence_chance": chance,
            "state_rule": self.rule,
        }
        return pd.DataFrame(table, index=history.index)

    def judge(self, history: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Flag lapsing and lost customers, as `helpers.identification.follow_base` asks for each month's end."""
        state = self.measure(history)["state"].to_numpy()
        return state == "lapsing", state == "lost"

    @property
    def alive_shift(self) -> float:
        """By how much the log odds of being alive are moved, so that they fit the purchases held back; 0 if unknown."""
        return 0.0 if self.test is None else self.test.alive_shift

    def _alive(self, model: PurchaseModel, history: pd.DataFrame) -> FloatArray:
        return shift_alive(model.probability_alive(history), self.alive_shift)

    def _silent(self, days: FloatArray, chance: FloatArray, alive: FloatArray) -> tuple[np.ndarray, np.ndarray]:
        """Flag lapsing and lost customers; who is lost may be flagged as lapsing too."""
        if self.rule == FIXED_DAYS:
            return days > self.fixed.lapsing_after_days, days > self.fixed.lost_after_days
        return chance < self.limits.unusual_silence, alive < self.lost_below

    @property
    def states(self) -> tuple[str, ...]:
        """The states that can be found: without P(alive), nobody is known to be lost by the own rhythm."""
        return tuple(state for state in BASE_STATES if state != "lost" or self.rule != OWN_RHYTHM)

    def silence_of(self, states: pd.DataFrame) -> "tuple[pd.Series[bool] | None, pd.Series[bool] | None]":
        """Return who is silent for longer than the own rhythm makes likely, and who is gone, of states from `measure`.

        The first is None where no rhythm is known, the second where nobody can be known to be gone.
        """
        silent = None if self.rule == FIXED_DAYS else states["state"].isin(["lapsing", "lost"])
        return silent, states["state"] == "lost" if self.learned else None

    @property
    def silent(self) -> "pd.Series[bool] | None":
        """Who is silent for longer than the own rhythm makes likely, by customer; None where no rhythm is known."""
        return self.silence_of(self.customers)[0]

    @property
    def gone(self) -> "pd.Series[bool] | None":
        """Who is lost, by customer; None where P(alive) was not learned, so that nobody is known to be."""
        return self.silence_of(self.customers)[1]

    @property
    def customers(self) -> pd.DataFrame:
        """Rhythm, P(alive) and state at the analysis date, indexed by customer."""
        return self.measure(self.history).set_index(pd.Index(self.history["customer_id"]))

    def living_customers(self, *, draws: int = 200, confidence: float = 0.95, seed: int = 1) -> tuple[int, int, int]:
        """Return how many customers are alive by the model, and the ends of the interval of that count.

        The interval holds the chance of each customer, the uncertainty of the parameters, how far the model was from
        the number of buyers in the time held back, and how far other assumptions than its own lead elsewhere.
        """
        if self.model is None or self.test is None or not self.learned:
            what = f"living customers cannot be counted by the rule {self.rule!r}"
            raise InputError(Fault(what, remedy="ask only where the states were learned"))
        return self._living(self.model, self.test, draws, confidence, seed)

    def _living(
        self, model: PurchaseModel, test: ReturnTest, draws: int, confidence: float, seed: int
    ) -> tuple[int, int, int]:
        """Count the living, once for all chapters of a run that have learned the same of the same customers."""
        acting = dict.fromkeys(name for names in (model.covariates or {}).values() for name in names)
        history = self.history[[*model.history_columns, *acting, "spend_to_date"]]
        of_test = (test.misfit, test.alive_shift)
        count, low, high = kept(_count_living, model, self.model_name, history, of_test, (draws, confidence, seed))
        return count, low, high

    def named_results(self, *, confidence: float = 0.95, seed: int = 1) -> Iterator[NamedResult]:
        """Yield the rule of the states and, where they are learned, what the model counts, for the results file."""
        fixed, about = self.fixed, "how new, active, lapsing and lost customers are found"
        days = f" ({fixed.lapsing_after_days} and {fixed.lost_after_days})" if self.rule == FIXED_DAYS else ""
        yield NamedResult("state_rule", self.rule + days, "text", about)
        yield NamedResult("states_learned", self.learned, "flag", "whether P(alive) stood its test")
        if self.rule == FIXED_DAYS:
            about = "days since the last purchase, the same for all, from which a customer counts as "
            yield NamedResult("state_lapsing_days", fixed.lapsing_after_days, "days", about + "lapsing")
            yield NamedResult("state_lost_days", fixed.lost_after_days, "days", about + "lost")
        if not self.learned:
            yield NamedResult("states_not_learned_because", self.why, "text", "why P(alive) is not used")
            return
        count, low, high = self.living_customers(confidence=confidence, seed=seed)
        about = "expected to be customers still: the sum of P(alive)"
        yield NamedResult("state_customers", len(self.history), "customers", "whose P(alive) is known")
        yield NamedResult("living_customers", count, "customers", about, low=low, high=high)
        yield NamedResult("state_model", MODEL_NAMES[self.model_name], "text", "purchase model behind P(alive)")
        yield NamedResult("lost_below_share", self.lost_below, "share", "P(alive) below which a customer is lost")


def _count_living(
    model: PurchaseModel,
    name: str,
    history: pd.DataFrame,
    of_test: tuple[tuple[float, float], float],
    drawing: tuple[int, float, int],
) -> list[int]:
    """Return the living by a model of a name, and the ends of the interval of their count."""
    (down, up), shift = of_test
    draws, confidence, seed = drawing
    rng = np.random.default_rng(seed)
    alive = shift_alive(model.probability_alive(history), shift)
    some = np.sort(rng.permutation(len(alive))[:MOST_CUSTOMERS_DRAWN])
    drawn = (resampled_models if parameters_not_identified(model) else draw_models)(model, rng, draws)
    sample = history.iloc[some]
    totals = np.array([shift_alive(one.probability_alive(sample), shift).sum() for one in drawn])
    totals = totals / alive[some].sum() * alive.sum()
    by_chance = rng.standard_normal(len(totals)) * np.sqrt((alive * (1 - alive)).sum())
    low, high = np.quantile(totals + by_chance, [(1 - confidence) / 2, (1 + confidence) / 2])
    least, most = living_by_other_assumptions(history, name, float(alive.sum()))
    ends = max(int(low * down * least), 0), min(int(np.ceil(high * up * most)), len(alive))
    return [round(float(alive.sum())), *ends]


def follow_states(transactions: ir.Table, as_of: date, learning: StateLearning) -> pd.DataFrame:
    """Count the customers in each state at the end of every whole month, as `helpers.identification.follow_base`.

    The purchases up to each month's end are judged with what all purchases up to the analysis date have taught.
    """
    return follow_base(transactions, as_of, learning.fixed, judge=learning.judge)


def learn_states(
    transactions: ir.Table, as_of: date, *, limits: RhythmRule | None = None, fixed: StateRule | None = None
) -> StateLearning:
    """Find out by what rule customers can be called new, active, lapsing and lost.

    The MBG/NBD and the Pareto/NBD forecast who buys again in the last part of the time on record; the better of them is
    fitted to all of it. P(alive) is used where enough customers bought again, the forecast was calibrated and better
    than the same share for everybody, and the purchases show that customers drop out at all.

    Parameters
    ----------
    transactions : ibis Table
        Transaction lines: `customer_id`, `time`, `amount`.
    as_of : date
        Day of analysis.
    limits : RhythmRule, optional
        Limits of the rhythm.
    fixed : StateRule, optional
        Days since the last purchase that count where no rhythm can be learned.

    Returns
    -------
    StateLearning

    References
    ----------
    Batislam, Denizel & Filiztekin (2007), IJRM 24(3), and Schmittlein, Morrison & Colombo (1987), Management Science
    33(1): the models.
    """
    limits, fixed = limits or RhythmRule(), fixed or StateRule()
    history: pd.DataFrame = purchase_history(transactions, as_of=as_of).to_pyarrow().to_pandas()
    repeaters = int((history["frequency"] > 0).sum())
    test = forecast_returns(transactions, as_of, history) if repeaters >= limits.least_repeaters else None
    name = test.best if test is not None and test.best else _MODEL_BEFORE_TEST
    model = _fitted(history, name) if repeaters >= limits.fewest_repeaters else None
    if model is None:
        return StateLearning(FIXED_DAYS, FEW_REPEATERS, history, "", None, 0.0, test, limits, fixed)
    why = _objection(model, test)
    shift = 0.0 if test is None else test.alive_shift
    lost_below = 0.0 if why else _lost_below(shift_alive(model.probability_alive(history), shift), limits)
    return StateLearning(OWN_RHYTHM if why else LEARNED, why, history, name, model, lost_below, test, limits, fixed)


def _fitted(history: pd.DataFrame, name: str) -> PurchaseModel | None:
    try:
        return fit_purchase_models(history, [name])[name]
    except InputError:
        return None  # these histories settle no parameters


def _objection(model: PurchaseModel, test: ReturnTest | None) -> str:
    """Say what stands against P(alive), or nothing."""
    if test is None:
        return FEW_REPEATERS
    return test.objection or ("" if model.drop_out_identified else NO_DROP_OUT)


def _lost_below(alive: FloatArray, limits: RhythmRule) -> float:
    """Return the largest limit below which no more than the stated share of the living is expected."""
    ordered = np.sort(alive)
    share = np.cumsum(ordered) / ordered.sum()
    first_too_many = int(np.searchsorted(share, limits.living_lost_share, side="right"))
    return float(min(limits.lost_below, ordered[min(first_too_many, len(ordered) - 1)]))


def _rhythm(model: PurchaseModel, history: pd.DataFrame, silence: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the expected gap while alive, days, and the chance of a silence as long, of each customer."""
    shape = model.parameters_["r"] + history["frequency"].to_numpy(dtype=np.float64)
    scale = model.parameters_["alpha"] + history["age_at_last_purchase"].to_numpy(dtype=np.float64)
    return scale / shape * _DAYS_PER_WEEK, np.exp(-shape * np.log1p(silence / scale))
