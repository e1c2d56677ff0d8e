"""Pairs of records beyond memory, weighed and grouped where they lie: as in this process, and little comes back."""

from dataclasses import replace
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from splink.internals.duckdb.dataframe import DuckDBDataFrame
from tests.identification.linkage.test_linkage_there import BEYOND, as_table, assert_all_same, crowded_households

from helpers.identification.linkage import LinkageSettings, link_records
from helpers.identification.linkage import engine_grouping as grouping
from helpers.identification.linkage.backend import DuckDBBackend
from helpers.identification.linkage.clusters import ScoredPairs, weight_at
from helpers.identification.linkage.engine_input import RecordsOnEngine
from helpers.identification.linkage.engine_weights import _expected_pairs, _moving, _weight
from helpers.identification.linkage.household import PairEvidence, PairShares, allow_moving, fit_shares, weigh_pairs
from helpers.identification.linkage.household import _expected_pairs as _expected_here
from helpers.identification.linkage.kept_pairs import KEPT_FROM, group_pairs, name_pairs
from helpers.identification.linkage.scoring import NO_HOUSEHOLD
from helpers.identification.linkage.store import DuckDBStore


def chain(length: int, seed: int | None = None) -> list[tuple[int, int]]:
    """Return links from record to record, of numbers in order or mixed."""
    numbers = np.arange(length) if seed is None else np.random.default_rng(seed).permutation(length)
    return [(min(pair), max(pair)) for pair in zip(numbers[:-1].tolist(), numbers[1:].tolist(), strict=True)]


def saw(teeth: int) -> list[tuple[int, int]]:
    """Return a chain in which small and large numbers take turns: every small one is the least of its neighbours."""
    low, high = range(teeth), range(teeth, 2 * teeth)
    return [*zip(low, high, strict=True), *zip(low[1:], high[:-1], strict=True)]


def scattered(seed: int) -> list[tuple[int, int]]:
    """Return links drawn among 400 records, about as many as there are records: components of every form."""
    drawn = np.sort(np.random.default_rng(seed).integers(0, 400, (380, 2)), axis=1)
    return sorted({(int(one), int(other)) for one, other in drawn if one != other})


CHAINS = {"in order": chain(300), "mixed": chain(500, seed=1), "saw": saw(200)}
STARS = {"star, first": [(0, n) for n in range(1, 99)], "star, last": [(n, 99) for n in range(99)]}
GRAPHS = {**CHAINS, **STARS, "one link": [(3, 7)], **{f"scattered {seed}": scattered(seed) for seed in range(3)}}


def sent(store: Any, pairs: list[tuple[int, int]], **more: Any) -> ir.Table:
    left, right = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return store.send(pa.table({"left": left, "right": right, **more}))


def assert_connected(store: Any, links: list[tuple[int, int]]) -> int:
    """Compare the components found by an engine with SciPy's; return how many rounds it took."""
    labels, rounds = grouping.connect_records(sent(store, links), store)
    found = labels.order_by("number").to_pyarrow()
    ends = np.array(links).T
    n = int(ends.max()) + 1
    component = connected_components(coo_matrix((np.ones(len(links)), ends), shape=(n, n)), directed=False)[1]
    smallest = pd.Series(np.arange(n)).groupby(component).transform("min")
    assert found["number"].to_pylist() == sorted(set(ends.ravel().tolist()))
    assert found["component"].to_pylist() == smallest[found["number"].to_numpy()].tolist()
    assert rounds <= 2 * np.log2(np.bincount(component).max())
    return rounds


@pytest.mark.parametrize("links", GRAPHS.values(), ids=GRAPHS.keys())
def test_a_component_is_found_whatever_its_form_in_few_rounds(links):
    assert_connected(DuckDBStore(DuckDBBackend()), links)


def test_a_chain_of_mixed_numbers_takes_several_rounds():
    assert assert_connected(DuckDBStore(DuckDBBackend()), CHAINS["mixed"]) >= 4


def weighed_by(store: Any, pairs: list[tuple[int, int, float]]) -> ir.Table:
    weights = np.array([weight for *_, weight in pairs], dtype=float)
    return sent(store, [(one, other) for one, other, _ in pairs], weight=weights)


def assert_grouped(
    store: Any, pairs: list[tuple[int, int, float]], sources: list[str], **asked: Any
) -> tuple[int, int]:
    """Group weighed pairs in both ways; return the number of customers and of links not followed."""
    settings = LinkageSettings(**asked)
    names = [f"{number:05d}" for number in range(len(sources))]
    records = store.send(pa.table({"number": np.arange(len(sources)), "source": sources, "record_id": names}))
    prepared = RecordsOnEngine(store, records, (), None, ())
    weighed = weighed_by(store, pairs)
    found, refused = grouping.group_there(weighed, prepared, settings)
    held = grouping.read_pairs(weighed)
    here, refused_here = group_pairs(name_pairs(held, prepared), settings.threshold, prepared, settings)
    assert found.tolist() == here.tolist()
    assert refused == refused_here
    return int(found.max()), refused


def whole(*numbers: int, weight: float = 9.0) -> list[tuple[int, int, float]]:
    """Return a link between any two records."""
    return [(one, other, weight) for one in numbers for other in numbers if one < other]


LONG = [(one, other, 6.0) for one, other in chain(40, seed=4)]
ALTERNATING = ["a", "b"] * 20


def test_a_bridge_between_two_families_is_refused_as_here():
    pairs = [*whole(0, 2, 4), *whole(1, 3, 5), (4, 5, 1.0), *whole(7, 8)]
    assert assert_grouped(DuckDBStore(DuckDBBackend()), pairs, ["a"] * 10) == (5, 1)


def test_a_bridge_that_other_pairs_bear_out_is_followed_as_here():
    pairs = [*whole(0, 2), *whole(1, 3), (2, 3, 1.0), (0, 1, -0.5), (0, 3, -0.1), (1, 2, 0.2)]
    assert assert_grouped(DuckDBStore(DuckDBBackend()), pairs, ["a"] * 4) == (1, 0)


@pytest.mark.parametrize("duplicates", [True, False])
def test_two_records_of_one_source_may_not_meet_where_none_has_duplicates(duplicates):
    pairs = [*whole(0, 1, 2), (3, 4, 5.0), (6, 7, 5.0), (7, 8, 4.0), (6, 8, 6.0)]
    sources = ["a", "b", "c", "a", "a", "b", "a", "b", "a"]
    expected = (4, 0) if duplicates else (6, 3)
    store = DuckDBStore(DuckDBBackend())
    assert assert_grouped(store, pairs, sources, duplicates_within_sources=duplicates) == expected


@pytest.mark.parametrize("duplicates", [True, False])
def test_a_long_chain_is_weighed_as_here(duplicates):
    assert assert_grouped(DuckDBStore(DuckDBBackend()), LONG, ALTERNATING, duplicates_within_sources=duplicates)[1]


def test_nobody_is_linked_as_here():
    store = DuckDBStore(DuckDBBackend())
    assert assert_grouped(store, [(0, 1, -2.0), (1, 2, -1.0)], ["a"] * 4) == (4, 0)
    assert assert_grouped(store, [], ["a"] * 4) == (4, 0)


@pytest.mark.parametrize("seed", range(6))
def test_pairs_of_any_weight_are_grouped_as_here(seed):
    rng = np.random.default_rng(seed)
    pairs = [(one, other, float(rng.integers(-6, 8))) for one, other in scattered(seed)]
    sources = rng.choice(list("abcd"), 400).tolist()
    assert assert_grouped(DuckDBStore(DuckDBBackend()), pairs, sources, duplicates_within_sources=bool(seed % 2))[1]


def test_weights_shares_and_expected_pairs_are_those_of_this_process():
    """To the last bit as rounded, also where evidence is beyond all measure or no field could show a household."""
    rng = np.random.default_rng(5)
    total = np.round(np.concatenate([rng.normal(-5, 15, 4000), [-400.0, 0.0, 300.0, 10.0]]), 9)
    shared = np.round(np.concatenate([rng.normal(0, 10, 4000), [-90.0, 0.0, 60.0, NO_HOUSEHOLD]]), 9)
    home = np.concatenate([rng.normal(0, 12, 4000), [-70.0, 0.0, 60.0, 1.0]])
    shares = PairShares(2.41775e-06, 2.22242e-14)
    store = DuckDBStore(DuckDBBackend())
    table = store.send(pa.table({"total": total, "shared": shared, "home": home}))
    found = table.select(weight=_weight(table, shares).round(6), moving=_moving(table["home"]).round(9)).to_pyarrow()
    evidence = PairEvidence(total, shared)
    np.testing.assert_array_equal(found["weight"].to_numpy(), np.round(weigh_pairs(evidence, shares), 6))
    np.testing.assert_array_equal(found["moving"].to_numpy(), np.round(allow_moving(home), 9))
    assert _expected_pairs(table, shares) == pytest.approx(_expected_here(evidence, shares), rel=1e-12)
    assert fit_shares(evidence, 10**6, start=1e-3).same_customer > 1e-4


def test_a_weight_is_kept_where_its_probability_is():
    """Weights have six digits after the point, and none of them lies between the two ways of asking."""
    around = np.round(weight_at(KEPT_FROM) + np.arange(-3, 4) * 1e-6, 6)
    assert ((around >= weight_at(KEPT_FROM)) == (1 / (1 + np.exp2(-around)) >= KEPT_FROM)).all()


@pytest.mark.parametrize("asked", [{"cost_false_merge": 0.05}, {"duplicates_within_sources": False}])
def test_families_with_other_costs_or_sources_apart_are_linked_as_here(asked):
    frame, settings = crowded_households(), replace(BEYOND, **asked)
    here, there = link_records(frame, settings), link_records(as_table(frame), settings)
    assert_all_same(here, there)
    pd.testing.assert_frame_equal(there.clusters_at(0.9), here.clusters_at(0.9))
    refused = [note.named["links"] for note in there.notes if note.what == "links_not_followed"]
    assert refused == ([2] if "cost_false_merge" in asked else [])


def strangers() -> pd.DataFrame:
    """Sixty records of which two and two have a birthday in common and nothing else."""
    rng = np.random.default_rng(0)
    names = ["".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz"), 9)) for _ in range(60)]
    born = [f"19{50 + n % 30}-03-{1 + n % 30:02d}" for n in range(60)]
    return pd.DataFrame({"record_id": range(60), "last_name": names, "birth_date": born, "first_name": names[::-1]})


def test_strangers_in_a_table_are_nobody_else_as_here():
    here, there = link_records(strangers(), BEYOND), link_records(as_table(strangers()), BEYOND)
    assert there.customers == 60
    assert there.candidate_pairs == here.candidate_pairs > 0
    pd.testing.assert_frame_equal(there.clusters, here.clusters)
    pd.testing.assert_frame_equal(there.pairs, here.pairs, check_exact=True)
    assert there.model.shares == here.model.shares
    assert there.notes == here.notes


def test_pairs_between_components_and_of_whole_ones_stay_where_they_are():
    """Two chains of three that no link leads between, but a weak pair; and three records that are linked throughout."""
    store = DuckDBStore(DuckDBBackend())
    chains = [(0, 1, 3.0), (1, 2, 3.0), (0, 2, -1.0), (3, 4, 3.0), (4, 5, 3.0)]
    weighed = weighed_by(store, [*chains, (2, 3, -1.0), *whole(6, 7, 8), (5, 6, -2.0)])
    links = grouping.links_of(weighed, 0.5)
    labels, _ = grouping.connect_records(links, store)
    inside = grouping._pairs_inside(weighed, grouping._open_records(labels, links, None), store)
    assert [*zip(inside.left.tolist(), inside.right.tolist(), inside.weights.tolist(), strict=True)] == sorted(chains)


def test_only_pairs_of_open_components_and_the_result_come_back(monkeypatch):
    """Of every query that returns rows: by columns, how many."""
    back: dict[tuple[str, ...], int] = {}

    def watch(kind: Any, name: str) -> None:
        read = getattr(kind, name)

        def watched(self: Any, *given: Any, **named: Any) -> Any:
            found = read(self, *given, **named)
            names = tuple(found.column_names)
            back[names] = back.get(names, 0) + found.num_rows
            return found

        monkeypatch.setattr(kind, name, watched)

    watch(ir.Table, "to_pyarrow")
    watch(DuckDBDataFrame, "as_pyarrow_table")
    inside: list[ScoredPairs] = []
    find = grouping._pairs_inside

    def found_inside(*given: Any) -> ScoredPairs:
        inside.append(find(*given))
        return inside[0]

    monkeypatch.setattr(grouping, "_pairs_inside", found_inside)
    there = link_records(as_table(crowded_households()), replace(BEYOND, cost_false_merge=0.05))
    pairs, records = there.pairs, there.clusters
    links = pairs[pairs["match_probability"] >= there.threshold]
    n = len(records)
    graph = coo_matrix((np.ones(len(links)), (links["left"], links["right"])), shape=(n, n))
    component = connected_components(graph, directed=False)[1]
    size = np.bincount(component)
    open_ = np.bincount(component[links["left"]], minlength=len(size)) < size * (size - 1) // 2
    of_open = open_[component[pairs["left"]]] & (component[pairs["left"]] == component[pairs["right"]])
    assert 0 < of_open.sum() < 10
    assert len(inside[0].left) == of_open.sum()
    assert back.pop(("left", "right", "weight")) == len(pairs) + of_open.sum()
    assert back.pop(("number", "component")) == (size[component] > 1).sum()
    assert back.pop(("number", "source", "record_id")) == n
    (learnt,) = [back.pop(names) for names in list(back) if "unique_id" in names]
    assert learnt == there.records.linkable.sum()
    assert not {"unique_id_l", "match_weight", "shared", "total"} & {name for names in back for name in names}
    others = {names: rows for names, rows in back.items() if "n" not in names}  # counts by combination of fields
    assert others.pop(("number",)) == n - learnt  # who is set aside
    assert max(others.values()) <= 10  # examples
