"""Score a linkage against known pairs: precision, recall and F1 over pairs of records, with intervals."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.core.errors import Fault, InputError, some_of
from helpers.core.intervals import wilson

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Proportion:
    """A share with its interval.

    Parameters
    ----------
    value : float
        The share; not a number when nothing was counted.
    low, high : float
        Bounds of the 95 % interval.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class LinkageScore:
    """How well a linkage agrees with the truth, counted in pairs of records.

    Parameters
    ----------
    precision : Proportion
        Share of the linked pairs that are true.
    recall : Proportion
        Share of the true pairs that were linked.
    f1 : Proportion
        Harmonic mean of the two; its interval comes from that of F* = true and linked over true or linked, of which
        it is a monotone function (Hand, Christen and Kirielle, 2021, Machine Learning 110).
    true_pairs, linked_pairs, correct_pairs : int
        Pairs in the truth, in the linkage, in both.
    """

    precision: Proportion
    recall: Proportion
    f1: Proportion
    true_pairs: int
    linked_pairs: int
    correct_pairs: int

    def as_table(self) -> pd.DataFrame:
        """Return `value`, `low` and `high` of precision, recall and f1, one row each."""
        return shares_table(precision=self.precision, recall=self.recall, f1=self.f1)


def shares_table(**shares: Proportion) -> pd.DataFrame:
    """Return `value`, `low` and `high` of shares, one row each under its name."""
    rows = {name: (share.value, share.low, share.high) for name, share in shares.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["value", "low", "high"])


def share_of_pairs(pairs: int, of: int) -> Proportion:
    """Return a share of pairs with Wilson's interval (`helpers.core.intervals.wilson`); without pairs it is 0 to 1.

    Pairs of one customer are not independent, so the interval is somewhat too short where groups are large.

    Examples
    --------
    >>> share = share_of_pairs(9, 10)
    >>> round(share.low, 3), share.value, round(share.high, 3)
    (0.596, 0.9, 0.982)
    """
    found = wilson(pairs, of, confidence=CONFIDENCE)
    return Proportion(found.estimate, found.low, found.high)


def score_from_counts(true_pairs: int, linked_pairs: int, correct_pairs: int) -> LinkageScore:
    """Return the score of counted pairs.

    Examples
    --------
    >>> score = score_from_counts(true_pairs=100, linked_pairs=90, correct_pairs=90)
    >>> score.precision.value, score.recall.value, round(score.f1.value, 4)
    (1.0, 0.9, 0.9474)
    """
    either = share_of_pairs(correct_pairs, true_pairs + linked_pairs - correct_pairs)
    f1 = Proportion(*(2 * share / (1 + share) for share in (either.value, either.low, either.high)))
    return LinkageScore(
        precision=share_of_pairs(correct_pairs, linked_pairs),
        recall=share_of_pairs(correct_pairs, true_pairs),
        f1=f1,
        true_pairs=true_pairs,
        linked_pairs=linked_pairs,
        correct_pairs=correct_pairs,
    )


def score_clusters(clusters: pd.DataFrame, truth: pd.DataFrame) -> LinkageScore:
    """Score clusters against the truth; every pair inside a cluster counts as linked.

    Parameters
    ----------
    clusters : pandas.DataFrame
        `source`, `record_id`, `customer_id`.
    truth : pandas.DataFrame
        Either pairs (`record_id_l`, `record_id_r`, with `source_l`, `source_r` where ids repeat across sources), or
        records with `true_customer_id` (`record_id`, and `source` likewise).

    Returns
    -------
    LinkageScore
        With intervals.

    Raises
    ------
    InputError
        When the truth names records the linkage has not, or does not say which source a record is in.

    Examples
    --------
    >>> clusters = pd.DataFrame({"source": "a", "record_id": ["1", "2", "3"], "customer_id": [1, 1, 2]})
    >>> score_clusters(clusters, pd.DataFrame({"record_id_l": ["1"], "record_id_r": ["2"]})).f1.value
    1.0
    """
    if "true_customer_id" in truth.columns:
        return _score_entities(clusters, truth)
    pairs = true_pairs(clusters, truth)
    customer = clusters["customer_id"].to_numpy()
    correct = int((customer[pairs["left"]] == customer[pairs["right"]]).sum())
    return score_from_counts(len(pairs), _pairs_in(clusters["customer_id"].value_counts()), correct)


def true_pairs(clusters: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs of records that are one customer, as row numbers `left` and `right` in the clusters.

    Parameters
    ----------
    clusters, truth : pandas.DataFrame
        As in `score_clusters`.

    Examples
    --------
    >>> clusters = pd.DataFrame({"source": "a", "record_id": ["1", "2", "3"], "customer_id": [1, 1, 2]})
    >>> true_pairs(clusters, pd.DataFrame({"record_id": [1, 2, 3], "true_customer_id": [7, 8, 7]})).to_numpy().tolist()
    [[0, 2]]
    """
    if "true_customer_id" in truth.columns:
        known = pd.DataFrame({"row": _rows_of(clusters, truth, ""), "who": truth["true_customer_id"].to_numpy()})
        both = known.merge(known, on="who", suffixes=("_l", "_r"))
        left, right = both["row_l"].to_numpy(), both["row_r"].to_numpy()
        left, right = left[left < right], right[left < right]
    else:
        one, other = (_rows_of(clusters, truth, side) for side in ("_l", "_r"))
        left, right = np.minimum(one, other), np.maximum(one, other)
    pairs = pd.DataFrame({"left": left, "right": right}).drop_duplicates()
    return pairs.sort_values(["left", "right"], ignore_index=True)


def pairs_in_truth(pairs: pd.DataFrame, truth: pd.DataFrame) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Say of each pair of records whether the truth holds the two for one customer.

    Parameters
    ----------
    pairs : pandas.DataFrame
        `source_l`, `record_id_l`, `source_r`, `record_id_r`.
    truth : pandas.DataFrame
        As in `score_clusters`.

    Examples
    --------
    >>> pairs = pd.DataFrame({"source_l": "a", "record_id_l": ["1", "1"], "source_r": "a", "record_id_r": ["2", "3"]})
    >>> pairs_in_truth(pairs, pd.DataFrame({"record_id_l": ["2"], "record_id_r": ["1"]})).tolist()
    [True, False]
    """
    if "true_customer_id" in truth.columns:
        names = ["source", "record_id"] if "source" in truth.columns else ["record_id"]
        customers = pd.Series(truth["true_customer_id"].to_numpy(), index=_keys(truth, names, ""))
        left, right = (customers.reindex(_keys(pairs, names, side)).to_numpy() for side in ("_l", "_r"))
        return np.asarray(pd.notna(left) & (left == right), dtype=bool)
    names = ["source", "record_id"] if "source_l" in truth.columns else ["record_id"]
    known = set(zip(_keys(truth, names, "_l"), _keys(truth, names, "_r"), strict=True))
    met = zip(_keys(pairs, names, "_l"), _keys(pairs, names, "_r"), strict=True)
    return np.array([(one, other) in known or (other, one) in known for one, other in met], dtype=bool)


def _keys(frame: pd.DataFrame, names: list[str], side: str) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(frame[[f"{name}{side}" for name in names]].astype(str))


def _score_entities(clusters: pd.DataFrame, truth: pd.DataFrame) -> LinkageScore:
    rows = _rows_of(clusters, truth, "")
    known = clusters.iloc[rows].assign(true_customer_id=truth["true_customer_id"].to_numpy())
    return score_from_counts(
        _pairs_in(known["true_customer_id"].value_counts()),
        _pairs_in(known["customer_id"].value_counts()),
        _pairs_in(known.groupby(["customer_id", "true_customer_id"]).size()),
    )


def _pairs_in(sizes: "pd.Series[int]") -> int:
    return int((sizes * (sizes - 1) // 2).sum())


def _rows_of(clusters: pd.DataFrame, truth: pd.DataFrame, side: str) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Return the row in `clusters` of each record of the truth."""
    names = ["source", "record_id"] if f"source{side}" in truth.columns else ["record_id"]
    if f"record_id{side}" not in truth.columns:
        raise InputError(
            Fault(
                f"no column 'record_id{side}'",
                where="truth",
                allowed=", ".join(truth.columns),
                remedy="name the columns of the truth so",
            )
        )
    if clusters.duplicated(names).any():
        fault = Fault("record ids repeat across sources", where="truth", remedy=f"add the column 'source{side}'")
        raise InputError(fault)
    keys = pd.MultiIndex.from_frame(clusters[names].astype(str))
    wanted = pd.MultiIndex.from_frame(truth[[f"{name}{side}" for name in names]].astype(str))
    rows = keys.get_indexer(wanted)
    if (rows < 0).any():
        lost = [" ".join(key) for key in wanted[rows < 0].unique()]
        raise InputError(
            Fault(
                f"{len(lost):,} records are not in the linkage: {some_of(lost)}",
                where="truth",
                remedy="score the linkage against records it was given",
            )
        )
    return np.asarray(rows, dtype=np.int64)
