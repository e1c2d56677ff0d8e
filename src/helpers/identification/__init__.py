"""Identification: what was received, how good it is, and who the customers are.

Linking records into customers has a room of its own, `helpers.identification.linkage`, which takes Splink with it.
"""

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
from helpers.identification.golden_record import (
    REFUSAL_FIRST,
    RULES,
    STANDARD_RULES,
    GoldenRecords,
    Refusals,
    count_conflicts,
    count_refusals,
    golden_records,
    rules_for,
)
from helpers.identification.line_checks import LINE_CHECKS, check_lines
from helpers.identification.quality import (
    QualityLimits,
    fields_without_purpose,
    grade_purposes,
    list_failing,
    measure_fields,
)
from helpers.identification.stable_ids import STATUSES, StableIds, assign_stable_ids, ids_kept, ids_to_keep

__all__ = [
    "BASE_STATES",
    "COVERAGE_MEASURES",
    "FIELD_RULES",
    "LINE_CHECKS",
    "NOTABLE_DIFFERENCE",
    "NOT_KNOWN",
    "PURPOSES",
    "REFUSAL_FIRST",
    "RULES",
    "STANDARD_RULES",
    "STATUSES",
    "WEEKDAYS",
    "BaseFigures",
    "FieldRule",
    "GoldenRecords",
    "QualityLimits",
    "Refusals",
    "StableIds",
    "StateRule",
    "assign_stable_ids",
    "check_lines",
    "compare_coverage",
    "compose",
    "count_conflicts",
    "count_orders_by_hour",
    "count_refusals",
    "fields_without_purpose",
    "find_extremes",
    "follow_base",
    "golden_records",
    "grade_purposes",
    "ids_kept",
    "ids_to_keep",
    "list_failing",
    "measure_base",
    "measure_fields",
    "rules_for",
    "summarise_customers",
    "summarise_orders",
    "summarise_purchase_days",
]
