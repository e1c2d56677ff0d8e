"""Read a Stata file as text: codes or their labels, and answers with one of Stata's own missing codes, `.a` to `.z`.

A plain read gives missing values for them and nothing shows that they were there; here they are missing too, and
counted by their label. Stata knows no level of measurement: a column is read by its labels where each of its values has
one, and stays numbers where only the ends of a scale have.
"""

from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from helpers.core.errors import Fault, InputError
from helpers.study.grammar import Reading
from helpers.study.headers import clean_name
from helpers.study.sav import OWN_ENCODING, coded_table, labelled_by_name
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
    columns, meta = _read(path, label, options)
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


def _read(path: Path, label: str, options: Reading) -> tuple[dict[str, Any], Any]:
    try:
        import pyreadstat
    except ImportError as error:
        remedy = "install it: pip install pyreadstat"
        raise InputError(Fault("the reader of Stata files is missing", label, "", remedy)) from error
    encoding = None if options.encoding.lower() == OWN_ENCODING else options.encoding
    try:
        columns, meta = pyreadstat.read_dta(str(path), user_missing=True, output_format="dict", encoding=encoding)
    except UnicodeDecodeError as error:
        remedy = "say which encoding it is in: encoding: cp1252"
        raise InputError(Fault("holds text in another encoding than it says", label, "", remedy)) from error
    except pyreadstat.ReadstatError as error:
        remedy = "open it in Stata and save it again as .dta"
        raise InputError(Fault("is no Stata file, or a damaged one", label, ".dta", remedy)) from error
    return columns, meta


def _all_labelled(values: Sequence[Any], labels: Mapping[Any, str], missing: Container[Any] | None) -> bool:
    held = {value for value in values if value is not None and value == value and value not in (missing or ())}
    return bool(held) and all(labels.get(value) for value in held)
