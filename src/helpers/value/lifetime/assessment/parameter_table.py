"""Fitted parameters of several models in one table, with intervals where the data tell them."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from helpers.core.errors import InputError
from helpers.value.lifetime.assessment.model_choice import ALL_NAMES
from helpers.value.likelihood.fitted import LogScaleModel
from helpers.value.likelihood.uncertainty import parameter_intervals

PARAMETER_MEANINGS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "bg_nbd_r": ("shape", "how alike purchase rates are"),
        "bg_nbd_alpha": ("time", "scale of purchase rates"),
        "bg_nbd_a": ("shape", "chance to drop out: weight of leaving"),
        "bg_nbd_b": ("shape", "chance to drop out: weight of staying"),
        "mbg_nbd_r": ("shape", "how alike purchase rates are"),
        "mbg_nbd_alpha": ("time", "scale of purchase rates"),
        "mbg_nbd_a": ("shape", "chance to drop out: weight of leaving"),
        "mbg_nbd_b": ("shape", "chance to drop out: weight of staying"),
        "pareto_nbd_r": ("shape", "how alike purchase rates are"),
        "pareto_nbd_alpha": ("time", "scale of purchase rates"),
        "pareto_nbd_s": ("shape", "how alike drop-out rates are"),
        "pareto_nbd_beta": ("time", "scale of drop-out rates"),
        "gamma_gamma_p": ("shape", "how steady the spend of one customer is"),
        "gamma_gamma_q": ("shape", "how alike mean spends are"),
        "gamma_gamma_gamma": ("money", "scale of mean spends"),
        "bg_bb_alpha": ("shape", "chance to buy: weight of buying"),
        "bg_bb_beta": ("shape", "chance to buy: weight of not buying"),
        "bg_bb_gamma": ("shape", "chance to drop out: weight of leaving"),
        "bg_bb_delta": ("shape", "chance to drop out: weight of staying"),
    }
)
"""Unit ("time" is the model's time unit, "money" the study's currency) and meaning of `model_parameter`."""


def tabulate_parameters(
    models: Mapping[str, LogScaleModel], *, time_unit: str = "weeks", level: float = 0.95
) -> pd.DataFrame:
    """Put the parameters of fitted models into one table.

    Parameters
    ----------
    models : dict of str to LogScaleModel
        Fitted, by name, without covariates.
    time_unit : str
        Unit of time of the models.
    level : float
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        `model`, `parameter`, `estimate` (missing where the data do not settle it), `low`, `high` (missing where the
        data do not tell all parameters of the model), `unit`, `meaning`.
    """
    rows = []
    for name, model in models.items():
        ends = _ends(model, level)
        unsettled = getattr(model, "not_identified_", ())
        for parameter, found in model.parameters_.items():
            estimate = np.nan if parameter in unsettled else found
            unit, meaning = PARAMETER_MEANINGS[f"{name}_{parameter}"]
            low, high = ends.get(parameter, (np.nan, np.nan))
            rows.append((name, parameter, estimate, low, high, time_unit if unit == "time" else unit, meaning))
    return pd.DataFrame(rows, columns=["model", "parameter", "estimate", "low", "high", "unit", "meaning"])


def _ends(model: LogScaleModel, level: float) -> dict[str, tuple[float, float]]:
    try:
        found = parameter_intervals(model, level)
    except InputError:  # no covariance; the model's notes_ say why
        return {}
    return {
        str(name): (float(low), float(high))
        for name, low, high in zip(found.index, found["low"], found["high"], strict=True)
    }


def parameters_by_name(table: pd.DataFrame) -> pd.DataFrame:
    """Return estimate, low and high by `model_parameter`.

    Parameters
    ----------
    table : DataFrame
        From `tabulate_parameters`.
    """
    named: pd.DataFrame = table.set_index(table["model"] + "_" + table["parameter"])[["estimate", "low", "high"]]
    return named


def parameters_to_read(table: pd.DataFrame) -> pd.DataFrame:
    """Lay parameters out for a reader: the unit stands beside the meaning, what is not known is missing.

    Parameters
    ----------
    table : DataFrame
        From `tabulate_parameters`.

    Returns
    -------
    DataFrame
        `model` by its usual name, `parameter`, `estimate`, `low`, `high` (missing where not finite) and `meaning`.
    """
    in_time = ~table["unit"].isin(["shape", "money"])
    return pd.DataFrame(
        {
            "model": table["model"].replace(dict(ALL_NAMES)),
            "parameter": table["parameter"],
            **{name: table[name].where(np.isfinite(table[name])) for name in ("estimate", "low", "high")},
            "meaning": table["meaning"].where(~in_time, table["meaning"] + ", " + table["unit"]),
        }
    )
