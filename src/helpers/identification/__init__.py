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
    MONEY_TYPE,
    BaseFigures,
    lines_until,
    measure_base,
    summarise_customers,
    summarise_orders,
    summarise_purchase_days,
)
from helpers.identification.field_rules import FIELD_RULES, PURPOSES, FieldRule
from helpers.identification.line_checks import LINE_CHECKS, check_lines
from helpers.identification.quality import (
    QualityLimits,
    fields_without_purpose,
    grade_purposes,
    list_failing,
    measure_fields,
)

__all__ = [
    "BASE_STATES",
    "COVERAGE_MEASURES",
    "FIELD_RULES",
    "LINE_CHECKS",
    "MONEY_TYPE",
    "NOTABLE_DIFFERENCE",
    "NOT_KNOWN",
    "PURPOSES",
    "WEEKDAYS",
    "BaseFigures",
    "FieldRule",
    "QualityLimits",
    "StateRule",
    "check_lines",
    "compare_coverage",
    "compose",
    "count_orders_by_hour",
    "fields_without_purpose",
    "find_extremes",
    "follow_base",
    "grade_purposes",
    "lines_until",
    "list_failing",
    "measure_base",
    "measure_fields",
    "summarise_customers",
    "summarise_orders",
    "summarise_purchase_days",
]
