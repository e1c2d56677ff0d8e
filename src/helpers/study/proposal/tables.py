"""Which standard table each table of the client is, and what can be made of it besides."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from helpers.study.proposal.column_names import PART
from helpers.study.proposal.column_names import known_names, nearness, words_of
from helpers.study.proposal.facts import Facts
from helpers.study.proposal.opening import Look
from helpers.study.proposal.roles import MARK_CUSTOMER, Match, Roles, is_hinted, is_nobody, roles_in

_HINT, _KEY, _OPTIONAL, _REPEATED = 60.0, 25.0, 0.25, 40.0
_LEAST_SCORE = 60.0
_ORDER_KEYS = ("order_id", "time", MARK_CUSTOMER)


@dataclass(frozen=True)
class Seen:
    """One table of the client with what is known of its columns.

    Parameters
    ----------
    look : Look
        The table.
    facts : dict of str to Facts
        By column.
    """

    look: Look = field(repr=False)
    facts: dict[str, Facts] = field(repr=False)

    @property
    def name(self) -> str:
        """Of the file, sheet or table."""
        return self.look.name


@dataclass(frozen=True)
class Choice:
    """A table of the client that is taken for a standard table.

    Parameters
    ----------
    seen : Seen
        The table of the client.
    roles : Roles
        What its columns are.
    score : float
        How well it fits.
    """

    seen: Seen
    roles: Roles
    score: float


def choices_of(seen: Seen) -> list[Choice]:
    """Return the standard tables that a table of the client may be, the best first; required columns may lack."""
    found = []
    for table in known_names()["tables"]:
        roles = roles_in(table, seen.name, seen.facts)
        if table == "customers" and is_nobody(seen.name):
            continue
        found.append(Choice(seen, roles, _score(roles, seen)))
    return sorted((one for one in found if one.score >= _LEAST_SCORE), key=lambda one: -one.score)


def _score(roles: Roles, seen: Seen) -> float:
    """Return how well a table fits a standard table: its required columns first, then names and keys."""
    lacking = set(roles.lacking)
    if roles.table == "transactions":
        if roles.extra.get("unit_price") and "quantity" in roles.matches:
            lacking -= {"amount"}
        elif roles.extra.get("unit_price"):
            lacking -= {"amount"}
    if lacking:
        return 0.0
    required = [match.sure for name, match in roles.matches.items() if name in _required(roles)]
    optional = [match.sure for name, match in roles.matches.items() if name not in _required(roles)]
    score = sum(required) / max(len(required), 1) + 20.0 * len(required) + _OPTIONAL * sum(optional)
    score += _HINT if roles.hinted else 0.0
    return score + _of_keys(roles, seen)


def _required(roles: Roles) -> tuple[str, ...]:
    from helpers.study.standard_tables import STANDARD_TABLES

    return STANDARD_TABLES[roles.table].required


def _of_keys(roles: Roles, seen: Seen) -> float:
    """Return what the keys say: one row per customer, product or invoice is no line of an order, and the other way."""
    facts = {name: seen.facts[match.source] for name, match in roles.matches.items()}
    known = known_names()["tables"][roles.table]
    named = [words_of(name) for name in seen.facts]
    marks = known.get("distinct_names", [])
    score = 0.0
    if marks:
        score += _HINT if any(name in marks for name in named) else -_HINT * 1.5
    key = {"customers": MARK_CUSTOMER, "products": "product_id", "invoices": "invoice_id", "service_cases": "case_id",
           "leads": "lead_id", "contracts": MARK_CUSTOMER, "applicants": MARK_CUSTOMER}.get(roles.table)  # fmt: skip
    if key is not None:
        score += _KEY if facts[key].unique else -5 * _REPEATED
    if roles.table == "customers":
        own = {"first_name", "last_name", "email", "city", "postcode", "birth_date", "street", "customer_since"}
        score -= _REPEATED if not own & set(facts) else 0.0
        score -= 2 * _REPEATED if any(mark in named for mark in ("order id", "order number", "tenure", "monthly charges")) else 0.0
    if roles.table == "contracts":
        own_columns = {"tenure_months", "monthly_amount", "total_amount", "ended"} & set(facts)
        score += (len(own_columns) - 2) * _REPEATED
    if roles.table == "surveys":
        score -= 0.0 if roles.hinted or "overall" in facts and "sure" and facts["overall"].whole else 3 * _REPEATED
        score -= 2 * _REPEATED if not roles.hinted else 0.0
    if roles.table == "invoices":
        score -= 0.0 if "due_date" in facts else 2 * _REPEATED
    if roles.table == "service_volumes":
        score -= 0.0 if len(seen.facts) <= 4 else 3 * _REPEATED
    if roles.table == "contacts":
        score -= 0.0 if roles.hinted or "responded" in roles.extra or "treated" in facts else _REPEATED
    return score


def lacks_only(choice: Roles, names: Sequence[str]) -> bool:
    """Say whether a table lacks nothing but some columns."""
    return set(choice.lacking) <= set(names)
