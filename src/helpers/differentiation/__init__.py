"""Differentiation: how customers differ, by the revenue they bring, the way they buy and the phase they are in."""

from helpers.differentiation.concentration import (
    ABC_CLASSES,
    ABC_CUTS,
    classify_abc,
    count_equals_at_cuts,
    count_top,
    customers_for_share,
    rank_customers,
    top_share,
)
from helpers.differentiation.inequality import Estimate, bootstrap_gini, gini
from helpers.differentiation.life_cycle import (
    PHASES,
    LifeCycle,
    PhaseRule,
    assign_phases,
    count_purchases,
    count_reasons,
)
from helpers.differentiation.profiles import ABSENT, balance_moves, count_moves, profile_groups
from helpers.differentiation.rfm import (
    NEW_WITHIN_DAYS,
    SEGMENTS,
    RfmScorer,
    assign_segments,
    list_segment_cells,
    spread_scores,
)

__all__ = [
    "ABC_CLASSES",
    "ABC_CUTS",
    "ABSENT",
    "NEW_WITHIN_DAYS",
    "PHASES",
    "SEGMENTS",
    "Estimate",
    "LifeCycle",
    "PhaseRule",
    "RfmScorer",
    "assign_phases",
    "assign_segments",
    "balance_moves",
    "bootstrap_gini",
    "classify_abc",
    "count_equals_at_cuts",
    "count_moves",
    "count_purchases",
    "count_reasons",
    "count_top",
    "customers_for_share",
    "gini",
    "list_segment_cells",
    "profile_groups",
    "rank_customers",
    "spread_scores",
    "top_share",
]
