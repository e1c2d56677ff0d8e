"""Ids that last from run to run, and a crosswalk that accounts for every earlier customer."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.core.errors import InputError
from helpers.identification import STATUSES, assign_stable_ids


def _clusters(customer_of: dict[str, int]) -> pd.DataFrame:
    return pd.DataFrame({"source": "a", "record_id": list(customer_of), "customer_id": list(customer_of.values())})


BEFORE = _clusters({"1": 10, "2": 10, "3": 11, "4": 12, "5": 12, "6": 12, "7": 13})


def _status(made, previous: int) -> set[tuple[object, str]]:
    rows = made.crosswalk[made.crosswalk["previous_id"] == previous]
    return {
        (None if pd.isna(customer) else int(customer), status)
        for customer, status in zip(rows["customer_id"], rows["status"], strict=True)
    }


def test_kept_merged_split_new_and_gone():
    now = _clusters({"1": 1, "2": 1, "3": 1, "4": 2, "5": 2, "6": 3, "8": 4})
    made = assign_stable_ids(now, BEFORE)
    assert made.clusters["customer_id"].tolist() == [10, 10, 10, 12, 12, 14, 15]
    assert _status(made, 10) == {(10, "merged")}
    assert _status(made, 11) == {(10, "merged")}
    assert _status(made, 12) == {(12, "split"), (14, "split")}
    assert _status(made, 13) == {(None, "gone")}
    new = made.crosswalk[made.crosswalk["status"] == "new"]
    assert new[["customer_id", "records"]].to_numpy().tolist() == [[15, 1]]
    assert made.counts == {"kept": 0, "merged": 2, "split": 1, "regrouped": 0, "new": 1, "gone": 1}
    assert made.highest_id == 15
    assert made.fates.to_dict() == made.counts
    assert made.fates.index.name == "what_became_of_them"


def test_split_and_merged_at_once_is_regrouped():
    made = assign_stable_ids(_clusters({"1": 1, "2": 2, "3": 2}), _clusters({"1": 7, "2": 7, "3": 8}))
    assert _status(made, 7) == {(7, "regrouped"), (8, "regrouped")}
    assert _status(made, 8) == {(8, "merged")}


def test_a_first_run_numbers_customers_from_one():
    made = assign_stable_ids(_clusters({"2": 5, "1": 9, "3": 5}))
    assert made.clusters["customer_id"].tolist() == [2, 1, 2]
    assert made.counts["new"] == 2


def test_ids_of_vanished_customers_are_never_given_again():
    second = assign_stable_ids(_clusters({"1": 1}), BEFORE)
    assert second.highest_id == 13
    third = assign_stable_ids(_clusters({"1": 1, "9": 2}), second.clusters, highest_id=second.highest_id)
    assert third.clusters["customer_id"].tolist() == [10, 14]


def test_a_new_record_of_an_old_customer_leaves_it_kept():
    made = assign_stable_ids(_clusters({"3": 1, "99": 1}), BEFORE)
    assert made.clusters["customer_id"].tolist() == [11, 11]
    assert _status(made, 11) == {(11, "kept")}


_ASSIGNMENT = st.dictionaries(st.sampled_from([str(n) for n in range(12)]), st.integers(1, 5), min_size=1)


@settings(max_examples=50, deadline=None)
@given(before=_ASSIGNMENT, now=_ASSIGNMENT, shift=st.permutations(range(1, 6)))
def test_lasting_ids_keep_the_groups_and_ignore_this_runs_numbers(before, now, shift):
    earlier = assign_stable_ids(_clusters(before))
    made = assign_stable_ids(_clusters(now), earlier.clusters, highest_id=earlier.highest_id)
    pairs = pd.DataFrame({"own": list(now.values()), "lasting": made.clusters["customer_id"]}).drop_duplicates()
    assert pairs["own"].is_unique
    assert pairs["lasting"].is_unique
    renamed = {record: shift[customer - 1] for record, customer in now.items()}
    again = assign_stable_ids(_clusters(renamed), earlier.clusters, highest_id=earlier.highest_id)
    assert again.clusters["customer_id"].tolist() == made.clusters["customer_id"].tolist()
    pd.testing.assert_frame_equal(again.crosswalk, made.crosswalk)


@settings(max_examples=50, deadline=None)
@given(before=_ASSIGNMENT, now=_ASSIGNMENT)
def test_the_crosswalk_accounts_for_every_customer_of_both_runs(before, now):
    earlier = assign_stable_ids(_clusters(before))
    made = assign_stable_ids(_clusters(now), earlier.clusters, highest_id=earlier.highest_id)
    crosswalk = made.crosswalk
    assert set(crosswalk["previous_id"].dropna()) == set(earlier.clusters["customer_id"])
    assert set(crosswalk["customer_id"].dropna()) == set(made.clusters["customer_id"])
    assert set(crosswalk["status"]) <= set(STATUSES)
    met = crosswalk.dropna(subset=["previous_id", "customer_id"])
    assert met["records"].sum() == len(set(before) & set(now))


@settings(max_examples=30, deadline=None)
@given(_ASSIGNMENT)
def test_the_same_clusters_again_are_all_kept(assignment):
    first = assign_stable_ids(_clusters(assignment))
    again = assign_stable_ids(_clusters(assignment), first.clusters, highest_id=first.highest_id)
    assert again.clusters["customer_id"].tolist() == first.clusters["customer_id"].tolist()
    assert set(again.crosswalk["status"]) == {"kept"}
    assert again.highest_id == first.highest_id


@pytest.mark.parametrize(
    ("now", "before", "message"),
    [
        (BEFORE.drop(columns="source"), BEFORE, "clusters: no column 'source'"),
        (BEFORE, pd.concat([BEFORE, BEFORE.iloc[:1]]), "previous: 1 records stand twice: 'a 1'"),
        (BEFORE, BEFORE.assign(customer_id="C1"), "earlier ids are no whole numbers"),
        (BEFORE.assign(customer_id=None), BEFORE, "records without customer"),
    ],
)
def test_clusters_that_cannot_be_followed_are_refused(now, before, message):
    with pytest.raises(InputError, match=message):
        assign_stable_ids(now, before)
