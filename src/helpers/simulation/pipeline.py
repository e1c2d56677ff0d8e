"""Leads and the stages they pass: those that became the new customers, and those that were lost or are still open."""

from dataclasses import dataclass

import numpy as np

from helpers.core.arrays import FloatArray, IntArray
from helpers.simulation.arrays import Coded, choose, gamma
from helpers.simulation.parameters import CompanyParameters
from helpers.simulation.people import People
from helpers.simulation.population import Population
from helpers.simulation.streams import Block, company_rng
from helpers.simulation.words import regions, word_list, word_table

STAGES = ("new", "qualified", "offer", "negotiation", "won", "lost")
LOST_AT = STAGES[:4]
_WON, _LOST = 4, 5
_LEADS_PER_BLOCK = 10_000_000


@dataclass(frozen=True)
class Leads:
    """Leads of a block, sorted by the day they were gained.

    Parameters
    ----------
    customer : IntArray
        Row of the customer the lead became, -1 for none.
    source, region, seller : IntArray
        Codes; sellers are numbered region by region.
    expected_amount : FloatArray
        Expected first order.
    entered : FloatArray, shape (leads, stages)
        Day each stage was entered; missing where it was not, or not yet.
    """

    customer: IntArray
    source: IntArray
    region: IntArray
    seller: IntArray
    expected_amount: FloatArray
    entered: FloatArray

    @property
    def stage(self) -> IntArray:
        """Code of the stage reached by the end of the history."""
        reached = ~np.isnan(self.entered)
        last: IntArray = len(STAGES) - 1 - np.argmax(reached[:, ::-1], axis=1)
        return last


def lead_numbers(block: Block, leads: Leads) -> IntArray:
    """Return the numbers of the leads of a block, unique within the company."""
    return (block.index + 1) * _LEADS_PER_BLOCK + np.arange(len(leads.customer)) + 1


def assign_sellers(parameters: CompanyParameters, block: Block, people: People) -> IntArray:
    """Return the seller in charge of each customer: one of those of the customer's region."""
    each = parameters.sellers_per_region
    return people.region * each + block.rng("sellers").integers(0, each, block.size)


def seller_columns(parameters: CompanyParameters) -> dict[str, object]:
    """Return the table of sellers, one entry per column."""
    rng = company_rng(parameters.seed, "sellers")
    each = parameters.sellers_per_region
    size = each * len(regions())
    given, surnames = word_table("given_names")["name"], word_list("surnames")
    names = np.strings.add(
        np.strings.add(given[rng.integers(0, len(given), size)], " "), surnames[rng.integers(0, len(surnames), size)]
    )
    return {
        "seller_id": np.arange(size) + 1,
        "seller_name": names,
        "region": Coded(np.repeat(np.arange(len(regions())), each), regions()),
    }


def gain_leads(
    parameters: CompanyParameters, block: Block, population: Population, people: People, seller: IntArray
) -> Leads:
    """Draw the leads of a block.

    For every won lead of a source with win share w there are on average (1 - w) / w lost ones.
    """
    rng = block.rng("leads")
    sources = list(parameters.leads.sources.values())
    new = population.acquired >= 0
    won = np.flatnonzero(new & (rng.random(block.size) < parameters.leads.share_of_new_customers))
    # Those decided after the history are open at its end, or not yet gained.
    later = len(STAGES) * parameters.leads.stage_days / parameters.history_days
    won_source = choose(rng, [source.share for source in sources], len(won))
    wins = np.bincount(won_source, minlength=len(sources)).astype(np.float64)
    odds = np.array([(1 - source.win) / source.win for source in sources])
    coming = np.repeat(np.arange(len(sources)), rng.poisson(wins * later))
    lost = np.repeat(np.arange(len(sources)), rng.poisson(odds * wins * (1 + later)))
    # Leads without a customer are spread over regions and sellers as the won ones are.
    like = won[rng.integers(0, max(len(won), 1), len(coming) + len(lost))]
    known = np.concatenate([won, like])
    decided = (1 + later * rng.random(len(coming))) * parameters.history_days
    ended = rng.random(len(lost)) * (1 + later) * parameters.history_days
    won_entered = _won_days(parameters, rng, np.concatenate([population.acquired[won], decided]))
    leads = Leads(
        customer=np.concatenate([won, np.full(len(like), -1)]),
        source=np.concatenate([won_source, coming, lost]),
        region=people.region[known],
        seller=seller[known],
        expected_amount=np.round(population.order_value[known] * np.exp(rng.normal(0, 0.4, len(known))), 2),
        entered=np.concatenate([won_entered, _lost_days(parameters, rng, ended)]),
    )
    return _in_order(leads, parameters.history_days)


def _won_days(parameters: CompanyParameters, rng: np.random.Generator, ended: FloatArray) -> FloatArray:
    """Return stage days that end with the first order."""
    steps = gamma(rng, np.full((len(ended), len(LOST_AT)), 1.5), parameters.leads.stage_days)
    days = np.full((len(ended), len(STAGES)), np.nan)
    days[:, : len(LOST_AT)] = ended[:, None] - np.cumsum(steps[:, ::-1], axis=1)[:, ::-1]
    days[:, _WON] = ended
    return days


def _lost_days(parameters: CompanyParameters, rng: np.random.Generator, ended: FloatArray) -> FloatArray:
    """Return stage days of leads that are lost in one of the stages."""
    steps = gamma(rng, np.full((len(ended), len(LOST_AT)), 1.5), parameters.leads.stage_days)
    weights = [parameters.leads.lost_at.get(name, 0.0) for name in LOST_AT]  # type: ignore[call-overload]
    last = choose(rng, weights, len(ended))
    passed = np.arange(len(LOST_AT)) <= last[:, None]
    steps = np.where(passed, steps, 0.0)
    begun = (ended - steps.sum(axis=1))[:, None] + np.cumsum(steps, axis=1) - steps
    days = np.full((len(ended), len(STAGES)), np.nan)
    days[:, : len(LOST_AT)] = np.where(passed, begun, np.nan)
    days[:, _LOST] = ended
    return days


def _in_order(leads: Leads, history_days: int) -> Leads:
    """Keep leads gained within the history, without what happens after it, sorted by day."""
    gained = leads.entered[:, 0]
    rows = np.flatnonzero((gained >= 0) & (gained < history_days))
    rows = rows[np.argsort(gained[rows], kind="stable")]
    return Leads(
        leads.customer[rows],
        leads.source[rows],
        leads.region[rows],
        leads.seller[rows],
        leads.expected_amount[rows],
        np.where(leads.entered[rows] < history_days, leads.entered[rows], np.nan),
    )
