"""How a notebook opens: its parameters are read and checked, its study is loaded, and it says what it runs on.

The same notebook runs under `crm run`, under plain papermill and with Run All in JupyterLab. The cells already executed
(IPython's `In`) tell which parameters were written in the cell and which papermill injected.
"""

import ast
import json
import linecache
import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from IPython.core.getipython import get_ipython

from helpers.errors import Fault, InputError
from helpers.places import reports_folder
from helpers.results import Ledger
from helpers.study import Study, open_study
from helpers.suite.book import Book
from helpers.suite.display import show
from helpers.suite.needs import alternatives, in_words, missing_from, needed_data, table_of
from helpers.suite.parameters import Parameter, Value, parse_parameters, resolve_with_faults
from helpers.suite.run_warnings import warnings_about
from helpers.suite.study_values import study_faults
from helpers.suite.workspace import RUN_FOLDER_VARIABLE, WHOLE_RUN

_INJECTED = "# Parameters"  # papermill writes this line above what it injects
_CELL, _INJECTED_BY_PAPERMILL = "parameters cell", "injected parameters"


def start(
    namespace: Mapping[str, Any],
    *,
    needs: Sequence[str] = (),
    wants: Sequence[str] = (),
    summarises: bool = False,
) -> Book:
    """Open a notebook: read and check its parameters, load its study, show what it runs on.

    Parameters
    ----------
    namespace : mapping
        `globals()` of the notebook.
    needs : sequence of str
        Standard tables, or columns of them ("products.category"), without which the notebook has nothing to say;
        "contracts or transactions" where either will do.
    wants : sequence of str
        Standard tables it uses when the study has them.
    summarises : bool
        Whether it tells the results of the other notebooks, and so runs after them.

    Raises
    ------
    InputError
        When a parameter or the study is wrong, or a needed table or column is missing; shown in the notebook as plain
        sentences.
    """
    _show_input_errors_plainly()
    specification, injected = _executed_parameters(_executed_cells(namespace))
    # What is injected stands in the namespace too, in place of what the cell says.
    written = {name: namespace[name] for name in specification if name in namespace and name not in injected}
    study, values = _study_and_values(specification, written, injected, str(namespace.get("study", "")))
    _require_tables(study, needs)
    recalled = _other_results(study) if summarises else Ledger(study.currency)
    used = [table_of(one) for need in (*needs, *wants) for one in alternatives(need)]
    book = Book(study, values, recalled, warnings_about(study, used))
    sources = {name: _source_of(name, injected, study) for name in values}
    _show_opening(book, specification, values, sources, wants)
    return book


def _study_and_values(
    specification: Mapping[str, Parameter],
    written: Mapping[str, object],
    injected: Mapping[str, object],
    name: str,
) -> tuple[Study, dict[str, Value]]:
    """Return the study and the value of every parameter, or raise what is wrong with either, all at once."""
    study, faults = _opened(name)
    of_study = {key: value for key, value in study.parameters.items() if key in specification} if study else {}
    in_file = partial(study.where, "parameters") if study else "study.yml"
    layers = (_CELL, written), (in_file, of_study), (_INJECTED_BY_PAPERMILL, injected)
    values, wrong = resolve_with_faults(specification, *layers)
    faults += wrong
    if study is None:
        raise InputError(faults)

    def place(key: str) -> str:
        if key in injected:
            return _INJECTED_BY_PAPERMILL
        return study.where("parameters", key) if key in of_study else _CELL

    faults += study_faults(specification, values, study, place)
    if faults:
        raise InputError(faults)
    return study, values


def _opened(name: str) -> tuple[Study | None, list[Fault]]:
    try:
        return open_study(name)
    except InputError as error:
        return None, list(error.faults)


def _executed_cells(namespace: Mapping[str, Any]) -> list[str]:
    """Return the sources of the cells run so far, in order.

    A client may ask the kernel to keep no history (nbval does); the sources that tracebacks are made from are kept even
    then, without a time stamp as they belong to no file.
    """
    history: list[str] = list(namespace.get("In", []))
    if any(source.strip() for source in history):
        return history
    entries = list(linecache.cache.values())
    return ["".join(entry[2]) for entry in entries if len(entry) == 4 and entry[1] is None]


def _executed_parameters(executed: Sequence[str]) -> tuple[dict[str, Parameter], dict[str, object]]:
    """Return the specification from the parameters cell and what papermill injected after it."""
    specification: dict[str, Parameter] = {}
    injected: dict[str, object] = {}
    for source in executed:
        if source.startswith(_INJECTED):
            injected = {
                node.targets[0].id: _literal(node.value)
                for node in ast.parse(source).body
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
            }
        elif _is_parameters_cell(source):
            specification, injected = parse_parameters(source), {}
    if not specification:
        remedy = "run the notebook's parameters cell before this one"
        raise InputError(Fault("the parameters cell has not been run", where="start", remedy=remedy))
    return specification, injected


def _literal(written: ast.expr) -> object:
    """Return an injected value; one that cannot be read, such as `float('nan')`, as its text, which no type accepts."""
    try:
        return ast.literal_eval(written)
    except ValueError:
        return ast.unparse(written)


def _is_parameters_cell(source: str) -> bool:
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return False
    named = [node.target.id for node in body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)]
    return len(named) == len(body) and "study" in named


def _require_tables(study: Study, needs: Sequence[str]) -> None:
    faults = [
        Fault(
            f"this notebook needs {' or '.join(map(_called, alternatives(need)))}",
            where=f"study {study.name}",
            allowed=needed_data(need),
            remedy=f"add {need} to the tables of study.yml, or leave this notebook out",
        )
        for need in missing_from(study, needs)
    ]
    if faults:
        raise InputError(faults)


def _called(need: str) -> str:
    return f"the {'column' if '.' in need else 'table'} {need!r}"


def _other_results(study: Study) -> Ledger:
    """Return the results of the run this notebook belongs to, else of the study's whole run, else of its newest."""
    folder = os.environ.get(RUN_FOLDER_VARIABLE)
    if folder:
        files = sorted((Path(folder) / "results").glob("*.json"))
    else:
        reports = list((reports_folder() / study.name).glob("[!.]*/results.json"))
        files = sorted(reports, key=lambda file: (file.parent.name == WHOLE_RUN, file.stat().st_mtime))[-1:]
    entries: dict[str, Any] = {}
    for file in files:
        entries |= json.loads(file.read_text(encoding="utf-8"))
    return Ledger.from_entries(entries, currency=study.currency)


def _source_of(name: str, injected: Mapping[str, object], study: Study) -> str:
    if name in injected:
        return "this run"
    return "study.yml" if name in study.parameters else "default"


def _show_opening(
    book: Book,
    specification: Mapping[str, Parameter],
    values: Mapping[str, Value],
    sources: Mapping[str, str],
    wants: Sequence[str],
) -> None:
    study = book.study
    piece = {
        "kind": "opening",
        "study": study.name,
        "title": study.title,
        "currency": study.currency,
        "as_of": study.as_of.isoformat(),
        "parameters": {
            name: {
                "value": value,
                "about": specification[name].about,
                "source": sources[name],
                "unit": "share" if specification[name].is_share else "",
            }
            for name, value in values.items()
        },
        "notes": list(study.notes),
        "warnings": [one.what for one in book.warnings],
        "disclaimer": study.disclaimer,
        "missing": list(missing_from(study, wants)),
    }
    money = study.currency or "the unit of the data"
    lines = [f"{study.title}, as of {study.as_of.isoformat()}, money in {money}"]
    lines += [", ".join(f"{name} = {value}" for name, value in values.items())]
    lines += [f"without {in_words(need)}: what needs it is left out" for need in missing_from(study, wants)]
    lines += [f"mind: {one.what}" for one in book.warnings]
    text = "\n".join(lines)
    show({"text/plain": text}, piece)


def _show_input_errors_plainly() -> None:
    """In a notebook, show a user's mistake as its message, without the call stack of the helpers."""
    shell = get_ipython()
    if shell is None:
        return

    def show_plainly(self: Any, kind: type, error: BaseException, *_trace: object, **_more: object) -> list[str]:
        lines = [f"{kind.__name__}: {error}"]
        self._showtraceback(kind, error, lines)
        return lines

    shell.set_custom_exc((InputError,), show_plainly)  # type: ignore[no-untyped-call]
