"""Customer lifetime value, with the definition that belongs beside every figure.

The value of a customer is what future purchases bring, each discounted from the moment it is made: the discounted
number of purchases from a purchase model, times the mean spend from a spend model, times the margin.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
import pandas as pd

from helpers.core.arrays import FloatArray
from helpers.core.checks import row_labels
from helpers.core.errors import Fault, InputError, unknown_name
from helpers.value.lifetime.gamma_gamma import GammaGamma, check_spend
from helpers.value.lifetime.models.arguments import LONGEST, check_number
from helpers.value.lifetime.models.base import PurchaseModel
from helpers.value.lifetime.models.rows import Rows, gathering, numeric_columns

UNITS_PER_YEAR = MappingProxyType({"days": 364.0, "weeks": 52.0, "months": 12.0, "quarters": 4.0, "years": 1.0})
Unit = Literal["days", "weeks", "months", "quarters", "years"]


@dataclass(frozen=True)
class ValueDefinition:
    """What is meant by lifetime value: printed beside every figure of it.

    A year is taken as 52 weeks, 364 days, 12 months or 4 quarters, as the literature does.

    Parameters
    ----------
    horizon : float or None
        How far ahead purchases count, in `time_unit`; None for ever.
    discount_rate : float
        Effective rate per `discount_period`: 0.1 makes money one period away worth 1 / 1.1.
    discount_period : {"days", "weeks", "months", "quarters", "years"}
        Period of the rate.
    margin_share : float or None
        Share of revenue that is margin; None to count revenue.
    past_included : bool
        Whether what the customer has brought so far (undiscounted) is added.
    time_unit : {"days", "weeks", "months", "quarters", "years"}
        Unit of the horizon and of the purchase model.
    currency : str
        Study currency.

    Examples
    --------
    >>> print(ValueDefinition(horizon=52, discount_rate=0.15, margin_share=0.3, currency="USD"))
    margin (30 % of revenue) in USD, of purchases in the next 52 weeks, discounted at 15 % per year, past excluded
    """

    horizon: float | None
    discount_rate: float
    discount_period: Unit = "years"
    margin_share: float | None = None
    past_included: bool = False
    time_unit: Unit = "weeks"
    currency: str = ""

    def __post_init__(self) -> None:
        """Refuse a definition that means nothing, all faults at once."""
        faults = [
            unknown_name(str(unit), list(UNITS_PER_YEAR), kind="unit", where=where)
            for where, unit in (("discount_period", self.discount_period), ("time_unit", self.time_unit))
            if not isinstance(unit, str) or unit not in UNITS_PER_YEAR
        ]
        faults += check_number(self.discount_rate, "discount_rate", low=0)
        if self.horizon is None and self.discount_rate == 0:
            faults.append(Fault("no horizon and no discount: the value is infinite", remedy="give one of the two"))
        if self.horizon is not None and check_number(self.horizon, "", above=0, high=LONGEST):
            allowed = f"above 0 and at most {LONGEST:,.0f}, or None for ever"
            faults.append(
                Fault(f"{self.horizon!r}", where="horizon", allowed=allowed, remedy="give a horizon within this range")
            )
        if self.margin_share is not None and check_number(self.margin_share, "", low=-10, high=1):
            faults.append(
                Fault(
                    f"{self.margin_share!r}",
                    where="margin_share",
                    allowed="at most 1, a share of revenue",
                    remedy="give the margin as a share, such as 0.25",
                )
            )
        if faults:
            raise InputError(faults)

    @property
    def rate_per_unit(self) -> float:
        """Discount rate per `time_unit`, continuously compounded."""
        units = UNITS_PER_YEAR[self.time_unit] / UNITS_PER_YEAR[self.discount_period]
        return float(np.log1p(self.discount_rate) / units)

    def __str__(self) -> str:
        """Return the definition in one line."""
        share = "revenue" if self.margin_share is None else f"margin ({100 * self.margin_share:.3g} % of revenue)"
        money = f"{share} in {self.currency}" if self.currency else share
        window = (
            "all future purchases"
            if self.horizon is None
            else f"purchases in the next {length_in_words(self.horizon, self.time_unit)}"
        )
        rate = f"discounted at {100 * self.discount_rate:g} % per {self.discount_period.removesuffix('s')}"
        discount = rate if self.discount_rate else "not discounted"
        return (
            f"{money}, of {window}, {discount}, past {'included, undiscounted' if self.past_included else 'excluded'}"
        )


def length_in_words(length: float, unit: str) -> str:
    """Say a length of time in words, to one decimal, shorter ones to two digits.

    Parameters
    ----------
    length : float
        In time units.
    unit : str
        Their name, in the plural.

    Examples
    --------
    >>> length_in_words(52 / 12, "weeks"), length_in_words(52.0, "weeks"), length_in_words(1, "months")
    ('4.3 weeks', '52 weeks', '1 month')
    """
    shown = round(length, 1) if length >= 1 else float(f"{length:.2g}")
    return f"{shown:g} {unit.removesuffix('s') if shown == 1 else unit}"


def estimate_lifetime_value(
    history: pd.DataFrame, purchases: PurchaseModel, spend: GammaGamma | None, definition: ValueDefinition
) -> pd.DataFrame:
    """Return the lifetime value of every customer, with the forecasts it is made of.

    Parameters
    ----------
    history : DataFrame of shape (n, …)
        Purchase histories as `purchase_history` makes them.
    purchases : PurchaseModel
        A fitted purchase model, in the definition's time unit.
    spend : GammaGamma or None
        A fitted spend model; None to take every customer's own mean (customers without repeats: the mean of all).
    definition : ValueDefinition
        What is counted.

    Returns
    -------
    DataFrame of shape (n, 6)
        `customer_id`, `probability_alive`, `expected_purchases` (missing without a horizon), `discounted_purchases`,
        `expected_spend` per purchase and `lifetime_value`, in study currency. `attrs["definition"]` says what is meant.

    Raises
    ------
    InputError
        When an argument is no history, model or definition, units differ, or columns are missing or wrong; all faults
        of history and spend at once.

    References
    ----------
    Fader, Hardie & Lee (2005), RFM and CLV: using iso-value curves for customer base analysis, Journal of Marketing
    Research 42(4), 415-430, equation 1.
    """
    check_parts(history, purchases, spend, definition, spend_needed=False)
    table, spent, faults = pd.DataFrame(), np.zeros(0), list[Fault]()
    past: FloatArray | float = 0.0
    with gathering(faults):
        table = purchases.forecast(history, definition.horizon, definition.rate_per_unit)
    with gathering(faults):
        spent = expected_spend(history, spend)
    with gathering(faults):
        past = _past(history, definition)
    if faults:
        raise InputError(dict.fromkeys(faults))  # frequency is a column of both models
    table.insert(0, "customer_id", row_labels(history).to_numpy())
    share = 1.0 if definition.margin_share is None else definition.margin_share
    table["expected_spend"] = spent
    value = share * table["discounted_purchases"].to_numpy()
    value *= spent
    value += share * past
    table["lifetime_value"] = value
    table.attrs["definition"] = str(definition)
    return table


def expected_spend(history: pd.DataFrame, spend: GammaGamma | None) -> FloatArray:
    """Return the mean spend per future purchase: the model's, or without a model the customer's own so far."""
    if spend is not None:
        return spend.expected_spend(history)
    x, mean = check_spend(history)
    overall = float(mean[x > 0].mean()) if (x > 0).any() else 0.0
    return np.where(x > 0, mean, overall)


def draw_lifetime_value(
    history: pd.DataFrame,
    purchases: PurchaseModel,
    spend: GammaGamma,
    definition: ValueDefinition,
    rng: np.random.Generator,
    *,
    prepared: Rows | None = None,
) -> FloatArray:
    """Draw one possible value of every customer: a possible future of purchases, and what they might cost.

    Parameters
    ----------
    history : DataFrame of shape (n, …)
        Purchase histories.
    purchases, spend : PurchaseModel, GammaGamma
        Models, at one draw of their parameters if that uncertainty is to count.
    definition : ValueDefinition
        What is counted.
    rng : numpy.random.Generator
        Source of chance.
    prepared : Rows, optional
        What `PurchaseModel.prepare` made of the history, where it is drawn for many times.

    Returns
    -------
    ndarray of shape (n,)
        In study currency.
    """
    check_parts(history, purchases, spend, definition)
    edges, discount = _periods(definition, purchases.discrete)
    bought = purchases.draw_purchases(history if prepared is None else prepared, edges, rng)
    share = 1.0 if definition.margin_share is None else definition.margin_share
    drawn: FloatArray = share * (spend.draw_spend(history, bought, rng) @ discount) + share * _past(history, definition)
    return drawn


def _periods(definition: ValueDefinition, discrete: bool) -> tuple[FloatArray, FloatArray]:
    """Return times ahead between which purchases are drawn together, and the mean discount between them."""
    rate = definition.rate_per_unit
    # for ever ends where money is discounted to less than a thousandth
    end = -np.log(1e-3) / rate if definition.horizon is None else definition.horizon
    if discrete:
        edges = np.arange(0.0, np.ceil(end) + 1)
        return edges, np.exp(-rate * edges[1:])
    edges = np.linspace(0.0, end, 14)
    if definition.horizon is None:
        edges = np.concatenate([[0.0], np.geomspace(end / 200, end, 40)])
    width = rate * np.diff(edges)
    # (1 − e^−w) / w, the mean discount over a period of width w, without a division by zero
    return edges, np.exp(-rate * edges[:-1]) * np.where(width > 0, -np.expm1(-width) / np.where(width > 0, width, 1), 1)


def _past(history: pd.DataFrame, definition: ValueDefinition) -> FloatArray | float:
    return numeric_columns(history, ("spend_to_date",))[0] if definition.past_included else 0.0


def check_parts(
    history: object, purchases: object, spend: object, definition: object, *, spend_needed: bool = True
) -> None:
    """Refuse what is no history, model or definition, and a model in other units than the definition.

    Raises
    ------
    InputError
        Naming every argument that is something else.
    """
    kinds: dict[str, tuple[object, type | tuple[type, ...], str]] = {
        "history": (history, pd.DataFrame, "a data frame of purchase histories"),
        "purchases": (purchases, PurchaseModel, "a fitted purchase model"),
        "spend": (spend, GammaGamma, "a fitted GammaGamma")
        if spend_needed
        else (spend, (GammaGamma, type(None)), "a fitted GammaGamma, or None"),
        "definition": (definition, ValueDefinition, "a ValueDefinition"),
    }
    faults = [
        Fault(
            f"{type(given).__name__} given", where=where, allowed=allowed, remedy=f"keep the order {', '.join(kinds)}"
        )
        for where, (given, kind, allowed) in kinds.items()
        if not isinstance(given, kind)
    ]
    if isinstance(purchases, PurchaseModel) and isinstance(definition, ValueDefinition):
        faults += _unit_faults(purchases, definition)
    if faults:
        raise InputError(faults)


def _unit_faults(purchases: PurchaseModel, definition: ValueDefinition) -> list[Fault]:
    if purchases.time_unit == definition.time_unit:
        return []
    what = f"the purchase model counts {purchases.time_unit}, the definition {definition.time_unit}"
    return [Fault(what, remedy="give both the same time_unit")]
