"""How the values of a planned table are written, as keys of the study file; what is open becomes a question."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from helpers.core.errors import Fault, counted, some_of
from helpers.study.flag_text import NO, YES
from helpers.study.proposal.column_names import known_names, words_of
from helpers.study.proposal.dates import DateFacts
from helpers.study.proposal.evidence import format_in_words, of_grouped, share, two_readings
from helpers.study.proposal.facts import Facts
from helpers.study.proposal.numbers import NumberFacts, currency_in
from helpers.study.proposal.plans import TablePlan
from helpers.study.proposal.writing import Entry
from helpers.study.standard_tables import STANDARD_TABLES

_OF_SEVERAL_MEANINGS = frozenset({"segment", "group", "gruppe", "groupe", "grupo", "status", "variant"})
"""Names of columns that need not say yes or no."""


@dataclass(frozen=True)
class Question:
    """What only the client can say.

    Parameters
    ----------
    key : str
        What it is about, `transactions.date_format`.
    text : str
        The question, with what is known.
    choices : tuple of str
        What may be answered; anything fitting where there are none.
    explained : tuple of str
        Each choice in words.
    """

    key: str
    text: str
    choices: tuple[str, ...] = ()
    explained: tuple[str, ...] = ()


Ask = Callable[[Question], str]
"""Takes a question, returns the choice, or nothing to leave it open."""


def format_entries(plan: TablePlan, ask: Ask) -> list[Entry]:
    """Return the keys that say how the values of a table are written; columns that cannot be read are dropped."""
    entries: list[Entry] = []
    if plan.reads_texts:
        entries += _dates(plan, ask)
        entries += _marks(plan, ask)
    entries += _flags(plan, ask)
    return entries


def mixed_faults(plan: TablePlan) -> Iterator[Fault]:
    """Yield the columns a table cannot do without that are written in several ways."""
    if not plan.reads_texts:
        return
    for standard, match in list(plan.roles.matches.items()):
        facts = plan.facts[match.source]
        kind = plan.kind(standard)
        required = standard in STANDARD_TABLES[plan.table].required
        wrong = None
        if kind in ("time", "date") and facts.date is not None and facts.date.mixed:
            wrong = _mixed_dates(facts.date)
        elif kind in ("number", "integer") and facts.number is not None and facts.number.mixed:
            wrong = _mixed_numbers(facts.number)
        elif kind in ("number", "integer") and facts.number is not None and len(_currencies(facts.number)) > 1:
            wrong = f"its amounts are in several currencies: {some_of(list(facts.number.signs))}"
        if wrong is not None and required:
            remedy = "write all in one way, or export the column anew"
            yield Fault(wrong, f"{plan.seen.look.label}, column {match.source}", "one way in all rows", remedy)
        elif wrong is not None:
            plan.drop(standard, f"cannot be read, {wrong}")


def _mixed_dates(date: DateFacts) -> str:
    if date.only_other and date.only_this:
        return (
            f"its dates are mixed: {counted(date.only_this, 'date')} can only have the day "
            f"{'first' if date.format.startswith('%d') else 'second'}, {date.only_other:,} only the other way round, "
            f"and {date.both:,} fit either"
        )
    ways = [format_in_words(way.removeprefix("iso")) for way, _ in date.others]
    return f"its dates are written in several ways: {format_in_words(date.format)} and {' and '.join(ways)}"


def _mixed_numbers(number: NumberFacts) -> str:
    points, commas = number.decimal["."], number.decimal[","]
    return (
        f"its numbers are written in two ways: a decimal point in {counted(points, 'value')}, a decimal comma in "
        f"{counted(commas, 'value')}"
    )


def _currencies(number: NumberFacts) -> set[str]:
    return {code for sign in number.signs if (code := currency_in(sign if len(sign) < 3 else sign.upper())) is not None}


def _dates(plan: TablePlan, ask: Ask) -> Iterator[Entry]:
    columns = [
        (standard, plan.facts[match.source].date)
        for standard, match in plan.roles.matches.items()
        if plan.kind(standard) in ("time", "date")
    ]
    written = [(standard, date) for standard, date in columns if date is not None]
    # The required column, and the first of others, says how dates are written in this table.
    required = STANDARD_TABLES[plan.table].required
    written.sort(key=lambda one: one[0] not in required)
    yield from _calendar(plan, written)
    stated = [date.format for _, date in written if date.format and not date.ambiguous]
    chosen = stated[0] if stated else ""
    open_ones = [(standard, date) for standard, date in written if date.ambiguous and chosen not in date.choices]
    if not chosen and open_ones:
        standard, date = open_ones[0]
        chosen = _asked_for_dates(plan, standard, date, ask)
        if not chosen:
            yield _open_dates(plan, standard, date)
            return
        plan.date_format = chosen
        yield Entry("date_format", chosen, f"your choice: {two_readings(date)}")
    elif chosen:
        yield Entry("date_format", chosen, _settled(written, chosen))
    for standard, date in written:
        fits = date.format in ("", chosen) and not date.ambiguous
        if not fits and chosen not in date.choices:
            way = format_in_words(date.choices[0] if date.ambiguous else date.format)
            plan.drop(standard, f"is written as {way}, another way than the other dates of the table")


def _calendar(plan: TablePlan, written: Sequence[tuple[str, DateFacts]]) -> Iterator[Entry]:
    ahead = [(plan.roles.source(standard), date) for standard, date in written if date.buddhist]
    if ahead:
        columns = some_of([source for source, _ in ahead])
        why = f"years in {columns} are those of the Buddhist calendar, 543 ahead, such as {ahead[0][1].examples[0]}"
        yield Entry("calendar", "buddhist", why)


def _settled(written: Sequence[tuple[str, DateFacts]], chosen: str) -> str:
    first = next(date for _, date in written if date.format == chosen)
    shown = (
        f"{share(first.fits, first.given)} of {counted(first.given, 'value')} are dates as {format_in_words(chosen)}"
    )
    if first.only_this:
        shown += f", {first.only_this:,} of them in no other order"
    others = [standard for standard, date in written if date.ambiguous]
    return shown + (f"; {', '.join(others)} alone would fit two readings and is read the same way" if others else "")


def _asked_for_dates(plan: TablePlan, standard: str, date: DateFacts, ask: Ask) -> str:
    source = plan.roles.source(standard)
    text = f"{plan.seen.look.label}, column {source}: {two_readings(date)}. Which comes first?"
    words = tuple(format_in_words(choice) for choice in date.choices)
    return ask(Question(f"{plan.table}.date_format", text, date.choices, words))


def _open_dates(plan: TablePlan, standard: str, date: DateFacts) -> Entry:
    """Return the choice as comments: the check refuses the table until one is made."""
    above = (
        f"CHOOSE: {plan.roles.source(standard)}: {two_readings(date)}.",
        "Take the sign # away from the line that is right:",
        *(f'date_format: "{choice}"    # {format_in_words(choice)}' for choice in date.choices),
    )
    return Entry("", above=above)


def _marks(plan: TablePlan, ask: Ask) -> Iterator[Entry]:
    """Yield decimal and thousands, and which columns hold money signs."""
    numbers = {
        standard: number
        for standard, match in plan.roles.matches.items()
        if plan.kind(standard) in ("number", "integer") and (number := plan.facts[match.source].number) is not None
    }
    for name in _parts_of_computed(plan):
        number = plan.facts[name].number
        if number is not None:
            numbers[name] = number
    in_text = plan.seen.look.input.ending in (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".parquet", ".duckdb")
    mark = next((numbers[name].mark for name in ("amount", *numbers) if name in numbers and numbers[name].mark), None)
    if mark is not None and in_text:
        for name in [name for name, number in numbers.items() if number.mark not in (None, mark)]:
            if name in plan.roles.matches:
                plan.drop(name, "has another decimal mark than the other numbers of the table")
            del numbers[name]
        if mark == ",":
            yield Entry("decimal", ",", _comma(numbers))
    open_one = next(
        ((name, number) for name, number in numbers.items() if number.ambiguous == (mark or number.ambiguous)), None
    )
    if open_one is not None and open_one[1].ambiguous is not None and in_text:
        yield _thousands(plan, *open_one, ask)
    money = [name for name, number in numbers.items() if number.money]
    if money:
        examples = [one for name in money for one in numbers[name].examples]
        yield Entry("money", [_standard_of(plan, name) for name in money], f"such as {some_of(examples, at_most=2)}")


def _comma(numbers: Mapping[str, NumberFacts]) -> str:
    """Return which columns prove a decimal comma, and which are read by it though they prove nothing."""
    proving = [f"{number.decimal[',']:,} values of {name}" for name, number in numbers.items() if number.mark == ","]
    led = [name for name, number in numbers.items() if number.ambiguous == "."]
    more = f"; so the points in {', '.join(led)} group thousands" if led else ""
    return f"{' and '.join(proving)} can have no other decimal mark{more}"


def _parts_of_computed(plan: TablePlan) -> list[str]:
    expressions = " ".join(plan.keys.get("computed", {}).values())
    mapped = {match.source for match in plan.roles.matches.values()}
    return [
        name for name in plan.facts if name in expressions and name not in mapped and plan.facts[name].kind == "number"
    ]


def _standard_of(plan: TablePlan, name: str) -> str:
    if name in plan.roles.matches:
        return name
    computed: dict[str, str] = plan.keys.get("computed", {})
    return next((standard for standard, expression in computed.items() if name in expression), name)


def _thousands(plan: TablePlan, name: str, number: NumberFacts, ask: Ask) -> Entry:
    mark = number.ambiguous or "."
    other = "," if mark == "." else "."
    source = plan.roles.matches[name].source if name in plan.roles.matches else name
    what = of_grouped(number)
    question = Question(
        f"{plan.table}.thousands",
        f"{plan.seen.look.label}, column {source}: {what}. What does the {'point' if mark == '.' else 'comma'} mean?",
        ("thousands", "decimal"),
        ("it groups thousands", "it is the decimal mark"),
    )
    answer = ask(question)
    if answer == "thousands":
        return Entry("thousands", mark, f"your choice: {what}")
    if answer == "decimal":
        return (
            Entry("thousands", other, f"your choice: {what}")
            if mark == "."
            else Entry("decimal", ",", f"your choice: {what}")
        )
    decimals = f'thousands: "{other}"' if mark == "." else f'decimal: "{mark}"\n'
    above = (
        f"CHOOSE: {source}: {what}.",
        "Take the sign # away from the line that is right:",
        f'thousands: "{mark}"    # it groups thousands',
        f"{decimals.strip()}    # it is the decimal mark",
    )
    return Entry("", above=above)


def _flags(plan: TablePlan, ask: Ask) -> Iterator[Entry]:
    """Yield the words for yes and no that are not the usual ones.

    Of two words that nobody knows the user is asked; columns that may as well be something else are dropped.
    """
    yes: dict[str, list[str]] = {}
    no: dict[str, list[str]] = {}
    for standard in [name for name in plan.roles.matches if plan.kind(name) == "flag"]:
        facts = plan.facts[plan.roles.source(standard)]
        words = list(facts.words)
        if facts.kind == "flag" or {word.lower() for word in words} <= {*YES, *NO}:
            continue
        said = _sides(standard, facts)
        if said is None and len(words) == 2 and words_of(facts.name) not in _OF_SEVERAL_MEANINGS:
            answer, left_open = _either(plan, standard, sorted(words), ask)
            if left_open is not None:
                yield left_open
            else:
                yes[standard] = [answer]
        elif said is None:
            plan.drop(standard, f"holds {some_of(words)}, and which of them means yes is not known")
        else:
            yes[standard], no[standard] = said
    if yes:
        yield Entry("yes", yes, "by the usual meaning of these words" if no else "your choice")
    if no:
        yield Entry("no", no)


def _either(plan: TablePlan, standard: str, words: Sequence[str], ask: Ask) -> tuple[str, Entry | None]:
    """Return which of two words means yes, as the user says, or the choice left open: without it, all would count."""
    source = plan.roles.source(standard)
    meaning = STANDARD_TABLES[plan.table].column(standard).about
    what = f"{source} holds {some_of(words)}, and no word says which of them means yes ({standard}: {meaning})"
    answer = ask(
        Question(
            f"{plan.table}.{standard}",
            f"{plan.seen.look.label}, column {source}: {what}. Which does?",
            tuple(words),
            tuple(f"{word} means yes" for word in words),
        )
    )
    if answer in words:
        return answer, None
    lines = [f"yes: {{{standard}: [{json.dumps(word, ensure_ascii=False)}]}}    # {word} means yes" for word in words]
    return "", Entry("", above=(f"CHOOSE: {what}.", "Take the sign # away from the line that is right:", *lines))


def _sides(standard: str, facts: Facts) -> tuple[list[str], list[str]] | None:
    words = {word: word.casefold().replace("_", " ") for word in facts.words}
    known = known_names()["words"]["flags"].get(standard, {"yes": [], "no": []})
    yes = [word for word, plain in words.items() if plain in known["yes"] or plain in YES]
    no = [word for word, plain in words.items() if plain in known["no"] or plain in NO]
    if standard == "treated" and no and not yes:
        yes = [word for word in words if word not in no]
    if len(yes) + len(no) < len(words) or not yes or not no:
        return None
    return yes, no
