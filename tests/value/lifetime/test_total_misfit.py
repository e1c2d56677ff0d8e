"""Totals of a forecast with an allowance for the misfit of the model."""

from datetime import date

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.value import past_errors_of_total, purchase_intervals, total_with_misfit
from helpers.value.lifetime.assessment import fit_purchase_models
from helpers.value.lifetime.intervals import DrawnIntervals

HOLDOUT_FROM = date(1997, 10, 1)


@pytest.mark.parametrize("name", ["bg_nbd", "mbg_nbd", "pareto_nbd"])
def test_the_interval_of_the_total_holds_the_actual_purchases_of_cdnow(
    name: str, cdnow_lines: ir.Table, cdnow: pd.DataFrame
) -> None:
    """1,882 purchases in the 39 weeks held out; without the allowance two of three intervals end below."""
    model = fit_purchase_models(cdnow, [name])[name]
    drawn = purchase_intervals(model, cdnow, 39, np.random.default_rng(6), draws=100)
    errors = past_errors_of_total(cdnow_lines, HOLDOUT_FROM, name)
    low, high = total_with_misfit(drawn, errors)
    assert cdnow["holdout_purchases"].sum() == 1882
    assert low < 1882 < high
    assert high < 3 * drawn.total


def drawn_of(low: float, total: float, high: float) -> DrawnIntervals:
    return DrawnIntervals(pd.DataFrame(), total, low, high, "purchases")


def test_the_allowance_by_hand() -> None:
    """Student's quantile with three degrees of freedom is 3.182; draws add nothing here."""
    low, high = total_with_misfit(drawn_of(100.0, 100.0, 100.0), (0.1, -0.1, 0.1))
    assert [np.log(high / 100), np.log(100 / low)] == pytest.approx([0.3182, 0.3182], abs=1e-4)


def test_a_total_that_may_be_a_loss_is_widened_on_its_own_scale() -> None:
    low, high = total_with_misfit(drawn_of(-10.0, 20.0, 50.0), (0.5,))
    assert high - 20 == pytest.approx(20 - low) == pytest.approx(12.706 * np.hypot(30 / 1.96, 10), rel=1e-3)


def test_no_earlier_forecast_is_refused() -> None:
    with pytest.raises(InputError, match="no earlier forecast to learn the error from"):
        total_with_misfit(drawn_of(1.0, 2.0, 3.0), ())
