"""Satisfaction: scales, weights with a known truth, importance that adds up, what was not asked, and buying again."""

from itertools import permutations

import ibis
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from tests.questionnaires import FIRMS, PARTS, PERSONS, asked

from helpers.core.errors import InputError
from helpers.evaluation import satisfaction as sat
from helpers.evaluation.satisfaction.asymmetry import DELIGHT, MUST_BE, PERFORMANCE


@pytest.fixture(scope="module")
def answers() -> sat.Answers:
    surveys, kinds = asked(1)
    return sat.prepare_answers(surveys, PARTS, segments=kinds)


def faults(surveys: pd.DataFrame, parts: list[str] | None = None, **settings) -> list[str]:
    with pytest.raises(InputError) as refused:
        sat.prepare_answers(surveys, PARTS if parts is None else parts, **settings)
    return [str(fault) for fault in refused.value.faults]


class TestScales:
    def test_mixed_scales_are_refused_and_every_question_is_named_with_its_scale(self):
        surveys, _ = asked(2)
        surveys["empathy"] = (surveys["empathy"] / 2).round().clip(1, 5)
        (fault,) = faults(surveys)
        assert "1-5: empathy" in fault
        assert "1-10: overall, reliability" in fault

    def test_stated_scales_are_turned_end_to_end(self):
        surveys, _ = asked(2)
        five = surveys.assign(empathy=(surveys["empathy"] / 2).round().clip(1, 5))
        ready = sat.prepare_answers(five, PARTS, scales=sat.read_scales("1-10, empathy 1-5"))
        assert ready.turned == ("empathy",)
        assert set(ready.scores["empathy"]) <= {1, 3.25, 5.5, 7.75, 10}

    def test_a_code_outside_the_scale_is_refused_with_the_code(self):
        surveys, _ = asked(2)
        surveys.loc[3, "assurance"] = 99
        assert "answers outside its scale: 99" in faults(surveys, scales=sat.read_scales("1-10"))[0]
        assert "1-10: overall" in faults(surveys)[0]

    @pytest.mark.parametrize("text", ["ten", "5-1", "price 1 to 5", "1-10 1-5 1-7"])
    def test_what_is_no_scale_is_named(self, text):
        with pytest.raises(InputError, match="is no scale"):
            sat.read_scales(text)

    def test_answers_with_their_label_behind_them_are_numbers(self):
        surveys, _ = asked(2)
        words = surveys["empathy"].astype(int).astype(str).where(surveys.index % 2 == 0)
        labelled = words.fillna(surveys["empathy"].astype(int).astype(str) + " - good")
        ready = sat.prepare_answers(surveys.assign(empathy=labelled), PARTS)
        assert ready.scores["empathy"].tolist() == surveys["empathy"].tolist()

    def test_a_scale_of_a_question_that_is_not_asked_is_named_with_the_nearest(self):
        (fault,) = faults(asked(2)[0], scales=sat.read_scales("1-10, emapthy 1-5"))
        assert "did you mean 'empathy'" in fault


class TestBadInput:
    def test_three_responses_say_how_many_are_needed(self):
        assert "50 or more with 5 dimensions" in faults(asked(3)[0].head(3).assign(empathy=[4.0, 6, 9]))[-1]

    def test_fewer_answers_than_dimensions(self):
        surveys = pd.DataFrame([[1.0, 4, 7, 9, 10], [10, 2, 6, 8, 3], [5, 10, 10, 10, 6]], columns=PARTS)
        assert "not enough" in faults(surveys.assign(overall=[3.0, 10, 8], customer_id=["a", "b", "c"]))[0]

    def test_all_faults_come_at_once(self):
        surveys, _ = asked(3)
        spoilt = surveys.assign(empathy=np.nan, assurance=7.0, tangibles="good")
        said = faults(spoilt)
        assert len(said) == 3
        assert [word for word in ("nobody answered 'empathy'", "'assurance' are equal (7)", "'tangibles' holds text")
                if any(word in one for one in said)] == [
            "nobody answered 'empathy'", "'assurance' are equal (7)", "'tangibles' holds text"]  # fmt: skip

    def test_an_overall_score_that_never_varies(self):
        assert "'overall' are equal" in faults(asked(3)[0].assign(overall=8.0))[0]

    def test_a_dimension_that_copies_another(self):
        surveys, _ = asked(3)
        assert "'tangibles' follow from" in faults(surveys.assign(tangibles=surveys["empathy"]))[0]

    @pytest.mark.parametrize("parts", [[], PARTS[:1], [*PARTS, *(f"q{n}" for n in range(6))]], ids=len)
    def test_too_few_and_too_many_dimensions(self, parts):
        surveys, _ = asked(3)
        more = surveys.assign(**{name: surveys["empathy"] for name in parts if name not in surveys})
        assert "2 to 10" in faults(more, parts)[0]

    def test_many_answers_of_one_customer_are_one_customer(self):
        surveys, _ = asked(3)
        assert faults(surveys.assign(customer_id="C1"))[0].startswith("surveys: 1 customer answered every question")


class TestWeights:
    def test_they_are_least_squares_with_clustered_errors(self, answers):
        found = sat.driver_weights(answers)
        groups = pd.factorize(answers.customer)[0]
        design = sm.add_constant(answers.scores)
        known = sm.OLS(answers.overall, design).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
        assert found.table["weight"].to_numpy() == pytest.approx(known.params[PARTS].to_numpy())
        assert found.table["standard_error"].to_numpy() == pytest.approx(known.bse[PARTS].to_numpy())
        assert found.table[["low", "high"]].to_numpy() == pytest.approx(known.conf_int().loc[PARTS].to_numpy())
        assert found.r_squared == pytest.approx(known.rsquared)

    @pytest.mark.slow
    def test_true_weights_of_persons_and_firms_lie_in_their_intervals_as_often_as_stated(self):
        inside = []
        for seed in range(200):
            surveys, kinds = asked(seed)
            ready = sat.prepare_answers(surveys, PARTS, segments=kinds)
            for kind, true in (("person", PERSONS), ("firm", FIRMS)):
                table = sat.driver_weights(ready.of(ready.of_segment(kind))).table
                inside.append((table["low"] <= true) & (true <= table["high"]))
        assert 0.92 <= np.mean(inside) <= 0.98

    def test_segments_too_small_have_no_weights_of_their_own(self):
        surveys, kinds = asked(4)
        kinds.iloc[:20] = "few"
        ready = sat.prepare_answers(surveys, PARTS, segments=kinds)
        segments = sat.segments_large_enough(ready)
        assert segments == ["firm", "person"]
        assert list(sat.weights_by_segment(ready, segments).index[:2]) == ["firm_reliability", "firm_responsiveness"]

    def test_held_out_they_beat_the_plain_mean_only_where_weights_differ(self):
        unlike = sat.prepare_answers(asked(5, weights=[0.6, 0.1, 0.05, 0.03, 0.02])[0], PARTS)
        alike = sat.prepare_answers(asked(5, weights=[0.16] * 5)[0], PARTS)
        rng = np.random.default_rng(1)
        assert sat.weights_on_holdout(unlike, rng).status == "better"
        assert sat.weights_on_holdout(alike, rng).status != "better"


class TestImportance:
    def test_it_is_the_mean_gain_over_all_orders_of_entry(self, answers):
        correlation = np.corrcoef(np.column_stack([answers.scores, answers.overall]), rowvar=False)

        def explained(chosen: tuple[int, ...]) -> float:
            places = list(chosen)
            own = correlation[places, -1]
            return float(own @ np.linalg.solve(correlation[np.ix_(places, places)], own)) if places else 0.0

        gains = np.zeros(5)
        for order in permutations(range(5)):
            for place, one in enumerate(order):
                gains[one] += explained(order[: place + 1]) - explained(order[:place])
        found = sat.relative_importance(answers, np.random.default_rng(1), draws=99)
        assert found["importance"].to_numpy() == pytest.approx(gains / gains.sum())
        assert found["importance"].sum() == pytest.approx(1.0)
        assert (found["low"] < found["importance"]).all()
        assert (found["importance"] < found["high"]).all()

    def test_ten_dimensions_of_many_samples_are_exact_and_add_up(self):
        rng = np.random.default_rng(1)
        samples = np.stack([np.cov(rng.normal(size=(11, 60))) for _ in range(50)])
        assert sat.shapley_shares(samples).sum(axis=1) == pytest.approx(np.ones(50))

    def test_a_copy_shares_the_merit_of_the_original(self):
        twins = np.array([[[1.0, 1.0, 0.5], [1.0, 1.0, 0.5], [0.5, 0.5, 1.0]]])
        assert sat.shapley_shares(twins)[0] == pytest.approx([0.5, 0.5])


class TestKinds:
    def bent(self, seed: int) -> sat.Answers:
        surveys, _ = asked(seed)
        scores = surveys[PARTS]
        whole = 0.6 * (scores["reliability"] - 7).clip(upper=0) + 0.6 * (scores["empathy"] - 7).clip(lower=0)
        whole += 7 + 0.4 * (scores["assurance"] - 7) + np.random.default_rng(seed).normal(0, 0.4, len(scores))
        return sat.prepare_answers(surveys.assign(overall=whole), PARTS, scales=sat.read_scales("1-10, overall -5-20"))

    def test_must_be_performance_and_delight_are_distinguished(self):
        kinds = sat.penalty_reward(self.bent(6))["kind"]
        assert kinds[["reliability", "empathy", "assurance"]].tolist() == [MUST_BE, DELIGHT, PERFORMANCE]

    @pytest.mark.slow
    def test_straight_effects_are_called_bent_no_more_often_than_stated(self):
        alarms = []
        for seed in range(200):
            kinds = sat.penalty_reward(sat.prepare_answers(asked(seed)[0], PARTS))["kind"]
            alarms.append(kinds.isin([MUST_BE, DELIGHT]).any())
        assert np.mean(alarms) <= 0.08

    def test_a_side_without_answers_leaves_the_kind_open(self):
        surveys, _ = asked(7)
        capped = surveys.assign(empathy=surveys["empathy"].clip(upper=7))
        table = sat.penalty_reward(sat.prepare_answers(capped, PARTS, scales=sat.read_scales("1-10")))
        assert table.loc["empathy", "kind"] == "unclear"
        assert np.isnan(table.loc["empathy", "penalty"])


def judged(seed: int, **more) -> str:
    surveys, kinds = asked(seed, **more)
    ready = sat.prepare_answers(surveys, PARTS, segments=kinds)
    rng = np.random.default_rng(seed)
    steady = sat.steady_remainder(sat.segment_remainder(ready), ready.customer, rng, draws=199)
    gaps = sat.group_gaps(ready, sat.driver_weights(ready), {"kind": ready.segment})
    return sat.judge_hidden_driver(steady, gaps).status


class TestHiddenDriver:
    def test_one_that_steers_the_whole_is_found(self):
        assert [judged(seed) for seed in range(5)] == ["found"] * 5

    @pytest.mark.slow
    def test_without_one_alarms_are_as_rare_as_stated(self):
        assert np.mean([judged(seed, hidden=0.0, customers=200) == "found" for seed in range(200)]) <= 0.08

    def test_a_group_that_says_less_than_its_parts_is_found_in_a_single_survey(self):
        surveys, kinds = asked(8, waves=1, hidden=0.0)
        firm = surveys["customer_id"].map(kinds) == "firm"
        surveys["overall"] = surveys["overall"] - 1.0 * firm
        ready = sat.prepare_answers(surveys, PARTS, segments=kinds, scales=sat.read_scales("0-10"))
        gaps = sat.group_gaps(ready, sat.driver_weights(ready), {"kind": ready.segment}).set_index("group")
        assert gaps.loc["firm", "low"] < -1 < gaps.loc["firm", "high"]
        steady = sat.steady_remainder(sat.segment_remainder(ready), ready.customer, np.random.default_rng(1))
        assert steady.repeaters == 0
        assert sat.judge_hidden_driver(steady, gaps).status == "found"

    def test_one_answer_each_and_no_groups_say_nothing(self):
        ready = sat.prepare_answers(asked(9, waves=1)[0], PARTS)
        steady = sat.steady_remainder(sat.segment_remainder(ready), ready.customer, np.random.default_rng(1))
        gaps = sat.group_gaps(ready, sat.driver_weights(ready), {})
        assert sat.judge_hidden_driver(steady, gaps).status == "unknown"

    def test_every_part_high_and_the_whole_low_is_counted(self):
        surveys, _ = asked(10)
        surveys.loc[:11, PARTS], surveys.loc[:11, "overall"] = 9.0, 4.0
        ready = sat.prepare_answers(surveys, PARTS)
        found = sat.high_parts(ready, sat.driver_weights(ready))
        assert found.low_whole == 12
        assert found.score < found.expected


class TestScoresAndMap:
    def test_every_answer_to_a_question_counts(self):
        surveys, _ = asked(11)
        surveys.loc[::2, "empathy"] = np.nan
        scores = sat.dimension_scores(sat.prepare_answers(surveys, PARTS)).set_index("dimension")
        assert scores.loc["empathy", "answers"] == 400
        assert scores.loc["overall", "answers"] == 800
        assert scores.loc["empathy", "score"] == pytest.approx(surveys["empathy"].mean())

    def test_important_and_bad_comes_first(self):
        surveys, _ = asked(12)
        ready = sat.prepare_answers(surveys.assign(reliability=(surveys["reliability"] - 2).clip(1)), PARTS)
        importance = sat.relative_importance(ready, np.random.default_rng(1), draws=199)
        field = sat.importance_performance(importance, ready)["field"]
        assert field["reliability"] == "improve first"
        assert field["tangibles"] == "more than enough"


class TestBuying:
    def followed(self, lines: pd.DataFrame, *, days: int = 100) -> pd.DataFrame:
        surveys, _ = asked(13, waves=1)
        surveys["overall"] = np.tile([9.0, 7.0, 3.0, 10.0], 100)
        ready = sat.prepare_answers(surveys, PARTS)
        until = pd.Timestamp("2024-01-01").date()
        return sat.follow_answers(ready, surveys["time"], ibis.memtable(lines), until, days=days)

    def lines(self, share_of_others: int) -> pd.DataFrame:
        who = [f"C{one:04d}" for one in range(400) if one % 4 in (0, 3) or one % share_of_others == 2]
        return pd.DataFrame({"customer_id": who, "time": pd.Timestamp("2023-03-01"), "amount": 5.0})

    def test_the_satisfied_buy_more_often(self):
        followed = self.followed(self.lines(4))
        table = sat.buying_by_attitude(followed)
        assert table["share"].to_dict() == {"satisfied": 1.0, "between": 0.0, "dissatisfied": 1.0}
        assert sat.judge_buying(followed).status == "more"

    def test_refunds_earlier_orders_and_late_ones_are_no_buying_again(self):
        lines = pd.DataFrame(
            {
                "customer_id": ["C0000", "C0001", "C0002", "C0003"],
                "time": pd.to_datetime(["2023-02-01", "2023-01-09", "2023-12-01", "2023-02-01"]),
                "amount": [-5.0, 5.0, 5.0, 5.0],
            }
        )
        followed = self.followed(lines)
        assert followed.loc[followed["bought"], "customer_id"].tolist() == ["C0003"]

    def test_answers_not_followed_long_enough_are_refused(self):
        with pytest.raises(InputError, match="no answer is followed by 400 days"):
            self.followed(self.lines(4), days=400)

    def test_few_satisfied_make_no_comparison(self):
        followed = self.followed(self.lines(4))
        few = followed[(followed["attitude"] != "satisfied") | (followed.index < 12)]
        assert sat.judge_buying(few).status == "too few"
