"""What to do next, stage by stage: advice that rests on named results, and is silent where they do not call for it.

A piece of advice is a template of named results with a condition on them. It is given only in a run that knows all its
results and meets the condition, so that no report recommends what its own figures do not support.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from string import Formatter

from helpers.results import Scalar

STAGES: tuple[str, ...] = ("identify", "differentiate", "value", "evaluate")


@dataclass(frozen=True)
class Advice:
    """One recommendation.

    Parameters
    ----------
    stage : str
        One of `STAGES`.
    text : str
        Template of named results.
    when : callable
        Condition on the values of the results in `needs` and in the text, by name.
    needs : tuple of str
        Results the condition uses beside those in the text.
    """

    stage: str
    text: str
    when: Callable[[Mapping[str, Scalar]], bool]
    needs: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Results that must be known."""
        fields = (field.split(":")[0] for _, field, _, _ in Formatter().parse(self.text) if field)
        return tuple(dict.fromkeys((*fields, *self.needs)))


def _number(values: Mapping[str, Scalar], name: str) -> float:
    value = values[name]
    return float(value) if isinstance(value, int | float) else float("nan")


def _above(name: str, limit: float) -> Callable[[Mapping[str, Scalar]], bool]:
    return lambda values: _number(values, name) > limit


def _below(name: str, limit: float) -> Callable[[Mapping[str, Scalar]], bool]:
    return lambda values: _number(values, name) < limit


def _says(name: str, *words: Scalar) -> Callable[[Mapping[str, Scalar]], bool]:
    return lambda values: values[name] in words


MOST_KNOWN = 0.8  # share of customers with a record from which a mix describes the base
MANY_LAPSING = 0.05  # of the customers, from which a reminder is worth its effort
MUCH_OWED = 0.1  # of the open balance, from which the terms of those who owe it are worth a talk
HALF = 0.5

ADVICE: tuple[Advice, ...] = (
    Advice(
        "identify",
        "Ask at the till and online who customers are: {demographics_share} are known, too few to address or compare.",
        _below("demographics_share", MOST_KNOWN),
    ),
    Advice(
        "identify",
        "Repair the required fields that fall short ({failing_fields}) before anyone is written to.",
        _above("failing_fields", 0),
    ),
    Advice(
        "identify",
        "Remind the {customers_lapsing} lapsing customers now.",
        lambda values: _number(values, "customers_lapsing") > MANY_LAPSING * _number(values, "customers"),
        needs=("customers",),
    ),
    Advice(
        "differentiate",
        "Give the {best_customers} best customers, who bring {best_revenue_share} of revenue, a service of their own.",
        _above("best_revenue_share", HALF),
    ),
    Advice(
        "differentiate",
        "Approach first the segment {winback_segment}: {winback_customers} customers who stand for "
        "{winback_revenue_share} of revenue.",
        _above("winback_customers", 0),
    ),
    Advice(
        "differentiate",
        "Speak to the {phase_reason_falling_customers} customers who buy less and less, before they fall silent.",
        _above("phase_reason_falling_customers", 0),
    ),
    Advice(
        "value",
        "Review prices and discounts for the {loss_making_customers} customers who cost more than they bring.",
        _above("loss_making_customers", 0),
    ),
    Advice(
        "value",
        "Go through the terms of the {profit_below_cost_customers} customers who pay less than their goods cost, which "
        "took {profit_below_cost_amount}.",
        _above("profit_below_cost_customers", 0),
    ),
    Advice(
        "value",
        "Send out what is due: {credit_to_approach_customers} customers are to be approached about {credit_to_collect}, "
        "of which {credit_to_lawyer} is for the lawyer.",
        _above("credit_to_approach_customers", 0),
    ),
    Advice(
        "value",
        "Deliver to customers of grades C and D only what is paid before, in part or in whole: they owe "
        "{credit_weak_open_share} of what is open.",
        _above("credit_weak_open_share", MUCH_OWED),
    ),
    Advice(
        "value",
        "Hold the {credit_over_limit_customers} customers who owe more than their limit to it; {credit_over_limit} is "
        "above limits.",
        _above("credit_over_limit_customers", 0),
    ),
    Advice(
        "value",
        "Write off the {credit_given_up} that is open long after default, and set {credit_expected_loss} aside in all.",
        _above("credit_given_up", 0),
    ),
    Advice(
        "value",
        "Grant loans up to a probability of default of {credit_break_even}: that returns {credit_return} of the money "
        "asked for, granting everybody {credit_return_all}. Put in your own margin and loss first.",
        lambda values: _number(values, "credit_return") > _number(values, "credit_return_all"),
    ),
    Advice(
        "value",
        "Plan with what customers brought lately, not with the first lifetime value, which lost its test.",
        _says("holdout_verdict", "worse"),
        needs=("holdout_verdict",),
    ),
    Advice(
        "value",
        "Do not plan with a lifetime value before enough months are on record to test it.",
        _says("holdout_verdict", "untested"),
        needs=("holdout_verdict",),
    ),
    Advice(
        "value",
        "Rank customers by the first lifetime value, but do not plan with its amounts.",
        _says("holdout_verdict", "not distinguishable"),
        needs=("holdout_verdict",),
    ),
    Advice(
        "evaluate",
        "Hold a random part of the customers back from the next campaign: only then can its effect be known.",
        _says("has_control_group", False),
        needs=("has_control_group",),
    ),
    Advice(
        "evaluate",
        "Find out why {retention_customers_lost} customers did not come back: revenue kept is {net_revenue_retention}.",
        _below("net_revenue_retention", 1),
    ),
    Advice(
        "evaluate",
        "Contact customers who were not chosen so far: those contacted had spent {contacted_spend_ratio} times as much "
        "before, so little is known about the others.",
        _above("contacted_spend_ratio", 1.5),
    ),
)


def advise(stage: str, values: Mapping[str, Scalar]) -> list[str]:
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
    known = {name: value for name, value in values.items() if value is not None}
    fitting = (one for one in ADVICE if one.stage == stage and known.keys() >= set(one.names))
    return [one.text for one in fitting if one.when(known)]
