"""Shares and their intervals against printed tables and against independent computations."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.regression.linear_model import OLS

from helpers.core.errors import InputError
from helpers.core.intervals import (
    Interval,
    clustered_difference,
    clustered_share,
    newcombe_difference,
    wilson,
    within_difference,
)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_interval_matches_newcombe_1998_table_1(successes, trials, low, high):
    """Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3."""
    interval = wilson(successes, trials)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=6e-5)
    assert interval.estimate == successes / trials


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [((56, 70, 48, 80), 0.0524, 0.3339), ((9, 10, 3, 10), 0.1705, 0.8090), ((10, 10, 0, 20), 0.6791, 1.0)],
)
def test_difference_matches_newcombe_1998_table_2(counts, low, high):
    """Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10."""
    interval = newcombe_difference(*counts)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=6e-5)


def test_wilson_borders_are_exact():
    assert wilson(0, 12).low == 0.0
    assert wilson(12, 12).high == 1.0


def test_wilson_without_cases_knows_nothing():
    interval = wilson(0, 0)
    assert np.isnan(interval.estimate)
    assert (interval.low, interval.high) == (0.0, 1.0)


def test_more_successes_than_trials_are_refused():
    with pytest.raises(InputError, match="5 successes in 4 trials"):
        wilson(5, 4)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0, float("nan")])
def test_confidence_outside_the_open_unit_interval_is_refused(confidence):
    with pytest.raises(InputError, match=r"confidence: .* is out of range"):
        wilson(1, 2, confidence=confidence)


def test_difference_with_an_empty_group_is_not_a_number():
    assert np.isnan(newcombe_difference(0, 0, 3, 4).low)


def test_difference_with_an_empty_group_on_either_side_is_unknown():
    for counts in ((0, 0, 3, 4), (3, 4, 0, 0), (0, 0, 0, 0)):
        found = newcombe_difference(*counts)
        assert np.isnan([found.estimate, found.low, found.high]).all()


def test_difference_is_the_first_share_less_the_other():
    assert newcombe_difference(9, 10, 3, 10).estimate == pytest.approx(0.6)
    assert newcombe_difference(3, 10, 9, 10).estimate == pytest.approx(-0.6)


def test_a_lower_confidence_makes_every_interval_narrower():
    flags, first, customers = PAIRED["flag"], PAIRED["first"], PAIRED["customer"]
    for make in (
        lambda **stated: wilson(3, 8, **stated),
        lambda **stated: newcombe_difference(3, 8, 2, 9, **stated),
        lambda **stated: clustered_share(flags, customers, **stated),
        lambda **stated: clustered_difference(flags, first, customers, **stated),
        lambda **stated: within_difference(flags, first, customers, **stated)[0],
    ):
        usual, stated, half = make(), make(confidence=0.95), make(confidence=0.5)
        assert usual == stated
        assert (usual.confidence, half.confidence) == (0.95, 0.5)
        assert usual.low < half.low < half.high < usual.high


def wilson_by_hand(share, cases, quantile):
    """Wilson's formula as printed in Newcombe (1998), for any quantile and any number of cases."""
    middle = share + quantile**2 / (2 * cases)
    reach = quantile * np.sqrt(share * (1 - share) / cases + quantile**2 / (4 * cases**2))
    return tuple((middle + side * reach) / (1 + quantile**2 / cases) for side in (-1, 1))


@pytest.mark.parametrize(("confidence", "quantile"), [(0.95, 2.022691), (0.5, 0.680833)])
def test_the_share_of_single_cases_has_the_quantile_of_student(confidence, quantile):
    """Forty customers with one case each are worth 39, by the factor of a variance that is estimated."""
    share = clustered_share(np.arange(40) < 12, pd.Series(np.arange(40)), confidence=confidence)
    assert (share.estimate, share.design_effect) == pytest.approx((0.3, 40 / 39))
    assert (share.low, share.high) == pytest.approx(wilson_by_hand(0.3, 39, quantile), rel=1e-5)


def test_cases_are_never_worth_more_than_they_are():
    """Each customer has one case of either kind, so that the share would be known for certain: it is not."""
    share = clustered_share(np.tile([True, False], 20), pd.Series(np.repeat(np.arange(20), 2)))
    assert (share.estimate, share.design_effect) == (0.5, 0.0)
    assert (share.low, share.high) == pytest.approx(wilson_by_hand(0.5, 40, 2.093024), rel=1e-5)


@pytest.mark.parametrize(("flag", "estimate"), [(False, 0.0), (True, 1.0)])
def test_cases_that_all_agree_are_worth_their_clusters(flag, estimate):
    share = clustered_share(np.full(30, flag), pd.Series(np.repeat(np.arange(10), 3)))
    assert (share.estimate, share.design_effect) == (estimate, 3.0)
    low, high = wilson_by_hand(estimate, 10, 2.262157)
    assert (share.low, share.high) == pytest.approx((max(low, 0.0), min(high, 1.0)), rel=1e-5)


def test_no_cases_at_all_have_no_share():
    share = clustered_share(np.array([], dtype=bool), pd.Series([], dtype=object))
    assert (np.isnan(share.estimate), share.low, share.high, share.clusters) == (True, 0.0, 1.0, 0)
    one = clustered_share(np.array([True, True, False]), pd.Series(["a"] * 3))
    assert one.estimate == pytest.approx(2 / 3)


@pytest.mark.parametrize("all_first", [True, False])
def test_a_difference_without_a_second_group_is_unknown(all_first):
    found = clustered_difference(np.array([True, False] * 3), np.full(6, all_first), pd.Series(np.arange(6)))
    assert np.isnan([found.estimate, found.low, found.high]).all()


def test_sign_says_on_which_side_of_zero_the_interval_lies():
    sides = [Interval(0.0, low, low + 1, 0.95, "").sign for low in (0.1, -0.5, -1.5)]
    assert sides == [1, 0, -1]


def test_repeated_cases_tell_nothing_new():
    """Each customer counted four times with the same outcome: the interval stays that of the customers."""
    flags = np.array([True] * 12 + [False] * 28)
    customers = pd.Series(np.arange(40))
    once = clustered_share(flags, customers)
    four_times = clustered_share(np.tile(flags, 4), pd.concat([customers] * 4))
    assert four_times.design_effect == pytest.approx(4 * once.design_effect)
    assert (four_times.low, four_times.high) == pytest.approx((once.low, once.high))


def test_single_cases_give_almost_the_plain_wilson_interval():
    flags = np.arange(2000) % 8 == 0
    plain, clustered = wilson(250, 2000), clustered_share(flags, pd.Series(np.arange(2000)))
    assert (clustered.low, clustered.high) == pytest.approx((plain.low, plain.high), abs=2e-5)


def test_cluster_variance_is_that_of_the_regression_on_a_constant():
    rng = np.random.default_rng(5)
    customers = pd.Series(rng.integers(0, 60, 400))
    flags = rng.random(400) < 0.1 + 0.5 * (customers.to_numpy() % 3 == 0)
    fitted = OLS(flags.astype(float), np.ones(400)).fit(cov_type="cluster", cov_kwds={"groups": customers.to_numpy()})
    share = clustered_share(flags, customers)
    independent = share.estimate * (1 - share.estimate) / 400
    # statsmodels multiplies by (n - 1) / (n - k), which is one for a constant alone
    assert share.design_effect == pytest.approx(float(fitted.bse[0]) ** 2 / independent)
    assert share.clusters == customers.nunique()


def test_unanimous_cases_count_as_many_as_there_are_clusters():
    share = clustered_share(np.zeros(90, dtype=bool), pd.Series(np.repeat(np.arange(9), 10)))
    assert share.low == 0.0
    assert share.high > 1.1 * wilson(0, 9).high  # Student's quantile is wider than the normal one
    assert share.high < 0.5


def test_one_cluster_gives_no_information():
    share = clustered_share(np.array([True, False]), pd.Series(["a", "a"]))
    assert (share.low, share.high, share.clusters) == (0.0, 1.0, 1)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=1, max_size=60))
def test_interval_holds_the_share_and_stays_between_zero_and_one(cases):
    flags, clusters = np.array([flag for flag, _ in cases]), pd.Series([cluster for _, cluster in cases])
    share = clustered_share(flags, clusters)
    assert 0 <= share.low <= share.estimate + 1e-12
    assert share.estimate - 1e-12 <= share.high <= 1


def test_clustered_interval_covers_at_its_level_where_the_plain_one_does_not():
    rng = np.random.default_rng(11)
    customers = np.repeat(np.arange(150), 5)
    covered = {"clustered": 0, "plain": 0}
    for _ in range(300):
        chance = rng.beta(0.4, 1.6, 150)  # mean 0.2, strongly uneven between customers
        flags = rng.random(750) < chance[customers]
        clustered, plain = clustered_share(flags, pd.Series(customers)), wilson(int(flags.sum()), 750)
        covered["clustered"] += clustered.low <= 0.2 <= clustered.high
        covered["plain"] += plain.low <= 0.2 <= plain.high
    assert 0.92 <= covered["clustered"] / 300 <= 0.98
    assert covered["plain"] / 300 < 0.85


def test_difference_of_unrelated_single_cases_is_near_newcombe():
    flags = np.concatenate([np.arange(700) % 5 == 0, np.arange(800) % 10 == 0])
    first = np.arange(1500) < 700
    clustered = clustered_difference(flags, first, pd.Series(np.arange(1500)))
    plain = newcombe_difference(140, 700, 80, 800)
    assert clustered.estimate == pytest.approx(0.1)
    assert (clustered.low, clustered.high) == pytest.approx((plain.low, plain.high), abs=2e-3)


def test_difference_is_that_of_the_clustered_regression_on_the_group():
    rng = np.random.default_rng(6)
    customers, first = rng.integers(0, 40, 300), rng.random(300) < 0.4
    flags = rng.random(300) < 0.1 + 0.3 * first + 0.4 * (customers % 4 == 0)
    design = np.column_stack([np.ones(300), first])
    fitted = OLS(flags.astype(float), design).fit(cov_type="cluster", cov_kwds={"groups": customers}, use_t=True)
    ours = clustered_difference(flags, first, pd.Series(customers))
    assert (ours.low, ours.high) == pytest.approx(tuple(fitted.conf_int()[1]))


def test_difference_needs_two_groups_and_three_clusters():
    flags = np.array([True, False, True, False])
    assert np.isnan(clustered_difference(flags, np.ones(4, dtype=bool), pd.Series([1, 2, 3, 4])).estimate)
    two = clustered_difference(flags, np.array([True, True, False, False]), pd.Series([1, 1, 2, 2]))
    assert two.estimate == 0.0
    assert np.isnan(two.low)


def test_within_difference_removes_who_was_chosen():
    """Keen customers get mostly the first kind and respond alike to both: the plain difference is all selection."""
    rows = []
    for customer in range(60):
        keen = customer < 30
        rows += [(customer, True, keen)] * (4 if keen else 1) + [(customer, False, keen)] * (1 if keen else 4)
    frame = pd.DataFrame(rows, columns=["customer", "first", "flag"])
    plain = clustered_difference(frame["flag"], frame["first"], frame["customer"])
    within, in_both = within_difference(frame["flag"], frame["first"], frame["customer"])
    assert plain.low > 0.3
    assert (within.estimate, in_both) == (0.0, 60)


def test_within_difference_without_shared_customers_is_unknown():
    interval, in_both = within_difference(np.array([True, False]), np.array([True, False]), pd.Series(["a", "b"]))
    assert np.isnan(interval.estimate)
    assert in_both == 0


PAIRED = pd.DataFrame(
    {  # shares of a, b and c in the first group 1, 0.5 and 0.5, in the other 0, 0 and 0.5; d is in one group only
        "flag": [1, 0, 1, 0, 0, 1, 0, 1, 0, 1],
        "first": [1, 0, 1, 1, 0, 1, 1, 0, 0, 1],
        "customer": list("aabbbccccd"),
    }
).astype({"flag": bool, "first": bool})


@pytest.mark.parametrize(("confidence", "quantile"), [(0.95, 4.302653), (0.5, 0.816497)])
def test_within_difference_is_the_paired_t_interval_over_customers(confidence, quantile):
    """Differences 1, 0.5 and 0: Student's quantile of 2 degrees of freedom, from any printed table."""
    found, in_both = within_difference(PAIRED["flag"], PAIRED["first"], PAIRED["customer"], confidence=confidence)
    assert (found.estimate, in_both) == (0.5, 3)
    reach = quantile * 0.5 / np.sqrt(3)
    assert (found.low, found.high) == pytest.approx((0.5 - reach, 0.5 + reach), rel=1e-5)


def test_within_difference_needs_two_customers_in_both_groups():
    one = PAIRED[PAIRED["customer"].isin(["a", "d"])]
    found, in_both = within_difference(one["flag"], one["first"], one["customer"])
    assert (np.isnan(found.estimate), in_both) == (True, 1)
    alone = PAIRED[PAIRED["first"]]
    assert within_difference(alone["flag"], alone["first"], alone["customer"])[1] == 0
    two = PAIRED[PAIRED["customer"].isin(["a", "b"])]
    found, in_both = within_difference(two["flag"], two["first"], two["customer"])
    assert (found.estimate, in_both) == (0.75, 2)
    assert np.isfinite(found.low)


@pytest.mark.parametrize("confidence", [-0.1, 0, 1, 1.5])
def test_a_confidence_that_is_none_is_refused_everywhere(confidence):
    flags, first, customers = PAIRED["flag"], PAIRED["first"], PAIRED["customer"]
    for refuse in (
        lambda: wilson(1, 2, confidence=confidence),
        lambda: newcombe_difference(1, 2, 1, 2, confidence=confidence),
        lambda: clustered_share(flags, customers, confidence=confidence),
        lambda: clustered_difference(flags, first, customers, confidence=confidence),
        lambda: within_difference(flags, first, customers, confidence=confidence),
    ):
        with pytest.raises(InputError, match=r"confidence: .* is out of range"):
            refuse()


@pytest.mark.parametrize("counts", [(-0.5, 2), (-1, 2), (3, 2), (2.5, 2), (0, -1)])
def test_counts_that_are_none_are_refused(counts):
    with pytest.raises(InputError, match="successes in"):
        wilson(*counts)


def test_the_fewest_clusters_an_interval_needs():
    share = clustered_share(np.array([True, False, True, True]), pd.Series(list("aabb")))
    assert 0 < share.low < share.estimate < share.high < 1
    flags, first, customers = PAIRED["flag"][:9], PAIRED["first"][:9], PAIRED["customer"][:9]
    assert np.isfinite(clustered_difference(flags, first, customers).low)
    two = customers.isin(["a", "b"])
    found = clustered_difference(flags[two], first[two], customers[two])
    assert (np.isfinite(found.estimate), np.isnan(found.low)) == (True, True)


@pytest.mark.parametrize(("ends", "sign"), [((0.1, 0.2), 1), ((-0.2, -0.1), -1), ((0, 0.1), 0), ((-0.1, 0), 0)])
def test_an_interval_that_touches_zero_has_no_sign(ends, sign):
    assert Interval(0.0, *ends, 0.95, "any").sign == sign
