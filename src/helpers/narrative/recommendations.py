"""What to do next, stage by stage: advice that rests on named results, and is silent where they do not call for it.

A piece of advice is a template of named results with a condition on them. It is given only in a run that knows all its
results and meets the condition, so that no report recommends what its own figures do not support. Where it is about
money or customers it names its stake, and is silent below `MATERIAL_SHARE` of the whole.
"""

from helpers.evaluation import LOWERED, UNCLEAR
from helpers.narrative.rules import (
    MATERIAL_SHARE,
    Sentence,
    Stake,
    Values,
    above,
    below,
    both,
    fitting,
    number,
    says,
    unknown,
)

MOST_KNOWN = 0.8  # share of customers with a record from which a mix describes the base
MANY_LAPSING = 0.05  # of the customers, from which a reminder is worth its effort
MUCH_OWED = 0.1  # of the open balance, from which the terms of those who owe it are worth a talk
HALF = 0.5
A_FEW = 1  # customers, above whom a list is worth a campaign
RANKING = "usable for ranking only"
NO_BETTER = "no better than a guess"
_NOT_BETTER = ("no better than", "worse than")


def _order_only(values: Values) -> bool:
    """Ask for lifetime values whose order may be used, but not their amounts: these are off, or rest on a guess."""
    return values["clv_verdict"] == RANKING or (values["clv_verdict"] == "usable" and "clv_mean" not in values)


def many_lapsing(values: Values) -> bool:
    """Say whether so many customers lapse that a reminder is worth its effort."""
    return number(values, "customers_to_remind") > MANY_LAPSING * number(values, "customers")


ADVICE: tuple[Sentence, ...] = (
    Sentence(
        "identify",
        "Ask customers who they are when they buy next: {demographics_share} are on record, and what is said of groups "
        "of customers holds for these alone.",
        below("demographics_share", MOST_KNOWN),
    ),
    Sentence(
        "identify",
        "Repair the {failing_fields} required {failing_fields:field that falls|fields that fall} short before anyone "
        "is written to.",
        above("failing_fields", 0),
    ),
    Sentence(
        "identify",
        "Remind now the {customers_to_remind} lapsing {customers_to_remind:customer|customers} not known to refuse "
        "contact: each is silent for longer than the own rhythm makes likely, and more likely a customer still than "
        "the {customers_lost} lost.",
        both(
            says("states_learned", True),
            many_lapsing,
        ),
        needs=("customers", "states_learned"),
    ),
    Sentence(
        "differentiate",
        "Give the {best_customers} best {best_customers:customer, who brings|customers, who bring} "
        "{best_revenue_share} of revenue, a service of their own.",
        above("best_revenue_share", HALF),
    ),
    Sentence(
        "differentiate",
        "Approach first, of the segment {winback_segment}, the {winback_living_customers} "
        "{winback_living_customers:customer|customers} not known to refuse contact and, by the own rhythm, likely here "
        "still, who brought {winback_living_revenue_share} of revenue.",
        above("winback_living_customers", 0),
        stake=Stake("winback_living_revenue_share", ""),
    ),
    Sentence(
        "differentiate",
        "Approach first the segment {winback_segment}, which stands for {winback_revenue_share} of revenue: of its "
        "customers, the {winback_to_approach_customers} not known to refuse contact.",
        both(above("winback_to_approach_customers", 0), unknown("winback_living_customers")),
        stake=Stake("winback_revenue_share", ""),
    ),
    Sentence(
        "differentiate",
        "Where revenue is what counts, choose key accounts by revenue: of the revenue since, the largest a year ago "
        "brought {largest_account_check_share}, a list by attractiveness, potential and relationship "
        "{key_account_check_share}.",
        says("key_account_check_verdict", "worse"),
        needs=("key_account_check_verdict",),
    ),
    Sentence(
        "differentiate",
        "Fill in the plans of the {key_account_plans_customers} key {key_account_plans_customers:account|accounts} not "
        "known to refuse contact, beginning with what is not known of them.",
        both(above("key_account_plans_customers", 0), says("key_account_check_verdict", "better")),
        needs=("key_account_check_verdict",),
    ),
    Sentence(
        "differentiate",
        "Do not plan by clusters of how customers buy: no number of clusters comes back when customers are drawn anew.",
        says("segments_verdict", "none"),
        needs=("segments_verdict",),
    ),
    Sentence(
        "differentiate",
        "Speak to the {falling_to_speak_to_customers} {falling_to_speak_to_customers:customer who buys|customers who "
        "buy} less and less and {falling_to_speak_to_customers:is|are} not known to refuse contact, before they fall "
        "silent.",
        above("falling_to_speak_to_customers", A_FEW),
        stake=Stake("falling_to_speak_to_customers", "customers"),
    ),
    Sentence(
        "value",
        "Review prices, discounts and service for the {profit_loss_customers} {profit_loss_customers:customer|"
        "customers} at a loss, which comes to {profit_loss_amount}.",
        above("profit_loss_customers", 0),
        stake=Stake("profit_loss_amount"),
    ),
    Sentence(
        "value",
        "Review prices and discounts for the {loss_making_customers} {loss_making_customers:customer who costs|"
        "customers who cost} more than they bring, {contribution_lost} together.",
        both(above("loss_making_customers", 0), unknown("profit_loss_customers")),
        stake=Stake("contribution_lost"),
    ),
    Sentence(
        "value",
        "Go through the terms of the {profit_below_cost_customers} {profit_below_cost_customers:customer who pays|"
        "customers who pay} less than their goods cost, which took {profit_below_cost_amount}.",
        above("profit_below_cost_customers", 0),
        stake=Stake("profit_below_cost_amount"),
    ),
    Sentence(
        "value",
        "Send out what is due: {credit_to_approach_customers} customers are to be approached about "
        "{credit_to_collect}, of which {credit_to_lawyer} is for the lawyer.",
        above("credit_to_approach_customers", 0),
        stake=Stake("credit_to_collect", "credit_open_balance"),
    ),
    Sentence(
        "value",
        "Deliver to customers of grades C and D only what is paid before, in part or in whole: they owe "
        "{credit_weak_open_share} of what is open.",
        above("credit_weak_open_share", MUCH_OWED),
    ),
    Sentence(
        "value",
        "Hold the {credit_over_limit_customers} customers who owe more than their limit to it; {credit_over_limit} is "
        "above limits.",
        above("credit_over_limit_customers", 0),
        stake=Stake("credit_over_limit", "credit_open_balance"),
    ),
    Sentence(
        "value",
        "Write off the {credit_given_up} that is open long after default, and set {credit_expected_loss} aside in all.",
        above("credit_given_up", 0),
        stake=Stake("credit_given_up", "credit_open_balance"),
    ),
    Sentence(
        "value",
        "Grant loans up to a probability of default of {credit_break_even}: that returns {credit_return} of the money "
        "asked for, granting everybody {credit_return_all}.",
        says("credit_verdict", "usable"),
        needs=("credit_verdict",),
        stake=Stake("credit_return", "", less="credit_return_all"),
    ),
    Sentence(
        "value",
        "Plan with lifetime values by the {clv_purchase_model} model, which passed their test.",
        both(says("clv_verdict", "usable"), lambda values: values.get("clv_order") not in _NOT_BETTER),
        needs=("clv_verdict", "clv_mean"),
    ),
    Sentence(
        "value",
        "Plan totals with lifetime values by the {clv_purchase_model} model, which passed their test; pick customers "
        "by what they spent before, for lifetime values put them in an order {clv_order} that.",
        both(says("clv_verdict", "usable"), says("clv_order", *_NOT_BETTER)),
        needs=("clv_verdict", "clv_mean"),
    ),
    Sentence(
        "value",
        "Rank customers by lifetime value, which orders them better than past spend, but do not plan with its amounts.",
        both(_order_only, says("clv_order", "better than")),
        needs=("clv_verdict", "clv_order"),
    ),
    Sentence(
        "value",
        "Rank customers by what they spent before: lifetime values put them in an order {clv_order} that.",
        both(_order_only, says("clv_order", *_NOT_BETTER)),
        needs=("clv_verdict",),
    ),
    Sentence(
        "value",
        "Plan with what customers spent before: lifetime values lost their test against it.",
        says("clv_verdict", "not usable"),
        needs=("clv_verdict", "clv_order"),
    ),
    Sentence(
        "value",
        "Plan with {clv_closest_guess}, and rank customers by what they spent before: lifetime values did no better, "
        "and their order is {clv_order} that by past spend.",
        says("clv_verdict", NO_BETTER),
        needs=("clv_verdict",),
    ),
    Sentence(
        "value",
        "Do not plan with a lifetime value before enough months are on record to test it.",
        both(says("clv_verdict", "not usable"), unknown("clv_order")),
        needs=("clv_verdict",),
    ),
    Sentence(
        "value",
        "Plan with what customers brought lately, not with the first estimate of lifetime value, which lost its test.",
        both(says("holdout_verdict", "worse", "no order"), unknown("clv_verdict")),
        needs=("holdout_verdict",),
    ),
    Sentence(
        "value",
        "Do not plan with the first estimate of lifetime value before enough months are on record to test it.",
        both(says("holdout_verdict", "untested"), unknown("clv_verdict")),
        needs=("holdout_verdict",),
    ),
    Sentence(
        "value",
        "Rank customers by the first estimate of lifetime value, but do not plan with its amounts.",
        both(says("holdout_verdict", "not distinguishable"), unknown("clv_verdict")),
        needs=("holdout_verdict",),
    ),
    Sentence(
        "value",
        "Make an offer to the {customers_to_speak_to} {customers_to_speak_to:customer|customers} whose probability of "
        "leaving is {offer_threshold} or more, and none to a few of them drawn at random: only they tell what the "
        "offer does.",
        both(says("churn_verdict", "usable"), above("customers_to_speak_to", A_FEW)),
        needs=("churn_verdict",),
        stake=Stake("customers_to_speak_to", "churn_customers"),
    ),
    Sentence(
        "value",
        "Spend on customers where the return is highest, not segment by segment: {budget_net_gain} net instead of "
        "{budget_net_gain_by_segment}.",
        lambda values: number(values, "budget_net_gain") > number(values, "budget_net_gain_by_segment"),
        stake=Stake("budget_net_gain", "budget_spent", less="budget_net_gain_by_segment"),
    ),
    Sentence(
        "evaluate",
        "Hold a random part of the customers back from the next campaign: only then can its effect be known.",
        says("has_control_group", False),
        needs=("has_control_group",),
    ),
    Sentence(
        "evaluate",
        "Find out why {retention_customers_lost} {retention_customers_lost:customer|customers} did not come back: "
        "{net_revenue_retention} of former revenue came again.",
        below("net_revenue_retention", 1 - MATERIAL_SHARE),
    ),
    Sentence(
        "evaluate",
        "Hold customers back from the next campaigns too before more is spent on them: what contacts changed so far, "
        "{campaign_effect:interval} of response, may be chance.",
        says("campaign_effect_verdict", UNCLEAR),
        needs=("campaign_effect_verdict",),
    ),
    Sentence(
        "evaluate",
        "Change the campaigns before the next: those contacted responded less than those held back, by a difference of "
        "{campaign_effect:interval}.",
        says("campaign_effect_verdict", LOWERED),
        needs=("campaign_effect_verdict",),
    ),
)


def advise(stage: str, values: Values) -> list[str]:
    """Return the recommendations of a stage that the results of a run call for.

    Parameters
    ----------
    stage : str
        One of `STAGES`.
    values : mapping of str to scalar
        Named results of the run; None where the data do not allow one.

    Returns
    -------
    list of str
        Templates, in the order of `ADVICE`.

    Examples
    --------
    >>> advise("evaluate", {"has_control_group": False})
    ['Hold a random part of the customers back from the next campaign: only then can its effect be known.']
    >>> advise("evaluate", {"has_control_group": True})
    []
    """
    return fitting(ADVICE, stage, values)
