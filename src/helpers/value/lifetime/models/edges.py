"""What it means when the parameters of a purchase model run off to an edge: the cause in words, and what to do."""

from collections.abc import Mapping

import numpy as np

from helpers.core.arrays import FloatArray
from helpers.core.errors import Fault
from helpers.core.results import significant
from helpers.value.lifetime.models.rows import Rows

HARDLY_ANY = 0.01
FAR_ABOVE = 100.0
LARGE_LOG = 4.0
STAYS = "observe longer; until then treat everyone as alive and do not read meaning into {names}"


def rate_edge(off: Mapping[str, float], parameters: Mapping[str, float], rows: Rows, *, scale: float) -> list[Fault]:
    """Explain r and alpha, the gamma distribution of purchase rates, where one of them is at an edge.

    Parameters
    ----------
    off : dict of str to float
        Logarithms of the parameters at an edge, ages in units of their mean.
    parameters : dict of str to float
        All fitted values, in the user's unit.
    rows : Rows
        What was fitted.
    scale : float
        Logarithm of alpha, ages in units of their mean.
    """
    if not {"r", "alpha"} & set(off):
        return []
    r, alpha = parameters["r"], parameters["alpha"]
    values = f"r = {significant(r, 3)}, alpha = {significant(alpha, 3)}"
    most, middle = _most_frequent(rows)
    if most > FAR_ABOVE * middle and scale < LARGE_LOG:
        return [
            Fault(
                f"one customer made {most:,.0f} repeat purchases, half of those who bought again {middle:,.0f} or "
                f"fewer ({values})",
                remedy="look for customers unlike all others (a reseller, a test account) and fit without them",
            )
        ]
    if np.log(r) > LARGE_LOG and scale > LARGE_LOG:
        return [
            Fault(
                f"all customers buy at one rate, {significant(r / alpha, 3)} per time unit ({values})",
                remedy="forecasts hold; r and alpha cannot be separated, so give no intervals of them",
            )
        ]
    if np.log(r) < -LARGE_LOG:
        return [
            Fault(
                f"nearly nobody buys again, and the few who do buy often ({values})",
                remedy="look for customers unlike all others, or fit the two groups apart",
            )
        ]
    return [
        Fault(
            f"the data do not tell how much purchase rates vary between customers ({values})",
            remedy="forecasts hold, intervals of r and alpha do not; observe longer, or use more customers",
        )
    ]


def chance_edge(off: Mapping[str, float], parameters: Mapping[str, float]) -> list[Fault]:
    """Explain a and b, the beta distribution of the chance to drop out at a purchase, where one is at an edge."""
    if not {"a", "b"} & set(off):
        return []
    a, b = parameters["a"], parameters["b"]
    chance, values = a / (a + b), f"a = {significant(a, 3)}, b = {significant(b, 3)}"
    if chance < HARDLY_ANY:
        what = f"hardly anybody drops out: a chance of {chance:.2g} at each purchase ({values})"
        return [Fault(what, remedy=STAYS.format(names="a and b"))]
    if chance > 1 - HARDLY_ANY:
        what = f"nearly everybody drops out at the first chance ({values})"
        remedy = "check that later purchases are in the data, or forecast no further purchases"
        return [Fault(what, remedy=remedy)]
    if min(a, b) > 1:
        what = f"all customers drop out with one chance, {chance:.2g} at each purchase ({values})"
        return [Fault(what, remedy="forecasts hold; a and b cannot be separated, so give no intervals of them")]
    if max(a, b) < 1:
        what = f"customers either stay for ever or drop out at once, {100 * chance:.0f} % of them ({values})"
        return [Fault(what, remedy="fit the two groups apart if a column tells them, or observe longer")]
    return [
        Fault(
            f"the data do not tell the chance to drop out ({values})",
            remedy="observe longer, or use customers who bought more often",
        )
    ]


def lifetime_edge(
    off: Mapping[str, float], parameters: Mapping[str, float], point: tuple[float, float], unit: str
) -> list[Fault]:
    """Explain s and beta, the gamma distribution of drop-out rates, where one of them is at an edge.

    Parameters
    ----------
    off, parameters
        As for `rate_edge`.
    point : tuple of float
        Logarithms of s and beta, ages in units of their mean.
    unit : str
        What ages are counted in.
    """
    if not {"s", "beta"} & set(off):
        return []
    s, beta = np.exp(np.clip(point, -600, 600))
    # P(alive) of a new customer at the mean age, (beta / (beta + 1))^s
    gone = float(-np.expm1(-s * np.log1p(1 / beta)))
    values = f"s = {significant(parameters['s'], 3)}, beta = {significant(parameters['beta'], 3)}"
    if gone < HARDLY_ANY:
        what = f"hardly anybody drops out: {gone:.2g} of customers by the mean age ({values})"
        return [Fault(what, remedy=STAYS.format(names="s and beta"))]
    if gone > 1 - HARDLY_ANY:
        what = f"nearly everybody drops out at once ({values})"
        remedy = "check that later purchases are in the data, or forecast no further purchases"
        return [Fault(what, remedy=remedy)]
    if min(point) > LARGE_LOG:
        rate = parameters["s"] / parameters["beta"]
        what = f"all customers drop out at one rate, {rate:.2g} of those left in each of the {unit} ({values})"
        return [Fault(what, remedy="forecasts hold; s and beta cannot be separated, so give no intervals of them")]
    return [
        Fault(
            f"the data do not tell how much drop-out rates vary between customers ({values})",
            remedy="observe longer, or use the BG/NBD model",
        )
    ]


def _most_frequent(rows: Rows) -> tuple[float, float]:
    """Return the largest frequency and the median of those who bought again."""
    again = rows.weight * (rows.frequency > 0)
    order = np.argsort(rows.frequency, kind="stable")
    passed: FloatArray = np.cumsum(again[order])
    middle = rows.frequency[order][np.searchsorted(passed, passed[-1] / 2)]
    return float(rows.frequency.max()), float(middle)
