"""What the tested models are shown by: tables of fits, the totals they track, the assumption on spend."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import ibis.expr.types as ir
import pandas as pd

from helpers.core.results import NamedResult
from helpers.value.lifetime.assessment.holdout_test import HoldoutTest
from helpers.value.lifetime.assessment.model_choice import MODEL_NAMES
from helpers.value.lifetime.assessment.parameter_table import parameters_to_read, tabulate_parameters
from helpers.value.lifetime.assessment.tracking import track_repeat_purchases
from helpers.value.lifetime.gamma_gamma import GammaGamma

_LABELS = {"mae": "Mean absolute error, purchases", "earlier_mae": "The same, when chosen", "p_value": "P-value"}


def tables_of_fits(test: HoldoutTest, *, confidence: float) -> list[dict[str, Any]]:
    """Return how models fit and forecast, and their parameters, ready to be shown.

    Parameters
    ----------
    test : HoldoutTest
        From `hold_back`.
    confidence : float
        Coverage of the intervals of parameters.

    Returns
    -------
    list of dict
        Per table: frame, name, title, about, units and labels by column; `about` is a template of the other entries.
    """
    rating = test.rating.drop(columns="sound").rename(index=dict(MODEL_NAMES))
    rated = {
        "frame": rating,
        "name": "purchase_models",
        "title": "Fit before, forecast after",
        "about": "Chi-square and p-value judge the spread of purchases before; the columns after them the months held "
        "back.",
        "units": {"total_error": "share"},
        # a model asked for by name has no error "when chosen"
        "labels": {column: label for column, label in _LABELS.items() if column in rating},
    }
    parameters = {
        "frame": parameters_to_read(tabulate_parameters(test.fitted, level=confidence)),
        "name": "purchase_model_parameters",
        "title": "Parameters of the models",
        "about": "Intervals are missing where the data do not tell the parameters. {limits}",
        "units": dict.fromkeys(("estimate", "low", "high"), "precise"),
        "limits": test.limits,
    }
    return [rated, parameters]


def track_holdout_test(transactions: ir.Table, test: HoldoutTest, *, as_of: date) -> pd.DataFrame:
    """Add up repeat purchases week by week, as they happened and as the models of a test expected them.

    Parameters
    ----------
    transactions : ibis Table
        Transaction lines.
    test : HoldoutTest
        From `hold_back`.
    as_of : date
        The day after the last one observed.

    Returns
    -------
    DataFrame
        From `track_repeat_purchases`.
    """
    return track_repeat_purchases(transactions, test.history, test.models, as_of=as_of, holdout_from=test.held_from)


def tracking_results(tracked: pd.DataFrame, chosen: str) -> Iterator[NamedResult]:
    """Yield the total at the end and how far the model taken is off, where anything happened, named for the results.

    Parameters
    ----------
    tracked : DataFrame
        From `track_repeat_purchases`.
    chosen : str
        The model taken.
    """
    happened, expected = (float(tracked[name].iloc[-1]) for name in ("actual", chosen))
    yield NamedResult("tracking_actual", int(happened), "purchases", "repeat purchases, whole time")
    if happened:
        yield NamedResult("tracking_error", expected / happened - 1, "share", "expected over actual, less one")


def spend_results(spend: GammaGamma) -> Iterator[NamedResult]:
    """Yield the mean spend and its correlation with frequency, named for the results file."""
    correlation = spend.frequency_spend_correlation_
    yield NamedResult("spend_frequency_correlation", correlation, "index", "the model takes it to be zero")
    yield NamedResult("spend_population_mean", spend.population_mean_, "money", "mean spend per purchase")
