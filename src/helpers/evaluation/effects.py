"""What campaigns changed: the response of those contacted less that of those held back, with its interval.

The difference is an effect only where chance decided who was held back. Campaigns hold back different shares of
customers who respond differently, so differences are taken inside each campaign and averaged, never over all pairs.
"""

from math import sqrt
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_columns, require_within
from helpers.core.errors import Fault, InputError
from helpers.core.intervals import newcombe_difference, wilson_ends
from helpers.core.verdicts import Verdict
from helpers.evaluation.campaigns import ALL

COLUMNS = (
    "campaign_id", "campaign_type", "treated", "treated_responded", "treated_rate", "held_back", "held_back_responded",
    "held_back_rate", "effect", "low", "high", "sign",
)  # fmt: skip
RAISED, UNCLEAR, LOWERED = "raised the response", "not distinguished from chance", "lowered the response"
"""Status of an effect: the whole interval above zero, zero inside it, the whole interval below zero."""


def campaign_effects(pairs: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Difference in response between contacted and held back customers, per campaign and over all.

    Parameters
    ----------
    pairs : DataFrame
        From `campaign_pairs`.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    DataFrame
        One row per campaign that has both groups, in order of its name, then "all" (left out where no campaign has
        both): `campaign_id`, `campaign_type`, `treated`, `treated_responded`, `treated_rate`, `held_back`,
        `held_back_responded`, `held_back_rate`, `effect` (share; contacted less held back), `low`, `high`, `sign` (1,
        -1, or 0 where the interval holds zero). Over all, `effect` is
        the mean over contacts of the differences inside the campaigns; it is not the difference of the two rates
        where campaigns held back different shares.

    Raises
    ------
    InputError
        When a column is missing.

    Notes
    -----
    Each campaign has Newcombe's hybrid score interval. Over several campaigns customers repeat: each group gets
    Wilson's interval at the number of independent customers it is worth, by the variance clustered by customer, and the
    two are combined with the correlation that customers in both groups bring (Zou and Donner).

    References
    ----------
    Newcombe (1998), "Interval estimation for the difference between independent proportions", Statistics in Medicine
    17, 873-890, method 10. Zou and Donner (2008), "Construction of confidence limits about effect measures", Statistics
    in Medicine 27, 1693-1702.

    Examples
    --------
    >>> pairs = pd.DataFrame({"customer_id": range(150), "campaign_id": 7, "campaign_type": "A",
    ...                       "treated": [True] * 70 + [False] * 80, "responded": ([True] * 56 + [False] * 14
    ...                       + [True] * 48 + [False] * 32)})
    >>> campaign_effects(pairs)[["effect", "low", "high", "sign"]].round(4).to_numpy().tolist()
    [[0.2, 0.0524, 0.3339, 1.0], [0.2, 0.0524, 0.3339, 1.0]]
    """
    names = ("customer_id", "campaign_id", "campaign_type", "treated", "responded")
    require_columns(pairs.columns, names, where="pairs")
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    both = pairs.groupby("campaign_id")["treated"].transform("nunique") == 2
    rows = [_one(part, confidence) for _, part in pairs[both].groupby("campaign_id", sort=True)]
    if len(rows) == 1:
        rows.append({**rows[0], "campaign_id": ALL})
    elif rows:
        rows.append(_overall(pairs[both], confidence))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def score_effects(effects: pd.DataFrame, pairs: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Set the effects found beside the true ones of a simulated company.

    Parameters
    ----------
    effects : DataFrame
        From `campaign_effects`.
    pairs : DataFrame
        From which they were found.
    known : DataFrame
        `customer_id`, `campaign_id`, `effect`: the true change of each customer's chance to respond.

    Returns
    -------
    DataFrame
        The effects with `true_effect`, the mean over all who were chosen for the campaign, contacted or held back by
        lot (over all campaigns weighted by contacts), and `holds_truth`.

    Raises
    ------
    InputError
        When a customer chosen for a campaign has no true effect.
    """
    keys = ["customer_id", "campaign_id"]
    require_columns(known.columns, (*keys, "effect"), where="known_effects")
    chosen = pairs[[*keys, "treated"]].astype(dict.fromkeys(keys, str))
    true = chosen.merge(known[[*keys, "effect"]].astype(dict.fromkeys(keys, str)), on=keys)
    if len(true) < len(chosen):
        what = f"{len(chosen) - len(true):,} of {len(chosen):,} customers chosen have no true effect"
        raise InputError(Fault(what, where="known_effects", remedy="take the truth of the same company"))
    means = true.groupby("campaign_id")["effect"].mean()
    means[ALL] = float(np.average(means, weights=true.groupby("campaign_id")["treated"].sum()))
    scored = effects.assign(true_effect=effects["campaign_id"].astype(str).map(means))
    return scored.assign(holds_truth=scored["true_effect"].between(scored["low"], scored["high"]))


def judge_effect(effect: "pd.Series[Any]") -> Verdict:
    """Say whether an effect is clear of chance: whether its whole interval lies on one side of zero.

    Parameters
    ----------
    effect : Series
        A row of `campaign_effects`.

    Returns
    -------
    Verdict
        The end of the interval that is nearer to zero, held against zero.

    Examples
    --------
    >>> judge_effect(pd.Series({"effect": 0.2, "low": 0.05, "high": 0.33, "sign": 1})).status
    'raised the response'
    """
    sign = int(effect["sign"])
    status = {1: RAISED, 0: UNCLEAR, -1: LOWERED}[sign]
    end = float(effect["high"] if sign < 0 else effect["low"])
    return Verdict("interval of contacted less held back, against nil", end, 0.0, status, status)


def _one(part: pd.DataFrame, confidence: float) -> dict[str, object]:
    treated, responded = part["treated"].to_numpy(dtype=bool), part["responded"].to_numpy(dtype=bool)
    size, other = int(treated.sum()), int((~treated).sum())
    hits, other_hits = int(responded[treated].sum()), int(responded[~treated].sum())
    difference = newcombe_difference(hits, size, other_hits, other, confidence=confidence)
    named = part["campaign_id"].iloc[0], part["campaign_type"].iloc[0]
    groups = size, hits, hits / size, other, other_hits, other_hits / other
    return _row(*named, *groups, difference.estimate, difference.low, difference.high)


def _row(*values: object) -> dict[str, object]:
    row = dict(zip(COLUMNS, values, strict=False))
    low, high = (float(str(row[name])) for name in ("low", "high"))
    return row | {"sign": int(low > 0) - int(high < 0)}


def _overall(pairs: pd.DataFrame, confidence: float) -> dict[str, object]:
    treated, responded = pairs["treated"].to_numpy(dtype=bool), pairs["responded"].to_numpy(dtype=float)
    counts = pairs.groupby(["campaign_id", "treated"])["responded"].agg(["mean", "size"])
    keys = pd.MultiIndex.from_frame(pairs[["campaign_id", "treated"]])
    mean, size = (counts[name].reindex(keys).to_numpy(dtype=float) for name in ("mean", "size"))
    of_treated = pairs.groupby("campaign_id")["treated"].transform("sum").to_numpy(dtype=float)
    # A contact weighs alike in both groups: those held back stand for the contacts of their campaign.
    weight = np.where(treated, 1.0, of_treated / size) / treated.sum()
    rates = [float(np.sum((weight * responded)[group])) for group in (treated, ~treated)]
    codes, customers = pd.factorize(pairs["customer_id"])
    parts = [np.where(group, weight * (responded - mean), 0.0) for group in (treated, ~treated)]
    deviations = [np.bincount(codes, part, len(customers)).astype(np.float64) for part in parts]
    sizes = [(int(np.sum(group)), len(np.unique(codes[group]))) for group in (treated, ~treated)]
    low, high = _combined(rates, deviations, sizes, confidence)
    (one, _), (other, _) = sizes
    hits, other_hits = (int(np.sum(responded[group])) for group in (treated, ~treated))
    counted = one, hits, hits / one, other, other_hits, other_hits / other
    return _row(ALL, ALL, *counted, rates[0] - rates[1], low, high)


def _combined(
    rates: list[float], deviations: list[FloatArray], sizes: list[tuple[int, int]], confidence: float
) -> tuple[float, float]:
    """Combine two clustered Wilson intervals to that of their difference, with the correlation of the two."""
    clusters = len(deviations[0])
    variances = [float(np.sum(each**2)) * clusters / (clusters - 1) for each in deviations]
    shared = float(np.sum(deviations[0] * deviations[1])) * clusters / (clusters - 1)
    alpha = 2 * float(stats.norm.sf(stats.t.ppf(0.5 + confidence / 2, clusters - 1)))
    ends = []
    for rate, variance, (pairs, customers) in zip(rates, variances, sizes, strict=True):
        # Where all of a group agree, its customers are counted; a group is never worth more than its pairs.
        worth = min(rate * (1 - rate) / variance, pairs) if variance > 0 else customers
        low, high = wilson_ends(rate * worth, worth, alpha=alpha)
        ends.append((rate - float(low), float(high) - rate))
    correlation = shared / sqrt(variances[0] * variances[1]) if min(variances) > 0 else 0.0
    (below, above), (other_below, other_above) = ends
    effect = rates[0] - rates[1]
    low_width = below**2 - 2 * correlation * below * other_above + other_above**2
    high_width = above**2 - 2 * correlation * above * other_below + other_below**2
    return effect - sqrt(max(low_width, 0.0)), effect + sqrt(max(high_width, 0.0))
