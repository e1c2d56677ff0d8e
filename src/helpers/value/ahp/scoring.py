"""Scores of customers: standardised indicators times their weights, and the map of current against potential value."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from helpers.core.arrays import FloatArray
from helpers.core.errors import Fault, InputError, some_of
from helpers.core.results import NamedResult, plain_scalar
from helpers.value.ahp.hierarchy import HierarchyWeights, keep_indicators

Better = Literal["high", "low"]
Scale = Literal["z", "sum", "largest"]

QUADRANTS: tuple[str, ...] = ("high_high", "high_low", "low_high", "low_low")
"""Fields of the map: first branch of the hierarchy, then the second; high is above the mean."""


@dataclass(frozen=True)
class CustomerScores:
    """Customers scored by a hierarchy.

    Parameters
    ----------
    scores : DataFrame
        Indexed by customer: one column per branch below the goal, value (their sum) and rank (1 for the highest; equal
        values share the better rank).
    standardised : DataFrame
        Indexed by customer, one column per indicator used: z-values, high always good, zero where nothing is known.
    weights : HierarchyWeights
        Of the indicators used, adding up to one.
    left_out : DataFrame
        Indicators of the hierarchy that were not used: indicator, weight (in the whole hierarchy), reason.
    unknown : Series
        Customers, by indicator used, for whom it is not known; they stand at the mean.
    partly_known : int
        Customers for whom at least one indicator used is not known.
    """

    scores: pd.DataFrame
    standardised: pd.DataFrame
    weights: HierarchyWeights
    left_out: pd.DataFrame
    unknown: "pd.Series[int]"
    partly_known: int

    def named_results(self) -> Iterator[NamedResult]:
        """Yield how many customers are scored on what, named for the results file."""
        used, lost = self.standardised.shape[1], float(self.left_out["weight"].sum())
        yield NamedResult("ahp_scored_customers", len(self.scores), "customers", "with an order in the months measured")
        about = "placed at the mean of an indicator"
        yield NamedResult("ahp_partly_known_customers", self.partly_known, "customers", about)
        yield NamedResult("ahp_indicators_used", used, "indicators", "that could be measured")
        yield NamedResult("ahp_left_out_weight", plain_scalar(lost), "share", "weight of the indicators left out")


def score_customers(
    indicators: pd.DataFrame, weights: HierarchyWeights, better: Mapping[str, Better], *, reasons: Mapping[str, str]
) -> CustomerScores:
    """Score customers: the weighted sum of their standardised indicators.

    Parameters
    ----------
    indicators : DataFrame
        Indexed by customer, a column per indicator; nan where it is not known.
    weights : HierarchyWeights
        Of the whole hierarchy. Indicators without a column, without any value or the same for all customers are left
        out, and the weights of the rest rescaled within their criterion.
    better : mapping of str to {"high", "low"}
        Which end of each indicator is good.
    reasons : mapping of str to str
        Why indicators have no column, for those where it is known.

    Returns
    -------
    CustomerScores
        Scores, and what they rest on.

    Raises
    ------
    InputError
        When there are fewer than two customers, a customer stands twice, values are infinite, or nothing can be used.
    """
    _require_customers(indicators)
    names = weights.hierarchy.indicators
    why = {name: _unusable(indicators, name, reasons) for name in names}
    used = keep_indicators(weights, [name for name in names if not why[name]])
    columns = list(used.composite.index)
    standardised = standardise_indicators(indicators[columns], better)
    left_out = [(name, float(weights.composite[name]), why[name]) for name in names if why[name]]
    return CustomerScores(
        scores=_branch_scores(standardised, used),
        standardised=standardised,
        weights=used,
        left_out=pd.DataFrame(left_out, columns=["indicator", "weight", "reason"]),
        unknown=indicators[columns].isna().sum().rename("unknown"),
        partly_known=int(indicators[columns].isna().any(axis=1).sum()),
    )


def _require_customers(indicators: pd.DataFrame) -> None:
    faults = []
    if len(indicators) < 2:
        few = f"{len(indicators)} customer{'s' * (len(indicators) != 1)} with indicators, too few to compare"
        faults.append(
            Fault(few, where="indicators", allowed="two customers or more", remedy="give indicators of more customers")
        )
    doubled = indicators.index[indicators.index.duplicated()].unique()
    if len(doubled):
        what = f"{len(doubled):,} customers stand in more than one row: {some_of(list(doubled))}"
        faults.append(Fault(what, where="indicators", remedy="give one row per customer"))
    for name in indicators.columns:
        endless = indicators.index[np.isinf(indicators[name].to_numpy(dtype=float))]
        if len(endless):
            what = f"{name} is infinite for {len(endless):,} customers: {some_of(list(endless))}"
            faults.append(
                Fault(
                    what,
                    where="indicators",
                    allowed="finite numbers, nan where not known",
                    remedy="correct the values, or leave them missing",
                )
            )
    if faults:
        raise InputError(faults)


def _unusable(indicators: pd.DataFrame, name: str, reasons: Mapping[str, str]) -> str:
    if name not in indicators:
        return reasons.get(name, "not measured")
    values = indicators[name].dropna()
    if values.empty:
        return "known for no customer"
    return "the same for all customers" if _same(values.to_numpy(dtype=float)) else ""


def _same(values: FloatArray) -> bool:
    return bool(np.ptp(values) <= 1e-12 * max(1.0, float(np.abs(values).max())))


def standardise_indicators(indicators: pd.DataFrame, better: Mapping[str, Better]) -> pd.DataFrame:
    """Bring indicators to a mean of zero and a standard deviation of one, high always good.

    Parameters
    ----------
    indicators : DataFrame
        Indexed by customer; nan where not known.
    better : mapping of str to {"high", "low"}
        Which end is good; an indicator where low is good changes its sign.

    Returns
    -------
    DataFrame
        Same shape; zero, the mean, where nothing is known.

    Examples
    --------
    >>> table = pd.DataFrame({"revenue": [1.0, 2.0, 3.0], "days_late": [0.0, 8.0, np.nan]})
    >>> standardise_indicators(table, {"revenue": "high", "days_late": "low"}).round(2)
       revenue  days_late
    0    -1.22        1.0
    1     0.00       -1.0
    2     1.22        0.0
    """
    signs = pd.Series({name: -1.0 if better[name] == "low" else 1.0 for name in indicators.columns})
    spread = indicators.std(ddof=0)
    return ((indicators - indicators.mean()) / spread * signs).fillna(0.0)


def _branch_scores(standardised: pd.DataFrame, weights: HierarchyWeights) -> pd.DataFrame:
    scores = pd.DataFrame(index=standardised.index)
    for branch in weights.hierarchy.branches:
        own = weights.branch_weights(branch)
        if len(own):
            scores[branch] = standardised[own.index].to_numpy() @ own.to_numpy()
    scores["value"] = standardised.to_numpy() @ weights.composite[standardised.columns].to_numpy()
    scores["rank"] = rank_scores(scores["value"])
    return scores


def rank_scores(values: "pd.Series[float]") -> "pd.Series[int]":
    """Rank customers, 1 for the highest; values that differ by rounding only share the better rank.

    Examples
    --------
    >>> rank_scores(pd.Series([0.1 + 0.2, 0.9, 0.3])).tolist()
    [2, 1, 2]
    """
    return values.round(9).rank(ascending=False, method="min").astype(int)


def map_customers(scores: pd.DataFrame, branches: tuple[str, ...]) -> "pd.Series[str]":
    """Place customers on the two-by-two map of the two branches, each cut at its mean.

    Parameters
    ----------
    scores : DataFrame
        From `score_customers`.
    branches : tuple of two str
        Columns of the map: current and potential value.

    Returns
    -------
    Series
        By customer, one of `QUADRANTS`; a customer at the mean itself counts as low.

    Raises
    ------
    InputError
        When the hierarchy has not exactly two branches that could be measured.
    """
    present = [branch for branch in branches if branch in scores]
    if len(branches) != 2 or len(present) != 2:
        what = f"{len(branches)} branches, {len(present)} of them measured: {some_of(branches)}"
        raise InputError(
            Fault(
                what,
                where="map",
                allowed="a hierarchy with two branches below its goal, both measured",
                remedy="take a hierarchy with two branches that can be measured",
            )
        )
    high = {branch: (scores[branch] - scores[branch].mean()).round(9) > 0 for branch in branches}
    words = [high[branch].map({True: "high", False: "low"}) for branch in branches]
    return (words[0] + "_" + words[1]).rename("quadrant")


def profile_quadrants(scores: pd.DataFrame, quadrants: "pd.Series[str]") -> pd.DataFrame:
    """Count the customers of each field of the map.

    Parameters
    ----------
    scores : DataFrame
        From `score_customers`.
    quadrants : Series
        From `map_customers`.

    Returns
    -------
    DataFrame
        One row per field in the order of `QUADRANTS`: customers, customer_share, mean_value (nan where empty).
    """
    grouped = scores["value"].groupby(quadrants)
    table = pd.DataFrame({"customers": grouped.size(), "mean_value": grouped.mean()}).reindex(list(QUADRANTS))
    table["customers"] = table["customers"].fillna(0).astype(int)
    table.insert(1, "customer_share", table["customers"] / len(scores))
    return table.rename_axis("quadrant")


def rescale(indicators: pd.DataFrame, scale: Scale) -> pd.DataFrame:
    """Bring indicators, high already good, to one of three scales.

    Parameters
    ----------
    indicators : DataFrame
        One row per customer or alternative.
    scale : {"z", "sum", "largest"}
        Mean zero and standard deviation one; shares of the sum, as in the first form of the AHP; or shares of the
        largest, as in its ideal form.

    Returns
    -------
    DataFrame
        Same shape.

    Raises
    ------
    InputError
        When shares are asked for of values that are not positive.
    """
    if scale == "z":
        return standardise_indicators(indicators, dict.fromkeys(indicators.columns, "high"))
    if not (indicators > 0).to_numpy().all():
        below = [name for name in indicators if not (indicators[name] > 0).all()]
        raise InputError(
            Fault(
                f"not positive: {some_of(below)}",
                where="indicators",
                allowed="values above zero",
                remedy="take another scale, or leave these values out",
            )
        )
    return indicators / (indicators.sum() if scale == "sum" else indicators.max())
