"""Lifetime values gathered for a reader: the margin behind them, and what groups of customers are worth."""

import numpy as np
import pandas as pd
from scipy.stats import t as student

from helpers.core.checks import require_columns
from helpers.value.lifetime.gamma_gamma import GammaGamma


def knows_costs(customers: pd.DataFrame) -> bool:
    """Say whether the cost of the goods is known of any customer, so that no margin need be assumed.

    Examples
    --------
    >>> knows_costs(pd.DataFrame({"revenue": [100.0], "cost": [None]}))
    False
    """
    return "cost" in customers and bool(customers["cost"].notna().any())


def realised_margin(customers: pd.DataFrame, assumed: float) -> float:
    """Return the gross margin as a share of revenue: from the cost of the goods where it is known, else as assumed.

    Parameters
    ----------
    customers : DataFrame
        One row per customer: revenue and, where known, cost, in study currency.
    assumed : float
        Margin where no cost is known.

    Examples
    --------
    >>> realised_margin(pd.DataFrame({"revenue": [100.0, 60.0], "cost": [80.0, 40.0]}), 0.3)
    0.25
    """
    known = customers.dropna(subset=["cost"]) if knows_costs(customers) else customers.iloc[:0]
    revenue = float(known["revenue"].sum())
    return 1 - float(known["cost"].sum()) / revenue if revenue > 0 else assumed


def value_by_group(valued: pd.DataFrame, groups: "pd.Series[str]") -> pd.DataFrame:
    """Add up lifetime values by group of customers.

    Parameters
    ----------
    valued : DataFrame
        From `estimate_lifetime_value`.
    groups : Series
        Group of each customer, on an index of `customer_id`; customers without one are left out.

    Returns
    -------
    DataFrame
        By group in its own order, groups without customers left out: `customers`, `customer_share`, `lifetime_value`
        and `mean` (study currency), `value_share`, `probability_alive` (mean), `expected_purchases` (mean).
    """
    require_columns(valued.columns, ("customer_id", "lifetime_value", "probability_alive"), where="lifetime values")
    group = valued["customer_id"].map(groups)
    found: pd.DataFrame = valued.groupby(group.astype(groups.dtype), observed=True).agg(
        customers=("customer_id", "size"),
        lifetime_value=("lifetime_value", "sum"),
        mean=("lifetime_value", "mean"),
        probability_alive=("probability_alive", "mean"),
        expected_purchases=("expected_purchases", "mean"),
    )
    total = float(found["lifetime_value"].sum())
    found.insert(1, "customer_share", found["customers"] / found["customers"].sum())
    found.insert(4, "value_share", found["lifetime_value"] / total if total > 0 else np.nan)
    found.index.name = groups.name
    return found


def spend_by_frequency(
    history: pd.DataFrame, spend: GammaGamma, *, largest: int = 7, confidence: float = 0.95
) -> pd.DataFrame:
    """Compare mean spend by number of repeat purchases with what the Gamma-Gamma model takes to be the same for all.

    Parameters
    ----------
    history : DataFrame of shape (n, …)
        `frequency` and `mean_repeat_spend`.
    spend : GammaGamma
        Fitted.
    largest : int
        Last class, which takes all higher counts.
    confidence : float
        Of Student's interval of the mean.

    Returns
    -------
    DataFrame
        By `frequency` (1, …, the last class): `customers`, `spend` (mean of the customers' mean spends, study
        currency), `low`, `high` (missing for a single customer), `expected` (the model's mean over all).

    References
    ----------
    Fader, Hardie & Lee (2005), Journal of Marketing Research 42(4), figure 3.
    """
    repeaters = history[history["frequency"] > 0]
    classes = repeaters["frequency"].clip(upper=largest).astype(int)
    found = repeaters.groupby(classes)["mean_repeat_spend"].agg(customers="size", spend="mean", error="sem")
    reach = student.ppf(0.5 + confidence / 2, np.maximum(found["customers"] - 1, 1)) * found["error"]
    found["low"], found["high"] = found["spend"] - reach, found["spend"] + reach
    table: pd.DataFrame = found.drop(columns="error").assign(expected=spend.population_mean_)
    return table


def typical_interval_width(intervals: pd.DataFrame) -> float:
    """Return the median width of customers' intervals over their forecast; missing where nothing is forecast.

    Parameters
    ----------
    intervals : DataFrame
        `mean`, `low` and `high`, one row per customer.

    Examples
    --------
    >>> typical_interval_width(pd.DataFrame({"mean": [10.0, 0.0], "low": [5.0, 0.0], "high": [20.0, 0.0]}))
    1.5
    """
    some = intervals[intervals["mean"] > 0]
    return float(((some["high"] - some["low"]) / some["mean"]).median())
