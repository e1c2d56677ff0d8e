"""Searches by way of samples of the customers, where a sample says nothing of what is sought."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from helpers.core.arrays import FloatArray
from helpers.value import BGNBD
from helpers.value.lifetime.models.base import RowLikelihood
from helpers.value.likelihood import thinning
from helpers.value.likelihood.maximum_likelihood import Optimum

# Few buy again, and a fit may warn of it.
pytestmark = pytest.mark.filterwarnings("ignore::helpers.value.FitWarning")
SAMPLE = 250


def seldom_again(customers: int = 2_000, one_in: int = 20) -> pd.DataFrame:
    """Customers of whom few bought again; of the sample, every eighth, nobody did."""
    rng = np.random.default_rng(4)
    age = rng.uniform(20.0, 60.0, customers)
    frequency = np.zeros(customers)
    again = frequency[5::one_in]
    again += 1 + rng.poisson(2.0, len(again))
    last = np.where(frequency > 0, age * rng.uniform(0.05, 0.9, customers), 0.0)
    return pd.DataFrame({"frequency": frequency, "age_at_last_purchase": last, "age": age})


def test_a_sample_of_most_customers_is_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    plain = thinning.maximise

    def noted(objective: RowLikelihood, starts: Sequence[FloatArray], **more: Any) -> tuple[Optimum, float]:
        sizes.append(round(float(objective.weight.sum())))
        return plain(objective, starts, **more)

    monkeypatch.setattr(thinning, "maximise", noted)
    monkeypatch.setattr(thinning, "MANY_ROWS", 10)
    monkeypatch.setattr("helpers.value.lifetime.models.base.THINNED_TO", (300, 500))
    BGNBD().fit(seldom_again(800, one_in=2))
    assert sizes == [300, 800]


def test_a_sample_in_which_nobody_bought_again_leaves_the_search_to_larger_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = seldom_again()
    assert not table["frequency"][7::8].any()
    full = BGNBD().fit(table)
    monkeypatch.setattr("helpers.value.likelihood.thinning.MANY_ROWS", 10)
    monkeypatch.setattr("helpers.value.lifetime.models.base.THINNED_TO", (SAMPLE, 900))
    by_samples = BGNBD().fit(table)
    assert by_samples.log_likelihood_ == pytest.approx(full.log_likelihood_, abs=1e-6)
    assert by_samples.parameters_ == pytest.approx(full.parameters_, rel=1e-3)
