"""What a run will do, decided and checked as a whole before any kernel starts."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from helpers.core import places
from helpers.core.errors import Fault, FaultsError, InputError, counted, some_of
from helpers.study.data_warnings import DataWarning
from helpers.study.sources import InputFile
from helpers.study.study import Study, open_study
from helpers.suite.planning.delivered import delivered_defaults, typed_values
from helpers.suite.planning.needs import concerns_business, missing_from, needed_data
from helpers.suite.planning.notebook_file import NotebookFile, choose, read_notebooks, specification_of
from helpers.suite.planning.parameters import FILE, Parameter, Value, resolve_with_faults
from helpers.suite.planning.readiness import readiness
from helpers.suite.planning.report_folder import owner_faults
from helpers.suite.planning.run_names import PART_RUN, WHOLE_RUN, check_run_name
from helpers.suite.planning.run_warnings import VIEW_PARAMETERS, is_for_one_reader
from helpers.suite.planning.study_values import cost_drivers_faults, files_read, named_file_faults, study_faults

STUDY = "study"  # the parameter that the STUDY argument of a command fills
P = ParamSpec("P")
T = TypeVar("T")
COMMAND_LINE, STUDY_FILE, CELL, DEFAULT = "command line", "study.yml", "parameters cell", "default"


_FEW_CHAPTERS = 3
"""Of so many chapters a message says what each would need."""


@dataclass(frozen=True)
class LeftOut:
    """A notebook that cannot run on this study.

    Parameters
    ----------
    notebook : NotebookFile
        Which one.
    missing : tuple of str
        Tables, or columns of tables, that it would need.
    faults : tuple of Fault
        What it would refuse of the tables it needs.
    """

    notebook: NotebookFile
    missing: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def concerns_business(self) -> bool:
        """Whether a client could bring what is missing; checks of the suite itself are not asked for."""
        return all(map(concerns_business, self.missing))

    @property
    def reason(self) -> str:
        """Why it is left out, with what each missing table would have to hold, or what to do about its tables."""
        needs = [f"needs {needed_data(need)}" for need in self.missing]
        return "; ".join([*needs, *(f"cannot use {_in_one_line(fault)}" for fault in self.faults)])

    @property
    def reason_for_clients(self) -> str:
        """What of its tables it cannot use, as the end of a sentence; no values of single rows. Empty where all is."""
        return "; ".join(dict.fromkeys(fault.what.partition(": ")[0] for fault in self.faults))


@dataclass(frozen=True)
class Setting:
    """The value of one parameter in this run and where it came from: default, study.yml, parameters cell, command line.

    What stands in a parameters cell is no default once somebody has edited the notebook and saved it.
    """

    value: Value
    source: str


@dataclass(frozen=True)
class Plan:
    """A run that may start.

    Parameters
    ----------
    study : Study
        Checked.
    run : str
        Name of the run: the report folder's name.
    notebooks : tuple of NotebookFile
        To be run, in reading order.
    left_out : tuple of LeftOut
        Selected, but without their tables.
    settings : dict of str to Setting
        Every parameter of the notebooks to be run, by name.
    found : tuple of DataWarning
        What the notebooks to be run leave out of their tables, or find odd.
    """

    study: Study
    run: str
    notebooks: tuple[NotebookFile, ...]
    left_out: tuple[LeftOut, ...] = ()
    settings: dict[str, Setting] = field(default_factory=dict, hash=False)
    found: tuple[DataWarning, ...] = ()

    @property
    def is_for_one_reader(self) -> bool:
        """Whether the report is of one region or seller alone."""
        return is_for_one_reader({name: one.value for name, one in self.settings.items()})

    @property
    def warnings(self) -> tuple[DataWarning, ...]:
        """What a reader must know about the data although the run may start: of the study, and of its chapters."""
        return (*self.study.warnings(), *self.found)

    def inputs(self) -> list[InputFile]:
        """Return label, hash and size of everything the run reads: the study's files, and those parameters name."""
        values = {name: setting.value for name, setting in self.settings.items()}
        named = files_read(specification_of(self.notebooks), values, self.study)
        return list({one.label: one for one in (*self.study.inputs(), *named)}.values())

    def injected(self, notebook: NotebookFile) -> dict[str, Value]:
        """Return the parameters that papermill injects: the study and what the command line says.

        Defaults and the values of study.yml reach the notebook as they do in JupyterLab, so it can tell a reader which
        of its parameters come from where.
        """
        own = ((name, self.settings[name]) for name in notebook.parameters)
        return {name: setting.value for name, setting in own if setting.source == COMMAND_LINE}


def make_plan(
    study: str | Path, typed: Sequence[tuple[str, str]] = (), only: Sequence[str] = (), run: str | None = None
) -> Plan:
    """Decide what a run does and find everything wrong with it.

    Parameters
    ----------
    study : str or Path
        Name of a study under `data/`, or a folder with a `study.yml`.
    typed : sequence of (str, str)
        Parameters as typed on the command line.
    only : sequence of str
        Notebooks to run; all when empty.
    run : str, optional
        Name of the run; "latest" when not given, or "partial" for a selection, which must not replace a whole report.

    Raises
    ------
    InputError
        The faults of run name, notebooks, study, data and parameters, all at once.
    """
    faults = _Faults()
    name = faults.collect(check_run_name, (PART_RUN if only else WHOLE_RUN) if run is None else run) or WHOLE_RUN
    given = faults.collect(_given, typed) or {}
    notebooks = faults.collect(read_notebooks, places.notebooks_folder()) or ()
    # With a misspelt notebook the parameters are checked as if all were meant.
    chosen = faults.collect(choose, notebooks, only) or notebooks
    opened, of_file = faults.collect(open_study, study) or (None, [])
    faults += of_file
    # Of a study whose file has faults, nothing but its parameters is looked at any further.
    loaded = None if of_file else opened
    of_data = loaded.check() if loaded else []
    if loaded:
        faults += [*owner_faults(loaded), *of_data, *named_file_faults(loaded)]
    left_out = _without_tables(chosen, loaded) if loaded else ()
    skipped = {one.notebook.name for one in left_out}
    running = tuple(notebook for notebook in chosen if notebook.name not in skipped)
    settled = faults.collect(settle, notebooks, chosen, running or chosen, given, opened) if chosen else None
    settings, of_parameters = settled or ({}, [])
    faults += of_parameters
    if loaded:
        of_drivers = [name for name, one in specification_of(chosen).items() if one.of_study.startswith("cost drivers")]
        drivers = next((settings[name] for name in of_drivers if name in settings), None)
        faults += cost_drivers_faults(loaded, str(drivers.value) if drivers else "")
    chapters = [notebook for notebook in chosen if not notebook.summarises]
    if loaded and left_out and len(left_out) == len(chapters):
        faults.append(_nothing_to_run(loaded, left_out))
    # Tables that are unsound in themselves are reported by the study; only sound ones are held to the chapters.
    unready, found = _unready(running, settings, loaded) if loaded and settings and not of_data else ((), ())
    if loaded and settings:
        unready = (*unready, *_unfit_by_default([one for one in running if one not in _of(unready)], settings, loaded))
    skipped = {one.notebook.name for one in unready}
    running, left_out = tuple(one for one in running if one.name not in skipped), (*left_out, *unready)
    used = {parameter for notebook in running for parameter in notebook.parameters}
    idle = [key for key in given if key in settings and key not in used]
    # What a chapter refuses stops the run where no other is left, and where its parameters were typed for this run.
    asked_for = [one for one in unready if any(key in one.notebook.parameters for key in idle)]
    refusing = unready if all(notebook.summarises for notebook in running) else asked_for
    faults += [replace(fault, where=_of_chapter(one, fault)) for one in refusing for fault in one.faults]
    if loaded:
        steered = {parameter for one in refusing for parameter in one.notebook.parameters}
        faults += [_without_effect(key, left_out) for key in idle if key not in steered]
        settings = {key: one for key, one in settings.items() if key in used}
        faults += _unknown_to_study(running, settings, loaded) if settings else []
        faults += _beyond_view(running, settings)
    if faults or loaded is None:
        raise InputError(dict.fromkeys(faults))
    return Plan(loaded, name, running, left_out, settings, found)


class _Faults(list[Fault]):
    """Faults found so far."""

    def collect(self, check: Callable[P, T], *arguments: P.args, **settings: P.kwargs) -> T | None:
        """Return what a check returns; None, and its faults kept, when it raises them."""
        try:
            return check(*arguments, **settings)
        except FaultsError as error:
            self.extend(error.faults)
            return None


def settle(
    notebooks: Sequence[NotebookFile],
    chosen: Sequence[NotebookFile],
    running: Sequence[NotebookFile],
    given: Mapping[str, str],
    study: Study | None,
) -> tuple[dict[str, Setting], list[Fault]]:
    """Return the value and source of every parameter of the chosen notebooks, and what is wrong with those given.

    Parameters
    ----------
    notebooks, chosen, running : sequence of NotebookFile
        All there are, those selected, and of these the ones the study has data for: a message lists their parameters.
    given : mapping of str to str
        Parameters as typed on the command line.
    study : Study or None
        Whose own parameters stand between default and command line; None when it could not be read.

    Returns
    -------
    settings : dict of str to Setting
        A value at fault gives way to the next weaker one.
    faults : list of Fault
        Unknown names and unusable values of both layers.

    Raises
    ------
    InputError
        When the notebooks disagree on a parameter.
    """
    specification = specification_of(notebooks)
    used = specification_of(chosen)
    typed = dict(given)
    faults = [_study_is_an_argument()] if typed.pop(STUDY, None) is not None else []
    faults += [_unselected(name, notebooks) for name in typed if name in specification and name not in used]
    # A study's file serves all notebooks: its values are checked even where only some of them run.
    of_study = dict(study.parameters) if study else {}
    if of_study.pop(STUDY, None) is not None:
        where = study.where("parameters", STUDY) if study else STUDY_FILE
        faults.append(Fault("'study' is no parameter of a study", where=where, remedy="take it out"))
    in_file = partial(study.where, "parameters") if study else STUDY_FILE
    in_cells = {name: one.default for name, one in specification.items() if name != STUDY}
    edited = typed_values(in_cells, delivered_defaults(in_cells))
    layers = (in_file, of_study), (CELL, edited), (COMMAND_LINE, typed)
    listed = list(_open_to_users(specification_of(running)))
    values, wrong = resolve_with_faults(_open_to_users(specification), *layers, listed=listed)
    sources = {name: _source(name, typed, edited, of_study) for name in values}
    settings = {name: Setting(value, sources[name]) for name, value in values.items() if name in used}
    if study and STUDY in used:
        settings[STUDY] = Setting(study_argument(study), COMMAND_LINE)
    return settings, [*faults, *wrong]


def _without_effect(name: str, left_out: Sequence[LeftOut]) -> Fault:
    """Tell a typed parameter that steers only notebooks which this study cannot run."""
    owners = ", ".join(one.notebook.name for one in left_out if name in one.notebook.parameters)
    what = f"parameter {name!r} steers only what the study has no data for: {owners}"
    return Fault(what, where=COMMAND_LINE, remedy="leave it out; crm check says what these notebooks would need")


def _beyond_view(running: Sequence[NotebookFile], settings: Mapping[str, Setting]) -> list[Fault]:
    """Return the fault of a run for a reader of one region or seller in which a chapter would read everybody's rows."""
    asked = [name for name in VIEW_PARAMETERS if name in settings and str(settings[name].value).strip()]
    others = [notebook.name for notebook in running if not {*asked} <= set(notebook.parameters)]
    if not asked or not others:
        return []
    able = next(notebook.number for notebook in running if asked[0] in notebook.parameters)
    what = f"{counted(len(others), 'chapter')} of this run would read all rows: {some_of(others)}"
    return [Fault(what, f"parameter {asked[0]}", remedy=f"run only what keeps to it: --only {able}")]


def _unknown_to_study(running: Sequence[NotebookFile], settings: Mapping[str, Setting], study: Study) -> list[Fault]:
    """Return the values that this study does not allow; only those of notebooks that run."""

    def place(name: str) -> str:
        return study.where("parameters", name) if settings[name].source == STUDY_FILE else settings[name].source

    values = {name: setting.value for name, setting in settings.items()}
    return study_faults(specification_of(running), values, study, place)


def study_argument(study: Study) -> str:
    """Return what names a study to a notebook: its name under `data/`, else its folder."""
    under_data = study.folder.parent == places.data_folder().resolve()
    return study.folder.name if under_data else str(study.folder)


def _given(typed: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the parameters typed; one given twice is a slip of the user."""
    given: dict[str, str] = {}
    for name, value in typed:
        if given.setdefault(name, value) != value:
            what = f"parameter {name!r} is given as {given[name]!r} and as {value!r}"
            raise InputError(Fault(what, where=COMMAND_LINE, remedy="give it once"))
    return given


def _open_to_users(specification: Mapping[str, Parameter]) -> dict[str, Parameter]:
    return {name: parameter for name, parameter in specification.items() if name != STUDY}


def _source(
    name: str, typed: Mapping[str, object], edited: Mapping[str, object], of_study: Mapping[str, object]
) -> str:
    if name in typed:
        return COMMAND_LINE
    if name in edited:
        return CELL
    return STUDY_FILE if name in of_study else DEFAULT


def _without_tables(chosen: Iterable[NotebookFile], study: Study) -> tuple[LeftOut, ...]:
    lacking = ((notebook, missing_from(study, notebook.needs)) for notebook in chosen)
    return tuple(LeftOut(notebook, missing) for notebook, missing in lacking if missing)


def _unready(
    running: Iterable[NotebookFile], settings: Mapping[str, Setting], study: Study
) -> tuple[tuple[LeftOut, ...], tuple[DataWarning, ...]]:
    """Return the notebooks that would refuse their tables, and what the others find odd in theirs."""
    values = {name: setting.value for name, setting in settings.items()}
    asked = {notebook: readiness(notebook.name, study, values) for notebook in running}
    unready = tuple(LeftOut(notebook, faults=faults) for notebook, (_, faults) in asked.items() if faults)
    found = dict.fromkeys(one for warnings, faults in asked.values() if not faults for one in warnings)
    return unready, tuple(found)


def _of(left_out: Iterable[LeftOut]) -> list[NotebookFile]:
    return [one.notebook for one in left_out]


def _unfit_by_default(
    running: Iterable[NotebookFile], settings: Mapping[str, Setting], study: Study
) -> Iterator[LeftOut]:
    """Yield the notebooks whose own default names a column that the study lacks: nobody asked for it."""
    defaults = {name: one.value for name, one in settings.items() if one.source == DEFAULT}
    for notebook in running:
        columns = {name: one for name, one in notebook.parameters.items() if not one.of_study.endswith(FILE)}
        own = {name: one for name, one in columns.items() if name in defaults}
        faults = study_faults(own, defaults, study, lambda _: DEFAULT)
        if faults:
            remedy = "say under parameters which column is meant: {}"
            yield LeftOut(notebook, faults=tuple(replace(one, remedy=remedy.format(one.allowed)) for one in faults))


def _of_chapter(left_out: LeftOut, fault: Fault) -> str:
    return f"{left_out.notebook.name}, {fault.where}" if fault.where else left_out.notebook.name


def _in_one_line(fault: Fault) -> str:
    what = f"{fault.where}: {fault.what}" if fault.where else fault.what
    remedy = fault.remedy or (f"allowed: {fault.allowed}" if fault.allowed else "")
    return f"{what} ({remedy})" if remedy else what


def _nothing_to_run(study: Study, left_out: Sequence[LeftOut]) -> Fault:
    needs = dict.fromkeys(need for one in left_out for need in one.missing)
    if len(left_out) > _FEW_CHAPTERS and "transactions" not in study.table_names:
        what = f"the study has {' and '.join(study.table_names)} alone, of which no chapter can be made"
        allowed = "for most chapters transactions: lines of orders with customer_id, order_id, time and amount"
        remedy = "add the lines of orders as table transactions"
        if "customers" in study.table_names:
            remedy += "; to find customers who stand there twice, name the table customer_records, its key record_id"
        return Fault(what, f"study {study.name}", allowed, remedy)
    return Fault(
        f"the study has none of the data that {', '.join(one.notebook.name for one in left_out)} would need",
        where=f"study {study.name}",
        allowed="; ".join(needed_data(need) for need in needs),
        remedy="add one of them under tables in study.yml, or select other notebooks",
    )


def _study_is_an_argument() -> Fault:
    return Fault("'study' cannot be set with -p", where=COMMAND_LINE, remedy="name the study right after crm run")


def _unselected(name: str, notebooks: Iterable[NotebookFile]) -> Fault:
    owners = ", ".join(notebook.name for notebook in notebooks if name in notebook.parameters)
    what = f"parameter {name!r} is used by none of the selected notebooks"
    return Fault(what, where=COMMAND_LINE, remedy=f"select {owners} too, or leave the parameter out")
