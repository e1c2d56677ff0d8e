"""What a column holds, counted over all its rows: numbers, dates, yes and no, names, and how much of each."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import ibis
import ibis.expr.datatypes as dt

from helpers.study.flag_text import NO, YES
from helpers.study.proposal.dates import DateFacts, date_facts, structure_of
from helpers.study.proposal.numbers import NumberFacts, looks_numeric, number_facts, typed_number
from helpers.study.proposal.opening import Look

Kind = Literal["time", "number", "flag", "text", "empty"]
_FIRST_ROWS, _SPREAD_ROWS = 1_000, 2_000
_MOST_WORDS = 30
_MOSTLY = 0.8
_DECIMALS = re.compile(r"[^A-Za-z]*[.,]\d{1,2}[^A-Za-z]*")
MISSING_WORDS = ("-", "--", "n/a", "na", "nan", "null", "none", "\\n", "#n/a", "nil", "unknown", "?")
"""Texts that stand for no value in a column of something else, in lower case."""


@dataclass(frozen=True)
class Facts:
    """What one column holds.

    Parameters
    ----------
    name : str
        The column.
    kind : Kind
        What most of its values are.
    rows, given : int
        Rows, and those with a value that is not blank.
    distinct : int
        Different values, about.
    sample : tuple of str
        Some of its values, each once.
    words : dict of str to int
        All its values with their rows in the sample, where they are few.
    missing : tuple of str
        Values that stand for none.
    number, date : NumberFacts or DateFacts, optional
        How its numbers or dates are written.
    padded : bool
        Whether blanks or tabs stand around some of its values.
    """

    name: str
    kind: Kind
    rows: int
    given: int
    distinct: int
    sample: tuple[str, ...] = ()
    words: Mapping[str, int] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    number: NumberFacts | None = None
    date: DateFacts | None = None
    padded: bool = False

    @property
    def whole(self) -> bool:
        """Whether all its numbers are whole ones."""
        return self.number is not None and self.number.whole

    @property
    def unique(self) -> bool:
        """Whether every row seems to have a value of its own; the count of different ones is near, not exact."""
        return self.given == self.rows > 0 and self.distinct >= 0.9 * self.rows


def facts_of(look: Look) -> dict[str, Facts]:
    """Return the facts of every column of a table, by name."""
    if not look.rows:
        return {}
    table, names = look.table, look.columns
    samples = _samples(look, names)
    counts = _counts(table, names, samples)
    found = {}
    for name in names:
        given, distinct = counts[name]
        type_ = table[name].type()
        if type_.is_string():
            found[name] = _of_text(look, name, samples[name], given, distinct)
        else:
            found[name] = _of_typed(table, name, type_, samples[name], look.rows, given, distinct)
    return found


def _counts(table: Any, names: Sequence[str], samples: Mapping[str, Sequence[Any]]) -> dict[str, tuple[int, int]]:
    """Return how many values a column has and how many different ones; the latter where the sample shows many."""
    measures: dict[str, Any] = {}
    few = {name: len(set(samples[name])) for name in names}
    for place, name in enumerate(names):
        column = table[name]
        measures[f"given{place}"] = column.count()
        if few[name] > _MOST_WORDS and not _is_measured(samples[name]):
            measures[f"distinct{place}"] = column.approx_nunique()
    row = table.aggregate(**measures).to_pyarrow().to_pylist()[0]
    return {name: (row[f"given{place}"], row.get(f"distinct{place}", few[name])) for place, name in enumerate(names)}


def _is_measured(values: Sequence[Any]) -> bool:
    """Say whether values are times or decimals, which are no keys."""
    first = [str(value) for value in values[:100]]
    return all(structure_of(value) is not None or _DECIMALS.fullmatch(value) for value in first)


def _samples(look: Look, names: Sequence[str]) -> dict[str, list[Any]]:
    """Return values of the first rows, and of rows spread over all."""
    table = look.table.select(*names)
    first = table.limit(_FIRST_ROWS).to_pyarrow().to_pydict()
    if look.rows <= _FIRST_ROWS:
        return {name: [value for value in values if value is not None] for name, values in first.items()}
    step = max(look.rows // _SPREAD_ROWS, 1)
    spread = look.table.filter(look.table.rowid() % step == 0).select(*names).to_pyarrow().to_pydict()
    return {name: [value for value in first[name] + spread[name] if value is not None] for name in names}


def _of_text(look: Look, name: str, values: Sequence[str], given: int, distinct: int) -> Facts:
    texts = [value.strip() for value in values if value.strip()]
    if not texts:
        return Facts(name, "empty", look.rows, 0, 0)
    counted = Counter(texts)
    missing = tuple(sorted(word for word in counted if word.lower() in MISSING_WORDS))
    kept = [text for text in texts if text not in missing] or texts
    sample = tuple(dict.fromkeys(kept))
    words = dict(counted.most_common(_MOST_WORDS)) if len(counted) <= _MOST_WORDS else {}
    number = date = None
    kind: Kind = "text"
    column = ibis.cases((look.table[name].isin(missing), ibis.null(dt.string)), else_=look.table[name])
    if sum(structure_of(text, name) is not None for text in kept) >= _MOSTLY * len(kept):
        date = date_facts(look.table, column, sample, name)
        kind = "time"
    elif sum(map(looks_numeric, kept)) >= _MOSTLY * len(kept):
        number = number_facts(look.table, column, sample)
        kind = "number"
    if {text.lower() for text in counted} <= {*YES, *NO} and len({text.lower() for text in counted}) <= 3:
        kind = "flag"
    if kind == "text":
        missing = ()
    padded = any(value != value.strip() for value in values)
    return Facts(name, kind, look.rows, given, distinct, sample, words, missing, number, date, padded)


def _of_typed(table: Any, name: str, type_: Any, values: Sequence[Any], rows: int, given: int, distinct: int) -> Facts:
    sample = tuple(dict.fromkeys(str(value) for value in values))
    if not given:
        return Facts(name, "empty", rows, 0, 0)
    if type_.is_timestamp() or type_.is_date():
        ends = table.aggregate(first=table[name].cast("timestamp").min(), last=table[name].cast("timestamp").max())
        row = ends.to_pyarrow().to_pylist()[0]
        zoned = given if type_.is_timestamp() and type_.timezone else 0
        date = DateFacts(given, given, first=row["first"], last=row["last"], offsets=zoned, days=type_.is_date())
        return Facts(name, "time", rows, given, distinct, sample, date=date)
    if type_.is_boolean():
        return Facts(name, "flag", rows, given, distinct, sample, words=dict(Counter(map(str, values))))
    if type_.is_numeric():
        number = typed_number(given, whole=type_.is_integer() or all(float(value).is_integer() for value in values))
        return Facts(name, "number", rows, given, distinct, sample, number=number)
    return Facts(name, "text", rows, given, distinct, sample)
