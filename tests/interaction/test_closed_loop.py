"""Whether the model holds: calibration, drift with its false alarms, challengers, and the log."""

import numpy as np
import pandas as pd
import pytest
from tests.response_sequence import responses_with_change

from helpers import interaction
from helpers.core.errors import InputError


def contacts(seed=1, factor=1.0, size=4000):
    (expected,), (actual,) = responses_with_change(batches=1, contacts=size, change_after=0, factor=factor, seed=seed)
    return expected, actual


def watched(seed, factor):
    sequence = responses_with_change(batches=40, contacts=200, change_after=20, factor=factor, seed=seed)
    return interaction.watch_drift(*sequence, seed=seed, runs=300)


def test_planted_drift_is_flagged_after_the_change_and_not_before():
    flagged = [watched(seed, 0.5).flagged_after or 0 for seed in range(1, 11)]
    assert sum(20 < batch <= 25 for batch in flagged) >= 9


def test_without_drift_no_more_runs_are_flagged_than_stated():
    flagged = [watched(seed, 1.0).flagged_after is not None for seed in range(1, 61)]
    assert np.mean(flagged) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 60)
    assert watched(1, 1.0).false_alarm_rate <= 0.05


def test_a_model_that_holds_passes_and_one_that_does_not_fails_both_tests():
    good, bad = interaction.check_calibration(*contacts()), interaction.check_calibration(*contacts(factor=0.7))
    assert min(good.hosmer_lemeshow_p, good.spiegelhalter_p) > 0.01
    assert max(bad.hosmer_lemeshow_p, bad.spiegelhalter_p) < 0.001


def test_calibration_of_a_model_that_holds_fails_as_often_as_stated():
    tails = [interaction.check_calibration(*contacts(seed, size=1000)) for seed in range(200)]
    for name in ("hosmer_lemeshow_p", "spiegelhalter_p"):
        assert np.mean([getattr(one, name) < 0.05 for one in tails]) == pytest.approx(0.05, abs=0.05)


def test_the_better_challenger_replaces_and_the_same_model_does_not():
    expected, actual = contacts(factor=0.6)
    assert interaction.challenge(expected, 0.6 * expected, actual).replaces
    assert not interaction.challenge(expected, expected, actual).replaces


def test_equal_customers_are_stable():
    tiers = pd.Series(["gold", "silver"] * 50)
    assert interaction.population_stability(tiers, tiers) == 0
    assert interaction.population_stability(pd.Series([], dtype=str), pd.Series([], dtype=str)) == 0


@pytest.mark.parametrize(
    ("expected", "actual", "words"),
    [
        ([1.5] * 10, [0.0] * 10, "no chance"),
        ([0.5] * 10, [2.0] * 10, "neither given nor not"),
        ([0.5] * 3, [0.0] * 3, "3 expectations"),
        ([float("nan")] * 10, [0.0] * 10, "no chance"),
    ],
)
def test_expectations_and_answers_out_of_range_are_refused(expected, actual, words):
    with pytest.raises(InputError, match=words):
        interaction.response_by_tenth(np.array(expected), np.array(actual))


def test_no_batches_are_refused():
    with pytest.raises(InputError, match="no batches"):
        interaction.watch_drift([], [])


LOG = pd.DataFrame(
    {
        "customer_id": ["C1", "C2"], "offer": "letter", "channel": "mail",
        "contact_on": pd.to_datetime(["2024-05-01 10:00", "2024-05-02 21:00"]), "expected": [0.2, 0.4],
        "last_name": "Ott",
    }
)  # fmt: skip


def test_a_log_comes_back_and_holds_nothing_of_a_person_but_the_number():
    content = interaction.write_log(LOG)
    assert b"Ott" not in content
    back = interaction.read_log(content)
    assert back["expected"].tolist() == [0.2, 0.4]
    assert back["contact_on"].tolist() == list(pd.to_datetime(["2024-05-01", "2024-05-02"]))


def test_all_faults_of_a_log_are_reported_with_their_lines():
    good = interaction.write_log(LOG).decode().splitlines()
    spoilt = [good[0].replace("0.2", "1.2"), "not json", good[1].replace("2024-05-02", "soon"), '{"customer_id": 1}']
    with pytest.raises(InputError) as raised:
        interaction.read_log("\n".join(spoilt).encode())
    assert all(f"line {number}" in str(raised.value) for number in range(1, 5))


def test_an_order_answers_within_the_window_only():
    orders = pd.DataFrame(
        {"customer_id": ["C1", "C2", "C2"], "time": pd.to_datetime(["2024-05-20", "2024-04-30", "2024-07-01"])}
    )
    found = interaction.match_log(interaction.read_log(interaction.write_log(LOG)), orders, window_days=28)
    assert found["actual"].tolist() == [1.0, 0.0]


def test_one_campaign_gives_nothing_to_expect_from():
    pairs = pd.DataFrame(
        {"customer_id": range(9), "campaign_id": "a", "time": pd.Timestamp("2024-01-01"), "treated": True}
    )
    with pytest.raises(InputError, match="no earlier campaign"):
        interaction.expect_responses(pairs.assign(orders=1, prior_orders=1, tier="gold", offer="x"))
