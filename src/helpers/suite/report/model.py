"""What a run's executed notebooks say, as one report: chapters of pieces, ready to be written in any form.

A report is a function of the executed notebooks, the notebooks left out and the receipt alone: the same run gives the
same report.
"""

import base64
import binascii
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import nbformat

from helpers.core.errors import Fault, InputError
from helpers.suite.report.blocks import ANALYST, AUDIENCE, EXAMPLE, IN_NOTEBOOK, KEY, Table
from helpers.suite.report.glossary import used_terms

USUAL_ENGINE = "DuckDB"
SUMMARY_PREFIX = "00_"
NO_CURRENCY = "XXX"  # the code of ISO 4217 for none
ROWS_SHOWN = 25
ROWS_KEPT_TOGETHER = 8  # on paper
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_FIRST_HEADING = re.compile(r"^#[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)
_GLOSSARY = re.compile(r"^##[ \t]+Glossary[ \t]*$\n(.*?)(?=^##?[ \t]|\Z)", re.MULTILINE | re.DOTALL | re.IGNORECASE)
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Prose:
    """A sentence or more in Markdown.

    Parameters
    ----------
    kind : {"finding", "reading", "caveat"}
        A finding is a heading.
    text : str
        In Markdown.
    number : int or str
        Of a finding, through the report, A1, A2 … where only analysts see it; zero for the others.
    about_data : bool
        Whether the client report repeats it where it is about the data.
    """

    kind: str
    text: str
    number: int | str = 0
    about_data: bool = False


@dataclass(frozen=True)
class Verdict:
    """What can be relied on; `good` is None where it is neither good nor bad news."""

    kind: ClassVar[str] = "verdict"
    text: str
    good: bool | None


@dataclass(frozen=True)
class Method:
    """How it was done, in Markdown, and where the method comes from."""

    kind: ClassVar[str] = "method"
    text: str
    source: str


@dataclass(frozen=True)
class KeyFigure:
    """One figure of the summary, written in its unit; `note` holds its interval."""

    name: str
    label: str
    text: str
    note: str


@dataclass(frozen=True)
class KeyFigures:
    """The figures of the summary."""

    kind: ClassVar[str] = "key_figures"
    figures: tuple[KeyFigure, ...]


@dataclass(frozen=True)
class Drawing:
    """A chart as PNG bytes, numbered through the report."""

    kind: ClassVar[str] = "figure"
    number: int | str
    name: str
    title: str
    alt: str
    caption: str
    png: bytes = field(repr=False)

    @property
    def png_base64(self) -> str:
        """The picture as text for a data address."""
        return base64.b64encode(self.png).decode("ascii")


@dataclass(frozen=True)
class ShownTable:
    """A table, numbered through the report, of which so many rows are shown."""

    kind: ClassVar[str] = "table"
    number: int | str
    table: Table
    rows_shown: int

    @property
    def is_long(self) -> bool:
        """Whether it may run over a page when printed: one that is kept whole would leave half a page empty."""
        return min(len(self.table.rows), self.rows_shown) > ROWS_KEPT_TOGETHER


@dataclass(frozen=True)
class CustomerList:
    """A list of customers kept with the run; `file` is None where the run kept no rows."""

    kind: ClassVar[str] = "list"
    name: str
    title: str
    about: str
    rows: int
    file: Path | None = field(default=None, repr=False)


Piece = Prose | Verdict | Method | KeyFigures | Drawing | ShownTable | CustomerList


@dataclass(frozen=True)
class Chapter:
    """What one notebook says.

    Parameters
    ----------
    notebook : str
        Name of the notebook, without its suffix.
    title, question : str
        Its first heading and the paragraph below it, in Markdown.
    glossary : str
        Its section "Glossary" in Markdown, empty when it has none.
    opening : mapping
        Study, parameters and notes it ran on.
    pieces : tuple of Piece
        In the order shown.
    results : mapping
        Named results, as entries of the results file.
    """

    notebook: str
    title: str
    question: str
    glossary: str
    opening: Mapping[str, Any] = field(repr=False)
    pieces: tuple[Piece, ...] = field(repr=False)
    results: Mapping[str, Mapping[str, Any]] = field(repr=False)

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """What stands first in the chapter."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Verdict))

    @property
    def methods(self) -> tuple[Method, ...]:
        """What is gathered at the chapter's end."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Method))

    @property
    def key_figures(self) -> tuple[KeyFigure, ...]:
        """Figures for the summary."""
        return tuple(figure for piece in self.pieces if isinstance(piece, KeyFigures) for figure in piece.figures)

    @property
    def body(self) -> tuple[Piece, ...]:
        """Findings with their readings, figures, tables, lists and caveats."""
        return tuple(piece for piece in self.pieces if not isinstance(piece, Verdict | Method | KeyFigures))

    @property
    def findings(self) -> tuple[Prose, ...]:
        """The headings that state what was found."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Prose) and piece.kind == "finding")


@dataclass(frozen=True)
class Skipped:
    """A notebook left out because the study lacks tables, or because of what they hold.

    Parameters
    ----------
    notebook, title : str
        Which one, and what it would have shown.
    missing : tuple of str
        Standard tables it needs and the study does not have.
    unusable : str
        What of its tables it could not use, as the end of a sentence.
    """

    notebook: str
    title: str
    missing: tuple[str, ...]
    unusable: str = ""


@dataclass(frozen=True)
class FailedChapter:
    """A notebook that stopped at an error.

    Parameters
    ----------
    notebook, title : str
        Which one, and what it would have shown.
    reason : str
        Why it says nothing, for a client.
    cell : int
        Number of the code cell, from 1; zero when none had begun.
    kind, message : str
        Name and text of the error.
    is_users_input : bool
        Whether the data or the parameters are at fault.
    file : Path or None
        The notebook as far as it came.
    """

    notebook: str
    title: str
    reason: str
    cell: int
    kind: str
    message: str
    is_users_input: bool
    file: Path | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Report:
    """A run's findings, ready to be written.

    Parameters
    ----------
    study, title, currency, as_of, disclaimer : str
        As the study says; `as_of` is an ISO date.
    notes : tuple of str
        What a reader must know about the data: from the study, and found by the chapters.
    warnings : tuple of str
        What was found in the data themselves, each once.
    summary : Chapter or None
        The notebook that summarises; None when it was not run.
    chapters : tuple of Chapter
        The others, by name.
    skipped : tuple of Skipped
        Notebooks left out.
    failed : tuple of FailedChapter
        Notebooks that stopped at an error.
    receipt : mapping
        What the run was made from.
    """

    study: str
    title: str
    currency: str
    as_of: str
    disclaimer: str
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    summary: Chapter | None
    chapters: tuple[Chapter, ...]
    skipped: tuple[Skipped, ...]
    failed: tuple[FailedChapter, ...]
    receipt: Mapping[str, Any] = field(repr=False)

    @property
    def everything(self) -> tuple[Chapter, ...]:
        """All chapters, the summary first."""
        return (() if self.summary is None else (self.summary,)) + self.chapters

    @property
    def sources(self) -> tuple[str, ...]:
        """Sources of the methods, each once, in the order first cited."""
        cited = (method.source for chapter in self.everything for method in chapter.methods)
        return tuple(dict.fromkeys(source for source in cited if source))

    @property
    def glossary(self) -> str:
        """The terms explained that the report uses, in Markdown."""
        whole = next((chapter.glossary for chapter in self.everything if chapter.glossary), "")
        return used_terms(whole, [(one.title, one.question, one.pieces) for one in self.everything])

    def of_kind(self, kind: type[Any]) -> Iterator[tuple[Chapter, Any]]:
        """Yield every piece of a kind with its chapter."""
        for chapter in self.everything:
            for piece in chapter.pieces:
                if isinstance(piece, kind):
                    yield chapter, piece


def build_report(
    executed: Mapping[str, Path],
    *,
    skipped: Sequence[Skipped] = (),
    failed: Sequence[FailedChapter] = (),
    receipt: Mapping[str, Any] | None = None,
    lists_folder: Path | None = None,
) -> Report:
    """Collect what the executed notebooks hand over.

    Parameters
    ----------
    executed : mapping of str to Path
        Executed notebooks by name; the one whose name starts with 00_ is the summary.
    skipped : sequence of Skipped
        Notebooks left out for want of data.
    failed : sequence of FailedChapter
        Notebooks that are not among the executed because they stopped at an error.
    receipt : mapping, optional
        What the run was made from, for the footer.
    lists_folder : Path, optional
        Where the rows of customer lists are kept, one parquet file each.

    Raises
    ------
    InputError
        When there is no notebook, or one holds no opening or a piece that cannot be read; all faults at once.
    """
    if not executed:
        raise InputError(
            Fault("there is no executed notebook to report on", where="report", remedy="run at least one notebook")
        )
    reader, faults = PieceReader(lists_folder), list[Fault]()
    chapters = [_chapter(name, executed[name], reader, faults) for name in sorted(executed, key=_reading_order)]
    if faults:
        raise InputError(faults)
    opening = chapters[0].opening
    is_summary = chapters[0].notebook.startswith(SUMMARY_PREFIX)
    prose = [piece for chapter in chapters for piece in chapter.pieces if isinstance(piece, Prose)]
    notes = [str(note) for note in opening.get("notes") or ()] + [one.text for one in prose if one.about_data]
    notes += _answered_elsewhere(receipt or {})
    return Report(
        study=str(opening["study"]),
        title=str(opening["title"]),
        currency=str(opening["currency"] or "").replace(NO_CURRENCY, ""),
        as_of=str(opening["as_of"]),
        disclaimer=str(opening.get("disclaimer") or ""),
        notes=tuple(notes),
        warnings=tuple(dict.fromkeys([*_warnings(chapters), *_not_made(skipped)])),
        summary=chapters[0] if is_summary else None,
        chapters=tuple(chapters[1:] if is_summary else chapters),
        skipped=tuple(sorted(skipped, key=lambda one: one.notebook)),
        failed=tuple(sorted(failed, key=lambda one: one.notebook)),
        receipt=dict(receipt or {}),
    )


def _answered_elsewhere(receipt: Mapping[str, Any]) -> list[str]:
    """Say which engine answered the questions to the tables, where it was not the usual one inside the program."""
    engine = receipt.get("engine") or {"name": USUAL_ENGINE}
    if engine["name"] == USUAL_ENGINE:
        return []
    return [
        f"The tables were read and added up by {engine['name']} {engine['version']}; the methods ran on its answers."
    ]


def unreadable(name: str, file: Path, lists_folder: Path | None = None) -> list[Fault]:
    """Return why no chapter can be made from an executed notebook; nothing where one can."""
    faults: list[Fault] = []
    _chapter(name, file, PieceReader(lists_folder), faults)
    return faults


def _warnings(chapters: Iterable[Chapter]) -> Iterator[str]:
    for chapter in chapters:
        yield from map(str, chapter.opening.get("warnings") or ())


def _not_made(skipped: Iterable[Skipped]) -> Iterator[str]:
    for one in skipped:
        if one.unusable:
            yield f"The chapter “{one.title}” could not be made: {one.unusable}"


def read_notebook(file: Path) -> nbformat.NotebookNode:
    """Return an executed notebook in the current format."""
    notebook: nbformat.NotebookNode = nbformat.read(file, as_version=4)  # type: ignore[no-untyped-call]
    return notebook


def pieces_of(cell: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Yield each piece in a cell's outputs with the output that carries it."""
    for output in cell.get("outputs", ()):
        piece = output.get("metadata", {}).get(KEY)
        if piece is not None and piece["kind"] != IN_NOTEBOOK:
            yield piece, output


def for_analysts(raw: Mapping[str, Any]) -> bool:
    """Whether a piece belongs into the analyst report only."""
    return bool(raw.get(AUDIENCE) == ANALYST)


def heading_and_question(text: str) -> tuple[str, str]:
    r"""Return a notebook's title and the paragraph below it.

    Examples
    --------
    >>> heading_and_question("# Customer value\n\nWhat is a customer worth?\n\nTerms: ...")
    ('Customer value', 'What is a customer worth?')
    """
    match = _FIRST_HEADING.search(text)
    if match is None:
        return "", ""
    blocks = [block.strip() for block in re.split(r"\n\s*\n", text[match.end() :]) if block.strip()]
    first = blocks[0] if blocks and not blocks[0].startswith(("#", "|", "```")) else ""
    return match.group(1), first


def _reading_order(name: str) -> tuple[bool, str]:
    return not name.startswith(SUMMARY_PREFIX), name


class PieceReader:
    """Reads pieces, numbering findings, figures and tables in the order read; those for analysts apart, from A1.

    Parameters
    ----------
    lists_folder : Path, optional
        Where the rows of customer lists are kept.
    """

    def __init__(self, lists_folder: Path | None = None) -> None:
        self._lists_folder = lists_folder
        self._counters: defaultdict[tuple[str, bool], count[int]] = defaultdict(lambda: count(1))

    def piece(self, raw: Mapping[str, Any], output: Mapping[str, Any]) -> Piece:
        """Return one piece as the report holds it.

        Raises
        ------
        KeyError, TypeError, ValueError
            When the piece lacks a part, or a part is not what it should be.
        """
        match raw["kind"]:
            case "finding":
                return Prose("finding", raw["text"], self._number(raw))
            case "reading" | "caveat" as kind:
                return Prose(kind, raw["text"], about_data=bool(raw.get("about_data")))
            case "verdict":
                return Verdict(raw["text"], raw.get("good"))
            case "method":
                return Method(raw["text"], raw["source"])
            case "key_figures":
                return KeyFigures(tuple(KeyFigure(**figure) for figure in raw["figures"]))
            case "figure":
                png = _picture(output["data"]["image/png"])
                return Drawing(self._number(raw), raw["name"], raw["title"], raw["alt"], raw["caption"], png)
            case "table":
                rows_shown = int(raw.get("rows_shown", ROWS_SHOWN))
                return ShownTable(self._number(raw), Table.from_json(dict(raw)), rows_shown)
            case "list":
                file = self._rows_file(raw["name"])
                return CustomerList(raw["name"], raw["title"], raw["about"], int(raw["rows"]), file)
            case other:
                raise ValueError(f"no such kind as {other!r}")

    def _number(self, raw: Mapping[str, Any]) -> int | str:
        """Return the number of a piece among its kind; clients and analysts see one piece under one number."""
        apart = for_analysts(raw)
        number = next(self._counters[raw["kind"], apart])
        return f"A{number}" if apart else number

    def _rows_file(self, name: str) -> Path | None:
        """Return where a list's rows are; the name comes from a notebook and must not lead out of the folder."""
        if not _FILE_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a list")
        file = None if self._lists_folder is None else self._lists_folder / f"{name}.parquet"
        return file if file is not None and file.is_file() else None


def _chapter(name: str, file: Path, reader: PieceReader, faults: list[Fault]) -> Chapter:
    """Read one executed notebook; what cannot be read is added to the faults."""
    notebook = read_notebook(file)
    texts = [cell["source"] for cell in notebook.cells if cell["cell_type"] == "markdown"]
    title, question = heading_and_question(texts[0]) if texts else ("", "")
    glossary = next((match.group(1).strip() for text in texts if (match := _GLOSSARY.search(text))), "")
    opening: Mapping[str, Any] = {}
    results: dict[str, Mapping[str, Any]] = {}
    pieces: list[Piece] = []
    gaps: list[Mapping[str, str]] = []
    for place, cell in enumerate(notebook.cells, 1):
        for raw, output in pieces_of(cell):
            try:
                if raw["kind"] == "opening":
                    opening = opening or raw
                elif raw["kind"] == "results":
                    results |= raw["results"]
                elif "gap" in raw:
                    gaps.append(raw["gap"])
                elif raw["kind"] != EXAMPLE and not for_analysts(raw):
                    pieces.append(reader.piece(raw, output))
            except (KeyError, TypeError, ValueError) as error:
                what = f"the piece {raw.get('kind')!r} cannot be read: {error}"
                faults.append(Fault(what, where=f"notebook {name}, cell {place}", remedy="run the notebook again"))
    if not opening:
        faults.append(Fault("holds no opening", where=f"notebook {name}", remedy="open it with start(globals())"))
    return Chapter(name, title or name, question, glossary, opening, (*pieces, *_gathered(gaps)), results)


def _joined(whats: Sequence[str]) -> str:
    """Join beginnings of a sentence into one."""
    return "; ".join([whats[0], *(what[:1].lower() + what[1:] for what in whats[1:])])


def _gathered(gaps: Sequence[Mapping[str, str]]) -> Iterator[Prose]:
    """Yield one caveat for all that the data could not tell, each reason given once."""
    by_reason: dict[str, list[str]] = {}
    for gap in gaps:
        by_reason.setdefault(gap["why"], []).append(gap["what"])
    sentences = [f"{_joined(list(dict.fromkeys(whats)))}: {why}." for why, whats in by_reason.items()]
    if sentences:
        yield Prose("caveat", sentences[0] if len(sentences) == 1 else "\n".join(f"- {one}" for one in sentences))


def _picture(data: str) -> bytes:
    try:
        png = base64.b64decode("".join(data.split()), validate=True)
    except binascii.Error as error:
        raise ValueError(f"the picture is not base64: {error}") from error
    if not png.startswith(_PNG_SIGNATURE):
        raise ValueError("the picture is no PNG")
    return png
