"""Loyalty to brands: published panels, known distributions, random purchase, and data too poor to tell."""

from datetime import date
from itertools import pairwise
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.discrete.conditional_models import ConditionalLogit as ByStatsmodels

from helpers.core.errors import InputError
from helpers.differentiation import loyalty

DATA = Path(__file__).resolve().parents[2] / "data"
MARKET = np.array([0.5, 0.3, 0.2])
BRANDS = ["A", "B", "C"]
PUBLISHED = {
    "cracker": (136, 3292, {"nabisco": 0.5443, "private": 0.3144, "sunshine": 0.0726, "kleebler": 0.0687}),
    "yogurt": (100, 2412, {"dannon": 0.4022, "yoplait": 0.3391, "weight": 0.2293, "hiland": 0.0294}),
    "catsup": (300, 2798, {"heinz32": 0.5211, "heinz28": 0.3041, "hunts32": 0.1097, "heinz41": 0.0650}),
}


def long(bought: np.ndarray, *, category: str = "tea") -> pd.DataFrame:
    """Return purchases of customers (rows) and brands (columns) as one row per cell."""
    wide = pd.DataFrame(bought, columns=BRANDS[: bought.shape[1]]).rename_axis("customer_id").reset_index()
    table = wide.melt("customer_id", var_name="brand", value_name="purchases").assign(category=category)
    return table[table["purchases"] > 0].reset_index(drop=True)


def drawn(polarisation: float, *, customers: int = 400, purchases: int = 12, seed: int = 1) -> np.ndarray:
    """Return purchases of customers whose tastes lie this far apart; zero: all choose like the market."""
    rng = np.random.default_rng(seed)
    tastes = (
        rng.dirichlet((1 / polarisation - 1) * MARKET, customers)
        if polarisation
        else np.broadcast_to(MARKET, (customers, 3))
    )
    return rng.multinomial(purchases, tastes)


# --- published panels -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("panel", PUBLISHED)
def test_counts_and_shares_of_the_published_panels(panel):
    """Ecdat: Cracker, Yogurt and Catsup, to the digits printed."""
    choices = pd.read_parquet(DATA / panel / "choices.parquet")
    chosen = choices[choices["chosen"]]
    customers, purchases, shares = PUBLISHED[panel]
    assert (chosen["customer_id"].nunique(), len(chosen)) == (customers, purchases)
    found = loyalty.market_shares(chosen.assign(category="all", purchases=1)).loc["all"]
    assert found.round(4).to_dict() == pytest.approx(shares, abs=1.01e-4)
    assert choices.groupby(["customer_id", "occasion"])["chosen"].sum().eq(1).all()


# --- the Dirichlet-multinomial ----------------------------------------------------------------------------------------


def test_the_likelihood_is_that_of_scipys_dirichlet_multinomial():
    bought = drawn(0.3, customers=60)
    model = loyalty.BrandDirichlet().fit(pd.DataFrame(bought, columns=BRANDS))
    alpha = model.strength_ * model.shares_.to_numpy()
    orders = stats.multinomial.logpmf(bought, 12, MARKET) - (bought * np.log(MARKET)).sum(axis=1)
    theirs = (stats.dirichlet_multinomial.logpmf(bought, alpha, 12) - orders).sum()
    assert model.polarisation_.log_likelihood == pytest.approx(theirs, abs=1e-6)
    shifted = [
        (stats.dirichlet_multinomial.logpmf(bought, s * model.shares_.to_numpy(), 12) - orders).sum()
        for s in model.strength_ * np.array([0.95, 1.05])
    ]
    assert max(shifted) < theirs


@pytest.mark.parametrize("true", [0.1, 0.3, 0.7])
def test_the_polarisation_is_recovered_and_its_interval_holds_it(true):
    held = 0
    for seed in range(20):
        bought = drawn(true, seed=seed)
        who, brand = np.nonzero(bought)
        fit = loyalty.fit_polarisation(brand, bought[who, brand], bought.sum(axis=1))
        assert fit.estimate == pytest.approx(true, abs=0.08)
        held += fit.low <= true <= fit.high
    assert held >= 17


def test_random_purchase_at_given_shares_is_distinguished_from_loyalty():
    """Raw shares make half of such customers look loyal; the classes name next to none."""
    counts = long(drawn(0.0, customers=1000, purchases=5))
    categories = loyalty.fit_categories(counts)
    assert categories.loc["tea", "polarisation_low"] == 0
    judged = loyalty.judge_customers(counts, categories["polarisation"])
    assert (judged["favourite_share"] >= 0.6).mean() > 0.5
    assert (judged["loyalty"] == "loyal").mean() < 0.02


def test_buyers_of_one_brand_each_are_all_loyal():
    bought = np.diag([6, 6, 6]).repeat(20, axis=0)
    counts = long(bought)
    categories = loyalty.fit_categories(counts)
    assert categories.loc["tea", "polarisation"] == pytest.approx(1.0)
    assert categories.loc["tea", "polarisation_high"] == 1
    assert set(loyalty.judge_customers(counts, categories["polarisation"])["loyalty"]) == {"loyal"}


def test_one_purchase_each_leaves_it_open_whether_tastes_differ():
    wide = pd.DataFrame(np.eye(3, dtype=int).repeat(10, axis=0), columns=BRANDS)
    with pytest.raises(InputError, match="no customer bought twice"):
        loyalty.BrandDirichlet().fit(wide)
    counts = long(wide.to_numpy())
    categories = loyalty.fit_categories(counts)
    assert np.isnan(categories.loc["tea", "polarisation"])
    assert loyalty.judge_customers(counts, categories["polarisation"], least_purchases=1).empty


@pytest.mark.parametrize(
    ("wide", "message"),
    [
        (pd.DataFrame({"A": [3, 4], "B": [0, 0]}), "fewer than two brands"),
        (pd.DataFrame({"A": [0, 0], "B": [0, 0]}), "nothing was bought"),
        (pd.DataFrame({"A": [1.5, 2], "B": [1, -1]}), "no numbers of purchases"),
        (np.ones((2, 2)), "data frame"),
    ],
)
def test_purchases_that_teach_nothing_are_refused(wide, message):
    with pytest.raises(InputError, match=message):
        loyalty.BrandDirichlet().fit(wide)


def test_buyers_are_compared_with_what_simulation_gives():
    bought = pd.DataFrame(drawn(0.3, customers=30_000), columns=BRANDS)
    table = loyalty.BrandDirichlet().fit(bought).compare_brands(bought)
    for what in ("buyers", "sole_buyers"):
        np.testing.assert_allclose(table[f"{what}_expected"], table[what], rtol=0.12)
    assert table["sole_buyers_random"].sum() < 0.1 * table["sole_buyers"].sum()


def test_a_summary_is_rounded_and_an_unfitted_model_says_so():
    model = loyalty.BrandDirichlet()
    with pytest.raises(InputError, match="has not been fitted"):
        model.summary()
    shown = model.fit(pd.DataFrame(drawn(0.3), columns=BRANDS)).summary()
    assert list(shown.index[:2]) == ["polarisation", "strength"]
    assert list(shown.columns) == ["estimate", "low", "high"]


# --- classes ----------------------------------------------------------------------------------------------------------


def test_the_three_classes_by_their_rule():
    bought = np.array([[10, 0, 0], [0, 5, 5], [5, 3, 2], [2, 2, 0]])
    judged = loyalty.judge_customers(
        long(bought), pd.Series({"tea": 0.3}), shares=loyalty.market_shares(long(drawn(0.3)))
    )
    assert judged.set_index("customer_id")["loyalty"].to_dict() == {0: "loyal", 1: "switching", 2: "not loyal"}


def test_equal_brands_fall_to_the_larger_and_equal_classes_to_the_less_loyal():
    bought = pd.DataFrame({"customer_id": [1, 1, 2, 3], "category": "tea", "brand": ["A", "B", "A", "B"]})
    judged = loyalty.judge_customers(bought.assign(purchases=[5, 5, 9, 9]), pd.Series({"tea": 0.5}))
    assert judged.set_index("customer_id").loc[1, "favourite"] == "A"
    two = pd.DataFrame({"customer_id": 1, "category": ["tea", "oil"], "purchases": 6})
    two["loyalty"] = pd.Categorical(["loyal", "not loyal"], categories=loyalty.CLASSES)
    assert loyalty.class_customers(two)["loyalty"].tolist() == ["not loyal"]


def test_a_single_customer_is_like_the_market():
    counts = long(np.array([[6, 3, 1]]))
    categories = loyalty.fit_categories(counts)
    judged = loyalty.judge_customers(counts, categories["polarisation"])
    assert judged["loyalty"].tolist() == ["not loyal"]


# --- loyalty of customers ---------------------------------------------------------------------------------------------


def test_loyalty_of_customers_is_found_in_its_order_and_better_than_by_raw_shares():
    rng = np.random.default_rng(3)
    true = rng.beta(1.5, 4.0, 500)
    tables = []
    for category in ("tea", "oil", "soap"):
        tastes = np.stack([rng.dirichlet((1 / one - 1) * MARKET + 1e-9) for one in true])
        tables.append(long(rng.multinomial(1 + rng.poisson(6), tastes), category=category))
    model = loyalty.LoyaltyMixture().fit(pd.concat(tables, ignore_index=True))
    assert model.mean_ == pytest.approx(true.mean(), abs=0.03)
    known = pd.DataFrame({"customer_id": range(500), "brand_loyalty": true})
    score = loyalty.score_loyalty(model.customers_, known, rng, draws=199)
    assert score.correlation.estimate > 0.55
    assert score.gain.low > 0
    inside = model.customers_["loyalty_low"].le(true) & model.customers_["loyalty_high"].ge(true)
    assert inside.mean() > 0.85
    assert len(model.summary()) == 6


def test_a_truth_that_does_not_match_is_refused():
    customers = pd.DataFrame(
        {"loyalty": [0.1, 0.2], "raw_share": [0.5, 0.6]}, index=pd.Index([1, 2], name="customer_id")
    )
    twice = pd.DataFrame({"customer_id": [1, 1], "brand_loyalty": [1.0, 2.0]})
    rng = np.random.default_rng(1)
    with pytest.raises(InputError, match="a second one, in 1 row"):
        loyalty.score_loyalty(customers, twice, rng)
    with pytest.raises(InputError, match="the truth is known of 2 customers"):
        loyalty.score_loyalty(customers, twice.assign(customer_id=[1, 2]), rng)


# --- switching --------------------------------------------------------------------------------------------------------


def steps_of(sequences: dict[int, str]) -> pd.DataFrame:
    pairs = [(who, *pair) for who, brands in sequences.items() for pair in pairwise(brands)]
    table = pd.DataFrame(pairs, columns=["customer_id", "previous", "brand"]).assign(category="tea", deals=0)
    keys = ["customer_id", "category", "previous", "brand"]
    return table.groupby(keys, as_index=False).agg(times=("deals", "size"), deals=("deals", "sum"))


def test_the_switching_matrix_by_hand():
    matrix = loyalty.switching_matrix(steps_of({1: "AAAB", 2: "BBA", 3: "CA"}), brands_shown=2)
    assert matrix.loc["A"].to_dict() == pytest.approx({"A": 2 / 3, "B": 1 / 3, "others": 0})
    assert matrix.loc["others"].to_dict() == {"A": 1, "B": 0, "others": 0}


def test_repeats_of_lasting_tastes_are_those_expected():
    rng = np.random.default_rng(5)
    tastes = rng.dirichlet(MARKET / 0.3 * 0.7, 800)
    sequences = {who: "".join(rng.choice(BRANDS, 12, p=taste)) for who, taste in enumerate(tastes)}
    bought = np.array([[brands.count(one) for one in BRANDS] for brands in sequences.values()])
    table = loyalty.compare_repeats(steps_of(sequences), long(bought), pd.Series({"tea": 0.3}))
    assert table.loc["tea", "repeat_rate"] == pytest.approx(table.loc["tea", "repeat_rate_expected"], abs=0.02)
    assert table.loc["tea", "repeat_rate_random"] == pytest.approx((MARKET**2).sum(), abs=0.02)


def test_brands_bought_independently_are_duplicated_as_often_as_all_buy_them():
    rng = np.random.default_rng(2)
    has = rng.random((4000, 3)) < np.array([0.6, 0.4, 0.2])
    pairs, coefficient = loyalty.duplicate_purchase(pd.DataFrame(has.astype(int), columns=BRANDS))
    buyers = has.any(axis=1).mean()
    assert coefficient == pytest.approx(buyers, abs=0.03)  # of all people, those who buy anything are the whole here
    assert len(pairs) == 6


def test_deals_behind_switches():
    steps = steps_of({1: "AAB", 2: "ABA", 3: "BBB"}).assign(deals=lambda t: t["times"] * (t["brand"] != t["previous"]))
    switch, repeat, difference = loyalty.deals_behind(steps, np.random.default_rng(1), draws=99)
    assert (switch.estimate, repeat.estimate, difference.estimate) == (1.0, 0.0, 1.0)


# --- forecast of the next brand ---------------------------------------------------------------------------------------


def with_last(bought: np.ndarray, seed: int = 1) -> pd.DataFrame:
    """Add the number of last purchases: one of each customer, drawn from what was bought."""
    counts = long(bought)
    key = np.random.default_rng(seed).random(len(counts)) ** (1 / counts["purchases"])
    chosen = key.groupby(counts["customer_id"]).idxmax()
    return counts.assign(last_purchases=counts.index.isin(chosen).astype(int))


@pytest.mark.parametrize(("polarisation", "sign"), [(0.4, 1), (0.0, 0)])
def test_own_tastes_forecast_the_next_brand_only_where_tastes_differ(polarisation, sign):
    counts = with_last(drawn(polarisation))
    found = loyalty.forecast_choices(counts, np.random.default_rng(1), draws=299)
    assert found.choices == found.customers == 400
    assert found.gain.sign == sign
    if sign:
        assert found.hit_gain.low > 0
        assert found.by_class.loc["loyal", "favourite_again"] > found.by_class.loc["not loyal", "favourite_again"]


def test_a_forecast_needs_two_customers_and_leaves_out_brands_nobody_knew():
    alone = pd.DataFrame({"customer_id": [1, 1], "category": "tea", "brand": ["A", "B"], "purchases": [3, 2]})
    with pytest.raises(InputError, match="fewer than two customers"):
        loyalty.forecast_choices(alone.assign(last_purchases=[0, 1]), np.random.default_rng(1))
    counts = with_last(drawn(0.4))
    unknown = pd.DataFrame(
        {"customer_id": [0], "category": "tea", "brand": ["Z"], "purchases": [1], "last_purchases": [1]}
    )
    found = loyalty.forecast_choices(pd.concat([counts, unknown]), np.random.default_rng(1), draws=99)
    assert found.unseen == 1


# --- price ------------------------------------------------------------------------------------------------------------


def shelf_drawn(beta: tuple[float, float] = (-1.0, 0.8), *, occasions: int = 1500, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"occasion": np.arange(occasions).repeat(3), "brand": BRANDS * occasions})
    table["customer_id"] = table["occasion"] // 10
    table["price"] = rng.uniform(1, 3, len(table)).round(2)
    table["featured"] = rng.random(len(table)) < 0.2
    utility = beta[0] * table["price"] + beta[1] * table["featured"] + rng.gumbel(size=len(table))
    table["chosen"] = utility == utility.groupby(table["occasion"]).transform("max")
    return table


def test_the_conditional_logit_recovers_the_truth_and_agrees_with_statsmodels():
    table = shelf_drawn()
    X = table[["price", "featured"]].astype(float)
    model = loyalty.ConditionalLogit().fit(
        X, table["chosen"], occasion=table["occasion"], customer=table["customer_id"]
    )
    ends = model.intervals()
    assert (ends["low"] < [-1.0, 0.8]).all()
    assert (ends["high"] > [-1.0, 0.8]).all()
    few = table["occasion"] < 300
    ours = loyalty.ConditionalLogit().fit(
        X[few], table["chosen"][few], occasion=table["occasion"][few], customer=table["customer_id"][few]
    )
    theirs = ByStatsmodels(table["chosen"][few].astype(int), X[few], groups=table["occasion"][few]).fit(disp=0)
    np.testing.assert_allclose(ours.coefficients_, theirs.params, atol=5e-4)
    assert ours.log_likelihood_ >= theirs.llf  # theirs stops a little short of the top
    assert ours.log_likelihood_ == pytest.approx(theirs.llf, abs=1e-3)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda t: t.assign(chosen=False), "no choice or several on 1,500 occasions"),
        (lambda t: t.assign(price=np.nan), "numbers are missing: 'price'"),
        (lambda t: t.assign(price=1.0), "do not tell the effects apart"),
        (lambda t: t.assign(price=(~t["chosen"]).astype(float)), "do not tell the effects apart"),
    ],
)
def test_choices_that_do_not_tell_effects_apart_are_refused(spoil, message):
    table = spoil(shelf_drawn())
    with pytest.raises(InputError, match=message):
        loyalty.ConditionalLogit().fit(
            table[["price"]], table["chosen"], occasion=table["occasion"], customer=table["customer_id"]
        )


def test_prices_of_nothing_leave_the_occasion_out_and_elasticities_fall_with_share():
    table = shelf_drawn()
    table["occasion"] = table["occasion"] % 10
    table.loc[0, "price"] = 0.0
    shelf, left_out = loyalty.shelf_of_panel(table)
    assert left_out == 1
    assert len(shelf) == len(table) - 3
    columns = loyalty.columns_of_utility(shelf, taste=False)
    model = loyalty.ConditionalLogit().fit(
        columns, shelf["chosen"], occasion=loyalty.occasions_of(shelf), customer=shelf["customer_id"]
    )
    assert (loyalty.price_elasticities(model, shelf, columns) < -0.5).all()
    ahead = loyalty.forecast_with_prices(table)
    assert ahead.customers == 150
    assert ahead.over_market.low > 0


# --- new products -----------------------------------------------------------------------------------------------------


def launches(early: int, *, customers: int = 200, products: int = 40, seed: int = 1) -> pd.DataFrame:
    """Lines of customers who all buy every new product; the first `early` of them in its first week."""
    rng = np.random.default_rng(seed)
    day = rng.uniform(8, 60, (products, customers))
    day[:, :early] = rng.uniform(0, 7, (products, early))
    launched = 120 + 5 * np.arange(products)[:, None]
    rows = pd.DataFrame({"day": (day + launched).ravel(), "customer_id": np.tile(np.arange(customers), products)})
    rows["product_id"] = np.arange(products).repeat(customers)
    old = pd.DataFrame({"day": 0.0, "customer_id": np.arange(customers), "product_id": -1})
    lines = pd.concat([old, rows], ignore_index=True)
    time = pd.Timestamp("2023-01-01") + pd.to_timedelta(lines["day"].round(3), unit="D")
    return lines.assign(time=time.dt.floor("s"), order_id=range(len(lines)), amount=1.0).drop(columns="day")


@pytest.mark.parametrize("planted", [20, 0])
def test_early_adopters_are_those_planted(planted):
    found = loyalty.find_early_adopters(ibis.memtable(launches(planted)), date(2025, 1, 1))
    named = set(found.customers.index[found.customers["early_adopter"]])
    assert found.new_products == 40
    assert named == set(range(planted))
    assert found.halves.sign == (1 if planted else 0)


def test_without_new_products_nobody_is_first():
    lines = launches(0, products=3)
    with pytest.raises(InputError, match="3 products came new"):
        loyalty.find_early_adopters(ibis.memtable(lines), date(2025, 1, 1))


# --- serialisation ----------------------------------------------------------------------------------------------------


def test_serialisation_by_hand():
    """Of three customers one is loyal, one in class A without being loyal, one neither."""
    rows = [(1, "A", 8, 50.0), (2, "A", 4, 900.0), (2, "B", 2, 450.0), (2, "C", 2, 450.0), (3, "A", 1, 40.0)]
    counts = pd.DataFrame(rows, columns=["customer_id", "brand", "purchases", "amount"]).assign(category="tea", part=0)
    # Class A ends at 95 % of revenue here: customer 2 brings 1,800 of 1,890.
    table = loyalty.measure_serialisation(
        pd.concat([counts, counts.assign(part=1, amount=1.0)]),
        pd.Series({"tea": 0.5}),
        cuts=(0.96, 0.98),
        loyal_share=0.6,
        least_purchases=5,
    )
    first = table.iloc[0]
    assert (first["loyal"], first["a_class"], first["loyal_or_a"], first["customers"]) == (1, 1, 2, 3)
    assert first["customer_share"] == pytest.approx(2 / 3)
    assert first["revenue_share"] == pytest.approx(1850 / 1890)
    assert list(table["part"]) == [0, 1]
    assert list(table)[6:] == ["customer_share", "customer_share_low", "customer_share_high", "revenue_share"]
