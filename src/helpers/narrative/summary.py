"""What the executive summary says of each stage: a heading and facts, each only where a run knows its results."""

from collections.abc import Mapping
from types import MappingProxyType

from helpers.core.results import Ledger, assumed_in
from helpers.narrative.rules import Sentence, Values, above, both, fitting, number, says, unknown

HEADINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "identify": (
            "Identify: {living_customers} of {state_customers} {state_customers:customer is|customers are} expected to "
            "be customers still",
            "Identify: {active_customer_share} of {known_customers} {known_customers:customer|customers} bought within "
            "{state_lapsing_days} days of the last month's end",
            "Identify: {active_customer_share} of {known_customers} {known_customers:customer buys|customers buy} in "
            "their own rhythm",
            "Identify: {customer_records} records are {customers_linked} customers",
        ),
        "differentiate": (
            "Differentiate: the best fifth bring {top20_revenue_share} of revenue",
            "Differentiate: {cube_threatened_share} of value lies with valuable customers of low loyalty",
        ),
        "value": (
            "Value: the best tenth bring {top_decile_contribution_share} of contribution",
            "Value: {churn_rate} of customers left",
            "Value: customers owe {credit_open_balance}",
            "Value: of {credit_applicants} applicants {credit_default_share} did not repay",
            "Value: {occasion_alive_share} of customers are expected to be customers still",
            "Value: {contribution_per_customer} of contribution per customer",
        ),
        "evaluate": (
            "Evaluate: {retention_rate} of customers stayed, with {net_revenue_retention} of their revenue",
            "Evaluate: {campaign_treated_response_rate} of those contacted responded, "
            "{campaign_control_response_rate} of those held back",
            "Evaluate: {redemption_rate_all} of campaign contacts were answered",
            "Evaluate: {published_values_reproduced} of {published_values_checked} published figures are reproduced",
        ),
    }
)
"""By stage: headings, of which the first whose results are known is shown."""

COSTS_ASSUMED = "Value: what customers bring after costs is not known before the costs are stated"
"""Heading where all that is known of value rests on assumed costs."""

KEY_FIGURES: Mapping[str, str] = MappingProxyType(
    {
        "revenue": "revenue of {customers} {customers:customer|customers}, {largest_customer_revenue_share} from one",
        "contribution": "contribution after goods and service",
        "active_customer_share": "of {known_customers} customers active, by {state_rule}",
        "top20_revenue_share": "of revenue from the best fifth",
        "net_revenue_retention": "of the revenue of {retention_earlier_months} came again in {retention_later_months}",
        "customers_linked": "customers behind {customer_records} records",
        "churn_rate": "of {churn_customers} customers left",
        "customers_to_speak_to": "customers under contract worth an offer",
        "cube_threatened_share": "of value with valuable customers of low loyalty",
        "occasion_alive_share": "of {occasion_customers} customers expected to be customers still",
        "credit_open_balance": "owed by customers",
        "leads_won_share": "of {leads_closed} closed leads won",
        "credit_default_share": "of {credit_applicants} applicants did not repay",
        "credit_grantable_share": "of applicants could be granted a loan that pays",
        "winback_revenue_share": "of revenue from the segment {winback_segment}",
        "published_values_reproduced": "of {published_values_checked} published figures reproduced",
    }
)
"""Figures of the cover: name of a result and its label."""

FACTS: tuple[Sentence, ...] = (
    Sentence("identify", "{duplicate_records} records repeat a customer on record already."),
    Sentence(
        "identify",
        "{customers} {customers:customer|customers} placed {orders} {orders:order|orders} worth {revenue}; half of all "
        "orders are worth no more than {median_order_value}.",
    ),
    Sentence(
        "identify",
        "By the {state_model} model, {living_customers:interval} of {state_customers} customers are expected to be "
        "customers still.",
        says("states_learned", True),
        needs=("states_learned",),
    ),
    Sentence(
        "identify",
        "At the last month's end, {customers_lapsing} {customers_lapsing:customer was|customers were} silent for "
        "longer than their own rhythm makes likely, and {customers_lost} more {customers_lost:was|were} lost, by "
        "{state_rule}.",
        says("states_learned", True),
        needs=("states_learned",),
    ),
    Sentence(
        "identify",
        "At the last month's end, {customers_lapsing} {customers_lapsing:customer was|customers were} silent for "
        "longer than their own rhythm makes likely. Who is lost is not known: {states_not_learned_because}.",
        both(says("states_learned", False), unknown("state_lapsing_days")),
        needs=("states_learned",),
    ),
    Sentence(
        "identify",
        "At the last month's end, {customers_lapsing} {customers_lapsing:customer|customers} had last bought more than "
        "{state_lapsing_days} days before and {customers_lost} more than {state_lost_days}. The days are the same for "
        "everybody, because {states_not_learned_because}: they do not show who is lost.",
    ),
    Sentence(
        "identify",
        "Revenue changed by {audit_revenue_change}, {audit_latest_period} against {audit_earlier_period}: "
        "{audit_change_from_customers} from the number of buyers, {audit_change_from_orders_per_customer} from the "
        "orders of each and {audit_change_from_spend_per_order} from the spend of an order.",
    ),
    Sentence(
        "identify",
        "{customers_with_demographics} {customers_with_demographics:customer is|customers are} on record "
        "({demographics_share}).",
    ),
    Sentence(
        "identify",
        "{failing_fields} required {failing_fields:field falls|fields fall} short, {absent_fields} of them never "
        "received.",
        above("absent_fields", 0),
        needs=("failing_fields",),
    ),
    Sentence(
        "identify",
        "{failing_fields} required {failing_fields:field falls|fields fall} short.",
        both(above("failing_fields", 0), lambda values: not number(values, "absent_fields") > 0),
        needs=("absent_fields",),
    ),
    Sentence(
        "differentiate",
        "Half of revenue comes from {customers_for_half_revenue} of {customers} {customers:customer|customers}; class "
        "A holds {a_class_customers}.",
    ),
    Sentence(
        "differentiate",
        "Champions, who buy lately, often and much, bring {rfm_segment_champions_revenue_share} of revenue.",
        above("rfm_segment_champions_revenue_share", 0),
    ),
    Sentence(
        "differentiate",
        "The segment {winback_segment}, {winback_customers} {winback_customers:customer|customers}, brought "
        "{winback_revenue_share} of revenue; it was last seen {winback_days_since_last} days ago at the median, all "
        "customers {median_days_since_last}.",
    ),
    Sentence(
        "differentiate",
        "{phase_stability_customer_share} of customers are stable, {phase_growth_customer_share} grow, "
        "{phase_decline_customer_share} decline, by {phase_basis}; {phase_gone_customer_share} are gone by their own "
        "rhythm.",
    ),
    Sentence(
        "differentiate",
        "{phase_growth_customer_share} of customers grow, {phase_decline_customer_share} decline: they buy less and "
        "less, or are silent {phase_silence_rule}.",
        both(
            unknown("phase_gone_customer_share"),
            lambda values: values["phase_growth_customer_share"] != 0 or values["phase_decline_customer_share"] != 0,
        ),
    ),
    Sentence(
        "differentiate",
        "Of {loyalty_judged_customers} {loyalty_judged_customers:customer|customers} with purchases enough to judge, "
        "{loyalty_loyal_class_share} are loyal to a brand, {loyalty_switching_class_share} switch and "
        "{loyalty_not_loyal_class_share} choose like the market.",
        above("choice_gain", 0),
        needs=("choice_gain",),
    ),
    Sentence(
        "differentiate",
        "By how they buy, customers fall into {segments_groups} clusters that come back when customers are drawn anew.",
        says("segments_verdict", "clusters"),
        needs=("segments_verdict",),
    ),
    Sentence(
        "differentiate",
        "Of the ways to segment, {best_way} foretells later value best: it explains {best_way_share:interval} of the "
        "differences between customers.",
        says("segment_ways_verdict", "better"),
        needs=("segment_ways_verdict",),
    ),
    Sentence(
        "differentiate",
        "{key_account_customers} key {key_account_customers:account brings|accounts bring} {key_account_revenue_share} "
        "of the revenue of {business_customers} firms; {key_account_firm_customers} "
        "{key_account_firm_customers:stays|stay} on the list when the weights are halved or doubled.",
    ),
    Sentence(
        "differentiate",
        "The segment {cube_richest_segment} of the value cube holds {cube_richest_share} of value.",
    ),
    Sentence(
        "differentiate",
        "{cube_at_risk_customers} {cube_at_risk_customers:customer|customers} of high value, high potential and low "
        "loyalty {cube_at_risk_customers:is|are} still here.",
        above("cube_at_risk_customers", 0),
    ),
    Sentence("value", "{contribution} remain after goods and service."),
    Sentence("value", "Discounts take {discount_share} of the list price.", above("discount_share", 0)),
    Sentence(
        "value",
        "The costs of the goods are not known: contribution assumes a gross margin of {assumed_gross_margin}.",
    ),
    Sentence(
        "value",
        "{loss_making_customers} {loss_making_customers:customer costs|customers cost} more than they bring, "
        "{contribution_lost} together.",
        both(above("loss_making_customers", 0), unknown("profit_loss_customers")),
    ),
    Sentence(
        "value",
        "With every activity, credit and capital costed, {economic_profit:interval} is left, by the range of what is "
        "assumed; {profit_loss_customers} {profit_loss_customers:customer is|customers are} at a loss.",
    ),
    Sentence(
        "value",
        "A customer is expected to bring {clv_mean}; counted is {clv_definition}.",
        says("clv_verdict", "usable"),
        needs=("clv_verdict",),
    ),
    Sentence(
        "value",
        "Lifetime values by the {clv_purchase_model} model are {clv_verdict}; the order they put customers in is "
        "{clv_order} that by past spend.",
    ),
    Sentence(
        "value",
        "Lifetime values by the {clv_purchase_model} model could not be tested and are not to be used.",
        unknown("clv_order"),
        needs=("clv_verdict",),
    ),
    Sentence(
        "value",
        "The first estimate of lifetime value, tested on the last months, is no better than a naive forecast.",
        both(says("holdout_verdict", "worse", "no order", "not distinguishable"), unknown("clv_verdict")),
        needs=("holdout_verdict",),
    ),
    Sentence(
        "value",
        "The first estimate of lifetime value, tested on the last months, beats every naive forecast.",
        both(says("holdout_verdict", "better"), unknown("clv_verdict")),
        needs=("holdout_verdict",),
    ),
    Sentence(
        "value",
        "As a forecast, the order by our own judgement is {ahp_holdout_order} that by contribution so far.",
    ),
    Sentence(
        "value",
        "An alarm rings for {alarm_customers} {alarm_customers:customer|customers}; most of those about to fade "
        "are named by {alarm_best_warning}.",
    ),
    Sentence(
        "value", "Probabilities that a customer leaves are {churn_verdict}; {customers_to_speak_to} are worth an offer."
    ),
    Sentence(
        "value",
        "Probabilities that a customer leaves are {churn_verdict}.",
        unknown("customers_to_speak_to"),
    ),
    Sentence(
        "value",
        "{top_three_deciles_leavers_share} of those who left stood among the three tenths held most likely to leave.",
        both(says("churn_verdict", "usable"), unknown("offer_threshold")),
        needs=("churn_verdict",),
    ),
    Sentence(
        "value",
        "{top_three_deciles_leavers_share} of those who left stood among the three tenths held most likely to leave; "
        "an offer pays where the probability of leaving is {offer_threshold} or more.",
        says("churn_verdict", "usable"),
        needs=("churn_verdict",),
    ),
    Sentence(
        "value",
        "As far as the assumptions hold, {budget_spent} spent on keeping and selling brings {budget_net_gain} net.",
        above("budget_net_gain", 0),
    ),
    Sentence("value", "{occasion_purchases_ahead:,.0f} purchases are expected on the occasions to come."),
    Sentence(
        "value",
        "{credit_past_due_share} of what customers owe is past due; {credit_expected_loss:interval} may be lost.",
    ),
    Sentence("value", "{credit_past_due_share} of what customers owe is past due.", unknown("credit_expected_loss")),
    Sentence("value", "A bad applicant scores worse than a good one with a chance of {credit_auc:interval}."),
    Sentence(
        "evaluate",
        "{redemption_rate_all:interval} of campaign contacts were answered, from {campaigns} {campaigns:campaign|"
        "campaigns} to {contacted_customers} customers.",
        unknown("campaign_effect"),
    ),
    Sentence(
        "evaluate",
        "{campaign_treated_response_rate} of contacts, by {campaigns} {campaigns:campaign|campaigns} to "
        "{contacted_customers} customers, were followed by a response, and {campaign_control_response_rate} of "
        "customers held back responded too: the difference within campaigns is {campaign_effect:interval}.",
    ),
    Sentence(
        "evaluate",
        "{retention_customers_lost:All customers|{retention_customers_lost} customer|{retention_customers_lost} "
        "customers} of {retention_earlier_months} {retention_customers_lost:came|did not come|did not come} back in "
        "{retention_later_months}; {returned_customers:no other|{returned_customers} other|{returned_customers} "
        "others} came back after a pause and {newly_seen_customers:none was|{newly_seen_customers} was|"
        "{newly_seen_customers} were} not seen before.",
    ),
    Sentence(
        "evaluate",
        "{spend_more_share} of customers spent more than before, {spend_less_share} less and {spend_nothing_share} "
        "nothing.",
    ),
    Sentence(
        "evaluate",
        "Contacts of campaigns that held customers back cost {crm_cost} and brought {crm_gain:interval} of "
        "contribution beyond what would have come anyway: what they return is {crm_return:interval}. Pay of sellers "
        "and costs of systems are not in it.",
    ),
    Sentence(
        "evaluate",
        "What the work on customers cost and returned cannot be said from these data: it takes customers held back by "
        "lot and the cost of every contact.",
        both(says("has_control_group", False), unknown("crm_return")),
        needs=("has_control_group",),
    ),
    Sentence(
        "evaluate",
        "Of {leads_closed} closed leads {leads_won_share:interval} were won.",
    ),
    Sentence(
        "evaluate",
        "The order of the {sellers_ranked} sellers by share won may be chance: the first is the best with a chance of "
        "{best_seller_chance}.",
        says("sellers_apart", False),
        needs=("sellers_apart",),
    ),
    Sentence(
        "evaluate",
        "Of the indicators of customer work, {scorecard_better_indicators} {scorecard_better_indicators:is|are} better "
        "than two periods before and {scorecard_worse_indicators} worse beyond chance; the change of "
        "{scorecard_unclear_indicators} may be chance.",
        lambda values: sum(number(values, f"scorecard_{one}_indicators") for one in ("better", "worse", "unclear")) > 0,
    ),
    Sentence(
        "evaluate",
        "Of {claims_tested} claims of the literature {claims_hold} {claims_hold:holds|hold} in these data and "
        "{claims_fail} {claims_fail:does|do} not; of {claims_not_known} these data cannot say.",
    ),
)


def headings_for(stage: str, results: Ledger) -> tuple[str, ...]:
    """Return the headings of a stage, the last of them for a run in which all amounts rest on assumed costs.

    Parameters
    ----------
    stage : str
        One of `helpers.narrative.rules.STAGES`.
    results : Ledger
        Of the chapters of the run.
    """
    return (*HEADINGS[stage], COSTS_ASSUMED) if stage == "value" and assumed_in(results) else HEADINGS[stage]


def facts_known(stage: str, values: Values) -> list[str]:
    """Return the facts of a stage that a run knows.

    Parameters
    ----------
    stage : str
        One of `helpers.narrative.rules.STAGES`.
    values : mapping of str to scalar
        Named results of the run; None where the data do not allow one.

    Returns
    -------
    list of str
        Templates, in the order of `FACTS`.

    Examples
    --------
    >>> facts_known("identify", {"duplicate_records": 3, "customers": 7})
    ['{duplicate_records} records repeat a customer on record already.']
    """
    return fitting(FACTS, stage, values)
