"""One record per customer from many: a rule per field for which value survives, and where each value came from (M2).

Nothing is averaged or invented: every surviving value stands in one of the records, and its origin is kept. A refusal
of contact is never outvoted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from helpers.core.errors import Fault, InputError, some_of, unknown_name

Rule = Literal["most_recent", "most_frequent", "source_order", "longest", "earliest", "latest", "strictest"]
RULES: tuple[Rule, ...] = get_args(Rule)

# Survivorship of the standard customers table: what changes follows the newest record, what does not follows the
# majority, and a refusal is carried whoever recorded it.
STANDARD_RULES: Mapping[str, Rule] = {
    "kind": "most_frequent",
    "first_name": "most_frequent",
    "last_name": "most_frequent",
    "birth_date": "most_frequent",
    "sex": "most_frequent",
    "identifier": "most_frequent",
    "street": "most_recent",
    "city": "most_recent",
    "postcode": "most_recent",
    "region": "most_recent",
    "email": "most_recent",
    "phone": "most_recent",
    "customer_since": "earliest",
    "preferred_channel": "most_recent",
    "do_not_contact": "strictest",
    "updated_at": "latest",
}
REFUSAL_FIRST: tuple[object, ...] = (True, False)


@dataclass(frozen=True)
class GoldenRecords:
    """One record per customer.

    Parameters
    ----------
    records : pandas.DataFrame
        `customer_id` and the fields, one row per customer, sorted by customer.
    origins : pandas.DataFrame
        `customer_id`, `field`, `value`, `source`, `record_id` (the record the value was taken from), `rule`, `filled`
        (records of the customer that have a value), `different` (different values among them).
    conflicts : pandas.DataFrame
        The rows of `origins` with more than one value (but for the date of change), with `values`: each value and the
        records that hold it.
    """

    records: pd.DataFrame
    origins: pd.DataFrame
    conflicts: pd.DataFrame


def golden_records(
    records: pd.DataFrame,
    rules: Mapping[str, Rule] = STANDARD_RULES,
    *,
    source_order: Sequence[str] = (),
    updated_at: str = "updated_at",
    strictness: Mapping[str, Sequence[object]] | None = None,
) -> GoldenRecords:
    """Make one record per customer.

    Parameters
    ----------
    records : pandas.DataFrame
        `customer_id` (from a linkage), `source`, `record_id`, and the fields.
    rules : mapping of str to Rule
        Field to rule. Standard fields the records have not are passed over; any other must be there.

        - `most_recent`: the value of the record changed last;
        - `most_frequent`: the value most records hold, then the most recent;
        - `source_order`: the value of the most trusted source;
        - `longest`: the longest text;
        - `earliest`, `latest`: the smallest, the largest value;
        - `strictest`: the value that restricts us most.
    source_order : sequence of str
        Sources, most trusted first; breaks ties of every rule.
    updated_at : str
        Column that says when a record last changed; records without a date count as oldest.
    strictness : mapping of str to sequence, optional
        For fields under `strictest`: the values, strictest first. Without it: true, then false.

    Returns
    -------
    GoldenRecords
        Values with their origin, and the conflicts.

    Raises
    ------
    InputError
        With every unknown rule, missing column and value outside a strictness order at once.

    Examples
    --------
    >>> records = pd.DataFrame({"customer_id": [1, 1], "source": ["sales", "web"], "record_id": ["7", "9"],
    ...                         "do_not_contact": [False, True], "city": ["Ulm", None]})
    >>> made = golden_records(records, {"do_not_contact": "strictest", "city": "longest"})
    >>> made.records.to_dict("records")
    [{'customer_id': 1, 'do_not_contact': True, 'city': 'Ulm'}]
    """
    orders = dict(strictness or {})
    used = _checked_rules(records, rules, updated_at, source_order, orders)
    ranked = _ranked(records, source_order, updated_at)
    origins = pd.concat([_survivors(ranked, field, rule, orders) for field, rule in used.items()], ignore_index=True)
    customers = pd.Index(sorted(records["customer_id"].unique()), name="customer_id")
    columns: dict[str, Any] = {}
    for field in used:
        mine = origins[origins["field"] == field].set_index("customer_id")["value"]
        columns[field] = mine.reindex(customers).astype(records[field].dtype)
    golden = pd.DataFrame(columns, index=customers).reset_index()
    position = {field: place for place, field in enumerate(used)}
    in_order = np.lexsort((origins["field"].map(position), origins["customer_id"]))
    origins = origins.iloc[in_order].reset_index(drop=True)
    return GoldenRecords(golden, origins, _conflicts(ranked, origins, updated_at))


def list_values(golden: GoldenRecords) -> pd.DataFrame:
    """Return every surviving value with its origin and, where the records disagree, all values there are.

    Returns
    -------
    pandas.DataFrame
        The rows of `golden.origins`, values as text, with `values` (missing where the records agree).
    """
    conflicts = golden.conflicts[["customer_id", "field", "values"]]
    return golden.origins.astype({"value": "str"}).merge(conflicts, on=["customer_id", "field"], how="left")


def count_conflicts(golden: GoldenRecords) -> pd.DataFrame:
    """Return how many customers have records that disagree, by field, most first.

    Returns
    -------
    pandas.DataFrame
        `field`, `rule` (which value survives), `customers`, `share` (of the customers with several values of the field
        recorded).
    """
    several = golden.origins[golden.origins["filled"] > 1].groupby("field").size()
    counted = golden.conflicts.groupby("field", as_index=False).agg(rule=("rule", "first"), customers=("rule", "size"))
    counted["share"] = counted["customers"] / several.reindex(counted["field"]).to_numpy()
    return counted.sort_values(["customers", "field"], ascending=[False, True], ignore_index=True)


def list_ids(linked: pd.DataFrame, booked: pd.DataFrame) -> pd.DataFrame:
    """Return every id under which the customer of a golden record is known, so that orders can be joined to it.

    Parameters
    ----------
    linked : pandas.DataFrame
        `source`, `record_id`, `customer_id` (number of the golden record): the records of each customer.
    booked : pandas.DataFrame
        `customer_id` (of orders, cases or invoices), `source`, `record_id`, as text: ids and records that stand
        together; `source` is empty where there is one system only.

    Returns
    -------
    pandas.DataFrame
        `customer_id` (of the golden record), `id_kind` ("record_id" for the ids of records, under which orders name the
        account, or "customer_id" for those of orders), `source` (of the record; missing for customer ids), `id`, and
        `leads_to`: customers this id leads to. Join by ids that lead to one.

    Examples
    --------
    >>> linked = pd.DataFrame({"source": ["web", "shop"], "record_id": ["7", "9"], "customer_id": [1, 1]})
    >>> booked = pd.DataFrame({"customer_id": ["C3"], "source": ["shop"], "record_id": ["9"]})
    >>> list_ids(linked, booked)[["customer_id", "id_kind", "id", "leads_to"]].to_numpy().tolist()
    [[1, 'customer_id', 'C3', 1], [1, 'record_id', '9', 1], [1, 'record_id', '7', 1]]
    """
    records = linked[["customer_id", "source", "record_id"]].astype({"source": "str", "record_id": "str"})
    keys = ["record_id"] if booked["source"].eq("").all() else ["source", "record_id"]
    known = booked.rename(columns={"customer_id": "id"})[["id", *keys]].astype("str").merge(records, on=keys)
    own = records.rename(columns={"record_id": "id"}).assign(id_kind="record_id")
    others = known[["customer_id", "id"]].assign(id_kind="customer_id", source=None)
    ids = pd.concat([own, others.astype({"source": own["source"].dtype})], ignore_index=True).drop_duplicates()
    ids["leads_to"] = ids.groupby(["id_kind", "id"])["customer_id"].transform("nunique")
    columns = ["customer_id", "id_kind", "source", "id", "leads_to"]
    return ids.sort_values(columns[:-1], ignore_index=True)[columns]


@dataclass(frozen=True)
class Refusals:
    """Customers who refused contact.

    Parameters
    ----------
    customers_do_not_contact : int
        Customers with the mark on any record.
    half_known_refusal_customers : int
        Of these, customers with a record that does not carry it.
    """

    customers_do_not_contact: int
    half_known_refusal_customers: int


def count_refusals(records: pd.DataFrame, known: "npt.NDArray[np.bool_] | None" = None) -> Refusals:
    """Count who refused contact, and where only some of the records know of it.

    Parameters
    ----------
    records : pandas.DataFrame
        `customer_id`, `do_not_contact`; a missing mark is none.
    known : array of bool, shape (records,), optional
        Whether the customer of a record refused by what other tables say.

    Examples
    --------
    >>> records = pd.DataFrame({"customer_id": [1, 1, 2], "do_not_contact": [True, False, False]})
    >>> count_refusals(records)
    Refusals(customers_do_not_contact=1, half_known_refusal_customers=1)
    """
    marked = (records["do_not_contact"] == True).fillna(False)  # noqa: E712 (a missing mark is not true)
    refused = marked if known is None else marked | known
    customer = records["customer_id"]
    some, every = refused.groupby(customer).any(), marked.groupby(customer).all()
    return Refusals(int(some.sum()), int((some & ~every).sum()))


def rules_for(columns: Sequence[str]) -> dict[str, Rule]:
    """Return the standard rules for the fields there are.

    Where no column says when a record last changed, the value most records hold takes the place of the most recent.

    Parameters
    ----------
    columns : sequence of str
        Columns of the records.

    Examples
    --------
    >>> rules_for(["record_id", "city", "do_not_contact"])
    {'city': 'most_frequent', 'do_not_contact': 'strictest'}
    """
    dated = "updated_at" in columns
    return {
        field: "most_frequent" if rule == "most_recent" and not dated else rule
        for field, rule in STANDARD_RULES.items()
        if field in columns
    }


def _checked_rules(
    records: pd.DataFrame,
    rules: Mapping[str, Rule],
    updated_at: str,
    source_order: Sequence[str],
    orders: Mapping[str, Sequence[object]],
) -> dict[str, Rule]:
    columns = [str(name) for name in records.columns]
    used = {field: rule for field, rule in rules.items() if field in columns or field not in STANDARD_RULES}
    faults = [
        unknown_name(name, columns, kind="column", where="records")
        for name in ["customer_id", "source", "record_id", *used]
        if name not in columns
    ]
    faults += [
        unknown_name(str(rule), RULES, kind="rule", where=f"field {field!r}")
        for field, rule in used.items()
        if rule not in RULES
    ]
    if "most_recent" in used.values() and updated_at not in columns:
        faults.append(
            Fault(
                f"rule most_recent needs the column {updated_at!r}",
                where="records",
                remedy="add the column, or take another rule",
            )
        )
    if "source_order" in used.values() and not source_order:
        faults.append(Fault("rule source_order needs an order", where="source_order", remedy="name the sources"))
    if not used:
        faults.append(
            Fault(
                "no field to carry",
                where="rules",
                allowed=", ".join(STANDARD_RULES),
                remedy="map at least one of these fields",
            )
        )
    if faults:
        raise InputError(faults)
    lost = int(records[["customer_id", "source", "record_id"]].isna().any(axis=1).sum())
    if lost:
        faults.append(
            Fault(
                f"{lost:,} records without customer, source or id",
                where="records",
                remedy="fill in customer, source and id of every record",
            )
        )
    for field in [field for field, rule in used.items() if rule == "strictest"]:
        order = tuple(orders.get(field, REFUSAL_FIRST))
        strange = [value for value in records[field].dropna().unique() if value not in order]
        if strange:
            known = ", ".join(str(value) for value in order)
            faults.append(
                Fault(
                    f"values of no known strictness: {some_of(strange)}",
                    where=f"field {field!r}",
                    allowed=known,
                    remedy="write these values as one of those allowed",
                )
            )
    if faults:
        raise InputError(faults)
    return used


def _ranked(records: pd.DataFrame, source_order: Sequence[str], updated_at: str) -> pd.DataFrame:
    """Sort the records so that, other things equal, a customer's first survives: newest, most trusted, first id."""
    trust = {name: place for place, name in enumerate(source_order)}
    ranked = records.assign(
        _trust=records["source"].map(trust).fillna(len(trust)), _id=records["record_id"].astype(str)
    )
    ranked["_changed"] = pd.to_datetime(records[updated_at]) if updated_at in records.columns else pd.NaT
    ranked = ranked.sort_values(
        ["customer_id", "_changed", "_trust", "source", "_id"],
        ascending=[True, False, True, True, True],
        na_position="last",
        ignore_index=True,
    )
    return ranked.assign(_rank=range(len(ranked)))


def _survivors(ranked: pd.DataFrame, field: str, rule: Rule, orders: Mapping[str, Sequence[object]]) -> pd.DataFrame:
    """Return the surviving value of one field for every customer that has one."""
    held = ranked[ranked[field].notna()]
    plain = _plain(held[field])
    best = held[["customer_id", "source", "record_id", field]].assign(_score=_score(held, plain, field, rule, orders))
    # The frame is in rank order already; a stable sort keeps it where scores are equal.
    first = best.sort_values(["customer_id", "_score"], ascending=[True, False], kind="stable")
    first = first.drop_duplicates("customer_id")
    values = pd.DataFrame({"customer_id": held["customer_id"], "plain": plain})
    filled = values["customer_id"].value_counts()
    different = values.drop_duplicates()["customer_id"].value_counts()
    return pd.DataFrame(
        {
            "customer_id": first["customer_id"].to_numpy(),
            "field": field,
            "value": first[field].astype(object).to_numpy(),
            "source": first["source"].to_numpy(),
            "record_id": first["record_id"].to_numpy(),
            "rule": rule,
            "filled": filled.reindex(first["customer_id"]).to_numpy(),
            "different": different.reindex(first["customer_id"]).to_numpy(),
        }
    )


def _plain(values: pd.Series) -> pd.Series:
    """Return values as compared, as numbers: capitals and blanks make no difference between two texts."""
    codes, unique = pd.factorize(values)
    if pd.api.types.is_string_dtype(values):
        alike = pd.factorize(pd.Series([" ".join(str(text).split()).casefold() for text in unique], dtype="str"))[0]
        codes = alike[codes]
    return pd.Series(codes, index=values.index)


def _score(
    held: pd.DataFrame, plain: pd.Series, field: str, rule: Rule, orders: Mapping[str, Sequence[object]]
) -> pd.Series:
    """Return what a rule prefers, larger first; equal scores leave the choice to the rank."""
    if rule == "most_frequent":
        return plain.groupby([held["customer_id"], plain], sort=False).transform("size")
    if rule == "source_order":
        return -held["_trust"]
    if rule == "longest":
        return held[field].astype(str).str.len()
    if rule in ("earliest", "latest"):
        order = held[field].rank(method="dense")
        return -order if rule == "earliest" else order
    if rule == "strictest":
        place = {value: -number for number, value in enumerate(orders.get(field, REFUSAL_FIRST))}
        return held[field].map(place).astype(int)
    return -held["_rank"]


def _conflicts(ranked: pd.DataFrame, origins: pd.DataFrame, updated_at: str) -> pd.DataFrame:
    some = origins[(origins["different"] > 1) & (origins["field"] != updated_at)]
    by_field = []
    for field, rows in some.groupby("field", sort=False):
        held = ranked[ranked["customer_id"].isin(rows["customer_id"]) & ranked[field].notna()]
        values: dict[object, list[str]] = {}
        columns = [held[name].tolist() for name in ("customer_id", field, "source", "_id")]
        for customer, value, source, record in zip(*columns, strict=True):
            values.setdefault(customer, []).append(f"{value} ({source} {record})")
        by_field.append(rows["customer_id"].map({customer: "; ".join(texts) for customer, texts in values.items()}))
    joined = pd.concat(by_field) if by_field else pd.Series(dtype="str")
    return some.assign(values=joined.reindex(some.index)).reset_index(drop=True)
