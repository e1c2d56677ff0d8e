"""Numbers written as text: how they are read, and what a whole column says about its marks.

`2.084` is two and a bit, or two thousand: a single value cannot tell. A column can, by any value that has only one
reading, such as `19.90`, `1.234.567` or `1.299,00`.
"""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import ibis
import ibis.expr.datatypes as dt

from helpers.study.grammar import TableSpec
from helpers.study.money_text import bare_number

Mark = Literal[".", ","]
TOO_LARGE = 1e14
"""Numbers from here on are errors of whoever wrote them; sums to the last digit hold no larger ones."""
_FIRST_ROWS, _ROWS = 10_000, "rows"
_BLANKS = r"[\s\x{A0}\x{2009}\x{202F}]"
_SPACES, _APOSTROPHES = r"[ \x{A0}\x{2009}\x{202F}]", r"['\x{2019}]"
_LAKHS = "[1-9][0-9]?(,[0-9]{2})+,[0-9]{3}"
"""Digits as India groups them, 1,23,456: by three, then by twos. Nothing else is written so."""
_GROUPED_BY = {".": (r"\.",), ",": (",",), " ": (_SPACES,), "'": (_APOSTROPHES,), "none": ()}
_WHOLE = r"^\s*[+-]?[0-9]{1,18}\s*$"
_PLAIN_WHOLE = r"^(0|-?[1-9][0-9]{0,17})$"
_PLAIN_NUMBER = r"^-?(0|[1-9][0-9]*)(\{mark}[0-9]+)?$"
_SHAPES = ("decimal", "grouped")
_OTHER: dict[Mark, Mark] = {".": ",", ",": "."}


@dataclass(frozen=True)
class Shapes:
    """How the values of a column are written that hold a point or a comma.

    Parameters
    ----------
    decimal : dict of mark to bool
        Whether any value fits only when this is the decimal mark.
    grouped : dict of mark to int
        Values of one group of three digits after this mark: it may be the decimal mark, or group thousands. Counted
        where no value says which.
    """

    decimal: dict[Mark, bool]
    grouped: dict[Mark, int]

    @property
    def only_decimal(self) -> Mark | None:
        """The decimal mark that alone fits all values; None where both or none do."""
        proved = [mark for mark in _OTHER if self.decimal[mark]]
        return proved[0] if len(proved) == 1 else None

    @property
    def disagree(self) -> bool:
        """Whether no decimal mark fits all values."""
        return all(self.decimal.values())

    def unsettled(self, spec: TableSpec) -> Mark | None:
        """Return the mark that has two readings in this column, and neither values nor study say which is meant."""
        if spec.thousands is not None or any(self.decimal.values()):
            return None
        stated = "decimal" in spec.model_fields_set
        marks = [mark for mark, count in self.grouped.items() if count and (not stated or mark == spec.decimal)]
        return marks[0] if marks else None


def parse_number(text: Any, spec: TableSpec) -> Any:
    """Return text as float64 by the marks of a study; NULL where it is no number, or too large for one."""
    plain = text.re_search(rf"^\s*[+-]?([0-9]+\{spec.decimal}?[0-9]*|\{spec.decimal}[0-9]+)([eE][+-]?[0-9]+)?\s*$")
    grouped = text.re_search(_grouped_pattern(spec, rf"(\{spec.decimal}[0-9]*)?"))
    kept = text.re_replace(rf"[^0-9eE+\-\{spec.decimal}]", "")
    number = ibis.cases((plain, text), (grouped, kept), else_=ibis.null(dt.string))
    value = (number.replace(",", ".") if spec.decimal == "," else number).try_cast(dt.float64)
    return ibis.cases((value.abs() < TOO_LARGE, value), else_=ibis.null(dt.float64))


def parse_whole(text: Any, spec: TableSpec) -> Any:
    """Return text as int64, `12.0` and grouped thousands too; NULL where it is no whole number."""
    nothing = ibis.null(dt.string)
    with_nought = text.re_search(rf"^\s*[+-]?[0-9]{{1,18}}\{spec.decimal}0{{1,2}}\s*$")
    cut = text.re_replace(rf"\{spec.decimal}0+\s*$", "")
    grouped = text.re_search(_grouped_pattern(spec, rf"(\{spec.decimal}0{{1,2}})?"))
    digits = text.re_replace(rf"\{spec.decimal}.*$", "").re_replace(r"[^0-9+\-]", "")
    whole = ibis.cases((text.re_search(_WHOLE), text), (with_nought, cut), (grouped, digits), else_=nothing)
    return whole.try_cast(dt.int64)


def parse_money(text: Any, spec: TableSpec) -> Any:
    """Return text with signs of a currency as float64; NULL where it is no money. A minus may stand anywhere."""
    return parse_number(bare_number(text), spec)


def plain_patterns(decimal: Mark) -> dict[Literal["integer", "number"], str]:
    """Return how values look that make a free column one of numbers: no leading zeros, no signs but minus."""
    return {"integer": _PLAIN_WHOLE, "number": _PLAIN_NUMBER.replace("{mark}", decimal)}


def shapes_of(
    table: Any,
    columns: dict[str, Any],
    plain: Container[str] = (),
    *,
    bare: Container[str] = (),
    first: tuple[Any, dict[str, Any]] | None = None,
) -> dict[str, Shapes]:
    """Return how the values of text columns are written.

    Parameters
    ----------
    table : ibis table
        The source.
    columns : dict of str to ibis string column
        Its columns to be looked at, those that stand for a missing value as NULL.
    plain : container of str
        Those whose values all are numbers without marks but a decimal point.
    bare : container of str
        Those whose values all are numbers without any mark.
    first : ibis table and dict of str to ibis string column, optional
        The first rows and their columns, where they lie apart.
    """
    # The first rows prove the mark of most columns; of all rows is asked what they leave open.
    row: dict[str, int | None] = {
        f"{shape} , {number}": 0 for number, name in enumerate(columns) for shape in _SHAPES if name in plain
    }
    row |= {f"{shape} . {number}": 0 for number, name in enumerate(columns) for shape in _SHAPES if name in bare}
    known = frozenset(row)
    some, columns_of_some = first or (table, columns)
    begin = some.limit(_FIRST_ROWS)
    row |= _counted_shapes(begin, columns_of_some, known, {_ROWS: begin.count()})
    more_rows = row.pop(_ROWS, 0) == _FIRST_ROWS
    proved = {number for number in range(len(columns)) if any(row[f"decimal {mark} {number}"] for mark in _OTHER)}
    settled = {one for one in row if int(one.split()[-1]) in proved and (row[one] or one.startswith("grouped"))}
    row |= _counted_shapes(table, columns, known | settled) if more_rows else {}
    return {
        name: Shapes(
            decimal={mark: bool(row[f"decimal {mark} {number}"]) for mark in _OTHER},
            grouped={mark: row[f"grouped {mark} {number}"] or 0 for mark in _OTHER},
        )
        for number, name in enumerate(columns)
    }


def _counted_shapes(
    table: Any, columns: dict[str, Any], known: Container[str], more: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, int | None]:
    """Count the values of each shape in each column, but for what is known, and work out what else is asked."""
    tests = {
        f"{name} {number}": test.sum()
        for number, text in enumerate(columns.values())
        for name, test in shape_tests(text)
        if f"{name} {number}" not in known
    }
    row: dict[str, int | None] = table.aggregate(**tests, **more).to_pyarrow().to_pylist()[0] if tests else {}
    return row


def by_lakhs(text: Any) -> Any:
    """Return where digits are grouped as in India, such as 1,23,456.78."""
    return text.re_search(rf"^{_BLANKS}*[+-]?{_LAKHS}([.][0-9]*)?{_BLANKS}*$")


def shape_tests(text: Any) -> Iterator[tuple[str, Any]]:
    """Return where values prove a decimal mark (`decimal .`), and where they fit two readings (`grouped .`)."""
    for mark, other in _OTHER.items():
        one_group = rf"^{_BLANKS}*[+-]?[1-9][0-9]{{0,2}}\{mark}[0-9]{{3}}{_BLANKS}*$"
        # Any number of digits after the mark, groups before it by the other mark; or two groups and more by the other.
        lakhs = f"|{_LAKHS}" if other == "," else ""
        decimals = (
            rf"^{_BLANKS}*[+-]?([0-9]*{lakhs}|[1-9][0-9]{{0,2}}(\{other}[0-9]{{3}})+|[1-9][0-9]{{0,2}}(['\x{{2019}} "
            rf"\x{{A0}}\x{{2009}}\x{{202F}}][0-9]{{3}})+)\{mark}[0-9]*([eE][+-]?[0-9]+)?{_BLANKS}*$"
            rf"|^{_BLANKS}*[+-]?([1-9][0-9]{{0,2}}(\{other}[0-9]{{3}}){{2,}}{lakhs}){_BLANKS}*$"
        )
        holds = text.contains(mark)
        grouped = ibis.cases((holds, text.re_search(one_group)), else_=False)
        holds = holds | text.like(f"%{other}%{other}%")
        yield f"grouped {mark}", grouped
        yield f"decimal {mark}", ibis.cases((holds & ~grouped, text.re_search(decimals)), else_=False)


def _grouped_pattern(spec: TableSpec, ending: str) -> str:
    """Return the pattern of numbers whose digits stand in groups of three, all by the same mark."""
    marks = [mark for mark in _GROUPED_BY if mark != spec.decimal] if spec.thousands is None else [spec.thousands]
    groups = "|".join(rf"({mark}[0-9]{{3}})+" for name in marks for mark in _GROUPED_BY[name])
    first = rf"[1-9][0-9]{{0,2}}({groups})|[0-9]+" if groups else "[0-9]+"
    first += f"|{_LAKHS}" if "," in marks else ""
    return rf"^{_BLANKS}*[+-]?({first}){ending}{_BLANKS}*$"
