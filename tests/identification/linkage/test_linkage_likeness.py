"""Slips counted the cheap way first, and pairs scored in blocks: the same result as counting and scoring outright."""

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from splink.internals.dialects import SplinkDialect

from helpers.core.errors import InputError
from helpers.identification.linkage import DuckDBBackend, link_records, scoring
from helpers.identification.linkage.clusters import ScoredPairs, _Groups, group_records, weight_at
from helpers.identification.linkage.fields import standardise_field
from helpers.identification.linkage.likeness import FewSlipsLevel

NEAR = st.text(alphabet="0123", max_size=8) | st.text(alphabet="ab李王é", max_size=6)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(NEAR, NEAR), min_size=1, max_size=40))
def test_counting_without_swaps_first_never_changes_who_is_within_so_many_slips(pairs):
    table = pd.DataFrame(pairs, columns=["t_l", "t_r"])
    for slips in (1, 2):
        guarded = FewSlipsLevel("t", slips).create_sql(SplinkDialect.from_string("duckdb"))
        assert "levenshtein" in guarded.replace("damerau_levenshtein", "")
        plain = f"damerau_levenshtein(t_l, t_r) <= {slips}"
        found = duckdb.from_df(table).project(f"({guarded}) AS guarded, ({plain}) AS plain").df()
        assert found["guarded"].tolist() == found["plain"].tolist()


def test_pairs_scored_in_blocks_are_the_pairs_scored_at_once(households, monkeypatch):
    asked = []
    monkeypatch.setattr(scoring, "PAIRS_AT_ONCE", 10_000)
    monkeypatch.setattr(scoring, "_read", lambda *given, read=scoring._read: asked.append(1) or read(*given))
    again = link_records(households.records, backend=DuckDBBackend(memory_gib=1))
    assert len(asked) > 3
    pd.testing.assert_frame_equal(again.pairs, households.linkage.pairs, check_exact=True)
    pd.testing.assert_frame_equal(again.clusters, households.linkage.clusters)
    pd.testing.assert_frame_equal(again.blocking.rules, households.linkage.blocking.rules)


@pytest.mark.parametrize("memory_gib", [0, -1.0, float("inf"), float("nan")])
def test_an_amount_of_memory_that_is_none_is_refused(memory_gib):
    with pytest.raises(InputError, match=r"memory_gib(.|\n)*0\.25 or more"):
        DuckDBBackend(memory_gib=memory_gib)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_components_are_grouped_as_all_records_together_would_be(data):
    n = data.draw(st.integers(2, 10))
    every = [(one, other) for one in range(n) for other in range(one + 1, n)]
    kept = data.draw(st.lists(st.sampled_from(every), min_size=1, unique=True))
    weights = data.draw(st.lists(st.integers(-6, 12), min_size=len(kept), max_size=len(kept)))
    sources = data.draw(st.none() | st.lists(st.integers(0, 3), min_size=n, max_size=n))
    frame = pd.DataFrame(kept, columns=["left", "right"])
    pairs = ScoredPairs(frame["left"].to_numpy(), frame["right"].to_numpy(), pd.Series(weights, dtype=float).to_numpy())
    apart = None if sources is None else pd.Series(sources).to_numpy()
    whole = _Groups(pairs, weight_at(0.5), weight_at(0.01), apart)
    best_first = sorted(zip(weights, kept, strict=True), key=lambda one: (-one[0], one[1]))
    linked = [pair for weight, pair in best_first if weight >= 0]
    for one, other in linked:
        whole.merge_if_it_pays(one, other)
    expected = pd.factorize(pd.Series([whole.group_of(record) for record in range(n)]))[0].tolist()
    groups, refused = group_records(pairs, n, threshold=0.5, unscored=0.01, sources=apart)
    assert groups.tolist() == expected
    assert refused == sum(expected[one] != expected[other] for one, other in linked)


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=20))
def test_plain_letters_are_standardised_as_any_letters_are(text):
    """The shorter way of texts in ASCII; a full-width letter after it makes the same text take the longer one."""
    short, long = (standardise_field(pd.Series([f"{text} {x}"]), "text").text.iloc[0] for x in ("x", "ｘ"))
    assert short == long
