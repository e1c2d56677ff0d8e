"""How soon the alarm rings and how often it is false, where somebody knows when each customer left."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.checks import require_columns, require_within
from helpers.core.errors import Fault, InputError, some_of
from helpers.core.periods import months_before
from helpers.core.results import NamedResult
from helpers.core.session_tables import stored_in_session
from helpers.value.churn.alarm import TOO_YOUNG, AlarmRule, purchase_rhythm, raise_alarms
from helpers.value.lifetime.purchase_history import purchase_days

_LONGEST_FIXED_DAYS = 730


@dataclass(frozen=True)
class AlarmScore:
    """An alarm replayed at every month's end, against days without a purchase that are the same for everybody.

    Parameters
    ----------
    false_alarm_rate : float
        Of the living regular customers, for whom the alarm rings at a month's end, over all month's ends.
    delay_days : float
        Median days from leaving to the first month's end at which the alarm rings; infinite where it rang for less than
        half of those who left.
    found_share : float
        Of those who left, for whom it rang by the analysis date.
    fixed_days : int
        Days of the fixed rule.
    fixed_false_alarm_rate, fixed_delay_days, fixed_found_share : float
        The same of the fixed rule.
    equal_days : int
        Days at which a fixed rule rings for no more of the living than the alarm does.
    equal_delay_days : float
        Delay of that rule.
    leavers : int
        Regular customers who left in the time replayed, but for its last months.
    """

    false_alarm_rate: float
    delay_days: float
    found_share: float
    fixed_days: int
    fixed_false_alarm_rate: float
    fixed_delay_days: float
    fixed_found_share: float
    equal_days: int
    equal_delay_days: float
    leavers: int

    @property
    def lead_time_days(self) -> float:
        """How many days sooner the alarm rings than the fixed rule that is false as often."""
        return self.equal_delay_days - self.delay_days

    @property
    def lead_over_fixed_days(self) -> float:
        """How many days sooner it rings than the fixed rule as it stands."""
        return self.fixed_delay_days - self.delay_days

    def compared(self) -> pd.DataFrame:
        """Return the three warnings, one row each, indexed by warning: false_alarm_rate, median_delay_days."""
        rows = {
            "own history": (self.false_alarm_rate, self.delay_days),
            f"{self.fixed_days} days for everybody": (self.fixed_false_alarm_rate, self.fixed_delay_days),
            f"{self.equal_days} days for everybody": (self.false_alarm_rate, self.equal_delay_days),
        }
        table = pd.DataFrame.from_dict(rows, orient="index", columns=["false_alarm_rate", "median_delay_days"])
        return table.rename_axis("warning")

    def named_results(self) -> Iterator[NamedResult]:
        """Yield lead time, false alarms and what they are compared with, for the results file."""
        equal = f"a rule of {self.equal_days} days, which is false as often"
        fixed = f"by {self.fixed_days} days without a purchase"
        days = (
            ("lead_time_days", self.lead_time_days, f"days the alarm rings sooner than {equal}"),
            ("delay_days", self.delay_days, "median days from leaving to the alarm"),
            ("equal_days", self.equal_days, "days of the fixed rule that is false as often as the alarm"),
            ("lead_over_fixed_days", self.lead_over_fixed_days, f"days the alarm rings sooner than {fixed}"),
        )
        for name, value, about in days:
            known = round(float(value), 1) if np.isfinite(value) else None
            yield NamedResult(f"alarm_{name}", known, "days", about, tolerance=1e-2)
        own, all_left = (
            "of the living regular customers, for whom the alarm rings at a month's end",
            "of those who left",
        )
        shares = (
            ("false_alarm_rate", self.false_alarm_rate, own),
            ("fixed_days_false_alarm_rate", self.fixed_false_alarm_rate, f"the same {fixed}"),
            ("found_share", self.found_share, f"{all_left}, for whom the alarm rang by the analysis date"),
            ("fixed_days_found_share", self.fixed_found_share, f"the same {fixed}"),
        )
        for name, share, about in shares:
            yield NamedResult(f"alarm_{name}", round(share, 6), "share", about, tolerance=1e-2)


def score_alarm(
    transactions: ir.Table,
    as_of: date,
    rule: AlarmRule,
    known: pd.DataFrame,
    *,
    months: int = 24,
    follow_months: int = 6,
    fixed_days: int = 90,
) -> AlarmScore:
    """Replay the alarm at the month's ends before the analysis date and hold it against who left when.

    Regular customers are those the alarm can judge. Both rules are replayed on them. A purchase that came back by the
    analysis date counts as none throughout.

    Parameters
    ----------
    transactions : ibis Table
        Transaction lines: `customer_id`, `time`, `amount`.
    as_of : date
        Day of analysis; the last replay.
    rule : AlarmRule
        When the alarm rings.
    known : DataFrame
        The truth: customer_id, left_on (date; missing for the living).
    months : int
        Months replayed, 3 to 60.
    follow_months : int
        Last months of them, in which a rule may still ring for who left before; who left in them is not counted.
    fixed_days : int
        Days without a purchase after which the fixed rule rings.

    Returns
    -------
    AlarmScore

    Raises
    ------
    InputError
        When no regular customer left, or none stayed, in the time replayed, or a customer has no truth.
    """
    require_columns(known.columns, ("customer_id", "left_on"), where="known_states")
    require_within({"months": months}, low=3, high=60)
    require_within({"follow_months": follow_months}, low=1, high=months - 1)
    require_within({"fixed_days": fixed_days}, low=1, high=_LONGEST_FIXED_DAYS)
    ends = [months_before(as_of, ago) for ago in range(months - 1, -1, -1)]
    days = _days_as_lines(transactions, as_of)
    replay = pd.concat([_replayed(days, end, rule) for end in ends], ignore_index=True)
    left = pd.to_datetime(known.set_index("customer_id")["left_on"])
    strangers = pd.Index(replay["customer_id"].unique()).difference(left.index).tolist()
    if strangers:
        what = f"no truth of the customers {some_of(strangers)}"
        raise InputError(Fault(what, where="known_states", remedy="take the truth of the same company"))
    replay["left_on"] = replay["customer_id"].map(left)
    replay["gone"] = replay["left_on"] < replay["end"]
    first, last = (pd.Timestamp(months_before(as_of, ago)) for ago in (months, follow_months))
    inside = (replay["left_on"] >= first) & (replay["left_on"] < last)
    leavers = replay[replay["gone"] & inside]
    if leavers.empty or replay["gone"].all():
        what = f"{leavers['customer_id'].nunique()} regular customers left and the others stayed"
        raise InputError(Fault(what, where="known_states", allowed="both kinds", remedy="replay more months"))
    return _score(replay, leavers, fixed_days)


def _days_as_lines(transactions: ir.Table, as_of: date) -> ir.Table:
    """Return the days with a purchase as lines, worked out once for all replays where the lines are."""
    days = purchase_days(transactions, as_of=as_of)
    lines = days.select("customer_id", time=days["day"].cast("timestamp"), amount=days["spend"])
    return stored_in_session(lines)


def _replayed(transactions: ir.Table, end: date, rule: AlarmRule) -> pd.DataFrame:
    """Return the regular customers at a day: customer_id, end, silence (days), own (whether the alarm rings)."""
    rhythm = purchase_rhythm(transactions, as_of=end, volume_days=rule.volume_days).to_pyarrow().to_pandas()
    alarms = raise_alarms(rhythm, rule)
    found = rhythm[["customer_id", "silence"]].assign(end=pd.Timestamp(end), own=alarms["alarm"])
    regular: pd.DataFrame = found[(alarms["reason"] != TOO_YOUNG).to_numpy()]
    return regular


def _score(replay: pd.DataFrame, leavers: pd.DataFrame, fixed_days: int) -> AlarmScore:
    living = replay[~replay["gone"]]
    own_rate = float(living["own"].mean())
    # the fewest days at which a fixed rule rings for no more of the living
    equal_days = int(np.quantile(living["silence"].to_numpy(dtype=np.float64), 1 - own_rate, method="higher"))
    delay, found = _delay(leavers, leavers["own"])
    fixed_delay, fixed_found = _delay(leavers, leavers["silence"] > fixed_days)
    equal_delay, _ = _delay(leavers, leavers["silence"] > equal_days)
    fixed_rate = float((living["silence"] > fixed_days).mean())
    count = int(leavers["customer_id"].nunique())
    return AlarmScore(
        own_rate, delay, found, fixed_days, fixed_rate, fixed_delay, fixed_found, equal_days, equal_delay, count
    )


def _delay(leavers: pd.DataFrame, rings: "pd.Series[bool]") -> tuple[float, float]:
    """Return the median days from leaving to the first ring, never taken as infinite, and the share rung for."""
    after = (leavers["end"] - leavers["left_on"]).dt.total_seconds() / 86_400
    first = after.where(rings, np.inf).groupby(leavers["customer_id"]).min()
    return float(np.median(first)), float(np.isfinite(first).mean())
