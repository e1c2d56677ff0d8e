"""Answers of a review held against the records and the linkage of the present run.

A sheet may come back long after it was drawn. Its answers are about pairs of records, so they hold for another
threshold too; they do not for other records.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.core.errors import Fault, InputError, counted, some_of
from helpers.core.plain_text import printable
from helpers.identification.linkage.linking import Linkage
from helpers.identification.linkage.records import Frames
from helpers.identification.linkage.review import Review, describe_strata, reviewable_pairs
from helpers.identification.linkage.review_sheet import (
    CELL_AT_MOST,
    HEADER,
    LEFT,
    RIGHT,
    ReviewAnswers,
    read_review,
    records_by_key,
)
from helpers.identification.linkage.score import pairs_in_truth

OWN_SHEET = "use the sheet drawn from these records, draw a new one, or clear the answers of these rows"


@dataclass(frozen=True)
class MatchedAnswers:
    """Answers in the strata of the present linkage.

    Parameters
    ----------
    pairs : pandas.DataFrame
        As in `ReviewAnswers`, `stratum` being the present one, with `weight` (pairs that an answer stands for). Pairs
        that a sheet would no longer be drawn from are left out.
    strata : pandas.DataFrame
        Of the present linkage.
    drawn_elsewhere : bool
        Whether the sheet was drawn from a linkage with other strata.
    moved : int
        Answered pairs that stand in another kind of stratum than when drawn, or in none.
    by_person : bool
        Whether a person answered, not the truth.
    """

    pairs: pd.DataFrame
    strata: pd.DataFrame
    drawn_elsewhere: bool
    moved: int
    by_person: bool


def collect_answers(
    answered: bytes | None, review: Review | None, truth: pd.DataFrame | None, linkage: Linkage, records: Frames
) -> MatchedAnswers | None:
    """Return the answers there are: of a sheet that was filled in, else of a reviewer who knows the truth.

    Parameters
    ----------
    answered : bytes, optional
        A filled-in workbook, see `read_review`.
    review : Review, optional
        The pairs drawn in this run.
    truth : pandas.DataFrame, optional
        Known pairs or identities.
    linkage : Linkage
        Of this run.
    records : pandas.DataFrame or mapping of str to pandas.DataFrame
        The records as given to `link_records`.

    Raises
    ------
    InputError
        When the workbook is no review sheet of these records.
    """
    if answered is not None:
        return match_answers(read_review(answered), linkage, records)
    return answer_from_truth(review, truth) if review is not None and truth is not None else None


def answer_from_truth(review: Review, truth: pd.DataFrame) -> MatchedAnswers:
    """Answer a review as somebody would who is always right, to see what the sheet can show.

    Parameters
    ----------
    review : Review
        From `draw_review`.
    truth : pandas.DataFrame
        As in `helpers.identification.linkage.score_clusters`.
    """
    right = pairs_in_truth(review.pairs, truth)
    answers = pd.Series(right, index=review.pairs.index).map({True: "yes", False: "no"})
    pairs = review.pairs[list(HEADER)].assign(answer=answers)
    return MatchedAnswers(pairs, review.strata, drawn_elsewhere=False, moved=0, by_person=False)


def match_answers(
    answers: ReviewAnswers, linkage: Linkage, records: Frames, *, record_id: str = "record_id"
) -> MatchedAnswers:
    """Hold the answers of a sheet against the present records, and sort them into the present strata.

    Whether a pair is linked is looked up in the present clusters. Where strata differ from those drawn, an answer
    stands for as many pairs as its stratum held when drawn, over those answered in it.

    Parameters
    ----------
    answers : ReviewAnswers
        From `read_review`.
    linkage : Linkage
        Of this run, at whatever threshold.
    records : pandas.DataFrame or mapping of str to pandas.DataFrame
        The records as given to `link_records`.
    record_id : str
        Column naming the record within its source.

    Returns
    -------
    MatchedAnswers
        For `estimate_from_review`.

    Raises
    ------
    InputError
        When answered rows name records that are not there, or show what these records do not hold; with all of them
        counted.
    """
    given = answers.pairs.dropna(subset=["answer"])
    keys = pd.MultiIndex.from_frame(linkage.clusters[["source", "record_id"]].astype(str))
    rows = {
        side: keys.get_indexer(pd.MultiIndex.from_frame(given[[f"source_{side}", f"record_id_{side}"]].astype(str)))
        for side in ("l", "r")
    }
    unknown = given[(rows["l"] < 0) | (rows["r"] < 0)]
    if len(unknown):
        raise InputError(_row_fault(unknown, "name records that are not among those linked"))
    strange = given[~_shows_the_records(answers.shown.loc[given.index], given, records, record_id)]
    if len(strange):
        raise InputError(_row_fault(strange, "show other values than the records they name"))
    universe = reviewable_pairs(linkage)
    ends = pd.DataFrame({"left": np.minimum(rows["l"], rows["r"]), "right": np.maximum(rows["l"], rows["r"])})
    present = ends.merge(universe[["left", "right", "stratum"]], on=["left", "right"], how="left")["stratum"]
    return _in_present_strata(answers, present.set_axis(given.index), describe_strata(universe))


def _row_fault(rows: pd.DataFrame, what: str) -> Fault:
    pairs = zip(*(rows[name] for name in HEADER[1:5]), strict=True)
    named = [f"row {row}: {' '.join(map(str, pair))}" for row, pair in zip(rows.index, pairs, strict=True)]
    return Fault(
        f"{counted(len(rows), 'answered row')} {what}: {some_of(named)}", where="review sheet", remedy=OWN_SHEET
    )


def _shows_the_records(shown: pd.DataFrame, given: pd.DataFrame, records: Frames, record_id: str) -> "pd.Series[bool]":
    """Say of each answered row whether what it shows is what the two records hold."""
    fields = [str(name).removesuffix(LEFT) for name in shown.columns if str(name).endswith(LEFT)]
    held = records_by_key(records, fields, record_id)
    same = pd.Series(True, index=given.index)
    for side, end in (("l", LEFT), ("r", RIGHT)):
        keys = zip(given[f"source_{side}"].astype(str), given[f"record_id_{side}"].astype(str), strict=True)
        now = pd.DataFrame([held[key] for key in keys], index=given.index, columns=fields, dtype="str")
        then = shown[[f"{field}{end}" for field in fields]].set_axis(fields, axis=1)
        same &= (_plain(now) == _plain(then)).all(axis=1)
    return same


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Return texts as they come through a workbook: no blanks at the ends, line ends alike, 7.0 as 7."""
    texts = table.astype("str").fillna("").map(lambda text: " ".join(printable(text[:CELL_AT_MOST]).split()))
    return texts.replace(r"^(-?\d+)\.0$", r"\1", regex=True)


def _in_present_strata(answers: ReviewAnswers, present: "pd.Series[float]", strata: pd.DataFrame) -> MatchedAnswers:
    kind = ["linked", "from_probability", "to_probability"]
    pairs = answers.pairs.assign(present=present)
    then = answers.strata.set_index("stratum")
    clear = pairs["answer"].isin(["yes", "no"])
    weight = pairs["stratum"].map(then["pairs"] / pairs.loc[clear, "stratum"].value_counts())
    before, now = then.loc[pairs["stratum"], kind], strata.set_index("stratum").reindex(pairs["present"])[kind]
    stays = (before.to_numpy(dtype=float) == now.to_numpy(dtype=float)).all(axis=1)
    elsewhere = not _alike(answers.strata[[*kind, "pairs"]], strata[[*kind, "pairs"]])
    # What nobody answered keeps its row, to be counted; it needs no stratum.
    kept = pairs["answer"].isna() | pairs["present"].notna()
    matched = pairs.assign(stratum=pairs["present"], weight=weight)[kept].drop(columns="present")
    return MatchedAnswers(matched, strata, elsewhere, int((clear & ~stays).sum()), by_person=True)


def _alike(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    return one.shape == other.shape and bool((one.to_numpy(dtype=float) == other.to_numpy(dtype=float)).all())
