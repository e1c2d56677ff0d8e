"""Where a debt goes within a month: paid, still as it was, or on to the next bucket; and so how much never comes in."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from helpers.core.arrays import FloatArray
from helpers.core.errors import Fault, InputError
from helpers.value.credit.ageing import AGEING_EDGES_DAYS, bucket_codes, bucket_names
from helpers.value.credit.receivables import Receivables

PAID = "paid"


@dataclass(frozen=True)
class RollRates:
    """What became of open amounts from one month to the next, over several months together.

    Parameters
    ----------
    amounts : DataFrame
        Money that was in the row's bucket at the start of a month and in the column's at its end (`paid` is the first
        column), in study currency, added up over the months.
    shares : DataFrame
        The same as shares of the row; nan for buckets that were always empty.
    reaches_last : Series
        Share of the money in each bucket that ends up in the last one, if the rates stay as they are.
    months : int
        Months added up.
    """

    amounts: pd.DataFrame
    shares: pd.DataFrame
    reaches_last: pd.Series
    months: int


def roll_rates(
    receivables: Receivables, *, months: int = 12, edges_days: Sequence[int] = AGEING_EDGES_DAYS
) -> RollRates:
    """Measure how open amounts move between ageing buckets from month to month.

    Parameters
    ----------
    receivables : Receivables
        The ledger.
    months : int
        Months before the analysis date to add up.
    edges_days : sequence of int
        Days past due at which a bucket ends. With edges further apart than a month, money can stay in a bucket.

    Returns
    -------
    RollRates
        Amounts, shares, and the share of each bucket that reaches the last one.

    Raises
    ------
    InputError
        When months or edges are out of range.

    References
    ----------
    Cyert, Davidson & Thompson (1962), "Estimation of the allowance for doubtful accounts by Markov chains", Management
    Science 8(3), 287-303: the chain of buckets, absorbed by payment or by the last bucket.
    """
    if months < 1:
        raise InputError(
            Fault(f"{months!r} is out of range", where="months", allowed="1 or more", remedy="give 1 month or more")
        )
    names = bucket_names(edges_days)
    days = [receivables.as_of - pd.DateOffset(months=back) for back in range(months, -1, -1)]
    due = receivables.invoices["due_date"]
    total = np.zeros((len(names), len(names) + 1))
    for start, end in pairwise(days):
        before, after = receivables.open_at(start), receivables.open_at(end)
        source, target = bucket_codes(due, start, edges_days), bucket_codes(due, end, edges_days)
        np.add.at(total, (source, target + 1), after * (before > 0))
        np.add.at(total, (source, np.zeros_like(source)), before - np.where(before > 0, after, 0.0))
    amounts = pd.DataFrame(total.round(2), index=pd.Index(names, name="bucket"), columns=[PAID, *names])
    held = amounts.sum(axis=1)
    shares = amounts.div(held.where(held > 0), axis=0)
    return RollRates(amounts, shares, share_reaching_last(shares), months)


def share_reaching_last(shares: pd.DataFrame) -> pd.Series:
    """Return, by bucket, the share of money that reaches the last bucket before it is paid.

    Parameters
    ----------
    shares : DataFrame
        Shares of each bucket that move to `paid` (first column) and to each bucket (the other columns) in one month.

    Returns
    -------
    Series
        By bucket; 1 for the last one, nan where a bucket on the way was always empty.

    Examples
    --------
    >>> names = ["not due", "late"]
    >>> rates = pd.DataFrame([[0.5, 0.0, 0.5], [0.4, 0.0, 0.6]], index=names, columns=["paid", *names])
    >>> share_reaching_last(rates).to_dict()
    {'not due': 0.5, 'late': 1.0}
    """
    inner = shares.to_numpy(dtype=np.float64)[:-1, 1:]
    reached = np.ones(len(shares))
    staying, leaving = inner[:, :-1], inner[:, -1]
    filled: FloatArray = np.where(np.isnan(staying), 0.0, staying)
    reached[:-1] = np.linalg.solve(np.eye(len(filled)) - filled, leaving) if len(filled) else leaving
    return pd.Series(reached, index=shares.index, name="reaches_last")
