"""Profiles of any grouping of the customers (classes, segments, phases) and the moves between two groupings."""

import pandas as pd

from helpers.core.errors import Fault, InputError, some_of

ABSENT = "no purchase"
"""Where a customer stands in a period without a purchase."""


def profile_groups(summary: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    """Describe each group by its size, its revenue and how its customers buy.

    Parameters
    ----------
    summary : DataFrame
        One row per customer, see `helpers.identification.summarise_customers`: revenue, orders, days_since_last.
    groups : Series
        Group of each row of `summary`, same index; a categorical keeps its order and its empty groups.

    Returns
    -------
    DataFrame
        One row per group, indexed by group: customers, customer_share, revenue (study currency), revenue_share,
        revenue_per_customer, orders_per_customer, mean_order_value (revenue of the group per order),
        median_days_since_last, and index (revenue per customer, all customers = 100). Means of an empty group are NaN.

    Raises
    ------
    InputError
        When a customer is in no group.

    Examples
    --------
    >>> summary = pd.DataFrame({"revenue": [90.0, 10.0], "orders": [3, 1], "days_since_last": [2, 40]})
    >>> profile_groups(summary, pd.Series(["A", "C"]))[["customer_share", "revenue_share", "index"]]
       customer_share  revenue_share  index
    A             0.5            0.9  180.0
    C             0.5            0.1   20.0
    """
    _require_grouped(summary, groups)
    kind = groups if isinstance(groups.dtype, pd.CategoricalDtype) else groups.astype("category")
    by_group = summary.groupby(kind.rename(None), observed=False)
    profile = pd.DataFrame({"customers": by_group.size()})
    revenue, orders = by_group["revenue"].sum(), by_group["orders"].sum()
    profile["customer_share"] = profile["customers"] / len(summary)
    profile["revenue"] = revenue
    profile["revenue_share"] = revenue / summary["revenue"].sum()
    profile["revenue_per_customer"] = revenue / profile["customers"]
    profile["orders_per_customer"] = orders / profile["customers"]
    profile["mean_order_value"] = revenue / orders
    profile["median_days_since_last"] = by_group["days_since_last"].median()
    profile["index"] = 100 * profile["revenue_per_customer"] / summary["revenue"].mean()
    return profile.set_axis(list(kind.cat.categories))


def _require_grouped(summary: pd.DataFrame, groups: pd.Series) -> None:
    if not groups.index.equals(summary.index):
        raise InputError(
            Fault(
                "the groups do not stand on the rows of the customer summary",
                where="groups",
                remedy="take the groups from this customer summary",
            )
        )
    without = groups[groups.isna()].index.tolist()
    if without:
        raise InputError(
            Fault(
                f"customers in no group: rows {some_of(without)}",
                where="groups",
                remedy="put every customer into a group",
            )
        )


def count_moves(before: pd.Series, after: pd.Series, *, absent: str = ABSENT) -> pd.DataFrame:
    """Count the customers who moved from each group of one period to each group of the next.

    Parameters
    ----------
    before, after : Series of categorical
        Group of each customer in either period, both indexed by customer_id, with the same ordered categories.
    absent : str
        Label for customers of one period who are missing in the other.

    Returns
    -------
    DataFrame
        Customers by group before (rows) and after (columns), in the order of the categories; `absent` last where
        anybody is. Every customer of either period is counted once.

    Raises
    ------
    InputError
        When the two periods know different groups or list a customer twice.

    Examples
    --------
    >>> groups = pd.CategoricalDtype(["A", "B"])
    >>> before = pd.Series(["A", "A"], index=[1, 2], dtype=groups)
    >>> count_moves(before, pd.Series(["A", "B", "B"], index=[1, 2, 3], dtype=groups))
    after        A  B
    before
    A            1  1
    B            0  0
    no purchase  0  1
    """
    names = [*before.cat.categories]
    if names != [*after.cat.categories]:
        raise InputError(
            Fault(
                "the two periods have different groups",
                where="before, after",
                allowed=", ".join(names),
                remedy="group both periods by the same rule",
            )
        )
    for period, groups in (("before", before), ("after", after)):
        twice = groups.index[groups.index.duplicated()].unique().tolist()
        if twice:
            raise InputError(
                Fault(f"customers listed twice: {some_of(twice)}", where=period, remedy="give one row per customer")
            )
    pairs = pd.concat([before.astype("object").rename("before"), after.astype("object").rename("after")], axis=1)
    filled = pairs.fillna(absent)
    moves = pd.crosstab(filled["before"], filled["after"])
    rows, columns = ([*names, absent] if absent in axis else names for axis in (moves.index, moves.columns))
    whole: pd.DataFrame = moves.reindex(index=rows, columns=columns, fill_value=0)
    return whole.rename_axis(index="before", columns="after")


def balance_moves(moves: pd.DataFrame) -> pd.DataFrame:
    """Turn a table of moves into gains and losses per group.

    Parameters
    ----------
    moves : DataFrame
        From `count_moves`.

    Returns
    -------
    DataFrame
        One row per group, all in customers: before, after, stayed, left (for another group), joined (from another
        group), change (after less before), and stay_rate (stayed of before, NaN for an empty group).

    Examples
    --------
    >>> moves = pd.DataFrame([[8, 2], [1, 4]], index=["A", "B"], columns=["A", "B"])
    >>> balance_moves(moves)[["before", "after", "stayed", "stay_rate"]]
       before  after  stayed  stay_rate
    A      10      9       8        0.8
    B       5      6       4        0.8
    """
    names = [*moves.index, *moves.columns.difference(moves.index, sort=False)]
    full = moves.reindex(index=names, columns=names, fill_value=0)
    stayed = pd.Series([int(full.loc[name, name]) for name in names], index=names)
    before, after = full.sum(axis=1), full.sum(axis=0)
    return pd.DataFrame(
        {
            "before": before,
            "after": after,
            "stayed": stayed,
            "left": before - stayed,
            "joined": after - stayed,
            "change": after - before,
            "stay_rate": stayed / before.where(before > 0),
        }
    )
