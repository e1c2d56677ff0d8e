"""One battery for all transaction models: consistency, gradients, forecasts, recovery of a known truth."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from helpers.core.errors import InputError
from helpers.value import BGBB, BGNBD, MBGNBD, FitWarning, ParetoNBD
from helpers.value.lifetime.models.base import PurchaseModel
from helpers.value.likelihood.uncertainty import parameter_intervals

AGES = ["age_at_last_purchase", "age"]


@pytest.fixture(scope="module")
def customers(case) -> pd.DataFrame:
    return case.sample(3000, seed=7)


@pytest.fixture(scope="module")
def fitted(case, customers: pd.DataFrame) -> PurchaseModel:
    return case.kind().fit(customers)


def with_segment(customers: pd.DataFrame) -> pd.DataFrame:
    return customers.assign(segment=np.random.default_rng(3).integers(0, 2, len(customers)))


def test_truth_is_recovered_within_four_standard_errors(case, fitted: PurchaseModel) -> None:
    table = parameter_intervals(fitted)
    log_error = table["standard_error"] / table["estimate"]
    off = np.log(table["estimate"] / pd.Series(case.parameters)) / log_error
    assert off.abs().max() < 4
    assert fitted.notes_ == ()
    assert fitted.search_spread_ < 1e-3


def test_exact_gradient_agrees_with_finite_differences(case, customers: pd.DataFrame) -> None:
    data = with_segment(customers)
    covariates = {name: ["segment"] for name in case.kind.parameter_names}
    likelihood = case.kind(covariates=covariates).fit(data).likelihood_
    point = np.random.default_rng(1).normal(0, 0.3, 8)
    step = 1e-6 * np.eye(8)
    differences = [(likelihood(point + h).value - likelihood(point - h).value) / 2e-6 for h in step]
    assert likelihood(point).gradient == pytest.approx(differences, rel=1e-5, abs=1e-3)


def test_no_point_nearby_is_more_likely(fitted: PurchaseModel) -> None:
    likelihood, top = fitted.likelihood_, fitted.fitting_point_ - fitted.scale_shift_
    steps = np.random.default_rng(2).normal(0, 0.05, (50, len(top)))
    assert max(likelihood(top + step).value for step in steps) < likelihood(top).value


def test_weighted_distinct_rows_equal_exploded_rows(case, customers: pd.DataFrame) -> None:
    few = customers.head(400).drop(columns="alive")
    weights = np.random.default_rng(4).integers(0, 4, len(few))
    weighted = case.kind().fit(few, sample_weight=weights)
    exploded = case.kind().fit(few.loc[few.index.repeat(weights)].sample(frac=1, random_state=1))
    assert weighted.parameters_ == pytest.approx(exploded.parameters_, rel=1e-4)
    assert weighted.log_likelihood_ == pytest.approx(exploded.log_likelihood_, abs=1e-6)
    assert weighted.n_customers_ == weights.sum()


def test_no_covariates_equal_the_plain_model(case, customers: pd.DataFrame, fitted: PurchaseModel) -> None:
    assert case.kind(covariates={}).fit(customers).parameters_ == fitted.parameters_


def test_a_covariate_without_effect_leaves_the_fit_alone(case, customers: pd.DataFrame, fitted: PurchaseModel) -> None:
    name = case.kind.parameter_names[0]
    model = case.kind(covariates={name: ["segment"]}).fit(with_segment(customers))
    table = parameter_intervals(model)
    effect = table.loc[f"{name}:segment"]
    assert effect["low"] < 0 < effect["high"]
    assert 0 <= model.log_likelihood_ - fitted.log_likelihood_ < 4


def test_a_covariate_splits_customers_as_two_models_do(case) -> None:
    """All parameters moved by a flag: the same likelihood as one model for each group."""
    parts = [case.sample(1500, seed=seed).assign(segment=seed) for seed in (0, 1)]
    covariates = {name: ["segment"] for name in case.kind.parameter_names}
    joint = case.kind(covariates=covariates).fit(pd.concat(parts, ignore_index=True))
    apart = [case.kind().fit(part) for part in parts]
    assert joint.log_likelihood_ == pytest.approx(sum(model.log_likelihood_ for model in apart), abs=1e-4)
    second = joint.expected_purchases(parts[1], 5)
    assert second == pytest.approx(apart[1].expected_purchases(parts[1], 5), rel=1e-3)


def test_effect_of_a_covariate_is_recovered() -> None:
    rng = np.random.default_rng(5)
    groups = []
    for flag in (0, 1):
        truth = BGNBD.from_parameters(r=0.6, alpha=3.0 * np.exp(-0.8 * flag), a=0.8, b=2.4)
        groups.append(truth.sample_histories(np.full(3000, 40.0), rng).assign(loyalty_card=flag))
    model = BGNBD(covariates={"alpha": ["loyalty_card"]}).fit(pd.concat(groups, ignore_index=True))
    row = parameter_intervals(model).loc["alpha:loyalty_card"]
    assert row["low"] < -0.8 < row["high"]
    assert row["standard_error"] < 0.1


@pytest.mark.parametrize("kind", [BGNBD, MBGNBD, ParetoNBD])
@pytest.mark.parametrize("factor", [7.0, 1 / 52, 1e4])
def test_rescaled_time_gives_the_same_answer(kind: type[PurchaseModel], factor: float, cdnow: pd.DataFrame) -> None:
    weeks, other = kind().fit(cdnow), kind().fit(cdnow.assign(**{age: cdnow[age] * factor for age in AGES}))
    scaled = {name: value * (factor if name in ("alpha", "beta") else 1) for name, value in weeks.parameters_.items()}
    assert other.parameters_ == pytest.approx(scaled, rel=1e-5)
    jacobian = cdnow["frequency"].sum() * np.log(factor)
    assert other.log_likelihood_ == pytest.approx(weeks.log_likelihood_ - jacobian, rel=1e-9)
    rescaled = cdnow.assign(**{age: cdnow[age] * factor for age in AGES})
    assert other.expected_purchases(rescaled, 39 * factor) == pytest.approx(
        weeks.expected_purchases(cdnow, 39), rel=1e-5
    )


def test_order_of_customers_does_not_matter(case, customers: pd.DataFrame, fitted: PurchaseModel) -> None:
    shuffled = customers.sample(frac=1, random_state=3)
    again = case.kind().fit(shuffled)
    assert again.parameters_ == pytest.approx(fitted.parameters_, rel=1e-6)
    assert again.probability_alive(shuffled) == pytest.approx(fitted.probability_alive(shuffled), rel=1e-6)


@pytest.mark.parametrize("samples", [(10,), (300,), (10, 300)])  # ten customers lead astray, three hundred do not
def test_thinned_search_ends_where_the_full_search_does(
    case, samples: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    customers = case.sample(2000, seed=8)
    full = case.kind().fit(customers)
    monkeypatch.setattr("helpers.value.likelihood.thinning.MANY_ROWS", 10)
    monkeypatch.setattr("helpers.value.lifetime.models.base.THINNED_TO", samples)
    thinned = case.kind().fit(customers)
    assert thinned.log_likelihood_ == pytest.approx(full.log_likelihood_, abs=1e-6)
    assert thinned.parameters_ == pytest.approx(full.parameters_, rel=1e-3)


def test_histories_changed_after_the_fit_are_checked_and_counted_anew(case, customers: pd.DataFrame) -> None:
    """The rows of a fit are used again only for the same histories."""
    model, (frequency, last, age) = case.kind().fit(customers), case.kind.history_columns
    same, changed = customers.copy(), customers.copy()
    changed.loc[changed.index[0], age] += 40
    assert model.probability_alive(same) == pytest.approx(model.probability_alive(customers.head(len(customers))))
    assert model.probability_alive(changed)[0] != model.probability_alive(same)[0]
    changed.loc[changed.index[0], last] = changed.loc[changed.index[0], age] + 1
    with pytest.raises(InputError, match=f"{last} is above {age}"):
        model.probability_alive(changed)
    with pytest.raises(InputError, match=f"column '{frequency}' holds (str|object)"):
        model.probability_alive(same.astype({frequency: str}))


def test_purchase_probabilities_agree_with_the_expectation(case, customers: pd.DataFrame) -> None:
    few, horizon = customers.head(40), 4
    probabilities = case.stated.purchase_probabilities(few, horizon, 250)
    assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-6)
    assert probabilities @ np.arange(251) == pytest.approx(case.stated.expected_purchases(few, horizon), rel=1e-4)


def test_drawn_futures_agree_with_the_expectation(case, customers: pd.DataFrame) -> None:
    model, draws = case.stated, 20_000
    few = customers.sort_values("frequency").iloc[[0, 1500, 2900]]
    drawn = model.draw_purchases(few.loc[few.index.repeat(draws)], [0, 2, 5], np.random.default_rng(6))
    drawn = drawn.reshape(3, draws, 2)
    for end, total in ((2, drawn[..., 0]), (5, drawn.sum(axis=2))):
        error = total.std(axis=1) / np.sqrt(draws)
        assert (np.abs(total.mean(axis=1) - model.expected_purchases(few, end)) < 4.5 * error + 1e-9).all()


def test_discounting_by_nothing_is_the_plain_expectation(case, customers: pd.DataFrame) -> None:
    few = customers.head(50)
    table = case.stated.forecast(few, 12, 0.0)
    assert table["discounted_purchases"].to_numpy() == pytest.approx(table["expected_purchases"].to_numpy(), rel=1e-9)
    assert (case.stated.discounted_purchases(few, 12, 0.02) < table["expected_purchases"]).all()


def test_a_far_horizon_comes_to_the_value_for_ever(case, customers: pd.DataFrame) -> None:
    few = customers.head(20)
    for_ever = case.stated.discounted_purchases(few, None, 0.01)
    assert case.stated.discounted_purchases(few, 3_800, 0.01) == pytest.approx(for_ever, rel=1e-8)


def test_forecasts_for_simulated_customers_are_right_on_average(case) -> None:
    """Whole cohort: mean P(alive) against the hidden truth, and repeat purchases against the expectation."""
    customers = case.sample(40_000, seed=9)
    alive = case.stated.probability_alive(customers)
    error = np.sqrt((alive * (1 - alive)).sum()) / len(alive)
    assert alive.mean() == pytest.approx(customers["alive"].mean(), abs=4.5 * error)
    assert ((alive >= 0) & (alive <= 1)).all()
    ages = customers.iloc[:, 2]
    expected = case.stated.expected_purchases_of_new(np.unique(ages))
    mean = expected[np.searchsorted(np.unique(ages), ages)].mean()
    assert customers["frequency"].mean() == pytest.approx(mean, abs=4.5 * customers["frequency"].std() / 200)


def test_model_is_a_scikit_learn_estimator(case, customers: pd.DataFrame, fitted: PurchaseModel) -> None:
    copy = clone(case.kind(time_unit="days"))
    assert copy.get_params() == {"covariates": None, "time_unit": "days"}
    assert fitted.score(customers) == pytest.approx(fitted.log_likelihood_ / len(customers), rel=1e-9)
    assert fitted.at(fitted.fitting_point_).parameters_ == pytest.approx(fitted.parameters_, rel=1e-12)


def test_one_time_buyers_only_are_refused_with_a_remedy(case, customers: pd.DataFrame) -> None:
    last = case.kind.history_columns[1]
    silent = customers.assign(frequency=0, **{last: 0})
    with pytest.raises(InputError, match=r"all 3,000 customers are one-time buyers(.|\n)*remedy: observe longer"):
        case.kind().fit(silent)


def test_too_few_repeaters_are_named(case, customers: pd.DataFrame) -> None:
    repeaters = customers[customers["frequency"] > 0].head(20)
    few = pd.concat([repeaters, customers[customers["frequency"] == 0].head(60)])
    with pytest.warns(FitWarning, match="20 of 80 customers bought again, too few"):
        model = case.kind().fit(few)
    assert any("pool this group" in note.remedy for note in model.notes_)


def test_data_that_do_not_tell_a_parameter_are_named() -> None:
    """Customers who all buy at one rate and never leave: neither spread nor drop-out can be known."""
    rng = np.random.default_rng(10)
    age = np.full(2000, 50.0)
    count = rng.poisson(5.0, 2000).clip(1)
    last = age * rng.random(2000) ** (1 / count)
    steady = pd.DataFrame({"frequency": count, "age_at_last_purchase": last, "age": age})
    with pytest.warns(FitWarning, match=r"^all customers buy at one rate, 0\.10(.|\n)*hardly anybody drops out"):
        model = BGNBD().fit(steady)
    assert model.expected_purchases(steady, 10).mean() == pytest.approx(1.0, rel=0.05)


def test_stated_parameters_are_checked_together() -> None:
    with pytest.raises(InputError) as caught:
        BGNBD.from_parameters(r=0.2, alpha=-1, a=0.8, bb=2)
    assert len(caught.value.faults) == 3
    for what in ("unknown parameter 'bb'", "parameter 'b' is missing", r"alpha = -1\.0"):
        assert caught.match(what)


def test_horizon_is_checked(fitted: PurchaseModel, customers: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="horizon -1"):
        fitted.expected_purchases(customers, -1)
    with pytest.raises(InputError, match="horizon nan"):
        fitted.expected_purchases(customers, float("nan"))
    with pytest.raises(InputError, match="above 0 without a horizon"):
        fitted.discounted_purchases(customers, None, 0.0)


def test_whole_occasions_only() -> None:
    model = BGBB.from_parameters(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8)
    donor = pd.DataFrame({"frequency": [3], "last_occasion": [5], "occasions": [6]})
    with pytest.raises(InputError, match=r"horizon 2\.5(.|\n)*whole number of occasions"):
        model.expected_purchases(donor, 2.5)
