"""How many of the accounts on a list are those that were planted: scored where the truth is known."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.checks import require_columns
from helpers.core.errors import Fault, InputError, counted
from helpers.core.intervals import wilson

TOP = 50
"""Places of the list that are scored."""

RULES_AHEAD, FOREST_AHEAD, NEITHER = "rules", "forest", "neither"
"""Whose list holds more of the planted accounts beyond chance."""


@dataclass(frozen=True)
class ListPrecision:
    """Share of the first places of a list that hold planted accounts.

    Parameters
    ----------
    precision, low, high : float
        Share with its interval.
    companies : int
        From how many companies.
    """

    precision: float
    low: float
    high: float
    companies: int = 1

    @property
    def estimate(self) -> float:
        """The share, under the name that results with an interval have."""
        return self.precision


def score_anomalies(
    ranked: pd.Index, known: pd.DataFrame, *, top: int = TOP, confidence: float = 0.95
) -> ListPrecision:
    """Return the share of the first accounts of a list that are fraudulent in truth, with Wilson's interval.

    Parameters
    ----------
    ranked : Index
        Customers, the most unusual first.
    known : DataFrame
        The truth: customer_id, fraud_pattern (missing for honest accounts).
    top : int
        Places that are scored.
    confidence : float
        Coverage of the interval.

    Raises
    ------
    InputError
        When fewer of the ranked accounts are fraudulent than there are places: the list could not be right throughout.
    """
    require_columns(known.columns, ("customer_id", "fraud_pattern"), where="known_fraud")
    planted = known.loc[known["fraud_pattern"].notna(), "customer_id"]
    there = ranked.isin(planted)
    if there.sum() < top:
        what = f"{counted(int(there.sum()), 'known case')} of fraud cannot fill a list of {top}"
        raise InputError(Fault(what, "known_fraud", f"at least {top} cases", "simulate more customers"))
    hits = int(there[:top].sum())
    found = wilson(hits, top, confidence=confidence)
    return ListPrecision(found.estimate, found.low, found.high)


def precision_of_companies(scores: pd.DataFrame, way: str, *, confidence: float = 0.95) -> ListPrecision:
    """Return the mean precision of a way to list accounts over simulated companies, with its t interval.

    Parameters
    ----------
    scores : DataFrame
        Standard anomaly_scores: one company per row, with a column "WAY_precision".
    way : str
        The way, such as "rules".
    confidence : float
        Coverage of the interval.

    Raises
    ------
    InputError
        When there are fewer than two companies.
    """
    middle, low, high = _mean_with_ends(scores, scores[f"{way}_precision"].to_numpy(dtype=np.float64), confidence)
    return ListPrecision(middle, max(low, 0.0), min(high, 1.0), len(scores))


def which_lists_better(scores: pd.DataFrame, *, confidence: float = 0.95) -> tuple[str, ListPrecision]:
    """Return whose list of accounts holds more planted ones, the rules' or the forest's, and by how much.

    Parameters
    ----------
    scores : DataFrame
        Standard anomaly_scores: one company per row, with rules_precision and forest_precision.
    confidence : float
        Coverage of the interval of the difference, which is paired by company.

    Returns
    -------
    status : str
        `RULES_AHEAD`, `FOREST_AHEAD` or `NEITHER`.
    difference : ListPrecision
        Rules less forest.
    """
    ahead = (scores["rules_precision"] - scores["forest_precision"]).to_numpy(dtype=np.float64)
    middle, low, high = _mean_with_ends(scores, ahead, confidence)
    status = RULES_AHEAD if low > 0 else FOREST_AHEAD if high < 0 else NEITHER
    return status, ListPrecision(middle, low, high, len(scores))


def _mean_with_ends(scores: pd.DataFrame, values: np.ndarray, confidence: float) -> tuple[float, float, float]:
    if len(scores) < 2:
        what = "one company gives no interval"
        raise InputError(Fault(what, "anomaly_scores", "two or more", "score more companies"))
    width = float(stats.t.ppf(0.5 + confidence / 2, len(values) - 1) * stats.sem(values))
    middle = float(values.mean())
    return middle, middle - width, middle + width
