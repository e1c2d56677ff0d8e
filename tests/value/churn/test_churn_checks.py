"""A churn model called by hand refuses what it cannot learn from: every fault in one message, with its rows."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from helpers.core.errors import InputError
from helpers.value import ChurnModel, forecast_unseen
from helpers.value.credit import DefaultModel


def customers(rows: int = 120) -> tuple[pd.DataFrame, np.ndarray]:
    """Sound columns, index c0, c1, …, and who left."""
    rng = np.random.default_rng(11)
    plan, bill = rng.choice(["monthly", "yearly"], rows), rng.normal(50, 10, rows)
    columns = pd.DataFrame({"plan": plan, "bill": bill}, index=[f"c{number}" for number in range(rows)])
    return columns, rng.random(rows) < expit(np.where(plan == "monthly", 0.5, -0.8))


def said(columns: object, ended: object, **settings: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        ChurnModel(**{"learner": "lines", **settings}).fit(columns, ended)
    return [fault.what for fault in caught.value.faults]


def test_all_faults_of_a_fit_by_hand_come_in_one_message():
    columns, ended = customers()
    columns = columns.assign(
        country="Utopia",
        street=[f"Street {number}" for number in range(120)],
        since=pd.Timestamp("2024-01-01"),
        code=["a", 1] * 60,
        gone=np.where(ended, "x", "y"),
    )
    columns.loc[["c3", "c4", "c5", "c6", "c7", "c8"], "bill"] = np.nan
    columns.loc["c9", "bill"] = np.inf
    columns.loc["c10", "plan"] = None
    given = ended.astype(object)
    given[0], given[2], given[5] = np.nan, "maybe", 7
    assert said(columns, given, learner="curve", calibration_folds=1) == [
        "unknown learner 'curve'",
        "1 is out of range",
        "y is missing in 1 row: 'c0'",
        "y is no flag ('maybe', 7) in 2 rows: 'c2', 'c5'",
        "plan is missing in 1 row: 'c10'",
        "bill is missing or infinite in 7 rows: 'c3', 'c4', 'c5', 'c6', 'c7' and 2 more",
        "column 'country' is constant: 'Utopia' in all 120 rows",
        "column 'street' holds 120 different texts: 'Street 0', 'Street 1', 'Street 10' and 117 more",
        "column 'since' holds dates",
        "column 'code' mixes 'int', 'str'",
        "column 'gone' alone tells exactly who left (perfect separation in 117 rows whose outcome is known)",
    ]
    assert said(columns[["gone", "bill"]], ended) == [
        "column 'gone' alone tells exactly who left (perfect separation in all 120 rows)",
        "bill is missing or infinite in 7 rows: 'c3', 'c4', 'c5', 'c6', 'c7' and 2 more",
    ]


@pytest.mark.parametrize("learner", ["lines", "curves"])
def test_nobody_whose_outcome_is_missing_counts_as_having_left(learner):
    columns, ended = customers()
    assert said(columns, pd.Series(ended).astype("boolean").mask(pd.Series(range(120)) == 7), learner=learner) == [
        "y is missing in 1 row: 'c7'"
    ]
    assert said(columns, np.where(ended, 1.0, np.nan), learner=learner)[0].startswith("y is missing in")


def test_an_unknown_outcome_does_not_hide_a_column_that_tells_all_the_others():
    columns, ended = customers()
    given = ended.astype(object)
    given[7], given[9] = None, "maybe"
    assert said(columns.assign(gone=np.where(ended, "x", "y")), given) == [
        "y is missing in 1 row: 'c7'",
        "y is no flag ('maybe') in 1 row: 'c9'",
        "column 'gone' alone tells exactly who left (perfect separation in 118 rows whose outcome is known)",
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda ended: np.where(ended, "Yes", "No"), "y is no flag ('No', 'Yes') in 120 rows: 'c0', 'c1'"),
        (lambda ended: ended | True, "y is false in 0 rows"),
        (lambda ended: ended & (np.arange(120) == ended.argmax()), "y is true in 1 row"),
        (lambda ended: ended[:-1], "y holds 119 outcomes for 120 rows of X"),
        (lambda ended: ended[:, None], "y has the shape (120, 1)"),
    ],
)
def test_an_outcome_that_tells_nothing_is_refused_in_words(change, message):
    columns, ended = customers()
    (fault,) = said(columns, change(ended))
    assert fault.startswith(message)


def test_zeros_and_ones_are_flags():
    columns, ended = customers()
    flags = [
        ChurnModel("lines").fit(columns, kind) for kind in (ended, ended.astype(int), ended.astype(float).tolist())
    ]
    assert flags[0].calibration_ == flags[1].calibration_ == flags[2].calibration_


def test_what_is_no_table_of_named_columns_is_refused():
    columns, ended = customers()
    assert said(columns.to_numpy(), ended) == ["expected a data frame, got ndarray"]
    assert said(columns[[]], ended) == ["there is no column to learn from"]
    assert said(columns.iloc[:0], []) == ["there are no rows to learn from"]
    assert said(pd.concat([columns, columns[["bill"]]], axis=1), ended) == ["columns named more than once: 'bill'"]


def test_a_column_constant_in_a_part_of_the_customers_is_no_fault_there():
    """A value of one customer is missing from every fold but one; such a column adds nothing to a forecast."""
    columns, ended = customers()
    rare = columns.assign(rare=np.where(np.arange(120) == 5, "yes", "no"))
    found = forecast_unseen(ChurnModel("lines"), rare, ended, folds=3, rng=np.random.default_rng(1))
    assert np.isfinite(found.probability).all()
    for learner in ("lines", "curves"):
        model = ChurnModel(learner, refuse_constant=False).fit(columns.assign(country="Utopia", none=0.0), ended)
        contributions = model.contributions(columns.assign(country="Utopia", none=0.0))
        assert (contributions[["country", "none"]] == 0).all(axis=None)


@pytest.mark.parametrize("learner", ["lines", "curves"])
def test_rows_that_cannot_be_forecast_are_reported_at_once(learner):
    columns, ended = customers()
    model = ChurnModel(learner).fit(columns.assign(age=columns["bill"] / 2, area=columns["plan"]), ended)
    new = columns.assign(plan=columns["plan"].where(columns.index != "c4"), age="old").rename(columns={"bill": "bil"})
    for method in (model.predict, model.predict_proba, model.decision_function, model.contributions):
        with pytest.raises(InputError) as caught:
            method(new)
        assert [fault.what for fault in caught.value.faults] == [
            "column 'bill' is missing",
            "column 'area' is missing",
            "plan is missing in 1 row: 'c4'",
            "column 'age' holds str",
        ]
        assert "map column 'bil' to 'bill'" in str(caught.value)
    with pytest.raises(InputError, match="expected a data frame, got list"):
        model.predict([1, 2])
    with pytest.raises(InputError, match="there are no rows to forecast"):
        model.predict(columns.assign(age=1.0, area="a").iloc[:0])


@pytest.mark.parametrize("learner", ["lines", "curves"])
def test_columns_that_separate_together_are_named_and_the_others_are_not(learner):
    rng = np.random.default_rng(2)
    numbers = pd.DataFrame(rng.normal(size=(400, 4)), columns=["noise", "first", "more_noise", "second"])
    clear = numbers + np.sign(numbers)  # nobody stands near the corner that the curves have to find
    numbers = numbers if learner == "lines" else clear
    corner = (clear["first"] > 0) & (clear["second"] > 0)
    ended = numbers["first"] + numbers["second"] > 0.5 if learner == "lines" else corner
    with pytest.raises(InputError, match=r"the columns 'first', 'second' together tell exactly who left .*400 rows"):
        ChurnModel(learner).fit(numbers, ended)
    with pytest.raises(InputError, match=r"table applicants: the columns 'first', 'second' together.*who defaulted"):
        DefaultModel(learner).fit(numbers, ended)
