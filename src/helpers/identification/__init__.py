"""Identification: what was received, how good it is, and who the customers are."""

from helpers.identification.base_over_time import (
    BASE_STATES,
    WEEKDAYS,
    StateRule,
    count_orders_by_hour,
    follow_base,
)
from helpers.identification.composition import (
    COVERAGE_MEASURES,
    NOT_KNOWN,
    NOTABLE_DIFFERENCE,
    compare_coverage,
    compose,
    find_extremes,
)
from helpers.identification.customer_base import (
    BaseFigures,
    measure_base,
    summarise_customers,
    summarise_orders,
    summarise_purchase_days,
)
from helpers.identification.field_rules import FIELD_RULES, PURPOSES, FieldRule
from helpers.identification.golden_record import REFUSAL_FIRST, RULES, STANDARD_RULES, GoldenRecords, golden_records
from helpers.identification.line_checks import LINE_CHECKS, check_lines
from helpers.identification.linkage import Linkage, link_records
from helpers.identification.linkage_clusters import expected_costs
from helpers.identification.linkage_explain import explain_pair
from helpers.identification.linkage_fields import FIELD_KINDS, STANDARD_FIELD_KINDS, FieldKind
from helpers.identification.linkage_household import PairShares
from helpers.identification.linkage_input import LinkageNote
from helpers.identification.linkage_recall import BlockingLoss
from helpers.identification.linkage_score import LinkageScore, Proportion, score_clusters
from helpers.identification.linkage_settings import LinkageSettings
from helpers.identification.linkage_stability import THRESHOLDS, StabilityBand, follow_downstream, follow_threshold
from helpers.identification.linkage_training import LinkageModel
from helpers.identification.quality import (
    QualityLimits,
    fields_without_purpose,
    grade_purposes,
    list_failing,
    measure_fields,
)
from helpers.identification.review import Review, ReviewEstimate, draw_review, estimate_from_review
from helpers.identification.review_sheet import ANSWERS, ReviewAnswers, read_review, write_review
from helpers.identification.stable_ids import STATUSES, StableIds, assign_stable_ids

__all__ = [
    "ANSWERS",
    "BASE_STATES",
    "COVERAGE_MEASURES",
    "FIELD_KINDS",
    "FIELD_RULES",
    "LINE_CHECKS",
    "NOTABLE_DIFFERENCE",
    "NOT_KNOWN",
    "PURPOSES",
    "REFUSAL_FIRST",
    "RULES",
    "STANDARD_FIELD_KINDS",
    "STANDARD_RULES",
    "STATUSES",
    "THRESHOLDS",
    "WEEKDAYS",
    "BaseFigures",
    "BlockingLoss",
    "FieldKind",
    "FieldRule",
    "GoldenRecords",
    "Linkage",
    "LinkageModel",
    "LinkageNote",
    "LinkageScore",
    "LinkageSettings",
    "PairShares",
    "Proportion",
    "QualityLimits",
    "Review",
    "ReviewAnswers",
    "ReviewEstimate",
    "StabilityBand",
    "StableIds",
    "StateRule",
    "assign_stable_ids",
    "check_lines",
    "compare_coverage",
    "compose",
    "count_orders_by_hour",
    "draw_review",
    "estimate_from_review",
    "expected_costs",
    "explain_pair",
    "fields_without_purpose",
    "find_extremes",
    "follow_base",
    "follow_downstream",
    "follow_threshold",
    "golden_records",
    "grade_purposes",
    "link_records",
    "list_failing",
    "measure_base",
    "measure_fields",
    "read_review",
    "score_clusters",
    "summarise_customers",
    "summarise_orders",
    "summarise_purchase_days",
    "write_review",
]
