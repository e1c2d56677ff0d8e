"""What customers are worth: contribution, purchase models, spend, contracts, lifetime value, holdout checks."""

from helpers.groups import equal_groups
from helpers.value import ahp
from helpers.value.contracts import ShiftedBetaGeometric, contracts_from_survivors, curve_projections
from helpers.value.contribution import (
    ContributionCurve,
    CostAssumptions,
    break_even_margin,
    contribution_deciles,
    cumulative_contribution,
    margin_sensitivity,
    measure_contribution,
    negative_contributors,
)
from helpers.value.forecast_comparison import ForecastComparison, calibration_by_group, compare_forecasts
from helpers.value.gamma_gamma import GammaGamma
from helpers.value.holdout import NAIVE_FORECASTS, SIMPLE_MODEL, Holdout, forecast_holdout, split_holdout
from helpers.value.intervals import (
    DrawnIntervals,
    bootstrap_intervals,
    draw_models,
    forecast_intervals,
    lifetime_value_intervals,
    parameter_intervals,
    profile_intervals,
    purchase_intervals,
)
from helpers.value.latest_contribution import LatestContribution, latest_contribution
from helpers.value.lifetime_value import ValueDefinition, draw_lifetime_value, estimate_lifetime_value
from helpers.value.maximum_likelihood import FitWarning
from helpers.value.purchase_fit import CountFit, cumulative_repeat_purchases, expectation_by, repeat_purchase_fit
from helpers.value.purchase_history import CustomerTrace, purchase_days, purchase_history, trace_customers
from helpers.value.purchase_models import BGBB, BGNBD, MBGNBD, ParetoNBD
from helpers.value.simple_lifetime_value import (
    ExpectedLife,
    annuity_factor,
    estimate_simple_lifetime_value,
    expected_life,
    monthly_rate,
)

__all__ = [
    "BGBB",
    "BGNBD",
    "MBGNBD",
    "NAIVE_FORECASTS",
    "SIMPLE_MODEL",
    "ContributionCurve",
    "CostAssumptions",
    "CountFit",
    "CustomerTrace",
    "DrawnIntervals",
    "ExpectedLife",
    "FitWarning",
    "ForecastComparison",
    "GammaGamma",
    "Holdout",
    "LatestContribution",
    "ParetoNBD",
    "ShiftedBetaGeometric",
    "ValueDefinition",
    "ahp",
    "annuity_factor",
    "bootstrap_intervals",
    "break_even_margin",
    "calibration_by_group",
    "compare_forecasts",
    "contracts_from_survivors",
    "contribution_deciles",
    "cumulative_contribution",
    "cumulative_repeat_purchases",
    "curve_projections",
    "draw_lifetime_value",
    "draw_models",
    "equal_groups",
    "estimate_lifetime_value",
    "estimate_simple_lifetime_value",
    "expectation_by",
    "expected_life",
    "forecast_holdout",
    "forecast_intervals",
    "latest_contribution",
    "lifetime_value_intervals",
    "margin_sensitivity",
    "measure_contribution",
    "monthly_rate",
    "negative_contributors",
    "parameter_intervals",
    "profile_intervals",
    "purchase_days",
    "purchase_history",
    "purchase_intervals",
    "repeat_purchase_fit",
    "split_holdout",
    "trace_customers",
]
