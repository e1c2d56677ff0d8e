"""Clusters of behaviour: found where there are some, none said of one cloud, and new customers assigned."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from helpers.core.errors import InputError
from helpers.differentiation.cluster_choice import choose_clusters, cluster_agreement
from helpers.differentiation.cluster_profiles import contact_rule, score_segments, set_apart, yearly_contribution
from helpers.differentiation.clusters import BehaviouralClusters
from helpers.narrative.clusters import describe_clusters

CENTRES = np.array([[0, 0, 0, 0], [6, 0, 6, 0], [0, 6, 6, 0], [6, 6, 0, 6]])


def blobs(rows: int = 240, clusters: int = 4, seed: int = 1) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    of = np.arange(rows) % clusters
    values = CENTRES[of] + rng.normal(size=(rows, 4))
    return pd.DataFrame(values, columns=["what: a", "what: b", "how: c", "how: d"]), of


def cloud(kind: str, seed: int = 1, rows: int = 240) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    drawn = {
        "normal": lambda: rng.normal(size=(rows, 4)) * [3, 1, 1, 1],
        "correlated": lambda: rng.normal(size=(rows, 1)) + 0.5 * rng.normal(size=(rows, 4)),
        "square": lambda: rng.uniform(size=(rows, 2)),
        "box": lambda: rng.uniform(size=(rows, 5)),
        "exponential": lambda: rng.exponential(size=(rows, 4)),
        "lognormal": lambda: np.exp(rng.normal(size=(rows, 1)) + 0.5 * rng.normal(size=(rows, 3))),
        "counts": lambda: rng.poisson(1.5, size=(rows, 3)).astype(float),
    }[kind]()
    return pd.DataFrame(drawn).rename(columns="f{}".format)


def test_as_many_clusters_are_found_as_there_are():
    table, of = blobs()
    found = choose_clusters(table, np.random.default_rng(1), at_most=6)
    assert (found.clusters, found.verdict.status) == (4, "clusters")
    model = BehaviouralClusters(n_clusters=4).fit(table)
    assert adjusted_rand_score(of, model.labels_) > 0.95
    assert cluster_agreement(model, table, np.random.default_rng(1), draws=5).min() > 0.9


@pytest.mark.parametrize("kind", ["normal", "correlated", "square", "box", "exponential", "lognormal", "counts"])
def test_customers_of_one_cloud_have_no_clusters(kind):
    found = choose_clusters(cloud(kind), np.random.default_rng(1), at_most=5, pairs=4)
    assert found.clusters == 0
    assert found.verdict.status in ("cuts", "none")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["normal", "correlated", "square", "box", "exponential", "lognormal", "counts"])
def test_clusters_of_one_cloud_stay_rare_over_seeds(kind):
    found = [choose_clusters(cloud(kind, seed), np.random.default_rng(seed), pairs=4).clusters for seed in range(10)]
    assert sum(number > 0 for number in found) <= 1


@pytest.mark.parametrize("apart", ["one feature", "two features", "all features"])
def test_two_clusters_are_found_whatever_they_differ_in(apart):
    rng = np.random.default_rng(2)
    gap = {"one feature": [6, 0, 0], "two features": [5, -5, 0], "all features": [4, 4, 4]}[apart]
    values = np.outer(np.arange(160) % 2, gap) + rng.normal(size=(160, 3))
    found = choose_clusters(pd.DataFrame(values).rename(columns="f{}".format), rng, at_most=4, pairs=4)
    assert found.clusters == 2


def test_a_cloud_that_is_cut_stably_is_cut_and_not_clustered():
    long = cloud("normal").assign(f0=lambda frame: 20 * frame["f0"]).add_prefix("how: ")
    one_way = pd.DataFrame({"how: a": long["how: f0"], "how: b": 0.9 * long["how: f0"] + long["how: f1"]})
    found = choose_clusters(one_way, np.random.default_rng(1), at_most=4)
    assert (found.clusters, found.verdict.status) == (0, "cuts")


def test_the_same_seed_gives_the_same_choice():
    one, other = (choose_clusters(blobs()[0], np.random.default_rng(3), at_most=3, pairs=3) for _ in range(2))
    pd.testing.assert_frame_equal(one.table, other.table)


def test_no_aspect_outweighs_another_by_the_number_of_its_features():
    table, of = blobs(clusters=2)
    noise = np.random.default_rng(5).normal(size=len(table))
    many = table[["how: c"]].assign(**{f"what: copy {number}": noise for number in range(10)})
    assert adjusted_rand_score(of, BehaviouralClusters(n_clusters=2).fit(many).labels_) > 0.9


def test_a_constant_feature_counts_for_nothing_even_of_new_customers():
    table, _ = blobs()
    model = BehaviouralClusters().fit(table.assign(**{"when: never": 7.0}))
    new = table.head(20)
    a, b = (model.predict(new.assign(**{"when: never": value})) for value in (7.0, 1e9))
    assert (a == b).all()


def test_new_customers_are_assigned_to_the_nearest_centre():
    table, _ = blobs()
    model = BehaviouralClusters().fit(table)
    new, of_new = blobs(rows=80, seed=9)
    assert adjusted_rand_score(of_new, model.predict(new)) > 0.95
    assert (model.predict(table) == model.labels_).all()
    near = model.nearness(table)
    assert ((near >= 0) & (near <= 1)).all()
    assert (BehaviouralClusters(n_clusters=1).fit(table).nearness(table) == 1).all()


def test_clusters_are_numbered_by_size():
    table, of = blobs()
    small = table[(of == 0) | (np.arange(len(table)) % 3 == 0)]
    model = BehaviouralClusters().fit(small)
    assert np.all(np.diff(np.bincount(model.labels_)) <= 0)
    assert model.summary()["customers"].tolist() == np.bincount(model.labels_).tolist()


def test_fewer_customers_than_clusters_are_refused():
    with pytest.raises(InputError, match=r"3 customers, 3 of them different, are too few for 4 clusters"):
        BehaviouralClusters().fit(blobs()[0].head(3))


def test_customers_who_are_all_alike_are_refused():
    alike = pd.DataFrame({"how: a": [1.0] * 80, "what: b": [0.3] * 80})
    with pytest.raises(InputError, match="80 customers, 1 of them different"):
        BehaviouralClusters(n_clusters=2).fit(alike)
    with pytest.raises(InputError, match="all customers bought alike"):
        choose_clusters(alike, np.random.default_rng(1))


def test_customers_of_two_kinds_all_tied_are_two_clusters_at_most():
    tied = pd.DataFrame({"how: a": [1.0, 2.0] * 40, "what: b": [0.3, 0.9] * 40})
    found = choose_clusters(tied, np.random.default_rng(1))
    assert found.table["clusters"].tolist() == [2]
    assert found.clusters in (0, 2)


@pytest.mark.parametrize("rows", [1, 2, 49])
def test_too_few_customers_cannot_show_clusters(rows):
    with pytest.raises(InputError, match=f"{rows} customers? cannot show clusters"):
        choose_clusters(blobs()[0].head(rows), np.random.default_rng(1))


def test_all_faults_of_a_table_are_said_at_once():
    table = blobs()[0].assign(name="x", gap=np.nan)
    with pytest.raises(InputError) as raised:
        BehaviouralClusters(n_clusters=0).fit(table)
    assert len(raised.value.faults) == 3
    with pytest.raises(InputError, match="no customer, or no feature"):
        BehaviouralClusters().fit(table[[]])


def test_what_sets_clusters_apart_is_said_in_words():
    table = pd.DataFrame({"how: orders per year": [1.0, 1.5, 30.0, 40.0], "what: paint": [0.2, 0.21, 0.2, 0.21]})
    words = describe_clusters(set_apart(table, pd.Series([2, 2, 1, 1])))
    assert words.to_dict() == {1: "many orders a year", 2: "few orders a year"}


def test_clusters_described_alike_get_further_words():
    features = [f"what: g{number}" for number in range(4)]
    signs = {1: [3, 2, 1.5, 1.0], 2: [3, 2, 1.5, -1.0]}
    rows = [(one, name, "what", sign) for one, own in signs.items() for name, sign in zip(features, own, strict=True)]
    words = describe_clusters(pd.DataFrame(rows, columns=["cluster", "feature", "aspect", "difference"]))
    assert words.is_unique
    assert "a small share of g3" in words[2]


def test_one_cluster_of_all_differs_from_nobody():
    found = set_apart(pd.DataFrame({"what: paint": [0.2, 0.3]}), pd.Series([1, 1]))
    assert found["difference"].tolist() == [0.0]


def test_clusters_are_scored_against_the_truth():
    clusters = pd.Series([1, 1, 2, 2], index=["a", "b", "c", "d"])
    known = pd.DataFrame({"customer_id": ["a", "b", "c", "d", "e"], "segment": ["x", "x", "y", "y", "y"]})
    score = score_segments(clusters, known)
    assert (score.adjusted_rand_index, score.customers, score.segments) == (1.0, 4, 2)
    with pytest.raises(InputError, match="a second one, in 1 row"):
        score_segments(clusters, pd.concat([known, known.head(1)]))
    with pytest.raises(InputError, match="no customer in a cluster"):
        score_segments(clusters, known.tail(1))


def test_there_is_no_contact_rule_by_default():
    contribution = pd.Series({1: 9000.0})
    with pytest.raises(InputError) as raised:
        contact_rule(contribution, {"visit": 0.0, "call": 0.0}, 0.0)
    assert {fault.where for fault in raised.value.faults} == {"visit_cost", "call_cost", "contact_share"}
    assert contact_rule(contribution, {"visit": 100.0, "call": 5.0}, 0.05)["contact"].tolist() == ["visit"]


def test_a_contribution_without_cost_of_goods_is_none():
    summary = pd.DataFrame({"revenue": [100.0, 50.0], "tenure_days": [365, 400]})
    with pytest.raises(InputError, match="cost of goods is not known"):
        yearly_contribution(summary, pd.Series([1, 1]))
    with pytest.raises(InputError, match="cost of goods is not known"):
        yearly_contribution(summary.assign(cost=[1.0, np.nan]), pd.Series([1, 1]))
