"""What only the maker of the company knows of a block: read by tests and to score a method, by nothing else."""

import numpy as np
import pyarrow as pa

from helpers.core.arrays import FloatArray
from helpers.simulation.arrays import DAYS_PER_YEAR, Coded, totals
from helpers.simulation.baskets import favourite_brands
from helpers.simulation.block import BlockWorld
from helpers.simulation.columns import dates, table
from helpers.simulation.population import FRAUD_PATTERNS
from helpers.simulation.records import ERRORS


def truth_tables(world: BlockWorld) -> dict[str, pa.Table]:
    """Return the truth about a block by name of the table."""
    return {
        "customers": _customers(world),
        "identity": _identity(world),
        "campaign_effects": _campaign_effects(world),
        "surveys": _surveys(world),
        "favourite_brands": _favourite_brands(world),
        "price_leaks": _price_leaks(world),
    }


def _customers(world: BlockWorld) -> pa.Table:
    people, parameters = world.population, world.parameters
    alive = people.gone >= parameters.history_days
    return table(
        {
            "customer_id": people.customer_id,
            "segment": Coded(people.segment, parameters.segment_names),
            "orders_per_year": people.orders_per_day * DAYS_PER_YEAR,
            "dropouts_per_year": people.dropouts_per_day * DAYS_PER_YEAR,
            "dropped_out_on": dates(parameters.start, np.where(alive, np.nan, people.gone)),
            "alive": alive,
            "orders": np.bincount(world.orders.customer, minlength=world.block.size),
            "expected_orders_next_year": np.where(
                alive, _next_year(people.orders_per_day, people.dropouts_per_day), 0.0
            ),
            "mean_order_value": people.order_value,
            "negotiated_discount": people.discount,
            "brand_loyalty": people.brand_loyalty,
            "price_sensitivity": people.price_sensitivity,
            "experience": people.experience,
            "hidden_driver": people.hidden,
            "payer": Coded(people.payer, tuple(parameters.credit.payers)),
            "default_probability_if_gone": people.default_probability,
            "defaulted": people.defaulted,
            "fraud_pattern": Coded(people.fraud, FRAUD_PATTERNS),
            **{f"theme_{name}": people.theme_weights[:, at] for at, name in enumerate(world.shelf.themes)},
            **_profit(world),
        }
    )


def _next_year(orders_per_day: FloatArray, dropouts_per_day: FloatArray) -> FloatArray:
    """Return the expected orders of a living customer over the next year: rate times expected time alive."""
    rate = np.maximum(dropouts_per_day, 1e-12)
    expected: FloatArray = orders_per_day * -np.expm1(-rate * DAYS_PER_YEAR) / rate
    return expected


def _profit(world: BlockWorld) -> dict[str, FloatArray]:
    """Return each customer's true profit over the history and its parts, in the company's currency."""
    size = world.block.size
    buyer = world.orders.customer[world.lines.order]
    revenue = totals(buyer, world.lines.amount, size)
    goods = totals(buyer, world.lines.cost, size)
    serve = world.effort.cost(world.parameters)
    cost = np.array([campaign.cost for campaign in world.parameters.campaigns.values()], dtype=np.float64)
    contacts = world.contacts
    contacted = totals(contacts.customer, cost[contacts.campaign] * contacts.treated, size)
    debtor = world.orders.customer[world.receivables.order]
    lost = totals(debtor, world.receivables.lost, size)
    parts = {
        "revenue": revenue,
        "cost_of_goods": goods,
        "cost_to_serve": serve,
        "cost_of_contacts": contacted,
        "credit_loss": lost,
        "profit": revenue - goods - serve - contacted - lost,
    }
    return {name: np.round(values, 2) for name, values in parts.items()}


def _identity(world: BlockWorld) -> pa.Table:
    records = world.records
    return table(
        {
            "record_id": records.record_id,
            "customer_id": world.population.customer_id[records.customer],
            "duplicate": records.copy == 1,
            **{f"error_{name}": records.errors[:, at] for at, name in enumerate(ERRORS)},
        }
    )


def _campaign_effects(world: BlockWorld) -> pa.Table:
    contacts = world.contacts
    return table(
        {
            "customer_id": world.population.customer_id[contacts.customer],
            "campaign_id": Coded(contacts.campaign, tuple(world.parameters.campaigns)),
            "treated": contacts.treated,
            "base_chance": contacts.base_chance,
            "effect": contacts.effect,
            "order_brought": contacts.adds,
            "orders_lost": contacts.blocks,
        }
    )


def _surveys(world: BlockWorld) -> pa.Table:
    answers = world.answers
    return table(
        {
            "customer_id": world.population.customer_id[answers.customer],
            "time": dates(world.parameters.start, answers.day),
            "hidden_score": answers.hidden_score,
        }
    )


def _favourite_brands(world: BlockWorld) -> pa.Table:
    """Return one row per customer and category."""
    shelf = world.shelf
    favourite = favourite_brands(world.population, world.block, shelf)
    customers, categories = favourite.shape
    return table(
        {
            "customer_id": np.repeat(world.population.customer_id, categories),
            "category": Coded(np.tile(np.arange(categories), customers), shelf.categories),
            "brand": Coded(favourite.ravel(), shelf.brands),
        }
    )


def _price_leaks(world: BlockWorld) -> pa.Table:
    """Return one row per order on which an offer was given that the price list does not hold."""
    leak = world.concessions.leak
    order = np.flatnonzero(leak > 0)
    return table({"order_id": world.orders.order_id[order], "leak": leak[order]})
