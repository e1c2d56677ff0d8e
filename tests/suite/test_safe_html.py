"""Text from client data cannot act in a page, whatever it holds."""

import re

import pytest

from helpers.core.results import escape_markdown
from helpers.suite.report.safe_html import code_html, css_string, document_html, foreign_html, inline_html, prose_html

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "[click](javascript:alert(1))",
    "[click](data:text/html;base64,PHNjcmlwdD4=)",
    "![pixel](https://evil.example/pixel.png)",
    "<https://evil.example>",
    "[word]: https://evil.example\n\n[word]",
    '<a href="https://evil.example">x</a>',
    "<style>body{display:none}</style>",
    "<iframe src=//evil.example></iframe>",
    "<!-- --><base href=//evil.example>",
]
ACTING = re.compile(r"<(?:script|img|svg|a|style|iframe|base|link|object|form|meta)\b|\son\w+\s*=[^<]*>", re.IGNORECASE)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("reader", [prose_html, inline_html, document_html, foreign_html, code_html])
def test_nothing_that_acts_or_loads_survives(reader, text):
    html = str(reader(f"before {text} after"))

    assert not ACTING.search(html)
    assert "href=" not in re.sub(r"&lt;.*?&gt;", "", html)
    assert html.count("before") == 1


@pytest.mark.parametrize("text", ["<b>A & B</b>", "*not bold*", "# no heading", "- no list", "`tick`", "a | b"])
def test_a_name_from_the_data_is_shown_as_it_is(text):
    assert prose_html(escape_markdown(text)).unescape() == f"<p>{text}</p>"


@pytest.mark.parametrize("reader", [prose_html, inline_html, document_html])
def test_markup_in_a_text_is_shown_as_text(reader):
    assert "&lt;u&gt;x&lt;/u&gt;" in reader("a <u>x</u>")
    assert "&lt;script&gt;" in reader("<script>alert(1)</script>")


def test_a_heading_in_prose_cannot_break_the_outline():
    assert "<h" not in prose_html("# Sneaked in\n\nUnder\n===")


def test_a_cited_address_is_written_out_and_not_linked():
    assert inline_html("[Wilson](https://doi.org/10.2307/2276774)") == "Wilson (https://doi.org/10.2307/2276774)"
    assert inline_html("[https://a.example](https://a.example)") == "https://a.example"


def test_headings_of_a_notebook_stand_below_the_title_of_the_page():
    html = document_html("# One\n\n## Two\n\n###### Six")

    assert re.findall(r"<(h\d)>", html) == ["h2", "h3", "h6"]


def test_a_per_cent_sign_stays_with_its_number():
    assert inline_html("54.6 % of revenue") == "54.6\u00a0% of revenue"


def test_highlighted_code_keeps_only_classes():
    html = code_html('<div onclick="x()"><pre><span class="k" style="color:red">def</span></pre></div>')

    assert html == '<pre><span class="k">def</span></pre>'


@pytest.mark.parametrize("text", ['"; } body { display: none } @import "x', "</style><script>", "a\nb", "\\", "A, B 1"])
def test_a_css_string_cannot_be_left(text):
    string = css_string(text)

    assert re.fullmatch(r'"(?:[A-Za-z0-9]|\\[0-9a-f]{6})*"', string)
    decoded = re.sub(r"\\([0-9a-f]{6})", lambda code: chr(int(code.group(1), 16)), string[1:-1])
    assert decoded == text
