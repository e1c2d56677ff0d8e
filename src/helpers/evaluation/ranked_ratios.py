"""Ratios of small groups, drawn to what all groups have in common, so that none comes first or last by luck."""

import numpy as np
import pandas as pd

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_columns, require_within
from helpers.core.errors import Fault, InputError

_GRID = 200  # points over the spread of the groups


def rank_ratios(
    cases: pd.DataFrame, rng: np.random.Generator, *, draws: int = 4000, confidence: float = 0.95
) -> pd.DataFrame:
    """Shrink ratios of totals, one per group, to their common mean, and say between which places each may stand.

    Case `j` of group `g` has a part `p` of a whole `d`: `p = theta_g d + e`, the error with variance `s2 d^2`, `s2` the
    same in all groups. The ratio of the group, `sum p / sum d`, then has the variance `s2 sum d^2 / (sum d)^2`: large
    for a group of few cases, known for a group of one. True ratios are normal around a common mean; their standard
    deviation has a flat prior up to twenty typical errors of a ratio, and is integrated over a grid.

    Parameters
    ----------
    cases : DataFrame
        `group`, `part`, `whole` (above 0, else left out): one row per case, such as a customer of a seller.
    rng : Generator
        Of numpy.
    draws : int
        Draws of all true ratios.
    confidence : float
        Of the intervals of ratios and places.

    Returns
    -------
    DataFrame
        Highest first: `group`, `cases`, `share` (as observed), `shrunken`, `low`, `high`, `best_place`, `worst_place`,
        `chance_best`. Without any spread inside the groups the ratios stand as they are; equal ones share their places.

    Raises
    ------
    InputError
        With fewer than two groups, or where no group has two cases.

    References
    ----------
    Morris (1983), "Parametric empirical Bayes inference", JASA 78, 47-55; Gelman (2006), "Prior distributions for
    variance parameters in hierarchical models", Bayesian Analysis 1, 515-534 (flat on the standard deviation).

    Examples
    --------
    >>> paid = pd.DataFrame({"group": ["one", *["many"] * 4], "part": [10.0, 9, 8, 7, 9], "whole": 10.0})
    >>> ranked = rank_ratios(paid, np.random.default_rng(1)).set_index("group")
    >>> bool(ranked.loc["one", "shrunken"] < ranked.loc["one", "share"]), ranked["worst_place"].tolist()
    (True, [2, 2])
    """
    require_columns(cases.columns, ("group", "part", "whole"), where="cases")
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    kept = cases[cases["group"].notna() & (cases["whole"] > 0)]
    codes, groups = pd.factorize(kept["group"], sort=True)
    part, whole = kept["part"].to_numpy(dtype=float), kept["whole"].to_numpy(dtype=float)
    size = np.bincount(codes, minlength=len(groups))
    faults = []
    if len(groups) < 2:
        faults.append(Fault(f"{len(groups)} group with a total; 2 are needed for an order", remedy="compare periods"))
    elif size.max() < 2:
        what = f"each of {len(groups)} groups has one case; one with 2 is needed to know what chance does"
        faults.append(Fault(what, remedy="take groups of more cases"))
    if faults:
        raise InputError(faults)
    share = np.bincount(codes, part) / np.bincount(codes, whole)
    variance = _variances(codes, part, whole, share)
    found = pd.DataFrame({"group": groups, "cases": size, "share": share})
    if variance.max() <= 1e-18:
        return _as_observed(found)
    drawn = _draw_ratios(share, variance, rng, draws)
    places = (-drawn).argsort(axis=1, kind="stable").argsort(axis=1, kind="stable") + 1
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    found["shrunken"], (found["low"], found["high"]) = drawn.mean(axis=0), np.quantile(drawn, tails, axis=0)
    best, worst = np.quantile(places, tails, axis=0, method="closest_observation").astype(int)
    found["best_place"], found["worst_place"], found["chance_best"] = best, worst, (places == 1).mean(axis=0)
    return found.sort_values(["shrunken", "group"], ascending=[False, True], kind="stable", ignore_index=True)


def chance_of_spread(cases: pd.DataFrame, rng: np.random.Generator, *, draws: int = 499) -> float:
    """Return how often groups drawn by lot differ as much as these, without any assumption about errors.

    A few cases that are far off, such as a customer who never pays, can set one group apart under a normal model. Here
    the cases are dealt to the groups by lot, as many to each as it has, and the squared distances of the ratios from
    that of all are compared, each over its variance.

    Parameters
    ----------
    cases : DataFrame
        As for `rank_ratios`.
    rng : Generator
        Of numpy.
    draws : int
        Deals.

    Returns
    -------
    float
        Chance of so much spread, above 0 and at most 1; 1 where all ratios are equal.

    References
    ----------
    Pitman (1937), "Significance tests which may be applied to samples from any populations", Supplement to JRSS 4.

    Examples
    --------
    >>> paid = pd.DataFrame({"group": ["a"] * 9 + ["b"] * 9, "part": [1.0] * 9 + [0.5] * 9, "whole": 1.0})
    >>> chance_of_spread(paid, np.random.default_rng(1)) < 0.01
    True
    """
    require_columns(cases.columns, ("group", "part", "whole"), where="cases")
    kept = cases[cases["group"].notna() & (cases["whole"] > 0)]
    codes, _ = pd.factorize(kept["group"], sort=True)
    part, whole = kept["part"].to_numpy(dtype=float), kept["whole"].to_numpy(dtype=float)
    found = _spread(codes, part, whole)
    by_lot = np.array([_spread(rng.permutation(codes), part, whole) for _ in range(draws)])
    return float((1 + np.sum(by_lot >= found * (1 - 1e-9))) / (1 + draws))


def _spread(codes: np.ndarray, part: FloatArray, whole: FloatArray) -> float:
    total, squares = np.bincount(codes, whole), np.bincount(codes, whole**2)
    away = np.bincount(codes, part) / total - part.sum() / whole.sum()
    return float(np.sum(away**2 * total**2 / squares))


def _variances(codes: np.ndarray, part: FloatArray, whole: FloatArray, share: FloatArray) -> FloatArray:
    """Return the variance of each group's ratio, from the spread inside all groups together."""
    total, squares = np.bincount(codes, whole), np.bincount(codes, whole**2)
    residual = part - share[codes] * whole
    # Expected square of a residual, in units of s2: less than d^2, as each case pulls the ratio of its group.
    expected = whole**2 * (1 - 2 * whole / total[codes] + (squares / total**2)[codes])
    variance: FloatArray = np.sum(residual**2) / np.sum(expected) * squares / total**2
    return variance


def _draw_ratios(share: FloatArray, variance: FloatArray, rng: np.random.Generator, draws: int) -> FloatArray:
    """Draw the true ratios of all groups, shape (draws, groups)."""
    shrinkage = (np.arange(_GRID) + 0.5) / _GRID
    between = len(variance) / np.sum(1 / variance) * (1 - shrinkage) / shrinkage
    weight = 1 / (variance + between[:, None])
    mean = (weight * share).sum(axis=1) / weight.sum(axis=1)
    squares = (weight * (share - mean[:, None]) ** 2).sum(axis=1)
    prior = -np.log(1 - shrinkage) / 2 - 1.5 * np.log(shrinkage)  # flat on the standard deviation, as seen on this grid
    fit = (np.log(weight).sum(axis=1) - np.log(weight.sum(axis=1)) - squares) / 2 + prior
    chance = np.exp(fit - fit.max())
    cell = rng.choice(_GRID, size=draws, p=chance / chance.sum())
    centre = rng.normal(mean[cell], 1 / np.sqrt(weight.sum(axis=1)[cell]))
    pull = variance * weight[cell]
    middle = (1 - pull) * share + pull * centre[:, None]
    drawn: FloatArray = rng.normal(middle, np.sqrt(pull * between[cell, None]))
    return drawn


def _as_observed(found: pd.DataFrame) -> pd.DataFrame:
    share = found["share"].round(12)
    best = share.rank(method="min", ascending=False).astype(int)
    worst = share.rank(method="max", ascending=False).astype(int)
    first = best == 1
    known = found.assign(shrunken=found["share"], low=found["share"], high=found["share"], best_place=best)
    known = known.assign(worst_place=worst, chance_best=first / first.sum())
    return known.sort_values(["shrunken", "group"], ascending=[False, True], kind="stable", ignore_index=True)
