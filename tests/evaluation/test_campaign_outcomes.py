"""What campaigns brought: differences of means, margin less cost, and what is too little to say."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import stats

from helpers.core.errors import InputError
from helpers.core.own_names import name_beside
from helpers.evaluation import (
    NET,
    PairOutcomes,
    UpliftModel,
    campaign_effects,
    campaign_pairs,
    campaign_returns,
    chosen_pairs,
    contact_features,
    contact_groups,
    customers_needed,
    effects_by_group,
    fifths,
    groups_differ,
    learning_half,
    outcome_effects,
    pair_outcomes,
    realised_margin,
    score_effects,
    with_net,
)
from helpers.evaluation.contact_features import DAYS_SINCE_LAST, MISSING, PRIOR_ORDERS, PRIOR_SPEND

AS_OF = date(2025, 1, 1)


def table(frame):
    times = {name: pd.to_datetime(frame[name], format="ISO8601") for name in ("time", "end_time") if name in frame}
    return ibis.memtable(pa.Table.from_pandas(frame.assign(**times), preserve_index=False))


def mailing(n=600, cost=None):
    """Every second customer is contacted; a third of those answer, and a tenth of the others."""
    treated = np.arange(n) % 2 == 0
    contacts = pd.DataFrame({"customer_id": [f"C{k:03d}" for k in range(n)], "campaign_id": "spring"})
    contacts = contacts.assign(time="2024-09-01", end_time="2024-09-30", treated=treated)
    contacts = contacts if cost is None else contacts.assign(cost=cost)
    who = [k for k in range(n) if (k % 6 == 0 if treated[k] else k % 20 == 1)]
    answers = pd.DataFrame({"customer_id": [f"C{k:03d}" for k in who], "campaign_id": "spring", "time": "2024-09-10"})
    return contacts, answers.assign(amount=[10.0 + k % 7 for k in who], kind="order")


def brought(contacts, answers):
    sent, received = table(contacts), table(answers)
    return pair_outcomes(sent, received, campaign_pairs(sent, received, AS_OF), AS_OF)


def test_the_effect_on_spend_is_the_difference_of_means_with_the_error_of_welch():
    contacts, answers = mailing()
    found = brought(contacts, answers)
    row = outcome_effects(found).query("outcome == 'spend' and campaign_id == 'spring'").iloc[0]
    spend, treated = found.outcomes["spend"], found.pairs["treated"]
    welch = stats.ttest_ind(spend[treated], spend[~treated], equal_var=False)
    assert row["effect"] / row["standard_error"] == pytest.approx(welch.statistic)
    assert row["effect"] == pytest.approx(answers["amount"].sum() / 300 - 2 * spend[~treated].sum() / 300)


def test_one_campaign_is_all_campaigns():
    effects = outcome_effects(brought(*mailing()))
    one, whole = effects.iloc[:2], effects.iloc[2:]
    assert whole["campaign_id"].tolist() == ["all", "all"]
    columns = ["outcome", "effect", "standard_error", "low", "high"]
    pd.testing.assert_frame_equal(one[columns].reset_index(drop=True), whole[columns].reset_index(drop=True))


def test_customers_of_several_campaigns_are_not_independent():
    contacts, answers = mailing()
    twice = [frame.assign(campaign_id=name) for name in ("a", "b") for frame in (contacts,)]
    answered = pd.concat([answers.assign(campaign_id=name) for name in ("a", "b")])
    effects = outcome_effects(brought(pd.concat(twice), answered)).query("outcome == 'responded'")
    alone, whole = effects.iloc[0], effects.iloc[-1]
    assert whole["effect"] == pytest.approx(alone["effect"])
    assert whole["standard_error"] == pytest.approx(alone["standard_error"])


def test_margin_cost_and_return():
    found = brought(*mailing(cost=0.5))
    effects = outcome_effects(found)
    returns = campaign_returns(found, effects, gross_margin=0.4).iloc[-1]
    spend = effects.query("outcome == 'spend'").iloc[-1]
    assert returns["cost"] == 150.0  # of the three hundred contacted; holding back costs nothing
    assert returns["extra_margin"] == pytest.approx(0.4 * 300 * spend["effect"])
    assert returns["net"] == pytest.approx(returns["extra_margin"] - 150)
    assert returns["return"] == pytest.approx(returns["net"] / 150)
    assert returns["net_low"] == pytest.approx(0.4 * 300 * spend["low"] - 150)


def test_without_cost_no_return_is_given_but_the_cost_to_break_even():
    found = brought(*mailing())
    returns = campaign_returns(found, outcome_effects(found), gross_margin=0.4).iloc[-1]
    assert returns[["cost", "net", "return"]].isna().all()
    assert returns["cost_to_break_even"] == pytest.approx(returns["extra_margin"] / 300)


def test_several_kinds_of_response_are_outcomes_of_their_own():
    contacts, answers = mailing()
    visits = answers.assign(kind="visit", amount=np.nan)
    found = brought(contacts, pd.concat([answers.iloc[:10], visits]))
    assert list(found.outcomes) == ["responded", "order", "visit", "spend"]
    assert found.outcomes.sum().tolist()[:3] == [len(answers), 10, len(answers)]


def test_nobody_held_back_or_no_amount_is_refused():
    contacts, answers = mailing()
    with pytest.raises(InputError, match="no campaign has 2 customers contacted and 2 held back"):
        brought(contacts.assign(treated=True), answers)
    plain = brought(contacts, answers.drop(columns="amount"))
    with pytest.raises(InputError, match="responses have no amounts"):
        campaign_returns(plain, outcome_effects(plain), gross_margin=0.4)
    with pytest.raises(InputError, match="responses have no amounts"):
        with_net(plain, gross_margin=0.4)


def test_three_who_spent_are_not_enough_for_a_margin():
    contacts, answers = mailing()
    found = brought(contacts, answers.head(3))
    assert found.scarce == ["responded", "spend"]
    with pytest.raises(InputError, match=r"(?s)2 of those contacted spent; 25 are needed.*1 of those held back spent"):
        campaign_returns(found, outcome_effects(found), gross_margin=0.4)


def test_a_response_before_the_contact_brings_nothing():
    contacts, answers = mailing()
    early = brought(contacts, answers.assign(time="2024-08-01"))
    assert early.outcomes["responded"].sum() == 0


def test_customers_needed_find_the_effect_four_times_in_five():
    needed = customers_needed(0.3, 0.05)
    rng = np.random.default_rng(4)
    treated, held_back = rng.binomial(needed, 0.35, 4000), rng.binomial(needed, 0.30, 4000)
    middle = (treated + held_back) / 2 / needed
    z = (treated - held_back) / needed / np.sqrt(2 * middle * (1 - middle) / needed)
    assert np.mean(np.abs(z) > 1.96) == pytest.approx(0.8, abs=0.025)
    with pytest.raises(InputError, match="no number of customers finds an effect of 0"):
        customers_needed(0.3, 0.0)


def test_the_margin_is_that_of_the_lines_where_cost_is_known():
    lines = pd.DataFrame({"customer_id": "a", "order_id": ["1", "2"], "time": "2024-05-01", "amount": [10.0, 30.0]})
    assert realised_margin(table(lines.assign(cost=[5.0, 25.0])), AS_OF, otherwise=0.9) == 0.25
    assert realised_margin(table(lines), AS_OF, otherwise=0.9) == 0.9
    assert realised_margin(None, AS_OF, otherwise=0.9) == 0.9


def test_true_effects_are_set_beside_those_found():
    contacts, answers = map(table, mailing())
    pairs = campaign_pairs(contacts, answers, AS_OF)
    known = pairs[["customer_id", "campaign_id"]].assign(effect=[0.2, 0.3] * 300)
    scored = score_effects(campaign_effects(pairs), pairs, known)
    assert scored["true_effect"].tolist() == pytest.approx([0.25, 0.25])
    assert scored["holds_truth"].all()
    with pytest.raises(InputError, match="599 of 600 customers chosen have no true effect"):
        score_effects(campaign_effects(pairs), pairs, known.head(1))


def moved(n=6000, seed=1):
    """Customers of whom those who bought much before answer to contact, and the others do not."""
    rng = np.random.default_rng(seed)
    treated, keen = rng.random(n) < 0.5, rng.random(n) < 0.5
    responded = rng.random(n) < 0.2 + 0.25 * treated * keen
    pairs = pd.DataFrame({"campaign_id": "a", "customer_id": range(n), "treated": treated, "responded": responded})
    X = pd.DataFrame({"prior_spend": np.where(keen, 90.0, 10.0) + rng.normal(0, 1, n), "kind": "person"})
    outcomes = pd.DataFrame({"responded": responded.astype(float)})
    return PairOutcomes(pairs, outcomes, pd.Series(np.where(treated, 1.0, 0.0))), X, keen


def test_whom_contact_moves_is_found_and_the_model_sums_up():
    found, X, keen = moved()
    learnt = learning_half(found.pairs["customer_id"], seed=1)
    treated, responded = (found.pairs[name].to_numpy() for name in ("treated", "responded"))
    model = UpliftModel().fit(X[learnt], treated[learnt], responded[learnt])
    score = model.predict(X[~learnt])
    assert score[keen[~learnt]].mean() == pytest.approx(0.25, abs=0.05)
    assert score[~keen[~learnt]].mean() == pytest.approx(0.0, abs=0.05)
    assert model.summary().loc["prior_spend", "difference"] > 0.3
    judged = chosen_pairs(found, ~learnt)
    by_fifth = effects_by_group(judged, fifths(score).set_axis(judged.pairs.index), "responded")
    assert by_fifth["sign"].tolist()[:2] == [1, 1]
    assert by_fifth["sign"].tolist()[3:] == [0, 0]
    assert groups_differ(by_fifth) < 0.001


def test_halves_hold_every_customer_once():
    customers = pd.Series(np.repeat(np.arange(101), 3))
    learnt = learning_half(customers, seed=2)
    assert set(customers[learnt]).isdisjoint(customers[~learnt])
    assert customers[learnt].nunique() == 50


def test_too_few_responses_are_refused_with_the_number_needed():
    found, X, _ = moved(200)
    treated = found.pairs["treated"].to_numpy()
    with pytest.raises(InputError, match=r"of those contacted 3 of \d+ responded; 25 of either kind are needed"):
        UpliftModel().fit(X, treated, np.cumsum(treated) * treated <= 3 * treated)
    assert np.isnan(groups_differ(pd.DataFrame({"effect": [0.1], "standard_error": [0.1]})))


def test_money_lost_on_a_group_is_found():
    """Contact costs one and brings nothing to those who are not keen: they should have been left alone."""
    found, _, keen = moved()
    spend = found.outcomes.assign(spend=found.outcomes["responded"] * 20.0)
    net = with_net(PairOutcomes(found.pairs, spend, found.cost), gross_margin=0.5)
    by_group = effects_by_group(net, pd.Series(np.where(keen, "keen", "other")), NET)
    assert by_group["sign"].tolist() == [1, -1]


def test_attributes_called_like_what_is_learnt_of_purchases_stand_beside_it():
    contacts, answers = map(table, mailing())
    pairs = campaign_pairs(contacts, answers, AS_OF)
    lines = pd.DataFrame({"customer_id": ["C000"], "order_id": ["1"], "time": ["2024-08-22"], "amount": [5.0]})
    names = ["prior_orders", "prior_spend", "days_since_last", "staff", "staff_missing", "amount"]
    people = pd.DataFrame({"customer_id": ["C000", "C001"]} | {name: [f"{name} of a client", None] for name in names})
    people["staff"] = [4, None]
    found = contact_features(
        pairs, transactions=table(lines.assign(prior_spend=7.0)), customers=people, attributes=names
    )
    assert found.columns.is_unique
    assert found.loc[0, "prior_spend"] == "prior_spend of a client"
    assert found.loc[0, "staff_missing"] == "staff_missing of a client"
    assert found.loc[0, [PRIOR_SPEND, name_beside("staff", MISSING)]].tolist() == [5, 0]
    assert contact_groups(found, "prior_spend").iloc[0] == "prior_spend of a client"


def test_features_are_of_the_time_before_the_contact():
    contacts, answers = map(table, mailing())
    pairs = campaign_pairs(contacts, answers, AS_OF)
    lines = pd.DataFrame({"customer_id": ["C000"] * 3 + ["C001"], "order_id": ["1", "1", "2", "3"]})
    lines = lines.assign(time=["2024-08-22"] * 2 + ["2024-09-01", "2024-03-01"], amount=[5.0, 7.0, 100.0, 9.0])
    people = pd.DataFrame({"customer_id": ["C000", "C001"], "trade": ["inn", None], "staff": [4, None]})
    known = {"transactions": table(lines), "customers": people, "attributes": ["trade", "staff"]}
    found = contact_features(pairs, **known)
    assert found.iloc[0][[PRIOR_ORDERS, PRIOR_SPEND, DAYS_SINCE_LAST]].tolist() == [1, 12, 10]
    assert found.loc[1, "trade"] == "not known"
    assert (found["staff"].tolist()[:2], found[name_beside("staff", MISSING)].tolist()[:2]) == ([4, 4], [0, 1])
    assert contact_groups(found, "trade").iloc[0] == "inn"
    assert contact_groups(found).nunique() <= 3
    with pytest.raises(InputError, match="nothing is known of customers before the contact"):
        contact_features(pairs, transactions=None, customers=None, attributes=[])
    with pytest.raises(InputError, match="there is no attribute 'town'"):
        contact_groups(found.drop(columns=PRIOR_SPEND), "town")
