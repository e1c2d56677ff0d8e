"""Known pairs found again: FEBRL against its published truth, families distinguished, the same result on every run."""

import logging

import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.identification.linkage import LinkageSettings, link_records, score_clusters


def test_febrl4_links_two_files_without_labels(febrl4):
    """Christen (2008), FEBRL data set 4: 5,000 true pairs, one per original."""
    score = score_clusters(febrl4.linkage.clusters, febrl4.truth)
    assert score.true_pairs == 5000
    assert score.f1.value >= 0.998
    assert febrl4.linkage.threshold == 0.5


@pytest.mark.parametrize(("study", "true_pairs"), [("febrl1", 500), ("febrl2", 1934)])
def test_febrl_deduplicated_without_labels(study, true_pairs, request):
    """Christen (2008), FEBRL data sets 1 and 2."""
    world = request.getfixturevalue(study)
    score = score_clusters(world.linkage.clusters, world.truth)
    assert score.true_pairs == true_pairs
    assert score.f1.value >= 0.98


def test_febrl4_holds_at_a_threshold_for_dear_false_merges(febrl4):
    for threshold in (0.1, 0.9, 0.99):
        assert score_clusters(febrl4.linkage.clusters_at(threshold), febrl4.truth).f1.value >= 0.998


def test_blocking_scores_few_pairs_and_says_what_it_loses(febrl4):
    linkage = febrl4.linkage
    n_records = len(linkage.clusters)
    assert linkage.candidate_pairs == linkage.blocking.rules["pairs"].sum()
    assert linkage.candidate_pairs <= 30 * n_records
    keys = linkage.clusters.reset_index().set_index("record_id")["index"]
    left, right = keys[febrl4.truth["record_id_l"]].to_numpy(), keys[febrl4.truth["record_id_r"]].to_numpy()
    codes = {field.column: pd.factorize(linkage.records.table[field.name])[0] for field in linkage.records.fields}
    met = np.zeros(len(left), dtype=bool)
    for rule in linkage.blocking.rules["rule"]:
        columns = [codes[name] for name in rule.split(" + ")]
        met |= np.logical_and.reduce([(code[left] == code[right]) & (code[left] >= 0) for code in columns])
    assert linkage.blocking.estimated_recall == pytest.approx(met.mean(), abs=0.001)


def test_families_are_not_taken_for_one_person(households):
    score = score_clusters(households.linkage.clusters, households.truth)
    assert score.precision.value >= 0.97
    assert score.recall.value >= 0.97
    assert households.linkage.model.shares.same_household > 1e-4


def test_the_household_class_is_what_keeps_families_apart(households):
    """Without fields that families share, the third class is empty and every kind of field counts as personal."""
    as_text = {
        "first_name": "name", "last_name": "name", "birth_date": "date", "email": "email", "street": "text",
        "postcode": "text", "city": "text", "phone": "text",
    }  # fmt: skip
    naive = link_records(households.records, LinkageSettings(as_text))
    assert naive.model.shares.same_household < 1e-8
    naive_score = score_clusters(naive.clusters, households.truth)
    score = score_clusters(households.linkage.clusters, households.truth)
    assert score.precision.value > naive_score.precision.value + 0.02


def test_chinese_and_western_names_are_both_linked(households):
    linkage, truth = households.linkage, households.truth
    chinese = set()
    for frame in households.records.values():
        has_han = frame["last_name"].fillna("").str.contains("[\u4e00-\u9fff]")
        chinese |= set(frame.loc[has_han, "record_id"])
    for wanted in (True, False):
        part = truth[truth["record_id"].isin(chinese) == wanted]
        score = score_clusters(linkage.clusters, part)
        assert score.true_pairs > 100
        assert score.recall.value >= 0.95
        assert score.precision.value >= 0.95


def test_the_same_records_give_the_same_clusters_to_the_last_bit(households):
    shuffled = {
        name: frame.sample(frac=1, random_state=3) for name, frame in reversed(list(households.records.items()))
    }
    again = link_records(shuffled)
    pd.testing.assert_frame_equal(again.clusters, households.linkage.clusters, check_exact=True)
    pd.testing.assert_frame_equal(again.pairs, households.linkage.pairs, check_exact=True)
    assert again.model.settings["comparisons"] == households.linkage.model.settings["comparisons"]
    assert again.model.shares == households.linkage.model.shares


def test_one_frame_with_a_source_column_is_the_same_as_one_frame_per_source(febrl1):
    frame = febrl1.records["records"].assign(source="records", extra=1)
    again = link_records(frame, febrl1.linkage.settings)
    pd.testing.assert_frame_equal(again.clusters, febrl1.linkage.clusters)


def test_sources_without_duplicates_never_share_a_customer(febrl4):
    fields = febrl4.linkage.settings.fields
    linkage = link_records(febrl4.records, LinkageSettings(fields, duplicates_within_sources=False))
    assert not linkage.clusters.duplicated(["source", "customer_id"]).any()
    assert (linkage.pairs["source_l"] != linkage.pairs["source_r"]).all()
    assert score_clusters(linkage.clusters, febrl4.truth).f1.value >= 0.998


def test_a_dearer_false_merge_never_makes_fewer_customers(households):
    customers = [households.linkage.clusters_at(t)["customer_id"].nunique() for t in (0.05, 0.3, 0.5, 0.8, 0.95)]
    assert customers == sorted(customers)
    assert customers[0] < customers[-1]


def test_clusters_at_the_own_threshold_are_the_clusters(households):
    linkage = households.linkage
    pd.testing.assert_frame_equal(linkage.clusters_at(linkage.threshold), linkage.clusters)


def test_thresholds_below_the_pairs_kept_are_refused(households):
    with pytest.raises(InputError, match=r"0\.001 is out of range"):
        households.linkage.clusters_at(0.001)


def test_pairs_say_the_odds_of_their_weight(households):
    pairs = households.linkage.pairs
    assert (pairs["left"] < pairs["right"]).all()
    odds = pairs["match_probability"] / (1 - pairs["match_probability"])
    sure = pairs["match_weight"] < 40
    np.testing.assert_allclose(np.log2(odds[sure]), pairs.loc[sure, "match_weight"], atol=1e-3)


def test_match_probabilities_are_calibrated(households):
    """Of the pairs said to match with some probability, about that share must be true."""
    who = households.truth.set_index(["source", "record_id"])["true_customer_id"]
    pairs = households.linkage.pairs
    left = who.reindex(pd.MultiIndex.from_frame(pairs[["source_l", "record_id_l"]])).to_numpy()
    right = who.reindex(pd.MultiIndex.from_frame(pairs[["source_r", "record_id_r"]])).to_numpy()
    expected, found = pairs["match_probability"].sum(), (left == right).sum()
    assert expected == pytest.approx(found, rel=0.05)


def test_nothing_is_printed_or_logged_by_splink(capfd, caplog, febrl1):
    logger = logging.getLogger("splink")
    before = logger.handlers[:], logger.propagate, logger.level
    with caplog.at_level(logging.INFO):
        link_records(febrl1.records, febrl1.linkage.settings)
    assert (logger.handlers, logger.propagate, logger.level) == before
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_weights_of_agreement_are_learnt_in_the_right_order(febrl4):
    table = febrl4.linkage.model.parameters
    for _, levels in table.groupby("field"):
        assert levels["match_weight"].iloc[0] > 0 > levels["match_weight"].iloc[-1]
        assert levels["m"].sum() == pytest.approx(1)
        assert levels["u"].sum() == pytest.approx(1)


def test_the_learnt_agreement_of_true_pairs_is_near_the_true_one(febrl4):
    """Parameter recovery: the m probabilities of exact agreement against those counted on the known pairs."""
    linkage = febrl4.linkage
    keys = linkage.clusters.reset_index().set_index("record_id")["index"]
    left, right = keys[febrl4.truth["record_id_l"]].to_numpy(), keys[febrl4.truth["record_id_r"]].to_numpy()
    for field in linkage.records.fields:
        values = linkage.records.table[field.name].to_numpy(dtype=object)
        both = pd.notna(values[left]) & pd.notna(values[right])
        true_m = (values[left][both] == values[right][both]).mean()
        learnt = linkage.model.parameters.query("field == @field.column and level == 'the same'")["m"].item()
        assert learnt == pytest.approx(true_m, abs=0.03), field.column
