"""Own spend that rose or fell beyond chance: a permutation test, and its false alarms."""

from datetime import date
from itertools import combinations

import ibis
import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.differentiation import blocks_before, judge_spend_changes, spend_by_block

UNTIL = date(2025, 1, 1)
BLOCKS = blocks_before(UNTIL, months=6)
LONG_AGO = pd.Timestamp("2020-01-01")


def frame_of(spend: np.ndarray) -> pd.DataFrame:
    rows, columns = np.nonzero(spend)
    return pd.DataFrame({"customer_id": rows, "period": columns, "revenue": spend[rows, columns]})


def since(customers: int, first: pd.Timestamp = LONG_AGO) -> pd.Series:
    return pd.Series(first, index=range(customers))


def regular(customers: int, rng: np.random.Generator, blocks: int = 26) -> np.ndarray:
    return rng.poisson(1.5, (customers, blocks)) * rng.gamma(4.0, 10.0, (customers, blocks))


class TestOneCustomer:
    def test_p_is_the_share_of_all_ways_to_pick_the_later_blocks(self) -> None:
        blocks, spend = BLOCKS[-8:], np.array([[3.0, 9, 4, 4, 8, 7, 9, 6]])
        found = judge_spend_changes(frame_of(spend), since(1), blocks, np.random.default_rng(1), false_share=0.2)
        middle = spend.sum() / 2
        far = [abs(spend[0, list(ways)].sum() - middle) for ways in combinations(range(8), 4)]
        expected = np.mean(np.array(far) >= abs(spend[0, 4:].sum() - middle) - 1e-9)
        assert found.customers["p_value"].iloc[0] == pytest.approx(expected)

    def test_the_block_of_the_first_purchase_and_those_before_it_are_not_compared(self) -> None:
        spend = np.zeros((1, 26))
        spend[0, 5:] = 10.0
        first = since(1, pd.Timestamp(BLOCKS[5].start) + pd.Timedelta(days=3))
        found = judge_spend_changes(frame_of(spend), first, BLOCKS, np.random.default_rng(1))
        assert found.customers[["blocks", "blocks_bought"]].iloc[0].tolist() == [20, 20]
        assert found.customers["p_value"].iloc[0] == 1.0

    def test_a_customer_first_seen_in_the_later_half_is_not_compared(self) -> None:
        first = since(1, pd.Timestamp(BLOCKS[13].start))
        assert judge_spend_changes(frame_of(np.ones((1, 26))), first, BLOCKS, np.random.default_rng(1)).customers.empty

    def test_few_purchases_cannot_say_and_nobody_is_lost(self) -> None:
        spend = np.zeros((3, 26))
        spend[0, 3], spend[1, [2, 20]], spend[2, :] = 5.0, 5.0, 5.0
        found = judge_spend_changes(frame_of(spend), since(3), BLOCKS, np.random.default_rng(1))
        assert found.customers["change"].tolist() == ["cannot say", "cannot say", "no clear change"]
        assert found.summary()["customers"].sum() == 3

    def test_equal_amounts_in_every_block_are_no_change(self) -> None:
        found = judge_spend_changes(frame_of(np.full((2, 26), 7.0)), since(2), BLOCKS, np.random.default_rng(1))
        assert found.customers["p_value"].tolist() == [1.0, 1.0]

    def test_too_few_blocks_are_refused_with_the_number_needed(self) -> None:
        with pytest.raises(InputError, match=r"4 blocks cannot tell(.|\n)*periods of 3 blocks"):
            judge_spend_changes(frame_of(np.ones((1, 4))), since(1), BLOCKS[:4], np.random.default_rng(1))

    def test_years_of_blocks_do_not_overflow(self) -> None:
        blocks = blocks_before(UNTIL, months=24)
        spend = np.c_[np.full((1, 52), 5.0), np.full((1, 52), 9.0)]
        found = judge_spend_changes(frame_of(spend), since(1), blocks, np.random.default_rng(1))
        assert found.customers["change"].tolist() == ["rose"]


class TestManyCustomers:
    def test_where_nothing_changed_nearly_nobody_is_called(self) -> None:
        rng = np.random.default_rng(4)
        found = judge_spend_changes(frame_of(regular(1000, rng)), since(1000), BLOCKS, rng)
        assert (found.customers["change"] != "no clear change").mean() < 0.005
        assert abs((found.customers["p_value"] <= 0.05).mean() - 0.05) < 0.02

    def test_all_can_rise_at_once_though_no_rank_moves(self) -> None:
        rng = np.random.default_rng(5)
        spend = 1.0 + regular(300, rng)
        spend[:, 13:] *= 4.0
        table = judge_spend_changes(frame_of(spend), since(300), BLOCKS, rng).summary()
        assert table.loc["rose", "customers"] > 200
        assert table.loc["fell", "customers"] == 0

    def test_false_alarms_are_held_to_the_share_stated(self) -> None:
        rng, alarms, called = np.random.default_rng(6), 0, 0
        for _ in range(5):
            spend = regular(400, rng)
            spend[:100, 13:] *= 4.0
            changed = judge_spend_changes(frame_of(spend), since(400), BLOCKS, rng).customers["change"] == "rose"
            alarms, called = alarms + changed.iloc[100:].sum(), called + changed.sum()
        assert called > 150
        assert alarms / called <= 0.10

    def test_the_parts_add_up_to_the_change_of_revenue(self) -> None:
        rng = np.random.default_rng(7)
        spend = regular(50, rng)
        table = judge_spend_changes(frame_of(spend), since(50), BLOCKS, rng).summary()
        assert table["difference"].sum() == pytest.approx(spend[:, 13:].sum() - spend[:, :13].sum())


class TestBlocks:
    def test_lines_fall_into_blocks_of_two_weeks(self) -> None:
        ends = [BLOCKS[0].start, BLOCKS[0].end, BLOCKS[25].start]
        lines = pd.DataFrame({"customer_id": "a", "order_id": ["1", "2", "3"], "amount": [1.0, 2.0, 4.0]})
        found = spend_by_block(ibis.memtable(lines.assign(time=pd.to_datetime(ends))), BLOCKS)
        assert found[["period", "revenue"]].to_numpy().tolist() == [[0, 1.0], [1, 2.0], [25, 4.0]]

    def test_a_refund_is_netted_in_the_block_of_its_purchase(self) -> None:
        lines = pd.DataFrame({"customer_id": "a", "order_id": ["1", "2", "3"], "amount": [10.0, 6.0, -6.0]})
        times = pd.to_datetime([BLOCKS[2].start, BLOCKS[3].start, BLOCKS[9].start])
        found = spend_by_block(ibis.memtable(lines.assign(time=times)), BLOCKS)
        assert found[["period", "revenue"]].to_numpy().tolist() == [[2, 10.0]]

    def test_no_purchase_in_time_is_refused(self) -> None:
        lines = pd.DataFrame({"customer_id": ["a"], "order_id": ["1"], "amount": [1.0]})
        lines["time"] = pd.to_datetime(["2000-01-01"])
        with pytest.raises(InputError, match="no purchase from"):
            spend_by_block(ibis.memtable(lines), BLOCKS)
