"""How firmly customers sit in their segment of the cube: other discount rates, horizons and cuts."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from helpers.core.checks import require_columns
from helpers.core.errors import Fault, InputError, some_of, unknown_name
from helpers.value.cube.axes import CubeCuts, assign_cube, cut_axes, value_axes

CUT_RULES = ("mean", "median", "business rule")


@dataclass(frozen=True)
class CubeSetting:
    """One way of making the cube: what the value rests on, and where it is cut.

    Parameters
    ----------
    label : str
        What is different about it.
    months : float
        Months the profit goes on.
    annual_rate : float
        Discount rate per year.
    rule : str
        "mean", "median", or "business rule" for cuts of money and loyalty that stay where they are.
    """

    label: str
    months: float
    annual_rate: float
    rule: str


def usual_settings(months: float, annual_rate: float, rule: str) -> tuple[CubeSetting, list[CubeSetting]]:
    """Return the base and the five settings that every study is tried with.

    Parameters
    ----------
    months : float
        Months the profit goes on.
    annual_rate : float
        Discount rate per year.
    rule : str
        How the axes are cut; for a business rule the base is cut at the mean.

    Returns
    -------
    (CubeSetting, list of CubeSetting)
        Twice the rate and half the horizon, each with cuts that move along and with cuts that stay sums of money; and
        the other of mean and median.

    Examples
    --------
    >>> base, settings = usual_settings(12, 0.1, "mean")
    >>> [setting.label for setting in settings][-1], settings[-1].rule
    ('other cuts', 'median')
    """
    relative, other = ("median", "mean") if rule == "median" else ("mean", "median")
    twice = min(2 * annual_rate, 1.0)
    return CubeSetting("as chosen", months, annual_rate, relative), [
        CubeSetting("double rate", months, twice, relative),
        CubeSetting("half horizon", months / 2, annual_rate, relative),
        CubeSetting("double rate, cuts in money", months, twice, "business rule"),
        CubeSetting("half horizon, cuts in money", months / 2, annual_rate, "business rule"),
        CubeSetting("other cuts", months, annual_rate, other),
    ]


@dataclass(frozen=True)
class MembershipSensitivity:
    """How many customers change segment when something assumed is changed.

    Parameters
    ----------
    table : DataFrame
        One row per setting: label, months, annual_rate, rule, moved (customers in another segment than in the base),
        moved_share, largest_move ("gold to short term", empty when nobody moved).
    steady : Series of float
        For each customer, the share of settings that leave him or her in the segment of the base.
    """

    table: pd.DataFrame
    steady: pd.Series = field(repr=False)

    @property
    def always_same_share(self) -> float:
        """Share of customers whom no setting moves."""
        return float((self.steady == 1).mean())


def membership_sensitivity(
    monthly: pd.DataFrame, base: CubeSetting, settings: list[CubeSetting]
) -> MembershipSensitivity:
    """Make the cube again with other discount rates, horizons and cuts, and count who moves.

    Rate and horizon multiply both values of every customer by the same number. Cuts at a mean or median move with them
    and nobody changes segment; cuts that are sums of money do not move.

    Parameters
    ----------
    monthly : DataFrame
        One row per customer: profit_per_month, potential_profit_per_month (study currency), loyalty.
    base : CubeSetting
        What the others are compared with; its cuts are those of a business rule that stays.
    settings : list of CubeSetting
        Other ways.

    Returns
    -------
    MembershipSensitivity
        Moves per setting, and how steady each customer is.
    """
    require_columns(monthly.columns, ("profit_per_month", "potential_profit_per_month", "loyalty"), where="monthly")
    before, fixed = _made(monthly, base, None)
    rows, same = [], np.zeros(len(monthly))
    for setting in settings:
        after, _ = _made(monthly, setting, fixed)
        moved = (after.astype("str") != before.astype("str")).to_numpy()
        same += ~moved
        pairs = (before[moved].astype("str") + " to " + after[moved].astype("str")).value_counts()
        largest = min(pairs.index[pairs == pairs.max()]) if len(pairs) else ""
        where = [setting.label, setting.months, setting.annual_rate, setting.rule]
        rows.append([*where, int(moved.sum()), float(moved.mean()), largest])
    columns = ["label", "months", "annual_rate", "rule", "moved", "moved_share", "largest_move"]
    steady = pd.Series(same / max(len(settings), 1), index=monthly.index, name="steady")
    return MembershipSensitivity(pd.DataFrame(rows, columns=columns), steady)


def _made(monthly: pd.DataFrame, setting: CubeSetting, fixed: CubeCuts | None) -> tuple[pd.Series, CubeCuts]:
    values = value_axes(monthly, months=setting.months, annual_rate=setting.annual_rate)
    if setting.rule not in CUT_RULES:
        raise InputError(unknown_name(setting.rule, CUT_RULES, kind="rule for the cuts", where=setting.label))
    if setting.rule == "business rule":
        if fixed is None:
            raise InputError(
                Fault(
                    f"the base is cut by {some_of([setting.rule])}",
                    allowed="mean, median",
                    remedy="cut the base by the mean or the median",
                )
            )
        cuts = fixed
    else:
        cuts = cut_axes(values, setting.rule)
    return assign_cube(values, cuts), cuts
