"""What a reader must know about the data of a study although it may run: warnings, and the checks behind them.

A check of a table names aggregates, all checks of a table are asked in one query, and each then says what its answers
mean: a warning, or a fault where no figure could be right. `helpers.study.warnings` lists the checks there are.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from helpers.core.errors import Fault, counted
from helpers.core.results import in_unit
from helpers.study.file import Lines
from helpers.study.grammar import StudyFile, TableSpec
from helpers.study.tables import StudyTables


@dataclass(frozen=True)
class DataWarning:
    """One thing to know about the data that does not stop a run.

    Parameters
    ----------
    what : str
        In one sentence without full stop, with its counts and money; a client reads it too, so it names no file.
    where : str
        The place in the study file.
    remedy : str
        What whoever runs the study can do about it.
    table : str
        The standard table.
    rows : int or None
        Rows affected, where they were counted.
    amount : float or None
        Money on these rows, study currency; None where the table holds none.
    other : str
        The second standard table, where two do not match.
    spoils_figures : bool
        False where it only says what was done with the data.
    """

    what: str
    where: str
    remedy: str
    table: str
    rows: int | None = None
    amount: float | None = None
    other: str = ""
    spoils_figures: bool = True

    def __str__(self) -> str:
        """Return the warning as one block of text."""
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head}\n    remedy: {self.remedy}" if self.remedy else head

    def concerns(self, tables: Iterable[str]) -> bool:
        """Say whether somebody who uses these tables must know it."""
        return {self.table, self.other} - {""} <= set(tables)


Finding = DataWarning | Fault


@dataclass(frozen=True)
class CheckedTable:
    """A standard table as a check sees it.

    Parameters
    ----------
    name : str
        Name of the standard table.
    table : ibis Table
        Its rows before the analysis date, with standard columns.
    tables : StudyTables
        All tables of the study.
    """

    name: str
    table: Any
    tables: StudyTables

    @property
    def study(self) -> StudyFile:
        """What the study file says."""
        return self.tables.spec

    @property
    def lines(self) -> Lines:
        """Where it says so."""
        return self.tables.lines

    @property
    def spec(self) -> TableSpec:
        """What the study says about the table."""
        return self.study.tables[self.name]

    @property
    def currency(self) -> str:
        """Currency of the study."""
        return self.study.currency

    def has(self, *columns: str) -> bool:
        """Say whether the table has all of these columns."""
        return set(columns) <= set(self.table.columns)

    def is_short(self, column: str, at_most: int) -> bool:
        """Say whether reading has shown that no value of an identifier takes more than so many bytes."""
        parts = self.tables.prepare(self.name).parts
        return all(part.longest_bytes.get(column, at_most + 1) <= at_most for part in parts)

    @cached_property
    def by_customer(self) -> pd.DataFrame:
        """One row per customer, most rows first: customer_id, rows; with amounts, also amount, largest."""
        order = [("rows", "descending"), ("customer_id", "ascending")]
        return self._grouped(customer_id=self.table["customer_id"], order=order)

    @cached_property
    def by_day(self) -> pd.DataFrame:
        """One row per day with rows, in order: day, rows; with amounts, also amount and largest. Needs `time`."""
        frame = self._grouped(day=self.table["time"].cast("date"), order=[("day", "ascending")])
        return frame.assign(day=pd.to_datetime(frame["day"]))

    def _grouped(self, order: Sequence[tuple[str, str]], **key: Any) -> pd.DataFrame:
        amount = self.table["amount"] if self.has("amount") else None
        money = {} if amount is None else {**self.money(), "largest": amount.max()}
        grouped = self.table.group_by(**key).aggregate(rows=self.table.count(), **money)
        frame: pd.DataFrame = grouped.to_pyarrow().sort_by(order).to_pandas()
        return frame.dropna(subset=list(key), ignore_index=True)

    def where(self, *keys: str | int) -> str:
        """Return the line of the study file that describes the table, or one of its keys."""
        return f"{self.lines.where('tables', self.name, *keys)}, table {self.name}"

    def money(self) -> dict[str, Any]:
        """Return the aggregate `amount`, the money on the rows; nothing where the table holds none."""
        return {"amount": self.table["amount"].sum().round(2)} if self.has("amount") else {}

    def counted(self, rows: int, amount: float | None, answers: "Answers") -> str:
        """Return rows and money with their shares in the whole table, in words.

        Parameters
        ----------
        rows : int
            Rows affected.
        amount : float or None
            Money on them; None where the table holds none.
        answers : mapping
            `rows` and `amount` of the whole table.
        """
        of_all = f"{counted(rows, 'row')} ({in_unit(rows / answers['rows'], 'share')})"
        if amount is None:
            return of_all
        whole = answers.get("amount") or 0.0
        share = f" ({in_unit(amount / whole, 'share')})" if whole > 0 else ""
        return f"{of_all} with {in_unit(amount, self.currency)}{share}"


Answers = Mapping[str, Any]


@dataclass(frozen=True)
class TableCheck:
    """A check of one table.

    Parameters
    ----------
    findings : callable
        Takes the table and the answers, and yields warnings and faults. It may ask further questions where an answer
        calls for them.
    measures : callable
        Returns the aggregates to be asked of a table, by name. `rows`, and `amount` where the table has amounts, are
        asked for all checks.
    applies : callable
        Says whether the check has something to ask of a table.
    """

    findings: Callable[[CheckedTable, Answers], Iterable[Finding]]
    measures: Callable[[CheckedTable], Mapping[str, Any]] = lambda _: {}
    applies: Callable[[CheckedTable], bool] = lambda _: True


def inspect_table(checked: CheckedTable, checks: Iterable[TableCheck]) -> Iterator[Finding]:
    """Yield what the checks find in one table, asked in one query.

    Parameters
    ----------
    checked : CheckedTable
        The table.
    checks : iterable of TableCheck
        Those that do not apply are passed over.
    """
    asked = {place: (check, check.measures(checked)) for place, check in enumerate(checks) if check.applies(checked)}
    measures = {f"{place}_{key}": one for place, (_, named) in asked.items() for key, one in named.items()}
    answered = checked.table.aggregate(rows=checked.table.count(), **checked.money(), **measures)
    row = answered.to_pyarrow().to_pylist()[0]
    whole = {key: row[key] for key in ("rows", "amount") if key in row}
    for place, (check, named) in asked.items():
        if whole["rows"]:
            yield from check.findings(checked, {key: row[f"{place}_{key}"] for key in named} | whole)
