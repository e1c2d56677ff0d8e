"""Answers of a review read back: only for their own records, and for whatever threshold is in use now."""

from io import BytesIO

import numpy as np
import openpyxl
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.identification.linkage import (
    LinkageSettings,
    collect_answers,
    draw_review,
    estimate_from_review,
    link_records,
    match_answers,
    pairs_in_truth,
    read_review,
    score_clusters,
    write_review,
)
from helpers.identification.linkage.review_sheet import ANSWER_COLUMN, PAIRS_SHEET
from helpers.narrative.chapter import chapter_words
from helpers.narrative.identification import RECORDS

SHOWN = ["first_name", "last_name", "birth_date", "street", "email"]


def filled_in(content: bytes, answers, change=None) -> bytes:
    """Answer the pairs from the top, then change the sheet."""
    book = openpyxl.load_workbook(BytesIO(content))
    sheet = book[PAIRS_SHEET]
    column = [cell.value for cell in sheet[1]].index(ANSWER_COLUMN) + 1
    for row, answer in enumerate(answers, start=2):
        sheet.cell(row, column).value = answer
    if change:
        change(sheet)
    saved = BytesIO()
    book.save(saved)
    return saved.getvalue()


@pytest.fixture(scope="module")
def review(households):
    return draw_review(households.linkage, 250, np.random.default_rng(6))


@pytest.fixture(scope="module")
def sheet(households, review) -> bytes:
    return write_review(review, households.records, SHOWN)


@pytest.fixture(scope="module")
def true_answers(households, review) -> list[str]:
    return ["yes" if right else "no" for right in pairs_in_truth(review.pairs, households.truth)]


@pytest.fixture(scope="module")
def reluctant(households):
    """The same records at another threshold."""
    return link_records(households.records, LinkageSettings(cost_false_merge=100))


def read_back(content, world, linkage=None):
    return collect_answers(content, None, None, linkage or world.linkage, world.records)


def test_a_sheet_of_other_records_is_refused_whatever_its_answers(households, sheet, febrl1):
    with pytest.raises(InputError, match=r"250 answered rows name records that are not among those linked: 'row 2: "):
        read_back(filled_in(sheet, ["yes"] * 250), febrl1)


def test_a_sheet_of_other_records_under_the_same_ids_is_refused(households, sheet):
    def turned(values: pd.Series) -> list[object]:
        return values.tolist()[::-1]

    other = {
        name: frame.assign(**{field: turned(frame[field]) for field in SHOWN})
        for name, frame in households.records.items()
    }
    answers = read_review(filled_in(sheet, ["yes"] * 40))
    with pytest.raises(
        InputError, match=r"40 answered rows show other values .* and 35 more\n    remedy: use the sheet"
    ):
        match_answers(answers, households.linkage, other)


@pytest.mark.parametrize(
    ("record", "message"),
    [("sales-99999", "1 answered row name.* not among those linked: 'row 5: "), (None, "1 answered row show other")],
    ids=["unknown", "of another record"],
)
def test_a_changed_record_id_is_found_where_the_row_is_answered(households, review, sheet, record, message):
    pair = review.pairs.iloc[3]
    taken = {pair["record_id_l"], pair["record_id_r"]}
    ids = households.records[pair["source_l"]]["record_id"]
    other = record or next(name for name in ids if name not in taken)

    def change(cells):
        cells.cell(5, 3).value = other

    with pytest.raises(InputError, match=message):
        read_back(filled_in(sheet, ["yes"] * 4, change), households)
    assert len(read_back(filled_in(sheet, ["yes"] * 3, change), households).pairs) == 250


def test_answers_are_weighed_anew_for_the_threshold_in_use(households, sheet, true_answers, reluctant):
    """Read at a higher threshold, the answers tell of what is missed now, not of what was missed then."""
    content = filled_in(sheet, true_answers)
    drawn, now = read_back(content, households), read_back(content, households, reluctant)
    assert (drawn.drawn_elsewhere, drawn.moved) == (False, 0)
    assert now.drawn_elsewhere
    assert now.moved > 5
    said = estimate_from_review(now.pairs, now.strata, np.random.default_rng(1))
    truth = score_clusters(reluctant.clusters, households.truth)
    before = score_clusters(households.linkage.clusters, households.truth)
    assert truth.recall.value < before.recall.value - 0.01
    assert said.recall_of_likely.value == pytest.approx(truth.recall.value, abs=0.015)
    assert said.recall_at_most >= truth.recall.value
    assert said.precision.low <= truth.precision.value <= said.precision.high


def test_an_answer_stands_for_the_pairs_of_the_stratum_it_was_drawn_from(households, review, sheet, true_answers):
    matched = read_back(filled_in(sheet, true_answers[:120]), households)
    weight = matched.pairs.dropna(subset=["answer"]).groupby("stratum")["weight"]
    answered = review.pairs.iloc[:120]["stratum"].value_counts().sort_index()
    assert weight.first().tolist() == pytest.approx((review.strata["pairs"].to_numpy() / answered).tolist())
    assert (weight.min() == weight.max()).all()


def test_unlike_weights_count_for_fewer_answers():
    strata = pd.DataFrame({"stratum": [1], "linked": [True], "pairs": [1000], "expected": [0.9]})
    answers = pd.DataFrame({"pair": range(40), "stratum": 1, "answer": ["yes"] * 36 + ["no"] * 4})
    alike, unlike = (
        estimate_from_review(answers.assign(weight=weight), strata, np.random.default_rng(1)).precision
        for weight in (5.0, np.tile([1.0, 9.0], 20))
    )
    assert alike.value == unlike.value == pytest.approx(0.9)
    assert unlike.low < alike.low - 0.02


def test_the_interval_is_that_of_clopper_and_pearson_in_one_stratum():
    """Forty answers of very many pairs, four of them no: 0.763 to 0.972."""
    strata = pd.DataFrame({"stratum": [1], "linked": [True], "pairs": [10_000_000], "expected": [0.9]})
    answers = pd.DataFrame({"pair": range(40), "stratum": 1, "answer": ["yes"] * 36 + ["no"] * 4})
    said = estimate_from_review(answers, strata, np.random.default_rng(1)).precision
    assert (said.low, said.high) == pytest.approx((0.7634, 0.9721), abs=2e-3)
    every = estimate_from_review(answers.assign(answer="yes"), strata, np.random.default_rng(1)).precision
    assert (every.low, every.high) == pytest.approx((0.025 ** (1 / 40), 1.0), abs=2e-3)


def test_wrong_answers_are_reported_at_once(sheet):
    with pytest.raises(InputError, match=r"250 cells with an answer that is none: .* and 245 more") as error:
        read_review(filled_in(sheet, ["ja", "y"] * 125))
    assert len(error.value.faults) == 1


def test_nobody_is_said_to_have_answered_where_nobody_did(households, review, sheet, true_answers):
    by_truth = collect_answers(None, review, households.truth, households.linkage, households.records)
    by_person = read_back(filled_in(sheet, true_answers), households)
    assert (by_truth.by_person, by_person.by_person) == (False, True)
    sentences = chapter_words(RECORDS).sentences
    assert sentences["review_by_truth"].startswith("A reviewer who is always right would put precision")
    assert sentences["review_by_person"].startswith("{reviewed_pairs} answers put precision")
