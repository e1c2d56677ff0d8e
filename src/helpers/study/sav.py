"""Read an SPSS file as text: codes or their labels, and answers that the file calls missing.

SPSS marks codes such as 99 for "refused" as missing by the user. A plain read gives missing values for them and nothing
shows that they were there; here they are missing too, and counted by their label.
"""

import json
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from helpers.core.errors import Fault, InputError, unknown_name
from helpers.study.grammar import Reading
from helpers.study.headers import clean_name
from helpers.study.text_tables import require_header, text_table, value_text

NOMINAL = "nominal"
"""Measurement level, as SPSS calls it, whose codes stand for nothing but their labels."""
_USER_MISSING = b"answers the file calls missing"
_BY_LABEL = b"columns read by label unasked"
OWN_ENCODING = "utf-8"  # what a study says by default: the file then knows better


def read_sav(path: Path, label: str, options: Reading) -> pa.Table:
    """Return an SPSS file as text columns plus its row numbers.

    Parameters
    ----------
    path : Path
        A .sav or .zsav file.
    label : str
        How messages call it.
    options : Reading
        `value_labels` names the columns that are read by their labels; without it those of nominal level are. All
        others are read by their codes.

    Raises
    ------
    InputError
        When the file is no SPSS file or damaged, is in another encoding, or has no column that is named.
    """
    columns, meta = _read(path, label, options)
    header = [clean_name(str(name)) for name in columns]
    require_header(header, label)
    labelled = _labelled(header, meta, options, label)
    ranges = meta.missing_ranges
    return coded_table(columns, meta, labelled, lambda name, value: _is_missing(value, ranges.get(name, [])), label)


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


def _read(path: Path, label: str, options: Reading) -> tuple[dict[str, Any], Any]:
    try:
        import pyreadstat
    except ImportError as error:
        remedy = "install it: pip install pyreadstat"
        raise InputError(Fault("the reader of SPSS files is missing", label, "", remedy)) from error
    encoding = None if options.encoding.lower() == OWN_ENCODING else options.encoding
    try:
        columns, meta = pyreadstat.read_sav(str(path), user_missing=True, output_format="dict", encoding=encoding)
    except UnicodeDecodeError as error:
        remedy = "say which encoding it is in: encoding: cp1252"
        raise InputError(Fault("holds text in another encoding than it says", label, "", remedy)) from error
    except pyreadstat.ReadstatError as error:
        remedy = "open it in SPSS or PSPP and save it again as .sav"
        raise InputError(Fault("is no SPSS file, or a damaged one", label, ".sav or .zsav", remedy)) from error
    return columns, meta


def _labelled(header: Sequence[str], meta: Any, options: Reading, label: str) -> set[str]:
    """Return the columns that are read by their labels."""
    if options.value_labels is None:
        nominal = {clean_name(str(one)) for one, level in meta.variable_measure.items() if level == NOMINAL}
        return nominal & set(header)
    return labelled_by_name(header, options, label)


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


def _is_missing(value: object, ranges: Iterable[Mapping[str, Any]]) -> bool:
    """Say whether a value lies in a range that the file calls missing; ranges of text hold one text each."""
    return any(
        one["lo"] <= value <= one["hi"]
        for one in ranges
        if isinstance(one["lo"], str) == isinstance(value, str) and not hasattr(value, "isoformat")
    )


def _shown(value: Any, labels: Mapping[Any, str]) -> str:
    """Return the label of a code, or the code itself where it has none."""
    return str(labels.get(value) or value_text(value) or value)
