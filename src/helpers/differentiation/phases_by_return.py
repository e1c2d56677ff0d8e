"""Phases by what is spent on a customer against what comes back, where contribution and cost to serve are known.

Exploration: more is spent than comes back. Growth: what comes back rises. Stability: it neither rises nor falls.
Decline: it falls. Whether the return is then highest in stability, as the definition of the phases says, is measured.
"""

from collections.abc import Mapping
from types import MappingProxyType

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.any_engine import each_once
from helpers.core.checks import require_columns, require_within
from helpers.core.errors import Fault, InputError, some_of
from helpers.core.intervals import ratio_ends
from helpers.core.lines import exact_sum
from helpers.core.periods import Period
from helpers.core.returns import purchase_lines
from helpers.differentiation.life_cycle import LifeCycle, decide_phases, silence_phases
from helpers.differentiation.phase_rule import PhaseRule

FEWEST_FOR_INTERVAL = 10
"""Customers of a phase below whom an interval of its return would say nothing."""

EXPECTED_RETURN: Mapping[str, str] = MappingProxyType(
    {
        "exploration": "more is spent than comes back",
        "growth": "more comes back than before",
        "stability": "the highest return of all phases",
        "decline": "less comes back than before",
    }
)
"""By phase: what its definition says of spending and return."""


def contribution_by_period(transactions: ir.Table, before: Period, after: Period) -> pd.DataFrame:
    """Measure what each customer contributed in two periods, and how far chance may have moved it.

    Parameters
    ----------
    transactions : ibis Table
        Transaction lines: `customer_id`, `time`, `amount`, `cost`. What came back by the end of `after` is set off.
    before, after : Period
        Two periods that follow each other.

    Returns
    -------
    DataFrame
        One row per customer with a purchase before the end of `after`, indexed by customer_id and sorted; for each
        period: `contribution_…` (amount less cost of goods); the same without the first purchase day, which is certain
        to hold a purchase (`later_…`), and the sum of squares of its days (`squares_…`); `days_…` on which a later
        purchase could fall.

    Raises
    ------
    InputError
        When a column is missing, a line has no cost, a column `currency` holds several, or the periods do not follow
        each other.
    """
    require_columns(transactions.columns, ("customer_id", "time", "amount", "cost"), where="transactions")
    if before.end != after.start:
        what = f"the periods from {before.start} and from {after.start} do not follow each other"
        raise InputError(Fault(what, where="before, after", remedy="let the second begin on the day the first ends"))
    _require_one_currency(transactions)
    lines = purchase_lines(transactions, after.end)
    lines = lines.select("customer_id", "cost", day=lines["time"].date(), margin=lines["amount"] - lines["cost"])
    days = lines.group_by("customer_id", "day").agg(
        margin=exact_sum(lines["margin"]), unknown=lines.count() - lines["cost"].count()
    )
    days = days.mutate(first=days["day"].min().over(ibis.window(group_by="customer_id")))
    measures: dict[str, ir.Value] = {"first": days["first"].min(), "unknown": days["unknown"].sum()}
    for name, period in (("before", before), ("after", after)):
        inside = (days["day"] >= ibis.literal(period.start)) & (days["day"] < ibis.literal(period.end))
        later = inside & (days["day"] > days["first"])
        measures[f"contribution_{name}"] = exact_sum(inside.ifelse(days["margin"], 0.0))
        measures[f"later_{name}"] = exact_sum(later.ifelse(days["margin"], 0.0))
        measures[f"squares_{name}"] = exact_sum(later.ifelse(days["margin"] * days["margin"], 0.0))
    found = days.group_by("customer_id").agg(**measures).order_by("customer_id").to_pyarrow().to_pandas()
    return _with_days(found.set_index("customer_id"), before, after)


def _require_one_currency(transactions: ir.Table) -> None:
    if "currency" not in transactions.columns:
        return
    names = each_once(transactions.select("currency")).order_by("currency").to_pyarrow()["currency"].to_pylist()
    if len(names) > 1:
        what = f"the lines are in {len(names)} currencies: {some_of(names)}"
        remedy = "convert the amounts into the currency of the study"
        raise InputError(Fault(what, where="transactions, column currency", allowed="one currency", remedy=remedy))


def _with_days(found: pd.DataFrame, before: Period, after: Period) -> pd.DataFrame:
    without = int(found["unknown"].sum())
    if without:
        what = f"{without:,} lines have no cost of goods"
        raise InputError(Fault(what, where="transactions, column cost", remedy="give the cost of every line, or none"))
    first = pd.to_datetime(found["first"])
    for name, period in (("before", before), ("after", after)):
        open_from = np.maximum((pd.Timestamp(period.end) - first).dt.days - 1, 0)
        found[f"days_{name}"] = np.minimum(open_from, (period.end - period.start).days)
    return found.drop(columns=["first", "unknown"])


def assign_phases_by_return(
    money: pd.DataFrame,
    effort: pd.DataFrame,
    summary: pd.DataFrame,
    rule: PhaseRule | None = None,
    *,
    silent: "pd.Series[bool] | None" = None,
    gone: "pd.Series[bool] | None" = None,
    dispersion: float = 1.0,
) -> LifeCycle:
    r"""Assign every customer to a phase by what is spent against what comes back; the first rule that fits counts.

    Gone, silent, short history and few purchases are as in `assign_phases`. Then: *decline* when the contribution fell
    by more than chance explains; *exploration* when more was spent in the later period than came back; *growth* when
    the contribution rose by more than chance explains; else *stability*.

    The contribution per day before and after, $C_0/T_0$ and $C_1/T_1$, are compared as rates of compound Poisson
    processes: $z = (C_1/T_1 - C_0/T_0) / \sqrt{\phi\,(Q_1/T_1^2 + Q_0/T_0^2)}$, with the sum of squares $Q$ of the
    contributions of the days and the dispersion $\phi$ of the counts of purchases. The p-values are corrected for the
    number of customers looked at.

    Parameters
    ----------
    money : DataFrame
        From `contribution_by_period`, indexed by customer_id.
    effort : DataFrame
        Spent on each customer, study currency, indexed by customer_id: `effort_before`, `effort_after`. A customer who
        is not listed cost nothing.
    summary : DataFrame
        One row per customer, indexed by customer_id, from the whole history: tenure_days, days_since_last,
        purchase_days.
    rule : PhaseRule, optional
        Limits; the defaults when missing. The window is that of the periods.
    silent, gone : Series of bool, optional
        As for `assign_phases`.
    dispersion : float
        Variance over mean of the counts of purchases, at least 1; that of `assign_phases`.

    Returns
    -------
    LifeCycle
        Its customers hold contribution and effort before and after, `spends_more`, trend_z, p_value, q_value, reason
        and phase.

    Raises
    ------
    InputError
        When a customer of the summary has no contribution, the dispersion is below 1, or a column is missing.

    References
    ----------
    Dwyer, Schurr and Oh (1987), "Developing buyer-seller relationships", Journal of Marketing 51, for the phases; Cox
    and Lewis (1966), The Statistical Analysis of Series of Events, for rates; Benjamini and Hochberg (1995).
    """
    rule = rule or PhaseRule()
    require_within({"dispersion": dispersion}, low=1, high=1e9)
    require_columns(effort.columns, ("effort_before", "effort_after"), where="effort")
    strangers = summary.index.difference(money.index).tolist()
    if strangers:
        what = f"customers without a contribution: {some_of(strangers)}"
        raise InputError(Fault(what, where="money", remedy="take money and summary from the same lines and day"))
    table = money.reindex(summary.index)
    spent = effort.reindex(summary.index).fillna(0.0)
    ended = silence_phases(summary, rule, silent=silent, gone=gone)
    tested = (
        ended.isna()
        & (summary["tenure_days"] > rule.exploration_days)
        & (summary["purchase_days"] >= rule.regular_from_purchases)
        & (table["days_before"] > 0)
        & (table["squares_before"] + table["squares_after"] > 0)
    )
    z = _change(table[tested], dispersion)
    found = table[["contribution_before", "contribution_after"]].join(spent[["effort_before", "effort_after"]])
    found["spends_more"] = found["effort_after"] > found["contribution_after"]
    found = found.assign(trend_z=z, p_value=pd.Series(2 * stats.norm.sf(z.abs()), index=z.index), q_value=np.nan)
    if tested.any():
        found.loc[tested, "q_value"] = stats.false_discovery_control(found.loc[tested, "p_value"].to_numpy())
    return LifeCycle(
        decide_phases(found, summary, rule, ended, gone_known=gone is not None), dispersion, int(tested.sum())
    )


def _change(table: pd.DataFrame, dispersion: float) -> pd.Series:
    """Standardised change of the contribution per day."""
    days = {name: table[f"days_{name}"] for name in ("before", "after")}
    change = table["later_after"] / days["after"] - table["later_before"] / days["before"]
    spread = table["squares_after"] / days["after"] ** 2 + table["squares_before"] / days["before"] ** 2
    z: pd.Series = change / np.sqrt(dispersion * spread)
    return z


def return_by_phase(
    life: LifeCycle, rng: np.random.Generator, *, resamples: int = 999, confidence: float = 0.95
) -> pd.DataFrame:
    """Measure what is spent and what comes back in each phase, and whether the definition of the phase holds.

    Parameters
    ----------
    life : LifeCycle
        From `assign_phases_by_return`.
    rng : numpy.random.Generator
        For the resamples of customers.
    resamples : int
        Resamples behind the intervals, at least 99.
    confidence : float
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        One row per phase with customers, in their order: customers, contribution_before, contribution_after,
        effort_before, effort_after (study currency); return_before and return_after: contribution per unit of effort;
        low and high of the latter (missing with fewer than `FEWEST_FOR_INTERVAL` customers or no effort).

    Raises
    ------
    InputError
        When too few resamples are asked for, or the confidence is no share.

    References
    ----------
    Hall (1988), Annals of Statistics 16: bootstrap-t intervals, see `helpers.core.intervals.ratio_ends`.
    """
    require_within({"resamples": resamples}, low=99, high=100_000)
    require_within({"confidence": confidence}, low=0.5, high=1, high_open=True)
    names = ["contribution_before", "contribution_after", "effort_before", "effort_after"]
    by_phase = life.customers.groupby("phase", observed=True)
    table = by_phase[names].sum()
    table.insert(0, "customers", by_phase.size())
    for when in ("before", "after"):
        effort = table[f"effort_{when}"]
        table[f"return_{when}"] = table[f"contribution_{when}"] / effort.where(effort > 0)
    ends = [_ends(part, rng, resamples, confidence) for _, part in by_phase]
    table["low"], table["high"] = [low for low, _ in ends], [high for _, high in ends]
    return table


def _ends(part: pd.DataFrame, rng: np.random.Generator, resamples: int, confidence: float) -> tuple[float, float]:
    came, spent = (part[[f"{name}_after"]].to_numpy(dtype=np.float64) for name in ("contribution", "effort"))
    size = len(part)
    if size < FEWEST_FOR_INTERVAL or not (spent > 0).any():
        return np.nan, np.nan
    drawn = (rng.multinomial(size, np.full(size, 1 / size)).astype(np.float64) for _ in range(resamples))
    low, high = ratio_ends(came, spent, np.ones(size), drawn, confidence=confidence)
    return float(low[0]), float(high[0])


def check_definitions(returns: pd.DataFrame) -> pd.DataFrame:
    """Ask of each phase whether spending and return are as its definition says.

    Parameters
    ----------
    returns : DataFrame
        From `return_by_phase`.

    Returns
    -------
    DataFrame
        One row per phase that is defined so and has customers enough for an interval, indexed by phase: defined_as,
        holds.

    Examples
    --------
    >>> sums = {"contribution_before": [9.0, 40.0], "contribution_after": [2.0, 40.0], "effort_after": [5.0, 8.0]}
    >>> sums |= {"return_after": [0.4, 5.0], "low": [0.2, 4.0]}
    >>> table = pd.DataFrame(sums, index=["exploration", "stability"])
    >>> check_definitions(table)["holds"].tolist()
    [True, True]
    """
    returns = returns[returns["low"].notna()]
    after, before, spent = (returns[name] for name in ("contribution_after", "contribution_before", "effort_after"))
    holds = {
        "exploration": spent > after,
        "growth": after > before,
        "stability": returns["return_after"] >= returns["return_after"].max(),
        "decline": after < before,
    }
    rows = [(name, EXPECTED_RETURN[name], bool(holds[name][name])) for name in holds if name in returns.index]
    return pd.DataFrame(rows, columns=["phase", "defined_as", "holds"]).set_index("phase")
