"""A sheet of pairs worth a human look; the answers read back give precision and recall with intervals.

Pairs are drawn at random within strata of match probability, more where the model is unsure and pairs are many (Neyman,
1934), so that a few hundred answers speak for all pairs. What no sample can see is the pairs that were never compared
or held impossible: recall among the pairs drawn from is an upper bound of recall.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from helpers.core.arrays import FloatArray
from helpers.core.errors import Fault, InputError
from helpers.identification.linkage.linking import Linkage
from helpers.identification.linkage.score import CONFIDENCE, Proportion, shares_table

PROBABILITY_EDGES: tuple[float, ...] = (0.0, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 1.0)
DRAWS = 20_000
LEAST_PER_STRATUM = 8
# In place of 0 in a Beta distribution, which then puts all its weight on 0 or on 1.
NEXT_TO_NOTHING = 1e-6
# Pairs of every stratum that come before all others in the sheet.
FIRST_OF_EACH = 2
# A share is not given as one number while strata nobody looked at hold more than this part of the pairs it is about.
UNSEEN_AT_MOST = 0.05


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

    The intervals are exact by stratum (Clopper-Pearson) and conservative: see `estimate_from_review`.

    Parameters
    ----------
    precision : Proportion
        Share of the linked pairs that are one customer.
    recall_of_likely : Proportion
        Share of the pairs of one customer that are linked, among the pairs that are linked or have a match probability
        of 0.01 or more: those a sheet is drawn from.
    answered, unsure, unanswered : int
        Pairs by answer; only answered pairs count.
    unseen_pairs : int
        Pairs of the linkage in strata where no pair was answered. Where they are more than one in twenty of those a
        share is about, its value is not a number and only the interval is given.
    strata : pandas.DataFrame
        The strata with `answered` and `same` (answers "one customer").
    """

    precision: Proportion
    recall_of_likely: Proportion
    answered: int
    unsure: int
    unanswered: int
    unseen_pairs: int
    strata: pd.DataFrame

    @property
    def recall_at_most(self) -> float:
        """Upper bound of recall: true pairs that no sheet is drawn from are missed too, nobody knows how many."""
        return self.recall_of_likely.high

    def as_table(self) -> pd.DataFrame:
        """Return `value`, `low` and `high` of precision, and of recall among likely pairs, one row each."""
        return shares_table(**{"precision": self.precision, "recall of likely pairs": self.recall_of_likely})


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
        raise InputError(
            Fault(f"{n_pairs} pairs asked for", where="n_pairs", allowed="1 or more", remedy="ask for one pair or more")
        )
    universe = reviewable_pairs(linkage)
    if universe.empty:
        raise InputError(
            Fault(
                "no pair was linked or scored; there is nothing to review",
                where="linkage",
                remedy="check that the records share identifying fields",
            )
        )
    strata = describe_strata(universe)
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


def reviewable_pairs(linkage: Linkage) -> pd.DataFrame:
    """Return every pair that was linked, directly or through others, and every pair that was scored and kept.

    Parameters
    ----------
    linkage : Linkage
        From `link_records`.

    Returns
    -------
    pandas.DataFrame
        `left`, `right` (row numbers of the records), `match_probability`, `linked`, `place` (band of probability, -1
        where not scored), `stratum`.
    """
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


def describe_strata(universe: pd.DataFrame) -> pd.DataFrame:
    """Return the strata of the pairs a sheet is drawn from, as in `Review`, with the share `expected` to be right.

    Parameters
    ----------
    universe : pandas.DataFrame
        From `reviewable_pairs`.
    """
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


def estimate_from_review(answers: pd.DataFrame, strata: pd.DataFrame, rng: np.random.Generator) -> ReviewEstimate:
    """Estimate precision and recall of the linkage from the answers.

    Within each stratum the pairs nobody looked at are drawn from what the answers leave possible: for the lower bound
    from the lower, for the upper from the upper of the two Beta distributions of Clopper and Pearson (1934), "The use
    of confidence or fiducial limits", Biometrika 26. So a stratum without answers says nothing, and the interval holds
    the truth at least as often as it claims. As a single number a share is given only where answers speak for nearly
    all of its pairs.

    Parameters
    ----------
    answers : pandas.DataFrame
        `pair`, `stratum`, `answer` ("yes": one customer, "no", "unsure", or missing); `weight` where pairs of one
        stratum were not drawn at one rate.
    strata : pandas.DataFrame
        From `draw_review`.
    rng : numpy.random.Generator
        For the draws.

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
    counts = _count_by_stratum(clear, strata)
    sizes, linked = strata["pairs"].to_numpy(), strata["linked"].to_numpy(dtype=bool)
    expected = np.where(counts.seen > 0, counts.share, strata["expected"].to_numpy(dtype=float))
    few, many = (_possible_matches(counts, sizes, rng, upper=upper) for upper in (False, True))
    point = _rates((sizes * expected)[None, :], (sizes * expected)[None, :], sizes, linked)
    lowest, highest = _rates(few, many, sizes, linked), _rates(many, few, sizes, linked)
    unsure = int((answers["answer"] == "unsure").sum())
    unseen = np.where(counts.seen > 0, 0, sizes)
    known = [_mostly_seen(unseen[about], sizes[about]) for about in (linked, sizes > 0)]
    precision, recall = (
        _proportion(float(point[place][0]) if known[place] else float("nan"), lowest[place], highest[place])
        for place in range(2)
    )
    return ReviewEstimate(
        precision=precision,
        recall_of_likely=recall,
        answered=len(clear),
        unsure=unsure,
        unanswered=len(answers) - len(clear) - unsure,
        unseen_pairs=int(unseen.sum()),
        strata=strata.assign(answered=counts.seen, same=counts.same),
    )


@dataclass(frozen=True)
class _Counts:
    """Answers by stratum: how many, how many "one customer", the share of these, and the answers they are worth."""

    seen: npt.NDArray[np.int64]
    same: npt.NDArray[np.int64]
    share: FloatArray
    worth: FloatArray


def _count_by_stratum(clear: pd.DataFrame, strata: pd.DataFrame) -> _Counts:
    weight = clear["weight"].to_numpy(dtype=float) if "weight" in clear else np.ones(len(clear))
    same = (clear["answer"] == "yes").to_numpy()
    sums = pd.DataFrame({"seen": 1, "same": same, "weight": weight, "squares": weight**2, "right": weight * same})
    table = sums.groupby(clear["stratum"].to_numpy()).sum().reindex(strata["stratum"], fill_value=0)
    total = table["weight"].to_numpy(dtype=float)
    some = total > 0
    # Kish (1965), Survey Sampling: weights that differ make answers worth fewer than they are.
    worth = np.divide(total**2, table["squares"].to_numpy(dtype=float), out=np.zeros(len(total)), where=some)
    share = np.divide(table["right"].to_numpy(dtype=float), total, out=np.zeros(len(total)), where=some)
    return _Counts(table["seen"].to_numpy(dtype=np.int64), table["same"].to_numpy(dtype=np.int64), share, worth)


def _possible_matches(
    counts: _Counts, sizes: npt.NDArray[np.int64], rng: np.random.Generator, *, upper: bool
) -> FloatArray:
    right, wrong = counts.share * counts.worth, (1 - counts.share) * counts.worth
    alpha, beta = (right + 1, wrong) if upper else (right, wrong + 1)
    share = rng.beta(np.maximum(alpha, NEXT_TO_NOTHING), np.maximum(beta, NEXT_TO_NOTHING), size=(DRAWS, len(sizes)))
    possible = counts.same + rng.binomial(np.maximum(sizes - counts.seen, 0), share)
    return np.asarray(possible, dtype=float)


def _mostly_seen(unseen: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]) -> bool:
    return bool(unseen.sum() <= UNSEEN_AT_MOST * sizes.sum())


def _rates(
    of_links: FloatArray, of_others: FloatArray, sizes: npt.NDArray[np.int64], linked: npt.NDArray[np.bool_]
) -> tuple[FloatArray, FloatArray]:
    """Return precision and recall by draw, from the matches among linked pairs and among the others by stratum."""
    right, missed = of_links[:, linked].sum(axis=1), of_others[:, ~linked].sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return right / sizes[linked].sum(), right / (right + missed)


def _proportion(value: float, lowest: FloatArray, highest: FloatArray) -> Proportion:
    tail = (1 - CONFIDENCE) / 2
    # Where a draw left no match at all, the share says nothing and does not narrow the interval.
    low = np.nanquantile(lowest, tail) if np.isfinite(lowest).any() else 0.0
    high = np.nanquantile(highest, 1 - tail) if np.isfinite(highest).any() else 1.0
    return Proportion(value, float(np.fmin(low, value)), float(np.fmax(high, value)))
