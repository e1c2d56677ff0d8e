"""Concentration of revenue: reference figures, identities that must hold, and the rules at the borders."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.core.errors import InputError
from helpers.differentiation import (
    bootstrap_gini,
    classify_abc,
    count_equals_at_cuts,
    count_top,
    customers_for_share,
    gini,
    profile_groups,
    rank_customers,
    top_share,
)

CENTS = st.lists(st.integers(0, 10_000), min_size=1, max_size=60).filter(any)


def of(*values: float) -> pd.Series:
    return pd.Series(values, dtype="float64")


class TestOnTheCompleteJourney:
    def test_reference_figures(self, journey_summary: pd.DataFrame) -> None:
        revenue = journey_summary["revenue"]
        assert count_top(len(revenue), 0.20) == 494
        assert round(top_share(revenue, 0.20), 4) == 0.5457
        classes = classify_abc(revenue)
        assert classes.value_counts().reindex(["A", "B", "C"]).tolist() == [1030, 656, 783]
        profile = profile_groups(journey_summary, classes)
        assert round(profile.loc["A", "customer_share"], 4) == 0.4172
        assert profile.loc["A", "revenue_share"] < 0.80 < rank_customers(revenue)["revenue_share"].iloc[1030]

    def test_gini_interval(self, journey_summary: pd.DataFrame) -> None:
        revenue = journey_summary["revenue"]
        found = bootstrap_gini(revenue, np.random.default_rng(1), resamples=199)
        assert found.value == gini(revenue) == pytest.approx(0.52472, abs=1e-5)
        # The asymptotic standard error of the coefficient here is near 0.006.
        assert found.low == pytest.approx(0.513, abs=0.003)
        assert found.high == pytest.approx(0.538, abs=0.003)
        assert found == bootstrap_gini(revenue, np.random.default_rng(1), resamples=199)


class TestCurve:
    def test_by_hand(self) -> None:
        ranked = rank_customers(pd.Series([1.0, 8.0, 1.0], index=["x", "y", "z"]))
        assert ranked.index.tolist() == ["y", "x", "z"]
        assert ranked["rank"].tolist() == [1, 2, 3]
        assert ranked["customer_share"].tolist() == [1 / 3, 2 / 3, 1.0]
        assert ranked["revenue_share"].tolist() == [0.8, 0.9, 1.0]

    @given(CENTS)
    def test_rises_ever_more_slowly_to_one(self, cents: list[int]) -> None:
        share = rank_customers(of(*cents))["revenue_share"].to_numpy()
        steps = np.diff(share, prepend=0.0)
        assert share[-1] == 1.0
        assert (steps >= 0).all()
        assert (np.diff(steps) <= 1e-12).all()

    def test_net_returns_end_at_the_true_total(self) -> None:
        assert rank_customers(of(10, -2, 2))["revenue_share"].tolist() == [1.0, 1.2, 1.0]

    @pytest.mark.parametrize(
        ("values", "fault"),
        [((1.0, np.nan), "no revenue known at rows 1"), ((0.0, 0.0), "2 cust"), ((1.0, -3.0), "2 cust")],
    )
    def test_no_total(self, values: tuple[float, ...], fault: str) -> None:
        with pytest.raises(InputError, match=fault):
            rank_customers(of(*values))


class TestTopShare:
    @pytest.mark.parametrize(
        ("customers", "share", "count"), [(2469, 0.20, 494), (100, 0.07, 7), (10, 0.001, 1), (3, 1.0, 3), (5, 0.20, 1)]
    )
    def test_rounded_up_but_not_by_binary_fractions(self, customers: int, share: float, count: int) -> None:
        assert count_top(customers, share) == count

    @pytest.mark.parametrize("share", [0, -0.1, 1.01])
    def test_out_of_range(self, share: float) -> None:
        with pytest.raises(InputError, match=f"share {share} of the customers"):
            top_share(of(1, 2), share)
        with pytest.raises(InputError, match=f"share {share} of revenue"):
            customers_for_share(of(1, 2), share)

    @given(CENTS, st.sampled_from([0.05, 0.2, 0.5, 0.8, 1.0]))
    def test_customers_for_share_inverts_it(self, cents: list[int], share: float) -> None:
        ranked = rank_customers(of(*cents))["revenue_share"].to_numpy()
        needed = customers_for_share(of(*cents), share)
        assert ranked[needed - 1] >= share - 1e-9
        assert needed == 1 or ranked[needed - 2] < share


class TestGini:
    @given(CENTS)
    def test_equals_half_the_relative_mean_difference(self, cents: list[int]) -> None:
        values = np.array(cents, dtype=float)
        difference = np.abs(values[:, None] - values[None, :]).mean()
        assert gini(of(*cents)) == pytest.approx(difference / (2 * values.mean()), abs=1e-12)

    def test_extremes(self) -> None:
        assert gini(of(3, 3, 3)) == 0.0
        assert gini(of(0, 0, 0, 9)) == 0.75

    def test_uniform_distribution(self) -> None:
        """A uniform distribution from zero has a Gini coefficient of one third."""
        assert gini(pd.Series(np.linspace(0, 1, 20_001))) == pytest.approx(1 / 3, abs=1e-4)

    def test_negative_revenue_is_refused_with_its_rows(self) -> None:
        with pytest.raises(InputError, match="negative revenue at rows 'b'"):
            gini(pd.Series([3.0, -1.0], index=["a", "b"]))

    def test_interval_narrows_with_confidence(self) -> None:
        values = pd.Series(np.arange(1.0, 60.0))
        wide, narrow = (bootstrap_gini(values, np.random.default_rng(3), confidence=c) for c in (0.99, 0.5))
        assert wide.low < narrow.low < wide.value < narrow.high < wide.high


class TestAbc:
    def test_who_crosses_the_cut_is_in_the_lower_class(self) -> None:
        # Running shares: 50 %, 79 %, 92 %, 96 %, 98 %, 100 %.
        assert "".join(classify_abc(of(50, 29, 13, 4, 2, 2))) == "AABCCC"

    def test_a_share_that_equals_the_cut_is_inside(self) -> None:
        assert "".join(classify_abc(of(0.6, 0.2, 0.1, 0.05, 0.05))) == "AABCC"
        cents = of(2.25, 1.88, 1.44, 0.32, 0.31)  # 5.89 of 6.20 is 0.95, but not in binary fractions
        assert rank_customers(cents)["revenue_share"].iloc[3] > 0.95
        assert "".join(classify_abc(cents)) == "AABBC"
        assert "".join(classify_abc(of(70, 10, 15, 5).sort_values(ascending=False))) == "ABBC"

    def test_equal_customers_share_a_class(self) -> None:
        assert "".join(classify_abc(of(40, 20, 20, 20))) == "AAAA"  # the middle one of the three ends at the cut
        assert "".join(classify_abc(of(60, 20, 10, 5, 5, 5, 5, 5))) == "AAABBBBB"

    def test_sixty_and_eight_times_ten(self) -> None:
        """Eight equal customers at both cuts are in the class where most of them would be, and the table says so."""
        revenue = of(60, *[10] * 8)
        classes = classify_abc(revenue)
        assert "".join(classes) == "AAAAAAAAA"
        assert count_equals_at_cuts(revenue) == 8

    @given(st.permutations([60.0, 20.0, *[10.0] * 8, *[3.3] * 5, 0.1, 0.1]))
    def test_permuting_rows_changes_no_class(self, values: list[float]) -> None:
        of_value = {value: set(classify_abc(pd.Series(values))[np.array(values) == value]) for value in set(values)}
        assert of_value == {60.0: {"A"}, 20.0: {"A"}, 10.0: {"A"}, 3.3: {"C"}, 0.1: {"C"}}

    def test_the_best_customer_is_always_in_a(self) -> None:
        assert "".join(classify_abc(of(97, 2, 1))) == "ACC"
        assert "".join(classify_abc(of(5, 5))) == "AA"

    def test_net_returns_are_in_c(self) -> None:
        assert "".join(classify_abc(of(80, 14, 10, -4))) == "ABCC"

    @given(CENTS, st.randoms(use_true_random=False))
    def test_order_of_the_rows_does_not_matter(self, cents: list[int], random: object) -> None:
        revenue = of(*cents)
        mixed = revenue.sample(frac=1, random_state=random.randint(0, 999))
        pd.testing.assert_series_equal(classify_abc(mixed).sort_index(), classify_abc(revenue))

    def test_classes_are_ordered(self) -> None:
        classes = classify_abc(of(2, 70, 28))
        assert classes.cat.ordered
        assert classes.cat.categories.tolist() == ["A", "B", "C"]
        assert classes.sort_values().tolist() == ["A", "C", "C"]

    @pytest.mark.parametrize(
        "cuts",
        [(0.95, 0.8), (0.8, 0.8), (0.8,), (0.5, 0.8, 0.95), (0.0, 0.5), (-0.1, 0.5), (0.8, 1.0), (0.8, 1.2)],
    )
    def test_bad_cuts(self, cuts: tuple[float, ...]) -> None:
        with pytest.raises(InputError, match="two rising shares between 0 and 1"):
            classify_abc(of(1, 2), cuts=cuts)


@pytest.mark.parametrize(
    ("revenue", "why"),
    [
        (np.arange(1.0, 50.0), "49 customers with revenue; 50 are needed"),
        (np.repeat([1.0, 5.0], [40, 60]), "the best customers all bring the same"),
    ],
)
def test_few_or_equal_customers_get_the_reason_instead_of_an_interval(revenue: np.ndarray, why: str) -> None:
    found = bootstrap_gini(pd.Series(revenue), np.random.default_rng(1), resamples=99)
    assert found.why_none == why
    assert np.isnan([found.low, found.high]).all()
    assert found.value == gini(pd.Series(revenue))


def test_many_customers_without_revenue_keep_their_place_in_the_interval() -> None:
    revenue = pd.Series(np.concatenate([np.zeros(300), np.random.default_rng(2).lognormal(0, 1, 100)]))
    found = bootstrap_gini(revenue, np.random.default_rng(1), resamples=199)
    assert 0.75 < found.low < found.value < found.high < 1


def test_of_very_many_customers_no_more_are_drawn_than_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing all of them gives the same interval but for the draws."""
    spend = pd.Series(np.random.default_rng(3).lognormal(0, 1, 4_000))
    whole = bootstrap_gini(spend, np.random.default_rng(1), resamples=199)
    monkeypatch.setattr("helpers.differentiation.inequality.LARGEST_DRAWN", 1_000)
    part = bootstrap_gini(spend, np.random.default_rng(1), resamples=199)
    assert [part.low, part.high] == pytest.approx([whole.low, whole.high], abs=0.005)
    assert part != whole


def test_one_customer_gives_no_interval() -> None:
    with pytest.raises(InputError, match="1 customer to draw from"):
        bootstrap_gini(of(7.0), np.random.default_rng(1), resamples=99)
