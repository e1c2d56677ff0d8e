"""Identification: what was received, how good it is, and who the customers are.

Linking records into customers has a room of its own, `helpers.identification.linkage`, which takes Splink with it.
"""

from helpers.identification.bank_example import BankExample, read_bank_totals, work_bank_example
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
    groupable_attributes,
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
    list_values,
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
from helpers.identification.repairs import compare_sources, list_never_used, rank_repairs
from helpers.identification.stable_ids import STATUSES, StableIds, assign_stable_ids, ids_kept, ids_to_keep
from helpers.identification.structure import (
    AGE_BAND,
    AGE_EDGES,
    PRODUCT_LEVELS,
    SIGNIFICANCE,
    band_ages,
    count_products_held,
    find_holdings,
    group_customers,
    measure_penetration,
    most_telling,
    spread_products_held,
)

__all__ = [
    "AGE_BAND",
    "AGE_EDGES",
    "BASE_STATES",
    "COVERAGE_MEASURES",
    "FIELD_RULES",
    "LINE_CHECKS",
    "NOTABLE_DIFFERENCE",
    "NOT_KNOWN",
    "PRODUCT_LEVELS",
    "PURPOSES",
    "REFUSAL_FIRST",
    "RULES",
    "SIGNIFICANCE",
    "STANDARD_RULES",
    "STATUSES",
    "WEEKDAYS",
    "BankExample",
    "BaseFigures",
    "FieldRule",
    "GoldenRecords",
    "QualityLimits",
    "Refusals",
    "StableIds",
    "StateRule",
    "assign_stable_ids",
    "band_ages",
    "check_lines",
    "compare_coverage",
    "compare_sources",
    "compose",
    "count_conflicts",
    "count_orders_by_hour",
    "count_products_held",
    "count_refusals",
    "fields_without_purpose",
    "find_extremes",
    "find_holdings",
    "follow_base",
    "golden_records",
    "grade_purposes",
    "group_customers",
    "groupable_attributes",
    "ids_kept",
    "ids_to_keep",
    "list_failing",
    "list_never_used",
    "list_values",
    "measure_base",
    "measure_fields",
    "measure_penetration",
    "most_telling",
    "rank_repairs",
    "read_bank_totals",
    "rules_for",
    "spread_products_held",
    "summarise_customers",
    "summarise_orders",
    "summarise_purchase_days",
    "work_bank_example",
]
