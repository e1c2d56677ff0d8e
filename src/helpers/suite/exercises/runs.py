"""The runs an answer is held against: those of the study as the task has it, the newest first."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.core import places
from helpers.core.errors import Fault, InputError
from helpers.core.results import NamedResult
from helpers.narrative.exercises import Exercise
from helpers.suite.exercises.truth import company_hash, company_in, customers_where
from helpers.suite.planning.plan import CELL, COMMAND_LINE, STUDY
from helpers.suite.planning.run_names import EXAMPLE, LISTS, RECEIPT_FILE

RESULTS_FILE = "results.json"
PUBLISHED_FILE = ("replication", "published_values.csv")


def result_of(exercise: Exercise) -> tuple[NamedResult, str]:
    """Return the named result that an exercise asks for, and the run it is from.

    Raises
    ------
    InputError
        When no run of the study, as the task has it, found the result; with the command that does.
    """
    for folder in _runs(exercise):
        entry = _json(folder / RESULTS_FILE).get(exercise.checks)
        if entry is not None and entry.get("value") is not None:
            known = {key: entry[key] for key in ("value", "unit", "about", "tolerance")}
            return NamedResult(exercise.checks, **known), folder.name
    what = f"no run of {exercise.study} holds what the answer is compared with"
    raise InputError(Fault(what, exercise.id, remedy=f"run the chapter first: {exercise.run_command}"))


def customers_of_the_model(exercise: Exercise) -> frozenset[str] | None:
    """Return the customers that the method itself names, None where no run of this company has the list."""
    condition = exercise.model_condition
    if condition is None:
        return None
    for folder in _runs(exercise):
        path = folder / LISTS / f"{condition.table}.parquet"
        if path.is_file():
            table = pd.read_parquet(path)
            return customers_where(table, condition) if condition.column in table else None
    return None


def published_figure(exercise: Exercise) -> NamedResult:
    """Return the published figure that an exercise asks for.

    Raises
    ------
    InputError
        When the file of published figures has no such row.
    """
    path = places.data_folder().joinpath(*PUBLISHED_FILE)
    table = pd.read_csv(path, dtype={"unit": "string", "published": "string"}, keep_default_na=False)
    entry, item = exercise.published
    rows = table.loc[(table["entry"] == entry) & (table["item"] == item)]
    if rows.empty:
        raise InputError(Fault(f"{entry}/{item} is no published figure", exercise.id, remedy=f"see {path}"))
    row = rows.iloc[0]
    value = float(row["published"])
    relative = float(row["tolerance"] or 0) / abs(value) if value else 0.0
    return NamedResult("published", value, str(row["unit"]), f"{row['measure']}: {item}", relative)


def _runs(exercise: Exercise) -> Iterator[Path]:
    """Yield the folders of comparable runs, the newest first and the committed example last."""
    folders = list((places.reports_folder() / exercise.study).glob("[!.]*"))
    folders.append(places.project_root() / "reports" / exercise.study / EXAMPLE)
    whole = [one for one in dict.fromkeys(folders) if (one / RECEIPT_FILE).is_file() and (one / RESULTS_FILE).is_file()]
    newest = sorted(whole, key=lambda one: (one.name != EXAMPLE, (one / RECEIPT_FILE).stat().st_mtime), reverse=True)
    company = company_hash(exercise.study)
    for folder in newest:
        receipt = _json(folder / RECEIPT_FILE)
        if _changed(receipt) == dict(exercise.parameters) and company_in(receipt.get("inputs", [])) == company:
            yield folder


def _changed(receipt: dict[str, Any]) -> dict[str, object]:
    """Return the parameters of a run that were typed, on the command line or into a notebook."""
    settings = receipt.get("parameters", {}).items()
    return {name: one["value"] for name, one in settings if one["source"] in (COMMAND_LINE, CELL) and name != STUDY}


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError):  # changed by hand: no run to compare with
        return {}
    return content if isinstance(content, dict) else {}
