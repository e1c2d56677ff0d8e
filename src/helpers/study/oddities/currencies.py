"""Amounts in several currencies, reported by a column that names them: they would be added up as if they were one."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import ibis

from helpers.core.errors import counted, some_of
from helpers.core.lines import exact_sum
from helpers.study.data_warnings import DataWarning
from helpers.study.oddities.unused_rows import in_yaml
from helpers.study.tables import StudyTables
from helpers.study.text_tables import ROW

_NAMED = re.compile(
    r"(?:^|[_\s-])(?:currency|curr|waehrung|währung|devise|moneda|valuta|币种|货币)(?:$|[_\s-])", re.IGNORECASE
)
_MOST_SHOWN = 30


def several_currencies(study: StudyTables, name: str, part: int) -> Iterator[DataWarning]:
    """Tell columns of transactions that name more than one currency, with the rows that are not in the study's own.

    A column by which rows are chosen is left alone: the choice says which currency is meant.
    """
    if name != "transactions":
        return
    spec, prepared = study.spec_of(name, part), study.prepare_part(name, part)
    table = prepared.raw.table
    amount = next((one.value for one in prepared.columns if one.name == "amount"), None)
    if amount is None:
        return
    for column in table.columns:
        speaks_of_currency = _NAMED.search(column) and column not in spec.chosen_by and column != ROW
        if not speaks_of_currency or not table[column].type().is_string():
            continue
        words = table.select(word=table[column].strip(), amount=amount)
        groups = words.group_by("word").aggregate(rows=words.count(), amount=exact_sum(words["amount"]))
        found = groups.order_by([ibis.desc("rows"), "word"]).limit(_MOST_SHOWN).to_pyarrow().to_pylist()
        named = [row for row in found if row["word"]]
        if len({row["word"].upper() for row in named}) > 1:
            where = study.lines.where(*study.place(name, part))
            yield _warning(name, column, named, study.spec.currency, where)


def _warning(table: str, column: str, named: Sequence[Mapping[str, Any]], currency: str, where: str) -> DataWarning:
    others = [row for row in named if row["word"].upper() != currency]
    rows = sum(row["rows"] for row in others)
    what = (
        f"column {column} of table {table} names {some_of([row['word'] for row in named])}: the amounts of "
        f"{counted(rows, 'row')} in another currency than {currency} are added up as if they were {currency}"
    )
    own = next((row["word"] for row in named if row["word"].upper() == currency), named[0]["word"])
    choice = f"only_rows: {{{in_yaml(column)}: [{in_yaml(own)}]}}"
    remedy = f"convert the amounts into {currency} before, or add {choice} to table {table}"
    return DataWarning(what, where, remedy, table, rows, sum(row["amount"] or 0.0 for row in others))
