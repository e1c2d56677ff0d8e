"""The checks of a study's tables that do not refuse it, and what they find; see `helpers.study.data_warnings`."""

from collections.abc import Iterable, Iterator

from helpers.study.data_warnings import CheckedTable, DataWarning, Finding, TableCheck, inspect_table
from helpers.study.oddities.amount_signs import AMOUNT_SIGNS
from helpers.study.oddities.control_characters import control_characters
from helpers.study.oddities.currencies import several_currencies
from helpers.study.oddities.data_end import DATA_END
from helpers.study.oddities.held_back import held_back_but_counted
from helpers.study.oddities.identifier_checks import DOMINANT, NONE_AND_REWRITTEN, ROUNDED, UNLIKE, WRITTEN_APART
from helpers.study.oddities.placeholder_dates import PLACEHOLDER_DATES
from helpers.study.oddities.placeholder_ids import PLACEHOLDERS
from helpers.study.oddities.repeated_rows import repeated_rows
from helpers.study.oddities.steps_taken import steps_taken
from helpers.study.oddities.table_matches import match_findings
from helpers.study.oddities.total_rows import NAMED_TOTALS, TOTAL_ROWS
from helpers.study.oddities.unused_rows import no_purchases
from helpers.study.oddities.user_missing import read_by_label, user_missing_answers
from helpers.study.readings import part_findings
from helpers.study.tables import StudyTables

TABLE_CHECKS: tuple[TableCheck, ...] = (
    AMOUNT_SIGNS,
    NONE_AND_REWRITTEN,
    ROUNDED,
    PLACEHOLDERS,
    DOMINANT,
    UNLIKE,
    WRITTEN_APART,
    TOTAL_ROWS,
    NAMED_TOTALS,
    PLACEHOLDER_DATES,
    DATA_END,
)
"""Checks of single tables, in the order their findings are reported."""


def study_findings(tables: Iterable[CheckedTable]) -> Iterator[Finding]:
    """Yield the warnings, and the faults no figure could bear, of the tables of a study.

    Parameters
    ----------
    tables : iterable of CheckedTable
        The tables that can be made, in the order of the study file.
    """
    by_name = {checked.name: checked for checked in tables}
    for checked in by_name.values():
        yield from inspect_table(checked, TABLE_CHECKS)
    yield from match_findings(by_name)


def source_warnings(study: StudyTables, names: Iterable[str]) -> Iterator[DataWarning]:
    """Yield what is odd in the sources of a study before they become standard tables.

    Parameters
    ----------
    study : StudyTables
        The study.
    names : iterable of str
        Standard tables that can be made.
    """
    for name in names:
        for part in range(len(study.spec.tables[name].parts)):
            yield from (one for one in part_findings(study, name, part) if isinstance(one, DataWarning))
            yield from steps_taken(study, name, part)
            yield from no_purchases(study, name, part)
            yield from held_back_but_counted(study, name, part)
            yield from several_currencies(study, name, part)
            yield from repeated_rows(study, name, part)
            yield from control_characters(study, name, part)
            yield from user_missing_answers(study, name, part)
            yield from read_by_label(study, name, part)


def in_words(warnings: Iterable[DataWarning]) -> str:
    """Return how many warnings there are, for the status of a check.

    Examples
    --------
    >>> in_words([]), in_words([DataWarning("one line has no customer", "", "", "transactions")])
    ('sound', 'sound, with 1 warning')
    """
    count = len(list(warnings))
    return "sound" if not count else f"sound, with {count} warning{'s' if count > 1 else ''}"
