"""A study: what its file says, and its tables in standard form.

Nothing is read until a table is asked for. `Study.table` returns an Ibis expression with standard names and types, in
local time, without rows on or after `as_of`. Amounts stay `float64`; to add them up to the same last digit on any
number of threads, use `helpers.core.lines.exact_sum`.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import ibis

from helpers.core import places
from helpers.core.errors import Fault, FaultsError, InputError, SourceError, counted, unknown_name
from helpers.study.checks import damaged_files, data_faults
from helpers.study.data_warnings import CheckedTable, DataWarning, Finding
from helpers.study.file import FILE_NAME, Lines, read_study_file
from helpers.study.grammar import FILE_PURPOSES, ContactPolicy, StudyFile, Timezone
from helpers.study.oddities.placeholder_dates import is_far_after
from helpers.study.sources import InputFile, hashed
from helpers.study.standard_tables import STANDARD_TABLES
from helpers.study.tables import StudyTables
from helpers.study.warnings import source_warnings, study_findings

ENGINE_VARIABLE = "CRM_ENGINE"
"""Variable of the environment with what answers all studies instead of what they say: set by `crm run --engine`."""


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
    rows_without_id : int
        Rows left out because an identifier the table needs is said to be missing in them.
    rows_not_chosen : int
        Rows that the study leaves out by `where`, `only_rows` or `distinct`.
    """

    source: str
    rows_received: int
    rows_after_as_of: int
    rows_kept: int
    first_time: datetime | None
    last_time: datetime | None
    rows_without_id: int = 0
    rows_not_chosen: int = 0


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
    engine : str
        What answers instead of what the study says, as its key `engine`.
    """

    def __init__(self, spec: StudyFile, lines: Lines, folder: Path, engine: str = "") -> None:
        self.spec = spec
        self.folder = folder
        self.name: str = spec.study
        self.title: str = spec.title
        self.currency: str = spec.currency
        self.as_of: date = spec.as_of
        self.timezone: Timezone | None = spec.timezone
        self.parameters: dict[str, bool | int | float | str] = dict(spec.parameters)
        self.notes: list[str] = list(spec.notes)
        self.disclaimer: str = spec.disclaimer
        self.contact_policy: ContactPolicy | None = spec.contact_policy
        self.origin: str = spec.origin
        self.licence: str = spec.licence
        self._lines = lines
        self._tables = StudyTables(spec, lines, folder, engine)
        self._own_files = self._described()
        self._facts: dict[str, TableFacts] = {}
        self._taken: dict[str, Any] = {}
        self._found: dict[tuple[str, ...], tuple[Finding, ...]] = {}

    def __repr__(self) -> str:
        return f"Study({self.name!r}, as_of={self.as_of}, tables={list(self.table_names)})"

    @property
    def table_names(self) -> tuple[str, ...]:
        """Names of the standard tables the study has, in the order of its file."""
        return tuple(self.spec.tables)

    def has(self, table: str, column: str = "") -> bool:
        """Say whether the study has a standard table, and in it a column where one is asked for."""
        if table not in self.spec.tables:
            return False
        if table in self._taken:
            return not column or column in self._taken[table].columns
        # What a faulty table would hold is not known: its faults are reported, not that something is missing.
        return not (column and self._tables.can_prepare(table)) or column in self._tables.prepare(table).stored.columns

    def attributes(self, table: str) -> tuple[str, ...]:
        """Return the names of the study's own columns of a table, beyond the standard ones."""
        return tuple(self.spec.tables[table].attributes) if self.has(table) else ()

    def where(self, *keys: str | int) -> str:
        """Return the line of the study file that holds a key, for messages: `where("parameters", "seed")`."""
        return self._lines.where(*keys)

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
        if name in self._taken:
            return self._in_order(name, self._tables.where_answered(name, self._taken[name]))
        return self._in_order(name, self._made(name))

    def local_table(self, name: str) -> Any:
        """Return the rows of `table` as the DuckDB inside this process holds them; None where they lie elsewhere.

        Raises
        ------
        InputError
            As `table`.
        """
        here = self._tables.prepare(name).here
        return None if here is None else self._in_order(name, self._used(name, here))

    def _in_order(self, name: str, table: Any) -> Any:
        spec = self.spec.tables[name]
        if spec.sources or spec.joins:
            # A join and a union return rows in any order; a small table in a fixed order costs nothing.
            table = table.order_by(list(table.columns))
        return table

    def take(self, name: str, table: Any, facts: TableFacts) -> None:
        """Take a standard table from where it was written down, instead of its sources.

        Parameters
        ----------
        name : str
            One of the standard tables the study has.
        table : ibis table
            The rows that `table` returns, in the local engine.
        facts : TableFacts
            What was received and kept of it.
        """
        self._taken[name], self._facts[name] = table, facts

    @property
    def local_engine(self) -> Any:
        """The DuckDB inside this process that holds what lies in no database of the client."""
        return self._tables.local_engine

    @property
    def engine(self) -> dict[str, str]:
        """Name and version of what answers the study, and of a database the address without anything secret.

        Raises
        ------
        InputError
            When it does not open.
        """
        engine = self._tables.engine
        return {"name": "DuckDB", "version": duckdb.__version__} if engine is None else engine.facts

    def leave_engine(self) -> None:
        """Free what the engine holds for this program; the study's tables can be asked nothing afterwards."""
        self._tables.leave_engine()

    def state(self) -> dict[str, list[dict[str, Any]]]:
        """Return, by table, what shows whether its rows in a database or on Spark have changed since.

        Raises
        ------
        InputError
            When the engine does not answer.
        """
        return {name: self._tables.state(name) for name in self.table_names}

    def changed_files(self) -> list[str]:
        """Return what has files that are not as the study found them: files it names itself, and tables.

        Of the study file and the like the content counts, of sources size and time of writing.
        """
        now = self._described()
        own = [name for name, before in self._own_files.items() if now.get(name) != before]
        return own + [f"table {name}" for name in self.table_names if self._tables.files_changed(name)]

    def _described(self) -> dict[str, str | None]:
        """Return the hashes of the study file and of the files it names for a purpose, of those that can be read."""
        found: dict[str, str | None] = {}
        for name in (FILE_NAME, *self.spec.files.values()):
            with suppress(OSError):  # whoever needs it says that it is not there
                found[name] = hashed(self.folder / name, name).sha256
        return found

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
        try:
            _ = self._tables.engine
        except FaultsError as error:  # once, not for every table
            return list(error.faults)
        wrong, sound = data_faults(self._tables)
        faults = [*self._file_faults(), *wrong]
        try:
            faults += [one for one in self._findings(tuple(sound)) if isinstance(one, Fault)]
        except SourceError as error:
            faults += error.faults
        for name in filter(self._tables.can_prepare, self.table_names):
            facts = self.facts(name)
            if facts.rows_after_as_of and (self.spec.after_as_of == "refuse" or not facts.rows_kept):
                faults.append(self._late_fault(name))
        return faults

    def warnings(self, tables: Iterable[str] | None = None) -> tuple[DataWarning, ...]:
        """Return what a reader must know about the data although the study may run, table by table.

        Parameters
        ----------
        tables : iterable of str, optional
            Standard tables to look at; all when not given. Those that cannot be made are passed over: what is wrong
            with them is for `check` to say.

        Raises
        ------
        EngineError, SourceError
            When an engine refuses a table, or a file proves unreadable when a question comes to it: a report must not
            go without its warnings for that.
        """
        wanted, can = self.table_names if tables is None else set(tables), self._tables.can_prepare
        made = tuple(name for name in self.table_names if name in wanted and can(name, InputError))
        return tuple(one for one in self._findings(made) if isinstance(one, DataWarning))

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
        own = hashed(self.folder / FILE_NAME, FILE_NAME)
        files = [hashed(self.folder / name, name) for name in self.spec.files.values()]
        return [own, *(one for source in self._tables.sources() for one in source.as_inputs()), *files]

    def secrets(self) -> tuple[str, ...]:
        """Return the passwords of its databases: whatever is shown or kept must be free of them."""
        return self._tables.secrets()

    def file(self, purpose: str) -> bytes | None:
        """Return the content of a file the study names for a purpose, None where it names none.

        Parameters
        ----------
        purpose : str
            One of `helpers.study.file.FILE_PURPOSES`.
        """
        name = self.spec.files.get(purpose)
        return None if name is None else (self.folder / name).read_bytes()

    def _made(self, name: str) -> Any:
        """Return the rows of a standard table before the analysis date, made from its sources."""
        return self._used(name, self._tables.prepare(name).local)

    def _used(self, name: str, table: Any) -> Any:
        """Return the rows of a table before the analysis date, or refuse those after it."""
        facts = self.facts(name)
        if facts.rows_after_as_of:
            if self.spec.after_as_of == "refuse":
                raise InputError(self._late_fault(name))
            table = table.filter(table[STANDARD_TABLES[name].event_time] < self._limit)
        return table

    def _findings(self, names: tuple[str, ...]) -> tuple[Finding, ...]:
        """Return warnings and faults of some tables, looked for once: in columns too that no table uses."""
        if names in self._found:
            return self._found[names]
        try:
            checked = [
                CheckedTable(name, self._tables.as_view(name, self._before_as_of(name)), self._tables) for name in names
            ]
            self._found[names] = (*source_warnings(self._tables, names), *study_findings(checked))
        except duckdb.Error:
            damaged = [fault for name in names for fault in damaged_files(self._tables, name)]
            if not damaged:
                raise
            raise SourceError(damaged) from None
        return self._found[names]

    def _before_as_of(self, name: str) -> Any:
        """Return the rows of a table that happened before the analysis date, or at no known time."""
        table, event_time = self._tables.prepare(name).local, STANDARD_TABLES[name].event_time
        if event_time is None or not self.facts(name).rows_after_as_of:
            return table  # a filter that keeps every row is not free
        return table.filter(ibis.coalesce(table[event_time] < self._limit, True))

    def _file_faults(self) -> list[Fault]:
        faults = []
        for purpose, name in self.spec.files.items():
            where = self.where("files", purpose)
            if purpose not in FILE_PURPOSES:
                faults.append(unknown_name(purpose, FILE_PURPOSES, kind="purpose of a file", where=where))
            elif not (self.folder / name).is_file():
                remedy = f"put the file into the folder {self.folder.name!r}"
                faults.append(Fault(f"there is no file {name!r}", where=where, remedy=remedy))
        return faults

    @property
    def _limit(self) -> Any:
        return ibis.timestamp(datetime(self.as_of.year, self.as_of.month, self.as_of.day))

    def _late_fault(self, name: str) -> Fault:
        event_time = STANDARD_TABLES[name].event_time
        local = self._tables.prepare(name).local
        first = local.filter(local[event_time] >= self._limit)[event_time].min().to_pyarrow().as_py()
        facts = self.facts(name)
        rows = counted(facts.rows_after_as_of, "row") if facts.rows_kept else "no row before, but all"
        remedy = "set as_of later or after_as_of: drop" if facts.rows_kept else "set as_of later"
        if facts.rows_kept and is_far_after(first.date(), self.as_of):
            remedy = "correct the dates that stand for none, or take these rows out; or add after_as_of: drop"
        return Fault(
            f"table {name} has {rows} on or after as_of {self.as_of}, the first at {first:%Y-%m-%d %H:%M}",
            where=self.where("as_of"),
            allowed=f"times before {self.as_of}, local time",
            remedy=remedy,
        )

    def _count(self, name: str) -> TableFacts:
        prepared = self._tables.prepare(name)
        unused = sum(part.rows_not_chosen() for part in prepared.parts)
        local, event_time = prepared.local, STANDARD_TABLES[name].event_time
        unnamed = self._tables.rows_without_id(name)
        if event_time is None or event_time not in local.columns:
            rows = local.count().to_pyarrow().as_py()
            received = rows + unnamed + unused
            return TableFacts(prepared.label, received, 0, rows, None, None, unnamed, unused)
        time = local[event_time]
        ends = {"first": time.min(), "last": time.max(), "any_late": time.max() >= self._limit}
        row = local.aggregate(rows=local.count(), **ends).to_pyarrow().to_pylist()[0] | {"late": 0}
        if row["any_late"]:  # only then each row is asked
            late = ibis.coalesce(time >= self._limit, False)
            found = local.aggregate(late=late.sum(), first=time.min(where=~late), last=time.max(where=~late))
            row |= found.to_pyarrow().to_pylist()[0]
        dropped, rows = row["late"] or 0, row["rows"]
        received, span = rows + unnamed + unused, (row["first"], row["last"])
        return TableFacts(prepared.label, received, dropped, rows - dropped, *span, unnamed, unused)


def load_study(name_or_folder: str | Path) -> Study:
    """Read and check a study file.

    Parameters
    ----------
    name_or_folder : str or Path
        Name of a folder under `data/`, or the path of any folder that holds a `study.yml`, or of that file.

    Returns
    -------
    Study
        Its tables are opened when asked for; `Study.check` looks at all data.

    Raises
    ------
    InputError
        When there is no such study, or its file has faults. All are reported at once, together with the faults of the
        data of those tables whose description is sound.
    """
    study, faults = open_study(name_or_folder)
    if faults or study is None:
        raise InputError(faults)
    return study


def open_study(name_or_folder: str | Path) -> tuple[Study | None, list[Fault]]:
    """Read a study as far as its file can be read, and find what is wrong with it, so that other checks can go on.

    Parameters
    ----------
    name_or_folder : str or Path
        As for `load_study`.

    Returns
    -------
    study : Study or None
        What is sound of it; None when too little is.
    faults : list of Fault
        As `load_study` raises them; empty when the file is sound.

    Raises
    ------
    InputError
        When there is no such study, or its file cannot be read at all.
    """
    folder = _find(name_or_folder)
    read = read_study_file(folder / FILE_NAME)
    faults = list(read.faults)
    if read.spec is None:
        return None, faults
    study = Study(read.spec, read.lines, folder, os.environ.get(ENGINE_VARIABLE, ""))
    faults += [] if faults else _name_faults(study)
    return study, [*faults, *(study.check() if faults else [])]


def _name_faults(study: Study) -> list[Fault]:
    """Return what is wrong with a study's name: its reports go where the name says."""
    where = study.where("study")
    if study.folder.parent == places.data_folder().resolve():
        what = f"the study is called {study.name!r}, but its folder {study.folder.name!r}"
        return [Fault(what, where, remedy="give both the same name")] if study.name != study.folder.name else []
    if study.name in study_names():
        what = f"the study is called {study.name!r}, as one under data/ is: its reports would take that one's place"
        return [Fault(what, where, remedy="give it a name of its own")]
    return []


def study_names() -> list[str]:
    """Return the names of the studies under `data/`, sorted."""
    return sorted(entry.name for entry in places.data_folder().iterdir() if (entry / FILE_NAME).is_file())


def _find(name_or_folder: str | Path) -> Path:
    """Return the folder of a study."""
    try:
        return _searched(name_or_folder)
    except OSError as error:  # a folder that may not be entered, a name too long for any folder
        what = f"the folder {str(name_or_folder)!r} cannot be looked into: {error.strerror}"
        raise InputError(Fault(what, remedy="change its permissions, or name another")) from error


def _searched(name_or_folder: str | Path) -> Path:
    given = str(name_or_folder)
    direct = Path(given).expanduser()
    is_path = isinstance(name_or_folder, Path) or len(direct.parts) != 1 or given in (".", "..")
    if not is_path and (places.data_folder() / given / FILE_NAME).is_file():
        return (places.data_folder() / given).resolve()
    if (direct / FILE_NAME).is_file():
        return direct.resolve()
    if direct.name == FILE_NAME and direct.is_file():
        return direct.resolve().parent
    for entry in (direct, direct / FILE_NAME):
        if entry.name == FILE_NAME and entry.is_dir():
            remedy = f"write the study into a file {FILE_NAME}, or rename the folder"
            raise InputError(Fault(f"{str(entry)!r} is a folder, not a study file", remedy=remedy))
    if is_path:
        what = f"the folder {given!r} holds no {FILE_NAME}"
        remedy = f"name a folder with a {FILE_NAME}, or have one proposed from the files: crm new {given}"
        raise InputError(Fault(what, remedy=remedy if direct.is_dir() else f"name a folder with a {FILE_NAME}"))
    if direct.is_dir() or (places.data_folder() / given).is_dir():
        bare = direct if direct.is_dir() else places.data_folder() / given
        what = f"the folder {given!r} holds no {FILE_NAME}"
        raise InputError(Fault(what, remedy=f"have one proposed from its files: crm new {bare}"))
    raise InputError(unknown_name(given, study_names(), kind="study"))
