"""Without customers held back: those contacted for the first time beside customers not contacted yet.

Who is contacted bought more before, so plain differences show the choice. Three guards stand between the figures and a
claim: the two groups must be alike after weighting, nothing may differ before the contact, where nothing can have been
caused, and it is said how strong a hidden reason for the choice would have to be.
"""

from dataclasses import dataclass
from datetime import date
from math import exp, sqrt

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import stats
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from helpers.core.any_engine import rows_beside
from helpers.core.arrays import BoolArray, FloatArray, IntArray
from helpers.core.checks import require_columns, require_within
from helpers.core.errors import Fault, InputError
from helpers.core.lines import exact_sum, lines_until
from helpers.core.verdicts import Verdict
from helpers.evaluation.campaign_pairs import treated_contacts

NOT_ALIKE, ALREADY_APART, MAY_BE_CHANCE = "groups not alike", "apart before the contact", "may be chance"
MORE, LESS = "more than the others", "less than the others"
"""Status of a comparison without a control group."""
FEWEST_COMPARED = 50
"""Customers in either group below whom nothing is compared."""
UNBALANCED = 0.1
"""Standardised difference above which groups are commonly called unbalanced (Austin 2009)."""
_WINDOWS = 3  # before the contact
_FOLDS = 5
_MOST_LIKELY = 0.99  # chance of contact above which a customer has nobody to be compared with


@dataclass(frozen=True)
class Comparison:
    """Spend after a first contact beside that of customers not contacted yet, by one method.

    Parameters
    ----------
    effect, standard_error, low, high : float
        Change of spend per contacted customer beyond the change of the others, study currency per window.
    plain : float
        Difference of mean spend after the contact, nothing set off.
    placebo, placebo_low, placebo_high : float
        The same estimate one window earlier, before any contact: no effect can be there.
    imbalance, imbalance_before : float
        Largest standardised difference of what went before, after and before weighting.
    overlap : float
        How many of the others the weighted ones are worth, as a share of them (Kish).
    treated, others : int
        Customers in either group, once per wave of contacts.
    spread : float
        Standard deviation of spend after the contact among the others.
    """

    effect: float
    standard_error: float
    low: float
    high: float
    plain: float
    placebo: float
    placebo_low: float
    placebo_high: float
    imbalance: float
    imbalance_before: float
    overlap: float
    treated: int
    others: int
    spread: float

    @property
    def e_value(self) -> float:
        """How strongly a hidden reason must go with both contact and spend, as a risk ratio, to explain the effect."""
        return e_value(self.effect / self.spread)

    @property
    def e_value_of_interval(self) -> float:
        """The same for the end of the interval that is nearer to zero; 1 where the interval holds zero."""
        nearer = 0.0 if self.low <= 0 <= self.high else min(abs(self.low), abs(self.high))
        return e_value(nearer / self.spread)


def e_value(standardised_effect: float) -> float:
    """Return the E-value of an effect in standard deviations of the outcome.

    References
    ----------
    VanderWeele and Ding (2017), "Sensitivity analysis in observational research: introducing the E-value", Annals of
    Internal Medicine 167, 268-274: risk ratio by exp(0.91 d), then RR + sqrt(RR (RR - 1)).

    Examples
    --------
    >>> round(e_value(0.5), 2), e_value(0.0)
    (2.53, 1.0)
    """
    ratio = exp(0.91 * abs(standardised_effect))
    return ratio + sqrt(ratio * (ratio - 1))


def first_contacts(
    contacts: ir.Table, transactions: ir.Table, as_of: date, *, days: int = 28, observed_from: date
) -> pd.DataFrame:
    """Return the waves of first contacts: who was contacted for the first time, and who had not been by its end.

    Parameters
    ----------
    contacts, transactions : Table
        Standard tables; `contacts` with `time`.
    as_of : date
        Nothing on or after it is used.
    days : int
        Length of the window after the contact, and of each of the three before it.
    observed_from : date
        First day of the purchases.

    Returns
    -------
    DataFrame
        One row per wave and customer who had bought before it: `wave` (day), `customer_id`, `treated` (contacted for
        the first time on that day; else not contacted before the window closed), and `spend_0`, `orders_0` (from the
        contact on), `spend_1` to `spend_3`, `orders_1` to `orders_3` (windows before it, the nearest first).

    Raises
    ------
    InputError
        When fewer than 50 customers of either kind are there in the waves wholly inside the data.

    References
    ----------
    Callaway and Sant'Anna (2021), "Difference-in-differences with multiple time periods", Journal of Econometrics 225,
    200-230: those not yet treated as the group of comparison.
    """
    require_columns(contacts.columns, ("customer_id", "campaign_id", "time"), where="contacts")
    require_within({"days": days}, low=1, high=3660)
    made = treated_contacts(contacts)
    first = made.group_by("customer_id").agg(first=made.time.cast("timestamp").truncate("D").min())
    lines = lines_until(transactions, as_of)
    begin = lines.group_by("customer_id").agg(begin=lines.time.cast("timestamp").min())
    known = begin.left_join(first, "customer_id").select("customer_id", "begin", "first")
    customers = known.order_by("customer_id").to_pyarrow().to_pandas()
    earliest = pd.Timestamp(observed_from) + pd.Timedelta(days=_WINDOWS * days)
    latest = pd.Timestamp(as_of) - pd.Timedelta(days=days)
    waves = sorted(day for day in customers["first"].dropna().unique() if earliest <= day <= latest)
    parts = [_wave(customers, day, days) for day in waves]
    panel = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["wave", "customer_id", "treated"])
    _require_both(panel, days)
    return _with_purchases(panel, known, lines, days)


def _wave(customers: pd.DataFrame, day: pd.Timestamp, days: int) -> pd.DataFrame:
    bought = customers["begin"] < day
    treated = customers["first"] == day
    waiting = customers["first"].isna() | (customers["first"] >= day + pd.Timedelta(days=days))
    kept = customers[bought & (treated | waiting)]
    wave = pd.DataFrame({"wave": day, "customer_id": kept["customer_id"], "treated": treated[kept.index]})
    return wave if wave["treated"].nunique() == 2 else wave.head(0)


def _require_both(panel: pd.DataFrame, days: int) -> None:
    treated = int(panel["treated"].sum())
    others = int(panel.loc[~panel["treated"].astype(bool), "customer_id"].nunique())
    if min(treated, others) < FEWEST_COMPARED:
        what = (
            f"{treated:,} customers contacted for the first time, with {_WINDOWS * days} days before and {days} days "
            f"after it on record, and {others:,} not contacted by then; {FEWEST_COMPARED} of either kind are needed"
        )
        raise InputError(Fault(what, where="contacts", remedy="take a shorter window or wait for more contacts"))


def _with_purchases(panel: pd.DataFrame, known: ir.Table, lines: ir.Table, days: int) -> pd.DataFrame:
    """Add orders and spend of the window after each wave and of those before it.

    The engine adds up by wave and customer: no more rows come from it than the panel has, however many lines there are.
    """
    columns = {f"{kind}_{number}": 0.0 for kind in ("spend", "orders") for number in range(_WINDOWS + 1)}
    found = _by_window(panel, known, lines, days).order_by("wave", "customer_id").to_pyarrow().to_pandas()
    keys = ["wave", "customer_id"]
    found = found.astype({"wave": panel["wave"].dtype, "customer_id": panel["customer_id"].dtype})
    merged = panel.merge(found.astype(dict.fromkeys(columns, "float64")), on=keys, how="left")
    return merged.fillna(columns).astype({"treated": bool})[[*panel.columns, *columns]]


def _by_window(panel: pd.DataFrame, known: ir.Table, lines: ir.Table, days: int) -> ir.Table:
    """Return spend and orders by wave and customer, of the window from the day on, 0, and of those before it."""
    day = lines.time.cast("timestamp").truncate("D")
    daily = lines.group_by("customer_id", day=day).agg(spend=exact_sum(lines.amount), orders=lines.order_id.nunique())
    waves = pd.DataFrame({"wave": pd.to_datetime(panel["wave"].unique())})
    for number in range(-1, _WINDOWS + 1):  # in this process: engines differ in how they move a day
        waves[f"from_{number}"] = waves["wave"] - pd.Timedelta(days=number * days)
    spans = rows_beside(waves, lines)
    near = daily.inner_join(spans, [daily.day >= spans[f"from_{_WINDOWS}"], daily.day < spans["from_-1"]])
    both = near.inner_join(known, "customer_id")
    of_panel = both["first"].isnull() | (both["first"] == both["wave"]) | (both["first"] >= both["from_-1"])  # noqa: PD003
    rows = both.filter((both["begin"] < both["wave"]) & of_panel)
    sums = {}
    for number in range(_WINDOWS + 1):
        inside = (rows["day"] >= rows[f"from_{number}"]) & (rows["day"] < rows[f"from_{number - 1}"])
        sums[f"spend_{number}"] = exact_sum(inside.ifelse(rows["spend"], 0.0))
        sums[f"orders_{number}"] = inside.ifelse(rows["orders"], 0).sum()
    return rows.group_by("wave", "customer_id").agg(**sums)


def compare_first_contacts(panel: pd.DataFrame, *, confidence: float = 0.95, seed: int = 1) -> Comparison:
    """Estimate what first contacts changed: difference in differences, doubly robust and cross-fitted.

    Parameters
    ----------
    panel : DataFrame
        From `first_contacts`.
    confidence : float
        Between 0 and 1.
    seed : int
        Of the parts for cross-fitting.

    Returns
    -------
    Comparison
        Intervals are clustered by customer, because those who wait stand in several waves.

    References
    ----------
    Sant'Anna and Zhao (2020), "Doubly robust difference-in-differences estimators", Journal of Econometrics 219,
    101-122, equation 2.6 with weights that sum to one. Chernozhukov and others (2018), "Double/debiased machine
    learning", Econometrics Journal 21, C1-C68 (cross-fitting).
    """
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    treated, spend = panel["treated"].to_numpy(), panel["spend_0"].to_numpy()
    z = float(stats.norm.ppf(0.5 + confidence / 2))
    found, weight, covariates = _doubly_robust(panel, 0, seed)
    placebo, _, _ = _doubly_robust(panel, 1, seed)
    others = weight[~treated]
    return Comparison(
        *found, found[0] - z * found[1], found[0] + z * found[1],
        plain=float(spend[treated].mean() - spend[~treated].mean()),
        placebo=placebo[0], placebo_low=placebo[0] - z * placebo[1], placebo_high=placebo[0] + z * placebo[1],
        imbalance=_imbalance(covariates, treated, weight),
        imbalance_before=_imbalance(covariates, treated, np.ones(len(weight))),
        overlap=float(others.sum() ** 2 / (others**2).sum() / len(others)),
        treated=int(treated.sum()), others=int((~treated).sum()), spread=float(spend[~treated].std(ddof=1)),
    )  # fmt: skip


def judge_comparison(found: Comparison) -> Verdict:
    """Say what may be concluded: nothing unless the groups are alike and did not differ before the contact.

    Returns
    -------
    Verdict
        The first check that fails, or the end of the interval that is nearer to zero.
    """
    if not found.imbalance <= UNBALANCED:
        check = "largest standardised difference after weighting"
        return Verdict(check, found.imbalance, UNBALANCED, NOT_ALIKE, NOT_ALIKE)
    if not found.placebo_low <= 0 <= found.placebo_high:
        return Verdict("difference before the contact, against nil", found.placebo, 0.0, ALREADY_APART, ALREADY_APART)
    end = found.high if found.effect < 0 else found.low
    holds = found.low <= 0 <= found.high
    status = MAY_BE_CHANCE if holds else (MORE if found.effect > 0 else LESS)
    return Verdict("interval of the difference, against nil", end, 0.0, status, status)


def _doubly_robust(panel: pd.DataFrame, window: int, seed: int) -> tuple[tuple[float, float], FloatArray, FloatArray]:
    """Return effect and standard error, the weights, and the covariates, for the change into a window."""
    treated = panel["treated"].to_numpy()
    change = (panel[f"spend_{window}"] - panel[f"spend_{window + 1}"]).to_numpy()
    covariates = _covariates(panel, window)
    customers = pd.factorize(panel["customer_id"])[0]
    chance, expected = _cross_fitted(covariates, treated, change, customers, seed)
    odds = np.minimum(chance, _MOST_LIKELY) / (1 - np.minimum(chance, _MOST_LIKELY))
    weight = np.where(treated, 1.0, odds)
    left = change - expected
    means = {flag: np.average(left[treated == flag], weights=weight[treated == flag]) for flag in (True, False)}
    scale = np.where(treated, weight[treated].sum(), weight[~treated].sum())
    part = weight / scale * (left - np.where(treated, means[True], means[False])) * np.where(treated, 1, -1)
    of_customer = np.bincount(customers, part)
    return (float(means[True] - means[False]), float(np.sqrt((of_customer**2).sum()))), weight, covariates


def _covariates(panel: pd.DataFrame, window: int) -> FloatArray:
    """Return spend and orders of all windows before, as they are and on the log scale, and the wave."""
    names = [f"{kind}_{back}" for kind in ("spend", "orders") for back in range(window + 1, _WINDOWS + 1)]
    raw = panel[names].to_numpy(dtype=float)
    waves = pd.get_dummies(panel["wave"], drop_first=True).to_numpy(dtype=float)
    return np.hstack([raw, np.log1p(np.maximum(raw, 0.0)), waves])


def _cross_fitted(
    covariates: FloatArray, treated: BoolArray, change: FloatArray, customers: IntArray, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Return the chance of contact and the change expected without it, each learnt from other customers."""
    chance, expected = np.zeros(len(treated)), np.zeros(len(treated))
    parts = GroupKFold(n_splits=_FOLDS, shuffle=True, random_state=seed)
    for learn, judge in parts.split(covariates, groups=customers):
        contact = make_pipeline(StandardScaler(), LogisticRegression(C=100.0, solver="newton-cholesky"))
        chance[judge] = contact.fit(covariates[learn], treated[learn]).predict_proba(covariates[judge])[:, 1]
        others = learn[~treated[learn]]
        model = make_pipeline(StandardScaler(), LinearRegression()).fit(covariates[others], change[others])
        expected[judge] = model.predict(covariates[judge])
    return chance, expected


def _imbalance(covariates: FloatArray, treated: BoolArray, weight: FloatArray) -> float:
    """Return the largest standardised difference of means, in standard deviations of those contacted."""
    inside, outside = covariates[treated], covariates[~treated]
    mean = np.average(outside, axis=0, weights=weight[~treated])
    spread = inside.std(axis=0, ddof=1)
    apart = np.abs(inside.mean(axis=0) - mean)
    return float((apart[spread > 0] / spread[spread > 0]).max()) if (spread > 0).any() else 0.0
