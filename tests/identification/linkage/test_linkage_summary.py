"""What a notebook tells of a linkage: its figures, its weakest link, the naive alternative, and what it does later."""

from dataclasses import replace

import ibis
import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.identification.linkage import (
    Proportion,
    answer_from_truth,
    attach_records,
    collect_answers,
    compare_unlinked,
    draw_review,
    estimate_from_review,
    explain_missed,
    explain_pair,
    explain_weakest,
    follow_downstream,
    judge_links,
    link_exactly,
    link_records,
    loudest_field,
    measure_linkage,
    pairs_in_truth,
    purchases_by_record,
    score_clusters,
    summarise_sources,
    true_pairs,
    weakest_link,
    weigh_fields,
)
from helpers.identification.linkage.score import score_from_counts
from helpers.narrative.chapter import chapter_words
from helpers.narrative.identification import RECORDS, say_of_buyers

# Ibis 12 still uses names that DuckDB 2 and pandas 3.1 are giving up.
pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
]


def test_figures_of_a_linkage_fit_together(febrl2):
    found = measure_linkage(febrl2.linkage)
    assert found.customer_records == 5000
    assert found.customers == febrl2.linkage.customers
    assert found.duplicate_records == 5000 - found.customers
    assert found.all_pairs == 5000 * 4999 // 2
    assert found.candidate_pairs < found.all_pairs / 100
    assert 2 <= found.largest_customer_records <= 6


def test_systems_are_counted_with_what_others_know(febrl4):
    sources = summarise_sources(febrl4.linkage.clusters)
    assert sources.loc["original", "records"] == 5000
    assert sources["also_elsewhere_share"].min() > 0.99


def test_agreement_letter_by_letter_finds_far_less(febrl4):
    exact = score_clusters(link_exactly(febrl4.linkage), febrl4.truth)
    ours = score_clusters(febrl4.linkage.clusters, febrl4.truth)
    assert exact.f1.high < ours.f1.low
    assert exact.precision.value > 0.99


def test_letter_by_letter_a_missing_name_links_nobody():
    records = pd.DataFrame(
        {
            "record_id": list("abcdefgh"),
            "last_name": ["Ott", "OTT ", "Rau", None, None, "Lux", "Abt", "Ihm"],
            "email": ["x@y.de", "x@y.de", "r@y.de", "n@y.de", "n@y.de", "l@y.de", "a@y.de", "i@y.de"],
        }
    )
    customers = link_exactly(link_records(records)).set_index("record_id")["customer_id"]
    assert customers["a"] == customers["b"]
    assert customers["d"] != customers["e"]
    assert customers.nunique() == 7


def test_the_weakest_link_is_a_link_and_no_other_is_weaker(households):
    linkage = households.linkage
    (left, right) = weakest_link(linkage)
    customer = linkage.clusters.set_index(["source", "record_id"])["customer_id"]
    assert customer[left] == customer[right]
    pairs = linkage.pairs.set_index(["source_l", "record_id_l", "source_r", "record_id_r"])
    linked = pairs[pairs["match_probability"] >= linkage.threshold]
    same = customer.to_numpy()[linked["left"]] == customer.to_numpy()[linked["right"]]
    assert linked.loc[(*left, *right), "match_weight"] == linked["match_weight"][same].min()


def test_the_weakest_link_is_explained_and_none_where_nothing_is_linked(households):
    linkage = households.linkage
    parts = explain_weakest(linkage)
    pd.testing.assert_frame_equal(parts, explain_pair(linkage, *weakest_link(linkage)))
    fields = parts.iloc[1:-3]
    loudest = fields[fields["part"].str.replace("_", " ") == loudest_field(parts)]
    assert loudest["match_weight"].item() == fields["match_weight"].max()
    alone = replace(linkage, clusters=linkage.clusters.assign(customer_id=range(len(linkage.clusters))))
    assert explain_weakest(alone) is None


def test_answers_of_a_sheet_go_before_those_of_the_truth(households):
    linkage, truth = households.linkage, households.truth
    review = draw_review(linkage, 20, np.random.default_rng(1))
    known = collect_answers(None, review, truth, linkage, households.records)
    pd.testing.assert_frame_equal(known.pairs, answer_from_truth(review, truth).pairs)
    assert collect_answers(None, review, None, linkage, households.records) is None
    assert collect_answers(None, None, truth, linkage, households.records) is None
    with pytest.raises(InputError, match="cannot be read as an Excel workbook"):
        collect_answers(b"no sheet", review, truth, linkage, households.records)


def test_missed_pairs_are_counted_by_how_far_they_got(households):
    linkage, truth = households.linkage, households.truth
    missed, score = explain_missed(linkage, truth), score_clusters(linkage.clusters, truth)
    assert missed.pairs == score.true_pairs - score.correct_pairs == missed.reasons.sum() > 5
    pairs = true_pairs(linkage.clusters, truth)
    customer = linkage.clusters["customer_id"].to_numpy()
    lost = pairs[customer[pairs["left"]] != customer[pairs["right"]]]
    likely = lost.merge(linkage.pairs.query("match_probability >= @linkage.threshold"), on=["left", "right"])
    assert missed.reasons["kept apart"] == len(likely)
    never = lost.merge(linkage.pairs[["left", "right"]], on=["left", "right"], how="left", indicator=True)
    assert missed.reasons["never compared"] <= (never["_merge"] == "left_only").sum()
    table = missed.fields.set_index("field")
    assert missed.differs_most == "first name"
    assert missed.counts["missed pairs"] == missed.pairs == missed.counts.filter(like="pairs ").sum()
    assert table["difference"].dropna().is_monotonic_increasing
    values = linkage.records.table[next(f.name for f in linkage.records.fields if f.column == "phone")].to_numpy()
    known = pd.notna(values[lost["left"]]) & pd.notna(values[lost["right"]])
    assert table.loc["phone", "known"] == known.sum()
    same = (values[lost["left"]] == values[lost["right"]])[known].mean()
    assert table.loc["phone", "same_among_missed"] == pytest.approx(same)


def test_a_pair_that_shares_no_value_was_never_compared(households):
    linkage = households.linkage
    strangers = pd.DataFrame(
        {"source_l": ["sales"], "record_id_l": ["sales-0"], "source_r": ["web"], "record_id_r": ["web-700"]}
    )
    assert explain_missed(linkage, strangers).reasons.to_dict() == {
        "never compared": 1, "held unlikely": 0, "kept apart": 0,
    }  # fmt: skip


def sentence_of(verdict):
    """Return what the chapter says of the links."""
    return chapter_words(RECORDS).sentence(f"links_{verdict.evidence}_{verdict.status}")


@pytest.mark.parametrize(
    ("counts", "exact", "good", "text"),
    [
        ((100, 100, 100), 0.5, True, "can be relied on"),
        ((16, 20, 15), 0.2, False, "cannot be relied on"),
        ((18, 20, 17), 0.2, None, "not proven right"),
        ((100, 100, 60), 0.1, False, "cannot be relied on"),
        ((100, 100, 99), 0.99, None, "not proven better"),
        ((5, 0, 0), 0.0, None, "not proven right"),
    ],
    ids=["right", "a_quarter_wrong", "few", "wrong", "no_better", "nothing_linked"],
)
def test_links_are_relied_on_where_nine_of_ten_are_right_beyond_doubt(counts, exact, good, text):
    naive = Proportion(exact, exact - 0.01, exact + 0.01)
    verdict = judge_links(score_from_counts(*counts), naive)
    assert verdict.good is good
    assert text in sentence_of(verdict)


def test_without_truth_the_verdict_rests_on_a_person_or_on_the_model():
    assert judge_links(None, None).good is None
    assert "{expected_link_precision}" in sentence_of(judge_links(None, None))
    assert judge_links(None, None, Proportion(0.95, 0.91, 0.98)).good is True
    assert judge_links(None, None, Proportion(0.5, 0.4, 0.6)).good is False
    verdict = judge_links(None, None, Proportion(float("nan"), 0.1, 0.99))
    assert (verdict.good, "more answers would settle it" in sentence_of(verdict)) == (None, True)


def test_the_precision_the_model_expects_is_near_the_true_one(households):
    expected = measure_linkage(households.linkage).expected_link_precision
    true = score_clusters(households.linkage.clusters, households.truth).precision.value
    assert expected == pytest.approx(true, abs=0.02)


def test_what_agreement_is_worth_comes_strongest_first(households):
    weights = weigh_fields(households.linkage)
    assert weights["match_weight"].is_monotonic_decreasing
    assert set(weights["field"]) >= {"first name", "birth date"}
    assert all(weights[name].between(0, 1).all() for name in ("among_matches", "among_others"))


def test_the_summary_of_the_model_shows_what_was_learnt(households):
    model = households.linkage.model
    table = model.summary()
    assert list(table.columns) == ["m", "u", "match_weight"]
    assert table.groupby("field")[["m", "u"]].sum().to_numpy() == pytest.approx(1, abs=1e-3)
    weights = np.log2(model.parameters["m"] / model.parameters["u"]).round(2)
    assert table["match_weight"].tolist() == pytest.approx(weights.tolist())
    assert set(table.index.get_level_values("field")) == {field.column for field in households.linkage.records.fields}


def test_records_get_their_customer_whatever_the_type_of_their_id():
    clusters = pd.DataFrame({"source": ["a", "b"], "record_id": ["1", "1"], "customer_id": [5, 6]})
    records = pd.DataFrame({"source": ["b", "a", "a"], "record_id": [1, 1, 1], "city": ["Ulm", "Bonn", "Bonn"]})
    assert attach_records(clusters, records)[["customer_id", "city"]].to_numpy().tolist() == [[5, "Bonn"], [6, "Ulm"]]


@pytest.mark.parametrize("rows", [(0, 1), (1, 0)])
def test_a_refusal_on_either_of_two_records_of_one_number_is_kept(rows):
    clusters = pd.DataFrame({"source": ["web"], "record_id": ["7"], "customer_id": [1]})
    records = pd.DataFrame({"source": ["web", "web"], "record_id": [7, 7], "do_not_contact": [None, True]})
    attached = attach_records(clusters, records.iloc[list(rows)])
    assert attached["do_not_contact"].tolist() == [True]


@pytest.mark.parametrize(
    ("linked", "named", "end"),
    [(5, 5, "as many."), (6, 5, "two parts make the difference."), (4, 5, "together make the difference.")],
)
def test_buyers_by_linking_are_set_beside_those_the_orders_name(linked, named, end):
    assert chapter_words(RECORDS).sentence(say_of_buyers(linked, named)).endswith(end)


def test_pairs_are_found_in_truths_of_both_kinds(households):
    by_record = households.truth
    pairs = households.linkage.pairs.head(500)
    person = by_record.set_index(["source", "record_id"])["true_customer_id"]
    sides = [
        person.loc[list(zip(pairs[f"source_{side}"], pairs[f"record_id_{side}"], strict=True))].to_numpy()
        for side in ("l", "r")
    ]
    expected = sides[0] == sides[1]
    assert pairs_in_truth(pairs, by_record).tolist() == expected.tolist()
    turned = {
        "source_l": "source_r",
        "record_id_l": "record_id_r",
        "source_r": "source_l",
        "record_id_r": "record_id_l",
    }
    by_pair = pairs[expected][list(turned)].rename(columns=turned)
    assert pairs_in_truth(pairs, by_pair).tolist() == expected.tolist()


def test_a_reviewer_who_is_always_right_confirms_the_precision(households):
    rng = np.random.default_rng(5)
    review = draw_review(households.linkage, 300, rng)
    answers = answer_from_truth(review, households.truth)
    assert set(answers.pairs["answer"]) == {"yes", "no"}
    said = estimate_from_review(answers.pairs, answers.strata, rng)
    true = score_clusters(households.linkage.clusters, households.truth).precision.value
    assert said.precision.low <= true <= said.precision.high
    assert said.as_table().index.tolist() == ["precision", "recall of likely pairs"]


LINES = ibis.memtable(
    pd.DataFrame(
        {
            "record_id": [1, 1, 2, 3, None],
            "order_id": ["a", "a", "b", "c", "d"],
            "amount": [1.0, 2.0, 4.0, 8.0, 16.0],
        }
    ).astype({"record_id": "Int64"})
)


class TestDownstream:
    def test_orders_and_revenue_are_booked_on_records(self):
        clusters = pd.DataFrame({"source": ["s", "s", "w"], "record_id": ["1", "2", "3"], "customer_id": [1, 2, 2]})
        booked = purchases_by_record(LINES, clusters)
        assert booked.to_numpy().tolist() == [["s", "1", 1, 3.0], ["s", "2", 1, 4.0], ["w", "3", 1, 8.0]]

    def test_ids_that_repeat_across_sources_are_refused(self):
        clusters = pd.DataFrame({"source": ["s", "w"], "record_id": ["1", "1"], "customer_id": [1, 2]})
        with pytest.raises(InputError, match="record ids stand in more than one source, such as '1'"):
            purchases_by_record(LINES, clusters)

    def test_unlinked_there_are_more_buyers_who_return_less(self, households):
        clusters = households.linkage.clusters
        booked = clusters[["source", "record_id"]].assign(orders=1, revenue=10.0)
        effect = compare_unlinked(households.linkage, booked)
        assert effect.unlinked_buying_customers == len(clusters)
        assert effect.linked_buying_customers == households.linkage.customers
        assert effect.unlinked_repeat_rate == 0
        at = follow_downstream(households.linkage, booked, [households.linkage.threshold])
        assert effect.linked_repeat_rate == at.loc[0, "repeat_rate"] > 0.3


def test_records_without_a_single_error_are_linked_too():
    """Splink stops where a kind of agreement never happens between matches; the linkage must not."""
    rng = np.random.default_rng(3)
    people = pd.DataFrame(
        {
            "first_name": rng.choice(["anna", "bert", "carl", "dora", "emil", "frida"], 400),
            "last_name": [f"name{number}" for number in rng.integers(0, 120, 400)],
            "birth_date": [f"19{number}" for number in rng.integers(500101, 991231, 400)],
            "city": rng.choice(["ulm", "bonn", "kiel", "trier"], 400),
        }
    )
    ids = [str(number) for number in range(400)]
    sources = {"one": people.assign(record_id=ids), "other": people.assign(record_id=ids)}
    linkage = link_records(sources)
    assert len(linkage.model.settings["comparisons"]) == 4
    clusters = linkage.clusters
    truth = clusters[["source", "record_id"]].assign(true_customer_id=clusters["record_id"])
    assert score_clusters(clusters, truth).f1.value > 0.99
