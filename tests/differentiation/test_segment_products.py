"""What groups of customers buy, against all."""

import ibis
import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.differentiation import NO_CATEGORY, most_typical, profile_purchases

PRODUCTS = ibis.memtable(pd.DataFrame({"product_id": ["t", "c"], "category": ["tea", "cake"]}))
GROUPS = pd.Series(pd.Categorical(["A", "A", "B"], categories=["A", "B", "C"]), index=["x", "y", "z"])
LINES = pd.DataFrame(
    {
        "customer_id": ["x", "x", "y", "z", "z", "stranger"],
        "product_id": ["t", "c", "t", "c", "none", "t"],
        "amount": [6.0, 4.0, 10.0, 8.0, 2.0, 99.0],
    }
)


def cells(table: pd.DataFrame) -> pd.DataFrame:
    return table.set_index(["segment", "product_group"])


class TestProfile:
    def test_shares_are_of_the_group_and_lines_of_strangers_are_not_used(self) -> None:
        table = cells(profile_purchases(ibis.memtable(LINES), PRODUCTS, GROUPS))
        assert table.loc[("A", "tea"), "revenue_share"] == pytest.approx(0.8)
        assert table.loc[("B", NO_CATEGORY), "revenue_share"] == pytest.approx(0.2)
        assert table.loc[("A", "tea"), "all_share"] == pytest.approx(16 / 30)
        assert table.loc[("A", "tea"), "customers"] == 2
        assert table["revenue"].sum() == 30.0

    def test_the_interval_is_that_of_a_ratio_of_sums(self) -> None:
        rng = np.random.default_rng(1)
        tea, cake = rng.gamma(2, 5, 40).round(2), rng.gamma(2, 5, 40).round(2)
        ids = [f"k{n:02d}" for n in range(40)]
        lines = pd.DataFrame({"customer_id": ids * 2, "product_id": ["t"] * 40 + ["c"] * 40, "amount": [*tea, *cake]})
        groups = pd.Series(pd.Categorical(["A"] * 40), index=ids)
        row = cells(profile_purchases(ibis.memtable(lines), PRODUCTS, groups)).loc[("A", "tea")]
        x, share = tea + cake, tea.sum() / (tea + cake).sum()
        error = np.sqrt(40 / 39 * ((tea - share * x) ** 2).sum()) / x.sum()
        assert row["high"] - row["revenue_share"] == pytest.approx(2.022691 * error, rel=1e-4)

    def test_one_customer_has_no_interval_and_is_called_nothing(self) -> None:
        table = cells(profile_purchases(ibis.memtable(LINES), PRODUCTS, GROUPS))
        assert np.isnan(table.loc[("B", "cake"), "low"])
        assert not table.loc["B", "clear"].any()

    def test_a_group_that_paid_nothing_is_left_out(self) -> None:
        lines = LINES.assign(amount=LINES["amount"].where(LINES["customer_id"] != "z", 0.0))
        assert set(profile_purchases(ibis.memtable(lines), PRODUCTS, GROUPS)["segment"]) == {"A"}

    def test_a_category_of_all_sets_nobody_apart(self) -> None:
        one = ibis.memtable(pd.DataFrame({"product_id": ["t", "c"], "category": ["food", "food"]}))
        table = profile_purchases(ibis.memtable(LINES[LINES["product_id"] != "none"]), one, GROUPS)
        assert table["revenue_share"].tolist() == [1.0, 1.0]
        assert most_typical(table, fewest_customers=1).empty

    def test_a_missing_level_and_no_common_customer_are_refused(self) -> None:
        with pytest.raises(InputError, match="column 'brand' is missing"):
            profile_purchases(ibis.memtable(LINES), PRODUCTS, GROUPS, level="brand")
        with pytest.raises(InputError, match="no line belongs to a customer in a group"):
            profile_purchases(ibis.memtable(LINES), PRODUCTS, GROUPS.rename(lambda name: f"{name}2"))

    def test_what_sets_a_group_apart_is_found_among_many_that_do_not(self) -> None:
        rng = np.random.default_rng(3)
        ids = [f"k{n:03d}" for n in range(300)]
        amounts = rng.gamma(2, 5, (300, 20))
        amounts[:150, 7] *= 3
        lines = pd.DataFrame(
            {"customer_id": np.repeat(ids, 20), "product_id": np.tile([f"p{n:02d}" for n in range(20)], 300)}
        ).assign(amount=amounts.ravel().round(2))
        products = pd.DataFrame({"product_id": [f"p{n:02d}" for n in range(20)]}).assign(
            category=lambda t: t["product_id"]
        )
        groups = pd.Series(pd.Categorical(np.repeat(["A", "B"], 150)), index=ids)
        typical = most_typical(profile_purchases(ibis.memtable(lines), ibis.memtable(products), groups))
        assert typical.loc[typical["segment"] == "A", "product_group"].tolist() == ["p07"]
