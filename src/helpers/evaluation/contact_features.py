"""What was known of each customer before a contact: purchases until then, and attributes of the customer."""

from collections.abc import Sequence
from typing import Any

import ibis.expr.types as ir
import pandas as pd

from helpers.core.any_engine import rows_beside
from helpers.core.errors import Fault, InputError
from helpers.core.lines import exact_sum
from helpers.core.own_names import name_beside, own_name

UNKNOWN = "not known"
"""Stands for a missing word among the features."""
PRIOR_ORDERS, PRIOR_SPEND, DAYS_SINCE_LAST = map(own_name, ("prior orders", "prior spend", "days since last"))
"""Columns of what was bought before a contact; no attribute of a client is called so."""
MISSING = "missing"
_NEVER_DAYS = 3650.0


def contact_features(
    pairs: pd.DataFrame, *, transactions: ir.Table | None, customers: pd.DataFrame | None, attributes: Sequence[str]
) -> pd.DataFrame:
    """Return what was known of each pair before its contact, from which a score may be learnt.

    Parameters
    ----------
    pairs : DataFrame
        From `campaign_pairs`.
    transactions : Table or None
        Standard table; only lines before the day of the contact are used.
    customers : DataFrame or None
        Standard table.
    attributes : sequence of str
        Columns of the customers; numbers and words. They must have been known before the contact.

    Returns
    -------
    DataFrame
        One row per pair: `PRIOR_ORDERS`, `PRIOR_SPEND` (study currency), `DAYS_SINCE_LAST`
        (ten years for those without an order), and the attributes. Missing words are "not known", missing numbers the
        median, with a flag beside them: `name_beside(attribute, MISSING)`.

    Raises
    ------
    InputError
        When neither table has anything to learn from.
    """
    parts = []
    if transactions is not None:
        parts.append(_purchases(pairs, transactions))
    if customers is not None and attributes:
        known = customers.set_index("customer_id")[list(attributes)]
        parts.append(_filled(known.reindex(pairs["customer_id"]).reset_index(drop=True)))
    if not parts:
        remedy = "map the transactions, or attributes of the customers"
        raise InputError(Fault("nothing is known of customers before the contact", where="study.yml", remedy=remedy))
    return pd.concat([part.set_axis(pairs.index) for part in parts], axis=1)


def _purchases(pairs: pd.DataFrame, transactions: ir.Table) -> pd.DataFrame:
    rows = pd.DataFrame({"row": range(len(pairs)), "who": pairs["customer_id"], "start": pairs["start"]})
    contacts = rows_beside(rows, transactions)
    lines = transactions.select("customer_id", "order_id", "time", "amount")
    same = [contacts.who == lines.customer_id, lines.time.cast("timestamp") < contacts.start]
    before = contacts.inner_join(lines, same)
    sums = before.group_by("row", "start").agg(
        orders=before.order_id.nunique(), spend=exact_sum(before.amount), last=before.time.cast("timestamp").max()
    )
    found = sums.order_by("row").to_pyarrow().to_pandas().set_index("row")
    days = (found["start"] - found["last"]).dt.total_seconds() / 86_400
    bought = pd.DataFrame({PRIOR_ORDERS: found["orders"], PRIOR_SPEND: found["spend"], DAYS_SINCE_LAST: days})
    every = bought.astype(float).reindex(range(len(pairs)))
    filled: pd.DataFrame = every.fillna({PRIOR_ORDERS: 0.0, PRIOR_SPEND: 0.0, DAYS_SINCE_LAST: _NEVER_DAYS})
    return filled


def _filled(known: pd.DataFrame) -> pd.DataFrame:
    filled: dict[str, pd.Series[Any]] = {}
    for name in known.columns.astype(str):
        column = known[name]
        if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            middle = column.median()
            filled[name] = column.astype(float).fillna(0.0 if pd.isna(middle) else middle)
            if column.isna().any():
                filled[name_beside(name, MISSING)] = column.isna().astype(float)
        else:
            filled[name] = column.astype(object).where(column.notna(), UNKNOWN).astype(str)
    return pd.DataFrame(filled)


def contact_groups(features: pd.DataFrame, attribute: str = "") -> "pd.Series[Any]":
    """Return the group of each pair whose effects are compared: an attribute, else thirds by spend before the contact.

    Parameters
    ----------
    features : DataFrame
        From `contact_features`.
    attribute : str
        One of its columns; empty for thirds.

    Raises
    ------
    InputError
        When there is no such column and no spend.
    """
    if attribute and attribute in features:
        return features[attribute]
    if PRIOR_SPEND not in features:
        what = f"there is no attribute {attribute!r}" if attribute else "there is no spend before the contact"
        raise InputError(Fault(what, where="uplift_attribute", remedy="name an attribute of the customers"))
    place = (features[PRIOR_SPEND].rank(method="average") - 0.5) / len(features)
    names = ["1 spent least before", "2 between", "3 spent most before"]
    return pd.cut(place, [0, 1 / 3, 2 / 3, 1], labels=names, include_lowest=True).astype(object)
