"""Read an SPSS file as text: codes or their labels, and answers that the file calls missing.

SPSS marks codes such as 99 for "refused" as missing by the user. A plain read gives missing values for them and nothing
shows that they were there; here they are missing too, and counted by their label.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from helpers.study.grammar import Reading
from helpers.study.headers import clean_name
from helpers.study.statistics_files import SPSS, coded_table, labelled_by_name, read_statistics
from helpers.study.text_tables import require_header

NOMINAL = "nominal"
"""Measurement level, as SPSS calls it, whose codes stand for nothing but their labels."""


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
    columns, meta = read_statistics(path, label, options, SPSS)
    header = [clean_name(str(name)) for name in columns]
    require_header(header, label)
    labelled = _labelled(header, meta, options, label)
    ranges = meta.missing_ranges
    return coded_table(columns, meta, labelled, lambda name, value: _is_missing(value, ranges.get(name, [])), label)


def _labelled(header: Sequence[str], meta: Any, options: Reading, label: str) -> set[str]:
    """Return the columns that are read by their labels."""
    if options.value_labels is None:
        nominal = {clean_name(str(one)) for one, level in meta.variable_measure.items() if level == NOMINAL}
        return nominal & set(header)
    return labelled_by_name(header, options, label)


def _is_missing(value: object, ranges: Iterable[Mapping[str, Any]]) -> bool:
    """Say whether a value lies in a range that the file calls missing; ranges of text hold one text each."""
    return any(
        one["lo"] <= value <= one["hi"]
        for one in ranges
        if isinstance(one["lo"], str) == isinstance(value, str) and not hasattr(value, "isoformat")
    )
