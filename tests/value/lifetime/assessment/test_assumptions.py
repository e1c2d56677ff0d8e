"""What the models suppose: random moments, spend apart from frequency; and what is reported of their parameters."""

from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest

from helpers.value.lifetime import assessment
from helpers.value.lifetime.contracts import ShiftedBetaGeometric, contracts_from_survivors
from helpers.value.lifetime.models import BGNBD

START = date(2020, 1, 1)


def lines_with_gaps(shape: float, customers: int = 800) -> ibis.Table:
    """Purchases whose gaps follow gamma distributions of one shape and means of the customers' own."""
    rng = np.random.default_rng(4)
    means = rng.uniform(60, 300, customers)
    gaps = np.maximum(rng.gamma(shape, means[:, None] / shape, (customers, 3)).round(), 1).cumsum(axis=1)
    rows = [
        {"customer_id": who, "time": START + timedelta(days=int(day)), "amount": 10.0}
        for who in range(customers)
        for day in (0, *gaps[who])
    ]
    return ibis.memtable(pd.DataFrame(rows))


@pytest.mark.parametrize(("shape", "manner"), [(1.0, "random"), (3.0, "habit"), (0.4, "bursts")])
def test_regularity_finds_the_shape_of_gaps(shape, manner):
    found = assessment.purchase_regularity(lines_with_gaps(shape), as_of=date(2100, 1, 1))
    assert found.low < shape < found.high
    assert found.manner == manner
    assert found.customers == 800


def test_only_the_last_two_gaps_count():
    first = np.random.default_rng(6).integers(1, 300, 40)
    rows = [
        {"customer_id": who, "time": START + timedelta(days=int(day)), "amount": 1.0}
        for who, gap in enumerate(first)
        for day in (0, gap, gap + 20, gap + 40)
    ]
    found = assessment.purchase_regularity(ibis.memtable(pd.DataFrame(rows)), as_of=date(2100, 1, 1))
    assert found.manner == "habit"
    assert found.estimate > 1000


def test_cdnow_customers_buy_at_random_moments(cdnow_lines):
    found = assessment.purchase_regularity(cdnow_lines, as_of=date(1998, 7, 1))
    assert found.manner == "random"
    assert found.estimate == pytest.approx(1.0, abs=0.1)


def test_too_few_customers_leave_regularity_unknown():
    found = assessment.purchase_regularity(lines_with_gaps(1.0, customers=29), as_of=date(2100, 1, 1))
    assert np.isnan(found.estimate)
    assert (found.manner, found.customers) == ("unknown", 29)


def test_mean_spend_by_frequency(cdnow, spend):
    table = assessment.spend_by_frequency(cdnow, spend)
    assert table["customers"].tolist() == [439, 214, 100, 62, 38, 29, 64]
    assert table["customers"] @ table["spend"] / 946 == pytest.approx(35.08, abs=0.005)
    assert (table["expected"] == spend.population_mean_).all()
    assert ((table["low"] < table["spend"]) & (table["spend"] < table["high"])).all()


def test_the_mean_of_a_single_customer_has_no_interval(cdnow, spend):
    alone = cdnow[cdnow["frequency"].isin([1, 29])]
    table = assessment.spend_by_frequency(alone, spend, largest=30)
    assert table.loc[29, "customers"] == 1
    assert np.isnan(table.loc[29, "low"])


def test_parameters_stand_with_intervals_units_and_meaning(models, spend):
    table = assessment.tabulate_parameters({**models, "gamma_gamma": spend}).set_index(["model", "parameter"])
    assert table.loc[("bg_nbd", "alpha"), "estimate"] == pytest.approx(4.414, abs=1e-3)
    assert table.loc[("bg_nbd", "alpha"), "unit"] == "weeks"
    assert table.loc[("gamma_gamma", "gamma"), "unit"] == "money"
    assert ((table["low"] < table["estimate"]) & (table["estimate"] < table["high"])).all()
    read = assessment.parameters_to_read(table.reset_index())
    assert read.loc[1, "estimate"] == pytest.approx(4.414, abs=1e-3)
    assert read.loc[1, "meaning"] == "scale of purchase rates, weeks"
    assert read["model"].drop_duplicates().tolist() == ["BG/NBD", "MBG/NBD", "Pareto/NBD", "Gamma-Gamma"]
    named = assessment.parameters_by_name(table.reset_index())
    assert named.loc["bg_nbd_alpha"].tolist() == table.loc[("bg_nbd", "alpha"), ["estimate", "low", "high"]].tolist()


def test_parameters_that_the_data_do_not_tell_have_no_interval(cdnow):
    not_identified = BGNBD().fit(cdnow)
    not_identified._information = np.zeros((4, 4))
    table = assessment.parameters_to_read(assessment.tabulate_parameters({"bg_nbd": not_identified}))
    assert table["low"].isna().all()
    assert table["estimate"].notna().all()


def test_a_model_without_meanings_is_a_mistake_of_the_caller():
    rows = contracts_from_survivors([100, 80, 70])
    model = ShiftedBetaGeometric().fit(rows, sample_weight=rows["customers"])
    with pytest.raises(KeyError, match="sbg_alpha"):
        assessment.tabulate_parameters({"sbg": model})
