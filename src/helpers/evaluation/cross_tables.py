"""Any measure by one or two dimensions, with true totals: what does not add up is counted anew for each of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd

from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError, some_of
from helpers.evaluation.explored_rows import (
    MEMBER,
    NOT_MATCHED,
    NOT_RECORDED,
    Question,
    Tables,
    asked_rows,
    check_question,
    text_of,
)
from helpers.evaluation.explored_sums import (
    COLUMN,
    OTHERS,
    PLACES,
    ROW,
    ROWS_READ,
    WITHOUT_VALUE,
    ExploredSums,
    Key,
)
from helpers.evaluation.measures import MEASURES, PERIODS, Measure, base_measures

KIND_LABELS: Mapping[int, str] = {OTHERS: "others", NOT_RECORDED: "not recorded", NOT_MATCHED: "not matched"}
"""By kind: what rows are called that have no member of their own."""
TOTAL = "total"
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class CrossTable:
    """A measure by one or two dimensions.

    Attributes
    ----------
    question : Question
        What was asked.
    measure : Measure
        What was measured.
    cells : DataFrame
        One row per member of the row dimension and one column per member of the other, the totals last. Of a ratio, a
        cell without anything below the line is missing.
    row_kinds : Series
        By row but the total, in the same order: "member", "others", "not recorded", "not matched".
    rows_read : int
        Rows of the fact.
    without_value : int
        Of them, those that do not say what is added up; they count as nothing.
    members_in_others : int
        Members of the row dimension that stand together as others.
    """

    question: Question
    measure: Measure
    cells: pd.DataFrame
    row_kinds: "pd.Series[str]"
    rows_read: int
    without_value: int
    members_in_others: int

    @property
    def total(self) -> float:
        """Value of all rows."""
        return float(self.cells.to_numpy()[-1, -1])

    @property
    def members_shown(self) -> int:
        """Members of the row dimension that have a row of their own."""
        return int((self.row_kinds == "member").sum())

    @property
    def largest(self) -> str:
        """The member of the highest value; empty where no row has a member."""
        values = self.cells.iloc[:-1, -1][(self.row_kinds == "member").to_numpy()].dropna()
        return str(values.idxmax()) if len(values) else ""

    @property
    def by_row(self) -> pd.DataFrame:
        """Per row but the total: value, and where values add up its share of the total, which must not be zero."""
        frame = pd.DataFrame({"value": self.cells.iloc[:-1, -1]})
        if self.measure.is_additive and self.total:
            frame["share"] = frame["value"] / self.total
        return frame.rename_axis(self.question.rows)

    def without_member(self, kind: int) -> float | None:
        """Return the value of rows of a kind without a member of their own; missing where values do not add up."""
        if not self.measure.is_additive:
            return None
        return float(self.cells.iloc[:-1, -1][(self.row_kinds == KIND_LABELS[kind]).to_numpy()].sum())


def cross_table(tables: Tables, question: Question, as_of: date, *, shown: int = 12) -> CrossTable:
    """Work out a measure by one or two dimensions.

    Parameters
    ----------
    tables : mapping of str to ibis Table
        Standard tables, of any engine.
    question : Question
        The measure, the dimensions, and which rows are read.
    as_of : date
        Analysis date.
    shown : int
        Members shown of each dimension, at least 1: those of the highest value, of the calendar the latest. The rest
        stands together as others.

    Returns
    -------
    CrossTable
        Sums and counts add up to their totals exactly.

    Raises
    ------
    InputError
        When the tables cannot answer the question, no row is left, or money of several currencies would be added up.
    """
    require_within({"shown": shown}, low=1, high=np.inf)
    check_question(tables, question, as_of)
    measure = MEASURES[question.measure]
    rows = asked_rows(tables, question, as_of)
    _require_one_currency(rows, measure)
    sums = ExploredSums(rows, tables, question)
    margin = sums.margin(ROW)
    if margin.empty:
        asked = question.period.strip() or "all time"
        what = f"no row of {measure.fact} is left: {asked}, before {as_of}"
        raise InputError(Fault(what, "parameter explore_period", remedy="ask for another period or other members"))
    row_keys, others = _in_order(margin, question.rows, shown)
    column_keys = _in_order(sums.margin(COLUMN), question.columns, shown)[0] if question.columns else []
    cells = _laid_out(sums, measure, (row_keys, column_keys), question)
    kinds = [KIND_LABELS.get(kind, "member") for kind, _ in row_keys]
    kinds_by_row = pd.Series(kinds, index=cells.index[:-1], dtype="str")
    return CrossTable(
        question, measure, cells, kinds_by_row, int(margin[ROWS_READ].sum()), int(margin[WITHOUT_VALUE].sum()), others
    )


def _require_one_currency(rows: ir.Table, measure: Measure) -> None:
    if measure.unit != "money" or "currency" not in rows.columns:
        return
    found = rows.select(currency=rows["currency"].cast("string").fill_null("none named")).distinct().to_pyarrow()
    names = sorted(found["currency"].to_pylist())
    if len(names) > 1:
        what = f"the rows are in {len(names)} currencies: {some_of(names)}; their amounts do not add up"
        remedy = f"choose one by the parameter explore_only: currency: {names[0]}"
        raise InputError(Fault(what, f"table {measure.fact}, column currency", "one currency", remedy))


def _in_order(margin: pd.DataFrame, dimension: str, shown: int) -> tuple[list[Key], int]:
    """Return the keys of a dimension in the order shown, and how many members stand together as others."""
    first = margin.columns[1]
    keys = [(key, value) for key, value in zip(margin.iloc[:, 0], margin[first], strict=True)]
    members = [key for key, value in sorted(keys, key=lambda one: (-one[1], text_of(one[0][1]))) if key[0] == MEMBER]
    if dimension in PERIODS:
        codes = [int(member) for _, member in members]
        span = range(7) if dimension == "weekday" else range(min(codes), max(codes) + 1) if codes else range(0)
        members = [(MEMBER, code) for code in span]
        shown = max(shown, 7) if dimension == "weekday" else shown
        kept, left = members[-shown:], members[:-shown]
    else:
        kept, left = members[:shown], members[shown:]
    others: list[Key] = [(OTHERS, None)] if left else []
    without: list[Key] = [(kind, None) for kind in (NOT_RECORDED, NOT_MATCHED) if (kind, None) in {k for k, _ in keys}]
    return [*kept, *others, *without], len(left)


def _laid_out(
    sums: ExploredSums, measure: Measure, keys: tuple[list[Key], list[Key]], question: Question
) -> pd.DataFrame:
    kept = dict(zip(sums.places, keys, strict=False))
    where = {place: {key: n for n, key in enumerate(keys)} for place, keys in kept.items()}
    bases = base_measures(measure)
    grids = {base.name: np.zeros((len(keys[0]) + 1, len(keys[1]) + 1), dtype=np.int64) for base in bases}
    for by in dict.fromkeys([sums.places, *((place,) for place in sums.places), ()]):
        found = sums.shown(kept, by)
        at = [
            [where[place][key] for key in found[place]] if place in by else [-1] * len(found) for place in (ROW, COLUMN)
        ]
        for name, grid in grids.items():
            grid[at[0], at[1]] = found[name]
    parts = [grids[base.name] / (PLACES if base.kind == "sum" else 1) for base in bases]
    rows, columns = (_labels(one, name) for one, name in zip(keys, (question.rows, question.columns), strict=True))
    return pd.DataFrame(_value_of(parts), index=pd.Index(rows, name=question.rows), columns=columns)


def _value_of(parts: list[npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    if len(parts) == 1:
        return parts[0]
    above, below = parts
    ratio = np.full(above.shape, np.nan)
    np.divide(above, below, out=ratio, where=below > 0)
    return ratio


def _labels(keys: list[Key], dimension: str) -> list[str]:
    """Return what the members are called, and the total; a name of ours that a member bears too stands in brackets."""
    members = [_period_label(dimension, key[1]) if dimension in PERIODS else text_of(key[1]) for key in keys]
    taken = {label for (kind, _), label in zip(keys, members, strict=True) if kind == MEMBER}
    ours = [label if kind == MEMBER else KIND_LABELS[kind] for (kind, _), label in zip(keys, members, strict=True)]
    kinds = [kind for kind, _ in keys]
    named = [label if kind == MEMBER else _free(label, taken) for kind, label in zip(kinds, ours, strict=True)]
    return [*named, _free(TOTAL, taken)]


def _free(label: str, taken: set[str]) -> str:
    while label in taken:
        label = f"({label})"
    return label


def _period_label(dimension: str, code: Any) -> str:
    if code is None:
        return ""
    if dimension == "weekday":
        return _WEEKDAYS[code]
    if dimension == "year":
        return f"{code:04d}"
    parts = 4 if dimension == "quarter" else 12
    year, part = divmod(code, parts)
    return f"{year:04d}-Q{part + 1}" if parts == 4 else f"{year:04d}-{part + 1:02d}"
