"""The chart of claims shows every claim in words, and its status by the mark as well as by the colour."""

import pytest
from tests.charts.drawn import stays_on_page

from helpers import evaluation
from helpers.charts.evaluation import draw_claims
from helpers.evaluation.claims import FAILS, HOLDS, SILENT
from helpers.narrative.claims import claims_in_words


@pytest.fixture
def claims():
    table = evaluation.as_table(evaluation.every_claim([])).head(3)
    found = {"found": [0.546, 0.78, 9.0], "low": [0.53, 0.7, 0.2], "high": [0.56, 0.85, 40.0]}
    return table.assign(**found, status=[FAILS, HOLDS, SILENT])


def test_every_status_has_a_mark_of_its_own(claims):
    axes = draw_claims(claims, title="x")
    entries = axes.get_legend()
    marks = [line.get_marker() for line in entries.get_lines()]
    assert [text.get_text() for text in entries.get_texts()] == [HOLDS, FAILS, SILENT]
    assert len(set(marks)) == 3
    assert [container[0].get_marker() for container in axes.containers] == [marks[1], marks[0], marks[2]]
    assert stays_on_page(axes)


def test_claims_are_named_in_words_and_values_beyond_the_axis_stand_at_its_end(claims):
    named = claims.assign(claim=claims_in_words(claims)["claim"].to_numpy())
    axes = draw_claims(named, title="x")
    labels = [label.get_text().replace("\n", " ") for label in axes.get_yticklabels()]
    assert labels == named["claim"].tolist()
    assert [float(container[0].get_xdata()[0]) for container in axes.containers] == [
        pytest.approx(0.546 / 0.8), pytest.approx(0.78 / 0.8), 3.0
    ]  # fmt: skip
    assert stays_on_page(axes)


def test_a_status_that_no_claim_has_is_not_in_the_legend(claims):
    axes = draw_claims(claims.head(1), title="x")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [FAILS]
