"""Read a Stata file as text: codes or their labels, and answers with one of Stata's own missing codes, `.a` to `.z`.

A plain read gives missing values for them and nothing shows that they were there; here they are missing too, and
counted by their label. Stata knows no level of measurement: a column is read by its labels where each of its values has
one, and stays numbers where only the ends of a scale have.
"""

from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from helpers.study.grammar import Reading
from helpers.study.headers import clean_name
from helpers.study.statistics_files import STATA, coded_table, labelled_by_name, read_statistics
from helpers.study.text_tables import require_header


def read_dta(path: Path, label: str, options: Reading, numbers: Container[str] = frozenset()) -> pa.Table:
    """Return a Stata file as text columns plus its row numbers.

    Parameters
    ----------
    path : Path
        A .dta file.
    label : str
        How messages call it.
    options : Reading
        `value_labels` names the columns that are read by their labels; without it those are of which each value has
        one. All others are read by their codes.
    numbers : container of str
        Columns of which the table wants numbers: read by their codes unless they are named.

    Raises
    ------
    InputError
        When the file is no Stata file or damaged, is in another encoding, or has no column that is named.
    """
    columns, meta = read_statistics(path, label, options, STATA)
    header = [clean_name(str(name)) for name in columns]
    require_header(header, label)
    codes = meta.missing_user_values
    unasked: set[str] = set()
    if options.value_labels is None:
        unasked = {
            clean_name(str(name))
            for name, values in columns.items()
            if name not in numbers and _all_labelled(values, meta.variable_value_labels.get(name, {}), codes.get(name))
        }
    labelled = unasked or labelled_by_name(header, options, label)
    return coded_table(columns, meta, labelled, lambda name, value: value in codes.get(name, ()), label, unasked)


def _all_labelled(values: Sequence[Any], labels: Mapping[Any, str], missing: Container[Any] | None) -> bool:
    held = {value for value in values if value is not None and value == value and value not in (missing or ())}
    return bool(held) and all(labels.get(value) for value in held)
