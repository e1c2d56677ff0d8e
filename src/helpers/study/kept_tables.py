"""Standard tables written down once, for all programs of one run: none of them reads and converts the sources anew.

They lie in a file of DuckDB beside a list of what they are. Rows keep their order, and one thread reads them in it, as
it does those of a source. What lies in a client's database, or is read by Spark, stays there; what goes to another
engine is kept as it was before, and every program sends it. Nothing but time is lost without the file.
"""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir

from helpers.study.file import FILE_NAME
from helpers.study.kept_answers import keep_answers
from helpers.study.sources import hashed
from helpers.study.sql_text import sql_string
from helpers.study.study import Study, TableFacts

TABLES_FILE, LIST_FILE = "tables.duckdb", "tables.json"
ROWS_AT_MOST = 2048 * 2048
"""Of a larger table nothing is kept: it would double on the disk what one query reads in seconds."""
_CATALOG = "kept"
_TIMES = ("first_time", "last_time")


def keep_tables(study: Study, folder: Path) -> None:
    """Write the standard tables of a study down.

    Parameters
    ----------
    study : Study
        Checked.
    folder : Path
        Where `use_kept_tables` will look for them; the files in it are for the time of one run.

    Raises
    ------
    InputError
        When a table cannot be made.
    """
    small = [name for name in study.table_names if study.facts(name).rows_kept <= ROWS_AT_MOST]
    found = {name: study.local_table(name) for name in small}
    engine = study.local_engine
    tables = {name: one for name, one in found.items() if one is not None and not one.schema().null_fields}
    file = folder / TABLES_FILE
    try:
        _write(engine, tables, file)
    except duckdb.IOException:  # no room on the disk: every program makes its own
        file.unlink(missing_ok=True)
        return
    kept = {
        name: {
            "schema": {column: str(kind) for column, kind in one.schema().items()},
            "facts": asdict(study.facts(name)),
        }
        for name, one in tables.items()
    }
    text = json.dumps({"study": _identity(study), "tables": kept}, default=datetime.isoformat)
    (folder / LIST_FILE).write_text(text, encoding="utf-8", newline="\n")


def use_kept_tables(study: Study, folder: Path) -> None:
    """Let a study take its tables from where they were written down; where there are none, from its sources.

    Parameters
    ----------
    study : Study
        As `keep_tables` had it; of another study, or of one whose file has changed since, nothing is taken.
    folder : Path
        Where the tables are.
    """
    if not (folder / LIST_FILE).is_file():
        return
    kept = json.loads((folder / LIST_FILE).read_text(encoding="utf-8"))
    if kept["study"] != _identity(study):
        return
    engine = study.local_engine
    try:
        engine.raw_sql(f"ATTACH {sql_string(folder / TABLES_FILE)} AS {_CATALOG} (READ_ONLY)")
    except duckdb.IOException:  # of a file system that lets one program at a time read it
        return
    place = ops.Namespace(catalog=_CATALOG, database="main")
    kinds = {text: dt.dtype(text) for one in kept["tables"].values() for text in one["schema"].values()}
    for name, one in kept["tables"].items():
        schema = ibis.schema({column: kinds[text] for column, text in one["schema"].items()})
        table = ops.DatabaseTable(name=name, schema=schema, source=engine, namespace=place)
        study.take(name, table.to_expr(), _facts(one["facts"]))
    keep_answers(engine, folder, _CATALOG)


def _write(engine: Any, tables: dict[str, ir.Table], file: Path) -> None:
    engine.raw_sql(f"ATTACH {sql_string(file)} AS {_CATALOG} (ROW_GROUP_SIZE {ROWS_AT_MOST})")
    try:
        for name, table in tables.items():
            engine.create_table(name, table, database=(_CATALOG, "main"))
    finally:
        engine.raw_sql(f"DETACH {_CATALOG}")


def _identity(study: Study) -> list[str | None]:
    return [str(study.folder.resolve()), hashed(study.folder / FILE_NAME, FILE_NAME).sha256]


def _facts(entries: dict[str, Any]) -> TableFacts:
    times = {name: entries[name] and datetime.fromisoformat(entries[name]) for name in _TIMES}
    return TableFacts(**{**entries, **times})
