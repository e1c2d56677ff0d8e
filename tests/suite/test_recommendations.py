"""Advice is given only where a run's own results call for it."""

import re

import pytest

from helpers.results import Ledger
from helpers.suite.recommendations import ADVICE, STAGES, advise

EVERYTHING = {
    "demographics_share": 0.324,
    "failing_fields": 5,
    "customers": 2469,
    "customers_lapsing": 265,
    "customers_lost": 142,
    "best_customers": 494,
    "best_revenue_share": 0.546,
    "winback_segment": "at risk",
    "winback_customers": 120,
    "winback_revenue_share": 0.086,
    "phase_reason_falling_customers": 130,
    "loss_making_customers": 94,
    "profit_below_cost_customers": 14,
    "profit_below_cost_amount": 183265.51,
    "credit_to_approach_customers": 274,
    "credit_to_collect": 418453.51,
    "credit_to_lawyer": 203177.52,
    "credit_weak_open_share": 0.297,
    "credit_over_limit_customers": 257,
    "credit_over_limit": 427249.94,
    "credit_given_up": 5592.93,
    "credit_expected_loss": 14973.22,
    "credit_break_even": 0.25,
    "credit_return": 0.06,
    "credit_return_all": -0.051,
    "holdout_verdict": "worse",
    "has_control_group": False,
    "retention_customers_lost": 52,
    "net_revenue_retention": 0.95,
    "contacted_spend_ratio": 2.5,
}
# For each piece of advice, the values that take its ground away.
CALM = {
    "demographics_share": 0.9,
    "failing_fields": 0,
    "customers_lapsing": 12,
    "best_revenue_share": 0.3,
    "winback_customers": 0,
    "phase_reason_falling_customers": 0,
    "loss_making_customers": 0,
    "profit_below_cost_customers": 0,
    "credit_to_approach_customers": 0,
    "credit_weak_open_share": 0.02,
    "credit_over_limit_customers": 0,
    "credit_given_up": 0.0,
    "credit_return": -0.051,
    "holdout_verdict": "better",
    "has_control_group": True,
    "net_revenue_retention": 1.03,
    "contacted_spend_ratio": 1.0,
}


def all_advice(values: dict) -> list[str]:
    return [text for stage in STAGES for text in advise(stage, values)]


def test_a_run_that_needs_everything_gets_advice_at_every_stage():
    assert all(advise(stage, EVERYTHING) for stage in STAGES)
    assert len(all_advice(EVERYTHING)) == len(ADVICE) - 2  # the three on the lifetime value exclude each other


def test_a_run_in_which_all_is_well_gets_no_advice():
    assert all_advice(EVERYTHING | CALM) == []


@pytest.mark.parametrize("name", CALM)
def test_each_result_takes_its_own_advice_away(name):
    lost = set(all_advice(EVERYTHING)) - set(all_advice(EVERYTHING | {name: CALM[name]}))
    assert len(lost) == 1


@pytest.mark.parametrize("one", ADVICE, ids=lambda one: one.text[:30])
def test_advice_needs_every_result_it_names(one):
    verdict = "not distinguishable" if "Rank" in one.text else "untested" if "before enough" in one.text else "worse"
    values = EVERYTHING | {"holdout_verdict": verdict}
    assert one.text in advise(one.stage, values)
    for name in one.names:
        assert one.text not in advise(one.stage, {key: value for key, value in values.items() if key != name})
        assert one.text not in advise(one.stage, values | {name: None})


def test_advice_is_prose_without_typed_digits():
    assert not [one.text for one in ADVICE if re.search(r"\d", re.sub(r"{.*?}", "", one.text))]
    ledger = Ledger("USD")
    for name, value in EVERYTHING.items():
        ledger.add(name, value, unit="text" if isinstance(value, str) else "share", about="for the test")
    assert all(ledger.tell(one.text) for one in ADVICE)
