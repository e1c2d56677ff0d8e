"""Customer structure: how far each product reaches into each group of customers, and how many each customer holds.

Any grouping of customers by any holding of products: age bands by accounts in a bank, regions by product groups in a
shop (M4). The first group to look at is the one that is missing: the next generation of customers.
"""

import re
from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from helpers.core.errors import Fault, InputError, some_of, unknown_name
from helpers.core.exact_tests import fisher_p_values
from helpers.core.intervals import wilson_ends
from helpers.core.lines import exact_sum
from helpers.core.returns import purchase_lines
from helpers.identification.composition import NOT_KNOWN, attribute_of, order_labels

AGE_EDGES: tuple[int, ...] = (25, 40, 60)
"""Ages at which a new band begins, years: under 25, 25 to 39, 40 to 59, 60 and over."""
NEXT_GENERATION_UNTIL = 40
"""Age at which the next generation of customers ends, years: the two younger of the four bands."""
SIGNIFICANCE = 0.05
PRODUCT_LEVELS: tuple[str, ...] = ("department", "category", "brand")
_OLDEST = 120
_BANDS = 8
_BAND_WIDTHS = [digit * 10**power for power in range(9) for digit in (1, 2, 5)]


def band_ages(birth_dates: pd.Series, as_of: date, edges: Sequence[int] = AGE_EDGES) -> pd.Series:
    """Return the age band of each customer on the analysis date.

    Parameters
    ----------
    birth_dates : pandas.Series
        Dates of birth; missing and impossible ones (in the future, or over 120 years ago) have no band.
    as_of : date
        Analysis date.
    edges : sequence of int
        Ages at which a new band begins, ascending.

    Returns
    -------
    pandas.Series
        Ordered categorical, same index.

    Raises
    ------
    InputError
        When the edges do not ascend.

    Examples
    --------
    >>> born = pd.Series(pd.to_datetime(["2000-01-02", "1985-06-01", "1940-01-01", None]))
    >>> band_ages(born, date(2025, 1, 1)).tolist()
    ['under 25', '25-39', '60 and over', nan]
    """
    if not edges or list(edges) != sorted(set(edges)) or edges[0] <= 0:
        raise InputError(
            Fault(
                f"{list(edges)!r} does not ascend",
                where="edges",
                allowed="ages in years, ascending",
                remedy="put the ages in ascending order",
            )
        )
    born = pd.to_datetime(birth_dates)
    had_birthday = (born.dt.month * 100 + born.dt.day) <= as_of.month * 100 + as_of.day
    age = as_of.year - born.dt.year - (~had_birthday).astype(int)
    labels = [f"under {edges[0]}"]
    labels += [f"{low}-{high - 1}" for low, high in pairwise(edges)]
    labels += [f"{edges[-1]} and over"]
    possible = age.where((age >= 0) & (age <= _OLDEST))
    return pd.cut(possible, [-1, *(edge - 1 for edge in edges), _OLDEST], labels=labels).rename("age_band")


AGE_BAND = "age_band"
"""Name of the attribute made from the date of birth."""


def group_customers(customers: pd.DataFrame, attribute: str, as_of: date) -> pd.Series:
    """Return the group of each customer, in the order in which a reader expects the groups.

    Parameters
    ----------
    customers : pandas.DataFrame
        Standard customers: `customer_id` and the attribute.
    attribute : str
        A column, or `age_band`, made from `birth_date`.
    as_of : date
        Analysis date.

    Returns
    -------
    pandas.Series
        Ordered categorical, indexed by customer; missing where the attribute is not known.

    Raises
    ------
    InputError
        When there is no such column, or a customer has several records.
    """
    if attribute == AGE_BAND and "birth_date" in customers.columns:
        customers = customers.assign(**{AGE_BAND: band_ages(customers["birth_date"], as_of)})
    indexed = customers.set_index("customer_id")
    known = attribute_of(pd.DataFrame(index=indexed.index.unique()), indexed, attribute)
    groups = pd.Categorical(known, categories=order_labels(known, attribute, None), ordered=True)
    return pd.Series(groups, index=known.index, name=attribute)


def find_holdings(lines: ir.Table, products: ir.Table, level: str, as_of: date, *, since: date) -> pd.DataFrame:
    """Return which customers hold which products: those bought, and not returned, within a window.

    Parameters
    ----------
    lines : ibis table
        Standard transactions.
    products : ibis table
        Standard products, with the column `level`.
    level : str
        What counts as one product: department, category or brand.
    as_of, since : date
        The window; the day of `as_of` is left out.

    Returns
    -------
    pandas.DataFrame
        `customer_id`, `product`, one row per holding, sorted.

    Raises
    ------
    InputError
        When the products have no such column.
    """
    if level not in products.columns:
        raise InputError(unknown_name(level, list(products.columns), kind="column", where="products"))
    named = products.filter(products[level].notnull()).select("product_id", product=products[level])  # noqa: PD004
    kept = purchase_lines(lines, as_of, since=since).select("customer_id", "product_id", "amount")
    bought = kept.inner_join(named, "product_id")  # a column of the study's own may be called product, too
    paid = bought.group_by(["customer_id", "product"]).agg(paid=exact_sum(bought.amount))
    held = paid.filter(paid.paid > 0).select("customer_id", "product")
    return pd.DataFrame(held.order_by(["customer_id", "product"]).to_pandas())


def measure_penetration(
    holdings: pd.DataFrame, groups: pd.Series, *, confidence: float = 0.95, products: Sequence[str] = ()
) -> pd.DataFrame:
    """Return how far each product reaches into each group of customers, and where a group stands out.

    Parameters
    ----------
    holdings : pandas.DataFrame
        `customer_id`, `product`.
    groups : pandas.Series
        Group of each customer, indexed by customer; customers of no known group are left out. Groups stand in the
        order of the categorical, else by name.
    confidence : float
        Coverage of the intervals.
    products : sequence of str
        Products to measure, in reading order; all, the widest spread first, when empty.

    Returns
    -------
    pandas.DataFrame
        One row per product and group: `product`, `group`, `customers` (of the group), `holders`, `penetration` with
        `low` and `high` (Wilson), `elsewhere` (penetration of all other groups), `p_value` (Fisher's exact test of the
        group against the others, adjusted by Holm over all rows), `missing_customers` (holders the group would have
        more, were it like the others; 0 where the difference may be chance).

    Raises
    ------
    InputError
        When no customer has a group, a customer has two, or a product is held by nobody.
    """
    known = _checked_groups(groups)
    held = holdings[holdings["customer_id"].isin(known.index)].drop_duplicates(["customer_id", "product"])
    sizes = held["product"].value_counts()
    shown = list(products) or sorted(sizes.index, key=lambda name: (-int(sizes[name]), str(name)))
    strangers = [name for name in shown if name not in sizes.index]
    if strangers:
        raise InputError(Fault(f"nobody holds {some_of(strangers)}", where="products", remedy="leave it out"))
    cells = pd.MultiIndex.from_product([shown, _labels(known)], names=["product", "group"])
    counted = held.assign(group=known.reindex(held["customer_id"]).astype("object").to_numpy())
    holders = counted.groupby(["product", "group"]).size().reindex(cells, fill_value=0)
    table = holders.rename("holders").reset_index()
    table.insert(2, "customers", known.value_counts().reindex(table["group"]).to_numpy())
    return _compared(table, confidence)


def most_different(penetration: pd.DataFrame, n_products: int) -> list[str]:
    """Return the products whose penetration differs most surely between the groups, the surest first.

    Parameters
    ----------
    penetration : pandas.DataFrame
        From `measure_penetration`.
    n_products : int
        Products to return, at most.

    Examples
    --------
    >>> cells = {"product": ["tea", "tea", "rum", "rum"], "penetration": [0.5, 0.5, 0.1, 0.6]}
    >>> most_different(pd.DataFrame(cells | {"p_value": [1, 1, 0.2, 0.2]}), 1)
    ['rum']
    """
    by_product = penetration.groupby("product", sort=False)
    spread = by_product["penetration"].max() - by_product["penetration"].min()
    order = pd.DataFrame({"p_value": by_product["p_value"].min(), "spread": spread}).reset_index()
    ordered = order.sort_values(["p_value", "spread", "product"], ascending=[True, False, True])
    return [str(name) for name in ordered["product"].head(n_products)]


def list_gaps(penetration: pd.DataFrame) -> pd.DataFrame:
    """Return where a group holds a product less than the others by more than chance, the widest gap first.

    Parameters
    ----------
    penetration : pandas.DataFrame
        From `measure_penetration`.

    Returns
    -------
    pandas.DataFrame
        Its rows with missing customers, without the p-value: product, group, customers, holders, penetration, low,
        high, elsewhere, missing_customers.

    Examples
    --------
    >>> cells = {"product": ["tea", "rum"], "missing_customers": [0, 9], "p_value": [1.0, 0.01]}
    >>> list_gaps(pd.DataFrame(cells)).to_dict("records")
    [{'product': 'rum', 'missing_customers': 9}]
    """
    gaps = penetration[penetration["missing_customers"] > 0].drop(columns="p_value")
    return gaps.sort_values("missing_customers", ascending=False, kind="stable", ignore_index=True)


def young_bands(groups: Sequence[object], *, attribute: str, until: int = NEXT_GENERATION_UNTIL) -> list[str]:
    """Return the bands of age that hold the next generation of customers: those that end below an age.

    Parameters
    ----------
    groups : sequence of str
        Labels of the groups: "under 25", "25-39", "60 and over".
    attribute : str
        What they are groups of; where its name holds no "age" they are no ages.
    until : int
        Age at which the next generation ends, years.

    Returns
    -------
    list of str
        In the order given; empty where the groups are no bands of age, or none ends below `until`.

    Examples
    --------
    >>> young_bands(["under 25", "25-39", "40-59", "60+"], attribute="age_band")
    ['under 25', '25-39']
    >>> young_bands(["1-2", "3 or more"], attribute="household_size")
    []
    """
    if "age" not in re.split(r"[^a-z]+", attribute.lower()):
        return []
    ends = {str(group): _age_at_end(str(group)) for group in groups}
    return [label for label, end in ends.items() if end is not None and end <= until]


def _age_at_end(label: str) -> int | None:
    """Return the age at which a band ends, years; None for a band that is open above, or names no age."""
    numbers = [int(number) for number in re.findall(r"\d+", label)]
    if len(numbers) == 2:
        return numbers[1] + 1
    below = re.match(r"\s*(under|below|less than|up to|<)", label, flags=re.IGNORECASE)
    return numbers[0] if len(numbers) == 1 and below else None


def _checked_groups(groups: pd.Series) -> pd.Series:
    twice = groups.index[groups.index.duplicated()].unique().tolist()
    if twice:
        raise InputError(
            Fault(
                f"several groups of customers {some_of(twice)}", where="groups", remedy="give each customer one group"
            )
        )
    known = groups.dropna()
    if known.empty:
        raise InputError(
            Fault(
                "no customer has a known group",
                where=str(groups.name or "groups"),
                remedy="take an attribute that is known for some customers",
            )
        )
    return known


def _labels(known: pd.Series) -> list[str]:
    """Return the groups that have customers, in reading order."""
    if isinstance(known.dtype, pd.CategoricalDtype):
        return [label for label in known.cat.categories if (known == label).any()]
    return sorted(known.unique())


def _compared(table: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Add penetration with its interval, and the comparison of each group with all others."""
    holders, customers = table["holders"], table["customers"]
    low, high = wilson_ends(holders, customers, alpha=1 - confidence)
    by_product = table.groupby("product", sort=False)
    other_holders = by_product["holders"].transform("sum") - holders
    others = by_product["customers"].transform("sum") - customers
    table = table.assign(penetration=holders / customers, low=low, high=high)
    table["elsewhere"] = (other_holders / others.where(others > 0)).astype(float)
    cells = np.stack([holders, customers - holders, other_holders, others - other_holders], axis=1)
    table["p_value"] = multipletests(fisher_p_values(cells), method="holm")[1]
    short = ((table["elsewhere"] - table["penetration"]) * customers).clip(lower=0).fillna(0)
    table["missing_customers"] = short.where(table["p_value"] < SIGNIFICANCE, 0).round().astype("int64")
    return table


def count_products_held(holdings: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    """Return how many products customers hold, by group.

    Parameters
    ----------
    holdings : pandas.DataFrame
        `customer_id`, `product`.
    groups : pandas.Series
        Group of each customer, indexed by customer; every customer counts, also one who holds nothing.

    Returns
    -------
    pandas.DataFrame
        By group, in reading order: `customers`, `products_held` (mean), `none_share`, `single_share` (customers with no
        product, with one).

    Examples
    --------
    >>> held = pd.DataFrame({"customer_id": [1, 1, 2], "product": ["a", "b", "a"]})
    >>> count_products_held(held, pd.Series({1: "old", 2: "old", 3: "young"})).loc["old"].to_dict()
    {'customers': 2.0, 'products_held': 1.5, 'none_share': 0.0, 'single_share': 0.5}
    """
    known = _checked_groups(groups)
    held = _held_by(holdings, known.index)
    by_group = held.groupby(known.to_numpy(), observed=True)
    counted = pd.DataFrame(
        {
            "customers": by_group.size(),
            "products_held": by_group.mean(),
            "none_share": (held == 0).groupby(known.to_numpy(), observed=True).mean(),
            "single_share": (held == 1).groupby(known.to_numpy(), observed=True).mean(),
        }
    )
    return counted.reindex(_labels(known)).rename_axis("group")


def count_products_of_all(holdings: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    """Return how many products customers hold by group, with those whose group is not known, and all together.

    Parameters
    ----------
    holdings : pandas.DataFrame
        `customer_id`, `product`.
    groups : pandas.Series
        Group of each customer, indexed by customer; missing where it is not known.

    Returns
    -------
    pandas.DataFrame
        As `count_products_held`; "not known" (where there are any) and "all" stand last.

    Examples
    --------
    >>> held = pd.DataFrame({"customer_id": [1, 1, 2], "product": ["a", "b", "a"]})
    >>> count_products_of_all(held, pd.Series({1: "old", 2: None}))["products_held"].to_dict()
    {'old': 2.0, 'not known': 1.0, 'all': 1.5}
    """
    others = groups[groups.isna()]
    parts = [groups.dropna(), *([pd.Series(NOT_KNOWN, others.index)] if len(others) else [])]
    parts.append(pd.Series("all", groups.index))
    return pd.concat([count_products_held(holdings, part) for part in parts]).rename_axis("group")


def spread_products_held(holdings: pd.DataFrame, customers: pd.Index) -> pd.Series:
    """Return how many customers hold no product, how many one, two and so on.

    Parameters
    ----------
    holdings : pandas.DataFrame
        `customer_id`, `product`.
    customers : pandas.Index
        All customers.

    Returns
    -------
    pandas.Series
        `customers` by number of products: one by one up to eight, in bands of equal width where some hold more.

    Examples
    --------
    >>> held = pd.DataFrame({"customer_id": [1, 1, 2], "product": ["a", "b", "a"]})
    >>> spread_products_held(held, pd.Index([1, 2, 3])).to_dict()
    {'0': 1, '1': 1, '2': 1}
    """
    held = _held_by(holdings, customers)
    width = next(width for width in _BAND_WIDTHS if held.max() <= _BANDS * width)
    bands = np.ceil(held / width).astype(np.int64)
    counts = bands.value_counts().reindex(range(int(bands.max()) + 1), fill_value=0)
    above = [f"{width * (band - 1) + 1}-{width * band}" if width > 1 else str(band) for band in counts.index[1:]]
    return pd.Series(counts.to_numpy(), index=pd.Index(["0", *above], name="products"), name="customers")


def _held_by(holdings: pd.DataFrame, customers: pd.Index) -> pd.Series:
    counts = holdings.drop_duplicates(["customer_id", "product"])["customer_id"].value_counts()
    return counts.reindex(customers, fill_value=0).astype(np.int64)
