"""A planned table as entries of the study file."""

from collections.abc import Iterator

from helpers.core.errors import some_of
from helpers.study.proposal.evidence import of_column, of_dates, of_numbers, share
from helpers.study.proposal.joins import Joined
from helpers.study.proposal.options import Ask, format_entries
from helpers.study.proposal.plans import TablePlan
from helpers.study.proposal.tables import Seen
from helpers.study.proposal.writing import Entry
from helpers.study.standard_tables import STANDARD_TABLES

_ORDER = ("fill_down", "distinct", "where", "returned", "values", "computed", "constants", "missing_in", "times")
_MONEY_OF_A_FILE = "amount"


def table_entry(plan: TablePlan, ask: Ask) -> Entry:
    """Return one table of the study file with the evidence for all it says.

    Parameters
    ----------
    plan : TablePlan
        The table; columns that cannot be read are taken out of it.
    ask : callable
        Takes a question, returns the choice.
    """
    formats = format_entries(plan, ask)
    entries = [*_source(plan), *_join(plan), *formats, *_missing(plan), *_steps(plan)]
    entries.append(Entry("columns", tuple(_columns(plan))))
    if plan.attributes:
        entries.append(Entry("attributes", plan.attributes, "few different values each: they describe customers"))
    above = tuple(plan.comments)
    return Entry(plan.table, tuple(entries), _about(plan), ("", *above) if above else ("",))


def _about(plan: TablePlan) -> str:
    rows = sum(one.look.rows for one in (plan.seen, *plan.more))
    first = " the first" if plan.seen.look.partial else ""
    by = f"; {plan.made_by}" if plan.made_by else ""
    return f"{first}{rows:,} rows; one row is {STANDARD_TABLES[plan.table].grain}{by}".strip()


def _source(plan: TablePlan) -> Iterator[Entry]:
    if not plan.more:
        yield from _reading(plan.seen)
        return
    lists = tuple(
        Entry(entry.key, entry.value, entry.note, entry.above, item=place == 0)
        for one in (plan.seen, *plan.more)
        for place, entry in enumerate((*_reading(one), *_own_writing(plan, one), *_renamed(plan, one)))
    )
    same = all(set(one.facts) == set(plan.seen.facts) for one in plan.more)
    form = "of one form" if same else "of one series by their names, not all with the same columns"
    yield Entry("sources", lists, f"{form}, and no order stands in two of them")


def _own_writing(plan: TablePlan, one: Seen) -> Iterator[Entry]:
    """Yield how dates and numbers of a further file are written, where it is not as in the first."""
    if one is plan.seen or not plan.reads_texts:
        return
    renamed, said = plan.renamed.get(id(one), {}), set[str]()
    for standard, match in plan.roles.matches.items():
        ours, theirs = plan.facts.get(match.source), one.facts.get(renamed.get(standard, match.source))
        if ours is None or theirs is None:
            continue
        date, other = ours.date, theirs.date
        settled = date is not None and other is not None and not (date.ambiguous or other.ambiguous)
        same = date is None or other is None or not other.format or date.format == other.format
        if settled and not same and other is not None and "date_format" not in said:
            said.add("date_format")
            yield Entry("date_format", other.format, of_dates(other))
        if plan.kind(standard) not in ("number", "integer") or ours.number is None or theirs.number is None:
            continue
        mark = theirs.number.mark
        if standard == _MONEY_OF_A_FILE and mark is not None and mark != (ours.number.mark or mark):
            yield Entry("decimal", mark, of_numbers(theirs.number))


def _renamed(plan: TablePlan, one: Seen) -> Iterator[Entry]:
    renamed = plan.renamed.get(id(one))
    if renamed:
        every = {standard: renamed.get(standard, match.source) for standard, match in plan.roles.matches.items()}
        yield Entry(
            "columns",
            every,
            f"{', '.join(renamed.values())}: what the other files call otherwise: look whether it is the same",
        )


def _reading(one: Seen) -> Iterator[Entry]:
    look = one.look
    yield Entry("source", look.input.source, look.evidence.get("source", ""))
    for key, value in look.keys.items():
        yield Entry(key, value, look.evidence.get(key, ""))


def _join(plan: TablePlan) -> Iterator[Entry]:
    note = plan.notes.get("join", "")
    if len(plan.joins) == 1:
        yield Entry("join", tuple(_joined(plan.joins[0])), note)
    elif plan.joins:
        several = tuple(
            Entry(entry.key, entry.value, entry.note, entry.above, item=place == 0)
            for one in plan.joins
            for place, entry in enumerate(_joined(one))
        )
        yield Entry("join", several, note)


def _joined(joined: Joined) -> Iterator[Entry]:
    first, second = joined.on
    yield from _reading(joined.seen)
    yield Entry("on", first if first == second else {first: second})
    renamed = {new: theirs for new, theirs in joined.columns.items() if new != theirs}
    if renamed:
        yield Entry("columns", renamed, "both sources use the name")


def _missing(plan: TablePlan) -> Iterator[Entry]:
    used = [plan.facts[match.source] for match in plan.roles.matches.values()]
    words = sorted({word for facts in used for word in facts.missing})
    if words and plan.reads_texts:
        yield Entry("missing", words, "they stand among values of another kind")


def _steps(plan: TablePlan) -> Iterator[Entry]:
    blank = _blank_ids(plan)
    if blank and "missing_in" not in plan.keys:
        plan.keys["missing_in"] = {standard: [""] for standard in blank}
        every = plan.seen.look.rows
        plan.notes["missing_in"] = "; ".join(
            f"{rows:,} of {every:,} rows ({share(rows, every)}) have no {standard}: left out and counted"
            for standard, rows in blank.items()
        )
    for key in (*_ORDER, *(key for key in plan.keys if key not in _ORDER)):
        if key in plan.keys:
            yield Entry(key, plan.keys[key], plan.notes.get(key, ""))


def _blank_ids(plan: TablePlan) -> dict[str, int]:
    """Return required identifiers that some rows lack, with how many."""
    required = STANDARD_TABLES[plan.table].required
    filled = plan.keys.get("fill_down", {}).get("columns", ())
    return {
        standard: plan.facts[match.source].rows - plan.facts[match.source].given
        for standard, match in plan.roles.matches.items()
        if standard in required
        and plan.kind(standard) == "id"
        and match.source not in filled
        and 0 < plan.facts[match.source].given < plan.facts[match.source].rows
    }


def _columns(plan: TablePlan) -> Iterator[Entry]:
    for standard, match in plan.roles.matches.items():
        rivals = plan.roles.rivals.get(standard, ())
        others = f"; {some_of(list(rivals), at_most=3)} could be it too: look at it" if rivals else ""
        yield Entry(standard, match.source, of_column(match, plan.facts[match.source]) + others)
