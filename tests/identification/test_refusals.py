"""One refusal counts for all numbers of a customer, and for nobody else."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as some

from helpers.identification.refusals import SHARED_AT_MOST, spread_refusals, without_crowds

NUMBERS = [f"n{n}" for n in range(8)]
LINKS = some.lists(some.tuples(some.sampled_from(NUMBERS), some.sampled_from([*NUMBERS, "a@b", "c@d"])), max_size=12)


def links(pairs):
    return pd.DataFrame(pairs, columns=["number", "joined"], dtype="object")


def test_a_refusal_passes_from_record_to_record_to_customer():
    found = spread_refusals({"web"}, links([("web", "a@b"), ("sales", "a@b"), ("7", "sales"), ("8", "service")]))
    assert found == {"web", "a@b", "sales", "7"}


def test_missing_values_join_nobody():
    assert spread_refusals({"web"}, links([("web", None), ("sales", None)])) == {"web"}
    assert spread_refusals({"web"}, links([])) == {"web"}
    assert spread_refusals(set(), links([("web", "a@b")])) == set()


def test_what_a_crowd_shares_joins_nobody():
    crowd = links([(f"n{n}", "none@shop") for n in range(SHARED_AT_MOST + 1)] + [("n1", "a@b"), ("n2", "a@b")])
    assert spread_refusals({"n1"}, without_crowds(crowd)) == {"n1", "n2", "a@b"}


@given(some.sets(some.sampled_from(NUMBERS)), some.sampled_from(NUMBERS), LINKS)
def test_one_more_refusal_takes_nobody_off_those_who_refused(refused, other, pairs):
    before, after = spread_refusals(refused, links(pairs)), spread_refusals(refused | {other}, links(pairs))
    assert before | {other} <= after


@given(some.sets(some.sampled_from(NUMBERS)), LINKS, LINKS)
def test_one_more_link_takes_nobody_off_those_who_refused(refused, pairs, more):
    assert spread_refusals(refused, links(pairs)) <= spread_refusals(refused, links(pairs + more))
