"""Lifetime values from all data, by the models that the holdout chose."""

from dataclasses import dataclass

import pandas as pd

from helpers.value.assessment.model_choice import fit_purchase_models, fit_spend_model
from helpers.value.gamma_gamma import GammaGamma
from helpers.value.lifetime_value import ValueDefinition, estimate_lifetime_value
from helpers.value.purchase_models.base import PurchaseModel


@dataclass(frozen=True)
class Valuation:
    """Lifetime values with the models behind them.

    Parameters
    ----------
    history : DataFrame
        Purchase histories valued.
    model, spend : PurchaseModel, GammaGamma
        Fitted to them.
    definition : ValueDefinition
        What is counted.
    customers : DataFrame
        From `estimate_lifetime_value`, indexed by customer.
    """

    history: pd.DataFrame
    model: PurchaseModel
    spend: GammaGamma
    definition: ValueDefinition
    customers: pd.DataFrame

    @property
    def worth(self) -> "pd.Series[float]":
        """Lifetime value by customer, in study currency."""
        return self.customers["lifetime_value"]


def value_customers(history: pd.DataFrame, model: str, definition: ValueDefinition) -> Valuation:
    """Fit a purchase model and the spend model to all data and value every customer.

    Parameters
    ----------
    history : DataFrame of shape (n, …)
        Purchase histories up to the analysis date.
    model : str
        Name of a purchase model.
    definition : ValueDefinition
        What is counted.

    Returns
    -------
    Valuation

    Raises
    ------
    InputError
        When the histories cannot tell the parameters.
    """
    purchases = fit_purchase_models(history, [model], time_unit=definition.time_unit)[model]
    spend = fit_spend_model(history, currency=definition.currency)
    valued = estimate_lifetime_value(history, purchases, spend, definition).set_index("customer_id", drop=False)
    return Valuation(history, purchases, spend, definition, valued.rename_axis(None))
