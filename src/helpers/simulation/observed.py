"""What the company sees of a block: the standard tables, and a few of its own beside them.

`customers` and every `customer_id` are the identified company; `customer_records` and every `account_id` are the
company as its three systems hold it, before anybody has found out which records are the same customer.
"""

import numpy as np
import pyarrow as pa

from helpers.simulation.activities import ACTIVITIES
from helpers.simulation.arrays import Coded, within
from helpers.simulation.block import BlockWorld
from helpers.simulation.campaigns import Contacts
from helpers.simulation.columns import dates, key, moments, number, table, text
from helpers.simulation.orders import ORDER_CHANNELS, SECONDS_PER_DAY
from helpers.simulation.pipeline import STAGES, lead_numbers
from helpers.simulation.population import CONTACT_CHANNELS
from helpers.simulation.records import SOURCES, account_of
from helpers.simulation.survey import DIMENSIONS
from helpers.simulation.words import regions, word_table

_UNIX_DAYS_FIELD = "birth_date"


def observed_tables(world: BlockWorld) -> dict[str, pa.Table]:
    """Return the observed tables of a block by name."""
    return {
        "customers": _customers(world),
        "customer_records": _records(world),
        "transactions": _transactions(world),
        "contacts": _contacts(world),
        "responses": _responses(world),
        "service_cases": _service_cases(world),
        "surveys": _surveys(world),
        "invoices": _invoices(world),
        "payments": _payments(world),
        "leads": _leads(world),
        "lead_stages": _lead_stages(world),
        "activities": _activities(world),
        "orders": _orders(world),
    }


def _born(day: np.ndarray) -> pa.Array:
    known = ~np.isnan(day)
    return pa.array(np.where(known, day, 0).astype(np.int32), pa.int32(), mask=~known).cast(pa.date32())


def _customers(world: BlockWorld) -> pa.Table:
    people, population = world.people, world.population
    preferred = Coded(population.preferred_channel, CONTACT_CHANNELS)
    return table(
        {
            "customer_id": population.customer_id,
            "kind": Coded(population.firm.astype(np.int64), ("person", "firm")),
            "first_name": text(people.first_name),
            "last_name": people.last_name,
            "birth_date": _born(np.where(population.firm, np.nan, people.birth_day)),
            "sex": people.sex,
            "street": people.home.street,
            "city": word_table("cities")["city"][people.home.city],
            "postcode": people.home.postcode,
            "region": Coded(people.region, regions()),
            "email": people.email,
            "phone": people.home.phone,
            "identifier": people.identifier,
            "customer_since": dates(world.parameters.start, population.acquired),
            "preferred_channel": preferred,
            "do_not_contact": population.refuses,
            "sector": people.sector,
            "seller_id": world.seller + 1,
            "on_account": population.on_account,
            "payment_term_days": key(population.term_days, ~population.on_account),
            "years_in_business": number(population.years_in_business),
            "equity_ratio": number(population.equity_ratio),
            "employees": number(population.employees),
        }
    )


def _records(world: BlockWorld) -> pa.Table:
    records = world.records
    firm = world.population.firm[records.customer]
    return table(
        {
            "source": Coded(records.source, SOURCES),
            "record_id": records.record_id,
            "kind": Coded(firm.astype(np.int64), ("person", "firm")),
            **{name: text(values) for name, values in records.texts.items()},
            _UNIX_DAYS_FIELD: _born(records.birth_day),
            "sex": records.sex,
            "region": records.region,
            "preferred_channel": records.preferred_channel,
            "do_not_contact": records.refuses,
            "updated_at": moments(world.parameters.start, records.updated_day * SECONDS_PER_DAY),
        }
    )


def _transactions(world: BlockWorld) -> pa.Table:
    orders, lines = world.orders, world.lines
    order = lines.order
    customer = orders.customer[order]
    # One shop per region; orders through other channels have none.
    shop = np.where(orders.channel == ORDER_CHANNELS.index("shop"), world.people.region[orders.customer], -1)
    return table(
        {
            "customer_id": world.population.customer_id[customer],
            "account_id": key(world.order_account[order]),
            "order_id": orders.order_id[order],
            "line_number": within(np.bincount(order, minlength=len(orders.customer))) + 1,
            "time": moments(world.parameters.start, lines.second),
            "product_id": lines.product + 1,
            "quantity": lines.quantity,
            "amount": lines.amount,
            "discount": lines.discount,
            "cost": lines.cost,
            "store_id": Coded(shop[order], regions()),
            "channel": Coded(orders.channel[order], ORDER_CHANNELS),
            "line_type": Coded(lines.returned.astype(np.int64), ("sale", "return")),
        }
    )


def _orders(world: BlockWorld) -> pa.Table:
    below, approved = world.concessions.below_list, world.concessions.approved
    return table(
        {
            "order_id": world.orders.order_id,
            "approved": pa.array(approved, pa.bool_(), mask=~below),
            "delivered_time": moments(
                world.parameters.start,
                np.where(np.isnan(world.delivered), 0, world.delivered).astype(np.int64),
                np.isnan(world.delivered),
            ),
        }
    )


def _contacts(world: BlockWorld) -> pa.Table:
    contacts, parameters = world.contacts, world.parameters
    campaigns = list(parameters.campaigns.values())
    types = tuple(dict.fromkeys(campaign.type for campaign in campaigns))
    code = contacts.campaign
    account, _ = account_of(world.records, world.block.size, "sales")
    start = np.array([parameters.day(campaign.start) for campaign in campaigns], dtype=np.int64)
    end = np.array([parameters.day(campaign.end) - 1 for campaign in campaigns], dtype=np.int64)
    cost = np.array([campaign.cost for campaign in campaigns], dtype=np.float64)
    channel = np.array([CONTACT_CHANNELS.index(campaign.channel) for campaign in campaigns], dtype=np.int64)
    type_ = np.array([types.index(campaign.type) for campaign in campaigns], dtype=np.int64)
    return table(
        {
            "customer_id": world.population.customer_id[contacts.customer],
            "account_id": key(account[contacts.customer]),
            "campaign_id": Coded(code, tuple(parameters.campaigns)),
            "campaign_type": Coded(type_[code], types),
            "time": moments(parameters.start, start[code] * SECONDS_PER_DAY),
            "end_time": moments(parameters.start, end[code] * SECONDS_PER_DAY),
            "channel": Coded(channel[code], CONTACT_CHANNELS),
            "treated": contacts.treated,
            "cost": np.where(contacts.treated, cost[code], 0.0),
        }
    )


def _responses(world: BlockWorld) -> pa.Table:
    """Return every order within a window, of treated and held back customers alike; a redemption is one it brought."""
    orders, contacts, parameters = world.orders, world.contacts, world.parameters
    parts = [_ordered(world, contacts, code) for code in range(len(parameters.campaigns))]
    rows = np.concatenate([np.zeros(0, dtype=np.int64), *(part[0] for part in parts)])
    code = np.concatenate([np.zeros(0, dtype=np.int64), *(part[1] for part in parts)])
    kind = np.where(orders.campaign[rows] == code, 1, 0)
    return table(
        {
            "customer_id": world.population.customer_id[orders.customer[rows]],
            "account_id": key(world.order_account[rows]),
            "campaign_id": Coded(code, tuple(parameters.campaigns)),
            "time": moments(parameters.start, orders.second[rows]),
            "kind": Coded(kind, ("order", "redemption")),
            "amount": world.order_amount[rows],
            "order_id": orders.order_id[rows],
        }
    )


def _ordered(world: BlockWorld, contacts: Contacts, code: int) -> tuple[np.ndarray, np.ndarray]:
    campaign = list(world.parameters.campaigns.values())[code]
    start, end = world.parameters.day(campaign.start), world.parameters.day(campaign.end)
    targeted = np.zeros(world.block.size, dtype=bool)
    targeted[contacts.customer[contacts.campaign == code]] = True
    day = world.orders.day
    rows = np.flatnonzero(targeted[world.orders.customer] & (day >= start) & (day < end))
    return rows, np.full(len(rows), code)


def _service_cases(world: BlockWorld) -> pa.Table:
    cases, orders, parameters = world.cases, world.orders, world.parameters
    customer = orders.customer[cases.order]
    desk, _ = account_of(world.records, world.block.size, "service")
    causes = parameters.service.causes
    complaint = np.array([cause.complaint for cause in causes.values()])[cases.cause]
    account = np.where(desk[customer] >= 0, desk[customer], world.order_account[cases.order])
    still_open = cases.closed >= parameters.history_days * SECONDS_PER_DAY
    promised = cases.opened + round(parameters.service.promised_days * SECONDS_PER_DAY)
    return table(
        {
            "customer_id": world.population.customer_id[customer],
            "account_id": key(account),
            "case_id": orders.order_id[cases.order],
            "order_id": orders.order_id[cases.order],
            "time": moments(parameters.start, cases.opened),
            "closed_time": moments(parameters.start, cases.closed, still_open),
            "due_time": moments(parameters.start, promised),
            "cause": Coded(cases.cause, tuple(causes)),
            "complaint": complaint,
            "solved_at_first_contact": cases.solved,
            "contacts": cases.contacts,
            "minutes": cases.minutes,
            "cost": cases.cost,
        }
    )


def _surveys(world: BlockWorld) -> pa.Table:
    answers = world.answers
    account, _ = account_of(world.records, world.block.size, "sales")
    return table(
        {
            "customer_id": world.population.customer_id[answers.customer],
            "account_id": key(account[answers.customer]),
            "time": dates(world.parameters.start, answers.day),
            "overall": answers.overall,
            **{name: answers.scores[:, at] for at, name in enumerate(DIMENSIONS)},
            "rebuy_intention": answers.rebuy,
            "recommendation": answers.recommend,
        }
    )


def _invoices(world: BlockWorld) -> pa.Table:
    bills, orders = world.receivables, world.orders
    customer = orders.customer[bills.order]
    return table(
        {
            "invoice_id": orders.order_id[bills.order],
            "customer_id": world.population.customer_id[customer],
            "account_id": key(world.order_account[bills.order]),
            "time": dates(world.parameters.start, bills.invoiced),
            "amount": bills.amount,
            "due_date": dates(world.parameters.start, bills.due),
            "seller_id": world.seller[customer] + 1,
        }
    )


def _payments(world: BlockWorld) -> pa.Table:
    bills = world.receivables
    return table(
        {
            "invoice_id": world.orders.order_id[bills.order[bills.payment]],
            "time": dates(world.parameters.start, bills.paid),
            "amount": bills.paid_amount,
        }
    )


def _leads(world: BlockWorld) -> pa.Table:
    leads, parameters = world.leads, world.parameters
    ended = np.fmax(leads.entered[:, STAGES.index("won")], leads.entered[:, STAGES.index("lost")])
    won = leads.customer >= 0
    identity = world.population.customer_id[np.maximum(leads.customer, 0)] if len(won) else leads.customer
    return table(
        {
            "lead_id": lead_numbers(world.block, leads),
            "customer_id": key(identity, ~won),
            "time": dates(parameters.start, leads.entered[:, 0]),
            "stage": Coded(leads.stage, STAGES),
            "source": Coded(leads.source, tuple(parameters.leads.sources)),
            "expected_amount": leads.expected_amount,
            "closed_date": dates(parameters.start, ended),
            "region": Coded(leads.region, regions()),
            "seller_id": leads.seller + 1,
        }
    )


def _lead_stages(world: BlockWorld) -> pa.Table:
    leads = world.leads
    reached = ~np.isnan(leads.entered)
    row, stage = np.nonzero(reached)
    return table(
        {
            "lead_id": lead_numbers(world.block, leads)[row],
            "stage": Coded(stage, STAGES),
            "time": dates(world.parameters.start, leads.entered[row, stage]),
            "step": within(reached.sum(axis=1)) + 1,
        }
    )


def _activities(world: BlockWorld) -> pa.Table:
    customer, year, activity = np.nonzero(world.effort.counts)
    return table(
        {
            "customer_id": world.population.customer_id[customer],
            "year": np.array(world.effort.years, dtype=np.int64)[year],
            "activity": Coded(activity, ACTIVITIES),
            "quantity": world.effort.counts[customer, year, activity],
        }
    )
