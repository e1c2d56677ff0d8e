"""Does the order of two customers depend on a third? Rank reversal, checked by leaving customers out."""

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd
from scipy.stats import kendalltau

from helpers.core.errors import Fault, InputError, some_of
from helpers.value.ahp.scoring import Scale, rank_scores, rescale


def check_rank_reversal(
    indicators: pd.DataFrame,
    weights: "pd.Series[float]",
    *,
    leave_out: Sequence[Hashable] | None = None,
    scale: Scale = "z",
) -> pd.DataFrame:
    """Leave customers out one at a time and count the pairs among the others that change their order.

    Every scale is taken from the customers present, so an outlier who comes or goes changes what a step of an
    indicator is worth.

    Parameters
    ----------
    indicators : DataFrame
        Indexed by customer or alternative, high good, no missing value; a column per indicator.
    weights : Series
        Weight of each column.
    leave_out : sequence, optional
        Whom to leave out in turn; everybody when missing.
    scale : {"z", "sum", "largest"}
        How indicators are brought to one scale, see `rescale`.

    Returns
    -------
    DataFrame
        One row per customer left out: customer, reversed_pairs (pairs of others whose order turned round; equal values
        count in the order given), reversed_share (of all pairs of others), moved (others with another rank among
        themselves), largest_move (places), first_kept (whether the best of the others stays the best).

    Raises
    ------
    InputError
        When a customer to leave out is unknown, or fewer than three customers are given.

    References
    ----------
    Belton and Gear (1983), "On a short-coming of Saaty's method of analytic hierarchies", Omega 11(3), 228-230.

    Examples
    --------
    >>> given = pd.DataFrame({"a": [1, 9, 1, 9], "b": [9, 1, 1, 1], "c": [8, 9, 1, 9]}, index=["A", "B", "C", "copy"])
    >>> equal = pd.Series(1 / 3, index=["a", "b", "c"])
    >>> check_rank_reversal(given, equal, leave_out=["copy"], scale="sum")[["reversed_pairs", "first_kept"]]
       reversed_pairs  first_kept
    0               1       False
    >>> check_rank_reversal(given, equal, leave_out=["copy"], scale="largest")[["reversed_pairs", "first_kept"]]
       reversed_pairs  first_kept
    0               0        True
    """
    named = list(indicators.index) if leave_out is None else list(leave_out)
    unknown = [name for name in named if name not in indicators.index]
    if unknown or len(indicators) < 3:
        what = f"{len(indicators)} customers, unknown among those to leave out: {some_of(unknown) or 'none'}"
        raise InputError(
            Fault(
                what,
                where="leave_out",
                allowed="three customers or more, known ones to leave out",
                remedy="leave out customers of the table, and keep two or more",
            )
        )
    with_all = _score(indicators, weights, scale)
    rows = []
    for name in named:
        others = indicators.index != name
        before, after = with_all[others], _score(indicators[others], weights, scale)
        rows.append({"customer": name, **_compare(before, after)})
    return pd.DataFrame(rows)


def _score(indicators: pd.DataFrame, weights: "pd.Series[float]", scale: Scale) -> "pd.Series[float]":
    scaled = rescale(indicators, scale)
    return pd.Series(scaled.to_numpy() @ weights[scaled.columns].to_numpy(), index=indicators.index).round(9)


def _compare(before: "pd.Series[float]", after: "pd.Series[float]") -> dict[str, int | float | bool]:
    pairs = len(before) * (len(before) - 1) // 2
    # Without ties, tau is one less twice the share of reversed pairs; ties are broken by position before and after.
    one, two = before.rank(method="first"), after.rank(method="first")
    tau = float(kendalltau(one, two).statistic)
    reversed_pairs = round(pairs * (1 - tau) / 2)
    moves = np.abs(rank_scores(before) - rank_scores(after))
    best = int(np.argmax(before.to_numpy()))
    return {
        "reversed_pairs": reversed_pairs,
        "reversed_share": reversed_pairs / pairs,
        "moved": int((moves > 0).sum()),
        "largest_move": int(moves.max()),
        "first_kept": bool(after.iloc[best] >= after.max()),
    }


def indicator_leaders(standardised: pd.DataFrame) -> list[Hashable]:
    """Return the customers furthest from the mean on any indicator: those whose leaving changes the scales most.

    Parameters
    ----------
    standardised : DataFrame
        Indexed by customer, z-values.

    Returns
    -------
    list
        Customers, each once, in the order of the columns.
    """
    return list(dict.fromkeys(standardised.abs().idxmax()))
