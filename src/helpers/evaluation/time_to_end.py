"""How long a step takes, with those still open counted as open so far."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from statsmodels.duration.survfunc import SurvfuncRight

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError
from helpers.evaluation.order_to_cash import Durations

FEWEST_ENDED, FEWEST_CUSTOMERS = 10, 10
"""Ends and customers of a step, below which nothing is said about how long it takes."""


@dataclass(frozen=True)
class TimeToEnd:
    """How long a step takes, by the Kaplan-Meier estimate.

    Parameters
    ----------
    cases, still_open, customers : int
        Cases, those without an end yet, customers they belong to.
    end_before_begin : int
        Cases left out because their end is dated before their begin.
    median_days, nine_tenths_days : tuple of (float, (float, float))
        Days within which half, and nine of ten, have ended, with the ends of their intervals; missing where not so many
        have ended yet.
    curve : DataFrame
        `days`, `open_share`, `low`, `high`: share still open after so many days.
    """

    cases: int
    still_open: int
    customers: int
    end_before_begin: int
    median_days: tuple[float, tuple[float, float]]
    nine_tenths_days: tuple[float, tuple[float, float]]
    curve: pd.DataFrame


def open_curve(days: npt.ArrayLike, ended: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return the Kaplan-Meier share still open after each time at which something ended.

    Parameters
    ----------
    days : array-like, shape (n,)
        Days until the end, or so far.
    ended : array-like of bool, shape (n,)
        Whether the end came.

    Returns
    -------
    days, share : arrays of float
        Times of ends, and the share open after them.

    Examples
    --------
    >>> days, share = open_curve([2, 3, 3, 5, 6], [True, True, False, True, False])
    >>> days.tolist(), share.round(3).tolist()
    ([2.0, 3.0, 5.0], [0.8, 0.6, 0.3])
    """
    fitted = SurvfuncRight(np.asarray(days, dtype=float), np.asarray(ended, dtype=int))
    return np.asarray(fitted.surv_times, dtype=float), np.asarray(fitted.surv_prob, dtype=float)


def time_to_end(step: Durations, rng: np.random.Generator, *, draws: int = 199, confidence: float = 0.95) -> TimeToEnd:
    """Estimate how long a step takes, by Kaplan and Meier, with intervals from customers drawn anew.

    Cases of one customer resemble each other, so customers are drawn, not cases.

    Parameters
    ----------
    step : Durations
        From `durations` or `follow_steps`.
    rng : Generator
        Of numpy.
    draws : int
        Resamples of the customers.
    confidence : float
        Of the intervals.

    Raises
    ------
    InputError
        With fewer than `FEWEST_ENDED` ends or `FEWEST_CUSTOMERS` customers.

    References
    ----------
    Kaplan and Meier (1958), "Nonparametric estimation from incomplete observations", JASA 53, 457-481; Davison and
    Hinkley (1997), Bootstrap Methods and their Application, section 3.8 (clusters drawn whole).
    """
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    cases = step.cases
    codes, known = pd.factorize(cases["customer_id"], sort=True)
    ended = cases["ended"].to_numpy(dtype=bool)
    if ended.sum() < FEWEST_ENDED or len(known) < FEWEST_CUSTOMERS:
        what = f"{ended.sum():,} ends of {len(known):,} customers; {FEWEST_ENDED} of {FEWEST_CUSTOMERS} are needed"
        raise InputError(Fault(what, where="durations", remedy="wait for more, or map the dates"))
    times, share = open_curve(cases["days"].to_numpy(dtype=float), ended)
    drawn = _drawn_curves(codes, cases["days"].to_numpy(), ended, times, rng, draws)
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = np.quantile(drawn, tails, axis=0)
    return TimeToEnd(
        cases=len(cases),
        still_open=int((~ended).sum()),
        customers=len(known),
        end_before_begin=step.end_before_begin,
        median_days=_reached(times, share, drawn, 0.5, tails),
        nine_tenths_days=_reached(times, share, drawn, 0.1, tails),
        curve=pd.DataFrame({"days": times, "open_share": share, "low": low, "high": high}),
    )


def times_of_steps(
    steps: Mapping[str, Durations], *, seed: int, confidence: float = 0.95
) -> tuple[dict[str, TimeToEnd], pd.DataFrame]:
    """Estimate how long every step takes for which enough have ended.

    Parameters
    ----------
    steps : mapping of str to Durations
        From `follow_steps`.
    seed : int
        Of the resamples of each step.
    confidence : float
        Of the intervals.

    Returns
    -------
    dict of str to TimeToEnd
        Of the steps that can be judged.
    DataFrame
        One row per step: `step`, `cases`, `still_open`, `end_before_begin`, `median_days`, `nine_tenths_days` with
        their ends `_low`, `_high`; missing where nothing can be said.
    """
    found: dict[str, TimeToEnd] = {}
    rows = []
    for name, step in steps.items():
        ended = step.cases["ended"]
        row: dict[str, object] = {"step": name, "cases": len(ended), "still_open": int((~ended).sum())}
        row["end_before_begin"] = step.end_before_begin
        if ended.sum() >= FEWEST_ENDED and step.cases["customer_id"].nunique() >= FEWEST_CUSTOMERS:
            one = found[name] = time_to_end(step, np.random.default_rng(seed), confidence=confidence)
            for column in ("median_days", "nine_tenths_days"):
                value, (low, high) = getattr(one, column)
                row |= {column: value, f"{column}_low": low, f"{column}_high": high}
        rows.append(row)
    ends = [f"{name}_days{end}" for name in ("median", "nine_tenths") for end in ("", "_low", "_high")]
    return found, pd.DataFrame(rows).reindex(columns=["step", "cases", "still_open", "end_before_begin", *ends])


def days_with_ends(summary: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return days with both ends of their interval, by step, as far as all three are known.

    Parameters
    ----------
    summary : DataFrame
        From `times_of_steps`, indexed by step.
    name : str
        `median_days` or `nine_tenths_days`.
    """
    found = summary[[name, f"{name}_low", f"{name}_high"]].set_axis([name, "low", "high"], axis=1)
    return found.dropna()


def _drawn_curves(
    codes: np.ndarray, days: np.ndarray, ended: np.ndarray, times: FloatArray, rng: np.random.Generator, draws: int
) -> FloatArray:
    """Return the share still open at each time of an end, shape (draws, times), customers drawn with replacement."""
    customers, span = int(codes.max()) + 1, int(days.max()) + 1
    shape = (customers, span)
    leaves = sparse.csr_array((np.ones(len(days)), (codes, days)), shape=shape)
    ends = sparse.csr_array((ended.astype(float), (codes, days)), shape=shape)
    weight = np.stack([np.bincount(rng.integers(customers, size=customers), minlength=customers) for _ in range(draws)])
    ends_drawn, left = ends.T @ weight.T, leaves.T @ weight.T
    at_risk = np.cumsum(left[::-1], axis=0)[::-1]
    kept = 1 - np.divide(ends_drawn, at_risk, out=np.zeros_like(at_risk, dtype=float), where=at_risk > 0)
    curves: FloatArray = np.cumprod(kept, axis=0)[times.astype(int)].T
    return curves


def _reached(
    times: FloatArray, share: FloatArray, drawn: FloatArray, level: float, tails: list[float]
) -> tuple[float, tuple[float, float]]:
    """Return the first time at which no more than `level` is open, and the ends of its interval."""
    first = [_first(times, share <= level), *(_first(times, curve <= level) for curve in drawn)]
    ends = np.quantile(np.array(first[1:]), tails, method="closest_observation")
    value, low, high = (float(one) if np.isfinite(one) else float("nan") for one in (first[0], *ends))
    return value, (low, high)


def _first(times: FloatArray, reached: np.ndarray) -> float:
    return float(times[reached.argmax()]) if reached.any() else float("inf")
