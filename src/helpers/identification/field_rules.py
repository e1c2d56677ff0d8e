"""What each field of the standard tables is for, and which of its values can be true."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Literal

import ibis
import ibis.expr.types as ir

from helpers.core.any_engine import is_infinite

Need = Literal["required", "desirable"]
Validity = Callable[[ir.Column, date], ir.BooleanValue]

PURPOSES: dict[str, str] = {
    "talk": "talk to the customer",
    "analyse": "analyse and classify customers",
    "relate": "run the relationship",
    "manage": "analyse the management itself",
}
"""The four purposes customer information serves, by short name."""

_SIGNED = ("transactions.quantity", "transactions.discount", "transactions.cost")
_OF_PERSONS = ("first_name", "birth_date", "sex")
_OLDEST_BIRTH = datetime(1900, 1, 1)
_OLDEST_EVENT = datetime(1970, 1, 1)


@dataclasses.dataclass(frozen=True)
class FieldRule:
    """One field: what it is needed for and what its values must be.

    Parameters
    ----------
    table, field : str
        Standard table and column.
    needs : mapping of purpose to need
        "required" or "desirable" by short name of the purpose; a purpose it does not serve is left out.
    valid : callable, optional
        Takes the column and the analysis date, and says of each value whether it can be true.
    unique : bool
        Whether every record should have a value of its own.
    unique_within : str
        Column within whose values it should; empty for the whole table. Systems that hold the same customer share
        values rightly, one system that holds a value twice does not.
    of_persons : bool
        Whether only persons can have it; firms, where the table tells them, are not asked for it.
    signed_by : str
        Column whose sign the value shares: what came back is booked below zero in amount, quantity and cost alike, and
        is judged by what it would be as a purchase.
    """

    table: str
    field: str
    needs: Mapping[str, Need] = dataclasses.field(default_factory=dict)
    valid: Validity | None = None
    unique: bool = False
    unique_within: str = ""
    of_persons: bool = False
    signed_by: str = ""


def _before_as_of(column: ir.Column, as_of: date) -> ir.BooleanValue:
    return (column >= ibis.timestamp(_OLDEST_EVENT)) & (column < ibis.timestamp(_start(as_of)))


def _birth(column: ir.Column, as_of: date) -> ir.BooleanValue:
    return (column >= ibis.timestamp(_OLDEST_BIRTH)) & (column < ibis.timestamp(_start(as_of)))


def _until_as_of(column: ir.Column, as_of: date) -> ir.BooleanValue:
    return column < ibis.timestamp(_start(as_of) + timedelta(days=1))


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


def _email(column: ir.Column, _as_of: date) -> ir.BooleanValue:
    return column.re_search(r"^[^@\s]+@[^@\s]+\.[^@\s.]+$")


def _phone(column: ir.Column, _as_of: date) -> ir.BooleanValue:
    extension = r"([ ,]*(;ext=|ext(ension|n)?\.?|x|#|dw|durchwahl)[ :]*[0-9]{1,7})?"
    return column.lower().re_search(r"^(tel:)?[+(]?[0-9][0-9 ()./-]{5,}" + extension + "$")


def _not_negative(column: ir.Column, _as_of: date) -> ir.BooleanValue:
    return column >= 0


def _any_number(column: ir.Column, _as_of: date) -> ir.BooleanValue:
    return ~is_infinite(column) if column.type().is_floating() else column.notnull()


def _positive(column: ir.Column, _as_of: date) -> ir.BooleanValue:
    return column > 0


def _rule(path: str, valid: Validity | None = None, *, unique: bool = False, **needs: Need) -> FieldRule:
    table, name = path.split(".")
    signed_by = "amount" if path in _SIGNED else ""
    return FieldRule(table, name, needs, valid, unique, of_persons=name in _OF_PERSONS, signed_by=signed_by)


_OF_THEMSELVES: tuple[FieldRule, ...] = (
    _rule(
        "customers.customer_id", unique=True, talk="required", analyse="required", relate="required", manage="required"
    ),
    _rule("customers.kind", analyse="desirable"),
    _rule("customers.first_name", talk="desirable"),
    _rule("customers.last_name", talk="required"),
    _rule("customers.birth_date", _birth, analyse="desirable", relate="desirable"),
    _rule("customers.sex", analyse="desirable"),
    _rule("customers.street", talk="desirable"),
    _rule("customers.city", talk="desirable"),
    _rule("customers.postcode", talk="desirable", analyse="desirable"),
    _rule("customers.region", analyse="desirable", manage="desirable"),
    _rule("customers.email", _email, unique=True, talk="required"),
    _rule("customers.phone", _phone, unique=True, talk="desirable"),
    _rule("customers.identifier", unique=True, relate="desirable"),
    _rule("customers.customer_since", _until_as_of, analyse="desirable", relate="required"),
    _rule("customers.preferred_channel", talk="desirable", relate="desirable"),
    _rule("customers.do_not_contact", talk="required", relate="required"),
    _rule("customers.updated_at", _until_as_of, manage="desirable"),
    _rule("transactions.customer_id", analyse="required", relate="required", manage="required"),
    _rule("transactions.order_id", analyse="required", manage="required"),
    _rule("transactions.time", _before_as_of, analyse="required", relate="required", manage="required"),
    _rule("transactions.amount", _any_number, analyse="required", manage="required"),
    _rule("transactions.product_id", analyse="required", relate="desirable"),
    _rule("transactions.quantity", _positive, analyse="desirable"),
    _rule("transactions.discount", _not_negative, analyse="desirable", manage="desirable"),
    _rule("transactions.cost", _not_negative, manage="desirable"),
    _rule("transactions.store_id", manage="desirable"),
    _rule("transactions.channel", relate="desirable", manage="desirable"),
    _rule("products.product_id", unique=True, analyse="required"),
    _rule("products.product_name", relate="desirable"),
    _rule("products.category", analyse="required"),
    _rule("products.department", analyse="desirable"),
    _rule("products.brand", analyse="desirable"),
    _rule("products.manufacturer", analyse="desirable"),
    _rule("products.unit_cost", _not_negative, manage="desirable"),
    _rule("products.countable", analyse="desirable"),
    _rule("contacts.customer_id", relate="required", manage="required"),
    _rule("contacts.campaign_id", relate="required", manage="required"),
    _rule("contacts.campaign_type", manage="desirable"),
    _rule("contacts.time", _before_as_of, relate="required", manage="required"),
    _rule("contacts.end_time", manage="desirable"),
    _rule("contacts.channel", relate="desirable", manage="desirable"),
    _rule("contacts.treated", manage="required"),
    _rule("contacts.cost", _not_negative, manage="desirable"),
    _rule("responses.customer_id", relate="required", manage="required"),
    _rule("responses.campaign_id", relate="required", manage="required"),
    _rule("responses.time", _before_as_of, manage="required"),
    _rule("responses.kind", manage="desirable"),
    _rule("responses.amount", _not_negative, manage="desirable"),
    _rule("responses.order_id", manage="desirable"),
    _rule("service_cases.customer_id", relate="required", manage="required"),
    _rule("service_cases.case_id", unique=True, manage="required"),
    _rule("service_cases.time", _before_as_of, relate="required", manage="required"),
    _rule("service_cases.closed_time", _until_as_of, manage="desirable"),
    _rule("service_cases.due_time", manage="desirable"),
    _rule("service_cases.order_id", relate="desirable"),
    _rule("service_cases.cause", relate="desirable", manage="desirable"),
    _rule("service_cases.complaint", relate="desirable", manage="desirable"),
    _rule("service_cases.solved_at_first_contact", manage="desirable"),
    _rule("service_cases.contacts", _positive, manage="desirable"),
    _rule("service_cases.minutes", _not_negative, manage="desirable"),
    _rule("service_cases.cost", _not_negative, manage="desirable"),
    _rule("surveys.customer_id", relate="required", manage="required"),
    _rule("surveys.time", _before_as_of, manage="desirable"),
    _rule("surveys.overall", relate="desirable", manage="desirable"),
    _rule("invoices.invoice_id", unique=True, manage="required"),
    _rule("invoices.customer_id", relate="required", manage="required"),
    _rule("invoices.time", _before_as_of, manage="required"),
    _rule("invoices.amount", _not_negative, manage="required"),
    _rule("invoices.due_date", relate="desirable", manage="desirable"),
    _rule("invoices.seller_id", manage="desirable"),
    _rule("payments.invoice_id", manage="required"),
    _rule("payments.time", _before_as_of, manage="required"),
    _rule("payments.amount", _positive, manage="required"),
    _rule("leads.lead_id", unique=True, relate="required", manage="required"),
    _rule("leads.customer_id", manage="desirable"),
    _rule("leads.time", _before_as_of, manage="desirable"),
    _rule("leads.stage", relate="desirable", manage="desirable"),
    _rule("leads.source", manage="desirable"),
    _rule("leads.expected_amount", _not_negative, manage="desirable"),
    _rule("leads.closed_date", _until_as_of, manage="desirable"),
    _rule("leads.region", manage="desirable"),
    _rule("leads.seller_id", relate="desirable", manage="desirable"),
)


def _of_records() -> Iterator[FieldRule]:
    """Return what a record must hold: what a customer must, each system for itself, and dates as they were written."""
    yield _rule("customer_records.record_id", talk="required", analyse="required", relate="required", manage="required")
    yield _rule("customer_records.source", manage="desirable")
    for rule in _OF_THEMSELVES:
        if rule.table == "customers" and rule.field != "customer_id":
            valid = None if rule.field == "birth_date" else rule.valid
            yield dataclasses.replace(rule, table="customer_records", valid=valid, unique_within="source")


FIELD_RULES: tuple[FieldRule, ...] = (*_OF_THEMSELVES, *_of_records())
"""Every field with its purposes: what a customer file should hold. A study may pass rules of its own."""
