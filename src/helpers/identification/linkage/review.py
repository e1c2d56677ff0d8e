"""A sheet of pairs worth a human look; the answers read back give precision and recall with intervals.

Pairs are drawn at random within strata of match probability, more where the model is unsure and pairs are many (Neyman,
1934), so that a few hundred answers speak for all pairs. What no sample can see is the pairs blocking never let
through: their estimate comes from `BlockingLoss`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from helpers.errors import Fault, InputError
from helpers.identification.linkage.linking import Linkage
from helpers.identification.linkage.score import CONFIDENCE, Proportion, shares_table

FloatArray = npt.NDArray[np.float64]

PROBABILITY_EDGES: tuple[float, ...] = (0.0, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 1.0)
DRAWS = 20_000
LEAST_PER_STRATUM = 8
JEFFREYS = 0.5
# Pairs of every stratum that come before all others in the sheet.
FIRST_OF_EACH = 2
# A share is not told as one number while strata nobody looked at hold more than this part of the pairs it is about.
UNTOLD_AT_MOST = 0.05


@dataclass(frozen=True)
class Review:
    """Pairs drawn for review.

    Parameters
    ----------
    pairs : pandas.DataFrame
        `pair` (number from 1), `stratum`, `linked` (the records are one customer in the linkage), `match_probability`
        (missing for records joined through others only), `source_l`, `record_id_l`, `source_r`, `record_id_r`; the
        strata take turns from the first pair on, so that a reviewer who stops early has seen some of each.
    strata : pandas.DataFrame
        `stratum`, `linked`, `from_probability`, `to_probability`, `pairs` (in the whole linkage), `drawn`.
    """

    pairs: pd.DataFrame
    strata: pd.DataFrame


@dataclass(frozen=True)
class ReviewEstimate:
    """What the answers say about the whole linkage.

    Parameters
    ----------
    precision : Proportion
        Share of the linked pairs that are one customer.
    recall : Proportion
        Share of the pairs of one customer that are linked, among the pairs that were scored.
    recall_with_blocking : Proportion
        The same after what blocking is estimated to lose.
    answered, unsure, unanswered : int
        Pairs by answer; only answered pairs count.
    untold_pairs : int
        Pairs of the linkage in strata where no pair was answered. Where they are more than one in twenty of those a
        share is about, its value is not a number and only the interval is told.
    strata : pandas.DataFrame
        The strata with `answered` and `same` (answers "one customer").
    """

    precision: Proportion
    recall: Proportion
    recall_with_blocking: Proportion
    answered: int
    unsure: int
    unanswered: int
    untold_pairs: int
    strata: pd.DataFrame

    def as_table(self) -> pd.DataFrame:
        """Return `value`, `low` and `high` of precision, and of recall with blocking included, one row each."""
        return shares_table(precision=self.precision, recall=self.recall_with_blocking)


def draw_review(linkage: Linkage, n_pairs: int, rng: np.random.Generator) -> Review:
    """Draw the pairs to be looked at.

    Parameters
    ----------
    linkage : Linkage
        From `link_records`.
    n_pairs : int
        Pairs to draw; about an hour of work for 200.
    rng : numpy.random.Generator
        Chooses the pairs.

    Returns
    -------
    Review
        Never more pairs than there are.

    Raises
    ------
    InputError
        When no pair is asked for, or none was scored.
    """
    if n_pairs < 1:
        raise InputError(Fault(f"{n_pairs} pairs asked for", where="n_pairs", allowed="1 or more"))
    universe = _all_reviewable(linkage)
    if universe.empty:
        raise InputError(Fault("no pair was linked or scored; there is nothing to review", where="linkage"))
    strata = _strata(universe)
    drawn_per_stratum = _allocate(strata, n_pairs)
    chosen = []
    for stratum, drawn in zip(strata["stratum"], drawn_per_stratum, strict=True):
        rows = np.flatnonzero(universe["stratum"] == stratum)
        chosen.append(universe.iloc[rng.choice(rows, size=drawn, replace=False)])
    pairs = _in_turns(pd.concat(chosen, ignore_index=True))
    keys = linkage.clusters
    named = {
        f"{name}_{side}": keys[name].to_numpy()[pairs[rows]]
        for side, rows in (("l", "left"), ("r", "right"))
        for name in ("source", "record_id")
    }
    pairs = pairs[["stratum", "linked", "match_probability"]].assign(**named)
    pairs.insert(0, "pair", range(1, len(pairs) + 1))
    return Review(pairs, strata.assign(drawn=drawn_per_stratum))


def _in_turns(pairs: pd.DataFrame) -> pd.DataFrame:
    """Order pairs so that every beginning of the sheet is itself a sample of each stratum, in proportion."""
    by_stratum = pairs.groupby("stratum")["stratum"]
    turn, drawn = by_stratum.cumcount(), by_stratum.transform("size")
    due = ((turn + 0.5) / drawn).where(turn >= FIRST_OF_EACH, turn - FIRST_OF_EACH)
    return pairs.iloc[np.lexsort((pairs["stratum"], due))].reset_index(drop=True)


def _all_reviewable(linkage: Linkage) -> pd.DataFrame:
    """Return every pair that was linked, directly or through others, and every pair that was scored and kept."""
    customer = linkage.clusters["customer_id"].to_numpy()
    inside = _pairs_within(customer)
    scored = linkage.pairs[["left", "right", "match_probability"]]
    universe = scored.merge(inside, on=["left", "right"], how="outer")
    universe["linked"] = customer[universe["left"]] == customer[universe["right"]]
    place = np.searchsorted(PROBABILITY_EDGES[1:-1], universe["match_probability"].fillna(0.0), side="right")
    universe["place"] = np.where(universe["match_probability"].isna(), -1, place)
    # Numbered from 1 in the order linked before not linked, doubtful before sure.
    strata = universe.groupby([~universe["linked"], "place"]).ngroup() + 1
    return universe.assign(stratum=strata).sort_values(["left", "right"], ignore_index=True)


def _pairs_within(customer: npt.NDArray[np.int64]) -> pd.DataFrame:
    table = pd.DataFrame({"record": np.arange(len(customer)), "customer": customer})
    grouped = table[table.duplicated("customer", keep=False)]
    pairs = grouped.merge(grouped, on="customer", suffixes=("_l", "_r"))
    pairs = pairs[pairs["record_l"] < pairs["record_r"]]
    return pairs.rename(columns={"record_l": "left", "record_r": "right"})[["left", "right"]]


def _strata(universe: pd.DataFrame) -> pd.DataFrame:
    grouped = universe.groupby("stratum")
    place = grouped["place"].first()
    edges = np.asarray(PROBABILITY_EDGES)
    unscored = place < 0
    return pd.DataFrame(
        {
            "stratum": place.index,
            "linked": grouped["linked"].first().to_numpy(),
            "from_probability": np.where(unscored, 0.0, edges[place.clip(lower=0)]),
            "to_probability": np.where(unscored, 0.0, edges[place.clip(lower=0) + 1]),
            "pairs": grouped.size().to_numpy(),
            "expected": grouped["match_probability"].mean().fillna(0.5).to_numpy(),
        }
    )


def _allocate(strata: pd.DataFrame, n_pairs: int) -> list[int]:
    """Share out the sample: a few to every stratum, the rest in proportion to pairs times spread (Neyman)."""
    sizes = strata["pairs"].to_numpy()
    if n_pairs >= sizes.sum():
        return [int(size) for size in sizes]
    drawn = np.minimum(sizes, min(LEAST_PER_STRATUM, n_pairs // len(sizes)))
    doubt = np.sqrt(np.clip(strata["expected"] * (1 - strata["expected"]), 1e-3, None)).to_numpy()
    while (left := n_pairs - int(drawn.sum())) > 0:
        open_ = drawn < sizes
        wanted = np.where(open_, sizes * doubt, 0.0)
        more = np.minimum(np.floor(left * wanted / wanted.sum()).astype(int), sizes - drawn)
        if not more.sum():
            more[int(np.argmax(np.where(open_, wanted / (drawn + 1), -1.0)))] = 1
        drawn = drawn + more
    return [int(count) for count in drawn]


def estimate_from_review(
    answers: pd.DataFrame, strata: pd.DataFrame, rng: np.random.Generator, *, blocking_recall: float = 1.0
) -> ReviewEstimate:
    """Estimate precision and recall of the linkage from the answers.

    Within each stratum the pairs nobody looked at are drawn from what the answers leave possible (Jeffreys' prior, so
    that a stratum without answers says next to nothing); the intervals are the middle 95 % of the draws. As a single
    number a share is told only where answers speak for nearly all of its pairs.

    Parameters
    ----------
    answers : pandas.DataFrame
        `pair`, `stratum`, `answer` ("yes": one customer, "no", "unsure", or missing).
    strata : pandas.DataFrame
        From `draw_review`.
    rng : numpy.random.Generator
        For the draws.
    blocking_recall : float
        Share of true pairs that blocking let through, from `Linkage.blocking.estimated_recall`.

    Returns
    -------
    ReviewEstimate
        With the numbers the interval rests on.

    Raises
    ------
    InputError
        When nothing was answered.
    """
    clear = answers[answers["answer"].isin(["yes", "no"])]
    if clear.empty:
        raise InputError(Fault("no pair was answered yes or no", where="review sheet", remedy="answer some pairs"))
    seen = _count_by_stratum(clear, strata)
    same = _count_by_stratum(clear[clear["answer"] == "yes"], strata)
    sizes, linked = strata["pairs"].to_numpy(), strata["linked"].to_numpy(dtype=bool)
    matches = np.where(seen > 0, sizes * same / np.maximum(seen, 1), sizes * strata["expected"].to_numpy(dtype=float))
    point = _rates(matches[None, :], sizes, linked, blocking_recall)
    share = rng.beta(same + JEFFREYS, seen - same + JEFFREYS, size=(DRAWS, len(sizes)))
    possible = same + rng.binomial(np.maximum(sizes - seen, 0), share)
    drawn = _rates(possible.astype(float), sizes, linked, blocking_recall)
    unsure = int((answers["answer"] == "unsure").sum())
    untold = np.where(seen > 0, 0, sizes)
    of_links, of_all = (_is_told(untold[about], sizes[about]) for about in (linked, sizes > 0))
    precision, recall, recall_with_blocking = (
        _proportion(float(value[0]) if told else float("nan"), draws)
        for value, draws, told in zip(point, drawn, (of_links, of_all, of_all), strict=True)
    )
    return ReviewEstimate(
        precision=precision,
        recall=recall,
        recall_with_blocking=recall_with_blocking,
        answered=len(clear),
        unsure=unsure,
        unanswered=len(answers) - len(clear) - unsure,
        untold_pairs=int(untold.sum()),
        strata=strata.assign(answered=seen, same=same),
    )


def _count_by_stratum(answers: pd.DataFrame, strata: pd.DataFrame) -> npt.NDArray[np.int64]:
    counts = answers["stratum"].value_counts()
    return np.asarray(counts.reindex(strata["stratum"], fill_value=0), dtype=np.int64)


def _is_told(untold: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]) -> bool:
    return bool(untold.sum() <= UNTOLD_AT_MOST * sizes.sum())


def _rates(
    matches: FloatArray, sizes: npt.NDArray[np.int64], linked: npt.NDArray[np.bool_], blocking_recall: float
) -> Sequence[FloatArray]:
    right = matches[:, linked].sum(axis=1)
    all_matches = matches.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = right / sizes[linked].sum()
        recall = right / all_matches
    return precision, recall, recall * blocking_recall


def _proportion(value: float, draws: FloatArray) -> Proportion:
    tail = (1 - CONFIDENCE) / 2
    # Where a draw left no match at all, the share says nothing and does not narrow the interval.
    low, high = np.nanquantile(draws, [tail, 1 - tail]) if np.isfinite(draws).any() else (0.0, 1.0)
    return Proportion(value, float(np.fmin(low, value)), float(np.fmax(high, value)))
