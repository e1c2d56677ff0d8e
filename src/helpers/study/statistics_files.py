"""Read a file of a statistics program as text: what SPSS and Stata files have in common.

Codes or their labels, and answers that the file itself calls missing, counted by their label: a plain read gives
missing values for them and nothing shows that they were there.
"""

import json
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from helpers.core.errors import Fault, InputError, unknown_name
from helpers.study.grammar import Reading
from helpers.study.headers import clean_name
from helpers.study.text_tables import text_table, value_text

_USER_MISSING = b"answers the file calls missing"
_BY_LABEL = b"columns read by label unasked"
_OWN_ENCODING = "utf-8"  # what a study says by default: the file then knows better


@dataclass(frozen=True)
class Program:
    """A statistics program whose files are read.

    Parameters
    ----------
    name : str
        What it is called.
    reader : str
        Function of pyreadstat that reads its files.
    endings : str
        Of its files, in words.
    opened_in : str
        Programs that may mend a damaged file.
    """

    name: str
    reader: str
    endings: str
    opened_in: str


SPSS = Program("SPSS", "read_sav", ".sav or .zsav", "SPSS or PSPP")
STATA = Program("Stata", "read_dta", ".dta", "Stata")


def read_statistics(path: Path, label: str, options: Reading, program: Program) -> tuple[dict[str, Any], Any]:
    """Return the columns of a file by the file's own names, and what it says of them.

    Parameters
    ----------
    path : Path
        The file.
    label : str
        How messages call it.
    options : Reading
        With the encoding, where the file does not know it.
    program : Program
        Whose file it is.

    Raises
    ------
    InputError
        When the file is none of that program or damaged, or is in another encoding.
    """
    try:
        import pyreadstat
    except ImportError as error:
        remedy = "install it: pip install pyreadstat"
        raise InputError(Fault(f"the reader of {program.name} files is missing", label, "", remedy)) from error
    encoding = None if options.encoding.lower() == _OWN_ENCODING else options.encoding
    read = getattr(pyreadstat, program.reader)
    try:
        columns, meta = read(str(path), user_missing=True, output_format="dict", encoding=encoding)
    except UnicodeDecodeError as error:
        remedy = "say which encoding it is in: encoding: cp1252"
        raise InputError(Fault("holds text in another encoding than it says", label, "", remedy)) from error
    except pyreadstat.ReadstatError as error:
        remedy = f"open it in {program.opened_in} and save it again as {program.endings.partition(' ')[0]}"
        what = f"is no {program.name} file, or a damaged one"
        raise InputError(Fault(what, label, program.endings, remedy)) from error
    return columns, meta


def coded_table(
    columns: Mapping[str, Sequence[Any]],
    meta: Any,
    labelled: Container[str],
    is_missing: Callable[[str, object], bool],
    label: str,
    unasked: Iterable[str] = (),
) -> pa.Table:
    """Return what pyreadstat has read as text columns plus its row numbers.

    Parameters
    ----------
    columns : mapping of str to sequence
        Values by the file's own name of the column.
    meta : pyreadstat metadata
        With the labels of codes.
    labelled : container of str
        Clean names of the columns that are read by their labels.
    is_missing : callable
        Says of a column, by its own name, and a value whether the file calls it missing.
    label : str
        How messages call the file.
    unasked : iterable of str
        Columns read by their labels though nobody asked for it.
    """
    header = [clean_name(str(name)) for name in columns]
    texts, missing = [], {}
    for name, own_name, values in zip(header, columns, columns.values(), strict=True):
        labels = meta.variable_value_labels.get(own_name, {})
        given = [None if value != value else value for value in values]
        gone = [one is not None and is_missing(own_name, one) for one in given]
        counts = Counter(_shown(one, labels) for one, none in zip(given, gone, strict=True) if none)
        if counts:
            missing[name] = dict(sorted(counts.items()))
        known = [None if none else one for one, none in zip(given, gone, strict=True)]
        texts.append(
            [_shown(one, labels) if name in labelled and one is not None else value_text(one) for one in known]
        )
    rows = zip(*texts, strict=True)
    table = text_table(header, enumerate(rows, start=1), label)
    notes = {_USER_MISSING: json.dumps(missing), _BY_LABEL: json.dumps(sorted(unasked))}
    return table.replace_schema_metadata(notes)


def by_label(table: pa.Table) -> frozenset[str]:
    """Return the columns that were read by their labels though nobody asked for it."""
    return frozenset(json.loads((table.schema.metadata or {}).get(_BY_LABEL, b"[]")))


def user_missing(table: pa.Table) -> Mapping[str, Mapping[str, int]]:
    """Return how often each code that the file calls missing was given, by column and label."""
    found: dict[str, dict[str, int]] = json.loads((table.schema.metadata or {}).get(_USER_MISSING, b"{}"))
    return found


def labelled_by_name(names: Sequence[str], options: Reading, label: str) -> set[str]:
    """Return the columns that a study names under `value_labels`.

    Raises
    ------
    InputError
        When the file has no such column.
    """
    named = options.value_labels or ()
    faults = [unknown_name(one, names, kind="column", where=label) for one in named if one not in names]
    if faults:
        raise InputError(faults)
    return set(named)


def _shown(value: Any, labels: Mapping[Any, str]) -> str:
    """Return the label of a code, or the code itself where it has none."""
    return str(labels.get(value) or value_text(value) or value)
