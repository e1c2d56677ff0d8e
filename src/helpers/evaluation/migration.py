"""Movement of customers between the groups of two periods: deciles, segments, ABC classes."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.core.errors import Fault, InputError, some_of, unknown_name
from helpers.core.groups import equal_groups
from helpers.core.intervals import wilson
from helpers.core.periods import per_period, values_in_period
from helpers.differentiation.profiles import count_moves

NOT_BEFORE = "not before"
NOT_AFTER = "not after"
_ABSENT = "absent from a period"
MOVES: tuple[str, ...] = ("up", "same", "down", "not seen")
SPEND_CHANGES: tuple[str, ...] = ("more", "same", "less", "nothing")


@dataclass(frozen=True)
class Migration:
    """Where the customers of each group went.

    Parameters
    ----------
    counts : DataFrame
        Customers by group before (rows, best first, then "not before") and after (columns, then "not after").
    shares : DataFrame
        The same as shares of each row; nan in a row without customers.
    movement : DataFrame
        Of the customers with a group before: move ("up", "same", "down", "not seen"), customers, share, low, high
        (Wilson).
    new_customers : int
        With a group after only.
    same_by_chance : float
        Share of those with a group in both periods who would be found in the same one if the two had nothing to do with
        each other.
    same_of_staying : float
        Share of those with a group in both who are in the same one.
    """

    counts: pd.DataFrame
    shares: pd.DataFrame
    movement: pd.DataFrame
    new_customers: int
    same_by_chance: float
    same_of_staying: float


def groups_of_period(activity: pd.DataFrame, period: int, *, measure: str = "revenue", n_groups: int = 10) -> pd.Series:
    """Sort the customers active in one period into equal-sized groups, 1 for the highest.

    Groups of equal size are places in a ranking: for each customer who rises another falls.

    Parameters
    ----------
    activity : DataFrame
        From `helpers.core.periods.customers_by_period`: customer_id, period and `measure`.
    period : int
        Number of the period.
    measure : str
        Column to rank by.
    n_groups : int
        Number of groups.

    Returns
    -------
    Series
        Group by customer_id, for `follow_migration` with the order 1 to `n_groups`.
    """
    values = values_in_period(activity, period, measure)
    return pd.Series(equal_groups(values, values.index.to_series(), n_groups=n_groups), index=values.index)


def follow_migration(
    before: pd.Series, after: pd.Series, order: Sequence[Hashable], *, confidence: float = 0.95
) -> Migration:
    """Cross the groups of two periods.

    Some movement is chance: a customer near a border changes group by one larger or smaller basket, and those at the
    top tend to fall, those at the bottom to rise, without any change of habit.

    Parameters
    ----------
    before, after : Series, indexed by customer
        Group of each customer in the earlier and in the later period; a customer without orders is simply absent.
    order : sequence
        All groups, the best first.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    Migration
        Counts, shares and movement.

    Raises
    ------
    InputError
        When a group is not in `order`, or a customer appears twice.

    Examples
    --------
    >>> moved = follow_migration(pd.Series({1: "A", 2: "B", 3: "B"}), pd.Series({1: "A", 2: "A", 4: "B"}), ["A", "B"])
    >>> moved.movement["customers"].tolist(), moved.new_customers
    ([1, 1, 0, 1], 1)
    """
    _check(before, after, order)
    counts = _count(before, after, order)
    table, groups = counts.to_numpy(), len(order)
    inner, gone = table[:groups, :groups], int(table[:groups, groups].sum())
    staying = int(inner.sum())
    moves = [int(part.sum()) for part in (np.tril(inner, -1), np.diag(inner), np.triu(inner, 1))]
    return Migration(
        counts=counts,
        shares=counts.div(counts.sum(axis=1).where(lambda total: total > 0), axis=0),
        movement=_movement([*moves, gone], confidence),
        new_customers=int(table[groups].sum()),
        same_by_chance=float((inner.sum(axis=0) @ inner.sum(axis=1)) / staying**2) if staying else np.nan,
        same_of_staying=float(np.trace(inner) / staying) if staying else np.nan,
    )


def _count(before: pd.Series, after: pd.Series, order: Sequence[Hashable]) -> pd.DataFrame:
    """Return customers by group before and after, those absent from a period last."""
    known = pd.CategoricalDtype(pd.Index(order), ordered=True)
    moves = count_moves(before.astype(known), after.astype(known), absent=_ABSENT)
    whole = moves.reindex(index=[*order, _ABSENT], columns=[*order, _ABSENT], fill_value=0)
    return whole.rename(index={_ABSENT: NOT_BEFORE}, columns={_ABSENT: NOT_AFTER})


def _movement(moves: Sequence[int], confidence: float) -> pd.DataFrame:
    rows = []
    for move, customers in zip(MOVES, moves, strict=True):
        share = wilson(customers, sum(moves), confidence=confidence)
        rows.append((move, customers, share.estimate, share.low, share.high))
    return pd.DataFrame(rows, columns=["move", "customers", "share", "low", "high"])


def compare_spend(
    activity: pd.DataFrame, *, first: int = 0, second: int = 1, measure: str = "revenue", confidence: float = 0.95
) -> pd.DataFrame:
    """Count whose own spend rose and whose fell: unlike places in a ranking, all can rise at once.

    A customer who spent much by chance tends to spend less next time, and the reverse: some of the change is no change
    of habit.

    Parameters
    ----------
    activity : DataFrame
        From `helpers.core.periods.customers_by_period`: customer_id, period, orders and `measure`.
    first, second : int
        Numbers of the earlier and the later period.
    measure : str
        Column to compare.
    confidence : float
        Of Wilson's intervals, between 0 and 1.

    Returns
    -------
    DataFrame
        Of the customers who bought in the earlier period, by change ("more", "same", "less", "nothing": no purchase in
        the later one): customers, share, low, high, before and after (sums of the measure).

    Examples
    --------
    >>> activity = pd.DataFrame({"customer_id": [1, 1, 2], "period": [0, 1, 0], "orders": 1, "revenue": [5.0, 7, 3]})
    >>> compare_spend(activity)["customers"].to_dict()
    {'more': 1, 'same': 0, 'less': 0, 'nothing': 1}
    """
    periods = max(first, second) + 1
    orders, money = per_period(activity, "orders", periods), per_period(activity, measure, periods)
    known = orders[first] > 0
    before, after, bought = money.loc[known, first], money.loc[known, second], orders.loc[known, second] > 0
    change = np.select([~bought, after > before, after < before], ["nothing", "more", "less"], "same")
    rows = []
    for name in SPEND_CHANGES:
        of_it = change == name
        share = wilson(int(of_it.sum()), len(change), confidence=confidence)
        rows.append((int(of_it.sum()), share.estimate, share.low, share.high, before[of_it].sum(), after[of_it].sum()))
    columns = ["customers", "share", "low", "high", "before", "after"]
    return pd.DataFrame(rows, index=pd.Index(SPEND_CHANGES, name="change"), columns=columns)


def _check(before: pd.Series, after: pd.Series, order: Sequence[Hashable]) -> None:
    faults = []
    for name, groups in (("before", before), ("after", after)):
        allowed = [str(group) for group in order]
        strangers = [group for group in groups.dropna().unique().tolist() if group not in order]
        faults += [unknown_name(str(group), allowed, kind="group", where=name) for group in strangers]
        if groups.index.has_duplicates:
            twice = groups.index[groups.index.duplicated()].unique().tolist()
            faults.append(
                Fault(
                    f"customers {some_of(twice)} appear twice",
                    name,
                    "each customer once",
                    remedy="give one row per customer",
                )
            )
    if faults:
        raise InputError(faults)
