"""The measures of a cross-table by its members, of as few questions to the database as there can be.

What adds up is added up by the keys of the lines first, and joined with what describes them after: the lines are read
once, and everything else is worked out of the sums. What is counted without repeats is brought to one row per member
and identifier, which is kept; totals and others are counted there.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.lines import exact_total
from helpers.core.session_tables import stored_in_session
from helpers.evaluation.explored_rows import (
    MEMBER,
    Question,
    Tables,
    dimensions_of,
    with_member,
    with_own,
)
from helpers.evaluation.measures import MEASURES, Measure, base_measures

OTHERS = 1
"""Kind of the members beyond those shown, taken together."""
ROW, COLUMN = "row", "column"
PLACES = 10_000
"""Exact sums have four decimals: as whole numbers, they add up exactly."""
ROWS_READ, WITHOUT_VALUE = "rows_read", "rows_without_value"
Key = tuple[int, Any]
"""Kind and member."""
_KIND, _MEMBER = "kind", "member"


class ExploredSums:
    """Base measures by place of the cross-table; sums in ten-thousandths, as whole numbers.

    Parameters
    ----------
    rows : ibis Table
        The rows of the fact that are asked for.
    tables : mapping of str to ibis Table
        Standard tables that describe them.
    question : Question
        A question that `check_question` has found to be sound.

    Attributes
    ----------
    places : tuple of str
        "row", and "column" where the question has columns.
    """

    def __init__(self, rows: ir.Table, tables: Tables, question: Question) -> None:
        measure = MEASURES[question.measure]
        self.places = (ROW, COLUMN) if question.columns else (ROW,)
        self._bases = base_measures(measure)
        self._ids = {f"_{base.column}": base.column for base in self._bases if base.kind == "distinct"}
        self._margins: dict[str, pd.DataFrame] = {}
        known = dimensions_of(tables, measure.fact)
        dimensions = [known[getattr(question, f"{place}s")] for place in self.places]
        for place, dimension in zip(self.places, dimensions, strict=True):
            rows = with_own(rows, dimension, place)
        if not self._ids:
            rows = rows.group_by([f"{place}_own" for place in self.places]).agg(**self._of_lines(rows))
        for place, dimension in zip(self.places, dimensions, strict=True):
            rows = with_member(rows, tables, dimension, place)
        if self._ids:
            rows = rows.mutate(**{name: rows[column] for name, column in self._ids.items()})
            rows = stored_in_session(rows.group_by([*_by(self.places), *self._ids]).agg(**self._of_lines(rows)))
        self._rows = rows
        self._finest = None if self._ids else self._asked(rows, self.places)

    def margin(self, place: str) -> pd.DataFrame:
        """Return the measures by kind and member of one dimension."""
        if place not in self._margins:
            found = self._asked(self._rows, (place,)) if self._finest is None else _added_up(self._finest, (place,))
            self._margins[place] = found
        return self._margins[place]

    def shown(self, kept: Mapping[str, list[Key]], places: tuple[str, ...]) -> pd.DataFrame:
        """Return the measures by members shown, the others taken together."""
        if self._finest is not None:
            return _added_up(_others_together(self._finest, kept), places)
        with_others = [place for place in places if OTHERS in {kind for kind, _ in kept[place]}]
        rows = self._rows
        if len(places) == 1:
            return self._with_others(kept[places[0]], places[0]) if with_others else self.margin(places[0])
        for place in with_others:
            kind, member = rows[f"{place}_kind"], rows[f"{place}_member"]
            named = member.isin(_members(kept[place]))
            kind = ibis.ifelse((kind == MEMBER) & ~named, OTHERS, kind)
            member = ibis.ifelse(kind == MEMBER, member, ibis.null(member.type()))
            rows = rows.mutate(**{f"{place}_kind": kind, f"{place}_member": member})
        return self._asked(rows, places)

    def _with_others(self, kept: list[Key], place: str) -> pd.DataFrame:
        """Return the margin of one dimension, of which only the others together are still to be counted."""
        margin, rows = self.margin(place), self._rows
        unnamed = (rows[f"{place}_kind"] == MEMBER) & ~rows[f"{place}_member"].isin(_members(kept))
        others = self._asked(rows.filter(unnamed), ())
        others[place] = pd.Series([(OTHERS, None)], dtype="object")
        shown = margin[[key in set(kept) for key in margin[place]]]
        return pd.concat([shown, others[margin.columns]], ignore_index=True)

    def _of_lines(self, rows: ir.Table) -> dict[str, Any]:
        """Return what is added up of the lines of a group."""
        totals = {base.name: _total(rows, base) for base in self._bases if base.kind != "distinct"}
        summed = [base.column for base in self._bases if base.kind == "sum"]
        without = rows.count() - (rows[summed[0]].count() if summed else rows.count())
        return totals | {ROWS_READ: rows.count(), WITHOUT_VALUE: without}

    def _asked(self, rows: ir.Table, places: tuple[str, ...]) -> pd.DataFrame:
        """Add the groups up by places."""
        # By all places there is one row per member and identifier: none repeats.
        once = rows is self._rows and places == self.places and len(self._ids) == 1
        totals = {name: rows[name].sum() for name in (ROWS_READ, WITHOUT_VALUE)}
        for base in self._bases:
            if base.kind == "distinct":
                ids = rows[f"_{base.column}"]
                totals[base.name] = ids.count() if once else ids.nunique()
            else:
                total = rows[base.name].sum()
                totals[base.name] = total.cast("float64") if base.kind == "sum" else total
        found = (rows.group_by(_by(places)).agg(**totals) if places else rows.agg(**totals)).to_pyarrow().to_pydict()
        frame = pd.DataFrame(
            {place: list(zip(found[f"{place}_kind"], found[f"{place}_member"], strict=True)) for place in places},
            dtype="object",
        )
        for base in self._bases:
            values = np.array([value or 0 for value in found[base.name]], dtype=np.float64)
            frame[base.name] = np.rint(values * (PLACES if base.kind == "sum" else 1)).astype(np.int64)
        return frame.assign(**{name: [value or 0 for value in found[name]] for name in (ROWS_READ, WITHOUT_VALUE)})


def _by(places: Sequence[str]) -> list[str]:
    return [f"{place}_{part}" for place in places for part in (_KIND, _MEMBER)]


def _members(keys: list[Key]) -> list[Any]:
    return [member for kind, member in keys if kind == MEMBER]


def _total(rows: ir.Table, base: Measure) -> Any:
    if base.kind == "sum":
        return exact_total(rows[base.column])
    if not base.column:
        return rows.count()
    counted = rows[base.column] == base.equals if base.equals else rows[base.column].cast("boolean")
    return ibis.ifelse(counted, 1, 0).sum()


def _added_up(frame: pd.DataFrame, places: tuple[str, ...]) -> pd.DataFrame:
    names = [name for name in frame.columns if name not in (ROW, COLUMN)]
    if not places:
        return frame[names].sum().to_frame().T
    return frame.groupby(list(places), sort=False)[names].sum().reset_index()


def _others_together(frame: pd.DataFrame, kept: Mapping[str, list[Key]]) -> pd.DataFrame:
    frame = frame.copy()
    for place, keys in kept.items():
        known = set(keys)
        frame[place] = [key if key in known else (OTHERS, None) for key in frame[place]]
    return frame
