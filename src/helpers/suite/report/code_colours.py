"""Code of a notebook as HTML to be coloured; each piece of code is worked out once, ahead of the report."""

from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

import nbformat

from helpers.suite.report.safe_html import code_html
from helpers.suite.report.scrub import without_paths

if TYPE_CHECKING:
    from pygments.formatters.html import HtmlFormatter
    from pygments.lexers.python import PythonLexer


class CodeColours:
    """Turns code into HTML with classes to colour it by, and keeps what it made.

    One thread works at a time: Pygments puts the rules of a language together when it is first used, in its class, and
    two threads that do so at once mix them up.
    """

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._at_work = Lock()

    @cached_property
    def _tools(self) -> "tuple[PythonLexer, HtmlFormatter[str]]":
        """Made once, for they take as long as a cell does."""
        from pygments.formatters.html import HtmlFormatter
        from pygments.lexers.python import PythonLexer

        return PythonLexer(), HtmlFormatter(cssclass=" highlight hl-python")

    def prepare(self, notebook: nbformat.NotebookNode) -> None:
        """Work out the code of all cells of a notebook."""
        for cell in notebook.cells:
            if cell["cell_type"] == "code" and (source := cell["source"].strip()):
                self.html(source)

    def html(self, source: str) -> str:
        """Return code as HTML without the paths of this machine."""
        from pygments import highlight

        with self._at_work:
            if source not in self._known:
                lexer, formatter = self._tools
                self._known[source] = code_html(highlight(without_paths(source), lexer, formatter))
            return self._known[source]
