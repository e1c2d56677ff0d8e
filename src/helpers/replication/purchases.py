"""CDNOW: purchase models, spend and lifetime value as published.

Fader, Hardie & Lee (2005), Marketing Science 24(2), 275-284 and Journal of Marketing Research 42(4), 415-430; Fader &
Hardie (2013), note 025. The sample is calibrated on its first 39 weeks and forecast over the next 39.
"""

from datetime import date
from math import log

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.value.lifetime.assessment.model_choice import fit_purchase_models, fit_spend_model, leave_out_extremes
from helpers.value.lifetime.gamma_gamma import GammaGamma
from helpers.value.lifetime.lifetime_value import ValueDefinition, estimate_lifetime_value
from helpers.value.lifetime.models import BGNBD, ParetoNBD
from helpers.value.lifetime.models.base import PurchaseModel
from helpers.value.lifetime.purchase_fit import cumulative_repeat_purchases, expectation_by, repeat_purchase_fit
from helpers.value.lifetime.purchase_history import purchase_days, purchase_history

HOLDOUT_FROM, AS_OF = date(1997, 10, 1), date(1998, 7, 1)
LAST_DAY = date(1998, 6, 30)
WEEKS = 39
REPEAT_SPEND_LIMIT = 4000.0
CLASSES = ("0", "1", "2", "3", "4", "5", "6", "7+")
NAMES = {"bg_nbd": "BG/NBD", "mbg_nbd": "MBG/NBD", "pareto_nbd": "Pareto/NBD"}
ENTRIES = {"bg_nbd": "cdnow.bgnbd", "mbg_nbd": "cdnow.mbgnbd", "pareto_nbd": "cdnow.pnbd"}
Figures = dict[str, dict[str, float]]


def sample_figures(lines: ir.Table) -> Figures:
    """Work out the figures that rest on the sample of 2,357 customers.

    Parameters
    ----------
    lines : ibis Table
        Transactions of the sample.

    Returns
    -------
    dict of str to dict of str to float
        Figures by entry and item.
    """
    history = purchase_history(lines, as_of=AS_OF, holdout_from=HOLDOUT_FROM).to_pyarrow().to_pandas()
    whole = purchase_history(lines, as_of=AS_OF).to_pyarrow().to_pandas()
    models = fit_purchase_models(history)
    spend = fit_spend_model(history)
    return {
        "cdnow.data.counts": _counts(lines, history),
        **_fits(models, history),
        **_forecasts(models, history),
        **_new_customers(models),
        **_spend(spend, history, _first_ten(lines)),
        "cdnow.78wk.crosscheck": _crosscheck(history, whole),
    }


def _counts(lines: ir.Table, history: pd.DataFrame) -> dict[str, float]:
    return {
        "lines": float(lines.count().to_pyarrow().as_py()),
        "customers": float(len(history)),
        "purchase days": float(purchase_days(lines, as_of=AS_OF).count().to_pyarrow().as_py()),
        "repeat purchases before": float(history["frequency"].sum()),
        "repeat purchases after": float(history["holdout_purchases"].sum()),
        "customers without repeat": float((history["frequency"] == 0).sum()),
        "customers with repeats": float((history["frequency"] > 0).sum()),
    }


def _fits(models: dict[str, PurchaseModel], history: pd.DataFrame) -> Figures:
    figures: Figures = {}
    for name, model in models.items():
        figures[f"{ENTRIES[name]}.params"] = dict(model.parameters_)
        figures[f"{ENTRIES[name]}.ll"] = {"log-likelihood": model.log_likelihood_}
    for name in ("bg_nbd", "pareto_nbd"):
        fit = repeat_purchase_fit(models[name], history)
        figures[f"{ENTRIES[name]}.chi2"] = {"chi-square": fit.chi_square, "p-value": fit.p_value}
    return figures


def _forecasts(models: dict[str, PurchaseModel], history: pd.DataFrame) -> Figures:
    actual = history["holdout_purchases"].to_numpy(dtype=np.float64)
    zero = (history["frequency"] == 0).to_numpy()
    expected = {name: models[name].expected_purchases(history, WEEKS) for name in ("bg_nbd", "pareto_nbd")}
    bought = float(history["frequency"].sum() + actual.sum())
    tracked = {
        name: cumulative_repeat_purchases(models[name], history["first_day"], [LAST_DAY])[0] for name in expected
    }
    table = expectation_by(history, expected["bg_nbd"])
    return {
        "cdnow.corr.holdout": {NAMES[name]: _correlation(each, actual) for name, each in expected.items()},
        "cdnow.corr.bg_pn": {"correlation": _correlation(expected["bg_nbd"], expected["pareto_nbd"])},
        "cdnow.zero_class": {
            "actual": float(actual[zero].mean()),
            **{NAMES[name]: float(each[zero].mean()) for name, each in expected.items()},
        },
        "cdnow.condexp.bg": dict(zip(CLASSES, map(float, table["expected"]), strict=True)),
        "cdnow.condexp.actual": {
            **dict(zip(CLASSES, map(float, table["actual"]), strict=True)),
            **{f"{label}, customers": float(n) for label, n in zip(CLASSES, table["customers"], strict=True)},
        },
        "cdnow.tracking.week78": {NAMES[name]: float(total) / bought - 1 for name, total in tracked.items()},
    }


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one, other)[0, 1])


def _new_customers(models: dict[str, PurchaseModel]) -> Figures:
    weeks = [0.1429, 1, 3, 31.8571, 32, 78]
    ages = models["bg_nbd"].expected_purchases_of_new(weeks)
    year = {NAMES[name]: float(models[name].expected_purchases_of_new([52])[0]) for name in ("pareto_nbd", "bg_nbd")}
    return {
        "cdnow.bg.E": {f"week {week:g}": float(mean) for week, mean in zip(weeks, ages, strict=True)},
        "cdnow.E52": year,
    }


def _first_ten(lines: ir.Table) -> list[object]:
    """Return the customers whom the spreadsheet lists first: by the number of their first line."""
    first = lines.group_by("customer_id").aggregate(place=lines.order_id.cast("int64").min())
    found: list[object] = first.order_by("place").limit(10).customer_id.to_pyarrow().to_pylist()
    return found


def _spend(spend: GammaGamma, history: pd.DataFrame, listed: list[object]) -> Figures:
    repeaters = history[history["frequency"] > 0]
    # the article prints the density of total spend, the software that of mean spend: they differ by log x each
    total = spend.log_likelihood_ - float(np.log(repeaters["frequency"]).sum())
    stated = GammaGamma.from_parameters(p=6.25, q=3.74, gamma=15.44)
    first_ten = stated.expected_spend(history.set_index("customer_id").loc[listed].reset_index())
    return {
        "cdnow.gg.params": dict(spend.parameters_),
        "cdnow.gg.ll": {"log-likelihood": spend.log_likelihood_},
        "cdnow.gg.ll.jmr": {"log-likelihood": total},
        "cdnow.gg.means": {
            "model": spend.population_mean_,
            "observed": float(repeaters["mean_repeat_spend"].mean()),
            "correlation with frequency": spend.frequency_spend_correlation_,
        },
        "cdnow.gg.ce": {f"customer {place}": float(mean) for place, mean in enumerate(first_ten, start=1)},
    }


def _crosscheck(history: pd.DataFrame, whole: pd.DataFrame) -> dict[str, float]:
    """Log-likelihood of the first 39 weeks at the parameters of all 78."""
    repeaters = history[history["frequency"] > 0]
    spend, first = fit_spend_model(whole), fit_spend_model(history)
    of_means = first.likelihood_(spend.fitting_point_ - first.scale_shift_).value
    # the likelihood counts money in units of the first fit; then as for the article, the density of total spend
    of_means -= first.n_customers_ * log(float(np.exp(first.scale_shift_.max())))
    return {
        "Pareto/NBD": ParetoNBD().fit(whole).log_likelihood(history),
        "Gamma-Gamma": float(of_means - np.log(repeaters["frequency"]).sum()),
    }


def stated_figures() -> Figures:
    """Work out the figures that rest on stated parameters alone."""
    first = pd.DataFrame({"frequency": [2], "age_at_last_purchase": [30.43], "age": [38.86]})
    bg_nbd = BGNBD.from_parameters(r=0.243, alpha=4.414, a=0.793, b=2.426)
    pareto_nbd = ParetoNBD.from_parameters(r=0.55, alpha=10.56, s=0.61, beta=11.64)
    ages = pareto_nbd.expected_purchases_of_new(range(10))
    return {
        "cdnow.bg.cust1": {"purchases": float(bg_nbd.expected_purchases(first, WEEKS)[0])},
        "cdnow.pn.E": {f"week {week}": float(mean) for week, mean in enumerate(ages)},
    }


def cohort_figures(sample_lines: ir.Table, cohort_lines: ir.Table) -> Figures:
    """Value the full cohort with the models of the sample, both over 78 weeks.

    Parameters
    ----------
    sample_lines, cohort_lines : ibis Table
        Transactions of the sample and of the full cohort.

    Returns
    -------
    dict of str to dict of str to float
        Figures by entry and item.
    """
    sample = purchase_history(sample_lines, as_of=AS_OF).to_pyarrow().to_pandas()
    everyone = purchase_history(cohort_lines, as_of=AS_OF).to_pyarrow().to_pandas()
    cohort = leave_out_extremes(everyone, REPEAT_SPEND_LIMIT)
    definition = ValueDefinition(horizon=None, discount_rate=0.15, margin_share=0.3, currency="USD")
    buying = fit_purchase_models(sample, ["pareto_nbd"])["pareto_nbd"]
    worth = estimate_lifetime_value(cohort, buying, fit_spend_model(sample), definition)["lifetime_value"]
    zero = cohort["frequency"] == 0
    return {
        "cdnow.clv.cohort": {
            "customers kept": float(len(cohort)),
            "with repeats": float((~zero).sum()),
            "without repeat": float(zero.sum()),
        },
        "cdnow.clv.total": {"all": float(worth.sum()), "per customer": float(worth.mean())},
        "cdnow.clv.zero": {"per customer": float(worth[zero].mean()), "all": float(worth[zero].sum())},
    }
