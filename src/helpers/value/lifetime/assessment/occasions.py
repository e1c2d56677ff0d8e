"""Purchases on discrete occasions: histories, how many customers share each, their fit and their outlook."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import xlog1py, xlogy
from scipy.stats import chi2

from helpers.core.errors import Fault, InputError
from helpers.value.lifetime.models import BGBB
from helpers.value.lifetime.purchase_fit import CountFit

COLUMNS = ("frequency", "last_occasion", "occasions")


def gather_histories(occasions: pd.DataFrame) -> pd.DataFrame:
    """Gather rows of the table `occasions` into distinct histories.

    Parameters
    ----------
    occasions : DataFrame
        `frequency`, `last_occasion`, `occasions`; `customers` where a row stands for several.

    Returns
    -------
    DataFrame
        The three columns and `customers`, in their order.

    Raises
    ------
    InputError
        When there is no customer.

    Examples
    --------
    >>> gather_histories(pd.DataFrame({"frequency": [1, 1], "last_occasion": [2, 2], "occasions": [3, 3]}))
       frequency  last_occasion  occasions  customers
    0          1              2          3          2
    """
    counted = occasions if "customers" in occasions else occasions.assign(customers=1)
    found = counted.groupby(list(COLUMNS))["customers"].sum().reset_index()
    found = found[found["customers"] > 0].reset_index(drop=True)
    if found.empty:
        raise InputError(Fault("the table holds no customers", where="occasions", remedy="give one row per customer"))
    return found


@dataclass(frozen=True)
class OccasionRecord:
    """How many customers were observed on occasions, how many of them came back, and their purchases together."""

    occasion_customers: int
    occasion_returned_customers: int
    occasion_purchases: int


def describe_histories(histories: pd.DataFrame) -> OccasionRecord:
    """Count customers, those who came back, and purchases.

    Examples
    --------
    >>> describe_histories(pd.DataFrame({"frequency": [0, 3], "customers": [5, 2]}))
    OccasionRecord(occasion_customers=7, occasion_returned_customers=2, occasion_purchases=6)
    """
    customers = histories["customers"]
    returned = int(customers[histories["frequency"] > 0].sum())
    return OccasionRecord(int(customers.sum()), returned, int((histories["frequency"] * customers).sum()))


def mean_chances(model: BGBB) -> tuple[float, float]:
    """Return the mean chances of a new customer: to buy on an occasion, and to leave before one.

    Examples
    --------
    >>> mean_chances(BGBB.from_parameters(alpha=1.0, beta=3.0, gamma=1.0, delta=1.0))
    (0.25, 0.5)
    """
    alpha, beta, gamma, delta = (model.parameters_[name] for name in ("alpha", "beta", "gamma", "delta"))
    return alpha / (alpha + beta), gamma / (gamma + delta)


def occasion_counts(model: BGBB, histories: pd.DataFrame) -> CountFit:
    """Compare how many customers bought on how many occasions with what the model expects.

    Parameters
    ----------
    model : BGBB
        Fitted to these histories.
    histories : DataFrame
        From `gather_histories`.

    Returns
    -------
    CountFit
        The last class is the largest number of occasions observed. Fewer classes than parameters leave the chi-square
        without degrees of freedom; its p-value is then missing.

    References
    ----------
    Fader, Hardie & Shang (2010), figure 4.
    """
    largest = int(histories["occasions"].max())
    expected = np.zeros(largest + 1)
    for number, customers in histories.groupby("occasions")["customers"].sum().items():
        length = int(str(number))
        expected[: length + 1] += customers * model.repeat_purchase_probabilities(length, length)
    actual = np.bincount(histories["frequency"], weights=histories["customers"], minlength=largest + 1)
    statistic = float(((actual - expected) ** 2 / expected).sum())
    freedom = largest - len(model.parameter_names)
    table = pd.DataFrame(
        {"actual": actual.astype(int), "expected": expected}, index=pd.RangeIndex(largest + 1, name="frequency")
    )
    return CountFit(table, statistic, freedom, float(chi2.sf(statistic, freedom)) if freedom > 0 else float("nan"))


@dataclass(frozen=True)
class OneChance:
    """The simplest story: everybody buys on every occasion with the same chance, and nobody leaves.

    Parameters
    ----------
    chance : float
        Purchases over occasions.
    log_likelihood : float
        Of the sequences of occasions, in nats.
    """

    chance: float
    log_likelihood: float


def fit_one_chance(histories: pd.DataFrame) -> OneChance:
    """Fit one chance of buying for all: what the model has to beat.

    Examples
    --------
    >>> fit_one_chance(pd.DataFrame({"frequency": [1], "occasions": [2], "customers": [4]})).chance
    0.5
    """
    bought = float((histories["frequency"] * histories["customers"]).sum())
    offered = float((histories["occasions"] * histories["customers"]).sum())
    chance = bought / offered
    return OneChance(chance, float(xlogy(bought, chance) + xlog1py(offered - bought, -chance)))


def occasion_outlook(model: BGBB, histories: pd.DataFrame, ahead: int) -> pd.DataFrame:
    """Forecast the purchases on the occasions ahead, history by history.

    Parameters
    ----------
    model : BGBB
        Fitted.
    histories : DataFrame
        From `gather_histories`.
    ahead : int
        Occasions ahead.

    Returns
    -------
    DataFrame
        The histories with `probability_alive`, `expected_purchases` (per customer) and `expected_total`, and
        `same_as_before`: the customer's own share of occasions so far, carried on.
    """
    outlook = histories.join(model.forecast(histories, ahead)[["probability_alive", "expected_purchases"]])
    outlook["expected_total"] = outlook["expected_purchases"] * outlook["customers"]
    return outlook.assign(same_as_before=ahead * outlook["frequency"] / outlook["occasions"])


@dataclass(frozen=True)
class OutlookSummary:
    """What an outlook comes to over all customers.

    Parameters
    ----------
    alive, alive_share : float
        Customers expected to be customers still, and their share.
    purchases, naive : float
        Purchases expected on the occasions ahead, and as many as there would be if all went on as before.
    best : float
        Purchases expected of one customer with the best history.
    once : (str, str) or None
        Purchases expected, to two digits, of one who came back on one occasion: on the earliest of them, on the latest.
    longest : DataFrame
        The histories observed for the longest time.
    """

    alive: float
    alive_share: float
    purchases: float
    naive: float
    best: float
    once: tuple[str, str] | None
    longest: pd.DataFrame


def sum_up_outlook(outlook: pd.DataFrame) -> OutlookSummary:
    """Sum an outlook up over all customers.

    Parameters
    ----------
    outlook : DataFrame
        From `occasion_outlook`.

    Returns
    -------
    OutlookSummary
        Sums over customers; the best history is the best of those longest observed with most purchases.
    """
    customers = outlook["customers"].to_numpy(dtype=np.float64)
    alive = float(outlook["probability_alive"].to_numpy(dtype=np.float64) @ customers)
    longest = outlook[outlook["occasions"] == outlook["occasions"].max()]
    by_last = longest[longest["frequency"] == 1].sort_values("last_occasion")["expected_purchases"].to_numpy()
    most = longest["frequency"] == longest["frequency"].max()
    return OutlookSummary(
        alive=alive,
        alive_share=alive / float(customers.sum()),
        purchases=float(outlook["expected_total"].to_numpy().sum()),
        naive=float(outlook["same_as_before"].to_numpy(dtype=np.float64) @ customers),
        best=float(longest.loc[most, "expected_purchases"].to_numpy().max()),
        once=(f"{by_last[0]:.2f}", f"{by_last[-1]:.2f}") if len(by_last) > 1 else None,
        longest=longest,
    )
