"""The simulated company against its truth: at the default error level, and over levels of error."""

import pandas as pd
import pytest
from tests.linkage_error_levels import LEVELS, TABLE, link_at

DEFAULT = 0.04
SHARES = ["precision", "recall", "f1"]


@pytest.fixture(scope="module")
def committed() -> pd.DataFrame:
    return pd.read_csv(TABLE)


def test_precision_and_recall_at_the_default_level_are_those_asked_for(committed):
    """Issue 3 asks for 0.97 of both."""
    found = link_at([DEFAULT])
    assert found[["precision", "recall"]].min(axis=None) >= 0.97
    stated = committed[committed["error_level"] == DEFAULT].reset_index(drop=True)
    pd.testing.assert_frame_equal(found, stated, check_dtype=False, atol=2e-4)


def test_the_curve_covers_from_none_to_five_times_the_default(committed):
    assert committed["error_level"].tolist() == list(LEVELS)
    assert committed["f1"].iloc[-1] == committed["f1"].min() > 0.97


@pytest.mark.slow
def test_the_table_is_what_the_linkage_reaches(committed):
    pd.testing.assert_frame_equal(link_at(LEVELS), committed, check_dtype=False, atol=2e-4)
