"""Any measure by one or two dimensions, with true totals: what does not add up is counted anew for each of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd

from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError, some_of
from helpers.core.lines import exact_sum
from helpers.evaluation.explored_rows import (
    MEMBER,
    NOT_MATCHED,
    NOT_RECORDED,
    Question,
    Tables,
    check_question,
    explored_rows,
    text_of,
)
from helpers.evaluation.measures import MEASURES, PERIODS, Measure, base_measures

OTHERS = 1
"""Kind of the members beyond those shown, taken together."""
KIND_LABELS: Mapping[int, str] = {OTHERS: "others", NOT_RECORDED: "not recorded", NOT_MATCHED: "not matched"}
"""By kind: what rows are called that have no member of their own."""
TOTAL = "total"
_PLACES = 10_000  # exact sums have four decimals: as whole numbers, they add up exactly
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ROW, _COLUMN = "row", "column"
_READ, _WITHOUT = "rows_read", "rows_without_value"
Key = tuple[int, Any]
"""Kind and member."""


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
    bases = base_measures(measure)
    rows = explored_rows(tables, question, as_of)
    _require_one_currency(rows, measure)
    sums = _Sums(rows, bases)
    margin = sums.margin(_ROW)
    if margin.empty:
        asked = question.period.strip() or "all time"
        what = f"no row of {measure.fact} is left: {asked}, before {as_of}"
        raise InputError(Fault(what, "parameter explore_period", remedy="ask for another period or other members"))
    row_keys, others = _in_order(margin, question.rows, shown)
    column_keys, _ = _in_order(sums.margin(_COLUMN), question.columns, shown)
    cells = _laid_out(sums, measure, (row_keys, column_keys), question)
    kinds = [KIND_LABELS.get(kind, "member") for kind, _ in row_keys]
    kinds_by_row = pd.Series(kinds, index=cells.index[:-1], dtype="str")
    return CrossTable(
        question, measure, cells, kinds_by_row, int(margin[_READ].sum()), int(margin[_WITHOUT].sum()), others
    )


def _without_value(rows: ir.Table, bases: Iterable[Measure]) -> Any:
    """Return the number of rows that lack what is added up."""
    summed = [base.column for base in bases if base.kind == "sum"]
    return rows.count() - (rows[summed[0]].count() if summed else rows.count())


def _require_one_currency(rows: ir.Table, measure: Measure) -> None:
    if measure.unit != "money" or "currency" not in rows.columns:
        return
    found = rows.select(currency=rows["currency"].cast("string").fill_null("none named")).distinct().to_pyarrow()
    names = sorted(found["currency"].to_pylist())
    if len(names) > 1:
        what = f"the rows are in {len(names)} currencies: {some_of(names)}; their amounts do not add up"
        remedy = f"choose one by the parameter explore_only: currency: {names[0]}"
        raise InputError(Fault(what, f"table {measure.fact}, column currency", "one currency", remedy))


class _Sums:
    """Base measures of rows, by place of the cross-table; sums in ten-thousandths, as whole numbers."""

    def __init__(self, rows: ir.Table, bases: tuple[Measure, ...]) -> None:
        self._rows, self._bases = rows, bases
        self._names = [*(base.name for base in bases), _READ, _WITHOUT]
        self._additive = all(base.is_additive for base in bases)
        self._finest = self._asked(rows, (_ROW, _COLUMN)) if self._additive else None

    def margin(self, place: str) -> pd.DataFrame:
        """Return the measures by kind and member of one dimension."""
        return self._asked(self._rows, (place,)) if self._finest is None else self._added_up(self._finest, (place,))

    def shown(self, kept: Mapping[str, list[Key]], places: tuple[str, ...]) -> pd.DataFrame:
        """Return the measures by members shown, the others taken together."""
        if self._finest is not None:
            return self._added_up(_others_together(self._finest, kept), places)
        rows = self._rows
        for place in places:
            kind, member = rows[f"{place}_kind"], rows[f"{place}_member"]
            if OTHERS in {one for one, _ in kept[place]}:
                named = member.isin([value for one, value in kept[place] if one == MEMBER])
                kind = ibis.ifelse((kind == MEMBER) & ~named, OTHERS, kind)
                member = ibis.ifelse(kind == MEMBER, member, ibis.null(member.type()))
                rows = rows.mutate(**{f"{place}_kind": kind, f"{place}_member": member})
        return self._asked(rows, places)

    def _asked(self, rows: ir.Table, places: tuple[str, ...]) -> pd.DataFrame:
        totals = {base.name: _aggregate(rows, base) for base in self._bases}
        totals |= {_READ: rows.count(), _WITHOUT: _without_value(rows, self._bases)}
        by = [f"{place}_{part}" for place in places for part in (_KIND, _MEMBER)]
        found = (rows.group_by(by).agg(**totals) if by else rows.agg(**totals)).to_pyarrow().to_pydict()
        frame = pd.DataFrame(
            {place: list(zip(found[f"{place}_kind"], found[f"{place}_member"], strict=True)) for place in places},
            dtype="object",
        )
        for base in self._bases:
            values = np.array([value or 0 for value in found[base.name]], dtype=np.float64)
            frame[base.name] = np.rint(values * (_PLACES if base.kind == "sum" else 1)).astype(np.int64)
        return frame.assign(**{name: found[name] for name in (_READ, _WITHOUT)})

    def _added_up(self, frame: pd.DataFrame, places: tuple[str, ...]) -> pd.DataFrame:
        if not places:
            return frame[self._names].sum().to_frame().T
        return frame.groupby(list(places), sort=False)[self._names].sum().reset_index()


_KIND, _MEMBER = "kind", "member"


def _aggregate(rows: ir.Table, base: Measure) -> Any:
    if base.kind == "sum":
        return exact_sum(rows[base.column])
    if base.kind == "distinct":
        return rows[base.column].nunique()
    if not base.column:
        return rows.count()
    counted = rows[base.column] == base.equals if base.equals else rows[base.column].cast("boolean")
    return ibis.ifelse(counted, 1, 0).sum()


def _others_together(frame: pd.DataFrame, kept: Mapping[str, list[Key]]) -> pd.DataFrame:
    frame = frame.copy()
    for place, keys in kept.items():
        known = set(keys)
        frame[place] = [key if key in known else (OTHERS, None) for key in frame[place]]
    return frame


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


def _laid_out(sums: _Sums, measure: Measure, keys: tuple[list[Key], list[Key]], question: Question) -> pd.DataFrame:
    kept = {_ROW: keys[0], _COLUMN: keys[1]}
    parts = []
    for base in base_measures(measure):
        grid = np.zeros((len(keys[0]) + 1, len(keys[1]) + 1), dtype=np.int64)
        places = {_ROW: {key: n for n, key in enumerate(keys[0])}, _COLUMN: {key: n for n, key in enumerate(keys[1])}}
        for by in ((_ROW, _COLUMN), (_ROW,), (_COLUMN,), ()):
            found = sums.shown(kept, by)
            down = [places[_ROW][key] for key in found[_ROW]] if _ROW in by else [-1] * len(found)
            across = [places[_COLUMN][key] for key in found[_COLUMN]] if _COLUMN in by else [-1] * len(found)
            grid[down, across] = found[base.name]
        parts.append(grid / _PLACES if base.kind == "sum" else grid.astype(np.float64))
    rows, columns = (_labels(one, name) for one, name in zip(keys, (question.rows, question.columns), strict=True))
    frame = pd.DataFrame(_value_of(parts), index=pd.Index(rows, name=question.rows), columns=columns)
    return frame if question.columns else frame.iloc[:, -1:]


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
