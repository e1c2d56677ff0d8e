"""Check the records to be linked and bring them to the form the model works on.

Nothing doubtful is merged or dropped in silence: every record keeps a row in the clusters, and whatever was left out of
the comparison is noted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from helpers.core.arrays import IntArray
from helpers.core.errors import Fault, InputError, some_of
from helpers.identification.linkage.compared import ComparedField, LinkageNote
from helpers.identification.linkage.crowds import CROWDED_NAMES, THIN_COPIES, blank_shared, crowded_names, thin_records
from helpers.identification.linkage.fields import (
    COMMON_KINDS,
    NAME_KINDS,
    STANDARD_FIELD_KINDS,
    UNIQUE_KINDS,
    FieldKind,
    Standardised,
    is_chinese,
    standardise_field,
)
from helpers.identification.linkage.records import Records, one_frame
from helpers.identification.linkage.settings import LinkageSettings

__all__ = ["ComparedField", "LinkageNote", "PreparedRecords", "Records", "RecordsToLink", "prepare_records"]

NOTHING_HELD, COPIES = "nothing_held", "copies_set_aside"
"""Kinds of note on records that are not linked; a third is `helpers.identification.linkage.crowds.CROWDED_NAMES`."""
_WHY_NOT_LINKED: Mapping[str, str] = {
    NOTHING_HELD: "{:,} records have no identifying value",
    CROWDED_NAMES: "{:,} records hold nothing that identifies but a name that many share",
    COPIES: "{:,} records are copies of one another and look like placeholders",
}


@dataclass(frozen=True)
class PreparedRecords:
    """Records ready for the model.

    Parameters
    ----------
    keys : pandas.DataFrame
        `source` and `record_id` of every record, sorted; the row number is the record's number everywhere else.
    table : pandas.DataFrame
        Standardised fields (columns are the plain names), same rows.
    fields : tuple of ComparedField
        Fields that carry information.
    linkable : pandas.Series
        True for records that take part; the rest stay customers of their own.
    notes : tuple of LinkageNote
        What was found on the way.
    """

    keys: pd.DataFrame
    table: pd.DataFrame
    fields: tuple[ComparedField, ...]
    linkable: pd.Series
    notes: tuple[LinkageNote, ...]

    def values(self, rows: IntArray) -> pd.DataFrame:
        """Return the standardised fields of some records, by their numbers."""
        return self.table.iloc[rows].reset_index(drop=True)

    def shares(self, name: str, values: Sequence[object]) -> list[float]:
        """Return the share of each value among the records that take part and hold the field, missing for none."""
        frequency = self.table.loc[self.linkable, name].value_counts(normalize=True)
        return [float(frequency.get(value, np.nan)) for value in values]

    def filled_shares(self) -> dict[str, float]:
        """Return by field the share of the records that take part which hold it."""
        linked = self.table[self.linkable]
        return {field.name: float(linked[field.name].notna().mean()) for field in self.fields}

    def exact_groups(self, names: Sequence[str]) -> IntArray:
        """Return for each record a number that those have in common which are equal in every one of some fields.

        It is -1 for records that lack one of them, or do not take part.
        """
        compared = self.table[list(names)]
        groups = compared.groupby(list(names), sort=False, dropna=False).ngroup()
        kept = groups.mask(compared.isna().any(axis=1) | ~self.linkable, -1)
        return np.asarray(kept, dtype=np.int64)


class RecordsToLink(Protocol):
    """Records ready for the model, in this process (`PreparedRecords`) or on an engine.

    Of those on an engine `table` reads every field of every record into this process: it is for few records.
    """

    @property
    def keys(self) -> pd.DataFrame:
        """`source` and `record_id` of every record, sorted."""
        ...

    @property
    def table(self) -> pd.DataFrame:
        """Standardised fields of every record."""
        ...

    @property
    def fields(self) -> tuple[ComparedField, ...]:
        """Fields that carry information."""
        ...

    @property
    def linkable(self) -> pd.Series:
        """True for records that take part."""
        ...

    @property
    def notes(self) -> tuple[LinkageNote, ...]:
        """What was found on the way."""
        ...

    def values(self, rows: IntArray) -> pd.DataFrame:
        """Return the standardised fields of some records, by their numbers."""
        ...

    def shares(self, name: str, values: Sequence[object]) -> list[float]:
        """Return the share of each value among the records that take part and hold the field, missing for none."""
        ...

    def filled_shares(self) -> dict[str, float]:
        """Return by field the share of the records that take part which hold it."""
        ...

    def exact_groups(self, names: Sequence[str]) -> IntArray:
        """Return for each record a number that those have in common which are equal in every one of some fields."""
        ...


def prepare_records(records: Records, settings: LinkageSettings) -> PreparedRecords:
    """Check records and bring every identifying field to standard form.

    Parameters
    ----------
    records : pandas.DataFrame, ibis Table, or mapping of str to pandas.DataFrame
        One frame or table of an engine (with or without a source column), or one frame per source.
    settings : LinkageSettings
        Which columns to compare, and how.

    Returns
    -------
    PreparedRecords
        Sorted by source and record, so that the order of the input never matters.

    Raises
    ------
    InputError
        When records cannot be distinguished, or nothing in them identifies anybody.
    """
    frame, notes = one_frame(records, settings)
    kinds = field_kinds(list(frame.columns), settings)
    keys, frame, repeated = _unique_records(frame, settings, list(kinds))
    notes.extend(repeated)
    fields, values = [], {}
    for number, (column, kind) in enumerate(kinds.items()):
        standard = standardise_field(frame[column], kind)
        notes.extend(_field_notes(column, kind, standard))
        if _varies(standard.text):
            fields.append(ComparedField(column, kind, f"field_{number}"))
            values[f"field_{number}"] = standard.text
        else:
            notes.append(idle_field(column, filled=bool(standard.text.notna().any()), records=len(frame)))
    if not fields:
        empty = [column for column, kind in kinds.items() if standardise_field(frame[column], kind).text.isna().all()]
        raise InputError(nothing_differs(kinds, empty, len(frame)))
    table, shared = blank_shared(pd.DataFrame(values, index=frame.index), fields)
    notes.extend(shared)
    fields = [field for field in fields if _varies(table[field.name])]
    table = table[[field.name for field in fields]]
    notes.extend(fields_suffice(fields))
    linkable, set_aside = _linkable(table, keys, fields, settings)
    return PreparedRecords(keys, table, tuple(fields), linkable, (*notes, *set_aside))


def field_kinds(named: Sequence[object], settings: LinkageSettings) -> dict[str, FieldKind]:
    """Return the columns to compare among those of the records, and what they hold."""
    if settings.fields is None:
        found = {column: kind for column, kind in STANDARD_FIELD_KINDS.items() if column in named}
        if not found:
            raise InputError(
                Fault(
                    f"no identifying field among the columns {some_of(named)}",
                    where="records",
                    allowed=", ".join(STANDARD_FIELD_KINDS),
                    remedy="rename the columns, or list them with their kinds in the setting fields",
                )
            )
        return found
    if not settings.fields:
        raise InputError(Fault("no identifying fields given", where="fields", remedy="name at least one column"))
    columns = [str(column) for column in named]
    missing = [column for column in settings.fields if column not in columns]
    if missing:
        raise InputError(
            [
                Fault(
                    f"no column {column!r} in the records",
                    where="fields",
                    allowed=", ".join(columns),
                    remedy="take one of these columns",
                )
                for column in missing
            ]
        )
    return dict(settings.fields)


def _unique_records(
    frame: pd.DataFrame, settings: LinkageSettings, columns: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame, list[LinkageNote]]:
    """Sort the records and make sure each is named once; a row repeated whole is one record exported twice."""
    names = [settings.source, settings.record_id]
    lost = frame[names].isna().any(axis=1)
    if lost.any():
        rows = some_of([int(row) for row in lost.to_numpy().nonzero()[0]])
        raise InputError(
            Fault(
                f"{int(lost.sum()):,} records without source or id, at rows {rows}",
                where="records",
                remedy="fill in source and id of every record",
            )
        )
    keyed = frame.assign(**{name: frame[name].astype(str) for name in names})
    # Rows are compared whole only where an id comes again at all: text is slow to compare.
    again = keyed.duplicated(names).any()
    unique = keyed.drop_duplicates([*names, *columns], ignore_index=True) if again else keyed.reset_index(drop=True)
    twice = unique[unique.duplicated(names, keep=False)] if again else unique.iloc[:0]
    if len(twice):
        offending = [" ".join(pair) for pair in twice[names].drop_duplicates().sort_values(names).to_numpy()]
        raise InputError(ids_used_twice(offending, len(offending), settings))
    notes = []
    if len(unique) < len(frame):
        dropped = len(frame) - len(unique)
        notes.append(LinkageNote("records", "repeated_rows", dropped))
    unique = unique.sort_values(names, ignore_index=True)
    keys = unique[names].set_axis(["source", "record_id"], axis=1)
    return keys, unique, notes


def ids_used_twice(offending: Sequence[str], count: int, settings: LinkageSettings) -> Fault:
    """Return what is wrong where ids stand for several records; the first of them will do."""
    return Fault(
        f"{count:,} ids stand for records with different content: {some_of(offending, among=count)}",
        where=f"column {settings.record_id!r}",
        allowed="each id once per source",
        remedy="give every record an id of its own, or keep the newest record of each id",
    )


def _field_notes(column: str, kind: FieldKind, standard: Standardised) -> Iterator[LinkageNote]:
    filled = standard.text.dropna() if kind in NAME_KINDS else standard.text.iloc[:0]
    chinese = int(filled.isin([value for value in filled.unique() if is_chinese(value)]).sum())
    counts = FieldCounts(len(filled), standard.placeholders, standard.repaired, standard.unreadable, chinese)
    return field_notes(column, kind, counts)


@dataclass(frozen=True)
class FieldCounts:
    """Records whose value of a field is filled, stood for none, was repaired, cannot be read, is in Chinese."""

    filled: int
    placeholders: int
    repaired: int
    unreadable: int
    chinese: int


def field_notes(column: str, kind: FieldKind, counts: FieldCounts) -> Iterator[LinkageNote]:
    """Return what is noted of the values of a field."""
    if counts.placeholders:
        yield LinkageNote(column, "placeholders", counts.placeholders, {"kind": kind.replace("_", " ")})
    if counts.repaired:
        yield LinkageNote(column, "repaired", counts.repaired)
    if counts.unreadable:
        yield LinkageNote(column, "unreadable", counts.unreadable)
    if 0 < counts.chinese < counts.filled:
        yield LinkageNote(column, "two_scripts", counts.chinese)


def _varies(values: pd.Series) -> bool:
    """Say whether a field holds two different values or more."""
    filled = values.dropna()
    return len(filled) > 0 and bool((filled != filled.iloc[0]).any())


def idle_field(column: str, *, filled: bool, records: int) -> LinkageNote:
    """Return the note on a field that tells no record from another."""
    return LinkageNote(column, "always_the_same" if filled else "never_filled", records)


def nothing_differs(kinds: Mapping[str, FieldKind], empty: Sequence[str], records: int) -> Fault:
    """Return what is wrong where no field varies, some of them for want of any value."""
    same = [column for column in kinds if column not in empty]
    why = [f"the same value in every record that has one: {some_of(same)}"] if same else []
    why += [f"no usable value: {some_of(empty)}"] if empty else []
    return Fault(
        f"no field tells the {records:,} records apart; {'; '.join(why)}",
        where="records",
        allowed="at least one field with two different values",
        remedy="check the export, or map other columns that identify customers",
    )


def fields_suffice(fields: Sequence[ComparedField]) -> Iterator[LinkageNote]:
    """Refuse fields that many people share and nothing else would tell apart; note what one good field alone can do."""
    columns = some_of([field.column for field in fields])
    if len(fields) == 1 and fields[0].kind in UNIQUE_KINDS:
        yield LinkageNote(fields[0].column, "only_field")
    elif len(fields) == 1 or all(field.kind in NAME_KINDS for field in fields):
        raise InputError(
            Fault(
                f"nothing but {columns} to tell customers by, which different customers have in common",
                where="records",
                allowed="names with a second kind of field, or one of e-mail, telephone number and identifier",
                remedy="add a date of birth, an e-mail address, a telephone number, a street or an identifier",
            )
        )


def _linkable(
    values: pd.DataFrame, keys: pd.DataFrame, fields: Sequence[ComparedField], settings: LinkageSettings
) -> tuple[pd.Series, list[LinkageNote]]:
    """Say which records take part; those that identify nobody, or a crowd of placeholders, stay customers alone."""
    # Where a record lives and of which sex it is identifies nobody, and must not hide that the rest is a copy.
    identifying = [field for field in fields if field.kind not in COMMON_KINDS] or list(fields)
    held = values[[field.name for field in identifying]]
    notes = []
    blank = held.isna().all(axis=1)
    if blank.any():
        notes.append(LinkageNote("records", NOTHING_HELD, int(blank.sum())))
    nameless, named = crowded_names(held, identifying, settings)
    notes.extend(named)
    rest = ~(blank | nameless)
    copies = held[rest].groupby(list(held.columns), dropna=False, sort=False)[held.columns[0]].transform("size")
    # A name with one e-mail address, over and over, is a till or a shop sooner than a customer.
    few = min(THIN_COPIES * settings.names_alone_at_most, settings.copies_at_most)
    most = np.where(thin_records(held, identifying), few, settings.copies_at_most)
    crowd = copies.reindex(values.index, fill_value=0) > most
    if crowd.any():
        named_values = {"most": settings.copies_at_most, "few": few, "example": _example(keys, crowd)}
        notes.append(LinkageNote("records", COPIES, int(crowd.sum()), named_values))
    linkable = rest & ~crowd
    several = linkable & (copies.reindex(values.index, fill_value=0) > settings.names_alone_at_most)
    if several.any():
        named_values = {"most": settings.names_alone_at_most, "example": _example(keys, several)}
        notes.append(LinkageNote("records", "copies_joined", int(several.sum()), named_values))
    enough_linkable(int(linkable.sum()), notes)
    return linkable, notes


def enough_linkable(linkable: int, notes: Sequence[LinkageNote]) -> None:
    """Refuse fewer than two records to link, with what is noted of those set aside."""
    if linkable < 2:
        remedy = (
            "fill in what identifies the records; where the values are real, raise copies_at_most, names_alone_at_most"
        )
        raise InputError(
            [Fault(_WHY_NOT_LINKED[note.what].format(note.records), where="records", remedy=remedy) for note in notes]
            or Fault("only one record", "records", remedy="give two records or more")
        )


def _example(keys: pd.DataFrame, chosen: pd.Series) -> str:
    """Return source and id of the first of some records."""
    first = keys.loc[chosen].iloc[0]
    return f"{first['source']} {first['record_id']}"
