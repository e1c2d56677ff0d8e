"""Wrong arguments of the purchase and spend models: one message in words, never an error from beneath."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal

import ibis
import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from tests.purchase_cases import ModelCase

from helpers.core.errors import InputError
from helpers.value import (
    BGNBD,
    FitWarning,
    GammaGamma,
    ValueDefinition,
    cumulative_repeat_purchases,
    draw_lifetime_value,
    estimate_lifetime_value,
    expectation_by,
    forecast_intervals,
    lifetime_value_intervals,
    parameter_intervals,
    profile_intervals,
    purchase_history,
    purchase_intervals,
    repeat_purchase_fit,
    trace_customers,
)
from helpers.value.lifetime.models.base import PurchaseModel

Change = Callable[[pd.DataFrame], object]


@pytest.fixture(scope="module")
def customers(case: ModelCase) -> pd.DataFrame:
    data = case.sample(400, seed=21).drop(columns="alive")
    return data.assign(customer_id=[f"c{row}" for row in data.index], z=np.random.default_rng(1).normal(size=len(data)))


@pytest.fixture(scope="module")
def model(case: ModelCase, customers: pd.DataFrame) -> PurchaseModel:
    return case.kind().fit(customers)


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda _: None, "expected a data frame, got NoneType"),
        (lambda frame: frame["frequency"], "expected a data frame, got Series"),
        (lambda frame: frame.head(0), "no customers"),
        (lambda frame: frame.assign(frequency=np.nan), "missing or infinite in 400 rows"),
        (lambda frame: frame.assign(frequency=None), "column 'frequency' holds object"),
        (lambda frame: frame.assign(frequency="two"), "column 'frequency' holds str"),
        (lambda frame: frame.assign(frequency=[10**30] * 400), "column 'frequency' holds object"),
        (lambda frame: frame.assign(frequency=Decimal(2)), "column 'frequency' holds object"),
        (lambda frame: frame.assign(frequency=frame["frequency"] + 1j), "column 'frequency' holds complex128"),
        (lambda frame: frame.assign(frequency=True), r"column 'frequency' holds bool(.|\n)*into 1 and 0"),
        (lambda frame: frame.assign(frequency=2**63 - 1), r"2\^53 or more and no exact number any more in 400 rows"),
        (lambda frame: pd.concat([frame, frame[["frequency"]]], axis=1), "column 'frequency' is there 2 times"),
        (lambda frame: frame.drop(columns="frequency"), "missing column 'frequency'"),
    ],
)
def test_frames_that_are_no_histories_are_refused_by_fit_and_forecast(
    model: PurchaseModel, customers: pd.DataFrame, change: Change, message: str
) -> None:
    for call in (type(model)().fit, lambda frame: model.forecast(frame, 5)):
        with pytest.raises(InputError, match=message):
            call(change(customers))


def test_all_faults_of_history_covariates_weights_and_customers_come_at_once(
    case: ModelCase, customers: pd.DataFrame
) -> None:
    bad = customers.copy()
    bad.loc[3, "z"], bad.loc[5, bad.columns[2]], bad.loc[7, "customer_id"] = np.nan, -1.0, "c8"
    weights = np.ones(400)
    weights[9] = -1
    with pytest.raises(InputError) as caught:
        case.kind(covariates={case.kind.parameter_names[0]: ["z"]}).fit(bad, sample_weight=weights)
    for message in (
        "is negative in 1 row: 'c5'",
        "z is missing or infinite in 1 row: 'c3'",
        "sample_weight is negative or missing in 1 row: 'c9'",
        "customer_id: 1 customer listed more than once: 'c8'",
    ):
        assert caught.match(message)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (["a"] * 400, "the weights are no numbers"),
        ([10**400] * 400, "the weights are no numbers"),
        (3, r"\(\) weights for 400 rows"),
        (np.full(400, 1e-9), "add up to 4e-07, less than one customer"),
        (np.full(400, 1e300), r"beyond 2\^53 in 400 rows"),
    ],
)
def test_weights_that_are_none_are_refused(
    case: ModelCase, customers: pd.DataFrame, weights: object, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        case.kind().fit(customers, sample_weight=weights)


def test_rows_that_weigh_nothing_do_not_count(case: ModelCase, customers: pd.DataFrame) -> None:
    again = customers["frequency"] > 0
    with pytest.raises(InputError, match="customers are one-time buyers"):
        case.kind().fit(customers, sample_weight=np.where(again, 0, 1))
    kept = np.random.default_rng(2).random(400) < 0.7
    weighed, alone = case.kind().fit(customers, sample_weight=kept), case.kind().fit(customers[kept])
    assert weighed.parameters_ == pytest.approx(alone.parameters_, rel=1e-6)


@pytest.mark.parametrize(
    ("covariates", "message"),
    [
        (lambda _: ["z"], "list instead of a dict"),
        (lambda name: {name: "z"}, "'z' for '.*' is no list of column names"),
        (lambda name: {name: None}, "None for '.*' is no list of column names"),
        (lambda name: {name: [3]}, r"\[3\] for '.*' is no list of column names"),
        (lambda _: {"other": ["z"]}, "unknown parameter 'other'"),
        (lambda name: {name: ["z", "z"]}, "combinations of each other: 'z', 'z'"),
        (lambda name: {name: ["rounding"]}, "constant covariate for '.*': 'rounding'"),
        (lambda name: {name: ["year"]}, r"'year' for '.*' lies around 2022 and varies by 4 only(.|\n)*subtract"),
        (lambda name: {name: ["small"]}, r"'small' for '.*' ranges over(.|\n)*other units"),
        (lambda name: {name: ["large"]}, r"'large' for '.*' ranges over(.|\n)*other units"),
        (lambda name: {name: ["text"]}, "column 'text' holds str"),
    ],
)
def test_covariates_no_search_can_use_are_refused(
    case: ModelCase, customers: pd.DataFrame, covariates: Callable[[str], Mapping[str, object]], message: str
) -> None:
    data = customers.assign(
        rounding=np.where(customers.index % 2, 0.3, 0.1 + 0.2),
        year=2020 + customers.index % 5,
        small=1e-9 * customers["z"],
        large=1e15 * customers["z"],
        text="m",
    )
    with pytest.raises(InputError, match=message):
        case.kind(covariates=covariates(case.kind.parameter_names[0])).fit(data)


@pytest.mark.parametrize("horizon", ["10", np.nan, np.inf, -1, 1e300, True, np.ones(2)])
def test_horizons_are_lengths_of_time(model: PurchaseModel, customers: pd.DataFrame, horizon: object) -> None:
    for call in (
        lambda: model.expected_purchases(customers, horizon),
        lambda: model.forecast(customers, horizon),
        lambda: model.purchase_probabilities(customers, horizon, 3),
        lambda: forecast_intervals(model, customers, horizon),
        lambda: purchase_intervals(model, customers, horizon, rng()),
    ):
        with pytest.raises(InputError, match=r"horizon (.|\n)*time units"):
            call()


def test_for_ever_needs_a_discount(model: PurchaseModel, customers: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="horizon None"):
        model.expected_purchases(customers, None)
    for rate in (np.nan, np.inf, -1, "0.1", None):
        with pytest.raises(InputError, match=f"discount rate {rate} with a horizon"):
            model.discounted_purchases(customers, 10, rate)


@pytest.mark.parametrize("largest", [-1, 1.5, "3", None, 10**9])
def test_largest_counts_are_whole_numbers(model: PurchaseModel, customers: pd.DataFrame, largest: object) -> None:
    for call in (
        lambda: model.purchase_probabilities(customers, 5, largest),
        lambda: repeat_purchase_fit(model, customers, largest),
        lambda: expectation_by(customers.assign(holdout_purchases=1), np.ones(400), largest=largest),
    ):
        with pytest.raises(InputError, match="largest: "):
            call()


@pytest.mark.parametrize("edges", [[0, 5, 3], [-1, 2], [0], [], [0, np.nan], [0, np.inf], [3, 5], ["a"]])
def test_times_ahead_begin_at_zero(model: PurchaseModel, customers: pd.DataFrame, edges: list[float]) -> None:
    with pytest.raises(InputError, match="edges: "):
        model.draw_purchases(customers, edges, rng())


@pytest.mark.parametrize("level", [0, 1, 2, np.nan, "high", None])
def test_levels_lie_between_0_and_1(model: PurchaseModel, customers: pd.DataFrame, level: object) -> None:
    for call in (
        lambda: parameter_intervals(model, level),
        lambda: profile_intervals(model, level),
        lambda: forecast_intervals(model, customers, 5, level),
        lambda: purchase_intervals(model, customers, 5, rng(), level=level),
    ):
        with pytest.raises(InputError, match=r"level: (.|\n)*between 0 and 1"):
            call()


@pytest.mark.parametrize(("draws", "chance"), [(0, rng()), (39, rng()), (40.5, rng()), (40, None), (40, 3)])
def test_intervals_need_draws_and_a_source_of_chance(
    model: PurchaseModel, customers: pd.DataFrame, draws: int, chance: object
) -> None:
    message = "draws: .*\n.*40 or more" if chance else "rng: None is no random generator"
    with pytest.raises(InputError, match=message if chance != 3 else "rng: 3 is no"):
        purchase_intervals(model, customers, 5, chance, draws)


def test_models_without_data_say_so(case: ModelCase, customers: pd.DataFrame) -> None:
    with pytest.raises(NotFittedError, match=r"has not been fitted(.|\n)*call fit first, or from_parameters"):
        case.kind().forecast(customers, 5)
    with pytest.raises(InputError, match="has stated parameters and no data"):
        parameter_intervals(case.stated)
    with pytest.raises(InputError, match="this GammaGamma has not been fitted"):
        GammaGamma().expected_spend(pd.DataFrame({"frequency": [1], "mean_repeat_spend": [5.0]}))


def test_ages_of_new_customers_are_times() -> None:
    stated = BGNBD.from_parameters(r=0.6, alpha=3.0, a=0.8, b=2.4)
    for ages in ([-1.0], [np.nan], ["x"], [[1.0]]):
        with pytest.raises(InputError, match="ages: "):
            stated.expected_purchases_of_new(ages)
    with pytest.raises(InputError, match=r"ages: -1\.0"):
        stated.sample_histories(np.array([-1.0, 2.0]), rng())


def test_comparisons_check_what_they_compare(cdnow: pd.DataFrame) -> None:
    stated = BGNBD.from_parameters(r=0.243, alpha=4.414, a=0.793, b=2.426)
    with pytest.raises(InputError, match="frequency is missing or infinite"):
        repeat_purchase_fit(stated, cdnow.assign(frequency=np.nan))
    with pytest.raises(InputError, match=r"\(3,\) forecasts for 2,357 customers"):
        expectation_by(cdnow, np.ones(3))
    with pytest.raises(InputError, match="missing column 'q'"):
        expectation_by(cdnow, np.ones(len(cdnow)), by="q")
    with pytest.raises(InputError, match="first_days: no days"):
        cumulative_repeat_purchases(stated, ["x"], [date(2024, 1, 1)])
    with pytest.raises(InputError, match="first_days: 1 days are missing"):
        cumulative_repeat_purchases(stated, [pd.NaT], [date(2024, 1, 1)])


@pytest.mark.parametrize("purchases", [np.ones(3), np.ones((3, 2)), -np.ones((2, 1)), np.full((2, 1), np.nan)])
def test_drawn_spend_needs_purchases_per_customer(purchases: np.ndarray) -> None:
    spend = GammaGamma.from_parameters(p=6.25, q=3.74, gamma=15.44)
    two = pd.DataFrame({"frequency": [1, 0], "mean_repeat_spend": [20.0, 0.0]})
    with pytest.raises(InputError, match="purchases: an array of shape"):
        spend.draw_spend(two, purchases, rng())
    with pytest.raises(InputError, match="rng: 1 is no random generator"):
        spend.draw_spend(two, np.ones((2, 1)), 1)


def test_definitions_of_value_name_every_wrong_part() -> None:
    with pytest.raises(InputError) as caught:
        ValueDefinition("1", None, discount_period=["years"], margin_share=np.nan, time_unit="week")
    for message in (
        "horizon: '1'",
        "discount_rate: None is no number",
        "discount_period: unknown unit",
        "margin_share: nan",
        "did you mean 'weeks'",
    ):
        assert caught.match(message)


def test_lifetime_value_checks_spend_without_a_model(cdnow: pd.DataFrame) -> None:
    model, definition = BGNBD().fit(cdnow), ValueDefinition(52, 0.1)
    with pytest.raises(InputError, match="mean_repeat_spend is negative in 2,357 rows"):
        estimate_lifetime_value(cdnow.assign(mean_repeat_spend=-1.0), model, None, definition)
    with pytest.raises(InputError, match=r"spend: NoneType given(.|\n)*a fitted GammaGamma"):
        lifetime_value_intervals(cdnow, model, None, definition, rng())


def test_arguments_of_lifetime_value_in_another_order_are_named(cdnow: pd.DataFrame) -> None:
    model, spend, definition = BGNBD().fit(cdnow), GammaGamma().fit(cdnow), ValueDefinition(52, 0.1)
    calls: list[Callable[[], object]] = [
        lambda: estimate_lifetime_value(model, cdnow, definition, spend),
        lambda: lifetime_value_intervals(model, cdnow, definition, spend, rng()),
        lambda: draw_lifetime_value(model, cdnow, definition, spend, rng()),
    ]
    for call in calls:
        with pytest.raises(InputError) as caught:
            call()
        assert [fault.where for fault in caught.value.faults] == ["history", "purchases", "spend", "definition"]
        assert caught.match("history: BGNBD given")
        assert caught.match("keep the order history, purchases, spend, definition")


def test_all_faults_of_history_and_spend_come_at_once(cdnow: pd.DataFrame) -> None:
    model, spend, definition = BGNBD().fit(cdnow), GammaGamma().fit(cdnow), ValueDefinition(52, 0.1, past_included=True)
    bad = cdnow.head(20).reset_index(drop=True).assign(frequency=lambda frame: frame["frequency"].astype(float))
    bad.loc[0, "age_at_last_purchase"] = 900.0
    bad.loc[1, "mean_repeat_spend"], bad.loc[2, "mean_repeat_spend"] = -3.0, np.nan
    bad.loc[3, ["frequency", "age_at_last_purchase", "mean_repeat_spend"]] = 0.0, 0.0, 4.0
    bad.loc[4, "frequency"], bad.loc[5, "spend_to_date"] = np.nan, np.nan
    with pytest.raises(InputError) as caught:
        estimate_lifetime_value(bad, model, spend, definition)
    for message in (
        "age_at_last_purchase is above age in 1 row",
        "mean_repeat_spend is negative in 1 row",
        "mean_repeat_spend is missing or infinite in 1 row",
        "frequency is 0 but mean_repeat_spend is above 0 in 1 row",
        "spend_to_date is missing or infinite in 1 row",
    ):
        assert caught.match(message)
    assert str(caught.value).count("frequency is missing or infinite") == 1


LINES = pd.DataFrame(
    {"customer_id": ["a", "a", "b"], "time": pd.to_datetime(["2024-01-01", "2024-01-15", "2024-01-08"]), "amount": 5.0}
)


@pytest.mark.parametrize(
    ("changes", "options", "message"),
    [
        ({"amount": "5"}, {}, "column 'amount' holds string"),
        ({"amount": True}, {}, "column 'amount' holds boolean"),
        ({"time": 1}, {}, "column 'time' holds int64"),
        ({}, {"as_of": "2024-03-01"}, "as_of: '2024-03-01' is no date"),
        ({}, {"as_of": None}, "as_of: None is no date"),
        ({}, {"as_of": datetime(2024, 3, 1, 12)}, "as_of: .* is no date"),
        ({}, {"holdout_from": "2024-02-01"}, "holdout_from: '2024-02-01' is no date"),
        ({"amount": "5"}, {"time_unit": None}, r"column 'amount'(.|\n)*unknown time unit 'None'"),
    ],
)
@pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated")
def test_lines_of_another_kind_are_refused(
    changes: dict[str, object], options: dict[str, object], message: str
) -> None:
    lines = ibis.memtable(LINES.assign(**changes))
    for call in (purchase_history, lambda table, **given: trace_customers(table, ["a"], **given)):
        with pytest.raises(InputError, match=message):
            call(lines, **{"as_of": date(2024, 3, 1), **options})


@pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated")
def test_customers_to_trace_are_named_as_in_the_lines() -> None:
    lines = ibis.memtable(LINES)
    for who, message in (("a", "'a' is no list"), ([1], r"customer_ids: 1(.|\n)*text, as in the lines")):
        with pytest.raises(InputError, match=message):
            trace_customers(lines, who, as_of=date(2024, 3, 1))
    with pytest.raises(InputError, match=r"expected an Ibis table, got DataFrame(.|\n)*memtable"):
        purchase_history(LINES, as_of=date(2024, 3, 1))


def test_one_customer_alone_is_fitted_with_a_warning(case: ModelCase, customers: pd.DataFrame) -> None:
    with pytest.warns(FitWarning, match="^1 of 1 customers bought again, too few"):
        case.kind().fit(customers[customers["frequency"] > 1].head(1))
