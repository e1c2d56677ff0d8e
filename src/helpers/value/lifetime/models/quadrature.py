"""Quadrature rules the models share; every one converges geometrically and is tested against 50-digit arithmetic."""

from functools import lru_cache

import numpy as np
from scipy.linalg import eigh_tridiagonal

from helpers.core.arrays import FloatArray

LOG_NEGLIGIBLE = 34.0


@lru_cache(maxsize=16)
def legendre(nodes: int) -> tuple[FloatArray, FloatArray]:
    """Return Gauss-Legendre nodes and weights on [0, 1]."""
    at, weight = np.polynomial.legendre.leggauss(nodes)
    return (at + 1) / 2, weight / 2


def beta_nodes(a: FloatArray, b: FloatArray, nodes: int) -> tuple[FloatArray, FloatArray]:
    """Return the Gauss rule whose weight is a beta density, for each pair of shapes.

    Eigenvalues of the Jacobi matrix (Golub & Welsch, 1969). The weights come from the eigenvectors and add up to
    one, so no gamma function can overflow, whatever the shapes.

    Parameters
    ----------
    a, b : ndarray of shape (m,)
        Shapes, above zero.
    nodes : int
        Points of the rule.

    Returns
    -------
    nodes, weights : ndarray of shape (m, nodes)

    Examples
    --------
    >>> at, weight = beta_nodes(np.array([2.0]), np.array([3.0]), 8)
    >>> round(float((at * weight).sum()), 12)  # the mean, a / (a + b)
    0.4
    """
    a, b = np.asarray(a, dtype=np.float64)[:, None], np.asarray(b, dtype=np.float64)[:, None]
    k = np.arange(nodes, dtype=np.float64)[None, :]
    total = a + b
    middle = 2 * k + total
    # first entry apart: its general form is 0/0 for a + b = 2
    diagonal = np.where(
        k == 0, a / total, 0.5 * (1 + (a - b) * (total - 2) / np.where(k == 0, 1.0, middle * (middle - 2)))
    )
    j = k[:, 1:]
    middle = 2 * j + total - 2
    # the same for j = 1, where the factor j + a + b - 2 meets middle - 1 and cancels
    ratio = np.where(j == 1, 1.0, (j + total - 2) / np.where(j == 1, 1.0, middle - 1))
    beside = j * (j + a - 1) * (j + b - 1) * ratio / (middle**2 * (middle + 1))
    at, weight = np.empty(diagonal.shape), np.empty(diagonal.shape)
    for row, (main, off) in enumerate(zip(diagonal, np.sqrt(beside), strict=True)):
        at[row], vectors = eigh_tridiagonal(main, off, check_finite=False)
        weight[row] = vectors[0] ** 2
    return np.clip(at, 1e-16, 1.0), weight


def nodes_needed(stretch: float, purchases: float) -> int:
    """Return how many beta nodes keep the error of a forecast below about 1e-12.

    The integrand `(1 + p·stretch)^-k` is analytic but for a point `1 / stretch` left of the interval, which sets the
    rate of convergence, and falls over a width of `1 / purchases`, which sets where it begins.
    """
    from_singularity = 7.0 / np.arcsinh(np.sqrt(1 / max(stretch, 1e-6)))
    return int(np.clip(np.ceil(8 + max(from_singularity, 2.7 * np.sqrt(max(purchases, 0.0)))), 12, 400))


def discounting_nodes(scale: float, horizon: float | None, discount_rate: float) -> tuple[FloatArray, FloatArray]:
    """Return times ahead and weights that integrate a slowly falling rate times `exp(-discount_rate × time)`.

    Parameters
    ----------
    scale : float
        Time over which the rate begins to fall: time is taken as `scale × (e^u − 1)`.
    horizon : float or None
        End of the integral; None for ever.
    discount_rate : float
        Continuously compounded, per unit of time.

    Examples
    --------
    >>> ahead, weight = discounting_nodes(39.0, None, 0.01)
    >>> round(float(weight.sum()), 10)
    100.0
    """
    end = np.inf if horizon is None else horizon
    if discount_rate > 0:
        end = min(end, (LOG_NEGLIGIBLE + 4) / discount_rate)
    at, weight = legendre(64)
    reach = np.log1p(end / scale)
    ahead = scale * np.expm1(reach * at)
    return ahead, weight * reach * (scale + ahead) * np.exp(-discount_rate * ahead)
