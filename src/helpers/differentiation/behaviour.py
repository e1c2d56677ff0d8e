"""How each customer buys, in four aspects: what, when, where and how.

Everything that touches a transaction line is an Ibis expression; only tables of customers, or of customers by category,
channel or store, reach pandas. Shares are drawn towards those of all customers, as of someone who bought little hardly
anything is known.
"""

from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.any_engine import weekday_of
from helpers.core.errors import Fault, InputError
from helpers.core.lines import exact_sum
from helpers.core.returns import purchase_lines, without_purchases

ASPECTS = ("what", "when", "where", "how")
PRIOR_ORDERS = 5
"""A customer's shares are taken as if this many orders of an average customer came on top."""
_GROUPS_AT_MOST = 12
_REST = "the rest"
_DAY_PARTS = {"before eleven": (0, 11), "eleven to two": (11, 14), "two to five": (14, 17), "after five": (17, 24)}
_SHORTEST_DAYS = 90  # who came last week has no yearly rate yet
_TIMED_SHARE = 0.05  # of orders with a time of day, below which only days were kept
_SMALL = 0.01  # of the median, added before a logarithm


@dataclass(frozen=True)
class Behaviour:
    """How customers bought.

    Parameters
    ----------
    table : DataFrame
        One row per customer, sorted by customer_id; columns are called "aspect: feature". Shares lie in 0..1, the rest
        is in the unit its name says.
    orders : Series
        Orders of each customer.
    unknown : dict of str to str
        Aspects these data say nothing of, and why.
    """

    table: pd.DataFrame
    orders: "pd.Series[int]"
    unknown: dict[str, str]


def aspect_of(feature: str) -> str:
    """Return the aspect a feature belongs to.

    Examples
    --------
    >>> aspect_of("what: paint"), aspect_of("paint")
    ('what', '')
    """
    aspect, colon, _ = feature.partition(": ")
    return aspect if colon else ""


def summarise_behaviour(transactions: ir.Table, as_of: date, *, products: ir.Table | None = None) -> Behaviour:
    """Describe what, when, where and how each customer bought before a date.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions: customer_id, order_id, time, amount; product_id, discount, channel, store_id where known.
        Returns are set off first (`helpers.core.returns`).
    as_of : date
        Analysis date; its own day is left out.
    products : ibis Table, optional
        Standard products: product_id; category or department.

    Returns
    -------
    Behaviour
        Features that differ between customers: what (share of the lines in each category, or in each department where
        there are many categories; the twelve largest, the rest together), when (share of the orders at the weekend, and
        by part of the day where times have one), where (share of the orders by channel; in the store used most; number
        of stores), how (orders per year, money and lines per order, share of the price given up as discount).

    Raises
    ------
    InputError
        When nothing was bought before `as_of`.
    """
    lines = purchase_lines(transactions, as_of)
    facts = _customer_facts(lines)
    if facts.empty:
        raise InputError(without_purchases(transactions, as_of))
    parts = {
        "what": _what(lines, products, facts),
        "when": _when(facts),
        "where": _where(lines, facts),
        "how": _how(facts, as_of),
    }
    varying = {aspect: _varying(table) for aspect, table in parts.items()}
    found = [table.add_prefix(f"{aspect}: ") for aspect, table in varying.items() if table.shape[1]]
    unknown = {aspect: _WHY[aspect] for aspect, table in varying.items() if not table.shape[1]}
    table = pd.concat(found, axis=1) if found else pd.DataFrame(index=facts.index)
    return Behaviour(table, facts["orders"], unknown)


_WHY = {
    "what": "the lines name no product of a known category, or all customers bought alike",
    "when": "the lines have no times that differ between customers",
    "where": "the lines name no channel and no store that differ between customers",
    "how": "all customers bought alike",
}


def _customer_facts(lines: ir.Table) -> pd.DataFrame:
    """Gather orders, then customers, in one pass."""
    money = {name: exact_sum(lines[name]) for name in ("discount",) if name in lines.columns}
    orders = lines.group_by("customer_id", "order_id").agg(
        time=lines["time"].min(), lines=lines.count(), revenue=exact_sum(lines["amount"]), **money
    )
    time = orders["time"]
    timed = (time.hour() != 0) | (time.minute() != 0) | (time.second() != 0)
    hours = {name: ((time.hour() >= start) & (time.hour() < end)).sum() for name, (start, end) in _DAY_PARTS.items()}
    found: pd.DataFrame = (
        orders.group_by("customer_id")
        .agg(
            orders=orders.count(),
            lines=orders["lines"].sum(),
            revenue=exact_sum(orders["revenue"]),
            first=time.min(),
            timed=timed.sum(),
            weekend=(weekday_of(time) >= 5).sum(),
            **{name: exact_sum(orders[name]) for name in money},
            **hours,
        )
        .order_by("customer_id")
        .to_pandas()
        .set_index("customer_id")
    )
    return found


def _what(lines: ir.Table, products: ir.Table | None, facts: pd.DataFrame) -> pd.DataFrame:
    group = _product_group(products) if products is not None and "product_id" in lines.columns else None
    if group is None or products is None:
        return pd.DataFrame(index=facts.index)
    named = products.select("product_id", group=products[group])
    joined = lines.select("customer_id", "product_id").inner_join(named, "product_id")
    known = joined.filter(joined.group.notnull())  # noqa: PD004 (an Ibis column)
    counts = _counted(known, "group", facts.index)
    per_order = float(facts["lines"].sum() / facts["orders"].sum())
    return shrunken_shares(_largest(counts), PRIOR_ORDERS * per_order)


def _product_group(products: ir.Table) -> str | None:
    """Return the level of products: categories where they are few, else departments, where there are any."""
    known = [name for name in ("category", "department") if name in products.columns]
    if not known:
        return None
    kinds = products.agg(**{name: products[name].nunique() for name in known}).to_pyarrow().to_pylist()[0]
    few = [name for name in known if 1 < kinds[name] <= _GROUPS_AT_MOST]
    if few:
        return few[0]
    several = [name for name in known if kinds[name] > 1]
    return min(several, key=lambda name: kinds[name]) if several else None


def _counted(table: ir.Table, column: str, customers: pd.Index) -> pd.DataFrame:
    """Count rows by customer and group: one row per customer, one column per group."""
    found = table.group_by("customer_id", column).agg(count=ibis._.count()).to_pandas()
    wide = found.pivot_table(index="customer_id", columns=column, values="count", aggfunc="sum", fill_value=0)
    wide = wide.reindex(customers, fill_value=0)
    wide.columns = wide.columns.astype("str")
    counts: pd.DataFrame = wide[sorted(wide.columns)].astype("float64")
    return counts


def _largest(counts: pd.DataFrame) -> pd.DataFrame:
    """Keep the largest groups and put the others together."""
    if counts.shape[1] <= _GROUPS_AT_MOST:
        return counts
    total = counts.drop(columns=_REST, errors="ignore").sum().rename("total").rename_axis("group").reset_index()
    kept = total.sort_values(["total", "group"], ascending=[False, True])["group"].head(_GROUPS_AT_MOST - 1)
    return counts[sorted(kept)].assign(**{_REST: counts.drop(columns=kept).sum(axis=1)})


def shrunken_shares(counts: pd.DataFrame, prior: float) -> pd.DataFrame:
    """Return each customer's shares as if `prior` counts of an average customer came on top.

    This is the mean of a customer's shares after the counts, where shares follow a Dirichlet distribution around those
    of all customers (Mosimann 1962, Biometrika 49).

    Parameters
    ----------
    counts : DataFrame
        One row per customer, one column per group; not below zero.
    prior : float
        Counts added, above zero.

    Examples
    --------
    >>> counts = pd.DataFrame({"paint": [1.0, 30.0], "tools": [0.0, 10.0]})
    >>> shrunken_shares(counts, 5.0).round(2)["paint"].tolist()
    [0.8, 0.75]
    """
    whole = float(counts.to_numpy().sum())
    if not whole:
        return counts.iloc[:, :0]
    return (counts + prior * counts.sum() / whole).div(counts.sum(axis=1) + prior, axis=0)


def _of_orders(counts: pd.DataFrame, orders: pd.Series) -> pd.DataFrame:
    """Return shares of orders, drawn towards those of all."""
    return (counts + PRIOR_ORDERS * counts.sum() / orders.sum()).div(orders + PRIOR_ORDERS, axis=0)


def _when(facts: pd.DataFrame) -> pd.DataFrame:
    has_hours = facts["timed"].sum() > _TIMED_SHARE * facts["orders"].sum()
    names = ["weekend", *(_DAY_PARTS if has_hours else ())]
    return _of_orders(facts[names].astype("float64"), facts["orders"])


def _where(lines: ir.Table, facts: pd.DataFrame) -> pd.DataFrame:
    parts = [pd.DataFrame(index=facts.index)]
    for column in ("channel", "store_id"):
        if column not in lines.columns:
            continue
        here = lines.mutate(place=lines[column])
        known = here.filter(here.place.notnull())  # noqa: PD004 (an Ibis column)
        placed = known.group_by("customer_id", "order_id").agg(place=known.place.min())
        parts.append(_by_channel(placed, facts) if column == "channel" else _by_store(placed, facts))
    return pd.concat(parts, axis=1)


def _by_channel(placed: ir.Table, facts: pd.DataFrame) -> pd.DataFrame:
    return shrunken_shares(_largest(_counted(placed, "place", facts.index)), PRIOR_ORDERS)


def _by_store(placed: ir.Table, facts: pd.DataFrame) -> pd.DataFrame:
    """Return the share of orders in the store used most and the number of stores, by customer."""
    by_store = placed.group_by("customer_id", "place").agg(orders=placed.count())
    stores = by_store.group_by("customer_id").agg(most=by_store["orders"].max(), stores=by_store.count())
    found = stores.to_pandas().set_index("customer_id").reindex(facts.index)
    if not (found["stores"] > 1).any():
        return pd.DataFrame(index=facts.index)
    most, count = found["most"].fillna(0.0), found["stores"].fillna(0.0)
    return pd.DataFrame({"main store": _of_orders(most.to_frame(), facts["orders"])["most"], "stores": count})


def _how(facts: pd.DataFrame, as_of: date) -> pd.DataFrame:
    days = (pd.Timestamp(as_of) - facts["first"]).dt.days.clip(lower=_SHORTEST_DAYS)
    found = pd.DataFrame(
        {
            "orders per year": facts["orders"] / days * 365.25,
            "money per order": facts["revenue"] / facts["orders"],
            "lines per order": facts["lines"] / facts["orders"],
        }
    )
    if "discount" in facts:
        listed = facts["revenue"] + facts["discount"].fillna(0.0)
        found["discount share"] = (facts["discount"].fillna(0.0) / listed.where(listed > 0)).fillna(0.0)
    return found


def _varying(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out what is the same for all customers."""
    spread = table.max() - table.min()
    return table.loc[:, spread > 1e-9 * table.abs().max().clip(lower=1e-300)]


def on_even_scale(table: pd.DataFrame) -> pd.DataFrame:
    """Bring features to scales on which equal differences mean about the same: roots of shares, logarithms of the rest.

    The distance between roots of shares is Hellinger's; a logarithm makes "twice as much" the same step everywhere. A
    hundredth of the median is added first, so that zero has a place.

    Parameters
    ----------
    table : DataFrame
        From `summarise_behaviour`.

    Raises
    ------
    InputError
        When a value is below zero.

    Examples
    --------
    >>> on_even_scale(pd.DataFrame({"when: weekend": [0.25, 0.04], "how: orders per year": [2.0, 4.0]})).round(2)
       when: weekend  how: orders per year
    0            0.5                   0.71
    1            0.2                   1.39
    """
    below = [name for name in table.columns if (table[name] < 0).any()]
    if below:
        raise InputError(
            Fault(
                f"values below zero in {', '.join(below)}",
                "behaviour",
                "shares, counts and amounts",
                remedy="give shares, counts and amounts of zero or more",
            )
        )
    return pd.DataFrame({name: _even(table[name], is_share(name)) for name in table.columns}, index=table.index)


_COUNTED = ("how: orders per year", "how: money per order", "how: lines per order", "where: stores")


def is_share(feature: str) -> bool:
    """Say whether a feature is a share, of 0..1.

    Examples
    --------
    >>> is_share("what: paint"), is_share("how: orders per year")
    (True, False)
    """
    return feature not in _COUNTED


def _even(values: pd.Series, share: bool) -> pd.Series:
    middle = float(values[values > 0].median()) if (values > 0).any() else 1.0
    even: pd.Series = np.sqrt(values) if share else np.log(values + _SMALL * middle)
    return even
