"""Pairs that were scored, weighed as what they may be, and the customers that they make: in this process."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from helpers.core.arrays import FloatArray, IntArray
from helpers.identification.linkage.clusters import ScoredPairs, group_records
from helpers.identification.linkage.household import PairEvidence, allow_moving, fit_shares, weigh_pairs
from helpers.identification.linkage.input import RecordsToLink
from helpers.identification.linkage.settings import LinkageSettings
from helpers.identification.linkage.training import LinkageModel, parameter_table

# Pairs below this match probability are not kept: no sensible cost ratio would merge them.
KEPT_FROM = 0.01
# Digits after the point of evidence and of match weights, both in bits.
EVIDENCE_DIGITS, WEIGHT_DIGITS = 9, 6


def finish_pairs(
    scored: pd.DataFrame, trained: dict[str, Any], prepared: RecordsToLink, settings: LinkageSettings
) -> tuple[pd.DataFrame, LinkageModel]:
    """Fit how the pairs divide, weigh them by it, and name the records of each pair."""
    scored = scored.sort_values(["unique_id_l", "unique_id_r"], ignore_index=True)
    start = float(trained["probability_two_random_records_match"])
    total = scored["match_weight"].to_numpy(dtype=float) + allow_moving(scored["home"].to_numpy(dtype=float))
    evidence = PairEvidence(
        total=np.round(total - np.log2(start / (1 - start)), EVIDENCE_DIGITS),
        shared=np.round(scored["shared"].to_numpy(dtype=float), EVIDENCE_DIGITS),
    )
    shares = fit_shares(evidence, all_pairs(prepared, settings), start=start)
    weight = np.round(weigh_pairs(evidence, shares), WEIGHT_DIGITS)
    left = scored["unique_id_l"].to_numpy(dtype=np.int64)
    right = scored["unique_id_r"].to_numpy(dtype=np.int64)
    kept = _probability(weight) >= KEPT_FROM
    pairs = name_pairs(ScoredPairs(left[kept], right[kept], weight[kept]), prepared)
    return pairs, LinkageModel(trained, shares, parameter_table(trained, prepared.fields))


def name_pairs(kept: ScoredPairs, prepared: RecordsToLink) -> pd.DataFrame:
    """Return pairs with source and id of their records, match probability and weight; see `linking.Linkage`."""
    keys = prepared.keys
    columns: dict[str, Any] = {"left": kept.left, "right": kept.right}
    for side, rows in (("l", kept.left), ("r", kept.right)):
        columns[f"source_{side}"] = keys["source"].array.take(rows)
        columns[f"record_id_{side}"] = keys["record_id"].array.take(rows)
    return pd.DataFrame({**columns, "match_probability": _probability(kept.weights), "match_weight": kept.weights})


def _probability(weight: FloatArray) -> FloatArray:
    return np.asarray(1 / (1 + np.exp2(-np.clip(weight, -500, 500))))


def all_pairs(prepared: RecordsToLink, settings: LinkageSettings) -> int:
    """Return how many pairs of records could be one customer at all, at least 1."""
    total = int(prepared.linkable.sum())
    pairs = total * (total - 1) // 2
    if not settings.duplicates_within_sources:
        sizes = prepared.keys.loc[prepared.linkable, "source"].value_counts().to_numpy()
        pairs -= int((sizes * (sizes - 1) // 2).sum())
    return max(pairs, 1)


def group_pairs(
    pairs: pd.DataFrame, threshold: float, prepared: RecordsToLink, settings: LinkageSettings
) -> tuple[npt.NDArray[np.int64], int]:
    """Return the customer of every record, numbered from 1, and how many links were not followed."""
    scored = ScoredPairs(
        pairs["left"].to_numpy(), pairs["right"].to_numpy(), pairs["match_weight"].to_numpy(dtype=float)
    )
    apart = source_numbers(prepared, settings)
    groups, refused = group_records(scored, len(prepared.keys), threshold=threshold, unscored=KEPT_FROM, sources=apart)
    return groups + 1, refused


def source_numbers(prepared: RecordsToLink, settings: LinkageSettings) -> IntArray | None:
    """Return the source number of every record; None where records of one source may be one customer."""
    if settings.duplicates_within_sources:
        return None
    return pd.factorize(prepared.keys["source"])[0].astype(np.int64)
