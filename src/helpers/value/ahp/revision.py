"""Which judgement to look at again when a matrix contradicts itself too much."""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_within
from helpers.value.ahp.judgements import SCALE, require_judgements
from helpers.value.ahp.priorities import (
    ACCEPTABLE_RATIO,
    RandomIndex,
    derive_priorities,
    principal_eigenvector,
)

_COLUMNS = ["first", "second", "judgement", "implied", "suggested", "ratio", "ratio_after"]


def suggest_revisions(matrix: pd.DataFrame, *, random_index: RandomIndex = "saaty2005") -> pd.DataFrame:
    """Show for each judgement what the other judgements imply, the most helpful change first.

    Parameters
    ----------
    matrix : DataFrame
        Judgement matrix.
    random_index : {"saaty1980", "saaty2005", "donegan"}
        Table of the consistency ratio.

    Returns
    -------
    DataFrame
        One row per pair: first, second, judgement (first over second), implied (by all other judgements), suggested
        (the step of the scale nearest to it), ratio (consistency ratio now) and ratio_after (with the suggestion in
        place of the judgement); of equal ratios the smaller change comes first. Empty for fewer than three items.

    References
    ----------
    Harker (1987), "Incomplete pairwise comparisons in the analytic hierarchy process", Mathematical Modelling 9,
    837-848, for the weights without the judgement; Saaty (2003), European Journal of Operational Research 145, 85-91,
    for changing the judgement that helps most.

    Examples
    --------
    >>> from helpers.value.ahp.judgements import pairwise_matrix
    >>> slip = pairwise_matrix(["a", "b", "c", "d"], [2, 4, 1 / 8, 2, 4, 2])
    >>> suggest_revisions(slip).head(1)[["first", "second", "suggested", "ratio", "ratio_after"]].round(2)
      first second  suggested  ratio  ratio_after
    0     a      d        8.0   1.02          0.0
    """
    require_judgements(matrix)
    rows = []
    if len(matrix) > 2:
        items, values = [str(item) for item in matrix.index], matrix.to_numpy(dtype=float)
        now = derive_priorities(matrix, random_index=random_index).consistency_ratio
        for row, column in combinations(range(len(items)), 2):
            implied, judged = _implied(values, row, column), float(values[row, column])
            suggested = float(min(SCALE, key=lambda step: abs(np.log(step / implied))))
            changed = change_judgement(matrix, items[row], items[column], suggested)
            after = derive_priorities(changed, random_index=random_index).consistency_ratio
            rows.append((items[row], items[column], judged, implied, suggested, now, after))
    table = pd.DataFrame(rows, columns=_COLUMNS)
    table["size"] = [abs(np.log(row[4] / row[2])) for row in rows]
    order = table.round({"ratio_after": 9, "size": 9}).sort_values(["ratio_after", "size", "first", "second"]).index
    return table.loc[order, _COLUMNS].reset_index(drop=True)


def revise_to_consistency(
    matrix: pd.DataFrame, *, acceptable: float = ACCEPTABLE_RATIO, random_index: RandomIndex = "saaty2005"
) -> pd.DataFrame:
    """List changes, the most helpful one each time, that bring the consistency ratio to an acceptable one.

    It is a list of what to ask the judge again, not a correction: the judge decides.

    Parameters
    ----------
    matrix : DataFrame
        Judgement matrix.
    acceptable : float
        Consistency ratio to reach, above 0.
    random_index : {"saaty1980", "saaty2005", "donegan"}
        Table of the consistency ratio.

    Returns
    -------
    DataFrame
        As from `suggest_revisions`, one row per change in their order; empty where nothing need change.
    """
    require_within({"acceptable": acceptable}, low=0, high=1, low_open=True)
    changes: list[pd.DataFrame] = []
    current, ratio = matrix, derive_priorities(matrix, random_index=random_index).consistency_ratio
    while ratio > acceptable:
        best = suggest_revisions(current, random_index=random_index).head(1)
        first, second, suggested, after = best[["first", "second", "suggested", "ratio_after"]].to_numpy()[0]
        if not after < ratio:
            break  # no single change helps any more
        changes.append(best)
        current, ratio = change_judgement(current, first, second, suggested), after
    return pd.concat(changes, ignore_index=True) if changes else pd.DataFrame(columns=_COLUMNS)


def list_revisions(
    matrices: Mapping[str, pd.DataFrame],
    *,
    acceptable: float = ACCEPTABLE_RATIO,
    random_index: RandomIndex = "saaty2005",
) -> pd.DataFrame:
    """List what to ask again in every criterion of a hierarchy.

    Parameters
    ----------
    matrices : mapping of str to DataFrame
        Judgement matrix of each criterion.
    acceptable, random_index
        As for `revise_to_consistency`.

    Returns
    -------
    DataFrame
        criterion, and the columns of `revise_to_consistency`, in its order; empty where nothing need change.
    """
    found = {
        name: revise_to_consistency(matrix, acceptable=acceptable, random_index=random_index)
        for name, matrix in matrices.items()
    }
    listed = [table.assign(criterion=name) for name, table in found.items() if len(table)]
    columns = ["criterion", *_COLUMNS]
    return pd.concat(listed, ignore_index=True)[columns] if listed else pd.DataFrame(columns=columns)


def change_judgement(matrix: pd.DataFrame, first: str, second: str, judgement: float) -> pd.DataFrame:
    """Return the matrix with one judgement and its reciprocal replaced.

    Examples
    --------
    >>> from helpers.value.ahp.judgements import pairwise_matrix
    >>> change_judgement(pairwise_matrix(["a", "b"], [3]), "b", "a", 2.0).loc["a"].tolist()
    [1.0, 0.5]
    """
    changed = matrix.astype(float)
    changed.loc[first, second] = judgement
    changed.loc[second, first] = 1 / judgement
    return changed


def _implied(values: FloatArray, row: int, column: int) -> float:
    """Weight of one item over another when their own judgement is left out."""
    without = values.copy()
    without[row, column] = without[column, row] = 0.0
    without[row, row] = without[column, column] = 2.0
    weights = principal_eigenvector(without)[1]
    return float(weights[row] / weights[column])
