"""Read an SPSS file as text: codes or their labels, and answers that the file calls missing.

SPSS marks codes such as 99 for "refused" as missing by the user. A plain read gives missing values for them and nothing
shows that they were there; here they are missing too, and counted by their label.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
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
_OWN_ENCODING = "utf-8"  # what a study says by default: the file then knows better


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
    texts, missing = [], {}
    for name, own_name, values in zip(header, columns, columns.values(), strict=True):
        labels = meta.variable_value_labels.get(own_name, {})
        ranges = meta.missing_ranges.get(own_name, [])
        given = [None if value != value else value for value in values]
        counts = Counter(_shown(one, labels) for one in given if one is not None and _is_missing(one, ranges))
        if counts:
            missing[name] = dict(sorted(counts.items()))
        known = [None if one is None or _is_missing(one, ranges) else one for one in given]
        texts.append(
            [_shown(one, labels) if name in labelled and one is not None else value_text(one) for one in known]
        )
    rows = zip(*texts, strict=True)
    table = text_table(header, enumerate(rows, start=1), label)
    return table.replace_schema_metadata({_USER_MISSING: json.dumps(missing)})


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
    encoding = None if options.encoding.lower() == _OWN_ENCODING else options.encoding
    try:
        columns, meta = pyreadstat.read_sav(str(path), user_missing=True, output_format="dict", encoding=encoding)
    except UnicodeDecodeError as error:
        remedy = "say which encoding it is in: encoding: cp1252"
        raise InputError(Fault("holds text in another encoding than it says", label, "", remedy)) from error
    except pyreadstat.ReadstatError as error:
        remedy = "open it in SPSS or PSPP and save it again as .sav"
        raise InputError(Fault("is no SPSS file, or a damaged one", label, ".sav or .zsav", remedy)) from error
    return columns, meta


def _labelled(header: Iterable[str], meta: Any, options: Reading, label: str) -> set[str]:
    """Return the columns that are read by their labels."""
    names = list(header)
    if options.value_labels is None:
        nominal = {clean_name(str(one)) for one, level in meta.variable_measure.items() if level == NOMINAL}
        return nominal & set(names)
    faults = [unknown_name(one, names, kind="column", where=label) for one in options.value_labels if one not in names]
    if faults:
        raise InputError(faults)
    return set(options.value_labels)


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
