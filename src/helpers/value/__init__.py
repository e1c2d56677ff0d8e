"""What customers are worth: contribution, purchase models, spend, contracts, lifetime value, holdout checks."""

from helpers.groups import equal_groups
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
from helpers.value.holdout import NAIVE_FORECASTS, SIMPLE_MODEL, Holdout, forecast_holdout, split_holdout
from helpers.value.simple_lifetime_value import (
    ExpectedLife,
    annuity_factor,
    estimate_simple_lifetime_value,
    expected_life,
    monthly_rate,
)

__all__ = [
    "NAIVE_FORECASTS",
    "SIMPLE_MODEL",
    "ContributionCurve",
    "CostAssumptions",
    "ExpectedLife",
    "ForecastComparison",
    "Holdout",
    "annuity_factor",
    "break_even_margin",
    "calibration_by_group",
    "compare_forecasts",
    "contribution_deciles",
    "cumulative_contribution",
    "equal_groups",
    "estimate_simple_lifetime_value",
    "expected_life",
    "forecast_holdout",
    "margin_sensitivity",
    "measure_contribution",
    "monthly_rate",
    "negative_contributors",
    "split_holdout",
]
