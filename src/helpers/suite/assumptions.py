"""Which results rest on costs and margins that nobody stated, and how a reader is told.

A parameter whose meaning ends in "assumed" has a default that is a guess. As long as neither study.yml nor a user
states it, every result that rests on it carries its name, in the results file too, and is kept out of the figures,
headings and advice of the summary.
"""

import re
from collections.abc import Collection, Mapping, Sequence

from helpers.results import Ledger, Scalar, enumerated
from helpers.suite.opening import DEFAULT
from helpers.suite.parameters import Parameter

_GOODS, _ORDERS = ("gross_margin",), ("gross_margin", "cost_per_order")
_PROFIT = ("cost_drivers_file", "gross_margin", "cost_of_capital")
_KEPT = ("contract_margin", "churn_period_months", "discount_rate")
_OFFER = ("offer_cost", "offer_success_share", *_KEPT)
_CUBE = ("contract_margin", "gross_margin", "cost_per_order", "discount_rate")
_BUDGET = ("keep_cost", "keep_success_share", "sell_cost", "sell_success_share", "uptake_share", *_CUBE)

RESTS_ON: Mapping[str, tuple[str, ...]] = {
    r"cost_of_goods": _GOODS,
    r"cost_to_serve_orders": ("cost_per_order",),
    r"contribution(_per_customer|_lost)?|loss_making_.*": _ORDERS,
    r"top_decile_contribution_share|groups_for_half_contribution": _ORDERS,
    r"simple_clv_.*": (*_ORDERS, "discount_rate"),
    r"holdout_mae_(before_times_trend|everyone_equal|lifetime_value|same_as_before)": _ORDERS,
    r"clv_(mean|total)|clv_.*_mean": (*_GOODS, "discount_rate"),
    r"economic_profit|profit_(?!from_|history_years|activities|unit_costs_assumed|verdict|true_total).*": _PROFIT,
    r"profit_from_cost_to_serve": ("cost_drivers_file",),
    r"profit_from_capital_charge": ("cost_of_capital",),
    r"kept_customer_value": _KEPT,
    r"offer_.*|customers_to_speak_to": _OFFER,
    r"cube_current_value(_cut)?": _CUBE,
    r"cube_(naive_)?potential_value(_cut)?": ("uptake_share", *_CUBE),
    r"budget_.*": _BUDGET,
    r"credit_(expected_loss|expected_loss_share|loss_bad_year|loss_given_default)": ("assumed_loss_share",),
    r"credit_(break_even|granted_.*|grantable_share|return|return_all)": ("loan_margin", "loan_loss"),
}
"""By pattern of a result's whole name: parameters it rests on, where the notebook has them."""

_WORDS = {"cost_drivers_file": "unit costs of activities", "assumed_loss_share": "share lost after a default"}


def assumed_parameters(specification: Mapping[str, Parameter], sources: Mapping[str, str]) -> tuple[str, ...]:
    """Return the parameters whose value is a guess: marked as assumed, and stated by nobody.

    Parameters
    ----------
    specification : mapping of str to Parameter
        From the parameters cell.
    sources : mapping of str to str
        Where the value of every parameter comes from.
    """
    return tuple(
        name for name, parameter in specification.items() if parameter.is_assumed and sources.get(name) == DEFAULT
    )


def assumed_for(name: str, assumed: Collection[str]) -> tuple[str, ...]:
    """Return which of the assumed parameters a result of this name rests on.

    Examples
    --------
    >>> assumed_for("contribution", {"gross_margin", "discount_rate"}), assumed_for("revenue", {"gross_margin"})
    (('gross_margin',), ())
    """
    found = (parameters for pattern, parameters in RESTS_ON.items() if re.fullmatch(pattern, name))
    return tuple(dict.fromkeys(one for parameters in found for one in parameters if one in assumed))


def stated_values(results: Ledger) -> dict[str, Scalar]:
    """Return the values of all results that rest on nothing assumed."""
    return {result.name: result.value for result in results if not result.assumed}


def assumed_in(results: Ledger) -> tuple[str, ...]:
    """Return the assumed parameters that any of these results rests on, in alphabetical order."""
    return tuple(sorted({name for result in results for name in result.assumed}))


def named_at_most(parameters: Sequence[str], most: int = 3) -> list[str]:
    """Return the first few names and how many more there are, for headings.

    Examples
    --------
    >>> named_at_most(["a", "b", "c", "d", "e"])
    ['a', 'b', '3 more']
    """
    if len(parameters) <= most:
        return list(parameters)
    return [*parameters[: most - 1], f"{len(parameters) - most + 1} more"]


def in_client_words(parameters: Sequence[str]) -> str:
    """Return names of parameters as a sentence lists them.

    Examples
    --------
    >>> in_client_words(["gross_margin", "cost_per_order"])
    'gross margin and cost per order'
    """
    return enumerated([_WORDS.get(name, name.replace("_", " ")) for name in parameters])
