"""Identification: what was received, how good it is, and who the customers are."""

from helpers.identification.base_over_time import (
    BASE_STATES,
    WEEKDAYS,
    StateRule,
    count_orders_by_hour,
    follow_base,
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

__all__ = [
    "BASE_STATES",
    "MONEY_TYPE",
    "WEEKDAYS",
    "BaseFigures",
    "StateRule",
    "count_orders_by_hour",
    "follow_base",
    "lines_until",
    "measure_base",
    "summarise_customers",
    "summarise_orders",
    "summarise_purchase_days",
]
