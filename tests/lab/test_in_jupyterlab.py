"""A person opens a notebook in JupyterLab, runs it, mistypes a value, corrects it, and saves."""

import os
from pathlib import Path

import pytest
from tests.lab.conftest import git

pytestmark = [
    pytest.mark.slow,
    # Left open by playwright's own event loop when a page closes.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
READABLE = 4.5  # contrast that guidelines on accessibility ask of text
SEGMENTS, CHART = "What the segments are worth", "Every customer is in exactly one segment."
DIFFERENTIATION, CREDIT = "21_recency_frequency_money", "35_credit"


def opening(lab) -> str:
    """What stands below the opening cell."""
    return "".join(lab.outputs()[1][0]["data"]["text/markdown"])


def typed(lab) -> str:
    """What the opening says was typed; the shop was, when the notebook was made for this test."""
    return opening(lab).partition("- typed in the parameters cell: ")[2].partition("\n")[0]


def pictures(lab, name: str) -> None:
    """Keep a picture of the page where CRM_PICTURES says, for a person to look at."""
    if folder := os.environ.get("CRM_PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        lab.page.screenshot(path=Path(folder) / f"{name}.png")


def test_opening_and_saving_is_no_change_for_git(open_notebook, project):
    lab = open_notebook(DIFFERENTIATION)
    lab.save()
    assert git(project, "diff") == ""


def test_run_all_and_save_is_no_change_for_git(open_notebook, project):
    lab = open_notebook(DIFFERENTIATION)
    lab.run_all()
    assert lab.errors() == []
    lab.save()
    assert git(project, "diff") == ""


def test_a_corrected_mistake_is_gone_without_a_new_kernel(open_notebook):
    lab = open_notebook(DIFFERENTIATION)
    for wrong in ("50", "4.5", "0,20", "90 * 2", '"five"'):
        lab.set_source("score_groups: int = 5 ", f"score_groups: int = {wrong} ")
        lab.run_all(fresh=False)
        (said,) = lab.errors()
        assert said.startswith("InputError: parameters cell, line ")
        assert "score_groups" in said
        lab.set_source(f"score_groups: int = {wrong} ", "score_groups: int = 5 ")
    lab.run_all(fresh=False)
    assert lab.errors() == []


def test_what_was_typed_goes_before_study_yml_also_once_saved(open_notebook, project):
    lab = open_notebook(DIFFERENTIATION)
    lab.run_all()
    assert "- from study.yml: `score_groups = 4`" in opening(lab)
    lab.set_source("score_groups: int = 5 ", "score_groups: int = 6 ")
    lab.run_all(fresh=False)
    assert typed(lab) == "`study = 'shop'`, `score_groups = 6`"
    lab.save()
    lab.run_all()
    assert typed(lab) == "`study = 'shop'`, `score_groups = 6`"
    assert "score_groups: int = 6 " in git(project, "diff")


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ("score_group: int = 5 ", "unknown parameter 'score_group'"),
        ("score_groups = 5 ", "it has no type"),
        ("print('here')\nscore_groups: int = 5 ", "it is no parameter, and this cell holds nothing else"),
    ],
)
def test_a_line_that_is_no_parameter_is_reported_for_what_it_is(open_notebook, new, message):
    lab = open_notebook(DIFFERENTIATION)
    lab.set_source("score_groups: int = 5 ", new)
    lab.run_all(fresh=False)
    (said,) = lab.errors()
    assert message in said
    assert "remedy: " in said
    assert "Traceback" not in said


def test_a_chapter_without_its_tables_says_so_once(open_notebook):
    lab = open_notebook(CREDIT)
    lab.run_all()
    (said,) = lab.errors()
    assert "this notebook needs the table 'invoices' and the table 'payments'; the study has: transactions." in said
    assert "the cells below stay empty" in said
    assert lab.outputs()[2:] == [[]] * len(lab.outputs()[2:])
    lab.show("the cells below stay empty")
    pictures(lab, "missing_tables")


def test_only_sections_stand_in_the_table_of_contents(open_notebook):
    lab = open_notebook(DIFFERENTIATION)
    lab.run_all()
    sections = [line for line in lab.table_of_contents() if line.strip()]
    findings = [one["metadata"]["crm"]["text"] for cell in lab.outputs() for one in cell if is_finding(one)]
    assert findings
    assert not {*sections} & {*findings}
    assert len(sections) == lab.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.content.widgets.filter(cell => cell.model.type === 'markdown')"
        ".flatMap(cell => cell.model.sharedModel.getSource().split('\\n'))"
        ".filter(line => /^#+ /.test(line)).length"
    )


def is_finding(output) -> bool:
    return output.get("metadata", {}).get("crm", {}).get("kind") == "finding"


def test_what_the_report_shows_can_be_seen(open_notebook):
    lab = open_notebook(DIFFERENTIATION)
    lab.run_all()
    shown = [one for cell in lab.outputs() for one in cell]
    assert {one["output_type"] for one in shown} == {"display_data"}
    for piece in (one["metadata"]["crm"] for one in shown):
        words = piece.get("caption") or (piece.get("about") if piece["kind"] == "table" else "")
        if words:
            assert lab.show(words).is_visible()


CONTRAST = """cell => {
    const channels = colour => colour.match(/[\\d.]+/g).map(Number);
    const light = colour => channels(colour).slice(0, 3).map(one => one / 255)
        .map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
        .reduce((sum, one, place) => sum + one * [0.2126, 0.7152, 0.0722][place], 0);
    const seen = element => { while (element) {
        const colour = getComputedStyle(element).backgroundColor;
        if ((channels(colour)[3] ?? 1) > 0.5) return colour;
        element = element.parentElement;
    } return "rgb(255, 255, 255)"; };
    const [a, b] = [light(getComputedStyle(cell).color), light(seen(cell))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
}"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_tables_can_be_read_in_both_themes(open_notebook, dark):
    lab = open_notebook(DIFFERENTIATION)
    lab.run_all()
    lab.set_theme(dark=dark)
    theme = "dark" if dark else "light"
    lab.show("as of")
    pictures(lab, f"opening_{theme}")
    table = lab.show(SEGMENTS)
    pictures(lab, f"table_{theme}")
    parts = table.locator("caption, th, td, p")
    contrasts = [parts.nth(place).evaluate(CONTRAST) for place in range(parts.count())]
    assert min(contrasts) >= READABLE
    assert table.locator("tbody th").first.evaluate("cell => getComputedStyle(cell).textAlign") == "left"
    assert table.locator("tbody td").first.evaluate("cell => getComputedStyle(cell).textAlign") == "right"
    lab.show(CHART)
    pictures(lab, f"chart_{theme}")
