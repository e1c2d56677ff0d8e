"""What the tables of a client have to do with each other: keys of one in another, facts that hang on a key."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis

from helpers.core.matching_rows import matched_rows
from helpers.study.proposal.column_names import LEAST, known_names, nearness, words_of
from helpers.study.proposal.roles import MARK_CUSTOMER, Match, Roles, roles_in
from helpers.study.proposal.tables import Seen

_NEARLY_ALL = 0.8
_LONG = 200_000
_MANY = 1_000
_OF_THE_ORDER = (MARK_CUSTOMER, "time", "order_id")
_OF_A_LINE = ("product_id", "quantity")


@dataclass(frozen=True)
class Joined:
    """A second table whose columns are added by a key.

    Parameters
    ----------
    seen : Seen
        The second table.
    on : tuple of str
        The key's column in the first and in the second.
    columns : dict of str to str
        New name to column of the second.
    matched, rows : int
        Rows of the first that find a partner, and all.
    """

    seen: Seen
    on: tuple[str, str]
    columns: dict[str, str]
    matched: int
    rows: int


def order_of_lines(lines: Seen, others: Sequence[Seen]) -> tuple[Roles, Joined] | None:
    """Return the roles of order lines whose customer or time stands in a table of orders, and that table.

    Parameters
    ----------
    lines : Seen
        A table that may hold lines of orders.
    others : sequence of Seen
        The other tables of the client.
    """
    own = roles_in("transactions", lines.name, lines.facts)
    lacking = [name for name in _OF_THE_ORDER if name not in own.matches]
    if not lacking or lacking == ["order_id"] or not set(_OF_A_LINE) & set(own.matches):
        return None
    found = []
    for other in others:
        of_order = roles_in("transactions", other.name, other.facts)
        keys = _shared_key(lines, other, own, of_order)
        if keys is None or any(name not in of_order.matches for name in lacking if name != "order_id"):
            continue
        matched = matching_rows(lines, keys[0], other, keys[1])
        if matched >= _NEARLY_ALL * lines.look.rows:
            found.append((matched, other, of_order, keys))
    if not found:
        return None
    matched, other, of_order, keys = max(found, key=lambda one: one[0])
    columns = {of_order.source(name): of_order.source(name) for name in lacking if name != "order_id"}
    columns = {_free_name(new, lines, other): theirs for new, theirs in columns.items()}
    new_names = {theirs: new for new, theirs in columns.items()}
    matches = dict(own.matches)
    for name in lacking:
        if name == "order_id":
            matches[name] = _renamed(of_order, name, keys[0])
        else:
            matches[name] = _renamed(of_order, name, new_names[of_order.source(name)])
    roles = Roles("transactions", matches, own.extra, own.hinted)
    return roles, Joined(other, keys, columns, matched, lines.look.rows)


def _renamed(roles: Roles, standard: str, source: str) -> Match:
    return Match(standard, source, roles.matches[standard].sure if standard in roles.matches else LEAST)


def _free_name(name: str, first: Seen, second: Seen) -> str:
    return f"{second.name} {name}" if name in first.facts else name


def _shared_key(lines: Seen, other: Seen, own: Roles, of_order: Roles) -> tuple[str, str] | None:
    """Return the columns by which lines name their order: of one name, and each once among the orders."""
    theirs = [name for name, facts in other.facts.items() if facts.unique and facts.kind != "time"]
    for name in theirs:
        if name in lines.facts and not lines.facts[name].unique:
            return name, name
    if "order_id" in own.matches:
        for name in theirs:
            if "order_id" in of_order.matches and name == of_order.source("order_id"):
                return own.source("order_id"), name
            if words_of(name) in ("id", "number"):
                return own.source("order_id"), name
    return None


def matching_rows(first: Seen, column: str, second: Seen, key: str) -> int:
    """Return how many rows of one table have their key in another."""
    one, other = first.look.table, second.look.table
    keys = other.select(key=other[key].cast("string")).distinct()
    rows = one.select(key=one[column].cast("string"))
    count: int = matched_rows(rows, keys, ["key"]).count().to_pyarrow().as_py()
    return count


def key_of_products(lines: Seen, taken: Sequence[str], others: Sequence[Seen]) -> tuple[str, Seen] | None:
    """Return a column of order lines that is the key of another table, no customer's or order's."""
    for other in others:
        for name, facts in other.facts.items():
            mine = lines.facts.get(name)
            if mine is None or name in taken or not facts.unique or facts.kind == "time":
                continue
            # Of a list that is longer than the lines, each product may have been bought once.
            if mine.unique and other.look.rows <= lines.look.rows:
                continue
            if not words_of(name).endswith(("id", "number", "code", "sku")):
                continue
            if roles_in("customers", other.name, other.facts).matches.get(MARK_CUSTOMER):
                continue
            if matching_rows(lines, name, other, name) >= _NEARLY_ALL * lines.look.rows:
                return name, other
    return None


def group_of_products(products: Seen, others: Sequence[Seen]) -> Joined | None:
    """Return a table that names the groups of products by a key the products hold."""
    known = known_names()["tables"]["products"]["columns"]
    found = []
    for other in others:
        for name, facts in other.facts.items():
            mine = products.facts.get(name)
            if mine is None or not facts.unique or mine.unique or facts.kind == "time":
                continue
            near = max(nearness(words_of(one), known["category"]) for one in (other.name, name))
            named = _best_name(other, known["category"] + known["product_name"], name)
            if near >= LEAST and named:
                found.append((near, other, name, named))
    if not found:
        return None
    _, other, key, named = max(found, key=lambda one: one[0])
    matched = matching_rows(products, key, other, key)
    new = f"{other.name} {named}" if named in products.facts else named
    return Joined(other, (key, key), {new: named}, matched, products.look.rows)


def _best_name(other: Seen, names: Sequence[str], key: str) -> str | None:
    near = [
        (nearness(words_of(name), names), name)
        for name, facts in other.facts.items()
        if name != key and facts.kind == "text"
    ]
    best = max(near, default=(0.0, ""))
    return best[1] if best[0] >= LEAST else None


def constant_columns(table: Any, key: str, columns: Sequence[str]) -> dict[str, int]:
    """Return by column how many keys have more than one value of it, blanks counted as one.

    Parameters
    ----------
    table : ibis table
        The rows.
    key : str
        Column of the key; rows without one are passed over.
    columns : sequence of str
        Columns that may hang on the key.

    Returns
    -------
    dict of str to int
        Of long tables, counts among the keys of the first rows.
    """
    if not columns:
        return {}
    rows = _first_rows(table.filter(table[key].notnull()))
    measures: dict[str, Any] = {"all": rows.count()}
    for place, name in enumerate(columns):
        measures |= {f"n{place}": rows[name].count(), f"a{place}": rows[name].min(), f"z{place}": rows[name].max()}
    by_key = rows.group_by(key=rows[key]).aggregate(**measures)
    tests = {
        f"c{place}": (
            (by_key[f"n{place}"] > 0)
            & ((by_key[f"n{place}"] < by_key["all"]) | (by_key[f"a{place}"] != by_key[f"z{place}"]))
        ).sum()
        for place in range(len(columns))
    }
    row = by_key.aggregate(**tests).to_pyarrow().to_pylist()[0]
    return {name: int(row[f"c{place}"] or 0) for place, name in enumerate(columns)}


def repeats_by_order(table: Any, order: str, amount: str) -> float:
    """Return the share of orders of several lines in which every line has the same amount: it may be the order's."""
    table = _first_rows(table)
    groups = table.group_by(order=table[order]).aggregate(
        lines=ibis._.count(), given=table[amount].count(), low=table[amount].min(), high=table[amount].max()
    )
    several = groups.filter(groups["lines"] > 1)
    same = (several["given"] == several["lines"]) & (several["low"] == several["high"])
    row = several.aggregate(all=several.count(), same=same.sum()).to_pyarrow().to_pylist()[0]
    return (row["same"] or 0) / row["all"] if row["all"] else 0.0


def blanks_within_orders(table: Any, order: str, columns: Sequence[str]) -> dict[str, int]:
    """Return by column how many rows are blank although another row of the same order is not.

    Only columns are named that are filled in every order.
    """
    measures = {f"n{place}": table[name].count() for place, name in enumerate(columns)}
    table = _first_rows(table.filter(table[order].notnull()))
    groups = table.group_by(order=table[order]).aggregate(lines=ibis._.count(), **measures)
    tests: dict[str, Any] = {}
    for place in range(len(columns)):
        given = groups[f"n{place}"]
        tests |= {f"none{place}": (given == 0).sum(), f"blank{place}": (groups["lines"] - given).sum()}
    row = groups.aggregate(**tests).to_pyarrow().to_pylist()[0] if columns else {}
    return {
        name: int(row[f"blank{place}"] or 0)
        for place, name in enumerate(columns)
        if row[f"blank{place}"] and not row[f"none{place}"]
    }


def _first_rows(table: Any) -> Any:
    """Return the first rows of a long table: what varies within a key shows in them as well."""
    return table.limit(_LONG)


def values_of(table: Any, column: str) -> list[str]:
    """Return the different values of a column, sorted; of very many, some."""
    values = table.select(value=table[column].cast("string").strip()).distinct()
    found = (
        values.filter(values["value"].notnull(), values["value"] != "").limit(_MANY).to_pyarrow().to_pydict()["value"]
    )
    return sorted(found)
