"""Groups of equal size."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.core.errors import InputError
from helpers.core.groups import equal_groups


@given(st.lists(st.integers(-3, 3), min_size=10, max_size=60), st.integers(1, 10), st.randoms(use_true_random=False))
def test_sizes_differ_by_one_at_most_and_the_order_of_rows_does_not_matter(values, n_groups, random):
    frame = pd.DataFrame({"value": np.array(values, dtype=float), "key": np.arange(len(values))})
    groups = equal_groups(frame["value"], frame["key"], n_groups=n_groups)
    sizes = np.bincount(groups, minlength=n_groups + 1)[1:]
    assert sizes.max() - sizes.min() <= 1
    shuffled = frame.sample(frac=1, random_state=random.randint(0, 10_000))
    again = pd.Series(equal_groups(shuffled["value"], shuffled["key"], n_groups=n_groups), index=shuffled.index)
    assert again.sort_index().tolist() == groups.tolist()


@given(st.lists(st.floats(-1e6, 1e6), min_size=5, max_size=40))
def test_nobody_in_a_worse_group_has_more_than_anybody_in_a_better_one(values):
    series = pd.Series(values)
    groups = equal_groups(series, pd.Series(range(len(values))), n_groups=5)
    for better in range(1, 5):
        assert series[groups == better].min() >= series[groups == better + 1].max()


def test_text_keys_break_ties_in_alphabetical_order():
    assert equal_groups(pd.Series([1.0, 1.0]), pd.Series(["b", "a"]), n_groups=2).tolist() == [2, 1]


@pytest.mark.parametrize(
    ("values", "keys", "n_groups", "message"),
    [
        ([1.0, 2.0], [1, 1], 2, "a key stands for more than one row"),
        ([1.0, None], [1, 2], 2, "1 values are missing"),
        ([1.0, 2.0], [1, 2], 3, "n_groups: 2 customers are too few for 3 groups"),
    ],
)
def test_what_cannot_be_grouped_is_refused(values, keys, n_groups, message):
    with pytest.raises(InputError, match=message):
        equal_groups(pd.Series(values, dtype=float), pd.Series(keys), n_groups=n_groups)
