"""Arguments of the purchase and spend models other than tables: lengths of time, counts, chance."""

from numbers import Real

import numpy as np

from helpers.core.arrays import FloatArray
from helpers.core.errors import Fault, InputError, some_of

LONGEST = 1e9
LARGEST_COUNT = 10_000


def check_number(
    value: object,
    where: str,
    *,
    above: float = -np.inf,
    low: float = -np.inf,
    high: float = np.inf,
    whole: bool = False,
) -> list[Fault]:
    """Return the fault of an argument that is no number within bounds, or nothing.

    Examples
    --------
    >>> print(check_number("10", "horizon", low=0)[0])
    horizon: '10' is no number
        allowed: 0 or more
        remedy: give a number
    """
    kind = "a whole number" if whole else "a number"
    bounds = [f"above {above:g}" if above > -np.inf else "", f"{low:g} or more" if low > -np.inf else ""]
    allowed = " and ".join([*filter(None, bounds), *([f"at most {high:,.0f}"] if high < np.inf else [])]) or kind
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        return [Fault(f"{value!r} is no number", where=where, allowed=allowed, remedy="give a number")]
    number = float(value)
    fits = above < number < np.inf and low <= number <= high and (not whole or number == np.floor(number))
    return (
        []
        if fits
        else [
            Fault(
                f"{value}",
                where=where,
                allowed=f"{kind}, {allowed}" if whole else allowed,
                remedy="give a number within this range",
            )
        ]
    )


def check_chance(rng: object) -> None:
    """Refuse a source of chance that is none: a seed, or nothing.

    Raises
    ------
    InputError
        When it is no generator.
    """
    if not isinstance(rng, np.random.Generator):
        raise InputError(
            Fault(f"{rng!r} is no random generator", where="rng", remedy="give np.random.default_rng(seed)")
        )


def check_horizon(horizon: object, *, endless: bool = False) -> None:
    """Refuse a horizon that is not a length of time.

    Parameters
    ----------
    horizon : float or None
        Time units ahead.
    endless : bool
        Whether None, for ever, will do.

    Raises
    ------
    InputError
        When the horizon is negative, infinite or not a number.
    """
    if horizon is None and endless:
        return
    if check_number(horizon, "", low=0, high=LONGEST):
        ever = ", or None for ever" if endless else ""
        raise InputError(
            Fault(
                f"horizon {horizon}",
                allowed=f"0 to {LONGEST:,.0f} time units{ever}",
                remedy="give a horizon within this range",
            )
        )


def check_largest(largest: object) -> None:
    """Refuse a largest count that is no count, or more than a table can hold.

    Raises
    ------
    InputError
        When it is no whole number, negative or very large.
    """
    faults = check_number(largest, "largest", low=0, high=LARGEST_COUNT, whole=True)
    if faults:
        raise InputError(faults)


def check_times(times: object, where: str) -> FloatArray:
    """Return ages or times ahead as numbers.

    Raises
    ------
    InputError
        When one is missing, negative, infinite or no number.
    """
    allowed = f"0 to {LONGEST:,.0f} time units"
    try:
        values = np.asarray(times, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            Fault(f"no times ({error})", where=where, allowed=allowed, remedy="give the times as numbers")
        ) from None
    bad = np.unique(values[~((values >= 0) & (values <= LONGEST))])
    if values.ndim != 1 or len(bad):
        what = some_of(bad.tolist()) if len(bad) else f"{values.ndim} dimensions"
        raise InputError(Fault(what, where=where, allowed=allowed, remedy="give a list of times within this range"))
    return values
