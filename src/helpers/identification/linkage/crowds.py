"""Values and names that stand for nobody: contact data of a shop, placeholder birthdays, "Test Customer".

A crowd of records that have one value in common looks to the model like one customer recorded often. What gives a crowd
away is what it does not have in common: one e-mail address with many names, one name with many addresses.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from helpers.core.arrays import BoolArray, IntArray
from helpers.identification.linkage.compared import ComparedField, LinkageNote
from helpers.identification.linkage.fields import COMMON_KINDS, HOME_KINDS, NAME_KINDS, UNIQUE_KINDS, is_chinese
from helpers.identification.linkage.settings import LinkageSettings

# Names that differ in their first letters, from which a value is shared contact data. A household has one telephone
# for all its members, so that it takes more of them there.
NAMES_OF_SHARED = 5
NAMES_OF_SHARED_PHONE = 8
# Chance lets some people share a birthday: a placeholder stands with more names than three times the busiest tenth of
# the dates, and a few.
DATE_TIMES, DATE_MORE, BUSY_DATES = 3, 2, 0.9
# First letters that tell two names apart; most slips and short forms come later in a name.
FIRST_LETTERS = 2
SHOWN = 3
CROWDED_NAMES = "crowded_names"
"""Kind of note on records that nothing but a name that many share could join."""
# Of copies that hold a name and one e-mail address, telephone number or street, this many times more than of a name.
THIN_COPIES = 2
# Letters or digits at either end by which two values of one name are nearly the same.
ENDS = 6
# Contact data of the thin records, the address as one.
CONTACT_KINDS = (frozenset({"email"}), frozenset({"phone"}), frozenset({"address"}))


def whole_names(table: pd.DataFrame, fields: Sequence[ComparedField]) -> pd.Series:
    """Return the whole name of every record, missing where it has none.

    One system may hold the whole name in one field, another in two.

    Parameters
    ----------
    table : pandas.DataFrame
        Standardised fields.
    fields : sequence of ComparedField
        Which of them are names.

    Returns
    -------
    pandas.Series
        Text, on the index of the table.
    """
    whole = pd.Series("", index=table.index, dtype="str")
    for field in fields:
        if field.kind in NAME_KINDS:
            whole = (whole + " " + table[field.name].fillna("")).str.strip()
    return whole.where(whole != "")


def _first_letters(name: str) -> str:
    """Return the first letters of the words of a name in one order, so that swapped names are the same."""
    return " ".join(
        sorted(word[:FIRST_LETTERS] if word.isascii() or not is_chinese(word) else word for word in name.split())
    )


def blank_shared(table: pd.DataFrame, fields: Sequence[ComparedField]) -> tuple[pd.DataFrame, list[LinkageNote]]:
    """Take as missing what too many different names share to say who a record is.

    Parameters
    ----------
    table : pandas.DataFrame
        Standardised fields.
    fields : sequence of ComparedField
        What they hold. Nothing is blanked where there are no names.

    Returns
    -------
    tuple of pandas.DataFrame, list of LinkageNote
        The table without such values, and what was blanked.
    """
    judged = [field for field in fields if field.kind in UNIQUE_KINDS or field.kind == "date"]
    names = whole_names(table, fields)
    if not judged or names.isna().all():
        return table, []
    codes, uniques = pd.factorize(names)
    letters = pd.factorize(np.array([_first_letters(name) for name in uniques], dtype=object))[0]
    who = np.where(codes >= 0, letters[codes], -1)
    blanked, notes = {}, []
    for field in judged:
        values = table[field.name]
        held = _names_by_value(values, who)
        shared = held[held >= names_at_least(field, held)].sort_index().sort_values(ascending=False, kind="stable")
        if len(shared):
            concerned = values.isin(shared.index)
            blanked[field.name] = values.mask(concerned)
            notes.append(shared_note(field, shared, len(shared), int(concerned.sum())))
    return table.assign(**blanked), notes


def _names_by_value(values: pd.Series, who: npt.NDArray[np.int64]) -> "pd.Series[int]":
    """Return how many different names stand with each value."""
    codes, uniques = pd.factorize(values)
    known = (codes >= 0) & (who >= 0)
    # One number for value and name together: text is slow to compare.
    both = pd.unique(codes[known] * (int(who.max()) + 1) + who[known])
    held = np.bincount(both // (int(who.max()) + 1), minlength=len(uniques))
    return pd.Series(held, index=uniques)[held > 0]


def names_at_least(field: ComparedField, held: "pd.Series[int]") -> float:
    """Return with how many names a value is shared, of a date by how many stand with each of the dates."""
    if field.kind == "date":
        return max(NAMES_OF_SHARED, DATE_TIMES * float(held.quantile(BUSY_DATES)) + DATE_MORE) if len(held) else np.inf
    return NAMES_OF_SHARED_PHONE if field.kind == "phone" else NAMES_OF_SHARED


def shared_note(field: ComparedField, shared: "pd.Series[int]", values: int, records: int) -> LinkageNote:
    """Return the note on shared values: the first of them with their names, how many there are, and in what records."""
    what = "shared_date" if field.kind == "date" else "shared_contact"
    examples, more = examples_of(shared, values)
    masked = tuple((_masked(value, field), names) for value, names in examples)
    return LinkageNote(field.column, what, records, {"values": values}, masked, more)


def _masked(value: str, field: ComparedField) -> str:
    """Show enough of a value to find it, not to use it."""
    if field.kind == "date":
        return value
    if field.kind == "email":
        mailbox, _, domain = value.partition("@")
        return f"{mailbox[:2]}…@{domain}"
    return f"…{value[-4:]}"


def thin_records(filled_in: pd.DataFrame, fields: Sequence[ComparedField]) -> BoolArray:
    """Say which records hold a name and at most one e-mail address, telephone number or street, and nothing else.

    Parameters
    ----------
    filled_in : pandas.DataFrame
        Standardised fields.
    fields : sequence of ComparedField
        What they hold; those that identify nobody are left out of account.

    Returns
    -------
    numpy.ndarray
        True or false, one per record.
    """
    identifying = [field for field in fields if field.kind not in COMMON_KINDS]
    named, contacts, others = _held(filled_in, identifying)
    return np.asarray(named & (np.sum(contacts, axis=0) <= 1) & ~others, dtype=bool)


def _held(filled_in: pd.DataFrame, fields: Sequence[ComparedField]) -> tuple[BoolArray, list[BoolArray], BoolArray]:
    """Say of each record whether it has a name, each kind of contact, and anything else."""

    def any_of(chosen: Sequence[ComparedField]) -> BoolArray:
        return np.asarray(filled_in[[field.name for field in chosen]].notna().any(axis=1), dtype=bool)

    contacts = [any_of([field for field in fields if field.kind in kinds]) for kinds in CONTACT_KINDS]
    known = NAME_KINDS.union(*CONTACT_KINDS)
    return (
        any_of([field for field in fields if field.kind in NAME_KINDS]),
        contacts,
        any_of([field for field in fields if field.kind not in known]),
    )


def crowded_names(
    filled_in: pd.DataFrame, fields: Sequence[ComparedField], settings: LinkageSettings
) -> tuple[BoolArray, list[LinkageNote]]:
    """Find records that nothing but a name could join, where more than a few share it ("Cash Customer").

    Such a record holds nothing that identifies but the name, or one contact more that no other record of the name has.

    Parameters
    ----------
    filled_in : pandas.DataFrame
        Standardised fields that identify.
    fields : sequence of ComparedField
        What they hold.
    settings : LinkageSettings
        `names_alone_at_most`.

    Returns
    -------
    tuple of numpy.ndarray, list of LinkageNote
        The records to set aside, and what is noted of them.
    """
    names = whole_names(filled_in, fields)
    alone = pd.Series(thin_records(filled_in, fields), index=filled_in.index)
    for field in fields:
        if alone.any() and field.kind not in NAME_KINDS:
            alone &= ~_joined_within(filled_in[field.name], names, field)
    crowded = names[alone]
    crowded = crowded[crowded.groupby(crowded).transform("size") > settings.names_alone_at_most]
    if crowded.empty:
        return np.zeros(len(filled_in), dtype=bool), []
    counts = crowded.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    named = {"most": settings.names_alone_at_most}
    note = LinkageNote("records", CROWDED_NAMES, len(crowded), named, *examples_of(counts))
    return np.asarray(filled_in.index.isin(crowded.index), dtype=bool), [note]


def examples_of(counts: "pd.Series[int]", values: int | None = None) -> tuple[tuple[tuple[str, int], ...], int]:
    """Return the first values with their counts, and how many there are beside them, of so many values in all."""
    shown = tuple((str(name), int(count)) for name, count in counts.head(SHOWN).items())
    return shown, max((len(counts) if values is None else values) - SHOWN, 0)


def _joined_within(values: pd.Series, names: pd.Series, field: ComparedField) -> pd.Series:
    """Say which values another record holds too: of any name, or nearly the same where the name is the same."""
    filled = values.notna()
    if field.kind not in HOME_KINDS and field.kind != "phone":
        return filled & values.duplicated(keep=False)
    # A slip spares the first letters or the last. Strangers may well live in streets of one name.
    ends = [pd.DataFrame({"name": names, "end": end}) for end in (values.str[:ENDS], values.str[-ENDS:])]
    near = ends[0].duplicated(keep=False) | ends[1].duplicated(keep=False)
    return filled & (near | values.duplicated(keep=False) if field.kind == "phone" else near)


def says_who(field: ComparedField) -> bool:
    """Say whether a field tells two people of one name apart."""
    return field.kind not in NAME_KINDS and field.kind not in COMMON_KINDS


def both_say_who(table: pd.DataFrame, fields: Sequence[ComparedField], pairs: pd.DataFrame) -> BoolArray:
    """Say which pairs both hold a field that tells two people of one name apart.

    Parameters
    ----------
    table : pandas.DataFrame
        Standardised fields, one row per record.
    fields : sequence of ComparedField
        What they hold.
    pairs : pandas.DataFrame
        Row numbers `left` and `right`.

    Returns
    -------
    numpy.ndarray
        True or false, one per pair.
    """
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    comparable = np.zeros(len(left), dtype=bool)
    for field in fields:
        if says_who(field):
            filled = table[field.name].notna().to_numpy()
            comparable |= filled[left] & filled[right]
    return comparable


def joined_bare(pairs: pd.DataFrame, comparable: BoolArray, customer_ids: npt.NDArray[np.int64]) -> IntArray:
    """Return the records that meet those of their customer on nothing but a name.

    Parameters
    ----------
    pairs : pandas.DataFrame
        Pairs taken for one customer: row numbers `left` and `right`.
    comparable : numpy.ndarray
        From `both_say_who`.
    customer_ids : numpy.ndarray
        Customer of every record.

    Returns
    -------
    numpy.ndarray
        Row numbers.
    """
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    kept = customer_ids[left] == customer_ids[right]
    left, right, comparable = left[kept], right[kept], comparable[kept]
    # A record may meet one of its customer's by the name alone and another by a date of birth.
    met = np.zeros(len(customer_ids), dtype=bool)
    met[left[comparable]] = met[right[comparable]] = True
    bare = np.unique(np.concatenate([left[~comparable], right[~comparable]]))
    return np.asarray(bare[~met[bare]], dtype=np.int64)


def joined_by_name(bare: pd.DataFrame, fields: Sequence[ComparedField]) -> LinkageNote:
    """Return the note on records that were joined on nothing but a name."""
    names = whole_names(bare, fields).value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return LinkageNote("clusters", "joined_by_name", len(bare), {}, *examples_of(names))
