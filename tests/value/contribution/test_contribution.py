"""Contribution per customer: identities that must hold, cases worked by hand, and the published whale curve."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.core.errors import InputError
from helpers.value.contribution.contribution import (
    CostAssumptions,
    break_even_margin,
    contribution_deciles,
    cumulative_contribution,
    margin_sensitivity,
    measure_contribution,
)

BASE = pd.DataFrame(
    {
        "customer_id": ["a", "b", "c"],
        "orders": [4, 10, 1],
        "revenue": [200.0, 100.0, 0.0],
        "discount": [0.0, 100.0, 0.0],
    }
)


def contributions(values):
    size = len(values)
    return pd.DataFrame(
        {
            "customer_id": range(size),
            "orders": 1,
            "list_revenue": 100.0,
            "discount": 20.0,
            "revenue": 80.0,
            "contribution": np.array(values, dtype=float),
        }
    )


def test_spread_by_list_price_a_discount_comes_out_of_the_customer_s_margin():
    found = measure_contribution(BASE, CostAssumptions(gross_margin=0.4, cost_per_order=2.0))
    assert found["cost_of_goods"].tolist() == [90.0, 90.0, 0.0]  # 180 in all, equal list prices
    assert found["contribution"].tolist() == [102.0, -10.0, -2.0]


def test_spread_by_revenue_every_customer_has_the_same_margin():
    found = measure_contribution(BASE, CostAssumptions(gross_margin=0.4, cost_per_order=2.0, spread="revenue"))
    assert found["cost_of_goods"].tolist() == [120.0, 60.0, 0.0]
    assert found["contribution"].tolist() == [72.0, 20.0, -2.0]


@given(
    st.lists(st.tuples(st.integers(1, 50), st.floats(0.5, 1e4), st.floats(0, 1e3)), min_size=1, max_size=30),
    st.floats(0, 1),
    st.floats(0, 10),
)
def test_the_total_is_margin_less_service_whatever_the_spread(rows, margin, per_order):
    base = pd.DataFrame(rows, columns=["orders", "revenue", "discount"]).rename_axis("customer_id").reset_index()
    expected = margin * base["revenue"].sum() - per_order * base["orders"].sum()
    for spread in ("list_price", "revenue"):
        found = measure_contribution(base, CostAssumptions(margin, per_order, spread))
        assert found["contribution"].sum() == pytest.approx(expected, abs=1e-6 * base["revenue"].sum())
        parts = found["list_revenue"] - found["discount"] - found["cost_of_goods"] - found["cost_to_serve"]
        assert np.allclose(parts, found["contribution"])


def test_known_costs_are_used_where_no_margin_is_assumed():
    found = measure_contribution(BASE.assign(cost=[150.0, 90.0, 5.0]), CostAssumptions(gross_margin=None))
    assert found["contribution"].tolist() == [50.0, 10.0, -5.0]


def test_incomplete_costs_are_refused():
    with pytest.raises(InputError, match="cost is unknown for 1 of 3 rows"):
        measure_contribution(BASE.assign(cost=[150.0, None, 5.0]), CostAssumptions(gross_margin=None))
    with pytest.raises(InputError, match="column 'cost' is missing"):
        measure_contribution(BASE, CostAssumptions(gross_margin=None))


def test_without_a_discount_column_both_spreads_agree():
    found = [
        measure_contribution(BASE.drop(columns="discount"), CostAssumptions(0.3, spread=spread))
        for spread in ("list_price", "revenue")
    ]
    pd.testing.assert_frame_equal(*found)


def test_periods_are_kept_apart():
    periods = pd.concat([BASE.assign(period=0), BASE.assign(period=1)])
    found = measure_contribution(periods, CostAssumptions(0.4))
    assert found["period"].tolist() == [0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"gross_margin": 1.2}, r"gross_margin: 1.2 is out of range"),
        ({"gross_margin": 0.2, "cost_per_order": -1.0}, r"cost_per_order: -1.0 is out of range"),
        ({"gross_margin": 0.2, "spread": "profit"}, "unknown spread 'profit'"),
    ],
)
def test_assumptions_no_business_has_are_refused(given, message):
    with pytest.raises(InputError, match=message):
        CostAssumptions(**given)


def test_nothing_sold_is_refused():
    with pytest.raises(InputError, match="total revenue is 0"):
        measure_contribution(BASE.assign(revenue=0.0, discount=0.0), CostAssumptions(0.3))


def test_deciles_hold_all_customers_and_all_contribution():
    values = np.random.default_rng(2).gamma(0.5, 100, 247) - 5
    found = contribution_deciles(contributions(values))
    assert found["customers"].tolist() == [25, 25, 25, 24, 25, 25, 24, 25, 25, 24]
    assert found["contribution"].sum() == pytest.approx(values.sum())
    assert found["contribution_share"].sum() == pytest.approx(1)
    assert (found["lowest"].to_numpy()[:-1] >= found["highest"].to_numpy()[1:]).all()
    assert found["discount_rate"].to_numpy() == pytest.approx(0.2)


def test_shares_of_a_loss_are_not_given():
    assert contribution_deciles(contributions(range(-20, 0)))["contribution_share"].isna().all()


def test_whale_curve_of_the_bank_claim():
    """A common claim about banks: a fifth brings 300 % of the profit, a fifth destroys value, the rest do nothing."""
    curve = cumulative_contribution(contributions([15.0] * 20 + [0.0] * 60 + [-10.0] * 20))
    assert curve.total == 100.0
    assert curve.peak_share == 3.0
    assert curve.peak_customers_share == 0.2
    assert (curve.negative_customers, curve.negative_share, curve.negative_total) == (20, 0.2, -200.0)
    assert curve.points.iloc[[0, -1]].to_numpy().tolist() == [[0.0, 0.0], [1.0, 1.0]]


def test_without_losses_the_curve_ends_at_its_peak():
    curve = cumulative_contribution(contributions([5.0, 1.0, 4.0]))
    assert curve.points["contribution_share"].tolist() == pytest.approx([0, 0.5, 0.9, 1])
    assert (curve.peak_customers_share, curve.negative_customers, curve.negative_total) == (1.0, 0, 0.0)


def test_a_curve_of_losses_is_refused():
    with pytest.raises(InputError, match=r"total contribution is -3\.00"):
        cumulative_contribution(contributions([1.0, -4.0]))


def test_break_even_margin_leaves_nothing():
    margin = break_even_margin(BASE, cost_per_order=2.0)
    found = measure_contribution(BASE, CostAssumptions(margin, 2.0))
    assert found["contribution"].sum() == pytest.approx(0)


def test_sensitivity_agrees_with_the_single_computation():
    base = pd.DataFrame({"customer_id": range(20), "orders": 2, "revenue": np.arange(20) * 10.0, "discount": 1.0})
    found = margin_sensitivity(base, CostAssumptions(None, 1.0), [0.02, 0.3])
    assert found["spread"].tolist() == ["list_price"] * 2 + ["revenue"] * 2
    single = measure_contribution(base, CostAssumptions(0.3, 1.0, "revenue"))["contribution"]
    last = found.iloc[-1]
    assert last["contribution"] == pytest.approx(single.sum())
    assert last["top_decile_share"] == pytest.approx(single.nlargest(2).sum() / single.sum())
    assert last["negative_customers"] == (single < 0).sum() == 1
    assert np.isnan(found.loc[0, "top_decile_share"])  # a loss has no shares
