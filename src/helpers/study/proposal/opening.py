"""Open every table of the client's files as rows of text in one engine, read as the study will read them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from glob import escape
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from helpers.core.errors import Fault, FaultsError, InputError, some_of
from helpers.study.file import FILE_NAME
from helpers.study.grammar import TableSpec
from helpers.study.headers import clean_name, header_among
from helpers.study.proposal.csv_form import CsvForm, find_form
from helpers.study.proposal.inputs import TEXT, WORKBOOKS, Input, pattern_of
from helpers.study.proposal.sheets import first_rows, sheet_names
from helpers.study.sources import (
    Source,
    connect,
    database_table,
    names_of_tables,
    read_text,
    require_one_table,
    resolve,
    unreadable_parquet,
)
from helpers.study.sql_text import one_file
from helpers.study.text_tables import ROW
from helpers.study.typed_columns import days_as_texts

_SERVER_ROWS = 200_000
_FEWEST_COLUMNS = 2


@dataclass(frozen=True)
class Look:
    """One table of the client: how a study reads it, and its rows.

    Parameters
    ----------
    input : Input
        The file or database.
    name : str
        Of the file, the sheet or the table: it may say what the rows are.
    keys : dict of str to str or int
        What the study file says of reading it, beside `source`.
    evidence : dict of str to str
        Why, by key.
    table : ibis table
        Its rows; of text sources all columns are text.
    rows : int
        How many.
    partial : bool
        Whether the rows are the first of more.
    """

    input: Input
    name: str
    keys: dict[str, str | int]
    evidence: dict[str, str]
    table: Any = field(repr=False)
    rows: int
    partial: bool = False

    @property
    def columns(self) -> list[str]:
        """Names of the columns a study may name."""
        return [name for name in self.table.columns if name != ROW]

    @property
    def label(self) -> str:
        """How messages call it."""
        part = self.keys.get("sheet") or self.keys.get("table")
        return f"{self.input.source} ({part})" if part else self.input.source


@dataclass
class Engine:
    """The engine that holds the rows, in this process.

    Parameters
    ----------
    connection : ibis backend
        DuckDB in memory.
    passed_over : list of str
        Sheets and tables that hold nothing a study could use.
    """

    connection: Any = field(default_factory=ibis.duckdb.connect)
    passed_over: list[str] = field(default_factory=list)
    _held: int = 0

    def take(self, rows: pa.Table) -> Any:
        """Hold rows that were read, and return them as an Ibis table."""
        self._held += 1
        return self.connection.create_table(f"looked_at_{self._held}", ibis.memtable(rows))

    def together(self, tables: Sequence[Any]) -> Any:
        """Hold the rows of several tables as one, and return it."""
        self._held += 1
        return self.connection.create_table(f"looked_at_{self._held}", ibis.union(*tables, distinct=False))

    def load(self, path: Path, form: CsvForm) -> Any:
        """Read a delimited file in UTF-8 as text by the engine itself; None where it finds the rows uneven."""
        self._held += 1
        name = f"looked_at_{self._held}"
        engine = self.connection.con
        try:
            read = engine.read_csv(
                one_file(path),
                header=False,
                skiprows=form.lines_above,
                sep=form.delimiter,
                quotechar='"',
                escapechar='"',
                columns=dict.fromkeys(form.header, "VARCHAR"),
                auto_detect=False,
                hive_partitioning=False,
            )
            read.create(name)
        except duckdb.Error:
            return None
        return self.connection.table(name)


def open_all(inputs: Sequence[Input], engine: Engine) -> list[Look]:
    """Open every table of every input; stacked files of one form become one.

    Raises
    ------
    InputError
        With all that cannot be read.
    """
    looks: list[Look] = []
    faults: list[Fault] = []
    for one in inputs:
        try:
            looks += _open(one, engine)
        except FaultsError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    if not looks:
        what = f"no table with rows in {some_of([one.source for one in inputs])}"
        raise InputError(Fault(what, "", "tables of two columns and a row at least", "export them again, with rows"))
    return list(_stacked(looks, engine))


def _open(one: Input, engine: Engine) -> Iterator[Look]:
    if one.ending in TEXT:
        yield from _delimited(one, engine)
    elif one.ending in WORKBOOKS:
        yield from _workbook(one, engine)
    elif one.is_database:
        yield from _database(one, engine)
    else:
        yield from _usable(_look(one, _stem(one), {}, {}, engine), engine)


def _delimited(one: Input, engine: Engine) -> Iterator[Look]:
    path = _file(one)
    form = find_form(path, whole=False)
    table = engine.load(path, form) if form.is_plain else None
    if table is None and form.encoding == "utf-8":
        form = find_form(path)
    keys = form.keys(one.ending)
    evidence = {key: form.evidence[key] for key in keys}
    if table is None:
        look = _look(one, _stem(one), keys, evidence, engine)
    else:
        look = Look(one, _stem(one), keys, evidence, table, _count(table))
    yield from _usable(look, engine)


def _workbook(one: Input, engine: Engine) -> Iterator[Look]:
    path = _file(one)
    names = sheet_names(path)
    faults: list[Fault] = []
    for name in names:
        rows = first_rows(path, name)
        filled = [row for row in rows if any(row)]
        if len(filled) < 2 or max(sum(map(bool, row)) for row in filled) < _FEWEST_COLUMNS:
            engine.passed_over.append(f"{one.source} ({name})")
            continue
        keys: dict[str, str | int] = {"sheet": name} if len(names) > 1 else {}
        position = header_among(rows)
        evidence = {}
        if position:
            keys["header_row"] = position + 1
            evidence["header_row"] = f"row {position + 1} is the first that names every column"
        try:
            yield from _usable(_look(one, name if len(names) > 1 else _stem(one), keys, evidence, engine), engine)
        except InputError as error:
            faults += [replace(fault, where=f"{fault.where}, sheet {name}") for fault in error.faults]
    if faults:
        raise InputError(faults)


def _database(one: Input, engine: Engine) -> Iterator[Look]:
    folder = one.path.parent if one.path else Path()
    address = f"{one.source.partition(':')[0]}:///{one.path.name}" if one.path else one.source
    for name in names_of_tables(resolve(TableSpec(source=address, table=""), folder)):
        spec = TableSpec(source=address, table=name)
        yield from _usable(_looked(one, name, {"table": name}, {}, spec, folder, engine), engine)


def _look(one: Input, name: str, keys: Mapping[str, str | int], evidence: Mapping[str, str], engine: Engine) -> Look:
    path = _file(one)
    named, folder = path.name, path.parent
    if one.stacked:
        named, folder = f"{escape(folder.name)}/{one.source.rpartition('/')[2]}", folder.parent
    spec = TableSpec.model_validate({"source": named, **keys})
    return _looked(one, name, keys, evidence, spec, folder, engine)


def _looked(
    one: Input,
    name: str,
    keys: Mapping[str, str | int],
    evidence: Mapping[str, str],
    spec: TableSpec,
    folder: Path,
    engine: Engine,
) -> Look:
    source = resolve(spec, folder, FILE_NAME)
    rows, partial = _rows_of(source)
    table = engine.take(rows)
    return Look(one, name, dict(keys), dict(evidence), table, rows.num_rows, partial)


def _rows_of(source: Source) -> tuple[pa.Table, bool]:
    """Return the rows of a source in the study's own reading; of a server, the first of them."""
    if source.is_text:
        return read_text(source), False
    if source.kind == "parquet":
        return days_as_texts(_parquet(source)), False
    connection = connect(source)
    try:
        rows = database_table(source, connection).limit(_SERVER_ROWS).to_pyarrow()
    finally:
        connection.disconnect()
    return rows if source.path is None else days_as_texts(rows), rows.num_rows == _SERVER_ROWS


def _parquet(source: Source) -> pa.Table:
    try:
        if source.more:
            require_one_table(source)
        parts = [pq.read_table(path, partitioning=None) for path in source.files]
        return pa.concat_tables(parts, promote_options="permissive")
    except (pa.ArrowException, OSError) as error:
        raise InputError(unreadable_parquet(source)) from error


def _usable(look: Look, engine: Engine) -> Iterator[Look]:
    """Yield a table that has rows and columns enough to be one; name the others."""
    if look.rows and len(look.columns) >= _FEWEST_COLUMNS:
        yield look
    else:
        engine.passed_over.append(look.label)


def _stacked(looks: Sequence[Look], engine: Engine) -> Iterator[Look]:
    """Yield the tables, those of one form whose names differ by their digits as one."""
    groups: dict[Any, list[Look]] = {}
    for look in looks:
        alone = look.input.path is None or look.input.is_database or look.input.stacked
        form = (look.input.ending, tuple(look.columns), tuple(sorted(look.keys.items())))
        groups.setdefault(id(look) if alone else form, []).append(look)
    for group in groups.values():
        names = [Path(look.input.source).name for look in group]
        pattern = pattern_of(names) if len(group) > 1 else None
        if pattern is None or not _only_these(group, pattern):
            yield from group
            continue
        source = (Path(group[0].input.source).parent / pattern).as_posix()
        stacked = replace(group[0].input, source=source, stacked=tuple(_file(one.input) for one in group))
        table = engine.together([one.table for one in group])
        rows = sum(one.rows for one in group)
        evidence = {"source": f"{len(group)} files of one form, {names[0]} to {names[-1]}"}
        yield replace(
            group[0], input=stacked, name=pattern, table=table, rows=rows, evidence=group[0].evidence | evidence
        )


def _only_these(group: Sequence[Look], pattern: str) -> bool:
    files = [_file(look.input) for look in group]
    return len({file.parent for file in files}) == 1 and sorted(files[0].parent.glob(pattern)) == sorted(files)


def _count(table: Any) -> int:
    count: int = table.count().to_pyarrow().as_py()
    return count


def _stem(one: Input) -> str:
    named = _file(one).parent if one.stacked else _file(one)
    return clean_name(named.name.partition(".")[0])


def _file(one: Input) -> Path:
    if one.path is None:
        raise ValueError(f"{one.source} is no file")
    return one.path
