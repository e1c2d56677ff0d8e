"""The analyst's view of a run: every cell of every notebook, with the code folded away."""

import base64
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nbconvert.filters import Highlight2HTML, strip_ansi

from helpers.plain_text import printable
from helpers.suite.html_page import render_page
from helpers.suite.pieces import KEY
from helpers.suite.report import Piece, PieceReader, Report, read_notebook
from helpers.suite.safe_html import code_html, document_html, foreign_html

DOCUMENT_TITLE = "Analyst report"
HINT_LENGTH = 90
_ABSOLUTE_PATH = re.compile(r"(?<![\w:/.<])(?:[A-Za-z]:\\|\\\\|/)(?:[^\s'\"<>|:,;()\\/]+[\\/])+(?=[^\s'\"<>|:,;()\\/])")
_SHOWN_IN_PLACE = ("opening", "results")  # of these pieces the notebook's own output says more


def write_analyst_report(report: Report, executed: Mapping[str, Path], path: Path) -> None:
    """Write analyst.html.

    Parameters
    ----------
    report : Report
        What the run found.
    executed : mapping of str to Path
        Executed notebooks by name, as given to `build_report`.
    path : Path
        File to write.
    """
    path.write_text(printable(analyst_html(report, executed)), encoding="utf-8", newline="\n")


def analyst_html(report: Report, executed: Mapping[str, Path]) -> str:
    """Return the analyst report as one HTML page that loads nothing and runs nothing."""
    reader, highlight = PieceReader(), Highlight2HTML(pygments_lexer="python")  # type: ignore[no-untyped-call]
    notebooks = []
    for chapter in report.everything:
        cells = read_notebook(executed[chapter.notebook]).cells
        shown = [_cell(cell, place, reader, highlight) for place, cell in enumerate(cells, 1)]
        name = chapter.notebook
        notebooks.append({"anchor": f"notebook-{name}", "name": name, "cells": [cell for cell in shown if cell]})
    return render_page(
        "analyst.html.j2", report, document_title=DOCUMENT_TITLE, body_class="analyst", notebooks=notebooks
    )


def without_paths(text: str) -> str:
    r"""Return a text in which absolute paths are cut to their last part: a reader needs the file, not the machine.

    Examples
    --------
    >>> without_paths("/srv/jobs/a.py:3: UserWarning, see https://example.org/a/b")
    '…/a.py:3: UserWarning, see https://example.org/a/b'
    >>> without_paths(r"C:\Users\me\a.csv")
    '…/a.csv'
    """
    return _ABSOLUTE_PATH.sub("…/", text)


def _cell(cell: Mapping[str, Any], place: int, reader: PieceReader, highlight: Highlight2HTML) -> dict[str, Any] | None:
    """Return a cell as the template shows it, None when it is empty."""
    source = cell["source"].strip()
    if not source:
        return None
    if cell["cell_type"] != "code":
        return {"kind": "words", "html": document_html(source)}
    hint = without_paths(source).splitlines()[0].lstrip("# ")[:HINT_LENGTH]
    outputs = [shown for output in cell["outputs"] for shown in _output(output, reader)]
    html = code_html(highlight(without_paths(source)))
    return {"kind": "code", "number": place, "hint": hint, "html": html, "outputs": outputs}


def _output(output: Mapping[str, Any], reader: PieceReader) -> Iterator[dict[str, Any]]:
    """Yield one output in the best form it has: a piece of the report, a picture, HTML, words."""
    raw = output.get("metadata", {}).get(KEY)
    if raw is not None and raw["kind"] not in _SHOWN_IN_PLACE:
        piece: Piece = reader.piece(raw, output)
        yield {"kind": "piece", "piece": piece}
        return
    data = output.get("data", {})
    if output["output_type"] == "stream":
        is_message = output["name"] == "stderr"
        yield {"kind": "messages" if is_message else "text", "text": _clean(output["text"])}
    elif output["output_type"] == "error":
        yield {"kind": "messages", "text": _clean(f"{output['ename']}: {output['evalue']}")}
    elif "image/png" in data:
        png = base64.b64encode(base64.b64decode(data["image/png"])).decode("ascii")
        yield {"kind": "image", "png_base64": png, "text": data.get("text/plain", "chart")}
    elif "text/html" in data:
        yield {"kind": "html", "html": foreign_html(without_paths(data["text/html"]))}
    elif "text/markdown" in data:
        yield {"kind": "html", "html": document_html(data["text/markdown"])}
    elif "text/plain" in data:
        yield {"kind": "text", "text": _clean(data["text/plain"])}


def _clean(text: str) -> str:
    plain: str = strip_ansi(text)  # type: ignore[no-untyped-call]
    return without_paths(plain).rstrip()
