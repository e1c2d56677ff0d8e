"""Owners of a product held against the customers who do not own it."""

import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.arrays import BoolArray
from helpers.core.errors import Fault, InputError
from helpers.core.intervals import newcombe_difference

FEWEST = 5


def compare_owners(
    owns: BoolArray, traits: pd.DataFrame, *, false_share: float = 0.05, confidence: float = 0.95
) -> pd.DataFrame:
    """Compare how common each trait is among owners and among the others.

    Parameters
    ----------
    owns : array of bool, shape (customers,)
        Whether each customer owns the product.
    traits : DataFrame, shape (customers, traits)
        True where a customer has a trait: a fact, or another product.
    false_share : float
        Expected share of differences called clear that are chance (Benjamini and Hochberg 1995).
    confidence : float
        Coverage of the intervals of the differences (Newcombe 1998).

    Returns
    -------
    DataFrame
        One row per trait, the largest difference first: trait, owners_share, others_share, difference, low, high,
        p_value (Fisher's exact test), clear.

    Raises
    ------
    InputError
        When owners or others are fewer than five.

    Examples
    --------
    >>> owns = np.repeat([True, False], 20)
    >>> compare_owners(owns, pd.DataFrame({"dog": owns, "car": [True, False] * 20}))[["trait", "clear"]].values.tolist()
    [['dog', True], ['car', False]]
    """
    owners, others = int(owns.sum()), int((~owns).sum())
    if min(owners, others) < FEWEST:
        what = f"{owners} customers own it and {others} do not"
        allowed = f"{FEWEST} or more of each"
        raise InputError(Fault(what, "offered_product", allowed, "choose another product"))
    held = traits.to_numpy(dtype=bool)
    own, other = held[owns].sum(axis=0), held[~owns].sum(axis=0)
    rows = []
    for trait, one, two in zip(traits.columns, own.tolist(), other.tolist(), strict=True):
        found = newcombe_difference(one, owners, two, others, confidence=confidence)
        p_value = stats.fisher_exact(np.array([[one, owners - one], [two, others - two]])).pvalue
        rows.append((trait, one / owners, two / others, found.estimate, found.low, found.high, p_value))
    names = ["trait", "owners_share", "others_share", "difference", "low", "high", "p_value"]
    table = pd.DataFrame(rows, columns=names)
    p_values = table["p_value"].to_numpy(dtype=np.float64).clip(max=1.0)
    table["clear"] = stats.false_discovery_control(p_values) <= false_share if len(table) else False
    return table.sort_values(["difference", "trait"], ascending=[False, True], ignore_index=True)
