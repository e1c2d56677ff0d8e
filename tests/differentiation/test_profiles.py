"""Profiles of groups and moves between two groupings."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.core.errors import InputError
from helpers.differentiation import ABSENT, balance_moves, count_moves, profile_groups

KIND = pd.CategoricalDtype(["A", "B", "C"], ordered=True)
SUMMARY = pd.DataFrame(
    {"revenue": [60.0, 30.0, 10.0, 0.0], "orders": [4, 2, 1, 1], "days_since_last": [1, 5, 9, 400]}, index=list("wxyz")
)


def grouped(**groups: str) -> pd.Series:
    return pd.Series(groups, dtype=KIND)


class TestProfile:
    def test_by_hand_with_an_empty_group(self) -> None:
        profile = profile_groups(SUMMARY, grouped(w="A", x="A", y="C", z="C"))
        assert profile.index.tolist() == ["A", "B", "C"]
        assert profile["customers"].tolist() == [2, 0, 2]
        assert profile["revenue_share"].tolist() == [0.9, 0.0, 0.1]
        assert profile.loc["A", ["revenue_per_customer", "orders_per_customer", "mean_order_value"]].tolist() == [
            45,
            3,
            15,
        ]
        assert profile["index"].tolist()[::2] == [180.0, 20.0]
        assert profile.loc["C", "median_days_since_last"] == 204.5
        assert profile.loc["B", ["revenue_per_customer", "mean_order_value", "index"]].isna().all()

    def test_customers_without_a_group_are_named(self) -> None:
        with pytest.raises(InputError, match="customers in no group: rows 'y'"):
            profile_groups(SUMMARY, pd.Series(["A", "B", None, "C"], index=list("wxyz"), dtype=KIND))

    def test_groups_of_other_rows_are_refused(self) -> None:
        with pytest.raises(InputError, match="do not stand on the rows"):
            profile_groups(SUMMARY, grouped(w="A", x="A", y="C", q="C"))


class TestMoves:
    def test_by_hand(self) -> None:
        moves = count_moves(grouped(v="A", w="A", x="B"), grouped(w="B", x="B", y="A"))
        assert moves.loc["A", "B"] == 1
        assert moves.loc["A", ABSENT] == 1
        assert moves.loc[ABSENT].tolist() == [1, 0, 0, 0]
        assert moves.index.tolist() == moves.columns.tolist() == ["A", "B", "C", ABSENT]
        assert moves.to_numpy().sum() == 4

    def test_nobody_absent_leaves_no_empty_line(self) -> None:
        moves = count_moves(grouped(x="A"), grouped(x="C"), absent="gone")
        assert moves.shape == (3, 3)

    @given(
        st.dictionaries(st.integers(0, 30), st.sampled_from("ABC"), min_size=1),
        st.dictionaries(st.integers(0, 30), st.sampled_from("ABC"), min_size=1),
    )
    def test_everybody_is_counted_once(self, before: dict[int, str], after: dict[int, str]) -> None:
        moves = count_moves(pd.Series(before, dtype=KIND), pd.Series(after, dtype=KIND))
        assert moves.to_numpy().sum() == len(before.keys() | after.keys())
        balance = balance_moves(moves)
        assert balance.drop(ABSENT, errors="ignore")["before"].sum() == len(before)
        assert balance.drop(ABSENT, errors="ignore")["after"].sum() == len(after)
        assert (balance["before"] - balance["left"] + balance["joined"] == balance["after"]).all()
        assert balance["change"].sum() == 0

    def test_balance(self) -> None:
        balance = balance_moves(count_moves(grouped(v="A", w="A", x="B"), grouped(v="A", w="B", x="B", y="A")))
        assert balance.loc["A", ["before", "after", "stayed", "left", "joined"]].tolist() == [2, 2, 1, 1, 1]
        assert balance.loc["A", "stay_rate"] == 0.5
        assert pd.isna(balance.loc["C", "stay_rate"])
        assert balance.loc[ABSENT, "before"] == 1

    def test_other_groups_are_refused(self) -> None:
        with pytest.raises(InputError, match="different groups"):
            count_moves(grouped(x="A"), pd.Series({"x": "A"}, dtype=pd.CategoricalDtype(["A", "B"])))

    def test_customers_listed_twice_are_named(self) -> None:
        twice = pd.Series(["A", "B"], index=["x", "x"], dtype=KIND)
        with pytest.raises(InputError, match="after: customers listed twice: 'x'"):
            count_moves(grouped(x="A"), twice)
