"""The warnings about a study's data as the notebooks of a run share them: looked for once, by the run itself."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

from helpers.core.results import dump_json
from helpers.study.data_warnings import DataWarning
from helpers.study.study import Study
from helpers.suite.planning.run_names import RUN_FOLDER_VARIABLE, WARNINGS

VIEW_PARAMETERS = ("only_region", "only_seller")
"""Parameters that say whose rows alone a reader may see."""


def is_for_one_reader(values: Mapping[str, object]) -> bool:
    """Say whether parameters ask for a report of one region or seller; what is odd in all rows has no place there.

    Examples
    --------
    >>> is_for_one_reader({"only_region": "North", "only_seller": ""})
    True
    """
    return any(str(values.get(name) or "").strip() for name in VIEW_PARAMETERS)


def keep_warnings(study: Study, run_folder: Path) -> None:
    """Write the warnings of a study where the notebooks of a run find them."""
    found = [asdict(one) for one in study.warnings()]
    (run_folder / WARNINGS).write_text(dump_json(found), encoding="utf-8", newline="\n")


def warnings_about(study: Study, tables: Iterable[str]) -> tuple[DataWarning, ...]:
    """Return the warnings that concern some tables: those the run has found, else looked for now, in these alone.

    Parameters
    ----------
    study : Study
        Whose data.
    tables : iterable of str
        Standard tables in use; those the study does not have are passed over.
    """
    used = [name for name in dict.fromkeys(tables) if study.has(name)]
    folder = os.environ.get(RUN_FOLDER_VARIABLE)
    if folder and (file := Path(folder) / WARNINGS).is_file():
        entries = json.loads(file.read_text(encoding="utf-8"))
        found = tuple(DataWarning(**entry) for entry in entries)
    else:
        found = study.warnings(used)
    return tuple(one for one in found if one.concerns(used))
