"""Ends of intervals from resamples: plain percentiles of large samples, wider ones of small."""

import numpy as np
import pytest

from helpers.core.resampled_ends import resampled_ends, resampled_share_ends


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


def test_a_small_share_of_few_is_held_and_never_leaves_its_range():
    rng = np.random.default_rng(4)
    held = []
    for _ in range(1000):
        parts = rng.lognormal(size=(40, 2)) * [1.0, 12.0]
        drawn = parts[rng.integers(0, 40, (400, 40))].mean(axis=1)
        share, shares = parts[:, 0].mean() / parts.mean(axis=0).sum(), drawn[:, 0] / drawn.sum(axis=1)
        low, high = resampled_share_ends(np.array([share]), shares[:, None], 40, confidence=0.95)
        assert 0 < low[0] < share < high[0] < 1
        held.append(low[0] <= 1 / 13 <= high[0])
    assert 0.92 <= np.mean(held) <= 0.98


def test_a_share_of_nothing_has_ends_that_are_numbers():
    ends = resampled_share_ends(np.array([0.0, 1.0]), np.array([[0.0, 1.0], [0.1, 0.9]]), 50, confidence=0.95)
    assert np.isfinite(ends).all()
