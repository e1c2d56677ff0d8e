"""Values and names that stand for nobody, found among records that lie on an engine, by counts alone.

The rules are those of `helpers.identification.linkage.crowds` and give the same records; only what a note shows comes
back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.matching_rows import matched_rows, unmatched_rows
from helpers.core.own_names import own_name
from helpers.identification.linkage.compared import ComparedField, LinkageNote
from helpers.identification.linkage.crowds import (
    CONTACT_KINDS,
    CROWDED_NAMES,
    ENDS,
    FIRST_LETTERS,
    NAMES_OF_SHARED,
    SHOWN,
    examples_of,
    names_at_least,
    shared_note,
)
from helpers.identification.linkage.fields import COMMON_KINDS, HOME_KINDS, NAME_KINDS, UNIQUE_KINDS
from helpers.identification.linkage.settings import LinkageSettings
from helpers.identification.linkage.store import Store, has_value, lacks_value

_SHARED = own_name("shared")
CHINESE_LETTER = "[\u3400-\u9fff\U00020000-\U0010ffff]"
"""As `helpers.identification.linkage.fields.is_chinese` knows one."""


def whole_name(table: ir.Table, fields: Sequence[ComparedField]) -> Any:
    """Return the whole name of every record, missing where it has none; see `crowds.whole_names`."""
    parts = [table[field.name].fill_null("") for field in fields if field.kind in NAME_KINDS]
    return reduce(lambda whole, part: (whole + " " + part).strip(), parts, ibis.literal("")).nullif("")


def first_letters(name: Any) -> Any:
    """Return the first letters of the words of a name in one order; see `crowds`."""

    def begins(word: Any) -> Any:
        return ibis.ifelse(word.re_search(CHINESE_LETTER), word, word.left(FIRST_LETTERS))

    return name.split(" ").map(begins).sort().join(" ")


def count_rows(table: ir.Table) -> int:
    """Return the number of rows of an expression."""
    return int(table.count().to_pyarrow().as_py())


def blank_shared_there(
    staged: ir.Table, fields: Sequence[ComparedField], store: Store
) -> tuple[ir.Table, list[LinkageNote]]:
    """Take as missing what too many different names share; as `helpers.identification.linkage.crowds.blank_shared`.

    Parameters
    ----------
    staged : ibis Table
        Standardised fields.
    fields : sequence of ComparedField
        What they hold; each has a value somewhere.
    store : Store
        Where they lie.

    Returns
    -------
    tuple of ibis Table, list of LinkageNote
        `source`, `record_id` and the fields without such values, and what was blanked.
    """
    judged = [field for field in fields if field.kind in UNIQUE_KINDS or field.kind == "date"]
    blanked = staged.select("source", "record_id", *(field.name for field in fields))
    if not judged or not any(field.kind in NAME_KINDS for field in fields):
        return blanked, []
    held = [staged[field.name] for field in judged]
    named = store.keep(
        staged.select(*held, who=first_letters(whole_name(staged, fields))).filter(has_value(ibis._.who))
    )
    notes = []
    for field in judged:
        shared = _shared_values(named, field, store)
        values = count_rows(shared)
        if values:
            blanked, note = _without(blanked, shared, values, field)
            notes.append(note)
    store.drop(named)
    return blanked, notes


def _shared_values(named: ir.Table, field: ComparedField, store: Store) -> ir.Table:
    """Return the values (`value`) that too many names share, and how many (`names`)."""
    known = named.select("who", value=named[field.name]).filter(has_value(ibis._.value))
    if field.kind != "date":  # with fewer records than names are needed, no value is shared
        often = known.group_by("value").agg(n=known.count()).filter(ibis._.n >= NAMES_OF_SHARED)
        known = matched_rows(known, often, ["value"])
    held = known.group_by("value", "who").agg().group_by("value").agg(names=ibis._.count())
    held = store.keep(held)
    counts = held.group_by("names").agg(n=held.count()).order_by("names").to_pyarrow()
    of_values = pd.Series(np.repeat(counts["names"].to_numpy(), counts["n"].to_numpy()))
    least = names_at_least(field, of_values)
    return held.filter(held["names"] >= (float(least) if np.isfinite(least) else 2.0**62))


def _without(table: ir.Table, shared: ir.Table, values: int, field: ComparedField) -> tuple[ir.Table, LinkageNote]:
    first = shared.order_by(shared["names"].desc(), "value").limit(SHOWN).to_pyarrow()
    examples = pd.Series(first["names"].to_pylist(), index=first["value"].to_pylist())
    concerned = count_rows(matched_rows(table, shared.rename({field.name: "value"}), [field.name]))
    found = shared.select(**{_SHARED: shared["value"]})
    joined = table.left_join(found, table[field.name] == found[_SHARED])
    kept = {name: joined[name] for name in table.columns}
    kept[field.name] = ibis.ifelse(lacks_value(joined[_SHARED]), joined[field.name], ibis.null("string"))
    return joined.select(**kept), shared_note(field, examples, values, concerned)


def any_filled(table: ir.Table, fields: Sequence[ComparedField]) -> Any:
    """Return whether a record has a value in any of some fields."""
    return reduce(or_, [has_value(table[field.name]) for field in fields], ibis.literal(False))


def is_thin(table: ir.Table, fields: Sequence[ComparedField]) -> Any:
    """Return whether a record holds a name and one contact at most; as `crowds.thin_records`."""
    kinds: list[frozenset[Any]] = [NAME_KINDS, *CONTACT_KINDS]
    named, *contacts = [any_filled(table, [field for field in fields if field.kind in kind]) for kind in kinds]
    others = any_filled(table, [field for field in fields if field.kind not in frozenset[Any]().union(*kinds)])
    one_at_most = [~(one & other) for place, one in enumerate(contacts) for other in contacts[place + 1 :]]
    return reduce(and_, [named, ~others, *one_at_most])


@dataclass(frozen=True)
class SetAside:
    """Records that do not take part: their numbers (`number`), and what is noted of them."""

    numbers: ir.Table | None
    notes: list[LinkageNote]


def crowded_names_there(
    held: ir.Table, fields: Sequence[ComparedField], settings: LinkageSettings, store: Store
) -> SetAside:
    """Find records that nothing but a name could join, where more than a few share it; as `crowds.crowded_names`.

    Parameters
    ----------
    held : ibis Table
        `number` and standardised fields.
    fields : sequence of ComparedField
        Fields that identify.
    settings : LinkageSettings
        `names_alone_at_most`.
    store : Store
        Where the records lie.
    """
    if not any(field.kind in NAME_KINDS for field in fields):
        return SetAside(None, [])
    named = held.select("number", *(field.name for field in fields), name=whole_name(held, fields))
    alone = _of_crowded_names(named.filter(is_thin(named, fields)), settings, store)
    for field in fields:
        if field.kind not in NAME_KINDS and count_rows(alone):
            joined = _joined_within(named, alone, field)
            alone = store.keep(unmatched_rows(alone, joined, ["number"]))
    crowded = _of_crowded_names(alone, settings, store)
    records = count_rows(crowded)
    if not records:
        return SetAside(None, [])
    counts = crowded.group_by("name").agg(n=crowded.count())
    first = counts.order_by(counts["n"].desc(), "name").limit(SHOWN).to_pyarrow()
    examples = pd.Series(first["n"].to_pylist(), index=first["name"].to_pylist())
    most = {"most": settings.names_alone_at_most}
    note = LinkageNote("records", CROWDED_NAMES, records, most, *examples_of(examples, count_rows(counts)))
    return SetAside(crowded.select("number"), [note])


def _of_crowded_names(alone: ir.Table, settings: LinkageSettings, store: Store) -> ir.Table:
    counts = alone.group_by("name").agg(n=alone.count())
    return store.keep(matched_rows(alone, counts.filter(counts["n"] > settings.names_alone_at_most), ["name"]))


def _joined_within(named: ir.Table, alone: ir.Table, field: ComparedField) -> ir.Table:
    """Return the numbers of the records whose value another record holds too; as `crowds`."""
    filled = named.filter(has_value(named[field.name]))
    keys: list[dict[str, Any]] = []
    if field.kind in HOME_KINDS or field.kind == "phone":
        keys += [{"name": "name", "end": filled[field.name].left(ENDS)}]
        keys += [{"name": "name", "end": filled[field.name].right(ENDS)}]
    if field.kind not in HOME_KINDS:
        keys += [{"end": filled[field.name]}]
    found = []
    for key in keys:
        ended = filled.select("number", **key)
        mine = matched_rows(ended, alone, ["number"])
        among = matched_rows(ended, mine, list(key))
        several = among.group_by(list(key)).agg(n=among.count()).filter(ibis._.n > 1)
        found.append(matched_rows(mine, several, list(key)).select("number"))
    return ibis.union(*found, distinct=True) if len(found) > 1 else found[0]


def copies_there(rest: ir.Table, fields: Sequence[ComparedField], least: int, store: Store) -> ir.Table | None:
    """Return the records of groups of more than `least` that are identical in every field, or None.

    Parameters
    ----------
    rest : ibis Table
        `number` and standardised fields of the records that may take part.
    fields : sequence of ComparedField
        Fields that identify.
    least : int
        Copies from which on, exclusive.
    store : Store
        Where the records lie.

    Returns
    -------
    ibis Table
        `number`, `copies` (records in the group) and `thin`; see `is_thin`.
    """
    values = [rest[field.name].fill_null("") for field in fields]
    filled = rest.select(
        "number", thin=is_thin(rest, fields), **{f.name: v for f, v in zip(fields, values, strict=True)}
    )
    # Numbers are grouped sooner than texts; what meets by chance is parted by the texts below.
    whole = reduce(lambda one, other: one + "\n" + other, [filled[field.name] for field in fields])
    hashed = filled.mutate(hashed=whole.hash())
    often = hashed.group_by("hashed").agg(n=hashed.count()).filter(ibis._.n > least)
    suspects = store.keep(matched_rows(hashed, often, ["hashed"]))
    names = [field.name for field in fields]
    sizes = suspects.group_by(names).agg(copies=suspects.count()).filter(ibis._.copies > least)
    if not count_rows(sizes):
        return None
    return store.keep(suspects.inner_join(sizes, names).select("number", "copies", "thin"))


def without_common(fields: Sequence[ComparedField]) -> list[ComparedField]:
    """Return the fields that identify: where a record lives and of which sex it is does not."""
    return [field for field in fields if field.kind not in COMMON_KINDS] or list(fields)
