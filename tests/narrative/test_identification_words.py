"""Words of the chapters on identification: picked by what was found, and there for all that can be found."""

import pandas as pd
import pytest

from helpers.core.results import Ledger, slug
from helpers.identification import LINE_CHECKS, ReturnFigures, judge_tables
from helpers.narrative.chapter import chapter_words
from helpers.narrative.identification import CUSTOMERS, RECORDS, say_of_returns, say_of_tables
from helpers.narrative.summary import FACTS
from helpers.value.lifetime.state_rules import FIXED_DAYS, LEARNED, OWN_RHYTHM


def returned(*, undone_customers: int, unmatched_return_lines: int) -> ReturnFigures:
    counts = dict.fromkeys(("lines_received", "orders_received", "customers_received", "return_lines"), 9)
    money = dict.fromkeys(("returned_amount", "set_off_amount", "unmatched_return_amount"), 5.0)
    return ReturnFigures(
        **counts,
        **money,
        credit_note_orders=1,
        undone_orders=1,
        undone_customers=undone_customers,
        unmatched_return_lines=unmatched_return_lines,
        by_step=pd.DataFrame(),
    )


@pytest.mark.parametrize(
    ("undone", "unmatched", "keys"),
    [
        (0, 0, ("returns_counted",)),
        (2, 0, ("returns_counted", "returns_kept_nothing")),
        (0, 3, ("returns_counted", "returns_unmatched")),
        (2, 3, ("returns_counted", "returns_kept_nothing", "returns_unmatched")),
    ],
)
def test_of_returns_only_what_there_was_is_said(undone, unmatched, keys):
    said = say_of_returns(returned(undone_customers=undone, unmatched_return_lines=unmatched))
    assert said == keys
    assert all(chapter_words(CUSTOMERS).sentences[key] for key in said)


@pytest.mark.parametrize(
    ("failing", "warned", "kinds", "good"),
    [
        ([], [], ["sound"], True),
        (["customers"], [], ["sound", "poor"], None),
        ([], ["customers"], ["sound", "doubted"], None),
        (["transactions"], ["customers"], ["poor", "doubted"], False),
        (["customers"], ["customers", "transactions"], ["poor", "doubted"], False),
    ],
    ids=["sound", "poor", "doubted", "poor_lines", "doubted_lines"],
)
def test_the_verdict_on_the_tables_names_each_kind_once(failing, warned, kinds, good):
    standing = judge_tables(pd.DataFrame({"table": failing}, dtype="str"), ["transactions", "customers"], warned)
    template, named = say_of_tables(standing)
    assert standing.good is good
    assert [kind for kind in ("sound", "poor", "doubted") if f"{{{kind}}}" in template] == kinds
    assert [kind for kind in kinds if named[kind]] == kinds
    assert sorted(word for names in named.values() for word in names.split(" and ") if word) == [
        "customers",
        "transactions",
    ]


def test_every_check_of_lines_and_every_rule_of_states_has_its_words():
    sentences = chapter_words(CUSTOMERS).sentences
    assert {f"check_{slug(check)}" for check in LINE_CHECKS} <= set(sentences)
    rules = [slug(rule) for rule in (LEARNED, OWN_RHYTHM, FIXED_DAYS)]
    assert {f"{kind}_by_{rule}" for kind in ("states", "silent", "read_states") for rule in rules} <= set(sentences)


def test_every_verdict_on_links_and_every_spread_over_seeds_has_its_words():
    judged = ("truth_relied_on", "truth_open", "truth_wrong", "truth_no_better")
    judged += ("answers_relied_on", "answers_open", "answers_wrong", "model_unknown")
    keys = {f"links_{one}" for one in judged} | {f"seeds_{one}" for one in ("spread", "same", "untried")}
    assert keys <= set(chapter_words(RECORDS).sentences)


@pytest.mark.parametrize(
    ("lost", "others", "new", "said"),
    [
        (
            0,
            0,
            0,
            "All customers of May came back in June; no other came back after a pause and none was",
        ),
        (
            1,
            1,
            1,
            "1 customer of May did not come back in June; 1 other came back after a pause and 1 was",
        ),
        (2, 3, 4, "2 customers of May did not come back in June; 3 others came back after a pause and 4 were"),
    ],
    ids=["none", "one", "many"],
)
def test_the_summary_counts_those_who_came_back_in_words(lost, others, new, said):
    (sentence,) = (one for one in FACTS if "{retention_customers_lost" in one.text)
    ledger = Ledger()
    for name, value in {
        "retention_customers_lost": lost,
        "returned_customers": others,
        "newly_seen_customers": new,
        "retention_earlier_months": "May",
        "retention_later_months": "June",
    }.items():
        ledger.add(name, value, unit="" if isinstance(value, str) else "customers", about="")
    assert ledger.sentence(sentence.text).startswith(said)
