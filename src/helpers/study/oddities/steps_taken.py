"""What a study has done to the rows and values of a source, step by step, with rows and money."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import ibis

from helpers.core.errors import counted, some_of
from helpers.core.lines import exact_sum
from helpers.core.results import in_unit
from helpers.study.columns import rows_given_back
from helpers.study.data_warnings import DataWarning
from helpers.study.raw_table import RawTable
from helpers.study.steps.keys import OTHERS, RowRule
from helpers.study.steps.row_choice import choices, says_left_out
from helpers.study.steps.whole_rows import blank, one_of_each
from helpers.study.tables import Prepared, StudyTables

_MEANS = {
    "customer_id": "a customer",
    "order_id": "an order",
    "product_id": "a product",
    "invoice_id": "an invoice",
    "campaign_id": "a campaign",
    "record_id": "a record",
    "time": "a time",
    "amount": "an amount",
}
"""What a value of a standard column is, in words."""
_RECODINGS_SHOWN = 6


def steps_taken(study: StudyTables, name: str, part: int) -> Iterator[DataWarning]:
    """Yield what each step of a study file has done to one source, in the order of the steps.

    Parameters
    ----------
    study : StudyTables
        The study.
    name : str
        A standard table that can be made.
    part : int
        Which of its sources.
    """
    spec = study.spec_of(name, part)
    if not (spec.fill_down or spec.distinct or spec.row_rules or spec.returned or spec.values or spec.computed):
        return
    one = _Source(study, name, part, study.prepare_part(name, part))
    if spec.fill_down:
        yield from _filled(one)
    if spec.distinct and one.prepared.once is not one.prepared.whole:
        yield from _left_out_between(one, one.prepared.whole, one.prepared.once, "that repeat another in every column")
    if spec.row_rules:
        yield from _rules(one)
    if spec.distinct and one.prepared.raw is not one.prepared.chosen:
        which = f"that are like an earlier one in {' and '.join(spec.alike_in) or 'all that is used'}"
        yield from _left_out_between(one, one.prepared.chosen, one.prepared.raw, which + _of_which_differ(one))
    yield from _given_back(one)
    yield from _recoded(one)
    yield from _computed(one)


@dataclass(frozen=True)
class _Source:
    study: StudyTables
    name: str
    part: int
    prepared: Prepared

    @property
    def spec(self) -> Any:
        return self.study.spec_of(self.name, self.part)

    def rows(self, count: int) -> str:
        """Return a number of rows with their noun."""
        return (
            counted(count, "line") if self.name == "transactions" else f"{counted(count, 'row')} of table {self.name}"
        )

    def total(self, raw: RawTable, **more: Any) -> dict[str, Any]:
        """Return rows and money of some rows, and further aggregates; money is missing where the table holds none."""
        amount = self.study.amount_on(self.name, self.part, raw)
        money = {} if amount is None else {"money": exact_sum(amount.fill_null(0.0))}
        found: dict[str, Any] = (
            raw.table.aggregate(count=raw.table.count(), **money, **more).to_pyarrow().to_pylist()[0]
        )
        return {"money": None} | found

    def warning(self, what: str, key: str, rows: int, amount: float | None) -> DataWarning:
        where = self.study.lines.where(*self.study.place(self.name, self.part), key)
        return DataWarning(what, where, "", self.name, rows, amount, spoils_figures=False)

    def left_out(self, key: str, rows: int, which: str, amount: float | None, whole: float | None) -> DataWarning:
        """Return the sentence about rows that are left out, with their money and its share in all money received."""
        what = f"{self.rows(rows)} {which}"
        if amount is not None:
            what += f", {in_unit(amount, self.study.spec.currency)}"
            of_all = "revenue" if self.name == "transactions" else "all money"
            what += f", {in_unit(amount / whole, 'share')} of {of_all}" if whole and whole > 0 else ""
            what += ","
        return self.warning(f"{what} {'is' if rows == 1 else 'are'} left out", key, rows, amount)


def _filled(one: _Source) -> Iterator[DataWarning]:
    spec, read = one.spec.fill_down, one.study.raw(one.name, one.part).table
    filled = one.prepared.whole.table
    before = {f"b{n}": blank(read[column]).sum() for n, column in enumerate(spec.columns)}
    after = {f"b{n}": blank(filled[column]).sum() for n, column in enumerate(spec.columns)}
    blanks, left = (
        table.aggregate(**counts).to_pyarrow().to_pylist()[0] for table, counts in ((read, before), (filled, after))
    )
    for number, column in enumerate(spec.columns):
        rows = (blanks[f"b{number}"] or 0) - (left[f"b{number}"] or 0)
        if rows:
            what = f"{one.rows(rows)} had no {column} and took that of an earlier line with the same {spec.within}"
            yield one.warning(what, "fill_down", rows, None)


def _left_out_between(one: _Source, before: RawTable, after: RawTable, which: str) -> Iterator[DataWarning]:
    first, then = one.total(before), one.total(after)
    rows = first["count"] - then["count"]
    if not rows:
        return
    amount = None if first["money"] is None else (first["money"] or 0.0) - (then["money"] or 0.0)
    whole = first["money"] if before is one.prepared.whole else one.total(one.prepared.whole)["money"]
    yield one.left_out("distinct", rows, which, amount, whole)


def _of_which_differ(one: _Source) -> str:
    """Return, in words, how many rows are left out although they say something else than the row that is kept."""
    if not one.spec.alike_in:
        return ""
    columns = one.study.columns_on(one.name, one.part, one.prepared.chosen)
    different = one_of_each(one.prepared.chosen.table, columns, ())
    rows = [int(table.count().to_pyarrow().as_py()) for table in (different, one.prepared.raw.table)]
    return f" ({rows[0] - rows[1]:,} of them with other values elsewhere)" if rows[0] > rows[1] else ""


def _rules(one: _Source) -> Iterator[DataWarning]:
    """Yield what each rule leaves out of the rows that the rules before it have left."""
    once = one.prepared.once
    amount = one.study.amount_on(one.name, one.part, once)
    asked: dict[str, Any] = {}
    still: Any = ibis.literal(True)
    rules = choices(once.table, one.spec)
    for number, choice in enumerate(rules):
        out = still & ~choice.kept
        asked[f"rows{number}"] = out.sum()
        if amount is not None:
            asked[f"money{number}"] = exact_sum(ibis.cases((out, amount.fill_null(0.0)), else_=0.0))
        still = still & choice.kept
    answers = one.total(once, **asked)
    whole = answers["money"] if once is one.prepared.whole else one.total(one.prepared.whole)["money"]
    meanings = {source: _MEANS.get(made.name, "") for made in one.prepared.columns for source in made.sources}
    for number, choice in enumerate(rules):
        rows = answers[f"rows{number}"] or 0
        if rows:
            which = says_left_out(choice.rule, choice.column, meanings.get(choice.column, ""))
            money = answers.get(f"money{number}")
            if money is not None and _keeps_currency(choice.rule, one.study.spec.currency):
                # What is left out is money of other currencies: neither an amount nor a share of this one.
                verb = "is" if rows == 1 else "are"
                what = f"{one.rows(rows)} {which}, amounts of {money:,.0f} in other currencies, {verb} left out"
                yield one.warning(what, choice.key, rows, None)
                continue
            yield one.left_out(choice.key, rows, which, money, whole)
        else:
            what = f"no row of table {one.name} is left out by what is said of {choice.column}"
            yield one.warning(what, choice.key, 0, None)


def _keeps_currency(rule: RowRule, currency: str) -> bool:
    """Say whether a rule takes the rows in the currency of the study, and no others."""
    return {str(value).strip().upper() for value in rule.one_of or ()} == {currency}


def _given_back(one: _Source) -> Iterator[DataWarning]:
    """Yield how many rows count as money given back, and how much that is."""
    if not one.spec.returned:
        return
    back = one.prepared.raw.table.filter(rows_given_back(one.prepared.raw.table, one.spec))
    found = one.total(replace(one.prepared.raw, table=back))
    said = some_of([value for values in one.spec.returned.values() for value in values])
    what = f"{one.rows(found['count'])} with {said} in {some_of(list(one.spec.returned))}"
    money = "" if found["money"] is None else f", {in_unit(-(found['money'] or 0.0), one.study.spec.currency)},"
    what += f"{money} {'counts' if found['count'] == 1 else 'count'} as money given back"
    yield one.warning(what, "returned", found["count"], found["money"])


def _recoded(one: _Source) -> Iterator[DataWarning]:
    """Yield how many values of each column were written in other words, and which became missing."""
    table = one.prepared.raw.table
    for column in one.prepared.columns:
        recoding = one.spec.values.get(column.name)
        if recoding is None:
            continue
        words = table.select(theirs=table[column.sources[0]].cast("string").strip(), ours=column.value.cast("string"))
        groups = words.group_by("theirs", "ours").aggregate(rows=words.count())
        found = groups.order_by([ibis.desc("rows"), "theirs"]).to_pyarrow().to_pylist()
        listed = [row for row in found if (row["theirs"] or "") in recoding]
        others = [row for row in found if row["theirs"] and row["theirs"] not in recoding]
        shown = ", ".join(
            f"{row['theirs'] or 'blank'} as {row['ours'] or 'missing'} ({row['rows']:,})"
            for row in listed[:_RECODINGS_SHOWN]
        )
        rest = f" and {len(listed) - _RECODINGS_SHOWN:,} more" if len(listed) > _RECODINGS_SHOWN else ""
        rows = sum(row["rows"] for row in listed)
        if rows:
            what = f"values of {column.name} in table {one.name} are read in other words: {shown}{rest}"
            yield one.warning(what, "values", rows, None)
        unlisted = sum(row["rows"] for row in others)
        if unlisted and recoding.get(OTHERS) == "missing":
            what = f"{one.rows(unlisted)} hold another value of {column.name} and are read as if they had none"
            yield one.warning(what, "values", unlisted, None)


def _computed(one: _Source) -> Iterator[DataWarning]:
    for column in one.prepared.columns:
        if column.computation is not None:
            table = one.prepared.raw.table
            rows = int(table.aggregate(rows=column.value.count()).to_pyarrow().to_pylist()[0]["rows"] or 0)
            what = f"{column.name} of table {one.name} is computed as {column.computation.text}"
            yield one.warning(f"{what} in {counted(rows, 'row')}", "computed", rows, None)
