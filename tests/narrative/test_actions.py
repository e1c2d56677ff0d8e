"""What to do on Monday: an action stands only where the results of the run call for it, and says how we shall know."""

import pytest

from helpers.narrative.actions import ACTIONS, actions_for
from helpers.narrative.summary import facts_known

OWED = {"credit_to_approach_customers": 3, "credit_to_collect": 900.0, "credit_to_lawyer": 100.0}
RETURN = {"crm_cost": 100.0, "crm_gain": 20.0, "crm_return": -0.8, "crm_return_verdict": "these data cannot say"}
LOSS = {"profit_loss_customers": 9, "revenue": 205_418.0}


@pytest.mark.parametrize(
    ("values", "action"),
    [
        (OWED, "Send out what is due"),
        (OWED | {"credit_to_approach_customers": 0}, None),
        (OWED | {"credit_to_lawyer": None}, None),
        (RETURN, "Keep holding customers back before more is spent"),
        (RETURN | {"crm_return_verdict": "earned more than it cost"}, None),
        ({"has_control_group": False}, "Hold a part of the customers back by lot"),
        ({}, None),
        ({"customers": 300, "states_learned": True, "customers_to_remind": 14}, None),  # no advice says so either
        ({"customers": 300, "states_learned": True, "customers_to_remind": 16}, "Remind lapsing customers"),
        (LOSS | {"profit_loss_amount": 4.86}, None),  # nine customers, 4.86 of 205,418
        (LOSS | {"profit_loss_amount": 2_776.0}, "Review prices, discounts and service"),
    ],
)
def test_an_action_stands_only_where_results_call_for_it(values, action):
    assert actions_for(values, str)["action"].tolist() == ([action] if action else [])


def test_every_action_says_for_whom_what_it_brings_and_how_we_shall_know():
    assert all(one.what and one.whom and one.brings and one.known_by for one in ACTIONS)


def test_what_crm_cost_and_returned_is_said_or_why_not():
    assert any("{crm_cost}" in fact for fact in facts_known("evaluate", RETURN))
    (fact,) = facts_known("evaluate", {"has_control_group": False})
    assert "cannot be said" in fact
    assert facts_known("evaluate", {}) == []
