"""What is on each order: theme, category, brand, item, quantity, price, cost, and what comes back."""

from dataclasses import dataclass

import numpy as np

from helpers.core.arrays import BoolArray, FloatArray, IntArray
from helpers.simulation.arrays import choose_by_row, gamma, totals
from helpers.simulation.catalogue import Shelf
from helpers.simulation.orders import SECONDS_PER_DAY, Orders
from helpers.simulation.parameters import CompanyParameters
from helpers.simulation.population import FRAUD_PATTERNS, Population
from helpers.simulation.streams import Block

_BUST_OUT_DAYS = 60
_BUST_OUT_FACTOR = 6.0
_COLLUSION_DISCOUNT = 0.45
_FRAUD_RETURNS = 0.5


@dataclass(frozen=True)
class Lines:
    """The lines of a block; returned goods are lines of their own with negative quantity.

    Parameters
    ----------
    order : IntArray
        Position of the order in `Orders`.
    second : IntArray
        Seconds since the start of the history: the order's, or the return's.
    product : IntArray
        Number of the product on the shelf.
    quantity : IntArray
        Units, negative for returns.
    amount, discount, cost : FloatArray
        Money paid, price reduction, cost of the goods; rounded to cents, negative for returns.
    returned : BoolArray
        The line is a return.
    """

    order: IntArray
    second: IntArray
    product: IntArray
    quantity: IntArray
    amount: FloatArray
    discount: FloatArray
    cost: FloatArray
    returned: BoolArray


def fill_baskets(
    parameters: CompanyParameters, block: Block, population: Population, orders: Orders, shelf: Shelf
) -> Lines:
    """Draw the lines of all orders of a block."""
    rng = block.rng("lines")
    mean_lines = np.array(parameters.of_segment("lines_per_order"))[population.segment[orders.customer]]
    counts = 1 + rng.poisson(mean_lines - 1)
    theme = choose_by_row(rng, population.theme_weights, orders.customer)
    order = np.repeat(np.arange(len(counts)), counts)
    customer, day = orders.customer[order], orders.day[order]
    category = choose_by_row(rng, shelf.theme_weights, theme[order])
    offers = shelf.offer(day, category)
    brand = _choose_brand(rng, population, block, shelf, customer, category, offers)
    item = np.searchsorted(np.cumsum(shelf.item_share)[:-1], rng.random(len(order)), side="right")
    product = shelf.product(category, brand, item)
    reduction = 1 - (1 - given_discount(population)[customer]) * (1 - offers[np.arange(len(order)), brand])
    price = shelf.list_price[product]
    target = _order_values(parameters, rng, population, orders)[order] * _split(rng, order, len(counts))
    # Chance rounding keeps the mean; the least quantity of one lifts small lines of dear products a little.
    quantity = np.maximum(1, np.floor(target / (price * (1 - reduction)) + rng.random(len(order)))).astype(np.int64)
    amount = np.round(quantity * price * (1 - reduction), 2)
    sold = Lines(
        order=order,
        second=orders.second[order],
        product=product,
        quantity=quantity,
        amount=amount,
        discount=np.round(np.round(quantity * price, 2) - amount, 2),
        cost=np.round(quantity * shelf.unit_cost[product], 2),
        returned=np.zeros(len(order), dtype=bool),
    )
    return _with_returns(parameters, block, population, orders, sold, counts)


def favourite_brands(population: Population, block: Block, shelf: Shelf) -> IntArray:
    """Return each customer's favourite brand in each category, shape (customers, categories)."""
    rng = block.rng("catalogue")
    draws = rng.random((len(population.segment), len(shelf.categories)))
    return np.searchsorted(np.cumsum(np.exp(shelf.brand_utility))[:-1], draws, side="right").astype(np.int64)


def _choose_brand(
    rng: np.random.Generator,
    population: Population,
    block: Block,
    shelf: Shelf,
    customer: IntArray,
    category: IntArray,
    offers: FloatArray,
) -> IntArray:
    """Draw brands from a logit of popularity, loyalty to the favourite, and the price cut of the day."""
    favourite = favourite_brands(population, block, shelf)[customer, category]
    utility = shelf.brand_utility + population.price_sensitivity[customer, None] * offers
    utility[np.arange(len(customer)), favourite] += population.brand_loyalty[customer]
    return choose_by_row(rng, np.exp(utility), np.arange(len(customer)))


def given_discount(population: Population) -> FloatArray:
    """Return the discount on every line of each customer: the negotiated one, or what colluders get."""
    colludes = population.fraud == FRAUD_PATTERNS.index("discounts")
    return np.where(colludes, np.maximum(population.discount, _COLLUSION_DISCOUNT), population.discount)


def _order_values(
    parameters: CompanyParameters, rng: np.random.Generator, population: Population, orders: Orders
) -> FloatArray:
    shape = np.array(parameters.of_segment("order_value_shape"))[population.segment[orders.customer]]
    value = gamma(rng, shape, population.order_value[orders.customer])
    bust = population.fraud[orders.customer] == FRAUD_PATTERNS.index("bust_out")
    last_days = orders.day > population.gone[orders.customer] - _BUST_OUT_DAYS
    return np.where(bust & last_days, _BUST_OUT_FACTOR * value, value)


def _split(rng: np.random.Generator, order: IntArray, orders: int) -> FloatArray:
    weight = rng.standard_gamma(2.0, len(order))
    return weight / totals(order, weight, orders)[order]


def _with_returns(
    parameters: CompanyParameters, block: Block, population: Population, orders: Orders, sold: Lines, counts: IntArray
) -> Lines:
    """Add one returned line to some orders, days later, at the price paid."""
    rng = block.rng("returns")
    cheats = population.fraud[orders.customer] == FRAUD_PATTERNS.index("refunds")
    share = np.where(cheats, _FRAUD_RETURNS, parameters.fraud.returns_share)
    comes_back = rng.random(len(counts)) < share
    line = np.cumsum(counts) - counts + np.floor(rng.random(len(counts)) * counts).astype(np.int64)
    second = orders.second + rng.integers(2, 21, len(counts)) * SECONDS_PER_DAY
    comes_back &= second < parameters.history_days * SECONDS_PER_DAY
    line, second = line[comes_back], second[comes_back]
    order = np.concatenate([sold.order, sold.order[line]])
    place = np.argsort(order, kind="stable")
    signs = ("quantity", "amount", "discount", "cost")
    negated = {name: np.concatenate([getattr(sold, name), -getattr(sold, name)[line]])[place] for name in signs}
    return Lines(
        order=order[place],
        second=np.concatenate([sold.second, second])[place],
        product=np.concatenate([sold.product, sold.product[line]])[place],
        returned=np.concatenate([sold.returned, np.ones(len(line), dtype=bool)])[place],
        **negated,
    )
