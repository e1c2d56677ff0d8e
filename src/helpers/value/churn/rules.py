"""Rules a person can read and check: learnt by a shallow tree on one part of the customers, measured on another."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier

from helpers.core.arrays import BoolArray
from helpers.core.checks import require_within
from helpers.core.intervals import wilson_ends
from helpers.value.churn.input import column_in_words

_SEED_BELOW = 2**31
EVERYONE = "any customer"


@dataclass(frozen=True)
class Condition:
    """One condition of a rule.

    Parameters
    ----------
    column : str
        What it looks at.
    level : str or None
        The text a customer must have, or must not have; None for a number.
    above : bool
        For a number: above `limit`, else at most. For a text: has the level, else has not.
    limit : float
        For a number.
    """

    column: str
    level: str | None
    above: bool
    limit: float = 0.0

    def __str__(self) -> str:
        """Return the condition in words."""
        name = column_in_words(self.column)
        if self.level is not None:
            return f"{name} is {self.level}" if self.above else f"{name} is not {self.level}"
        return f"{name} above {self.limit:,.6g}" if self.above else f"{name} at most {self.limit:,.6g}"


def simplify(conditions: list[Condition], levels: Mapping[str, Collection[str]] | None = None) -> list[Condition]:
    """Drop conditions that others of the same rule already imply, keeping the order of the columns.

    Parameters
    ----------
    conditions : list of Condition
        All of them must hold.
    levels : mapping of str to collection of str, optional
        The texts each column may hold; where only one is left, the rule names it.

    Examples
    --------
    >>> wide, narrow = Condition("age", None, False, 20.0), Condition("age", None, False, 5.0)
    >>> [str(condition) for condition in simplify([wide, narrow])]
    ['age at most 5']
    """
    kept: dict[tuple[str, str, bool], Condition] = {}
    for one in conditions:
        key = (one.column, one.level or "", one.above)
        known = kept.get(key)
        if known is not None and one.level is None:
            limit = max(known.limit, one.limit) if one.above else min(known.limit, one.limit)
            one = replace(one, limit=limit)
        kept[key] = one
    for column, texts in (levels or {}).items():
        excluded = {one.level for one in kept.values() if one.column == column and one.level and not one.above}
        left = sorted(set(texts) - excluded)
        if len(left) == 1:
            kept[column, left[0], True] = Condition(column, left[0], True)
    named = {one.column for one in kept.values() if one.level is not None and one.above}
    return [one for one in kept.values() if one.level is None or one.above or one.column not in named]


def find_rules(
    X: pd.DataFrame,
    ended: BoolArray,
    *,
    rng: np.random.Generator,
    depth: int = 3,
    smallest_share: float = 0.02,
    measured_share: float = 0.5,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Find groups of customers who leave more or less often, each described by a few conditions.

    The tree is grown on one part of the customers; the figures come from the other, so that a rule found by luck shows
    as one. Every customer falls under exactly one rule.

    Parameters
    ----------
    X : DataFrame
        Customers as `prepare_contracts` makes them.
    ended : array of bool
        Whether they left.
    rng : numpy.random.Generator
        Splits the customers.
    depth : int
        Most conditions in a rule before simplification.
    smallest_share : float
        Least share of customers under one rule.
    measured_share : float
        Share of customers the rules are measured on.
    confidence : float
        Coverage of Wilson's interval.

    Returns
    -------
    DataFrame
        One row per rule, the highest share of leavers first: rule (in words), customers and leavers (of those measured
        on), support (share of them), precision (share of the rule's customers who left), low, high, lift (over the
        share of all), captured (share of all leavers).

    References
    ----------
    Breiman, Friedman, Olshen & Stone (1984), Classification and Regression Trees.
    """
    require_within({"depth": depth}, low=1, high=5)
    require_within({"smallest_share": smallest_share, "measured_share": measured_share}, low=0.001, high=0.9)
    design, conditions = _design(X)
    seed = int(rng.integers(_SEED_BELOW))
    learn, measure = train_test_split(
        np.arange(len(X)), test_size=measured_share, stratify=ended, random_state=seed, shuffle=True
    )
    least = max(int(np.ceil(smallest_share * len(learn))), 1)
    tree = DecisionTreeClassifier(max_depth=depth, min_samples_leaf=least, random_state=seed)
    tree.fit(design[learn], ended[learn])
    leaf, happened = tree.apply(design[measure]), ended[measure]
    whole = {str(name) for name in X.columns if _is_whole(X[name])}
    levels = {str(name): list(X[name].unique()) for name in X.columns if not pd.api.types.is_numeric_dtype(X[name])}
    rows = [
        [_in_words(path, levels), int((leaf == node).sum()), int(happened[leaf == node].sum())]
        for node, path in _paths(tree.tree_, conditions, whole)
    ]
    table = pd.DataFrame(rows, columns=["rule", "customers", "leavers"])
    table = table[table["customers"] > 0]
    table["support"] = table["customers"] / len(measure)
    table["precision"] = table["leavers"] / table["customers"]
    table["low"], table["high"] = wilson_ends(table["leavers"], table["customers"], alpha=1 - confidence)
    table["lift"] = table["precision"] / happened.mean()
    table["captured"] = table["leavers"] / happened.sum()
    return table.sort_values(["precision", "rule"], ascending=[False, True]).reset_index(drop=True)


def _design(X: pd.DataFrame) -> tuple[np.ndarray, list[tuple[str, str | None, str | None]]]:
    """Return a column of numbers for every number and every text, with its name, its text, and the only other text."""
    parts: list[np.ndarray] = []
    meanings: list[tuple[str, str | None, str | None]] = []
    for name in X.columns:
        if pd.api.types.is_numeric_dtype(X[name]):
            parts.append(X[name].to_numpy(dtype=np.float64))
            meanings.append((str(name), None, None))
            continue
        levels = sorted(X[name].unique())
        two = len(levels) == 2
        for level in levels[:1] if two else levels:
            parts.append((X[name] == level).to_numpy(dtype=np.float64))
            meanings.append((str(name), str(level), str(levels[1]) if two else None))
    return np.column_stack(parts), meanings


def _paths(
    tree: Any, meanings: list[tuple[str, str | None, str | None]], whole: set[str]
) -> list[tuple[int, list[Condition]]]:
    """Return every leaf of a tree with the conditions that lead to it; limits of whole numbers are whole."""
    found, open_nodes = [], [(0, list[Condition]())]
    while open_nodes:
        node, path = open_nodes.pop()
        left, right = int(tree.children_left[node]), int(tree.children_right[node])
        if left == right:
            found.append((node, path))
            continue
        name, level, other = meanings[int(tree.feature[node])]
        limit = float(tree.threshold[node])
        limit = float(np.floor(limit)) if name in whole else limit
        without = Condition(name, level, False, limit) if other is None else Condition(name, other, True)
        open_nodes.append((left, [*path, without]))
        open_nodes.append((right, [*path, Condition(name, level, True, limit)]))
    return found


def _in_words(path: list[Condition], levels: Mapping[str, Collection[str]]) -> str:
    return ", ".join(str(condition) for condition in simplify(path, levels)) or EVERYONE


def _is_whole(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and bool((values % 1 == 0).all())
