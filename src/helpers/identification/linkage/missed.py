"""Why true pairs were missed, where the truth is known: how far they got, and in which fields they differ."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from helpers.core.arrays import BoolArray
from helpers.identification.linkage.blocking import BLOCK_AT_MOST
from helpers.identification.linkage.linking import Linkage
from helpers.identification.linkage.score import true_pairs


@dataclass(frozen=True)
class MissedPairs:
    """True pairs that were not linked.

    Parameters
    ----------
    pairs : int
        How many.
    reasons : pandas.Series
        Pairs by how far they got: `never compared` (no blocking rule let them through), `held unlikely` (match
        probability below the threshold), `kept apart` (by the other records of the two groups).
    fields : pandas.DataFrame
        `field`, `known` (missed pairs that hold it twice), `same_among_missed`, `same_among_linked` (shares of the true
        pairs that hold it twice), `difference` (of the two); the widest difference first.
    """

    pairs: int
    reasons: "pd.Series[int]"
    fields: pd.DataFrame

    @property
    def counts(self) -> "pd.Series[int]":
        """Missed pairs, and those by reason, under the names of results."""
        return pd.concat([pd.Series({"missed pairs": self.pairs}), self.reasons.add_prefix("missed pairs ")])

    @property
    def differs_most(self) -> str:
        """The field in which missed pairs agree least often, compared with linked ones."""
        return str(self.fields["field"].iloc[0])


def explain_missed(linkage: Linkage, truth: pd.DataFrame) -> MissedPairs:
    """Return why true pairs were missed.

    Parameters
    ----------
    linkage : Linkage
        From `link_records`.
    truth : pandas.DataFrame
        As in `score_clusters`.

    Returns
    -------
    MissedPairs
        With no pair missed, shares among them are not numbers.
    """
    pairs = true_pairs(linkage.clusters, truth)
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    customer = linkage.clusters["customer_id"].to_numpy()
    missed = customer[left] != customer[right]
    likely = linkage.pairs.loc[linkage.pairs["match_probability"] >= linkage.threshold, ["left", "right"]]
    refused = pd.MultiIndex.from_frame(pairs).isin(pd.MultiIndex.from_frame(likely)) & missed
    compared = _meets_a_rule(linkage, left, right) | refused
    counts = {
        "never compared": missed & ~compared,
        "held unlikely": missed & compared & ~refused,
        "kept apart": refused,
    }
    reasons = pd.Series({reason: int(held.sum()) for reason, held in counts.items()})
    return MissedPairs(int(missed.sum()), reasons, _fields(linkage, left, right, missed))


def _meets_a_rule(linkage: Linkage, left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]) -> BoolArray:
    records = linkage.records
    names = {field.column: field.name for field in records.fields}
    linkable = records.linkable.to_numpy()
    met = np.zeros(len(left), dtype=bool)
    for rule in linkage.blocking.rules["rule"]:
        columns = [names[column] for column in rule.split(" + ")]
        agree = np.ones(len(left), dtype=bool)
        for name in columns:
            values = records.table[name].where(linkable)
            if len(columns) == 1:  # a field that blocks alone does so less its crowded values
                values = values.mask(values.map(values.value_counts()) > BLOCK_AT_MOST)
            codes = pd.factorize(values)[0]
            agree &= (codes[left] == codes[right]) & (codes[left] >= 0)
        met |= agree
    return met


def _fields(
    linkage: Linkage, left: npt.NDArray[np.int64], right: npt.NDArray[np.int64], missed: BoolArray
) -> pd.DataFrame:
    rows = []
    for field in linkage.records.fields:
        codes = pd.factorize(linkage.records.table[field.name])[0]
        known = (codes[left] >= 0) & (codes[right] >= 0)
        same = codes[left] == codes[right]
        among = [same[known & part].mean() if (known & part).any() else np.nan for part in (missed, ~missed)]
        rows.append((field.column.replace("_", " "), int((known & missed).sum()), *among))
    table = pd.DataFrame(rows, columns=["field", "known", "same_among_missed", "same_among_linked"])
    table["difference"] = table["same_among_missed"] - table["same_among_linked"]
    return table.sort_values(["difference", "field"], ignore_index=True)
