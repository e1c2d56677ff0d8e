"""What blocking loses: true pairs that met no rule, estimated from those that met one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from helpers.identification.linkage.blocking import FIELDS_AT_MOST, BlockingPlan, share_missed
from helpers.identification.linkage.input import PreparedRecords


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


def estimate_blocking_loss(
    plan: BlockingPlan, prepared: PreparedRecords, matches: pd.DataFrame, pairs_per_rule: Sequence[int]
) -> BlockingLoss:
    """Estimate the share of true pairs that no blocking rule let through.

    Parameters
    ----------
    plan : BlockingPlan
        The rules.
    prepared : PreparedRecords
        The records.
    matches : pandas.DataFrame
        Links found, as record numbers `left` and `right`.
    pairs_per_rule : sequence of int
        Candidate pairs each rule was the first to let through.

    Returns
    -------
    BlockingLoss
        With no link found both estimates are 0 and say nothing; `rules` shows it.
    """
    position = np.full(len(prepared.keys), -1)
    position[prepared.linkable.to_numpy()] = np.arange(int(prepared.linkable.sum()))
    left, right = position[matches["left"]], position[matches["right"]]
    agrees = {name: (codes[left] == codes[right]) & (codes[left] >= 0) for name, codes in plan.codes.items()}
    meets = np.array([_meets(plan, place, agrees, left) for place in range(len(plan.rules))]).reshape(
        len(plan.rules), len(matches)
    )
    times = meets.sum(axis=0)
    columns = {field.name: field.column for field in prepared.fields}
    rules = pd.DataFrame(
        {
            "rule": [" + ".join(columns[name] for name in rule.fields) for rule in plan.rules],
            "pairs": list(pairs_per_rule),
            "matches": meets.sum(axis=1),
            "only": (meets & (times == 1)).sum(axis=1),
        }
    )
    chao = chao_missed(int((times == 1).sum()), int((times == 2).sum()), len(matches))
    return BlockingLoss(rules, _independent(plan, agrees, meets), chao)


def _meets(
    plan: BlockingPlan, place: int, agrees: dict[str, npt.NDArray[np.bool_]], left: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    rule = plan.rules[place]
    met = np.ones(len(left), dtype=bool)
    for name in rule.fields:
        met &= agrees[name]
    if len(rule.fields) == 1 and rule.fields[0] in plan.crowded:
        name = rule.fields[0]
        met &= ~np.isin(plan.codes[name][left], list(plan.crowded[name]))
    return met


def _independent(plan: BlockingPlan, agrees: dict[str, npt.NDArray[np.bool_]], meets: npt.NDArray[np.bool_]) -> float:
    """Return the share missed when fields agree independently, each rate taken where other fields did the finding."""
    names = sorted({name for rule in plan.rules for name in rule.fields})[:FIELDS_AT_MOST]
    rates = []
    for name in names:
        others = [place for place, rule in enumerate(plan.rules) if name not in rule.fields]
        found = meets[others].any(axis=0) if others else np.ones(meets.shape[1], dtype=bool)
        rates.append(float(agrees[name][found].mean()) if found.any() else 0.0)
    if not meets.any():
        return 0.0
    inside = [[names.index(name) for name in rule.fields] for rule in plan.rules]
    return share_missed(np.array(rates), inside)
