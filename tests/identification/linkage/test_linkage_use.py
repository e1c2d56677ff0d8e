"""What is done with a linkage: explaining pairs, following the threshold, reviewing pairs by hand."""

from io import BytesIO

import numpy as np
import openpyxl
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.identification.linkage import (
    LinkageSettings,
    answer_from_truth,
    blocking,
    draw_review,
    estimate_from_review,
    explain_pair,
    follow_downstream,
    follow_threshold,
    link_records,
    match_answers,
    read_review,
    score_clusters,
    write_review,
)
from helpers.identification.linkage.review_sheet import ANSWER_COLUMN, PAIRS_SHEET
from helpers.identification.linkage.stability import top_share

SHOWN = ["first_name", "last_name", "birth_date", "street", "email"]


def test_the_parts_of_an_explanation_add_up_to_the_weight_of_the_pair(households):
    linkage = households.linkage
    for place in (0, len(linkage.pairs) // 2, len(linkage.pairs) - 1):
        pair = linkage.pairs.iloc[place]
        said = explain_pair(linkage, (pair.source_l, pair.record_id_l), (pair.source_r, pair.record_id_r))
        assert said["match_weight"].iloc[-1] == pytest.approx(pair.match_weight, abs=1e-5)
        assert said["match_weight"].iloc[:-1].sum() == pytest.approx(said["match_weight"].iloc[-1])


def test_two_records_that_were_never_candidates_are_explained_too(households):
    linkage = households.linkage
    scored = set(zip(linkage.pairs["left"], linkage.pairs["right"], strict=True))
    right = next(row for row in range(1, 500) if (0, row) not in scored)
    one, other = (tuple(linkage.clusters.loc[row, ["source", "record_id"]]) for row in (0, right))
    said = explain_pair(linkage, one, other)
    assert said["match_weight"].iloc[-1] < -6
    assert said["part"].tolist()[0] == "share of pairs that are one customer"


def test_a_pair_is_explained_where_a_rule_leaves_crowded_values_out(households, monkeypatch):
    """One system alone: a city of very many records blocks on its other values only."""
    monkeypatch.setattr(blocking, "BLOCK_AT_MOST", 5)
    linkage = link_records(households.records["sales"])
    assert "block_" in str(linkage.model.settings["blocking_rules_to_generate_predictions"])
    pair = linkage.pairs.iloc[0]
    said = explain_pair(linkage, (pair.source_l, pair.record_id_l), (pair.source_r, pair.record_id_r))
    assert said["match_weight"].iloc[-1] == pytest.approx(pair.match_weight, abs=1e-5)


def test_a_pair_is_explained_where_no_source_has_duplicates(households):
    """There the rules ask for the source of both records as well."""
    records = {name: frame.head(400) for name, frame in households.records.items()}
    linkage = link_records(records, LinkageSettings(duplicates_within_sources=False))
    pair = linkage.pairs.iloc[0]
    said = explain_pair(linkage, (pair.source_l, pair.record_id_l), (pair.source_r, pair.record_id_r))
    assert said["match_weight"].iloc[-1] == pytest.approx(pair.match_weight, abs=1e-5)


def test_a_family_is_discounted_where_a_stranger_is_not(households):
    linkage, truth = households.linkage, households.truth
    one = households.records["sales"].dropna(subset=["street", "last_name", "postcode"])
    homes = one.groupby(["street", "last_name", "postcode"])["record_id"].apply(list)
    family = next(ids for ids in homes if len(ids) > 1)
    assert truth.set_index("record_id").loc[family, "true_customer_id"].nunique() == len(family)
    said = explain_pair(linkage, ("sales", family[0]), ("sales", family[1])).set_index("part")["match_weight"]
    assert said["may be two people of one household"] < -8
    alone = explain_pair(linkage, ("sales", "sales-0"), ("web", "web-700")).set_index("part")["match_weight"]
    assert alone["may be two people of one household"] > -0.1


def test_a_customer_who_moved_is_given_back_what_one_removal_costs_four_times(households):
    linkage = households.linkage
    who = households.truth.set_index(["source", "record_id"])["true_customer_id"]
    left, right = ("sales", "sales-0"), ("web", "web-700")
    assert who[left] != who[right]
    said = explain_pair(linkage, left, right).set_index("part")["match_weight"]
    home = said[["street", "city", "postcode"]].sum()
    assert home < -8
    assert home + said["may have moved house"] == pytest.approx(np.log2(0.03), abs=0.2)


def test_an_unknown_record_cannot_be_explained(households):
    with pytest.raises(InputError, match="no record 'zz' in source 'sales'"):
        explain_pair(households.linkage, ("sales", "zz"), ("web", "web-1"))


def test_the_band_of_customers_holds_the_true_number(households):
    band = follow_threshold(households.linkage, [0.05, 0.5, 0.95])
    assert band.table["customers"].is_monotonic_increasing
    assert band.low <= households.truth["true_customer_id"].nunique() <= band.high
    assert band.table.loc[1, "customers"] == households.linkage.customers
    sizes = households.linkage.clusters["customer_id"].value_counts()
    assert band.table.loc[1, "grouped_records"] == sizes[sizes > 1].sum()
    assert band.table["cost"].idxmin() == 1


def test_figures_downstream_at_a_threshold_are_those_of_its_clusters(households):
    linkage = households.linkage
    rng = np.random.default_rng(4)
    purchases = linkage.clusters[["source", "record_id"]].iloc[::2]
    purchases = purchases.assign(orders=rng.integers(0, 4, len(purchases)), revenue=rng.gamma(2, 50, len(purchases)))
    table = follow_downstream(linkage, purchases, [0.05, 0.5, 0.99]).set_index("threshold")
    booked = linkage.clusters.merge(purchases).groupby("customer_id")[["orders", "revenue"]].sum()
    buyers = booked[booked["orders"] > 0]
    assert table.loc[0.5, "customers"] == linkage.customers
    assert table.loc[0.5, "buyers"] == len(buyers)
    assert table.loc[0.5, "repeat_rate"] == pytest.approx((buyers["orders"] >= 2).mean())
    assert table.loc[0.5, "top20_revenue_share"] == pytest.approx(top_share(buyers["revenue"].to_numpy()))
    assert table["repeat_rate"].is_monotonic_decreasing


def test_purchases_of_unknown_records_are_refused(households):
    strange = pd.DataFrame({"source": ["sales"], "record_id": ["zz"], "orders": [1], "revenue": [1.0]})
    with pytest.raises(InputError, match="not linked: 'sales zz'"):
        follow_downstream(households.linkage, strange, [0.5])
    with pytest.raises(InputError, match=r"(?s)'orders'.*'revenue'"):
        follow_downstream(households.linkage, strange[["source", "record_id"]], [0.5])
    with pytest.raises(InputError, match="no threshold given"):
        follow_threshold(households.linkage, [])


def test_the_best_fifth_counts_a_border_customer_in_part():
    assert top_share(np.array([6.0, 3.0, 1.0])) == pytest.approx(0.6 * 6 / 10)
    assert np.isnan(top_share(np.array([])))


def _answered(content: bytes, answer_of) -> bytes:
    """Fill in a review sheet as a person would, with another program than the one that wrote it."""
    book = openpyxl.load_workbook(BytesIO(content))
    sheet = book[PAIRS_SHEET]
    names = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=2):
        values = dict(zip(names, (cell.value for cell in row), strict=True))
        row[names.index(ANSWER_COLUMN)].value = answer_of(values)
    saved = BytesIO()
    book.save(saved)
    return saved.getvalue()


@pytest.fixture(scope="module")
def review(households):
    return draw_review(households.linkage, 250, np.random.default_rng(6))


@pytest.fixture(scope="module")
def sheet(households, review) -> bytes:
    return write_review(review, households.records, SHOWN)


def test_answers_of_a_faithful_reviewer_give_the_true_precision_and_recall(households, sheet):
    who = households.truth.set_index(["source", "record_id"])["true_customer_id"]

    def judge(pair):
        same = who[pair["source_l"], pair["record_id_l"]] == who[pair["source_r"], pair["record_id_r"]]
        return " Yes" if same else "no"

    answers = read_review(_answered(sheet, judge))
    answers = match_answers(answers, households.linkage, households.records)
    assert (answers.drawn_elsewhere, answers.moved, answers.by_person) == (False, 0, True)
    estimate = estimate_from_review(answers.pairs, answers.strata, np.random.default_rng(1))
    truth = score_clusters(households.linkage.clusters, households.truth)
    assert estimate.answered == 250
    assert estimate.precision.low <= truth.precision.value <= estimate.precision.high
    assert estimate.recall_of_likely.low <= truth.recall.value <= estimate.recall_of_likely.high
    assert estimate.precision.high - estimate.precision.low < 0.2
    assert truth.recall.value <= estimate.recall_at_most == estimate.recall_of_likely.high


def test_when_every_pair_is_answered_nothing_is_left_uncertain(households):
    review = draw_review(households.linkage, 10**9, np.random.default_rng(0))
    assert (review.strata["drawn"] == review.strata["pairs"]).all()
    answers = review.pairs.assign(answer=np.where(review.pairs["linked"], "yes", "no"))
    estimate = estimate_from_review(answers, review.strata, np.random.default_rng(1))
    assert (estimate.precision.low, estimate.precision.value, estimate.precision.high) == (1.0, 1.0, 1.0)
    assert (estimate.recall_of_likely.low, estimate.recall_of_likely.high) == (1.0, 1.0)


def test_unsure_and_empty_answers_widen_the_interval_and_are_counted(review, sheet):
    def judge(pair):
        if pair["pair"] % 3 == 0:
            return None
        return "unsure" if pair["pair"] % 3 == 1 else "yes"

    answers = read_review(_answered(sheet, judge))
    some = estimate_from_review(answers.pairs, answers.strata, np.random.default_rng(1))
    every = estimate_from_review(answers.pairs.assign(answer="yes"), answers.strata, np.random.default_rng(1))
    assert (some.answered, some.unsure, some.unanswered) == (83, 84, 83)
    assert some.precision.high - some.precision.low > every.precision.high - every.precision.low


def test_the_sample_is_the_size_asked_for_and_every_stratum_is_in_it(review):
    assert len(review.pairs) == 250 == review.strata["drawn"].sum()
    assert (review.strata["drawn"] >= 1).all()
    assert (review.strata["drawn"] <= review.strata["pairs"]).all()
    drawn = review.pairs.groupby("stratum").size()
    assert drawn.tolist() == review.strata["drawn"].tolist()


@pytest.mark.parametrize("answered", [40, 120, 200])
def test_every_beginning_of_the_sheet_speaks_for_the_whole_linkage(households, answered):
    """A reviewer who is always right, and stops early."""
    review = draw_review(households.linkage, 200, np.random.default_rng(6))
    answers = answer_from_truth(review, households.truth)
    answers.pairs.loc[answers.pairs["pair"] > answered, "answer"] = None
    estimate = estimate_from_review(answers.pairs, answers.strata, np.random.default_rng(1))
    truth = score_clusters(households.linkage.clusters, households.truth)
    assert (estimate.answered, estimate.unanswered, estimate.unseen_pairs) == (answered, 200 - answered, 0)
    assert (estimate.strata["answered"] >= np.minimum(estimate.strata["drawn"], 2)).all()
    assert estimate.precision.value == pytest.approx(truth.precision.value, abs=0.02)
    assert estimate.recall_of_likely.value == pytest.approx(truth.recall.value, abs=0.03)
    assert estimate.precision.low <= truth.precision.value <= estimate.precision.high


def test_the_strata_take_turns_in_proportion_to_what_was_drawn(review):
    beginning = review.pairs["stratum"].iloc[:125].value_counts().reindex(review.strata["stratum"]).to_numpy()
    drawn = review.strata["drawn"].to_numpy()
    assert (np.abs(beginning - drawn / 2) <= 2).all()


def test_no_single_number_is_reported_while_most_pairs_stand_in_strata_nobody_looked_at(households, review):
    """The sheet sorted by its reviewer, the sure pairs last and not reached."""
    answers = answer_from_truth(review, households.truth)
    sure = answers.pairs["stratum"] == review.strata.query("linked").nlargest(1, "pairs")["stratum"].item()
    answers.pairs.loc[sure, "answer"] = None
    estimate = estimate_from_review(answers.pairs, answers.strata, np.random.default_rng(1))
    assert estimate.unseen_pairs == review.strata.query("linked")["pairs"].max()
    assert np.isnan([estimate.precision.value, estimate.recall_of_likely.value]).all()
    assert estimate.precision.low < 0.2
    assert estimate.precision.high > 0.99


def test_the_sheet_is_the_same_to_the_last_byte(households, review, sheet):
    assert write_review(review, households.records, SHOWN) == sheet


@pytest.mark.parametrize("poison", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", " =1+1"])
def test_no_cell_of_the_sheet_is_a_formula(households, review, poison):
    records = {name: frame.assign(first_name=poison) for name, frame in households.records.items()}
    book = openpyxl.load_workbook(BytesIO(write_review(review, records, ["first_name"])))
    cells = [cell for row in book[PAIRS_SHEET].iter_rows(min_row=2) for cell in row]
    assert not any(cell.data_type == "f" for cell in cells)
    poisoned = [cell for cell in cells if isinstance(cell.value, str) and cell.value.strip() == poison.strip()]
    assert len(poisoned) == 2 * len(review.pairs)
    assert all(cell.quotePrefix for cell in poisoned)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda book: book.remove(book["strata"]), "no sheet 'strata'"),
        (lambda book: book[PAIRS_SHEET].delete_rows(5), "rows were added, deleted or changed"),
        (lambda book: book[PAIRS_SHEET].delete_cols(2), "no column 'source_l'"),
        (lambda book: book[PAIRS_SHEET].cell(4, 1, 1), "pairs stand twice: 1"),
        (lambda book: book[PAIRS_SHEET].cell(3, 6, "maybe"), "1 cell with an answer that is none: 'row 3: maybe'"),
        (lambda book: book[PAIRS_SHEET].cell(4, 6, '="y"&"es"'), '1 cell with a formula .*: \'row 4: ="y"&"es"\''),
        (lambda book: setattr(book[PAIRS_SHEET].cell(3, 2), "value", None), "cells that name a pair are empty"),
    ],
    ids=["sheet", "row", "column", "pair", "answer", "formula", "key"],
)
def test_a_sheet_that_was_tampered_with_is_refused(sheet, change, message):
    book = openpyxl.load_workbook(BytesIO(sheet))
    change(book)
    saved = BytesIO()
    book.save(saved)
    with pytest.raises(InputError, match=message):
        read_review(saved.getvalue())


def test_a_file_that_is_no_workbook_is_refused():
    with pytest.raises(InputError, match="cannot be read as an Excel workbook"):
        read_review(b"pair;answer\n1;yes\n")


def test_a_review_without_clear_answers_says_nothing(review):
    with pytest.raises(InputError, match="no pair was answered"):
        estimate_from_review(review.pairs.assign(answer="unsure"), review.strata, np.random.default_rng(1))


def test_a_review_needs_pairs_and_its_own_records(households, review):
    with pytest.raises(InputError, match="0 pairs asked for"):
        draw_review(households.linkage, 0, np.random.default_rng(1))
    with pytest.raises(InputError, match="no column 'colour'"):
        write_review(review, households.records, ["colour"])
    with pytest.raises(InputError, match="records of the review are missing"):
        write_review(review, {"sales": households.records["sales"]}, SHOWN)
