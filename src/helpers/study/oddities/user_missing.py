"""Answers that an SPSS or Stata file itself calls missing, and columns of Stata read by the labels of their codes."""

from collections.abc import Iterator

from helpers.core.errors import counted, some_of
from helpers.study.data_warnings import DataWarning
from helpers.study.tables import StudyTables

_REMEDY = "if such a code is an answer, take it from the missing values of the variable there and save the file again"


def user_missing_answers(study: StudyTables, name: str, part: int) -> Iterator[DataWarning]:
    """Say how many answers of a source its own file calls missing, by the label of their code.

    Parameters
    ----------
    study : StudyTables
        The study.
    name : str
        A standard table that can be made.
    part : int
        Which of its sources.
    """
    prepared = study.prepare_part(name, part)
    used = {source for one in prepared.columns for source in one.sources}
    codes: dict[str, int] = {}
    held = []
    for column, counts in prepared.raw.user_missing.items():
        if column in used:
            held.append(column)
            for code, rows in counts.items():
                codes[code] = codes.get(code, 0) + rows
    if not held:
        return
    named = ", ".join(f"{code} ({rows:,})" for code, rows in codes.items())
    answers = counted(sum(codes.values()), "value")
    what = f"{answers} of table {name} are marked as missing in the file itself and are left empty: {named}"
    what += f", in {some_of(held)}"
    where = study.lines.where(*study.place(name, part))
    yield DataWarning(what, where, _REMEDY, name, spoils_figures=False)


def read_by_label(study: StudyTables, name: str, part: int) -> Iterator[DataWarning]:
    """Say which columns of a source were read by labels because each of their values has one.

    Parameters
    ----------
    study : StudyTables
        The study.
    name : str
        A standard table that can be made.
    part : int
        Which of its sources.
    """
    prepared = study.prepare_part(name, part)
    used = [source for one in prepared.columns for source in one.sources if source in prepared.raw.by_label]
    if used:
        what = f"{some_of(list(dict.fromkeys(used)))} of table {name} {'is' if len(used) == 1 else 'are'} read by the "
        what += "labels of the codes, as each of their values has one"
        remedy = "where the codes are numbers to reckon with, list under value_labels the columns that are none"
        where = study.lines.where(*study.place(name, part))
        yield DataWarning(what, where, remedy, name, spoils_figures=False)
