"""How many of the accounts on a list are those that were planted: scored where the truth is known."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.checks import require_columns
from helpers.core.errors import Fault, InputError
from helpers.core.intervals import Interval, wilson

TOP = 50
"""Places of the list that are scored."""

RULES_AHEAD, FOREST_AHEAD, NEITHER = "rules", "forest", "neither"
"""Whose list holds more of the planted accounts beyond chance."""


@dataclass(frozen=True)
class ListPrecision:
    """Share of the first places of a list that hold planted accounts.

    Parameters
    ----------
    estimate, low, high : float
        Share with its interval; missing where it could not be scored.
    cases : int
        Planted accounts there are; the fewest of a company where there are several.
    companies, customers : int
        How many companies were scored, and the customers of each.
    """

    estimate: float
    low: float
    high: float
    cases: int
    companies: int = 1
    customers: int = 0

    @property
    def known(self) -> bool:
        """Whether there were cases enough to score the list."""
        return not np.isnan(self.estimate)


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

    Returns
    -------
    ListPrecision
        Not known where fewer of the ranked accounts are fraudulent than there are places: no list could be right
        throughout then.

    Examples
    --------
    >>> known = pd.DataFrame({"customer_id": [1, 2, 3], "fraud_pattern": ["refunds", None, "refunds"]})
    >>> found = score_anomalies(pd.Index([3, 2, 1]), known, top=2)
    >>> found.estimate, found.cases, score_anomalies(pd.Index([3, 2, 1]), known).known
    (0.5, 2, False)
    """
    require_columns(known.columns, ("customer_id", "fraud_pattern"), where="known_fraud")
    there = ranked.isin(known.loc[known["fraud_pattern"].notna(), "customer_id"])
    cases = int(there.sum())
    if cases < top:
        return ListPrecision(np.nan, np.nan, np.nan, cases, customers=len(ranked))
    found = wilson(int(there[:top].sum()), top, confidence=confidence)
    return ListPrecision(found.estimate, found.low, found.high, cases, customers=len(ranked))


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
    sizes = {name: int(scores[name].min()) if name in scores else 0 for name in ("known_cases", "customers")}
    ends = (middle, max(low, 0.0), min(high, 1.0))
    return ListPrecision(*ends, sizes["known_cases"], len(scores), sizes["customers"])


def compare_companies(scores: pd.DataFrame, *, confidence: float = 0.95) -> tuple[str, Interval]:
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
    difference : Interval
        Rules less forest.
    """
    ahead = (scores["rules_precision"] - scores["forest_precision"]).to_numpy(dtype=np.float64)
    middle, low, high = _mean_with_ends(scores, ahead, confidence)
    status = RULES_AHEAD if low > 0 else FOREST_AHEAD if high < 0 else NEITHER
    return status, Interval(middle, low, high, confidence, "t, paired by company")


def compare_lists(rules: ListPrecision, forest: ListPrecision) -> str:
    """Return whose list holds more planted accounts of one company: one is ahead if their intervals do not meet.

    Examples
    --------
    >>> compare_lists(ListPrecision(0.7, 0.56, 0.81, 60), ListPrecision(0.2, 0.11, 0.33, 60))
    'rules'
    """
    if rules.low > forest.high:
        return RULES_AHEAD
    return FOREST_AHEAD if forest.low > rules.high else NEITHER


def _mean_with_ends(scores: pd.DataFrame, values: np.ndarray, confidence: float) -> tuple[float, float, float]:
    if len(scores) < 2:
        what = "one company gives no interval"
        raise InputError(Fault(what, "anomaly_scores", "two or more", "score more companies"))
    width = float(stats.t.ppf(0.5 + confidence / 2, len(values) - 1) * stats.sem(values))
    middle = float(values.mean())
    return middle, middle - width, middle + width
