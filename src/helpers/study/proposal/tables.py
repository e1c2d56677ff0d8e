"""Which standard table each table of the client is, by its columns, its keys and its name."""

from dataclasses import dataclass, field

from helpers.study.proposal.column_names import known_names, nearness, words_of
from helpers.study.proposal.facts import Facts
from helpers.study.proposal.opening import Look
from helpers.study.proposal.roles import MARK_CUSTOMER, Roles, is_nobody, roles_in
from helpers.study.standard_tables import STANDARD_TABLES

_REQUIRED, _HINT, _OPTIONAL = 20.0, 60.0, 0.25
_KEY, _NO_KEY = 25.0, -200.0
_OWN, _NOTHING_OWN = 15.0, -60.0
_AGAINST = -120.0
_LEAST_SCORE = 60.0
_SURELY = 70.0


@dataclass(frozen=True)
class _Rule:
    """What makes a table one standard table rather than another that has the same columns.

    Parameters
    ----------
    key : str
        Column that must name each row, where rows have a name of their own.
    own : tuple of str
        Columns of which it must have some, unless the name of the file speaks for it; extra columns too.
    at_least : int
        How many of them.
    needs_own : bool
        Whether it is never taken for such a table without them.
    against : tuple of (str, str)
        Standard table and column whose names speak against it.
    """

    key: str = ""
    own: tuple[str, ...] = ()
    at_least: int = 1
    needs_own: bool = False
    against: tuple[tuple[str, str], ...] = ()


_PERSON = ("first_name", "last_name", "email", "city", "postcode", "birth_date", "street", "phone", "customer_since")
_RULES = {
    "customers": _Rule(MARK_CUSTOMER, _PERSON, against=(("transactions", "order_id"), ("contracts", "monthly_amount"))),
    "transactions": _Rule(against=(("invoices", "due_date"), ("service_cases", "case_id"))),
    "products": _Rule(
        *("product_id", ("product_name", "category", "department", "brand", "unit_cost")),
        against=(("transactions", "order_id"),),
    ),
    "contacts": _Rule(own=("treated", "responded", "campaign_type", "end_time")),
    "responses": _Rule(own=("kind", "order_id", "amount", "time"), at_least=2, against=(("contacts", "treated"),)),
    "service_cases": _Rule("case_id", ("closed_time", "due_time", "cause", "complaint", "minutes", "channel")),
    "service_volumes": _Rule("time", against=(("transactions", "order_id"), ("customers", "last_name"))),
    "surveys": _Rule(own=("overall",), needs_own=True, against=(("transactions", "order_id"),)),
    "invoices": _Rule("invoice_id", ("due_date",), against=(("transactions", "product_id"),)),
    "payments": _Rule(own=("time",), against=(("transactions", "product_id"), ("invoices", "due_date"))),
    "contracts": _Rule(
        *(MARK_CUSTOMER, ("tenure_months", "monthly_amount", "total_amount", "ended"), 2),
        needs_own=True,
        against=(("transactions", "order_id"),),
    ),
    "applicants": _Rule(MARK_CUSTOMER, ("defaulted",)),
    "leads": _Rule("lead_id", ("stage", "source", "expected_amount")),
}


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
    for table in _RULES:
        roles = roles_in(table, seen.name, seen.facts)
        if table == "customers" and is_nobody(seen.name):
            continue
        found.append(Choice(seen, roles, _score(roles, seen)))
    return sorted((one for one in found if one.score >= _LEAST_SCORE), key=lambda one: -one.score)


def _score(roles: Roles, seen: Seen) -> float:
    """Return how well a table fits a standard table: its required columns first, then names and keys."""
    lacking = set(roles.lacking) - (
        {"amount"} if roles.table == "transactions" and "unit_price" in roles.extra else set()
    )
    if lacking:
        return 0.0
    must = STANDARD_TABLES[roles.table].required
    required = [match.sure for name, match in roles.matches.items() if name in must]
    optional = [match.sure for name, match in roles.matches.items() if name not in must]
    fit = sum(required) / max(len(required), 1) + _REQUIRED * len(required) + _OPTIONAL * sum(optional)
    return fit + (_HINT if roles.hinted else 0.0) + _by_rule(_RULES[roles.table], roles, seen)


def _by_rule(rule: _Rule, roles: Roles, seen: Seen) -> float:
    score = 0.0
    if rule.key:
        score += _KEY if seen.facts[roles.source(rule.key)].unique else _NO_KEY
    own = [name for name in rule.own if name in roles.matches or name in roles.extra]
    if rule.own:
        enough = len(own) >= rule.at_least or (roles.hinted and bool(own))
        score += _OWN * len(own) if enough else (_NO_KEY if rule.needs_own and not roles.hinted else _NOTHING_OWN)
    marks = known_names()["tables"][roles.table].get("distinct_names", [])
    named = [words_of(name) for name in seen.facts]
    if marks and not any(name in marks for name in named):
        score += _NOTHING_OWN
    taken = {words_of(match.source) for match in roles.matches.values()}
    spoken = [name for name in named if name not in taken]
    for table, column in rule.against:
        names = known_names()["tables"][table]["columns"][column]
        score += _AGAINST if any(nearness(name, names) >= _SURELY for name in spoken) else 0.0
    return score
