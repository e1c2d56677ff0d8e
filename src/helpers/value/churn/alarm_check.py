"""Would the alarm have warned of the right customers? Put to the test on the last months, beside a purchase model."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.errors import Fault, InputError
from helpers.core.periods import months_before
from helpers.core.results import NamedResult, results_by_group
from helpers.core.verdicts import Verdict
from helpers.value.churn.alarm import (
    TOO_YOUNG,
    AlarmRule,
    compare_alarms,
    outcomes_afterwards,
    purchase_rhythm,
    raise_alarms,
)
from helpers.value.lifetime.assessment.model_choice import fit_purchase_models
from helpers.value.lifetime.models.base import PurchaseModel
from helpers.value.lifetime.purchase_history import purchase_history

OWN_HISTORY, DAYS_SILENT, GONE = "own history", "days since last purchase", "probability gone"
_DAYS_PER_WEEK = 7.0

LEAST_COVERED_SHARE = 0.5
"""Share of the customers that an alarm must be able to judge, to be one for all of them."""

BETTER, NO_BETTER, UNTESTED = "better than simpler warnings", "no better than chance", "untested"
OUTDONE, NO_GAIN, BLIND = "outdone", "no better than days since last purchase", "blind for most customers"
"""What came of the test of an alarm."""


@dataclass(frozen=True)
class AlarmCheck:
    """What three ways of warning, given as of an earlier day, were worth.

    Parameters
    ----------
    start : date
        Day as of which the warnings were given.
    judged, warned : int
        Customers with a history long enough to be judged, and those the alarm rang for.
    faded, silent : DataFrame
        From `compare_alarms`: of the customers warned of, those who then came on less than half of the days promised by
        their own rhythm, and those who did not come at all. Warnings: own history, days since last purchase (the naive
        one), probability gone (of the purchase model).
    faded_share : float
        Share of the customers judged who faded.
    silent_forecast, silent_actual : float
        Share of all customers who stay away, as the purchase model says and as it was.
    customers : int
        All customers with a purchase before that day, judged or not.
    """

    start: date
    judged: int
    warned: int
    faded: pd.DataFrame
    silent: pd.DataFrame
    faded_share: float
    silent_forecast: float
    silent_actual: float
    customers: int

    def named_results(self) -> Iterator[NamedResult]:
        """Yield what each warning was worth, and how well the model counted, named for the results file."""
        faded = self.faded.set_index("warning")[["precision", "low", "high"]]
        about, chance = "faded, of the customers named: {group}", faded["low"].isna()
        yield from results_by_group(faded[~chance], "faded_by_{group}_share", unit="share", about=about)
        known = faded.loc[chance, "precision"]
        yield from results_by_group(known, "faded_by_{group}_share", unit="share", about=about)
        silent, about = self.silent.set_index("warning")["precision"], "stayed away, of the customers named: {group}"
        yield from results_by_group(silent, "silent_by_{group}_share", unit="share", about=about)
        yield NamedResult("alarm_best_warning", self.best_warning, "text", "names most who faded")
        yield NamedResult("alarm_warned_customers", self.warned, "customers", "warned of as of the day of the test")
        yield NamedResult("alarm_judged_customers", self.judged, "customers", "with a history long enough to be judged")
        yield NamedResult("alarm_judged_share", self.judged_share, "share", "customers the alarm can judge, of all")
        yield NamedResult("silent_forecast_share", self.silent_forecast, "share", "stay away, by the purchase model")
        yield NamedResult("silent_actual_share", self.silent_actual, "share", "stayed away")

    @property
    def best_warning(self) -> str:
        """The warning that names most who faded, and every other that chance alone may have set below it."""
        found = self.faded.set_index("warning").loc[[OWN_HISTORY, DAYS_SILENT, GONE], ["precision", "low"]]
        shares = found["precision"].to_numpy(dtype=np.float64)
        least = found["low"].to_numpy(dtype=np.float64)[shares.argmax()]
        names = [str(name) for name, share in zip(found.index, shares, strict=True) if share >= least]
        return f"{', '.join(names[:-1])} and {names[-1]} alike" if len(names) > 1 else names[0]

    @property
    def judged_share(self) -> float:
        """Share of all customers whose history is long enough to be judged."""
        return self.judged / self.customers

    @property
    def verdict(self) -> Verdict:
        """What the alarm is good for, by chance, by the simplest rival and by coverage."""
        found = self.faded.set_index("warning")[["precision", "low", "high"]].astype("float64")
        own, precision = found.loc[OWN_HISTORY].to_dict(), found["precision"].to_dict()
        simple, best = precision[DAYS_SILENT], max(precision.values())
        checks = (
            ("faded among those warned of, against chance", own["low"] > self.faded_share, self.faded_share, NO_BETTER),
            ("the same, against the best warning", own["high"] >= best, best, OUTDONE),
            ("the same, against days since the last purchase", own["low"] > simple, simple, NO_GAIN),
            ("customers judged", self.judged_share >= LEAST_COVERED_SHARE, LEAST_COVERED_SHARE, BLIND),
        )
        for check, passed, threshold, status in checks:
            if not passed:
                value = self.judged_share if status == BLIND else own["precision"]
                return Verdict(check, value, threshold, status, status)
        return Verdict(checks[2][0], own["precision"], simple, BETTER, BETTER)


def fit_silence_model(history: pd.DataFrame) -> PurchaseModel:
    """Fit the model of who is gone: the MBG/NBD, which lets a customer be gone after the first purchase.

    Parameters
    ----------
    history : DataFrame of shape (n, …)
        From `purchase_history`.

    Returns
    -------
    PurchaseModel
        Fitted; its `notes_` say what limits it.

    Raises
    ------
    InputError
        When the histories cannot tell the parameters.

    References
    ----------
    Batislam, Denizel & Filiztekin (2007), Empirical validation and comparison of models for customer base analysis,
    International Journal of Research in Marketing 24(3), 201-209.
    """
    return fit_purchase_models(history, ["mbg_nbd"])["mbg_nbd"]


def count_alive_by_model(history: pd.DataFrame) -> "pd.Series[int]":
    """Return how many customers each purchase model still counts on: the sum of the probabilities of being alive.

    Parameters
    ----------
    history : DataFrame of shape (n, …)
        From `purchase_history`.

    Returns
    -------
    Series of int
        Customers by model: mbg_nbd, pareto_nbd, bg_nbd; a model to which the purchases show no drop-out is left out.

    Raises
    ------
    InputError
        When the histories cannot tell the parameters.
    """
    models = fit_purchase_models(history, ["mbg_nbd", "pareto_nbd", "bg_nbd"])
    return pd.Series(
        {
            name: round(float(model.probability_alive(history).sum()))
            for name, model in models.items()
            if model.drop_out_identified
        }
    )


def check_alarms(
    transactions: ir.Table, as_of: date, rule: AlarmRule, *, holdout_months: int, confidence: float = 0.95
) -> AlarmCheck:
    """Give the warnings as of some months ago, and look who was then lost.

    Parameters
    ----------
    transactions : ibis Table
        Transaction lines: `customer_id`, `time`, `amount`.
    as_of : date
        Day of analysis.
    rule : AlarmRule
        When the alarm rings.
    holdout_months : int
        Months held back.
    confidence : float
        Coverage of intervals.

    Returns
    -------
    AlarmCheck
        The purchase model is that of `fit_silence_model`.

    Raises
    ------
    InputError
        When nothing was bought before the months held back, or the alarm rang for nobody.
    """
    start = months_before(as_of, holdout_months)
    rhythm: pd.DataFrame = (
        purchase_rhythm(transactions, as_of=start, volume_days=rule.volume_days).to_pyarrow().to_pandas()
    )
    if rhythm.empty:
        raise InputError(Fault(f"no purchase before {start}", where="transactions", remedy="hold back fewer months"))
    alarms = raise_alarms(rhythm, rule)
    judged = (alarms["reason"] != TOO_YOUNG).to_numpy()
    warned = int(alarms["alarm"].sum())
    if not warned:
        raise InputError(
            Fault(
                f"the alarm rang for none of {int(judged.sum()):,} customers as of {start}",
                remedy="take an earlier start, or a longer history",
            )
        )
    outcome = outcomes_afterwards(transactions, rhythm, start=start, as_of=as_of)
    history: pd.DataFrame = purchase_history(transactions, as_of=start).to_pyarrow().to_pandas()
    model = fit_silence_model(history)
    gone = 1 - model.probability_alive(history)
    weeks = (as_of - start).days / _DAYS_PER_WEEK
    scores = {
        OWN_HISTORY: alarms["alarm"].to_numpy(dtype=np.float64)[judged],
        DAYS_SILENT: rhythm["silence"].to_numpy(dtype=np.float64)[judged],
        GONE: gone[judged],
    }
    faded, silent = (
        compare_alarms(outcome[lost][judged], scores, warned=warned, confidence=confidence)
        for lost in ("faded", "silent")
    )
    return AlarmCheck(
        start=start,
        judged=int(judged.sum()),
        warned=warned,
        faded=faded,
        silent=silent,
        faded_share=float(outcome["faded"][judged].mean()),
        silent_forecast=float(model.purchase_probabilities(history, weeks, 0)[:, 0].mean()),
        silent_actual=float(outcome["silent"].mean()),
        customers=len(rhythm),
    )
