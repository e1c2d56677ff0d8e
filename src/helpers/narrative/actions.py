"""What to do next week: for whom, what it should bring and how we shall know, from the named results of a run.

An action stands in the table only where the run knows all its results and they call for it; where nothing on record
says what it brings, that is said, with how to find out.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from helpers.evaluation.claims import HOLDS
from helpers.evaluation.crm_return import LOST, UNCLEAR
from helpers.narrative.recommendations import many_lapsing
from helpers.narrative.rules import Condition, Sentence, Stake, Values, above, both, fitting, says, unknown

TRIAL = "not known before a trial"
HELD_BACK = "hold a part back by lot, and compare what both buy afterwards"


@dataclass(frozen=True)
class Action:
    """One action as templates of named results.

    Parameters
    ----------
    what, whom, brings, known_by : str
        What to do, for whom, what it should bring, how we shall know.
    when : callable
        Condition on the values of all known results, by name.
    needs : tuple of str
        Results the condition uses beside those in the templates.
    stake : Stake, optional
        What the action is about; below the share that calls for advice the action does not stand.
    """

    what: str
    whom: str
    brings: str
    known_by: str
    when: Condition
    needs: tuple[str, ...] = ()
    stake: Stake | None = None


ACTIONS: tuple[Action, ...] = (
    Action(
        "Send out what is due",
        "{credit_to_approach_customers} customers who owe",
        "{credit_to_collect}, of which {credit_to_lawyer} by the lawyer",
        "cash received by the end of next month",
        above("credit_to_approach_customers", 0),
        stake=Stake("credit_to_collect", "credit_open_balance"),
    ),
    Action(
        "Remind lapsing customers",
        "{customers_to_remind} customers silent for longer than their own rhythm",
        TRIAL,
        HELD_BACK,
        both(many_lapsing, says("states_learned", True)),
        ("customers", "states_learned"),
    ),
    Action(
        "Win back the segment {winback_segment}",
        "{winback_living_customers} customers likely here still",
        "at most {winback_living_revenue_share} of revenue, if all of them bought as before",
        HELD_BACK,
        above("winback_living_customers", 0),
        stake=Stake("winback_living_revenue_share", ""),
    ),
    Action(
        "Make an offer to those likely to leave",
        "{customers_to_speak_to} customers whose probability of leaving is {offer_threshold} or more",
        TRIAL,
        HELD_BACK,
        both(above("customers_to_speak_to", 0), says("churn_verdict", "usable")),
        ("churn_verdict",),
        stake=Stake("customers_to_speak_to", "churn_customers"),
    ),
    Action(
        "Review prices, discounts and service",
        "{profit_loss_customers} customers at a loss",
        "up to {profit_loss_amount}, if none were at a loss",
        "the profit of the same customers in the next period",
        above("profit_loss_customers", 0),
        stake=Stake("profit_loss_amount"),
    ),
    Action(
        "Review prices and discounts",
        "{loss_making_customers} customers who cost more than they bring",
        "up to {contribution_lost}, if none did",
        "the contribution of the same customers in the next period",
        both(above("loss_making_customers", 0), unknown("profit_loss_customers")),
        stake=Stake("contribution_lost"),
    ),
    Action(
        "Ask satisfied customers for referrals before buying addresses",
        "those who sell",
        "{leads_won_share_referral:interval} of leads by referral are won, {leads_won_share} of all",
        "the share won of the next leads of each source",
        says("claim_referral_is_best_status", HOLDS),
        ("claim_referral_is_best_status",),
    ),
    Action(
        "Hold a part of the customers back by lot",
        "all customers chosen for the next campaign",
        "an answer to what campaigns bring, which nothing on record gives",
        "the difference of the two groups, with its interval",
        says("has_control_group", False),
        ("has_control_group",),
    ),
    Action(
        "Keep holding customers back before more is spent",
        "all customers chosen for the next campaigns",
        "an answer to whether contacts return the {crm_cost} they cost: so far they brought {crm_gain:interval}",
        "gain less cost, when its interval leaves out nil",
        says("crm_return_verdict", UNCLEAR),
        ("crm_return_verdict",),
    ),
    Action(
        "Stop the campaigns as they are",
        "all customers chosen for the next campaigns",
        "up to {crm_cost} of contacts saved, which brought {crm_gain:interval}",
        "revenue of the customers no longer contacted, against some drawn by lot who are",
        says("crm_return_verdict", LOST),
        ("crm_return_verdict",),
    ),
)
"""In the order of how soon they can bring something."""

_COLUMNS = ("what", "whom", "brings", "known_by")


def actions_for(values: Values, fill: Callable[[str], str]) -> pd.DataFrame:
    """Return the actions that the results of a run call for.

    Parameters
    ----------
    values : mapping of str to scalar
        Named results of the run; None where the data do not allow one.
    fill : callable
        Fills a template with the results of the run.

    Returns
    -------
    DataFrame
        One row per action: `action`, `for_whom`, `should_bring`, `how_we_shall_know`.

    Examples
    --------
    >>> actions_for({"has_control_group": False}, str)["action"].tolist()
    ['Hold a part of the customers back by lot']
    """
    called_for = [one for one in ACTIONS if _fits(one, values)]
    rows = [[fill(getattr(one, column)) for column in _COLUMNS] for one in called_for]
    return pd.DataFrame(rows, columns=["action", "for_whom", "should_bring", "how_we_shall_know"])


def _fits(action: Action, values: Values) -> bool:
    text = " ".join(getattr(action, column) for column in _COLUMNS)
    return bool(
        fitting([Sentence("evaluate", text, action.when, action.needs, stake=action.stake)], "evaluate", values)
    )
