"""Recency, frequency, money: the tie rule, the map of segments, and both on real data."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.core.errors import InputError
from helpers.differentiation import (
    SEGMENTS,
    RfmScorer,
    assign_segments,
    profile_groups,
    spread_scores,
)
from helpers.differentiation.rfm import SCORES

VALUES = st.lists(st.integers(0, 12), min_size=1, max_size=80)


def customers(values: list[int]) -> pd.DataFrame:
    """Customers whose three measures rise together: the larger the value, the better."""
    array = np.array(values)
    return pd.DataFrame({"days_since_last": 100 - array, "orders": array, "revenue": array * 1.5})


def every_cell(groups: int = 5) -> pd.DataFrame:
    """Every combination of scores with its segment."""
    cells = pd.DataFrame(list(product(range(1, groups + 1), repeat=3)), columns=list(SCORES))
    return cells.assign(segment=assign_segments(cells, groups=groups))


def scored(values: list[int], groups: int = 5) -> np.ndarray:
    summary = customers(values)
    return RfmScorer(groups).fit(summary).transform(summary).to_numpy()


class TestScores:
    def test_quintiles_without_ties(self) -> None:
        assert scored(list(range(10)))[:, 1].tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]

    def test_ties_share_the_score_of_their_middle_rank(self) -> None:
        # Six of ten customers are equal: their middle lies at 0.3 + 0.6 / 2 = 0.6, in the fourth fifth.
        assert scored([0, 1, 2, 5, 5, 5, 5, 5, 5, 9])[:, 1].tolist() == [1, 1, 2, 4, 4, 4, 4, 4, 4, 5]
        assert set(scored([7] * 4)[:, 1]) == {3}

    @given(VALUES, st.integers(2, 10))
    def test_equal_gets_equal_and_better_never_less(self, values: list[int], groups: int) -> None:
        found = scored(values, groups)
        order = np.argsort(values, kind="stable")
        ranked, scores = np.array(values)[order], found[order]
        assert (np.diff(scores, axis=0) >= 0).all()
        assert (np.diff(scores, axis=0)[np.diff(ranked) == 0] == 0).all()
        assert (found >= 1).all()
        assert (found <= groups).all()
        assert (found == found[:, :1]).all()  # recency has its sign turned: all three measures agree

    @given(VALUES, st.randoms(use_true_random=False))
    def test_order_of_the_rows_does_not_matter(self, values: list[int], random: object) -> None:
        summary = customers(values)
        mixed = summary.sample(frac=1, random_state=random.randint(0, 999))
        whole = RfmScorer().fit(mixed).transform(mixed).sort_index()
        pd.testing.assert_frame_equal(whole, RfmScorer().fit(summary).transform(summary))

    def test_others_are_scored_on_the_learnt_scale(self) -> None:
        scorer = RfmScorer().fit(customers(list(range(10))))
        assert scorer.transform(customers([-5, 99]))["money_score"].tolist() == [1, 5]

    def test_about_equal_parts_on_the_complete_journey(self, journey_summary: pd.DataFrame) -> None:
        scores = RfmScorer().fit(journey_summary).transform(journey_summary)
        sizes = scores["money_score"].value_counts()
        assert sizes.sum() == 2469
        assert sizes.between(493, 494).all()
        # Days since the last purchase are whole and small, hence tied: a fifth of the customers each, but roughly.
        assert scores["recency_score"].value_counts().between(400, 620).all()

    @pytest.mark.parametrize("groups", [1, 11, 2.5])
    def test_groups_out_of_range(self, groups: int) -> None:
        with pytest.raises(InputError, match=f"{groups} groups"):
            RfmScorer(groups).fit(customers([1, 2]))

    def test_missing_values_and_nobody(self) -> None:
        summary = customers([1, 2]).assign(revenue=[1.0, np.nan])
        with pytest.raises(InputError, match="revenue: no value at rows 1"):
            RfmScorer().fit(summary)
        with pytest.raises(InputError, match="no customer to score"):
            RfmScorer().fit(summary.head(0))


class TestSegments:
    @pytest.mark.parametrize("groups", range(2, 11))
    def test_every_cell_has_exactly_one_segment(self, groups: int) -> None:
        cells = every_cell(groups)
        assert len(cells) == groups**3
        assert not cells[list(SCORES)].duplicated().any()
        assert cells["segment"].notna().all()

    def test_every_segment_occurs(self) -> None:
        assert set(every_cell(5)["segment"]) == set(SEGMENTS) - {"new"}

    @pytest.mark.parametrize(
        ("scores", "segment"),
        [
            ((5, 5, 5), "champions"),
            ((4, 4, 4), "champions"),
            ((4, 3, 3), "loyal"),
            ((3, 5, 5), "loyal"),
            ((5, 1, 2), "promising"),
            ((3, 3, 3), "needs attention"),
            ((3, 2, 3), "needs attention"),
            ((3, 4, 3), "needs attention"),
            ((3, 4, 4), "loyal"),
            ((3, 2, 2), "occasional"),
            ((2, 5, 5), "at risk"),
            ((1, 5, 1), "hibernating"),
            ((1, 1, 1), "drifting away"),
        ],
    )
    def test_the_map_of_five_groups(self, scores: tuple[int, int, int], segment: str) -> None:
        row = pd.DataFrame([scores], columns=list(SCORES))
        assert assign_segments(row, groups=5).tolist() == [segment]

    @given(st.lists(st.tuples(*[st.integers(1, 5)] * 3), min_size=1), st.integers(0, 2))
    def test_better_scores_never_worsen_the_value_of_a_segment(
        self, cells: list[tuple[int, int, int]], place: int
    ) -> None:
        """Raising one score moves a customer up or sideways in its own row or column of the map."""
        rank = {"drifting away": 0, "hibernating": 1, "at risk": 2, "occasional": 1, "needs attention": 2}
        rank |= {"promising": 2, "loyal": 3, "champions": 4}
        before = pd.DataFrame(cells, columns=list(SCORES))
        after = before.copy()
        after.iloc[:, place] = np.minimum(after.iloc[:, place] + 1, 5)
        low, high = (assign_segments(scores, groups=5).map(rank).astype(int) for scores in (before, after))
        assert (high >= low).all()

    def test_new_comes_first(self) -> None:
        scores = pd.DataFrame([(5, 5, 5), (1, 1, 1)], columns=list(SCORES), index=["a", "b"])
        tenure = pd.Series({"b": 91, "a": 90})  # in another order: matched by customer, not by place
        assert assign_segments(scores, tenure, groups=5).tolist() == ["new", "drifting away"]
        assert assign_segments(scores, tenure, groups=5, new_within_days=91).tolist() == ["new", "new"]

    def test_scores_of_another_scale_are_refused(self) -> None:
        scores = pd.DataFrame([(5, 5, 5), (3, 6, 1)], columns=list(SCORES), index=["a", "b"])
        with pytest.raises(InputError, match=r"scores at rows 'b'(.|\n)*1\.\.5"):
            assign_segments(scores, groups=5)

    def test_scores_start_at_one(self) -> None:
        scores = pd.DataFrame([(0, 3, 3), (1, 1, 1)], columns=list(SCORES), index=["a", "b"])
        with pytest.raises(InputError, match="scores at rows 'a'"):
            assign_segments(scores, groups=5)

    def test_there_are_five_groups_unless_asked_otherwise(self) -> None:
        cells = every_cell()
        assert len(cells) == 125
        pd.testing.assert_series_equal(assign_segments(cells[list(SCORES)]), cells["segment"])
        with pytest.raises(InputError, match=r"1\.\.5"):
            assign_segments(pd.DataFrame([(6, 6, 6)], columns=list(SCORES)))

    def test_segments_are_ordered_best_first(self) -> None:
        segments = assign_segments(pd.DataFrame([(1, 1, 1), (5, 5, 5)], columns=list(SCORES)), groups=5)
        assert segments.cat.ordered
        assert segments.cat.categories.tolist() == list(SEGMENTS)
        assert segments.min() == "champions"

    def test_complete_journey(self, journey_summary: pd.DataFrame) -> None:
        scores = RfmScorer().fit(journey_summary).transform(journey_summary)
        segments = assign_segments(scores, journey_summary["tenure_days"], groups=5)
        profile = profile_groups(journey_summary, segments)
        assert profile["customers"].sum() == 2469
        assert profile["revenue_share"].sum() == pytest.approx(1.0)
        assert profile.loc["new", "customers"] == (journey_summary["tenure_days"] <= 90).sum() == 22
        assert profile.loc["champions", ["customers", "revenue_share"]].round(4).tolist() == [596, 0.5179]


def test_spread_covers_every_cell() -> None:
    summary = customers([1, 1, 9])
    scores = pd.DataFrame({"recency_score": [1, 1, 2], "frequency_score": [2, 2, 2]})
    grid = spread_scores(summary, scores, groups=2)
    assert grid["customers"].tolist() == [0, 2, 0, 1]
    assert grid.loc[(1, 2), "revenue_per_customer"] == 1.5
    assert grid["revenue_per_customer"].isna().tolist() == [True, False, True, False]
