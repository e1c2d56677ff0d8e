"""Months held back: purchase and spend models fitted before them, their forecasts, and the judgement on those."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.errors import Fault, InputError
from helpers.periods import months_before
from helpers.results import NamedResult, results_by_group
from helpers.value.assessment.model_choice import (
    ALL_NAMES,
    AUTO,
    NAIVE_PURCHASES,
    NOBODY_RETURNS,
    choose_model,
    fit_purchase_models,
    fit_spend_model,
    forecast_purchases,
    forecast_spend,
    leave_out_extremes,
    rate_models,
    total_error,
)
from helpers.value.assessment.parameter_table import parameters_by_name, tabulate_parameters
from helpers.value.assessment.usability import Usability, judge_usability
from helpers.value.fitted import LogScaleModel
from helpers.value.forecast_comparison import ForecastComparison, compare_forecasts
from helpers.value.gamma_gamma import GammaGamma
from helpers.value.purchase_history import purchase_history
from helpers.value.purchase_models.base import PurchaseModel

RIVALS = {"same_as_before": "past spend going on", "everyone_equal": "the mean of all customers"}


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

    @property
    def model(self) -> PurchaseModel:
        """The purchase model taken."""
        return self.models[self.chosen]

    @property
    def total_errors(self) -> "pd.Series[float]":
        """Forecast over actual total less one: of purchases, of spend, of the closest naive forecast of spend."""
        naive = min((total_error(self.amounts, name) for name in NAIVE_PURCHASES), key=abs)
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
        best = self.rating["mae"].idxmin() == self.chosen
        return "the best forecast" if best else "the best forecast of those whose parameters the data settle"


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
        Purchase model to take, or "auto" for the best forecast (see `choose_model`).
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
    chosen = choose_model(rating, wanted)
    amounts = forecast_spend(models[chosen], spend, history, weeks, name=chosen)
    asked_for = wanted != AUTO
    return HoldoutTest(history, held_from, weeks, models, rating, chosen, purchases, amounts, spend, asked_for)


@dataclass(frozen=True)
class HoldoutJudgement:
    """How far the forecasts were off, against the guesses.

    Parameters
    ----------
    purchases, amounts : ForecastComparison
        Of purchases and of spend.
    usability : Usability
        What lifetime values are good for.
    """

    purchases: ForecastComparison
    amounts: ForecastComparison
    usability: Usability

    @property
    def purchase_errors(self) -> pd.DataFrame:
        """Mean absolute errors with intervals: `model`, `naive` (the better guess of two) and `nobody_returns`."""
        return _named_errors(self.purchases, (*NAIVE_PURCHASES, NOBODY_RETURNS))

    @property
    def spend_errors(self) -> pd.DataFrame:
        """The same of spend, in study currency."""
        return _named_errors(self.amounts, (*NAIVE_PURCHASES, NOBODY_RETURNS))

    @property
    def rival(self) -> str:
        """The better guess of spend, in words."""
        return RIVALS[_better_guess(self.amounts)]

    def named_results(self) -> Iterator[NamedResult]:
        """Yield the errors of model and guesses, and the rank correlation, named for the results file."""
        about = "mean absolute error over the months held back, per customer: {group}"
        yield from results_by_group(self.purchase_errors, "holdout_mae_{group}", unit="purchases", about=about)
        yield from results_by_group(self.spend_errors, "holdout_spend_mae_{group}", unit="money", about=about)
        rank = self.rank.to_frame().T
        about = "rank correlation of forecast and actual spend"
        yield from results_by_group(rank, "holdout_spend_rank", unit="index", about=about)
        yield NamedResult("clv_rival", self.rival, "text", "the better guess of spend")

    @property
    def rank(self) -> "pd.Series[float]":
        """Rank correlation of forecast and actual spend, with its interval."""
        found = self.amounts.errors.query("measure == 'spearman'").set_index("forecast")
        rank: pd.Series[float] = found[["estimate", "low", "high"]].T[self.amounts.model]
        return rank


def _better_guess(comparison: ForecastComparison) -> str:
    mae = comparison.errors.query("measure == 'mae'").set_index("forecast")["estimate"]
    return str(mae[list(NAIVE_PURCHASES)].idxmin())


def _named_errors(comparison: ForecastComparison, guesses: tuple[str, ...]) -> pd.DataFrame:
    mae = comparison.errors.query("measure == 'mae'").set_index("forecast")[["estimate", "low", "high"]]
    naive = _better_guess(comparison)
    rows = {"model": mae.loc[comparison.model], "naive": mae.loc[naive], guesses[-1]: mae.loc[guesses[-1]]}
    return pd.DataFrame(rows).T


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
    guesses = (*NAIVE_PURCHASES, NOBODY_RETURNS)
    purchases, amounts = (
        compare_forecasts(
            forecasts, model=test.chosen, naive=guesses, rng=rng, resamples=resamples, confidence=confidence
        )
        for forecasts in (test.purchases, test.amounts)
    )
    off = float(test.total_errors["spend"])
    return HoldoutJudgement(purchases, amounts, judge_usability(amounts, NAIVE_PURCHASES, total_error=off))
