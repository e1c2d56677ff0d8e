"""Months held back: purchase and spend models fitted before them, their forecasts, and the judgement on those."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.errors import Fault, InputError
from helpers.core.periods import months_before
from helpers.value.backtest.comparison import ForecastComparison, calibration_by_group, compare_forecasts
from helpers.value.lifetime.assessment.earlier_weeks import (
    PAST_TIMES_TREND,
    forecast_earlier,
    measure_trend,
    observe_earlier,
)
from helpers.value.lifetime.assessment.model_choice import (
    AUTO,
    NAIVE_PURCHASES,
    choose_model,
    fit_purchase_models,
    fit_spend_model,
    forecast_purchases,
    forecast_spend,
    leave_out_extremes,
    rate_models,
    total_error,
)
from helpers.value.lifetime.assessment.usability import GUESSES, Usability, judge_usability
from helpers.value.lifetime.gamma_gamma import GammaGamma
from helpers.value.lifetime.models.base import PurchaseModel
from helpers.value.lifetime.purchase_history import purchase_history
from helpers.value.likelihood.fitted import LogScaleModel


@dataclass(frozen=True)
class HoldoutTest:
    """Models fitted before the months held back, and what they forecast for them.

    Parameters
    ----------
    history : DataFrame
        Purchase histories before, with `holdout_purchases` and `holdout_spend`.
    held_from : date
        First day held back.
    weeks : float
        Length of the time held back.
    models : dict of str to PurchaseModel
        Fitted, by name.
    rating : DataFrame
        From `rate_models`.
    chosen : str
        The model taken.
    purchases, amounts : DataFrame
        Forecasts of purchases by every model and guess, and of spend by the model taken and every guess.
    spend : GammaGamma
        Spend model fitted before.
    asked_for : bool
        Whether the model taken was asked for by name, not chosen.
    chosen_from : date, optional
        First day of the earlier weeks that the model was chosen by; None where it was asked for, or where the time
        before is too short to choose in, so that it was chosen by the months held back.
    """

    history: pd.DataFrame
    held_from: date
    weeks: float
    models: dict[str, PurchaseModel]
    rating: pd.DataFrame
    chosen: str
    purchases: pd.DataFrame
    amounts: pd.DataFrame
    spend: GammaGamma
    asked_for: bool = False
    chosen_from: date | None = None

    @property
    def model(self) -> PurchaseModel:
        """The purchase model taken."""
        return self.models[self.chosen]

    @property
    def guesses(self) -> tuple[str, ...]:
        """The guesses that stand against the model: all of `GUESSES`, the trend only where earlier weeks tell it."""
        return tuple(name for name in GUESSES if name in self.amounts)

    @property
    def total_errors(self) -> "pd.Series[float]":
        """Forecast over actual total less one: of purchases, of spend, of the closest naive forecast of spend."""
        naive = min((total_error(self.amounts, name) for name in self.guesses), key=abs)
        found = {
            "purchases": total_error(self.purchases, self.chosen),
            "spend": total_error(self.amounts, self.chosen),
            "spend_naive": naive,
        }
        return pd.Series(found)

    @property
    def fitted(self) -> dict[str, LogScaleModel]:
        """All models fitted before the months held back, the spend model last."""
        return {**self.models, "gamma_gamma": self.spend}

    @property
    def log_likelihoods(self) -> "pd.Series[float]":
        """Log-likelihood of each fitted model, nats."""
        return pd.Series({name: model.log_likelihood_ for name, model in self.fitted.items()})

    def misfits(self, confidence: float) -> bool:
        """Say whether the model taken is off the spread of repeat purchases by more than chance explains."""
        return bool(self.rating["p_value"][self.chosen] < 1 - confidence)

    @property
    def chosen_by(self) -> Literal["request", "earlier_weeks", "months_held_back"]:
        """By what the model taken was chosen."""
        if self.asked_for:
            return "request"
        return "earlier_weeks" if self.chosen_from else "months_held_back"

    @property
    def chosen_is_closest(self) -> bool:
        """Whether the model taken has the smallest error of all, those unsoundly fitted included."""
        return bool(self.rating[_chosen_by(self.rating)].idxmin() == self.chosen)


def hold_back(
    transactions: ir.Table,
    *,
    as_of: date,
    months: int,
    wanted: str = AUTO,
    repeat_spend_limit: float = 0.0,
    currency: str = "",
) -> HoldoutTest:
    """Fit all models to the time before the last months, choose one, and forecast those months.

    Parameters
    ----------
    transactions : ibis Table
        Transaction lines.
    as_of : date
        The day after the last one observed.
    months : int
        Calendar months held back.
    wanted : str
        Purchase model to take, or "auto" for the best forecast of the weeks before the months held back (see
        `forecast_earlier` and `choose_model`), of the months held back where those weeks are too few.
    repeat_spend_limit : float
        See `leave_out_extremes`.
    currency : str
        Study currency, a label.

    Returns
    -------
    HoldoutTest

    Raises
    ------
    InputError
        When nobody bought before the months held back, or the histories cannot tell the parameters.
    """
    held_from = months_before(as_of, months)
    history = purchase_history(transactions, as_of=as_of, holdout_from=held_from).to_pyarrow().to_pandas()
    if history.empty:
        raise InputError(Fault(f"nobody bought before {held_from}", where="holdout_months", remedy="hold back less"))
    history = leave_out_extremes(history, repeat_spend_limit)
    weeks = (as_of - held_from) / timedelta(weeks=1)
    models, spend = fit_purchase_models(history), fit_spend_model(history, currency=currency)
    purchases = forecast_purchases(models, history, weeks)
    rating = rate_models(models, history, purchases)
    asked_for, spans = wanted != AUTO, {"weeks_held": weeks, "weeks_before": float(history["age"].max())}
    earlier = observe_earlier(transactions, held_from=held_from, repeat_spend_limit=repeat_spend_limit, **spans)
    errors = forecast_earlier(earlier) if earlier and not asked_for else None
    if errors is not None:
        rating = rating.assign(earlier_mae=errors)
    chosen = choose_model(rating, wanted, by=_chosen_by(rating))
    amounts = forecast_spend(models[chosen], spend, history, weeks, name=chosen)
    if earlier and (trend := measure_trend(earlier)):
        purchases, amounts = _carry_on(purchases, trend.purchases), _carry_on(amounts, trend.spend)
    chosen_from = earlier.first_day if earlier and errors is not None else None
    return HoldoutTest(
        history, held_from, weeks, models, rating, chosen, purchases, amounts, spend, asked_for, chosen_from
    )


def _carry_on(forecasts: pd.DataFrame, trend: float) -> pd.DataFrame:
    return forecasts.assign(**{PAST_TIMES_TREND: forecasts[NAIVE_PURCHASES[0]] * trend})


def _chosen_by(rating: pd.DataFrame) -> str:
    return "earlier_mae" if "earlier_mae" in rating else "mae"


@dataclass(frozen=True)
class HoldoutJudgement:
    """How far the forecasts were off, against the guesses.

    Parameters
    ----------
    purchases, amounts : ForecastComparison
        Of purchases and of spend.
    usability : Usability
        What lifetime values are good for.
    groups : DataFrame
        Forecast and actual purchases by tenth of customers, from `calibration_by_group`.
    weeks : float
        Length of the time judged.
    """

    purchases: ForecastComparison
    amounts: ForecastComparison
    usability: Usability
    groups: pd.DataFrame
    weeks: float

    @property
    def purchase_errors(self) -> pd.DataFrame:
        """Mean absolute errors with intervals: `model`, each guess, and `naive`, the better one that expects anything.

        Past purchases times their trend stand by themselves. Nobody returning is the last guess, and stands apart: a
        mean absolute error is least for a guess at the median, so where most buy nothing, the guess of nothing scores
        well without knowing anything.
        """
        return _named_errors(self.purchases)

    @property
    def spend_errors(self) -> pd.DataFrame:
        """The same of spend, in study currency."""
        return _named_errors(self.amounts)

    @property
    def rival(self) -> str:
        """The guess of spend, of all, with the smallest mean absolute error: one of `GUESSES`."""
        return _closest(self.amounts, self.amounts.naive)

    @property
    def purchase_errors_to_name(self) -> pd.DataFrame:
        """`purchase_errors` without the two guesses in `naive`, which another chapter names for contribution."""
        return self.purchase_errors.drop(list(NAIVE_PURCHASES))

    @property
    def calibrated_groups(self) -> int:
        """Tenths of customers forecast within the interval of what they bought."""
        return int(self.groups["as_forecast"].sum())

    @property
    def too_low_groups(self) -> int:
        """Tenths of customers who bought more than forecast, beyond chance."""
        return int((self.groups["low"] > self.groups["forecast"]).sum())

    @property
    def rank(self) -> "pd.Series[float]":
        """Rank correlation of forecast and actual spend, with its interval."""
        found = self.amounts.errors.query("measure == 'spearman'").set_index("forecast")
        rank: pd.Series[float] = found[["estimate", "low", "high"]].T[self.amounts.model]
        return rank


def _mean_absolute_errors(comparison: ForecastComparison) -> pd.DataFrame:
    return comparison.errors.query("measure == 'mae'").set_index("forecast")[["estimate", "low", "high"]]


def _closest(comparison: ForecastComparison, guesses: tuple[str, ...]) -> str:
    return str(_mean_absolute_errors(comparison)["estimate"][list(guesses)].idxmin())


def _named_errors(comparison: ForecastComparison) -> pd.DataFrame:
    mae, naive = _mean_absolute_errors(comparison), _closest(comparison, NAIVE_PURCHASES)
    rows = {"model": mae.loc[comparison.model], "naive": mae.loc[naive]}
    return pd.DataFrame(rows | {guess: mae.loc[guess] for guess in comparison.naive}).T


def judge_holdout(
    test: HoldoutTest, rng: np.random.Generator, *, resamples: int = 999, confidence: float = 0.95
) -> HoldoutJudgement:
    """Compare the forecasts with what happened, and with the guesses.

    Parameters
    ----------
    test : HoldoutTest
        From `hold_back`.
    rng : numpy.random.Generator
        Source of the resamples.
    resamples : int
        Bootstrap resamples of customers.
    confidence : float
        Coverage of intervals.

    Returns
    -------
    HoldoutJudgement

    Raises
    ------
    InputError
        When there are fewer than ten customers.
    """
    purchases, amounts = (
        compare_forecasts(
            forecasts, model=test.chosen, naive=test.guesses, rng=rng, resamples=resamples, confidence=confidence
        )
        for forecasts in (test.purchases, test.amounts)
    )
    off = float(test.total_errors["spend"])
    groups = calibration_by_group(test.purchases, model=test.chosen, confidence=confidence)
    return HoldoutJudgement(purchases, amounts, judge_usability(amounts, total_error=off), groups, test.weeks)
