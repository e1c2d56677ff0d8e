"""Invoices, payments and what is never paid."""

from dataclasses import dataclass

import numpy as np

from helpers.core.arrays import FloatArray, IntArray
from helpers.simulation.arrays import gamma, totals
from helpers.simulation.baskets import Lines
from helpers.simulation.orders import Orders
from helpers.simulation.parameters import CompanyParameters
from helpers.simulation.population import Population
from helpers.simulation.streams import Block

_RECOVERY_DAYS = 240
_INSTALMENT_DAYS = 20
_EARLIEST = 6  # days before the due date


@dataclass(frozen=True)
class Receivables:
    """Invoices of a block and their payments.

    Parameters
    ----------
    order : IntArray
        Position of the invoiced order in `Orders`; its number is the invoice's number.
    invoiced, due : IntArray
        Days since the start of the history.
    amount : FloatArray
        Amount owed: the goods sold on the order. Returned goods are refunded apart.
    lost : FloatArray
        Part of the amount that will never be paid.
    payment : IntArray
        Position of the invoice each payment belongs to.
    paid : IntArray
        Day of each payment since the start of the history.
    paid_amount : FloatArray
        Amount of each payment.
    """

    order: IntArray
    invoiced: IntArray
    due: IntArray
    amount: FloatArray
    lost: FloatArray
    payment: IntArray
    paid: IntArray
    paid_amount: FloatArray


def bill_orders(
    parameters: CompanyParameters, block: Block, population: Population, orders: Orders, lines: Lines
) -> Receivables:
    """Draw invoices and payments; payments after the end of the history are not known yet and left out."""
    rng = block.rng("receivables")
    sold: FloatArray = np.round(totals(lines.order, lines.amount * ~lines.returned, len(orders.customer)), 2)
    order = np.flatnonzero(population.on_account[orders.customer])
    invoiced = orders.day[order] + rng.integers(0, 3, len(order))
    order, invoiced = order[invoiced < parameters.history_days], invoiced[invoiced < parameters.history_days]
    customer = orders.customer[order]
    due = invoiced + population.term_days[customer]
    delay = np.array([payer.delay_days for payer in parameters.credit.payers.values()])[population.payer[customer]]
    drawn = gamma(rng, np.full(len(order), 1.3), delay + _EARLIEST)
    paid = np.maximum(invoiced, due - _EARLIEST + np.floor(drawn).astype(np.int64))
    amount = sold[order]
    insolvent = population.defaulted[customer] & (paid > population.gone[customer])
    recovered = np.round(amount * parameters.credit.recovery, 2)
    owed = np.where(insolvent, recovered, amount)
    paid = np.where(insolvent, np.floor(population.gone[customer]).astype(np.int64) + _RECOVERY_DAYS, paid)
    halves = (rng.random(len(order)) < parameters.credit.instalments) & ~insolvent
    payment, when, value = _payments(owed, paid, halves, parameters.history_days)
    lost: FloatArray = np.round(amount - owed, 2)
    return Receivables(order, invoiced, due, amount, lost, payment, when, value)


def _payments(
    owed: FloatArray, paid: IntArray, halves: np.ndarray, history_days: int
) -> tuple[IntArray, IntArray, FloatArray]:
    first = np.where(halves, np.round(owed / 2, 2), owed)
    every, second = np.arange(len(owed)), np.flatnonzero(halves)
    payment = np.concatenate([every, second])
    when = np.concatenate([paid, paid[second] + _INSTALMENT_DAYS])
    value = np.concatenate([first, np.round(owed - first, 2)[second]])
    known = (when < history_days) & (value > 0)
    payment, when, value = payment[known], when[known], value[known]
    place = np.lexsort((when, payment))
    return payment[place], when[place], value[place]
