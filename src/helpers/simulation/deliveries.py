"""When orders are delivered: before their invoice as a rule, after the complaint where the customer complained."""

import numpy as np

from helpers.core.arrays import FloatArray
from helpers.simulation.orders import ORDER_CHANNELS, SECONDS_PER_DAY, Orders
from helpers.simulation.parameters import CompanyParameters
from helpers.simulation.receivables import Receivables
from helpers.simulation.service import Cases
from helpers.simulation.streams import Block

LATE = "late delivery"
_LONGEST_WAIT = 3  # days, until an order without an invoice is delivered
_AFTER_COMPLAINT = 3  # days, until a late delivery comes after all


def deliver_orders(
    parameters: CompanyParameters, block: Block, orders: Orders, receivables: Receivables, cases: Cases
) -> FloatArray:
    """Return when each order was delivered, seconds since the start of the history; missing where it was not.

    Who takes goods in a shop takes them along. Others wait until some time before the end of the day of the invoice.
    """
    rng = block.rng("deliveries")
    drawn = rng.random((4, len(orders.customer)))
    day = orders.day + np.floor(_LONGEST_WAIT * drawn[0]).astype(np.int64)
    day[receivables.order] = receivables.invoiced
    time = orders.second + drawn[1] * np.maximum((day + 0.8) * SECONDS_PER_DAY - orders.second, 3_600.0)
    time = np.where(orders.channel == ORDER_CHANNELS.index("shop"), orders.second, time)
    of_late = cases.cause == _code(parameters)
    late = cases.order[of_late]
    time[late] = cases.opened[of_late] + drawn[2][late] * _AFTER_COMPLAINT * SECONDS_PER_DAY
    undelivered = (drawn[3] < parameters.deliveries.undelivered_share) & (time > orders.second)
    time = np.where(undelivered, np.nan, np.floor(time))
    delivered: FloatArray = np.where(time < parameters.history_days * SECONDS_PER_DAY, time, np.nan)
    return delivered


def _code(parameters: CompanyParameters) -> int:
    causes = list(parameters.service.causes)
    return causes.index(LATE) if LATE in causes else -1
