"""What a study says as a whole: its name and title, currency, analysis date, time zone, and how sure each is."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from helpers.core import places
from helpers.core.errors import Fault, InputError, some_of
from helpers.study.local_time import zones_with
from helpers.study.proposal.column_names import known_names
from helpers.study.proposal.numbers import currency_in
from helpers.study.proposal.options import Ask, Question
from helpers.study.proposal.plans import TablePlan
from helpers.study.proposal.writing import Entry
from helpers.study.standard_tables import STANDARD_TABLES
from helpers.study.study import study_names

NO_CURRENCY = "XXX"
"""What ISO 4217 writes where there is none."""
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_MOSTLY = 0.5


def study_name(asked: str | None, folder: str, *, under_data: bool) -> str:
    """Return the name of the study: the one asked for, else that of its folder without signs.

    Parameters
    ----------
    asked : str or None
        What the user said.
    folder : str
        Name of the folder.
    under_data : bool
        Whether the folder lies under data/, where both have one name.

    Raises
    ------
    InputError
        When it cannot be a name, or is taken.
    """
    plain = "".join(one for one in unicodedata.normalize("NFKD", asked or folder) if not unicodedata.combining(one))
    name = asked if asked is not None else re.sub(r"[^A-Za-z0-9-]+", "_", plain).strip("_") or "study"
    allowed = "letters, digits, '_' and '-'"
    if not _NAME.fullmatch(name):
        raise InputError(Fault(f"{name!r} cannot be the name of a study", "--name", allowed, "name it in these signs"))
    if under_data and name != folder:
        what = f"a study under data/ is called as its folder, {folder!r}, not {name!r}"
        raise InputError(Fault(what, "--name", allowed, "rename the folder, or leave --name out"))
    if not under_data and name in study_names():
        what = f"a study under data/ is called {name!r} already: the reports of one would take the other's place"
        raise InputError(Fault(what, "--name", "another name", "give it a name of its own: --name NAME"))
    return name


def is_under_data(folder_parent: object) -> bool:
    """Say whether a folder lies where the studies of the project are."""
    return folder_parent == places.data_folder().resolve()


def currency(plans: Sequence[TablePlan], ask: Ask) -> Entry:
    """Return the currency and what speaks for it; where nothing does, the sign for none."""
    found: Counter[str] = Counter()
    shown: dict[str, str] = {}
    for code, why, weight in _currency_signs(plans):
        found[code] += weight
        shown.setdefault(code, why)
    if found:
        code = found.most_common(1)[0][0]
        return Entry("currency", code, shown[code])
    answer = ask(Question("currency", "Nothing in the files says the currency. Its three letters, such as EUR?"))
    if re.fullmatch(r"[A-Za-z]{3}", answer or ""):
        return Entry("currency", answer.upper(), "your choice")
    return Entry(
        "currency", NO_CURRENCY, "nothing in the files says it: put its three letters here; XXX stands for none"
    )


def _currency_signs(plans: Sequence[TablePlan]) -> Iterator[tuple[str, str, int]]:
    for plan in plans:
        column = plan.roles.extra.get("currency")
        if column is not None and column in plan.facts and plan.facts[column].words:
            words = plan.facts[column].words
            first = max(words, key=lambda word: words[word])
            if re.fullmatch(r"[A-Za-z]{3}", first):
                yield first.upper(), f"column {column} says so", 100
            elif (code := currency_in(first)) is not None:
                yield code, f"column {column} says {first}", 100
        for name, facts in plan.facts.items():
            if facts.number is not None and facts.number.signs:
                sign = max(facts.number.signs, key=lambda one: (facts.number.signs if facts.number else {})[one])
                code = currency_in(sign if len(sign) < 3 else sign.upper())
                if code is not None:
                    others = "; other currencies have this sign too" if sign in "$¥￥" else ""
                    yield code, f"{sign} stands in column {name}{others}", 50
            if facts.number is not None and (code := currency_in(name)) is not None:
                yield code, f"the name of column {name} says so", 30
        yield from _by_country(plan)


def _by_country(plan: TablePlan) -> Iterator[tuple[str, str, int]]:
    for name, facts in plan.seen.facts.items():
        if "countr" in name.lower() or name.lower() in ("land", "pays", "pais"):
            words = facts.words or Counter(facts.sample)
            first = max(words, key=lambda word: words[word], default="")
            code = known_names()["currency_of_country"].get(first.lower())
            if facts.words and code is not None and facts.words[first] > _MOSTLY * sum(facts.words.values()):
                yield (
                    code,
                    f"most rows are of {first} (column {name}): a guess from that alone, correct it if need be",
                    1,
                )


def last_date(plans: Sequence[TablePlan]) -> tuple[date | None, str]:
    """Return the last day on which something happened, and where that stands."""
    found: list[tuple[datetime, str]] = []
    for plan in plans:
        event = STANDARD_TABLES[plan.table].event_time
        if event is None or event not in plan.roles.matches:
            continue
        for one in (plan.seen, *plan.more):
            source = plan.roles.source(event)
            facts = plan.facts.get(source) if one is plan.seen else one.facts.get(source)
            last = facts.date.last_by(plan.date_format) if facts is not None and facts.date is not None else None
            if last is not None:
                label = plan.held_in(source) if one is plan.seen else one.look.label
                found.append((last, f"{source} of {label}"))
    if not found:
        return None, ""
    last, where = max(found)
    return last.date(), where


def analysis_date(plans: Sequence[TablePlan], ask: Ask) -> Entry:
    """Return the analysis date: the day after the last one, unless the user says another."""
    last, where = last_date(plans)
    if last is None:
        usual = datetime.now(UTC).date()
        note = "today: no table has a time of its own"
    else:
        usual = last + timedelta(days=1)
        note = f"the day after the last date, {last} in {where}; nothing on or after it is used"
    answer = ask(Question("as_of", f"The analysis date (nothing on or after it is used)? [{usual}]")).strip()
    if answer:
        return Entry("as_of", _a_day(answer), "your choice")
    return Entry("as_of", usual, note)


def _a_day(answer: str) -> date:
    try:
        return date.fromisoformat(answer)
    except ValueError as error:
        raise InputError(
            Fault(f"{answer!r} is no day", "analysis date", "a day as 2018-01-31", "write it so")
        ) from error


def time_zone(plans: Sequence[TablePlan], ask: Ask) -> list[Entry]:
    """Return the time zone where times carry offsets or count from 1970."""
    columns = [
        (plan.roles.source(standard), date)
        for plan in plans
        for standard in plan.roles.matches
        if plan.kind(standard) == "time" and (date := plan.facts[plan.roles.source(standard)].date) is not None
    ]
    with_offsets = [(name, date) for name, date in columns if date.offsets]
    stated = [name for name, date in columns if date.format.startswith("unix")]
    named_utc = [name for name, _ in columns if re.search(r"\bUTC\b", name)]
    if not with_offsets and not stated and not named_utc:
        return []
    moments = [one for _, date in with_offsets for one in date.zones]
    zones = zones_with(moments)
    if zones:
        offsets = sorted({minutes / 60 for _, minutes in moments})
        shown = ", ".join(f"{hours:+g}" for hours in offsets)
        why = f"{with_offsets[0][0]} carries offsets of {shown} hours, as clocks there do"
        more = f"; so do {some_of(zones[1:3])}" if zones[1:] else ""
        return [Entry("timezone", {"stored": "UTC", "local": zones[0]}, why + more)]
    name = with_offsets[0][0] if with_offsets else (stated or named_utc)[0]
    usual, what = _zone_of_no_place({minutes for _, minutes in moments})
    answer = ask(
        Question("timezone", f"{name} {what}. The time zone of the customers, such as Europe/Berlin? [{usual}]")
    ).strip()
    if answer:
        return [Entry("timezone", {"stored": "UTC", "local": answer}, "your choice")]
    why = f"{name} {what}: put the zone of the customers as local, or evening purchases fall on another day"
    return [Entry("timezone", {"stored": "UTC", "local": usual}, why)]


def _zone_of_no_place(minutes: set[int]) -> tuple[str, str]:
    """Return the zone for offsets that the clocks of no known place have, and what is said of the column."""
    if not any(minutes):
        return "UTC", "is in UTC"
    shown = ", ".join(f"{one / 60:+g}" for one in sorted(minutes))
    what = f"carries offsets of {shown} hours, as the clocks of no place known here do"
    only = next(iter(minutes))
    if len(minutes) == 1 and only % 60 == 0:
        return f"Etc/GMT{-only // 60:+d}", what  # in these names a sign says how far UTC is ahead
    return "UTC", what


def keep_days(plans: Sequence[TablePlan]) -> None:
    """Say of tables that hold days alone that the time zone does not move them."""
    for plan in plans:
        dates = [
            plan.facts[match.source].date for name, match in plan.roles.matches.items() if plan.kind(name) == "time"
        ]
        if dates and all(date is not None and date.days for date in dates):
            plan.keys.setdefault("times", "local")
            plan.notes.setdefault("times", "its times are days, which no time zone moves")


def margin(plans: Sequence[TablePlan], ask: Ask) -> list[Entry]:
    """Return the margin the user states; none is guessed."""
    tables = {plan.table: plan for plan in plans}
    entries: list[Entry] = []
    lines, products = tables.get("transactions"), tables.get("products")
    has_cost = lines is not None and (
        "cost" in lines.roles.matches or (products is not None and "unit_cost" in products.roles.matches)
    )
    gross = "the gross margin (revenue less cost of goods, share of revenue, such as 0.35)"
    wanted = [
        ("gross_margin", gross, lines is not None and not has_cost),
        ("contract_margin", "the profit of a bill (share of the bill, such as 0.4)", "contracts" in tables),
    ]
    comments = []
    for key, what, is_wanted in wanted:
        if not is_wanted:
            continue
        answer = ask(Question(key, f"Do you know {what}? [not stated]")).strip().replace(",", ".")
        if answer:
            entries.append(Entry(key, _a_share(key, answer), "your choice"))
        else:
            comments.append(
                f"{key} is not stated: the suite assumes one and says so; put it under parameters: {{{key}: 0.35}}"
            )
    if entries:
        return [Entry("parameters", tuple(entries), above=tuple(comments))]
    return [Entry("", above=tuple(comments))] if comments else []


def _a_share(key: str, answer: str) -> float:
    try:
        value = float(answer.removesuffix("%")) / (100 if answer.endswith("%") else 1)
    except ValueError as error:
        raise InputError(Fault(f"{answer!r} is no share", key, "a number from 0 to 1", "write it as 0.35")) from error
    if not 0 <= value <= 1:
        raise InputError(Fault(f"{answer!r} is no share", key, "a number from 0 to 1", "write it as 0.35"))
    return value
