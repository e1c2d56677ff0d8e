"""One customer, two people of one household, or strangers: the third kind of pair the two-class model lacks.

Taken field by field, two people of one family at one address agree too often to be strangers, so the model of Fellegi
and Sunter, which knows only matches and strangers, calls them one customer. Here a class of their own holds them: they
share family name, address and telephone as one customer would (`SHARED_KINDS`), and agree on the rest no more than
strangers do.

The same model takes one removal for as many contradictions as an address has fields. Customers who moved are therefore
a part of their own among the true pairs.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from helpers.core.arrays import FloatArray

ROUNDS_AT_MOST = 200
# Pairs of records of one customer between which he or she moved: a few years apart, at some per cent a year.
MOVED_SHARE = 0.03


@dataclass(frozen=True)
class PairShares:
    """How the pairs of records divide.

    Parameters
    ----------
    same_customer : float
        Share of pairs that are one customer.
    same_household : float
        Share of pairs that are two customers of one household or firm.
    """

    same_customer: float
    same_household: float

    @property
    def strangers(self) -> float:
        """Share of all other pairs."""
        return 1 - self.same_customer - self.same_household


@dataclass(frozen=True)
class PairEvidence:
    """What the comparison of the fields says about each pair.

    Parameters
    ----------
    total : numpy.ndarray
        Match weight of all fields together, prior left out, bits.
    shared : numpy.ndarray
        The part of it from fields that households share, bits.
    """

    total: FloatArray
    shared: FloatArray


def weigh_pairs(evidence: PairEvidence, shares: PairShares) -> FloatArray:
    """Return the match weights: log2 odds of one customer against household pair or strangers.

    The more a pair agrees on what a household shares, the likelier it is one; from there on only the other fields
    can tell one customer from two.

    Parameters
    ----------
    evidence : PairEvidence
        The pairs.
    shares : PairShares
        How all pairs divide.

    Returns
    -------
    numpy.ndarray
        Bits, one per pair.

    Examples
    --------
    >>> evidence = PairEvidence(total=np.array([20.0, 20.0]), shared=np.array([0.0, 20.0]))
    >>> weigh_pairs(evidence, PairShares(0.001, 0.002)).round(1).tolist()
    [10.0, -1.0]
    """
    against = np.logaddexp2(np.log2(shares.same_household) + evidence.shared, np.log2(shares.strangers))
    return np.asarray(np.log2(shares.same_customer) + evidence.total - against)


def allow_moving(home: FloatArray) -> FloatArray:
    """Return what a pair is given back because its customer may have moved house.

    Among the few who moved, the fields of the address agree no more than those of strangers, all at once; so together
    they never speak against one customer by more than the rarity of moving.

    Parameters
    ----------
    home : numpy.ndarray
        Match weight of the fields that say where a customer lives, added up, bits.

    Returns
    -------
    numpy.ndarray
        Bits to add to the match weight.

    Examples
    --------
    >>> (allow_moving(np.array([20.0, 1.0, -15.0]))).round(2).tolist()  # log2(0.03) is -5.06
    [-0.04, -0.02, 9.94]
    """
    stayed = np.log2(1 - MOVED_SHARE) + home
    return np.asarray(np.logaddexp2(stayed, np.log2(MOVED_SHARE)) - home)


def fit_shares(evidence: PairEvidence, all_pairs: int, *, start: float) -> PairShares:
    """Find the shares of the three kinds of pair that reproduce themselves.

    Expectation maximisation with the match weights held fixed; pairs that were never candidates count as strangers.

    Parameters
    ----------
    evidence : PairEvidence
        The candidate pairs.
    all_pairs : int
        All pairs of records.
    start : float
        First guess of both shares.

    Returns
    -------
    PairShares
        With at least half a true pair among all pairs, so that the prior stays finite.

    Examples
    --------
    >>> pairs = PairEvidence(total=np.array([30.0, 30.0, 5.0]), shared=np.array([15.0, 15.0, 18.0]))
    >>> shares = fit_shares(pairs, 1000, start=0.01)
    >>> round(shares.same_customer, 4), round(shares.same_household, 4)
    (0.002, 0.001)
    """
    return settle_shares(lambda shares: _expected_pairs(evidence, shares), all_pairs, start=start)


def settle_shares(expected: Callable[[PairShares], tuple[float, float]], all_pairs: int, *, start: float) -> PairShares:
    """Find the shares that reproduce themselves, wherever the pairs lie; see `fit_shares`.

    Parameters
    ----------
    expected : callable
        Returns for some shares how many pairs are expected to be one customer, and two of one household.
    all_pairs : int
        All pairs of records.
    start : float
        First guess of both shares.
    """
    shares = PairShares(start, start)
    for _ in range(ROUNDS_AT_MOST):
        same, kin = expected(shares)
        following = PairShares(_bounded(same / all_pairs, 0.5 / all_pairs), _bounded(kin / all_pairs, 1e-3 / all_pairs))
        moved = abs(following.same_customer / shares.same_customer - 1)
        moved += abs(following.same_household / shares.same_household - 1)
        shares = following
        if moved < 1e-7:
            break
    return PairShares(float(f"{shares.same_customer:.6g}"), float(f"{shares.same_household:.6g}"))


def _expected_pairs(evidence: PairEvidence, shares: PairShares) -> tuple[float, float]:
    kin = np.log2(shares.same_household) + evidence.shared
    match = np.log2(shares.same_customer) + evidence.total
    whole = np.logaddexp2(np.logaddexp2(match, kin), np.log2(shares.strangers))
    return float(np.exp2(match - whole).sum()), float(np.exp2(kin - whole).sum())


def _bounded(share: float, least: float) -> float:
    return min(max(share, least), 0.4)
