"""Exports of well-known systems, recognised by their headers, as YAML files beside this module describe them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from ruamel.yaml import YAML

from helpers.core.errors import some_of
from helpers.study.headers import clean_name
from helpers.study.proposal.joins import Joined, matching_rows, values_of
from helpers.study.proposal.plans import TablePlan
from helpers.study.proposal.roles import Match, Roles
from helpers.study.proposal.tables import Seen
from helpers.study.standard_tables import STANDARD_TABLES

_NEARLY = 0.7
_SURE = 100.0


@dataclass(frozen=True)
class Template:
    """The export of one system.

    Parameters
    ----------
    name : str
        What it is an export of.
    known_from : str
        Where its columns are known from.
    files : dict of str to list of str
        By file of the export: columns that it always has.
    tables : dict of str to dict
        By standard table: file, columns, and keys of the study file.
    remarks : tuple of str
        What a user should know of it.
    remarks_without : dict of str to str
        By file of the export: what a user should know where it is not there.
    """

    name: str
    known_from: str
    files: dict[str, list[str]]
    tables: dict[str, dict[str, Any]]
    remarks: tuple[str, ...] = field(default=())
    remarks_without: dict[str, str] = field(default_factory=dict)


@cache
def all_templates() -> tuple[Template, ...]:
    """Return the templates, in order of name of their files."""
    folder = resources.files("helpers.study.proposal").joinpath("templates")
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".yml")), key=lambda one: one.name)
    reader = YAML(typ="safe")
    read = (reader.load(one.read_text(encoding="utf-8")) for one in files)
    return tuple(
        Template(
            one["name"],
            one["known_from"],
            one["files"],
            one["tables"],
            tuple(one.get("remarks", ())),
            one.get("remarks_without", {}),
        )
        for one in read
    )


def apply_templates(seen: Sequence[Seen]) -> tuple[list[TablePlan], list[Seen], list[str]]:
    """Plan the tables of exports that are recognised.

    Parameters
    ----------
    seen : sequence of Seen
        The tables of the client.

    Returns
    -------
    plans : list of TablePlan
        What templates say of their tables.
    rest : list of Seen
        Tables that none has taken.
    remarks : list of str
        What is said of the templates, and of those that nearly fit.
    """
    for template in all_templates():
        found = {file: one for file, header in template.files.items() for one in seen if _share_of(header, one) == 1.0}
        first = next(iter(template.files))
        if first not in found:
            continue
        plans = list(_plans(template, found))
        taken = {id(one) for one in found.values()}
        remarks = [f"recognised as {template.name} by its columns; {template.known_from}", *template.remarks]
        remarks += [remark for file, remark in template.remarks_without.items() if file not in found]
        remarks += list(_near(template, seen, taken))
        if plans:
            return plans, [one for one in seen if id(one) not in taken], remarks
    return [], list(seen), [remark for template in all_templates() for remark in _near(template, seen, set())]


def _share_of(header: Sequence[str], one: Seen) -> float:
    names = {clean_name(name).casefold() for name in one.facts}
    return sum(name.casefold() in names for name in header) / len(header)


def _near(template: Template, seen: Sequence[Seen], taken: set[int]) -> Iterator[str]:
    """Yield which tables nearly are such an export, and what they lack."""
    for header in template.files.values():
        for one in seen:
            if id(one) in taken or not _NEARLY <= _share_of(header, one) < 1.0 or len(header) < 4:
                continue
            names = {name.casefold() for name in one.facts}
            lacking = [name for name in header if name.casefold() not in names]
            yield (
                f"{one.look.label} looks like {template.name}, but has no column {some_of(lacking)}: its columns are "
                "guessed as those of any file"
            )


def _plans(template: Template, found: Mapping[str, Seen]) -> Iterator[TablePlan]:
    for table, said in template.tables.items():
        file = said.get("file", next(iter(template.files)))
        if file not in found:
            continue
        if any(join["file"] not in found and not join.get("optional") for join in _joins_of(said)):
            continue
        plan = _plan(template, table, said, found[file], found)
        if not plan.roles.lacking or set(plan.roles.lacking) <= set(plan.keys.get("computed", {})):
            yield plan


def _joins_of(said: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return what a template says of tables that are joined to one of its own, in order."""
    joins = said.get("join", [])
    return joins if isinstance(joins, list) else [joins]


def _joined(plan: TablePlan, join: Mapping[str, Any], second: Seen) -> Joined:
    """Return a table joined by a column of the first, or of one that was joined before."""
    key = str(join["on"])
    columns = {str(new): str(theirs) for new, theirs in join["columns"].items() if theirs in second.facts}
    before = (joined.seen for joined in plan.joins if key in joined.columns)
    first = plan.seen if key in plan.seen.facts else next(before, plan.seen)
    return Joined(second, (key, key), columns, matching_rows(first, key, second, key), first.look.rows)


def _plan(template: Template, table: str, said: Mapping[str, Any], one: Seen, found: Mapping[str, Seen]) -> TablePlan:
    plan = TablePlan(table, one, Roles(table, {}), made_by=f"as {template.name} write it")
    for join in _joins_of(said):
        if join["file"] in found:
            plan.joins.append(_joined(plan, join, found[join["file"]]))
    facts = plan.facts
    actual = {name.casefold(): name for name in facts}
    wanted = {name: actual.get(str(source).casefold()) for name, source in said.get("columns", {}).items()}
    for name, sources in said.get("first_filled", {}).items():
        there = [actual[source.casefold()] for source in sources if source.casefold() in actual]
        wanted[name] = next((one for one in there if facts[one].given == facts[one].rows), there[-1] if there else None)
    for name in [name for name in STANDARD_TABLES[table].column_names if wanted.get(name)]:
        source = str(wanted[name])
        if facts[source].kind != "empty":
            plan.roles.matches[name] = Match(name, source, _SURE)
    plan.roles.extra.update(
        {
            role: actual[source.casefold()]
            for role, source in said.get("extra", {}).items()
            if source.casefold() in actual
        }
    )
    _keys(plan, said, actual)
    return plan


def _keys(plan: TablePlan, said: Mapping[str, Any], actual: Mapping[str, str]) -> None:
    """Take over the keys that the template says, as far as the file has their columns and values."""
    fill = said.get("fill_down")
    if fill is not None and fill["within"].casefold() in actual:
        used = {match.source for match in plan.roles.matches.values()} | set(said.get("where", {}))
        columns = [actual[name.casefold()] for name in fill["columns"] if name.casefold() in actual]
        blank = [name for name in columns if name in used and plan.facts[name].given < plan.facts[name].rows]
        if blank:
            plan.keys["fill_down"] = {"within": actual[fill["within"].casefold()], "columns": blank}
            plan.notes["fill_down"] = "written in the first line of an order only"
    where = dict(_where(plan, said.get("where", {}), actual))
    if where:
        plan.keys["where"] = where
        plan.notes["where"] = str(said.get("why_where", "rows that are no purchases are left out"))
    for key in ("computed", "distinct", "constants", "times", "missing_in"):
        if key in said:
            plan.keys[key] = said[key]


def _where(plan: TablePlan, rules: Mapping[str, Any], actual: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """Yield the rules whose column is there, with the values that are."""
    for named, rule in rules.items():
        column = actual.get(named.casefold())
        if column is None:
            continue
        held = _values(plan, column)
        if isinstance(rule, list):
            kept = [value for value in rule if value in held]
            if kept and len(kept) < len(held):
                yield column, kept
        elif isinstance(rule, dict) and "not" in rule:
            gone = [value for value in rule["not"] if value in held]
            if gone and len(gone) < len(held):
                yield column, {"not": gone}
        else:
            yield column, rule


def _values(plan: TablePlan, column: str) -> set[str]:
    if column not in plan.seen.facts:
        facts = plan.facts[column]
        return set(facts.words or facts.sample)
    return set(values_of(plan.seen.look.table, column))
