"""Pairwise judgements: how many times one criterion outweighs another, by one judge or by several.

A judgement matrix holds in row i and column j how many times i outweighs j, from 1/9 (the other extremely) to 9 (this
one extremely). Its other half holds the reciprocals.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from helpers.core.errors import Fault, InputError, counted, some_of

STRONGEST = 9.0
SCALE: tuple[float, ...] = (*(1 / step for step in range(9, 1, -1)), *(float(step) for step in range(1, 10)))
"""The seventeen judgements of Saaty's fundamental scale, from 1/9 to 9."""

SCALE_IN_WORDS = "1/9 to 9"
_ROUNDING = 1e-9
_READ_FROM_PRINT = 5e-3  # 0.33 for 1/3 is a rounded reciprocal, not another judgement


def pairwise_matrix(items: Sequence[str], upper: Sequence[float]) -> pd.DataFrame:
    """Lay judgements out as a reciprocal matrix.

    Parameters
    ----------
    items : sequence of str
        What is compared.
    upper : sequence of float
        Judgements above the diagonal, row by row: first over second, first over third, and so on.

    Returns
    -------
    DataFrame, shape (items, items)
        The judgement matrix.

    Raises
    ------
    InputError
        When the number of judgements is wrong, or the matrix is no judgement matrix.

    Examples
    --------
    >>> pairwise_matrix(["profit", "volume", "service"], [2, 4, 1/2]).round(2)
             profit  volume  service
    profit     1.00     2.0      4.0
    volume     0.50     1.0      0.5
    service    0.25     2.0      1.0
    """
    pairs = list(combinations(range(len(items)), 2))
    faults = []
    if len(upper) != len(pairs):
        what = f"{counted(len(upper), 'judgement')} on {counted(len(items), 'item')}"
        faults.append(
            Fault(
                what,
                where="upper",
                allowed=f"{len(pairs)}, one for each pair",
                remedy="give one judgement for each pair",
            )
        )
    values = np.eye(len(items)).astype(object)
    for (row, column), judgement in zip(pairs, upper, strict=False):
        values[row, column], values[column, row] = judgement, _mirrored(judgement)
    for row, column in pairs[len(upper) :]:  # counted above: not to be named again as missing
        values[row, column] = values[column, row] = 1.0
    matrix = pd.DataFrame(values, index=list(items), columns=list(items))
    faults += _judgement_faults(matrix, "judgement matrix")
    if faults:
        raise InputError(faults)
    return matrix.astype(float)


def require_judgements(matrix: pd.DataFrame, *, where: str = "judgement matrix") -> None:
    """Refuse a matrix that is no judgement matrix, naming everything wrong with it at once.

    Parameters
    ----------
    matrix : DataFrame
        Rows and columns by the items compared.
    where : str
        What the matrix is called in a message.

    Raises
    ------
    InputError
        When rows and columns differ, judgements are missing, no numbers or outside 1/9 to 9, the diagonal is not 1, or
        the halves are not reciprocal. Offending cells are counted and the first few named, in one message.

    Examples
    --------
    >>> require_judgements(pd.DataFrame([[1, 3], [3, 1]], index=["a", "b"], columns=["a", "b"]))
    Traceback (most recent call last):
    helpers.core.errors.InputError: judgement matrix: 1 pair is not reciprocal: 'a over b is 3, b over a is 3'
        allowed: b over a is one divided by a over b
    """
    faults = _judgement_faults(matrix, where)
    if faults:
        raise InputError(faults)


def _mirrored(judgement: object) -> object:
    """Return the other half of a judgement; what has none stands there itself, to be named once."""
    number = pd.to_numeric(judgement, errors="coerce")  # type: ignore[call-overload]  # any one object will do
    return 1 / number if np.isfinite(number) and number != 0 else judgement


def _judgement_faults(matrix: object, where: str) -> list[Fault]:
    if not isinstance(matrix, pd.DataFrame):
        allowed = "a data frame with the same names in rows and columns"
        return [
            Fault(
                f"a judgement matrix cannot be a {type(matrix).__name__}",
                where,
                allowed,
                remedy="give the judgements as one of these",
            )
        ]
    items, columns = list(matrix.index), list(matrix.columns)
    if items and items == columns and len(set(items)) == len(items):
        return _cell_faults(matrix, where)
    what = f"rows {some_of(items) or 'none'} and columns {some_of(columns) or 'none'} differ or repeat"
    if len(items) != len(columns):
        what = f"{counted(len(items), 'row')} by {counted(len(columns), 'column')} is no square"
    named = [name for name in items if items.count(name) == columns.count(name) == 1]
    cells = _cell_faults(matrix.loc[named, named], where)
    return [
        Fault(
            what,
            where,
            "the same names once each, in the same order",
            remedy="name rows and columns alike, each item once",
        ),
        *cells,
    ]


def _cell_faults(given: pd.DataFrame, where: str) -> list[Fault]:
    numbers = given.apply(pd.to_numeric, errors="coerce")
    values, unread = numbers.to_numpy(dtype=float), (numbers.isna() & given.notna()).to_numpy()
    items, texts = list(given.index), given.to_numpy()
    missing, unreadable, outside, reciprocal = [], [], [], []
    for row, column in combinations(range(len(items)), 2):
        cells = {f"{items[one]} over {items[two]}": (one, two) for one, two in ((row, column), (column, row))}
        read = {name: float(values[cell]) for name, cell in cells.items()}
        judged, mirrored = read.values()
        # One name for each pair and kind of fault: its other half follows from it.
        unreadable += [f"{name} is {texts[cell]!r}" for name, cell in cells.items() if unread[cell]][:1]
        missing += [name for name, cell in cells.items() if np.isnan(values[cell]) and not unread[cell]][:1]
        off = {name: value for name, value in read.items() if not (np.isnan(value) or on_scale(value))}
        outside += [f"{name} is {value:g}" for name, value in off.items()][:1]
        if min(judged, mirrored) > 0 and abs(judged * mirrored - 1) > _READ_FROM_PRINT * max(judged, mirrored):
            reciprocal.append(", ".join(f"{name} is {value:g}" for name, value in read.items()))
    own = [
        f"{item} over itself is {texts[row, row] if unread[row, row] else f'{values[row, row]:g}'}"
        for row, item in enumerate(items)
        if values[row, row] != 1
    ]
    kinds = (
        (missing, "judgement is missing", "judgements are missing", "one judgement for every pair"),
        (unreadable, "judgement is no number", "judgements are no numbers", SCALE_IN_WORDS),
        (outside, "judgement is off the scale", "judgements are off the scale", SCALE_IN_WORDS),
        (reciprocal, "pair is not reciprocal", "pairs are not reciprocal", "b over a is one divided by a over b"),
        (own, "diagonal value is not one", "diagonal values are not one", "1"),
    )
    return [
        Fault(
            f"{len(named)} {one if len(named) == 1 else many}: {some_of(named)}",
            where=where,
            allowed=allowed,
            remedy="correct these judgements",
        )
        for named, one, many, allowed in kinds
        if named
    ]


def on_scale(judgement: float) -> bool:
    """Say whether a judgement lies between 1/9 and 9.

    Examples
    --------
    >>> on_scale(1 / 9), on_scale(9.5), on_scale(0)
    (True, False, False)
    """
    return (1 - _ROUNDING) / STRONGEST <= judgement <= STRONGEST * (1 + _ROUNDING)


def aggregate_judgements(
    matrices: Mapping[str, pd.DataFrame], judge_weights: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """Merge the judgements of several judges by their geometric mean.

    It is the only mean that keeps the matrix reciprocal whatever the judges say.

    Parameters
    ----------
    matrices : mapping of str to DataFrame
        Judgement matrix of each judge, all on the same items.
    judge_weights : mapping of str to float, optional
        How much each judge counts, zero or above; all alike when missing.

    Returns
    -------
    DataFrame
        One judgement matrix.

    Raises
    ------
    InputError
        When there is no judge, a judge judged other items, or the weights do not fit the judges.

    References
    ----------
    Aczél and Saaty (1983), "Procedures for synthesizing ratio judgements", Journal of Mathematical Psychology 27,
    93-102.

    Examples
    --------
    >>> one, two = pairwise_matrix(["a", "b"], [8]), pairwise_matrix(["a", "b"], [2])
    >>> aggregate_judgements({"sales": one, "accounts": two}).round(6).loc["a"].tolist()
    [1.0, 4.0]
    """
    _require_judges(matrices, judge_weights)
    first = next(iter(matrices.values()))
    weights = np.array([1.0 if judge_weights is None else judge_weights[judge] for judge in matrices])
    logs = np.stack([np.log(matrix.to_numpy(dtype=float)) for matrix in matrices.values()])
    merged = np.exp(np.tensordot(weights / weights.sum(), logs, axes=1))
    return pd.DataFrame(merged, index=first.index, columns=first.columns)


def _require_judges(matrices: Mapping[str, pd.DataFrame], judge_weights: Mapping[str, float] | None) -> None:
    if not matrices:
        raise InputError(
            Fault(
                "there is no judge",
                where="matrices",
                allowed="one judgement matrix or more",
                remedy="give the matrix of at least one judge",
            )
        )
    items = list(next(iter(matrices.values())).index)
    faults = []
    for judge, matrix in matrices.items():
        if list(matrix.index) != items:
            what = f"judge {judge!r} compared {some_of(list(matrix.index))}"
            faults.append(
                Fault(what, where="matrices", allowed=", ".join(items), remedy="let every judge compare the same items")
            )
        faults += _judgement_faults(matrix, f"judge {judge}")
    if judge_weights is not None:
        weights = pd.to_numeric(pd.Series(dict(judge_weights), dtype=object), errors="coerce").to_numpy(dtype=float)
        usable = bool(np.isfinite(weights).all() and (weights >= 0).all() and weights.sum() > 0)
        if set(judge_weights) != set(matrices) or not usable:
            what = f"weights of judges are {dict(judge_weights)}"
            allowed = f"one weight, zero or above, for each of {', '.join(matrices)}; not all zero"
            faults.append(Fault(what, where="judge_weights", allowed=allowed, remedy="give each judge one weight"))
    if faults:
        raise InputError(faults)


def judge_disagreement(matrices: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Show how far judges are apart on each pair, the widest first.

    Parameters
    ----------
    matrices : mapping of str to DataFrame
        Judgement matrix of each judge, all on the same items.

    Returns
    -------
    DataFrame
        One row per pair: first, second, merged (geometric mean), lowest, highest, spread (geometric standard deviation,
        1 when all agree), and opposed: whether judges disagree on which of the two matters more.

    Examples
    --------
    >>> one, two = pairwise_matrix(["a", "b"], [3]), pairwise_matrix(["a", "b"], [1 / 3])
    >>> judge_disagreement({"sales": one, "accounts": two})[["merged", "spread", "opposed"]].round(2)
       merged  spread  opposed
    0     1.0     3.0     True
    """
    merged = aggregate_judgements(matrices)
    values = merged.to_numpy()
    logs = np.stack([np.log(matrix.to_numpy(dtype=float)) for matrix in matrices.values()])
    rows = []
    for row, column in combinations(range(len(merged)), 2):
        said = logs[:, row, column]
        rows.append(
            {
                "first": merged.index[row],
                "second": merged.index[column],
                "merged": float(values[row, column]),
                "lowest": float(np.exp(said.min())),
                "highest": float(np.exp(said.max())),
                "spread": float(np.exp(said.std())),
                "opposed": bool(said.min() < -_ROUNDING and said.max() > _ROUNDING),
            }
        )
    return pd.DataFrame(rows).sort_values(
        ["spread", "first", "second"], ascending=[False, True, True], ignore_index=True
    )
