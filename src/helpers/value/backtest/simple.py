"""Does a forecast of customer value beat a guess? Calibrate on the first months, compare on the months held out.

`split_holdout` cuts the data, `forecast_holdout` makes the simple estimate and the naive guesses; module
`forecast_comparison` judges them.
"""

from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError
from helpers.core.periods import Period, customers_by_period, months_before, per_period
from helpers.value.contribution.contribution import CostAssumptions, measure_contribution
from helpers.value.contribution.simple_lifetime_value import estimate_simple_lifetime_value, expected_life

SIMPLE_MODEL = "lifetime_value"
NAIVE_FORECASTS: tuple[str, ...] = ("everyone_equal", "same_as_before", "before_times_trend")


@dataclass(frozen=True)
class Holdout:
    """Contribution of each customer before and after the split.

    Parameters
    ----------
    customers : DataFrame
        One row per customer with an order before the split, by customer_id: earlier and recent (contribution in the
        two parts of the calibration time), actual (contribution in the holdout time, zero without an order), study
        currency, and active_earlier, active_recent (flags).
    earlier_months, recent_months, holdout_months : int
        Length of the three spans.
    split : date
        First day of the holdout time.
    newcomers : int
        Customers first seen after the split: no forecast made before can know them.
    newcomer_share : float
        Their share of the holdout contribution (nan when that is not positive).
    """

    customers: pd.DataFrame
    earlier_months: int
    recent_months: int
    holdout_months: int
    split: date
    newcomers: int
    newcomer_share: float


def split_holdout(
    transactions: ir.Table,
    as_of: date,
    assumptions: CostAssumptions,
    *,
    earlier_months: int = 3,
    recent_months: int = 3,
    holdout_months: int = 6,
) -> Holdout:
    """Cut the time before `as_of` into an earlier, a recent and a held-out span.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions.
    as_of : date
        End of the holdout time.
    assumptions : CostAssumptions
        How contribution is worked out; an assumed margin holds before and after the split alike.
    earlier_months, recent_months, holdout_months : int
        Length of the spans, months; the calibration time is the first two together.

    Returns
    -------
    Holdout
        The spans' contribution per customer.

    Raises
    ------
    InputError
        When a span is empty or holds no line.
    """
    months = {"earlier_months": earlier_months, "recent_months": recent_months, "holdout_months": holdout_months}
    require_within(months, low=1, high=600)
    borders = [months_before(as_of, sum(list(months.values())[step:])) for step in range(4)]
    spans = tuple(Period(borders[step], borders[step + 1]) for step in range(3))
    calibration = customers_by_period(transactions, spans[:2])  # what comes back after the split is not known yet
    later = customers_by_period(transactions, spans[2:]).assign(period=2)
    activity = pd.concat([calibration, later], ignore_index=True)
    for number, span in enumerate(spans):
        if not (activity["period"] == number).any():
            raise InputError(
                Fault(
                    f"no line from {span.start} to {span.end}",
                    where=f"{list(months)[number]}",
                    remedy="take other months, or another analysis date",
                )
            )
    before, after = activity[activity["period"] < 2], activity[activity["period"] == 2]
    # The assumed cost is worked out on either side alone: the forecast must not know the holdout's discounts.
    each = pd.concat([measure_contribution(before, assumptions), measure_contribution(after, assumptions)])
    money, orders = per_period(each, "contribution", 3), per_period(each, "orders", 3)
    known = (orders[0] > 0) | (orders[1] > 0)
    total = float(money[2].sum())
    customers = pd.DataFrame(
        {
            "earlier": money[0],
            "recent": money[1],
            "actual": money[2],
            "active_earlier": orders[0] > 0,
            "active_recent": orders[1] > 0,
        }
    )
    return Holdout(
        customers=customers[known].reset_index(),
        **months,
        split=spans[2].start,
        newcomers=int((~known).sum()),
        newcomer_share=float(money.loc[~known, 2].sum()) / total if total > 0 else np.nan,
    )


def forecast_holdout(holdout: Holdout) -> pd.DataFrame:
    """Forecast the held-out contribution of each customer from the calibration time alone.

    Parameters
    ----------
    holdout : Holdout
        From `split_holdout`.

    Returns
    -------
    DataFrame
        customer_id, actual, and the forecasts in study currency over the holdout time, undiscounted as `actual` is:
        lifetime_value (recent profit per month over the expected life or the holdout time, whichever is shorter; life
        from the retention between the two calibration spans), everyone_equal (the mean), same_as_before (profit per
        month of the whole calibration time goes on), before_times_trend (the same times the trend of the total from the
        earlier to the recent span, carried on; equal to same_as_before when a total is not positive).
    """
    customers, horizon = holdout.customers, holdout.holdout_months
    per_month = (customers["earlier"] + customers["recent"]) / (holdout.earlier_months + holdout.recent_months)
    step_months = (holdout.earlier_months + holdout.recent_months) / 2  # between the middles of the two spans
    kept = customers.loc[customers["active_earlier"], "active_recent"].mean()
    life = expected_life(float(kept), period_months=step_months, at_most_months=horizon)
    recent = customers.rename(columns={"recent": "contribution"})
    model = estimate_simple_lifetime_value(
        recent, period_months=holdout.recent_months, life_months=life.months, annual_rate=0.0
    )
    return pd.DataFrame(
        {
            "customer_id": customers["customer_id"],
            "actual": customers["actual"],
            SIMPLE_MODEL: model["lifetime_value"],
            "everyone_equal": float(per_month.mean()) * horizon,
            "same_as_before": per_month * horizon,
            "before_times_trend": per_month * horizon * _trend(holdout, step_months),
        }
    )


def _trend(holdout: Holdout, step_months: float) -> float:
    earlier = float(holdout.customers["earlier"].sum()) / holdout.earlier_months
    recent = float(holdout.customers["recent"].sum()) / holdout.recent_months
    if earlier <= 0 or recent <= 0:
        return 1.0
    ahead = (holdout.earlier_months + holdout.recent_months + holdout.holdout_months) / 2
    return float((recent / earlier) ** (ahead / step_months))
