"""Fits at the edge of what data can tell: the cause first, then the remedy; and what no fit can be made of."""

import warnings

import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.value import BGNBD, MBGNBD, FitWarning, GammaGamma, ParetoNBD
from helpers.value.lifetime.assessment import tabulate_parameters
from helpers.value.lifetime.models.base import PurchaseModel, RowLikelihood
from helpers.value.likelihood.fitted import LogScaleModel
from helpers.value.likelihood.maximum_likelihood import Evaluation

MODELS = [BGNBD, MBGNBD, ParetoNBD]


@pytest.fixture(params=MODELS, ids=lambda kind: kind.__name__)
def kind(request: pytest.FixtureRequest) -> type[PurchaseModel]:
    return request.param


@pytest.fixture(scope="module")
def histories() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    truth = BGNBD.from_parameters(r=0.6, alpha=3.0, a=0.8, b=2.4)
    return truth.sample_histories(np.floor(rng.uniform(30, 52, 800)), rng).drop(columns="alive")


def steady(customers: int = 400, seed: int = 12) -> pd.DataFrame:
    """Customers who all buy at one rate, and stay."""
    rng = np.random.default_rng(seed)
    age = np.full(customers, 40.0)
    count = rng.poisson(4.0, customers).astype(float)
    last = np.where(count > 0, age * rng.random(customers) ** (1 / np.maximum(count, 1)), 0.0)
    return pd.DataFrame({"frequency": count, "age_at_last_purchase": last, "age": age})


def one_row(frame: pd.DataFrame, **values: float) -> pd.DataFrame:
    """Return the histories with other values for one who bought again."""
    row = frame.index[frame["frequency"] > 0][0]
    changed = frame.copy()
    for name, value in values.items():
        changed[name] = changed[name].astype(float)
        changed.loc[row, name] = value
    return changed


def notes(model: LogScaleModel, *args: object, **options: object) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)
        said = model.fit(*args, **options).notes_
    assert all(note.remedy for note in said)
    return [note.what for note in said]


def test_nobody_who_drops_out_is_reported_first_and_no_search_that_stopped(kind: type[PurchaseModel]) -> None:
    said = notes(kind(), steady())
    assert any(what.startswith("hardly anybody drops out") for what in said)
    assert not any("search stopped" in what for what in said)
    assert all(what.startswith(("hardly anybody drops out", "all customers buy at one rate")) for what in said)


def test_one_rate_for_all_is_reported_with_the_rate(kind: type[PurchaseModel]) -> None:
    same = pd.DataFrame({"frequency": 2, "age_at_last_purchase": 20.0, "age": 30.0}, index=range(60))
    said = notes(kind(), same)
    assert said[0].startswith("all customers buy at one rate, 0.0667 per time unit")
    assert not any("search stopped" in what for what in said)


def test_a_reseller_is_reported_by_count(kind: type[PurchaseModel], histories: pd.DataFrame) -> None:
    said = notes(kind(), one_row(histories.head(200), frequency=500_000, age_at_last_purchase=20.0))
    assert said[0].startswith("one customer made 500,000 repeat purchases, half of those who bought again ")
    assert not any("search stopped" in what for what in said)


def test_customers_who_stay_for_ever_or_leave_at_once_are_reported() -> None:
    customers = steady().assign(age_at_last_purchase=lambda frame: frame["age"].where(frame["frequency"] > 0, 0.0))
    extra = pd.DataFrame({"frequency": 0.0, "age_at_last_purchase": 0.0, "age": 40.0}, index=range(300))
    said = notes(MBGNBD(), pd.concat([customers, extra], ignore_index=True))
    assert any(what.startswith("customers either stay for ever or drop out at once, 42 %") for what in said)


def test_a_covariate_that_separates_is_named_and_nothing_else_is_blamed(
    kind: type[PurchaseModel], histories: pd.DataFrame
) -> None:
    """Whether a customer ever bought again, made from the frequency itself: the effect has no end."""
    data = histories.head(300).assign(again=lambda frame: (frame["frequency"] > 0).astype(float))
    first, *others = notes(kind({"alpha": ["again"]}), data)
    assert first.startswith("covariate 'again' separates customers: over its range alpha changes by a factor of ")
    assert "(effect -" in first
    assert not any("alpha =" in what or "search stopped" in what for what in others)


def test_a_large_effect_within_reason_is_no_separation(kind: type[PurchaseModel], histories: pd.DataFrame) -> None:
    often = (histories["frequency"] > 2).astype(float).mask(histories.index % 3 == 0, 0.0)
    assert notes(kind({"alpha": ["often"]}), histories.assign(often=often)) == []


def test_a_covariate_of_drop_out_must_vary_among_those_who_bought_again(histories: pd.DataFrame) -> None:
    """In the BG/NBD only a repeat purchase is a chance to drop out; in the MBG/NBD the first purchase is one too."""
    data = histories.assign(again=(histories["frequency"] > 0).astype(float))
    with pytest.raises(InputError, match=r"constant covariate for 'a': 'again' among customers who bought again"):
        BGNBD({"a": ["again"]}).fit(data)
    assert notes(MBGNBD({"a": ["again"]}), data)[0].startswith("covariate 'again' separates customers")


def test_an_effect_that_nobody_tells_is_named(kind: type[PurchaseModel], histories: pd.DataFrame) -> None:
    row = histories.index[histories["frequency"] > 3][0]
    (said,) = notes(kind({"alpha": ["one"]}), histories.assign(one=(histories.index == row).astype(float)))
    assert said.startswith("the data do not tell the effect of 'one' on alpha")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"frequency": 2.0**53}, r"frequency is 2\^53 or more and no exact number"),
        ({"frequency": 2.0**40}, "frequency is more than a million times its median, 2, in 1 row"),
        ({"age": 2.0**63}, r"age is 2\^53 or more in 1 row"),
        ({"age": 1e9}, "age is more than a million times its median"),
    ],
)
def test_what_no_double_tells_apart_is_refused(
    kind: type[PurchaseModel], histories: pd.DataFrame, values: dict[str, float], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        kind().fit(one_row(histories, **values))


def test_a_search_that_gained_nothing_is_refused(
    kind: type[PurchaseModel], histories: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helpers.value.lifetime.models.rows.FAR_FROM_THE_REST", 1e30)
    with pytest.raises(InputError, match=r"could not leave its start(.|\n)*overflowed"):
        kind().fit(one_row(histories, frequency=2.0**52))


def spenders(spend: object, frequency: object = 3) -> pd.DataFrame:
    return pd.DataFrame({"frequency": frequency, "mean_repeat_spend": spend})


def test_constant_spend_is_reported_first_and_alone() -> None:
    said = notes(GammaGamma(), spenders(np.full(200, 9.99), np.arange(200) % 4 + 1))
    assert said == ["all spend the same, 9.99 per purchase: nothing to learn from"]


def test_customers_who_all_spend_alike_are_reported() -> None:
    """One customer of two hundred spends a little less."""
    said = notes(GammaGamma(), spenders(np.r_[9.0, np.full(199, 10.0)]))
    assert said[0].startswith("all customers spend alike, 9.99")
    assert not any("search stopped" in what for what in said)


def test_customers_whose_own_spend_never_varies_are_reported() -> None:
    """Few purchases or many, the means spread alike: none of it is chance within a customer."""
    own = 100 / np.random.default_rng(14).gamma(5, 1, 4000)
    said = notes(GammaGamma(), spenders(own, np.tile([200, 1], 2000)))
    assert said[0].startswith("a customer spends the same at every purchase (p = ")


def test_spend_far_from_all_others_is_refused() -> None:
    usual = np.random.default_rng(13).gamma(5, 10, 100)
    for value, message in ((1e12, "more than a million times its median"), (1e-300, "less than a millionth of its")):
        with pytest.raises(InputError, match=f"mean_repeat_spend is {message}(.|\\n)*in 1 row: 0"):
            GammaGamma().fit(spenders(np.r_[value, usual]))


@pytest.mark.filterwarnings("ignore::helpers.value.FitWarning")
@pytest.mark.parametrize("seed", range(4))
def test_drop_out_of_1e_11_cannot_be_known(kind: type[PurchaseModel], seed: int) -> None:
    """Customers who never leave: no count of those still customers may be read from such a fit."""
    rng = np.random.default_rng(seed)
    age = rng.uniform(20, 52, 600)
    count = rng.poisson(rng.gamma(1.5, 1 / 8, 600) * age).astype(float)
    last = np.where(count > 0, age * rng.random(600) ** (1 / np.maximum(count, 1)), 0.0)
    history = pd.DataFrame({"frequency": count, "age_at_last_purchase": last, "age": age})
    assert not kind().fit(history).drop_out_identified


def test_drop_out_that_happens_is_reported(kind: type[PurchaseModel], histories: pd.DataFrame) -> None:
    assert kind().fit(histories).drop_out_identified
    assert BGNBD.from_parameters(r=0.6, alpha=3.0, a=1e-9, b=1.0).drop_out_identified  # stated, so known


@pytest.mark.filterwarnings("ignore::helpers.value.FitWarning")
def test_parameters_on_a_ridge_are_not_identified_and_not_printed(histories: pd.DataFrame) -> None:
    """Only the ratio of two is identified: where the search stops on the ridge is the machine's rounding."""
    ridge = ParetoNBD().fit(steady())
    assert {"s", "beta"} <= set(ridge.not_identified_)
    table = tabulate_parameters({"pareto_nbd": ridge}).set_index("parameter")
    assert table.loc[list(ridge.not_identified_), ["estimate", "low", "high"]].isna().all(axis=None)
    settled = BGNBD().fit(histories)
    assert settled.not_identified_ == ()
    assert tabulate_parameters({"bg_nbd": settled})["estimate"].notna().all()


def test_nobody_who_drops_out_is_found_in_a_few_evaluations(
    kind: type[PurchaseModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the values are all noise a search went on for hundreds of steps: thousands of evaluations of BG/NBD."""
    rng = np.random.default_rng(1)
    age = rng.uniform(20, 100, 2500)
    count = rng.poisson(rng.gamma(1.2, 1 / 8, 2500) * age).astype(float)
    last = np.where(count > 0, age * rng.beta(np.maximum(count, 1), 1), 0.0)
    asked = []
    whole = RowLikelihood.__call__

    def counted(self: RowLikelihood, point: np.ndarray) -> Evaluation:
        asked.append(len(point))
        return whole(self, point)

    monkeypatch.setattr(RowLikelihood, "__call__", counted)
    said = notes(kind(), pd.DataFrame({"frequency": count, "age_at_last_purchase": last, "age": age}))
    assert said[0].startswith("hardly anybody drops out")
    assert len(asked) < 400
