"""CDNOW and the donors as the value models take them, and one case for each transaction model."""

import pytest
from tests.purchase_cases import CASES, ModelCase
from tests.purchase_histories import cdnow, cdnow_78_weeks, cdnow_cohort, cdnow_lines, donors

__all__ = ["case", "cdnow", "cdnow_78_weeks", "cdnow_cohort", "cdnow_lines", "donors"]


@pytest.fixture(params=CASES, scope="module")
def case(request: pytest.FixtureRequest) -> ModelCase:
    return CASES[request.param]
