"""Potential value: the products a customer does not hold yet, how likely they are bought, and what they would bring."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from statsmodels.regression.linear_model import OLS
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from helpers.core.arrays import FloatArray
from helpers.core.checks import offending
from helpers.core.errors import Fault, InputError

PREFIX = "holds_"
"""Attributes of contracts whose name begins so say whether, or in which kind, a product is held."""

_NOT_HELD = ("no", "false", "0", "0.0")
_UNAVAILABLE = "no "  # "No internet service": the product cannot be had without another one
_SEED_BELOW = 2**31
_EACH_AT_LEAST = 30
_CLEARLY = 2.0  # standard errors by which a model must beat the share of all


@dataclass(frozen=True)
class Holdings:
    """Which products customers hold, and which they could be sold next.

    Parameters
    ----------
    held : DataFrame of bool
        One column per product, or per kind of a product that comes in kinds ("internet: DSL").
    open_to : DataFrame of bool
        Same shape: not held, nor another kind of the same product, nor out of reach for want of a product it needs.
    """

    held: pd.DataFrame
    open_to: pd.DataFrame


def read_holdings(contracts: pd.DataFrame) -> Holdings:
    """Read the products held from the attributes that begin with `holds_`.

    Parameters
    ----------
    contracts : DataFrame
        Standard table `contracts` with attributes `holds_<product>`: true or false, 1 or 0, yes or no; a text beginning
        with "No " for a product that cannot be had; any other text is the kind held.

    Returns
    -------
    Holdings
        Rows as `contracts`.

    Raises
    ------
    InputError
        When no attribute begins with `holds_`, or a value is missing.

    Examples
    --------
    >>> contracts = pd.DataFrame({"holds_phone": [1, 0, 1], "holds_net": ["fast", "No", "slow"]})
    >>> contracts["holds_tv"] = ["Yes", "No net", "No"]
    >>> holdings = read_holdings(contracts)
    >>> holdings.held.columns.tolist(), holdings.open_to.iloc[1].tolist()
    (['phone', 'net: fast', 'net: slow', 'tv'], [True, True, True, False])
    """
    names = [str(name) for name in contracts.columns if str(name).startswith(PREFIX)]
    if not names:
        what = f"no attribute begins with {PREFIX!r}"
        remedy = "map the columns that say which products a customer holds to such names in study.yml"
        raise InputError(Fault(what, where="table contracts", remedy=remedy))
    faults = [
        fault
        for name in names
        for fault in offending(contracts, contracts[name].isna().to_numpy(), f"{name} is missing", allowed="yes or no")
    ]
    if faults:
        raise InputError(faults)
    held: dict[str, pd.Series] = {}
    open_to: dict[str, pd.Series] = {}
    for name in names:
        product = name.removeprefix(PREFIX).replace("_", " ")
        words = contracts[name].astype("str").str.strip()
        folded = words.str.lower()
        out_of_reach = folded.str.startswith(_UNAVAILABLE)
        holds = ~folded.isin(_NOT_HELD) & ~out_of_reach
        kinds = sorted(words[holds].unique())
        one_kind = len(kinds) < 2
        for kind in kinds:
            label = product if one_kind else f"{product}: {kind}"
            held[label] = holds if one_kind else words == kind
            open_to[label] = ~holds & ~out_of_reach
    return Holdings(pd.DataFrame(held, index=contracts.index), pd.DataFrame(open_to, index=contracts.index))


def price_products(holdings: Holdings, monthly_amount: pd.Series, *, confidence: float = 0.95) -> pd.DataFrame:
    """Work out from the bills what each product costs a month.

    A least-squares regression of the bill on the products held, without intercept: nobody is billed for nothing.

    Parameters
    ----------
    holdings : Holdings
        Products held.
    monthly_amount : Series
        Bill of the latest month, study currency.
    confidence : float
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        One row per product: product, holders, price (study currency per month, never below 0), low, high.
        `attrs["r_squared"]` is the share of the spread of bills that these prices explain, and `attrs["typical_error"]`
        the median distance of a bill from the sum of its prices.

    Raises
    ------
    InputError
        When bills are missing or negative, or products are always held together and cannot be priced apart.
    """
    bills = monthly_amount.to_numpy(dtype=np.float64)
    frame = holdings.held
    faults = offending(
        frame, ~np.isfinite(bills) | (bills < 0), "monthly_amount is missing or negative", allowed="0 or more"
    )
    design = frame.to_numpy(dtype=np.float64)
    if np.linalg.matrix_rank(design) < design.shape[1]:
        what = "some products are always held together, or never, and cannot be priced apart"
        faults.append(Fault(what, where="table contracts", remedy="join them into one attribute, or leave one out"))
    if faults:
        raise InputError(faults)
    fit = OLS(bills, design).fit(cov_type="HC1")
    ends = fit.conf_int(alpha=1 - confidence)
    table = pd.DataFrame({"product": list(frame.columns), "holders": frame.sum().to_numpy()})
    table["price"], table["low"], table["high"] = np.maximum(fit.params, 0.0), ends[:, 0], ends[:, 1]
    spread = ((bills - bills.mean()) ** 2).sum()
    table.attrs["r_squared"] = float(1 - (fit.resid**2).sum() / spread) if spread else 1.0
    table.attrs["typical_error"] = float(np.median(np.abs(fit.resid)))
    return table


@dataclass(frozen=True)
class Propensities:
    """How likely each customer is to hold each product, judged by customers like him or her.

    Parameters
    ----------
    probability : DataFrame
        Customers × products, in 0..1; each from a model that has not seen the customer.
    quality : DataFrame
        One row per product: product, holders, share (of those who could hold it), auc, brier, naive_brier (of the
        share for all), used ("model" where it clearly beats the naive forecast, else "share of all").
    """

    probability: pd.DataFrame
    quality: pd.DataFrame


def estimate_propensities(
    holdings: Holdings, traits: pd.DataFrame, *, rng: np.random.Generator, folds: int = 3
) -> Propensities:
    """Estimate how likely each customer holds each product, from traits and from the other products held.

    Bills must not be among the traits: they already tell what is held.

    Parameters
    ----------
    holdings : Holdings
        Products held.
    traits : DataFrame
        Numbers and texts known of each customer, rows as the holdings.
    rng : numpy.random.Generator
        Decides the folds.
    folds : int
        Folds; every probability comes from a model fitted without that customer.

    Returns
    -------
    Propensities
        Probabilities and how good they are. A product held by nearly all or nearly nobody gets its share for all.
    """
    seed = int(rng.integers(_SEED_BELOW))
    probability: dict[str, FloatArray] = {}
    rows = []
    for product in holdings.held.columns:
        holds = holdings.held[product].to_numpy()
        could = holds | holdings.open_to[product].to_numpy()
        with threadpool_limits(limits=1):  # sums in one order: the same bytes on every machine
            values, row = _propensity(holds, could, _known(holdings, traits, product), seed, folds)
        probability[product] = values
        rows.append([product, int(holds.sum()), *row])
    quality = pd.DataFrame(rows, columns=["product", "holders", "share", "auc", "brier", "naive_brier", "used"])
    return Propensities(pd.DataFrame(probability, index=traits.index), quality)


def _known(holdings: Holdings, traits: pd.DataFrame, product: str) -> pd.DataFrame:
    """Return the traits and the other products that may tell of a product.

    Left out are the other kinds of the same product, which exclude it, and whatever cannot be had without it: who has
    no internet has no online backup, and that says nothing about the wish for internet.
    """
    family = product.split(": ")[0]
    kinds = [name for name in holdings.held.columns if name.split(": ")[0] == family]
    without = ~holdings.held[kinds].any(axis=1)
    others = [name for name in holdings.held.columns if name not in kinds and holdings.held.loc[without, name].any()]
    return pd.concat([traits, holdings.held[others].astype("float64").add_prefix("product ")], axis=1)


def _propensity(
    holds: np.ndarray, could: np.ndarray, known: pd.DataFrame, seed: int, folds: int
) -> tuple[FloatArray, list[object]]:
    share = float(holds[could].mean()) if could.any() else 0.0
    everyone = np.full(len(holds), share)
    naive = share * (1 - share)
    if min(holds[could].sum(), (~holds[could]).sum()) < _EACH_AT_LEAST:
        return everyone, [share, np.nan, naive, naive, "share of all"]
    texts = [name for name in known.columns if not pd.api.types.is_numeric_dtype(known[name])]
    numbers = [name for name in known.columns if name not in texts]
    model = make_pipeline(
        make_column_transformer((OneHotEncoder(handle_unknown="ignore"), texts), (StandardScaler(), numbers)),
        LogisticRegression(max_iter=1000),
    )
    split = StratifiedKFold(folds, shuffle=True, random_state=seed)
    asked = known[could]
    unseen = cross_val_predict(model, asked, holds[could], cv=split, method="predict_proba")[:, 1]
    auc, brier = roc_auc_score(holds[could], unseen), brier_score_loss(holds[could], unseen)
    gain = (share - holds[could]) ** 2 - (unseen - holds[could]) ** 2
    if gain.mean() < _CLEARLY * gain.std(ddof=1) / np.sqrt(len(gain)):
        return everyone, [share, auc, brier, naive, "share of all"]
    values = everyone.copy()
    values[could] = unseen
    return values, [share, auc, brier, naive, "model"]


def potential_profit(
    holdings: Holdings, probability: pd.DataFrame, profit: pd.Series, *, uptake: float = 1.0
) -> pd.DataFrame:
    """Return the monthly profit to be expected of the products each customer does not hold yet.

    Parameters
    ----------
    holdings : Holdings
        Products held and open to each customer.
    probability : DataFrame
        Customers × products: probability of holding among customers alike.
    profit : Series
        Monthly profit by product, study currency.
    uptake : float
        Share of that probability that becomes a purchase within the horizon, in 0..1: an assumption, since a table of
        one day shows who holds what, not who buys next.

    Returns
    -------
    DataFrame
        Rows as the holdings: potential_profit_per_month (study currency; of kinds that exclude each other only the best
        counts), next_product (the one that adds most; empty when none is open), next_probability.
    """
    products = list(holdings.held.columns)
    each = uptake * probability[products] * profit.reindex(products) * holdings.open_to[products]
    families = [name.split(": ")[0] for name in products]
    by_family = each.T.groupby(families, sort=False).max().T
    values = each.to_numpy()
    best = values.argmax(axis=1)
    any_open = values.max(axis=1) > 0
    rows = np.arange(len(each))
    chance = uptake * probability[products].to_numpy()[rows, best]
    return pd.DataFrame(
        {
            "potential_profit_per_month": by_family.sum(axis=1),
            "next_product": pd.Series(np.where(any_open, np.array(products)[best], ""), index=each.index, dtype="str"),
            "next_probability": pd.Series(chance, index=each.index).where(any_open),
        },
        index=each.index,
    )
