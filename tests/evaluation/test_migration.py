"""Movement between groups, counted by hand and by properties that must always hold."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.core.errors import InputError
from helpers.evaluation.migration import NOT_AFTER, NOT_BEFORE, compare_spend, follow_migration, groups_of_period

GROUPS = ["A", "B", "C"]


def test_counts_shares_and_movement_of_six_customers():
    before = pd.Series({1: "A", 2: "A", 3: "B", 4: "C", 5: "C"})
    after = pd.Series({1: "A", 2: "B", 3: "A", 4: "C", 6: "B"})
    found = follow_migration(before, after, GROUPS)
    assert found.counts.loc["A"].tolist() == [1, 1, 0, 0]
    assert found.counts.loc["C", NOT_AFTER] == 1
    assert found.counts.loc[NOT_BEFORE, "B"] == 1
    assert found.shares.loc["C"].tolist() == [0.0, 0.0, 0.5, 0.5]
    assert dict(zip(found.movement["move"], found.movement["customers"], strict=True)) == {
        "up": 1,
        "same": 2,
        "down": 1,
        "not seen": 1,
    }
    assert found.movement["share"].tolist() == [0.2, 0.4, 0.2, 0.2]
    assert found.new_customers == 1
    assert found.same_of_staying == 0.5
    assert found.same_by_chance == pytest.approx((2 * 2 + 1 * 1 + 1 * 1) / 16)  # before 2, 1, 1; after 2, 1, 1


def test_independent_groups_stay_as_often_as_chance_says():
    rng = np.random.default_rng(4)
    before, after = (pd.Series(rng.choice(GROUPS, 6000, p=[0.5, 0.3, 0.2])) for _ in range(2))
    found = follow_migration(before, after, GROUPS)
    assert found.same_by_chance == pytest.approx(0.38, abs=0.01)
    assert found.same_of_staying == pytest.approx(found.same_by_chance, abs=0.02)


@settings(max_examples=30)
@given(
    st.dictionaries(st.integers(0, 30), st.sampled_from(GROUPS), min_size=1),
    st.dictionaries(st.integers(0, 30), st.sampled_from(GROUPS), min_size=1),
)
def test_everybody_is_counted_once_and_the_way_back_is_the_transpose(before, after):
    there = follow_migration(pd.Series(before), pd.Series(after), GROUPS)
    back = follow_migration(pd.Series(after), pd.Series(before), GROUPS)
    assert there.counts.to_numpy().sum() == len(before.keys() | after.keys())
    assert (there.counts.to_numpy() == back.counts.to_numpy().T).all()
    assert there.movement["customers"].sum() == len(before)
    forwards, backwards = (found.movement.set_index("move")["customers"] for found in (there, back))
    assert (forwards["up"], forwards["same"]) == (backwards["down"], backwards["same"])


def test_an_empty_row_has_no_shares():
    found = follow_migration(pd.Series({1: "A"}), pd.Series({1: "A"}), GROUPS)
    assert found.shares.loc["B"].isna().all()


def test_without_anybody_in_both_periods_staying_is_unknown():
    found = follow_migration(pd.Series({1: "A"}), pd.Series({2: "A"}), GROUPS)
    assert np.isnan(found.same_by_chance)
    assert found.movement["customers"].tolist() == [0, 0, 0, 1]


def test_unknown_groups_and_repeated_customers_are_named_together():
    before = pd.Series(["A", "Z"], index=[7, 7])
    with pytest.raises(InputError, match="unknown group 'Z'") as caught:
        follow_migration(before, pd.Series({1: "A"}), GROUPS)
    assert "customers 7 appear twice" in str(caught.value)


def test_groups_of_a_period_rank_only_its_customers():
    activity = pd.DataFrame(
        {"customer_id": [1, 2, 3, 4, 1], "period": [0, 0, 0, 0, 1], "revenue": [5.0, 9.0, 9.0, 1.0, 3.0]}
    )
    assert groups_of_period(activity, 0, n_groups=2).to_dict() == {1: 2, 2: 1, 3: 1, 4: 2}
    assert groups_of_period(activity, 1, n_groups=1).to_dict() == {1: 1}


def test_all_can_spend_more_where_ranks_only_change_places() -> None:
    """Everybody doubles: no place in the ranking moves, and everybody's own spend rose."""
    who = list(range(10))
    spend = [float(place + 1) for place in who]
    activity = pd.DataFrame(
        {
            "customer_id": who * 2,
            "period": [0] * 10 + [1] * 10,
            "orders": 1,
            "revenue": spend + [2 * one for one in spend],
        }
    )
    groups = [groups_of_period(activity, period, n_groups=5) for period in (0, 1)]
    assert follow_migration(*groups, range(1, 6)).movement["customers"].tolist() == [0, 10, 0, 0]
    change = compare_spend(activity)
    assert change["customers"].to_dict() == {"more": 10, "same": 0, "less": 0, "nothing": 0}
    assert change.loc["more", ["before", "after"]].tolist() == [55.0, 110.0]


def test_who_bought_nothing_is_not_among_those_who_spent_less() -> None:
    activity = pd.DataFrame(
        {"customer_id": [1, 2, 2, 3, 3, 4], "period": [0, 0, 1, 0, 1, 1], "orders": 1, "revenue": [5.0, 5, 4, 5, 5, 9]}
    )
    assert compare_spend(activity)["customers"].to_dict() == {"more": 0, "same": 1, "less": 1, "nothing": 1}
