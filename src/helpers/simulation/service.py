"""The service desk: cases that follow orders, their cause, handling and cost."""

from dataclasses import dataclass

import numpy as np

from helpers.core.arrays import BoolArray, FloatArray, IntArray
from helpers.simulation.arrays import choose, gamma
from helpers.simulation.orders import SECONDS_PER_DAY, Orders
from helpers.simulation.parameters import CompanyParameters
from helpers.simulation.population import Population
from helpers.simulation.streams import Block


@dataclass(frozen=True)
class Cases:
    """Service cases of a block, at most one per order.

    Parameters
    ----------
    order : IntArray
        Position of the order in `Orders`.
    cause : IntArray
        Code of the cause, in the order of the parameters.
    opened, closed : IntArray
        Seconds since the start of the history; `closed` may lie after its end.
    solved : BoolArray
        Solved at the first contact.
    contacts : IntArray
        Number of contacts.
    minutes : IntArray
        Minutes of handling over all contacts.
    cost : FloatArray
        Cost of handling.
    """

    order: IntArray
    cause: IntArray
    opened: IntArray
    closed: IntArray
    solved: BoolArray
    contacts: IntArray
    minutes: IntArray
    cost: FloatArray


def open_cases(parameters: CompanyParameters, block: Block, population: Population, orders: Orders) -> Cases:
    """Draw the service cases of a block; better experience means fewer of them, and more solved at once."""
    rng = block.rng("service")
    experience = population.experience[orders.customer]
    rate = np.array(parameters.of_segment("cases_per_order"))[population.segment[orders.customer]]
    effect = parameters.service.quality_effect
    # exp(-effect^2 / 2) keeps the mean rate where the parameter puts it, for a standard normal experience.
    chance = np.minimum(rate * np.exp(-effect * experience - effect**2 / 2), 1.0)
    order = np.flatnonzero(rng.random(len(chance)) < chance)
    opened = orders.second[order] + rng.integers(6 * 3_600, 14 * SECONDS_PER_DAY, len(order))
    in_history = opened < parameters.history_days * SECONDS_PER_DAY
    order, opened = order[in_history], opened[in_history]
    causes = list(parameters.service.causes.values())
    cause = choose(rng, [part.share for part in causes], len(order))
    solved = rng.random(len(order)) < np.array([part.solved_first for part in causes])[cause]
    contacts = np.where(solved, 1, 2 + rng.poisson(0.7, len(order)))
    mean = np.array([part.minutes for part in causes])[cause] * contacts
    minutes = np.maximum(1, np.round(gamma(rng, np.full(len(order), 4.0), mean))).astype(np.int64)
    quick = rng.integers(300, 20 * 3_600, len(order))
    slow = gamma(rng, np.full(len(order), 2.0), np.full(len(order), 4.0 * SECONDS_PER_DAY)).astype(np.int64)
    return Cases(
        order=order,
        cause=cause,
        opened=opened,
        closed=opened + np.where(solved, quick, SECONDS_PER_DAY + slow),
        solved=solved,
        contacts=contacts,
        minutes=minutes,
        cost=np.round(minutes * parameters.unit_costs["service_minute"], 2),
    )


def unsolved_before(orders: Orders, cases: Cases, size: int, day: int) -> IntArray:
    """Count each customer's cases of the year before a day that were not solved at once."""
    opened = cases.opened // SECONDS_PER_DAY
    counted = ~cases.solved & (opened < day) & (opened >= day - 365)
    return np.bincount(orders.customer[cases.order[counted]], minlength=size)
