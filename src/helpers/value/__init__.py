"""What customers are worth: contribution, purchase models, spend, contracts, lifetime value, holdout checks."""

from helpers.groups import equal_groups
from helpers.value import ahp, profitability
from helpers.value.churn_alarm import (
    ALARM_REASONS,
    AlarmRule,
    compare_alarms,
    outcomes_afterwards,
    purchase_rhythm,
    raise_alarms,
)
from helpers.value.churn_alarm_check import AlarmCheck, check_alarms
from helpers.value.churn_assessment import (
    ChurnQuality,
    UnseenForecasts,
    assess_churn,
    calibration_curve,
    calibration_error,
    compare_learners,
    forecast_unseen,
)
from helpers.value.churn_input import ChurnData, prepare_contracts
from helpers.value.churn_model import ChurnModel
from helpers.value.churn_reasons import describe_effects, rank_columns, reasons_by_customer
from helpers.value.churn_rules import find_rules
from helpers.value.churn_threshold import RetentionOffer, ThresholdChoice, choose_threshold
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
from helpers.value.cube_base import CubeBase, base_from_contracts, base_from_purchases
from helpers.value.cube_budget import Measures, allocate_budget, budget_curve, expected_gains
from helpers.value.cube_products import (
    Holdings,
    Propensities,
    estimate_propensities,
    potential_profit,
    price_products,
    read_holdings,
)
from helpers.value.cube_sensitivity import CubeSetting, MembershipSensitivity, membership_sensitivity
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
from helpers.value.value_cube import (
    CUBE,
    POLICIES,
    SEGMENT_NAMES,
    CubeCuts,
    assign_cube,
    cut_axes,
    present_value,
    profile_cube,
    value_axes,
)

__all__ = [
    "ALARM_REASONS",
    "BGBB",
    "BGNBD",
    "CUBE",
    "MBGNBD",
    "NAIVE_FORECASTS",
    "POLICIES",
    "SEGMENT_NAMES",
    "SIMPLE_MODEL",
    "AlarmCheck",
    "AlarmRule",
    "ChurnData",
    "ChurnModel",
    "ChurnQuality",
    "ContributionCurve",
    "CostAssumptions",
    "CountFit",
    "CubeBase",
    "CubeCuts",
    "CubeSetting",
    "CustomerTrace",
    "DrawnIntervals",
    "ExpectedLife",
    "FitWarning",
    "ForecastComparison",
    "GammaGamma",
    "Holdings",
    "Holdout",
    "LatestContribution",
    "Measures",
    "MembershipSensitivity",
    "ParetoNBD",
    "Propensities",
    "RetentionOffer",
    "ShiftedBetaGeometric",
    "ThresholdChoice",
    "UnseenForecasts",
    "ValueDefinition",
    "ahp",
    "allocate_budget",
    "annuity_factor",
    "assess_churn",
    "assign_cube",
    "base_from_contracts",
    "base_from_purchases",
    "bootstrap_intervals",
    "break_even_margin",
    "budget_curve",
    "calibration_by_group",
    "calibration_curve",
    "calibration_error",
    "check_alarms",
    "choose_threshold",
    "compare_alarms",
    "compare_forecasts",
    "compare_learners",
    "contracts_from_survivors",
    "contribution_deciles",
    "cumulative_contribution",
    "cumulative_repeat_purchases",
    "curve_projections",
    "cut_axes",
    "describe_effects",
    "draw_lifetime_value",
    "draw_models",
    "equal_groups",
    "estimate_lifetime_value",
    "estimate_propensities",
    "estimate_simple_lifetime_value",
    "expectation_by",
    "expected_gains",
    "expected_life",
    "find_rules",
    "forecast_holdout",
    "forecast_intervals",
    "forecast_unseen",
    "latest_contribution",
    "lifetime_value_intervals",
    "margin_sensitivity",
    "measure_contribution",
    "membership_sensitivity",
    "monthly_rate",
    "negative_contributors",
    "outcomes_afterwards",
    "parameter_intervals",
    "potential_profit",
    "prepare_contracts",
    "present_value",
    "price_products",
    "profile_cube",
    "profile_intervals",
    "profitability",
    "purchase_days",
    "purchase_history",
    "purchase_intervals",
    "purchase_rhythm",
    "raise_alarms",
    "rank_columns",
    "read_holdings",
    "reasons_by_customer",
    "repeat_purchase_fit",
    "split_holdout",
    "trace_customers",
    "value_axes",
]
