"""What a reader must know of the columns a model learns from: those left out, and those that know too much."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

from helpers.core.errors import Fault
from helpers.core.results import in_unit

SUSPICIOUS_FROM = 0.9
"""Share of pairs that a single column puts in the right order, from which it is likely to be known only afterwards."""


@dataclass(frozen=True)
class Note:
    """One thing to know about a column.

    Parameters
    ----------
    column : str
        Its name.
    what : str
        What was found, as a sentence without full stop and without values of single rows.
    remedy : str
        What can be done about it.
    """

    column: str
    what: str
    remedy: str


def not_learnt(column: str, faults: Sequence[Fault]) -> Note:
    """Return the note on a column that is left out, because of its first fault.

    Examples
    --------
    >>> not_learnt("state", [Fault("column 'state' holds 51 different texts: 'AK', 'AL'", remedy="group them")]).what
    "not learnt from: column 'state' holds 51 different texts"
    """
    before, name, after = faults[0].what.partition(column)
    return Note(column, f"not learnt from: {before}{name}{after.partition(': ')[0]}", faults[0].remedy)


def nearly_separating(columns: pd.DataFrame, happened: npt.NDArray[np.bool_], *, outcome: str) -> list[Note]:
    """Return a note on each column that alone tells nearly what happened: it may be known only afterwards.

    Parameters
    ----------
    columns : DataFrame of shape (n, columns)
        Numbers, and texts for everything else; without gaps.
    happened : array of bool, shape (n,)
        The outcome; both kinds must occur, else nothing can be learnt.
    outcome : str
        How to call the outcome: "who left".

    Examples
    --------
    >>> happened = np.arange(100) >= 80
    >>> score = pd.DataFrame({"score": np.arange(100.0)}).where(lambda table: table != 79, 81.5)
    >>> nearly_separating(score, happened, outcome="who left")[0].what
    "column 'score' alone tells nearly who left: it is right in 99.9 % of pairs"
    """
    if happened.all() or not happened.any():
        return []
    notes = []
    for name in columns.columns:
        right = _right_pairs(columns[name], happened)
        if right >= SUSPICIOUS_FROM:
            what = (
                f"column {str(name)!r} alone tells nearly {outcome}: it is right in {in_unit(right, 'share')} of pairs"
            )
            notes.append(Note(str(name), what, "leave it out, unless it was known beforehand"))
    return notes


def _right_pairs(column: pd.Series, happened: npt.NDArray[np.bool_]) -> float:
    """Return the share of pairs of one case that happened and one other which the column puts in one order."""
    if pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy(dtype=np.float64)
    else:  # each row by the share of the other rows of its level
        outcome = pd.Series(happened.astype(np.float64), index=column.index)
        by_level = outcome.groupby(column)
        others = by_level.transform("size") - 1
        values = ((by_level.transform("sum") - outcome) / others.where(others > 0)).fillna(outcome.mean()).to_numpy()
    cases = int(happened.sum())
    above = rankdata(values)[happened].sum() - cases * (cases + 1) / 2
    share = float(above / (cases * (len(happened) - cases)))
    return max(share, 1 - share) if pd.api.types.is_numeric_dtype(column) else share
