"""Life-cycle phases from tenure, silence and the trend of purchases, with noise kept apart from growth and decline."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.arrays import FloatArray
from helpers.core.errors import Fault, InputError, some_of
from helpers.core.returns import purchase_lines
from helpers.differentiation.phase_rule import PHASES, PhaseRule


def count_purchases(transactions: ir.Table, as_of: date, rule: PhaseRule | None = None) -> pd.DataFrame:
    """Count the days with a purchase per customer and period of the window before `as_of`.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions: customer_id, time; amount where known.
    as_of : date
        Analysis date; the last period ends the day before.
    rule : PhaseRule, optional
        Window and periods; the defaults when missing.

    Returns
    -------
    DataFrame
        Purchase days, one row per customer with a purchase in the window (sorted), one column per period 0, 1, …
        (oldest first).
    """
    rule = rule or PhaseRule()
    start = as_of - timedelta(days=rule.window_days)
    lines = purchase_lines(transactions, as_of, since=start)
    day = lines["time"].date()
    since = day.delta(ibis.date(start.year, start.month, start.day), unit="day").cast("int64")
    counted = (
        lines.group_by("customer_id", period=since // rule.period_days).agg(purchase_days=day.nunique()).to_pandas()
    )
    wide = counted.pivot_table(index="customer_id", columns="period", values="purchase_days", aggfunc="sum")
    whole: pd.DataFrame = wide.reindex(columns=pd.RangeIndex(rule.periods, name="period")).fillna(0).astype("int64")
    return whole.sort_index()


@dataclass(frozen=True)
class LifeCycle:
    """The phase of every customer and how the trends were judged.

    Parameters
    ----------
    customers : DataFrame
        On the index of the summary: purchases (purchase days in the window, the very first one not counted),
        rate_before, rate_after (purchases per period in the older and newer half of the window, NaN where the
        customer was not yet one), trend_z (standardised trend), p_value (two-sided), q_value (share of false alarms
        among trends at least as clear), reason, phase (ordered categorical). Trend figures are NaN where no trend was
        looked for.
    dispersion : float
        Variance of the counts per period over their mean, all customers together; 1 for purely random purchases.
        Trends are judged with it, so that irregular buying is not taken for a trend.
    tested : int
        Customers whose trend was judged.
    """

    customers: pd.DataFrame
    dispersion: float
    tested: int

    @property
    def phase(self) -> pd.Series:
        """Phase of each customer."""
        return self.customers["phase"]


def assign_phases(
    counts: pd.DataFrame,
    summary: pd.DataFrame,
    rule: PhaseRule | None = None,
    *,
    silent: "pd.Series[bool] | None" = None,
    gone: "pd.Series[bool] | None" = None,
) -> LifeCycle:
    """Assign every customer of the summary to one phase.

    The trend is the score test of a log-linear trend in the Poisson rate of purchases per period, for customers who
    joined within the window from the day after their first purchase; its variance is multiplied by the pooled
    dispersion of the counts. The p-values are then corrected for the number of customers looked at.

    Parameters
    ----------
    counts : DataFrame
        Purchase days per customer and period, from `count_purchases` with the same rule, indexed by customer_id.
    summary : DataFrame
        One row per customer, indexed by customer_id, from the whole history: tenure_days, days_since_last,
        purchase_days.
    rule : PhaseRule, optional
        Limits; the defaults when missing.
    silent : Series of bool, optional
        By customer_id, who is silent for longer than the own rhythm makes likely; a customer who is not listed is not.
        When missing, the days of the rule decide.
    gone : Series of bool, optional
        By customer_id, who is gone by the own rhythm. Where it is given, silence alone calls nobody declining: who is
        silent and likely a customer still is judged as the others are.

    Returns
    -------
    LifeCycle
        Phases, their evidence, and the dispersion found.

    Raises
    ------
    InputError
        When the counts have other periods than the rule, or customers the summary does not know.

    Source
    ------
    Cox and Lewis (1966), The Statistical Analysis of Series of Events, section 3.3 (trend in a Poisson process);
    McCullagh and Nelder (1989), Generalized Linear Models, section 6.2.3 (dispersion); Benjamini and Hochberg (1995).
    """
    rule = rule or PhaseRule()
    _check_counts(counts, summary, rule)
    purchases, exposure = _align(counts, summary, rule)
    ended = silence_phases(summary, rule, silent=silent, gone=gone)
    regular = (
        ended.isna()
        & (summary["tenure_days"] > rule.exploration_days)
        & (summary["purchase_days"] >= rule.regular_from_purchases)
    ).to_numpy() & (purchases.sum(axis=1) > 0)
    weighted = exposure * _base_rate(purchases, exposure) if rule.relative_to_base else exposure
    z, dispersion = _trend(purchases[regular], weighted[regular])
    table = pd.DataFrame({"purchases": purchases.sum(axis=1).astype(np.int64)}, index=summary.index)
    table["rate_before"], table["rate_after"] = _half_rates(purchases, exposure, rule)
    for name, values in (("trend_z", z), ("p_value", 2 * stats.norm.sf(np.abs(z)))):
        table[name] = np.nan
        table.loc[regular, name] = values
    table["q_value"] = np.nan
    if regular.any():
        table.loc[regular, "q_value"] = stats.false_discovery_control(table.loc[regular, "p_value"].to_numpy())
    decided = decide_phases(table, summary, rule, ended, gone_known=gone is not None)
    return LifeCycle(decided, dispersion, int(regular.sum()))


def _check_counts(counts: pd.DataFrame, summary: pd.DataFrame, rule: PhaseRule) -> None:
    faults = []
    if counts.shape[1] != rule.periods:
        faults.append(
            Fault(
                f"{counts.shape[1]} periods were counted",
                where="counts",
                allowed=f"{rule.periods}, as in the rule",
                remedy="count the purchases by the same rule",
            )
        )
    strangers = counts.index.difference(summary.index).tolist()
    if strangers:
        faults.append(
            Fault(
                f"customers missing in the summary: {some_of(strangers)}",
                where="counts",
                remedy="index the summary by customer_id and take it at the same analysis date",
            )
        )
    if faults:
        raise InputError(faults)


def _align(counts: pd.DataFrame, summary: pd.DataFrame, rule: PhaseRule) -> tuple[FloatArray, FloatArray]:
    """Purchases after the first one and the days they could fall on: two arrays, customers x periods."""
    purchases = counts.reindex(summary.index).fillna(0).to_numpy(dtype=np.float64, copy=True)
    tenure = summary["tenure_days"].to_numpy(dtype=np.int64)
    joined = np.flatnonzero(tenure <= rule.window_days)
    purchases[joined, (rule.window_days - tenure[joined]) // rule.period_days] -= 1
    days_after_period = rule.period_days * np.arange(rule.periods - 1, -1, -1)
    # The day of the first purchase itself is certain to hold one and says nothing about the rate: hence the 1.
    exposure = np.clip(tenure[:, None] - 1 - days_after_period, 0, rule.period_days)
    return purchases, exposure.astype(np.float64)


def _base_rate(purchases: FloatArray, exposure: FloatArray) -> FloatArray:
    """Purchases per day at risk of all customers in each period, scaled to a mean of one."""
    days = exposure.sum(axis=0)
    rate = np.divide(purchases.sum(axis=0), days, out=np.zeros_like(days), where=days > 0)
    scaled: FloatArray = rate / rate[rate > 0].mean() if (rate > 0).any() else np.ones_like(rate)
    return scaled


def _trend(purchases: FloatArray, exposure: FloatArray) -> tuple[FloatArray, float]:
    """Standardised trend per customer and the pooled dispersion (at least one)."""
    if not len(purchases):
        return np.empty(0), 1.0
    total_days = exposure.sum(axis=1, keepdims=True)
    expected = exposure * purchases.sum(axis=1, keepdims=True) / total_days
    place = np.arange(purchases.shape[1])
    centred = place - (exposure * place).sum(axis=1, keepdims=True) / total_days
    score = (centred * purchases).sum(axis=1)
    information = (centred**2 * expected).sum(axis=1)
    at_risk = expected > 0
    misfit = np.divide((purchases - expected) ** 2, expected, out=np.zeros_like(expected), where=at_risk)
    freedom = (at_risk.sum(axis=1) - 1).sum()
    dispersion = max(1.0, float(misfit.sum() / freedom)) if freedom > 0 else 1.0
    z = np.divide(score, np.sqrt(dispersion * information), out=np.zeros_like(score), where=information > 0)
    return z, dispersion


def _half_rates(purchases: FloatArray, exposure: FloatArray, rule: PhaseRule) -> tuple[FloatArray, FloatArray]:
    """Purchases per period in the older and in the newer half; an odd middle period counts with the older."""
    middle = (rule.periods + 1) // 2
    halves = []
    for part in (slice(None, middle), slice(middle, None)):
        bought, days = purchases[:, part].sum(axis=1), exposure[:, part].sum(axis=1)
        halves.append(rule.period_days * np.divide(bought, days, out=np.full_like(days, np.nan), where=days > 0))
    return halves[0], halves[1]


def silence_phases(
    summary: pd.DataFrame,
    rule: PhaseRule,
    *,
    silent: "pd.Series[bool] | None" = None,
    gone: "pd.Series[bool] | None" = None,
) -> "pd.Series[str]":
    """Say whose phase the silence alone decides, as `assign_phases` does.

    Returns
    -------
    Series of str
        On the index of the summary: "gone" or "decline"; missing where the silence decides nothing.
    """
    if gone is not None:
        name, flags = "gone", gone.reindex(summary.index, fill_value=False).astype(bool)
    elif silent is not None:
        name, flags = "decline", silent.reindex(summary.index, fill_value=False).astype(bool)
    else:
        name, flags = "decline", summary["days_since_last"] > rule.silent_after_days
    return pd.Series(name, index=summary.index, dtype="str").where(flags)


def decide_phases(
    table: pd.DataFrame, summary: pd.DataFrame, rule: PhaseRule, ended: "pd.Series[str]", *, gone_known: bool
) -> pd.DataFrame:
    """Add reason and phase to the evidence of each customer; the first reason that fits counts.

    Parameters
    ----------
    table : DataFrame
        On the index of the summary: trend_z, q_value; `spends_more` (flag) where costs are known.
    summary : DataFrame
        tenure_days, purchase_days.
    rule : PhaseRule
        Limits.
    ended : Series of str
        From `silence_phases`.
    gone_known : bool
        Whether *gone* is one of the phases.
    """
    clear = table["q_value"] <= rule.false_share
    spends_more = table["spends_more"] if "spends_more" in table else pd.Series(data=False, index=table.index)
    reasons: list[tuple[pd.Series, str, str]] = [
        (ended == "gone", "silent too long to come back", "gone"),
        (ended == "decline", "silent", "decline"),
        (summary["tenure_days"] <= rule.exploration_days, "short history", "exploration"),
        (summary["purchase_days"] < rule.regular_from_purchases, "few purchases", "exploration"),
        (clear & (table["trend_z"] < 0), "falling", "decline"),
        (spends_more, "more spent than comes back", "exploration"),
        (clear & (table["trend_z"] > 0), "rising", "growth"),
    ]
    when = [condition.fillna(value=False).to_numpy(dtype=bool) for condition, _, _ in reasons]
    reason = np.select(when, [name for _, name, _ in reasons], default="no clear trend")
    phase = np.select(when, [name for _, _, name in reasons], default="stability")
    kind = pd.CategoricalDtype([name for name in PHASES if gone_known or name != "gone"], ordered=True)
    return table.assign(reason=reason, phase=pd.Categorical(phase, dtype=kind))


def count_reasons(life: LifeCycle) -> pd.DataFrame:
    """Count the customers per phase and reason.

    Returns
    -------
    DataFrame
        One row per phase and reason that occurs, phases in the order of a customer's life, larger reasons first:
        phase, reason, customers, customer_share.
    """
    counted = life.customers.groupby(["phase", "reason"], observed=True).size().reset_index(name="customers")
    counted["customer_share"] = counted["customers"] / len(life.customers)
    return counted.sort_values(["phase", "customers", "reason"], ascending=[True, False, True], ignore_index=True)
