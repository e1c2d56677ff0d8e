"""Lifetime values from all data, by the models that the holdout chose."""

from dataclasses import dataclass

import pandas as pd

from helpers.value.lifetime.assessment.model_choice import fit_purchase_models, fit_spend_model
from helpers.value.lifetime.assessment.value_summary import realised_margin
from helpers.value.lifetime.gamma_gamma import GammaGamma
from helpers.value.lifetime.lifetime_value import UNITS_PER_YEAR, ValueDefinition, estimate_lifetime_value
from helpers.value.lifetime.models.base import PurchaseModel

WEEKS_PER_YEAR = UNITS_PER_YEAR["weeks"]


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
    def alive_customers(self) -> int | None:
        """Customers expected to be customers still; None where the purchases show nothing of drop-out."""
        return round(float(self.customers["probability_alive"].sum())) if self.model.drop_out_identified else None

    @property
    def worth(self) -> "pd.Series[float]":
        """Lifetime value by customer, in study currency."""
        return self.customers["lifetime_value"]


def define_value(
    customers: pd.DataFrame,
    *,
    counts: str,
    gross_margin: float,
    horizon_months: int,
    discount_rate: float,
    past_included: bool,
    currency: str,
) -> ValueDefinition:
    """Say what lifetime value counts, in weeks, with the margin that the lines show or that is assumed.

    Parameters
    ----------
    customers : DataFrame
        One row per customer: revenue and, where known, cost, in study currency.
    counts : {"margin", "revenue"}
        What is counted.
    gross_margin : float
        Share of revenue, used where no cost is known.
    horizon_months : int
        Months ahead; a year is taken as 52 weeks.
    discount_rate : float
        Effective, per year.
    past_included : bool
        Whether what customers brought so far is added.
    currency : str
        Study currency.

    Examples
    --------
    >>> terms = {"horizon_months": 12, "discount_rate": 0.1, "past_included": False, "currency": "USD"}
    >>> customers = pd.DataFrame({"revenue": [10.0]})
    >>> print(define_value(customers, counts="margin", gross_margin=0.25, **terms))
    margin (25 % of revenue) in USD, of purchases in the next 52 weeks, discounted at 10 % per year, past excluded
    """
    margin = realised_margin(customers, gross_margin) if counts == "margin" else None
    return ValueDefinition(
        horizon=horizon_months * WEEKS_PER_YEAR / 12,
        discount_rate=discount_rate,
        margin_share=margin,
        past_included=past_included,
        currency=currency,
    )


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
