"""Judgement matrices: what is refused, how judges are merged, which judgement to look at again."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.core.errors import InputError
from helpers.value import ahp
from helpers.value.ahp.priorities import require_choices

ITEMS = ["profit", "volume", "service", "credit"]


def matrix_of(values):
    return pd.DataFrame(values, index=ITEMS[: len(values)], columns=ITEMS[: len(values)], dtype=float)


def judged(size):
    count = size * (size - 1) // 2
    return st.lists(st.sampled_from(ahp.SCALE), min_size=count, max_size=count)


@settings(max_examples=60, deadline=None)
@given(upper=judged(4))
def test_weights_are_positive_and_add_up_to_one_and_nobody_beats_full_consistency(upper):
    matrix = ahp.pairwise_matrix(ITEMS, upper)
    for method in ("eigenvector", "row_geometric_mean"):
        found = ahp.derive_priorities(matrix, method=method)
        assert found.weights.sum() == pytest.approx(1)
        assert (found.weights > 0).all()
        assert found.largest_eigenvalue >= 4 - 1e-9
        assert found.consistency_ratio >= 0


@settings(max_examples=40, deadline=None)
@given(weights=st.lists(st.floats(1, 3), min_size=4, max_size=4))
def test_judgements_without_contradiction_give_their_weights_back(weights):
    upper = [weights[row] / weights[column] for row in range(4) for column in range(row + 1, 4)]
    expected = np.array(weights) / sum(weights)
    for method in ("eigenvector", "row_geometric_mean"):
        found = ahp.derive_priorities(ahp.pairwise_matrix(ITEMS, upper), method=method)
        assert found.weights.tolist() == pytest.approx(expected.tolist())
        assert found.consistency_ratio == pytest.approx(0, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(one=judged(3), two=judged(3))
def test_merged_judgements_stay_reciprocal_and_rows_commute_with_merging(one, two):
    matrices = {"a": ahp.pairwise_matrix(ITEMS[:3], one), "b": ahp.pairwise_matrix(ITEMS[:3], two)}
    merged = ahp.aggregate_judgements(matrices)
    ahp.require_judgements(merged)
    each = [ahp.derive_priorities(matrix, method="row_geometric_mean").weights for matrix in matrices.values()]
    mean = np.sqrt(each[0] * each[1])
    together = ahp.derive_priorities(merged, method="row_geometric_mean").weights
    assert together.tolist() == pytest.approx((mean / mean.sum()).tolist())


def test_a_judge_who_counts_double_is_two_judges():
    one, two = ahp.pairwise_matrix(ITEMS[:3], [3, 5, 2]), ahp.pairwise_matrix(ITEMS[:3], [1 / 2, 1, 4])
    weighed = ahp.aggregate_judgements({"a": one, "b": two}, {"a": 2, "b": 1})
    listed = ahp.aggregate_judgements({"a": one, "again": one, "b": two})
    pd.testing.assert_frame_equal(weighed, listed)
    alone = ahp.aggregate_judgements({"a": one, "b": two}, {"a": 1, "b": 0})
    pd.testing.assert_frame_equal(alone, one)


def test_all_faults_of_a_matrix_are_reported_at_once_counted_and_named():
    values = [[1, 12, np.nan, 3], [1 / 12, 2, 4, 0], [np.nan, 1 / 4, 1, 2], [3, -1, 1 / 2, 1]]
    with pytest.raises(InputError) as said:
        ahp.require_judgements(matrix_of(values), where="judge owner")
    text = str(said.value)
    assert "judge owner: 1 judgement is missing: 'profit over service'" in text
    assert "2 judgements are off the scale: 'profit over volume is 12', 'volume over credit is 0'" in text
    assert "1 pair is not reciprocal: 'profit over credit is 3, credit over profit is 3'" in text
    assert "1 diagonal value is not one: 'volume over itself is 2'" in text
    assert len(said.value.faults) == 4


def test_texts_gaps_and_a_table_that_is_no_square_are_reported_together():
    values = [[1, "x", np.nan, 3], [2, 2, 10, 0.5], [3, 0.1, 1, -4], [3, 2, 6, "y"], [1, 1, 1, 1]]
    with pytest.raises(InputError) as said:
        ahp.require_judgements(pd.DataFrame(values, index=list("abcde"), columns=list("abcd")))
    assert [fault.what for fault in said.value.faults] == [
        "5 rows by 4 columns is no square",
        "1 judgement is missing: 'a over c'",
        "1 judgement is no number: \"a over b is 'x'\"",
        "2 judgements are off the scale: 'b over c is 10', 'c over d is -4'",
        "1 pair is not reciprocal: 'a over d is 3, d over a is 3'",
        "2 diagonal values are not one: 'b over itself is 2', 'd over itself is y'",
    ]


def test_a_missing_judgement_does_not_hide_what_is_wrong_with_its_other_half():
    with pytest.raises(
        InputError, match=r"(?s)missing: 'profit over volume'.*off the scale: 'volume over profit is 12'"
    ):
        ahp.require_judgements(matrix_of([[1, np.nan], [12, 1]]))
    with pytest.raises(InputError, match=r"(?s)'profit over volume is 12'.*1 pair is not reciprocal"):
        ahp.require_judgements(matrix_of([[1, 12], [3, 1]]))


def test_what_is_no_table_is_no_judgement_matrix():
    with pytest.raises(InputError, match="cannot be a list"):
        ahp.require_judgements([[1, 3], [1 / 3, 1]])
    with pytest.raises(InputError, match="rows none and columns none differ"):
        ahp.require_judgements(pd.DataFrame())


@pytest.mark.parametrize(
    ("upper", "said"),
    [
        ([0, 2, 3], ["1 judgement is off the scale: 'profit over volume is 0'"]),
        (
            ["x", None, -3],
            [
                "1 judgement is missing: 'profit over service'",
                "1 judgement is no number: \"profit over volume is 'x'\"",
                "1 judgement is off the scale: 'volume over service is -3'",
            ],
        ),
        ([0, 2], ["2 judgements on 3 items", "1 judgement is off the scale: 'profit over volume is 0'"]),
    ],
)
def test_judgements_are_shown_as_they_were_given(upper, said):
    with pytest.raises(InputError) as caught:
        ahp.pairwise_matrix(ITEMS[:3], upper)
    assert [fault.what for fault in caught.value.faults] == said


def test_a_judge_of_other_items_has_the_own_faults_reported_as_well():
    one = ahp.pairwise_matrix(["a", "b"], [2])
    other = pd.DataFrame([[1, 20], [0.05, 1]], index=["a", "c"], columns=["a", "c"])
    with pytest.raises(InputError, match=r"(?s)compared 'a', 'c'.*judge two: .*'a over c is 20'.*weights of judges"):
        ahp.aggregate_judgements({"one": one, "two": other}, {"one": "much", "two": 1})


def test_a_reciprocal_copied_from_print_is_taken_but_another_judgement_is_not():
    ahp.require_judgements(matrix_of([[1, 3], [0.33, 1]]))
    with pytest.raises(InputError, match=r"profit over volume is 3, volume over profit is 0.3'"):
        ahp.require_judgements(matrix_of([[1, 3], [0.3, 1]]))


def test_what_is_no_square_of_the_same_names_is_refused():
    with pytest.raises(InputError, match="differ or repeat"):
        ahp.require_judgements(pd.DataFrame([[1, 2], [0.5, 1]], index=["a", "b"], columns=["a", "c"]))
    with pytest.raises(InputError, match="differ or repeat"):
        ahp.require_judgements(pd.DataFrame([[1, 2], [0.5, 1]], index=["a", "a"], columns=["a", "a"]))
    with pytest.raises(InputError, match="5 judgements on 4 items"):
        ahp.pairwise_matrix(ITEMS, [1, 2, 3, 4, 5])
    with pytest.raises(InputError, match=r"profit over volume is 10(?s:.)*1/9 to 9"):
        ahp.pairwise_matrix(ITEMS[:2], [10])


def test_too_many_items_and_unknown_methods_are_refused():
    many = [f"item_{number}" for number in range(16)]
    with pytest.raises(InputError, match=r"16 items(?s:.)*at most 15(?s:.)*groups"):
        ahp.derive_priorities(pd.DataFrame(1.0, index=many, columns=many))
    with pytest.raises(InputError, match=r"(?s)'eigenvektor'.*'eigenvector'.*'saaty'") as said:
        require_choices("eigenvektor", "saaty")
    assert len(said.value.faults) == 2


def test_judges_must_have_judged_the_same():
    one, other = ahp.pairwise_matrix(["a", "b"], [2]), ahp.pairwise_matrix(["a", "c"], [2])
    with pytest.raises(InputError, match="judge 'second' compared 'a', 'c'"):
        ahp.aggregate_judgements({"first": one, "second": other})
    with pytest.raises(InputError, match="there is no judge"):
        ahp.aggregate_judgements({})
    with pytest.raises(InputError, match="not all zero"):
        ahp.aggregate_judgements({"first": one}, {"first": 0})
    with pytest.raises(InputError, match="judge second: 1 judgement is off the scale"):
        ahp.aggregate_judgements({"first": one, "second": one.replace(2.0, 20.0)})


def test_the_widest_disagreement_comes_first():
    judges = {
        "owner": ahp.pairwise_matrix(ITEMS[:3], [4, 5, 2]),
        "sales": ahp.pairwise_matrix(ITEMS[:3], [4, 1 / 5, 3]),
    }
    table = ahp.judge_disagreement(judges)
    assert table.loc[0, ["first", "second", "lowest", "highest", "opposed"]].tolist() == [
        *("profit", "service"),
        *(pytest.approx(1 / 5), pytest.approx(5), True),
    ]
    assert table.loc[0, ["merged", "spread"]].tolist() == pytest.approx([1, 5])
    assert table.loc[2, "spread"] == pytest.approx(1)
    assert not table.loc[2, "opposed"]


def test_the_judgement_that_was_turned_round_is_found():
    truth = [8, 4, 2, 1 / 2, 1 / 4, 1 / 2]
    slip = [*truth[:3], 4, *truth[4:]]
    table = ahp.suggest_revisions(ahp.pairwise_matrix(ITEMS, slip))
    first = table.iloc[0]
    assert (first["first"], first["second"], first["judgement"]) == ("volume", "service", 4)
    assert first["suggested"] == pytest.approx(1 / 2)
    assert first["ratio"] > 0.1 > first["ratio_after"] == pytest.approx(0, abs=1e-9)
    assert table["ratio_after"].round(9).is_monotonic_increasing
    assert len(table) == 6


def test_what_the_others_imply_is_what_the_eigenvector_answers_when_it_stands_in():
    """Harker (1987): the judgement left out is the ratio of the weights it leads to."""
    matrix = ahp.pairwise_matrix(ITEMS, [3, 1 / 2, 4, 5, 1 / 3, 2])
    for row in ahp.suggest_revisions(matrix).itertuples():
        weights = ahp.principal_eigenvector(
            ahp.change_judgement(matrix, row.first, row.second, row.implied).to_numpy()
        )[1]
        first, second = ITEMS.index(row.first), ITEMS.index(row.second)
        assert weights[first] / weights[second] == pytest.approx(row.implied)


def test_revision_goes_on_until_the_ratio_is_acceptable_and_no_further():
    circular = ahp.pairwise_matrix(ITEMS, [9, 1 / 9, 7, 9, 1 / 5, 9])
    steps = ahp.revise_to_consistency(circular)
    assert len(steps) > 1
    assert (steps["ratio_after"].iloc[:-1] > ahp.ACCEPTABLE_RATIO).all()
    assert steps["ratio_after"].iloc[-1] <= ahp.ACCEPTABLE_RATIO
    changed = circular
    for step in steps.itertuples():
        changed = ahp.change_judgement(changed, step.first, step.second, step.suggested)
    assert ahp.derive_priorities(changed).consistency_ratio == pytest.approx(steps["ratio_after"].iloc[-1])


def test_consistent_judgements_and_pairs_need_no_revision():
    assert ahp.revise_to_consistency(ahp.pairwise_matrix(ITEMS[:3], [2, 4, 2])).empty
    assert ahp.suggest_revisions(ahp.pairwise_matrix(ITEMS[:2], [9])).empty


def test_two_items_never_contradict_each_other_when_judged_at_random():
    assert ahp.simulate_random_index(2, np.random.default_rng(1), draws=50) == pytest.approx(0, abs=1e-12)


def test_revisions_of_a_hierarchy_name_their_criterion():
    fine, circular = ahp.pairwise_matrix(ITEMS[:3], [2, 4, 2]), ahp.pairwise_matrix(ITEMS[:3], [2, 1 / 4, 2])
    found = ahp.list_revisions({"now": fine, "later": circular})
    assert found["criterion"].tolist() == ["later"]
    assert found["ratio_after"].iloc[0] <= ahp.ACCEPTABLE_RATIO < found["ratio"].iloc[0]
    assert list(ahp.list_revisions({"now": fine}).columns) == list(found.columns)
    assert ahp.list_revisions({"now": fine}).empty
