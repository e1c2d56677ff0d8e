"""The value cube: current value, potential value and loyalty, each high or low, make eight segments with a policy each.

The segments and what to do with them follow the telecom literature; see `CUBE`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.core.arrays import FloatArray
from helpers.core.checks import offending, require_columns
from helpers.core.errors import Fault, InputError, unknown_name
from helpers.core.results import NamedResult
from helpers.value.contribution.simple_lifetime_value import annuity_factor, monthly_rate, staying_factor

AXES = ("current_value", "potential_value", "loyalty")
NOT_SEPARATE = 0.7
"""Rank correlation from which two axes are said to tell much the same: half of the spread of ranks is shared."""


@dataclass(frozen=True)
class CubeSegment:
    """One corner of the cube.

    Parameters
    ----------
    name : str
        What it is called.
    high : (bool, bool, bool)
        Whether current value, potential value and loyalty are high.
    """

    name: str
    high: tuple[bool, bool, bool]


CUBE: tuple[CubeSegment, ...] = (
    CubeSegment("platinum", (True, True, True)),
    CubeSegment("gold", (True, False, True)),
    CubeSegment("loyal", (False, False, True)),
    CubeSegment("potential", (False, True, True)),
    CubeSegment("at risk", (True, True, False)),
    CubeSegment("short term", (True, False, False)),
    CubeSegment("least valuable", (False, False, False)),
    CubeSegment("developable", (False, True, False)),
)
"""The eight segments in reading order (after Hwang, Jung & Suh 2004, Expert Systems with
Applications 26, 181-188, and the practice of telecom operators)."""

HOLD_OFF: tuple[str, ...] = ("short term", "least valuable")
"""The segments whose policy is to spend no more on them than they bring."""

SEGMENT_NAMES: tuple[str, ...] = tuple(segment.name for segment in CUBE)


@dataclass(frozen=True)
class CubeCuts:
    """Where each axis is cut into low and high; a value on the cut is high.

    Parameters
    ----------
    current_value, potential_value : float
        Study currency.
    loyalty : float
        Probability of staying.
    rule : str
        How the cuts were made.
    """

    current_value: float
    potential_value: float
    loyalty: float
    rule: str = "business rule"

    def of(self, axis: str) -> float:
        """Return the cut of one axis."""
        return {name: float(getattr(self, name)) for name in AXES}[axis]


def present_value(profit_per_month: pd.Series | FloatArray, *, months: float, annual_rate: float) -> FloatArray:
    """Return what a constant monthly profit is worth today.

    Parameters
    ----------
    profit_per_month : Series or array
        Study currency.
    months : float
        How long it goes on.
    annual_rate : float
        Discount rate per year, months discounted at their end.

    Returns
    -------
    array
        `sum_{t=1..n} profit / (1 + d)^t`: current value with the profit of today, potential value with the profit to be
        expected of products not yet held.

    Examples
    --------
    >>> present_value(np.array([10.0, 0.0]), months=12, annual_rate=0.0).tolist()
    [120.0, 0.0]
    """
    factor = float(annuity_factor(months, monthly_rate(annual_rate)))
    value: FloatArray = np.asarray(profit_per_month, dtype=np.float64) * factor
    return value


def cut_axes(values: pd.DataFrame, rule: str = "mean") -> CubeCuts:
    """Return the cuts that lie at the mean or the median of each axis.

    Raises
    ------
    InputError
        When the rule is unknown, an axis is missing, constant or holds wrong values; all faults at once.
    """
    if rule not in ("mean", "median"):
        raise InputError(unknown_name(rule, ("mean", "median"), kind="rule for the cuts", where="rule"))
    check_axes(values)
    middle = values[list(AXES)].agg(rule)
    current, potential, loyalty = (float(middle[axis]) for axis in AXES)
    return CubeCuts(current, potential, loyalty, rule)


def choose_cuts(values: pd.DataFrame, rule: str, stated: CubeCuts) -> CubeCuts:
    """Return the cuts stated where the rule is "business_rule", else those at the mean or median.

    Raises
    ------
    InputError
        See `cut_axes`.
    """
    return stated if rule == "business_rule" else cut_axes(values, rule)


def check_axes(values: pd.DataFrame) -> None:
    """Refuse values that cannot be cut: missing, negative, outside their range, or the same for everyone.

    Raises
    ------
    InputError
        All faults at once, with the offending rows counted and the first few named. A negative current value is a loss
        and allowed.
    """
    require_columns(values.columns, AXES, where="values of the cube")
    faults: list[Fault] = []
    for axis in AXES:
        column = values[axis].to_numpy(dtype=np.float64)
        finite = np.isfinite(column)
        faults += offending(values, ~finite, f"{axis} is missing or infinite", allowed="finite numbers")
        if axis == "potential_value":
            faults += offending(values, finite & (column < 0), f"{axis} is negative", allowed="0 or more")
        if axis == "loyalty":
            outside = finite & ((column < 0) | (column > 1))
            faults += offending(values, outside, f"{axis} is no probability", allowed="0..1")
        if len(column) and finite.all() and np.ptp(column) == 0:
            what = f"{axis} is constant: {column[0]:g} in all {len(column):,} rows"
            faults.append(Fault(what, allowed="an axis that tells customers apart", remedy="estimate it per customer"))
    if not len(values):
        faults.append(Fault("no customers", where="values of the cube", remedy="give values of one customer or more"))
    if faults:
        raise InputError(faults)


def assign_cube(values: pd.DataFrame, cuts: CubeCuts) -> pd.Series:
    """Put every customer into one of the eight segments.

    Parameters
    ----------
    values : DataFrame
        One row per customer: current_value, potential_value (study currency), loyalty (in 0..1).
    cuts : CubeCuts
        A value on the cut is high.

    Returns
    -------
    Series of category
        Index as `values`; categories in the order of `CUBE`, empty ones included.

    Raises
    ------
    InputError
        See `check_axes`.

    Examples
    --------
    >>> values = pd.DataFrame({"current_value": [9.0, 1.0], "potential_value": [5.0, 1.0], "loyalty": [0.2, 0.9]})
    >>> assign_cube(values, CubeCuts(5.0, 3.0, 0.5)).tolist()
    ['at risk', 'loyal']
    """
    check_axes(values)
    code = np.zeros(len(values), dtype=np.int64)
    for axis in AXES:
        code = 2 * code + (values[axis].to_numpy(dtype=np.float64) >= cuts.of(axis))
    place = np.empty(len(CUBE), dtype=np.int64)
    for number, segment in enumerate(CUBE):
        first, second, third = segment.high
        place[4 * first + 2 * second + third] = number
    return pd.Series(pd.Categorical.from_codes(place[code], categories=pd.Index(SEGMENT_NAMES)), index=values.index)


def profile_cube(
    values: pd.DataFrame, segments: pd.Series, *, lost: pd.Series | None = None, lost_forecast: pd.Series | None = None
) -> pd.DataFrame:
    """Describe the eight segments by size, value and, where known, by how many of their customers were lost.

    Parameters
    ----------
    values : DataFrame
        As for `assign_cube`.
    segments : Series
        From `assign_cube`.
    lost : Series of bool, optional
        Whether the customer left; loyalty must come from a model that did not know it.
    lost_forecast : Series, optional
        Probability of what `lost` tells; one less loyalty where it is left out.

    Returns
    -------
    DataFrame
        One row per segment in the order of `CUBE`: customers, customer_share, current_value and potential_value (sums,
        study currency), value_share (of both together), mean_current_value, mean_potential_value, mean_loyalty,
        forecast_lost_share and lost_share (where known). Means of an empty segment are missing.
    """
    by_segment = values.groupby(segments, observed=False)
    table = pd.DataFrame({"customers": by_segment.size()})
    table["customer_share"] = table["customers"] / len(values)
    table["current_value"] = by_segment["current_value"].sum()
    table["potential_value"] = by_segment["potential_value"].sum()
    both = table["current_value"] + table["potential_value"]
    table["value_share"] = both / both.sum()
    for axis in AXES:
        table[f"mean_{axis}"] = by_segment[axis].mean()
    if lost is not None:
        forecast = 1 - values["loyalty"] if lost_forecast is None else lost_forecast
        table["forecast_lost_share"] = forecast.groupby(segments, observed=False).mean()
        table["lost_share"] = lost.groupby(segments, observed=False).mean()
    return table.set_axis(pd.Index(SEGMENT_NAMES, name="segment"))


@dataclass(frozen=True)
class AxesTogether:
    """How far the three axes rank customers alike: segments need axes that are separate.

    Parameters
    ----------
    current_potential, current_loyalty, potential_loyalty : float
        Spearman's rank correlations.
    """

    current_potential: float
    current_loyalty: float
    potential_loyalty: float

    @property
    def separate(self) -> bool:
        """Whether no two axes rank customers much alike, or much the other way round."""
        return max(map(abs, (self.current_potential, self.current_loyalty, self.potential_loyalty))) < NOT_SEPARATE

    def named_results(self) -> Iterator[NamedResult]:
        """Yield the correlations, named for the results file."""
        for first, second in (("current", "potential"), ("current", "loyalty"), ("potential", "loyalty")):
            name = f"{first}_{second}"
            about = f"rank correlation between the axes {first} and {second} of the cube"
            yield NamedResult(f"cube_axes_{name}_correlation", getattr(self, name), "index", about)


def correlate_axes(values: pd.DataFrame) -> AxesTogether:
    """Return the rank correlations between the axes of the cube.

    Parameters
    ----------
    values : DataFrame
        As for `assign_cube`.

    Examples
    --------
    >>> values = pd.DataFrame({"current_value": [1.0, 2.0], "potential_value": [2.0, 1.0], "loyalty": [0.1, 0.9]})
    >>> correlate_axes(values)
    AxesTogether(current_potential=-1.0, current_loyalty=1.0, potential_loyalty=-1.0)
    """
    require_columns(values.columns, AXES, where="values of the cube")
    ranked = values[list(AXES)].rank().corr().round(6).to_numpy(dtype=np.float64)
    return AxesTogether(float(ranked[0, 1]), float(ranked[0, 2]), float(ranked[1, 2]))


def staying_share(months: float, *, annual_rate: float, retention: float) -> float:
    """Return the part of a value over a horizon that is left when customers go on leaving.

    Parameters
    ----------
    months : float
        Horizon.
    annual_rate : float
        Discount rate per year.
    retention : float
        Share of customers who stay from one month to the next, in 0..1; the first month is certain.

    Examples
    --------
    >>> staying_share(2, annual_rate=0.0, retention=0.5), staying_share(12, annual_rate=0.1, retention=1.0)
    (0.75, 1.0)
    """
    rate = monthly_rate(annual_rate)
    certain = float(annuity_factor(months, rate))
    return round(staying_factor(months, retention, rate) / (1 + rate) / certain, 12) if certain else 0.0


def value_axes(monthly: pd.DataFrame, *, months: float, annual_rate: float) -> pd.DataFrame:
    """Turn monthly profits into the axes of the cube.

    Parameters
    ----------
    monthly : DataFrame
        profit_per_month, potential_profit_per_month (study currency), loyalty; further columns are kept.
    months : float
        Months both profits go on.
    annual_rate : float
        Discount rate per year.

    Returns
    -------
    DataFrame
        With current_value and potential_value (study currency) added.
    """
    return monthly.assign(
        current_value=present_value(monthly["profit_per_month"], months=months, annual_rate=annual_rate),
        potential_value=present_value(monthly["potential_profit_per_month"], months=months, annual_rate=annual_rate),
    )


@dataclass(frozen=True)
class LossCheck:
    """Whether the segments of low loyalty really lost more customers.

    Parameters
    ----------
    low_lost, high_lost : float
        Share lost of the four segments of low loyalty, and of the four of high loyalty.
    largest_gap : float
        Largest difference, over the segments, between the share forecast to be lost and the share lost.
    """

    low_lost: float
    high_lost: float
    largest_gap: float

    @property
    def holds(self) -> bool:
        """Whether low loyalty lost at least twice the share that high loyalty did."""
        return self.low_lost >= 2 * self.high_lost


def check_losses(profile: pd.DataFrame, segments: pd.Series, lost: pd.Series) -> LossCheck:
    """Hold the loyalty of the segments against who was lost.

    Parameters
    ----------
    profile : DataFrame
        From `profile_cube` with `lost`.
    segments : Series
        From `assign_cube`.
    lost : Series of bool
        Whether the customer left.

    Returns
    -------
    LossCheck
        Shares lost, and the largest gap.
    """
    loyal = segments.isin([segment.name for segment in CUBE if segment.high[2]])
    gap = (profile["forecast_lost_share"] - profile["lost_share"]).abs().max()
    return LossCheck(float(lost[~loyal].mean()), float(lost[loyal].mean()), float(gap))
