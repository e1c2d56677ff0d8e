"""Progress is lines in a log and bars in a terminal."""

import io

from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import TextColumn

from helpers.suite.running.progress import PlainLines, TerminalBars, shown_on


def test_lines_tell_start_and_end_and_a_sign_of_life_every_few_seconds():
    times = iter([0.0, 0.5, 1.0, 5.6, 5.6, 6.0, 9.0, 9.0])
    stream = io.StringIO()
    progress = PlainLines(stream, clock=lambda: next(times))
    progress.started("10_a")
    progress.cell("10_a", 1, 20)
    progress.cell("10_a", 2, 20)
    progress.cell("10_a", 3, 20)
    progress.ended("10_a", "done", 8.5)
    assert stream.getvalue().splitlines() == [
        "    0.5 s  10_a: started",
        "    5.6 s  10_a: cell 2 of 20",
        "    9.0 s  10_a: done after 8.5 s",
    ]


def test_a_stream_that_is_no_terminal_gets_lines():
    stream = io.StringIO()
    with shown_on(stream) as progress:
        progress.started("10_a")
    assert isinstance(progress, PlainLines)
    assert stream.getvalue().endswith("10_a: started\n")


def test_a_bar_shows_the_cell_and_fills_only_when_done():
    console = Console(file=io.StringIO(), force_terminal=True)
    bars = Bars(TextColumn("{task.description}"), console=console)
    progress = TerminalBars(bars)
    for name, outcome in (("10_a", "done"), ("20_b", "failed")):
        progress.started(name)
        progress.cell(name, 3, 8)
        assert (bars.tasks[-1].completed, bars.tasks[-1].total, bars.tasks[-1].fields["doing"]) == (2, 8, "cell 3")
        progress.ended(name, outcome, 1.0)
    assert [(task.completed, task.fields["doing"]) for task in bars.tasks] == [(8, "done"), (2, "failed")]
