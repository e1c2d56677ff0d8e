"""One block of customers with everything that happened to them."""

from dataclasses import dataclass

import numpy as np

from helpers.core.arrays import FloatArray, IntArray
from helpers.simulation.activities import Effort, count_activities
from helpers.simulation.arrays import totals
from helpers.simulation.baskets import Lines, fill_baskets
from helpers.simulation.campaigns import Contacts, run_campaigns
from helpers.simulation.catalogue import Shelf
from helpers.simulation.deliveries import deliver_orders
from helpers.simulation.orders import ORDER_CHANNELS, Orders, take_orders
from helpers.simulation.parameters import CompanyParameters
from helpers.simulation.people import People, make_people
from helpers.simulation.pipeline import Leads, assign_sellers, gain_leads
from helpers.simulation.population import Population, make_population
from helpers.simulation.prices import Concessions, grant_prices
from helpers.simulation.receivables import Receivables, bill_orders
from helpers.simulation.records import Records, account_of, write_records
from helpers.simulation.season import Season
from helpers.simulation.service import Cases, open_cases
from helpers.simulation.streams import Block
from helpers.simulation.survey import Answers, ask_customers


@dataclass(frozen=True)
class BlockWorld:
    """Everything true and observed about the customers of one block.

    Each part holds arrays with one entry per customer, order, line or whatever its class says; rows refer to each other
    by position within the block.
    """

    block: Block
    parameters: CompanyParameters
    shelf: Shelf
    population: Population
    people: People
    records: Records
    contacts: Contacts
    orders: Orders
    lines: Lines
    cases: Cases
    answers: Answers
    receivables: Receivables
    leads: Leads
    effort: Effort
    seller: IntArray
    concessions: Concessions
    delivered: FloatArray

    @property
    def order_amount(self) -> FloatArray:
        """Goods sold on each order, returns not counted, in the company's currency."""
        sold = self.lines.amount * ~self.lines.returned
        return np.round(totals(self.lines.order, sold, len(self.orders.customer)), 2)

    @property
    def order_account(self) -> IntArray:
        """The record each order was booked under: web orders under the web account, all else under a sales account."""
        size = self.block.size
        sales, second = account_of(self.records, size, "sales")
        web, _ = account_of(self.records, size, "web")
        customer = self.orders.customer
        # A customer who is held twice in sales is served under either number in turn.
        twice = (second[customer] >= 0) & (self.orders.order_id % 2 == 1)
        booked = np.where(twice, second[customer], sales[customer])
        online = (self.orders.channel == ORDER_CHANNELS.index("web")) & (web[customer] >= 0)
        return np.where(online | (booked < 0), web[customer], booked)


def live_through(parameters: CompanyParameters, block: Block, shelf: Shelf, season: Season) -> BlockWorld:
    """Make one block of customers and let them live through the history."""
    population = make_population(parameters, block)
    people = make_people(parameters, block, population)
    contacts = run_campaigns(parameters, block, population, season)
    orders = take_orders(parameters, block, population, contacts, season)
    lines = fill_baskets(parameters, block, population, orders, shelf)
    cases = open_cases(parameters, block, population, orders)
    seller = assign_sellers(parameters, block, people)
    receivables = bill_orders(parameters, block, population, orders, lines)
    return BlockWorld(
        block=block,
        parameters=parameters,
        shelf=shelf,
        population=population,
        people=people,
        records=write_records(parameters, block, population, people),
        contacts=contacts,
        orders=orders,
        lines=lines,
        cases=cases,
        answers=ask_customers(parameters, block, population, orders, cases),
        receivables=receivables,
        leads=gain_leads(parameters, block, population, people, seller),
        effort=count_activities(parameters, block, population, orders, lines, cases),
        seller=seller,
        concessions=grant_prices(parameters, block, population, people, orders, lines, shelf),
        delivered=deliver_orders(parameters, block, orders, receivables, cases),
    )
