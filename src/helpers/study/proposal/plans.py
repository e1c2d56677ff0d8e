"""What is planned for each standard table: where its rows come from, its columns, and what is done to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from helpers.study.proposal.facts import Facts
from helpers.study.proposal.joins import Joined
from helpers.study.proposal.roles import Match, Roles
from helpers.study.proposal.tables import Seen
from helpers.study.standard_tables import STANDARD_TABLES


@dataclass
class TablePlan:
    """One table of the study to be.

    Parameters
    ----------
    table : str
        The standard table.
    seen : Seen
        The table of the client its rows come from.
    roles : Roles
        What its columns are.
    more : list of Seen
        Further tables of the client with rows of the same kind.
    renamed : dict of int to dict of str to str
        By the identity of one of these: standard columns that are called otherwise there.
    joins : list of Joined
        Further tables whose columns are added, one after the other.
    keys : dict
        Keys of the study file beside source, columns and formats: distinct, where, computed, ...
    notes : dict of str to str
        Evidence by key.
    comments : list of str
        What is said above the table.
    attributes : list of str
        The client's own columns that are kept.
    date_format : str
        The reading of dates that the user has chosen.
    made_by : str
        The template that says all this, where one does.
    """

    table: str
    seen: Seen
    roles: Roles
    more: list[Seen] = field(default_factory=list)
    renamed: dict[int, dict[str, str]] = field(default_factory=dict)
    joins: list[Joined] = field(default_factory=list)
    keys: dict[str, Any] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    comments: list[str] = field(default_factory=list)
    attributes: list[str] = field(default_factory=list)
    date_format: str = ""
    made_by: str = ""

    @property
    def facts(self) -> Mapping[str, Facts]:
        """Facts of all columns, those of joined tables under their new names."""
        if not self.joins:
            return self.seen.facts
        added = {new: one.seen.facts[theirs] for one in self.joins for new, theirs in one.columns.items()}
        return {**self.seen.facts, **added}

    def held_in(self, source: str) -> str:
        """Return how messages call the table that a column comes from: the first, or one that is joined to it."""
        joined = (one.seen.look.label for one in self.joins if source in one.columns)
        return self.seen.look.label if source in self.seen.facts else next(joined, self.seen.look.label)

    @property
    def is_text(self) -> bool:
        """Whether values come as text that the study turns into types."""
        look = self.seen.look
        return not (look.input.ending in (".parquet", ".duckdb") or look.input.path is None)

    @property
    def reads_texts(self) -> bool:
        """Whether the study reads texts as numbers and times: of a database's server it does not."""
        return self.seen.look.input.path is not None

    def kind(self, standard: str) -> str:
        """Return the kind of a standard column."""
        return STANDARD_TABLES[self.table].column(standard).kind

    def drop(self, standard: str, why: str) -> None:
        """Leave a column out and say why."""
        match = self.roles.matches.pop(standard)
        self.comments.append(f"{standard} is left out: {match.source} {why}")

    def match(self, standard: str, source: str, sure: float = 100.0) -> None:
        """Take a column of the client for a standard one."""
        self.roles.matches[standard] = Match(standard, source, sure)
