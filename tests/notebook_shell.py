"""Cells run as a kernel would run them, in this process: a small study, a parameters cell and an opening cell."""

from pathlib import Path
from textwrap import dedent

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from helpers.suite.report.blocks import IN_NOTEBOOK, KEY

PARAMETERS = """\
study: str = "corner_shop"  # folder under data/
top_share: float = 0.2  # share of customers called the best [0.01..0.99]
seed: int = 1  # random seed [0..]
"""
OPEN = """\
from helpers.suite.notebook.session import start
book = start(globals(), needs=["transactions"], wants=["products"])
"""
STUDY = """\
study: corner_shop
title: Corner shop
currency: EUR
as_of: 2024-02-01
tables:
  transactions:
    source: lines.csv
    columns: {customer_id: who, order_id: slip, time: when, amount: paid}
parameters:
  top_share: 0.5
"""
LINES = "who,slip,when,paid\n007,a,2024-01-01,5.00\n007,b,2024-01-02,2.50\n<b>x</b>,c,2024-01-03,1.00\n"


def make_home(folder: Path) -> Path:
    """Write a project of one study and no notebooks yet."""
    study = folder / "data" / "corner_shop"
    study.mkdir(parents=True)
    (folder / "notebooks").mkdir()
    (study / "study.yml").write_text(STUDY, encoding="utf-8")
    (study / "lines.csv").write_text(LINES, encoding="utf-8")
    return folder


def run(shell: InteractiveShell, *cells: str) -> list:
    """Run cells as a kernel would and return what the last one showed."""
    for cell in cells:
        with capture_output() as captured:
            outcome = shell.run_cell(dedent(cell), store_history=True)
        if not outcome.success:
            raise outcome.error_in_exec
    return captured.outputs


def pieces(outputs: list) -> list[dict]:
    """Return what the outputs hand to the report."""
    return [piece for output in outputs if (piece := output.metadata[KEY])["kind"] != IN_NOTEBOOK]
