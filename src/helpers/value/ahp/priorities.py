"""From a judgement matrix to weights, and how far the judgements contradict each other."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError, unknown_name
from helpers.value.ahp.judgements import SCALE, require_judgements

Method = Literal["eigenvector", "row_geometric_mean"]
RandomIndex = Literal["saaty1980", "saaty2005", "donegan"]

ACCEPTABLE_RATIO = 0.10
"""Consistency ratio below which Saaty takes judgements as good enough to work with."""

RANDOM_INDEX: dict[RandomIndex, tuple[float, ...]] = {
    "saaty1980": (0, 0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59),
    "saaty2005": (0, 0, 0.52, 0.89, 1.11, 1.25, 1.35, 1.40, 1.45, 1.49, 1.52, 1.54, 1.56, 1.58, 1.59),
    "donegan": (
        *(0, 0, 0.4914, 0.8286, 1.0591, 1.1797, 1.2519, 1.3171, 1.3733),
        *(1.4055, 1.4213, 1.4497, 1.4643, 1.4822, 1.4969),
    ),
}
"""Mean consistency index of matrices judged at random, for 1 to 15 items: Saaty (1980), The Analytic Hierarchy Process;
Saaty (2005), Theory and Applications of the Analytic Network Process, p. 31; Donegan and Dodd (1991), Mathematical and
Computer Modelling 15(3), 135-137. The older table falls from 11 to 12 items; that is how it was printed."""

MOST_ITEMS = 15


@dataclass(frozen=True)
class Priorities:
    """Weights of the items of one judgement matrix.

    Parameters
    ----------
    weights : Series
        By item, adding up to one.
    method : {"eigenvector", "row_geometric_mean"}
        How they were derived.
    largest_eigenvalue : float
        Of the judgement matrix; the number of items when nothing contradicts.
    consistency_index : float
        Largest eigenvalue less the number of items, over the number of items less one.
    random_index : float
        What the index is on average when judgements are drawn at random.
    consistency_ratio : float
        One over the other; zero for one or two items, which cannot contradict each other.
    """

    weights: "pd.Series[float]"
    method: Method
    largest_eigenvalue: float
    consistency_index: float
    random_index: float
    consistency_ratio: float

    @property
    def ratios_by_table(self) -> "dict[RandomIndex, float]":
        """The consistency ratio by each table of random indices.

        Examples
        --------
        >>> matrix = pd.DataFrame([[1, 2, 4], [1 / 2, 1, 3], [1 / 4, 1 / 3, 1]], index=list("abc"), columns=list("abc"))
        >>> {table: round(ratio, 4) for table, ratio in derive_priorities(matrix).ratios_by_table.items()}
        {'saaty1980': 0.0158, 'saaty2005': 0.0176, 'donegan': 0.0186}
        """
        place = len(self.weights) - 1
        by_table = {table: values[place] for table, values in RANDOM_INDEX.items()}
        return {table: self.consistency_index / mean if mean else 0.0 for table, mean in by_table.items()}


def derive_priorities(
    matrix: pd.DataFrame, *, method: Method = "eigenvector", random_index: RandomIndex = "saaty2005"
) -> Priorities:
    """Derive weights from a judgement matrix and measure its consistency.

    Parameters
    ----------
    matrix : DataFrame
        Judgement matrix of at most 15 items.
    method : {"eigenvector", "row_geometric_mean"}
        The principal right eigenvector, or the geometric means of the rows. For up to three items both are the same.
    random_index : {"saaty1980", "saaty2005", "donegan"}
        Table the consistency ratio is taken from. The ratio rests on the eigenvalue with either method.

    Returns
    -------
    Priorities
        Weights and consistency.

    Raises
    ------
    InputError
        When the matrix is no judgement matrix, has too many items, or a method or table is unknown.

    References
    ----------
    Saaty (1977), "A scaling method for priorities in hierarchical structures", Journal of Mathematical Psychology 15,
    234-281; Crawford and Williams (1985), "A note on the analysis of subjective judgment matrices", Journal of
    Mathematical Psychology 29, 387-405.

    Examples
    --------
    >>> from helpers.value.ahp.judgements import pairwise_matrix
    >>> found = derive_priorities(pairwise_matrix(["margin", "delay", "limit"], [3, 2, 1 / 3]))
    >>> found.weights.round(4).to_dict(), round(found.consistency_ratio, 3)
    ({'margin': 0.5278, 'delay': 0.1396, 'limit': 0.3325}, 0.052)
    """
    require_choices(method, random_index)
    require_judgements(matrix)
    items = len(matrix)
    if items > MOST_ITEMS:
        raise InputError(
            Fault(
                f"{items} items are compared with each other",
                where="judgement matrix",
                allowed=f"at most {MOST_ITEMS}, for more no random index is published",
                remedy="gather them into groups and judge within and between the groups",
            )
        )
    values = matrix.to_numpy(dtype=float)
    largest, vector = principal_eigenvector(values)
    weights = vector if method == "eigenvector" else row_geometric_mean(values)
    index = max((largest - items) / (items - 1), 0.0) if items > 1 else 0.0
    random = RANDOM_INDEX[random_index][items - 1]
    return Priorities(
        weights=pd.Series(weights, index=matrix.index, name="weight"),
        method=method,
        largest_eigenvalue=largest,
        consistency_index=index,
        random_index=random,
        consistency_ratio=index / random if random else 0.0,
    )


def require_choices(method: str, random_index: str) -> None:
    """Refuse an unknown method or table of random indices, both at once.

    Raises
    ------
    InputError
        With the nearest known name.
    """
    asked = ((method, get_args(Method), "method"), (random_index, get_args(RandomIndex), "random_index"))
    faults = [
        unknown_name(word, known, kind=kind.replace("_", " "), where=kind)
        for word, known, kind in asked
        if word not in known
    ]
    if faults:
        raise InputError(faults)


def principal_eigenvector(values: FloatArray) -> tuple[float, FloatArray]:
    """Return the largest eigenvalue of a positive matrix and its right eigenvector, scaled to a sum of one.

    Examples
    --------
    >>> value, vector = principal_eigenvector(np.array([[1.0, 2.0], [0.5, 1.0]]))
    >>> round(value, 9), vector.round(4).tolist()
    (2.0, [0.6667, 0.3333])
    """
    eigenvalues, eigenvectors = np.linalg.eig(values)
    largest = int(np.argmax(eigenvalues.real))
    vector = np.abs(eigenvectors[:, largest].real)
    return float(eigenvalues[largest].real), vector / vector.sum()


def row_geometric_mean(values: FloatArray) -> FloatArray:
    """Return the geometric mean of each row of a positive matrix, scaled to a sum of one.

    Works on a stack of matrices as well: the last axis is averaged.

    Examples
    --------
    >>> row_geometric_mean(np.array([[1.0, 4.0], [0.25, 1.0]])).tolist()
    [0.8, 0.2]
    """
    means: FloatArray = np.exp(np.log(values).mean(axis=-1))
    shares: FloatArray = means / means.sum(axis=-1, keepdims=True)
    return shares


def simulate_random_index(items: int, rng: np.random.Generator, *, draws: int = 10_000) -> float:
    """Work the random index out anew: the mean consistency index of matrices judged at random.

    Parameters
    ----------
    items : int
        Number of items compared, from 2 to 50.
    rng : Generator
        Source of the judgements, drawn evenly from the seventeen of the scale.
    draws : int
        Number of matrices.

    Returns
    -------
    float
        To be compared with `RANDOM_INDEX`.
    """
    require_within({"items": items}, low=2, high=50)
    require_within({"draws": draws}, low=1, high=10_000_000)
    above = np.triu_indices(items, 1)
    matrices: npt.NDArray[np.float64] = np.ones((draws, items, items))
    judged = rng.choice(np.array(SCALE), size=(draws, len(above[0])))
    matrices[:, above[0], above[1]] = judged
    matrices[:, above[1], above[0]] = 1 / judged
    largest = np.linalg.eigvals(matrices).real.max(axis=1)
    return float(((largest - items) / (items - 1)).mean())
