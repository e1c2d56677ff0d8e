"""A study file proposed from a client's files: the one way in."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from helpers.core.errors import InputError, some_of
from helpers.study.proposal.assemble import assemble, require_some
from helpers.study.proposal.derived import complete
from helpers.study.proposal.entries import table_entry
from helpers.study.proposal.facts import facts_of
from helpers.study.proposal.inputs import find_inputs
from helpers.study.proposal.opening import Engine, open_all
from helpers.study.proposal.options import Ask, Question, mixed_faults
from helpers.study.proposal.plans import TablePlan
from helpers.study.proposal.study_level import (
    analysis_date,
    currency,
    is_under_data,
    keep_days,
    margin,
    study_name,
    time_zone,
)
from helpers.study.proposal.tables import Seen
from helpers.study.proposal.templates import apply_templates
from helpers.study.proposal.writing import Entry, as_yaml, write_study

_POINT_ZERO, _ZERO_IN_FRONT = re.compile(r"\d+\.0+"), re.compile(r"0\d+(\.0+)?")
_HEAD = (
    "Proposed by crm new from the files themselves. Behind each line stands what it rests on: read it, correct what is",
    "wrong, then run crm check. data/README.md says what else a study file may say.",
)


@dataclass(frozen=True)
class Proposal:
    """A study file before it is written.

    Parameters
    ----------
    folder : Path
        Where it goes.
    name : str
        Name of the study.
    text : str
        The file.
    tables : dict of str to str
        By standard table: the client's table its rows come from.
    remarks : tuple of str
        What a user should know besides: files that are not used, templates that nearly fit.
    """

    folder: Path
    name: str
    text: str
    tables: dict[str, str]
    remarks: tuple[str, ...]

    def write(self) -> Path:
        """Write the study file as a whole, over nothing, and return where it is."""
        return write_study(self.folder, self.text)


def unasked(question: Question) -> str:
    """Leave a question open: for use without a terminal."""
    del question
    return ""


def propose(named: Sequence[str], *, name: str | None = None, into: str | None = None, ask: Ask = unasked) -> Proposal:
    """Propose a study file for a folder of files, for single files, or for a database.

    Parameters
    ----------
    named : sequence of str
        A folder, or files and addresses of databases.
    name : str, optional
        Name of the study; that of its folder where it is left out.
    into : str, optional
        Folder of the study file; that of the files where it is left out.
    ask : callable
        Takes a question, returns the choice or nothing.

    Raises
    ------
    InputError
        With all that keeps the files from being a study. Nothing is written.
    """
    place = find_inputs(named, into)
    folder = place.folder.resolve()
    called = study_name(name, folder.name, under_data=is_under_data(folder.parent))
    engine = Engine()
    seen = [Seen(look, facts_of(look)) for look in open_all(place.inputs, engine)]
    plans, rest, remarks = apply_templates(seen)
    guessed, left = assemble(rest) if not plans else ([], [f"{one.look.label} is not used" for one in rest])
    plans += guessed
    require_some(plans, seen, remarks)
    complete(plans)
    faults = [fault for plan in plans for fault in mixed_faults(plan)]
    if faults:
        raise InputError(dict.fromkeys(faults))
    entries = _entries(called, plans, ask)
    unread = [f"{one} is of a form that no study reads" for one in place.passed_over]
    unread += [f"{one} holds no table" for one in engine.passed_over]
    unread += [f"{copy} holds the same bytes as {original}: it is left out" for copy, original in place.copies.items()]
    said = (*remarks, *left, *unread)
    text = as_yaml([*entries, Entry("", above=("", *said))] if said else entries)
    return Proposal(place.folder, called, text, {plan.table: plan.seen.look.label for plan in plans}, said)


def _entries(called: str, plans: Sequence[TablePlan], ask: Ask) -> list[Entry]:
    """Return the study file: the tables first, as what is chosen there decides on the analysis date."""
    zone = time_zone(plans, ask)
    if zone:
        keep_days(plans)
    tables = tuple(table_entry(plan, ask) for plan in plans)
    title = called.replace("_", " ").replace("-", " ").strip().capitalize()
    return [
        Entry("study", called, above=_HEAD),
        Entry("title", title, "stands on the cover of the report"),
        currency(plans, ask),
        analysis_date(plans, ask),
        *zone,
        *_clean_ids(plans),
        *margin(plans, ask),
        Entry("tables", tables),
    ]


def _clean_ids(plans: Sequence[TablePlan]) -> list[Entry]:
    """Return what of identifiers is none of them: blanks around some, or `.0` behind whole numbers."""
    keys = [
        plan.facts[match.source]
        for plan in plans
        for standard, match in plan.roles.matches.items()
        if plan.kind(standard) == "id"
    ]
    padded = list(dict.fromkeys(one.name for one in keys if one.padded))
    decimal = list(dict.fromkeys(one.name for one in keys if any(map(_POINT_ZERO.fullmatch, one.sample))))
    if any(map(_ZERO_IN_FRONT.fullmatch, (value for one in keys for value in one.sample))):
        decimal = []  # with these, zeros in front of other numbers would go
    ways = {
        "blanks": f"blanks or tabs stand around values of {some_of(padded)}" if padded else "",
        "zeros": f".0 stands behind whole numbers of {some_of(decimal)}" if decimal else "",
    }
    asked = [way for way, why in ways.items() if why]
    return [Entry("clean_ids", asked, "; ".join(ways[way] for way in asked))] if asked else []
