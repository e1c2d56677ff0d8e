"""Engagement: states from orders and answers, signs of three layers, moves, and what too few customers do not show."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest
from tests.cases import shop

from helpers import evaluation
from helpers.core.errors import InputError
from helpers.core.periods import Period

EARLIER, LATER = Period(date(2023, 1, 1), date(2024, 1, 1)), Period(date(2024, 1, 1), date(2025, 1, 1))


@pytest.fixture(scope="module")
def orders():
    lines = shop().assign(channel=lambda frame: np.where(frame["quantity"] > 2, "web", "shop"))
    return lines.groupby("order_id", as_index=False)[["customer_id", "time", "channel"]].first()


def survey(customers, answer, day="2024-06-01"):
    return pd.DataFrame({"customer_id": list(customers), "time": pd.Timestamp(day), "recommendation": answer})


def test_only_the_last_answer_of_the_period_makes_a_fan(orders):
    names = orders["customer_id"].unique()[:50]
    asked = pd.concat(
        [survey(names, 10.0, "2024-02-01"), survey(names[:10], 3.0, "2024-09-01"), survey(names, 1.0, "2025-02-01")]
    )
    facts = evaluation.engagement_facts(ibis.memtable(orders), LATER, surveys=asked, feeling="recommendation")
    given = facts.frame["feeling"].reindex(names).dropna()
    assert set(given[given.index.isin(names[:10])]) <= {3.0}
    assert set(given[~given.index.isin(names[:10])]) == {10.0}
    states = evaluation.engagement_states(facts, regular_orders=2)
    assert (states == "fan").sum() > 0
    assert not (states[states.index.isin(names[:10])] == "fan").any()


def test_a_first_purchase_in_the_period_is_new_whatever_was_answered(orders):
    first = orders.groupby("customer_id")["time"].min()
    late = first.index[(first >= "2023-07-01") & (first < "2024-01-01")]
    facts = evaluation.engagement_facts(
        ibis.memtable(orders), EARLIER, surveys=survey(late, 10.0, "2023-12-01"), feeling="recommendation"
    )
    assert set(evaluation.engagement_states(facts)) == {"new"}
    assert (
        not evaluation.engagement_facts(ibis.memtable(orders), LATER)
        .frame["is_new"]
        .reindex(late)
        .fillna(value=False)
        .any()
    )


def test_what_the_data_do_not_record_is_named_and_has_no_share(orders):
    facts = evaluation.engagement_facts(ibis.memtable(orders.drop(columns="channel")), LATER)
    assert set(facts.not_recorded) == {"channels", "feeling", "answered", "responded", "had_case", "had_unsolved_case"}
    table = evaluation.layer_shares(facts, regular_orders=4, fan_from=9.0, confidence=0.95).set_index("layer")
    assert table.loc[["experience", "engagement"], ["share", "low", "high"]].isna().all(axis=None)
    assert table.loc["relationship", "share"].notna().all()


def test_fewer_than_thirty_answers_have_no_share(orders):
    facts = evaluation.engagement_facts(
        ibis.memtable(orders),
        LATER,
        surveys=survey(orders["customer_id"].unique()[-20:], 10.0),
        feeling="recommendation",
    )
    table = evaluation.layer_shares(facts, regular_orders=4, fan_from=9.0, confidence=0.95)
    assert np.isnan(table["share"].iloc[-1])
    assert 0 < table["of"].iloc[-1] < 30


def test_every_customer_is_in_one_state_and_moves_keep_their_number(orders):
    before, now = (
        evaluation.engagement_states(evaluation.engagement_facts(ibis.memtable(orders), span), regular_orders=3)
        for span in (EARLIER, LATER)
    )
    after = evaluation.later_states(before, now)
    assert len(after) == len(before)
    assert after.notna().all()
    assert evaluation.shares_of_states(now)["customers"].sum() == len(now)
    assert (after == "not seen").sum() == (~before.index.isin(now.index)).sum()
    assert not (after == "new").any()


def test_three_customers_are_not_enough(orders):
    few = orders[orders["customer_id"].isin(orders["customer_id"].unique()[:3])]
    with pytest.raises(InputError) as refused:
        evaluation.engagement_facts(ibis.memtable(few), LATER)
    assert refused.value.faults[0].allowed == "at least 30"


def test_an_answer_in_words_is_refused_with_what_it_says(orders):
    words = survey(orders["customer_id"].unique()[:5], "gladly")
    with pytest.raises(InputError) as refused:
        evaluation.engagement_facts(ibis.memtable(orders), LATER, surveys=words, feeling="recommendation")
    assert "gladly" in refused.value.faults[0].what
    with pytest.raises(InputError):
        evaluation.engagement_facts(ibis.memtable(orders), LATER, surveys=words, feeling="feeling")


def test_fans_are_compared_with_enough_of_both_only():
    kinds = pd.CategoricalDtype(list(evaluation.STATES))
    before = pd.Series(["fan"] * 40 + ["regular, answered"] * 60, index=range(100), dtype=kinds)
    after = evaluation.later_states(before, before[[*range(36), *range(40, 70)]])
    found = evaluation.fans_stay(before, after)
    assert found.estimate == pytest.approx(36 / 40 - 30 / 60)
    assert found.low > 0
    with pytest.raises(InputError) as refused:
        evaluation.fans_stay(before[20:], after[20:])
    assert "20 fans" in refused.value.faults[0].what


def test_won_leads_without_a_known_referral_are_refused():
    leads = pd.DataFrame({"stage": ["won"] * 40 + ["lost"] * 40, "source": ["referral"] * 10 + ["seller"] * 70})
    assert evaluation.referred_share(leads).estimate == pytest.approx(0.25)
    for spoilt in (leads[10:], leads.head(20), leads.drop(columns="source")):
        with pytest.raises(InputError):
            evaluation.referred_share(spoilt)
