"""Bad purchase histories: one message, every kind of fault, the rows counted and the first few named."""

import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.value import BGBB, BGNBD
from helpers.value.lifetime.models.rows import check_history, distinct_rows


def histories(**changes: list[float]) -> pd.DataFrame:
    good = {
        "customer_id": ["a", "b", "c", "d", "e", "f", "g"],
        "frequency": [0, 1, 2, 3, 0, 1, 4],
        "age_at_last_purchase": [0.0, 5.0, 6.0, 7.0, 0.0, 8.0, 9.0],
        "age": [10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0],
    }
    return pd.DataFrame(good | changes)


def test_all_faults_come_in_one_message_with_rows_counted_and_named() -> None:
    bad = histories(
        frequency=[0, -1, 2.5, 3, 0, 1, 0],
        age_at_last_purchase=[0.0, 5.0, 60.0, 70.0, -1.0, 0.0, 9.0],
    )
    with pytest.raises(InputError) as caught:
        BGNBD().fit(bad)
    for message in (
        "frequency is negative in 1 row: 'b'",
        "frequency is not a whole number in 1 row: 'c'",
        "age_at_last_purchase is negative in 1 row: 'e'",
        "age_at_last_purchase is above age in 2 rows: 'c', 'd'",
        "frequency is 0 but age_at_last_purchase is above 0 in 1 row: 'g'",
        "frequency is above 0 but age_at_last_purchase is 0 in 1 row: 'f'",
        "RFM recency",
    ):
        assert caught.match(message)
    assert len(caught.value.faults) == 6


def test_many_offending_rows_are_counted_and_five_are_named() -> None:
    count = 2_000
    bad = pd.DataFrame({"frequency": 1, "age_at_last_purchase": 9.0, "age": 5.0}, index=range(count))
    with pytest.raises(InputError, match=r"above age in 2,000 rows: 0, 1, 2, 3, 4 and 1,995 more"):
        BGNBD().fit(bad)


def test_missing_and_infinite_values_are_counted_per_column() -> None:
    bad = histories(frequency=[0, np.nan, 2, 3, 0, 1, 4], age=[10.0, 11.0, np.inf, 13.0, 14.0, 15.0, np.nan])
    with pytest.raises(InputError) as caught:
        BGNBD().fit(bad)
    assert caught.match("frequency is missing or infinite in 1 row: 'b'")
    assert caught.match("age is missing or infinite in 2 rows: 'c', 'g'")


def test_a_missing_value_does_not_hide_what_is_wrong_elsewhere() -> None:
    bad = histories(
        frequency=[np.nan, -1, 2, 3, 0, 1, 0], age_at_last_purchase=[np.inf, 5.0, 60.0, np.nan, 0.0, 8.0, 9.0]
    )
    with pytest.raises(InputError) as caught:
        BGNBD().fit(bad)
    assert [fault.what for fault in caught.value.faults] == [
        "frequency is missing or infinite in 1 row: 'a'",
        "age_at_last_purchase is missing or infinite in 2 rows: 'a', 'd'",
        "frequency is negative in 1 row: 'b'",
        "age_at_last_purchase is above age in 1 row: 'c'",
        "frequency is 0 but age_at_last_purchase is above 0 in 1 row: 'g'",
    ]


def test_counts_that_overflowed_are_explained() -> None:
    wrapped = np.array([2**31 - 1, 2, 3, 1, 2, 3, 4], dtype=np.int32) + np.int32(1)
    with pytest.raises(InputError, match=r"frequency is negative in 1 row: 'a'(.|\n)*64 bits"):
        BGNBD().fit(histories(frequency=wrapped, age_at_last_purchase=[1.0] * 7))
    with pytest.raises(InputError, match=r"2\^53 or more(.|\n)*'a'"):
        BGNBD().fit(histories(frequency=[2.0**60, 1, 2, 3, 1, 1, 4], age_at_last_purchase=[1.0] * 7))


def test_missing_columns_name_the_nearest() -> None:
    with pytest.raises(InputError, match=r"missing column 'age_at_last_purchase'(.|\n)*did you mean 'age_at_last'"):
        BGNBD().fit(histories().rename(columns={"age_at_last_purchase": "age_at_last"}))


def test_text_is_no_number_and_an_array_no_frame() -> None:
    with pytest.raises(InputError, match="column 'age' holds str"):
        BGNBD().fit(histories(age=["10"] * 7))
    with pytest.raises(InputError, match="expected a data frame, got ndarray"):
        BGNBD().fit(np.zeros((3, 3)))
    with pytest.raises(InputError, match="no customers"):
        BGNBD().fit(histories().head(0))


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1, 2], "weights for 7 rows"),
        ([1, 1, -1, 1, 1, 1, 1], "negative or missing in 1 row: 'c'"),
        ([0] * 7, "all weights"),
    ],
)
def test_weights_are_checked(weights: list[float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        BGNBD().fit(histories(), sample_weight=weights)


def test_covariates_are_checked() -> None:
    data = histories(card=[1.0] * 7, region=[0, 1, 0, 1, 0, 1, 0], twice=[0, 2, 0, 2, 0, 2, 0])
    with pytest.raises(InputError, match=r"constant covariate for 'alpha': 'card'(.|\n)*drop it"):
        BGNBD(covariates={"alpha": ["card"]}).fit(data)
    with pytest.raises(InputError, match="covariates of 'a' are combinations of each other: 'region', 'twice'"):
        BGNBD(covariates={"a": ["region", "twice"]}).fit(data)
    with pytest.raises(InputError, match=r"unknown parameter 'alfa'(.|\n)*did you mean 'alpha'"):
        BGNBD(covariates={"alfa": ["region"]}).fit(data)
    with pytest.raises(InputError, match="missing column 'regoin'"):
        BGNBD(covariates={"alpha": ["regoin"]}).fit(data)


def test_a_model_with_covariates_needs_them_for_new_customers() -> None:
    model = BGNBD.from_parameters(r=0.5, alpha=3, a=0.8, b=2, covariates={"alpha": ["card"]}, **{"alpha:card": -0.1})
    with pytest.raises(InputError, match="needs the covariates"):
        model.expected_purchases_of_new([10])


def test_occasions_are_checked() -> None:
    bad = pd.DataFrame({"frequency": [3, 1, 1], "last_occasion": [2, 1.5, 2], "occasions": [6, 6, 20_000]})
    with pytest.raises(InputError) as caught:
        BGBB().fit(bad)
    for message in ("frequency is above last_occasion in 1 row: 0", "not a whole number in 1 row: 1", "above 10,000"):
        assert caught.match(message)


def test_occasions_are_reported_with_all_other_faults_in_one_message() -> None:
    bad = pd.DataFrame(
        {
            "frequency": [3, 1, 1, np.nan, -1],
            "last_occasion": [2, 1.5, 2, 1, 0],
            "occasions": [6, 6, 20_000, 6, 6],
            "card": [1, 0, np.nan, 0, 1],
        }
    )
    with pytest.raises(InputError) as caught:
        BGBB(covariates={"alpha": ["card"]}).fit(bad, sample_weight=[1, 1, 1, 1, -1])
    assert [fault.what for fault in caught.value.faults] == [
        "frequency is missing or infinite in 1 row: 3",
        "frequency is negative in 1 row: 4",
        "last_occasion or occasions is not a whole number in 1 row: 1",
        "frequency is above last_occasion in 1 row: 0",
        "occasions is above 10,000 in 1 row: 2",
        "card is missing or infinite in 1 row: 2",
        "sample_weight is negative or missing in 1 row: 4",
    ]


def test_the_remedies_for_occasions_speak_of_occasions_and_those_for_ages_of_days() -> None:
    """Purchases of one day cannot be merged where only the year of each is known."""
    bad = pd.DataFrame({"frequency": [1, 1], "last_occasion": [0, 7], "occasions": [6, 6]})
    for refused in (lambda: BGBB().fit(bad), lambda: check_history(bad, tuple(bad), discrete=True)):
        with pytest.raises(InputError, match=r"(?s)number of the last occasion bought on, from 1") as caught:
            refused()
        assert caught.match("number the occasions after the first purchase 1, 2, …")
        assert "day" not in str(caught.value)
    ages = bad.set_axis(["frequency", "age_at_last_purchase", "age"], axis=1)
    with pytest.raises(InputError, match=r"(?s)RFM recency.*merge purchases of the same day"):
        BGNBD().fit(ages)


def test_distinct_rows_keep_every_customer() -> None:
    rng = np.random.default_rng(1)
    columns = [rng.integers(0, 3, 500).astype(float) for _ in range(3)]
    rows = distinct_rows(columns, None, {})
    assert rows.weight.sum() == 500
    assert len(rows.weight) == len(np.unique(np.column_stack(columns), axis=0))
    for own, column in zip((rows.frequency, rows.last, rows.age), columns, strict=True):
        np.testing.assert_array_equal(own[rows.index], column)
    np.testing.assert_array_equal(rows.counts[rows.count_of], rows.frequency)
    assert rows.thinned(100).weight.sum() == pytest.approx(100, abs=1)
