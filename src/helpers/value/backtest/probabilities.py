"""Can probabilities be believed? Judged by what then happened: Brier score, AUC, calibration, with intervals."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.arrays import BoolArray, FloatArray
from helpers.core.checks import offending
from helpers.core.errors import Fault, InputError
from helpers.core.groups import equal_groups, mean_of_ties
from helpers.core.intervals import wilson_ends

USABLE, RANKING_ONLY, NOT_USABLE = "usable", "usable for ranking only", "not usable"
"""What probabilities are good for: calibrated and better than the share of all; only the latter; neither."""


@dataclass(frozen=True)
class ProbabilityQuality:
    """How good forecast probabilities of an event are, with intervals over customers.

    Parameters
    ----------
    auc, brier, calibration_error : float
        Over all customers at once; see `assess_probabilities`.
    auc_interval, brier_interval : (float, float)
        Ends of the interval.
    error_if_right : float
        Calibration error to be expected by chance alone if every probability were exactly right.
    error_if_right_at_most : float
        What that chance error stays below with the chosen confidence.
    naive_brier : float
        Brier score of giving everyone the share of all.
    brier_gain : float
        `naive_brier - brier`: above 0 the model is better than nothing.
    gain_interval : (float, float)
        Of `brier_gain`, paired by customer.
    """

    auc: float
    auc_interval: tuple[float, float]
    brier: float
    brier_interval: tuple[float, float]
    calibration_error: float
    error_if_right: float
    error_if_right_at_most: float
    naive_brier: float
    brier_gain: float
    gain_interval: tuple[float, float]

    @property
    def beats_naive(self) -> bool:
        """Whether the whole interval of the gain lies above zero."""
        return self.gain_interval[0] > 0

    @property
    def well_calibrated(self) -> bool:
        """Whether the calibration error is no larger than chance alone makes it."""
        return self.calibration_error <= self.error_if_right_at_most

    @property
    def verdict(self) -> str:
        """What the probabilities are good for: `USABLE`, `RANKING_ONLY` or `NOT_USABLE`."""
        if not self.beats_naive:
            return NOT_USABLE
        return USABLE if self.well_calibrated else RANKING_ONLY


def assess_probabilities(
    happened: BoolArray,
    probability: FloatArray,
    *,
    rng: np.random.Generator,
    groups: int = 10,
    draws: int = 999,
    confidence: float = 0.95,
) -> ProbabilityQuality:
    """Judge probabilities of customers the model had not seen.

    Parameters
    ----------
    happened : array of bool, shape (n,)
        Whether the event came about for each customer.
    probability : array, shape (n,)
        Its forecast, in 0..1.
    rng : numpy.random.Generator
        For the calibration error that chance alone makes.
    groups : int
        Groups of equal size behind the calibration error.
    draws : int
        Draws of outcomes behind the chance error.
    confidence : float
        Coverage of intervals.

    Returns
    -------
    ProbabilityQuality
        AUC with the interval of DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, equation 3; Brier score
        (Brier 1950) with the normal interval of a mean; expected calibration error (Naeini, Cooper and Hauskrecht
        2015, section 2) over groups of equal size.

    Raises
    ------
    InputError
        When a probability is missing or outside 0..1, or all customers are of one kind.
    """
    _check(happened, probability)
    z = float(stats.norm.ppf((1 + confidence) / 2))
    auc, auc_error = _auc(happened, probability)
    squared = (probability - happened) ** 2
    gain = (happened.mean() - happened) ** 2 - squared
    members = _groups(probability, groups)
    by_chance = np.sort(
        [_error(rng.random(len(probability)) < probability, probability, members) for _ in range(draws)]
    )
    return ProbabilityQuality(
        auc=auc,
        auc_interval=(max(auc - z * auc_error, 0.0), min(auc + z * auc_error, 1.0)),
        brier=float(squared.mean()),
        brier_interval=mean_interval(squared, z),
        calibration_error=_error(happened, probability, members),
        error_if_right=float(by_chance.mean()),
        error_if_right_at_most=float(np.quantile(by_chance, confidence)),
        naive_brier=float(happened.mean() * (1 - happened.mean())),
        brier_gain=float(gain.mean()),
        gain_interval=mean_interval(gain, z),
    )


def calibration_error(happened: BoolArray, probability: FloatArray, *, groups: int = 10) -> float:
    """Return the mean distance between forecast and actual share, over groups of equal size.

    Examples
    --------
    >>> happened = np.array([False, True, False, True])
    >>> calibration_error(happened, np.array([0.4, 0.4, 0.6, 0.6]), groups=2)
    0.1
    """
    _check(happened, probability)
    return round(_error(happened, probability, _groups(probability, groups)), 12)


def calibration_curve(
    happened: BoolArray, probability: FloatArray, *, groups: int = 10, confidence: float = 0.95
) -> pd.DataFrame:
    """Compare forecast and actual share by group of equal size, the likeliest first.

    Parameters
    ----------
    happened : array of bool
        Whether the event came about for each customer.
    probability : array
        Its forecast.
    groups : int
        Number of groups.
    confidence : float
        Coverage of Wilson's interval of the actual share.

    Returns
    -------
    DataFrame
        One row per group: group, customers, leavers (customers of one forecast share their mean outcome, so that groups
        do not hang on the order of rows), forecast (mean probability), actual (share), low, high,
        as_forecast (whether the forecast lies within), lift (actual over the share of all), captured (share of all
        leavers in this group and those before it).
    """
    _check(happened, probability)
    outcome = mean_of_ties(happened, probability)
    frame = pd.DataFrame({"group": _groups(probability, groups), "happened": outcome, "forecast": probability})
    by_group = frame.groupby("group")
    table = by_group.agg(customers=("happened", "size"), leavers=("happened", "sum"), forecast=("forecast", "mean"))
    table = table.reset_index()
    table["actual"] = table["leavers"] / table["customers"]
    low, high = wilson_ends(table["leavers"], table["customers"], alpha=1 - confidence)
    table["low"], table["high"] = low, high
    table["as_forecast"] = table["forecast"].between(table["low"], table["high"])
    table["lift"] = table["actual"] / happened.mean()
    table["captured"] = table["leavers"].cumsum() / happened.sum()
    return table


def mean_interval(values: FloatArray, z: float) -> tuple[float, float]:
    """Return the normal interval of a mean, `z` standard errors to either side.

    Examples
    --------
    >>> [round(end, 3) for end in mean_interval(np.array([0.0, 1.0]), 1.0)]
    [0.0, 1.0]
    """
    mean, reach = float(values.mean()), z * float(values.std(ddof=1)) / np.sqrt(len(values))
    return float(mean - reach), float(mean + reach)


def _groups(probability: FloatArray, groups: int) -> np.ndarray:
    return equal_groups(pd.Series(probability), pd.Series(np.arange(len(probability))), n_groups=groups)


def _error(happened: np.ndarray, probability: FloatArray, members: np.ndarray) -> float:
    # Customers of one forecast share their mean outcome, else the order of rows would decide the error.
    difference = np.bincount(members, weights=probability - mean_of_ties(happened, probability))
    return float(np.abs(difference).sum() / len(probability))


def _auc(happened: BoolArray, probability: FloatArray) -> tuple[float, float]:
    """Return the AUC and its standard error from the placements of either kind among the other."""
    yes, no = int(happened.sum()), int((~happened).sum())
    among_all = stats.rankdata(probability)
    above = (among_all[happened] - stats.rankdata(probability[happened])) / no
    below = 1 - (among_all[~happened] - stats.rankdata(probability[~happened])) / yes
    variance = above.var(ddof=1) / yes + below.var(ddof=1) / no
    return float(above.mean()), float(np.sqrt(variance))


def _check(happened: BoolArray, probability: FloatArray) -> None:
    if len(happened) != len(probability):
        raise InputError(
            Fault(
                f"{len(probability):,} probabilities for {len(happened):,} customers",
                "probability",
                remedy="give one probability per customer, in the same order",
            )
        )
    frame = pd.DataFrame({"probability": probability})
    within = (probability >= 0) & (probability <= 1)
    faults = offending(frame, ~within, "probability is missing or outside its range", allowed="0..1")
    if min(happened.sum(), (~happened).sum()) < 2:
        faults.append(
            Fault(
                "fewer than two customers left, or fewer than two stayed",
                where="ended",
                remedy="give a table in which two or more left and two or more stayed",
            )
        )
    if faults:
        raise InputError(faults)
