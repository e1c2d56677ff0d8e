"""Values with control characters inside: nobody sees them, and two values that look alike are different."""

from collections.abc import Iterator

import ibis

from helpers.core.errors import counted, some_of
from helpers.core.lines import exact_sum
from helpers.core.results import in_unit
from helpers.study.data_warnings import DataWarning
from helpers.study.raw_table import CONTROL
from helpers.study.tables import StudyTables
from helpers.study.text_tables import ROW

_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
"""All but tab and line break, such as NUL and ESC."""


def control_characters(study: StudyTables, name: str, part: int) -> Iterator[DataWarning]:
    """Tell how many rows of a text source hold values with control characters, and in which of the columns used.

    Parameters
    ----------
    study : StudyTables
        The study.
    name : str
        A standard table that can be made.
    part : int
        Which of its sources.
    """
    prepared = study.prepare_part(name, part)
    table = prepared.raw.table
    used = {source for one in prepared.columns for source in one.sources}
    columns = [column for column in table.columns if column in used and column in prepared.raw.text]
    if ROW not in table.columns or not columns or CONTROL in prepared.raw.absent:
        return
    tests = {column: table[column].re_search(_CONTROL).fill_null(False) for column in columns}
    together = ibis.or_(*tests.values())
    amount = prepared.value_of("amount")
    money = {} if amount is None else {"amount": exact_sum(ibis.cases((together, amount), else_=0.0).fill_null(0.0))}
    counts = {f"c{number}": test.sum() for number, test in enumerate(tests.values())}
    row = table.aggregate(rows=together.sum(), **counts, **money).to_pyarrow().to_pylist()[0]
    if not row["rows"]:
        return
    held = [column for number, column in enumerate(tests) if row[f"c{number}"]]
    what = f"{counted(row['rows'], 'row')} of table {name}"
    what += f" with {in_unit(row['amount'], study.spec.currency)}" if money else ""
    what += f" hold control characters such as NUL or ESC in {some_of(held)}: values that look alike are different"
    remedy = "take these characters out where the table is exported"
    yield DataWarning(what, study.lines.where(*study.place(name, part)), remedy, name, row["rows"], row.get("amount"))
