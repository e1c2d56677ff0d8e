"""What is wrong with the steps that a study file asks for, as far as the file alone can tell."""

from collections.abc import Callable, Iterator

from helpers.core.errors import Fault, some_of, unknown_name
from helpers.study.grammar import TableSpec
from helpers.study.standard_columns import KIND_IN_WORDS, NUMBERS, StandardTable
from helpers.study.steps.keys import OTHERS
from helpers.study.steps.recoding import OURS_IN_WORDS, is_of_kind

Where = Callable[..., str]
_TAKE_ONE_OUT = "take one of the two out"


def step_faults(standard: StandardTable, spec: TableSpec, where: Where) -> list[Fault]:
    """Return the steps that speak of columns which the table does not have, or cannot be done on them.

    Parameters
    ----------
    standard : StandardTable
        The table that is made.
    spec : TableSpec
        What the study says of one of its sources.
    where : callable
        Returns the line of the study file that holds a key of the source: `where("values", "treated")`.
    """
    return [
        *_money_faults(standard, spec, where),
        *_distinct_faults(standard, spec, where),
        *_returned_faults(standard, spec, where),
        *_recoding_faults(standard, spec, where),
        *_computed_faults(standard, spec, where),
    ]


def made_columns(standard: StandardTable, spec: TableSpec) -> list[str]:
    """Return the standard columns and attributes that a source is said to have; all where it is not said."""
    if spec.columns is None:
        return [*standard.column_names, *spec.attributes]
    known = [column for column in standard.column_names if column in {*spec.columns, *spec.computed, *spec.constants}]
    return [*known, *spec.attributes]


def _money_faults(standard: StandardTable, spec: TableSpec, where: Where) -> Iterator[Fault]:
    if isinstance(spec.money, bool):
        return
    made = made_columns(standard, spec)
    numbers = [column.name for column in standard.columns if column.kind in NUMBERS and column.name in made]
    kind = f"number column of table {standard.name}"
    yield from (unknown_name(one, numbers, kind=kind, where=where("money")) for one in spec.money if one not in numbers)


def _distinct_faults(standard: StandardTable, spec: TableSpec, where: Where) -> Iterator[Fault]:
    if isinstance(spec.distinct, bool):
        return
    made = made_columns(standard, spec)
    kind = f"column of table {standard.name} that is made"
    yield from (unknown_name(one, made, kind=kind, where=where("distinct")) for one in spec.distinct if one not in made)


def _returned_faults(standard: StandardTable, spec: TableSpec, where: Where) -> Iterator[Fault]:
    if spec.returned and standard.name != "transactions":
        what = f"rows of table {standard.name} give no money back"
        yield Fault(what, where("returned"), "on table transactions", "take it out")


def _recoding_faults(standard: StandardTable, spec: TableSpec, where: Where) -> Iterator[Fault]:
    mapped = [*(standard.column_names if spec.columns is None else spec.columns), *spec.attributes]
    mapped = [column for column in mapped if column not in {*spec.computed, *spec.constants}]
    for column in spec.values:
        place = where("values", column)
        if column not in mapped:
            yield unknown_name(column, mapped, kind=f"mapped column of table {standard.name}", where=place)
        elif len((spec.columns or {}).get(column, ())) > 1:
            what = f"{column!r} is made of several columns of yours, and cannot be recoded"
            yield Fault(what, place, "one source column", "map one column, or take the recoding out")
        elif column in standard.column_names:
            kind = standard.column(column).kind
            wrong = [ours for key, ours in spec.values[column].items() if key != OTHERS and not is_of_kind(kind, ours)]
            if wrong:
                what = f"{some_of(wrong)} cannot be read as {column}"
                yield Fault(what, place, OURS_IN_WORDS.get(kind, KIND_IN_WORDS[kind]), "write our values as allowed")


def _computed_faults(standard: StandardTable, spec: TableSpec, where: Where) -> Iterator[Fault]:
    numbers = [column.name for column in standard.columns if column.kind == "number"]
    for column in spec.computed:
        place = where("computed", column)
        if column not in numbers:
            yield unknown_name(column, numbers, kind=f"number column of table {standard.name}", where=place)
        for key, given in (("columns", spec.columns or {}), ("constants", spec.constants)):
            if column in given:
                what = f"{column!r} stands under {key} and under computed"
                yield Fault(what, place, "each column made in one way", _TAKE_ONE_OUT)
