"""`summary()` of every estimator fitted by maximum likelihood, against published tables."""

import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.core.fits import NoFitError
from helpers.value import (
    BGBB,
    BGNBD,
    MBGNBD,
    FitWarning,
    GammaGamma,
    ParetoNBD,
    ShiftedBetaGeometric,
    contracts_from_survivors,
    parameter_intervals,
)

COLUMNS = ["estimate", "standard_error", "low", "high"]
HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491]
"""Survivors of the high-end subscribers, Fader & Hardie (2007), table 1."""


@pytest.fixture(scope="module")
def bg_nbd(cdnow: pd.DataFrame) -> BGNBD:
    return BGNBD().fit(cdnow)


def test_fhl_2005_table_2_is_what_the_summary_shows(bg_nbd: BGNBD) -> None:
    """Fader, Hardie & Lee (2005), Marketing Science 24(2), table 2: every digit that was printed."""
    table = bg_nbd.summary()
    printed = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
    assert table["estimate"].drop("log-likelihood").round(3).to_dict() == printed
    assert table.loc["log-likelihood", "estimate"] == -9582.4
    assert table.columns.tolist() == COLUMNS


def test_standard_errors_are_those_of_the_intervals_rounded(bg_nbd: BGNBD) -> None:
    table, precise = bg_nbd.summary(0.9).drop("log-likelihood"), parameter_intervals(bg_nbd, 0.9)
    assert (table - precise).abs().max(axis=1).le(precise["standard_error"] / 100).all()
    assert table.loc["r"].tolist() == precise.loc["r"].round(4).tolist()


def test_every_estimator_has_a_summary(cdnow: pd.DataFrame, donors: pd.DataFrame) -> None:
    contracts = contracts_from_survivors(HIGH_END)
    fitted = {
        "pareto": ParetoNBD().fit(cdnow),
        "modified": MBGNBD().fit(cdnow),
        "spend": GammaGamma().fit(cdnow),
        "occasions": BGBB().fit(donors, sample_weight=donors["donors"]),
        "contracts": ShiftedBetaGeometric().fit(contracts, sample_weight=contracts["customers"]),
    }
    published = {
        "pareto": [0.553, 10.58, 0.606, 11.67],
        "modified": [0.525, 6.183, 0.891, 1.614],
        "spend": [6.25, 3.744, 15.44],
        "occasions": [1.204, 0.750, 0.657, 2.783],
        "contracts": [0.668, 3.806],
    }
    for name, model in fitted.items():
        table = model.summary()
        assert table.index.tolist() == [*model.parameter_names, "log-likelihood"]
        assert table["estimate"].iloc[:-1].tolist() == pytest.approx(published[name], abs=6e-3), name
        assert table.iloc[:-1].notna().all(axis=None), name


def test_an_effect_of_a_covariate_stands_beside_the_parameters(cdnow: pd.DataFrame) -> None:
    early = cdnow.assign(early=(pd.to_datetime(cdnow["first_day"]) < "1997-02-01").astype(float))
    table = BGNBD(covariates={"alpha": ["early"]}).fit(early).summary()
    assert table.index.tolist() == ["r", "alpha", "a", "b", "alpha:early", "log-likelihood"]
    assert table.loc["alpha:early", "low"] < table.loc["alpha:early", "estimate"] < table.loc["alpha:early", "high"]


def test_what_the_data_do_not_settle_is_missing_from_the_summary() -> None:
    count = np.random.default_rng(5).poisson(6.0, 300).astype(float)
    history = pd.DataFrame({"frequency": count, "age_at_last_purchase": np.where(count > 0, 40.0, 0.0), "age": 40.0})
    with pytest.warns(FitWarning):
        model = BGNBD().fit(history)
    table = model.summary()
    assert model.not_identified_
    assert table.loc[list(model.not_identified_)].isna().all(axis=None)


def test_a_model_without_data_has_no_summary() -> None:
    with pytest.raises(NoFitError, match="has not been fitted"):
        BGNBD().summary()
    with pytest.raises(NoFitError, match="stated parameters and no data"):
        BGNBD.from_parameters(r=0.243, alpha=4.414, a=0.793, b=2.426).summary()


@pytest.mark.parametrize("level", [0, 1, 95, "0.95", True])
def test_a_coverage_that_is_none_is_refused(bg_nbd: BGNBD, level: object) -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        bg_nbd.summary(level)
