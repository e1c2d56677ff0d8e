"""Fisher's exact test of many tables: what SciPy finds of each."""

import numpy as np
from scipy.stats import fisher_exact

from helpers.core.exact_tests import fisher_p_values


def test_p_values_are_those_of_scipy_to_the_bit():
    rng = np.random.default_rng(1)
    small = [rng.integers(0, most, size=(60, 4)) for most in (2, 3, 6, 30, 300)]
    groups = rng.integers([0, 500, 0, 100], [200, 2400, 300, 2400], size=(60, 4))
    tables = np.concatenate([*small, groups])

    one_by_one = [float(fisher_exact(table.reshape(2, 2)).pvalue) for table in tables]

    assert fisher_p_values(tables).tolist() == one_by_one
