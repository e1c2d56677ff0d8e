"""How a notebook opens: its parameters are read and checked, its study is loaded, and it says what it runs on.

The same notebook runs under `crm run`, under plain papermill and with Run All in JupyterLab. The cells already executed
(IPython's `In`) tell which parameters were written in the cell and which papermill injected.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from IPython.core.getipython import get_ipython

from helpers.core.errors import Fault, FaultsError, InputError
from helpers.core.kept_results import keep_results_with
from helpers.core.places import reports_folder
from helpers.core.results import Ledger
from helpers.narrative.chapter import ChapterWords, chapter_words
from helpers.study.kept_tables import use_kept_tables
from helpers.study.study import Study, open_study
from helpers.suite.notebook.assumptions import assumed_parameters
from helpers.suite.notebook.book import Book
from helpers.suite.notebook.display import show, show_beside_report
from helpers.suite.notebook.executed import (
    CELL,
    INJECTED,
    STUDY,
    executed_cells,
    injected_after,
    last_parameters_cell,
    typed_names,
)
from helpers.suite.notebook.kept_results import ResultFiles
from helpers.suite.notebook.left_out import PassOver
from helpers.suite.notebook.opened import CLOSED, NotOpened, NotOpenedStudy
from helpers.suite.notebook.opening import DEFAULT, STUDY_FILE, THIS_RUN, TYPED, opening_text
from helpers.suite.planning.delivered import Defaults, delivered_defaults, misspelt_names, typed_values
from helpers.suite.planning.needs import alternatives, missing_from, needed_data, table_of
from helpers.suite.planning.parameters import Parameter, Value, parse_parameters, resolve_with_faults
from helpers.suite.planning.run_names import KERNELS, RUN_FOLDER_VARIABLE, WHOLE_RUN
from helpers.suite.planning.run_warnings import is_for_one_reader, warnings_about
from helpers.suite.planning.study_values import study_faults


def start(
    namespace: dict[str, Any],
    chapter: str = "",
    *,
    needs: Sequence[str] = (),
    wants: Sequence[str] = (),
    summarises: bool = False,
    after_linkage: bool = False,
    after_lists: bool = False,
) -> Book:
    """Open a notebook: read and check its parameters, load its study, show what it runs on.

    Parameters
    ----------
    namespace : dict
        `globals()` of the notebook. When the opening is refused, `book`, `p` and `study` in it refuse every use.
    chapter : str
        Name of the notebook, whose words `helpers.narrative` keeps.
    needs : sequence of str
        Standard tables, or columns of them ("products.category"), without which the notebook has nothing to say;
        "contracts or transactions" where either will do.
    wants : sequence of str
        Standard tables it uses when the study has them.
    summarises : bool
        Whether it tells the results of the other notebooks, and so runs after them.
    after_linkage : bool
        Whether it runs after the chapter that links records, so that a refusal under one record counts for all: needed
        where it hands over a list for contact or counts whom to contact.

    after_lists : bool
        Whether it plans contacts by the lists of the other chapters, and so runs after them.

    Raises
    ------
    InputError
        When a parameter or the study is wrong, or a needed table or column is missing; shown in the notebook as plain
        sentences.
    """
    _show_input_errors_plainly()
    _pass_over_what_is_left_out(namespace)
    try:
        given = _given(namespace)
        book, sources = _open(given, needs, wants, summarises, (after_linkage, after_lists), chapter_words(chapter))
    except FaultsError:
        _close(namespace)
        raise
    _show_opening(book, given.specification, vars(book.p), sources, wants)
    return book


@dataclass(frozen=True)
class _Given:
    """What a notebook is given: what its cell accepts and says, and what is known of where each value comes from.

    Parameters
    ----------
    specification : dict of str to Parameter
        From the parameters cell.
    written : dict of str to object
        Values that stand in the cell as delivered.
    typed : dict of str to object
        Values that somebody typed there.
    injected : dict of str to object
        What papermill set.
    study : str
        Name or folder of the study.
    """

    specification: dict[str, Parameter]
    written: dict[str, object]
    typed: dict[str, object]
    injected: dict[str, object]
    study: str


def _given(namespace: Mapping[str, Any]) -> _Given:
    """Return what the parameters cell and papermill gave, from the cells run so far and the values they left."""
    cells = executed_cells(namespace)
    delivered = delivered_defaults({name for cell in cells for name in typed_names(cell)})
    place = last_parameters_cell(cells, {name for defaults in delivered.values() for name in defaults})
    specification = _specification(cells[place], delivered)
    injected = injected_after(cells, place)
    # What is injected stands in the namespace too, in place of what the cell says.
    left = {name: _left(namespace, one) for name, one in specification.items() if name not in injected}
    typed = typed_values(left, delivered)
    written = {name: value for name, value in left.items() if name not in typed}
    return _Given(specification, written, typed, injected, str(injected.get(STUDY, left.get(STUDY, ""))))


def _specification(cell: str, delivered: Defaults) -> dict[str, Parameter]:
    """Return what the parameters cell accepts, or raise all that is wrong with its lines and names."""
    names = typed_names(cell)
    faults = misspelt_names(names, delivered, CELL)
    try:
        specification = parse_parameters(cell, where=CELL)
    except InputError as error:
        raise InputError((*faults, *error.faults)) from None
    if STUDY not in specification and not faults:
        faults = [Fault(f"the parameter {STUDY!r} is missing", where=CELL, remedy=f'add {STUDY}: str = "…"')]
    if faults:
        raise InputError(faults)
    return specification


def _left(namespace: Mapping[str, Any], parameter: Parameter) -> object:
    """Return a parameter's value as the cells left it; a notebook's opening calls the opened study `study` as well."""
    value = namespace.get(parameter.name, parameter.default)
    return parameter.default if isinstance(value, Study) else value


def _open(
    given: _Given,
    needs: Sequence[str],
    wants: Sequence[str],
    summarises: bool,
    after: tuple[bool, bool],
    words: ChapterWords,
) -> tuple[Book, dict[str, str]]:
    """Return the opened notebook, and where the value of each parameter comes from."""
    study, values = _study_and_values(given)
    _require_tables(study, needs)
    recalled = _other_results(study) if summarises else Ledger(study.currency)
    used = [table_of(one) for need in (*needs, *wants) for one in alternatives(need)]
    sources = {name: _source_of(name, given, study) for name in values}
    assumed = assumed_parameters(given.specification, sources)
    warnings = () if is_for_one_reader(values) else warnings_about(study, used)
    book = Book(study, values, recalled, warnings, assumed, after_linkage=after[0], after_lists=after[1], words=words)
    return book, sources


def _close(namespace: dict[str, Any]) -> None:
    """Let no cell below go on with what an earlier opening left."""
    study = namespace.get(STUDY)
    if isinstance(study, str | Study):
        namespace[STUDY] = NotOpenedStudy(study.name if isinstance(study, Study) else study)
    namespace |= {name: NotOpened() for name in CLOSED}


def _study_and_values(given: _Given) -> tuple[Study, dict[str, Value]]:
    """Return the study and the value of every parameter, or raise what is wrong with either, all at once."""
    study, faults = _opened(given.study)
    specification = given.specification
    of_study = {key: value for key, value in study.parameters.items() if key in specification} if study else {}
    in_file = partial(study.where, "parameters") if study else STUDY_FILE
    layers = (CELL, given.written), (in_file, of_study), (CELL, given.typed), (INJECTED, given.injected)
    values, wrong = resolve_with_faults(specification, *layers)
    faults += wrong
    if study is None:
        raise InputError(faults)

    def place(key: str) -> str:
        if key in given.injected:
            return INJECTED
        return study.where("parameters", key) if key in of_study and key not in given.typed else CELL

    faults += study_faults(specification, values, study, place)
    if faults:
        raise InputError(faults)
    return study, values


def _opened(name: str) -> tuple[Study | None, list[Fault]]:
    try:
        study, faults = open_study(name)
    except FaultsError as error:
        return None, list(error.faults)
    if study is not None and (folder := os.environ.get(RUN_FOLDER_VARIABLE)):
        use_kept_tables(study, Path(folder) / KERNELS)
        keep_results_with(ResultFiles(Path(folder) / KERNELS))
    return study, faults


def _require_tables(study: Study, needs: Sequence[str]) -> None:
    missing = missing_from(study, needs)
    if missing:
        wanted = " and ".join(" or ".join(map(_called, alternatives(need))) for need in missing)
        has = ", ".join(study.spec.tables) or "no tables"
        what = f"this notebook needs {wanted}; the study has: {has}. Without it the cells below stay empty"
        allowed = "; ".join(map(needed_data, missing))
        remedy = f"add {' and '.join(missing)} to the tables of study.yml, or leave this notebook out"
        raise InputError(Fault(what, where=f"study {study.name}", allowed=allowed, remedy=remedy))


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


def _source_of(name: str, given: _Given, study: Study) -> str:
    if name in given.injected:
        return THIS_RUN
    if name in given.typed:
        return TYPED
    return STUDY_FILE if name in study.parameters else DEFAULT


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
    text = opening_text(study, specification, values, sources, missing_from(study, wants), book.warnings)
    show({"text/markdown": text, "text/plain": text}, piece)


def _show_input_errors_plainly() -> None:
    """In a notebook, show a user's mistake as its message, without the call stack of the helpers."""
    shell = get_ipython()
    if shell is None:
        return

    def show_plainly(self: Any, kind: type, error: BaseException, *_trace: object, **_more: object) -> list[str]:
        lines = [f"{kind.__name__}: {error}"]
        self._showtraceback(kind, error, lines)
        return lines

    shell.set_custom_exc((FaultsError,), show_plainly)  # type: ignore[no-untyped-call]


def _pass_over_what_is_left_out(namespace: dict[str, Any]) -> None:
    """In a notebook, pass over the cells that rest on something the data do not allow."""
    shell = get_ipython()
    if shell is None:
        return
    others = [one for one in shell.ast_transformers if not isinstance(one, PassOver)]
    shell.ast_transformers = [*others, PassOver(namespace, lambda why: show_beside_report(f"*Left out: {why}.*"))]
