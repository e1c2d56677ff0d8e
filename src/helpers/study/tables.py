"""Make the standard tables of a study out of its sources: open, join, convert, move to local time.

`helpers.study.study.Study` is what notebooks use; this is its workshop.
"""

import tempfile
from collections import Counter
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.datatypes as dt

from helpers.core.errors import Fault, FaultsError, InputError, together, unknown_name
from helpers.study.columns import ColumnMaker
from helpers.study.engines import Engine, EngineAddress, copied, engine_of, open_engine, read_engine
from helpers.study.file import FILE_NAME, Lines, place_of_join
from helpers.study.grammar import COPY_AT_MOST_GIB, EngineChoice, Reading, StudyFile, TableSpec
from helpers.study.headers import clean_name
from helpers.study.identifiers import signs_absent
from helpers.study.into_engine import cells_as_text, delimited
from helpers.study.joined_sources import join_in_turn
from helpers.study.local_time import pieces, to_local
from helpers.study.number_text import TOO_LARGE
from helpers.study.one_pass import parsed_in_one_pass
from helpers.study.parsing import ParsedCounts, parsed_once
from helpers.study.raw_table import LOST_DIGITS, RawTable
from helpers.study.sources import (
    ON_ENGINE,
    READ_IN_BLOCKS,
    Source,
    attached_table,
    database_table,
    open_parquet,
    read_text,
    resolve,
    written,
    written_now,
)
from helpers.study.sql_text import sql_name, sql_string
from helpers.study.standard_columns import NUMBERS, StandardTable
from helpers.study.standard_tables import STANDARD_TABLES
from helpers.study.standardise import Converted, columns_of, name_faults, type_faults, year_faults
from helpers.study.statistics_files import by_label, user_missing
from helpers.study.steps.expressions import names_in, parse_expression
from helpers.study.steps.row_choice import rows_chosen
from helpers.study.steps.whole_rows import equal_once, filled_down, one_of_each, taken_by_source
from helpers.study.text_tables import ROW
from helpers.study.time_text import Moments, moments_in
from helpers.study.typed_columns import with_known_moments, with_whole_numbers
from helpers.study.zone_faults import zone_faults

_WHOLE = ("id", "integer", "time", "date")
"""Kinds of column whose numbers are whole: times are counted from 1970."""
_TIMES = ("time", "date")
_READ = ("number", "integer", "flag", *_TIMES)
"""Kinds of column that a text may be read as."""


@dataclass(frozen=True)
class Prepared:
    """The rows of a standard table that come from one source, before the analysis date is applied.

    Parameters
    ----------
    raw : RawTable
        The source.
    columns : list of Converted
        The standard columns as expressions on the source.
    stored : ibis table
        Standard columns, times as stored.
    local : ibis table
        Standard columns, times on the local clock.
    moments : dict of str to Moments
        Source columns of times that need no zone to name a moment; stored as the UTC clock shows it.
    whole : RawTable
        The source with all its rows, fields filled down.
    once : RawTable
        Its rows without those that repeat another in every column; the rows are chosen among these.
    chosen : RawTable
        The rows that the study's rules choose; `raw` holds those that are not alike in what makes them one.
    counts : mapping of str to ParsedCounts
        By standard column: values of the source, given and fitting, of those that parsing has counted already.
    sound_rows : int or None
        Number of rows where reading has shown that every value fits and no needed one lacks; None where not asked yet.
    first : ibis table or None
        First rows of the source, where the engine has not stored it.
    longest_bytes : mapping of str to int
        By standard column: bytes of the longest value, of identifiers where reading has shown it.
    """

    raw: RawTable
    columns: list[Converted]
    stored: Any
    local: Any
    moments: dict[str, Moments]
    whole: RawTable
    once: RawTable
    chosen: RawTable
    counts: Mapping[str, ParsedCounts] = field(default_factory=dict)
    sound_rows: int | None = None
    first: Any = None
    longest_bytes: Mapping[str, int] = field(default_factory=dict)

    def value_of(self, name: str) -> Any:
        """Return a standard column as an expression on the source, None where the source has none."""
        return next((one.value for one in self.columns if one.name == name), None)

    def rows_not_chosen(self) -> int:
        """Return how many rows of the source are left out."""
        if self.raw.table is self.whole.table:
            return 0
        counts = [table.count().to_pyarrow().as_py() for table in (self.whole.table, self.raw.table)]
        return int(counts[0] - counts[1])


@dataclass(frozen=True)
class Stacked:
    """A standard table before the analysis date is applied: the rows of all its sources.

    Parameters
    ----------
    parts : tuple of Prepared
        The rows by source, in the order of the study file.
    stored, local : ibis table
        All rows, times as stored and on the local clock, where the study is answered.
    here : ibis table or None
        The local rows as the DuckDB of this process holds them; None where they lie on another engine.
    """

    parts: tuple[Prepared, ...]
    stored: Any
    local: Any
    here: Any = None

    @property
    def label(self) -> str:
        """How messages call the sources."""
        return " and ".join(part.raw.label for part in self.parts)


@dataclass(frozen=True)
class OddIdentifiers:
    """Values of one identifier that are none, or that a study had written anew.

    Parameters
    ----------
    column : str
        Standard name.
    needed : bool
        Whether the table needs it; then the rows without it are left out.
    marks : tuple of str
        Error marks and texts found that stand for none, sorted; an empty text for empty cells.
    rows : int
        Rows with one of them.
    amount : float or None
        Money on these rows, study currency; None where the table holds none.
    rewritten : int
        Rows whose identifier `clean_ids` changed.
    """

    column: str
    needed: bool
    marks: tuple[str, ...]
    rows: int
    amount: float | None
    rewritten: int


class StudyTables:
    """The tables of one study, each made once and only when asked for.

    Parameters
    ----------
    spec : StudyFile
        What the study file says.
    lines : Lines
        Where it says so, for messages.
    folder : Path
        Folder of the study; relative sources start there.
    engine : str
        What answers instead of what the study says, as its key `engine`.

    Attributes
    ----------
    found : dict of (str, int) to tuple
        What `helpers.study.readings` has found in a source, by table and number of the source.
    """

    def __init__(self, spec: StudyFile, lines: Lines, folder: Path, engine: str = "") -> None:
        self.spec = spec
        self.lines = lines
        self.folder = folder
        self._other_engine = engine
        self._sources: dict[tuple[str, int, int], Source] = {}
        self._written: dict[tuple[str, int, int], list[tuple[str, int, int]]] = {}
        self._single: dict[tuple[str, int, int], RawTable | FaultsError] = {}
        self._raw: dict[tuple[str, int], RawTable] = {}
        self._parts: dict[tuple[str, int], Prepared] = {}
        self._stacked: dict[str, Stacked] = {}
        self._sent: dict[Any, Any] = {}
        self.found: dict[tuple[str, int], tuple[Any, ...]] = {}

    def place(self, name: str, part: int = 0) -> tuple[str | int, ...]:
        """Return the keys under which the study file describes one source of a table."""
        return ("tables", name, "sources", part) if self.spec.tables[name].sources else ("tables", name)

    def spec_of(self, name: str, part: int = 0) -> TableSpec:
        """Return what the study says about one source of a table."""
        return self.spec.tables[name].parts[part]

    def place_of_join(self, name: str, part: int, number: int) -> tuple[str | int, ...]:
        """Return the keys under which the study file describes a source joined to a table: the first is number 1."""
        return place_of_join(self.lines, self.place(name, part), number)

    def source(self, name: str, part: int = 0, *, joined: int = 0) -> Source:
        """Return where the rows of a table come from, or those of a source joined to it: the first is number 1.

        Raises
        ------
        InputError
            When the source does not exist.
        """
        key = (name, part, joined)
        if key not in self._sources:
            spec: Reading = self.spec_of(name, part)
            keys = self.place(name, part)
            if joined:
                spec, keys = self.spec_of(name, part).joins[joined - 1], self.place_of_join(name, part, joined)
            found = resolve(spec, self.folder, self.lines.where(*keys, "source"), self.spec.made_by)
            self._written[key] = written(found)
            self._sources[key] = replace(found, as_numbers=self._wanted_as_numbers(name, part))
        return self._sources[key]

    def _wanted_as_numbers(self, name: str, part: int) -> frozenset[str]:
        """Return the columns of a source, by their own names, of which the standard table wants numbers."""
        spec = self.spec_of(name, part)
        computed = {one for text in spec.computed.values() for one in names_in(parse_expression(text))}
        return self._wanted_as(NUMBERS, name, part, computed)

    def _wanted_as(self, kinds: Container[str], name: str, part: int, more: Collection[str] = ()) -> frozenset[str]:
        """Return the columns of a source, by their own names, of which the standard table wants some kinds."""
        spec, standard = self.spec_of(name, part), STANDARD_TABLES[name]
        mapping = spec.columns or {column: (column,) for column in standard.column_names}
        kind_of = {column.name: column.kind for column in standard.columns}
        wanted = {*more, *(one for target, found in mapping.items() if kind_of.get(target) in kinds for one in found)}
        renamed = [pair for join in spec.joins for pair in join.columns.items()]
        return frozenset(wanted | {old for new, old in renamed if new in wanted})

    def sources(self) -> list[Source]:
        """Return every source once, in the order of the study file."""
        return list({source.label: source for source in self._all_sources()}.values())

    def secrets(self) -> tuple[str, ...]:
        """Return the passwords and secret settings of all sources; no message and no notebook may hold them."""
        of_engine = self.engine_address.secrets if self.engine_address is not None else ()
        of_sources = (secret for source in self._all_sources() for secret in source.secrets)
        return tuple(dict.fromkeys((*of_engine, *of_sources)))

    def _all_sources(self) -> list[Source]:
        return [
            self.source(name, part, joined=joined)
            for name, whole in self.spec.tables.items()
            for part, spec in enumerate(whole.parts)
            for joined in range(len(spec.joins) + 1)
        ]

    def single(self, name: str, part: int = 0, *, joined: int = 0) -> RawTable:
        """Return one source as it is, before any join, or a joined one: the first is number 1.

        Raises
        ------
        InputError
            When it cannot be read; the same at every call: what was made without it agrees with what follows.
        """
        key = (name, part, joined)
        if key not in self._single:
            try:
                self._single[key] = self._open(name, part, joined=joined)
            except FaultsError as error:
                self._single[key] = error
        found = self._single[key]
        if isinstance(found, FaultsError):
            raise found
        return found

    def raw(self, name: str, part: int = 0) -> RawTable:
        """Return one source of a table, joined where the study says so.

        Raises
        ------
        InputError
            When the study has no such table, or its source cannot be read.
        """
        if name not in self.spec.tables:
            where = f"study {self.spec.study}, {FILE_NAME}"
            raise InputError(unknown_name(name, list(self.spec.tables), kind="table", where=where))
        if (name, part) not in self._raw:
            first, *others = self._all_singles(name, part)
            joins = self.spec_of(name, part).joins
            places = [self.place_of_join(name, part, number) for number in range(1, len(joins) + 1)]
            wheres = [self.lines.where(*place) for place in places]
            self._raw[name, part] = join_in_turn(first, list(zip(joins, others, wheres, strict=True)))
        return self._raw[name, part]

    def prepare(self, name: str) -> Stacked:
        """Return a standard table before the analysis date is applied.

        Raises
        ------
        InputError
            When a source or its columns are wrong.
        """
        if name not in self._stacked:
            self.raw(name)
            parts = tuple(self.prepare_part(name, part) for part in range(len(self.spec.tables[name].parts)))
            here = all(part.local.get_backend() is self.local_engine for part in parts)
            # What is asked of the source alone is asked where it was read; the rest where the study is answered.
            stored = stack([part.stored if here else self.where_answered(name, part.stored) for part in parts])
            local = stack([self.where_answered(name, part.local) for part in parts])
            self._stacked[name] = Stacked(parts, stored, local, stack([part.local for part in parts]) if here else None)
        return self._stacked[name]

    def where_answered(self, name: str, table: Any) -> Any:
        """Return rows of a standard table where the study is answered: those that lie elsewhere go there, once.

        Raises
        ------
        InputError
            When they are too many, or the engine does not take them.
        """
        if self.engine is None or table.get_backend() is not self.local_engine:
            return table
        if table.op() not in self._sent:
            self._sent[table.op()] = self.engine.take(table, f"crm_{name}_{len(self._sent)}", f"table {name}")
        return self._sent[table.op()]

    def prepare_part(self, name: str, part: int) -> Prepared:
        """Return the rows of a standard table that come from one of its sources.

        Raises
        ------
        InputError
            When the source or its columns are wrong.
        """
        key = (name, part)
        if key not in self._parts:
            read = self.raw(name, part)
            where = self.lines.where(*self.place(name, part), "columns")
            faults = self._structure_faults(name, part, read)
            if faults:
                raise InputError(faults)
            read = self._with_signs_looked_for(name, part, read)
            whole, once, chosen, raw = self._rows_used(name, part, read)
            columns = self.columns_on(name, part, raw)
            once_read = parsed_in_one_pass(
                self.local_engine, f"standard_{name}_{part}", raw, columns, name, self.spec_of(name, part)
            )
            if once_read is not None:
                local = self._in_local_time(once_read.table, self._zones(name, part, raw, columns, ()))
                self._parts[key] = Prepared(
                    *(raw, columns, once_read.table, local, {}, whole, once, chosen, once_read.counts),
                    sound_rows=once_read.rows,
                    first=once_read.first,
                    longest_bytes=once_read.longest_bytes,
                )
                return self._parts[key]
            moments = self._moments(name, part, raw)
            gone = without_id(STANDARD_TABLES[name], columns)
            named = raw.table if gone is None else raw.table.filter(~gone)
            stored = named.select(**{column.name: column.value for column in columns})
            faults = year_faults(raw.table, columns, raw.text, where)
            if faults:
                raise InputError(faults)
            counts: dict[str, ParsedCounts] = {}
            if raw.text:
                # Parsed once, not at every question.
                held = f"standard_{name}_{part}"
                stored, counts = parsed_once(self.local_engine, held, raw, named, columns, moments)
            local = self._in_local_time(stored, self._zones(name, part, raw, columns, moments))
            counts = counts if gone is None else {}  # of all rows, or of none
            self._parts[key] = Prepared(raw, columns, stored, local, moments, whole, once, chosen, counts)
        return self._parts[key]

    def odd_identifiers(self, name: str) -> list[OddIdentifiers]:
        """Return what identifiers say there is none, and how many were written anew, column by column."""
        return [
            found
            for part in range(len(self.spec.tables[name].parts))
            for found in _odd_identifiers(STANDARD_TABLES[name], self.prepare_part(name, part), self.spec.clean_ids)
        ]

    def rows_without_id(self, name: str) -> int:
        """Return how many rows are left out because an identifier the table needs is said to be missing in them."""
        prepared = [self.prepare_part(name, part) for part in range(len(self.spec.tables[name].parts))]
        tests = [(one.raw.table, without_id(STANDARD_TABLES[name], one.columns)) for one in prepared]
        counts = (table.filter(test).count() for table, test in tests if test is not None)
        return sum(int(count.to_pyarrow().as_py()) for count in counts)

    def files_changed(self, name: str) -> bool:
        """Say whether files of a table are others, or of another size or time of writing, than when they were found."""
        before = {key: one for key, one in self._written.items() if key[0] == name}
        return any(written_now(self._sources[key], self.folder) != one for key, one in before.items())

    def state(self, name: str) -> list[dict[str, Any]]:
        """Return what shows whether rows that lie on the engine have changed; empty where none of a table lie there.

        These are, column by column, the number of values, and their ends, sum or length: a question that the engine
        answers itself.
        """
        found: list[dict[str, Any]] = []
        for part in range(len(self.spec.tables[name].parts)):
            sources = [
                self.source(name, part, joined=place) for place in range(len(self.spec_of(name, part).joins) + 1)
            ]
            held = [one for one in sources if self.engine is not None and self.engine.holds(one)]
            if self.engine is None or not held:
                continue
            stored = self.prepare_part(name, part).stored
            if stored.get_backend() is self.local_engine:
                continue
            self.engine.look_anew(held)
            answers = {"rows": stored.count()}
            for place, column in enumerate(stored.columns):
                answers |= {f"{what}{place}": value for what, value in _seen(stored[column]).items()}
            found += stored.aggregate(**answers).to_pyarrow().to_pylist()
        return found

    def as_view(self, name: str, table: Any) -> Any:
        """Return rows of a standard table under a name of the local engine, so that further questions are short ones.

        A table of the client's database is returned as it is: nothing is written there.
        """
        if table.get_backend() is not self.local_engine:
            return table
        return self.local_engine.create_view(f"checked_{name}", table, overwrite=True)

    def can_prepare(self, name: str, unless: type[FaultsError] = FaultsError) -> bool:
        """Say whether a standard table can be made; why not is for `prepare` to tell.

        Parameters
        ----------
        name : str
            Of the table.
        unless : type of FaultsError
            What counts as a no; any other kind is raised.
        """
        try:
            self.prepare(name)
        except unless:
            return False
        return True

    def moved_columns(self, name: str, part: int) -> list[str]:
        """Return the columns of one source that hold moments and are moved to local time."""
        prepared = self.prepare_part(name, part)
        return list(self._zones(name, part, prepared.raw, prepared.columns, prepared.moments))

    @cached_property
    def local_engine(self) -> Any:
        """The DuckDB inside this process, for sources that lie in no database of the client."""
        connection = ibis.duckdb.connect()
        spill = Path(tempfile.gettempdir()) / "crm-notebooks"
        if connection.raw_sql("SELECT current_setting('enable_progress_bar')").fetchall()[0][0]:
            connection.raw_sql("SET enable_progress_bar = false")  # it would write into the cells of a notebook
        for setting in (
            "autoinstall_known_extensions = false",  # a study is read without the network
            f"temp_directory = {sql_string(spill)}",  # not beside the user's files
        ):
            connection.raw_sql(f"SET {setting}")
        return connection

    @property
    def engine(self) -> Engine | None:
        """What answers the study beside DuckDB inside this process; None where that does.

        Raises
        ------
        InputError
            When there is no such engine, or it does not open; the same at every call.
        """
        if isinstance(self._opened_engine, FaultsError):
            raise self._opened_engine
        return self._opened_engine

    @cached_property
    def _opened_engine(self) -> Engine | FaultsError | None:
        try:
            named = self.engine_address
            if named is not None:
                return open_engine(named)
            source = self._only_database()
            return None if source is None else engine_of(source)
        except FaultsError as error:
            return error

    def leave_engine(self) -> None:
        """Free what the engine holds for this program, where it was asked anything."""
        opened = vars(self).get("_opened_engine")
        if isinstance(opened, Engine):
            opened.leave()

    @cached_property
    def engine_address(self) -> EngineAddress | None:
        """What the study, or the command, says of its engine; None where neither does.

        Raises
        ------
        InputError
            When there is no such engine.
        """
        own, other = self.spec.engine, self._other_engine
        if other and (own is None or own.name.lower() != other.lower()):
            return read_engine(EngineChoice(name=other), "--engine")
        return None if own is None else read_engine(own, self.lines.where("engine"))

    def _only_database(self) -> Source | None:
        """Return a source in the client's database where there is one such; a file only where it must be asked.

        Tables of a file of DuckDB are read in place by the DuckDB of this process; a query is for the file's own.
        """
        readings = [
            (reading, (name, part, joined))
            for name, whole in self.spec.tables.items()
            for part, spec in enumerate(whole.parts)
            for joined, reading in enumerate((spec, *spec.joins))
        ]
        named = {reading.source: place for reading, place in readings}
        databases = [one for one in named if "://" in one and not one.lower().startswith("sqlite:")]
        if len(databases) != 1:
            return None
        is_asked = len(named) == 1 and any(reading.query is not None for reading, _ in readings)
        if databases[0].lower().startswith("duckdb:") and not is_asked:
            return None
        name, part, joined = named[databases[0]]
        return self.source(name, part, joined=joined)

    def _all_singles(self, name: str, part: int) -> list[RawTable]:
        """Open a source and all that are joined to it; the faults of all that cannot be read are reported."""
        opened: list[RawTable] = []
        refused: list[FaultsError] = []
        for joined in range(len(self.spec_of(name, part).joins) + 1):
            try:
                opened.append(self.single(name, part, joined=joined))
            except FaultsError as error:
                refused.append(error)
        if refused:
            raise together(refused)
        if any(one.table.get_backend() is not opened[0].table.get_backend() for one in opened):
            opened = [self._brought_here(name, part, joined, raw) for joined, raw in enumerate(opened)]
        return opened

    def _brought_here(self, name: str, part: int, joined: int, raw: RawTable) -> RawTable:
        """Return a source as the DuckDB of this process holds it, for a join with one that it reads."""
        if raw.table.get_backend() is self.local_engine:
            return raw
        source, held_as = self.source(name, part, joined=joined), f"here_{name}_{part}_{joined}"
        is_parquet = source.kind == "parquet"
        table = self._file_here(source, held_as) if is_parquet else self._copied(raw.table, source, held_as)
        return self._with_values_read(replace(raw, table=table), name, part)

    def _file_here(self, source: Source, held_as: str) -> Any:
        """Return a file of Parquet or of DuckDB as the DuckDB of this process reads it."""
        if source.kind == "parquet":
            return open_parquet(source, self.local_engine, held_as)
        in_place = attached_table(source, self.local_engine)
        if in_place is None:
            return self._copied(database_table(source, engine_of(source).connection), source, held_as)
        return in_place

    def _copied(self, table: Any, source: Source, held_as: str) -> Any:
        """Return a table of a database as a copy in the DuckDB of this process, as long as it is small enough."""
        limit = self.spec.engine.copy_at_most_gib if self.spec.engine is not None else COPY_AT_MOST_GIB
        return self._made(held_as, ibis.memtable(copied(table, limit, source.label)))

    def _open(self, name: str, part: int, *, joined: int) -> RawTable:
        """Open a source; what is wrong with it is reported with the line of the study file that names it."""
        source = self.source(name, part, joined=joined)
        keys = (*(self.place_of_join(name, part, joined) if joined else self.place(name, part)), "source")
        line = self.lines.where(*keys)
        try:
            raw = self._opened(source, f"source_{name}_{part}{f'_joined_{joined}' if joined else ''}")
            if not source.is_text:
                is_file = source.path is not None and source.options.query is None
                if is_file and raw.table.get_backend() is not self.local_engine and self._texts(raw.table, name, part):
                    here = self._file_here(source, f"here_{name}_{part}_{joined}")
                    raw = replace(raw, table=_with_clean_names(here))
                raw = self._with_values_read(raw, name, part)
            if raw.unread is not None:
                raw.unread.place = line
            return raw
        except FaultsError as error:
            raise type(error)(replace(fault, where=f"{line}, {fault.where}") for fault in error.faults) from error

    def _with_values_read(self, raw: RawTable, name: str, part: int) -> RawTable:
        """Return a typed source with numbers that are whole as such, and with texts to be read as numbers or times.

        A database is to give the types itself, by a query where it must: texts it would not read alike.
        """
        table = with_whole_numbers(with_known_moments(raw.table), self._wanted_as(_WHOLE, name, part))
        texts = self._texts(table, name, part)
        if not texts or table.get_backend() is not self.local_engine:
            return replace(raw, table=table)
        written = {one: table[one].cast(dt.string) for one in texts}
        numbered = table.mutate(**written, **{ROW: ibis.row_number() + 1})  # as they stand in the file
        return replace(raw, table=numbered, text=texts, written_numbers=texts)

    def _texts(self, table: Any, name: str, part: int) -> frozenset[str]:
        """Return the columns of a typed source that hold texts where others are wanted, or days written as 20240131."""
        kinds, spec = table.schema(), self.spec_of(name, part)
        texts = {one for one in self._wanted_as(_READ, name, part) if one in kinds and kinds[one].is_string()}
        if spec.date_format is None or spec.unix_unit is not None:
            return frozenset(texts)
        days = self._wanted_as(_TIMES, name, part)
        return frozenset(texts | {one for one in days if one in kinds and kinds[one].is_integer()})

    def _opened(self, source: Source, held_as: str) -> RawTable:
        raw = self._as_named(source, held_as)
        return replace(raw, table=_with_clean_names(raw.table)) if not source.is_text else raw

    def _as_named(self, source: Source, held_as: str) -> RawTable:
        if source.kind == "parquet":
            reads = self.engine is not None and self.engine.reads_parquet
            opened = self.engine.parquet(source, held_as) if self.engine is not None and reads else None
            table = open_parquet(source, self.local_engine, held_as) if opened is None else opened
            return RawTable(table, frozenset(), source.label)
        if source.kind == "csv" and source.options.layout != "baskets":
            return delimited(source, self.local_engine, held_as)
        if source.kind in READ_IN_BLOCKS:
            return cells_as_text(source, self.local_engine, held_as)
        if source.is_text:
            read = read_text(source)
            table = self.local_engine.create_table(held_as, ibis.memtable(read))
            text = frozenset(table.columns)
            files = source.file_labels if source.more else ()
            if source.kind == "csv":
                return RawTable(table, text, source.label, written_numbers=text, files=files)
            missing, labelled = user_missing(read), by_label(read)
            return RawTable(table, text, source.label, cells=text, user_missing=missing, by_label=labelled, files=files)
        return RawTable(self._of_database(source, held_as), frozenset(), source.label)

    def _of_database(self, source: Source, held_as: str) -> Any:
        """Return a table of a database where it lies, if the engine or DuckDB reads it there; else a copy."""
        if self.engine is not None and self.engine.holds(source):
            return self.engine.table(source)
        if source.url == ON_ENGINE:
            what = "the study names no engine that could have this table: DuckDB inside the program has none of its own"
            allowed = "engine: spark, or the address of a database"
            raise InputError(Fault(what, source.label, allowed, "add engine: spark"))
        if source.path is not None and source.options.query is None:
            return self._file_here(source, held_as)
        return self._copied(database_table(source, engine_of(source).connection), source, held_as)

    def _structure_faults(self, name: str, part: int, raw: RawTable) -> list[Fault]:
        """Return what is wrong with names and types; values are for the full check."""
        spec, standard = self.spec_of(name, part), STANDARD_TABLES[name]
        where = self.lines.where(*self.place(name, part), "columns")
        available = raw.named_columns
        faults = name_faults(standard, spec, available, raw.label, where)
        mapping = columns_of(standard, spec, available)
        # Of columns that are taken only because they have a standard name, those of the table itself will do.
        needed = {*standard.required, *(spec.columns or ())}
        used = {source for target, sources in mapping.items() if target in needed for source in sources}
        used |= set(spec.attributes.values())
        faults += [
            Fault(
                f"column {clash!r} stands in both sources of the join", where=where, remedy="rename it in one of them"
            )
            for clash in sorted(used & raw.clashes)
        ]
        known = {target: found for target, found in mapping.items() if set(found) <= set(available)}
        known = {target: found for target, found in known.items() if target not in spec.values}
        if spec.fill_down is not None and ROW not in raw.table.columns:
            what = f"the rows of {raw.label} stand in no order"
            place = self.lines.where(*self.place(name, part), "fill_down")
            faults.append(Fault(what, place, "fill_down on text files, workbooks and SQLite", "export it as CSV"))
        counts = spec.unix_unit is not None
        by_query = self.source(name, part).kind == "database" and raw.table.get_backend() is not self.local_engine
        faults += type_faults(standard, known, raw.table, raw.text, where, since_1970=counts, by_query=by_query)
        if self.spec.timezone is None:
            faults += [
                Fault(
                    f"column {found[0]!r} carries a time zone, but the study names none",
                    where=where,
                    remedy="add timezone: {stored: UTC, local: <zone of the customers>}",
                )
                for found in known.values()
                if _has_zone(raw.table[found[0]])
            ]
        return faults

    def _moments(self, name: str, part: int, raw: RawTable) -> dict[str, Moments]:
        """Return the source columns of times that need no zone to name a moment: typed so, counted, with offsets.

        Raises
        ------
        InputError
            When the study names no zone for offsets, or some times of a column are moments and some are not.
        """
        spec, standard = self.spec_of(name, part), STANDARD_TABLES[name]
        if spec.times == "local":
            return {}
        mapping = columns_of(standard, spec, raw.named_columns)
        times = [
            found[0]
            for target, found in mapping.items()
            if standard.column(target).kind == "time" and target not in spec.values
        ]
        written = {column: raw.table[column] for column in times if raw.table[column].type().is_string()}
        found = {column: one for column, one in moments_in(raw.table, written, spec).items() if one.any}
        where = self.lines.where(*self.place(name, part), "columns")
        faults = [
            fault for column, one in found.items() for fault in zone_faults(raw, column, one, spec, self.spec, where)
        ]
        if faults:
            raise InputError(faults)
        typed = [column for column in times if column not in written and _is_moment(raw.table[column])]
        return found | {column: _typed(raw.table[column]) for column in typed}

    def amount_on(self, name: str, part: int, raw: RawTable) -> Any:
        """Return the column `amount` on some rows of a source, None where the table has none."""
        made = self._maker(name, part, raw).make("amount") if "amount" in STANDARD_TABLES[name].column_names else None
        return None if made is None else made.value

    def columns_on(self, name: str, part: int, raw: RawTable) -> list[Converted]:
        """Return the standard columns on some rows of a source."""
        return self._maker(name, part, raw).all()

    def _maker(self, name: str, part: int, raw: RawTable) -> ColumnMaker:
        spec = self.spec_of(name, part)
        return ColumnMaker(STANDARD_TABLES[name], spec, raw, self.spec.clean_ids, self._id_is_text)

    def _with_signs_looked_for(self, name: str, part: int, read: RawTable) -> RawTable:
        """Return a typed source with the signs that no identifier holds: asked once, they cost no pattern later.

        What lies in a client's database, or is read by another engine, is asked nothing more.
        """
        standard, spec = STANDARD_TABLES[name], self.spec_of(name, part)
        mapped = columns_of(standard, spec, read.named_columns)
        sources = {one for target, found in mapped.items() if standard.column(target).kind == "id" for one in found}
        kinds = read.table.schema()
        texts = sorted(one for one in sources if kinds[one].is_string())
        if not texts or sources & read.text or read.table.get_backend() is not self.local_engine:
            return read
        signs, whole = signs_absent(read.table, texts)
        return replace(read, absent=read.absent | signs | ({LOST_DIGITS} if whole else set()))

    def _rows_used(self, name: str, part: int, read: RawTable) -> tuple[RawTable, RawTable, RawTable, RawTable]:
        """Return a source with its fields filled down, without repeated rows, with the rows chosen, and as used."""
        spec, standard = self.spec_of(name, part), STANDARD_TABLES[name]
        whole = once = read
        held = f"{name}_{part}"
        if spec.fill_down is not None:
            whole = once = self._held(read, filled_down(read.table, spec.fill_down), f"filled_{held}")
        if taken_by_source(standard, spec):
            once = self._held(whole, equal_once(whole.table), f"once_{held}")
        chosen = raw = once
        if spec.row_rules:
            rows = rows_chosen(once.table, spec)
            # Text is gone through once, not at every question; typed files and databases are asked where they are.
            chosen = raw = self._held(once, rows, f"chosen_{held}") if read.text else replace(once, table=rows)
        if spec.distinct and once is whole:
            columns = self.columns_on(name, part, chosen)
            raw = self._held(chosen, one_of_each(chosen.table, columns, spec.alike_in), f"each_{held}")
        return whole, once, chosen, raw

    def _held(self, raw: RawTable, table: Any, held_as: str) -> RawTable:
        """Return a source with other rows, worked out once where they are in the local engine."""
        if table.get_backend() is self.local_engine:
            table = self._made(held_as, table)
        return replace(raw, table=table)

    def _made(self, name: str, rows: Any) -> Any:
        """Return rows as a table of the local engine; a fault that was found behind it may have left one before."""
        self.local_engine.raw_sql(f"DROP TABLE IF EXISTS {sql_name(name)}")  # Ibis 12 replaces no table
        return self.local_engine.create_table(name, rows)

    def _id_is_text(self, column: str) -> bool:
        """Say whether an identifier is text in any table: then it must be text in all, or nothing would match."""
        parts = ((name, part) for name, whole in self.spec.tables.items() for part in range(len(whole.parts)))
        for name, part in parts:
            standard, spec = STANDARD_TABLES[name], self.spec_of(name, part)
            if column not in standard.column_names or (spec.columns is not None and column not in spec.columns):
                continue
            if column in spec.values:
                return True
            try:
                if self.source(name, part).is_text:
                    return True
                raw = self.raw(name, part)
            except FaultsError:
                # Reported when that table itself is asked for or checked.
                continue
            sources = columns_of(standard, spec, raw.named_columns).get(column, ())
            if any(source in raw.table.columns and not raw.table[source].type().is_integer() for source in sources):
                return True
        return False

    def _zones(
        self, name: str, part: int, raw: RawTable, columns: list[Converted], moments: Container[str]
    ) -> dict[str, str]:
        """Return the columns to move to local time, with the zone each is stored in."""
        if self.spec.timezone is None or self.spec_of(name, part).times == "local":
            return {}
        return {
            column.name: "UTC" if column.sources[0] in moments else self.spec.timezone.stored
            for column in columns
            if column.kind == "time" and not isinstance(raw.table[column.sources[0]].type(), dt.Date)
        }

    def _in_local_time(self, stored: Any, zones: dict[str, str]) -> Any:
        """Move stored times to local clock time; calendar days stay where they are."""
        if self.spec.timezone is None or not zones:
            return stored
        ends = {f"{end}_{column}": getattr(stored[column], end)() for column in zones for end in ("min", "max")}
        row = stored.aggregate(**ends).to_pyarrow().to_pylist()[0]
        local = ZoneInfo(self.spec.timezone.local)
        values = {}
        for column, zone in zones.items():
            first, last = row[f"min_{column}"], row[f"max_{column}"]
            if first is not None:
                values[column] = to_local(stored[column], pieces(first, last, ZoneInfo(zone), local))
        return stored.mutate(**values)


def without_id(standard: StandardTable, columns: list[Converted]) -> Any:
    """Return where a row lacks, by its own word, an identifier the table needs; None where no row can."""
    tests = [column.none for column in _needed_ids(standard, columns)]
    together = tests[0] if tests else None
    for test in tests[1:]:
        together = together | test
    return together


def _seen(column: Any) -> dict[str, Any]:
    """Return what shows that values of a column have changed, the same at every reading in whatever order."""
    seen = {"values": column.count()}
    if column.type().is_string():
        return {**seen, "letters": column.length().sum(), "first": column.min(), "last": column.max()}
    if column.type().is_boolean():
        return {**seen, "true": column.sum()}
    ends = {**seen, "first": column.min(), "last": column.max()}
    if not column.type().is_numeric():
        return ends
    exact = column.cast(dt.Decimal(38, 4))
    if not column.type().is_integer():  # engines refuse to make decimals of NaN, and of what has more digits
        exact = ibis.cases((column.abs() < TOO_LARGE, exact), else_=ibis.null(exact.type()))
    return {**ends, "sum": exact.sum()}


def _odd_identifiers(standard: StandardTable, prepared: Prepared, clean: Sequence[str]) -> Iterator[OddIdentifiers]:
    """Count in one question, and ask for texts and money only where something was found."""
    table = prepared.raw.table
    columns = [column for column in prepared.columns if column.kind == "id" and (column.none is not None or clean)]
    counts = {f"none{place}": column.none.sum() for place, column in enumerate(columns) if column.none is not None}
    if clean:
        texts = [(place, column) for place, column in enumerate(columns) if column.value.type().is_string()]
        counts |= {f"new{place}": (column.value != _as_text(table, column)).sum() for place, column in texts}
    if not counts:
        return
    row = table.aggregate(**counts).to_pyarrow().to_pylist()[0]
    amount = prepared.value_of("amount")
    for place, column in enumerate(columns):
        rewritten = row.get(f"new{place}") or 0
        found = _marks(table, column, amount) if row.get(f"none{place}") else []
        if rewritten or found:
            money = None if amount is None else sum(one["amount"] or 0.0 for one in found)
            marks = tuple(one["text"] or "" for one in found)
            rows = sum(one["rows"] for one in found)
            yield OddIdentifiers(column.name, column.name in standard.required, marks, rows, money, rewritten)


def _marks(table: Any, column: Converted, amount: Any) -> list[dict[str, Any]]:
    """Return the texts of an identifier that stand for none, with their rows and money."""
    money = ibis.null("float64") if amount is None else amount.cast("float64")
    marked = table.mutate(text=_as_text(table, column), none=column.none, money=money)
    marked = marked.filter(marked.none)
    grouped = marked.group_by("text").aggregate(rows=marked.count(), amount=marked.money.sum().round(2))
    rows: list[dict[str, Any]] = grouped.order_by("text").to_pyarrow().to_pylist()
    return rows


def _as_text(table: Any, column: Converted) -> Any:
    return table[column.sources[0]].cast(dt.string)


def _needed_ids(standard: StandardTable, columns: list[Converted]) -> list[Converted]:
    return [column for column in columns if column.none is not None and column.name in standard.required]


def stack(tables: list[Any]) -> Any:
    """Put the rows of tables one after the other; a column some of them lack is empty there.

    Columns of different types become text.

    Examples
    --------
    >>> one, other = ibis.memtable({"a": [1]}), ibis.memtable({"a": ["x"], "b": [2.0]})
    >>> stack([one, other]).to_pandas().sort_values("a").to_dict("list")
    {'a': ['1', 'x'], 'b': [nan, 2.0]}
    """
    if len(tables) == 1:
        return tables[0]
    types: dict[str, Any] = {}
    for table in tables:
        for name, type_ in table.schema().items():
            types[name] = type_ if types.get(name, type_) == type_ else dt.string
    filled = [
        table.select(
            **{
                name: table[name].cast(type_) if name in table.columns else ibis.null(type_)
                for name, type_ in types.items()
            }
        )
        for table in tables
    ]
    return ibis.union(*filled)


def _is_moment(column: Any) -> bool:
    """Say whether a typed column needs no zone to name a moment: it has one, or counts from 1970."""
    return _has_zone(column) or column.type().is_integer()


def _typed(column: Any) -> Moments:
    return Moments(0, 0, 0) if _has_zone(column) else Moments(0, 1, 0)


def _with_clean_names(table: Any) -> Any:
    """Rename columns whose names hold what nobody can see, unless another column has the clean name."""
    cleaned = {name: clean_name(name) for name in table.columns}
    twice = [name for name, count in Counter(cleaned.values()).items() if count > 1]
    renamed = {new: old for old, new in cleaned.items() if new != old and new and new not in twice}
    return table.rename(renamed) if renamed else table


def _has_zone(column: Any) -> bool:
    return getattr(column.type(), "timezone", None) is not None
