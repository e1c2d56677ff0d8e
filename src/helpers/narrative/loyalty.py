"""Which sentences the chapter on loyalty says: by what a comparison came to, and whether there was one."""

from helpers.core.intervals import Interval
from helpers.differentiation.loyalty.price import TASTE

GOOD: dict[str, bool | None] = {
    "verdict_better": True,
    "verdict_no_difference": None,
    "verdict_worse": False,
    "verdict_untested": None,
}
"""By verdict: whether it is good news."""


def side_of(difference: Interval) -> str:
    """Say on which side of zero an interval lies: better, worse, or no_difference.

    Examples
    --------
    >>> side_of(Interval(0.2, 0.1, 0.3, 0.95, "")), side_of(Interval(0.2, float("nan"), float("nan"), 0.95, ""))
    ('better', 'no_difference')
    """
    return {1: "better", -1: "worse", 0: "no_difference"}[difference.sign]


def forecast_verdict(gain: Interval | None) -> str:
    """Return the key of the chapter's first line: whether own tastes forecast the next brand better than the market.

    Examples
    --------
    >>> forecast_verdict(None), forecast_verdict(Interval(-0.2, -0.3, -0.1, 0.95, ""))
    ('verdict_untested', 'verdict_worse')
    """
    return "verdict_untested" if gain is None else f"verdict_{side_of(gain)}"


def change_of(first: tuple[float, float], last: tuple[float, float]) -> str:
    """Say how a share moved between two parts of the history, by the ends of its intervals there.

    Examples
    --------
    >>> change_of((0.20, 0.24), (0.25, 0.30)), change_of((0.20, 0.24), (0.22, 0.26))
    ('rose', 'no_change')
    """
    return "rose" if last[0] > first[1] else "fell" if last[1] < first[0] else "no_change"


def effect_in_words(column: str) -> str:
    """Return what an effect on the choice of a brand is of.

    Examples
    --------
    >>> effect_in_words("brand_own"), effect_in_words("log_expected_share"), effect_in_words("price")
    ('brand own', 'own taste (log of the expected share)', 'price')
    """
    if column == TASTE:
        return "own taste (log of the expected share)"
    return f"brand {column.removeprefix('brand_')}" if column.startswith("brand_") else column


def signed(value: float) -> str:
    """Return a change with its sign and two decimals.

    Examples
    --------
    >>> signed(-2.333), signed(0.5)
    ('−2.33', '+0.50')
    """
    return f"{value:+.2f}".replace("-", "−")
