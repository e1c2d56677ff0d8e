"""Which standard column a column of the client is: by its name, and by whether what it holds can be that."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from helpers.study.proposal.column_names import EXACT, LEAST, PART, known_names, nearness, words_of
from helpers.study.proposal.facts import Facts
from helpers.study.proposal.numbers import NumberFacts
from helpers.study.standard_columns import ColumnKind
from helpers.study.standard_tables import STANDARD_TABLES

MARK_CUSTOMER = "customer_id"
_NEVER_IDS = 0.5
_FEWEST_FOR_UNIQUE = 3
_WITH_RIVALS = ("amount", "time")
_BY_MAIL, _BY_KEY = 30.0, 45.0


@dataclass(frozen=True)
class Match:
    """One standard column, and the client's column taken for it.

    Parameters
    ----------
    standard, source : str
        Names of both.
    sure : float
        How near the name is, 0 to 100.
    """

    standard: str
    source: str
    sure: float


@dataclass(frozen=True)
class Roles:
    """What the columns of one table of the client are, if it is one standard table.

    Parameters
    ----------
    table : str
        The standard table.
    matches : dict of str to Match
        By standard column.
    extra : dict of str to str
        Columns that serve to make others: unit_price, responded, response_time, currency, status.
    hinted : bool
        Whether the name of file, sheet or table speaks for it.
    rivals : dict of str to tuple of str
        Other columns whose names speak as plainly for the amount or the time as that which was taken.
    """

    table: str
    matches: dict[str, Match]
    extra: dict[str, str] = field(default_factory=dict)
    hinted: bool = False
    rivals: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def lacking(self) -> tuple[str, ...]:
        """Required columns that were not found."""
        return tuple(name for name in STANDARD_TABLES[self.table].required if name not in self.matches)

    def source(self, standard: str) -> str:
        """Return the client's column of a standard one."""
        return self.matches[standard].source


def roles_in(table: str, name: str, facts: Mapping[str, Facts]) -> Roles:
    """Match the columns of one table of the client to those of one standard table.

    Parameters
    ----------
    table : str
        The standard table.
    name : str
        Of the file, sheet or table.
    facts : mapping of str to Facts
        What its columns hold.
    """
    known = known_names()["tables"][table]
    wanted = dict(_wanted(table, known))
    pairs = sorted(
        (
            Match(standard, source, sure)
            for standard, (kind, names) in wanted.items()
            for source, one in facts.items()
            if _may_be(kind, standard, one) and (sure := nearness(words_of(source), names)) >= LEAST
        ),
        key=lambda match: -match.sure,
    )
    taken: dict[str, Match] = {}
    for match in pairs:
        if match.standard not in taken and match.source not in {one.source for one in taken.values()}:
            taken[match.standard] = match
    _customer(taken, known, facts)
    _own_key(table, taken, known, facts)
    _only_time(table, taken, facts)
    extra = dict(_extra(known, facts, {one.source for one in taken.values() if one.sure > PART}))
    used = {one.source for one in taken.values()} | set(extra.values())
    rivals = {
        standard: tuple(one.source for one in pairs if one.standard == standard and one.sure > PART)
        for standard in _WITH_RIVALS
    }
    free = {standard: tuple(one for one in names if one not in used) for standard, names in rivals.items()}
    return Roles(table, {one: taken[one] for one in _ordered(table, taken)}, extra, is_hinted(table, name), free)


def is_hinted(table: str, name: str) -> bool:
    """Say whether the name of a file, sheet or table speaks for a standard table."""
    words = words_of(name)
    return any(nearness(words, [one]) >= PART - 30 for one in known_names()["tables"][table]["table"])


def is_nobody(name: str) -> bool:
    """Say whether the name of a table speaks of people who are no customers."""
    return nearness(words_of(name), known_names()["words"]["nobody"]) >= LEAST


def _wanted(table: str, known: Mapping[str, object]) -> Iterator[tuple[str, tuple[ColumnKind, Sequence[str]]]]:
    standard = STANDARD_TABLES[table]
    if MARK_CUSTOMER in known and MARK_CUSTOMER in standard.column_names:
        yield MARK_CUSTOMER, ("id", _names(known[MARK_CUSTOMER]))
    columns = known["columns"]
    assert isinstance(columns, dict)  # noqa: S101  narrows the type for the checker
    for column, names in columns.items():
        yield column, (standard.column(column).kind, _names(names))


def _names(names: object) -> Sequence[str]:
    return [str(name) for name in names] if isinstance(names, list) else []


def _ordered(table: str, taken: Mapping[str, Match]) -> Iterable[str]:
    order = STANDARD_TABLES[table].column_names
    return sorted(taken, key=order.index)


def _may_be(kind: ColumnKind, standard: str, facts: Facts) -> bool:
    """Say whether what a column holds can be a standard column at all."""
    if facts.kind == "empty":
        return False
    if kind == "id":
        # A word among whole numbers, such as that of a row of totals, makes no decimals of them.
        number = facts.number if facts.kind == "number" else None
        numeric = number is not None and (number.money or bool(number.spaced) or _has_marks(number))
        return facts.kind != "time" and (not numeric or _are_keys_of_a_spreadsheet(facts))
    if kind in ("time", "date"):
        return facts.kind == "time"
    if kind in ("number", "integer"):
        return facts.kind == "number" or (facts.kind == "flag" and set(facts.words) <= {"0", "1"})
    if kind == "flag":
        return facts.kind == "flag" or 0 < len(facts.words) <= 3
    if standard in (
        "postcode",
        "phone",
        "identifier",
        "street",
        "kind",
        "cause",
        "category",
        "channel",
        "sex",
        "as_recorded",
    ):
        return facts.kind not in ("time",)
    return facts.kind in ("text", "flag") or standard == "birth_date"


def _are_keys_of_a_spreadsheet(facts: Facts) -> bool:
    """Say whether all decimals are those a program puts behind whole numbers: 1198.0."""
    return all(re.fullmatch(r"\d+(\.0+)?", value) for value in facts.sample)


def _has_marks(number: NumberFacts) -> bool:
    return not number.whole and (any(number.decimal.values()) or any(number.grouped.values()) or number.typed)


def called_otherwise_held(roles: Roles, facts: Mapping[str, Facts]) -> dict[str, str]:
    """Return the columns that are called like one a table lacks, but hold something else: by standard column.

    Parameters
    ----------
    roles : Roles
        What was found of the table.
    facts : mapping of str to Facts
        What its columns hold.
    """
    wanted = dict(_wanted(roles.table, known_names()["tables"][roles.table]))
    found = {}
    for standard in roles.lacking:
        kind, names = wanted[standard]
        named = [(nearness(words_of(source), names), source) for source, one in facts.items()]
        sure, source = max(named, default=(0.0, ""))
        if sure > PART and not _may_be(kind, standard, facts[source]):
            found[standard] = source
    return found


def _customer(taken: dict[str, Match], known: Mapping[str, object], facts: Mapping[str, Facts]) -> None:
    """Take the e-mail address for the customer's number where there is no number."""
    if MARK_CUSTOMER in taken or "by" not in known:
        return
    mails = [
        (nearness(words_of(name), _names(known["by"])), name)
        for name, one in facts.items()
        if one.kind == "text" and sum("@" in value for value in one.sample) > len(one.sample) / 2
    ]
    if mails:
        sure, name = max(mails)
        taken[MARK_CUSTOMER] = Match(MARK_CUSTOMER, name, min(max(sure, LEAST), _BY_MAIL))


def _own_key(table: str, taken: dict[str, Match], known: Mapping[str, object], facts: Mapping[str, Facts]) -> None:
    """Take a column called id or number for the key, where it names every row."""
    own = next((name for name in STANDARD_TABLES[table].key if name.endswith("_id")), MARK_CUSTOMER)
    key = "order_id" if table == "transactions" else own
    if "also" not in known or (key in taken and taken[key].sure > _BY_MAIL):
        return
    for name, one in facts.items():
        named = nearness(words_of(name), _names(known["also"]))
        if named >= EXACT - PART and _may_be("id", key, one) and (one.unique or key == "order_id"):
            taken[key] = Match(key, name, _BY_KEY)
            return


def _only_time(table: str, taken: dict[str, Match], facts: Mapping[str, Facts]) -> None:
    """Take the only column of times for the time a table must have, whatever it is called."""
    times = [name for name, one in facts.items() if one.kind == "time"]
    for standard in STANDARD_TABLES[table].required:
        if (
            STANDARD_TABLES[table].column(standard).kind in ("time", "date")
            and standard not in taken
            and len(times) == 1
        ):
            taken[standard] = Match(standard, times[0], LEAST)


def _extra(known: Mapping[str, object], facts: Mapping[str, Facts], taken: set[str]) -> Iterator[tuple[str, str]]:
    """Yield the columns that serve to make others."""
    asked: list[tuple[str, object, tuple[str, ...]]] = [
        ("unit_price", known.get("unit_price"), ("number",)),
        ("responded", known.get("responded"), ("flag",)),
        ("response_time", known.get("response_time"), ("time",)),
        ("currency", known_names()["words"]["currency"], ("text",)),
        ("status", known_names()["words"]["status"], ("text",)),
    ]
    for role, names, kinds in asked:
        found = [
            (nearness(words_of(name), _names(names)), name)
            for name, one in facts.items()
            if one.kind in kinds and name not in taken
        ]
        best = max(found, default=(0.0, ""))
        if best[0] >= LEAST:
            yield role, best[1]
