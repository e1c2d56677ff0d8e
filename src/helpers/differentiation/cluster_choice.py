"""How many clusters there are, if any: as many as come back when customers are drawn anew, and one cloud has not."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.isotonic import isotonic_regression
from sklearn.metrics import adjusted_rand_score

from helpers.core.arrays import FloatArray, IntArray
from helpers.core.errors import Fault, InputError, counted
from helpers.core.verdicts import Verdict
from helpers.differentiation.clusters import BehaviouralClusters, k_means, nearest_centres, one_thread

STABLE = 0.75
"""Least mean agreement of two resamples that counts as stable (Hennig 2007 uses the same limit for Jaccard's)."""
STABLE_WITHIN = 0.02
"""Numbers of clusters this little less stable than the most stable one are taken to be as stable."""
BEYOND_ONE_CLOUD = 3.0
"""Standard deviations by which clusters must lie further apart than those of customers of one cloud."""
LEAST_CUSTOMERS = 50
_LEAST_PER_CLUSTER = 10
_SAMPLED_AT_MOST = 1_000
_STARTS = 5
_FEW_VALUES = 20
_STABILITY_OF_REFERENCES = 2  # of each kind


@dataclass(frozen=True)
class ClusterChoice:
    """What speaks for each number of clusters.

    Parameters
    ----------
    table : DataFrame
        One row per number of clusters: clusters, stability with low and high (mean adjusted Rand index of two
        resamples), stability_one_cloud (the same of customers of one cloud, the highest kind), explained_share
        (of the spread between customers), separation (how far clusters lie apart, see there), excess (standard
        deviations by which they lie further apart than clusters of one cloud, the least of all kinds), holds.
    clusters : int
        The number chosen; 0 where there are no clusters.
    verdict : Verdict
        Status "clusters", "cuts" (stable cuts through one cloud) or "none".
    """

    table: pd.DataFrame
    clusters: int
    verdict: Verdict

    def of(self, clusters: int) -> pd.Series:
        """Return the row of one number of clusters."""
        return self.table[self.table["clusters"] == clusters].iloc[0]


def choose_clusters(
    X: pd.DataFrame,
    rng: np.random.Generator,
    *,
    at_most: int = 7,
    pairs: int = 10,
    references: int = 9,
    confidence: float = 0.95,
) -> ClusterChoice:
    """Choose the number of clusters by stability under resampling, against customers of a single cloud.

    For each number, two bootstrap samples are clustered, all customers assigned by either, and the two assignments
    compared by the adjusted Rand index (Hubert and Arabie 1985); the mean over `pairs` is the stability. Data without
    clusters can be cut stably too, for instance across their longest direction. So the same is done with clouds that
    have none: normal with the same covariances (Liu, Hayes, Nobel and Marron 2008), uniform over the box of the
    principal components (Tibshirani, Walther and Hastie 2001), and normal in ranks with one peak in every feature,
    skewed as the feature is. A number holds where it is stable and its clusters lie further apart than those of every
    kind of cloud. Of these the most stable is taken, and of those about as stable the largest.

    Parameters
    ----------
    X : DataFrame
        As for `BehaviouralClusters.fit`.
    rng : Generator
        Source of randomness.
    at_most : int
        Largest number tried, 2 or more; fewer where there are fewer than ten customers for each.
    pairs : int
        Pairs of resamples, 2 or more.
    references : int
        Clouds drawn of each kind, 3 or more.
    confidence : float
        Coverage of the interval of the mean agreement.

    Returns
    -------
    ClusterChoice
        The table and the choice.

    Raises
    ------
    InputError
        When there are too few customers, or all are alike.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> centres = np.array([[0, 0], [9, 0], [0, 9]])[np.arange(150) % 3]
    >>> X = pd.DataFrame(centres + rng.normal(size=(150, 2)), columns=["a", "b"])
    >>> choose_clusters(X, rng, at_most=4).clusters
    3
    """
    one = BehaviouralClusters(n_clusters=1, starts=1).fit(X)
    scaled = one.scale(X)
    _require_enough(scaled)
    sample = scaled[np.sort(rng.permutation(len(scaled))[:_SAMPLED_AT_MOST])]
    most = min(at_most, len(scaled) // _LEAST_PER_CLUSTER, len(np.unique(sample.round(12), axis=0)))
    with one_thread():
        clouds = {kind: [draw(sample, rng) for _ in range(references)] for kind, draw in _CLOUDS.items()}
        rows = [_judge(k, scaled, sample, clouds, rng, pairs, confidence) for k in range(2, most + 1)]
    table = pd.DataFrame(rows)
    chosen = _choose(table)
    return ClusterChoice(table, chosen, _verdict(table, chosen))


def resampled_agreement(scaled: FloatArray, clusters: int, rng: np.random.Generator, *, pairs: int) -> FloatArray:
    """Return the adjusted Rand index of each pair of resamples, all customers assigned by either.

    Parameters
    ----------
    scaled : array of shape (customers, features)
        From `BehaviouralClusters.scale`.
    clusters, pairs : int
        Number of clusters, and of pairs.
    rng : Generator
        Source of randomness.
    """
    found = [_resampled(scaled, clusters, rng) for _ in range(2 * pairs)]
    agree = [adjusted_rand_score(one, other) for one, other in zip(found[::2], found[1::2], strict=True)]
    return np.array(agree, dtype=np.float64)


def cluster_agreement(
    model: BehaviouralClusters, X: pd.DataFrame, rng: np.random.Generator, *, draws: int = 20
) -> "pd.Series[float]":
    """Return how well each cluster comes back when customers are drawn anew: mean largest Jaccard similarity.

    Parameters
    ----------
    model : BehaviouralClusters
        Fitted on X.
    X : DataFrame
        The customers it was fitted on.
    rng : Generator
        Source of randomness.
    draws : int
        Resamples.

    Returns
    -------
    Series
        By cluster, counted from 1; Hennig (2007, Computational Statistics & Data Analysis 52) calls .75 valid and .85
        highly stable.
    """
    scaled, clusters = model.scale(X), len(model.cluster_centers_)
    found = np.zeros(clusters)
    with one_thread():
        for _ in range(draws):
            found += _jaccard(model.labels_, _resampled(scaled, clusters, rng), clusters).max(axis=1)
    return pd.Series(found / draws, index=pd.RangeIndex(1, clusters + 1, name="cluster"), name="jaccard")


def _jaccard(one: IntArray, other: IntArray, clusters: int) -> FloatArray:
    both = np.bincount(one * clusters + other, minlength=clusters * clusters).reshape(clusters, clusters)
    either = both.sum(axis=1)[:, None] + both.sum(axis=0)[None, :] - both
    share: FloatArray = both / np.maximum(either, 1)
    return share


def _resampled(scaled: FloatArray, clusters: int, rng: np.random.Generator) -> IntArray:
    """Cluster customers drawn with replacement, and assign all to the clusters found."""
    drawn = rng.integers(0, len(scaled), min(len(scaled), _SAMPLED_AT_MOST))
    seed = int(rng.integers(2**31))
    clusters = min(clusters, len(np.unique(drawn)))
    return nearest_centres(scaled, k_means(scaled[drawn], clusters, starts=_STARTS, seed=seed).cluster_centers_)


def _explained_and_separation(scaled: FloatArray, clusters: int, rng: np.random.Generator) -> tuple[float, float]:
    """Cluster customers, and return the share of their spread between clusters and how far apart clusters lie."""
    found = k_means(scaled, clusters, starts=_STARTS, seed=int(rng.integers(2**31)))
    spread = float(np.square(scaled - scaled.mean(axis=0)).sum())
    explained = 1 - float(found.inertia_) / spread if spread else 0.0
    return explained, separation(scaled, found.labels_.astype(np.int64), found.cluster_centers_)


def separation(scaled: FloatArray, labels: IntArray, centres: FloatArray) -> float:
    """Return how far clusters lie apart: the mean over customers of the gap between the own cluster and its closest.

    The gap of two clusters is measured along the line through their centres: the squared distance of the means over the
    mean variance within (Ashman, Bird and Zepf 1994), on the scale of logarithms. Two halves of a normal distribution
    have a gap of log 7, of a uniform one log 12.

    Parameters
    ----------
    scaled : array of shape (customers, features)
    labels : array of int, shape (customers,)
        From 0.
    centres : array of shape (clusters, features)
    """
    clusters = len(centres)
    gaps = np.full((clusters, clusters), np.inf)
    for one in range(clusters):
        for other in range(one):
            line = centres[one] - centres[other]
            places = [scaled[labels == own] @ line for own in (one, other)]
            within = float(np.mean([place.var() for place in places]))
            apart = float((places[0].mean() - places[1].mean()) ** 2)
            gaps[one, other] = gaps[other, one] = np.log(max(apart, 1e-12) / max(within, 1e-12))
    return float(gaps.min(axis=1)[labels].mean())


def _judge(
    clusters: int,
    scaled: FloatArray,
    sample: FloatArray,
    clouds: Mapping[str, list[FloatArray]],
    rng: np.random.Generator,
    pairs: int,
    confidence: float,
) -> dict[str, float]:
    agree = resampled_agreement(scaled, clusters, rng, pairs=pairs)
    half = float(stats.t.ppf(0.5 + confidence / 2, pairs - 1) * agree.std(ddof=1) / np.sqrt(pairs))
    explained, apart = _explained_and_separation(sample, clusters, rng)
    excess, of_clouds = [], []
    for drawn in clouds.values():
        gaps = np.array([_explained_and_separation(cloud, clusters, rng)[1] for cloud in drawn])
        excess.append((apart - gaps.mean()) / max(float(gaps.std(ddof=1)), 1e-6))
        tried = drawn[:_STABILITY_OF_REFERENCES]
        of_clouds.append(np.mean([resampled_agreement(cloud, clusters, rng, pairs=1)[0] for cloud in tried]))
    stability = float(agree.mean())
    return {
        "clusters": clusters,
        "stability": stability,
        "low": max(stability - half, -1.0),
        "high": min(stability + half, 1.0),
        "stability_one_cloud": float(max(of_clouds)),
        "explained_share": explained,
        "separation": apart,
        "excess": float(min(excess)),
        "holds": bool(stability >= STABLE and min(excess) >= BEYOND_ONE_CLOUD),
    }


def _choose(table: pd.DataFrame) -> int:
    held = table[table["holds"]] if len(table) else table
    if held.empty:
        return 0
    return int(held.loc[held["stability"] >= held["stability"].max() - STABLE_WITHIN, "clusters"].max())


def _verdict(table: pd.DataFrame, chosen: int) -> Verdict:
    best = float(table["stability"].max()) if len(table) else float("nan")
    stability = float(table.loc[table["clusters"] == chosen, "stability"].iloc[0]) if chosen else best
    status = "clusters" if chosen else "cuts" if best >= STABLE else "none"
    return Verdict("stability of the clusters", stability, STABLE, status, status)


def _require_enough(scaled: FloatArray) -> None:
    if len(scaled) < LEAST_CUSTOMERS:
        what = f"{counted(len(scaled), 'customer')} cannot show clusters"
        raise InputError(Fault(what, "customers", f"{LEAST_CUSTOMERS} or more", "wait for more customers"))
    if not np.ptp(scaled, axis=0).any():
        raise InputError(
            Fault(
                "all customers bought alike",
                "customers",
                "customers who differ in a feature",
                remedy="take more columns of how customers buy",
            )
        )


def _principal(scaled: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the spread along the principal components and their axes, signs settled."""
    centred = scaled - scaled.mean(axis=0)
    variance, axes = np.linalg.eigh(centred.T @ centred / len(centred))
    largest = np.abs(axes).argmax(axis=0)
    return np.sqrt(variance.clip(min=0)), axes * np.sign(axes[largest, np.arange(axes.shape[1])])


def _normal_cloud(scaled: FloatArray, rng: np.random.Generator) -> FloatArray:
    spread, axes = _principal(scaled)
    cloud: FloatArray = (rng.standard_normal(scaled.shape) * spread) @ axes.T
    return cloud


def _uniform_cloud(scaled: FloatArray, rng: np.random.Generator) -> FloatArray:
    _, axes = _principal(scaled)
    places = (scaled - scaled.mean(axis=0)) @ axes
    cloud: FloatArray = rng.uniform(places.min(axis=0), places.max(axis=0), places.shape) @ axes.T
    return cloud


def _cloud_in_ranks(scaled: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Draw from a normal cloud with the correlations of normal scores; ranks get values of one peak per feature."""
    size = len(scaled)
    scores = stats.norm.ppf((stats.rankdata(scaled, axis=0) - 0.5) / size)
    drawn = _normal_cloud(np.asarray(scores, dtype=np.float64), rng)
    ranks = np.argsort(np.argsort(drawn, axis=0, kind="stable"), axis=0)
    values = np.stack([np.sort(_of_one_peak(feature, rng)) for feature in scaled.T], axis=1)
    return np.take_along_axis(values, ranks, axis=0)


def _of_one_peak(values: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Draw as many values from the distribution with one peak that is nearest: skewed or with ties as the values are.

    The distribution is a histogram, or the counts of the values themselves where there are few.
    """
    points, counts = np.unique(values.round(12), return_counts=True)
    if len(points) <= _FEW_VALUES:
        chances = one_peak(counts.astype(np.float64))
        return rng.choice(points, len(values), p=chances / chances.sum())
    counts, edges = np.histogram(values, bins=int(np.ceil(2 * np.cbrt(len(values)))))  # the rule of Rice
    chances = one_peak(counts.astype(np.float64))
    bins = rng.choice(len(chances), len(values), p=chances / chances.sum())
    return rng.uniform(edges[bins], edges[bins + 1])


def one_peak(counts: FloatArray) -> FloatArray:
    """Return the counts that first rise and then fall, nearest in squares; their sum is the same.

    Examples
    --------
    >>> one_peak(np.array([4.0, 0.0, 2.0, 6.0, 1.0])).tolist()
    [2.0, 2.0, 2.0, 6.0, 1.0]
    """
    fits = [isotonic_regression(counts), isotonic_regression(counts, increasing=False)]
    for place in range(1, len(counts)):
        falling = isotonic_regression(counts[place:], increasing=False)
        fits.append(np.concatenate([isotonic_regression(counts[:place]), falling]))
    errors = [float(np.square(fit - counts).sum()) for fit in fits]
    nearest: FloatArray = fits[int(np.argmin(errors))]
    return nearest


_CLOUDS = {"normal": _normal_cloud, "uniform": _uniform_cloud, "in ranks": _cloud_in_ranks}
