"""Which results rest on costs and margins that nobody stated, and how a reader is informed.

A parameter whose meaning ends in "assumed" has a default that is a guess. As long as neither study.yml nor a user
states it, every result that rests on it carries its name, in the results file too, and is kept out of the figures,
headings and advice of the summary.
"""

import re
from collections.abc import Collection, Mapping, Sequence

from helpers.core.results import Ledger, Scalar, enumerated
from helpers.suite.notebook.opening import DEFAULT
from helpers.suite.planning.parameters import Parameter

_GOODS, _ORDERS = ("gross_margin",), ("gross_margin", "cost_per_order")
_MINUTES = ("visit_minutes", "call_minutes")
_PROFIT = ("cost_drivers_file", "gross_margin", "cost_of_capital")
_KEPT = ("contract_margin", "churn_period_months", "discount_rate")
_OFFER = ("offer_cost", "offer_success_share", *_KEPT)
_CUBE = ("contract_margin", "gross_margin", "cost_per_order", "discount_rate")
_WEIGHTS = ("weight_attractiveness", "weight_potential", "weight_relationship")
_INFORMATION = ("published_info_cost", "trade_info_cost", "contact_info_cost", "top_info_cost")
_BUDGET = ("keep_cost", "keep_success_share", "sell_cost", "sell_success_share", "uptake_share", *_CUBE)

RESTS_ON: Mapping[str, tuple[str, ...]] = {
    r"cost_of_goods|crm_(gain|return)": _GOODS,
    r"cost_to_serve_orders": ("cost_per_order",),
    r"contribution(_per_customer|_lost)?|loss_making_.*": _ORDERS,
    r"best_(by_)?contribution_(too_)?share": _ORDERS,
    r"sales_.*_selling_time_share": _MINUTES,
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
    r"cube_(richest|threatened)_share|cube_richest_segment|segment_.*_value_share": ("uptake_share", "cost_per_order"),
    r"cube_(naive_)?potential_value(_cut)?": ("uptake_share", *_CUBE),
    r"budget_.*": _BUDGET,
    r"credit_(expected_loss|expected_loss_share|loss_bad_year|loss_given_default)": ("assumed_loss_share",),
    r"campaign_(margin|extra_margin|net|return|cost_to_break_even)|qini_net": _GOODS,
    r"(left_alone|worth_contacting)_share": _GOODS,
    r"key_account_.*|largest_account_check_share": _WEIGHTS,
    r"information_(total_cost|complete_customers)": (*_WEIGHTS, *_INFORMATION),
    r"staffing_(?!forecast).*": ("handling_seconds",),
    r"next_product_(gain_)?contribution_per_customer": _GOODS,
    r"credit_(break_even|granted_.*|grantable_share|return|return_all)": ("loan_margin", "loan_loss"),
}
"""By pattern of a result's whole name: parameters it rests on, where the notebook has them."""

PIECES_REST_ON: Mapping[str, tuple[str, ...]] = {
    r"profit_(?!unit_costs$).*": _PROFIT,
    r"contribution_(steps|deciles)|whale_curve|margin_sensitivity|forecast_(errors|calibration)": _ORDERS,
    r"measures": _ORDERS,
    r"selling_time": _MINUTES,
    r"customers_valued": (*_ORDERS, "discount_rate"),
    r"value_concentration|value_by_segment|lifetime_values|traced_values": (*_GOODS, "discount_rate"),
    r"offer_threshold|churn_reasons|customers_likely_to_leave": _OFFER,
    r"cube_segments|cube_map": ("uptake_share", *_CUBE),
    r"cube_products": ("contract_margin", "gross_margin", "cost_per_order"),
    r"cube_budget|customers_in_cube": _BUDGET,
    r"ahp_(map|branch_sensitivity|rankings|learned_weights)|customers_judged": _ORDERS,
    r"credit_expected_loss|credit_risks": ("assumed_loss_share",),
    r"campaign_returns|qini_net|net_by_fifth": _GOODS,
    r"key_account.*": _WEIGHTS,
    r"information_levels": (*_WEIGHTS, *_INFORMATION),
    r"staffing.*": ("handling_seconds",),
    r"credit_granting|applicants_scored": ("loan_margin", "loan_loss"),
}
"""By pattern of the whole name of a figure, table or list: parameters that what it shows rests on."""

RANGES: Mapping[str, tuple[float, float]] = {
    "gross_margin": (0.15, 0.45),
    "cost_per_order": (0.75, 3.0),
    "discount_rate": (0.05, 0.20),
    "cost_of_capital": (0.05, 0.20),
    "contract_margin": (0.20, 0.80),
    "churn_period_months": (0.5, 2.0),
    "offer_cost": (15.0, 60.0),
    "offer_success_share": (0.10, 0.40),
    "uptake_share": (0.25, 1.0),
    "keep_cost": (15.0, 60.0),
    "keep_success_share": (0.10, 0.40),
    "sell_cost": (1.0, 4.0),
    "sell_success_share": (0.05, 0.20),
    "assumed_loss_share": (0.25, 0.90),
    "loan_margin": (0.10, 0.40),
    "loan_loss": (0.30, 1.0),
    "weight_attractiveness": (0.15, 0.60),
    "weight_potential": (0.20, 0.80),
    "weight_relationship": (0.15, 0.60),
    "published_info_cost": (7.5, 30.0),
    "trade_info_cost": (30.0, 120.0),
    "contact_info_cost": (75.0, 300.0),
    "top_info_cost": (200.0, 800.0),
    "visit_minutes": (30.0, 120.0),
    "call_minutes": (5.0, 20.0),
    "handling_seconds": (120.0, 480.0),
}
"""Between which ends an assumed value may lie: from half to twice the default where nothing better is known."""

_MONEY = ("cost_per_order", "offer_cost", "keep_cost", "sell_cost", *_INFORMATION)
_COUNTED = ("_months", "_minutes", "_seconds")
"""Ends of names of parameters whose unit their words name: they are no shares."""
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
    return _matching(RESTS_ON, name, assumed)


def assumed_for_piece(name: str, assumed: Collection[str]) -> tuple[str, ...]:
    """Return which of the assumed parameters a figure, table or list of this name rests on.

    Examples
    --------
    >>> assumed_for_piece("contribution_deciles", {"gross_margin"}), assumed_for_piece("segments", {"gross_margin"})
    (('gross_margin',), ())
    """
    return _matching(PIECES_REST_ON, name, assumed)


def _matching(rests_on: Mapping[str, tuple[str, ...]], name: str, assumed: Collection[str]) -> tuple[str, ...]:
    found = (parameters for pattern, parameters in rests_on.items() if re.fullmatch(pattern, name))
    return tuple(dict.fromkeys(one for parameters in found for one in parameters if one in assumed))


def stated_values(results: Ledger) -> dict[str, Scalar]:
    """Return the values of all results that rest on nothing assumed."""
    return {result.name: result.value for result in results if not result.assumed}


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


def in_title(parameters: Sequence[str]) -> str:
    """Return the mark of a title or heading.

    Examples
    --------
    >>> in_title(["gross_margin", "cost_per_order"])
    '(assumed: gross margin and cost per order)'
    """
    return f"(assumed: {in_client_words(named_at_most(parameters))})"


def with_ranges(parameters: Sequence[str], values: Mapping[str, object], currency: str) -> str:
    """Return the sentence that a caption or the note of a table gets: what is assumed, and how far it may be off.

    Parameters
    ----------
    parameters : sequence of str
        Those assumed.
    values : mapping of str to object
        Values of the notebook's parameters; `margin_reach`, where there is one, sets the range of the gross margin.
    currency : str
        Of the study.

    Examples
    --------
    >>> with_ranges(["gross_margin", "cost_per_order"], {"gross_margin": 0.25, "cost_per_order": 1.5}, "EUR")
    'Assumed: gross margin 25 % (15 to 45 %) and cost per order EUR 1.50 (0.75 to 3.00).'
    """
    return f"Assumed: {enumerated([_with_range(name, values, currency) for name in parameters])}."


def _with_range(name: str, values: Mapping[str, object], currency: str) -> str:
    words, value, reach = in_client_words([name]), values.get(name), values.get("margin_reach")
    if name not in RANGES:
        return f"{words}, each within its range"
    if not isinstance(value, int | float):
        return words
    low, high = RANGES[name]
    if name == "gross_margin" and isinstance(reach, int | float):
        low, high = max(value - reach, 0.0), min(value + reach, 1.0)
    if name in _MONEY:
        return f"{words} {currency} {value:.2f} ({low:.2f} to {high:.2f})"
    if name.endswith(_COUNTED):
        return f"{words} {value:g} ({low:g} to {high:g})"
    return f"{words} {100 * value:.4g} % ({100 * low:.4g} to {100 * high:.4g} %)"
