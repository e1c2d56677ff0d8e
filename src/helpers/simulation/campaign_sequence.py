"""Campaigns one after the other in the years after the history, with parameters that change midway: a planted drift."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.core.arrays import BoolArray, FloatArray, IntArray
from helpers.core.errors import Fault, InputError, unknown_name
from helpers.simulation.parameters import Campaign, CompanyParameters
from helpers.simulation.population import CONTACT_CHANNELS, Population, make_population
from helpers.simulation.streams import blocks, company_rng

ORDERS, EFFECT = "orders", "effect"
CHANGES = (ORDERS, EFFECT)
"""What may change midway: the rate at which customers order, the effect of the offer."""


@dataclass(frozen=True)
class _Reached:
    """Customers whom an offer may reach: arrays with one entry per customer."""

    customer_id: IntArray
    orders_per_day: FloatArray
    gone: FloatArray
    strength: FloatArray


def campaigns_in_sequence(
    parameters: CompanyParameters,
    *,
    offer: str,
    campaigns: int = 40,
    contacts: int = 200,
    change_after: int = 20,
    changes: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Simulate campaigns of one offer after the history, and who orders; after one of them a parameter changes.

    Every campaign contacts customers drawn by lot of those who are left, have not refused and belong to the segments of
    the offer; the next begins when its window is over. There is no season. Two sequences with the same seed differ only
    after the change.

    Parameters
    ----------
    parameters : CompanyParameters
        The company.
    offer : str
        Type of campaign; effect, channel and window are those of the company's last campaign of the type.
    campaigns, contacts : int
        Campaigns, and customers contacted by each; fewer where fewer are left.
    change_after : int
        Campaigns before the change.
    changes : mapping of str to float, optional
        Factors from then on: of "orders", the rate at which customers order; of "effect", the effect of the offer.

    Returns
    -------
    DataFrame
        One row per contact in order of time: campaign (from 1), customer_id, expected (true chance to order within the
        window as it was before the change), actual (1.0 where the customer ordered, else 0.0).

    Raises
    ------
    InputError
        When the company knows no such offer, a change is of something else or below nil, or nobody is left to contact.
    """
    changes = changes or {}
    campaign = _campaign(parameters, offer, changes)
    window, reached = campaign.window_days, _reached(parameters, campaign)
    rng = company_rng(parameters.seed, "campaign_sequence")
    parts = []
    for number in range(campaigns):
        start = parameters.history_days + number * window
        row = _drawn(rng, np.flatnonzero(reached.gone > start), contacts)
        if not len(row):
            what = f"nobody is left for campaign {number + 1} of the offer {offer!r}"
            raise InputError(Fault(what, "campaigns", remedy="simulate more customers, or fewer campaigns"))
        days = np.minimum(reached.gone[row], start + window) - start
        rate, strength = reached.orders_per_day[row] * days, reached.strength[row]
        chance = rng.random((2, len(row)))
        now = changes if number >= change_after else {}
        came = _orders(rate * now.get(ORDERS, 1.0), strength * now.get(EFFECT, 1.0), chance)
        columns = {"customer_id": reached.customer_id[row], "expected": _chance(rate, strength), "actual": came}
        parts.append(pd.DataFrame({"campaign": number + 1, **columns}))
    return pd.concat(parts, ignore_index=True)


def _campaign(parameters: CompanyParameters, offer: str, changes: Mapping[str, float]) -> Campaign:
    """Return the last campaign of a type."""
    known = {campaign.type: campaign for campaign in parameters.campaigns.values()}
    faults = [] if offer in known else [unknown_name(offer, list(known), kind="offer", where="offer")]
    faults += [unknown_name(name, CHANGES, kind="change", where="changes") for name in changes if name not in CHANGES]
    faults += [
        Fault(f"{name}: {factor} is out of range", "changes", "0 or more", "give a factor")
        for name, factor in changes.items()
        if not factor >= 0
    ]
    if faults:
        raise InputError(faults)
    return known[offer]


def _reached(parameters: CompanyParameters, campaign: Campaign) -> _Reached:
    made = [make_population(parameters, block) for block in blocks(parameters.customers, parameters.seed)]
    parts = [(one, _may_be_contacted(parameters, campaign, one)) for one in made]

    def together(name: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        return np.concatenate([getattr(one, name)[rows] for one, rows in parts])

    strength = np.concatenate([_strength(parameters, campaign, one)[rows] for one, rows in parts])
    customers = together("customer_id").astype(np.int64)
    return _Reached(customers, together("orders_per_day"), together("gone"), strength)


def _may_be_contacted(parameters: CompanyParameters, campaign: Campaign, population: Population) -> BoolArray:
    targeted = np.array([name in campaign.effect for name in parameters.segment_names])[population.segment]
    found: BoolArray = targeted & ~population.refuses & (population.acquired < parameters.history_days)
    return found


def _strength(parameters: CompanyParameters, campaign: Campaign, population: Population) -> FloatArray:
    effect = np.array([campaign.effect.get(name, 0.0) for name in parameters.segment_names])[population.segment]
    match = population.preferred_channel == CONTACT_CHANNELS.index(campaign.channel)
    strength: FloatArray = np.clip(effect + match * campaign.channel_bonus, -1.0, 1.0)
    return strength


def _drawn(rng: np.random.Generator, there: IntArray, contacts: int) -> IntArray:
    """Return customers by lot; the draw does not depend on what has changed."""
    return np.sort(rng.permutation(there)[:contacts])


def _chance(rate: FloatArray, strength: FloatArray) -> FloatArray:
    """Return the chance to order: of a good offer the chance not to order shrinks, of a bad one the chance to order."""
    base = -np.expm1(-rate)
    return np.where(strength >= 0, 1 - (1 - base) * (1 - strength), base * (1 + strength))


def _orders(rate: FloatArray, strength: FloatArray, chance: FloatArray) -> FloatArray:
    """Return whether a customer orders: of oneself, and then changed by a contact that hits."""
    of_oneself = chance[0] < -np.expm1(-rate)
    hit = chance[1] < np.abs(np.clip(strength, -1.0, 1.0))
    came: FloatArray = np.where(strength >= 0, of_oneself | hit, of_oneself & ~hit).astype(np.float64)
    return came
