"""Reasons and rules say what was put into simulated customers, in words, and thresholds follow from costs."""

from string import Formatter

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from scipy.stats import chi2
from sklearn.inspection import permutation_importance

from helpers.core.errors import InputError
from helpers.narrative.chapter import chapter_words
from helpers.value import (
    ChurnData,
    ChurnModel,
    RetentionOffer,
    choose_threshold,
    describe_effects,
    find_rules,
    list_leavers,
    offer_from_bills,
    rank_columns,
    reasons_by_customer,
    retention_by_month,
)
from helpers.value.churn.reasons import NO_REASON
from helpers.value.churn.rules import EVERYONE, Condition, simplify


@pytest.fixture(scope="module")
def customers() -> tuple[pd.DataFrame, np.ndarray]:
    """Leaving depends strongly on the plan, a little on tenure, not at all on the colour."""
    rng = np.random.default_rng(7)
    n = 4_000
    columns = pd.DataFrame(
        {
            "plan": rng.choice(["monthly", "yearly"], n),
            "colour": rng.choice(["red", "blue"], n),
            "tenure_months": rng.integers(0, 60, n).astype(float),
        }
    ).astype({"plan": "str", "colour": "str"})
    log_odds = -1.5 + 2.5 * (columns["plan"] == "monthly") - 0.03 * columns["tenure_months"]
    return columns, rng.random(n) < expit(log_odds.to_numpy())


@pytest.fixture(scope="module")
def model(customers) -> ChurnModel:
    columns, ended = customers
    return ChurnModel().fit(columns[:2_000], ended[:2_000])


def test_columns_are_ranked_by_what_shuffling_them_costs(customers, model):
    columns, ended = customers[0][2_000:], customers[1][2_000:]
    table = rank_columns(model.contributions(columns), ended, rng=np.random.default_rng(1))
    assert table["column"].tolist() == ["plan", "tenure_months", "colour"]
    assert table["auc_lost"].iloc[2] == pytest.approx(0, abs=0.005)
    assert (table["low"] <= table["auc_lost"]).all()
    assert (table["auc_lost"] <= table["high"]).all()


def test_shuffling_contributions_is_shuffling_columns(customers, model):
    """Breiman (2001): the same figure as forecasting anew from shuffled columns, but for the shuffle."""
    columns, ended = customers[0][2_000:], customers[1][2_000:]
    quick = rank_columns(model.contributions(columns), ended, rng=np.random.default_rng(1), repeats=20)
    slow = permutation_importance(model, columns, ended, scoring="roc_auc", n_repeats=5, random_state=0)
    by_column = quick.set_index("column").loc[columns.columns, "auc_lost"]
    assert by_column.to_numpy() == pytest.approx(slow.importances_mean, abs=0.006)


def test_effects_stand_beside_what_happened(customers, model):
    columns, ended = customers
    table = describe_effects(model.contributions(columns), columns, ended, ["plan", "tenure_months"], bands=4)
    assert table["column"].tolist() == ["plan"] * 2 + ["tenure_months"] * 4
    monthly = table[table["level"] == "monthly"].iloc[0]
    assert monthly["actual"] == pytest.approx(ended[columns["plan"] == "monthly"].mean())
    assert monthly["odds_factor"] > 2
    tenure = table[table["column"] == "tenure_months"]
    assert tenure["odds_factor"].is_monotonic_decreasing
    assert tenure["customers"].sum() == 4_000
    assert tenure["level"].iloc[0].startswith("0 to ")


def test_every_customer_gets_the_own_strongest_reasons_first(customers, model):
    columns, _ = customers
    table = reasons_by_customer(model, columns, at_most=2)
    contributions = model.contributions(columns)
    worst = contributions["plan"].idxmax()
    assert table.loc[worst, "reason_1"].startswith("plan: monthly (odds ×")
    settled = (contributions < 0.04).all(axis=1)
    assert settled.any()
    assert (table.loc[settled, "reason_1"] == NO_REASON).all()
    assert (table.loc[settled, "reason_2"] == "").all()
    new = (columns["plan"] == "yearly") & (columns["tenure_months"] < 3)
    assert table.loc[new, "reason_1"].str.startswith("tenure in months: ").all()


@pytest.mark.parametrize("names", [["plan"], ["plan", "tenure_months"]], ids=["one column", "two columns"])
def test_no_more_reasons_are_named_than_there_are_columns(customers, names):
    """A shop's contracts with one or two columns to learn from: they were refused as `at_most: 3 is out of range`."""
    columns, ended = customers[0][names][:500], customers[1][:500]
    model = ChurnModel().fit(columns, ended)
    data = ChurnData(pd.Series(np.arange(500)), columns, ended, 0, 0)
    table = list_leavers(model, data, model.predict_proba(columns)[:, 1], threshold=0.5)
    named = [name for name in table.columns if name.startswith("reason_")]
    assert named == [f"reason_{place + 1}" for place in range(len(names))]
    assert table["reason_1"].str.startswith("plan: monthly").any()
    with pytest.raises(InputError, match="at_most: 0 is out of range"):
        reasons_by_customer(model, columns, at_most=0)


def test_rules_find_the_plan_and_are_measured_on_other_customers(customers):
    columns, ended = customers
    table = find_rules(columns, ended, rng=np.random.default_rng(3), depth=2)
    assert table["rule"].iloc[0].startswith("plan is monthly, tenure in months at most ")
    assert table["customers"].sum() == 2_000
    assert table["support"].sum() == pytest.approx(1)
    assert table["captured"].sum() == pytest.approx(1)
    assert (table["low"] < table["precision"]).all()
    assert (table["precision"] < table["high"]).all()
    assert table["precision"].is_monotonic_decreasing
    assert not table["rule"].str.contains(r"\d\.\d").any(), "limits of whole numbers are whole"
    assert not table["rule"].str.contains("colour").any()


def test_rules_mean_what_they_say(customers):
    columns, ended = customers
    table = find_rules(columns, ended, rng=np.random.default_rng(3), depth=1)
    monthly = ended[columns["plan"] == "monthly"].mean()
    rule = table.set_index("rule").loc["plan is monthly"]
    assert rule["low"] < monthly < rule["high"]


def test_luck_makes_no_rule_that_holds_elsewhere():
    """A deep tree on noise parts its own customers far too well; on others, shares differ as by chance."""
    rng = np.random.default_rng(6)
    columns = pd.DataFrame(rng.normal(size=(1_500, 20)), columns=[f"noise{number}" for number in range(20)])
    table = find_rules(columns, rng.random(1_500) < 0.3, rng=rng, depth=5, smallest_share=0.01)
    share = table["leavers"].sum() / table["customers"].sum()
    expected, spread = table["customers"] * share, table["customers"] * share * (1 - share)
    assert len(table) > 10
    assert ((table["leavers"] - expected) ** 2 / spread).sum() < chi2.ppf(0.999, len(table) - 1)


def test_without_any_difference_the_one_rule_is_everyone():
    columns = pd.DataFrame({"x": np.zeros(100)})
    table = find_rules(columns, np.arange(100) % 2 == 0, rng=np.random.default_rng(0))
    assert table["rule"].tolist() == [EVERYONE]
    assert table["precision"].tolist() == [0.5]


def test_conditions_that_others_imply_are_dropped():
    path = [
        Condition("plan", "b", above=False),
        Condition("age", None, above=True, limit=20),
        Condition("plan", "a", above=True),
        Condition("age", None, above=True, limit=30),
    ]
    assert [str(one) for one in simplify(path)] == ["age above 30", "plan is a"]


def test_the_only_text_left_is_named():
    path = [Condition("plan", "a", above=False), Condition("plan", "b", above=False)]
    assert [str(one) for one in simplify(path, {"plan": ["a", "b", "c"]})] == ["plan is c"]
    assert [str(one) for one in simplify(path[:1], {"plan": ["a", "b", "c"]})] == ["plan is not a"]


def test_threshold_is_the_break_even_of_the_offer():
    """Elkan (2001), equation 2: contact where the expected gain covers the cost."""
    ended = np.array([True, True, False, False, False])
    probability = np.array([0.9, 0.3, 0.3, 0.1, 0.05])
    found = choose_threshold(ended, probability, RetentionOffer(cost=10, success_share=0.5, value_kept=100))
    assert found.threshold == 0.2
    assert (found.contacted, found.leavers_reached) == (3, 2)
    assert found.gain == pytest.approx(2 * 50 - 3 * 10)
    assert found.gain_of_all == pytest.approx(2 * 50 - 5 * 10)
    assert found.best_gain == pytest.approx(70)
    at = found.curve.set_index("threshold")
    assert at.loc[0.0, "gain"] == found.gain_of_all
    assert at.loc[0.2, "gain"] == found.gain
    assert at.loc[1.0, "contacted"] == 0


def test_a_customer_at_the_threshold_gets_the_offer():
    """At break-even the offer pays for itself: whoever has just that probability belongs to those it is made to."""
    ended = np.array([True, True, False, False])
    probability = np.array([0.75, 0.25, 0.25, 0.125])
    found = choose_threshold(ended, probability, RetentionOffer(cost=25, success_share=0.5, value_kept=200))
    assert (found.threshold, found.pays) == (0.25, True)
    assert (found.contacted, found.leavers_reached) == (3, 2)
    assert found.gain == 2 * 100 - 3 * 25
    at = found.curve.set_index("threshold").loc[0.25]
    assert (at["contacted"], at["leavers_reached"], at["gain"]) == (3, 2, found.gain)


def test_an_offer_that_pays_only_for_a_certain_leaver_pays():
    offer = RetentionOffer(cost=50, success_share=0.5, value_kept=100)
    found = choose_threshold(np.array([True, False]), np.array([1.0, 0.5]), offer)
    assert (found.threshold, found.pays, found.contacted) == (1.0, True, 1)


def test_the_interval_of_the_gain_is_normal_over_customers():
    """Three offers that bring 75, 75 and -25, one customer without: mean and spread of the four, times four."""
    ended = np.array([True, True, False, False])
    probability = np.array([0.75, 0.25, 0.25, 0.125])
    offer = RetentionOffer(cost=25, success_share=0.5, value_kept=200)
    found = choose_threshold(ended, probability, offer, confidence=0.9)
    reach = 1.6448536 * 2 * np.std([75, 75, -25, 0], ddof=1)
    assert found.interval == pytest.approx((125 - reach, 125 + reach))


def test_the_curve_has_a_step_more_than_asked_and_the_threshold_itself():
    ended, probability = np.array([True, False]), np.array([0.9, 0.1])
    offer = RetentionOffer(cost=30, success_share=0.5, value_kept=200)
    found = choose_threshold(ended, probability, offer, steps=4)
    assert found.curve["threshold"].tolist() == [0, 0.25, 0.3, 0.5, 0.75, 1]
    assert choose_threshold(ended, probability, offer).curve["threshold"].iloc[:2].tolist() == [0, 0.01]
    dear = RetentionOffer(cost=300, success_share=0.5, value_kept=200)
    assert choose_threshold(ended, probability, dear, steps=2).curve["threshold"].tolist() == [0, 0.5, 1]


@pytest.mark.parametrize(
    "terms",
    [
        {"cost": -0.01},
        {"cost": np.inf},
        {"value_kept": -0.01},
        {"value_kept": np.inf},
        {"success_share": -0.01},
        {"success_share": 1.01},
    ],
    ids=str,
)
def test_an_offer_that_means_nothing_is_refused(terms):
    with pytest.raises(InputError, match=rf"{next(iter(terms))}: .* is out of range"):
        RetentionOffer(**({"cost": 10, "success_share": 0.5, "value_kept": 100} | terms))


def test_an_offer_for_nothing_that_always_works_and_one_that_never_does():
    assert RetentionOffer(cost=0, success_share=1, value_kept=100).break_even == 0
    assert RetentionOffer(cost=10, success_share=0, value_kept=100).break_even == np.inf
    assert RetentionOffer(cost=10, success_share=1, value_kept=0).break_even == np.inf
    assert RetentionOffer(cost=1, success_share=0.5, value_kept=1).break_even == 2


def test_probabilities_of_other_customers_are_refused():
    for probabilities in ([0.9], [0.9, 0.5, 0.1]):
        with pytest.raises(InputError, match=f"{len(probabilities)} probabilities for 2 customers"):
            choose_threshold(np.array([True, False]), np.array(probabilities), RetentionOffer(10, 0.5, 100))


@pytest.mark.parametrize(("margin", "kept"), [(0, 0), (1, 1000 / 3 * 12)])
def test_a_kept_customer_is_worth_nothing_to_all_of_the_bills(margin, kept):
    bills = pd.Series([200.0, 300.0, 500.0])
    terms = {"cost": 20, "success_share": 0.25, "months": 12, "annual_rate": 0.0, "retention": 1.0}
    assert offer_from_bills(bills, margin=margin, **terms).value_kept == round(kept, 2)
    with pytest.raises(InputError, match=r"margin: -0\.01 is out of range"):
        offer_from_bills(bills, margin=-0.01, **terms)


def test_a_cent_is_the_smallest_value_of_a_kept_customer():
    terms = {"cost": 20, "success_share": 0.25, "margin": 1, "months": 1, "annual_rate": 0.0, "retention": 1.0}
    assert offer_from_bills(pd.Series([1.0, 1.25, 1.5, 1.0]), **terms).value_kept == 1.19


def test_right_probabilities_need_no_search_for_the_threshold():
    rng = np.random.default_rng(2)
    probability = rng.beta(1, 2, 40_000)
    ended = rng.random(40_000) < probability
    found = choose_threshold(ended, probability, RetentionOffer(cost=30, success_share=0.3, value_kept=300))
    assert found.best_threshold == pytest.approx(found.threshold, abs=0.06)
    assert found.gain > 0.99 * found.best_gain
    assert found.interval[0] < found.gain < found.interval[1]


def test_a_kept_customer_is_worth_the_discounted_profit_of_the_mean_bill():
    bills = pd.Series([30.0, 50.0])
    terms = {"cost": 20, "success_share": 0.25, "margin": 0.5, "months": 24, "retention": 0.9}
    monthly = 1.2 ** (1 / 12) - 1
    expected = sum(20 * 0.9**month / (1 + monthly) ** month for month in range(24))
    assert offer_from_bills(bills, annual_rate=0.2, **terms).value_kept == pytest.approx(expected, abs=0.005)
    with pytest.raises(InputError, match=r"margin: 1\.5 is out of range"):
        offer_from_bills(bills, annual_rate=0.2, **(terms | {"margin": 1.5}))


@pytest.mark.parametrize(
    ("bill", "months", "lost", "value", "break_even"),
    [(74.4413, 24, 1869 / 7043, 110, 1.37), (65.52, 12, 707 / 5000, 151, 0.993)],
    ids=["telco", "mlc_churn"],
)
def test_staying_is_not_taken_for_granted(bill, months, lost, value, break_even):
    """As for certain, a customer kept would be worth 648 and 299: with the table's own churn no offer of 30 pays."""
    terms = {"cost": 30, "success_share": 0.2, "margin": 0.4, "months": months, "annual_rate": 0.1}
    kept = retention_by_month(lost, period_months=1)
    offer = offer_from_bills(pd.Series([bill]), retention=kept, **terms)
    assert offer.value_kept == pytest.approx(value, abs=0.6)
    assert offer.break_even == pytest.approx(break_even, abs=0.006)
    assert offer_from_bills(pd.Series([bill]), retention=1.0, **terms).value_kept > 1.9 * value


def test_the_list_holds_those_still_here_in_order(customers, model):
    columns, ended = customers
    data = ChurnData(pd.Series(np.arange(len(ended))), columns, ended, 0, 0)
    probability = np.round(model.predict_proba(columns)[:, 1], 2)
    threshold = float(np.sort(probability[~ended])[100])  # what at least one customer has exactly
    table = list_leavers(model, data, probability, threshold=threshold)
    assert len(table) == (~ended).sum()
    assert not set(table["customer_id"]) & set(np.flatnonzero(ended))
    assert table["probability"].is_monotonic_decreasing
    assert (table.groupby("probability")["customer_id"].diff().dropna() > 0).all()
    assert (table["offer"] == (table["probability"] >= threshold)).all()
    row = table.iloc[0]
    assert row["reason_1"] == reasons_by_customer(model, columns).loc[row["customer_id"], "reason_1"]


def test_an_offer_that_never_pays_is_made_to_nobody():
    offer = RetentionOffer(cost=30, success_share=0.0, value_kept=300)
    found = choose_threshold(np.array([True, False]), np.array([0.9, 0.1]), offer)
    assert found.threshold == np.inf
    assert (found.contacted, found.gain) == (0, 0.0)


@pytest.mark.parametrize(("cost", "pays"), [(30, True), (30.01, False), (160, False)])
def test_no_threshold_is_named_where_even_a_certain_leaver_is_not_worth_the_offer(cost, pays):
    """A probability of 533 % is none: where the threshold exceeds 1, no sentence names it."""
    offer = RetentionOffer(cost=cost, success_share=0.1, value_kept=300)
    found = choose_threshold(np.array([True, False]), np.array([0.9, 0.1]), offer)
    assert found.pays is pays
    words, kind = chapter_words("32_churn").sentences, "offer" if pays else "no_offer"
    sentences = [words[f"{kind}_{piece}"] for piece in ("pays", "title", "alt", "reading")]
    assert sentences[0].startswith("An offer pays where" if pays else "No offer pays")
    assert sentences[1].startswith("At break-even" if pays else "At no probability")
    named = {field for text in sentences for _, field, *_ in Formatter().parse(text) if field}
    assert ("offer_threshold" in named, "offer_gain" in named, "offer_customers" in named) == (pays, pays, pays)
    assert {"kept_customer_value", "counted", "offer_gain_from_all"} <= named


def test_the_value_of_a_kept_customer_comes_with_what_it_counts():
    terms = {"cost": 1, "success_share": 0.5, "margin": 0.125}
    offer = offer_from_bills(pd.Series([8.0, 24.0]), **terms, months=1, annual_rate=0.0, retention=1.0)
    assert offer.value_kept == 2.0
    assert offer.definition == "margin (12.5 % of the bill), over the next month, not discounted, past excluded"


def test_offers_and_depths_out_of_range_are_refused(customers):
    with pytest.raises(InputError, match="cost: -1 is out of range"):
        RetentionOffer(cost=-1, success_share=0.5, value_kept=100)
    with pytest.raises(InputError, match=r"success_share: 1\.5 is out of range"):
        RetentionOffer(cost=1, success_share=1.5, value_kept=100)
    with pytest.raises(InputError, match="depth: 9 is out of range"):
        find_rules(*customers, rng=np.random.default_rng(0), depth=9)
