"""Claims of the literature: each holds, does not, or cannot be said, and never without its interval."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from helpers import evaluation
from helpers.core.errors import EngineError, Fault
from helpers.evaluation.claims import FAILS, HOLDS, SILENT
from helpers.narrative.claims import claims_in_words

CLAIM = evaluation.CLAIMS["fifth_brings_most"]


@pytest.mark.parametrize(
    ("low", "high", "status"), [(0.75, 0.85, HOLDS), (0.5, 0.7, FAILS), (0.2, 0.95, SILENT), (np.nan, np.nan, SILENT)]
)
def test_an_interval_that_holds_everything_is_no_support(low, high, status):
    assert evaluation.ClaimAnswer(CLAIM, (low + high) / 2, low, high, 100).status == status


def test_a_direction_holds_only_on_one_side_of_nil():
    claim = evaluation.CLAIMS["tenure_raises_value"]
    found = [evaluation.ClaimAnswer(claim, 0.1, *ends, 50) for ends in ((0.05, 0.2), (-0.3, -0.1), (-0.1, 0.3))]
    assert [one.status for one in found] == [HOLDS, FAILS, SILENT]
    assert found[2].needed == 50 * 4


def test_the_cases_needed_make_the_interval_narrow_enough():
    found = evaluation.ClaimAnswer(CLAIM, 0.7, 0.4, 1.0, 100)
    assert found.needed == pytest.approx(100 * (0.3 / 0.2) ** 2, abs=1)


def test_concentration_is_that_of_the_customers_drawn_by_hand():
    values = np.array([50.0, 20, 15, 10, 5] * 10)
    found = evaluation.concentration_claim("fifth_brings_most", values, 0.2, np.random.default_rng(1))
    assert found.found == pytest.approx(0.5)
    assert found.low < 0.5 < found.high


def test_a_loss_of_all_is_no_concentration():
    found = evaluation.try_claim(
        "fifth_makes_profit", evaluation.concentration_claim, -np.ones(50), 0.2, np.random.default_rng(1)
    )
    assert found.status == SILENT
    assert "not clear of nil" in found.missing


def test_two_of_a_hundred_more_at_the_top_by_hand():
    values = np.array([40.0] * 10 + [15.0] * 40)
    found = evaluation.shift_claim("more_in_the_top", values, np.random.default_rng(1))
    assert found.found == pytest.approx(0.02 * (40 - 15) / 20)


def test_equal_answers_say_nothing():
    equal = np.full(40, 7.0), np.ones(40)
    found = evaluation.try_claim("satisfaction_doubles_profit", evaluation.slope_claim, *equal, 0.05)
    assert found.missing == "all scores are equal"


def test_a_slope_is_found():
    rng = np.random.default_rng(3)
    score = rng.uniform(4, 10, 800)
    outcome = 100 * (1 + 2 * np.log(score / 7)) + rng.normal(0, 20, 800)
    found = evaluation.slope_claim("satisfaction_doubles_profit", score, outcome, 0.05)
    assert found.low < 2 * np.log(1.05) * 100 / outcome.mean() < found.high
    assert found.status == FAILS


def surveys(scale: int, rows: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    overall = rng.integers(1, scale + 1, rows)
    overall[0] = scale
    frame = pd.DataFrame({"customer_id": range(rows), "overall": overall, "rebuy_intention": overall})
    return frame.assign(time=pd.Timestamp("2024-01-05"))


def test_scales_of_another_kind_are_refused_with_what_is_allowed():
    found = evaluation.try_claim(
        "very_satisfied_rebuy", evaluation.rebuy_claim, ibis.memtable(surveys(7)), date(2025, 1, 1)
    )
    assert found.missing == "scales end at 7 and 7"


def test_nobody_of_the_satisfied_who_intends_surely_gives_no_ratio():
    found = evaluation.try_claim(
        "very_satisfied_rebuy", evaluation.rebuy_claim, ibis.memtable(surveys(10, 600)), date(2025, 1, 1)
    )
    assert found.missing == "nobody of a group intends it"


def test_customers_of_one_quarter_differ_too_little_in_tenure():
    since = pd.Series(pd.date_range("2024-01-01", periods=90), index=range(90))
    brought, begin = pd.Series(1.0, index=range(90)), date(2025, 1, 1)
    found = evaluation.try_claim("tenure_raises_value", evaluation.tenure_claim, since, brought, begin)
    assert found.missing == "the oldest customer came 89 days before the newest; 365 are needed"


def test_customers_who_came_within_the_period_are_no_short_tenure():
    rng = np.random.default_rng(6)
    since = pd.Series(pd.to_datetime(["2020-01-01", "2022-01-01", "2024-09-01"]).repeat(100))
    brought = pd.Series(rng.gamma(4, 25, 300) * np.repeat([1.0, 1.0, 0.2], 100))
    found = evaluation.tenure_claim("tenure_raises_value", since, brought, date(2024, 7, 1))
    assert found.cases == 200
    assert found.low < 0 < found.high


def test_one_source_cannot_be_the_best():
    shares = pd.DataFrame({"group": ["referral"], "closed": [50], "won": [20], "share": [0.4]})
    found = evaluation.try_claim("referral_is_best", evaluation.referral_claim, shares)
    assert found.missing == "1 sources called referral beside 0 others, of 5 closed leads or more"


def test_one_share_won_less_another_is_read_in_percentage_points():
    table = pd.DataFrame({"group": ["referral", "fair"], "closed": [500, 500], "won": [200, 150], "share": [0.4, 0.3]})
    found = evaluation.referral_claim("referral_is_best", table)
    shown = claims_in_words(evaluation.as_table([found])).iloc[0]
    assert shown["found"] == "10.0 percentage points"
    assert shown["from_to"] == "4.1 to 15.8 percentage points"


def test_an_engine_that_refuses_leaves_no_claim_untested():
    def refuse(_key: str) -> None:
        raise EngineError(Fault("the engine cannot answer a question", where="spark"))

    with pytest.raises(EngineError, match="cannot answer"):
        evaluation.try_claim("referral_is_best", refuse)


def test_every_claim_has_words_and_an_untested_one_says_what_is_needed():
    words = claims_in_words(evaluation.as_table(evaluation.every_claim([])))
    assert len(words) == len(evaluation.CLAIMS) == 16
    assert words["because"].str.contains("needed").all()
    assert (words["these_data"] == SILENT).all()


def test_a_missed_figure_is_named_with_its_side():
    answers = evaluation.every_claim([evaluation.ClaimAnswer(CLAIM, 0.9, 0.88, 0.92, 500)])
    assert claims_in_words(evaluation.as_table(answers))["these_data"].iloc[0] == "does not: more"
