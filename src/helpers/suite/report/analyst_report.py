"""The analyst's view of a run: every cell of every notebook, with the code folded away."""

import base64
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from helpers.core.plain_text import printable, without_colours
from helpers.suite.report.blocks import EXAMPLE, IN_NOTEBOOK, KEY
from helpers.suite.report.code_colours import CodeColours
from helpers.suite.report.html_page import render_page
from helpers.suite.report.model import Piece, PieceReader, Report, read_notebook
from helpers.suite.report.safe_html import document_html, foreign_html
from helpers.suite.report.scrub import without_paths

DOCUMENT_TITLE = "Analyst report"
HINT_LENGTH = 90
_SHOWN_IN_PLACE = ("opening", "results", EXAMPLE)  # of these pieces the notebook's own output says more


def write_analyst_report(
    report: Report, executed: Mapping[str, Path], path: Path, colours: CodeColours | None = None
) -> None:
    """Write analyst.html.

    Parameters
    ----------
    report : Report
        What the run found.
    executed : mapping of str to Path
        Executed notebooks by name, as given to `build_report`.
    path : Path
        File to write.
    colours : CodeColours, optional
        Knows the code of these notebooks already.
    """
    page = analyst_html(report, executed, colours)
    path.write_text(printable(page), encoding="utf-8", newline="\n")


def analyst_html(report: Report, executed: Mapping[str, Path], colours: CodeColours | None = None) -> str:
    """Return the analyst report as one HTML page that loads nothing and runs nothing."""
    show = partial(_cells, PieceReader(), colours or CodeColours())
    notebooks: list[dict[str, Any]] = [
        {"name": one.notebook, "failed": None, "cells": show(executed[one.notebook])} for one in report.everything
    ]
    # Last, so that what the client sees bears the same numbers here.
    notebooks += [{"name": one.notebook, "failed": one, "cells": show(one.file)} for one in report.failed]
    return render_page(
        "analyst.html.j2", report, document_title=DOCUMENT_TITLE, body_class="analyst", notebooks=notebooks
    )


def _cells(reader: PieceReader, colours: CodeColours, file: Path | None) -> list[dict[str, Any]]:
    """Return the cells of a notebook as the template shows them, without the empty ones."""
    cells = [] if file is None else read_notebook(file).cells
    shown = (_cell(cell, place, reader, colours) for place, cell in enumerate(cells, 1))
    return [cell for cell in shown if cell is not None]


def _cell(cell: Mapping[str, Any], place: int, reader: PieceReader, colours: CodeColours) -> dict[str, Any] | None:
    """Return a cell as the template shows it, None when it is empty."""
    source = cell["source"].strip()
    if not source:
        return None
    if cell["cell_type"] != "code":
        return {"kind": "words", "html": document_html(source, formulas=True)}
    hint = without_paths(source).splitlines()[0].lstrip("# ")[:HINT_LENGTH]
    outputs = [shown for output in cell["outputs"] for shown in _output(output, reader)]
    return {"kind": "code", "number": place, "hint": hint, "html": colours.html(source), "outputs": outputs}


def _output(output: Mapping[str, Any], reader: PieceReader) -> Iterator[dict[str, Any]]:
    """Yield one output in the best form it has: a piece of the report, a picture, HTML, words."""
    raw = output.get("metadata", {}).get(KEY)
    if raw is not None and raw["kind"] == IN_NOTEBOOK:
        return
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
        yield {"kind": "html", "html": document_html(without_paths(data["text/markdown"]))}
    elif "text/plain" in data:
        yield {"kind": "text", "text": _clean(data["text/plain"])}


def _clean(text: str) -> str:
    return without_paths(without_colours(text)).rstrip()
