"""Searches by way of samples of the customers, where a sample says nothing of what is sought."""

import numpy as np
import pandas as pd
import pytest

from helpers.value import BGNBD

# Few buy again, and a fit may warn of it.
pytestmark = pytest.mark.filterwarnings("ignore::helpers.value.FitWarning")
SAMPLE = 250


def seldom_again(customers: int = 2_000, one_in: int = 20) -> pd.DataFrame:
    """Customers of whom few bought again; every eighth is taken for the sample, and none of those did."""
    rng = np.random.default_rng(4)
    age = rng.uniform(20.0, 60.0, customers)
    frequency = np.zeros(customers)
    again = frequency[5::one_in]
    again += 1 + rng.poisson(2.0, len(again))
    last = np.where(frequency > 0, age * rng.uniform(0.05, 0.9, customers), 0.0)
    assert not frequency[customers // SAMPLE - 1 :: customers // SAMPLE].any()
    return pd.DataFrame({"frequency": frequency, "age_at_last_purchase": last, "age": age})


def test_a_sample_in_which_nobody_bought_again_leaves_the_search_to_larger_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = seldom_again()
    full = BGNBD().fit(table)
    monkeypatch.setattr("helpers.value.likelihood.thinning.MANY_ROWS", 10)
    monkeypatch.setattr("helpers.value.lifetime.models.base.THINNED_TO", (SAMPLE, 1_500))
    by_samples = BGNBD().fit(table)
    assert by_samples.log_likelihood_ == pytest.approx(full.log_likelihood_, abs=1e-6)
    assert by_samples.parameters_ == pytest.approx(full.parameters_, rel=1e-3)
