"""Advice and facts are given only where a run's own results call for them."""

import re

import pytest

from helpers.core.results import Ledger
from helpers.narrative.recommendations import ADVICE, advise
from helpers.narrative.rules import STAGES, Sentence, above, fitting, unknown
from helpers.narrative.summary import FACTS, HEADINGS, KEY_FIGURES, facts_known

EVERYTHING = {
    "demographics_share": 0.324,
    "failing_fields": 5,
    "customers": 2469,
    "customers_to_remind": 265,
    "customers_lost": 142,
    "states_learned": True,
    "best_customers": 494,
    "best_revenue_share": 0.546,
    "winback_segment": "at risk",
    "winback_to_approach_customers": 120,
    "winback_revenue_share": 0.086,
    "falling_to_speak_to_customers": 130,
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
    "churn_verdict": "usable",
    "customers_to_speak_to": 1619,
    "offer_threshold": 0.231,
    "budget_net_gain": 43722.89,
    "budget_net_gain_by_segment": 22619.44,
    "holdout_verdict": "worse",
    "has_control_group": False,
    "retention_customers_lost": 52,
    "net_revenue_retention": 0.95,
    "campaign_effect": 0.006,
    "campaign_effect_verdict": "not distinguished from chance",
    "revenue": 4_600_000.0,
    "contribution_lost": 92_776.0,
    "credit_verdict": "usable",
    "credit_open_balance": 1_000_000.0,
    "churn_customers": 7_043,
    "budget_spent": 20_000.0,
    "key_account_check_verdict": "worse",
    "key_account_check_share": 0.288,
    "largest_account_check_share": 0.404,
    "segments_verdict": "none",
}
# For each piece of advice, the values that take its ground away.
CALM = {
    "demographics_share": 0.9,
    "failing_fields": 0,
    "customers_to_remind": 12,
    "best_revenue_share": 0.3,
    "winback_to_approach_customers": 0,
    "falling_to_speak_to_customers": 0,
    "loss_making_customers": 0,
    "profit_below_cost_customers": 0,
    "credit_to_approach_customers": 0,
    "credit_weak_open_share": 0.02,
    "credit_over_limit_customers": 0,
    "credit_given_up": 0.0,
    "credit_verdict": "usable for ranking only",
    "churn_verdict": "usable for ranking only",
    "budget_net_gain": 22619.44,
    "holdout_verdict": "better",
    "has_control_group": True,
    "net_revenue_retention": 1.03,
    "campaign_effect_verdict": "raised the response",
    "key_account_check_verdict": "untested",
    "segments_verdict": "clusters",
}
RANKING = "usable for ranking only"
# What the run knows of lifetime values, and what it is advised then.
LIFETIME_VALUES = {
    "Plan with lifetime values by": {"clv_verdict": "usable", "clv_order": "better than", "clv_mean": 5.0},
    "Plan totals with lifetime values by": {"clv_verdict": "usable", "clv_order": "worse than", "clv_mean": 5.0},
    "Rank customers by lifetime value, which": {"clv_verdict": RANKING, "clv_order": "better than"},
    "Rank customers by what they spent before": {"clv_verdict": RANKING, "clv_order": "no better than"},
    "Plan with {clv_closest_guess}, and rank": {
        "clv_verdict": "no better than a guess",
        "clv_order": "worse than",
        "clv_closest_guess": "past spend times its trend",
    },
    "Plan with what customers spent before": {"clv_verdict": "not usable", "clv_order": "worse than"},
    "Do not plan with a lifetime value": {"clv_verdict": "not usable"},
    "Plan with what customers brought lately": {"holdout_verdict": "worse"},
    "Do not plan with the first estimate": {"holdout_verdict": "untested"},
    "Rank customers by the first estimate": {"holdout_verdict": "not distinguishable"},
}


def all_advice(values: dict) -> list[str]:
    return [text for stage in STAGES for text in advise(stage, values)]


LIVING = {"winback_living_customers": 60, "winback_living_revenue_share": 0.05}


def situation(one: Sentence) -> dict:
    """Return the values that call for a piece of advice."""
    answer = next((values for start, values in LIFETIME_VALUES.items() if one.text.startswith(start)), {})
    lost = (
        {"profit_loss_customers": 115, "profit_loss_amount": 98_000.0} if "profit_loss_customers" in one.names else {}
    )
    lowered = {"campaign_effect_verdict": "lowered the response"} if one.text.startswith("Change the campaigns") else {}
    living = LIVING if "winback_living_customers" in one.names else {}
    plans = "key_account_plans_customers"
    better = {plans: 18, "key_account_check_verdict": "better"} if plans in one.names else {}
    return EVERYTHING | {"clv_purchase_model": "BG/NBD"} | lost | lowered | answer | living | better


def test_a_run_that_needs_everything_gets_advice_at_every_stage():
    assert all(advise(stage, EVERYTHING) for stage in STAGES)


def test_a_run_in_which_all_is_well_gets_no_advice():
    assert all_advice(EVERYTHING | CALM) == []


@pytest.mark.parametrize("name", CALM)
def test_each_result_takes_its_own_advice_away(name):
    lost = set(all_advice(EVERYTHING)) - set(all_advice(EVERYTHING | {name: CALM[name]}))
    assert len(lost) == 1


def test_who_is_gone_by_the_own_rhythm_is_not_approached_first():
    said = [text for text in all_advice(EVERYTHING | LIVING) if "winback_segment" in text]
    assert len(said) == 1
    assert "{winback_living_customers}" in said[0]
    nobody = all_advice(EVERYTHING | LIVING | {"winback_living_customers": 0})
    assert not [text for text in nobody if "winback_segment" in text]


def test_three_living_of_a_large_segment_are_not_worth_its_whole_revenue():
    three = {"winback_living_customers": 3, "winback_living_revenue_share": 0.0004, "winback_revenue_share": 0.059}
    assert not [text for text in all_advice(EVERYTHING | three) if "winback_segment" in text]


@pytest.mark.parametrize("one", ADVICE, ids=lambda one: one.text[:30])
def test_advice_needs_every_result_it_names(one):
    values = situation(one)
    assert one.text in advise(one.stage, values)
    for name in one.names:
        assert one.text not in advise(one.stage, {key: value for key, value in values.items() if key != name})
        assert one.text not in advise(one.stage, values | {name: None})


@pytest.mark.parametrize(("start", "values"), LIFETIME_VALUES.items(), ids=lambda one: str(one)[:30])
def test_there_is_one_story_of_lifetime_value(start, values):
    answer = advise("value", {"clv_purchase_model": "BG/NBD", **values})
    assert [text for text in answer if text.startswith(start)] == answer


def test_a_model_that_passed_but_orders_worse_gets_one_piece_of_advice_on_both():
    values = {
        "clv_purchase_model": "BG/NBD",
        "clv_verdict": "usable",
        "clv_order": "worse than",
        "clv_mean": 5.0,
        "holdout_verdict": "worse",
    }
    assert [text.split(":")[0][:40] for text in advise("value", values)] == [
        "Plan totals with lifetime values by the ",
    ]


def test_customers_at_a_loss_are_counted_one_way_only():
    values = {"loss_making_customers": 96, "contribution_lost": 2776.0}
    more = values | {"profit_loss_customers": 115, "economic_profit": 833502.0}
    assert [text for text in facts_known("value", values) if "loss_making" in text]
    assert [text for text in facts_known("value", more) if "_customers}" in text] == [
        text for text in facts_known("value", more) if "profit_loss_customers" in text
    ]
    assert not [text for text in advise("value", more) if "loss_making" in text]


@pytest.mark.parametrize("verdict", ["usable", RANKING, "no better than a guess", "not usable"])
def test_an_amount_that_may_not_be_used_is_not_reported(verdict):
    values = {"clv_verdict": verdict, "clv_mean": 9.0, "clv_definition": "margin", "holdout_verdict": "worse"}
    answer = " ".join(facts_known("value", values))
    assert ("{clv_mean}" in answer) == (verdict == "usable")
    assert "first estimate" not in answer


def test_what_is_nothing_is_no_fact():
    nothing = {
        "failing_fields": 0,
        "absent_fields": 0,
        "discount_share": 0.0,
        "rfm_segment_champions_revenue_share": 0.0,
    }
    nothing |= {"phase_growth_customer_share": 0.0, "phase_decline_customer_share": 0.0}
    nothing |= {"phase_silence_rule": "for longer than their own rhythm makes likely"}
    assert [text for stage in STAGES for text in facts_known(stage, nothing)] == []
    some = nothing | {"phase_decline_customer_share": 0.1}
    assert len(facts_known("differentiate", some)) == 1


def test_everything_said_is_prose_without_typed_digits():
    texts = [one.text for one in (*ADVICE, *FACTS)] + list(KEY_FIGURES.values())
    texts += [heading for headings in HEADINGS.values() for heading in headings]
    assert not [text for text in texts if re.search(r"\d", re.sub(r"{.*?}", "", text))]
    ledger = Ledger("USD")
    names = {name for text in texts for name in Sentence("value", text).names}
    for name in sorted(names):
        ledger.add(name, 1.0, unit="share", about="for the test")
    assert all(ledger.sentence(text) for text in texts)


def test_every_stage_is_named():
    assert set(HEADINGS) == set(STAGES) == {one.stage for one in FACTS} == {one.stage for one in ADVICE}


def test_conditions_look_at_all_that_is_known():
    answer = Sentence("value", "{lost}", above("lost", 2))
    assert fitting([answer], "value", {"lost": 3}) == ["{lost}"]
    assert fitting([answer], "value", {"lost": 2}) == fitting([answer], "evaluate", {"lost": 3}) == []
    alone = Sentence("value", "{lost}", unknown("gained"))
    assert fitting([alone], "value", {"lost": 3, "gained": None}) == ["{lost}"]
    assert fitting([alone], "value", {"lost": 3, "gained": 0}) == []


def test_every_share_of_the_summary_names_its_base():
    """Active customers are a share of those known then; who came again is compared by months; moves are of money."""
    assert "{state_customers}" in HEADINGS["identify"][0]
    assert all("{known_customers}" in heading for heading in HEADINGS["identify"][1:3])
    assert "{known_customers}" in KEY_FIGURES["active_customer_share"]
    assert "{largest_customer_revenue_share}" in KEY_FIGURES["revenue"]
    later = KEY_FIGURES["net_revenue_retention"]
    assert "{retention_earlier_months}" in later
    assert "{retention_later_months}" in later
    names = {name for fact in FACTS for name in fact.names}
    assert {"returned_customers", "newly_seen_customers", "spend_more_share"} <= names
    assert not {name for name in names if name.startswith("moved_")}


def test_nobody_is_to_be_contacted_because_of_what_the_contacted_had_spent():
    """A ratio of spend says who was chosen, not whom a contact would move."""
    assert [one for one in ADVICE if "contacted_spend_ratio" in one.names] == []
    assert advise("evaluate", {"contacted_spend_ratio": 6.9}) == []


def test_the_answers_of_contacts_never_stand_without_those_of_customers_held_back():
    known = {"redemption_rate_all": 0.337, "campaigns": 5, "contacted_customers": 1500}
    held_back = {"campaign_treated_response_rate": 0.337, "campaign_control_response_rate": 0.331}
    effect = held_back | {"campaign_effect": 0.006}
    assert len(facts_known("evaluate", known)) == 1
    answer = facts_known("evaluate", known | effect)
    assert len(answer) == 1
    assert "{campaign_effect:interval}" in answer[0]


@pytest.mark.parametrize(
    "too_small",
    [
        {"loss_making_customers": 9, "contribution_lost": 4.86, "revenue": 205_418.0},
        {"profit_loss_customers": 9, "profit_loss_amount": 4.86, "revenue": 205_418.0},
        {"winback_revenue_share": 0.001},
        {"falling_to_speak_to_customers": 3, "customers": 2469},
        {"profit_below_cost_amount": 20.0},
        {"credit_to_collect": 120.0},
        {"credit_over_limit": 120.0},
        {"credit_given_up": 120.0},
        {"credit_return": -0.05},
        {"customers_to_speak_to": 4},
        {"budget_net_gain": 22_620.0},
        {"net_revenue_retention": 0.999},
    ],
    ids=lambda one: next(iter(one)),
)
def test_nine_customers_at_a_loss_of_4_86_of_205_418_call_for_no_advice(too_small):
    """Nor does anything else whose stake is below the share that is stated once."""
    before = EVERYTHING | (
        {"profit_loss_customers": 115, "profit_loss_amount": 98_000.0} if "profit_loss_customers" in too_small else {}
    )
    assert len(set(all_advice(before)) - set(all_advice(before | too_small))) == 1


def test_a_score_that_only_ranks_sets_no_limit_for_loans():
    answer = {name: value for name, value in EVERYTHING.items() if name.startswith("credit_")}
    for verdict in ("usable for ranking only", "not usable", "changes no decision for the better"):
        assert not [text for text in all_advice(answer | {"credit_verdict": verdict}) if text.startswith("Grant loans")]
    assert [text for text in all_advice(answer) if text.startswith("Grant loans")]


STATES = {
    "customers": 300,
    "known_customers": 300,
    "customers_lapsing": 60,
    "customers_to_remind": 55,
    "states_learned": False,
}
FIXED = {"customers_lost": 212, "state_lapsing_days": 30, "state_lost_days": 90}
WHY = {"states_not_learned_because": "too few customers bought again"}


def test_fixed_90_days_name_the_rule_and_give_no_advice():
    """The same days for everybody called 212 customers of a shop lost, and had 60 reminded."""
    values = STATES | FIXED | WHY
    (answer,) = facts_known("identify", values)
    assert {"{state_lapsing_days}", "{state_lost_days}"} <= set(re.findall(r"{\w+}", answer))
    assert "do not show who is lost" in answer
    assert not [advice for advice in advise("identify", values) if "lapsing" in advice]


def test_by_rhythm_alone_nobody_is_called_lost():
    (answer,) = facts_known("identify", STATES | WHY)
    assert "Who is lost is not known: {states_not_learned_because}" in answer
    assert not [advice for advice in advise("identify", STATES | WHY) if "lapsing" in advice]


def test_learned_states_are_counted_with_their_interval_and_called_upon():
    learned = {"states_learned": True, "customers_lost": 90, "living_customers": 188, "state_customers": 300}
    values = STATES | learned | {"state_model": "MBG/NBD", "state_rule": "own rhythm and P(alive)"}
    assert ["{living_customers:interval}" in answer for answer in facts_known("identify", values)] == [True, False]
    assert [advice for advice in advise("identify", values) if "lapsing" in advice]


def test_the_tile_of_active_customers_names_its_rule():
    assert "{state_rule}" in KEY_FIGURES["active_customer_share"]


SHARES = {f"loyalty_{name}_class_share": 0.3 for name in ("loyal", "switching", "not_loyal")}
LOYALTY = SHARES | {"loyalty_judged_customers": 9}


def test_loyal_customers_are_counted_only_where_their_tastes_forecast_the_next_brand():
    assert len(facts_known("differentiate", LOYALTY | {"choice_gain": 0.2})) == 1
    assert facts_known("differentiate", LOYALTY | {"choice_gain": -0.1}) == facts_known("differentiate", LOYALTY) == []


@pytest.mark.parametrize("verdict", ["clusters", "cuts", "none", "unknown"])
def test_clusters_are_counted_only_where_there_are_some(verdict):
    values = {"segments_verdict": verdict, "segments_groups": 4}
    assert len(facts_known("differentiate", values)) == (verdict == "clusters")
    assert len(advise("differentiate", values)) == (verdict == "none")


@pytest.mark.parametrize("verdict", ["better", "no better"])
def test_a_way_to_segment_whose_gain_may_be_chance_is_no_fact(verdict):
    values = {"segment_ways_verdict": verdict, "best_way": "behaviour", "best_way_share": 0.197}
    assert len(facts_known("differentiate", values)) == (verdict == "better")


def test_key_accounts_that_a_plain_rule_beats_are_chosen_by_that_rule():
    shares = {"key_account_check_share": 0.29, "largest_account_check_share": 0.40, "key_account_plans_customers": 18}
    chosen = {
        verdict: advise("differentiate", shares | {"key_account_check_verdict": verdict})
        for verdict in ("better", "not distinguishable", "worse", "untested", "none")
    }
    assert {verdict: len(given) for verdict, given in chosen.items() if given} == {"better": 1, "worse": 1}
    assert "choose key accounts by revenue" in chosen["worse"][0]
    assert "{key_account_plans_customers}" in chosen["better"][0]
