"""How purchase models and lifetime values hold on a study: choice by holdout, tracking, traces, groups, a verdict."""

from helpers.value.assessment.customer_examples import pick_examples, shorten, steps_traced
from helpers.value.assessment.holdout_test import HoldoutJudgement, HoldoutTest, hold_back, judge_holdout
from helpers.value.assessment.model_choice import (
    ALL_NAMES,
    AUTO,
    MODEL_NAMES,
    NAIVE_PURCHASES,
    NOBODY_RETURNS,
    PURCHASE_MODELS,
    buys_for_nothing,
    choose_model,
    compare_counts,
    fit_purchase_models,
    fit_spend_model,
    forecast_purchases,
    forecast_spend,
    interval_coverage,
    leave_out_extremes,
    model_without_test,
    rate_models,
    total_error,
)
from helpers.value.assessment.occasions import (
    OneChance,
    fit_one_chance,
    gather_histories,
    occasion_counts,
    occasion_outlook,
)
from helpers.value.assessment.parameter_table import parameters_by_name, parameters_to_read, tabulate_parameters
from helpers.value.assessment.regularity import Regularity, purchase_regularity
from helpers.value.assessment.tracking import track_repeat_purchases
from helpers.value.assessment.usability import ADVICE, RANKS, Usability, judge_usability
from helpers.value.assessment.valuation import Valuation, define_value, value_customers
from helpers.value.assessment.value_summary import (
    realised_margin,
    spend_by_frequency,
    typical_interval_width,
    value_by_group,
)

__all__ = [
    "ADVICE",
    "ALL_NAMES",
    "AUTO",
    "MODEL_NAMES",
    "NAIVE_PURCHASES",
    "NOBODY_RETURNS",
    "PURCHASE_MODELS",
    "RANKS",
    "HoldoutJudgement",
    "HoldoutTest",
    "OneChance",
    "Regularity",
    "Usability",
    "Valuation",
    "buys_for_nothing",
    "choose_model",
    "compare_counts",
    "define_value",
    "fit_one_chance",
    "fit_purchase_models",
    "fit_spend_model",
    "forecast_purchases",
    "forecast_spend",
    "gather_histories",
    "hold_back",
    "interval_coverage",
    "judge_holdout",
    "judge_usability",
    "leave_out_extremes",
    "model_without_test",
    "occasion_counts",
    "occasion_outlook",
    "parameters_by_name",
    "parameters_to_read",
    "pick_examples",
    "purchase_regularity",
    "rate_models",
    "realised_margin",
    "shorten",
    "spend_by_frequency",
    "steps_traced",
    "tabulate_parameters",
    "total_error",
    "track_repeat_purchases",
    "typical_interval_width",
    "value_by_group",
    "value_customers",
]
