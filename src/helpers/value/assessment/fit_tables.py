"""Fit, forecast and parameters of the purchase models as tables for those who check the method."""

from typing import Any

from helpers.value.assessment.holdout_test import HoldoutTest
from helpers.value.assessment.model_choice import MODEL_NAMES
from helpers.value.assessment.parameter_table import parameters_to_read, tabulate_parameters

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
    rated = {
        "frame": test.rating.drop(columns="sound").rename(index=dict(MODEL_NAMES)),
        "name": "purchase_models",
        "title": "Fit before, forecast after",
        "about": "Chi-square and p-value judge the spread of purchases before; the columns after them the months held "
        "back.",
        "units": {"total_error": "share"},
        "labels": _LABELS,
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
