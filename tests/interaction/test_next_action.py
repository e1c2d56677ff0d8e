"""Offers measured against those held back, actions within a budget, and the size of the next test."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from helpers import interaction
from helpers.core.errors import InputError

AS_OF = date(2025, 1, 1)


def made_pairs(effect, *, customers=4000, tier="ordinary", seed=1):
    """Contacts of one campaign whose effect on orders is known."""
    rng = np.random.default_rng(seed)
    treated = np.arange(customers) % 2 == 0
    prior = rng.poisson(3.0, customers)
    orders = rng.poisson(prior / 10) + (rng.random(customers) < effect * treated)
    return pd.DataFrame(
        {
            "customer_id": np.arange(customers), "campaign_id": f"c {tier}", "offer": "letter", "channel": "mail",
            "time": pd.Timestamp("2024-06-01"), "treated": treated, "cost": 1.0, "orders": orders,
            "prior_orders": prior, "tier": tier,
        }
    )  # fmt: skip


def options(customers=50, seed=2):
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame({"customer_id": np.repeat(np.arange(customers), 2), "offer": ["call", "mail"] * customers})
    rows["cost"] = np.where(rows["offer"] == "call", 9.0, 1.0)
    rows["gain"] = rng.uniform(0, 20, len(rows))
    return rows.assign(net=rows["gain"] - rows["cost"], tier="gold", channel="x")


def test_a_known_effect_lies_in_its_interval():
    found = interaction.measure_offers(made_pairs(0.10)).iloc[0]
    assert found["low"] < 0.10 < found["high"]
    assert found["high"] - found["low"] < 0.1


def test_tiers_that_differ_by_chance_only_share_the_mean_and_silent_ones_get_nil():
    parts = [made_pairs(0.1, tier=tier, seed=at) for at, tier in enumerate(("gold", "silver", "silent"))]
    found = interaction.measure_offers(pd.concat(parts)).set_index("tier")["effect"]
    assert found["gold"] == pytest.approx(found["silver"])
    assert found["silent"] == 0


def test_tiers_that_differ_beyond_chance_keep_apart():
    parts = [made_pairs(effect, tier=tier) for effect, tier in ((0.5, "gold"), (0.0, "silver"))]
    found = interaction.measure_offers(pd.concat(parts)).set_index("tier")["effect"]
    assert found["gold"] > 0.4
    assert abs(found["silver"]) < 0.1


def test_nobody_held_back_is_refused():
    with pytest.raises(InputError, match="held back"):
        interaction.measure_offers(made_pairs(0.1).assign(treated=True))


@pytest.mark.parametrize("column", ["cost", "channel"])
def test_an_offer_without_cost_or_channel_is_refused(column):
    offers = interaction.measure_offers(made_pairs(0.1)).assign(**{column: None})
    customers = pd.DataFrame({"tier": "ordinary", "order_contribution": [9.0]}, index=["a"])
    with pytest.raises(InputError, match=f"has no {column}"):
        interaction.expected_gains(customers, offers)


def test_goods_without_cost_or_margin_are_refused():
    line = {"customer_id": ["a"], "order_id": ["1"], "time": [pd.Timestamp("2024-05-05")], "amount": [3.0]}
    lines = ibis.memtable(pd.DataFrame(line))
    with pytest.raises(InputError, match="cost"):
        interaction.order_contributions(lines, AS_OF)


@pytest.mark.parametrize("budget", [0.0, 0.5, 1.0, 7.0, 30.0, 150.0, 1e9])
def test_spend_stays_within_budget_with_one_offer_each(budget):
    choice = interaction.choose_actions(options(), budget=budget)
    assert choice.cost <= budget
    assert choice.actions["customer_id"].is_unique
    assert (choice.actions["net"] > 0).all()


def test_the_choice_is_as_good_as_trying_everything():
    rows = options(customers=6, seed=5)
    best = 0.0
    for pick in np.ndindex(*[3] * 6):
        taken = [rows.iloc[2 * who + what] for who, what in enumerate(pick) if what < 2]
        cost = sum(one["cost"] for one in taken)
        best = max(best, sum(one["net"] for one in taken) if cost <= 20 else 0.0)
    assert interaction.choose_actions(rows, budget=20).expected_gain >= 0.9 * best


def test_all_alike_spend_the_budget_on_as_many_as_it_reaches():
    rows = pd.DataFrame({"customer_id": range(9), "offer": "mail", "cost": 2.0, "gain": 5.0, "net": 3.0})
    assert len(interaction.choose_actions(rows, budget=9).actions) == 4


def test_no_customers_give_no_actions():
    choice = interaction.choose_actions(options().head(0), budget=10)
    assert (len(choice.actions), choice.cost, choice.unpaid) == (0, 0.0, 0)


@pytest.mark.parametrize("budget", [-1.0, float("nan"), float("inf")])
def test_a_budget_that_is_none_is_refused(budget):
    with pytest.raises(InputError, match="budget"):
        interaction.choose_actions(options(), budget=budget)


def test_cohen_1988_sample_of_a_medium_difference():
    """Table 2.4.1: d = .50, power .80, two-sided .05 asks for 64 by t, 63 by the normal distribution."""
    assert interaction.next_test(0.5, 1.0).contacted == 63
    uneven = interaction.next_test(0.5, 1.0, held_back_share=0.2)
    assert uneven.held_back == pytest.approx(uneven.contacted / 4, abs=1)


def test_an_effect_of_nothing_needs_no_test():
    with pytest.raises(InputError, match="effect"):
        interaction.next_test(0.0, 1.0)


@pytest.mark.parametrize(
    ("effect", "spread", "words"),
    [
        (float("nan"), 1.0, "no number of orders would pay for a contact"),
        (float("inf"), 1.0, "no number of orders would pay for a contact"),
        (0.1, 0.0, "orders in the window do not differ from customer to customer"),
        (-0.1, float("nan"), "(?s)no number of orders.*do not differ"),
    ],
)
def test_a_test_that_cannot_be_sized_says_why_without_a_number_that_is_none(effect, spread, words):
    with pytest.raises(InputError, match=words) as raised:
        interaction.next_test(effect, spread)
    assert "nan" not in str(raised.value)
    assert "inf" not in str(raised.value)


def test_goods_without_cost_cost_what_others_do_and_without_any_it_is_refused():
    days = pd.to_datetime(["2025-03-01", "2025-04-01", "2025-05-01"])
    lines = pd.DataFrame({"customer_id": ["a", "a", "b"], "order_id": ["1", "2", "3"], "time": days, "amount": 100.0})
    as_of = date(2026, 1, 1)
    known = interaction.order_contributions(ibis.memtable(lines.assign(cost=[60.0, 60.0, 60.0])), as_of)
    partly = interaction.order_contributions(ibis.memtable(lines.assign(cost=[60.0, None, 60.0])), as_of)
    pd.testing.assert_frame_equal(known, partly)
    schema = ibis.schema(
        {"customer_id": "string", "order_id": "string", "time": "timestamp", "amount": "float64", "cost": "float64"}
    )
    with pytest.raises(InputError, match="what goods cost is not known"):
        interaction.order_contributions(ibis.memtable(lines.assign(cost=None), schema=schema), as_of)


def test_contacts_fall_on_working_days_and_no_day_has_too_many():
    days = interaction.plan_dates(7, date(2026, 1, 2), per_day=3)
    assert days.normalize().unique().strftime("%a").tolist() == ["Fri", "Mon", "Tue"]
    assert days.value_counts().max() == 3
    assert len(interaction.plan_dates(0, AS_OF, per_day=3)) == 0


def test_a_list_that_wins_clearly_is_said_to_and_one_company_is_too_few():
    scores = pd.DataFrame(
        {"list_gain": [9.0, 11.0, 10.0], "random_gain": 0.0, "past_spend_gain": 9.5, "value_gain": 20.0}
    )
    assert interaction.gains_over(scores)["wins"].tolist() == [True, False, False]
    with pytest.raises(InputError, match="one company"):
        interaction.gains_over(scores.head(1))


def test_each_simpler_way_stays_within_the_budget():
    customers = pd.DataFrame({"spend": range(50), "value": range(50)})
    for way in ("random", "past_spend", "value"):
        rng = np.random.default_rng(1)
        spent = interaction.spend_budget(options(), customers, way=way, budget=20, rng=rng)
        assert 0 < spent["cost"].sum() <= 20
        assert spent["customer_id"].is_unique
