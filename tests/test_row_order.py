"""Shares, tenths and cuts come out the same whatever the order of the rows, ties included."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.core.groups import EQUAL_GROUPS_RULE, equal_groups
from helpers.differentiation import classify_abc, customers_for_share, gini, top_share
from helpers.value import (
    Measures,
    allocate_budget,
    assign_cube,
    calibration_by_group,
    calibration_curve,
    contribution_deciles,
    correlate_axes,
    cumulative_contribution,
    cut_axes,
    expected_gains,
    price_policy,
)

CUSTOMERS = 60


@pytest.fixture(scope="module")
def shop() -> pd.DataFrame:
    """Sixty customers of few distinct values, so that every cut falls among equals."""
    rng = np.random.default_rng(7)
    money = rng.choice([10.0, 20.0, 20.5, 80.0], CUSTOMERS)
    return pd.DataFrame(
        {
            "customer_id": [f"c{number:02}" for number in range(CUSTOMERS)],
            "revenue": money,
            "contribution": money / 4 - rng.choice([0.0, 4.0], CUSTOMERS),
            "discount": rng.choice([0.0, 2.0], CUSTOMERS),
            "orders": rng.integers(1, 4, CUSTOMERS),
            "forecast": rng.choice([0.1, 0.3, 0.7], CUSTOMERS),
            "actual": rng.integers(0, 2, CUSTOMERS),
            "current_value": money * 20,
            "potential_value": rng.choice([0.0, 50.0, 100.0], CUSTOMERS),
            "loyalty": rng.choice([0.2, 0.5, 0.9], CUSTOMERS),
        }
    )


def tenths(shop: pd.DataFrame) -> pd.Series:
    return pd.Series(equal_groups(shop["revenue"], shop["customer_id"]), shop["customer_id"]).sort_index()


def budget(shop: pd.DataFrame) -> pd.DataFrame:
    values = shop.set_index("customer_id")
    gains = expected_gains(values, Measures(30.0, 0.2, 2.0, 0.1))
    segments = assign_cube(values, cut_axes(values))
    spent = allocate_budget(gains, segments, 200.0)
    return spent.assign(price=price_policy(gains, segments, 200.0).price)


CALCULATIONS: dict[str, Callable[[pd.DataFrame], object]] = {
    "top share": lambda shop: top_share(shop["revenue"], 0.07),
    "customers for half": lambda shop: customers_for_share(shop["revenue"], 0.5),
    "gini": lambda shop: gini(shop["revenue"]),
    "abc": lambda shop: classify_abc(shop.set_index("customer_id")["revenue"]).sort_index().astype(str),
    "tenths": lambda shop: pd.Series(
        equal_groups(shop["revenue"], shop["customer_id"]), shop["customer_id"]
    ).sort_index(),
    "tenths of contribution": contribution_deciles,
    "curve of contribution": lambda shop: cumulative_contribution(shop).points,
    "calibration of forecasts": lambda shop: calibration_by_group(shop, model="forecast"),
    "calibration of probabilities": lambda shop: calibration_curve(
        shop["actual"].to_numpy(dtype=bool), shop["forecast"].to_numpy()
    ),
    "axes of the cube": correlate_axes,
    "budget": budget,
}


@pytest.mark.parametrize("name", list(CALCULATIONS))
def test_permuting_rows_changes_nothing_printed(name: str, shop: pd.DataFrame) -> None:
    calculate = CALCULATIONS[name]
    before = calculate(shop)

    @settings(max_examples=10, deadline=None)
    @given(st.permutations(range(CUSTOMERS)))
    def same(order: list[int]) -> None:
        after = calculate(shop.iloc[order].reset_index(drop=True))
        if isinstance(before, pd.DataFrame):
            pd.testing.assert_frame_equal(after, before)
        elif isinstance(before, pd.Series):
            pd.testing.assert_series_equal(after, before)
        else:
            assert after == pytest.approx(before) if isinstance(before, float) else after == before

    same()


def test_the_rule_for_groups_is_the_one_used() -> None:
    """Place from zero, times groups over customers, rounded down, plus one: of 25 customers the third is in group 1."""
    keys = pd.Series(range(25))
    groups = equal_groups(pd.Series(np.arange(25.0, 0.0, -1.0)), keys)
    assert groups.tolist() == [place * 10 // 25 + 1 for place in range(25)]
    assert "rounded down, plus one" in EQUAL_GROUPS_RULE
