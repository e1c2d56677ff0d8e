"""Which pairs are scored at all: blocking rules chosen within a budget of pairs, and what they lose.

A rule lets through pairs that agree exactly on its fields. Rules are chosen to miss as few true pairs as possible for
the pairs they cost; what they miss all the same is estimated from the matches found.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from helpers.core.arrays import BoolArray, FloatArray
from helpers.identification.linkage.compared import ComparedField, LinkageNote
from helpers.identification.linkage.fields import FieldKind

Codes = dict[str, npt.NDArray[np.int64]]

# Share of true pairs expected to agree exactly on a field both records have, before anything is learnt.
EXPECTED_AGREEMENT: dict[FieldKind, float] = {
    "given_name": 0.8,
    "family_name": 0.85,
    "name": 0.75,
    "date": 0.9,
    "postcode": 0.8,
    "phone": 0.8,
    "email": 0.8,
    "identifier": 0.9,
    "address": 0.65,
    "place": 0.8,
    "category": 0.9,
    "text": 0.6,
}
FIELDS_AT_MOST = 12
RULES_AT_MOST = 12
LEAST_GAIN = 2e-4
SMALL_DATA_PAIRS = 200_000
BLOCK_AT_MOST = 250


@dataclass(frozen=True)
class BlockingRule:
    """Pairs that agree exactly on some fields.

    Parameters
    ----------
    fields : tuple of str
        Plain names of the fields that must agree.
    pairs : int
        Pairs that agree on them (within the whole data, before other rules).
    """

    fields: tuple[str, ...]
    pairs: int


@dataclass(frozen=True)
class BlockingPlan:
    """The rules chosen.

    Parameters
    ----------
    rules : tuple of BlockingRule
        In the order in which they are applied.
    crowded : dict of str to frozenset of int
        Value codes of a field held by too many records to pair them all; not used where the field blocks alone.
    codes : dict of str to numpy.ndarray
        Value of every field as a number per record, -1 where missing.
    notes : tuple of LinkageNote
        What was left out.
    """

    rules: tuple[BlockingRule, ...]
    crowded: dict[str, frozenset[int]]
    codes: Codes
    notes: tuple[LinkageNote, ...]


def agreement_patterns(n_fields: int) -> BoolArray:
    """Return every combination of fields agreeing or not, one per row.

    Examples
    --------
    >>> agreement_patterns(2).astype(int).tolist()
    [[0, 0], [1, 0], [0, 1], [1, 1]]
    """
    return (np.arange(2**n_fields)[:, None] >> np.arange(n_fields)[None, :] & 1).astype(bool)


def share_missed(agreement: FloatArray, rules: Sequence[Sequence[int]]) -> float:
    """Return the share of true pairs that meet no rule, fields agreeing independently of each other.

    Parameters
    ----------
    agreement : numpy.ndarray
        Share of true pairs agreeing exactly on each field.
    rules : sequence of sequence of int
        Positions of the fields of each rule.

    Returns
    -------
    float
        Between 0 and 1.

    Examples
    --------
    >>> round(share_missed(np.array([0.9, 0.8, 0.5]), [[0], [1, 2]]), 3)  # 0.1 * (1 - 0.8 * 0.5)
    0.06
    """
    patterns = agreement_patterns(len(agreement))
    chance = np.where(patterns, agreement, 1 - agreement).prod(axis=1)
    met = np.zeros(len(patterns), dtype=bool)
    for rule in rules:
        met |= patterns[:, list(rule)].all(axis=1)
    return float(chance[~met].sum())


def plan_blocking(values: pd.DataFrame, fields: Sequence[ComparedField], pairs_per_record: float) -> BlockingPlan:
    """Choose the rules that miss fewest true pairs within a budget of candidate pairs.

    The choice is greedy: the rule that saves most expected true pairs per candidate pair comes next (the classic
    heuristic for maximum coverage within a budget). Fields are the units; a field too coarse to block alone is tried
    together with one or two others.

    Parameters
    ----------
    values : pandas.DataFrame
        Standardised fields of the records to be linked.
    fields : sequence of ComparedField
        Their kinds.
    pairs_per_record : float
        Budget: candidate pairs over records. Small data get at least 200,000 pairs.

    Returns
    -------
    BlockingPlan
        At least one rule.
    """
    codes = {field.name: pd.factorize(values[field.name])[0].astype(np.int64) for field in fields}
    usable = sorted(fields, key=lambda field: (_pairs_within(codes[field.name]), field.name))[:FIELDS_AT_MOST]
    crowded, notes = _crowded_values(codes, usable)
    budget = max(pairs_per_record * len(values), SMALL_DATA_PAIRS)
    candidates = _candidate_rules(codes, crowded, usable, budget)
    filled = np.array([float((codes[field.name] >= 0).mean()) for field in usable])
    expected = np.array([EXPECTED_AGREEMENT[field.kind] for field in usable]) * filled**2
    chosen = _choose_rules(candidates, [field.name for field in usable], expected, budget)
    alone = {rule.fields[0] for rule in chosen if len(rule.fields) == 1}
    crowded = {name: held for name, held in crowded.items() if name in alone}
    return BlockingPlan(tuple(chosen), crowded, codes, tuple(note for note in notes if note.topic in alone))


def _pairs_within(codes: npt.NDArray[np.int64]) -> int:
    sizes = pd.Series(codes[codes >= 0]).value_counts(sort=False).to_numpy()
    return int((sizes * (sizes - 1) // 2).sum())


def _crowded_values(
    codes: Codes, fields: Sequence[ComparedField]
) -> tuple[dict[str, frozenset[int]], list[LinkageNote]]:
    crowded, notes = {}, []
    for field in fields:
        counts = pd.Series(codes[field.name][codes[field.name] >= 0]).value_counts()
        large = counts[counts > BLOCK_AT_MOST]
        if len(large):
            crowded[field.name] = frozenset(int(code) for code in large.index)
            named = {"column": field.column, "values": len(large), "most": BLOCK_AT_MOST}
            notes.append(LinkageNote(field.name, "crowded_values", int(large.sum()), named))
    return crowded, notes


def _joined(codes: Codes, names: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return one code for the values of several fields together, -1 where any is missing."""
    joined = codes[names[0]]
    for name in names[1:]:
        filled = (joined >= 0) & (codes[name] >= 0)
        both = np.where(filled, joined * (int(codes[name].max()) + 1) + codes[name], -1)
        # Numbered anew, so that a further field cannot overflow.
        joined = np.where(filled, pd.factorize(both)[0], -1)
    return joined


def _candidate_rules(
    codes: Codes, crowded: dict[str, frozenset[int]], fields: Sequence[ComparedField], budget: float
) -> list[BlockingRule]:
    """Return rules that fit the budget: single fields, else pairs and triples of the fields that do not."""
    rules, coarse = [], []
    for field in fields:
        own = codes[field.name]
        held = np.isin(own, list(crowded.get(field.name, ())))
        pairs = _pairs_within(np.where(held, -1, own))
        if 0 < pairs <= budget and held.mean() < 0.5:
            rules.append(BlockingRule((field.name,), pairs))
        if held.any() or pairs > budget:
            coarse.append(field.name)
    too_many: list[set[str]] = []
    for size in (2, 3):
        for names in combinations(sorted(coarse), size):
            if size == 3 and not all(any(set(two) == pair for pair in too_many) for two in combinations(names, 2)):
                continue
            pairs = _pairs_within(_joined(codes, names))
            if 0 < pairs <= budget:
                rules.append(BlockingRule(names, pairs))
            elif pairs > budget:
                too_many.append(set(names))
    return rules


def _choose_rules(
    candidates: Sequence[BlockingRule], names: Sequence[str], expected: FloatArray, budget: float
) -> list[BlockingRule]:
    patterns = agreement_patterns(len(names))
    chance = np.where(patterns, expected, 1 - expected).prod(axis=1)
    position = {name: place for place, name in enumerate(names)}
    meets = [patterns[:, [position[name] for name in rule.fields]].all(axis=1) for rule in candidates]
    met = np.zeros(len(patterns), dtype=bool)
    chosen: list[BlockingRule] = []
    left = budget
    while len(chosen) < RULES_AT_MOST:
        gains = [float(chance[meets[place] & ~met].sum()) for place in range(len(candidates))]
        open_ = [
            place
            for place, rule in enumerate(candidates)
            if gains[place] >= LEAST_GAIN and rule.pairs <= left and rule not in chosen
        ]
        if not open_:
            break
        best = max(open_, key=lambda place: (gains[place] / candidates[place].pairs, candidates[place].fields))
        chosen.append(candidates[best])
        met |= meets[best]
        left -= candidates[best].pairs
    return chosen
