"""Before and after: whether a monthly series stands off its own trend from a month on, and how rare that is."""

from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.arrays import FloatArray
from helpers.core.errors import Fault, InputError
from helpers.core.lines import exact_sum
from helpers.core.returns import purchase_lines

FEWEST_MONTHS = 8
"""Whole months on each side of a change, below which nothing is said of it."""
_LAGS = 3


@dataclass(frozen=True)
class LevelChange:
    """A step of a monthly series off its trend.

    Parameters
    ----------
    months_before, months_after : int
        Whole months on either side.
    step, low, high : float
        Step of the level as a share of it, with interval.
    placebo_share : float
        Share of the other months at which a step as large is found; nan where there are none to try.
    """

    months_before: int
    months_after: int
    step: float
    low: float
    high: float
    placebo_share: float


def monthly_revenue(lines: ir.Table, until: date) -> "pd.Series[float]":
    """Revenue of each whole calendar month before a day, months without any as nil.

    Parameters
    ----------
    lines : ibis Table
        Standard transactions.
    until : date
        Day on which the data end; the first and the last month are left out where they are not whole.

    Returns
    -------
    Series
        By first day of the month.

    Raises
    ------
    InputError
        When no line lies before `until`.
    """
    bought = purchase_lines(lines, until)
    summed = bought.group_by(month=bought["time"].truncate("M").cast("timestamp")).agg(
        revenue=exact_sum(bought["amount"]), first=bought["time"].min()
    )
    frame = summed.order_by("month").to_pyarrow().to_pandas()
    if frame.empty:
        raise InputError(Fault(f"no line lies before {until}", where="transactions", remedy="check as_of"))
    begin = (
        frame["month"].iloc[0] if frame["first"].iloc[0].day == 1 else frame["month"].iloc[0] + pd.DateOffset(months=1)
    )
    months = pd.date_range(begin, pd.Timestamp(until) - pd.offsets.MonthBegin(1), freq="MS")
    whole = months[months + pd.DateOffset(months=1) <= pd.Timestamp(until)]
    revenue: pd.Series[float] = frame.set_index("month")["revenue"].astype(float).reindex(whole, fill_value=0.0)
    return revenue


def measure_step(monthly: "pd.Series[float]", changed: date, *, confidence: float = 0.95) -> LevelChange:
    """Measure the step of a series at a month, off a straight trend of its logarithm, and at every other month.

    The interval is robust to errors that last for some months. It holds the trend to be straight but for the step, and
    nothing else to have happened then: a season, a price or a rival makes a step as well. The share of the other months
    with a step as large shows how much that is worth.

    Parameters
    ----------
    monthly : Series
        By first day of the month, none missing.
    changed : date
        The first month after the change begins on or after it.
    confidence : float
        Of the interval.

    Raises
    ------
    InputError
        When a side has fewer than `FEWEST_MONTHS`, or a month holds nothing above nil.

    References
    ----------
    Wagner, Soumerai, Zhang and Ross-Degnan (2002), "Segmented regression analysis of interrupted time series studies",
    Journal of Clinical Pharmacy and Therapeutics 27. Newey and West (1987), Econometrica 55, 703-708.

    Examples
    --------
    >>> months = pd.date_range("2022-01-01", periods=20, freq="MS")
    >>> at = np.arange(20)
    >>> series = pd.Series(np.where(at < 10, 100.0, 150.0) * (1 + 0.01 * np.cos(at)), index=months)
    >>> found = measure_step(series, date(2022, 11, 1))
    >>> round(found.step, 2), found.placebo_share
    (0.5, 0.0)
    """
    cut = int((monthly.index < pd.Timestamp(changed)).sum())
    after = len(monthly) - cut
    faults = []
    if min(cut, after) < FEWEST_MONTHS:
        what = f"{cut} whole months before the change and {after} after it; {FEWEST_MONTHS} each are needed"
        faults.append(Fault(what, where="transactions", remedy="wait, or state another month"))
    if not (monthly > 0).all():
        faults.append(Fault("a month without revenue", where="transactions", remedy="check that no month is missing"))
    if faults:
        raise InputError(faults)
    level = np.log(monthly.to_numpy(dtype=float))
    step, error = _step(level, cut)
    reach = float(stats.t.ppf(0.5 + confidence / 2, len(level) - 3)) * error
    others = [at for at in range(FEWEST_MONTHS, len(level) - FEWEST_MONTHS + 1) if abs(at - cut) > 1]
    sizes = [abs(_step(level, at)[0]) for at in others]
    placebo = float(np.mean(np.asarray(sizes) >= abs(step))) if sizes else float("nan")
    ends = np.expm1([step, step - reach, step + reach])
    return LevelChange(cut, after, float(ends[0]), float(ends[1]), float(ends[2]), placebo)


def _step(level: FloatArray, cut: int) -> tuple[float, float]:
    """Return the step of a level off its straight trend, with its standard error after Newey and West."""
    size = len(level)
    at = np.arange(size, dtype=float)
    design = np.column_stack([np.ones(size), at - at.mean(), at >= cut])
    inverse = np.linalg.inv(design.T @ design)
    found = inverse @ design.T @ level
    scores = design * (level - design @ found)[:, None]
    spread = scores.T @ scores
    for lag in range(1, _LAGS + 1):
        crossed = scores[lag:].T @ scores[:-lag]
        spread += (1 - lag / (_LAGS + 1)) * (crossed + crossed.T)
    error = float(np.sqrt((inverse @ spread @ inverse)[2, 2] * size / (size - design.shape[1])))
    return float(found[2]), error
