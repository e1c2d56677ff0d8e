"""Sales control: prices by the list, discounts that were agreed and not, sellers without luck, steps with open ends."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.meta_analysis import combine_effects

from helpers import evaluation
from helpers.core.errors import InputError
from helpers.evaluation.price_realisation import APPROVED, AT_LIST, DEEPER, UNKNOWN, USUAL

AS_OF = date(2025, 1, 1)
DAY = pd.Timestamp("2024-03-10")


def prices_of(*rows):
    names = ["product_id", "price", "valid_from", "valid_to", "region", "customer_class"]
    found = pd.DataFrame(rows, columns=names).astype({"price": "float64"})
    for name in ("valid_from", "valid_to"):
        found[name] = pd.to_datetime(found[name]).astype("datetime64[us]")
    return evaluation.read_price_list(ibis.memtable(found.astype({"region": "string", "customer_class": "string"})))


def line(customer_id="a", amount=10.0, product_id=1, quantity=1, time=DAY, order_id=1):
    names = ("customer_id", "amount", "product_id", "quantity", "time", "order_id")
    return dict(zip(names, (customer_id, amount, product_id, quantity, time, order_id), strict=True))


def priced(rows, prices, **scope):
    found = evaluation.price_lines(ibis.memtable(pd.DataFrame(rows)), prices, AS_OF, **scope).to_pandas()
    return found.sort_values(["order_id", "product_id"], ignore_index=True)


CUSTOMERS = ibis.memtable(
    pd.DataFrame({"customer_id": ["a", "b", "c", "d"], "region": ["N", "N", "S", None], "kind": ["firm", "person"] * 2})
)
EVERYWHERE = (1, 10.0, None, None, None, None)


def test_the_narrowest_price_counts_before_the_wider():
    listed = prices_of(
        EVERYWHERE,
        (1, 9.0, None, None, None, "firm"),
        (1, 8.0, None, None, "N", None),
        (1, 7.0, None, None, "N", "firm"),
    )
    rows = [line(who, order_id=n) for n, who in enumerate("abcd")]
    found = priced(rows, listed, customers=CUSTOMERS, customer_class="kind")
    assert found["list_amount"].tolist() == [7.0, 8.0, 9.0, 10.0]


@pytest.mark.parametrize(
    ("day", "price"), [("2024-02-29", 10), ("2024-03-01", 8), ("2024-03-31", 8), ("2024-04-01", 10)]
)
def test_an_offer_holds_from_its_first_to_its_last_day(day, price):
    listed = prices_of(EVERYWHERE, (1, 8.0, "2024-03-01", "2024-03-31", None, None))
    found = priced([line(time=pd.Timestamp(f"{day} 23:59"), quantity=3)], listed)
    assert found["list_amount"].tolist() == [3 * price]


def test_of_equally_narrow_prices_the_one_that_began_last_counts():
    listed = prices_of(
        (1, 12.0, "2024-03-01", None, None, None), EVERYWHERE, (1, 11.0, "2024-03-01", "2024-03-20", None, None)
    )
    assert priced([line()], listed)["list_amount"].tolist() == [11.0]


def test_faults_of_a_price_list_are_named_together():
    bad = [
        (1, -1.0, None, None, None, None),
        (2, np.nan, None, None, None, None),
        (3, 1.0, "2024-02-02", "2024-02-01", None, None),
    ]
    with pytest.raises(InputError) as refused:
        prices_of(*bad, (4, 1.0, None, None, None, None), (4, 2.0, None, None, None, None))
    assert len(refused.value.faults) == 4
    assert all(fault.remedy for fault in refused.value.faults)


def test_the_same_price_twice_is_one_price():
    assert len(prices_of(EVERYWHERE, EVERYWHERE)) == 1


def test_prices_by_region_and_class_need_both_of_the_customers():
    listed = prices_of((1, 10.0, None, None, "N", "firm"))
    with pytest.raises(InputError) as refused:
        priced([line()], listed)
    assert [fault.where for fault in refused.value.faults] == ["table customers", "price_class"]


def test_without_a_list_the_list_prices_of_products_hold_for_all():
    products = pd.DataFrame({"product_id": [1, 2], "list_price": [5.0, None]})
    listed = evaluation.read_price_list(None, ibis.memtable(products))
    assert listed["price"].tolist() == [5.0]
    with pytest.raises(InputError, match="no list price is known"):
        evaluation.read_price_list(None, ibis.memtable(products[["product_id"]]))


def test_refunds_larger_than_sales_change_no_price():
    rows = [line(), line(amount=-500.0, quantity=-50), line(amount=-1.0), line(quantity=0, amount=3.0)]
    assert len(priced(rows, prices_of(EVERYWHERE))) == 1


def judged_orders(rates, *, approved=(), unlisted=(), **settings):
    """Judge orders of one line each, listed at a hundred, by the discounts of customers."""
    rows = [
        {"customer_id": who, "order_id": f"{who}{n:02d}", "amount": round(100 * (1 - rate), 2), "list_amount": 100.0}
        for who, given in rates.items()
        for n, rate in enumerate(given)
    ]
    lines = pd.DataFrame(rows).assign(product_id=1, region="", customer_class="", time=DAY)
    lines.loc[lines["order_id"].isin(unlisted), "list_amount"] = np.nan
    register = pd.DataFrame({"order_id": list(approved), "approved": True}) if approved else None
    return evaluation.judge_prices(
        ibis.memtable(lines), None if register is None else ibis.memtable(register), **settings
    )


def kinds(found):
    return found.orders.set_index("order_id")["kind"].astype(str).to_dict()


def test_a_usual_discount_is_negotiated_and_what_goes_beyond_it_a_leak():
    found = judged_orders({"a": [0.1] * 5 + [0.28], "b": [0.0] * 6, "c": [0.3] * 4}, approved=["a00"])
    of = kinds(found)
    assert (of["a00"], of["a01"], of["a05"], of["b00"], of["c00"]) == (APPROVED, USUAL, DEEPER, AT_LIST, UNKNOWN)
    assert found.orders.set_index("order_id")["leaked"][["a04", "a05"]].tolist() == [0.0, 18.0]
    assert found.approvals_known
    assert found.by_kind()["orders"].sum() == len(found.orders)


def test_an_approved_order_is_no_leak_however_deep():
    assert kinds(judged_orders({"a": [0.1] * 5 + [0.9]}, approved=["a05"]))["a05"] == APPROVED


def test_a_customer_whose_discounts_waver_is_not_called_a_leak_wholesale():
    random = np.random.default_rng(1)
    found = judged_orders({f"c{n}": random.normal(0.15, 0.04, 60).clip(0.02).tolist() for n in range(40)})
    assert (found.orders["kind"] == DEEPER).mean() < 0.01


def test_a_better_discount_from_the_next_year_on_is_usual_then():
    rows = [(f"{year}-05-{day:02d}", rate) for year, rate in (("2023", 0.05), ("2024", 0.12)) for day in range(1, 8)]
    frame = pd.DataFrame({"customer_id": "a", "order_id": range(len(rows)), "list_amount": 100.0, "product_id": 1})
    frame["time"], frame["amount"] = pd.to_datetime([day for day, _ in rows]), [100 * (1 - rate) for _, rate in rows]
    found = evaluation.judge_prices(ibis.memtable(frame.assign(region="", customer_class="")))
    assert set(found.orders["kind"]) == {USUAL}


def test_all_prices_equal_give_no_order_below_the_list_and_no_spread():
    found = judged_orders({who: [0.0] * 6 for who in "abc"})
    assert found.below.empty
    assert found.deeper_orders.empty
    kept = evaluation.ratio_by_customer(found.orders, "amount", "list_amount")
    assert kept.estimate == 1
    assert np.isnan(kept.low)


def test_one_order_is_judged_against_the_list_only():
    found = judged_orders({"a": [0.4]})
    assert kinds(found) == {"a00": UNKNOWN}
    assert found.customers["usual_discount"].isna().all()


def test_a_line_given_away_is_below_the_list():
    assert kinds(judged_orders({"a": [0.0] * 6 + [1.0]}))["a06"] == DEEPER


def test_lines_without_a_price_on_the_list_are_counted_and_none_at_all_is_said():
    found = judged_orders({"a": [0.0] * 6}, unlisted=["a00", "a01"])
    assert (found.lines, found.lines_not_judged, len(found.orders)) == (6, 2, 4)
    with pytest.raises(InputError, match="none of 2 lines sold has a price above zero on the list"):
        judged_orders({"a": [0.0] * 2}, unlisted=["a00", "a01"])


def test_a_zero_price_on_the_list_judges_nothing():
    found = priced([line()], prices_of((1, 0.0, None, None, None, None)))
    assert found["list_amount"].isna().all()


def test_lines_dearer_than_the_list_are_counted():
    found = judged_orders({"a": [-0.2] + [0.0] * 5})
    assert found.lines_above_list == 1
    assert kinds(found)["a00"] == AT_LIST


def test_prices_by_group_have_intervals_of_customers():
    found = judged_orders({"a": [0.1] * 6, "b": [0.2] * 6, "c": [0.3] * 6, "d": [0.0] * 6})
    region = found.orders["customer_id"].map({"a": "N", "b": "N", "c": "N", "d": "S"})
    shares = evaluation.price_realised(found.orders.assign(region=region), "region").set_index("group")
    assert shares.loc["N", "kept_share"] == pytest.approx(0.8)
    assert shares.loc["N", "kept_share_low"] < 0.8 < shares.loc["N", "kept_share_high"]
    assert np.isnan(shares.loc["S", "kept_share_low"])  # one customer has no spread
    with pytest.raises(InputError, match="no group of any order is known"):
        evaluation.price_realised(found.orders.assign(region=""), "region")


def test_prices_by_category_add_up_its_lines():
    products = ibis.memtable(pd.DataFrame({"product_id": [1, 2], "category": ["x", "y"]}))
    rows = [line(who, amount=8.0 + 2 * n, order_id=n, product_id=n % 2 + 1) for n, who in enumerate("aabb")]
    listed = prices_of(EVERYWHERE, (2, 20.0, None, None, None, None))
    lines = evaluation.price_lines(ibis.memtable(pd.DataFrame(rows)), listed, AS_OF)
    found = evaluation.price_by_product(lines, products).set_index("group")
    assert found["kept_share"].tolist() == pytest.approx([20 / 20, 24 / 40])


def test_leaks_are_scored_beside_a_search_by_missing_approvals():
    found = judged_orders({"a": [0.1] * 6 + [0.3], "b": [0.2] * 7}, approved=["a00", "b00"])
    truth = pd.DataFrame({"order_id": ["a06", "b01"], "leak": [20.0, 5.0]})
    score = evaluation.score_leaks(found, truth, pd.DataFrame({"customer_id": ["a"], "negotiated_discount": [0.11]}))
    assert (score.precision.estimate, score.recall.estimate) == (1.0, 0.5)
    assert score.without_approval_precision.estimate == pytest.approx(2 / 12)
    assert (score.found_amount, score.true_amount) == (20.0, 25.0)
    assert score.discount_error == pytest.approx(0.01)
    nothing = evaluation.score_leaks(found, truth.head(0), pd.DataFrame({"customer_id": [], "negotiated_discount": []}))
    assert (nothing.true_orders, nothing.found_amount, nothing.discounts_scored) == (0, 0.0, 0)
    assert np.isnan(nothing.recall.estimate)


def sellers(shares, *, customers=40, spread=0.1, seed=1):
    random = np.random.default_rng(seed)
    rows = [
        (name, share + spread * random.choice([-1, 1]), 1.0) for name, share in shares.items() for _ in range(customers)
    ]
    return pd.DataFrame(rows, columns=["group", "part", "whole"])


def test_a_seller_with_one_customer_does_not_win_by_luck():
    cases = pd.concat(
        [
            sellers({f"s{n}": 0.6 + 0.04 * n for n in range(6)}),
            pd.DataFrame([("lucky", 1.0, 1.0)], columns=["group", "part", "whole"]),
        ]
    )
    ranked = evaluation.rank_ratios(cases, np.random.default_rng(1)).set_index("group")
    assert ranked.loc["lucky", "share"] == 1.0
    assert ranked.loc["lucky", "shrunken"] < 0.9
    assert ranked.loc["lucky", "worst_place"] > 2
    assert ranked.loc["s5", "worst_place"] < ranked.loc["s0", "best_place"]


def test_sellers_alike_are_not_put_in_order():
    ranked = evaluation.rank_ratios(sellers(dict.fromkeys("abcdef", 0.8)), np.random.default_rng(1))
    assert ranked["best_place"].max() <= ranked["worst_place"].min()
    assert np.ptp(ranked["shrunken"]) < np.ptp(ranked["share"])


def test_shrunken_ratios_agree_with_random_effects_of_statsmodels():
    cases = sellers({f"s{n}": 0.5 + 0.02 * n for n in range(12)}, customers=50, spread=0.2)
    ranked = evaluation.rank_ratios(cases, np.random.default_rng(1), draws=20_000).set_index("group").sort_index()
    of_group = cases.groupby("group")["part"]
    pooled = of_group.var(ddof=1).mean() / 50
    effects = combine_effects(of_group.mean().to_numpy(), np.full(12, pooled), method_re="iterated")
    pull = pooled / (pooled + effects.tau2)
    expected = (1 - pull) * of_group.mean() + pull * effects.mean_effect_re
    np.testing.assert_allclose(ranked["shrunken"], expected.sort_index(), atol=0.01)


def test_all_paid_in_full_share_their_places():
    ranked = evaluation.rank_ratios(sellers(dict.fromkeys("abc", 1.0), spread=0.0), np.random.default_rng(1))
    assert ranked[["best_place", "worst_place"]].drop_duplicates().to_numpy().tolist() == [[1, 3]]
    assert ranked["chance_best"].tolist() == pytest.approx([1 / 3] * 3)


@pytest.mark.parametrize(
    ("cases", "message"),
    [
        (sellers({"a": 0.5}), "1 group with a total; 2 are needed"),
        (sellers({"a": 0.5, "b": 0.6}, customers=1), "each of 2 groups has one case"),
    ],
)
def test_one_seller_and_sellers_of_one_customer_have_no_order(cases, message):
    with pytest.raises(InputError, match=message):
        evaluation.rank_ratios(cases, np.random.default_rng(1))


def test_intervals_of_sellers_hold_the_truth_as_often_as_stated():
    held = []
    for seed in range(40):
        random = np.random.default_rng(seed)
        truth, size = random.normal(0.8, 0.05, 8), random.integers(3, 40, 8)
        group = np.repeat(np.arange(8), size)
        part = truth[group] + random.normal(0, 0.1, len(group))
        ranked = evaluation.rank_ratios(pd.DataFrame({"group": group, "part": part, "whole": 1.0}), random, draws=500)
        value = truth[ranked["group"]]
        held += ((ranked["low"] <= value) & (value <= ranked["high"])).tolist()
    assert 0.92 < np.mean(held) < 0.99


def test_one_customer_who_never_pays_sets_no_seller_apart():
    cases = sellers(dict.fromkeys("abcdef", 0.9), customers=15, spread=0.02)
    cases.loc[0, ["part", "whole"]] = 0.0, 6.0
    assert evaluation.chance_of_spread(cases, np.random.default_rng(1)) > 0.05


def test_lots_are_never_more_even_than_equal_ratios():
    assert evaluation.chance_of_spread(sellers(dict.fromkeys("abc", 1.0), spread=0.0), np.random.default_rng(1)) == 1


def step(customers=30, each=4, *, open_share=0.3, seed=1):
    random = np.random.default_rng(seed)
    lasts = random.exponential(20, customers * each).astype(int)
    cut = np.where(random.random(len(lasts)) < open_share, random.integers(0, 30, len(lasts)), 10_000)
    days = pd.DataFrame({"customer_id": np.repeat(np.arange(customers), each), "days": np.minimum(lasts, cut)})
    return evaluation.Durations(days.assign(ended=lasts <= cut), 0)


def test_cases_still_open_count_as_open():
    """Greenwood's worked form of the product-limit estimate, by hand."""
    days, share = evaluation.open_curve([2, 3, 3, 5, 6], [1, 1, 0, 1, 0])
    np.testing.assert_allclose(share, [4 / 5, 4 / 5 * 3 / 4, 4 / 5 * 3 / 4 / 2])
    assert days.tolist() == [2, 3, 5]


def test_the_median_of_all_ends_is_the_plain_median():
    everything = step(open_share=0.0)
    found = evaluation.time_to_end(everything, np.random.default_rng(1))
    lower = np.sort(everything.cases["days"])[len(everything.cases) // 2 - 1]
    assert found.median_days[0] == lower
    assert found.still_open == 0


def test_open_cases_make_the_days_longer_than_those_of_the_ended():
    censored = step()
    found = evaluation.time_to_end(censored, np.random.default_rng(1))
    assert found.nine_tenths_days[0] > censored.cases.loc[censored.cases["ended"], "days"].quantile(0.9)
    low, high = found.median_days[1]
    assert low <= found.median_days[0] <= high
    assert (found.curve["low"] <= found.curve["open_share"]).mean() > 0.9


def test_days_that_too_few_have_reached_are_not_known():
    cases = step().cases
    half_open = cases.assign(ended=cases["ended"] & (cases["days"] < 5), days=cases["days"].clip(upper=5))
    found = evaluation.time_to_end(evaluation.Durations(half_open, 0), np.random.default_rng(1))
    assert np.isnan(found.nine_tenths_days[0])


def test_too_few_ends_or_customers_are_not_enough_to_say():
    with pytest.raises(InputError, match="4 ends of 1 customers; 10 of 10 are needed"):
        evaluation.time_to_end(step(customers=1, open_share=0.0), np.random.default_rng(1))
    lasting, summary = evaluation.times_of_steps({"a": step(), "b": step(customers=1)}, seed=1)
    assert list(lasting) == ["a"]
    assert summary.set_index("step")["median_days"].isna().tolist() == [False, True]


def test_negative_durations_are_counted_and_left_out_and_later_ends_are_open():
    begin = pd.Series(
        pd.to_datetime(["2024-05-02", "2024-05-02 18:00", "2024-12-30", "2025-02-01", None], format="ISO8601")
    )
    end = pd.Series(
        pd.to_datetime(["2024-05-01", "2024-05-02 09:00", "2025-01-20", "2025-02-02", "2024-01-01"], format="ISO8601")
    )
    found = evaluation.durations(begin, end, pd.Series(list("abcde")), AS_OF)
    assert found.end_before_begin == 1
    assert found.cases[["days", "ended"]].to_numpy().tolist() == [[0, True], [2, False]]


def test_an_order_is_settled_when_all_its_invoices_are():
    ledger = pd.DataFrame({"invoice_id": [1, 2, 3], "amount": [5.0, 5.0, 0.0], "seller_id": ["s", "t", "u"]})
    ledger["invoice_date"] = pd.to_datetime(["2024-03-02", "2024-03-05", "2024-03-01"])
    ledger["settled_date"] = pd.to_datetime(["2024-04-01", None, "2024-03-01"])
    bills = evaluation.bills_of_orders(ledger, pd.DataFrame({"invoice_id": [1, 2, 3], "order_id": ["o", "o", "o"]}))
    assert bills.loc["o", ["invoiced", "seller_id"]].tolist() == [pd.Timestamp("2024-03-02"), "s"]
    assert pd.isna(bills.loc["o", "settled"])
    with pytest.raises(InputError, match="no invoice names the order it bills"):
        evaluation.bills_of_orders(ledger, pd.DataFrame({"invoice_id": [1], "order_id": [None]}))


def test_orders_of_customers_on_account_without_an_invoice_are_found():
    orders = pd.DataFrame(
        {"order_id": [1, 2, 3, 4, 5], "customer_id": list("aaaab"), "amount": [1.0, 2.0, 3.0, 4.0, 5.0]}
    )
    orders["ordered"] = pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01", "2024-12-30", "2024-03-01"])
    bills = pd.DataFrame({"invoiced": [pd.Timestamp("2024-02-02")]}, index=pd.Index([2], name="order_id"))
    assert evaluation.not_billed(orders, bills, AS_OF)["order_id"].tolist() == [3]


def test_tables_that_show_no_step_are_said_so():
    with pytest.raises(InputError, match="neither deliveries nor invoices"):
        evaluation.follow_steps(AS_OF)
