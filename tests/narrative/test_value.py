"""Sentences on forecasts of customer value: each verdict has its reason, in one sentence."""

import numpy as np
import pandas as pd
import pytest

from helpers.narrative.value import UNTESTED, explain_comparison
from helpers.value import compare_forecasts

rng = np.random.default_rng(5)
ACTUAL = rng.gamma(1.0, 50.0, 400)
FORECASTS = pd.DataFrame(
    {
        "actual": ACTUAL,
        "good": ACTUAL + rng.normal(0, 5, 400),
        "twin": ACTUAL + rng.normal(0, 5, 400),
        "off_by_much": ACTUAL + rng.normal(0, 60, 400),
        "nobody_buys": 0.0,
        "all_lose": -ACTUAL,
    }
)


def explained(model: str, *naive: str, frame: pd.DataFrame = FORECASTS) -> str:
    return explain_comparison(
        compare_forecasts(frame, model=model, naive=naive, rng=np.random.default_rng(1), resamples=200)
    )


@pytest.mark.parametrize(
    ("model", "naive", "sentence"),
    [
        (
            "good",
            ("off_by_much", "nobody_buys"),
            'Its mean absolute error is below that of "off by much" and "nobody buys" by more than chance explains.',
        ),
        ("off_by_much", ("good",), 'Its mean absolute error is above that of "good" by more than chance explains.'),
        (
            "good",
            ("twin", "off_by_much"),
            'The interval of the difference in mean absolute error to "twin" holds zero; it is below that of '
            '"off by much".',
        ),
    ],
)
def test_a_verdict_on_errors_names_the_forecasts_behind_it(model, naive, sentence):
    assert explained(model, *naive) == sentence


@pytest.mark.parametrize(
    ("model", "actual", "ground"),
    [
        ("good", 0.0, "nothing happened"),
        ("nobody_buys", ACTUAL, "same for everybody"),
        ("all_lose", ACTUAL, "nothing expected"),
    ],
)
def test_what_cannot_be_judged_says_why(model, actual, ground):
    assert explained(model, "twin", frame=FORECASTS.assign(actual=actual)) == UNTESTED[ground]
