"""Indicators of customer work beside the abilities they show, now and before, weighted by the phase of the market."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import exp, hypot, log, nan
from types import MappingProxyType
from typing import Literal, get_args

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.checks import require_columns
from helpers.core.errors import Fault, InputError
from helpers.core.intervals import newcombe_difference, wilson
from helpers.core.periods import Period, customers_by_period
from helpers.core.results import SHARE_DIFFERENCE
from helpers.core.returns import purchase_lines
from helpers.evaluation.retention import measure_revenue_retention

MarketPhase = Literal["introduction", "growth", "maturity"]
PROSPECTING, SELLING, UPKEEP, SERVICE = "prospecting", "selling", "upkeep", "service"
WEIGHTS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "introduction": MappingProxyType({PROSPECTING: 0.5, SELLING: 0.3, UPKEEP: 0.1, SERVICE: 0.1}),
        "growth": MappingProxyType({PROSPECTING: 0.25, SELLING: 0.25, UPKEEP: 0.25, SERVICE: 0.25}),
        "maturity": MappingProxyType({PROSPECTING: 0.1, SELLING: 0.1, UPKEEP: 0.5, SERVICE: 0.3}),
    }
)
"""What an ability counts for in each phase of a market: an assumption, whose order alone comes from the literature."""

BETTER, WORSE, CHANCE, UNKNOWN = "better", "worse", "may be chance", "not enough to say"
PERIODS = 5
"""Periods that a comparison of every indicator with two periods before takes."""
FEWEST = 30
"""Cases of an indicator in a period, below which it is not compared."""
_MISSING = (nan, nan, nan)
_NEWEST, _LATER, _BEFORE, _EARLIER = PERIODS - 1, PERIODS - 2, PERIODS - 3, PERIODS - 4


@dataclass(frozen=True)
class Indicator:
    """One indicator in the latest period, and its change against two periods before.

    Parameters
    ----------
    name : str
        In plain words.
    ability : str
        Which ability of the firm it shows.
    now : tuple of float
        Estimate and interval in the latest period.
    earlier : float
        Two periods before; nan where it is not known.
    change : tuple of float
        Later less earlier, of leads gained and of value as a share of the earlier; nan where it is not known.
    cases, cases_earlier : int
        Customers or leads it rests on.
    lower_is_better : bool
        True for churn.
    unit : str
        Of the values: "share", "leads" or "categories".
    change_unit : str
        Of the change: "share difference" where shares are compared, "share" where it is a part of what was before.
    """

    name: str
    ability: str
    now: tuple[float, float, float]
    earlier: float
    change: tuple[float, float, float]
    cases: int
    cases_earlier: int
    lower_is_better: bool = False
    unit: str = "share"
    change_unit: str = SHARE_DIFFERENCE

    @property
    def sign(self) -> int:
        """1 where it is better than before beyond chance, -1 where it is worse, else 0."""
        way = -1 if self.lower_is_better else 1
        return way * (int(self.change[1] > 0) - int(self.change[2] < 0))

    @property
    def status(self) -> str:
        """What came of the comparison."""
        if np.isnan(self.change[0]):
            return UNKNOWN
        return {1: BETTER, 0: CHANCE, -1: WORSE}[self.sign]


def lead_indicators(leads: pd.DataFrame, spans: tuple[Period, ...], *, confidence: float = 0.95) -> list[Indicator]:
    """Return leads gained and the share won, of the latest period against two periods before.

    Parameters
    ----------
    leads : DataFrame
        From `closed_leads`, with times.
    spans : tuple of Period
        `PERIODS` of equal length, the oldest first.
    confidence : float
        Of the intervals.

    Raises
    ------
    InputError
        When leads have no time.
    """
    if leads["time"].isna().all():
        raise InputError(Fault("no lead has a time", where="leads, column time", remedy="record when it was gained"))
    gained, won, closed = (
        [int((_inside(leads[column], spans[at]) & flag).sum()) for at in (_NEWEST, _BEFORE)]
        for column, flag in (("time", True), ("closed_date", leads["won"]), ("closed_date", leads["closed"]))
    )
    known = bool(leads["time"].min() < pd.Timestamp(spans[_EARLIER].end))
    number = _counted(gained, known, confidence)
    share = _compared_shares("share won", SELLING, won, closed, confidence, known=known)
    return [number, share]


def whole_periods(lines: ir.Table, spans: tuple[Period, ...]) -> pd.DataFrame:
    """Return what `customers_by_period` does, without periods that began before the data: they would look poor.

    Raises
    ------
    InputError
        When no line falls into the periods.
    """
    activity = customers_by_period(lines, spans)
    first = pd.Timestamp(lines["time"].min().execute())
    # The first order of a shop comes some days after its data begin.
    slack = pd.Timedelta(days=(spans[-1].end - spans[-1].start).days / 20)
    whole = [number for number, span in enumerate(spans) if pd.Timestamp(span.start) >= first.normalize() - slack]
    return activity[activity["period"].isin(whole)].reset_index(drop=True)


def customer_indicators(activity: pd.DataFrame, *, confidence: float = 0.95) -> list[Indicator]:
    """Return length of life, churn and growth of value, of the latest period against two periods before.

    Length of life is the share of the customers of two periods before who still buy; churn the share of the customers
    of the period before who do not; growth of value the revenue of those against what they brought before.

    Parameters
    ----------
    activity : DataFrame
        From `whole_periods` with `PERIODS` periods.
    confidence : float
        Of the intervals.
    """
    who = {number: set(part["customer_id"]) for number, part in activity.groupby("period")}
    bought = [who.get(number, set()) for number in range(PERIODS)]
    pairs = ((_BEFORE, _NEWEST), (0, _BEFORE)), ((_LATER, _NEWEST), (_EARLIER, _BEFORE))
    (lived, left), sizes = (
        [[len(bought[begin] & bought[end]) for begin, end in each] for each in pairs],
        [[len(bought[begin]) for begin, _ in each] for each in pairs],
    )
    gone = [size - stayed for size, stayed in zip(sizes[1], left, strict=True)]
    life = _compared_shares("length of life", UPKEEP, lived, sizes[0], confidence)
    churn = _compared_shares("churn", SERVICE, gone, sizes[1], confidence)
    return [life, replace(churn, lower_is_better=True), _growth(activity, pairs[1], sizes[1], confidence)]


def breadth_indicator(
    lines: ir.Table, products: ir.Table, spans: tuple[Period, ...], *, confidence: float = 0.95
) -> Indicator:
    """Return cross-sales: categories bought per customer, of the latest period against two periods before.

    Parameters
    ----------
    lines, products : ibis Table
        Standard transactions with `product_id`, and products with `category`.
    spans : tuple of Period
        `PERIODS` of equal length, the oldest first.
    confidence : float
        Of Student's and Welch's intervals.

    Raises
    ------
    InputError
        When a column is missing.
    """
    require_columns(lines.columns, ("customer_id", "time", "product_id"), where="transactions")
    require_columns(products.columns, ("product_id", "category"), where="products")
    bought = purchase_lines(lines, spans[-1].end)
    newest, before = spans[_NEWEST], spans[_BEFORE]
    time = bought["time"]
    inside = [
        ((time >= ibis.timestamp(span.start.isoformat())) & (time < ibis.timestamp(span.end.isoformat())), number)
        for number, span in enumerate((newest, before))
    ]
    placed = bought.mutate(period=ibis.cases(*inside).cast("int64")).filter(ibis._["period"] >= 0)
    named = placed.inner_join(products.select("product_id", "category"), "product_id")
    counted = named.group_by("customer_id", "period").agg(breadth=named["category"].nunique())
    frame = counted.order_by("customer_id", "period").to_pyarrow().to_pandas()
    values = [frame.loc[frame["period"] == number, "breadth"].to_numpy(dtype=float) for number in (0, 1)]
    return _compared_means("cross-sales", UPKEEP, values[0], values[1], confidence)


def weigh(indicators: Iterable[Indicator], phase: str) -> pd.DataFrame:
    """Lay indicators out with what each counts for in a phase of the market.

    The weight of an ability is shared by its indicators; weights of those that can be compared add up to one.

    Parameters
    ----------
    indicators : iterable of Indicator
    phase : {"introduction", "growth", "maturity"}
        Of the market.

    Returns
    -------
    DataFrame
        One row per indicator: `indicator`, `ability`, `unit`, `change_unit`, `now`, `low`, `high`, `earlier`,
        `change`, `change_low`, `change_high`, `status`, `sign`, `weight` (nil where it cannot be compared).

    Raises
    ------
    InputError
        When the phase is unknown.

    Examples
    --------
    >>> churn = Indicator("churn", "service", (0.2, 0.1, 0.3), 0.4, (-0.2, -0.3, -0.1), 50, 50, lower_is_better=True)
    >>> weigh([churn], "growth")[["status", "weight"]].to_numpy().tolist()
    [['better', 1.0]]
    """
    if phase not in get_args(MarketPhase):
        allowed = ", ".join(get_args(MarketPhase))
        raise InputError(Fault(f"unknown phase {phase!r}", where="phase", allowed=allowed, remedy="take one of these"))
    rows = [
        (one.name, one.ability, one.unit, one.change_unit, *one.now, one.earlier, *one.change, one.status, one.sign)
        for one in indicators
    ]
    columns = ["indicator", "ability", "unit", "change_unit", "now", "low", "high", "earlier"]
    columns += ["change", "change_low", "change_high"]
    found = pd.DataFrame(rows, columns=[*columns, "status", "sign"])
    known = found["status"] != UNKNOWN
    share = found["ability"].map(dict(WEIGHTS[phase])).where(known, 0.0).astype(float)
    share /= found["ability"].where(known).map(found.loc[known, "ability"].value_counts()).astype(float).fillna(1.0)
    found["weight"] = share / share.sum() if share.sum() > 0 else 0.0
    return found


def balances(indicators: list[Indicator]) -> "pd.Series[float]":
    """Return the weight of what is better less the weight of what is worse, in each phase of the market.

    Parameters
    ----------
    indicators : list of Indicator

    Returns
    -------
    Series
        By phase: from -1, all worse, to 1, all better; nil where nothing differs beyond chance.

    Raises
    ------
    InputError
        When no indicator can be compared.

    Examples
    --------
    >>> churn = Indicator("churn", "service", (0.2, 0.1, 0.3), 0.4, (-0.2, -0.3, -0.1), 50, 50, lower_is_better=True)
    >>> balances([churn]).tolist()
    [1.0, 1.0, 1.0]
    """
    if all(one.status == UNKNOWN for one in indicators):
        what = f"no indicator is known in two periods; {PERIODS} periods with {FEWEST} customers or leads are needed"
        raise InputError(Fault(what, where="transactions", remedy="compare shorter periods, or wait"))
    tables = {phase: weigh(indicators, phase) for phase in get_args(MarketPhase)}
    sums = [float(np.sum(table["weight"].to_numpy() * table["sign"].to_numpy())) for table in tables.values()]
    return pd.Series(sums, index=list(tables), dtype=float)


def _inside(days: "pd.Series[pd.Timestamp]", span: Period) -> "pd.Series[bool]":
    return (days >= pd.Timestamp(span.start)) & (days < pd.Timestamp(span.end))


def _counted(gained: list[int], known: bool, confidence: float) -> Indicator:
    """Compare two counts: given their sum, the later one is binomial (exact interval)."""
    later, earlier = gained
    tail = (1 - confidence) / 2
    ends = [
        float(stats.chi2.ppf(tail, 2 * later)) / 2 if later else 0.0,
        float(stats.chi2.isf(tail, 2 * later + 2)) / 2,
    ]
    change = _MISSING
    if known and min(gained) >= FEWEST:
        share = stats.binomtest(later, later + earlier).proportion_ci(confidence, method="exact")
        change = (later / earlier - 1, share.low / (1 - share.low) - 1, share.high / (1 - share.high) - 1)
    now = (float(later), ends[0], ends[1])
    before = earlier if known else nan
    return Indicator(
        "leads gained", PROSPECTING, now, before, change, later, earlier, unit="leads", change_unit="share"
    )


def _compared_shares(
    name: str, ability: str, hits: list[int], sizes: list[int], confidence: float, *, known: bool = True
) -> Indicator:
    now, change, earlier = _MISSING, _MISSING, nan
    if sizes[0] >= FEWEST:
        found = wilson(hits[0], sizes[0], confidence=confidence)
        now = found.estimate, found.low, found.high
    if known and sizes[1] >= FEWEST:
        earlier = hits[1] / sizes[1]
        if sizes[0] >= FEWEST:
            differs = newcombe_difference(hits[0], sizes[0], hits[1], sizes[1], confidence=confidence)
            change = differs.estimate, differs.low, differs.high
    return Indicator(name, ability, now, earlier, change, sizes[0], sizes[1])


def _compared_means(
    name: str, ability: str, later: "np.typing.NDArray[np.float64]", earlier: "np.typing.NDArray[np.float64]",
    confidence: float,
) -> Indicator:  # fmt: skip
    now, change, before = _MISSING, _MISSING, nan
    if len(later) >= FEWEST:
        reach = float(stats.t.ppf(0.5 + confidence / 2, len(later) - 1)) * float(stats.sem(later))
        now = float(later.mean()), float(later.mean()) - reach, float(later.mean()) + reach
    if len(earlier) >= FEWEST:
        before = float(earlier.mean())
        if len(later) >= FEWEST:
            error = hypot(float(stats.sem(later)), float(stats.sem(earlier)))
            reach = float(stats.t.ppf(0.5 + confidence / 2, min(len(later), len(earlier)) - 1)) * error
            difference = float(later.mean()) - before
            change = difference, difference - reach, difference + reach
    sizes = len(later), len(earlier)
    return Indicator(name, ability, now, before, change, *sizes, unit="categories", change_unit="categories")


def _growth(
    activity: pd.DataFrame, pairs: tuple[tuple[int, int], ...], sizes: list[int], confidence: float
) -> Indicator:
    """Compare two revenue retentions; their distances from the ends are joined on the log scale."""
    found = []
    for (begin, end), size in zip(pairs, sizes, strict=True):
        part = activity[activity["period"].isin([begin, end])]
        part = part.assign(period=(part["period"] == end).astype(int))
        if size < FEWEST or not part.loc[part["period"] == 0, "revenue"].sum() > 0:
            found.append(_MISSING)
            continue
        net = measure_revenue_retention(part, confidence=confidence).net
        found.append((net.estimate, net.low, net.high))
    later, earlier = found
    change = _MISSING
    if not np.isnan([*later, *earlier]).any() and min(*later, *earlier) > 0:
        ratio = log(later[0] / earlier[0])
        below = hypot(log(later[0] / later[1]), log(earlier[2] / earlier[0]))
        above = hypot(log(later[2] / later[0]), log(earlier[0] / earlier[1]))
        change = exp(ratio) - 1, exp(ratio - below) - 1, exp(ratio + above) - 1
    return Indicator("growth of value", UPKEEP, later, earlier[0], change, sizes[0], sizes[1], change_unit="share")
