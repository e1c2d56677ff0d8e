"""Transaction models against the tables of the papers that introduced them.

FHL: Fader, Hardie & Lee (2005), "Counting your customers" the easy way, Marketing Science 24(2), 275-284.
FHS: Fader, Hardie & Shang (2010), Marketing Science 29(6), 1086-1108. Printed figures stand with a wide tolerance,
figures recomputed elsewhere to more digits with a narrow one.
"""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from helpers.value import (
    BGBB,
    BGNBD,
    MBGNBD,
    ParetoNBD,
    cumulative_repeat_purchases,
    expectation_by,
    repeat_purchase_fit,
)

PUBLISHED_BG = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}


@pytest.fixture(scope="module")
def bg_nbd(cdnow: pd.DataFrame) -> BGNBD:
    return BGNBD().fit(cdnow)


@pytest.fixture(scope="module")
def pareto_nbd(cdnow: pd.DataFrame) -> ParetoNBD:
    return ParetoNBD().fit(cdnow)


@pytest.fixture(scope="module")
def bg_bb(donors: pd.DataFrame) -> BGBB:
    return BGBB(time_unit="years").fit(donors, sample_weight=donors["donors"])


def test_fhl_table_2_bg_nbd(bg_nbd: BGNBD) -> None:
    assert list(bg_nbd.parameters_.values()) == pytest.approx([0.243, 4.414, 0.793, 2.426], abs=1e-3)
    assert bg_nbd.log_likelihood_ == pytest.approx(-9582.4, abs=0.05)
    assert list(bg_nbd.parameters_.values()) == pytest.approx([0.24259453, 4.4136021, 0.79292197, 2.42590665], rel=2e-5)
    assert bg_nbd.log_likelihood_ == pytest.approx(-9582.429207, abs=1e-5)


def test_fhl_table_2_pareto_nbd(pareto_nbd: ParetoNBD) -> None:
    assert list(pareto_nbd.parameters_.values()) == pytest.approx([0.553, 10.578, 0.606, 11.669], abs=2e-3)
    assert pareto_nbd.log_likelihood_ == pytest.approx(-9595.0, abs=0.05)
    precise = [0.55327706, 10.57768405, 0.60623989, 11.66873194]
    assert list(pareto_nbd.parameters_.values()) == pytest.approx(precise, rel=2e-5)
    assert pareto_nbd.log_likelihood_ == pytest.approx(-9594.976178, abs=1e-5)


def test_hoppe_and_wagner_mbg_nbd(cdnow: pd.DataFrame) -> None:
    """Figures of BTYDplus, by way of the tests of lifetimes."""
    model = MBGNBD().fit(cdnow)
    assert list(model.parameters_.values()) == pytest.approx([0.525, 6.183, 0.891, 1.614], abs=1e-3)
    assert model.log_likelihood_ == pytest.approx(-9582.135716, abs=1e-5)


def test_fhl_section_7_chi_square(bg_nbd: BGNBD, pareto_nbd: ParetoNBD, cdnow: pd.DataFrame) -> None:
    bg, pareto = (repeat_purchase_fit(model, cdnow) for model in (bg_nbd, pareto_nbd))
    assert (bg.chi_square, bg.p_value) == pytest.approx((4.82, 0.19), abs=0.02)
    assert (pareto.chi_square, pareto.p_value) == pytest.approx((11.99, 0.007), abs=0.02)
    assert bg.degrees_of_freedom == pareto.degrees_of_freedom == 3
    assert bg.counts["actual"].tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]


def test_fhl_table_3_correlations(bg_nbd: BGNBD, pareto_nbd: ParetoNBD, cdnow: pd.DataFrame) -> None:
    bg, pareto = (model.expected_purchases(cdnow, 39) for model in (bg_nbd, pareto_nbd))
    actual = cdnow["holdout_purchases"]
    assert np.corrcoef(bg, actual)[0, 1] == pytest.approx(0.626, abs=1e-3)
    assert np.corrcoef(pareto, actual)[0, 1] == pytest.approx(0.630, abs=1e-3)
    assert np.corrcoef(bg, pareto)[0, 1] == pytest.approx(0.996, abs=1e-3)


def test_fhl_figure_4_zero_class(bg_nbd: BGNBD, pareto_nbd: ParetoNBD, cdnow: pd.DataFrame) -> None:
    zero = cdnow["frequency"] == 0
    assert cdnow.loc[zero, "holdout_purchases"].mean() == pytest.approx(0.24, abs=5e-3)
    assert bg_nbd.expected_purchases(cdnow[zero], 39).mean() == pytest.approx(0.23, abs=5e-3)
    assert pareto_nbd.expected_purchases(cdnow[zero], 39).mean() == pytest.approx(0.14, abs=5e-3)


def test_btyd_walkthrough_conditional_expectations(bg_nbd: BGNBD, cdnow: pd.DataFrame) -> None:
    table = expectation_by(cdnow, bg_nbd.expected_purchases(cdnow, 39))
    expected = [0.2250893, 0.5231364, 1.044126, 1.520256, 2.163824, 2.653789, 3.503957, 6.157036]
    assert table["expected"].tolist() == pytest.approx(expected, abs=1e-3)
    assert table["actual"].tolist() == pytest.approx([0.237, 0.697, 1.393, 1.56, 2.532, 2.947, 3.862, 6.359], abs=1e-3)
    assert table["customers"].tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]


def test_fhl_figure_3_tracking_week_78(bg_nbd: BGNBD, pareto_nbd: ParetoNBD, cdnow: pd.DataFrame) -> None:
    actual = (cdnow["frequency"] + cdnow["holdout_purchases"]).sum()
    assert actual == 4339
    for model, off in ((bg_nbd, -0.0411), (pareto_nbd, -0.0159)):
        (forecast,) = cumulative_repeat_purchases(model, cdnow["first_day"], [date(1998, 6, 30)])
        assert forecast / actual - 1 == pytest.approx(off, abs=5e-4)


def test_hardie_spreadsheet_expected_repeat_purchases() -> None:
    model = BGNBD.from_parameters(r=0.242594, alpha=4.413599, a=0.792920, b=2.425898)
    weeks = [0.1429, 1, 3, 31.8571, 32, 78]
    published = [0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8576]
    assert model.expected_purchases_of_new(weeks) == pytest.approx(published, abs=5e-4)


def test_hardie_spreadsheet_first_customer() -> None:
    first = pd.DataFrame({"frequency": [2], "age_at_last_purchase": [30.43], "age": [38.86]})
    assert BGNBD.from_parameters(**PUBLISHED_BG).expected_purchases(first, 39) == pytest.approx([1.226], abs=1e-3)


def test_btyd_walkthrough_year_of_a_new_customer(bg_nbd: BGNBD, pareto_nbd: ParetoNBD) -> None:
    assert pareto_nbd.expected_purchases_of_new([52]) == pytest.approx([1.473434], abs=5e-5)
    assert bg_nbd.expected_purchases_of_new([52]) == pytest.approx([1.444004], abs=5e-5)


def test_btyd_manual_pareto_nbd_expectation_at_rounded_parameters() -> None:
    model = ParetoNBD.from_parameters(r=0.55, alpha=10.56, s=0.61, beta=11.64)
    published = [0, 0.05077821, 0.09916088, 0.14542507, 0.1897993]
    published += [0.23247466, 0.27361274, 0.31335159, 0.35181024, 0.38909211]
    assert model.expected_purchases_of_new(range(10)) == pytest.approx(published, abs=1e-8)


def test_fhl_2005_jmr_cross_check_of_39_weeks_at_78_week_parameters(
    cdnow: pd.DataFrame, cdnow_78_weeks: pd.DataFrame
) -> None:
    model = ParetoNBD().fit(cdnow_78_weeks)
    assert model.log_likelihood(cdnow) == pytest.approx(-9608, abs=0.6)
    assert model.log_likelihood(cdnow) == pytest.approx(-9608.25, abs=0.01)


def test_fhs_table_3_bg_bb(bg_bb: BGBB, donors: pd.DataFrame) -> None:
    assert donors["donors"].sum() == 11104
    assert (donors["donors"] * donors["frequency"]).sum() == 24615
    assert list(bg_bb.parameters_.values()) == pytest.approx([1.204, 0.750, 0.657, 2.783], abs=2e-3)
    assert list(bg_bb.parameters_.values()) == pytest.approx([1.203522, 0.749716, 0.656718, 2.783443], abs=5e-6)
    assert bg_bb.log_likelihood_ == pytest.approx(-33225.581274, abs=1e-5)


def test_fhs_figure_4_donors_with_no_and_with_six_gifts(bg_bb: BGBB) -> None:
    expected = 11104 * bg_bb.repeat_purchase_probabilities(6, 6)
    assert expected[[0, 6]] == pytest.approx([3454.9, 1253.1], abs=0.2)
    assert expected.sum() == pytest.approx(11104)


def test_fhs_table_alive_at_the_next_occasion(bg_bb: BGBB, donors: pd.DataFrame) -> None:
    """Whoever gave last year may leave before the next: the chance is .93, not one, and 42.6 % can give again."""
    histories = pd.DataFrame({"frequency": [0, 2, 6], "last_occasion": [0, 4, 6], "occasions": [6, 6, 6]})
    assert bg_bb.probability_alive(histories) == pytest.approx([0.11, 0.59, 0.93], abs=0.005)
    assert bg_bb.forecast(histories, 5)["probability_alive"].tolist() == bg_bb.probability_alive(histories).tolist()
    weights = donors["donors"] / donors["donors"].sum()
    assert bg_bb.probability_alive(donors) @ weights == pytest.approx(0.426, abs=0.0005)
