"""Control charts of weekly shares: which weeks differ from the others by more than chance."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from helpers.core.errors import Fault, InputError, counted

WIDTH = 3.0
"""Distance of Shewhart's limits from the centre, in standard deviations."""

LEAST_WEEKS = 20
"""Weeks with cases from which limits are drawn: Montgomery's twenty to twenty-five samples."""

_RANGE_TO_SIGMA = 1.128  # mean range of two normal draws in standard deviations


@dataclass(frozen=True)
class ControlChart:
    """Weekly shares with their limits.

    Parameters
    ----------
    weeks : DataFrame
        One row per week from the first to the last, those without a case too: week (its Monday), cases, hits, share
        (missing without a case), lower, upper, signal (-1 below, 1 above, 0), complete (the week had ended).
    centre : float
        Share of all weeks together.
    sigma_z : float
        How much further weeks scatter than independent cases would: 1 is chance alone.
    cases_needed : int
        Cases of a week from which both of its limits lie within 0 and 1, so that a fall and a rise can be seen.
    """

    weeks: pd.DataFrame
    centre: float
    sigma_z: float
    cases_needed: int

    @property
    def missing(self) -> tuple[date, ...]:
        """Mondays of the weeks without any case."""
        without = self.weeks.loc[self.weeks["cases"] == 0, "week"]
        return tuple(week.date() for week in without)

    @property
    def signals(self) -> pd.DataFrame:
        """Weeks beyond the limits."""
        return self.weeks[self.weeks["signal"] != 0]

    @property
    def usual_cases(self) -> int:
        """Cases of the week in the middle, the smaller of two."""
        return int(self.weeks["cases"].quantile(0.5, interpolation="lower"))


def control_chart(time: pd.Series, flags: pd.Series, as_of: date) -> ControlChart:
    r"""Draw limits around the weekly share of a flag.

    Of the $n_i$ cases of week $i$ the share $p_i$ has the flag, of all the share $\bar p$. With
    $z_i = (p_i - \bar p) / \sqrt{\bar p (1 - \bar p) / n_i}$ and $\sigma_z$ the mean range of $z$ from one week to the
    next over 1.128, the limits are $\bar p \pm 3 \sigma_z \sqrt{\bar p (1 - \bar p) / n_i}$. With $\sigma_z = 1$ they
    are Shewhart's.

    Parameters
    ----------
    time : Series of datetime
        When each case was opened.
    flags : Series of boolean
        Whether it has the flag; cases of which that is not known are left out.
    as_of : date
        Analysis date: a week that ends after it is not complete, though its cases count.

    Returns
    -------
    ControlChart
        A week without a case keeps its place, and no range is taken across it.

    Raises
    ------
    InputError
        When fewer than `LEAST_WEEKS` weeks have a case, or all cases have the flag, or none.

    References
    ----------
    Shewhart (1931), Economic Control of Quality of Manufactured Product; Laney (2002), "Improved control charts for
    attributes", Quality Engineering 14, 531-537; Montgomery, Introduction to Statistical Quality Control, chapter 7.
    """
    known = flags.notna().to_numpy(dtype=bool)
    week = time[known].dt.normalize() - pd.to_timedelta(time[known].dt.day_of_week, unit="D")
    flag = flags[known].to_numpy(dtype=bool)
    counts = pd.DataFrame({"week": week, "hits": flag}).groupby("week")["hits"].agg(["size", "sum"])
    _require_enough(counts)
    every = pd.date_range(counts.index.min(), counts.index.max(), freq="7D", name="week")
    counts = counts.reindex(every, fill_value=0)
    cases, hits = (counts[name].to_numpy(dtype=np.float64) for name in ("size", "sum"))
    centre = float(hits.sum() / cases.sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        share, spread = hits / cases, np.sqrt(centre * (1 - centre) / cases)
    ranges = np.abs(np.diff((share - centre) / spread))
    sigma_z = float(np.nanmean(ranges)) / _RANGE_TO_SIGMA if np.isfinite(ranges).any() else 1.0
    reach = WIDTH * sigma_z * np.where(cases > 0, spread, np.nan)
    lower, upper = centre - reach, centre + reach
    signal = (share > upper).astype(np.int64) - (share < lower).astype(np.int64)
    weeks = pd.DataFrame({"week": every, "cases": cases.astype(np.int64), "hits": hits.astype(np.int64)})
    weeks = weeks.assign(share=share, lower=np.maximum(lower, 0), upper=np.minimum(upper, 1), signal=signal)
    odds = max(centre / (1 - centre), (1 - centre) / centre)
    needed = int(np.floor((WIDTH * sigma_z) ** 2 * odds)) + 1
    complete = every + pd.Timedelta(days=7) <= pd.Timestamp(as_of)
    return ControlChart(weeks.assign(complete=complete), centre, sigma_z, needed)


def charts_by_group(cases: pd.DataFrame, by: str, flag: str, as_of: date) -> pd.DataFrame:
    """Draw limits for each group by itself and say what its weeks show.

    Parameters
    ----------
    cases : DataFrame
        One row per case: time, the group and the flag.
    by, flag : str
        Columns with the group, and with the flag; cases without a group are left out.
    as_of : date
        As for `control_chart`.

    Returns
    -------
    DataFrame
        One row per group, by name: the group, weeks (with cases), cases_per_week (the week in the middle),
        cases_needed, weeks_below, weeks_above, sigma_z, enough; all but the first two missing where weeks are too few.
    """
    rows = []
    for name, part in cases.groupby(by, observed=True, sort=True):
        try:
            chart = control_chart(part["time"], part[flag], as_of)
        except InputError:
            rows.append((name, part["time"].dt.to_period("W").nunique(), *[np.nan] * 5, False))
            continue
        below, above = ((chart.weeks["signal"] == side).sum() for side in (-1, 1))
        there = int((chart.weeks["cases"] > 0).sum())
        rows.append((name, there, chart.usual_cases, chart.cases_needed, below, above, chart.sigma_z, True))
    names = ["weeks", "cases_per_week", "cases_needed", "weeks_below", "weeks_above", "sigma_z", "enough"]
    return pd.DataFrame(rows, columns=[by, *names])


def _require_enough(counts: pd.DataFrame) -> None:
    if len(counts) < LEAST_WEEKS:
        raise InputError(
            Fault(
                f"{counted(len(counts), 'week')} with a case are not enough for limits, {LEAST_WEEKS} are needed",
                where="service_cases",
                allowed=f"at least {LEAST_WEEKS}",
                remedy="wait for more weeks",
            )
        )
    cases, hits = int(counts["size"].sum()), int(counts["sum"].sum())
    if hits in (0, cases):
        raise InputError(
            Fault(f"{hits} of {cases} cases have it", "service_cases", remedy="there is nothing that could vary")
        )
