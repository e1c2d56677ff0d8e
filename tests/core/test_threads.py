"""Linear algebra in one thread, within a fit and no longer."""

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from helpers.core.threads import one_blas_thread
from helpers.value import BGNBD


def blas_threads() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_there_is_one_thread_within_and_as_many_as_before_after() -> None:
    with threadpool_limits(limits=2, user_api="blas"):
        with one_blas_thread():
            assert blas_threads() == {1}
        assert blas_threads() == {2}


def test_the_threads_come_back_after_an_error() -> None:
    with threadpool_limits(limits=2, user_api="blas"):
        with pytest.raises(ZeroDivisionError), one_blas_thread():
            raise ZeroDivisionError
        assert blas_threads() == {2}


def test_a_purchase_model_is_fitted_and_forecasts_in_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[set[int]] = []
    plain = BGNBD._log_odds_gone

    def watched(self, theta, rows):
        seen.append(blas_threads())
        return plain(self, theta, rows)

    monkeypatch.setattr(BGNBD, "_log_odds_gone", watched)
    model = BGNBD.from_parameters(r=0.243, alpha=4.414, a=0.793, b=2.426)
    history = pd.DataFrame({"frequency": [2.0], "age_at_last_purchase": [30.43], "age": [38.86]})
    with threadpool_limits(limits=2, user_api="blas"):
        assert np.isfinite(model.forecast(history, 39.0, 0.01).to_numpy()).all()
    assert seen == [{1}]
