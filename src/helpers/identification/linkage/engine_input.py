"""Check records that lie on an engine and bring them to standard form there; only counts and ids come back.

What is checked, left out and noted is as in `helpers.identification.linkage.input`, in the same words.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from helpers.core.any_engine import each_once, is_no_number, number_of
from helpers.core.arrays import IntArray
from helpers.core.errors import SHOWN_AT_MOST, Fault, InputError
from helpers.core.matching_rows import matched_rows, unmatched_rows
from helpers.identification.linkage.batches import BatchForm
from helpers.identification.linkage.compared import ComparedField, LinkageNote
from helpers.identification.linkage.crowds import THIN_COPIES
from helpers.identification.linkage.engine_crowds import (
    any_filled,
    blank_shared_there,
    copies_there,
    count_rows,
    crowded_names_there,
    without_common,
)
from helpers.identification.linkage.fields import CHINESE, PLACEHOLDER, REPAIRED, UNREADABLE, FieldKind
from helpers.identification.linkage.input import (
    COPIES,
    NOTHING_HELD,
    FieldCounts,
    RecordsToLink,
    enough_linkable,
    field_kinds,
    field_notes,
    fields_suffice,
    idle_field,
    ids_used_twice,
    nothing_differs,
    prepare_records,
)
from helpers.identification.linkage.records import Records, note_sources
from helpers.identification.linkage.settings import LinkageSettings
from helpers.identification.linkage.spark import backend_of
from helpers.identification.linkage.spark_store import store_of
from helpers.identification.linkage.store import Store, has_value, lacks_value


class RecordsOnEngine:
    """Records ready for the model, where an engine holds them; as `PreparedRecords` otherwise.

    Parameters
    ----------
    store : Store
        Where they lie.
    records : ibis Table
        `number`, `source`, `record_id` and the standardised fields.
    fields : tuple of ComparedField
        Fields that carry information.
    aside : ibis Table or None
        Numbers of the records that do not take part.
    notes : tuple of LinkageNote
        What was found on the way.
    """

    def __init__(
        self,
        store: Store,
        records: ir.Table,
        fields: tuple[ComparedField, ...],
        aside: ir.Table | None,
        notes: tuple[LinkageNote, ...],
    ) -> None:
        self.store, self.records, self.fields, self.notes = store, records, fields, notes
        self.linked = records if aside is None else unmatched_rows(records, aside, ["number"])
        keys = records.select("number", "source", "record_id").order_by("number").to_pyarrow()
        self.keys = keys.select(["source", "record_id"]).to_pandas()
        takes_part = np.ones(len(self.keys), dtype=bool)
        if aside is not None:
            takes_part[aside.to_pyarrow()["number"].to_numpy()] = False
        self.linkable = pd.Series(takes_part)

    @property
    def names(self) -> list[str]:
        """Plain names of the fields."""
        return [field.name for field in self.fields]

    @property
    def table(self) -> pd.DataFrame:
        """Standardised fields of every record, read into this process."""
        return self._in_order(self.records)

    def values(self, rows: IntArray) -> pd.DataFrame:
        """Return the standardised fields of some records, by their numbers."""
        different, places = np.unique(rows, return_inverse=True)
        sent = self.store.send(pa.table({"number": different.astype(np.int64)}))
        found = self._in_order(matched_rows(self.records, sent, ["number"]))
        self.store.drop(sent)
        return found.iloc[places].reset_index(drop=True)

    def shares(self, name: str, values: Sequence[object]) -> list[float]:
        """Return the share of each value among the records that take part and hold the field, missing for none."""
        field = self.linked[name]
        texts = [value for value in values if isinstance(value, str)]
        counts = {f"n_{place}": (field == text).sum() for place, text in enumerate(texts)}
        found = _first_row(self.linked.aggregate(filled=field.count(), **counts))
        known = {text: found[f"n_{place}"] for place, text in enumerate(texts)}
        return [known[value] / found["filled"] if known.get(value) else np.nan for value in map(str, values)]

    def filled_shares(self) -> dict[str, float]:
        """Return by field the share of the records that take part which hold it."""
        found = _first_row(self.linked.aggregate(**{name: self.linked[name].count() for name in self.names}))
        return {name: found[name] / int(self.linkable.sum()) for name in self.names}

    def exact_groups(self, names: Sequence[str]) -> IntArray:
        """Return for each record a number that those have in common which are equal in every one of some fields.

        It is -1 for records that lack one of them, or do not take part.
        """
        whole = self.linked.select("number", *names).filter(*(has_value(ibis._[name]) for name in names))
        firsts = whole.group_by(list(names)).agg(first=whole["number"].min())
        found = whole.inner_join(firsts, list(names)).select("number", "first").to_pyarrow()
        groups = np.full(len(self.keys), -1, dtype=np.int64)
        groups[found["number"].to_numpy()] = found["first"].to_numpy()
        return groups

    def _in_order(self, records: ir.Table) -> pd.DataFrame:
        read: pd.DataFrame = records.select("number", *self.names).order_by("number").to_pyarrow().to_pandas()
        return read[self.names]


def prepare_on_engine(records: ir.Table, settings: LinkageSettings, store: Store) -> RecordsOnEngine:
    """Check records of an engine and bring every identifying field to standard form.

    Parameters
    ----------
    records : ibis Table
        With a record id and identifying fields.
    settings : LinkageSettings
        Which columns to compare, and how.
    store : Store
        Where they are to lie.

    Returns
    -------
    RecordsOnEngine
        The same records, numbers and notes as `prepare_records` gives.

    Raises
    ------
    InputError
        As `prepare_records` does.
    """
    kinds = field_kinds(records.columns, settings)
    held = [settings.source] if settings.source in records.columns else []
    raw = records.select(list(dict.fromkeys([*held, settings.record_id, *kinds])))
    rows, notes, schema = _checked_keys(raw, settings)
    raw, dropped = _unique(raw, [*held, settings.record_id], settings)
    if dropped:
        notes.append(LinkageNote("records", "repeated_rows", dropped))
    staged = store.stage(raw, BatchForm(schema, settings.source, settings.record_id, tuple(kinds.items())))
    fields, noted = _varying(staged, kinds, rows - dropped)
    notes.extend(noted)
    blanked, shared = blank_shared_there(staged, fields, store)
    notes.extend(shared)
    numbered = store.number(blanked, ["source", "record_id"])
    store.drop(staged)
    differing = _differing(numbered, [field.name for field in fields])
    fields = [field for field in fields if differing[field.name]]
    notes.extend(fields_suffice(fields))
    aside, left_out = _set_aside(numbered, rows - dropped, fields, settings, store)
    return RecordsOnEngine(store, numbered, tuple(fields), aside, (*notes, *left_out))


def check_records(records: Records, settings: LinkageSettings) -> RecordsToLink:
    """Check records and bring them to standard form: where they lie, if they are beyond memory, else in this process.

    Parameters
    ----------
    records : pandas.DataFrame, ibis Table, or mapping of str to pandas.DataFrame
        As in `helpers.identification.linkage.link_records`.
    settings : LinkageSettings
        Which columns to compare, and how.

    Raises
    ------
    InputError
        When records cannot be distinguished, or nothing in them identifies anybody.
    """
    store = store_of(records, settings, backend_of(records))
    if store is None or not isinstance(records, ir.Table):
        return prepare_records(records, settings)
    with store.faults():
        return prepare_on_engine(records, settings, store)


def _first_row(expression: ir.Table) -> dict[str, Any]:
    row: dict[str, Any] = expression.to_pyarrow().to_pylist()[0]
    return row


def _missing(column: Any) -> Any:
    return lacks_value(column) | is_no_number(column) if column.type().is_floating() else lacks_value(column)


def _checked_keys(raw: ir.Table, settings: LinkageSettings) -> tuple[int, list[LinkageNote], pa.Schema]:
    """Refuse records without source or id; return how many there are, and the types of their columns when read."""
    held = settings.source in raw.columns
    lost = _missing(raw[settings.record_id])
    gaps = {
        f"missing_{place}": lacks_value(raw[name]).any()
        for place, name in enumerate(raw.columns)
        if raw[name].type().is_integer()
    }
    if held:
        lost = lost | _missing(raw[settings.source])
        gaps["sources"] = raw[settings.source].nunique(where=~_missing(raw[settings.source]))
    found = _first_row(raw.aggregate(rows=raw.count(), lost=number_of(lost).sum(), **gaps))
    notes = note_sources(found.get("sources", 1), settings)
    if found["lost"]:
        raise InputError(
            Fault(
                f"{found['lost']:,} of {found['rows']:,} records have no source or no id",
                where="records",
                remedy="fill in source and id of every record",
            )
        )
    # Whole numbers with gaps are numbers with decimals in a frame, and are written as such.
    fields = [
        pa.field(field.name, pa.float64()) if found.get(f"missing_{place}") else field
        for place, field in enumerate(raw.schema().to_pyarrow())
    ]
    return int(found["rows"]), notes, pa.schema([pa.field(field.name, field.type) for field in fields])


def _unique(raw: ir.Table, names: Sequence[str], settings: LinkageSettings) -> tuple[ir.Table, int]:
    """Make sure each record is named once; return the records and how many rows only repeated another one."""

    def repeated(table: ir.Table) -> ir.Table:
        counts = table.group_by(list(names)).agg(n=table.count())
        return counts.filter(counts["n"] > 1)

    if not count_rows(repeated(raw)):
        return raw, 0
    unique = each_once(raw)
    twice = repeated(unique)
    count = count_rows(twice)
    if count:
        written = [twice[name].cast("string") for name in names]
        first = twice.select(**{f"part_{place}": part for place, part in enumerate(written)})
        rows = first.order_by(first.columns).limit(SHOWN_AT_MOST).to_pyarrow().to_pylist()
        named = [] if settings.source in names else ["records"]
        raise InputError(ids_used_twice([" ".join([*named, *row.values()]) for row in rows], count, settings))
    return unique, count_rows(raw) - count_rows(unique)


def _varying(
    staged: ir.Table, kinds: Mapping[str, FieldKind], records: int
) -> tuple[list[ComparedField], list[LinkageNote]]:
    """Return the fields that hold two different values or more, and what is noted of all."""
    asked: dict[str, Any] = {}
    for number in range(len(kinds)):
        text, marks = staged[f"field_{number}"], staged[f"marks_{number}"]
        asked[f"filled_{number}"] = text.count()
        for mark in (PLACEHOLDER, REPAIRED, UNREADABLE, CHINESE):
            asked[f"seen_{number}_{mark}"] = number_of((marks.cast("int64") & mark) > 0).sum()
    found = _first_row(staged.aggregate(**asked))
    differing = _differing(staged, [f"field_{number}" for number in range(len(kinds))])
    fields: list[ComparedField] = []
    notes: list[LinkageNote] = []
    for number, (column, kind) in enumerate(kinds.items()):
        seen = [int(found[f"seen_{number}_{mark}"] or 0) for mark in (PLACEHOLDER, REPAIRED, UNREADABLE, CHINESE)]
        notes.extend(field_notes(column, kind, FieldCounts(int(found[f"filled_{number}"]), *seen)))
        if differing[f"field_{number}"]:
            fields.append(ComparedField(column, kind, f"field_{number}"))
        else:
            notes.append(idle_field(column, filled=found[f"filled_{number}"] > 0, records=records))
    if not fields:
        empty = [column for number, column in enumerate(kinds) if not found[f"filled_{number}"]]
        raise InputError(nothing_differs(kinds, empty, records))
    return fields, notes


def _differing(table: ir.Table, names: Sequence[str]) -> dict[str, bool]:
    """Say which columns hold two different values or more."""
    ends = {f"{end}_{name}": getattr(table[name], end)() for name in names for end in ("min", "max")}
    found = _first_row(table.aggregate(**ends))
    return {name: found[f"min_{name}"] != found[f"max_{name}"] for name in names}


def _set_aside(
    records: ir.Table, count: int, fields: Sequence[ComparedField], settings: LinkageSettings, store: Store
) -> tuple[ir.Table | None, list[LinkageNote]]:
    """Find the records that identify nobody, and crowds of placeholders; as `helpers.identification.linkage.input`."""
    identifying = without_common(fields)
    held = records.select("number", *(field.name for field in identifying))
    filled = any_filled(held, identifying)
    blank = count_rows(held.filter(~filled))
    notes = [LinkageNote("records", NOTHING_HELD, blank)] if blank else []
    nameless = crowded_names_there(held, identifying, settings, store)
    notes.extend(nameless.notes)
    rest = held.filter(filled)
    rest = rest if nameless.numbers is None else unmatched_rows(rest, nameless.numbers, ["number"])
    few = min(THIN_COPIES * settings.names_alone_at_most, settings.copies_at_most)
    least = min(few, settings.names_alone_at_most, settings.copies_at_most)
    copies = copies_there(rest, identifying, least, store)
    out = [] if not blank else [held.filter(~filled).select("number")]
    out += [] if nameless.numbers is None else [nameless.numbers]
    if copies is not None:
        most = ibis.ifelse(copies["thin"], few, settings.copies_at_most)
        crowd, left = copies.filter(copies["copies"] > most), copies.filter(copies["copies"] <= most)
        several = left.filter(left["copies"] > settings.names_alone_at_most)
        own = {"most": settings.copies_at_most, "few": few}
        for what, some, named in (
            (COPIES, crowd, own),
            ("copies_joined", several, {"most": settings.names_alone_at_most}),
        ):
            if number := count_rows(some):
                notes.append(LinkageNote("records", what, number, {**named, "example": _example(records, some)}))
        out.append(crowd.select("number"))
    aside = store.keep(ibis.union(*out, distinct=False) if len(out) > 1 else out[0]) if out else None
    enough_linkable(count - (0 if aside is None else count_rows(aside)), notes)
    return aside, notes


def _example(records: ir.Table, some: ir.Table) -> str:
    """Return source and id of the first of some records."""
    first = some.aggregate(number=some["number"].min())
    row = _first_row(matched_rows(records, first, ["number"]).select("source", "record_id"))
    return f"{row['source']} {row['record_id']}"
