"""When customers order: Poisson while alive, firms on working days, with the orders that campaigns bring or cost."""

from dataclasses import dataclass

import numpy as np

from helpers.core.arrays import BoolArray, FloatArray, IntArray
from helpers.simulation.arrays import choose_by_row, within
from helpers.simulation.campaigns import Contacts
from helpers.simulation.parameters import CompanyParameters
from helpers.simulation.population import FRAUD_PATTERNS, Population
from helpers.simulation.season import Season
from helpers.simulation.streams import Block

ORDER_CHANNELS = ("shop", "web", "telephone", "representative")
SECONDS_PER_DAY = 86_400
MOST_ORDERS = 9_999
_SATURDAY, _SUNDAY = 5, 6


@dataclass(frozen=True)
class Orders:
    """The orders of a block, sorted by customer and time.

    Parameters
    ----------
    customer : IntArray
        Row of the customer in the block.
    order_id : IntArray
        The customer's true number followed by four digits that count the customer's orders.
    second : IntArray
        Seconds since the start of the history.
    channel : IntArray
        Code in `ORDER_CHANNELS`.
    campaign : IntArray
        Code of the campaign that brought the order, -1 for all others.
    """

    customer: IntArray
    order_id: IntArray
    second: IntArray
    channel: IntArray
    campaign: IntArray

    @property
    def day(self) -> IntArray:
        """Day of the order since the start of the history."""
        return self.second // SECONDS_PER_DAY


def take_orders(
    parameters: CompanyParameters, block: Block, population: Population, contacts: Contacts, season: Season
) -> Orders:
    """Draw the orders of a block."""
    rng = block.rng("orders")
    customer, moment = _base_orders(parameters, rng, population, season)
    day = _working_day(parameters, population, customer, moment)
    kept = ~_blocked(parameters, contacts, block.size, customer, day)
    extra, added_day = contacts.customer[contacts.adds], contacts.added_day[contacts.adds]
    added = _within_window(parameters, contacts, _working_day(parameters, population, extra, added_day))
    campaign = np.concatenate([np.full(kept.sum(), -1), contacts.campaign[contacts.adds]])
    customer = np.concatenate([customer[kept], extra])
    day = np.concatenate([day[kept], added])
    second = day * SECONDS_PER_DAY + _time_of_day(rng, population, customer)
    order = np.lexsort((campaign, second, customer))
    customer, second, campaign = customer[order], second[order], campaign[order]
    number = within(np.bincount(customer, minlength=block.size))
    keep = number < MOST_ORDERS
    customer, second, campaign, number = customer[keep], second[keep], campaign[keep], number[keep]
    order_id = population.customer_id[customer] * (MOST_ORDERS + 1) + number + 1
    channel = choose_by_row(rng, _channel_weights(parameters), population.segment[customer])
    return Orders(customer, order_id, second, channel, campaign)


def _base_orders(
    parameters: CompanyParameters, rng: np.random.Generator, population: Population, season: Season
) -> tuple[IntArray, FloatArray]:
    """Return customer and day of the orders that no campaign touched; new customers begin with an order."""
    enters, leaves = population.enters, population.leaves(parameters.history_days)
    begin, end = season.elapsed(enters), season.elapsed(leaves)
    repeats = rng.poisson(population.orders_per_day * np.maximum(end - begin, 0.0))
    customer = np.repeat(np.arange(len(begin)), repeats)
    moment = season.day(begin[customer] + rng.random(len(customer)) * (end - begin)[customer])
    new = np.flatnonzero(population.acquired >= 0)
    return np.concatenate([new, customer]), np.concatenate([enters[new], moment])


def _working_day(
    parameters: CompanyParameters, population: Population, customer: IntArray, moment: FloatArray
) -> IntArray:
    """Return whole days, with the weekend orders of firms on the nearest working day."""
    last = parameters.history_days - 1
    day = np.minimum(np.floor(moment).astype(np.int64), last)
    weekday = (day + parameters.start.weekday()) % 7
    firm = population.firm[customer]
    moved = day - (firm & (weekday == _SATURDAY)) + (firm & (weekday == _SUNDAY))
    first = np.floor(population.enters[customer]).astype(np.int64)
    working: IntArray = np.minimum(np.maximum(moved, first), last)
    return working


def _windows(parameters: CompanyParameters) -> tuple[IntArray, IntArray]:
    campaigns = parameters.campaigns.values()
    start = np.array([parameters.day(campaign.start) for campaign in campaigns], dtype=np.int64)
    return start, np.array([parameters.day(campaign.end) for campaign in campaigns], dtype=np.int64)


def _within_window(parameters: CompanyParameters, contacts: Contacts, day: IntArray) -> IntArray:
    start, end = _windows(parameters)
    code = contacts.campaign[contacts.adds]
    within_window: IntArray = np.minimum(np.maximum(day, start[code]), end[code] - 1)
    return within_window


def _blocked(
    parameters: CompanyParameters, contacts: Contacts, size: int, customer: IntArray, day: IntArray
) -> BoolArray:
    """Say which orders a campaign kept from happening."""
    lost = np.zeros(len(customer), dtype=bool)
    start, end = _windows(parameters)
    for code in range(len(start)):
        deterred = np.zeros(size, dtype=bool)
        deterred[contacts.customer[contacts.blocks & (contacts.campaign == code)]] = True
        lost |= deterred[customer] & (day >= start[code]) & (day < end[code])
    return lost


def _time_of_day(rng: np.random.Generator, population: Population, customer: IntArray) -> IntArray:
    """Return seconds after midnight: office hours for firms, long evenings for persons, nights for some frauds."""
    share = rng.beta(2.0, 2.2, len(customer))
    firm = population.firm[customer]
    hours = np.where(firm, 7.0 + 10.5 * share, 8.0 + 14.0 * share)
    nightly = (population.fraud[customer] == FRAUD_PATTERNS.index("night_orders")) & (rng.random(len(customer)) < 0.8)
    seconds: IntArray = np.floor(np.where(nightly, 1.0 + 3.5 * share, hours) * 3_600).astype(np.int64)
    return seconds


def _channel_weights(parameters: CompanyParameters) -> FloatArray:
    return np.array(
        [[part.channels.get(name, 0.0) for name in ORDER_CHANNELS] for part in parameters.segments.values()]  # type: ignore[call-overload]
    )
