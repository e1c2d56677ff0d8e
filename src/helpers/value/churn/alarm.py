"""An alarm for customers without a contract: the gap between purchases stretches, or the volume shrinks.

Nobody tells a shop that he has left. Every customer is therefore compared with the customer's own history, and the
alarm is put to the test: how many of those it warned of then bought far less than they used to, or nothing?
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.any_engine import mean_of
from helpers.core.arrays import FloatArray
from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError
from helpers.core.intervals import wilson_ends
from helpers.value.lifetime.purchase_history import purchase_days

STRETCHING, SHRINKING, BOTH = "gap stretches", "volume shrinks", "both"
TOO_YOUNG, STEADY = "history too short", "as usual"
ALARM_REASONS = (BOTH, STRETCHING, SHRINKING, STEADY, TOO_YOUNG)


@dataclass(frozen=True)
class AlarmRule:
    """When to ring.

    Parameters
    ----------
    least_gaps : int
        Gaps between purchase days a customer needs before any alarm: without a habit nothing can change.
    alarm_share : float
        A silence counts as stretched when at most this share of the customer's own gaps was as long. The present one
        is counted among them, so a customer with few gaps needs a longer silence than ever before.
    volume_days : int
        Length of the spans whose spend is compared, days.
    least_spans : int
        Earlier whole spans a customer needs before the volume is judged.
    """

    least_gaps: int = 5
    alarm_share: float = 0.10
    volume_days: int = 91
    least_spans: int = 4

    def __post_init__(self) -> None:
        """Refuse a rule that means nothing."""
        require_within({"least_gaps": self.least_gaps, "least_spans": self.least_spans}, low=1, high=1000)
        require_within({"alarm_share": self.alarm_share}, low=0, high=0.5, low_open=True)
        require_within({"volume_days": self.volume_days}, low=1, high=3660)


def purchase_rhythm(transactions: ir.Table, *, as_of: date, volume_days: int = 91) -> ir.Table:
    """Gather each customer's rhythm of buying, as one query in the client's database.

    Parameters
    ----------
    transactions : ibis Table
        Transaction lines: `customer_id`, `time`, `amount`.
    as_of : date
        Day of analysis; nothing on it or after it is used.
    volume_days : int
        Length of the spans of spend, counted back from `as_of`, days.

    Returns
    -------
    ibis Table
        One row per customer, ordered: `customer_id`; `gaps` (between purchase days), `mean_gap`, `longest_gap` (days);
        `silence` (days from the last purchase to the last day observed); `gaps_as_long` (own gaps of at least the
        silence); `latest_spend` (of the latest span, study currency); `earlier_spans` (whole spans before it, from the
        first purchase on), `mean_earlier_spend` (per such span) and `spans_as_low` (those with no more spend than the
        latest).
    """
    days = purchase_days(transactions, as_of=as_of)
    order = ibis.window(group_by="customer_id", order_by="day")
    days = days.mutate(before=days.day.lag().over(order))
    last_day = ibis.literal(as_of - timedelta(days=1))
    days = days.mutate(
        gap=days.day.delta(days.before, unit="day"),
        span=(ibis.literal(as_of).delta(days.day, unit="day") - 1).cast("int64") // volume_days,
    )
    whole = ibis.window(group_by="customer_id")
    days = days.mutate(
        silence=last_day.delta(days.day.max().over(whole), unit="day"),
        earlier_spans=ibis.greatest(
            ibis.literal(as_of).delta(days.day.min().over(whole), unit="day").cast("int64") // volume_days - 1, 0
        ),
    )
    rhythm = days.group_by("customer_id").aggregate(
        gaps=days.gap.count(),
        mean_gap=mean_of(days.gap),
        longest_gap=days.gap.max(),
        silence=days.silence.max(),
        gaps_as_long=(days.gap >= days.silence).ifelse(1, 0).sum(),
        earlier_spans=days.earlier_spans.max(),
    )
    return rhythm.left_join(_volumes(days), "customer_id").drop("customer_id_right").order_by("customer_id")


def _volumes(days: ir.Table) -> ir.Table:
    """Return each customer's latest spend against the whole spans before it; spans without a purchase count as nil."""
    exact = days.spend.round(4).cast("decimal(38, 4)")
    spans = days.group_by("customer_id", "span", "earlier_spans").aggregate(spend=exact.sum())
    latest = (spans.span == 0).ifelse(spans.spend, 0).max().over(ibis.window(group_by="customer_id"))
    spans = spans.mutate(latest=latest)
    is_earlier = (spans.span >= 1) & (spans.span <= spans.earlier_spans)
    found = spans.group_by("customer_id").aggregate(
        latest_spend=spans.latest.max().cast("float64"),
        earlier_spend=is_earlier.ifelse(spans.spend, 0).sum().cast("float64"),
        higher=(is_earlier & (spans.spend > spans.latest)).ifelse(1, 0).sum(),
        earlier=spans.earlier_spans.max(),
    )
    return found.select(
        "customer_id",
        "latest_spend",
        mean_earlier_spend=found.earlier_spend / found.earlier.nullif(0),
        spans_as_low=found.earlier - found.higher,
    )


def raise_alarms(rhythm: pd.DataFrame, rule: AlarmRule | None = None) -> pd.DataFrame:
    """Say for whom the alarm rings, and why.

    Parameters
    ----------
    rhythm : DataFrame
        From `purchase_rhythm`.
    rule : AlarmRule, optional
        When to ring.

    Returns
    -------
    DataFrame
        Rows as `rhythm`: customer_id, alarm (flag), reason, unusual_silence (share of the customer's own gaps, the
        present one among them, that were as long as the present silence; the smaller, the stranger), stretch (silence
        over the mean gap), volume_change (latest span over the mean of earlier ones, less one). Missing where the
        history is too short.

    Examples
    --------
    >>> rhythm = pd.DataFrame({"customer_id": ["a", "b"], "gaps": [19, 19], "mean_gap": [10.0, 10.0]})
    >>> rhythm = rhythm.assign(silence=[60, 5], gaps_as_long=[0, 18], latest_spend=[0.0, 80.0], earlier_spans=[4, 4])
    >>> rhythm = rhythm.assign(mean_earlier_spend=[90.0, 90.0], spans_as_low=[0, 2])
    >>> raise_alarms(rhythm)["reason"].tolist()
    ['both', 'as usual']
    """
    rule = rule or AlarmRule()
    judged = (rhythm["gaps"] >= rule.least_gaps).to_numpy()
    share = ((rhythm["gaps_as_long"] + 1) / (rhythm["gaps"] + 1)).where(judged)
    strangest = 1 / (rhythm["gaps"] + 1)
    stretched = judged & (share <= np.maximum(rule.alarm_share, strangest)).to_numpy()
    enough = judged & (rhythm["earlier_spans"] >= rule.least_spans).to_numpy()
    shrunk = enough & (rhythm["spans_as_low"] == 0).to_numpy() & (rhythm["mean_earlier_spend"] > 0).to_numpy()
    reason = np.select(
        [~judged, stretched & shrunk, stretched, shrunk], [TOO_YOUNG, BOTH, STRETCHING, SHRINKING], STEADY
    )
    return pd.DataFrame(
        {
            "customer_id": rhythm["customer_id"],
            "alarm": stretched | shrunk,
            "reason": pd.Series(reason, index=rhythm.index, dtype="str"),
            "unusual_silence": share,
            "stretch": (rhythm["silence"] / rhythm["mean_gap"]).where(judged),
            "volume_change": (rhythm["latest_spend"] / rhythm["mean_earlier_spend"] - 1).where(enough),
        },
        index=rhythm.index,
    )


def outcomes_afterwards(
    transactions: ir.Table, rhythm: pd.DataFrame, *, start: date, as_of: date, faded_share: float = 0.5
) -> pd.DataFrame:
    """Say what customers did in the time held back: came as before, faded, or stayed away.

    Parameters
    ----------
    transactions : ibis Table
        Transaction lines.
    rhythm : DataFrame
        From `purchase_rhythm` as of `start`.
    start, as_of : date
        First day held back, and the day after the last.
    faded_share : float
        A customer faded who came on less than this share of the days that the customer's mean gap promised.

    Returns
    -------
    DataFrame
        Rows as `rhythm`: customer_id, purchases (purchase days in the time held back), promised (days of it over the
        mean gap; missing for one-time buyers), silent (no purchase), faded (flag; false where nothing was promised).

    Raises
    ------
    InputError
        When the holdout holds no day.
    """
    require_within({"faded_share": faded_share}, low=0, high=1)
    if start >= as_of:
        raise InputError(
            Fault(
                f"the holdout begins on {start}, not before {as_of}",
                where="start",
                remedy="begin the time held back before the analysis date",
            )
        )
    days = purchase_days(transactions, as_of=as_of)
    later = days.filter(days.day >= ibis.literal(start)).group_by("customer_id").aggregate(purchases=ibis._.count())
    came = later.to_pyarrow().to_pandas().set_index("customer_id")["purchases"]
    purchases = rhythm["customer_id"].map(came).fillna(0).astype("int64")
    promised = (as_of - start).days / rhythm["mean_gap"]
    return pd.DataFrame(
        {
            "customer_id": rhythm["customer_id"],
            "purchases": purchases,
            "promised": promised,
            "silent": purchases == 0,
            "faded": (purchases < faded_share * promised).fillna(False),
        },
        index=rhythm.index,
    )


def compare_alarms(
    lost: pd.Series, scores: Mapping[str, pd.Series | FloatArray], *, warned: int, confidence: float = 0.95
) -> pd.DataFrame:
    """Let several warnings name the same number of customers, and count how many of them were then lost.

    Parameters
    ----------
    lost : Series of bool
        Whether the customer stayed away, or faded, in the time held back.
    scores : mapping of str to Series or array
        By name of the warning: the higher, the more it expects the customer to be lost. Missing counts as lowest.
    warned : int
        Customers each warning names; equal scores in the order of the rows.
    confidence : float
        Coverage of Wilson's interval.

    Returns
    -------
    DataFrame
        One row per warning and `by chance` last, without an interval: warning, warned, lost, precision, low, high,
        recall (share of all who were lost).

    Raises
    ------
    InputError
        When more customers are to be named than there are, or a score does not fit the customers.
    """
    require_within({"warned": warned}, low=1, high=len(lost))
    happened = lost.to_numpy(dtype=bool)
    rows = []
    for name, score in scores.items():
        values = np.nan_to_num(np.asarray(score, dtype=np.float64), nan=-np.inf)
        if len(values) != len(happened):
            raise InputError(
                Fault(
                    f"{len(values):,} scores for {len(happened):,} customers",
                    where=name,
                    remedy="give one score per customer, in the same order",
                )
            )
        named = np.argsort(-values, kind="stable")[:warned]
        rows.append([name, warned, int(happened[named].sum())])
    table = pd.DataFrame(rows, columns=["warning", "warned", "lost"])
    table["precision"] = table["lost"] / warned
    table["low"], table["high"] = wilson_ends(table["lost"], warned, alpha=1 - confidence)
    share = float(happened.mean())
    chance = {"warning": "by chance", "warned": warned, "lost": round(share * warned)}
    chance |= {"precision": share, "low": np.nan, "high": np.nan}  # known, not estimated: the share of all
    table = pd.concat([table, pd.DataFrame([chance])], ignore_index=True)
    table["recall"] = table["lost"] / max(int(happened.sum()), 1)
    return table
