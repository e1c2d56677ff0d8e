"""Whose own spend rose or fell beyond chance: a permutation test per customer, false discoveries held to a share.

Places in a ranking cannot tell: for each customer who rises another falls. Here every customer is compared with nobody
but the same customer, so that all may rise at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations, pairwise
from math import comb

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_columns, require_within
from helpers.core.errors import Fault, InputError
from helpers.core.intervals import wilson
from helpers.core.lines import exact_sum
from helpers.core.periods import Period, per_period
from helpers.core.returns import purchase_lines

CHANGES: tuple[str, ...] = ("rose", "fell", "no clear change", "cannot say")
FALSE_SHARE = 0.10
BLOCK_DAYS = 14
_DAYS_PER_MONTH = 365.25 / 12
_MOST_EXACT = 5000
_CELLS_AT_ONCE = 4_000_000
_SLACK = 1e-9


@dataclass(frozen=True)
class SpendChanges:
    """How each customer's own spend changed between two periods.

    Parameters
    ----------
    customers : DataFrame
        One row per customer known before the later period, indexed by customer_id: before, after (spend in the earlier
        and the later period), blocks (that are compared), blocks_bought, p_value, q_value (both missing where the
        blocks cannot say), change (ordered categorical of `CHANGES`).
    false_share : float
        Share of false alarms that the changes called are held to.
    """

    customers: pd.DataFrame
    false_share: float

    @property
    def judged(self) -> int:
        """Customers whose blocks can show a change."""
        return int(self.customers["p_value"].notna().sum())

    def summary(self, *, confidence: float = 0.95) -> pd.DataFrame:
        """Return customers and money by change.

        Parameters
        ----------
        confidence : float
            Of Wilson's intervals of the shares of the customers judged.

        Returns
        -------
        DataFrame
            By change: customers, share, low, high (of those judged; missing in the last row), before, after, difference
            (study currency).
        """
        by_change = self.customers.groupby("change", observed=False)
        table = by_change[["before", "after"]].sum().assign(customers=by_change.size())
        shares = [wilson(n, self.judged, confidence=confidence) for n in table["customers"].iloc[:-1]]
        ends = {name: [*(getattr(one, name) for one in shares), np.nan] for name in ("estimate", "low", "high")}
        table = table.assign(**ends, difference=table["after"] - table["before"]).rename(columns={"estimate": "share"})
        return table[["customers", "share", "low", "high", "before", "after", "difference"]]


def blocks_before(until: date, *, months: int) -> tuple[Period, ...]:
    """Cut the time before a day into blocks of two weeks: as many as two periods of so many months hold, rounded.

    Two weeks are short enough that half a year has many of them, and long enough that one large order instead of two
    small ones makes no difference.

    Parameters
    ----------
    until : date
        The last block ends the day before.
    months : int
        Length of each of the two periods.

    Examples
    --------
    >>> blocks = blocks_before(date(2018, 1, 1), months=6)
    >>> len(blocks), str(blocks[0].start)
    (26, '2017-01-02')
    """
    require_within({"months": months}, low=1, high=1200)
    count = 2 * max(1, round(months * _DAYS_PER_MONTH / BLOCK_DAYS))
    borders = [until - timedelta(days=BLOCK_DAYS * back) for back in range(count, -1, -1)]
    return tuple(Period(start, end) for start, end in pairwise(borders))


def spend_by_block(transactions: ir.Table, blocks: Sequence[Period]) -> pd.DataFrame:
    """Add up what each customer paid in each of consecutive blocks of equal length.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions: customer_id, time, amount.
    blocks : sequence of Period
        From `blocks_before`.

    Returns
    -------
    DataFrame
        One row per customer and block with a purchase, sorted: customer_id, period (number of the block), revenue.

    Raises
    ------
    InputError
        When no purchase lies in the blocks.
    """
    require_columns(transactions.columns, ("customer_id", "time", "amount"), where="transactions")
    start, end, days = blocks[0].start, blocks[-1].end, (blocks[0].end - blocks[0].start).days
    lines = purchase_lines(transactions, end, since=start)
    since = lines["time"].date().delta(ibis.date(start.year, start.month, start.day), unit="day")
    gathered = lines.group_by("customer_id", period=(since // days).cast("int64")).agg(
        revenue=exact_sum(lines["amount"])
    )
    frame: pd.DataFrame = gathered.order_by("customer_id", "period").to_pyarrow().to_pandas()
    if frame.empty:
        raise InputError(Fault(f"no purchase from {start} to {end}", where="transactions", remedy="check as_of"))
    return frame.fillna({"revenue": 0.0})


def judge_spend_changes(
    activity: pd.DataFrame,
    first_times: pd.Series,
    blocks: Sequence[Period],
    rng: np.random.Generator,
    *,
    false_share: float = FALSE_SHARE,
) -> SpendChanges:
    """Test for each customer whether the blocks of the later half differ from those of the earlier half.

    If nothing changed, a customer's spend per block could as well have come in any other order. The p-value is the
    share of the ways to pick as many blocks as the later half has, in which their sum lies as far from its expectation
    as it does in fact: all ways where they are at most 5,000, else 4,999 drawn at random and the true one. The block of
    the first purchase, which is certain to hold one, and the blocks before it are not compared. Customers whose blocks
    cannot give a p-value as small as the share of false alarms, however they are ordered, are not judged: who is left
    out depends on how many blocks they bought in, never on which.

    Parameters
    ----------
    activity : DataFrame
        From `spend_by_block`: customer_id, period, revenue.
    first_times : Series
        Time of the first purchase of all, by customer_id; a customer who is missing, or first bought in the later half,
        is not compared.
    blocks : sequence of Period
        Consecutive blocks, an even number: the earlier and the later half.
    rng : numpy Generator
        Draws orders where there are too many to list.
    false_share : float
        Share of false alarms among the changes called, between 0 and 1.

    Returns
    -------
    SpendChanges

    Raises
    ------
    InputError
        When the number of blocks is odd or so small that no change could be distinguished from chance.

    Source
    ------
    Pitman (1937), "Significance tests which may be applied to samples from any populations", Supplement to the Journal
    of the Royal Statistical Society 4; Phipson and Smyth (2010), Statistical Applications in Genetics and Molecular
    Biology 9, for drawn permutations; Benjamini and Hochberg (1995), JRSS B 57.

    Examples
    --------
    >>> from datetime import date
    >>> blocks = blocks_before(date(2025, 1, 1), months=3)
    >>> spend = [10.0, 11, 9, 10, 10, 11, 10, 20, 22, 19, 21, 20, 23, 20]
    >>> activity = pd.DataFrame({"customer_id": "x", "period": range(14), "revenue": spend})
    >>> since = pd.Series({"x": pd.Timestamp("2023-05-01")})
    >>> found = judge_spend_changes(activity, since, blocks, np.random.default_rng(1)).customers.loc["x"]
    >>> round(float(found["p_value"]), 4), found["change"]
    (0.0006, 'rose')
    """
    require_columns(activity.columns, ("customer_id", "period", "revenue"), where="activity")
    require_within({"false_share": false_share}, low=0, high=1, low_open=True, high_open=True)
    half = _half(len(blocks), false_share)
    spend = per_period(activity, "revenue", len(blocks))
    begins = np.array([pd.Timestamp(period.start).to_datetime64() for period in blocks])
    first = pd.to_datetime(first_times.reindex(spend.index)).to_numpy()
    known = ~np.isnat(first) & (first < begins[half])
    spend, first = spend[known], first[known]
    # The blocks up to that of the first purchase; none for a purchase before all of them.
    skipped = np.searchsorted(begins, first, side="right")
    values = spend.to_numpy(dtype=np.float64)
    kept = np.arange(len(blocks)) >= skipped[:, None]
    bought = (kept & (values != 0)).sum(axis=1)
    p_value = np.full(len(spend), np.nan)
    for leave in np.unique(skipped):
        here = np.flatnonzero(skipped == leave)
        judged = here[_smallest_p(len(blocks) - leave, half, bought[here]) <= false_share]
        if len(judged):
            p_value[judged] = _permuted(values[judged, leave:], half, rng)
    table = pd.DataFrame(
        {
            "before": values[:, :half].sum(axis=1),
            "after": values[:, half:].sum(axis=1),
            "blocks": kept.sum(axis=1),
            "blocks_bought": bought,
            "p_value": p_value,
        },
        index=spend.index,
    )
    sums = [(kept * values)[:, part].sum(axis=1) for part in (slice(None, half), slice(half, None))]
    rose = sums[1] / half > sums[0] / np.maximum(kept[:, :half].sum(axis=1), 1)
    return SpendChanges(_called(table, rose, false_share), false_share)


def _half(blocks: int, false_share: float) -> int:
    half = blocks // 2
    needed = next(size for size in range(1, 100) if 2 / comb(2 * size, size) <= false_share)
    if blocks % 2 or half < needed:
        what = f"{blocks} blocks cannot tell a change of spend from chance"
        remedy = f"compare periods of {needed} blocks of two weeks or more"
        raise InputError(Fault(what, "blocks", f"an even number from {2 * needed}", remedy))
    return half


def _smallest_p(blocks: int, later: int, bought: np.ndarray) -> FloatArray:
    """Return the smallest p-value of customers who bought in so many of the blocks compared; one where in none.

    As far out as possible all purchases lie in the later blocks, or all in the earlier ones.
    """
    counts, every = range(1, blocks + 1), comb(blocks, later)
    ways = [(comb(blocks - k, later - k) if k <= later else 0) + comb(blocks - k, later) for k in counts]
    smallest = np.array([1.0, *(max(way, 1) / every for way in ways)])
    found: FloatArray = smallest[bought]
    return found


def _permuted(values: FloatArray, later: int, rng: np.random.Generator) -> FloatArray:
    """Return two-sided p-values of the sum of the last `later` columns."""
    blocks = values.shape[1]
    exact = comb(blocks, later) <= _MOST_EXACT
    if exact:
        picked = np.array(list(combinations(range(blocks), later)))
    else:
        picked = np.argsort(rng.random((_MOST_EXACT - 1, blocks)), axis=1)[:, :later]
    ways = np.zeros((len(picked), blocks))
    np.put_along_axis(ways, picked, 1.0, axis=1)
    expected = values.sum(axis=1) * later / blocks
    distance = np.abs(values[:, -later:].sum(axis=1) - expected)
    slack = _SLACK * np.abs(values).sum(axis=1)
    p_value = np.empty(len(values))
    step = max(1, _CELLS_AT_ONCE // len(ways))
    for start in range(0, len(values), step):
        part = slice(start, start + step)
        off = values[part] @ ways.T
        off -= expected[part, None]
        far = np.abs(off, out=off) >= (distance - slack)[part, None]
        p_value[part] = np.bitwise_count(np.packbits(far, axis=1)).sum(axis=1, dtype=np.int64)
    return p_value / len(ways) if exact else (p_value + 1) / (len(ways) + 1)


def _called(table: pd.DataFrame, rose: np.ndarray, false_share: float) -> pd.DataFrame:
    judged = table["p_value"].notna()
    q_value = pd.Series(np.nan, index=table.index)
    if judged.any():
        q_value[judged] = stats.false_discovery_control(table.loc[judged, "p_value"].to_numpy())
    clear = (q_value <= false_share).to_numpy()
    code = np.select([~judged.to_numpy(), clear & rose, clear & ~rose], [3, 0, 1], default=2)
    kind = pd.Categorical.from_codes(code, categories=pd.Index(CHANGES), ordered=True)
    return table.assign(q_value=q_value, change=kind)
