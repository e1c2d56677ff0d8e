"""The pages made for clients and analysts: safe, self-contained, readable by everybody, the same every time."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from hatchling.builders.wheel import WheelBuilder
from nbformat.v4 import new_output

from helpers.charts import style
from helpers.suite.report.analyst_report import analyst_html, without_paths, write_analyst_report
from helpers.suite.report.blocks import KEY, make_table
from helpers.suite.report.client_report import client_html, further_data, parameters_used, write_client_report
from helpers.suite.report.html_page import receipt_lines
from helpers.suite.report.model import Skipped, build_report

HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)>\"'=1+1"
SCREEN = (resources.files("helpers.suite.report") / "templates" / "page.css").read_text(encoding="utf-8")
VOID = {"meta", "img", "br", "hr", "input", "link"}


class Page(HTMLParser):
    """A page as a list of elements with their attributes, text and the elements around them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[dict] = []
        self._open: list[dict] = []
        self.feed(html)
        self.close()
        assert not self._open, f"never closed: {[element['tag'] for element in self._open]}"

    def handle_starttag(self, tag, attributes):
        element = {"tag": tag, "text": "", "around": [one["tag"] for one in self._open], **dict(attributes)}
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag):
        assert self._open, f"</{tag}> closes nothing"
        assert self._open[-1]["tag"] == tag, f"</{tag}> closes <{self._open[-1]['tag']}>"
        self._open.pop()

    def handle_data(self, data):
        for element in self._open:
            element["text"] += data

    def all(self, *tags):
        return [element for element in self.elements if element["tag"] in tags]

    def words(self):
        return " ".join(self.all("body")[0]["text"].split())


@pytest.fixture(scope="module")
def client(sample_report):
    return client_html(sample_report)


@pytest.fixture(scope="module")
def analyst(sample_report, sample_run):
    return analyst_html(sample_report, sample_run)


@pytest.fixture(params=["client", "analyst"])
def page(request):
    return Page(request.getfixturevalue(request.param))


# --- self-contained and safe ---------------------------------------------------------------------------------------


def test_a_page_loads_nothing_and_runs_nothing(page):
    assert not page.all("script", "link", "iframe", "object", "embed", "form", "base")
    assert all(image["src"].startswith("data:image/png;base64,") for image in page.all("img"))
    assert all(anchor["href"].startswith("#") for anchor in page.all("a"))
    for element in page.elements:
        assert not [name for name in element if name.startswith("on") or name == "style"]


def test_the_style_sheet_fetches_nothing(client):
    css = Page(client).all("style")[0]["text"]

    assert "url(" not in css
    assert "@import" not in css


@pytest.mark.parametrize("which", ["client", "analyst"])
def test_the_policy_lets_in_the_pages_own_style_and_no_script(request, which):
    html = request.getfixturevalue(which)
    css = re.search(r"<style>(.*?)</style>", html, re.DOTALL).group(1)
    policy = next(meta["content"] for meta in Page(html).all("meta") if "http-equiv" in meta)

    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    assert (
        policy == f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def test_every_link_inside_the_page_leads_somewhere(page):
    ids = [element["id"] for element in page.elements if "id" in element]

    assert len(ids) == len(set(ids))
    assert {anchor["href"][1:] for anchor in page.all("a")} <= set(ids)
    assert {element["aria-labelledby"] for element in page.elements if "aria-labelledby" in element} <= set(ids)


@pytest.fixture
def hostile_report(one_notebook, make):
    opening = {
        **make.opening,
        "title": f"Study {HOSTILE}",
        "study": HOSTILE,
        "disclaimer": HOSTILE,
        "notes": [HOSTILE],
        "parameters": {"segment": {"value": HOSTILE, "about": HOSTILE, "source": "this run"}},
    }
    frame = pd.DataFrame({f"name {HOSTILE}": [HOSTILE, "=1+1"], "n": [1, 2]})
    figure = {"name": "key", "label": HOSTILE, "text": HOSTILE, "note": HOSTILE}
    return one_notebook(
        make.piece("key_figures", figures=[figure]),
        *(make.piece(kind, text=HOSTILE) for kind in ("verdict", "finding", "reading", "caveat")),
        make.piece("method", text=HOSTILE, source=HOSTILE),
        make.figure("Title", alt=HOSTILE, caption=HOSTILE),
        make.table(frame, name="t", title=HOSTILE, about=HOSTILE),
        make.piece("list", name="people", title=HOSTILE, about=HOSTILE, rows=1),
        title=f"# Chapter {HOSTILE}\n\n{HOSTILE}",
        opening=opening,
    )


def test_hostile_text_is_shown_and_does_not_act(hostile_report, tmp_path):
    for html in (client_html(hostile_report), analyst_html(hostile_report, {"10_only": tmp_path / "10_only.ipynb"})):
        page = Page(html)
        assert not page.all("script")
        assert len(page.all("style")) == 1
        assert len(page.all("img")) == 1  # the chart
        assert page.all("img")[0]["alt"] == HOSTILE
        assert "onerror=alert(1)" in page.words()
        assert not [element for element in page.elements if "onerror" in element]
        assert page.all("title")[0]["text"].startswith(f"Study {HOSTILE}")


def test_every_place_that_shows_client_text_shows_it_whole(hostile_report):
    page = Page(client_html(hostile_report))

    captions = page.all("caption", "figcaption")
    assert len(captions) == 2
    assert all(HOSTILE in caption["text"] for caption in captions)
    assert [cell["text"] for cell in page.all("th") if cell.get("scope") == "row"][:2] == [HOSTILE, "=1+1"]


# --- what the client does not see ----------------------------------------------------------------------------------


def test_the_client_sees_no_code_no_warnings_and_no_paths(client):
    page = Page(client)

    assert not page.all("pre", "details")
    for unwanted in (
        "UserWarning",
        "customers['revenue']",
        "rows read: 12",
        "/srv/",
        "crm run",
        "started",
        "2026-01-01",
    ):
        assert unwanted not in client
    assert not re.search(r"(?<![\w:/.])/(?:home|srv|tmp|usr|root|work)/", page.words())


def test_a_cited_address_is_text(client):
    assert "Wilson (1927), JASA (https://doi.org/10.2307/2276774)" in Page(client).words()


# --- what the client sees ------------------------------------------------------------------------------------------


def test_the_cover_names_the_study_its_date_and_its_disclaimer(client):
    cover = Page(client).all("header")[0]["text"]

    for text in ("Grocery households, 2017", "1 January 2018", "USD", "simulated for teaching"):
        assert text in cover


def test_the_contents_tell_the_story_in_findings(client):
    contents = Page(client).all("nav")[0]["text"]

    for text in (
        "Executive summary",
        "Customer differentiation",
        "The best fifth of households brings 54.6\u00a0% of revenue",
        "What further data would allow",
        "About the data",
        "Parameters used",
        "Glossary",
        "Sources",
    ):
        assert text in contents


def test_parts_come_in_the_order_a_client_reads(client):
    titles = [heading["text"] for heading in Page(client).all("h2")]

    assert titles == [
        "Contents",
        "Executive summary",
        "Customer differentiation",
        "Campaigns and retention",
        "What further data would allow",
        "About the data",
        "How it was done",
        "Parameters used",
        "Glossary",
        "Sources",
        "Receipt",
    ]


def test_key_figures_show_value_label_and_range(client):
    cards = [" ".join(card["text"].split()) for card in Page(client).all("li") if "main" in card["around"]][:6]

    assert cards[3] == "54.6 % of revenue comes from the best fifth of households Range: 53.1 % to 56.0 %"


def test_verdicts_say_their_tone_in_words(client):
    labels = [one["text"] for one in Page(client).all("p") if one["text"].startswith("Verdict")]

    assert labels == ["Verdict: favourable", "Verdict", "Verdict: unfavourable"]


def test_a_long_table_is_cut_and_says_so(client):
    page = Page(client)

    assert "and 52 more rows in the tables file" in page.words()
    assert (
        len([cell for cell in page.all("th") if cell["text"] in map(str, range(1, 61)) and "tbody" in cell["around"]])
        == 8
    )


@pytest.mark.parametrize(("rows", "rows_shown", "is_long"), [(8, 25, False), (9, 25, True), (60, 8, False)])
def test_only_a_table_that_shows_many_rows_may_run_over_a_page(rows, rows_shown, is_long, one_notebook):
    frame = pd.DataFrame({"tenth": range(rows)})
    table = make_table(frame, name="tenths", title="Tenths", about="", units={}, labels={})
    piece = {KEY: table.as_json() | {"rows_shown": rows_shown}}
    report = one_notebook(new_output("display_data", data={"text/plain": ""}, metadata=piece))
    (box,) = [one for one in Page(client_html(report)).all("div") if "table" in one.get("class", "").split()]

    assert ("long" in box["class"].split()) is is_long


def test_empty_parts_are_left_out(one_notebook, make):
    bare = {**make.opening, "notes": [], "disclaimer": "", "parameters": {}, "currency": ""}
    titles = [heading["text"] for heading in Page(client_html(one_notebook(opening=bare))).all("h2")]

    assert titles == ["Contents", "Chapter", "Receipt"]


def test_amounts_without_a_currency_name_none(one_notebook, make):
    """ISO 4217: XXX where no currency is involved."""
    assert one_notebook(opening={**make.opening, "currency": "XXX"}).currency == ""


def test_further_data_names_tables_columns_and_what_they_would_add(sample_report):
    needs = further_data(sample_report)

    assert [need["table"] for need in needs] == ["Contacts", "Service cases"]
    assert "customer" in needs[0]["columns"]
    assert needs[1]["adds"] == ["Customer interaction", "more in chapter 1"]


def test_further_data_names_every_chapter_that_would_say_more(tmp_path, make):
    lacking = {**make.opening, "missing": ["invoices", "products.category"]}
    paths = {f"{name}0_x": make.notebook(tmp_path / f"{name}0_x.ipynb", f"# {name}", opening=lacking) for name in "123"}
    needs = {need["table"]: need for need in further_data(build_report(paths))}

    assert needs["Invoices"]["adds"] == ["more in chapters 1, 2 and 3"]
    assert needs["Products"]["columns"] == ("product", "category")


def test_a_parameter_is_listed_once_per_value(tmp_path, make):
    other = {**make.opening, "parameters": {"horizon_months": {"value": 24, "about": "horizon", "source": "this run"}}}
    paths = {
        "10_a": make.notebook(tmp_path / "10_a.ipynb", "# A"),
        "20_b": make.notebook(tmp_path / "20_b.ipynb", "# B"),
        "30_c": make.notebook(tmp_path / "30_c.ipynb", "# C", opening=other),
    }
    lines = [(line["name"], line["value"], line["source"]) for line in parameters_used(build_report(paths))]

    assert lines == [
        ("horizon_months", "12", "the study"),
        ("with_coupons", "yes", "default"),
        ("horizon_months", "24", "this run"),
    ]


def test_on_paper_the_methods_of_all_chapters_stand_together(client):
    page = Page(client)
    (together,) = [one for one in page.all("section") if one.get("id") == "methods"]
    in_chapters = [one for one in page.all("section") if one.get("class") == "how"]

    assert together["class"] == "appendix paper-only"
    assert in_chapters
    for one in in_chapters:
        assert one["text"].strip().removeprefix("How it was done").strip() in together["text"]
    assert ".paper-only { display: none; }" in client.split("@media print")[0]
    assert ".chapter .how { display: none; }" in client.split("@media print")[1]


def test_parameters_stand_with_the_chapter_they_steer(tmp_path, make):
    entry = {"about": "horizon, months", "source": "default", "unit": ""}
    own = {"value": 0.95, "about": "coverage of intervals", "source": "default", "unit": "share"}
    one = {**make.opening, "parameters": {"horizon_months": {**entry, "value": 6}, "confidence": own}}
    other = {**make.opening, "parameters": {"horizon_months": {**entry, "value": 6}}}
    paths = {
        "10_a": make.notebook(tmp_path / "10_a.ipynb", "# A", opening=one),
        "20_b": make.notebook(tmp_path / "20_b.ipynb", "# B", opening=other),
    }
    (section,) = [one for one in Page(client_html(build_report(paths))).all("section") if one.get("id") == "parameters"]
    said = " ".join(section["text"].split())
    assert "Several chapters horizon, months6 Chapter 1 coverage of intervals95.0 %" in said


def test_the_receipt_is_in_the_footer_without_times(sample_report, client):
    footer = " ".join(Page(client).all("footer")[0]["text"].split())

    for text in ("latest", "crm-notebooks 0.1.0", "a9c020f00000", "0123456789ab", "fedcba987654"):
        assert text in footer
    assert receipt_lines({}) == []
    changed = {"suite": {"name": "s", "version": "1", "commit": "abc", "modified": True}}
    assert ("Commit", "abc with local changes") in receipt_lines(changed)


# --- for everybody -------------------------------------------------------------------------------------------------


def test_headings_descend_one_level_at_a_time(page):
    levels = [int(heading["tag"][1]) for heading in page.all("h1", "h2", "h3", "h4", "h5", "h6")]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_a_page_names_its_language_and_its_landmarks(page):
    assert page.all("html")[0]["lang"] == "en"
    assert [len(page.all(landmark)) for landmark in ("header", "nav", "main", "footer")] == [1, 1, 1, 1]
    first = page.all("a")[0]
    assert (first["class"], first["href"]) == ("skip", "#main")
    assert all({"aria-label", "aria-labelledby"} & set(section) for section in page.all("section"))


def test_charts_are_described_and_captioned(page):
    for image in page.all("img"):
        assert image["alt"].strip()
        assert "figure" in image["around"]
    assert [caption["text"].split(".")[0] for caption in page.all("figcaption")] == ["Figure 1", "Figure 2"]


def test_tables_have_captions_and_scoped_heads(page):
    heads = page.all("th")

    assert heads
    assert all(cell["scope"] == ("col" if "thead" in cell["around"] else "row") for cell in heads)
    assert [caption["text"].split(".")[0] for caption in page.all("caption")] == ["Table 1", "Table 2"]


def test_a_figure_is_enlarged_on_a_phone_by_a_control_of_its_own(page):
    pictures = page.all("img")
    controls = [one for one in page.all("input") if one.get("class") == "zoom"]

    assert [one["id"] for one in controls] == [f"zoom-{number}" for number in range(1, len(pictures) + 1)]
    assert all(one["type"] == "checkbox" and "enlarged" in one["aria-label"] for one in controls)
    assert [one["for"] for one in page.all("label")] == [one["id"] for one in controls]


def test_what_scrolls_sideways_can_be_reached_by_keyboard(page):
    for part in page.all("div"):
        if "wide" in part.get("class", "").split():
            assert part["tabindex"] == "0"
            assert part["aria-label"]


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def declared(selector: str, declaration: str) -> str:
    """Return the colour that the style sheet gives to a selector, variables looked up."""
    rules = re.findall(rf"(?m)^\s*{re.escape(selector)} \{{([^}}]*)\}}", SCREEN)
    found = [value for rule in rules for value in re.findall(rf"(?<![-\w]){declaration}: ([^;]+);", rule)]
    assert found, f"{selector} declares no {declaration}"
    variable = re.fullmatch(r"var\((--[\w-]+)\)", found[0])
    return re.search(rf"{variable.group(1)}: (#\w{{6}})", SCREEN).group(1) if variable else found[0]


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("body", "body"),
        ("a", "body"),
        (".cover", ".cover"),
        (".cover .kicker", ".cover"),
        (".subtitle", ".cover"),
        (".facts dt", ".cover"),
        (".disclaimer", ".cover"),
        (".kicker", "body"),
        (".question", "body"),
        (".unit", "body"),
        (".caveat .label", ".caveat"),
        (".verdict .label", ".verdict"),
        (".verdict.good .label", ".verdict.good"),
        (".verdict.bad .label", ".verdict.bad"),
        ("footer", "footer"),
        ("summary", "details.code"),
        (".c1", "details.code"),
    ],
)
def test_text_stands_out_from_its_ground(text, ground):
    """WCAG 2.2, success criterion 1.4.3: a contrast of at least 4.5 to 1."""
    assert contrast(declared(text, "color"), declared(ground, "background")) >= 4.5


def test_the_page_has_the_colours_of_the_charts():
    for name in ("INK", "BLUE", "ORANGE", "GREEN", "VERMILION", "LIGHT"):
        assert f"--{name.lower()}: {getattr(style, name)};" in SCREEN


def test_print_has_a_cover_and_keeps_figures_and_tables_whole(client):
    css = Page(client).all("style")[0]["text"]

    assert "@page { size: A4;" in css
    assert '@bottom-left { content: "Grocery\\000020households' in css
    assert re.search(r"figure, [^{]*tr, [^{]*\{ break-inside: avoid; \}", css)
    assert "thead { display: table-header-group; }" in css
    assert "%RUNNING%" not in css


@pytest.mark.parametrize(("columns", "classes"), [(7, "table"), (8, "table many"), (14, "table many crowded")])
def test_a_table_of_many_columns_is_set_smaller_then_on_a_wide_page(one_notebook, make, columns, classes):
    frame = pd.DataFrame({f"column_{place}": [place] for place in range(columns)})
    page = Page(client_html(one_notebook(make.table(frame, name="t", title="T"))))

    assert [part["class"] for part in page.all("div") if part.get("id") == "table-1"] == [classes]


# --- the analyst's view --------------------------------------------------------------------------------------------


def test_the_analyst_sees_all_code_folded(analyst):
    page = Page(analyst)
    folded = [one for one in page.all("details") if one["class"] == "code"]

    assert len(folded) == 11
    assert not [one for one in folded if "open" in one]
    assert "customers['revenue']" in folded[1]["text"]
    assert "Code, step 3: Step 1 of the story" in page.words()
    assert "Code, step 2: book = start(globals())" in page.words()


def test_the_analyst_sees_messages_without_the_machine(analyst):
    assert "…/lib.py:3: UserWarning: do not show this" in Page(analyst).words()
    assert "/srv/" not in analyst


def test_foreign_outputs_are_shown_in_their_best_safe_form(tmp_path, make):
    outputs = [
        new_output(
            "display_data", data={"text/html": "<b onclick='x()'>bold</b><script>x()</script>", "text/plain": "b"}
        ),
        new_output("display_data", data={"text/markdown": "## Deep [x](javascript:x)", "text/plain": "d"}),
        new_output("execute_result", data={"text/plain": "\x1b[31m42\x1b[0m <i>"}),
        new_output("error", ename="ValueError", evalue="bad /home/me/file.csv", traceback=["File /home/me/a.py"]),
        new_output("display_data", data={"application/javascript": "alert(1)"}),
    ]
    path = make.notebook(tmp_path / "10_own.ipynb", "# Own", outputs)
    page = Page(analyst_html(build_report({"10_own": path}), {"10_own": path}))

    assert not page.all("script")
    assert [one["text"] for one in page.all("h3")] == ["Deep [x](javascript:x)"]  # no address a browser would open
    assert [one["text"] for one in page.all("pre") if "output" in one.get("class", "")] == ["opening", "42 <i>"]
    assert "ValueError: bad …/file.csv" in page.words()
    assert "alert" not in page.words()
    assert "/home" not in page.words()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("read /a/b/c.csv now", "read …/c.csv now"),
        (r"C:\Users\me\c.csv", "…/c.csv"),
        (r"\\server\share\c.csv", "…/c.csv"),
        ("'/data dir'", "'/data dir'"),
        ("revenue / customers and 3/4 and/or", "revenue / customers and 3/4 and/or"),
        ("see https://example.org/a/b.html", "see https://example.org/a/b.html"),
        ("<td>a</td><td>b</td>", "<td>a</td><td>b</td>"),
    ],
)
def test_paths_are_cut_to_the_file(text, expected):
    assert without_paths(text) == expected


# --- the same every time -------------------------------------------------------------------------------------------


def test_the_same_run_gives_the_same_bytes(sample_report, sample_run, lists_folder, tmp_path):
    again = build_report(
        dict(reversed(sample_run.items())),
        skipped=[Skipped("40_interaction", "Customer interaction", ("contacts", "service_cases"))],
        receipt={**sample_report.receipt, "started": "2031-05-05T05:05:05+00:00"},
        lists_folder=lists_folder,
    )
    for name, report in (("first", sample_report), ("second", again)):
        write_client_report(report, tmp_path / f"{name}.html")
        write_analyst_report(report, sample_run, tmp_path / f"{name}-analyst.html")

    assert (tmp_path / "first.html").read_bytes() == (tmp_path / "second.html").read_bytes()
    assert (tmp_path / "first-analyst.html").read_bytes() == (tmp_path / "second-analyst.html").read_bytes()
    assert b"\r" not in (tmp_path / "first.html").read_bytes()


def test_templates_travel_with_the_package():
    root = Path(__file__).parents[2]
    packed = {file.distribution_path for file in WheelBuilder(str(root)).recurse_included_files()}

    for template in (root / "src/helpers/suite/report/templates").iterdir():
        assert f"helpers/suite/report/templates/{template.name}" in packed


def test_a_column_that_is_missing_is_named_with_its_table(sample_report):
    skipped = (Skipped("12_customer_structure", "Which customers hold which products?", ("products.category",)),)
    (need,) = [one for one in further_data(replace(sample_report, skipped=skipped)) if one["table"] == "Products"]
    assert need["columns"] == ("product", "category")
    assert "Which customers hold which products?" in need["adds"]


def test_warnings_about_the_data_stand_under_about_the_data_escaped(sample_run, make):
    report = replace(build_report(sample_run), warnings=("1 customer number: '<b>Guest</b>' *x* stands for nobody",))
    page = client_html(report)

    assert 'id="about-data"' in page
    assert "&lt;b&gt;Guest&lt;/b&gt;&#39; *x* stands for nobody" in page


def test_no_control_character_reaches_a_page(one_notebook, make, tmp_path):
    evil = "a\x1b[31mb\x00c\x9bd\u2028e\u202ef"
    frame = pd.DataFrame({f"column {evil}": [evil]})
    report = one_notebook(
        make.table(frame, name="evil", title=evil, about=evil), make.piece("reading", text=evil, title=evil)
    )
    write_client_report(report, tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "a␛[31mb␀c" in text
    assert not set(text) & set("\x1b\x00\x9b\u2028\u202e")
