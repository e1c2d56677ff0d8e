"""Which pairs are scored at all: blocking rules chosen within a budget of pairs, and what they lose.

A rule lets through pairs that agree exactly on its fields. Rules are chosen to miss as few true pairs as possible for
the pairs they cost; what they miss all the same is estimated from the matches found.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

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
        Of records that lie on an engine there are none here, and of the crowded values only the fields are named.
    notes : tuple of LinkageNote
        What was left out.
    records : int
        Records to be linked.
    """

    rules: tuple[BlockingRule, ...]
    crowded: dict[str, frozenset[int]]
    codes: Codes
    notes: tuple[LinkageNote, ...]
    records: int


@dataclass(frozen=True)
class ValueCounts:
    """How many records hold the values of a field.

    Parameters
    ----------
    filled : int
        Records that hold one.
    pairs : int
        Pairs of records that hold the same.
    large_values, large_records, large_pairs : int
        Values held by more than `BLOCK_AT_MOST` records, and the records and pairs of these.
    """

    filled: int
    pairs: int
    large_values: int
    large_records: int
    large_pairs: int


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
    sizes = {name: pd.Series(own[own >= 0]).value_counts(sort=False) for name, own in codes.items()}
    counts = {name: _count_values(held.to_numpy()) for name, held in sizes.items()}
    plan = choose_plan(
        fields, counts, lambda names: _pairs_within(_joined(codes, names)), len(values), pairs_per_record
    )
    large = {name: sizes[name].index[sizes[name] > BLOCK_AT_MOST] for name in plan.crowded}
    return replace(
        plan, codes=codes, crowded={name: frozenset(int(code) for code in held) for name, held in large.items()}
    )


def choose_plan(
    fields: Sequence[ComparedField],
    counts: Mapping[str, ValueCounts],
    joint_pairs: Callable[[Sequence[str]], int],
    records: int,
    pairs_per_record: float,
) -> BlockingPlan:
    """Choose the rules from counts of the records, wherever these lie; see `plan_blocking`.

    Parameters
    ----------
    fields : sequence of ComparedField
        The fields.
    counts : mapping of str to ValueCounts
        Of each field, by plain name.
    joint_pairs : callable
        Returns the pairs of records that agree on several fields.
    records : int
        Records to be linked.
    pairs_per_record : float
        Budget.

    Returns
    -------
    BlockingPlan
        Without codes; `crowded` names the fields only.
    """
    usable = sorted(fields, key=lambda field: (counts[field.name].pairs, field.name))[:FIELDS_AT_MOST]
    budget = max(pairs_per_record * records, SMALL_DATA_PAIRS)
    candidates = _candidate_rules(counts, joint_pairs, usable, records, budget)
    filled = np.array([counts[field.name].filled / records for field in usable])
    expected = np.array([EXPECTED_AGREEMENT[field.kind] for field in usable]) * filled**2
    chosen = _choose_rules(candidates, [field.name for field in usable], expected, budget)
    alone = {rule.fields[0] for rule in chosen if len(rule.fields) == 1}
    crowded = [field for field in usable if field.name in alone and counts[field.name].large_values]
    return BlockingPlan(
        tuple(chosen),
        {field.name: frozenset() for field in crowded},
        {},
        tuple(_crowded_note(field, counts[field.name]) for field in crowded),
        records,
    )


def _count_values(sizes: npt.NDArray[np.integer[Any]]) -> ValueCounts:
    large = sizes[sizes > BLOCK_AT_MOST]
    pairs, large_pairs = (int((held * (held - 1) // 2).sum()) for held in (sizes, large))
    return ValueCounts(int(sizes.sum()), pairs, len(large), int(large.sum()), large_pairs)


def _pairs_within(codes: npt.NDArray[np.int64]) -> int:
    return _count_values(pd.Series(codes[codes >= 0]).value_counts(sort=False).to_numpy()).pairs


def _crowded_note(field: ComparedField, counts: ValueCounts) -> LinkageNote:
    named = {"column": field.column, "values": counts.large_values, "most": BLOCK_AT_MOST}
    return LinkageNote(field.name, "crowded_values", counts.large_records, named)


def plan_among(some: pd.DataFrame, plan: BlockingPlan) -> BlockingPlan:
    """Return a plan with the pairs that its rules have among some of the records.

    Parameters
    ----------
    some : pandas.DataFrame
        The fields of these records, and those to block on (`block_NAME`) less crowded values.
    plan : BlockingPlan
        Of all records.
    """
    codes = {name: pd.factorize(some[name])[0].astype(np.int64) for rule in plan.rules for name in rule.fields}
    less = {name: pd.factorize(some[f"block_{name}"])[0].astype(np.int64) for name in plan.crowded}
    rules = [
        replace(rule, pairs=_pairs_within(_joined(codes if len(rule.fields) > 1 else codes | less, rule.fields)))
        for rule in plan.rules
    ]
    return replace(plan, rules=tuple(rules), records=len(some))


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
    counts: Mapping[str, ValueCounts],
    joint_pairs: Callable[[Sequence[str]], int],
    fields: Sequence[ComparedField],
    records: int,
    budget: float,
) -> list[BlockingRule]:
    """Return rules that fit the budget: single fields, else pairs and triples of the fields that do not."""
    rules, coarse = [], []
    for field in fields:
        own = counts[field.name]
        pairs = own.pairs - own.large_pairs
        if 0 < pairs <= budget and own.large_records / records < 0.5:
            rules.append(BlockingRule((field.name,), pairs))
        if own.large_records or pairs > budget:
            coarse.append(field.name)
    too_many: list[set[str]] = []
    for size in (2, 3):
        for names in combinations(sorted(coarse), size):
            if size == 3 and not all(any(set(two) == pair for pair in too_many) for two in combinations(names, 2)):
                continue
            pairs = joint_pairs(names)
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
