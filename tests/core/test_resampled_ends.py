"""Ends of intervals from resamples: plain percentiles of large samples, wider ones of small."""

import numpy as np
import pytest

from helpers.core.resampled_ends import resampled_ends


@pytest.mark.parametrize("count", [8, 12])
def test_the_mean_of_a_few_is_held_as_often_as_stated(count):
    """Plain percentiles hold it too seldom."""
    rng = np.random.default_rng(3)
    held, plain = [], []
    for _ in range(2000):
        values = rng.normal(size=count)
        drawn = values[rng.integers(0, count, (400, count))].mean(axis=1)
        low, high = resampled_ends(drawn, count, confidence=0.95)
        held.append(low <= 0 <= high)
        plain.append(np.quantile(drawn, 0.025) <= 0 <= np.quantile(drawn, 0.975))
    assert 0.92 <= np.mean(held) <= 0.98
    assert np.mean(plain) < 0.92


def test_of_a_large_sample_they_are_percentiles():
    drawn = np.random.default_rng(1).normal(size=(999, 2))
    found = resampled_ends(drawn, 10**7, confidence=0.9)
    assert np.allclose(found, np.quantile(drawn, [0.05, 0.95], axis=0), atol=1e-4)
