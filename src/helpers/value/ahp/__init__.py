"""Customer value by the analytic hierarchy process (AHP): judgements, weights, scores of customers, their limits."""

from helpers.value.ahp.hierarchy import (
    EVERYONE,
    Hierarchy,
    HierarchyWeights,
    compare_published,
    keep_indicators,
    list_disagreements,
    weigh_by_judge,
    weigh_hierarchy,
)
from helpers.value.ahp.hierarchy_file import find_hierarchy, read_hierarchy, shipped_hierarchies
from helpers.value.ahp.holdout import HoldoutScores, score_before_holdout
from helpers.value.ahp.indicators import (
    BETTER,
    INDICATOR_TABLES,
    INDICATORS,
    Indicator,
    MeasuredIndicators,
    contribution_between,
    measure_indicators,
)
from helpers.value.ahp.judgements import (
    SCALE,
    aggregate_judgements,
    judge_disagreement,
    pairwise_matrix,
    require_judgements,
)
from helpers.value.ahp.learning import RankingComparison, compare_rankings, learn_weights, score_by_learning
from helpers.value.ahp.past_behaviour import SecondAxis, judge_second_axis
from helpers.value.ahp.priorities import (
    ACCEPTABLE_RATIO,
    RANDOM_INDEX,
    Priorities,
    derive_priorities,
    principal_eigenvector,
    row_geometric_mean,
    simulate_random_index,
)
from helpers.value.ahp.reversal import check_rank_reversal, indicator_leaders
from helpers.value.ahp.revision import change_judgement, list_revisions, revise_to_consistency, suggest_revisions
from helpers.value.ahp.scoring import (
    QUADRANTS,
    CustomerScores,
    map_customers,
    profile_quadrants,
    score_customers,
    standardise_indicators,
)
from helpers.value.ahp.sensitivity import JudgementSensitivity, vary_branch_weight, vary_judgements

__all__ = [
    "ACCEPTABLE_RATIO",
    "BETTER",
    "EVERYONE",
    "INDICATORS",
    "INDICATOR_TABLES",
    "QUADRANTS",
    "RANDOM_INDEX",
    "SCALE",
    "CustomerScores",
    "Hierarchy",
    "HierarchyWeights",
    "HoldoutScores",
    "Indicator",
    "JudgementSensitivity",
    "MeasuredIndicators",
    "Priorities",
    "RankingComparison",
    "SecondAxis",
    "aggregate_judgements",
    "change_judgement",
    "check_rank_reversal",
    "compare_published",
    "compare_rankings",
    "contribution_between",
    "derive_priorities",
    "find_hierarchy",
    "indicator_leaders",
    "judge_disagreement",
    "judge_second_axis",
    "keep_indicators",
    "learn_weights",
    "list_disagreements",
    "list_revisions",
    "map_customers",
    "measure_indicators",
    "pairwise_matrix",
    "principal_eigenvector",
    "profile_quadrants",
    "read_hierarchy",
    "require_judgements",
    "revise_to_consistency",
    "row_geometric_mean",
    "score_before_holdout",
    "score_by_learning",
    "score_customers",
    "shipped_hierarchies",
    "simulate_random_index",
    "standardise_indicators",
    "suggest_revisions",
    "vary_branch_weight",
    "vary_judgements",
    "weigh_by_judge",
    "weigh_hierarchy",
]
