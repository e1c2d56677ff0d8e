"""Does a purchase model know who buys again? Put to the test on the last part of the time on record."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.arrays import FloatArray
from helpers.core.errors import InputError
from helpers.value.backtest.probabilities import ProbabilityQuality, assess_probabilities
from helpers.value.lifetime.alive_calibration import fit_alive_shift
from helpers.value.lifetime.assessment.model_choice import fit_purchase_models
from helpers.value.lifetime.purchase_history import purchase_history

CANDIDATES = ("mbg_nbd", "pareto_nbd")
"""Models in which a customer can be gone after the first purchase."""

TOO_SHORT = "the time on record is too short to hold purchases back"
ALL_ALIKE = "nearly all customers did the same in the time held back"
NO_BETTER = "the purchase model forecasts no better who buys again than the same chance for everybody"
NOT_SETTLED = "the purchases before the time held back tell no parameters"
NOT_CALIBRATED = "the chances of buying again by the purchase model are not those of the purchases held back"

HOLDOUT_GAPS = 3
"""Typical gaps in a holdout: a living customer then has bought again with a chance of 95 %, and few more have left."""
LARGEST_HOLDOUT_SHARE = 0.25
SHORTEST_HOLDOUT_DAYS = 28
LARGEST_ERROR = 0.10
FEWEST_OF_EACH = 2
"""Customers who came back, and who stayed away, without whom nothing can be judged."""
_GROUPS = 5
_DRAWS = 200
_SEED = 1
_Z = 1.96
_DAYS_PER_WEEK = 7.0


@dataclass(frozen=True)
class ReturnTest:
    """How well the models forecast who buys again.

    Parameters
    ----------
    start : date
        First day held back.
    best : str
        Model with the smallest Brier score; empty where none could be tested.
    quality : ProbabilityQuality or None
        Of its probabilities not to buy again.
    misfit : (float, float)
        Ends of the ratio of actual to expected buyers, with what chance adds (95 %) and never excluding one.
    obstacle : str
        Why no model could be tested, a clause.
    alive_shift : float
        By how much the log odds of being alive by that model must be moved, as `fit_alive_shift` finds.
    """

    start: date
    best: str
    quality: ProbabilityQuality | None
    misfit: tuple[float, float] = (1.0, 1.0)
    obstacle: str = ""
    alive_shift: float = 0.0

    @property
    def objection(self) -> str:
        """What stands against the model, a clause; empty where it is calibrated and better than the naive forecast.

        Calibrated is a mean error of the groups of at most ten points, or what chance gives a right model.
        """
        if self.quality is None:
            return self.obstacle
        if self.quality.gain_interval[0] <= 0:
            return NO_BETTER
        allowed = max(LARGEST_ERROR, self.quality.error_if_right_at_most)
        return NOT_CALIBRATED if self.quality.calibration_error > allowed else ""


def forecast_returns(transactions: ir.Table, as_of: date, history: pd.DataFrame) -> ReturnTest:
    """Let the models forecast who buys again, and compare with who did.

    Parameters
    ----------
    transactions : ibis Table
        Transaction lines: `customer_id`, `time`, `amount`.
    as_of : date
        Day of analysis.
    history : DataFrame
        Purchase histories at that day, in weeks: they show how long the record and a typical gap are.

    Returns
    -------
    ReturnTest
        Without a model where the record is too short, settles no parameters, or all customers did the same.
    """
    held = _holdout_days(history)
    start = as_of - timedelta(days=held)
    if held < SHORTEST_HOLDOUT_DAYS:
        return ReturnTest(start, "", None, obstacle=TOO_SHORT)
    before: pd.DataFrame = purchase_history(transactions, as_of=as_of, holdout_from=start).to_pyarrow().to_pandas()
    stayed_away = (before["holdout_purchases"] == 0).to_numpy()
    if not FEWEST_OF_EACH <= stayed_away.sum() <= len(before) - FEWEST_OF_EACH:
        return ReturnTest(start, "", None, obstacle=ALL_ALIKE)
    forecasts = _stay_away(before, held / _DAYS_PER_WEEK)
    if not forecasts:
        return ReturnTest(start, "", None, obstacle=NOT_SETTLED)
    found = {
        name: assess_probabilities(stayed_away, chance, groups=_GROUPS, draws=_DRAWS, rng=np.random.default_rng(_SEED))
        for name, (chance, _) in forecasts.items()
    }
    best = min(found, key=lambda name: found[name].brier)
    chance, alive = forecasts[best]
    shift = fit_alive_shift(~stayed_away, alive, chance)
    return ReturnTest(start, best, found[best], _misfit(stayed_away, chance), alive_shift=shift)


def _holdout_days(history: pd.DataFrame) -> int:
    """Return three typical gaps, not below four weeks and not above a quarter of the record."""
    again = history[history["frequency"] > 0]
    gaps = again["age_at_last_purchase"] / again["frequency"]
    longest = float(history["age"].max()) * LARGEST_HOLDOUT_SHARE
    wanted = max(HOLDOUT_GAPS * float(gaps.median()) * _DAYS_PER_WEEK, SHORTEST_HOLDOUT_DAYS)
    return int(min(wanted, longest * _DAYS_PER_WEEK))


def _stay_away(before: pd.DataFrame, weeks: float) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Return the chances of no purchase in the time held back and of being alive when it begins, by every model.

    A model that cannot be fitted before it is left out.
    """
    found = {}
    for name in CANDIDATES:
        try:
            model = fit_purchase_models(before, [name])[name]
        except InputError:
            continue  # these histories settle no parameters of this model
        stays_away = model.purchase_probabilities(before, weeks, 0)[:, 0].clip(0, 1)
        found[name] = stays_away, model.probability_alive(before).clip(0, 1)
    return found


def _misfit(stayed_away: np.ndarray, chance: FloatArray) -> tuple[float, float]:
    expected, actual = float((1 - chance).sum()), float((~stayed_away).sum())
    reach = _Z * float(np.sqrt((chance * (1 - chance)).sum()))
    return min((actual - reach) / expected, 1.0), max((actual + reach) / expected, 1.0)
