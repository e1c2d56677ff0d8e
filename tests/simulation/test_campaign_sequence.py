"""Campaigns in sequence after the history, and a parameter that changes midway."""

from pathlib import Path

import numpy as np
import pytest
from tests.drift_scores import CHANGED_AFTER, CHANGES, flagged_after, score_drift, summarise

from helpers.core.errors import InputError
from helpers.simulation import campaigns_in_sequence, read_parameters

COMPANY = Path(__file__).parents[2] / "data" / "simulated" / "company.yml"
PARAMETERS = read_parameters(COMPANY, {"customers": 1500})


def sequence(**how):
    return campaigns_in_sequence(PARAMETERS, **{"offer": "offer", **how})


def test_before_the_change_nothing_differs_and_after_it_orders_follow():
    plain, changed = sequence(), sequence(changes={"orders": 0.5})
    assert plain[["campaign", "customer_id", "expected"]].equals(changed[["campaign", "customer_id", "expected"]])
    before = plain["campaign"] <= 20
    assert plain.loc[before, "actual"].equals(changed.loc[before, "actual"])
    assert changed.loc[~before, "actual"].mean() < 0.8 * plain.loc[~before, "actual"].mean()


@pytest.mark.parametrize("offer", ["offer", "catalogue", "call"])
def test_responses_come_as_expected_where_nothing_changes(offer):
    plain = sequence(offer=offer)
    spread = np.sqrt((plain["expected"] * (1 - plain["expected"])).sum())
    assert abs(plain["actual"].sum() - plain["expected"].sum()) < 3 * spread


def test_an_offer_without_effect_leaves_what_customers_order_anyway():
    nothing = {name: dict.fromkeys(one.effect, 0.0) for name, one in PARAMETERS.campaigns.items()}
    campaigns = {
        name: one.model_copy(update={"effect": nothing[name], "channel_bonus": 0.0})
        for name, one in PARAMETERS.campaigns.items()
    }
    silent = PARAMETERS.model_copy(update={"campaigns": campaigns})
    gone = sequence(changes={"effect": 0.0}, change_after=0)
    assert gone["actual"].equals(campaigns_in_sequence(silent, offer="offer")["actual"])


def test_nobody_is_contacted_twice_by_one_campaign_nor_after_leaving():
    plain = sequence(contacts=10_000)
    assert not plain.duplicated(["campaign", "customer_id"]).any()
    left = plain.groupby("campaign").size()
    assert left.is_monotonic_decreasing
    assert 0 < left.iloc[-1] < left.iloc[0]


def test_all_that_cannot_be_simulated_is_named_at_once():
    with pytest.raises(InputError) as raised:
        sequence(offer="ofer", changes={"order": 0.5, "effect": -1.0})
    text = str(raised.value)
    assert "did you mean 'offer'" in text
    assert "did you mean 'orders'" in text
    assert "effect: -1.0 is out of range" in text
    with pytest.raises(InputError, match=r"nobody is left for campaign \d+ of the offer 'offer'"):
        campaigns_in_sequence(read_parameters(COMPANY, {"customers": 20}), offer="offer", campaigns=2000)


def test_a_change_inside_the_company_is_flagged_after_it_and_not_before():
    assert CHANGED_AFTER < flagged_after(1, CHANGES["orders_half"], runs=300) <= CHANGED_AFTER + 3
    assert flagged_after(1, CHANGES["unchanged"], runs=300) is None


@pytest.mark.slow
def test_planted_drift_over_forty_companies():
    found = summarise(score_drift(range(1, 41)))
    at_most = 40 * (0.05 + 3 * np.sqrt(0.05 * 0.95 / 40))  # three standard errors above the stated rate
    assert (found["before"] <= at_most).all()
    assert found.loc["unchanged", "after"] + found.loc["unchanged", "before"] <= at_most
    assert (found.loc[["orders_half", "orders_eight_tenths"], "never"] == 0).all()
    assert found.loc["orders_half", "median"] <= 3
