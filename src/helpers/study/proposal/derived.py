"""Tables within others: customers and products in order lines, responses in contacts; and rows not to take."""

import re
from collections.abc import Iterator, Sequence

from helpers.study.flag_text import YES
from helpers.study.proposal.column_names import known_names, words_of
from helpers.study.proposal.evidence import share
from helpers.study.proposal.joins import blanks_within_orders, constant_columns, repeats_by_order, values_of
from helpers.study.proposal.plans import TablePlan
from helpers.study.proposal.roles import MARK_CUSTOMER, Match, Roles, roles_in
from helpers.study.standard_tables import STANDARD_TABLES

_REPEATED, _MAY_VARY = 0.9, 0.05
_FEW_VALUES = (2, 40)
_SHARE = re.compile(r"0?\.\d+|[01](\.0*)?")
_FILLED = ("time", MARK_CUSTOMER)
_MONEY_COLUMNS = ("amount", "discount", "cost", "unit_cost", "list_price", "price", "monthly_amount", "total_amount")
_HUNDREDTHS = (
    r"(?<![a-z])(cents?|cts|pence|pennies|rappen|centimes?|centimos?|minor units?|minor)(?![a-z])"
    r"|[(\uff08]\u5206[)\uff09]"
)
_THOUSANDS = r"(?<![a-z])(teur|tsd|thousands?|k€|k\$|k£|keur|kusd|kgbp)(?![a-z])|千元"
_UNITS = (
    (re.compile(_HUNDREDTHS), " / 100", "hundredths"),
    (re.compile(_THOUSANDS), " * 1000", "thousands"),
    (re.compile(r"万元"), " * 10000", "ten thousands"),
)


def complete(plans: list[TablePlan]) -> None:
    """Add to the plans what the columns of one table hold of another, and which of its rows are no purchases."""
    lines = next((plan for plan in plans if plan.table == "transactions"), None)
    if lines is not None and not lines.made_by:
        _amount(lines)
        _discount(lines)
        _fill_down(lines)
        _rows_taken(lines)
        _one_currency(lines)
    if lines is not None:
        have = {plan.table for plan in plans}
        plans += [plan for table in ("customers", "products") if table not in have for plan in _within(lines, table)]
    contacts = next((plan for plan in plans if plan.table == "contacts"), None)
    if contacts is not None and all(plan.table != "responses" for plan in plans):
        plans += _responses(contacts)
    for plan in plans:
        if not plan.made_by:
            _other_units(plan)
        _attributes(plan)
    order = list(STANDARD_TABLES)
    plans.sort(key=lambda plan: order.index(plan.table))


def _amount(lines: TablePlan) -> None:
    """Take price times quantity for the amount, where no column is the amount of the line."""
    price, quantity = lines.roles.extra.get("unit_price"), lines.roles.matches.get("quantity")
    amount, order = lines.roles.matches.get("amount"), lines.roles.matches.get("order_id")
    if amount is not None and price == amount.source:
        amount = None
    table = lines.seen.look.table
    if amount is not None and order is not None and amount.source in table.columns and order.source in table.columns:
        same = repeats_by_order(table, order.source, amount.source)
        if same >= _REPEATED:
            if price is None or quantity is None:
                lines.comments.append(
                    f"look at amount: {amount.source} is the same in all lines of {same:.1%} of the orders of several "
                    "lines; if it is the total of the order, it must be counted once per order"
                )
                return
            lines.comments.append(f"{amount.source} is not taken for the amount: it repeats in all lines of an order")
            amount = None
    if amount is None and price is not None:
        lines.roles.matches.pop("amount", None)
        if quantity is None:
            lines.match("amount", price)
        else:
            lines.keys["computed"] = {"amount": f"{_term(quantity.source)} * {_term(price)}"}
            lines.notes["computed"] = "no column holds what was paid for the line"


def _other_units(plan: TablePlan) -> None:
    """Turn money into the currency where the name of its column says cents or thousands."""
    computed = dict(plan.keys.get("computed", {}))
    price = plan.roles.extra.get("unit_price", "")
    if computed.get("amount") and (way := _unit_of(price, plan)):
        computed["amount"] += way[0]
        _say_unit(plan, price, way[1])
    for standard in [name for name in plan.roles.matches if name in _MONEY_COLUMNS]:
        source = plan.roles.source(standard)
        if way := _unit_of(source, plan):
            computed[standard] = _term(source) + way[0]
            _say_unit(plan, source, way[1])
            del plan.roles.matches[standard]
    if computed:
        plan.keys["computed"] = computed


def _unit_of(source: str, plan: TablePlan) -> tuple[str, str] | None:
    """Return how to turn a column into the currency, and what its name says; decimals are no cents."""
    facts = plan.facts.get(source)
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", source).replace("_", " ").casefold()
    for pattern, way, called in _UNITS:
        if facts is not None and pattern.search(name) and (facts.whole or called != "hundredths"):
            return way, called
    return None


def _say_unit(plan: TablePlan, source: str, called: str) -> None:
    said = f"the name of {source} says {called} of the currency: take the factor away if it does not hold them"
    plan.notes["computed"] = "; ".join(filter(None, (plan.notes.get("computed"), said)))


def _discount(lines: TablePlan) -> None:
    """Leave out discounts that are shares: the standard column is money."""
    match = lines.roles.matches.get("discount")
    if match is None:
        return
    values = [one.replace(",", ".") for one in lines.facts[match.source].sample]
    if all(_SHARE.fullmatch(one) for one in values):
        more = ""
        computed = lines.keys.get("computed", {}).get("amount")
        if computed:
            more = f'; if prices are before it, write computed: {{amount: "{computed} * (1 - {_term(match.source)})"}}'
        lines.drop("discount", f"holds shares from 0 to 1, no money{more}")


def _term(name: str) -> str:
    return name if name.isidentifier() and name.isascii() else f"`{name}`"


def _fill_down(lines: TablePlan) -> None:
    """Fill what an export writes in the first line of an order only."""
    order = lines.roles.matches.get("order_id")
    if order is None or lines.joins or not lines.is_text:
        return
    columns = [match.source for name, match in lines.roles.matches.items() if name != "order_id"]
    columns = [name for name in columns if lines.facts[name].given < lines.facts[name].rows]
    wanted = [
        lines.roles.matches[name].source for name in (*_FILLED, "channel", "store_id") if name in lines.roles.matches
    ]
    blank = blanks_within_orders(lines.seen.look.table, order.source, [name for name in columns if name in wanted])
    if blank:
        lines.keys["fill_down"] = {"within": order.source, "columns": list(blank)}
        lines.notes["fill_down"] = f"blank in {max(blank.values()):,} lines after the first of an order, never in all"


def _rows_taken(lines: TablePlan) -> None:
    """Take purchases only, where a column says what each row is."""
    status = lines.roles.extra.get("status")
    if status is None or status not in lines.facts:
        return
    if not lines.facts[status].words:
        return
    held = status in lines.seen.facts
    words = values_of(lines.seen.look.table, status) if held else list(lines.facts[status].words)
    known = {word: words_of(word) for word in words}
    back = [word for word, plain in known.items() if plain in _words("given_back")]
    if back and len(back) < len(words):
        lines.keys["returned"] = {status: back}
        lines.notes["returned"] = "these rows give money back: their amounts count below zero, whatever their sign is"
    bought = [word for word, plain in known.items() if plain in _words("purchases")]
    if bought and any(plain in _words("no_purchases") for plain in known.values()):
        kept = [*bought, *back]
        lines.keys["where"] = {status: kept}
        lines.notes["where"] = f"the others ({', '.join(word for word in words if word not in kept)}) are no purchases"
        return
    undone = [word for word, plain in known.items() if plain in _words("not_done")]
    if undone and len(undone) < len(words):
        lines.keys["where"] = {status: {"not": undone}}
        lines.notes["where"] = (
            f"these are no purchases that were made; kept are {', '.join(w for w in words if w not in undone)}"
        )


def _one_currency(lines: TablePlan) -> None:
    """Take the rows of the commonest currency where there are several: others cannot be added to it."""
    column = lines.roles.extra.get("currency")
    if column is None or len(lines.facts[column].words) < 2:
        return
    counts = lines.facts[column].words
    first = max(counts, key=lambda word: counts[word])
    where = dict(lines.keys.get("where", {}))
    where[column] = [first]
    lines.keys["where"] = where
    others = f"amounts in {', '.join(word for word in counts if word != first)} cannot be added to {first}"
    lines.notes["where"] = "; ".join(filter(None, [lines.notes.get("where", ""), others]))


def _within(lines: TablePlan, table: str) -> Iterator[TablePlan]:
    """Yield the customers or the products that order lines hold, with the columns that hang on their key alone."""
    key = MARK_CUSTOMER if table == "customers" else "product_id"
    if key not in lines.roles.matches or lines.roles.source(key) not in lines.seen.facts:
        return
    source = lines.roles.source(key)
    used = {match.source for match in lines.roles.matches.values()} - {source}
    facts = {name: one for name, one in lines.seen.facts.items() if name not in used or name == source}
    roles = roles_in(table, "", facts)
    matches = {name: one for name, one in roles.matches.items() if name != key and one.source != source}
    if table == "customers":
        matches = {name: one for name, one in matches.items() if name not in ("customer_since", "updated_at", "kind")}
    varying = constant_columns(lines.seen.look.table, source, [one.source for one in matches.values()])
    keys = lines.seen.facts[source].distinct
    kept = {name: one for name, one in matches.items() if varying[one.source] <= _MAY_VARY * keys}
    several = {
        name: f"{one.source} has several values for {varying[one.source]:,} of {source}"
        for name, one in matches.items()
        if varying[one.source]
    }
    if not kept:
        lines.comments += [f"no {table} are made of these lines: {why}" for why in [*several.values()][:1]]
        return
    plan = TablePlan(table, lines.seen, Roles(table, {key: Match(key, source, lines.roles.matches[key].sure)} | kept))
    plan.keys["distinct"] = [key]
    first = [f"; {why}, the first is taken" for name, why in several.items() if name in kept]
    plan.notes["distinct"] = f"the lines repeat them: one row for each {source}{''.join(first)}"
    plan.comments += [f"{name} is left out: {why}" for name, why in several.items() if name not in kept]
    plan.made_by = lines.made_by
    _same_rows(lines, plan, key, source)
    yield plan


def _same_rows(lines: TablePlan, plan: TablePlan, key: str, source: str) -> None:
    """Carry over what is said of blank keys."""
    if lines.seen.facts[source].given < lines.seen.facts[source].rows:
        plan.keys["missing_in"] = {key: [""]}


def _responses(contacts: TablePlan) -> Iterator[TablePlan]:
    """Yield the responses that a table of contacts holds beside them: the rows whose answer is yes."""
    answered, when = contacts.roles.extra.get("responded"), contacts.roles.extra.get("response_time")
    if "campaign_id" not in contacts.roles.matches or (answered is None and when is None):
        return
    matches = {name: contacts.roles.matches[name] for name in (MARK_CUSTOMER, "campaign_id")}
    if when is not None:
        matches["time"] = Match("time", when, 100.0)
    plan = TablePlan("responses", contacts.seen, Roles("responses", matches))
    if answered is not None:
        words = contacts.facts[answered].words
        yes = [word for word in words if word.lower() in YES]
        if not yes:
            return
        plan.keys["where"] = {answered: yes}
        rows = sum(words[word] for word in yes)
        plan.notes["where"] = f"{share(rows, sum(words.values()))} of the contacts answered"
    else:
        plan.keys["where"] = {str(when): {"present": True}}
        plan.notes["where"] = "rows with a date of the response"
    yield plan


def _attributes(plan: TablePlan) -> None:
    """Keep columns of few values as attributes, where a study describes customers by them."""
    standard = STANDARD_TABLES[plan.table]
    if (
        not standard.open_attributes
        or plan.table not in ("customers", "surveys", "contracts", "applicants")
        or plan.made_by
    ):
        return
    if plan.keys.get("distinct"):
        return
    used = {match.source for match in plan.roles.matches.values()} | set(plan.roles.extra.values())
    low, high = _FEW_VALUES
    for name, facts in plan.seen.facts.items():
        few = low <= facts.distinct <= high and facts.kind in ("text", "flag", "number") and not facts.unique
        if (
            name not in used
            and name not in standard.column_names
            and all(name in one.facts for one in plan.more)
            and (few or (plan.table != "customers" and facts.kind == "number"))
        ):
            plan.attributes.append(name)


def _words(kind: str) -> Sequence[str]:
    found: Sequence[str] = known_names()["words"][kind]
    return found
