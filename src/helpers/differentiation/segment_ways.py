"""Three ways to segment customers (outer facts, inner facts, behaviour), and how well each foretells their value."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeRegressor

from helpers.core.arrays import FloatArray, IntArray
from helpers.core.errors import Fault, InputError, counted, unknown_name
from helpers.core.lines import exact_sum, lines_until
from helpers.core.periods import months_before
from helpers.core.returns import purchase_lines, without_purchases
from helpers.core.verdicts import Verdict

OUTER_FACTS = (
    *("kind", "region", "sector", "industry", "size", "size_class", "employees", "legal_form", "ownership"),
    *("home_ownership", "household_size", "household_comp", "kids_count", "years_in_business", "on_account"),
)
"""What can be seen from outside, by the usual names of columns."""
INNER_FACTS = (
    *("birth_date", "age", "sex", "income", "marital_status", "education", "occupation", "values", "interests"),
    "preferred_channel",
)
"""What belongs to the person, by the usual names of columns."""
_LEAST_SHARE = 0.05
_LEAST_CUSTOMERS = 50
_REST, _UNKNOWN = "other", "unknown"
_FOLDS, _DEALS = 5, 5

Forecast = Callable[[FloatArray, IntArray], FloatArray]
"""Takes what customers brought and the part each is dealt into; forecasts each from customers of other parts."""


@dataclass(frozen=True)
class ValueSplit:
    """The two parts of a history: customers as they were, and what they bought afterwards.

    Parameters
    ----------
    cutoff : date
        First day of the later part.
    days : int
        Its length.
    whole_year : bool
        Whether it is a year; else the history is too short for one, and its later half is taken.
    """

    cutoff: date
    days: int
    whole_year: bool


def split_for_value(transactions: ir.Table, as_of: date) -> ValueSplit:
    """Hold back the last year, or the later half of a history shorter than two.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions: customer_id, time.
    as_of : date
        Analysis date.

    Raises
    ------
    InputError
        When there is no purchase, or the history is shorter than four weeks.
    """
    first = lines_until(transactions, as_of)["time"].min().to_pyarrow().as_py()
    if first is None:
        raise InputError(without_purchases(transactions, as_of))
    year = months_before(as_of, 12)
    if first.date() <= months_before(as_of, 24):
        return ValueSplit(year, (as_of - year).days, whole_year=True)
    days = (as_of - first.date()).days // 2
    if days < 14:
        what = f"the history of {counted(2 * days, 'day')} is too short to hold a part of it back"
        raise InputError(Fault(what, "transactions", "four weeks or more", "wait for more purchases"))
    cutoff = (pd.Timestamp(as_of) - pd.Timedelta(days=days)).date()
    return ValueSplit(cutoff, days, whole_year=False)


def later_value(transactions: ir.Table, split: ValueSplit, as_of: date, customers: pd.Index) -> "pd.Series[float]":
    """Return what each customer bought in the part held back, zero for who bought nothing.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions.
    split : ValueSplit
        From `split_for_value`.
    as_of : date
        Analysis date.
    customers : Index
        Customers known before, by customer_id.
    """
    lines = purchase_lines(transactions, as_of, since=split.cutoff)
    found = lines.group_by("customer_id").agg(revenue=exact_sum(lines["amount"])).to_pandas()
    value: pd.Series[float] = found.set_index("customer_id")["revenue"].reindex(customers).fillna(0.0)
    return value


def sort_facts(columns: Iterable[str], *, outer: Iterable[str] = (), inner: Iterable[str] = ()) -> dict[str, list[str]]:
    """Say which columns of the customers are outer facts and which are inner ones.

    Parameters
    ----------
    columns : iterable of str
        Columns of the table.
    outer, inner : iterable of str
        Names a user gave; where none are given, the usual ones are looked for.

    Returns
    -------
    dict of str to list of str
        "outer facts" and "inner facts", each in the order of the table.

    Raises
    ------
    InputError
        When a name given is no column.

    Examples
    --------
    >>> sort_facts(["customer_id", "region", "age", "shoe"])
    {'outer facts': ['region'], 'inner facts': ['age']}
    """
    have, given = list(columns), {"outer_facts": tuple(outer), "inner_facts": tuple(inner)}
    faults = [
        unknown_name(name, have, kind="column", where=parameter)
        for parameter, names in given.items()
        for name in names
        if name not in have
    ]
    if faults:
        raise InputError(faults)
    wanted = {"outer facts": given["outer_facts"] or OUTER_FACTS, "inner facts": given["inner_facts"] or INNER_FACTS}
    return {way: [name for name in have if name in names] for way, names in wanted.items()}


def fact_features(customers: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """Turn facts into features of nought and one: a number or date by quarters, a text by its common values.

    Parameters
    ----------
    customers : DataFrame
        One row per customer.
    columns : iterable of str
        Facts to use. What is missing is the value "unknown".

    Returns
    -------
    DataFrame
        One column per fact and value, on the index of `customers`; values of fewer than five per cent stand together.

    Examples
    --------
    >>> fact_features(pd.DataFrame({"kind": ["firm", "person", "firm"]}), ["kind"]).columns.tolist()
    ['kind = firm', 'kind = person']
    """
    bands = {name: _banded(customers[name]) for name in columns}
    parts = [pd.get_dummies(values, prefix=name, prefix_sep=" = ", dtype=float) for name, values in bands.items()]
    return pd.concat(parts, axis=1) if parts else pd.DataFrame(index=customers.index)


def facts_to_compare(
    facts: pd.DataFrame, *, outer: Iterable[str] = (), inner: Iterable[str] = ()
) -> tuple[dict[str, list[str]], "pd.Series[bool]"]:
    """Return the facts to segment by, and the customers of whom any is known: ways are compared on the same customers.

    Parameters
    ----------
    facts : DataFrame
        One row per customer to compare, missing values where a customer has no facts.
    outer, inner : iterable of str
        As for `sort_facts`.

    Returns
    -------
    kinds : dict of str to list of str
        As of `sort_facts`, without kinds that have no column; empty where facts are known of too few customers.
    compared : Series of bool
        Customers with any of these facts; all where there are none.
    """
    kinds = {way: found for way, found in sort_facts(facts.columns, outer=outer, inner=inner).items() if found}
    known = facts[[name for found in kinds.values() for name in found]].notna().any(axis=1)
    if known.sum() < _LEAST_CUSTOMERS:
        return {}, pd.Series(True, index=facts.index)
    return kinds, known


def _banded(values: pd.Series) -> pd.Series:
    if pd.api.types.is_object_dtype(values) and values.dropna().map(lambda one: isinstance(one, date)).all():
        values = pd.to_datetime(values)
    if pd.api.types.is_datetime64_any_dtype(values):
        values = values.dt.year
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values) and values.nunique() > 4:
        place = (values.rank(method="average") - 0.5) / values.notna().sum()
        named = "quarter " + (4 * place).fillna(0.0).floordiv(1).astype("int64").add(1).astype("str")
        return named.where(values.notna(), _UNKNOWN)
    text = values.astype("str").where(values.notna(), _UNKNOWN)
    often: pd.Series[bool] = text.map(text.value_counts(normalize=True)) >= _LEAST_SHARE
    return text.where(often, _REST)


@dataclass(frozen=True)
class WayComparison:
    """How well groups foretell the value of customers whose value they have not seen.

    Parameters
    ----------
    table : DataFrame
        One row per way, best first: way, groups, explained_share with low and high (of the spread of the later value;
        0 for the mean of all), beyond_rfm with beyond_low and beyond_high (the same less that of `against`).
    customers : int
        Customers compared.
    verdict : Verdict
        Status "better" where the best way's interval lies above zero, else "no better".
    """

    table: pd.DataFrame
    customers: int
    verdict: Verdict


def compare_ways(
    groups: Mapping[str, pd.Series],
    value: pd.Series,
    rng: np.random.Generator,
    *,
    against: str,
    features: Mapping[str, pd.DataFrame] | None = None,
    leaves: int = 5,
    resamples: int = 999,
    confidence: float = 0.95,
) -> WayComparison:
    """Forecast each customer's later value by the mean of the group, learnt from other customers, and compare.

    Customers are dealt into five parts; for each part everything that knows `value` is learnt from the other four: the
    means of groups, shrunken to the mean of all as if one more customer had it, and the groups themselves where a way
    gives features. Those are cut by a regression tree (CART; Breiman, Friedman, Olshen and Stone 1984) into at most
    `leaves` groups of five per cent of the customers or more. The share explained is one less the squared errors over
    those of the mean of all, learnt in the same way; errors are means over five deals. Its interval comes from drawing
    customers anew.

    Parameters
    ----------
    groups : dict of str to Series
        By way: group of each customer, all on the index of `value`; made without knowing `value`.
    value : Series
        What each customer bought later.
    rng : Generator
        Source of randomness.
    against : str
        Way of `groups` the others are set against.
    features : dict of str to DataFrame
        By further ways: features, none missing, on the index of `value`.
    leaves : int
        Groups that a tree may make.
    resamples : int
        Bootstrap draws.
    confidence : float
        Coverage of the intervals.

    Raises
    ------
    InputError
        When there are too few customers, or all are worth the same.
    """
    amounts = value.to_numpy(dtype=np.float64)
    _require_comparable(amounts)
    forecasts: dict[str, Forecast] = {
        way: partial(_learnt_elsewhere, pd.factorize(labels.reindex(value.index).astype("str"), sort=True)[0])
        for way, labels in groups.items()
    }
    tables = {way: table.reindex(value.index) for way, table in (features or {}).items()}
    forecasts |= {
        way: partial(_cut_elsewhere, table.to_numpy(dtype=np.float64), leaves) for way, table in tables.items()
    }
    deals = [rng.permutation(len(amounts)) % _FOLDS for _ in range(_DEALS)]
    everyone = _squared_errors(partial(_learnt_elsewhere, np.zeros(len(amounts), dtype=np.int64)), amounts, deals)
    drawn = rng.multinomial(len(amounts), np.full(len(amounts), 1 / len(amounts)), size=resamples)
    shares = {
        way: _explained(_squared_errors(forecast, amounts, deals), everyone, drawn)
        for way, forecast in forecasts.items()
    }
    ends = [50 * (1 - confidence), 50 * (1 + confidence)]
    counts = {way: int(labels.nunique()) for way, labels in groups.items()}
    rows = [_row(way, counts.get(way, leaves), shares, against, ends) for way in shares]
    table = pd.DataFrame(rows).sort_values(["explained_share", "way"], ascending=[False, True], ignore_index=True)
    best = table.iloc[0]
    status = "better" if best["low"] > 0 else "no better"
    verdict = Verdict("value explained by the best way", float(best["explained_share"]), 0.0, status, status)
    return WayComparison(table, len(value), verdict)


def _require_comparable(amounts: FloatArray) -> None:
    if len(amounts) < _LEAST_CUSTOMERS:
        what = f"too few customers to compare ways to segment them: {len(amounts):,}"
        raise InputError(Fault(what, "customers", f"{_LEAST_CUSTOMERS} or more", "wait for more customers"))
    if not np.ptp(amounts):
        raise InputError(
            Fault(
                "all customers were worth the same afterwards",
                "amount",
                "values that differ",
                remedy="hold back more months",
            )
        )


def _squared_errors(forecast: Forecast, amounts: FloatArray, deals: list[IntArray]) -> FloatArray:
    """Return each customer's squared error, the mean over the deals."""
    errors = np.stack([np.square(amounts - forecast(amounts, part)) for part in deals])
    mean: FloatArray = errors.mean(axis=0)
    return mean


def _cut_elsewhere(features: FloatArray, leaves: int, amounts: FloatArray, part: IntArray) -> FloatArray:
    """Return for each customer the mean of the leaf of a tree learnt from customers of other parts."""
    found = np.zeros(len(amounts))
    for fold in range(_FOLDS):
        here = part == fold
        least = max(1, int(_LEAST_SHARE * (~here).sum()))
        tree = DecisionTreeRegressor(max_leaf_nodes=max(2, leaves), min_samples_leaf=least, random_state=0)
        found[here] = tree.fit(features[~here], amounts[~here]).predict(features[here])
    return found


def _learnt_elsewhere(codes: IntArray, amounts: FloatArray, part: IntArray) -> FloatArray:
    """Return for each customer the mean of the group among customers of other parts, shrunken by one customer."""
    groups = int(codes.max()) + 1
    count = np.bincount(codes * _FOLDS + part, minlength=groups * _FOLDS).reshape(groups, _FOLDS)
    total = np.bincount(codes * _FOLDS + part, weights=amounts, minlength=groups * _FOLDS).reshape(groups, _FOLDS)
    elsewhere, sums = count.sum(axis=1, keepdims=True) - count, total.sum(axis=1, keepdims=True) - total
    mean = sums.sum(axis=0) / np.maximum(elsewhere.sum(axis=0), 1)
    learnt = (sums + mean) / (elsewhere + 1)
    found: FloatArray = learnt[codes, part]
    return found


def _explained(own: FloatArray, everyone: FloatArray, drawn: IntArray) -> FloatArray:
    """Return the share explained, of the customers themselves first and then of each draw."""
    drawn_shares = 1 - (drawn @ own) / (drawn @ everyone)
    return np.concatenate([[1 - own.sum() / everyone.sum()], drawn_shares])


def _row(way: str, groups: int, shares: Mapping[str, FloatArray], against: str, ends: list[float]) -> dict[str, object]:
    own, beyond = shares[way], shares[way] - shares[against]
    low, high = np.percentile(own[1:], ends)
    beyond_low, beyond_high = np.percentile(beyond[1:], ends)
    found = {"way": way, "groups": groups, "explained_share": float(own[0])}
    found |= {"low": float(low), "high": float(high), "beyond_rfm": float(beyond[0])}
    return found | {"beyond_low": float(beyond_low), "beyond_high": float(beyond_high)}
