"""The comments of a proposed study file: what each guess rests on, in numbers."""

from helpers.core.errors import counted, some_of
from helpers.study.proposal.column_names import PART
from helpers.study.proposal.dates import DateFacts
from helpers.study.proposal.facts import Facts
from helpers.study.proposal.numbers import NumberFacts
from helpers.study.proposal.roles import Match

_PARTS = {
    "%d": "day", "%m": "month", "%Y": "year", "%y": "year in two digits", "%b": "month in letters",
    "%B": "month in letters", "%H": "hour", "%I": "hour", "%M": "minute", "%S": "second", "%f": "fraction",
    "%p": "am or pm", "%z": "offset",
}  # fmt: skip
_MARKS = {".": "point", ",": "comma"}


def share(part: int, whole: int) -> str:
    """Return a share in words; what is not all is never called so.

    Examples
    --------
    >>> share(1202, 1204), share(5, 5), share(99_999, 100_000)
    ('99.8 %', '100 %', '99.9 %')
    """
    if part == whole:
        return "100 %"
    return f"{min(part / max(whole, 1) * 100, 99.9):.1f} %"


def format_in_words(pattern: str) -> str:
    """Return a date format in words.

    Examples
    --------
    >>> format_in_words("%d.%m.%Y"), format_in_words("")
    ('day.month.year', 'year-month-day')
    """
    if not pattern:
        return "year-month-day"
    for mark, word in _PARTS.items():
        pattern = pattern.replace(mark, word)
    return pattern.replace("_", " ")


def of_column(match: Match, facts: Facts) -> str:
    """Return what speaks for a column: how near its name is, and what it holds."""
    held = _held(facts)
    if match.sure > PART:
        return held
    return f"{held}; the name is only near to {match.standard}: look at it"


def _held(facts: Facts) -> str:
    blank = f", {facts.rows - facts.given:,} rows have none" if facts.given < facts.rows else ""
    if facts.kind == "time" and facts.date is not None:
        return of_dates(facts.date) + blank
    if facts.kind == "number" and facts.number is not None and not facts.whole:
        return of_numbers(facts.number) + blank
    if facts.words:
        return f"{some_of(list(facts.words), at_most=3)}{blank}"
    # The count of different ones is near, not exact: "each once" would be more than is known.
    about = "nearly all different" if facts.unique else f"about {facts.distinct:,} different ones"
    return f"{counted(facts.given, 'value')}, {about}{blank}"


def of_dates(date: DateFacts) -> str:
    """Return what a column of dates shows of its format."""
    if date.ambiguous:
        return two_readings(date)
    shown = (
        f"{share(date.fits, date.given)} of {counted(date.given, 'value')} are dates as {format_in_words(date.format)}"
    )
    if date.only_this:
        shown += f"; {date.only_this:,} of them fit no other order of day and month"
    if date.only_other:
        shown += f", but {date.only_other:,} fit only the other"
    if date.buddhist:
        shown += "; their years are those of the Buddhist calendar, 543 ahead"
    if date.offsets:
        shown += f"; {date.offsets:,} carry an offset from UTC"
    return shown


def two_readings(date: DateFacts) -> str:
    """Return how many dates have two readings."""
    example = date.examples[0] if date.examples else ""
    words = {"%d": "day", "%m": "month", "%y": "year", "%Y": "year"}
    first = " or the ".join(words.get(choice[:2], choice) for choice in date.choices) + " first"
    return (
        f"all of {counted(date.given, 'date')} fit with the {first}, and {date.both:,} mean another day by each "
        f"(such as {example}): nothing in the column says which"
    )


def of_numbers(number: NumberFacts) -> str:
    """Return what a column of numbers shows of its marks."""
    shown = f"{share(number.fits, number.given)} of {counted(number.given, 'value')} are numbers"
    mark = number.mark
    if mark is not None:
        shown += f" with a decimal {_MARKS[mark]}"
    if number.by_lakhs:
        shown += f"; {counted(number.by_lakhs, 'value')} with digits grouped by lakhs and crores, as 1,23,456"
    if number.money and number.examples:
        shown += f", such as {some_of(list(number.examples), at_most=2)}"
    return shown


def of_grouped(number: NumberFacts) -> str:
    """Return how many numbers have two readings."""
    mark = number.ambiguous or "."
    example = next((one for one in number.examples if mark in one), "")
    whole, decimals = example.replace(mark, ""), example.replace(",", ".")
    return (
        f"{number.grouped[mark]:,} of {counted(number.given, 'value')} fit two readings: {example!r} is {whole}, or "
        f"{decimals}; no other number of digits follows a {_MARKS[mark]}"
    )
