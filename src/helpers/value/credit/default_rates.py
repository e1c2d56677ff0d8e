"""How likely a default is: observed by grade over a year, and judged on a later year than it was learnt from."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError
from helpers.value.credit.defaults import DEFAULT_DAYS, customers_in_default, defaulted_invoices
from helpers.value.credit.grades import GRADES, grade_customers
from helpers.value.credit.receivables import Receivables


def follow_cohort(
    receivables: Receivables,
    *,
    months_ago: int,
    horizon_months: int = 12,
    default_days: int = DEFAULT_DAYS,
    paid_share: float = 0.9,
) -> pd.DataFrame:
    """Grade customers as they stood some months ago and see who defaulted since.

    Parameters
    ----------
    receivables : Receivables
        The ledger.
    months_ago : int
        How long before the analysis date the customers are graded, months; at least the horizon.
    horizon_months : int
        Time in which a default counts, months.
    default_days : int
        Days past due after which a debt counts as a default.
    paid_share : float
        As for `grade_customers`.

    Returns
    -------
    DataFrame
        By customer graded A to D, owing money at that time and not in default yet: grade, defaulted.

    Raises
    ------
    InputError
        When the horizon is longer than the time since, or no customer had been billed by then.
    """
    require_within({"horizon_months": horizon_months}, low=1, high=months_ago)
    start = receivables.as_of - pd.DateOffset(months=months_ago)
    end = start + pd.DateOffset(months=horizon_months)
    if not (receivables.invoices["invoice_date"] < start).any():
        remedy = "look back less far, or give a longer history"
        raise InputError(Fault(f"no invoice is older than {start:%Y-%m-%d}", "months_ago", remedy=remedy))
    then = receivables.as_known_at(start)
    graded = grade_customers(then, paid_share=paid_share)
    owing = graded["open_amount"] > 0
    known = graded["grade"].isin(GRADES) & ~graded.index.isin(customers_in_default(then, default_days=default_days))
    cohort = graded.loc[owing & known, ["grade"]].copy()
    cohort["grade"] = cohort["grade"].cat.set_categories(GRADES, ordered=True)
    later = defaulted_invoices(receivables, default_days=default_days)
    later = later[later["default_date"].between(start, end, inclusive="right")]
    return cohort.assign(defaulted=cohort.index.isin(later["customer_id"]))


def default_rates(cohort: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Return the share of customers that defaulted, by grade.

    Parameters
    ----------
    cohort : DataFrame
        From `follow_cohort`; several may be stacked, but a customer then counts several times.
    confidence : float
        Coverage of the interval.

    Returns
    -------
    DataFrame
        By grade: customers, defaults, default_rate (mean of the Jeffreys posterior, never exactly 0), low, high. A
        grade without customers has the widest interval and the posterior mean of one half.

    References
    ----------
    Brown, Cai & DasGupta (2001), "Interval estimation for a binomial proportion", Statistical Science 16, equation 6.

    Examples
    --------
    >>> cohort = pd.DataFrame({"grade": pd.Categorical(["A"] * 49, categories=list("ABCD")), "defaulted": False})
    >>> default_rates(cohort).loc["A", ["default_rate", "high"]].round(3).tolist()
    [0.01, 0.05]
    """
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    table = cohort.groupby("grade", observed=False).agg(customers=("defaulted", "size"), defaults=("defaulted", "sum"))
    posterior = _posterior(table)
    table["default_rate"] = posterior.mean()
    # At no and at all defaults the interval is one-sided, as the authors recommend.
    table["low"] = np.where(table["defaults"] == 0, 0.0, posterior.ppf((1 - confidence) / 2))
    table["high"] = np.where(table["defaults"] == table["customers"], 1.0, posterior.ppf((1 + confidence) / 2))
    return table


def draw_default_rates(rates: pd.DataFrame, *, rng: np.random.Generator, draws: int) -> FloatArray:
    """Return default rates drawn from their posterior, of shape (draws, grades)."""
    drawn: FloatArray = _posterior(rates).rvs((draws, len(rates)), random_state=rng)
    return drawn


@dataclass(frozen=True)
class DefaultExperience:
    """What the years on record say about defaults.

    Parameters
    ----------
    cohort : DataFrame
        Customers of every year followed, as from `follow_cohort`; empty when the history is too short for one.
    rates : DataFrame
        From `default_rates`, all years together.
    years : int
        Years followed.
    check : GradeCheck or None
        The latest year forecast from the one before; None without two years.
    """

    cohort: pd.DataFrame
    rates: pd.DataFrame
    years: int
    check: "GradeCheck | None"


def gather_experience(
    receivables: Receivables,
    *,
    years: int = 2,
    default_days: int = DEFAULT_DAYS,
    paid_share: float = 0.9,
    confidence: float = 0.95,
) -> DefaultExperience:
    """Follow the customers of the last years, one year at a time, as far as the history goes.

    A customer counts once for every year followed; the intervals take these as independent cases.

    Parameters
    ----------
    receivables : Receivables
        The ledger.
    years : int
        Years to follow at most.
    default_days, paid_share, confidence : int, float, float
        As for `follow_cohort` and `default_rates`.

    Returns
    -------
    DefaultExperience
        Rates of all years, and the check of the last year against the one before.
    """
    require_within({"years": years}, low=1, high=20)
    first = receivables.invoices["invoice_date"].min()
    followed: list[pd.DataFrame] = []
    for months in range(12, 12 * years + 1, 12):
        if first >= receivables.as_of - pd.DateOffset(months=months):
            break
        followed.append(follow_cohort(receivables, months_ago=months, default_days=default_days, paid_share=paid_share))
    followed = [cohort for cohort in followed if len(cohort)]
    empty = pd.DataFrame(
        {"grade": pd.Categorical([], categories=GRADES, ordered=True), "defaulted": np.array([], bool)}
    )
    whole = pd.concat(followed) if followed else empty
    two_years = len(followed) > 1 and min(len(cohort) for cohort in followed[:2]) > 1
    check = check_grades(followed[1], followed[0], confidence=confidence) if two_years else None
    return DefaultExperience(whole, default_rates(whole, confidence=confidence), len(followed), check)


@dataclass(frozen=True)
class GradeCheck:
    """Default rates learnt from one year, judged on the next.

    Parameters
    ----------
    customers, defaults : int
        In the later year.
    brier, naive_brier : float
        Mean squared difference of forecast and outcome: with the rate of each grade, and with one rate for everyone.
    gain, gain_low, gain_high : float
        `naive_brier - brier` with its interval over customers.
    auc : float
        Chance that a customer who defaulted had the worse grade; ties count half. nan without defaults.
    """

    customers: int
    defaults: int
    brier: float
    naive_brier: float
    gain: float
    gain_low: float
    gain_high: float
    auc: float

    @property
    def beats_naive(self) -> bool:
        """Whether the whole interval of the gain lies above zero."""
        return self.gain_low > 0


def check_grades(earlier: pd.DataFrame, later: pd.DataFrame, *, confidence: float = 0.95) -> GradeCheck:
    """Forecast the defaults of a later year by grade from an earlier one, and judge against one rate for everyone.

    Parameters
    ----------
    earlier, later : DataFrame
        From `follow_cohort`, of years that do not overlap.
    confidence : float
        Coverage of the interval of the gain.

    Returns
    -------
    GradeCheck
        Scores on the later year.

    Raises
    ------
    InputError
        When a year holds fewer than two customers.
    """
    faults = [
        Fault(
            f"{len(cohort)} customers owed money and had a grade",
            where=f"the {name} year",
            allowed="2 or more",
            remedy="wait for more customers on credit, or give a longer history",
        )
        for name, cohort in (("earlier", earlier), ("later", later))
        if len(cohort) < 2
    ]
    if faults:
        raise InputError(faults)
    by_grade = default_rates(earlier)["default_rate"]
    forecast = later["grade"].map(by_grade).to_numpy(dtype=np.float64)
    happened = later["defaulted"].to_numpy(dtype=np.float64)
    naive = (float(earlier["defaulted"].sum()) + 0.5) / (len(earlier) + 1)
    wrong, naive_wrong = (forecast - happened) ** 2, (naive - happened) ** 2
    gain = naive_wrong - wrong
    reach = float(stats.norm.ppf((1 + confidence) / 2) * gain.std(ddof=1) / np.sqrt(len(gain)))
    mean = float(gain.mean())
    auc = _ranked(later["grade"].cat.codes.to_numpy(), happened > 0)
    return GradeCheck(
        len(later),
        int(happened.sum()),
        float(wrong.mean()),
        float(naive_wrong.mean()),
        mean,
        mean - reach,
        mean + reach,
        auc,
    )


def _posterior(table: pd.DataFrame) -> "stats.distributions.rv_frozen":
    defaults = table["defaults"].to_numpy(dtype=np.float64)
    return stats.beta(defaults + 0.5, table["customers"].to_numpy(dtype=np.float64) - defaults + 0.5)


def _ranked(grade: np.ndarray, defaulted: np.ndarray) -> float:
    bad, good = grade[defaulted], grade[~defaulted]
    if not len(bad) or not len(good):
        return float("nan")
    return float(stats.mannwhitneyu(bad, good).statistic / (len(bad) * len(good)))
