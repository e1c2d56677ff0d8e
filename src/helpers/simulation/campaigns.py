"""Randomised campaigns: who was targeted, who was held back, and what it truly did.

A positive effect is the chance of one more order within the window, a negative one the chance that all orders of the
window are lost. The true effect on the chance to order at all follows in closed form and is kept.
"""

from dataclasses import dataclass

import numpy as np

from helpers.core.arrays import BoolArray, FloatArray, IntArray
from helpers.simulation.parameters import Campaign, CompanyParameters
from helpers.simulation.population import CONTACT_CHANNELS, Population
from helpers.simulation.season import Season
from helpers.simulation.streams import Block


@dataclass(frozen=True)
class Contacts:
    """One entry per targeted customer and campaign.

    Parameters
    ----------
    customer : IntArray
        Row of the customer in the block.
    campaign : IntArray
        Code of the campaign, in the order of the parameters.
    treated : BoolArray
        Contacted; else held back as control.
    base_chance : FloatArray
        True chance to order within the window without the campaign.
    effect : FloatArray
        True change of that chance by being contacted.
    adds, blocks : BoolArray
        The contact did bring an order; it did keep the customer from ordering.
    added_day : FloatArray
        Day of the order brought, where there is one.
    """

    customer: IntArray
    campaign: IntArray
    treated: BoolArray
    base_chance: FloatArray
    effect: FloatArray
    adds: BoolArray
    blocks: BoolArray
    added_day: FloatArray


def run_campaigns(parameters: CompanyParameters, block: Block, population: Population, season: Season) -> Contacts:
    """Draw targets, assignment and true response for all campaigns."""
    rng = block.rng("campaigns")
    parts = [
        _one_campaign(parameters, code, campaign, rng, population, season)
        for code, campaign in enumerate(parameters.campaigns.values())
    ]
    if not parts:
        none, no = np.zeros(0), np.zeros(0, dtype=bool)
        empty = np.zeros(0, dtype=np.int64)
        return Contacts(empty, empty, no, none, none, no, no, none)
    columns = zip(*parts, strict=True)
    return Contacts(*(np.concatenate(column) for column in columns))


def _one_campaign(
    parameters: CompanyParameters,
    code: int,
    campaign: Campaign,
    rng: np.random.Generator,
    population: Population,
    season: Season,
) -> tuple[IntArray, IntArray, BoolArray, FloatArray, FloatArray, BoolArray, BoolArray, FloatArray]:
    start, end = parameters.day(campaign.start), parameters.day(campaign.end)
    targeted = np.array([name in campaign.effect for name in parameters.segment_names])[population.segment]
    targeted &= ~population.refuses & (population.acquired < start)
    rows = np.flatnonzero(targeted)
    strength = np.array([campaign.effect.get(name, 0.0) for name in parameters.segment_names])[population.segment[rows]]
    match = population.preferred_channel[rows] == CONTACT_CHANNELS.index(campaign.channel)
    strength = np.clip(strength + match * campaign.channel_bonus, -1.0, 1.0)
    until = np.clip(population.gone[rows], start, end)
    alive = population.gone[rows] > start
    expected = population.orders_per_day[rows] * (season.elapsed(until) - season.elapsed(np.full(len(rows), start)))
    base = -np.expm1(-expected)
    effect = np.where(alive, np.where(strength >= 0, strength * (1 - base), strength * base), 0.0)
    treated = rng.random(len(rows)) < campaign.treated_share
    hit = treated & alive & (rng.random(len(rows)) < np.abs(strength))
    day = start + rng.random(len(rows)) * (until - start)
    return rows, np.full(len(rows), code), treated, base, effect, hit & (strength > 0), hit & (strength < 0), day
