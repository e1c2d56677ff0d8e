"""The probability of being a customer still, calibrated on purchases held back.

A purchase model can be wrong about who has left in one direction: it takes the rate of buying and leaving as
independent, and where slow buyers leave sooner than quick ones it counts too many as alive. Nobody sees who is alive;
but who is has a chance of buying in the time held back, and who is gone has none. So the purchases held back teach one
number, by which the log odds of being alive are moved.
"""

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError

SHIFT_SPREAD = 0.5
"""Standard deviation of the normal prior of the shift: few customers held back move the odds little."""
_LARGEST_SHIFT = 5.0
_SMALLEST = 1e-12


def fit_alive_shift(
    bought: npt.NDArray[np.bool_], alive: FloatArray, stays_away: FloatArray, *, spread: float = SHIFT_SPREAD
) -> float:
    r"""Find by how much the log odds of being alive must be moved for the purchases held back to be the likeliest.

    With the model's chance $p_i$ of being alive when the time held back begins, and $q_i$ of a purchase in it while
    alive, the chance of a purchase is $q_i\,\sigma(\operatorname{logit} p_i + \delta)$. The shift $\delta$ maximises
    the likelihood of who bought and who did not, times a normal prior around nought.

    Parameters
    ----------
    bought : array of bool, shape (n,)
        Whether the customer bought in the time held back.
    alive, stays_away : array, shape (n,)
        By a model fitted before it: chance of being alive when it begins, and of no purchase in it, in 0..1.
    spread : float
        Standard deviation of the prior, above 0.

    Returns
    -------
    float
        Below nought where the model counts too many as alive.

    Raises
    ------
    InputError
        When the arrays differ in length, or a chance is missing or outside 0..1.

    References
    ----------
    Platt (1999), Probabilistic outputs for support vector machines: calibration by the log odds; here of a state that
    is seen through purchases only, and with the slope kept at one.

    Examples
    --------
    >>> nobody_came = np.zeros(40, dtype=bool)
    >>> round(fit_alive_shift(nobody_came, np.full(40, 0.8), np.full(40, 0.3)), 1)
    -2.3
    """
    _check(bought, alive, stays_away, spread)
    buys_if_alive = np.clip((1 - stays_away) / np.maximum(alive, _SMALLEST), 0, 1)
    odds = logit(alive)

    def loss(shift: float) -> float:
        chance = np.clip(expit(odds + shift) * buys_if_alive, _SMALLEST, 1 - _SMALLEST)
        return float(-np.log(np.where(bought, chance, 1 - chance)).sum() + 0.5 * (shift / spread) ** 2)

    found = minimize_scalar(loss, bounds=(-_LARGEST_SHIFT, _LARGEST_SHIFT), method="bounded", options={"xatol": 1e-8})
    return float(found.x)


def shift_alive(alive: FloatArray, shift: float) -> FloatArray:
    """Move the log odds of being alive.

    Parameters
    ----------
    alive : array, shape (n,)
        Chances in 0..1; nought and one stay what they are.
    shift : float
        From `fit_alive_shift`.

    Returns
    -------
    array, shape (n,)

    Examples
    --------
    >>> shift_alive(np.array([0.0, 0.5, 1.0]), -1.0).round(3).tolist()
    [0.0, 0.269, 1.0]
    """
    moved: FloatArray = expit(logit(alive) + shift)
    return moved


def _check(bought: npt.NDArray[np.bool_], alive: FloatArray, stays_away: FloatArray, spread: float) -> None:
    require_within({"spread": spread}, low=0, high=100, low_open=True)
    faults = []
    if not len(bought) == len(alive) == len(stays_away):
        what = f"{len(bought):,} outcomes, {len(alive):,} chances of being alive, {len(stays_away):,} of staying away"
        faults.append(Fault(what, remedy="give one of each per customer, in the same order"))
    for name, chances in (("alive", alive), ("stays_away", stays_away)):
        wrong = int((~((chances >= 0) & (chances <= 1))).sum())
        if wrong:
            what = f"{wrong:,} chances are missing or out of range"
            faults.append(Fault(what, where=name, allowed="0 to 1", remedy="give a probability for every customer"))
    if faults:
        raise InputError(faults)
