"""The phases of all customers on any day, with the states that the purchases have taught."""

from datetime import date

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.errors import InputError
from helpers.core.returns import without_purchases
from helpers.differentiation import LifeCycle, PhaseRule, assign_phases, count_purchases
from helpers.identification import summarise_customers
from helpers.value.lifetime.customer_states import StateLearning
from helpers.value.lifetime.purchase_history import purchase_history

GAP_BANDS: dict[str, float] = {
    "up to a week": 7.0,
    "up to a month": 31.0,
    "up to a quarter": 92.0,
    "up to half a year": 183.0,
    "longer": np.inf,
}
"""Bands of the own expected gap and their upper ends, days."""


def gone_by_rhythm(states: pd.DataFrame, days_since_last: pd.Series, *, fixed_days: int = 90) -> pd.DataFrame:
    """Count, by how often customers buy, who is gone by the own rhythm and who is silent for a number of days.

    Parameters
    ----------
    states : DataFrame
        From `StateLearning.customers`: state, expected_gap_days; customers without an expected gap are left out.
    days_since_last : Series
        On the same index, days.
    fixed_days : int
        Days without a purchase of the fixed rule.

    Returns
    -------
    DataFrame
        One row per band of `GAP_BANDS` with customers, indexed by band: customers, gone_share, silent_share (shares of
        its customers), silent_not_gone_share (silent by the days, not gone by the own rhythm; likewise).

    Examples
    --------
    >>> states = pd.DataFrame({"state": ["lost", "active"], "expected_gap_days": [5.0, 120.0]})
    >>> gone_by_rhythm(states, pd.Series([60, 100]))[["gone_share", "silent_share"]]
                       gone_share  silent_share
    band
    up to a week              1.0           0.0
    up to half a year         0.0           1.0
    """
    band = pd.cut(states["expected_gap_days"], [0.0, *GAP_BANDS.values()], labels=list(GAP_BANDS)).rename("band")
    gone, silent = states["state"] == "lost", days_since_last.reindex(states.index) > fixed_days
    flags = pd.DataFrame({"gone_share": gone, "silent_share": silent, "silent_not_gone_share": silent & ~gone})
    by_band = flags.groupby(band, observed=True)
    shares = by_band.mean()
    shares.insert(0, "customers", by_band.size())
    return shares.set_index(shares.index.astype("str"))


def states_on(transactions: ir.Table, day: date, learning: StateLearning) -> pd.DataFrame:
    """Return rhythm, P(alive) and state of the customers known on a day, judged by what all purchases have taught.

    Parameters
    ----------
    transactions : ibis Table
        Transaction lines: `customer_id`, `time`, `amount`.
    day : date
        Nothing on it or after it is used.
    learning : StateLearning
        From `learn_states`, at this day or a later one.

    Returns
    -------
    DataFrame
        As `StateLearning.customers`.
    """
    history: pd.DataFrame = purchase_history(transactions, as_of=day).to_pyarrow().to_pandas()
    return learning.measure(history).set_index(pd.Index(history["customer_id"]))


def phases_on(transactions: ir.Table, day: date, learning: StateLearning, rule: PhaseRule | None = None) -> LifeCycle:
    """Return the phase of every customer known on a day, by own rhythm and trend.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions.
    day : date
        Nothing on it or after it is used.
    learning : StateLearning
        From `learn_states`, at this day or a later one.
    rule : PhaseRule, optional
        Limits; the defaults when missing.

    Returns
    -------
    LifeCycle
        From `helpers.differentiation.assign_phases`.

    Raises
    ------
    InputError
        When nobody had bought before that day.
    """
    summary = summarise_customers(transactions, day).to_pyarrow().to_pandas().set_index("customer_id")
    if summary.empty:
        raise InputError(without_purchases(transactions, day))
    counts = count_purchases(transactions, day, rule)
    silent, gone = learning.silence_of(states_on(transactions, day, learning))
    return assign_phases(counts, summary, rule, silent=silent, gone=gone)
