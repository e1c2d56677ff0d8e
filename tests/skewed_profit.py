"""Forecasts, profits and defaulted debts of customers with skewed spend, whose true figures are known."""

from datetime import date

import numpy as np
import pandas as pd

from helpers.core.intervals import ratio_ends
from helpers.value import ForecastComparison, compare_forecasts
from helpers.value.credit import Receivables, prepare_receivables
from helpers.value.credit.defaults import DEFAULT_DAYS
from helpers.value.profitability import profit_kept

LARGE = 300_000
SAME = 2.0
WEEKS, FIRST_DAY, LAST_DAY = 52, date(2022, 1, 1), date(2022, 12, 31)
BUYING = {"r": 0.6, "alpha": 3.0, "a": 0.8, "b": 2.4}
SPENDING = {"p": 6.25, "q": 3.74, "gamma": 15.44}
MONTHS, PAYING, PART = 6, 0.12, 0.65
LOSS = {"recovery_months": MONTHS, "default_days": DEFAULT_DAYS, "draws": 199}
TRUE_LOSS = (1 - PAYING * PART) ** MONTHS


def compare_of(spent: pd.DataFrame, rng: np.random.Generator, resamples: int) -> ForecastComparison:
    """Forecast `after` from `before`, shrunk, and compare with no change and with the same for all."""
    before = spent["before"].to_numpy()
    forecasts = {"actual": spent["after"].to_numpy(), "model": 0.8 * before**0.9, "unchanged": before, "same": SAME}
    kinds = {"model": "model", "naive": ("unchanged", "same"), "rng": rng, "resamples": resamples}
    return compare_forecasts(pd.DataFrame(forecasts), **kinds)


def off_by_customer(spent: pd.DataFrame) -> pd.DataFrame:
    """Return what `compare_of` takes means of: sizes of errors, how far they are below naive ones, and biases.

    Of the biases both the difference to those of the naive forecasts and the sum, which together decide on their size.
    """
    before, after = (spent[name].to_numpy() for name in ("before", "after"))
    off = np.column_stack([0.8 * before**0.9, before, np.full(len(before), SAME)]) - after[:, None]
    size, columns = np.abs(off), {"error mae": np.abs(off[:, 0])}
    for place, naive in enumerate(("unchanged", "same"), start=1):
        columns[f"difference to {naive} mae"] = size[:, 0] - size[:, place]
        columns[f"less {naive}"] = off[:, 0] - off[:, place]
        columns[f"both {naive}"] = off[:, 0] + off[:, place]
    return pd.DataFrame(columns)


def ends_of_means(spent: pd.DataFrame, rng: np.random.Generator, resamples: int) -> pd.DataFrame:
    """Return these means with ends as `compare_forecasts` draws them, with many resamples at little cost.

    A test holds that both agree.
    """
    found, many = off_by_customer(spent), len(spent)
    values = found.to_numpy()
    chosen = (np.bincount(rng.integers(0, many, many), minlength=many).astype(np.float64) for _ in range(resamples))
    low, high = ratio_ends(values, np.ones_like(values), np.ones(many), chosen, confidence=0.95)
    return pd.DataFrame({"estimate": values.mean(axis=0), "low": low, "high": high}, index=found.columns)


def profits(spread: float, customers: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the profit of customers in two spans: a quarter of lognormal revenue less lognormal costs to serve."""
    size, other = rng.standard_normal((2, customers))
    profit = 0.25 * np.exp(spread * size) - 0.1 * np.exp(spread * (0.5 * size + np.sqrt(0.75) * other))
    return profit, profit * rng.lognormal(-0.125, 0.5, customers) * (rng.random(customers) < 0.8)


def kept_of(before: np.ndarray, after: np.ndarray, rng: np.random.Generator, draws: int = 99) -> pd.DataFrame:
    """Return what the best and the worst fifth kept."""
    return profit_kept(before, after, (0.2, 0.2), rng=rng, draws=draws)


def defaulted(spread: float, debtors: int, rng: np.random.Generator) -> Receivables:
    """Return a ledger of lognormal debts long in default; each month some pay a part of what is open, or all of it."""
    left = (100 * rng.lognormal(0.0, spread, debtors)).round(2) + 1
    billed = pd.Timestamp("2022-01-01")
    bills = pd.DataFrame({"invoice_id": range(debtors), "customer_id": range(debtors), "time": billed, "amount": left})
    bills["due_date"] = billed + pd.Timedelta(days=30)
    default, paid = billed + pd.Timedelta(days=31 + DEFAULT_DAYS), []
    for month in range(MONTHS):
        part = np.where(rng.random(debtors) < PAYING, rng.choice([2 * PART - 1, 1.0], debtors), 0.0)
        amount = (part * left).round(2)
        day = default + pd.DateOffset(months=month) + pd.Timedelta(days=9)
        paid.append(pd.DataFrame({"invoice_id": range(debtors), "time": day, "amount": amount})[amount > 0])
        left = left - amount
    return prepare_receivables(bills, pd.concat(paid), date(2024, 1, 1))


def company(customers: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return orders of customers of the BG/NBD and Gamma-Gamma models, won in a quarter and watched for a year."""
    rate = rng.gamma(BUYING["r"], 1 / BUYING["alpha"], customers)
    stop = rng.beta(BUYING["a"], BUYING["b"], customers)
    scale = rng.gamma(SPENDING["q"], 1 / SPENDING["gamma"], customers)
    times, who = rng.uniform(0, 13, customers), np.arange(customers)
    orders = []
    while len(who):
        amount = rng.gamma(SPENDING["p"], 1 / scale[who])
        orders.append(pd.DataFrame({"customer_id": who, "week": times, "amount": amount}))
        # A customer may leave after every repeat purchase, but not after the first.
        stays = rng.random(len(who)) >= (stop[who] if len(orders) > 1 else 0.0)
        times, who = times[stays] + rng.exponential(1 / rate[who[stays]]), who[stays]
        times, who = times[times < WEEKS], who[times < WEEKS]
    lines = pd.concat(orders, ignore_index=True).rename_axis("order_id").reset_index()
    time = pd.Timestamp(FIRST_DAY) + pd.to_timedelta(7 * lines.pop("week"), unit="D")
    lines["time"] = time.dt.floor("s").astype("datetime64[us]")
    return lines.astype({"customer_id": "str", "order_id": "str"})
