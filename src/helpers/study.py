"""A study: what its file says, and its tables in standard form.

Nothing is read until a table is asked for. `Study.table` returns an Ibis expression with standard names and types, in
local time, without rows on or after `as_of`. Amounts stay `float64`; to add them up to the same last digit on any number
of threads, use `helpers.tables.exact_sum`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.datatypes as dt

from helpers import places
from helpers.errors import Fault, InputError, unknown_name
from helpers.local_time import pieces, to_local
from helpers.sources import InputFile, Source, connect, database_table, open_parquet, read_text, resolve
from helpers.standardise import Converted, attribute_kinds, columns_of, convert, countable, name_faults, type_faults
from helpers.study_file import FILE_NAME, Lines, Reading, StudyFile, TableSpec, Timezone, read_study_file
from helpers.tables import STANDARD_TABLES, ColumnKind, StandardTable


@dataclass(frozen=True)
class TableFacts:
    """What was received of one table, and what is used.

    Parameters
    ----------
    source : str
        The source as the study file names it.
    rows_received : int
        Rows of the source.
    rows_after_as_of : int
        Rows that happened on or after the analysis date and are therefore not used.
    rows_kept : int
        Rows of the standard table.
    first_time, last_time : datetime or None
        First and last local time of the rows kept; None for a table without times.
    """

    source: str
    rows_received: int
    rows_after_as_of: int
    rows_kept: int
    first_time: datetime | None
    last_time: datetime | None


@dataclass(frozen=True)
class RawTable:
    """A source as it is: its columns, and which of them are text that must still be parsed."""

    table: Any
    text: frozenset[str]
    label: str
    clashes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Prepared:
    """A standard table before the analysis date is applied, in local time, with what it was made from."""

    raw: RawTable
    columns: list[Converted]
    stored: Any
    local: Any


class Study:
    """One study: its description, its parameters and its tables.

    Made by `load_study`.

    Parameters
    ----------
    spec : StudyFile
        What the study file says.
    lines : Lines
        Where it says so.
    folder : Path
        The folder of the study file.
    """

    def __init__(self, spec: StudyFile, lines: Lines, folder: Path) -> None:
        self.spec = spec
        self.lines = lines
        self.folder = folder
        self.name: str = spec.study
        self.title: str = spec.title
        self.currency: str = spec.currency
        self.as_of: date = spec.as_of
        self.timezone: Timezone | None = spec.timezone
        self.parameters: dict[str, bool | int | float | str] = dict(spec.parameters)
        self.notes: list[str] = list(spec.notes)
        self.disclaimer: str = spec.disclaimer
        self.origin: str = spec.origin
        self.licence: str = spec.licence
        self._sources: dict[tuple[str, bool], Source] = {}
        self._raw: dict[str, RawTable] = {}
        self._prepared: dict[str, Prepared] = {}
        self._facts: dict[str, TableFacts] = {}

    def __repr__(self) -> str:
        return f"Study({self.name!r}, as_of={self.as_of}, tables={list(self.spec.tables)})"

    def has(self, table: str) -> bool:
        """Say whether the study has a standard table."""
        return table in self.spec.tables

    def where(self, *keys: str | int) -> str:
        """Return the line of the study file that holds a key, for messages."""
        return self.lines.where(*keys)

    def table(self, name: str) -> Any:
        """Return a standard table as an Ibis expression.

        Standard column names and types, attributes under their own names, local time, and only rows before `as_of`.

        Parameters
        ----------
        name : str
            One of the standard tables the study has.

        Raises
        ------
        InputError
            When the study has no such table, its source or columns are wrong, or rows lie on or after `as_of` and the
            study does not say to drop them.
        """
        facts = self.facts(name)
        table = self.prepare(name).local
        if facts.rows_after_as_of:
            if self.spec.after_as_of == "refuse":
                raise InputError(self.late_fault(name))
            table = table.filter(table[STANDARD_TABLES[name].event_time] < self._limit)
        if self.spec.tables[name].join is not None:
            # A join returns rows in any order; a small table in a fixed order costs nothing.
            table = table.order_by([table[column] for column in table.columns])
        return table

    def facts(self, name: str) -> TableFacts:
        """Return how many rows a table received and kept, and which time they cover.

        Raises
        ------
        InputError
            When the table cannot be made.
        """
        if name not in self._facts:
            self._facts[name] = self._count(name)
        return self._facts[name]

    def check(self) -> list[Fault]:
        """Return everything wrong with the data of the study, table by table."""
        from helpers.study_checks import data_faults

        return data_faults(self)

    def require_sound(self) -> None:
        """Raise every fault of the data at once.

        Raises
        ------
        InputError
            When `check` finds anything.
        """
        faults = self.check()
        if faults:
            raise InputError(faults)

    def inputs(self) -> list[InputFile]:
        """Return label, hash and size of the study file and of every source, for the receipt."""
        study_file = Source(FILE_NAME, "csv", Reading(source=FILE_NAME), path=self.folder / FILE_NAME)
        sources = [study_file]
        for name, spec in self.spec.tables.items():
            sources.append(self.source(name))
            if spec.join is not None:
                sources.append(self.source(name, joined=True))
        return [source.as_input() for source in {source.label: source for source in sources}.values()]

    def source(self, name: str, *, joined: bool = False) -> Source:
        """Return where the rows of a table, or of the source joined to it, come from.

        Raises
        ------
        InputError
            When the source does not exist.
        """
        if (name, joined) not in self._sources:
            spec: Reading = self.spec.tables[name]
            keys: tuple[str, ...] = ("tables", name)
            join = self.spec.tables[name].join
            if joined and join is not None:
                spec, keys = join, (*keys, "join")
            self._sources[name, joined] = resolve(spec, self.folder, self.where(*keys, "source"))
        return self._sources[name, joined]

    def late_fault(self, name: str) -> Fault:
        """Return the fault of rows on or after the analysis date."""
        event_time = STANDARD_TABLES[name].event_time
        local = self.prepare(name).local
        first = local.filter(local[event_time] >= self._limit)[event_time].min().to_pyarrow().as_py()
        return Fault(
            f"{self.facts(name).rows_after_as_of:,} rows of table {name} lie on or after as_of {self.as_of}, "
            f"the first at {first:%Y-%m-%d %H:%M}",
            where=self.where("as_of"),
            allowed=f"times before {self.as_of}, local time",
            remedy="set as_of later or after_as_of: drop",
        )

    @property
    def _limit(self) -> Any:
        return ibis.timestamp(datetime(self.as_of.year, self.as_of.month, self.as_of.day))

    @cached_property
    def _local_engine(self) -> Any:
        return ibis.duckdb.connect()

    @cached_property
    def _client_engine(self) -> Any:
        """The database every table lives in, or None when the study has files or several databases."""
        urls = set()
        for name, spec in self.spec.tables.items():
            for joined in (False, True)[: 2 if spec.join else 1]:
                source = self.source(name, joined=joined)
                if source.kind != "database":
                    return None
                urls.add(source.url)
        return connect(self.source(next(iter(self.spec.tables)))) if len(urls) == 1 else None

    def _count(self, name: str) -> TableFacts:
        prepared = self.prepare(name)
        local, event_time = prepared.local, STANDARD_TABLES[name].event_time
        if event_time is None or event_time not in local.columns:
            rows = local.count().to_pyarrow().as_py()
            return TableFacts(prepared.raw.label, rows, 0, rows, None, None)
        time, kept = local[event_time], local[event_time] < self._limit
        counted = local.aggregate(
            rows=local.count(), late=(~kept).sum(), first=time.min(where=kept), last=time.max(where=kept)
        )
        row = counted.to_pyarrow().to_pylist()[0]
        late = row["late"] or 0
        return TableFacts(prepared.raw.label, row["rows"], late, row["rows"] - late, row["first"], row["last"])

    def _require(self, name: str) -> None:
        if name not in self.spec.tables:
            raise InputError(
                unknown_name(name, list(self.spec.tables), kind="table", where=f"study {self.name}, {FILE_NAME}")
            )

    def _open(self, name: str) -> RawTable:
        """Return the source of a table, joined where the study says so."""
        if name in self._raw:
            return self._raw[name]
        self._require(name)
        left = self._open_one(name, joined=False)
        join = self.spec.tables[name].join
        if join is not None:
            left = _join(left, self._open_one(name, joined=True), join.on, self.where("tables", name, "join"))
        self._raw[name] = left
        return left

    def open_joined(self, name: str) -> RawTable:
        """Return the source that is joined to a table, as it is."""
        return self._open_one(name, joined=True)

    def _open_one(self, name: str, *, joined: bool) -> RawTable:
        source = self.source(name, joined=joined)
        held_as = f"source_{name}{'_joined' if joined else ''}"
        if source.kind == "parquet":
            return RawTable(open_parquet(source, self._local_engine, held_as), frozenset(), source.label)
        if source.is_text:
            table = self._local_engine.create_table(held_as, read_text(source))
            return RawTable(table, frozenset(table.columns), source.label)
        if self._client_engine is not None:
            return RawTable(database_table(source, self._client_engine), frozenset(), source.label)
        copied = database_table(source, connect(source)).to_pyarrow()
        return RawTable(self._local_engine.create_table(held_as, copied), frozenset(), source.label)

    def prepare(self, name: str) -> Prepared:
        """Return a standard table before the analysis date is applied, with what it was made from.

        For checks; notebooks use `table`.

        Raises
        ------
        InputError
            When the source or its columns are wrong.
        """
        if name not in self._prepared:
            raw = self._open(name)
            faults = self.structure_faults(name)
            if faults:
                raise InputError(faults)
            columns = self._convert(name, raw)
            stored = raw.table.select(**{column.name: column.value for column in columns})
            if raw.text:
                # Parsed once, not at every question.
                stored = self._local_engine.create_table(f"standard_{name}", stored)
            self._prepared[name] = Prepared(raw, columns, stored, self._in_local_time(name, raw, columns, stored))
        return self._prepared[name]

    def structure_faults(self, name: str) -> list[Fault]:
        """Return what is wrong with the columns of a table: names and types, not values."""
        raw, spec, standard = self._open(name), self.spec.tables[name], STANDARD_TABLES[name]
        where = self.where("tables", name, "columns")
        available = [column for column in raw.table.columns if column not in _own_columns(raw)]
        faults = name_faults(standard, spec, available, raw.label, where)
        mapping = columns_of(standard, spec, available)
        used = {source for sources in mapping.values() for source in sources} | set(spec.attributes.values())
        faults += [
            Fault(
                f"column {clash!r} stands in both sources of the join", where=where, remedy="rename it in one of them"
            )
            for clash in sorted(used & raw.clashes)
        ]
        known = {target: found for target, found in mapping.items() if set(found) <= set(available)}
        faults += type_faults(standard, known, raw.table, raw.text, where)
        if self.timezone is None:
            faults += [
                Fault(
                    f"column {found[0]!r} carries a time zone, but the study names none",
                    where=where,
                    remedy="add timezone: {stored: UTC, local: <zone of the customers>}",
                )
                for found in known.values()
                if getattr(raw.table[found[0]].type(), "timezone", None) is not None
            ]
        return faults

    def _convert(self, name: str, raw: RawTable) -> list[Converted]:
        spec, standard, table = self.spec.tables[name], STANDARD_TABLES[name], raw.table
        mapping = columns_of(standard, spec, table.columns)
        converted = [
            self._convert_one(standard, target, mapping[target], raw, spec)
            for target in standard.column_names
            if target in mapping
        ]
        if spec.not_countable:
            flag = countable(table, spec.not_countable)
            converted.append(Converted("countable", tuple(spec.not_countable), flag, None, "flag"))
        of_text = [source for source in spec.attributes.values() if source in raw.text]
        kinds = attribute_kinds(table, of_text, spec.missing)
        for attribute, source in spec.attributes.items():
            kind: ColumnKind = kinds.get(source, "text")
            value, misfit = table[source], None
            if source in kinds or value.type().is_string():
                value, misfit = convert(kind, value, spec, is_text=True, id_as_text=False)
            converted.append(Converted(attribute, (source,), value, misfit, kind))
        return converted

    def _convert_one(
        self, standard: StandardTable, target: str, sources: tuple[str, ...], raw: RawTable, spec: TableSpec
    ) -> Converted:
        kind = standard.column(target).kind
        as_text = kind == "id" and self._id_is_text(target)
        parts = [
            convert(kind, raw.table[source], spec, is_text=source in raw.text, id_as_text=as_text) for source in sources
        ]
        value, misfit = parts[0]
        if len(parts) > 1:
            value = sum((ibis.coalesce(part, 0.0) for part, _ in parts[1:]), ibis.coalesce(value, 0.0))
            for _, other in parts[1:]:
                misfit = other if misfit is None else misfit if other is None else misfit | other
        return Converted(target, sources, value, misfit, kind)

    def _id_is_text(self, column: str) -> bool:
        """Say whether an identifier is text in any table: then it must be text in all, or nothing would match."""
        for name, spec in self.spec.tables.items():
            standard = STANDARD_TABLES[name]
            if column not in standard.column_names or (spec.columns is not None and column not in spec.columns):
                continue
            try:
                if self.source(name).is_text:
                    return True
                table = self._open(name).table
            except InputError:
                # Told when that table itself is asked for or checked.
                continue
            sources = columns_of(standard, spec, table.columns).get(column, ())
            if any(source in table.columns and not table[source].type().is_integer() for source in sources):
                return True
        return False

    def _in_local_time(self, name: str, raw: RawTable, columns: list[Converted], stored: Any) -> Any:
        """Move stored times to local clock time; calendar days stay where they are."""
        moved = self._zones(name, raw, columns)
        if self.timezone is None or not moved:
            return stored
        ends = {f"{end}_{column}": getattr(stored[column], end)() for column in moved for end in ("min", "max")}
        row = stored.aggregate(**ends).to_pyarrow().to_pylist()[0]
        local = ZoneInfo(self.timezone.local)
        values = {}
        for column, zone in moved.items():
            first, last = row[f"min_{column}"], row[f"max_{column}"]
            if first is not None:
                values[column] = to_local(stored[column], pieces(first, last, ZoneInfo(zone), local))
        return stored.mutate(**values)

    def moved_columns(self, name: str) -> list[str]:
        """Return the columns that hold moments and are moved to local time."""
        prepared = self.prepare(name)
        return list(self._zones(name, prepared.raw, prepared.columns))

    def _zones(self, name: str, raw: RawTable, columns: list[Converted]) -> dict[str, str]:
        """Return the columns to move, with the zone each is stored in."""
        if self.timezone is None or self.spec.tables[name].times == "local":
            return {}
        zones: dict[str, str] = {}
        for column in columns:
            type_ = raw.table[column.sources[0]].type()
            if column.kind == "time" and not isinstance(type_, dt.Date):
                aware = getattr(type_, "timezone", None) is not None
                zones[column.name] = "UTC" if aware else self.timezone.stored
        return zones


def load_study(name_or_folder: str | Path) -> Study:
    """Read and check a study file.

    Parameters
    ----------
    name_or_folder : str or Path
        Name of a folder under `data/`, or the path of any folder that holds a `study.yml`.

    Returns
    -------
    Study
        Its tables are opened when asked for; `Study.check` looks at all data.

    Raises
    ------
    InputError
        When there is no such study, or its file has faults. All are told at once, together with the faults of the data
        of those tables whose description is sound.
    """
    folder = _find(name_or_folder)
    read = read_study_file(folder / FILE_NAME)
    faults = list(read.faults)
    study = Study(read.spec, read.lines, folder) if read.spec is not None else None
    if study is not None and folder.parent == places.data_folder() and study.name not in (folder.name, "study"):
        where = read.lines.where("study")
        faults.append(
            Fault(
                f"the study is called {study.name!r}, its folder {folder.name!r}",
                where=where,
                remedy="make both the same",
            )
        )
    if faults:
        raise InputError([*faults, *(study.check() if study is not None else [])])
    if study is None:
        raise InputError(Fault("the study file says nothing", where=read.lines.label))
    return study


def study_names() -> list[str]:
    """Return the names of the studies under `data/`, sorted."""
    folder = places.data_folder()
    return sorted(entry.name for entry in folder.iterdir() if (entry / FILE_NAME).is_file())


def _find(name_or_folder: str | Path) -> Path:
    given = str(name_or_folder)
    direct = Path(given).expanduser()
    if isinstance(name_or_folder, Path) or len(direct.parts) > 1 or given in (".", ".."):
        if (direct / FILE_NAME).is_file():
            return direct.resolve()
        raise InputError(Fault(f"the folder {given!r} holds no {FILE_NAME}", remedy="name a folder with a study.yml"))
    folder = places.data_folder() / given
    if (folder / FILE_NAME).is_file():
        return folder.resolve()
    fault = unknown_name(given, study_names(), kind="study")
    if direct.is_dir() and (direct / FILE_NAME).is_file():
        return direct.resolve()
    raise InputError(fault)


def _join(left: RawTable, right: RawTable, on: dict[str, str], where: str) -> RawTable:
    """Add the columns of a second source to each row of the first."""
    faults = [
        unknown_name(column, side.table.columns, kind=f"column of {side.label}", where=where)
        for side, names in ((left, on), (right, on.values()))
        for column in names
        if column not in side.table.columns
    ]
    if faults:
        raise InputError(faults)
    kept = [name for name in right.table.columns if name not in left.table.columns]
    clashes = set(right.table.columns) - set(kept) - set(on.values()) - _own_columns(right)
    prefixed = right.table.rename({f"join {name}": name for name in right.table.columns})
    tests = [_same(left.table[first], prefixed[f"join {second}"]) for first, second in on.items()]
    joined = left.table.left_join(prefixed, tests)
    columns = {name: joined[name] for name in left.table.columns} | {name: joined[f"join {name}"] for name in kept}
    text = left.text | (right.text & set(kept))
    return RawTable(joined.select(**columns), text, f"{left.label} with {right.label}", frozenset(clashes))


def _same(first: Any, second: Any) -> Any:
    if first.type() == second.type():
        return first == second
    return first.cast(dt.string) == second.cast(dt.string)


def _own_columns(raw: RawTable) -> set[str]:
    from helpers.text_tables import ROW

    return {ROW} & set(raw.table.columns)
