"""Delimited files that the engine has not stored yet: it reads them anew at a question, or stores them first.

To store text costs as much as to read it, and most files are asked once only, by whom parses them. Whatever else asks a
file's text has the engine store it before, so that no file is read at every question.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import ibis.expr.operations as ops

from helpers.core.errors import FaultsError, SourceError
from helpers.study.plain_blocks import PlainFile

_WAITING = "_crm_unread_texts"


class UnreadText:
    """The text of a source as a view that reads its files, until it is stored.

    Parameters
    ----------
    engine : ibis DuckDB backend
        Where the view is.
    names : collection of str
        Views and tables of the engine by which the text is asked.
    rows : int
        Rows that there are if no line is blank. With fewer, values too many in one row may stand for those too few in
        another: only to store them shows.
    check : callable
        Raises FaultsError where a file is not as it was when the view was made.
    store : callable
        Puts a stored table in the place of the view. It may raise SourceError where the file proves to be no table; so
        does every later question then.
    files : sequence of PlainFile
        The files, where none of them is stored.

    Attributes
    ----------
    place : str
        Where the study names the source, for messages.
    """

    def __init__(
        self,
        engine: Any,
        names: frozenset[str],
        rows: int,
        check: Callable[[], None],
        store: Callable[[], None],
        files: Sequence[PlainFile] = (),
    ) -> None:
        self.rows = rows
        self.files = files
        self._names = names
        self._check = check
        self._store = store
        self._passing = False
        self._refusal: FaultsError | None = None
        self.place = ""
        _watched(engine).append(self)
        self._engine = engine

    @property
    def waiting(self) -> bool:
        """Whether nothing has been stored yet."""
        return self in _watched(self._engine)

    def is_all_of(self, table: Any) -> bool:
        """Say whether a table is the text as it is, every row and column of it."""
        return type(table.op()) is ops.DatabaseTable and table.op().name in self._names

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Let questions read the file for as long as this lasts, and store nothing.

        Raises
        ------
        SourceError
            When a file changed before it was read to its end.
        """
        self._passing = True
        try:
            yield
        finally:
            self._passing = False
        with self._at_its_place():
            self._check()

    @contextmanager
    def _at_its_place(self) -> Iterator[None]:
        """Have faults say where the study names the source."""
        try:
            yield
        except FaultsError as error:
            before = f"{self.place}, " if self.place else ""
            raise SourceError(replace(fault, where=f"{before}{fault.where}") for fault in error.faults) from None

    def _before(self, expression: Any) -> None:
        asked = {table.name for table in expression.op().find(ops.DatabaseTable)}
        if self._passing or not asked & self._names:
            return
        if self._refusal is None:
            try:
                with self._at_its_place():
                    self._check()
                    self._store()
            except FaultsError as error:
                self._refusal = error
            else:
                _watched(self._engine).remove(self)
        if self._refusal is not None:
            raise self._refusal


def _watched(engine: Any) -> list[UnreadText]:
    """Return the texts of an engine that are not stored; the first time, have it look at them before each question."""
    if _WAITING not in vars(engine):
        waiting: list[UnreadText] = []
        vars(engine)[_WAITING] = waiting
        before = engine._run_pre_execute_hooks

        def look_first(expression: Any) -> None:
            for text in [*waiting]:
                text._before(expression)
            before(expression)

        engine._run_pre_execute_hooks = look_first
    found: list[UnreadText] = vars(engine)[_WAITING]
    return found
