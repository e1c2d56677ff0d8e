"""What a churn model may learn from: contracts checked as a whole, every fault at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.core.arrays import BoolArray
from helpers.core.checks import offending
from helpers.core.errors import Fault, InputError, counted, some_of, unknown_name
from helpers.value.churn.learnt_columns import Note, nearly_separating, not_learnt

LEVELS_AT_MOST = 50
NOT_KNOWN = "not known"
_AMOUNTS = ("tenure_months", "monthly_amount", "total_amount")
_NOT_LEARNT = ("customer_id", "ended")
_EACH_AT_LEAST = 20
_OUTCOME = ("who left", "table contracts")


@dataclass(frozen=True)
class ChurnData:
    """Contracts as a churn model takes them.

    Parameters
    ----------
    customer_id : Series
        The customer of each row, index 0, 1, 2, …
    columns : DataFrame
        What is known of each contract: numbers as float64, flags (also 0 and 1) as "yes" and "no", everything else as
        text. Same index.
    ended : array of bool
        Whether the customer left.
    unbilled : int
        Contracts in their first month whose missing total was taken as nil.
    not_known : int
        Missing texts, kept as a level of their own.
    notes : tuple of Note
        Columns that were not learnt from, and columns that tell nearly who left.
    """

    customer_id: pd.Series
    columns: pd.DataFrame
    ended: BoolArray
    unbilled: int
    not_known: int
    notes: tuple[Note, ...] = ()


def prepare_contracts(
    contracts: pd.DataFrame, *, leave_out: Sequence[str] = (), only_usable: bool = False
) -> ChurnData:
    """Check contracts and turn them into what a churn model learns from.

    A missing text is a level of its own. A missing number is refused, but for the total of a contract that has not been
    billed yet (tenure 0), which is nil.

    Parameters
    ----------
    contracts : DataFrame
        Standard table `contracts`: `customer_id`, `ended`, and at least one column to learn from.
    leave_out : sequence of str
        Columns that must not be learnt from, such as those known only after a customer has left.
    only_usable : bool
        Whether columns that cannot be learnt from are left out, with a note each, instead of being refused.

    Returns
    -------
    ChurnData
        Rows in the order given.

    Raises
    ------
    InputError
        For missing columns, ids missing or used twice, missing or negative numbers, constant columns, columns with
        too many texts, columns that tell exactly who left (perfect separation), and too few customers of either kind;
        all faults at once.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": range(80), "ended": [True, False, False, True] * 20})
    >>> prepare_contracts(table.assign(plan=["a", "b"] * 40, monthly_amount=range(80))).columns.dtypes.tolist()
    [<StringDtype(na_value=nan)>, dtype('float64')]
    """
    faults = _column_faults(contracts, leave_out)
    table = contracts.reset_index(drop=True)
    faults += _customers(table)
    of_ended, ended, known = _ended(table)
    faults += of_ended
    if table.empty:  # a column without rows is neither constant nor telling
        raise InputError(
            [
                *faults,
                Fault(
                    "there are no rows to learn from",
                    where="table contracts",
                    remedy="give a table of contracts with one row or more",
                ),
            ]
        )
    table, unbilled = _fill_unbilled(table)
    learnt = [name for name in table.columns if name not in (*_NOT_LEARNT, *leave_out)]
    columns: dict[str, pd.Series] = {}
    not_known, notes = 0, list[Note]()
    for name in learnt:
        of_numbers = is_number(table[name]) and (name in _AMOUNTS or not table[name].isin([0, 1]).all())
        column, of_column = _numbers(table, name) if of_numbers else _texts(table, name)
        columns[name] = column
        of_column = of_column or uninformative(column, ended, outcome_known=known)
        if of_column and only_usable:
            del columns[name]
            notes.append(not_learnt(name, of_column))
            continue
        not_known += 0 if of_numbers else int(table[name].isna().sum())
        faults += of_column
    if not columns and notes:
        faults.append(Fault("no column is left to learn from", where="table contracts", remedy=notes[0].what))
    if faults:
        raise InputError(faults)
    learnable = pd.DataFrame(columns, index=table.index)
    notes += nearly_separating(learnable, ended, outcome=_OUTCOME[0])
    return ChurnData(table["customer_id"], learnable, ended, unbilled, not_known, tuple(notes))


def _column_faults(contracts: pd.DataFrame, leave_out: Sequence[str]) -> list[Fault]:
    known = [str(name) for name in contracts.columns]
    where = "table contracts"
    faults = [
        Fault(f"column {name!r} is missing", where=where, allowed=about, remedy="map the column in study.yml")
        for name, about in (
            ("customer_id", "what names the customer"),
            ("ended", "true for customers who left, false for the others"),
        )
        if name not in known
    ]
    faults += [unknown_name(name, known, kind="column", where="leave_out") for name in leave_out if name not in known]
    if not faults and not set(known) - {*_NOT_LEARNT, *leave_out}:
        faults.append(Fault("no column is left to learn from", where=where, remedy="add attributes of the contract"))
    return faults


def _customers(table: pd.DataFrame) -> list[Fault]:
    if "customer_id" not in table:
        return []
    nameless = table["customer_id"].isna()
    twice = (table["customer_id"].duplicated() & ~nameless).to_numpy()
    faults = offending(table, twice, "a customer listed before", allowed="one contract per customer")
    if nameless.any():
        rows = counted(int(nameless.sum()), "row")
        what = f"customer_id is missing in {rows}: {some_of(table.index[nameless].tolist())}"
        faults.append(
            Fault(what, "table contracts", "an id in every row", remedy="fill in the ids, or leave these rows out")
        )
    return faults


def _ended(table: pd.DataFrame) -> tuple[list[Fault], BoolArray, BoolArray]:
    """Return the faults of the outcome, the outcome of every row, and whether it is known."""
    if "ended" not in table:
        return [], np.zeros(len(table), dtype=bool), np.zeros(len(table), dtype=bool)
    given = table["ended"]
    missing = given.isna().to_numpy()
    strange = ~given.isin([True, False]).to_numpy() & ~missing
    faults = [
        *offending(table, missing, "ended is missing", allowed="true or false"),
        *offending(table, strange, "ended is no flag", allowed="true or false"),
    ]
    ended: BoolArray = (given.isin([True])).to_numpy()
    if not faults and len(table):
        for count, kind in ((int(ended.sum()), "left"), (int((~ended).sum()), "stayed")):
            if count < _EACH_AT_LEAST:
                remedy = "give customers who left and customers who stayed, or a longer time"
                faults.append(Fault(f"{count} customers {kind}", "ended", f"{_EACH_AT_LEAST} or more", remedy))
    return faults, ended, ~(missing | strange)


def _fill_unbilled(table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    if not {"tenure_months", "total_amount"} <= set(table.columns):
        return table, 0
    unbilled = table["total_amount"].isna() & (table["tenure_months"] == 0)
    return table.assign(total_amount=table["total_amount"].mask(unbilled, 0.0)), int(unbilled.sum())


def is_number(column: pd.Series) -> bool:
    """Say whether a column holds numbers, which yes and no are not."""
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _numbers(table: pd.DataFrame, name: str) -> tuple[pd.Series, list[Fault]]:
    values = table[name].astype("float64")
    finite = np.isfinite(values.to_numpy())
    remedy = "fill in what is missing, or leave the column out"
    faults = offending(table, ~finite, f"{name} is missing or infinite", allowed="finite numbers", remedy=remedy)
    if name in _AMOUNTS:
        faults += offending(table, (values < 0).to_numpy(), f"{name} is negative", allowed="0 or more")
    return values, faults


def _texts(table: pd.DataFrame, name: str) -> tuple[pd.Series, list[Fault]]:
    if pd.api.types.is_datetime64_any_dtype(table[name]):
        what, remedy = f"column {name!r} holds dates", "turn it into months, or leave it out"
        return table[name], [Fault(what, where="table contracts", allowed="numbers, texts, flags", remedy=remedy)]
    values = table[name]
    flags = values.isin([0, 1]) & (pd.api.types.is_bool_dtype(values) | pd.api.types.is_numeric_dtype(values))
    words = values.isin([1]).map({True: "yes", False: "no"}).where(flags, values.astype("str"))
    words = words.astype("str").where(values.notna(), NOT_KNOWN)
    levels = words.nunique()
    if levels > LEVELS_AT_MOST:
        what = f"column {name!r} holds {levels:,} different texts: {some_of(sorted(words.unique()), at_most=3)}"
        remedy = "group them, or leave the column out"
        return words, [Fault(what, "table contracts", f"at most {LEVELS_AT_MOST}", remedy)]
    return words, []


def uninformative(
    column: pd.Series,
    ended: BoolArray,
    *,
    outcome: tuple[str, str] = _OUTCOME,
    constant: bool = True,
    separation: bool = True,
    outcome_known: BoolArray | None = None,
) -> list[Fault]:
    """Return the fault of a column that is the same in all rows, or that alone tells exactly who left.

    Parameters
    ----------
    column : Series
        Numbers or texts without gaps.
    ended : array of bool
        The outcome; where all are alike, no column can separate it.
    outcome : tuple of two str
        How messages call the outcome and the table.
    constant : bool
        Whether a column that is the same in all rows is a fault.
    separation : bool
        Whether a column that alone tells exactly who left is a fault.
    outcome_known : array of bool, optional
        Rows whose outcome is known; separation is looked for among these. All rows when not given.
    """
    if column.nunique() < 2:
        what = f"column {column.name!r} is constant: {some_of(column.unique().tolist())} in all {len(column):,} rows"
        return [Fault(what, where=outcome[1], remedy="leave the column out")] if constant else []
    rows = f"all {len(column):,} rows"
    if outcome_known is not None and not outcome_known.all():
        column, ended = column[outcome_known], ended[outcome_known]
        rows = f"{counted(len(column), 'row')} whose outcome is known"
    if not separation or not ended.any() or ended.all() or not separates(column, ended):
        return []
    return [
        Fault(
            f"column {column.name!r} alone tells exactly {outcome[0]} (perfect separation in {rows})",
            where=outcome[1],
            allowed="what was known beforehand",
            remedy="leave the column out",
        )
    ]


def separates(column: pd.Series, ended: BoolArray) -> bool:
    """Say whether one column alone tells exactly who left: by a level of a text, or by a threshold of a number.

    Parameters
    ----------
    column : Series
        Numbers or texts.
    ended : array of bool
        Whether the customer left; both kinds must occur.

    Examples
    --------
    >>> separates(pd.Series(["gone", "here", "gone"]), np.array([True, False, True]))
    True
    """
    if is_number(column):
        left, stayed = column[ended], column[~ended]
        return bool(left.max() < stayed.min() or stayed.max() < left.min())
    shares = pd.Series(ended).groupby(column.to_numpy()).mean()
    return bool(shares.isin([0.0, 1.0]).all())


def column_in_words(name: str) -> str:
    """Write the name of a column as a reader would say it.

    Examples
    --------
    >>> column_in_words("holds_online_backup"), column_in_words("tenure_months"), column_in_words("monthly_amount")
    ('online backup', 'tenure in months', 'monthly amount')
    """
    words = name.removeprefix("holds_").replace("_", " ")
    return f"{words.removesuffix(' months')} in months" if words.endswith(" months") else words
