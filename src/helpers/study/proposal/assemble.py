"""From tables of the client to planned tables of the study: which is which, what is joined, what is stacked."""

import re
from collections.abc import Sequence

from helpers.core.errors import Fault, InputError, some_of
from helpers.study.proposal.column_names import words_of
from helpers.study.proposal.evidence import share
from helpers.study.proposal.inputs import pattern_of
from helpers.study.proposal.joins import Joined, group_of_products, key_of_products, matching_rows, order_of_lines
from helpers.study.proposal.plans import TablePlan
from helpers.study.proposal.roles import Match, Roles, called_otherwise_held, roles_in
from helpers.study.proposal.tables import Choice, Seen, choices_of
from helpers.study.remedies import for_zones_in_letters
from helpers.study.standard_tables import STANDARD_TABLES

_NEAR_BEST = 0.75
_DAY_NUMBER = re.compile(r"[2-6]\d{4}(\.\d+)?")
_READ_AS = {"time": "times", "number": "amounts", "id": "identifiers"}
_ALLOWED = {
    "time": "days or times, such as 2024-01-31, 31.01.2024, 5 May 2024 or 2024-01-31 09:30",
    "number": "numbers, such as 1,299.00 or 1.299,00 €",
    "id": "texts or whole numbers",
}


def assemble(seen: Sequence[Seen]) -> tuple[list[TablePlan], list[str]]:
    """Decide which table of the client is which standard table.

    Parameters
    ----------
    seen : sequence of Seen
        The tables of the client that no template has taken.

    Returns
    -------
    plans : list of TablePlan
        In the order of the standard tables.
    left : list of str
        What is said of tables that are not used.
    """
    plans: list[TablePlan] = []
    left: list[str] = []
    used = _joined_lines(seen, plans)
    pairs = [choice for one in seen if id(one) not in used for choice in _near_best(choices_of(one))]
    for choice in sorted(pairs, key=lambda one: -one.score):
        if id(choice.seen) in used:
            continue
        table = choice.roles.table
        first = next((plan for plan in plans if plan.table == table), None)
        if first is None:
            plans.append(TablePlan(table, choice.seen, choice.roles))
            used.add(id(choice.seen))
        elif _may_stack(first, choice):
            _stack(first, choice)
            used.add(id(choice.seen))
    _add_products(plans, seen, used)
    left += [_not_used(one, plans) for one in seen if id(one) not in used]
    order = list(STANDARD_TABLES)
    return sorted(plans, key=lambda plan: order.index(plan.table)), left


def require_some(plans: Sequence[TablePlan], seen: Sequence[Seen], remarks: Sequence[str] = ()) -> None:
    """Refuse files of which nothing is a table of a study; remarks say what they nearly are.

    Raises
    ------
    InputError
        With what each table lacks to be lines of orders.
    """
    if plans:
        return
    faults = [Fault(remark, remedy="compare the column names with those of a fresh export") for remark in remarks]
    for one in seen:
        roles = roles_in("transactions", one.name, one.facts)
        columns = some_of(list(one.facts), at_most=12)
        allowed = f"names that say what the columns are; there are {columns}"
        unlike = called_otherwise_held(roles, one.facts)
        faults += [_unlike(one, standard, source) for standard, source in unlike.items()]
        lacking = tuple(name for name in roles.lacking if name not in unlike)
        remedy = "name the columns in the file, or write study.yml by hand as data/README.md shows"
        if lacking == ("order_id",):
            remedy = "add a column that numbers the orders, such as customer and day in one text"
        if lacking:
            what = f"is no table that a study knows: lines of orders need a column for {', '.join(lacking)}"
            faults.append(Fault(what, one.look.label, allowed, remedy))
    raise InputError(faults)


def _unlike(one: Seen, standard: str, source: str) -> Fault:
    """Return that a column has the right name and cannot be read, with what can be done about it."""
    facts = one.facts[source]
    kind = STANDARD_TABLES["transactions"].column(standard).kind
    # Of identifiers, whole numbers are no reason to refuse the column: what stands beside them is.
    odd = [value for value in facts.sample if kind != "id" or not value.isdecimal()]
    shown = some_of(odd, at_most=3)
    what = f"is called like {standard}, but holds {shown or 'nothing'}, which crm new cannot read as {_READ_AS[kind]}"
    remedy = "export the column anew, or write study.yml by hand as data/README.md shows"
    if kind == "id":
        remedy = "give the column the format of text in the spreadsheet it comes from, and export it again"
    if kind == "time":
        remedy = (
            "write each as 2024-01-31 (a day for each month or week too), or write study.yml by hand, with a "
            'date_format such as "%d%m%Y" for 31012024'
        )
        remedy = for_zones_in_letters(facts.sample) or remedy
        if facts.sample and all(_DAY_NUMBER.fullmatch(value) for value in facts.sample):
            what += ": they look like the day numbers of a spreadsheet"
            remedy = "give the column the format of a date in the spreadsheet, and export it again"
    return Fault(what, f"{one.look.label}, column {source}", _ALLOWED[kind], remedy)


def _near_best(choices: Sequence[Choice]) -> list[Choice]:
    return [one for one in choices if one.score >= _NEAR_BEST * choices[0].score]


def _joined_lines(seen: Sequence[Seen], plans: list[TablePlan]) -> set[int]:
    """Plan order lines whose customers stand in a table of orders; return which tables that takes."""
    used: set[int] = set()
    for one in seen:
        if any(choice.roles.table == "transactions" for choice in choices_of(one)[:1]):
            continue
        found = order_of_lines(one, [other for other in seen if other is not one])
        if found is None or plans:
            continue
        roles, joined = found
        if "amount" in roles.lacking and "unit_price" not in roles.extra:
            continue
        plan = TablePlan("transactions", one, roles, joins=[joined])
        plan.notes["join"] = _of_join(joined)
        plans.append(plan)
        used |= {id(one), id(joined.seen)}
    return used


def _of_join(joined: Joined) -> str:
    found = f"{share(joined.matched, joined.rows)} of {joined.rows:,} rows"
    return f"{found} find their {joined.on[1]} in {joined.seen.look.label}"


def _add_products(plans: list[TablePlan], seen: Sequence[Seen], used: set[int]) -> None:
    """Find the table of the products by the key that order lines hold, and what names their groups."""
    lines = next((plan for plan in plans if plan.table == "transactions"), None)
    free = [one for one in seen if id(one) not in used]
    if lines is not None and "product_id" not in lines.roles.matches and lines.seen.look.rows:
        taken = [match.source for match in lines.roles.matches.values()]
        found = key_of_products(lines.seen, taken, free)
        if found is not None:
            key, other = found
            lines.match("product_id", key)
            if all(plan.table != "products" for plan in plans):
                roles = roles_in("products", other.name, other.facts)
                matches = {name: one for name, one in roles.matches.items() if one.source != key}
                matches["product_id"] = Match("product_id", key, 100.0)
                plans.append(TablePlan("products", other, Roles("products", matches, roles.extra, roles.hinted)))
                used.add(id(other))
    products = next((plan for plan in plans if plan.table == "products"), None)
    if products is not None and _needs_group(products):
        joined = group_of_products(products.seen, [one for one in free if one is not products.seen])
        if joined is not None:
            products.joins = [joined]
            products.notes["join"] = _of_join(joined)
            products.match("category", next(iter(joined.columns)))
            used.add(id(joined.seen))


def _needs_group(products: TablePlan) -> bool:
    """Say whether the groups of products have no name, or only a key."""
    category = products.roles.matches.get("category")
    keyed = category is None or words_of(category.source).endswith((" id", " number", " code"))
    return keyed and not products.joins and not products.made_by


def _may_stack(first: TablePlan, choice: Choice) -> bool:
    """Say whether two tables of one kind may stand one after the other: of one form, and no order in both."""
    if _kept_keys(first.seen) != _kept_keys(choice.seen):
        return False
    if set(first.seen.facts) != set(choice.seen.facts) and not _of_one_series(first, choice):
        return False
    key = "order_id" if first.table == "transactions" else next(iter(STANDARD_TABLES[first.table].key), "")
    if key not in first.roles.matches or key not in choice.roles.matches:
        return False
    column, theirs = first.roles.source(key), choice.roles.source(key)
    return all(
        matching_rows(choice.seen, theirs, one, first.renamed.get(id(one), {}).get(key, column)) == 0
        for one in (first.seen, *first.more)
    )


def _kept_keys(seen: Seen) -> set[str]:
    """Return what is said of how to read a file, but for what each file says for itself: sheet, marks, letters."""
    return seen.look.keys.keys() - {"sheet", "delimiter", "encoding", "header_row"}


def _of_one_series(first: TablePlan, choice: Choice) -> bool:
    """Say whether files are of one export by their names, though one has another column: a month's form has changed."""
    looks = [one.look for one in (first.seen, *first.more, choice.seen)]
    if first.joins or any(look.input.path is None or look.input.is_database for look in looks):
        return False
    if pattern_of([look.input.source for look in looks]) is None:
        return False
    times = [name for name in first.roles.matches if first.kind(name) in ("time", "date")]
    same = [name for name in times if name in choice.roles.matches]
    return all(first.roles.source(name) == choice.roles.source(name) for name in same)


def _stack(first: TablePlan, choice: Choice) -> None:
    """Put a table's rows behind those of another; columns that one of them lacks are left out."""
    label, shared = choice.seen.look.label, set(choice.seen.facts)
    if set(first.seen.facts) != shared:
        theirs = choice.roles.matches
        other = {
            name: theirs[name].source
            for name, match in first.roles.matches.items()
            if name in theirs and match.source not in shared
        }
        for name in [name for name, one in first.roles.matches.items() if not {one.source, other.get(name)} & shared]:
            first.drop(name, f"is in some of the files only, not in {label}")
        if other:
            first.renamed[id(choice.seen)] = other
        for role in [role for role, source in first.roles.extra.items() if source not in shared]:
            first.comments.append(f"{first.roles.extra.pop(role)} is in some of the files only, not in {label}")
    first.more.append(choice.seen)


def _not_used(one: Seen, plans: Sequence[TablePlan]) -> str:
    """Say of a table that it is not used, and why where that is known."""
    choices = choices_of(one)
    same = next((plan for choice in choices[:1] for plan in plans if plan.table == choice.roles.table), None)
    if same is not None:
        column = same.roles.matches.get("order_id") or next(iter(same.roles.matches.values()))
        return (
            f"{one.look.label} is not used: it looks like {same.table} too, which {same.seen.look.label} gives; if its "
            f"rows are others, list both under sources (compare {column.source})"
        )
    unlike = called_otherwise_held(lines := roles_in("transactions", one.name, one.facts), one.facts)
    if unlike and set(unlike) == set(lines.lacking):
        held = [f"{source} ({some_of(list(one.facts[source].sample), at_most=3)})" for source in unlike.values()]
        return (
            f"{one.look.label} is not used, though it looks like lines of orders: it cannot be read in "
            f"{', '.join(held)}"
        )
    return f"{one.look.label} is not used: nothing in its columns says which standard table it is"
