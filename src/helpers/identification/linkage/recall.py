"""What blocking loses: true pairs that met no rule, estimated from those that met one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from helpers.core.arrays import BoolArray
from helpers.identification.linkage.blocking import FIELDS_AT_MOST, BlockingPlan, share_missed
from helpers.identification.linkage.input import RecordsToLink


@dataclass(frozen=True)
class BlockingLoss:
    """Blocking rules and the matches they are estimated to miss.

    Parameters
    ----------
    rules : pandas.DataFrame
        `rule` (columns that must agree), `pairs` (candidate pairs it was the first to let through), `matches` (links
        that meet it), `only` (links that meet no other rule).
    missed_if_independent : float
        Estimated share of true pairs that met no rule, fields agreeing independently.
    missed_capture_recapture : float
        The same by Chao's lower bound (1987), "Estimating the population size for capture-recapture data with unequal
        catchability", Biometrics 43: rules are the catches, links met once or twice tell of those met never.
    """

    rules: pd.DataFrame
    missed_if_independent: float
    missed_capture_recapture: float

    @property
    def estimated_loss(self) -> float:
        """Share of true pairs lost, the larger of the two estimates."""
        return max(self.missed_if_independent, self.missed_capture_recapture)

    @property
    def estimated_recall(self) -> float:
        """Share of true pairs that blocking let through."""
        return 1 - self.estimated_loss


def chao_missed(met_once: int, met_twice: int, met: int) -> float:
    """Return the estimated share never met, from how many were met once and twice (bias-corrected form).

    Examples
    --------
    >>> round(chao_missed(met_once=10, met_twice=44, met=999), 4)  # 10 * 9 / (2 * 45) = 1 never met, of 1,000
    0.001
    """
    never = met_once * (met_once - 1) / (2 * (met_twice + 1))
    return never / (met + never) if met else 0.0


@dataclass(frozen=True)
class Agreement:
    """On which fields linked pairs agree: one entry for each pair, or for each combination of fields that do.

    Parameters
    ----------
    fields : dict of str to numpy.ndarray
        Whether both records hold the same value, by plain name.
    less_crowded : dict of str to numpy.ndarray
        The same of fields that block without their crowded values.
    pairs : numpy.ndarray
        Pairs of each entry.
    """

    fields: dict[str, BoolArray]
    less_crowded: dict[str, BoolArray]
    pairs: npt.NDArray[np.int64]


def agreement_here(plan: BlockingPlan, prepared: RecordsToLink, matches: pd.DataFrame) -> Agreement:
    """Say on which fields each link agrees, for records of this process.

    Parameters
    ----------
    plan : BlockingPlan
        The rules, with the codes of the values.
    prepared : PreparedRecords
        The records.
    matches : pandas.DataFrame
        Links found, as record numbers `left` and `right`.
    """
    position = np.full(len(prepared.keys), -1)
    position[prepared.linkable.to_numpy()] = np.arange(int(prepared.linkable.sum()))
    left, right = position[matches["left"]], position[matches["right"]]
    agrees = {name: (codes[left] == codes[right]) & (codes[left] >= 0) for name, codes in plan.codes.items()}
    less = {
        name: agrees[name] & ~np.isin(plan.codes[name][left], list(crowded)) for name, crowded in plan.crowded.items()
    }
    return Agreement(agrees, less, np.ones(len(matches), dtype=np.int64))


def estimate_blocking_loss(
    plan: BlockingPlan, prepared: RecordsToLink, agreement: Agreement, pairs_per_rule: Sequence[int]
) -> BlockingLoss:
    """Estimate the share of true pairs that no blocking rule let through.

    Parameters
    ----------
    plan : BlockingPlan
        The rules.
    prepared : RecordsToLink
        The records.
    agreement : Agreement
        Of the links found.
    pairs_per_rule : sequence of int
        Candidate pairs each rule was the first to let through.

    Returns
    -------
    BlockingLoss
        With no link found both estimates are 0 and say nothing; `rules` shows it.
    """
    pairs = agreement.pairs
    meets = np.array([_meets(plan, place, agreement) for place in range(len(plan.rules))]).reshape(
        len(plan.rules), len(pairs)
    )
    times = meets.sum(axis=0)
    columns = {field.name: field.column for field in prepared.fields}
    rules = pd.DataFrame(
        {
            "rule": [" + ".join(columns[name] for name in rule.fields) for rule in plan.rules],
            "pairs": list(pairs_per_rule),
            "matches": (meets * pairs).sum(axis=1),
            "only": ((meets & (times == 1)) * pairs).sum(axis=1),
        }
    )
    once, twice = (int(pairs[times == number].sum()) for number in (1, 2))
    return BlockingLoss(rules, _independent(plan, agreement, meets), chao_missed(once, twice, int(pairs.sum())))


def _meets(plan: BlockingPlan, place: int, agreement: Agreement) -> BoolArray:
    names = plan.rules[place].fields
    if len(names) == 1 and names[0] in plan.crowded:
        return agreement.less_crowded[names[0]]
    return np.asarray(np.all([agreement.fields[name] for name in names], axis=0), dtype=bool)


def _independent(plan: BlockingPlan, agreement: Agreement, meets: BoolArray) -> float:
    """Return the share missed when fields agree independently, each rate taken where other fields did the finding."""
    names = sorted({name for rule in plan.rules for name in rule.fields})[:FIELDS_AT_MOST]
    pairs, rates = agreement.pairs, []
    for name in names:
        others = [place for place, rule in enumerate(plan.rules) if name not in rule.fields]
        found = meets[others].any(axis=0) if others else np.ones(meets.shape[1], dtype=bool)
        agreeing = int(pairs[found & agreement.fields[name]].sum())
        rates.append(agreeing / int(pairs[found].sum()) if found.any() else 0.0)
    if not meets.any():
        return 0.0
    inside = [[names.index(name) for name in rule.fields] for rule in plan.rules]
    return share_missed(np.array(rates), inside)
