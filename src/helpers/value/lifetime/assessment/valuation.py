"""Lifetime values from all data, by the models that the holdout chose."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from helpers.core.results import NamedResult
from helpers.value.lifetime.assessment.model_choice import fit_purchase_models, fit_spend_model
from helpers.value.lifetime.assessment.value_summary import realised_margin
from helpers.value.lifetime.gamma_gamma import GammaGamma
from helpers.value.lifetime.intervals import DrawnIntervals
from helpers.value.lifetime.lifetime_value import UNITS_PER_YEAR, ValueDefinition, estimate_lifetime_value
from helpers.value.lifetime.models.base import PurchaseModel

WEEKS_PER_YEAR = UNITS_PER_YEAR["weeks"]
SMALLEST_WIDTH = 0.005


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

    def named_results(self) -> Iterator[NamedResult]:
        """Yield what was valued and what is counted, named for the results file; the total stands with its interval."""
        counted = f"counted is {self.definition}"
        yield NamedResult("clv_mean", float(self.worth.mean()), "money", f"per customer; {counted}")
        if self.model.drop_out_identified:
            alive = round(float(self.customers["probability_alive"].sum()))
            yield NamedResult("clv_alive_customers", alive, "customers", "expected to be customers still")
        yield NamedResult("clv_definition", str(self.definition), "text", "what lifetime value counts")

    @property
    def alive_reading(self) -> str:
        """Say how many are customers still, or that the purchases cannot tell, as a template of named results."""
        if not self.model.drop_out_identified:
            return (
                "How many are customers still cannot be told: by the {clv_purchase_model} model, these purchases show "
                "nothing of customers dropping out."
            )
        return (
            "{clv_alive_customers} of {clv_customers} are expected to be customers still, by the {clv_purchase_model} "
            "model."
        )

    @property
    def worth(self) -> "pd.Series[float]":
        """Lifetime value by customer, in study currency."""
        return self.customers["lifetime_value"]

    def intervals_told(self, intervals: DrawnIntervals, width: float) -> list[str]:
        """Say how wide the intervals of single customers are and where they come from, as templates of named results.

        Parameters
        ----------
        intervals : DrawnIntervals
            Of lifetime value.
        width : float
            From `typical_interval_width`, named `clv_interval_width`; told where it does not round to nothing.

        Returns
        -------
        list of str
            No sentence, one or two.
        """
        wide = (
            "For a single customer it is less sure: half of the intervals are wider than {clv_interval_width} times "
            "the value itself."
        )
        return [told for told in (wide if width >= SMALLEST_WIDTH else "", intervals.origin) if told]


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
