"""Whether customers whose case was not solved at once buy again less often than others."""

from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.any_engine import identifiers_beside, number_of
from helpers.core.checks import require_columns, require_within
from helpers.core.errors import Fault, InputError
from helpers.core.intervals import Interval

LEAST_EACH = 30
"""Cases needed with and without the trouble."""

WORSE, BETTER, NOT_SHOWN = "worse", "better", "not shown"


@dataclass(frozen=True)
class EffectOnStaying:
    """How the share who buy again differs.

    Parameters
    ----------
    difference : Interval
        Share who bought again after a case not solved at first contact, less the share after a solved one, among
        cases of the same cause and of customers who had bought about as often.
    unsolved, solved : int
        Cases compared.
    unsolved_share, solved_share : float
        Plain shares who bought again.
    not_followed : int
        Cases too late for the days after them to be over.
    noticeable : float
        The smallest difference that so many cases would show in four of five such studies.
    cases_for_five_points : int
        Cases, shared out alike, with which a difference of five points would be shown as often.
    """

    difference: Interval
    unsolved: int
    solved: int
    unsolved_share: float
    solved_share: float
    not_followed: int
    noticeable: float
    cases_for_five_points: int

    @property
    def status(self) -> str:
        """What the interval says: worse or better after an unsolved case, or not shown."""
        return {-1: WORSE, 1: BETTER}.get(self.difference.sign, NOT_SHOWN)


def effect_on_staying(
    cases: pd.DataFrame, orders: ir.Table, as_of: date, *, days: int = 180, confidence: float = 0.95
) -> EffectOnStaying:
    r"""Compare who buys again after cases that were solved at first contact and after others.

    Within strata $s$ of the cause and of the orders in the year before (none or one, two to four, five or more), with
    $y$ for buying again and $d$ for not solved, both less their stratum's mean:
    $\hat\Delta = \sum d\,y / \sum d^2$, the coefficient of a linear model with one constant for each stratum, with the
    variance clustered by customer, times $m / (m - 1) \cdot (n - 1) / (n - S - 1)$ for $n$ cases of $m$ customers in
    $S$ strata.

    Parameters
    ----------
    cases : DataFrame
        The frame of `ServiceCases`.
    orders : ibis Table
        From `placed_orders`, one row per order: customer_id, time. The engine counts those around each case.
    as_of : date
        Cases with fewer than `days` until then are left out.
    days : int
        Days after the opening of a case in which an order counts as staying.
    confidence : float
        Coverage of Student's interval.

    Raises
    ------
    InputError
        When a column is missing, or fewer than `LEAST_EACH` cases of either kind can be followed.

    References
    ----------
    Liang and Zeger (1986), Biometrika 73, 13-22 (variance clustered by customer); Frisch and Waugh (1933),
    Econometrica 1, 387-401 (constants taken out by means).
    """
    require_columns(cases.columns, ("customer_id", "time", "solved"), where="service_cases")
    require_columns(orders.columns, ("customer_id", "time"), where="orders")
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    known = cases[cases["solved"].notna()]
    followed = known[known["time"] + pd.Timedelta(days=days) <= pd.Timestamp(as_of)]
    trouble = ~followed["solved"].to_numpy(dtype=bool)
    kinds = int(trouble.sum()), int((~trouble).sum())
    if min(kinds) < LEAST_EACH:
        raise InputError(
            Fault(
                f"of cases followed for {days} days {kinds[0]} were not solved at first contact and {kinds[1]} were; "
                f"{LEAST_EACH} of each are needed",
                where="service_cases",
                allowed=f"at least {LEAST_EACH} of each",
                remedy="wait for more of them, or follow them for fewer days",
            )
        )
    around = _orders_around(followed, orders, pd.Timedelta(days=365), pd.Timedelta(days=days))
    stayed = around["after"].to_numpy() > 0
    habit = np.digitize(around["before"].to_numpy(), [2, 5]).astype(str)
    cause = followed["cause"].astype(str).to_numpy(dtype=object) if "cause" in followed else np.full(len(followed), "")
    strata = pd.Series([f"{one}, {other}" for one, other in zip(cause, habit, strict=True)])
    difference, error = _within(
        stayed.astype(float), trouble.astype(float), strata, followed["customer_id"], confidence
    )
    noticeable = float(stats.norm.ppf(0.5 + confidence / 2) + stats.norm.ppf(0.8)) * error
    return EffectOnStaying(
        difference,
        *kinds,
        unsolved_share=float(stayed[trouble].mean()),
        solved_share=float(stayed[~trouble].mean()),
        not_followed=len(known) - len(followed),
        noticeable=noticeable,
        cases_for_five_points=int(np.ceil(len(followed) * (noticeable / 0.05) ** 2)),
    )


def _orders_around(cases: pd.DataFrame, orders: ir.Table, back: pd.Timedelta, on: pd.Timedelta) -> pd.DataFrame:
    """Count each customer's orders before and after each case, by its place; the second of the case counts for neither.

    `before` reaches back to so much earlier, the end included, `after` to so much later, likewise.
    """
    moment = cases["time"].dt.floor("s").to_numpy(dtype="datetime64[us]")
    marks = pd.DataFrame(
        {"place": range(len(cases)), "customer_id": cases["customer_id"].to_numpy(), "case_time": moment}
    )
    second = pd.Timedelta(seconds=1)
    marks["earliest"], marks["too_late"] = marks["case_time"] - back, marks["case_time"] + on + second
    marks["next_second"] = marks["case_time"] + second
    known = identifiers_beside(marks[marks["customer_id"].notna()], orders.select("customer_id"))
    times = orders.select("customer_id", order_time=orders["time"])
    both = known.inner_join(times, "customer_id")
    before = (both["order_time"] >= both["earliest"]) & (both["order_time"] < both["case_time"])
    after = (both["order_time"] >= both["next_second"]) & (both["order_time"] < both["too_late"])
    sums = both.group_by("place").agg(before=number_of(before).sum(), after=number_of(after).sum())
    counts: pd.DataFrame = sums.to_pyarrow().to_pandas().set_index("place")
    return counts.reindex(range(len(cases)), fill_value=0).astype("int64")


def _within(
    outcome: np.ndarray, trouble: np.ndarray, strata: pd.Series, customer: pd.Series, confidence: float
) -> tuple[Interval, float]:
    """Return the difference within strata with its interval and its standard error."""
    y, d = (values - pd.Series(values).groupby(strata).transform("mean").to_numpy() for values in (outcome, trouble))
    whole = float((d**2).sum())
    if not whole > 0:
        remedy = "no cause has cases of both kinds"
        raise InputError(
            Fault("cases solved at once and others have no cause in common", "service_cases", remedy=remedy)
        )
    estimate = float((d * y).sum() / whole)
    codes, known = pd.factorize(customer)
    sums = np.bincount(codes, weights=d * (y - estimate * d))
    clusters, constants = len(known), strata.nunique() + 1
    small_sample = clusters / (clusters - 1) * (len(y) - 1) / (len(y) - constants)
    error = float(np.sqrt((sums**2).sum() * small_sample) / whole)
    reach = float(stats.t.ppf(0.5 + confidence / 2, clusters - 1)) * error
    return Interval(estimate, estimate - reach, estimate + reach, confidence, "within strata, clustered"), error
