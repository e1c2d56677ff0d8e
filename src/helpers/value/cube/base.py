"""What the value cube is made of: monthly profit, monthly profit still to be won, and loyalty of every customer.

Two kinds of business lead there. With contracts, bills, products held and a churn model; without, purchases, categories
bought and a purchase model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_columns, require_within
from helpers.core.errors import Fault, InputError
from helpers.core.lines import exact_sum
from helpers.core.periods import Period, customers_by_period, periods_before
from helpers.core.returns import purchase_lines
from helpers.value.churn.alarm_check import fit_silence_model
from helpers.value.churn.assessment import forecast_unseen
from helpers.value.churn.input import ChurnData, prepare_contracts
from helpers.value.churn.model import ChurnModel
from helpers.value.churn.threshold import retention_by_month
from helpers.value.contribution.contribution import CostAssumptions, measure_contribution
from helpers.value.contribution.profit_definition import define_margin_of_bills, define_margin_of_lines
from helpers.value.cube.axes import CubeCuts, assign_cube, cut_axes, present_value
from helpers.value.cube.products import (
    PREFIX,
    Holdings,
    Propensities,
    estimate_propensities,
    potential_profit,
    price_products,
    read_holdings,
)
from helpers.value.lifetime.models.base import PurchaseModel
from helpers.value.lifetime.models.rows import gathering
from helpers.value.lifetime.purchase_history import purchase_history

CATEGORIES_AT_MOST = 12
_BILLS = ("monthly_amount", "total_amount")
_WEEKS_PER_MONTH = 52 / 12
_SHORT_WEEKS = 0.1  # so short that hardly anybody leaves within it
_NEVER = 1e-9


@dataclass(frozen=True)
class CubeBase:
    """What the cube is made of.

    Parameters
    ----------
    monthly : DataFrame
        One row per customer: customer_id, profit_per_month, potential_profit_per_month (study currency), loyalty
        (probability of staying, or of still being a customer, by a model that has not seen the outcome), next_product,
        next_probability, still_here (flag: a policy can still reach the customer).
    naive_potential : Series
        potential_profit_per_month if everyone bought with the share of all, for comparison.
    products : DataFrame
        One row per product: product, holders, profit_per_month (study currency), share, auc, brier, naive_brier, used.
    lost : Series of bool or None
        Whether the customer left; None where nobody tells.
    loyalty_auc : float or None
        Chance that loyalty ranks a customer who stayed above one who left.
    bills_explained : float or None
        Share of the spread of bills that the products explain.
    profit_counted : str
        What of the money is profit here, in words.
    retention : float
        Share of customers who stay from one month to the next.
    lost_forecast : Series or None
        Probability of what `lost` tells; None where that is one less loyalty.
    """

    monthly: pd.DataFrame
    naive_potential: pd.Series
    products: pd.DataFrame
    lost: pd.Series | None
    loyalty_auc: float | None
    bills_explained: float | None
    profit_counted: str
    retention: float = 1.0
    lost_forecast: pd.Series | None = None

    @property
    def products_modelled(self) -> int:
        """Products for which likeness to other customers tells more than the share of all."""
        return int((self.products["used"] == "model").sum())


@dataclass(frozen=True)
class NaivePotential:
    """What the cube would look like if everyone bought every product with the share of all.

    Parameters
    ----------
    total : float
        Potential value of all customers, study currency.
    moved_share : float
        Customers in another segment than with a probability of their own.
    """

    total: float
    moved_share: float


def compare_with_naive(
    base: CubeBase, values: pd.DataFrame, segments: pd.Series, cuts: CubeCuts, *, months: float, annual_rate: float
) -> NaivePotential:
    """Make the cube again without models of who buys what.

    Parameters
    ----------
    base : CubeBase
        What the cube is made of.
    values : DataFrame
        From `value_axes` on `base.monthly`.
    segments : Series
        From `assign_cube`.
    cuts : CubeCuts
        Its cuts; those at a mean or median are made anew.
    months, annual_rate : float
        As given to `value_axes`.

    Returns
    -------
    NaivePotential
        Total and customers moved.
    """
    naive = values.assign(potential_value=present_value(base.naive_potential, months=months, annual_rate=annual_rate))
    again = assign_cube(naive, cut_axes(naive, cuts.rule) if cuts.rule in ("mean", "median") else cuts)
    moved = (again.astype("str") != segments.astype("str")).mean()
    return NaivePotential(float(naive["potential_value"].sum()), float(moved))


def base_from_contracts(
    contracts: pd.DataFrame,
    *,
    margin: float,
    uptake: float,
    rng: np.random.Generator,
    leave_out: Sequence[str] = (),
    only_usable: bool = False,
    folds: int = 5,
    churn_period_months: float = 1.0,
) -> CubeBase:
    """Make the base of the cube from contracts.

    Parameters
    ----------
    contracts : DataFrame
        Standard table `contracts` with customer_id, ended, monthly_amount and attributes `holds_<product>`.
    margin : float
        Profit as a share of the bill, the same for every product, in 0..1.
    uptake : float
        See `potential_profit`.
    rng : numpy.random.Generator
        For the folds.
    leave_out : sequence of str
        Columns the churn model must not learn from.
    only_usable : bool
        Whether the churn model leaves out columns it cannot learn from, instead of refusing them.
    folds : int
        Folds of the churn model; every customer's loyalty comes from a model that has not seen the customer.
    churn_period_months : float
        Time within which those marked as gone left, months.

    Returns
    -------
    CubeBase
        Rows in the order given.

    Raises
    ------
    InputError
        When a column is missing or holds wrong values.
    """
    require_within({"margin": margin, "uptake": uptake}, low=0, high=1)
    data, holdings, prices = read_cube_contracts(contracts, leave_out=leave_out, only_usable=only_usable)
    unseen = forecast_unseen(
        ChurnModel(refuse_separation=not only_usable), data.columns, data.ended, folds=folds, rng=rng
    )
    table = contracts.reset_index(drop=True)
    traits = [name for name in data.columns if not str(name).startswith(PREFIX) and name not in _BILLS]
    propensities = estimate_propensities(holdings, data.columns[traits], rng=rng)
    profit = margin * prices.set_index("product")["price"]
    monthly = pd.DataFrame(
        {
            "customer_id": data.customer_id,
            "profit_per_month": margin * table["monthly_amount"],
            "loyalty": 1 - unseen.probability,
            "still_here": ~data.ended,
        }
    )
    return _put_together(
        monthly,
        (holdings, propensities, profit),
        uptake=uptake,
        lost=pd.Series(data.ended),
        loyalty_auc=unseen.auc,
        bills_explained=float(prices.attrs["r_squared"]),
        profit_counted=define_margin_of_bills(margin),
        retention=retention_by_month(float(data.ended.mean()), period_months=churn_period_months),
    )


def read_cube_contracts(
    contracts: pd.DataFrame, *, leave_out: Sequence[str] = (), only_usable: bool = False
) -> tuple[ChurnData, Holdings, pd.DataFrame]:
    """Read what the cube takes from contracts, before anything is learnt.

    Parameters
    ----------
    contracts, leave_out, only_usable
        As for `base_from_contracts`.

    Returns
    -------
    ChurnData
        What loyalty is learnt from.
    Holdings
        Products held.
    DataFrame
        Their prices, from `price_products`.

    Raises
    ------
    InputError
        When a column is missing or holds wrong values; all faults at once.
    """
    require_columns(contracts.columns, ("customer_id", "ended", "monthly_amount"), where="contracts")
    faults: list[Fault] = []
    table = contracts.reset_index(drop=True)
    with gathering(faults):
        data = prepare_contracts(contracts, leave_out=leave_out, only_usable=only_usable)
    with gathering(faults):
        holdings = read_holdings(table)
        prices = price_products(holdings, table["monthly_amount"])
    if faults:
        raise InputError(faults)
    return data, holdings, prices


def latest_profit(transactions: ir.Table, as_of: date, costs: CostAssumptions, *, months: int) -> pd.DataFrame:
    """Return what customers contributed in the latest months.

    Parameters
    ----------
    transactions, as_of, costs, months
        As for `base_from_purchases`.

    Returns
    -------
    DataFrame
        From `measure_contribution`, by customer_id; only customers with an order in these months.

    Raises
    ------
    InputError
        When no line falls into the months, or the costs of some lines are not known.
    """
    (span,) = periods_before(as_of, months=months, count=1)
    return measure_contribution(customers_by_period(transactions, (span,)), costs).set_index("customer_id")


def base_from_purchases(
    transactions: ir.Table,
    products: ir.Table,
    as_of: date,
    costs: CostAssumptions,
    *,
    months: int,
    uptake: float,
    rng: np.random.Generator,
    level: str = "category",
    watched_until: date | None = None,
) -> CubeBase:
    """Make the base of the cube from purchases without contracts.

    Current profit is what the customer brings a month while still a customer: the contribution of the latest months,
    over the months that the customer is expected to have been one. Potential profit is what categories not bought in
    them would bring. Loyalty is the probability of still being a customer, which unlike the probability of buying again
    does not follow how often a customer buys.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions with product_id.
    products : ibis Table
        Standard products with the column named by `level`.
    as_of : date
        Day of analysis.
    costs : CostAssumptions
        What contribution rests on; used where lines hold no cost.
    months : int
        Length of the span the profit is taken from, months.
    uptake : float
        See `potential_profit`.
    rng : numpy.random.Generator
        For the folds.
    level : str
        Column of `products` that names what is bought.
    watched_until : date, optional
        A later day, to hold the base against what happened: who bought nothing from `as_of` until then was lost.

    Returns
    -------
    CubeBase
        One row per customer with a purchase, by customer_id; a category counts as held when it was bought in the span.
        Of the categories, the twelve bought by most customers are looked at.

    Raises
    ------
    InputError
        When a column is missing or the span holds no order.
    """
    require_within({"uptake": uptake}, low=0, high=1)
    require_columns(products.columns, ("product_id", level), where="products")
    history = _histories(transactions, as_of, watched_until)
    bought = _margins_by_category(transactions, products, as_of, costs, months=months, level=level)
    bought = bought.reindex(history["customer_id"]).reset_index(drop=True)
    held = bought.notna()
    holdings = Holdings(held, ~held)
    traits = history[["frequency", "mean_repeat_spend", "age", "age_at_last_purchase"]].clip(lower=0).transform("log1p")
    propensities = estimate_propensities(holdings, traits, rng=rng)
    profit = (bought.mean() / months).clip(lower=0)
    model = fit_silence_model(history)
    alive = model.probability_alive(history)
    silent = model.purchase_probabilities(history, months * _WEEKS_PER_MONTH, 0)[:, 0]
    monthly = pd.DataFrame(
        {
            "customer_id": history["customer_id"],
            "profit_per_month": _profit_if_alive(history, model, alive, _contribution_to(transactions, as_of, costs)),
            "loyalty": alive,
            "still_here": True,
        }
    )
    return _put_together(
        monthly,
        (holdings, propensities, profit),
        uptake=uptake,
        lost=history["holdout_purchases"] == 0 if watched_until else None,
        loyalty_auc=None,
        bills_explained=None,
        profit_counted=define_margin_of_lines(costs, cost_known="cost" in transactions.columns),
        retention=_retention_of(model, history, months),
        lost_forecast=pd.Series(silent, index=history.index),
    )


def _contribution_to(transactions: ir.Table, as_of: date, costs: CostAssumptions) -> pd.Series:
    """Return what every customer has contributed up to a day, by customer_id."""
    first = transactions.time.cast("date").min().to_pyarrow().as_py()
    activity = customers_by_period(transactions, (Period(first, as_of),))
    contributed: pd.Series = measure_contribution(activity, costs).set_index("customer_id")["contribution"]
    return contributed


def _profit_if_alive(
    history: pd.DataFrame, model: PurchaseModel, alive: FloatArray, contributed: pd.Series
) -> FloatArray:
    """Return the profit per month of each customer, given that the customer is one still.

    Purchases per month given alive, times what a purchase of this customer has left so far.
    """
    at_once = model.expected_purchases(history, _SHORT_WEEKS) / _SHORT_WEEKS
    purchases_per_month = at_once / np.maximum(alive, _NEVER) * _WEEKS_PER_MONTH
    each = history["customer_id"].map(contributed).fillna(0.0) / (history["frequency"] + 1)
    found: FloatArray = purchases_per_month * each.to_numpy(dtype=np.float64)
    return found


def _retention_of(model: PurchaseModel, history: pd.DataFrame, months: int) -> float:
    """Return the share who stay from month to month by which purchases fall from the first month to the last."""
    if months < 2:
        return 1.0
    ends = [model.expected_purchases(history, at * _WEEKS_PER_MONTH).sum() for at in (1, months - 1, months)]
    return float(np.clip((ends[2] - ends[1]) / ends[0], 0.0, 1.0) ** (1 / (months - 1)))


def _histories(transactions: ir.Table, as_of: date, watched_until: date | None) -> pd.DataFrame:
    before = as_of if watched_until else None
    table = purchase_history(transactions, as_of=watched_until or as_of, holdout_from=before)
    history: pd.DataFrame = table.to_pyarrow().to_pandas()
    return history


def _margins_by_category(
    transactions: ir.Table, products: ir.Table, as_of: date, costs: CostAssumptions, *, months: int, level: str
) -> pd.DataFrame:
    """Return the margin of each customer (rows) in each category bought (columns) in the latest span, else missing."""
    (span,) = periods_before(as_of, months=months, count=1)
    require_columns(transactions.columns, ("customer_id", "product_id", "time", "amount"), where="transactions")
    needed = [name for name in ("customer_id", "product_id", "amount", "cost") if name in transactions.columns]
    # A column of the study's own may be called like one of the products.
    lines = purchase_lines(transactions, span.end, since=span.start).select(needed)
    lines = lines.join(products.select("product_id", category=products[level]), "product_id")
    lines = lines.drop_null(["category"])
    has_cost = "cost" in lines.columns
    spent = exact_sum(lines.cost) if has_cost else exact_sum(lines.amount) * (1 - (costs.gross_margin or 0.0))
    by_category = lines.group_by("customer_id", "category").aggregate(margin=exact_sum(lines.amount) - spent)
    frame: pd.DataFrame = by_category.order_by("customer_id", "category").to_pyarrow().to_pandas()
    if frame.empty:
        raise InputError(
            Fault(
                f"no line with a {level} from {span.start} to {span.end}",
                where="transactions",
                remedy="map what each line bought, or take another analysis date",
            )
        )
    buyers = frame.groupby("category").size().reset_index(name="buyers")
    kept = buyers.sort_values(["buyers", "category"], ascending=[False, True]).head(CATEGORIES_AT_MOST)["category"]
    wide: pd.DataFrame = frame.pivot_table(index="customer_id", columns="category", values="margin", aggfunc="sum")
    return wide[sorted(kept)].rename(columns=lambda name: str(name).replace(": ", " "))


def _put_together(
    monthly: pd.DataFrame,
    potential: tuple[Holdings, Propensities, pd.Series],
    *,
    uptake: float,
    lost: pd.Series | None,
    loyalty_auc: float | None,
    bills_explained: float | None,
    profit_counted: str,
    retention: float,
    lost_forecast: pd.Series | None = None,
) -> CubeBase:
    holdings, propensities, profit = potential
    quality = propensities.quality
    everyone = pd.DataFrame(
        np.tile(quality["share"].to_numpy(), (len(monthly), 1)), columns=quality["product"], index=monthly.index
    )
    naive = potential_profit(holdings, everyone, profit, uptake=uptake)
    own = potential_profit(holdings, propensities.probability, profit, uptake=uptake)
    return CubeBase(
        monthly=monthly.join(own),
        naive_potential=naive["potential_profit_per_month"],
        products=quality.assign(profit_per_month=quality["product"].map(profit)),
        lost=lost,
        loyalty_auc=loyalty_auc,
        bills_explained=bills_explained,
        profit_counted=profit_counted,
        retention=retention,
        lost_forecast=lost_forecast,
    )
