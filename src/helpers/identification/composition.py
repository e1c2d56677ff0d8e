"""Who the customers are: the mix by any attribute, its extremes, and whether those we know resemble those we do not."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.errors import Fault, InputError, some_of, unknown_name
from helpers.core.intervals import wilson_ends

NOT_KNOWN = "not known"
NOTABLE_DIFFERENCE = 0.1
"""Standardised difference from which two groups are said to differ: Austin (2009), Statistics in Medicine 28(25)."""
COVERAGE_MEASURES: tuple[str, ...] = ("revenue", "orders", "mean_order_value", "tenure_days", "days_since_last")


def compose(
    summary: pd.DataFrame,
    customers: pd.DataFrame,
    attribute: str,
    *,
    order: Sequence[str] | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Split the customer base by one attribute, with those of whom it is not known as a group of their own.

    Parameters
    ----------
    summary : DataFrame
        One row per customer: customer_id (column or index), revenue, orders.
    customers : DataFrame
        Customer records: customer_id and the attribute; customers without a purchase are left out.
    attribute : str
        Column of `customers`; its values are read as text.
    order : sequence of str, optional
        Order of the groups. Otherwise a categorical keeps its own order; labels that all hold a number ("19-24",
        "65+", "Under 15K") are sorted by it; others stand by size.
    confidence : float
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        One row per group, indexed by its label, `NOT_KNOWN` last where there are any: customers, customer_share (of
        all), known_share (of those whose attribute is known) with share_low and share_high (Wilson interval; all three
        NaN for those not known), revenue (study currency), revenue_share, revenue_per_customer, orders_per_customer,
        index (revenue per customer, all customers = 100) and known_index (the same with all whose attribute is known
        = 100: it compares the groups where those not known buy differently).

    Raises
    ------
    InputError
        When the attribute is unknown, a customer has several records, or `order` leaves a group out.

    Source
    ------
    Wilson (1927), "Probable inference", Journal of the American Statistical Association 22(158).
    """
    known = attribute_of(summary, customers, attribute)
    labels = order_labels(known, attribute, order)
    group = known.astype("object").where(known.notna(), NOT_KNOWN)
    spend = _by_customer(summary)
    by_group = spend.groupby(group)
    table = pd.DataFrame(
        {"customers": by_group.size(), "revenue": by_group["revenue"].sum(), "orders": by_group["orders"].sum()}
    )
    table = table.reindex([*labels, *([NOT_KNOWN] if known.isna().any() else [])], fill_value=0).rename_axis(attribute)
    named = table["customers"].where(table.index != NOT_KNOWN)
    share_low, share_high = _intervals(named[labels], confidence)
    per_customer = table["revenue"] / table["customers"].where(table["customers"] > 0)
    return pd.DataFrame(
        {
            "customers": table["customers"],
            "customer_share": table["customers"] / len(spend),
            "known_share": named / named.sum(),
            "share_low": share_low,
            "share_high": share_high,
            "revenue": table["revenue"],
            "revenue_share": table["revenue"] / spend["revenue"].sum(),
            "revenue_per_customer": per_customer,
            "orders_per_customer": table["orders"] / table["customers"].where(table["customers"] > 0),
            "index": 100 * per_customer / spend["revenue"].mean(),
            "known_index": 100 * per_customer.where(named.notna()) / _mean_of_known(table, labels),
        },
        index=table.index,
    )


def groupable_attributes(customers: pd.DataFrame, names: Sequence[str], *, most_groups: int = 15) -> list[str]:
    """Return the attributes that sort customers into groups: not amounts, nor numbers of nearly everybody's own.

    Parameters
    ----------
    customers : DataFrame
        Customer records with the attributes.
    names : sequence of str
        Attributes to choose from; those the records have not are passed over.
    most_groups : int
        Largest number of different values that still are groups.

    Examples
    --------
    >>> people = pd.DataFrame({"sector": ["a", "b"] * 9, "turnover": range(18), "empty": [None] * 18})
    >>> groupable_attributes(people, ["sector", "turnover", "empty"])
    ['sector']
    """
    return [name for name in names if name in customers and 1 < customers[name].nunique() <= most_groups]


def _intervals(named: pd.Series, confidence: float) -> tuple[pd.Series, pd.Series]:
    """Wilson limits of each group's share of all named ones; missing where nobody is known."""
    if not named.sum():
        return pd.Series(dtype=np.float64), pd.Series(dtype=np.float64)
    low, high = wilson_ends(named, named.sum(), alpha=1 - confidence)
    return pd.Series(low, index=named.index), pd.Series(high, index=named.index)


def _mean_of_known(table: pd.DataFrame, labels: list[str]) -> float:
    known = table.loc[labels, ["revenue", "customers"]].sum()
    return float(known["revenue"] / known["customers"]) if known["customers"] else float("nan")


def _by_customer(summary: pd.DataFrame) -> pd.DataFrame:
    return summary.set_index("customer_id") if "customer_id" in summary.columns else summary


def attribute_of(summary: pd.DataFrame, customers: pd.DataFrame, attribute: str) -> pd.Series:
    """Return the attribute of each customer of the summary as text, missing where it is not known."""
    records = _by_customer(customers)
    if attribute not in records.columns:
        raise InputError(unknown_name(attribute, list(records.columns), kind="attribute", where="customers"))
    twice = records.index[records.index.duplicated()].unique().tolist()
    if twice:
        raise InputError(
            Fault(f"several records of customers {some_of(twice)}", where="customers", remedy="link the records first")
        )
    values = records[attribute].reindex(_by_customer(summary).index)
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values
    text = values.astype("object").map(_label, na_action="ignore")
    return text.where(~text.map(str.strip, na_action="ignore").isin(["", NOT_KNOWN]))


def _label(value: object) -> str:
    """Return a value as a reader expects it: flags in words, whole numbers without a fraction."""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def order_labels(known: pd.Series, attribute: str, order: Sequence[str] | None) -> list[str]:
    """Return the groups in the order in which a reader expects them, see `compose`."""
    if isinstance(known.dtype, pd.CategoricalDtype) and order is None:
        return [str(label) for label in known.cat.categories]
    sizes = known.value_counts()
    labels = [str(label) for label in sizes.index]
    if order is not None:
        left_out = sorted(set(labels) - set(order))
        if left_out:
            raise InputError(
                Fault(
                    f"groups left out: {some_of(left_out)}",
                    where=f"order of {attribute}",
                    remedy="name every group in the order",
                )
            )
        return list(order)
    if all(re.search(r"\d", label) for label in labels):
        return sorted(labels, key=_number_key)
    return sorted(labels, key=lambda label: (-int(sizes[label]), label))


def _number_key(label: str) -> tuple[float, bool, str]:
    """Sort by the first number; "under 15" comes before "15-24"."""
    number = re.search(r"\d+(?:[.,]\d+)*", label)
    value = float(number.group().replace(",", "")) if number else float("inf")
    below = re.match(r"\s*(under|below|less|up to|<)", label, flags=re.IGNORECASE)
    return value, below is None, label


def find_extremes(composition: pd.DataFrame, *, measure: str = "customers") -> dict[str, str]:
    """Name the largest and the smallest group, those not known left aside.

    Parameters
    ----------
    composition : DataFrame
        From `compose`.
    measure : str
        Column to compare by.

    Returns
    -------
    dict
        "largest" and "smallest" to the label; the first in reading order where several are equal.

    Raises
    ------
    InputError
        When the measure is unknown or no group is known.

    Examples
    --------
    >>> find_extremes(pd.DataFrame({"customers": [5, 9, 1, 99]}, index=["a", "b", "c", NOT_KNOWN]))
    {'largest': 'b', 'smallest': 'c'}
    """
    if measure not in composition.columns:
        raise InputError(unknown_name(measure, list(composition.columns), kind="measure", where="composition"))
    values = composition.loc[composition.index != NOT_KNOWN, measure].dropna()
    if values.empty:
        raise InputError(
            Fault(
                "no group is known",
                where=str(composition.index.name or "composition"),
                remedy="take an attribute that is known for some customers",
            )
        )
    return {"largest": str(values.idxmax()), "smallest": str(values.idxmin())}


def compare_coverage(
    summary: pd.DataFrame, customers: pd.DataFrame, *, measures: Sequence[str] = COVERAGE_MEASURES
) -> pd.DataFrame:
    """Compare how customers with a record buy and how those without one do: whether the known stand for all.

    Parameters
    ----------
    summary : DataFrame
        One row per customer: customer_id (column or index) and the measures.
    customers : DataFrame
        Customer records with customer_id.
    measures : sequence of str
        Numeric columns of `summary`.

    Returns
    -------
    DataFrame
        One row per measure: with_record, without_record (means), median_with, median_without, difference (standardised
        by the pooled standard deviation), superiority (chance that a random customer with a record exceeds one
        without, ties halved), p_value (two-sided Mann-Whitney test) and differs (absolute standardised difference of
        `NOTABLE_DIFFERENCE` or more).

    Raises
    ------
    InputError
        When a measure is unknown, or one of the two groups has fewer than two customers.
    """
    spend = _by_customer(summary)
    unknown = [name for name in measures if name not in spend.columns]
    if unknown:
        raise InputError([unknown_name(name, list(spend.columns), kind="measure", where="summary") for name in unknown])
    recorded = spend.index.isin(_by_customer(customers).index)
    known, others = spend[recorded], spend[~recorded]
    if min(len(known), len(others)) < 2:
        raise InputError(
            Fault(
                f"{len(known)} customers with a record and {len(others)} without",
                where="customers",
                allowed="2 or more each",
                remedy="leave out the comparison, or record more customers",
            )
        )
    lines = {}
    for name in measures:
        one, other = known[name].to_numpy(dtype=np.float64), others[name].to_numpy(dtype=np.float64)
        test = stats.mannwhitneyu(one, other, method="asymptotic")
        pooled = np.sqrt((one.var(ddof=1) + other.var(ddof=1)) / 2)
        difference = (one.mean() - other.mean()) / pooled if pooled > 0 else 0.0
        lines[name] = {
            "with_record": one.mean(),
            "without_record": other.mean(),
            "median_with": np.median(one),
            "median_without": np.median(other),
            "difference": difference,
            "superiority": test.statistic / (len(one) * len(other)),
            "p_value": test.pvalue,
            "differs": bool(abs(difference) >= NOTABLE_DIFFERENCE),
        }
    return pd.DataFrame.from_dict(lines, orient="index").rename_axis("measure").astype({"differs": bool})
