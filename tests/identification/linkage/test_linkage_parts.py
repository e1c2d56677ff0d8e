"""The parts of a linkage by themselves: blocking, shares of pairs, grouping, costs, scores."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.core.errors import InputError
from helpers.identification.linkage import score_clusters
from helpers.identification.linkage.blocking import plan_blocking, share_missed
from helpers.identification.linkage.clusters import ScoredPairs, expected_costs, group_records, weight_at
from helpers.identification.linkage.household import (
    MOVED_SHARE,
    PairEvidence,
    PairShares,
    allow_moving,
    fit_shares,
    weigh_pairs,
)
from helpers.identification.linkage.input import ComparedField
from helpers.identification.linkage.recall import chao_missed
from helpers.identification.linkage.score import score_from_counts, share_of_pairs
from helpers.narrative.linkage_notes import text_of_note


def _pairs(*rows: tuple[int, int, float]) -> ScoredPairs:
    left, right, weights = (list(column) for column in zip(*rows, strict=True))
    return ScoredPairs(np.array(left), np.array(right), np.array(weights, dtype=float))


def test_blocking_keeps_within_its_budget_and_joins_coarse_fields():
    rng = np.random.default_rng(5)
    n = 20_000
    kinds = {"fine": 9000, "one": 40, "two": 40, "three": 40}
    values = pd.DataFrame({name: rng.integers(0, kinds[name], n).astype(str) for name in kinds})
    fields = [ComparedField(name, "text", name) for name in values.columns]
    plan = plan_blocking(values, fields, pairs_per_record=15)
    assert sum(rule.pairs for rule in plan.rules) <= 15 * n
    assert ("fine",) in [rule.fields for rule in plan.rules]
    assert any(len(rule.fields) == 2 for rule in plan.rules)
    for rule in plan.rules:
        sizes = values.groupby(list(rule.fields)).size()
        assert rule.pairs == (sizes * (sizes - 1) // 2).sum()


def test_a_value_of_too_many_records_does_not_block_alone():
    n = 2000
    phone = [f"{number:09d}" for number in range(n // 2)] * 2
    phone[:300] = ["999111222"] * 300
    fields = [ComparedField("phone", "phone", "field_0")]
    plan = plan_blocking(pd.DataFrame({"field_0": phone}), fields, 30)
    assert len(plan.crowded["field_0"]) == 1
    assert plan.rules[0].pairs == n // 2 - 300
    assert "1 values of 'phone' stand in more than 250 records" in text_of_note(plan.notes[0])


@given(st.lists(st.floats(0.05, 0.95), min_size=2, max_size=5))
def test_the_share_missed_falls_with_every_rule_added(agreement):
    rates = np.array(agreement)
    rules = [[place] for place in range(len(rates))]
    missed = [share_missed(rates, rules[:count]) for count in range(1, len(rules) + 1)]
    assert missed == sorted(missed, reverse=True)
    assert missed[-1] == pytest.approx(np.prod(1 - rates))


def test_chao_1987_example_of_cottontail_rabbits():
    """Chao (1987), the lower bound N = D + f1^2 / (2 f2), in its bias-corrected form, on the counts of Edwards and
    Eberhardt (1967): 43 rabbits caught once, 16 twice, 76 in all; 135 were in the pen.
    """
    share = chao_missed(met_once=43, met_twice=16, met=76)
    assert 76 / (1 - share) == pytest.approx(76 + 43 * 42 / (2 * 17))
    assert 76 / (1 - share) == pytest.approx(129.1, abs=0.1)


def test_shares_of_the_three_kinds_of_pair_are_recovered():
    """Pairs drawn from a known mixture of customers, households and strangers."""
    rng = np.random.default_rng(2)
    kind = rng.choice(3, size=200_000, p=[0.02, 0.03, 0.95])
    shared_agree = rng.random((len(kind), 3)) < np.where(kind < 2, 0.9, 0.01)[:, None]
    own_agree = rng.random((len(kind), 3)) < np.where(kind == 0, 0.9, 0.02)[:, None]
    weight = np.where(shared_agree, np.log2(0.9 / 0.01), np.log2(0.1 / 0.99)).sum(axis=1)
    own = np.where(own_agree, np.log2(0.9 / 0.02), np.log2(0.1 / 0.98)).sum(axis=1)
    evidence = PairEvidence(total=weight + own, shared=weight)
    shares = fit_shares(evidence, len(kind), start=0.001)
    assert shares.same_customer == pytest.approx((kind == 0).mean(), rel=0.05)
    assert shares.same_household == pytest.approx((kind == 1).mean(), rel=0.05)
    chance = 1 / (1 + np.exp2(-weigh_pairs(evidence, shares)))
    assert chance[kind == 0].mean() > 0.9
    assert chance[kind == 1].mean() < 0.05


def test_without_households_the_weight_is_that_of_two_classes():
    evidence = PairEvidence(total=np.array([12.0, -3.0]), shared=np.array([8.0, -2.0]))
    weights = weigh_pairs(evidence, PairShares(same_customer=0.01, same_household=1e-12))
    np.testing.assert_allclose(weights, evidence.total + np.log2(0.01 / 0.99), atol=1e-6)


def test_moving_house_never_counts_for_more_than_its_rarity():
    """Of two classes, those who stayed and those who moved, the weight is log2 of the mixture of their odds."""
    home = np.linspace(-60, 40, 21)
    odds = (1 - MOVED_SHARE) * np.exp2(home) + MOVED_SHARE
    np.testing.assert_allclose(home + allow_moving(home), np.log2(odds), atol=1e-9)
    assert (home + allow_moving(home)).min() == pytest.approx(np.log2(MOVED_SHARE), abs=1e-6)
    assert abs(allow_moving(home)[home > 10]).max() < 0.05


def test_one_wrong_pair_does_not_join_two_right_groups():
    pairs = _pairs((0, 1, 9), (1, 2, 9), (0, 2, 9), (3, 4, 9), (4, 5, 9), (3, 5, 9), (2, 3, 2))
    groups, refused = group_records(pairs, 6, threshold=0.5, unscored=0.01)
    assert groups.tolist() == [0, 0, 0, 1, 1, 1]
    assert refused == 1


def test_a_chain_of_strong_pairs_is_one_customer():
    groups, refused = group_records(_pairs((0, 1, 15), (1, 2, 15)), 3, threshold=0.5, unscored=0.01)
    assert groups.tolist() == [0, 0, 0]
    assert refused == 0


def test_best_pairs_come_first_where_sources_hold_nobody_twice():
    pairs = _pairs((0, 2, 5), (1, 2, 9))
    apart, refused = group_records(pairs, 3, threshold=0.5, unscored=0.01, sources=np.array([0, 0, 1]))
    assert apart.tolist() == [0, 1, 1]
    assert refused == 1


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_grouping_does_not_depend_on_the_order_of_pairs(data):
    n = data.draw(st.integers(2, 9))
    every = [(i, j) for i in range(n) for j in range(i + 1, n)]
    kept = data.draw(st.lists(st.sampled_from(every), min_size=1, unique=True))
    weights = data.draw(st.lists(st.integers(-6, 15), min_size=len(kept), max_size=len(kept)))
    rows = [(i, j, float(w)) for (i, j), w in zip(kept, weights, strict=True)]
    shuffled = data.draw(st.permutations(rows))
    first, refused = group_records(_pairs(*rows), n, threshold=0.5, unscored=0.01)
    again, refused_again = group_records(_pairs(*shuffled), n, threshold=0.5, unscored=0.01)
    assert first.tolist() == again.tolist()
    assert refused == refused_again
    linked = {(i, j) for i, j, w in rows if w >= 0}
    if not linked:
        assert len(set(first.tolist())) == n


def test_the_threshold_by_cost_is_where_expected_cost_is_least():
    rng = np.random.default_rng(8)
    probabilities = rng.beta(0.3, 0.3, 5000)
    table = expected_costs(probabilities, np.linspace(0.02, 0.98, 97), cost_false_merge=3, cost_false_split=1)
    assert table.loc[table["cost"].idxmin(), "threshold"] == pytest.approx(3 / 4, abs=0.011)
    assert (table["precision"].diff().dropna() >= 0).all()
    assert (table["recall"].diff().dropna() <= 0).all()


def test_weights_and_probabilities_are_two_sides_of_one_thing():
    assert weight_at(0.9) == pytest.approx(np.log2(9))
    assert weight_at(1.0) == float("inf")


def test_wilson_interval_as_printed():
    """Newcombe (1998), Statistics in Medicine 17, Table I, method 3: 81 of 263, and 0 of 20."""
    share = share_of_pairs(81, 263)
    assert (round(share.low, 4), round(share.high, 4)) == (0.2553, 0.3662)
    none = share_of_pairs(0, 20)
    assert (round(none.low, 4), round(none.high, 4)) == (0.0, 0.1611)


def test_f1_and_f_star_are_one_measure():
    """Hand, Christen and Kirielle (2021): F* = F / (2 - F)."""
    score = score_from_counts(true_pairs=120, linked_pairs=100, correct_pairs=90)
    f1 = score.f1.value
    assert f1 == pytest.approx(2 * 0.9 * 0.75 / (0.9 + 0.75))
    assert f1 / (2 - f1) == pytest.approx(90 / 130)
    assert score.f1.low < f1 < score.f1.high


def test_no_link_has_no_precision_but_a_recall_of_nought():
    score = score_from_counts(true_pairs=5, linked_pairs=0, correct_pairs=0)
    assert np.isnan(score.precision.value)
    assert score.recall.value == 0


CLUSTERS = pd.DataFrame(
    {"source": ["a", "a", "b", "b"], "record_id": ["1", "2", "1", "3"], "customer_id": [1, 2, 1, 1]}
)


def test_pairs_and_entities_score_alike():
    entities = CLUSTERS[["source", "record_id"]].assign(true_customer_id=["x", "y", "x", "y"])
    pairs = pd.DataFrame(
        {"source_l": ["a", "a"], "record_id_l": ["1", "2"], "source_r": ["b", "b"], "record_id_r": ["1", "3"]}
    )
    assert score_clusters(CLUSTERS, entities) == score_clusters(CLUSTERS, pairs)
    assert score_clusters(CLUSTERS, pairs).correct_pairs == 1


def test_a_truth_that_does_not_fit_is_refused():
    with pytest.raises(InputError, match="repeat across sources"):
        score_clusters(CLUSTERS, pd.DataFrame({"record_id_l": ["1"], "record_id_r": ["3"]}))
    strange = pd.DataFrame({"source": ["a"], "record_id": ["9"], "true_customer_id": [1]})
    with pytest.raises(InputError, match="1 records are not in the linkage: 'a 9'"):
        score_clusters(CLUSTERS, strange)
    with pytest.raises(InputError, match="no column 'record_id_l'"):
        score_clusters(CLUSTERS, pd.DataFrame({"left": ["1"]}))
