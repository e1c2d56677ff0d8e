"""Code that chapters hand over to be coloured, several of them at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep

import pytest
from pygments.lexers.python import PythonLexer

from helpers.suite.report.code_colours import CodeColours


class SlowLexer(PythonLexer):
    """Takes a while over each code, and notes how many codes were in work when it began with one."""

    made = 0
    in_work = 0
    most_at_once = 0

    def __init__(self) -> None:
        type(self).made += 1
        super().__init__()

    def get_tokens(self, text: str, unfiltered: bool = False) -> Iterator[tuple[object, str]]:
        """Return the tokens of a code, late."""
        kind = type(self)
        kind.in_work += 1
        kind.most_at_once = max(kind.most_at_once, kind.in_work)
        sleep(0.02)
        kind.in_work -= 1
        return iter(super().get_tokens(text, unfiltered))


def test_chapters_that_end_together_are_coloured_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pygments puts its rules together in the class of a lexer: two threads that do so at once mix them up."""
    monkeypatch.setattr("pygments.lexers.python.PythonLexer", SlowLexer)
    colours, together, codes = CodeColours(), Barrier(4), [f"share_{number} = {number} / 4" for number in range(4)]

    def coloured(code: str) -> str:
        together.wait()
        return colours.html(code)

    with ThreadPoolExecutor(4) as threads:
        pages = list(threads.map(coloured, codes))
    assert (SlowLexer.made, SlowLexer.most_at_once) == (1, 1)
    assert [f"share_{number}" in page for number, page in enumerate(pages)] == [True] * 4
