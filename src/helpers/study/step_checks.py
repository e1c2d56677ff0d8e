"""What is wrong with the steps that a study asks for, once the data are looked at: each with its rows."""

from collections.abc import Iterator
from typing import Any

import ibis

from helpers.core.any_engine import each_once
from helpers.core.errors import Fault, counted, some_of
from helpers.study.money_text import common_currencies, in_words, marks_held
from helpers.study.standard_columns import KIND_IN_WORDS, NUMBERS
from helpers.study.standardise import TEXT_IN_WORDS, Converted
from helpers.study.steps.row_choice import choices
from helpers.study.tables import Prepared, StudyTables
from helpers.study.text_tables import ROW

_SHOWN = 5
_MOST_WORDS = 20


def choice_faults(study: StudyTables, name: str, part: int, prepared: Prepared) -> Iterator[Fault]:
    """Tell rules that no row holds to or that every row does, and values that cannot be compared with a limit.

    Parameters
    ----------
    study : StudyTables
        The study.
    name : str
        A standard table that can be made.
    part : int
        Which of its sources.
    prepared : Prepared
        Its rows.
    """
    rules = choices(prepared.once.table, study.spec_of(name, part))
    if not rules:
        return
    table = prepared.once.table
    together = ibis.and_(*(one.kept for one in rules))
    counts = {"rows": table.count(), "kept": together.sum()}
    for number, one in enumerate(rules):
        counts |= {f"kept{number}": one.kept.sum()}
        counts |= {} if one.unread is None else {f"unread{number}": one.unread.sum()}
    row = table.aggregate(**counts).to_pyarrow().to_pylist()[0]
    unread = [
        _unread(study, name, part, prepared, one, row[f"unread{number}"])
        for number, one in enumerate(rules)
        if row.get(f"unread{number}")
    ]
    yield from unread
    if not row["rows"] or unread:
        return
    for number, one in enumerate(rules):
        if not row[f"kept{number}"]:
            yield _none_left(study, name, part, prepared, one)
    if not row["kept"] and all(row[f"kept{number}"] for number in range(len(rules))):
        where = study.lines.where(*study.place(name, part), rules[0].key)
        what = f"no row of {prepared.raw.label} holds to all that is said of {some_of([one.column for one in rules])}"
        yield Fault(what, where, "rules that some rows hold to together", "take one of the rules out")
    if row["kept"] == row["rows"] and not _chooses_elsewhere(study, name, part):
        where = study.lines.where(*study.place(name, part), rules[0].key)
        columns = some_of([one.column for one in rules])
        what = f"every row of {prepared.raw.label} holds to what is said of {columns}: nothing is left out"
        allowed = "rules that leave some rows out"
        yield Fault(what, where, allowed, f"compare it with the values of the column ({_values(rules[0], table)}), or "
                    "take the rule out")  # fmt: skip


def value_step_faults(study: StudyTables, name: str, part: int, prepared: Prepared) -> Iterator[Fault]:
    """Tell values that a recoding misses, computed columns that cannot be computed, and money in two currencies.

    Parameters
    ----------
    study : StudyTables
        The study.
    name : str
        A standard table that can be made.
    part : int
        Which of its sources.
    prepared : Prepared
        Its rows.
    """
    tests = list(_value_tests(prepared.columns))
    if tests:
        table = prepared.raw.table
        row = table.aggregate(**{f"t{n}": one[2].sum() for n, one in enumerate(tests)}).to_pyarrow().to_pylist()[0]
        for number, (kind, column, test, shown) in enumerate(tests):
            if row[f"t{number}"]:
                yield _value_fault(study, name, part, prepared, kind, column, test, shown, row[f"t{number}"])
    yield from _currencies(study, name, part, prepared)


def _value_tests(columns: list[Converted]) -> Iterator[tuple[str, Converted, Any, str]]:
    """Yield what is asked: kind of fault, column, where it is, and the source column whose values are shown."""
    for column in columns:
        if column.unlisted is not None:
            yield "unlisted", column, column.unlisted.fill_null(False), column.sources[0]
        if column.computation is None:
            continue
        for one in column.computation.operands:
            if one.misfit is not None:
                yield f"operand {one.name}", column, one.misfit.fill_null(False), one.sources[0]
        if column.computation.by_nought is not None:
            yield "nought", column, column.computation.by_nought, ""
        if column.computation.too_large is not None:
            yield "large", column, column.computation.too_large, ""


def _value_fault(
    study: StudyTables,
    name: str,
    part: int,
    prepared: Prepared,
    kind: str,
    column: Converted,
    test: Any,
    shown: str,
    count: int,
) -> Fault:
    table = prepared.raw.table
    key = "values" if kind == "unlisted" else "computed"
    where = f"{study.lines.where(*study.place(name, part), key, column.name)}, table {name}"
    rows = counted(count, "row") + _first_rows(prepared, test, count)
    if kind == "unlisted":
        text = table[shown].cast("string").strip()
        words = table.filter(test).select(word=text)
        groups = words.group_by("word").aggregate(rows=words.count()).order_by([ibis.desc("rows"), "word"])
        found = groups.limit(_MOST_WORDS).to_pyarrow().to_pylist()
        named = ", ".join(f"{row['word']!r} ({row['rows']:,})" for row in found)
        what = f"{rows} hold values of {shown} that are not recoded: {named}"
        remedy = f"add them to values: {column.name}, or say there _others: keep or _others: missing"
        return Fault(what, f"{where}, column {shown}", "every value in the list", remedy)
    text = column.computation.text if column.computation else ""
    if kind == "nought":
        what = f"{column.name} is divided by nought in {rows}: {text}"
        return Fault(what, where, "divisors other than nought", "leave these rows out with where, or correct them")
    if kind == "large":
        what = f"{column.name} has more digits than any amount in {rows}: {text}"
        return Fault(what, where, "numbers of 14 digits at most", "correct these rows, or leave them out with where")
    values = each_once(table.filter(test).select(value=table[shown])).order_by("value").limit(_SHOWN + 1)
    found_values = values.to_pyarrow().to_pydict()["value"]
    what = f"{some_of(found_values)} cannot be read as a number in {rows}, for {column.name}: {text}"
    allowed = TEXT_IN_WORDS["number"] if shown in prepared.raw.text else KIND_IN_WORDS["number"]
    remedy = f"repair the values, leave the rows out with where, or add money: [{column.name}] for signs of a currency"
    return Fault(what, f"{where}, column {shown}", allowed, remedy)


def _unread(study: StudyTables, name: str, part: int, prepared: Prepared, one: Any, count: int) -> Fault:
    table = prepared.once.table
    values = each_once(table.filter(one.unread).select(value=table[one.column])).order_by("value").limit(_SHOWN + 1)
    limits = ", ".join(f"{key}: {limit}" for key, limit in one.rule.limits.items())
    what = f"{some_of(values.to_pyarrow().to_pydict()['value'])} cannot be compared with {limits}"
    what += f" in {counted(count, 'row')}{_first_rows(prepared, one.unread, count, table)}"
    where = f"{study.lines.where(*study.place(name, part), one.key, one.column)}, table {name}, column {one.column}"
    remedy = "repair the values; set decimal, thousands or date_format; or list under missing what stands for none"
    return Fault(what, where, "numbers beside a number, dates beside a date", remedy)


def _none_left(study: StudyTables, name: str, part: int, prepared: Prepared, one: Any) -> Fault:
    where = study.lines.where(*study.place(name, part), one.key, one.column)
    what = f"no row of {prepared.raw.label} holds to what is said of {one.column}: none is left"
    allowed = f"values of the column: {_values(one, prepared.once.table)}"
    return Fault(what, f"{where}, table {name}", allowed, "correct the rule, or take it out")


def _values(one: Any, table: Any) -> str:
    """Return some values of a column, the most frequent first."""
    words = table.select(word=table[one.column].cast("string").strip())
    groups = words.group_by("word").aggregate(rows=words.count()).order_by([ibis.desc("rows"), "word"])
    found = groups.limit(_SHOWN).to_pyarrow().to_pydict()["word"]
    return ", ".join("blank" if word in (None, "") else repr(word) for word in found)


def _chooses_elsewhere(study: StudyTables, name: str, part: int) -> bool:
    """Say whether the same rules leave rows of another source of the table out."""
    rules = study.spec_of(name, part).row_rules
    for other, spec in enumerate(study.spec.tables[name].parts):
        if other != part and spec.row_rules == rules and study.prepare_part(name, other).rows_not_chosen():
            return True
    return False


def _first_rows(prepared: Prepared, test: Any, count: int, table: Any = None) -> str:
    table = prepared.raw.table if table is None else table
    if ROW not in table.columns:
        return ""
    numbers = table.filter(test).order_by(ROW).limit(_SHOWN).select(ROW).to_pyarrow().to_pydict()[ROW]
    return f" ({prepared.raw.rows(numbers, more=count > _SHOWN)})"


def _currencies(study: StudyTables, name: str, part: int, prepared: Prepared) -> Iterator[Fault]:
    """Tell money in several currencies, and in another than the study's: it would be added up as if it were one."""
    spec, currency = study.spec_of(name, part), study.spec.currency
    where = study.lines.where(*study.place(name, part), "money")
    sources = {
        source: None
        for column in prepared.columns
        if column.kind in NUMBERS and spec.holds_money(column.name)
        for source in column.sources
        if source in prepared.raw.text
    }
    for source in sources:
        marks = marks_held(prepared.raw.table, prepared.raw.table[source])
        fitting = common_currencies(marks)
        place = f"{where}, table {name}, column {source}"
        if marks and not fitting:
            what = f"the money stands in several currencies: {in_words(marks)}"
            remedy = "convert it into one currency before, or choose the rows of one with where"
            yield Fault(what, place, f"one currency, {currency}", remedy)
        elif marks and currency not in fitting:
            what = f"the money stands in another currency than {currency}: {in_words(marks)}"
            remedy = f"set currency: {sorted(fitting)[0]} for the study, or convert the money before"
            yield Fault(what, place, f"signs and codes of {currency}", remedy)
