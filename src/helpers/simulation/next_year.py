"""The year after the history: the same customers, with and without contacts that a list plans for them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.core.arrays import FloatArray
from helpers.simulation.arrays import DAYS_PER_YEAR, gamma
from helpers.simulation.parameters import CompanyParameters
from helpers.simulation.population import CONTACT_CHANNELS, Population, make_population
from helpers.simulation.streams import Block, blocks


@dataclass(frozen=True)
class _Year:
    """One drawn year of a block: arrays with one entry per customer."""

    window_orders: FloatArray
    alive: FloatArray
    order_value: FloatArray
    luck: FloatArray


def gain_of_contacts(
    parameters: CompanyParameters,
    plan: pd.DataFrame,
    margin: "pd.Series[float]",
    *,
    day: int = 14,
    draws: int = 20,
    changes: Mapping[str, float] | None = None,
) -> float:
    """Simulate the next year with a list and without it, and return what the list gained after its cost.

    Both years have the same random numbers, and so have the years of two lists: customers, orders and luck are the
    company's own streams, and only what a contact changes differs.

    Parameters
    ----------
    parameters : CompanyParameters
        The company; the effect of an offer is that of its last campaign of the type.
    plan : DataFrame
        `customer_id`, `offer` (campaign type), `cost`; one contact per row.
    margin : Series of float
        Contribution per unit of spend, by customer_id; missing customers have the mean.
    day : int
        Days after the history on which contacts are made.
    draws : int
        Years drawn, whose mean is returned.
    changes : mapping of str to float, optional
        By offer: factor on its true effect from now on, a drift of the world.

    Returns
    -------
    float
        Contribution of the year with the list less that without it, less the cost of the list, study currency.
    """
    if plan.empty:
        return 0.0
    gained = 0.0
    for block in blocks(parameters.customers, parameters.seed):
        population = make_population(parameters, block)
        rows = plan[plan["customer_id"].isin(population.customer_id)]
        place = np.searchsorted(population.customer_id, rows["customer_id"].to_numpy())
        strength = _strength(parameters, population, rows["offer"].to_numpy(), place, changes or {})
        own = margin.reindex(rows["customer_id"]).fillna(float(margin.mean())).to_numpy(dtype=np.float64)
        years = _years(parameters, block, population, day, draws)
        gained += float(np.mean([np.sum(_gain(year, place, strength) * own) for year in years]))
    return gained - float(plan["cost"].sum())


def _gain(year: _Year, place: "np.ndarray[tuple[int], np.dtype[np.int64]]", strength: FloatArray) -> FloatArray:
    """Return spend gained by each contact: one order more where it hits, those of the window less where it deters."""
    hit = (year.luck[place] < np.abs(strength)) * year.alive[place]
    orders = np.where(strength >= 0, 1.0, -year.window_orders[place])
    gained: FloatArray = hit * orders * year.order_value[place]
    return gained


def _strength(
    parameters: CompanyParameters,
    population: Population,
    offers: "np.ndarray[tuple[int], np.dtype[np.object_]]",
    place: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    changes: Mapping[str, float],
) -> FloatArray:
    latest = {campaign.type: campaign for campaign in parameters.campaigns.values()}
    strength = np.zeros(len(place))
    for offer, campaign in latest.items():
        rows = offers == offer
        by_segment = np.array([campaign.effect.get(name, 0.0) for name in parameters.segment_names])
        match = population.preferred_channel[place] == CONTACT_CHANNELS.index(campaign.channel)
        reached = np.array([name in campaign.effect for name in parameters.segment_names])[population.segment[place]]
        effect = (by_segment[population.segment[place]] + match * campaign.channel_bonus) * changes.get(offer, 1.0)
        strength = np.where(rows, effect * reached, strength)
    return np.clip(strength * ~population.refuses[place], -1.0, 1.0)


def _years(parameters: CompanyParameters, block: Block, population: Population, day: int, draws: int) -> list[_Year]:
    rng = block.rng("next_year")
    window = max((campaign.window_days for campaign in parameters.campaigns.values()), default=28)
    shape = np.array(parameters.of_segment("order_value_shape"))[population.segment]
    value = population.order_value * (1 - population.discount)
    start = parameters.history_days + min(day, int(DAYS_PER_YEAR))
    alive = (population.gone > start).astype(np.float64)
    return [
        _Year(
            rng.poisson(population.orders_per_day * window * alive).astype(np.float64),
            alive,
            gamma(rng, shape, value),
            rng.random(block.size),
        )
        for _ in range(draws)
    ]
