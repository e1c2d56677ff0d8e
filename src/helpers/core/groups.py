"""Groups of equal size, the same way for customers, forecasts and periods."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError

EQUAL_GROUPS_RULE = (
    "Customers are ranked from the highest value down, equal values by customer id; the group is the place, counted "
    "from zero, times the number of groups over the number of customers, rounded down, plus one."
)
"""How `equal_groups` cuts, for captions: other tools put customers at the cuts elsewhere even without ties."""


def mean_of_ties(outcome: npt.NDArray[np.generic], value: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return for each customer the mean outcome of all customers of the same value.

    Groups that cut through equal values then hold the same outcomes whichever of these customers falls into which.

    Parameters
    ----------
    outcome : array of shape (n,)
        A number or a flag per customer.
    value : array of shape (n,)
        What customers are ranked by, none missing.

    Examples
    --------
    >>> mean_of_ties(np.array([True, False, True]), np.array([0.3, 0.3, 0.8])).tolist()
    [0.5, 0.5, 1.0]
    """
    _, place, size = np.unique(value, return_inverse=True, return_counts=True)
    totals = np.bincount(place, weights=np.asarray(outcome, dtype=np.float64))
    return np.asarray(totals[place] / size[place])


def largest_share(values: "pd.Series[float]") -> float:
    """Return the share of a total that its largest value makes up: how far a single case moves the whole.

    Parameters
    ----------
    values : Series
        Parts of the total, such as revenue by customer or by order.

    Returns
    -------
    float
        Missing where the total is not positive.

    Examples
    --------
    >>> largest_share(pd.Series([30.0, 60.0, 10.0]))
    0.6
    """
    total = float(values.sum())
    return float(values.max()) / total if total > 0 else float("nan")


def equal_groups(values: pd.Series, keys: pd.Series, *, n_groups: int = 10) -> npt.NDArray[np.int64]:
    """Sort customers into groups of equal size by value, 1 for the highest; ties go by key.

    Sizes differ by at most one. Customers of equal value may fall into neighbouring groups: the key decides, so that
    the same data always give the same groups.

    Parameters
    ----------
    values, keys : Series, shape (customers,)
        What to rank by, and a key unique to the customer.
    n_groups : int
        Number of groups, at least 1 and at most the number of customers.

    Returns
    -------
    array of int, shape (customers,)
        Group of each customer in the order given.

    Raises
    ------
    InputError
        When a key is not unique, a value is missing, or there are more groups than customers.

    Examples
    --------
    >>> equal_groups(pd.Series([5.0, 9.0, 5.0, 1.0]), pd.Series(["d", "a", "b", "c"]), n_groups=2).tolist()
    [2, 1, 1, 2]
    """
    require_within({"n_groups": n_groups}, low=1, high=max(n_groups, len(values), 1))
    if n_groups > max(len(values), 1):
        what = f"{len(values):,} customers are too few for {n_groups} groups"
        raise InputError(
            Fault(what, where="n_groups", allowed=f"1 to {max(len(values), 1)}", remedy="take fewer groups")
        )
    if pd.Index(keys).has_duplicates:
        raise InputError(Fault("a key stands for more than one row", where="keys", remedy="one row per customer"))
    if values.isna().any():
        raise InputError(
            Fault(
                f"{int(values.isna().sum()):,} values are missing",
                where="values",
                remedy="fill in the values, or leave these rows out",
            )
        )
    order = np.lexsort((np.argsort(np.argsort(keys.to_numpy())), -values.to_numpy(dtype=float)))
    groups = np.empty(len(values), dtype=np.int64)
    groups[order] = np.arange(len(values)) * n_groups // len(values) + 1
    return groups
