"""Purchases on discrete occasions: histories, how many customers share each, their fit and their outlook."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import xlog1py, xlogy
from scipy.stats import chi2

from helpers.errors import Fault, InputError
from helpers.value.purchase_fit import CountFit
from helpers.value.purchase_models import BGBB

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
        raise InputError(Fault("the table holds no customers", where="occasions"))
    return found


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
