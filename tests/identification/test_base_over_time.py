"""States of the customer base at each month's end, and orders by hour of the week."""

from datetime import date, datetime
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest

from helpers.core.errors import InputError
from helpers.identification import BASE_STATES, StateRule, count_orders_by_hour, follow_base

# Ibis 12 still uses names that DuckDB 2 and pandas 3.1 are giving up.
pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
]


def purchases(*bought: tuple[str, datetime]) -> ir.Table:
    names, times = zip(*bought, strict=True)
    orders = list(range(len(bought)))
    return ibis.memtable(
        pa.table({"customer_id": names, "order_id": orders, "time": times, "amount": [1.0] * len(bought)})
    )


LEAVER = ("leaver", datetime(2024, 1, 31, 12))
RETURNER = [("returner", datetime(2024, 1, 15)), ("returner", datetime(2024, 5, 2))]
REGULAR = [("regular", datetime(2024, month, 28)) for month in range(1, 7)]
LINES = purchases(LEAVER, *RETURNER, *REGULAR)


class TestStates:
    def test_by_hand(self) -> None:
        base = follow_base(LINES, date(2024, 7, 1)).set_index("month")
        assert base["new"].tolist() == [3, 0, 0, 0, 0, 0]
        # The leaver: 29 days silent at the end of February, 60 in March, exactly 90 in April, 121 in May.
        assert base["lapsing"].tolist() == [0, 1, 2, 1, 0, 1]
        assert base["lost"].tolist() == [0, 0, 0, 1, 1, 1]
        assert base["active"].tolist() == [0, 2, 1, 1, 2, 1]
        assert base["buyers"].tolist() == [3, 1, 1, 1, 2, 1]
        assert base["newly_lost"].tolist() == [0, 0, 0, 1, 1, 0]
        assert base["regained"].tolist() == [0, 0, 0, 0, 1, 0]
        assert base["settled"].tolist() == [False, False, False, True, True, True]

    def test_a_judge_sees_the_purchases_up_to_each_months_end(self) -> None:
        seen = []

        def judge(history: Any) -> tuple[np.ndarray, np.ndarray]:
            seen.append((history * [1, 7, 7]).round().astype(int).to_numpy().tolist())
            often = history["frequency"].to_numpy() > 1
            return often, ~often

        base = follow_base(LINES, date(2024, 4, 1), judge=judge).set_index("month")
        # Frequency, days from the first purchase to the last and to the month's end: leaver, regular, returner.
        assert seen[0] == [[0, 0, 0], [0, 0, 3], [0, 0, 16]]
        assert seen[2] == [[0, 0, 60], [2, 60, 63], [0, 0, 76]]
        assert base["lost"].tolist() == [0, 3, 2]
        assert base["lapsing"].tolist() == [0, 0, 1]
        assert (base[list(BASE_STATES)].sum(axis=1) == base["known"]).all()

    def test_states_are_exclusive_and_exhaustive(self, journey: ir.Table) -> None:
        base = follow_base(journey, date(2018, 1, 1), StateRule(14, 45))
        assert len(base) == 12
        assert (base[list(BASE_STATES)].sum(axis=1) == base["known"]).all()
        assert base["known"].iloc[-1] == 2469
        assert base["new"].sum() == 2469
        assert (base["lost"].diff().dropna() == (base["newly_lost"] - base["regained"]).iloc[1:]).all()

    def test_complete_journey_december(self, journey: ir.Table) -> None:
        last = follow_base(journey, date(2018, 1, 1)).iloc[-1]
        assert [int(last[state]) for state in BASE_STATES] == [6, 2056, 265, 142]

    def test_a_month_not_over_is_left_out(self) -> None:
        base = follow_base(LINES, date(2024, 6, 30))
        assert base["month"].max().date() == date(2024, 5, 1)
        assert base["known"].iloc[-1] == 3

    def test_a_month_without_any_purchase_is_shown(self) -> None:
        base = follow_base(purchases(LEAVER, ("regular", datetime(2024, 4, 2))), date(2024, 5, 1))
        assert base["buyers"].tolist() == [1, 0, 0, 1]

    @pytest.mark.parametrize(
        ("as_of", "what"),
        [(date(2024, 1, 20), "no whole month of transactions"), (date(2023, 1, 1), "no transaction")],
    )
    def test_no_whole_month(self, as_of: date, what: str) -> None:
        with pytest.raises(InputError, match=f"{what} before {as_of}"):
            follow_base(LINES, as_of)

    @pytest.mark.parametrize("limits", [(0, 90), (90, 90), (91, 90)])
    def test_limits_out_of_order(self, limits: tuple[int, int]) -> None:
        with pytest.raises(InputError, match=f"lapsing after {limits[0]} and lost after {limits[1]} days"):
            StateRule(*limits)


class TestHours:
    def test_by_hand(self) -> None:
        # 7 January 2024 was a Sunday; two lines of one order count once.
        at = datetime(2024, 1, 7, 16, 59)
        twice = purchases(("a", at), ("a", at)).mutate(order_id=ibis.literal(1))
        grid = count_orders_by_hour(twice, date(2024, 2, 1))
        assert grid.shape == (7, 24)
        assert grid.loc["Sunday", 16] == 1
        assert grid.to_numpy().sum() == 1

    def test_complete_journey_in_local_time(self, journey: ir.Table) -> None:
        grid = count_orders_by_hour(journey, date(2018, 1, 1))
        assert grid.to_numpy().sum() == 155848
        assert grid.stack().idxmax() == ("Sunday", 16)
        assert grid.loc["Monday", 17] == 2380
