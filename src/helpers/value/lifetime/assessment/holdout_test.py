"""Months held back: purchase and spend models fitted before them, their forecasts, and the judgement on those."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.errors import Fault, InputError
from helpers.core.periods import months_before
from helpers.core.results import NamedResult, results_by_group
from helpers.value.backtest.comparison import ForecastComparison, calibration_by_group, compare_forecasts
from helpers.value.lifetime.assessment.earlier_weeks import (
    PAST_TIMES_TREND,
    forecast_earlier,
    measure_trend,
    observe_earlier,
)
from helpers.value.lifetime.assessment.model_choice import (
    ALL_NAMES,
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
from helpers.value.lifetime.assessment.parameter_table import parameters_by_name, tabulate_parameters
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

    def fit_told(self, confidence: float) -> str:
        """How the model taken meets the spread of repeat purchases before, a template of named results."""
        told = "How many customers came back how often before, the {clv_purchase_model} model "
        if self.misfits(confidence):
            return told + "misses by more than chance explains: the total is firmer than single groups of customers."
        return told + "meets within chance."

    def named_results(self, confidence: float) -> Iterator[NamedResult]:
        """Yield parameters with intervals, likelihoods and how each model forecast, named for the results file."""
        parameters = parameters_by_name(tabulate_parameters(self.fitted, level=confidence))
        about = "parameter fitted before the months held back: {group}"
        yield from results_by_group(parameters, "{group}", unit="parameter", about=about)
        about = "of {group}, of the time before the months held back"
        yield from results_by_group(self.log_likelihoods, "{group}_log_likelihood", unit="nats", about=about)
        about = "forecast purchases of {group} with actual ones, over customers"
        yield from results_by_group(
            self.rating["correlation"], "holdout_correlation_{group}", unit="index", about=about
        )
        about = "mean absolute error: {group}"
        yield from results_by_group(self.rating["mae"], "holdout_mae_{group}", unit="purchases", about=about)
        fit, about = self.rating.loc[[self.chosen], "p_value"], "chance of a larger misfit if the model were right"
        yield from results_by_group(fit, "purchase_fit_p_value", unit="index", about=about)
        about = "forecast total over actual total, less one: {group}"
        yield from results_by_group(self.total_errors, "holdout_{group}_total_error", unit="share", about=about)

    @property
    def limits(self) -> str:
        """What limits the fits, a sentence per model; empty where nothing does."""
        told = {name: "; ".join(note.what for note in model.notes_) for name, model in self.fitted.items()}
        return " ".join(f"{ALL_NAMES[name]}: {text}." for name, text in told.items() if text)

    @property
    def reason(self) -> str:
        """Why the model was taken, as the end of a sentence."""
        if self.asked_for:
            return "as asked for"
        best = self.rating[_chosen_by(self.rating)].idxmin() == self.chosen
        when = "the best forecast of earlier weeks" if self.chosen_from else "the best forecast"
        return when if best else f"{when} among those whose parameters the data settle"

    @property
    def choice_told(self) -> str:
        """By which time the model was chosen, a template with the dates `chosen_from` and `held_from`."""
        if self.asked_for:
            return "The model was asked for, not chosen; it is judged by what happened since {held_from}."
        if self.chosen_from:
            return (
                "The choice was made by earlier weeks: models that saw nothing after {chosen_from} forecast the time "
                "until {held_from}. What happened since {held_from} judges the model taken, and had no part in the "
                "choice."
            )
        return (
            "The time before {held_from} is too short to choose in, so the model was chosen by the same months that "
            "judge it. That flatters it a little."
        )


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
    """

    purchases: ForecastComparison
    amounts: ForecastComparison
    usability: Usability
    groups: pd.DataFrame

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
        """The guess of spend, of all, with the smallest mean absolute error, in words."""
        return GUESSES[_closest(self.amounts, self.amounts.naive)]

    def named_results(self) -> Iterator[NamedResult]:
        """Yield the errors of model and guesses, and the rank correlation, named for the results file."""
        about = "mean absolute error over the months held back, per customer: {group}"
        # The other two are in `naive`: under their own names, another chapter names its guesses of contribution.
        shown = self.purchase_errors.drop(list(NAIVE_PURCHASES))
        yield from results_by_group(shown, "holdout_mae_{group}", unit="purchases", about=about)
        yield from results_by_group(self.spend_errors, "holdout_spend_mae_{group}", unit="money", about=about)
        rank = self.rank.to_frame().T
        about = "rank correlation of forecast and actual spend"
        yield from results_by_group(rank, "holdout_spend_rank", unit="index", about=about)
        yield NamedResult("clv_rival", self.rival, "text", "the guess of spend with the smallest error per customer")
        right, about = self.groups["as_forecast"].sum(), "tenths of customers forecast within their interval"
        yield NamedResult("purchase_calibrated_groups", int(right), "groups", about)
        too_low = (self.groups["low"] > self.groups["forecast"]).sum()
        about = "tenths of customers who bought more than forecast, beyond chance"
        yield NamedResult("purchase_too_low_groups", int(too_low), "groups", about)

    @property
    def groups_told(self) -> str:
        """What the tenths by forecast mean for planning, a template of named results."""
        told = "Of ten groups by forecast, {purchase_calibrated_groups} bought as forecast within chance"
        if (self.groups["low"] > self.groups["forecast"]).any():
            told += ", and {purchase_too_low_groups} more than forecast"
        if self.groups["as_forecast"].all():
            return told + "."
        return told + ": plan with the total, and with groups only where the forecast was right."

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
    return HoldoutJudgement(purchases, amounts, judge_usability(amounts, total_error=off), groups)
