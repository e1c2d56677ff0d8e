"""What is collected from executed notebooks, and what is refused."""

import base64
from dataclasses import replace

import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.suite.report.analyst_report import analyst_html
from helpers.suite.report.blocks import IN_NOTEBOOK, KEY
from helpers.suite.report.model import (
    CustomerList,
    Drawing,
    Prose,
    Report,
    ShownTable,
    build_report,
    heading_and_question,
)


def test_the_summary_stands_first_and_the_chapters_follow_by_name(sample_report):
    assert [chapter.notebook for chapter in sample_report.everything] == [
        "00_overview",
        "20_customer_differentiation",
        "50_crm_evaluation",
    ]
    assert sample_report.summary.notebook == "00_overview"
    assert [chapter.title for chapter in sample_report.chapters] == [
        "Customer differentiation",
        "Campaigns and retention",
    ]


def test_a_run_without_the_summary_has_chapters_only(sample_run):
    report = build_report({name: path for name, path in sample_run.items() if not name.startswith("00_")})

    assert report.summary is None
    assert len(report.chapters) == 2
    assert report.title == "Grocery households, 2017"


def test_what_the_study_says_comes_from_the_opening(sample_report, make):
    shown = {name: getattr(sample_report, name) for name in ("study", "title", "currency", "as_of", "disclaimer")}

    assert shown == {name: make.opening[name] for name in shown}
    assert sample_report.notes == tuple(make.opening["notes"])


def test_what_a_chapter_finds_about_the_data_stands_with_the_notes_of_the_study(one_notebook, make):
    report = one_notebook(make.piece("reading", text="Returns are set off.", about_data=True))

    assert report.notes == (*make.opening["notes"], "Returns are set off.")
    assert [piece.text for piece in report.chapters[0].pieces] == ["Returns are set off."]


def test_title_question_and_glossary_come_from_the_words_of_the_notebook(sample_report):
    chapter = sample_report.chapters[0]

    assert chapter.question == "Which customers matter most, and how do they differ?"
    assert sample_report.glossary.startswith("- **Recency**: days since the last order.")
    assert "rerun" not in sample_report.glossary


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Only a title", ("Only a title", "")),
        ("no title", ("", "")),
        ("# A title #\n## Straight on", ("A title", "")),
        ("# Title\n\n| a | b |\n|---|---|", ("Title", "")),
        ("intro\n\n# Title\nWhy so?\nAnd how?\n\nMore", ("Title", "Why so?\nAnd how?")),
    ],
)
def test_the_question_is_the_paragraph_below_the_title(text, expected):
    assert heading_and_question(text) == expected


def test_figures_tables_and_findings_are_numbered_through_the_report(sample_report):
    assert [piece.number for _, piece in sample_report.of_kind(Drawing)] == [1, 2]
    assert [(piece.number, piece.table.name) for _, piece in sample_report.of_kind(ShownTable)] == [
        (1, "rfm_segments"),
        (2, "revenue_steps"),
    ]
    findings = [finding.number for chapter in sample_report.everything for finding in chapter.findings]
    assert findings == [1, 2, 3, 4, 5]


def test_what_is_for_analysts_is_left_out_and_numbered_apart(tmp_path, make):
    def table(name):
        return make.table(pd.DataFrame({"customers": [1]}), name=name, title=name)

    mine = table("traced")
    mine["metadata"][KEY]["audience"] = "analyst"
    path = make.notebook(tmp_path / "10_own.ipynb", "# Own", [table("first"), mine, table("second")])
    report = build_report({"10_own": path})
    assert [(piece.number, piece.table.name) for _, piece in report.of_kind(ShownTable)] == [
        (1, "first"),
        (2, "second"),
    ]
    page = analyst_html(report, {"10_own": path})
    captions = (">Table 1.</span> first<", ">Table A1.</span> traced<", ">Table 2.</span> second<")
    assert all(caption in page for caption in captions)


def test_what_the_data_cannot_tell_is_gathered_at_the_end_each_reason_once(one_notebook, make):
    def gap(what, why):
        return make.piece("caveat", text=f"{what}: {why}.", gap={"what": what, "why": why})

    outputs = [gap("No test", "too short"), gap("No value", "too few"), gap("No interval", "too short")]
    report = one_notebook(*outputs[:2], make.piece("finding", text="Found"), outputs[2])
    assert [(piece.kind, piece.text) for piece in report.chapters[0].body] == [
        ("finding", "Found"),
        ("caveat", "- No test; no interval: too short.\n- No value: too few."),
    ]
    (alone,) = one_notebook(outputs[0]).chapters[0].body
    assert alone.text == "No test: too short."


def test_verdicts_methods_and_key_figures_leave_the_body(sample_report):
    chapter = sample_report.chapters[0]

    assert [verdict.good for verdict in chapter.verdicts] == [None]
    assert len(chapter.methods) == 2
    kinds = [piece.kind for piece in chapter.body]
    assert kinds == ["finding", "figure", "reading", "finding", "table", "caveat", "table", "list"]
    assert len(sample_report.summary.key_figures) == 6


def test_a_table_keeps_its_types_on_the_way_through_the_notebook(sample_report):
    table = next(piece.table for _, piece in sample_report.of_kind(ShownTable))

    assert table.rows[0] == ("Champions", 431, 0.1746, 1903822.11, 1.2, "2017-12-31")
    assert [column.unit for column in table.columns] == ["", "households", "share", "USD", "days", ""]


def test_a_source_cited_twice_is_listed_once(one_notebook, make):
    report = one_notebook(
        make.piece("method", text="First.", source="Gini (1912)"),
        make.piece("method", text="Second.", source="Wilson (1927)"),
        make.piece("method", text="Third.", source="Gini (1912)"),
        make.piece("method", text="Of our own.", source=""),
    )

    assert report.sources == ("Gini (1912)", "Wilson (1927)")


def test_a_list_finds_its_rows_only_where_the_run_kept_them(sample_run, sample_report, lists_folder):
    kept = next(piece for _, piece in sample_report.of_kind(CustomerList))
    lost = next(piece for _, piece in build_report(sample_run).of_kind(CustomerList))

    assert kept.file == lists_folder / "champions.parquet"
    assert lost.file is None


def test_outputs_that_are_no_pieces_are_left_out(sample_report):
    texts = [piece.text for _, piece in sample_report.of_kind(Prose)]

    assert not any("UserWarning" in text or "rows read" in text for text in texts)


def test_all_faults_are_reported_at_once(tmp_path, make):
    picture = base64.b64encode(b"GIF89a").decode()
    bad = make.notebook(
        tmp_path / "10_bad.ipynb",
        "# Bad",
        [
            make.piece("riddle", text="what?"),
            make.piece("reading"),
            make.piece("figure", {"image/png": picture}, name="f", title="t", alt="a", caption=""),
            make.piece("figure", {"image/png": "?"}, name="f", title="t", alt="a", caption=""),
            make.piece("list", name="../../outside", title="t", about="a", rows=1),
        ],
    )
    not_run = make.notebook(tmp_path / "20_not_run.ipynb", "# Not run", opening={"kind": "reading", "text": "x"})

    with pytest.raises(InputError, match="notebook 20_not_run: holds no opening") as caught:
        build_report({"20_not_run": not_run, "10_bad": bad}, lists_folder=tmp_path)

    said = [str(fault) for fault in caught.value.faults]
    assert len(said) == 6
    assert "notebook 10_bad, cell 3: the piece 'riddle' cannot be read: no such kind as 'riddle'" in said[0]
    assert "'reading' cannot be read: 'text'" in said[1]
    assert "the picture is no PNG" in said[2]
    assert "the picture is not base64" in said[3]
    assert "'../../outside' is no name of a list" in said[4]


def test_a_report_needs_a_notebook():
    with pytest.raises(InputError, match="no executed notebook"):
        build_report({})


def test_the_same_notebooks_make_the_same_report(sample_run, lists_folder):
    first = build_report(sample_run, lists_folder=lists_folder)
    second = build_report(dict(reversed(sample_run.items())), lists_folder=lists_folder)

    assert isinstance(first, Report)
    assert first == second


def test_the_glossary_explains_the_terms_the_report_uses_and_no_others(sample_report):
    first, second = "- **ABC classes**: by revenue,\n  in three.", "- **Whale curves, tortoises …**: figures."
    glossary = f"{first}\n- **Pair**: one contact.\n{second}"
    said = replace(sample_report.chapters[0], title="Repairs of class C", glossary=glossary)
    others = [replace(one, glossary="") for one in sample_report.chapters[1:]]
    bare = replace(sample_report, summary=None, chapters=(said, *others))
    assert bare.glossary == ""
    asked = replace(said, question="One whale curve, an ABC class each")
    assert replace(bare, chapters=(asked, *others)).glossary == f"{first}\n{second}"


def test_what_only_the_notebook_shows_is_no_piece_of_the_report(one_notebook, make):
    report = one_notebook(make.piece("reading", text="said"), make.piece(IN_NOTEBOOK, {"text/markdown": "*caption*"}))
    assert [piece.kind for piece in report.chapters[0].pieces] == ["reading"]
