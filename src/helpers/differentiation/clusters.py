"""Clusters of customers who behave alike, aspects balanced against each other; new customers are assigned to them."""

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from helpers.core.arrays import FloatArray, IntArray
from helpers.core.checks import offending, require_columns
from helpers.core.errors import Fault, InputError, counted
from helpers.core.fits import NoFitError
from helpers.differentiation.behaviour import aspect_of


class BehaviouralClusters(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Put customers who behave alike into clusters.

    Features are standardised; those of one aspect ("what: …", "how: …") are then divided by the root of the largest
    eigenvalue of their correlations, so that no aspect outweighs another by having more or more alike features
    (multiple factor analysis). Clusters are those of k-means, numbered by size, the largest first. A feature that is
    the same for all customers counts for nothing.

    Parameters
    ----------
    n_clusters : int
        Number of clusters, 1 or more.
    starts : int
        Random starts, of which the best is kept.
    random_state : int
        Seed of the starts.

    Attributes
    ----------
    feature_names_in_ : ndarray of str
        Features learnt from.
    mean_, weight_ : ndarray, shape (features,)
        A value is measured as its difference from the mean, times the weight.
    cluster_centers_ : ndarray, shape (n_clusters, features)
        Centres on this scale.
    labels_ : ndarray of int, shape (customers,)
        Cluster of each customer, counted from 0.
    explained_share_ : float
        Share of the spread between customers that lies between clusters.

    References
    ----------
    MacQueen (1967), Some methods for classification and analysis of multivariate observations; Escofier & Pagès (1994),
    Multiple factor analysis, Computational Statistics & Data Analysis 18.

    Examples
    --------
    >>> X = pd.DataFrame({"how: orders": [1.0, 1.2, 9.0, 9.1, 8.8], "how: money": [5.0, 5.1, 1.0, 1.2, 0.9]})
    >>> model = BehaviouralClusters(n_clusters=2).fit(X)
    >>> model.labels_.tolist(), model.predict(X.iloc[:1]).tolist()
    ([1, 1, 0, 0, 0], [1])
    """

    def __init__(self, n_clusters: int = 4, starts: int = 10, random_state: int = 0) -> None:
        self.n_clusters = n_clusters
        self.starts = starts
        self.random_state = random_state

    def fit(self, X: pd.DataFrame, y: object = None) -> Self:  # noqa: ARG002  scikit-learn passes it
        """Find the clusters.

        Parameters
        ----------
        X : DataFrame of shape (customers, features)
            Numbers on an even scale, see `helpers.differentiation.on_even_scale`.
        y : object
            Not used.

        Returns
        -------
        Self
            Fitted.

        Raises
        ------
        InputError
            All faults at once: not a table, no rows, texts or gaps in a feature, fewer customers than clusters, or
            fewer who differ.
        """
        faults = [*self._setting_faults(), *_table_faults(X)]
        if faults:
            raise InputError(faults)
        self.feature_names_in_ = np.array(X.columns, dtype=object)
        self.n_features_in_ = X.shape[1]
        values = X.to_numpy(dtype=np.float64)
        self.mean_ = values.mean(axis=0)
        with one_thread():
            self.weight_ = _balanced_weights(values - self.mean_, [aspect_of(str(name)) for name in X.columns])
            scaled = (values - self.mean_) * self.weight_
            self._require_enough(scaled)
            found = k_means(scaled, self.n_clusters, starts=self.starts, seed=self.random_state)
        order = np.argsort(-np.bincount(found.labels_, minlength=self.n_clusters), kind="stable")
        self.cluster_centers_ = found.cluster_centers_[order]
        self.labels_: IntArray = np.argsort(order)[found.labels_].astype(np.int64)
        spread = float(np.square(scaled).sum())
        self.explained_share_ = 1 - float(found.inertia_) / spread if spread else 0.0
        return self

    def scale(self, X: pd.DataFrame) -> FloatArray:
        """Return customers on the balanced scale on which distances are taken.

        Parameters
        ----------
        X : DataFrame
            The features learnt from, in any order; other columns are not used.

        Raises
        ------
        InputError
            When nothing is fitted, a feature is missing, or a value is no number.
        """
        if not hasattr(self, "cluster_centers_"):
            raise NoFitError(Fault("no clusters yet", remedy="call fit first"))
        if not isinstance(X, pd.DataFrame):
            raise InputError(_no_frame(X))
        require_columns(map(str, X.columns), map(str, self.feature_names_in_), where="customers")
        faults = _table_faults(X[list(self.feature_names_in_)])
        if faults:
            raise InputError(faults)
        scaled: FloatArray = (X[list(self.feature_names_in_)].to_numpy(dtype=np.float64) - self.mean_) * self.weight_
        return scaled

    def predict(self, X: pd.DataFrame) -> IntArray:
        """Assign customers, new ones too, to the cluster whose centre is nearest; of equally near ones to the largest.

        Parameters
        ----------
        X : DataFrame
            As for `scale`.

        Returns
        -------
        array of int, shape (customers,)
            Cluster, counted from 0.
        """
        return nearest_centres(self.scale(X), self.cluster_centers_)

    def nearness(self, X: pd.DataFrame) -> FloatArray:
        """Return how much nearer the own cluster is than the next: 0 half-way between two, 1 at the centre.

        The distance to the own centre over that to the next nearest, taken from one.
        """
        if not hasattr(self, "cluster_centers_") or len(self.cluster_centers_) == 1:
            return np.ones(len(self.scale(X)))
        ordered = np.sqrt(np.sort(_squared_distances(self.scale(X), self.cluster_centers_), axis=1))
        next_one = np.where(ordered[:, 1] > 0, ordered[:, 1], 1.0)
        near: FloatArray = 1 - ordered[:, 0] / next_one
        return near

    def summary(self) -> pd.DataFrame:
        """Return size and centre of each cluster: how far each feature lies from the mean, in balanced units."""
        if not hasattr(self, "cluster_centers_"):
            raise NoFitError(Fault("no clusters yet", remedy="call fit first"))
        centres = pd.DataFrame(self.cluster_centers_, columns=self.feature_names_in_).round(3)
        centres.insert(0, "customers", np.bincount(self.labels_, minlength=self.n_clusters))
        return centres.set_axis(pd.RangeIndex(1, len(centres) + 1, name="cluster"))

    def _setting_faults(self) -> list[Fault]:
        wrong = [name for name in ("n_clusters", "starts") if int(getattr(self, name)) < 1]
        return [
            Fault(f"{getattr(self, name)!r} is too few", name, "1 or more", remedy="give 1 or more") for name in wrong
        ]

    def _require_enough(self, scaled: FloatArray) -> None:
        if self.n_clusters == 1:
            return
        different = len(np.unique(scaled.round(12), axis=0))
        if different < self.n_clusters:
            what = (
                f"{counted(len(scaled), 'customer')}, {different:,} of them different, are too few for "
                f"{self.n_clusters} clusters"
            )
            raise InputError(Fault(what, "n_clusters", f"1 to {different}", "take fewer clusters or more customers"))


def k_means(scaled: FloatArray, clusters: int, *, starts: int, seed: int) -> Any:
    """Fit k-means; within `one_thread`."""
    return KMeans(clusters, n_init=starts, random_state=seed).fit(scaled)


def one_thread() -> Any:
    """Return a context in which the same customers give the same clusters on every machine: sums are added in order."""
    return threadpool_limits(limits=1)


def nearest_centres(scaled: FloatArray, centres: FloatArray) -> IntArray:
    """Return the number of the nearest centre; of equally near ones the first."""
    nearest: IntArray = np.argmin(_squared_distances(scaled, centres).round(12), axis=1)
    return nearest


def _squared_distances(scaled: FloatArray, centres: FloatArray) -> FloatArray:
    found = np.stack([np.square(scaled - centre).sum(axis=1) for centre in centres], axis=1)
    return np.asarray(found, dtype=np.float64)


def _balanced_weights(centred: FloatArray, aspects: list[str]) -> FloatArray:
    spread = centred.std(axis=0)
    largest = np.abs(centred).max(axis=0, initial=0.0)
    differs = spread > 1e-12 * np.maximum(largest, 1e-300)
    weight = np.where(differs, 1 / np.where(differs, spread, 1.0), 0.0)
    standard = centred * weight
    for aspect in dict.fromkeys(aspects):
        own = np.array([one == aspect for one in aspects])
        block = standard[:, own]
        first = float(np.linalg.eigvalsh(block.T @ block / len(block))[-1])
        weight[own] /= np.sqrt(first) if first > 0 else 1.0
    return weight


def _no_frame(X: object) -> Fault:
    return Fault(
        f"customers are a {type(X).__name__}",
        "customers",
        "a data frame with one row per customer, features by name",
        remedy="pass a data frame",
    )


def _table_faults(X: object) -> list[Fault]:
    if not isinstance(X, pd.DataFrame):
        return [_no_frame(X)]
    if X.empty:
        return [
            Fault(
                "there is no customer, or no feature",
                "customers",
                "one row or more, one column or more",
                remedy="give one row or more and one column or more",
            )
        ]
    faults = []
    repeated = X.columns[X.columns.duplicated()].unique()
    if len(repeated):
        return [
            Fault(
                f"several columns are called {', '.join(map(repr, repeated))}",
                "customers",
                "one of each name",
                remedy="give each column a name of its own",
            )
        ]
    for name in X.columns:
        if not pd.api.types.is_numeric_dtype(X[name]) or pd.api.types.is_complex_dtype(X[name]):
            faults.append(
                Fault(
                    f"column {name!r} holds {X[name].dtype}",
                    "customers",
                    "numbers",
                    remedy="turn the column into numbers, or leave it out",
                )
            )
            continue
        bad = ~np.isfinite(X[name].to_numpy(dtype=np.float64, na_value=np.nan))
        faults += offending(X, bad, f"{name} is missing or infinite", allowed="finite numbers")
    return faults
