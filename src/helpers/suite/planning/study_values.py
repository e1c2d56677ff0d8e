"""Hold parameters to a study: names of its columns, and files beside its study.yml.

A parameters cell says in words what of the study decides (see `helpers.suite.planning.parameters`). The planner asks
before any kernel starts, a notebook when it opens. No data are read, only which columns there are, and the small files
that parameters or study.yml name.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import helpers
from helpers.core.errors import Fault, InputError, nearest, unknown_name
from helpers.study.sources import InputFile, hashed
from helpers.study.standard_tables import STANDARD_TABLES
from helpers.study.study import Study
from helpers.suite.planning.parameters import FILE, Parameter, Value

_ENDINGS = (".yml", ".yaml")


@dataclass(frozen=True)
class FileKind:
    """A kind of file that a parameter may name.

    Parameters
    ----------
    shipped : str
        Folder of those that come with the suite, below the package.
    usual : str
        Name of the shipped one that an empty value stands for, where the study has none of its own; empty where a value
        must be given.
    own : str
        Name of the file beside study.yml that an empty value stands for.
    read : callable
        Reads a file and raises every fault of it, and of what it says about the study.
    """

    shipped: str
    usual: str
    own: str
    read: Callable[[Path, Study], object]


def _read_hierarchy(path: Path, _study: Study) -> object:
    from helpers.value import ahp

    return ahp.read_hierarchy(path, known_indicators=ahp.INDICATORS)


def _read_cost_drivers(path: Path, study: Study) -> object:
    from helpers.value import profitability

    known = {name: [*STANDARD_TABLES[name].column_names, *study.attributes(name)] for name in study.table_names}
    return profitability.read_cost_drivers(path, known_columns=known)


def _read_path_model(path: Path, study: Study) -> object:
    from helpers.evaluation import satisfaction

    known = [*STANDARD_TABLES["surveys"].column_names, *study.attributes("surveys")]
    return satisfaction.read_path_model(path, known_columns=known)


def _read_review(content: bytes) -> object:
    from helpers.identification.linkage.review_sheet import read_review

    return read_review(content)


def _read_action_log(content: bytes) -> object:
    from helpers.interaction.closed_loop import read_log

    return read_log(content)


PURPOSES: dict[str, Callable[[bytes], object]] = {"review_sheet": _read_review, "action_log": _read_action_log}
"""How to read what a study names under `files`, by its purpose."""
FILE_KINDS = {
    "hierarchy": FileKind("value/ahp/hierarchies", "", "", _read_hierarchy),
    "cost drivers": FileKind("value/profitability/cost_drivers", "usual", "cost_drivers.yml", _read_cost_drivers),
    "path model": FileKind("evaluation/satisfaction/path_models", "none", "path_model.yml", _read_path_model),
}


def study_faults(
    specification: Mapping[str, Parameter], values: Mapping[str, Value], study: Study, place: Callable[[str], str]
) -> list[Fault]:
    """Return the values that the study does not allow.

    Parameters
    ----------
    specification : mapping of str to Parameter
        The parameters of the notebooks that run.
    values : mapping of str to value
        Their values, of the right type.
    study : Study
        Its file is sound.
    place : callable
        Says of a parameter's name where its value comes from.
    """
    return [
        fault
        for name, parameter in specification.items()
        if parameter.of_study
        for fault in _faults(parameter, str(values[name]), study, f"{place(name)}, parameter {name}")
    ]


def named_file_faults(study: Study) -> list[Fault]:
    """Return what is wrong inside the files that study.yml names by their purpose, with its line.

    Parameters
    ----------
    study : Study
        Its own check tells files that are not there and purposes that are unknown; they are passed over here.
    """
    found: list[Fault] = []
    for purpose, name in study.spec.files.items():
        if purpose in PURPOSES and (study.folder / name).is_file():
            try:
                PURPOSES[purpose](study.file(purpose) or b"")
            except InputError as error:
                where = f"{study.where('files', purpose)}, {name}"
                found += [replace(fault, where=f"{where}, {fault.where}") for fault in error.faults]
    return found


def cost_drivers_faults(study: Study, name: str = "") -> list[Fault]:
    """Return what is wrong inside the cost drivers the user wrote; a chapter left out would hide it.

    Parameters
    ----------
    study : Study
        Its own `cost_drivers.yml` is read where no name is given.
    name : str
        Value of the parameter `cost_drivers_file`. A file that is not there is reported with the parameter.
    """
    from helpers.value.profitability import find_cost_drivers

    if name and not (study.folder / Path(name).expanduser()).is_file():
        return []
    try:
        find_cost_drivers(name, folder=study.folder)
    except InputError as error:
        return [replace(one, where=f"study {study.name}, {one.where}") for one in error.faults]
    return []


def files_read(specification: Mapping[str, Parameter], values: Mapping[str, Value], study: Study) -> list[InputFile]:
    """Return label, hash and size of the files that parameters name, for the receipt.

    A file that comes with the suite is labelled by its place in the package, a file of the study as the study names it.
    """
    found: dict[str, InputFile] = {}
    for name, parameter in specification.items():
        if not parameter.of_study.endswith(FILE):
            continue
        path = _file_of(parameter, str(values[name]), study)
        package = Path(helpers.__file__).parent
        if path.is_relative_to(package):
            label = f"package:helpers/{path.relative_to(package).as_posix()}"
        else:
            label = path.relative_to(study.folder).as_posix() if path.is_relative_to(study.folder) else path.name
        found[label] = hashed(path, label)
    return list(found.values())


def _faults(parameter: Parameter, value: str, study: Study, where: str) -> Iterable[Fault]:
    if parameter.of_study.endswith(FILE):
        return _file_faults(parameter, value, study, where)
    if not value:
        return ()
    kind, _, table = parameter.of_study.partition(" of ")
    if table not in study.table_names:
        if value == parameter.default:
            return ()  # nobody asked for it: a chapter that does without the table does without the parameter
        what = f"{value!r} cannot be held to table {table}, which the study does not have"
        return (Fault(what, where=where, allowed="nothing, for this study", remedy="leave the parameter out"),)
    if kind == "columns":
        names = [name.strip() for name in value.split(",") if name.strip()]
        return _unknown(names, _columns(table, study), f"column of {table}", where)
    if kind == "attribute":
        return _unknown([value], _attributes(table, study), f"attribute of {table}", where)
    held = [choice for choice in parameter.choices if study.has(table, choice)]
    return _unknown([value], held, f"column of the study's {table}", where)


def _unknown(names: Iterable[str], allowed: list[str], kind: str, where: str) -> Iterator[Fault]:
    for name in names:
        if name not in allowed:
            yield unknown_name(name, allowed, kind=kind, where=where)


def _attributes(table: str, study: Study) -> list[str]:
    """Return the study's own columns of a table, and the standard texts and flags it has."""
    standard = [column.name for column in STANDARD_TABLES[table].columns if column.kind in ("text", "flag")]
    return [*study.attributes(table), *(name for name in standard if study.has(table, name))]


def _columns(table: str, study: Study) -> list[str]:
    standard = [name for name in STANDARD_TABLES[table].column_names if study.has(table, name)]
    return [*standard, *study.attributes(table)]


def _file_faults(parameter: Parameter, value: str, study: Study, where: str) -> list[Fault]:
    """Return what is wrong with a named file: that there is none, or what it says."""
    if value in parameter.choices:
        return []  # comes with the suite, whose tests read it
    path = _file_of(parameter, value, study)
    misnamed = _misnamed(parameter, value, study)
    if misnamed:
        return [misnamed]
    if path.is_dir() and path != study.folder:
        remedy = f"name a file in it: {path.name}/<file>.yml" if value else "rename the folder, or put a file there"
        return [Fault(f"{path.name} is a folder", where, parameter.allowed, remedy)]
    if path.suffix not in _ENDINGS or not path.is_file():
        beside = sorted(entry.name for entry in study.folder.iterdir() if entry.suffix in _ENDINGS)
        close = nearest(value, [*parameter.choices, *(name for name in beside if name != "study.yml")])
        remedy = f"did you mean {close!r}?" if close else "put the file beside study.yml and name it with its ending"
        kind = parameter.of_study.removesuffix(FILE)
        what = f"there is no {kind} file {value!r}"
        return [Fault(what, where=where, allowed=parameter.allowed, remedy=remedy)]
    try:
        _kind_of(parameter).read(path, study)
    except InputError as error:
        return list(error.faults)
    return []


def _misnamed(parameter: Parameter, value: str, study: Study) -> Fault | None:
    """Return the fault of a file that looks as if it were meant to be the study's own and is not read."""
    own = _kind_of(parameter).own
    if value or not own or (study.folder / own).exists():
        return None
    beside = [entry.name for entry in sorted(study.folder.iterdir())]
    meant = [name for name in beside if name.casefold().removesuffix(".yaml").removesuffix(".yml") == Path(own).stem]
    if not meant:
        return None
    what = f"{meant[0]!r} is not read under this name"
    return Fault(what, f"study {study.name}", own, f"rename it to {own}, or set {parameter.name}: {meant[0]}")


def _kind_of(parameter: Parameter) -> FileKind:
    return FILE_KINDS[parameter.of_study.removesuffix(FILE)]


def _file_of(parameter: Parameter, value: str, study: Study) -> Path:
    """Return the file a value stands for; it need not exist."""
    kind = _kind_of(parameter)
    if value and value not in parameter.choices:
        return study.folder / Path(value).expanduser()
    own = study.folder / kind.own
    if not value and (own.exists() or own.is_symlink() or not kind.usual):
        return own
    return Path(helpers.__file__).parent / kind.shipped / f"{value or kind.usual}.yml"
