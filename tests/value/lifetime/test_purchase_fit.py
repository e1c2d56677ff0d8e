"""Comparisons of model and data; the published figures of CDNOW are in `test_purchase_models_published`."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.value import BGNBD, cumulative_repeat_purchases, expectation_by, repeat_purchase_fit

MODEL = BGNBD.from_parameters(r=0.6, alpha=3.0, a=0.8, b=2.4)


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return MODEL.sample_histories(rng.integers(20, 40, 5000).astype(float), rng)


def test_the_true_model_is_not_rejected_and_a_wrong_one_is(customers: pd.DataFrame) -> None:
    good = repeat_purchase_fit(MODEL, customers)
    wrong = repeat_purchase_fit(BGNBD.from_parameters(r=1.2, alpha=6.0, a=0.8, b=2.4), customers)
    assert good.p_value > 0.01
    assert wrong.p_value < 1e-6
    assert good.counts.sum().tolist() == pytest.approx([5000, 5000])
    assert good.degrees_of_freedom == 3


def test_too_few_classes_are_refused(customers: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"largest: 4(.|\n)*above 4"):
        repeat_purchase_fit(MODEL, customers, largest=4)


def test_means_by_group_weigh_up_to_the_total(customers: pd.DataFrame) -> None:
    future = MODEL.draw_purchases(customers, [0, 10], np.random.default_rng(2))[:, 0]
    expected = MODEL.expected_purchases(customers, 10)
    table = expectation_by(customers.assign(holdout_purchases=future), expected, largest=5)
    assert table.index.tolist() == [0, 1, 2, 3, 4, 5]
    assert (table["customers"] * table["expected"]).sum() == pytest.approx(expected.sum())
    assert (table["customers"] * table["actual"]).sum() == pytest.approx(future.sum())


def test_tracking_adds_up_the_customers_of_every_first_day() -> None:
    start = date(2024, 1, 1)
    first = [start] * 3 + [start + timedelta(days=14)] * 2
    ends = [start + timedelta(days=days) for days in (7, 14, 21)]
    one, two, three = MODEL.expected_purchases_of_new([1, 2, 3])
    tracked = cumulative_repeat_purchases(MODEL, first, ends)
    assert tracked == pytest.approx([3 * one, 3 * two, 3 * three + 2 * one])


def test_tracking_needs_days_or_weeks() -> None:
    with pytest.raises(InputError, match=r"counts months(.|\n)*days, weeks"):
        cumulative_repeat_purchases(BGNBD.from_parameters(r=1, alpha=1, a=1, b=1, time_unit="months"), [], [])
