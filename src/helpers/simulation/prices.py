"""The price list by region, class and period, and what is given below it: negotiated, or an offer that does not hold.

An offer of the catalogue lowers the price for everybody. The price list does not hold it in every region and class of
customers; where it does not, the price cut is a leak: given, and agreed by nobody.
"""

from dataclasses import dataclass

import numpy as np

from helpers.core.arrays import BoolArray, FloatArray
from helpers.simulation.arrays import totals
from helpers.simulation.baskets import Lines, given_discount
from helpers.simulation.catalogue import DAYS_PER_OFFER, Shelf
from helpers.simulation.columns import dates, text
from helpers.simulation.orders import Orders
from helpers.simulation.parameters import CompanyParameters
from helpers.simulation.people import People
from helpers.simulation.population import Population
from helpers.simulation.streams import Block, company_rng
from helpers.simulation.words import regions

CLASSES = ("person", "firm")
_LEAST_DISCOUNT = 0.01  # below it nobody asks for an approval


@dataclass(frozen=True)
class Concessions:
    """Prices below the list, order by order.

    Parameters
    ----------
    leak : FloatArray, shape (orders,)
        Money given by offers that the price list does not hold, or by collusion; 0 where there is none.
    below_list : BoolArray, shape (orders,)
        A negotiated discount or a leak is on the order.
    approved : BoolArray, shape (orders,)
        The approval of the price is on file.
    """

    leak: FloatArray
    below_list: BoolArray
    approved: BoolArray


def withdrawn_offers(parameters: CompanyParameters, shelf: Shelf) -> BoolArray:
    """Return which offers the list does not hold, shape (periods, categories, brands, regions, classes)."""
    shape = (*shelf.offer_depth.shape, len(regions()), len(CLASSES))
    drawn = company_rng(parameters.seed, "prices").random(shape) < parameters.prices.withdrawn_share
    withdrawn: BoolArray = drawn & (shelf.offer_depth > 0)[..., None, None]
    return withdrawn


def price_list_columns(shelf: Shelf, parameters: CompanyParameters) -> dict[str, object]:
    """Return the standard table `price_list`: prices for all, offers for all, and where an offer does not hold."""
    items, products = len(shelf.item_share), len(shelf.list_price)
    period, category, brand = np.nonzero(shelf.offer_depth)
    at = np.nonzero(withdrawn_offers(parameters, shelf))
    none = np.zeros(1, dtype=np.int64)
    first = np.concatenate([shelf.product(category, brand, none), shelf.product(at[1], at[2], none)])
    offers = (first[:, None] + np.arange(items)).ravel()
    product = np.concatenate([np.arange(products), offers])
    begins = np.repeat(np.concatenate([period, at[0]]) * DAYS_PER_OFFER, items)
    depth = np.repeat(np.concatenate([shelf.offer_depth[period, category, brand], np.zeros(len(at[0]))]), items)
    nowhere = np.full(products + len(period) * items, "")
    last = np.minimum(begins + DAYS_PER_OFFER, parameters.history_days) - 1
    return {
        "product_id": product + 1,
        "price": np.round(shelf.list_price[product] * (1 - np.concatenate([np.zeros(products), depth])), 4),
        "valid_from": dates(parameters.start, np.concatenate([np.zeros(products), begins])),
        "valid_to": dates(parameters.start, np.concatenate([np.full(products, np.nan), last])),
        "region": text(np.concatenate([nowhere, np.repeat(np.array(regions())[at[3]], items)])),
        "customer_class": text(np.concatenate([nowhere, np.repeat(np.array(CLASSES)[at[4]], items)])),
    }


def grant_prices(
    parameters: CompanyParameters,
    block: Block,
    population: Population,
    people: People,
    orders: Orders,
    lines: Lines,
    shelf: Shelf,
) -> Concessions:
    """Say what was given below the list on the orders of a block, and whether its approval is on file."""
    rng = block.rng("approvals")
    order = lines.order
    customer = orders.customer[order]
    period = orders.day[order] // DAYS_PER_OFFER
    group = lines.product // len(shelf.item_share)
    category, brand = group // len(shelf.brands), group % len(shelf.brands)
    place = (period, category, brand, people.region[customer], population.firm[customer].astype(np.int64))
    depth = shelf.offer_depth[place[:3]]
    withdrawn = np.where(withdrawn_offers(parameters, shelf)[place], lines.amount * depth / (1 - depth), 0.0)
    given = given_discount(population)
    colluded = lines.amount * ((given - population.discount) / (1 - given))[customer]
    leak: FloatArray = np.round(totals(order, (withdrawn + colluded) * ~lines.returned, len(orders.customer)), 2)
    negotiated = given[orders.customer] >= _LEAST_DISCOUNT
    filed = rng.random(len(orders.customer)) < parameters.prices.filed_share
    return Concessions(leak, negotiated | (leak > 0), negotiated & filed & (leak == 0))
