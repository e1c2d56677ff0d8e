"""What serving a customer takes: counts of activities per customer and year, and their true cost."""

from dataclasses import dataclass
from datetime import date
from typing import get_args

import numpy as np

from helpers.core.arrays import FloatArray, IntArray
from helpers.simulation.arrays import DAYS_PER_YEAR
from helpers.simulation.baskets import Lines
from helpers.simulation.orders import ORDER_CHANNELS, SECONDS_PER_DAY, Orders
from helpers.simulation.parameters import ActivityName, CompanyParameters
from helpers.simulation.population import Population
from helpers.simulation.service import Cases
from helpers.simulation.streams import Block, company_rng

ACTIVITIES: tuple[str, ...] = get_args(ActivityName)
_SPLIT_DELIVERY = 0.12
_POOL_NOISE = 0.01


@dataclass(frozen=True)
class Effort:
    """Activity counts.

    Parameters
    ----------
    years : tuple of int
        Calendar years of the history.
    counts : IntArray, shape (customers, years, activities)
        How often each activity was done, in the order of `ACTIVITIES`.
    """

    years: tuple[int, ...]
    counts: IntArray

    def cost(self, parameters: CompanyParameters) -> FloatArray:
        """Return each customer's true cost to serve over the history."""
        cost: FloatArray = self.counts.sum(axis=1) @ unit_costs(parameters)
        return cost


def unit_costs(parameters: CompanyParameters) -> FloatArray:
    """Return the true unit costs in the order of `ACTIVITIES`."""
    return np.array([parameters.unit_costs[name] for name in ACTIVITIES])  # type: ignore[index]


def calendar_years(parameters: CompanyParameters) -> tuple[tuple[int, ...], IntArray]:
    """Return the calendar years of the history, and the day each begins since its start."""
    years = tuple(range(parameters.start.year, date.fromordinal(parameters.as_of.toordinal() - 1).year + 1))
    return years, np.array([parameters.day(date(year, 1, 1)) for year in years], dtype=np.int64)


def count_activities(
    parameters: CompanyParameters, block: Block, population: Population, orders: Orders, lines: Lines, cases: Cases
) -> Effort:
    """Count what serving each customer of a block took."""
    rng = block.rng("activities")
    years, begins = calendar_years(parameters)
    year = np.searchsorted(begins, orders.day, side="right") - 1
    counts = np.zeros((block.size, len(years), len(ACTIVITIES)), dtype=np.int64)
    cells = counts.shape[:2]

    def put(name: str, customer: IntArray, in_year: IntArray, amount: IntArray | None = None) -> None:
        cell = customer * cells[1] + in_year
        found = np.bincount(cell, weights=amount, minlength=cells[0] * cells[1])
        counts[:, :, ACTIVITIES.index(name)] += np.round(found).astype(np.int64).reshape(cells)

    for code, channel in enumerate(ORDER_CHANNELS):
        here = orders.channel == code
        put(f"order_{channel}", orders.customer[here], year[here])
    sold = lines.order[~lines.returned]
    put("order_line", orders.customer[sold], year[sold])
    deliveries = (orders.channel != ORDER_CHANNELS.index("shop")) * (1 + (rng.random(len(year)) < _SPLIT_DELIVERY))
    put("delivery", orders.customer, year, deliveries)
    opened = np.searchsorted(begins, cases.opened // SECONDS_PER_DAY, side="right") - 1
    put("service_minute", orders.customer[cases.order], opened, cases.minutes)
    back = np.searchsorted(begins, lines.second[lines.returned] // SECONDS_PER_DAY, side="right") - 1
    put("return", orders.customer[lines.order[lines.returned]], back)
    ends = np.append(begins[1:], parameters.history_days)
    stay = np.minimum(population.leaves(parameters.history_days)[:, None], ends) - np.maximum(
        population.enters[:, None], np.maximum(begins, 0)
    )
    visits = np.array(parameters.of_segment("visits_per_year"))[population.segment]
    counts[:, :, ACTIVITIES.index("visit")] = rng.poisson(visits[:, None] * np.maximum(stay, 0) / DAYS_PER_YEAR)
    return Effort(years, counts)


def pool_costs(parameters: CompanyParameters, totals: IntArray) -> FloatArray:
    """Return what the books say each activity cost in each year: true unit cost times count, within a percent.

    Parameters
    ----------
    parameters : CompanyParameters
        The company.
    totals : IntArray, shape (years, activities)
        Counts over all customers.
    """
    noise = company_rng(parameters.seed, "pools").normal(1.0, _POOL_NOISE, totals.shape)
    return np.round(totals * unit_costs(parameters) * noise, 2)
