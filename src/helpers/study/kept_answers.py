"""Answers about tables written down for one run, kept beside them: what one chapter has asked, no other works out anew.

An answer is known by the text of its question. It is kept only where that names nothing but those tables, which do not
change: nothing of this process, no clock and no chance. What Ibis makes of the answer's rows it makes of kept ones too.
"""

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import ibis.expr.operations as ops
import pyarrow as pa

from helpers.core.session_tables import set_catalog_of_run

FOLDER = "kept_answers"
BYTES_AT_MOST = 1 << 25
"""A larger answer is not kept."""
_SMALL_BYTES = 1 << 14  # as many stay in memory, for questions that every method asks
_METHOD = "_to_duckdb_relation"
_OUTSIDE = ops.PhysicalTable, ops.SQLQueryResult, ops.SQLStringView, ops.Impure, ops.ScalarParameter


def keep_answers(engine: Any, folder: Path, catalog: str) -> None:
    """Let an engine keep its answers, and take those that other programs have kept.

    Parameters
    ----------
    engine : ibis DuckDB backend
        Has the tables attached. One of an Ibis that asks DuckDB in another way is left alone.
    folder : Path
        Where the tables lie; for the time of one run.
    catalog : str
        The name under which they are attached.
    """
    set_catalog_of_run(engine, catalog)
    usual = getattr(engine, _METHOD, None)
    if usual is None:
        return
    place, small = folder / FOLDER, dict[ops.Node, pa.Table]()
    with suppress(OSError):
        place.mkdir(exist_ok=True)

    def asked(expression: Any, *, params: Any = None, limit: Any = None, **more: Any) -> Any:
        question = expression.as_table()
        if params or limit is not None or more or not _is_about(question.op(), catalog):
            return usual(expression, params=params, limit=limit, **more)
        return _Answer(engine, question, place, small)

    setattr(engine, _METHOD, asked)


def _is_about(question: ops.Node, catalog: str) -> bool:
    """Say whether a question rests on tables of a catalog and on nothing else."""
    found = question.find(_OUTSIDE)
    return bool(found) and all(type(one) is ops.DatabaseTable and one.namespace.catalog == catalog for one in found)


class _Answer:
    """Stands for a relation of DuckDB: its rows may be kept, all else is asked of a relation made then."""

    def __init__(self, engine: Any, question: Any, place: Path, small: dict[ops.Node, pa.Table]) -> None:
        self._engine, self._question, self._place, self._small = engine, question, place, small

    def to_arrow_table(self) -> pa.Table:
        """Return the rows."""
        known = self._small.get(self._question.op())
        if known is not None:
            return known
        text = self._engine.compile(self._question)
        file = self._place / hashlib.sha256(text.encode()).hexdigest()
        rows = _read(file)
        if rows is None:
            rows = self._engine.con.sql(text).to_arrow_table()
            _write(rows, file)
        if rows.nbytes <= _SMALL_BYTES:
            self._small[self._question.op()] = rows
        return rows

    def __getattr__(self, name: str) -> Any:
        """Ask a relation for what is no kept answer."""
        relation: duckdb.DuckDBPyRelation = self._engine.con.sql(self._engine.compile(self._question))
        return getattr(relation, name)


def _read(file: Path) -> pa.Table | None:
    try:
        with pa.memory_map(str(file)) as kept:
            return pa.ipc.open_file(kept).read_all()
    except (OSError, pa.ArrowInvalid):
        return None


def _write(rows: pa.Table, file: Path) -> None:
    """Keep rows as a whole or not at all; where the disk does not allow it nothing is kept."""
    if rows.nbytes > BYTES_AT_MOST:
        return
    own = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        with pa.OSFile(str(own), "wb") as kept, pa.ipc.new_file(kept, rows.schema) as writer:
            writer.write_table(rows)
        own.replace(file)
    except OSError:
        with suppress(OSError):
            own.unlink()  # on a full disk it would take the room that the report needs
