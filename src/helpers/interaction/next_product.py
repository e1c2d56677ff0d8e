"""Who is likely to buy which product for the first time: learnt on one period, tested on the next."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from helpers.core.arrays import BoolArray, FloatArray, IntArray
from helpers.core.errors import Fault, InputError
from helpers.core.intervals import Interval
from helpers.core.lines import lines_until
from helpers.interaction.purchases import Purchases, common_items, gather_purchases

FEWEST_FIRST_BUYERS = 10
_DAYS_AT_LEAST = 14


@dataclass(frozen=True)
class Windows:
    """History up to `learnt_from`; what follows until `tested_from` is learnt, the rest is the test.

    Parameters
    ----------
    learnt_from, tested_from, end : date
        Days that part the history.
    days : int
        Days of each of the last two parts.
    """

    learnt_from: date
    tested_from: date
    end: date
    days: int


def third_windows(transactions: ir.Table, as_of: date, *, longest_days: int = 91) -> Windows:
    """Part the history: the last two parts are alike, a third of it each at most.

    Raises
    ------
    InputError
        When a part is shorter than two weeks.
    """
    first = lines_until(transactions, as_of)["time"].min().to_pyarrow().as_py()
    days = 0 if first is None else min((as_of - first.date()).days // 3, longest_days)
    if days < _DAYS_AT_LEAST:
        what = f"a third of the history is {days} days"
        remedy = "wait for more purchases"
        raise InputError(Fault(what, "transactions", f"{_DAYS_AT_LEAST} days or more", remedy))
    part = timedelta(days=days)
    return Windows(as_of - 2 * part, as_of - part, as_of, days)


class FirstPurchase:
    """Chance of a customer's first purchase of each item in the next period (one logistic regression per item).

    Parameters
    ----------
    penalty : float
        Strength of the ridge penalty on standardised features.
    """

    def __init__(self, penalty: float = 10.0) -> None:
        self.penalty = penalty

    def fit(self, before: Purchases, after: Purchases) -> "FirstPurchase":
        """Learn from what customers had bought before, and first bought after.

        Parameters
        ----------
        before, after : Purchases
            Same customers and items.

        Raises
        ------
        InputError
            When no item has enough first buyers.
        """
        features, bought = _features(before), _held(after)
        new = ~_held(before)
        first = (new & bought).sum(axis=0)
        others = (new & ~bought).sum(axis=0)
        self.columns_ = np.flatnonzero((first >= FEWEST_FIRST_BUYERS) & (others >= FEWEST_FIRST_BUYERS))
        if not len(self.columns_):
            what = f"no item has {FEWEST_FIRST_BUYERS} first buyers in the period learnt from"
            raise InputError(Fault(what, "transactions", remedy="choose a coarser product_level, or wait"))
        self.items_ = before.items[self.columns_]
        self.scaler_ = StandardScaler().fit(features)
        even = self.scaler_.transform(features)
        self.models_ = [
            LogisticRegression(C=1 / self.penalty, max_iter=1000).fit(even[new[:, one]], bought[new[:, one], one])
            for one in self.columns_
        ]
        self.rates_ = (first / new.sum(axis=0).clip(min=1))[self.columns_]
        paid = np.asarray(after.revenue.toarray())
        spent = (paid * (new & bought)).sum(axis=0) / np.maximum(first, 1)
        self.spend_ = spent[self.columns_]
        return self

    def predict(self, before: Purchases) -> FloatArray:
        """Return the chance of a first purchase, customers by `items_`; missing where the item was bought before."""
        even = self.scaler_.transform(_features(before))
        chance = np.column_stack([model.predict_proba(even)[:, 1] for model in self.models_])
        return np.asarray(np.where(_held(before)[:, self.columns_], np.nan, chance))

    def summary(self) -> pd.DataFrame:
        """Return, by item, the share that bought it first in the period learnt from and what they then paid."""
        table = pd.DataFrame({"item": self.items_, "first_buyer_share": self.rates_, "first_spend": self.spend_})
        return table.sort_values(["first_buyer_share", "item"], ascending=[False, True], ignore_index=True)


@dataclass(frozen=True)
class OfferTest:
    """What came of one offer each in the period held back.

    Parameters
    ----------
    customers : int
        Customers who could be offered something.
    by_model, by_popularity, gain : Interval
        Share who bought the item chosen for them; the difference, paired by customer.
    spend, spend_gain : Interval
        Paid for it per customer, and more than for the most popular item, study currency.
    """

    customers: int
    by_model: Interval
    by_popularity: Interval
    gain: Interval
    spend: Interval
    spend_gain: Interval


def choose_items(chance: FloatArray) -> tuple[IntArray, BoolArray]:
    """Return the column with the highest chance of each customer, and who has any."""
    some = np.asarray(~np.isnan(chance).all(axis=1))
    return np.where(np.isnan(chance), -1.0, chance).argmax(axis=1).astype(np.int64), some


def try_offers(model: FirstPurchase, before: Purchases, after: Purchases, *, confidence: float = 0.95) -> OfferTest:
    """Hold one offer per customer against the most popular item that the customer has not bought.

    Parameters
    ----------
    model : FirstPurchase
        Learnt on an earlier period.
    before, after : Purchases
        What was known, and the period held back; same customers and items.
    confidence : float
        Coverage of the intervals (t, over customers).
    """
    chance = model.predict(before)
    chosen, some = choose_items(chance)
    popular, _ = choose_items(np.where(np.isnan(chance), np.nan, model.rates_))
    bought = _held(after)[:, model.columns_].astype(np.float64)
    paid = np.asarray(after.revenue.toarray())[:, model.columns_]
    rows = np.flatnonzero(some)
    if len(rows) < 2:
        what = f"{len(rows)} customers could be offered something they have not bought"
        raise InputError(Fault(what, "transactions", "two or more", "choose a finer product_level"))
    hit, common = bought[rows, chosen[rows]], bought[rows, popular[rows]]
    spend, common_spend = paid[rows, chosen[rows]], paid[rows, popular[rows]]
    means = [mean_interval(one, confidence) for one in (hit, common, hit - common, spend, spend - common_spend)]
    return OfferTest(len(rows), *means)


def measured_margin(customers: pd.DataFrame) -> float | None:
    """Return the share of revenue that goods leave over their cost; None where the cost of any customer is missing.

    Parameters
    ----------
    customers : DataFrame
        From `helpers.identification.summarise_customers`: revenue; cost where lines have it.

    Examples
    --------
    >>> measured_margin(pd.DataFrame({"revenue": [60.0, 40.0], "cost": [50.0, 25.0]}))
    0.25
    """
    revenue = float(customers["revenue"].sum())
    if "cost" not in customers or customers["cost"].isna().any() or revenue <= 0:
        return None
    return 1 - float(customers["cost"].sum()) / revenue


def mean_interval(values: FloatArray, confidence: float) -> Interval:
    """Return a mean over customers with Student's interval; both ends are the mean where all values are equal."""
    mean = float(values.mean())
    error = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else np.nan
    reach = float(stats.t.ppf(0.5 + confidence / 2, max(len(values) - 1, 1))) * error
    return Interval(mean, mean - reach, mean + reach, confidence, "Student")


def first_purchase_windows(
    transactions: ir.Table, windows: Windows, *, products: ir.Table | None, level: str, items_at_most: int = 60
) -> tuple[Purchases, Purchases, Purchases, Purchases]:
    """Gather what was bought before and after both days, of the items most customers bought before the first.

    Returns
    -------
    before_learning, learnt, before_test, tested : Purchases
        The first two of the customers known on the first day, the others of those known on the second.
    """
    chosen = {"products": products, "level": level}
    known = gather_purchases(transactions, windows.learnt_from, **chosen)  # type: ignore[arg-type]
    items = common_items(known, items_at_most)
    found = []
    for day, end in ((windows.learnt_from, windows.tested_from), (windows.tested_from, windows.end)):
        if day != windows.learnt_from:
            known = gather_purchases(transactions, day, **chosen)  # type: ignore[arg-type]
        same = {**chosen, "customers": known.customers, "items": items}
        found += [known.of(known.customers, items)]
        found += [gather_purchases(transactions, end, since=day, **same)]  # type: ignore[arg-type]
    return found[0], found[1], found[2], found[3]


def _held(purchases: Purchases) -> BoolArray:
    return purchases.had


def _features(purchases: Purchases) -> FloatArray:
    orders = np.asarray(purchases.orders.toarray())
    spend = np.asarray(purchases.revenue.sum(axis=1)).reshape(-1, 1)
    breadth = (orders > 0).sum(axis=1, keepdims=True)
    return np.column_stack([np.log1p(orders), np.log1p(spend.clip(min=0.0)), breadth])
