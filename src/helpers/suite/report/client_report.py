"""The client's view of a run: one self-contained page without code, made to be sent."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from helpers.core.plain_text import printable
from helpers.core.results import enumerated, in_unit
from helpers.study.standard_tables import STANDARD_TABLES
from helpers.suite.planning.needs import alternatives, columns_needed, in_words, table_of
from helpers.suite.report.html_page import render_page
from helpers.suite.report.model import Chapter, Report
from helpers.suite.report.units import label_of

DOCUMENT_TITLE = "Customer report"
METHODS = "methods"  # on screen they stand in their chapters
_NOT_SHOWN = "study"  # named on the cover
_SET_BY = {"study.yml": "the study", "parameters cell": "the notebook", "this run": "this run"}


def write_client_report(report: Report, path: Path) -> None:
    """Write report.html.

    Parameters
    ----------
    report : Report
        What the run found.
    path : Path
        File to write; the same report gives the same bytes.
    """
    path.write_text(printable(client_html(report)), encoding="utf-8", newline="\n")


def client_html(report: Report) -> str:
    """Return the client report as one HTML page that loads nothing and runs nothing."""
    chapters = [_chapter_part(chapter, number) for number, chapter in _numbered(report)]
    further, parameters = further_data(report), parameters_used(report)
    methods = [part for part in chapters if part["chapter"].methods]
    appendices = [
        (further, "further-data", "What further data would allow"),
        (report.notes or report.warnings, "about-data", "About the data"),
        (methods, METHODS, "How it was done"),
        (parameters, "parameters", "Parameters used"),
        (report.glossary, "glossary", "Glossary"),
        (report.sources, "sources", "Sources"),
    ]
    listed = [
        {"anchor": anchor, "title": title, "number": 0, "findings": (), "paper_only": anchor == METHODS}
        for has, anchor, title in appendices
        if has
    ]
    return render_page(
        "client.html.j2",
        report,
        document_title=DOCUMENT_TITLE,
        body_class="client",
        chapters=chapters,
        parts=[*chapters, *listed],
        further=further,
        methods=methods,
        parameters=parameters,
        parameter_groups=_parameters_by_chapter(parameters),
        source_numbers={source: number for number, source in enumerate(report.sources, 1)},
    )


def further_data(report: Report) -> list[dict[str, Any]]:
    """Return the standard tables the study lacks, with what each would add, in the order of the standard.

    Returns
    -------
    list of dict
        table, grain, columns (those it would have to hold, in words) and adds (titles of notebooks, and the chapters
        of this report that would say more).
    """
    adds: dict[str, list[str]] = {}
    columns: dict[str, list[str]] = {}
    more: dict[str, list[int]] = {}
    for skipped in report.skipped:
        for table, need, others in _tables_asked_for(skipped.missing):
            adds.setdefault(table, []).append(f"{skipped.title} (or {others})" if others else skipped.title)
            columns.setdefault(table, []).extend(columns_needed(need))
    for number, chapter in _numbered(report):
        for table, need, _ in _tables_asked_for(chapter.opening.get("missing", ())):
            more.setdefault(table, []).append(number)
            columns.setdefault(table, []).extend(columns_needed(need))
    return [
        {
            "table": label_of(name),
            "grain": table.grain,
            "columns": tuple(dict.fromkeys(map(_column_in_words, columns[name]))),
            "adds": [*dict.fromkeys(adds.get(name, ())), *_more_in(more.get(name, ()))],
        }
        for name, table in STANDARD_TABLES.items()
        if name in adds or name in more
    ]


def _tables_asked_for(needs: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Yield each table with the need that asks for it and what would do instead."""
    for several in needs:
        for need in alternatives(several):
            yield table_of(need), need, _others(several, need)


def _more_in(chapters: Iterable[int]) -> list[str]:
    """Return which chapters would say more; the summary needs no data of its own."""
    numbers = [str(number) for number in dict.fromkeys(chapters) if number]
    if not numbers:
        return []
    return [f"more in chapter{'s' if len(numbers) > 1 else ''} {enumerated(numbers)}"]


def _column_in_words(name: str) -> str:
    """Return a column as a client would ask a colleague for it.

    Examples
    --------
    >>> _column_in_words("customer_id"), _column_in_words("due_date")
    ('customer', 'due date')
    """
    return name.removesuffix("_id").replace("_", " ")


def parameters_used(report: Report) -> list[dict[str, Any]]:
    """Return every parameter with its value once, or once per value where chapters differ.

    Returns
    -------
    list of dict
        name, value (in words), about, source (default, the study or this run) and chapters (numbers of those steered).
    """
    seen: dict[tuple[str, str], dict[str, Any]] = {}
    for number, chapter in _numbered(report):
        for name, entry in chapter.opening.get("parameters", {}).items():
            value, source = _in_words(entry["value"], entry.get("unit", "")), _SET_BY.get(entry["source"], "default")
            if name != _NOT_SHOWN:
                line = {"name": name, "value": value, "about": entry["about"] or name, "source": source, "chapters": []}
                seen.setdefault((name, value), line)["chapters"].append(number)
    return list(seen.values())


def _parameters_by_chapter(parameters: Iterable[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the parameters under the chapter they steer; first those of several chapters."""
    several = "Several chapters"
    groups: dict[str, list[dict[str, Any]]] = {}
    for line in parameters:
        numbers = [number for number in line["chapters"] if number]
        groups.setdefault(f"Chapter {numbers[0]}" if len(numbers) == 1 else several, []).append(line)
    return sorted(groups.items(), key=lambda group: group[0] != several)


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
        "paper_only": False,
        "chapter": chapter,
        "missing": [in_words(need) for need in chapter.opening.get("missing", ())],
    }


def _in_words(value: object, unit: str = "") -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if unit and isinstance(value, int | float):
        return in_unit(round(value, 4), unit)
    text = str(value)
    return (text if "." in text else text.replace("_", " ")) or "not set"
