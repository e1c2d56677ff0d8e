"""The study file: its grammar, and reading it so that every fault is reported at once with its line."""

import re
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml.comments import CommentedMap

from helpers.core import yaml_lines
from helpers.core.errors import Fault, nearest, unknown_name
from helpers.study.database_address import is_like_an_address, shown_source
from helpers.study.grammar import (
    SEVERAL_COLUMNS,
    ContactPolicy,
    EngineChoice,
    Join,
    Reading,
    StudyFile,
    TableSpec,
    Timezone,
    lists_sources,
)
from helpers.study.sources import ON_ENGINE
from helpers.study.standard_columns import StandardTable
from helpers.study.standard_tables import STANDARD_TABLES
from helpers.study.steps.keys import FillDown, RowRule
from helpers.study.steps.step_faults import step_faults

FILE_NAME = "study.yml"
_AS_ALLOWED = "write it as allowed"
_TYPE_NAME = re.compile(r"\[key\]|bool|int|float|str|date|datetime|FillDown|(function-|constrained-|tuple\[).*")
"""What a validation path holds beside keys of the file."""

_MODELS: dict[tuple[str, ...], type[BaseModel]] = {
    (): StudyFile,
    ("timezone",): Timezone,
    ("contact_policy",): ContactPolicy,
    ("engine",): EngineChoice,
    ("tables", "*"): TableSpec,
    **{
        (*table, *part): model
        for table in (("tables", "*"), ("tables", "*", "sources", "*"))
        for part, model in (
            (("join",), Join),
            (("join", "*"), Join),
            (("fill_down",), FillDown),
            (("where", "*"), RowRule),
        )
    },
    ("tables", "*", "sources", "*"): TableSpec,
}


_DATABASE = "a database URL"
_TEXTS, _WORKBOOKS, _STATISTICS = (".csv", ".tsv"), (".xlsx", ".xls", ".xlsb", ".ods"), (".sav", ".zsav", ".dta")
_TYPED = (".parquet", ".duckdb")
_OPTIONS_OF = {
    "delimiter": _TEXTS,
    "decimal": (*_TEXTS, *_TYPED),
    "thousands": (*_TEXTS, *_TYPED),
    "header_row": (*_TEXTS, *_WORKBOOKS),
    "encoding": (*_TEXTS, *_STATISTICS),
    "sheet": _WORKBOOKS,
    "layout": _TEXTS,
    "table": (_DATABASE,),
    "query": (_DATABASE,),
}


@dataclass(frozen=True)
class Lines:
    """Finds the line of a key of the study file.

    Parameters
    ----------
    label : str
        How the file is called in messages.
    tree : CommentedMap
        The file as read, with its positions.
    """

    label: str
    tree: CommentedMap

    def where(self, *keys: str | int) -> str:
        """Return the file and the line of the deepest key that exists."""
        return yaml_lines.where(self.label, self.tree, *keys)

    def has(self, *keys: str | int) -> bool:
        """Say whether the file has this key."""
        return _at(yaml_lines.plain(self.tree), keys) is not None


@dataclass(frozen=True)
class ReadStudyFile:
    """A study file with what is wrong with it.

    Parameters
    ----------
    spec : StudyFile or None
        What the file says; parts with faults are left out, None when too little is left.
    lines : Lines
        Where each part stands.
    faults : list of Fault
        Everything wrong with the file itself; the data are not looked at.
    """

    spec: StudyFile | None
    lines: Lines
    faults: list[Fault]


def read_study_file(path: Path) -> ReadStudyFile:
    """Read a study file and find all its faults.

    Raises
    ------
    InputError
        When the file cannot be read as a YAML mapping at all.
    """
    label = f"{path.parent.name}/{path.name}"
    lines = Lines(label, yaml_lines.load_mapping(path, allowed=_fields(StudyFile), label=label))
    raw = yaml_lines.plain(lines.tree)
    faults, pruned = _grammar_faults(raw, lines)
    try:
        spec = StudyFile.model_validate(pruned)
    except ValidationError:
        return ReadStudyFile(None, lines, faults)
    for name, table in spec.tables.items():
        faults += _table_faults(name, table, lines)
    return ReadStudyFile(spec, lines, faults)


def _fields(model: type[BaseModel]) -> str:
    return ", ".join(model.model_fields)


def _model_at(path: tuple[str | int, ...]) -> type[BaseModel] | None:
    in_table = path[:1] == ("tables",)
    pattern = tuple(
        "*" if isinstance(key, int) or (in_table and (depth == 1 or path[depth - 1] == "where")) else str(key)
        for depth, key in enumerate(path)
    )
    return _MODELS.get(pattern)


def _keys_of(model: type[BaseModel]) -> dict[str, str]:
    """Return the name of each field by the key that a study file writes for it."""
    return {field.alias or name: name for name, field in model.model_fields.items()}


def _grammar_faults(raw: dict[str, Any], lines: Lines) -> tuple[list[Fault], dict[str, Any]]:
    """Return what the grammar refuses, and the file without those parts, so that the rest can still be checked."""
    pruned = deepcopy(raw)
    faults: list[Fault] = []
    _rename_or_drop_unknown(pruned, raw, lines, faults)
    try:
        StudyFile.model_validate(pruned)
    except ValidationError as error:
        named: set[tuple[str | int, ...]] = set()
        for detail in error.errors(include_url=False):
            place = _place(detail["loc"], raw)
            # What is said for all sources is reported where the sources are checked.
            repeated = len(place) > 2 and place[2] != "sources" and lists_sources(_at(raw, place[:2]))
            # A file whose only tables are misspelt has been reported.
            repeated = repeated or (place == ("tables",) and bool(raw.get("tables")) and not pruned.get("tables"))
            if place not in named and not repeated:
                named.add(place)
                faults.append(_fault(place, detail, lines))
                _prune(pruned, place)
    return faults, pruned


def _rename_or_drop_unknown(pruned: dict[str, Any], raw: dict[str, Any], lines: Lines, faults: list[Fault]) -> None:
    """Report unknown keys; one that is nearly a known key is taken for it, lest it cause a second message."""
    tables = raw.get("tables") if isinstance(raw.get("tables"), dict) else {}
    assert isinstance(tables, dict)  # noqa: S101  narrows the type for the checker
    places: list[tuple[str | int, ...]] = [(), ("timezone",), ("contact_policy",), ("engine",)]
    for name, table in tables.items():
        lists = range(len(table["sources"])) if lists_sources(table) else ()
        for whole in [("tables", name), *(("tables", name, "sources", part) for part in lists)]:
            rules = _at(raw, (*whole, "where"))
            ruled = [(*whole, "where", column) for column in rules] if isinstance(rules, dict) else []
            joins = _at(raw, (*whole, "join"))
            joined = [(*whole, "join", number) for number in range(len(joins))] if isinstance(joins, list) else []
            places += [whole, (*whole, "join"), *joined, (*whole, "fill_down"), *ruled]
    for name in [name for name in tables if name not in STANDARD_TABLES]:
        where = lines.where("tables", name)
        faults.append(unknown_name(str(name), list(STANDARD_TABLES), kind="table", where=where))
        del pruned["tables"][name]
    for place in places:
        model = _model_at(place)
        node = _at(pruned, place)
        if model is None or not isinstance(node, dict):
            continue
        known = list(_keys_of(model))
        for key in [key for key in node if key not in known]:
            faults.append(unknown_name(str(key), known, kind="key", where=lines.where(*place, key)))
            value, meant = node.pop(key), nearest(str(key), known)
            if meant and meant not in node:
                node[meant] = value


def _at(tree: Any, place: tuple[str | int, ...]) -> Any:
    """Return what stands at a place of the file, None where there is nothing."""
    for key in place:
        if isinstance(tree, list) and isinstance(key, int) and key < len(tree):
            tree = tree[key]
        else:
            tree = tree.get(key) if isinstance(tree, dict) else None
    return tree


def _place(loc: tuple[str | int, ...], raw: dict[str, Any]) -> tuple[str | int, ...]:
    """Cut a validation path to the part that is a path into the file: type names and key marks are dropped."""
    place = [key for key in loc if not (isinstance(key, str) and _TYPE_NAME.fullmatch(key))]
    joins = [depth for depth, key in enumerate(place[:-1]) if key == "join" and place[depth + 1] == 0]
    for depth in joins[:1]:
        if isinstance(_at(raw, tuple(place[: depth + 1])), dict):
            del place[depth + 1]  # a single join stands in no list
    return tuple(place)


def _fault(place: tuple[str | int, ...], detail: Any, lines: Lines) -> Fault:
    name = ".".join(str(key) for key in place)
    allowed = _described(place)
    if detail["type"] == "missing":
        return Fault(f"{str(place[-1])!r} is missing", where=lines.where(*place), allowed=allowed, remedy=f"add {name}")
    if detail["type"] == "value_error":
        return Fault(f"{name}: {detail['ctx']['error']}", lines.where(*place), allowed, _AS_ALLOWED)
    return Fault(f"{name} cannot be {_shown(detail['input'])}", lines.where(*place), allowed, _AS_ALLOWED)


def _shown(value: object) -> str:
    text = repr(value) if value is not None else "empty"
    if is_like_an_address(text):
        return "what is written there"  # it may hold a password
    return text if len(text) <= 60 else f"{text[:57]}..."


def _described(place: tuple[str | int, ...]) -> str:
    """Return what the grammar says about the nearest described key at or above a place."""
    for depth in range(len(place), 0, -1):
        model = _model_at(place[: depth - 1])
        name = _keys_of(model).get(str(place[depth - 1])) if model else None
        field = model.model_fields[name] if model and name else None
        if field is not None:
            return field.description or ""
    return ""


def _prune(tree: dict[str, Any], place: tuple[str | int, ...]) -> None:
    """Take a refused part out; a table goes as a whole, and what no study can do without gets a stand-in."""
    stand_ins: dict[str, Any] = {"study": "study", "title": "study", "currency": "XXX"}
    key = str(place[0])
    if key == "tables" and len(place) > 1 and isinstance(tree.get("tables"), dict):
        tree["tables"].pop(place[1], None)
    elif key == "as_of":
        # Without an analysis date nothing can be too late, so no such fault is reported on top.
        tree["as_of"], tree["after_as_of"] = date.max, "drop"
    elif key in stand_ins:
        tree[key] = stand_ins[key]
    else:
        tree.pop(key, None)


def _table_faults(name: str, spec: TableSpec, lines: Lines) -> list[Fault]:
    """Return what is wrong with the description of a table, without looking at its sources; each fault once."""
    if not spec.sources:
        return _mapping_faults(name, spec, lines, ("tables", name))
    faults: list[Fault] = []
    for number, part in enumerate(spec.sources):
        own, shared = ("tables", name, "sources", number), ("tables", name)
        faults += _mapping_faults(name, part, lines, own if lines.has(*own, "columns") else shared)
        if set(part.attributes) != set(spec.attributes):
            what = f"the sources of table {name} have different attributes"
            faults.append(Fault(what, where=lines.where(*own), remedy="give every source the same attributes"))
    return list(dict.fromkeys(faults))


def _mapping_faults(name: str, spec: TableSpec, lines: Lines, place: tuple[str | int, ...]) -> list[Fault]:
    """Return what is wrong with the columns one source is said to have."""
    standard = STANDARD_TABLES[name]
    faults: list[Fault] = []
    for column, sources in (spec.columns or {}).items():
        where = lines.where(*place, "columns", column)
        if column not in standard.column_names:
            faults.append(unknown_name(column, standard.column_names, kind=f"column of table {name}", where=where))
        elif len(sources) > 1 and standard.column(column).kind not in SEVERAL_COLUMNS:
            what = f"{column!r} cannot be the sum of {', '.join(sources)}"
            faults.append(
                Fault(what, where, "one source column; only numbers and texts are put together", "name one column")
            )
    identifiers = [column.name for column in standard.columns if column.kind == "id"]
    faults += [
        unknown_name(column, identifiers, kind=f"identifier of table {name}", where=lines.where(*place, "missing_in"))
        for column in spec.missing_in
        if column not in identifiers
    ]
    faults += _constant_faults(name, spec, lines, place)
    if spec.columns is not None:
        # A misspelt name already has its message, with the right one as the remedy.
        meant = {nearest(column, standard.column_names) for column in (*spec.columns, *spec.computed)}
        given = {*spec.columns, *spec.constants, *spec.computed}
        lacking = [column for column in standard.required if column not in given and column not in meant]
        faults += [_missing_column(name, column, lines.where(*place, "columns")) for column in lacking]
        if standard.one_of and not {*given, *meant} & set(standard.one_of):
            faults.append(lacks_all(standard, lines.where(*place, "columns")))
    faults += _attribute_faults(name, spec, lines, place) + _word_faults(name, spec, lines, place)
    faults += step_faults(standard, spec, lambda *keys: lines.where(*place, *keys))
    faults += _idle_options(spec, lines, place)
    for number, join in enumerate(spec.joins, start=1):
        faults += _idle_options(join, lines, place_of_join(lines, place, number))
    if spec.not_countable and "countable" not in standard.column_names:
        where = lines.where(*place, "not_countable")
        faults.append(
            Fault(
                f"table {name} has no column 'countable'",
                where=where,
                allowed="on table products",
                remedy="take it out",
            )
        )
    return faults


def place_of_join(lines: Lines, place: tuple[str | int, ...], number: int) -> tuple[str | int, ...]:
    """Return the keys under which the file describes a joined source of a table: the first is number 1."""
    if not lines.has(*place, "join") and len(place) > 2:
        place = place[:2]  # what is said for all sources
    listed = lines.has(*place, "join", number - 1)
    return (*place, "join", number - 1) if listed else (*place, "join")


def lacks_all(standard: StandardTable, where: str) -> Fault:
    """Return the fault of a table that has its required columns, and none of those of which it needs one."""
    what = f"table {standard.name} has none of the columns that could tell customers apart"
    return Fault(what, where=where, allowed=", ".join(standard.one_of), remedy="map at least one of them under columns")


def _constant_faults(name: str, spec: TableSpec, lines: Lines, place: tuple[str | int, ...]) -> list[Fault]:
    standard = STANDARD_TABLES[name]
    texts = [column.name for column in standard.columns if column.kind == "text"]
    faults: list[Fault] = []
    for column in spec.constants:
        where = lines.where(*place, "constants", column)
        if column not in texts:
            faults.append(unknown_name(column, texts, kind=f"text column of table {name}", where=where))
        elif column in (spec.columns or {}):
            faults.append(Fault(f"{column!r} is both a column and a constant", where=where, remedy="take one out"))
    return faults


def _attribute_faults(name: str, spec: TableSpec, lines: Lines, place: tuple[str | int, ...]) -> list[Fault]:
    standard = STANDARD_TABLES[name]
    where = lines.where(*place, "attributes")
    if spec.attributes and not standard.open_attributes:
        free = [table.name for table in STANDARD_TABLES.values() if table.open_attributes]
        return [
            Fault(
                f"table {name} takes no attributes",
                where=where,
                allowed=f"on tables {', '.join(free)}",
                remedy="take them out",
            )
        ]
    return [
        Fault(
            f"attribute {attribute!r} has the name of a standard column",
            where=where,
            remedy=f"map it under columns, or rename it: attributes: {{my_{attribute}: {source}}}",
        )
        for attribute, source in spec.attributes.items()
        if attribute in standard.column_names
    ]


def _word_faults(name: str, spec: TableSpec, lines: Lines, place: tuple[str | int, ...]) -> list[Fault]:
    """Return words for yes and no that are said of no column of this kind, or stand on both sides."""
    flags = [column.name for column in STANDARD_TABLES[name].columns if column.kind == "flag"]
    faults = [
        unknown_name(column, flags, kind=f"column of yes and no in table {name}", where=lines.where(*place, key))
        for key, given in (("yes", spec.yes), ("no", spec.no))
        for column in given
        if column not in flags and (column or not flags)
    ]
    for column in flags:
        yes, no = spec.words(column)
        if yes & no:
            what = f"{', '.join(sorted(yes & no))!r} stands under yes and under no"
            faults.append(Fault(what, where=lines.where(*place, "no"), remedy="take it out of one"))
    return list(dict.fromkeys(faults))


def _idle_options(spec: Reading, lines: Lines, place: tuple[str | int, ...]) -> list[Fault]:
    """Tell options that the kind of source knows nothing of: the user expects an effect they do not have."""
    kinds = {Path(spec.source.removesuffix(".gz")).suffix.lower()}
    if "://" in spec.source or spec.source == ON_ENGINE:
        kinds = {_DATABASE, *([".duckdb"] if spec.source.lower().startswith("duckdb:") else [])}
    both = [
        Fault("a database source has a table or a query, not both", lines.where(*place, "query"), "", "take one out")
    ]
    return (both if spec.table is not None and spec.query is not None else []) + [
        Fault(
            f"{option} has no effect on {shown_source(spec.source)}",
            where=lines.where(*place, option),
            allowed=f"on {' and '.join(on)}",
            remedy="take it out",
        )
        for option, on in _OPTIONS_OF.items()
        if option in spec.model_fields_set and kinds.isdisjoint(on)
    ]


def _missing_column(table: str, column: str, where: str) -> Fault:
    about = STANDARD_TABLES[table].column(column)
    return Fault(
        f"table {table} needs the column {column!r}",
        where=where,
        allowed=about.about,
        remedy=f"add {column}: <name of the column in the source>",
    )
