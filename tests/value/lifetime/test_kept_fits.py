"""Chapters of one run that fit the same model to the same histories search for its parameters once."""

from collections.abc import Iterator
from itertools import count
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from helpers.core.kept_results import keep_results_with, kept
from helpers.value import BGNBD, MBGNBD, ParetoNBD
from helpers.value.lifetime.models.base import PurchaseModel

# Histories drawn at random show no drop-out, and a fit warns of it: what it says must be found again too.
pytestmark = pytest.mark.filterwarnings("ignore::helpers.value.FitWarning")


calls = count()


def number_of_call(_model: PurchaseModel) -> list[int]:
    return [next(calls)]


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The models that were searched for, while a run keeps results."""
    shelf: dict[str, str] = {}
    done: list[str] = []
    search = PurchaseModel._search

    def noted(self: PurchaseModel, likelihood: object) -> object:
        done.append(type(self).__name__)
        return search(self, likelihood)

    monkeypatch.setattr(PurchaseModel, "_search", noted)
    keep_results_with(SimpleNamespace(read=shelf.get, write=shelf.__setitem__))
    yield done
    keep_results_with(None)


def histories(customers: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    frequency = rng.poisson(rng.gamma(1.0, 2.0, customers))
    age = rng.uniform(20.0, 40.0, customers)
    last = np.where(frequency > 0, age * rng.uniform(0.1, 1.0, customers), 0.0)
    member = rng.random(customers) < 0.5
    return pd.DataFrame({"frequency": frequency, "age_at_last_purchase": last, "age": age, "member": member * 1.0})


@pytest.mark.parametrize("model", [BGNBD(), MBGNBD(), ParetoNBD(), BGNBD(covariates={"alpha": ["member"]})])
def test_the_fit_found_again_is_the_fit_to_the_last_bit(model: PurchaseModel, searches: list[str]) -> None:
    first = {**vars(model.fit(histories()))}
    alive = model.probability_alive(histories())
    again = vars(model.fit(histories()))
    assert searches == [type(model).__name__]
    assert again["parameters_"] == first["parameters_"]
    for name in ("log_likelihood_", "search_spread_", "notes_"):
        assert again[name] == first[name]
    np.testing.assert_array_equal(model.probability_alive(histories()), alive)


def test_another_model_other_histories_weights_or_covariates_are_searched_anew(searches: list[str]) -> None:
    table = histories()
    for _ in range(2):
        BGNBD().fit(table)
        MBGNBD().fit(table)
        BGNBD().fit(table.iloc[1:])
        BGNBD().fit(table, sample_weight=np.r_[2.0, np.ones(len(table) - 1)])
        for parameter in ("alpha", "a"):
            BGNBD(covariates={parameter: ["member"]}).fit(table)
    assert len(searches) == 6


def test_models_of_a_notebook_are_searched_anew_for_two_may_have_one_name(searches: list[str]) -> None:
    for kind in (BGNBD, MBGNBD):
        own = type("Own", (kind,), {"__module__": "__main__"})
        plain = kind().fit(histories())
        assert own().fit(histories()).parameters_ == plain.parameters_
    assert searches == ["BGNBD", "Own", "MBGNBD", "Own"]


def test_without_a_run_nothing_is_kept(searches: list[str]) -> None:
    keep_results_with(None)
    for _ in range(2):
        BGNBD().fit(histories())
    assert len(searches) == 2


def test_fitted_models_are_known_by_covariates_and_rows(searches: list[str]) -> None:
    table = histories()
    plain, other = BGNBD().fit(table), BGNBD().fit(table.iloc[1:])
    first, second = (
        BGNBD(covariates={"alpha": [name]}).fit(table.assign(other=table["age"])) for name in ("member", "other")
    )
    known = [kept(number_of_call, one) for one in (plain, other, first, second, BGNBD().fit(table))]
    assert [number for (number,) in known[:4]] == sorted({number for (number,) in known})
    assert known[4] == known[0]
    assert searches
