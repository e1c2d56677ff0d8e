"""How many customers move from each phase to each other one, with intervals."""

import numpy as np
import pandas as pd

from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError
from helpers.core.intervals import wilson_ends
from helpers.differentiation.profiles import count_moves


def transition_matrix(before: pd.Series, after: pd.Series, *, confidence: float = 0.95) -> pd.DataFrame:
    r"""Estimate the chance of each move between phases as a first-order Markov chain.

    Of the $n_j$ customers in phase $j$ before, $n_{jk}$ are in phase $k$ after: $\hat p_{jk} = n_{jk} / n_j$.

    Parameters
    ----------
    before, after : Series of categorical
        Phase of each customer at either date, indexed by customer_id, with the same categories. Customers won in
        between have no phase before and are in none of the rows.
    confidence : float
        Coverage of Wilson's interval of each share.

    Returns
    -------
    DataFrame
        One row per phase before that occurs and phase after, in their order: before, after, customers, share, low,
        high. The shares of a phase before add up to one.

    Raises
    ------
    InputError
        When nobody had a phase before, or as `count_moves`.

    References
    ----------
    Anderson and Goodman (1957), "Statistical inference about Markov chains", Annals of Mathematical Statistics 28, for
    the estimate; Wilson (1927), Journal of the American Statistical Association 22, for the interval.

    Examples
    --------
    >>> phases = pd.CategoricalDtype(["growth", "decline"])
    >>> before = pd.Series(["growth"] * 4, index=list("abcd"), dtype=phases)
    >>> after = pd.Series(["growth", "growth", "growth", "decline"], index=list("abcd"), dtype=phases)
    >>> transition_matrix(before, after)[["after", "share", "low", "high"]].round(2)
         after  share   low  high
    0   growth   0.75  0.30  0.95
    1  decline   0.25  0.05  0.70
    """
    require_within({"confidence": confidence}, low=0.5, high=1, high_open=True)
    if before.empty:
        raise InputError(Fault("no customer had a phase before", where="before", remedy="take a later first date"))
    moves = count_moves(before, after.reindex(before.index))
    moves = moves.loc[moves.sum(axis=1) > 0]
    table = moves.reset_index().melt("before", var_name="after", value_name="customers")
    place = {name: number for number, name in enumerate(moves.index)}
    table = table.sort_values("before", key=lambda names: names.map(place), kind="stable", ignore_index=True)
    size = table.groupby("before")["customers"].transform("sum")
    low, high = wilson_ends(table["customers"], size, alpha=1 - confidence)
    share = table["customers"].to_numpy(dtype=np.float64) / size.to_numpy(dtype=np.float64)
    return table.assign(share=share, low=low, high=high)
