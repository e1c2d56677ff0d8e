"""What a score may learn from: applicants checked as a whole, every fault named at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.core.arrays import BoolArray
from helpers.core.checks import require_columns
from helpers.core.errors import CORRECT_ROWS, Fault, InputError, counted, some_of, unknown_name
from helpers.core.own_names import name_beside
from helpers.value.churn.input import LEVELS_AT_MOST, NOT_KNOWN, is_number, separates
from helpers.value.churn.learnt_columns import Note, nearly_separating, not_learnt

_WHERE = "table applicants"
_NOT_LEARNT = ("customer_id", "applied_time", "defaulted")
_EACH_AT_LEAST = 20
KNOWN = "known"
"""Of the column beside one whose missing numbers are filled."""


@dataclass(frozen=True)
class Applicants:
    """Applicants as a score takes them.

    Parameters
    ----------
    customer_id : Series
        The applicant of each row, index 0, 1, 2, …
    columns : DataFrame
        What is known of each: numbers as float64, everything else as text. Same index. A number that is missing for
        some holds their median and has a column `<name>  known` (yes, no) beside it, see `name_beside`.
    defaulted : array of bool
        Whether the credit was not repaid; False where that is not known.
    decided : array of bool
        Whether the outcome is known. The others can be scored but not learnt from.
    filled : Series
        By column with missing numbers, how many were filled; 0 rows where none was.
    notes : tuple of Note
        Columns that were not learnt from, and columns that tell nearly who defaulted.
    """

    customer_id: pd.Series
    columns: pd.DataFrame
    defaulted: BoolArray
    decided: BoolArray
    filled: pd.Series
    notes: tuple[Note, ...] = ()

    @property
    def learnt(self) -> tuple[pd.DataFrame, BoolArray]:
        """Columns and outcome of the applicants whose outcome is known."""
        return self.columns[self.decided], self.defaulted[self.decided]


def prepare_applicants(
    applicants: pd.DataFrame, *, leave_out: Sequence[str] = (), only_usable: bool = False
) -> Applicants:
    """Check applicants and turn them into what a score learns from.

    Parameters
    ----------
    applicants : DataFrame
        Standard table `applicants`: `customer_id`, `defaulted`, and at least one column to learn from.
    leave_out : sequence of str
        Columns that must not be learnt from: what is known only after the decision, or what the law forbids.
    only_usable : bool
        Whether columns that cannot be learnt from are left out, with a note each, instead of being refused.

    Returns
    -------
    Applicants
        Rows in the order given.

    Raises
    ------
    InputError
        For missing columns, ids missing or used twice, amounts that are no numbers, infinite numbers, a negative
        amount, constant columns, columns with dates or too many texts, columns that tell exactly who defaulted (perfect
        separation), and too few applicants of either kind; all faults at once.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": range(80), "defaulted": [True, False, False, True] * 20})
    >>> made = prepare_applicants(table.assign(income=[None, 10.0, 20.0, 30.0] * 20, job=["a", "b"] * 40))
    >>> made.columns.iloc[0].to_dict(), made.filled.to_dict()
    ({'income': 20.0, 'income  known': 'no', 'job': 'a'}, {'income': 20})
    """
    _require(applicants, leave_out)
    table = applicants.reset_index(drop=True)
    nameless = table["customer_id"].isna()
    twice = table["customer_id"].duplicated() & ~nameless
    faults = _rows(table, twice, "an applicant listed before", "one row per applicant")
    if nameless.any():
        faults.append(
            Fault(
                f"no customer_id in {counted(int(nameless.sum()), 'row')}",
                _WHERE,
                "an id in every row",
                remedy="fill in the ids, or leave these rows out",
            )
        )
    if "amount" in table and not is_number(table["amount"]):
        faults.append(
            Fault(
                f"amount is no number: {some_of(table['amount'].unique().tolist())}",
                _WHERE,
                "numbers",
                remedy="map the amounts as numbers",
            )
        )
    found, defaulted, decided = _outcome(table)
    faults += found
    columns: dict[str, pd.Series] = {}
    filled: dict[str, int] = {}
    notes: list[Note] = []
    for name in (name for name in table.columns if name not in (*_NOT_LEARNT, *leave_out)):
        made, missing, of_column = _number(table, name) if is_number(table[name]) else _text(table, name)
        # Faults of the values come first: whether a faulty column tells anything is no question yet.
        for part in made if not of_column else ():
            of_column += _uninformative(part, defaulted, decided)
        if of_column and only_usable:
            notes.append(not_learnt(str(name), of_column))
            continue
        if missing:
            filled[name] = missing
        columns |= {str(part.name): part for part in made}
        faults += of_column
    if not columns and notes:
        faults.append(Fault("no column is left to learn from", _WHERE, remedy=notes[0].what))
    if faults:
        raise InputError(faults)
    counts = pd.Series(filled, name="filled", dtype="int64")
    learnable = pd.DataFrame(columns, index=table.index)
    notes += nearly_separating(learnable[decided], defaulted[decided], outcome="who defaulted")
    return Applicants(table["customer_id"], learnable, defaulted, decided, counts, tuple(notes))


def _require(applicants: pd.DataFrame, leave_out: Sequence[str]) -> None:
    known = [str(name) for name in applicants.columns]
    require_columns(known, ("customer_id", "defaulted"), where=_WHERE)
    faults = [unknown_name(name, known, kind="column", where="leave_out") for name in leave_out if name not in known]
    if not faults and not set(known) - {*_NOT_LEARNT, *leave_out}:
        faults.append(Fault("no column is left to learn from", _WHERE, remedy="add attributes of the applicants"))
    if faults:
        raise InputError(faults)


def _rows(
    table: pd.DataFrame, bad: "pd.Series | BoolArray", what: str, allowed: str, remedy: str = CORRECT_ROWS
) -> list[Fault]:
    named = table["customer_id"].to_numpy()[np.asarray(bad, dtype=bool)].tolist()
    return [Fault(f"{what}: {counted(len(named), 'row')}: {some_of(named)}", _WHERE, allowed, remedy)] if named else []


def _outcome(table: pd.DataFrame) -> tuple[list[Fault], BoolArray, BoolArray]:
    given = table["defaulted"]
    decided: BoolArray = given.notna().to_numpy()
    defaulted: BoolArray = given.isin([True]).to_numpy()
    strange = decided & ~given.isin([True, False]).to_numpy()
    faults = _rows(table, strange, "defaulted is no flag", "true or false, missing while not known")
    if not faults:
        for count, kind in ((int(defaulted.sum()), "defaulted"), (int((decided & ~defaulted).sum()), "repaid")):
            if count < _EACH_AT_LEAST:
                remedy = "give more applicants whose outcome is known"
                faults.append(Fault(f"{count} applicants {kind}", _WHERE, f"{_EACH_AT_LEAST} or more", remedy))
    return faults, defaulted, decided


def _number(table: pd.DataFrame, name: str) -> tuple[list[pd.Series], int, list[Fault]]:
    values = table[name].astype("float64")
    missing = values.isna()
    faults = _rows(table, np.isinf(values), f"{name} is infinite", "finite numbers")
    if name == "amount":
        faults += _rows(table, values < 0, "a negative amount", "0 or more")
    if missing.all():
        faults.append(Fault(f"column {name!r} is empty", _WHERE, remedy="leave the column out"))
    if not missing.any():
        return [values], 0, faults
    known = pd.Series(np.where(missing, "no", "yes"), index=table.index, name=name_beside(name, KNOWN), dtype="str")
    return [values.fillna(values.median()), known], int(missing.sum()), faults


def _text(table: pd.DataFrame, name: str) -> tuple[list[pd.Series], int, list[Fault]]:
    if pd.api.types.is_datetime64_any_dtype(table[name]):
        what, remedy = f"column {name!r} holds dates", "turn it into months, or leave it out"
        return [], 0, [Fault(what, _WHERE, "numbers, texts, flags", remedy)]
    words = table[name].astype("str").where(table[name].notna(), NOT_KNOWN)
    levels = sorted(words.unique())
    if len(levels) > LEVELS_AT_MOST:
        what = f"column {name!r} holds {len(levels):,} different texts: {some_of(levels, at_most=3)}"
        return [], 0, [Fault(what, _WHERE, f"at most {LEVELS_AT_MOST}", "group them, or leave the column out")]
    return [words], 0, []


def _uninformative(column: pd.Series, defaulted: BoolArray, decided: BoolArray) -> list[Fault]:
    if column.nunique() < 2:
        what = f"column {column.name!r} is constant: {some_of(column.unique().tolist())} in all {len(column):,} rows"
        return [Fault(what, _WHERE, remedy="leave the column out")]
    learnt, outcome = column[decided], defaulted[decided]
    if not outcome.any() or outcome.all() or not separates(learnt, outcome):
        return []
    what = f"column {column.name!r} alone tells exactly who defaulted (perfect separation in all {len(learnt):,} rows)"
    return [Fault(what, _WHERE, "what was known before the decision", "leave the column out")]
