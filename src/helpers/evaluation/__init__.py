"""Evaluation of customer work: campaigns, selection for contact, retention, migration, and shares with intervals."""

from helpers.evaluation.campaign_pairs import ResponseCounts, campaign_pairs, count_responses, never_bought
from helpers.evaluation.campaigns import (
    campaign_windows,
    rate_differences,
    response_by_contacts,
    response_by_group,
    response_rates,
)
from helpers.evaluation.effects import campaign_effects
from helpers.evaluation.migration import Migration, compare_spend, follow_migration, groups_of_period
from helpers.evaluation.proportions import (
    ClusteredShare,
    Interval,
    clustered_difference,
    clustered_share,
    newcombe_difference,
    wilson,
    within_difference,
)
from helpers.evaluation.retention import (
    Retention,
    RevenueRetention,
    Winback,
    cohort_retention,
    customers_before,
    measure_retention,
    measure_revenue_retention,
    measure_winback,
    retention_by_period,
)
from helpers.evaluation.selection import ControlGroup, Selection, compare_prior_spend, control_group, prior_spend

__all__ = [
    "ClusteredShare",
    "ControlGroup",
    "Interval",
    "Migration",
    "ResponseCounts",
    "Retention",
    "RevenueRetention",
    "Selection",
    "Winback",
    "campaign_effects",
    "campaign_pairs",
    "campaign_windows",
    "clustered_difference",
    "clustered_share",
    "cohort_retention",
    "compare_prior_spend",
    "compare_spend",
    "control_group",
    "count_responses",
    "customers_before",
    "follow_migration",
    "groups_of_period",
    "measure_retention",
    "measure_revenue_retention",
    "measure_winback",
    "never_bought",
    "newcombe_difference",
    "prior_spend",
    "rate_differences",
    "response_by_contacts",
    "response_by_group",
    "response_rates",
    "retention_by_period",
    "wilson",
    "within_difference",
]
