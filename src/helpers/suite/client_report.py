"""The client's view of a run: one self-contained page without code, made to be sent."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from helpers.suite.html_page import render_page
from helpers.suite.needs import alternatives, columns_needed, table_of
from helpers.suite.report import Chapter, Report
from helpers.suite.units import label_of
from helpers.tables import STANDARD_TABLES

DOCUMENT_TITLE = "Customer report"
_NOT_SHOWN = "study"  # named on the cover
_SET_BY = {"study.yml": "the study", "this run": "this run"}


def write_client_report(report: Report, path: Path) -> None:
    """Write report.html.

    Parameters
    ----------
    report : Report
        What the run found.
    path : Path
        File to write; the same report gives the same bytes.
    """
    path.write_text(client_html(report), encoding="utf-8", newline="\n")


def client_html(report: Report) -> str:
    """Return the client report as one HTML page that loads nothing and runs nothing."""
    chapters = [_chapter_part(chapter, number) for number, chapter in _numbered(report)]
    further, parameters = further_data(report), parameters_used(report)
    appendices = [
        (further, "further-data", "What further data would allow"),
        (report.notes, "about-data", "About the data"),
        (parameters, "parameters", "Parameters used"),
        (report.glossary, "glossary", "Glossary"),
        (report.sources, "sources", "Sources"),
    ]
    listed = [
        {"anchor": anchor, "title": title, "number": 0, "findings": ()} for has, anchor, title in appendices if has
    ]
    return render_page(
        "client.html.j2",
        report,
        document_title=DOCUMENT_TITLE,
        body_class="client",
        chapters=chapters,
        parts=[*chapters, *listed],
        further=further,
        parameters=parameters,
        source_numbers={source: number for number, source in enumerate(report.sources, 1)},
    )


def further_data(report: Report) -> list[dict[str, Any]]:
    """Return the standard tables the study lacks, with what each would add, in the order of the standard.

    Returns
    -------
    list of dict
        table, grain, columns (those it would have to hold) and adds (titles of notebooks or chapters).
    """
    adds: dict[str, list[str]] = {}
    columns: dict[str, list[str]] = {}
    lacking = [(skipped.title, skipped.missing) for skipped in report.skipped]
    lacking += [(f"more in the chapter {one.title}", one.opening.get("missing", ())) for one in report.everything]
    for what, needs in lacking:
        for need, others in ((one, _others(several, one)) for several in needs for one in alternatives(several)):
            adds.setdefault(table_of(need), []).append(f"{what} (or {others})" if others else what)
            columns.setdefault(table_of(need), []).extend(columns_needed(need))
    return [
        {
            "table": label_of(name),
            "grain": table.grain,
            "columns": tuple(dict.fromkeys(columns[name])),
            "adds": list(dict.fromkeys(adds[name])),
        }
        for name, table in STANDARD_TABLES.items()
        if name in adds
    ]


def parameters_used(report: Report) -> list[dict[str, str]]:
    """Return every parameter with its value once, or once per value where chapters differ."""
    seen: dict[tuple[str, str], dict[str, str]] = {}
    for chapter in report.everything:
        for name, entry in chapter.opening.get("parameters", {}).items():
            value, source = _in_words(entry["value"]), _SET_BY.get(entry["source"], "default")
            if name != _NOT_SHOWN:
                line = {"name": name, "value": value, "about": entry["about"] or name, "source": source}
                seen.setdefault((name, value), line)
    return list(seen.values())


def _others(several: str, one: str) -> str:
    """Return what would do as well, in the words of the report."""
    return " or ".join(label_of(table_of(need)).lower() for need in alternatives(several) if need != one)


def _numbered(report: Report) -> Iterator[tuple[int, Chapter]]:
    """Yield the summary with number zero, then the chapters from one."""
    if report.summary is not None:
        yield 0, report.summary
    yield from enumerate(report.chapters, 1)


def _chapter_part(chapter: Chapter, number: int) -> dict[str, Any]:
    return {
        "anchor": f"chapter-{number}" if number else "summary",
        "title": chapter.title if number else "Executive summary",
        "number": number,
        "findings": chapter.findings,
        "chapter": chapter,
        "missing": [name.replace(".", " with ").replace("_", " ") for name in chapter.opening.get("missing", ())],
    }


def _in_words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) or "none"
