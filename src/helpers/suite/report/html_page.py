"""The page both reports share: templates, style sheet, the security policy and the receipt."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from helpers.suite.report.model import Report, ShownTable
from helpers.suite.report.safe_html import css_string, inline_html, prose_html, tied
from helpers.suite.report.table_html import table_html

_MONTHS = (  # not from the locale, which would make two machines differ
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
HASH_LENGTH_SHOWN = 12


def date_in_words(iso_date: str) -> str:
    """Return a date as a reader writes it.

    Examples
    --------
    >>> date_in_words("2018-01-01")
    '1 January 2018'
    """
    day = date.fromisoformat(iso_date)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def render_page(template: str, report: Report, *, document_title: str, body_class: str, **content: object) -> str:
    """Return a whole page.

    Parameters
    ----------
    template : str
        Name of the template, which extends the shared page.
    report : Report
        What is reported.
    document_title : str
        Which view of the report this is.
    body_class : str
        Class of the body.
    **content : object
        What the template's own blocks need.
    """
    style = style_sheet(f"{report.title}, {date_in_words(report.as_of)}")
    return (
        _environment()
        .get_template(template)
        .render(
            report=report,
            document_title=document_title,
            body_class=body_class,
            style=Markup(style),  # noqa: S704 - the suite's own file; its one variable text is a CSS string
            style_hash=_hash_for_policy(style),
            receipt=receipt_lines(report.receipt),
            **content,
        )
    )


def style_sheet(running: str) -> str:
    """Return the style sheet with the words of the running footer."""
    folder = resources.files(__package__) / "templates"
    screen, paper = ((folder / name).read_text(encoding="utf-8") for name in ("page.css", "print.css"))
    return "\n" + screen + paper.replace("%RUNNING%", css_string(running))


def _last_part(label: str) -> str:
    """Return the file's name: where it lies is nothing a client need read."""
    return label.rsplit("/", 1)[-1]


def engine_in_words(engine: Mapping[str, str] | None) -> str | None:
    """Return name and version of what answered the questions to the tables; None where nothing is known.

    Examples
    --------
    >>> engine_in_words({"name": "PostgreSQL", "version": "15.8", "address": "postgres://db/shop"})
    'PostgreSQL 15.8 at postgres://db/shop'
    """
    if not engine:
        return None
    place = f" at {engine['address']}" if "address" in engine else ""
    return f"{engine['name']} {engine['version']}{place}"


def receipt_lines(receipt: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the labelled lines of a receipt for the foot of a page, hashes cut short; times are left to its file.

    Parameters
    ----------
    receipt : mapping
        As `helpers.suite.running.receipt.make_receipt` returns it; empty when there is none.

    Examples
    --------
    >>> receipt_lines({"run": "latest", "inputs": [{"label": "transactions", "sha256": "0123456789abcdef"}]})
    [('Run', 'latest'), ('Input transactions', '0123456789ab')]
    """
    suite, study = receipt.get("suite", {}), receipt.get("study", {})
    commit = _short(suite.get("commit")) + (" with local changes" if suite.get("modified") else "")
    lines = [
        ("Run", receipt.get("run")),
        ("Study", study.get("name")),
        ("Analysis date", study.get("as_of")),
        ("Suite", f"{suite['name']} {suite['version']}" if suite else ""),
        ("Commit", commit),
        ("Python", receipt.get("python")),
        ("Worked out by", engine_in_words(receipt.get("engine"))),
        ("Named results", _short(receipt.get("results_sha256"))),
        *((f"Input {_last_part(one['label'])}", _short(one["sha256"])) for one in receipt.get("inputs", ())),
    ]
    return [(label, str(value)) for label, value in lines if value]


def _short(digest: str | None) -> str:
    return (digest or "")[:HASH_LENGTH_SHOWN]


def _hash_for_policy(style: str) -> str:
    """Return the hash by which the page's own style sheet, and no other, is let in."""
    return base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")


def _numbered_table(piece: ShownTable) -> Markup:
    """Return the table with its number in the caption; `table_html` escapes every value."""
    html = table_html(piece.table, rows_shown=piece.rows_shown)
    numbered = html.replace("<caption>", f'<caption><span class="number">Table {piece.number}.</span> ', 1)
    return Markup(numbered)  # noqa: S704


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "as_table": _numbered_table,
        "in_words": date_in_words,
        "inline": inline_html,
        "prose": prose_html,
        "tied": tied,
    }
    return environment
