"""Defaults, what of them is lost, how often grades default, and the loss expected from all that."""

import dataclasses
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from helpers.core.errors import InputError
from helpers.simulation import read_parameters, simulate
from helpers.value.credit import (
    LossCheck,
    LossGivenDefault,
    check_grades,
    customers_in_default,
    debts_in_default,
    default_rates,
    defaulted_invoices,
    estimate_expected_loss,
    follow_cohort,
    gather_experience,
    grade_customers,
    grade_policy,
    look_back,
    measure_loss_given_default,
    policy_effect,
    prepare_receivables,
    share_lost_by_age,
)

GRADES = pd.CategoricalDtype(list("ABCD"), ordered=True)
COMPANY = Path(__file__).parents[3] / "data" / "simulated" / "company.yml"


def cohort(**counts):
    """A cohort from `A=(customers, defaults)`."""
    grades = [grade for grade, (customers, _) in counts.items() for _ in range(customers)]
    flags = [number < defaults for customers, defaults in counts.values() for number in range(customers)]
    return pd.DataFrame({"grade": pd.Categorical(grades, dtype=GRADES), "defaulted": flags})


def test_a_default_is_dated_to_the_day_after_the_last_allowed(ledger):
    bills = [(1, "a", "2024-01-01", 30, 100.0), (2, "b", "2024-01-01", 30, 100.0), (3, "c", "2024-10-01", 30, 9.0)]
    # due 31 January; ninety days past due is 30 April: paid then, it is no default.
    paid = [(1, "2024-04-30", 100.0), (2, "2024-04-30", 30.0), (2, "2024-05-01", 70.0)]
    found = defaulted_invoices(ledger(bills, paid), default_days=90)
    assert found["customer_id"].tolist() == ["b"]
    assert found["exposure"].tolist() == [70.0]
    assert found["default_date"].tolist() == [pd.Timestamp("2024-05-01")]


def test_a_forgotten_hundredth_is_no_default(ledger):
    bills = [(1, "a", "2024-01-01", 30, 100.0), (2, "b", "2024-01-01", 30, 100.0)]
    found = defaulted_invoices(ledger(bills, [(1, "2024-01-20", 99.0), (2, "2024-01-20", 98.9)]), default_days=90)
    assert found["customer_id"].tolist() == ["b"]


def test_a_default_paid_late_is_over(ledger):
    bills = [(1, "a", "2024-01-01", 30, 100.0), (2, "b", "2024-01-01", 30, 100.0)]
    made = ledger(bills, [(1, "2024-11-20", 100.0)])
    assert len(defaulted_invoices(made)) == 2
    assert customers_in_default(made).tolist() == ["b"]


def test_loss_given_default_by_hand(ledger):
    names = "abcdef"
    bills = [(number, name, "2023-01-01", 30, 100.0) for number, name in enumerate(names)]
    # Each pays 10 before the default (open: 90), 36 within the year after it, and the rest too late to count.
    paid = [(number, day, amount) for number in range(6) for day, amount in
            (("2023-02-01", 10.0), ("2023-12-01", 36.0), ("2024-12-30", 54.0))]  # fmt: skip
    found = measure_loss_given_default(ledger(bills, paid), rng=np.random.default_rng(1), recovery_months=12)
    assert found.estimate == pytest.approx(54 / 90)
    # All are alike, and yet six cases leave open what a seventh would do: lost whole, or paid at once.
    # Half of the draws are a good half, half a bad one, so that Student's interval reaches two spreads to either side.
    assert found.low < 6 * 54 / (7 * 90) < (6 * 54 + 90) / (7 * 90) < found.high
    assert found.high - found.low < 0.4
    assert (found.customers, found.exposure, found.assumed) == (6, 540.0, False)
    # Default on 30 July 2023, 36 of 90 in by 1 December: open in whole until the fourth month, 54 from the fifth on.
    assert found.left_open.tolist() == pytest.approx([1.0] * 5 + [0.6] * 8)


def test_every_default_counts_for_the_months_it_has_been_watched(ledger):
    """The run-off of a triangle by hand: what is open month by month, of the debts watched that long (Mack, 1993)."""
    old = [(number, name, "2023-09-01", 30, 100.0) for number, name in enumerate("abc")]  # default 30 March 2024
    young = [(number + 3, name, "2024-02-01", 30, 100.0) for number, name in enumerate("def")]  # 31 August
    paid = [(0, "2024-04-10", 100.0), (1, "2024-08-10", 100.0), (3, "2024-09-10", 100.0), (4, "2024-09-11", 100.0)]
    found = measure_loss_given_default(ledger([*old, *young], paid), rng=np.random.default_rng(1), recovery_months=8)
    # In the first month three of six come in; in the fifth, one of the two old ones; the young are watched for four.
    assert found.left_open.tolist() == pytest.approx([1.0, *[0.5] * 4, *[0.25] * 4])
    assert (found.customers, found.exposure) == (6, 600.0)
    brief = measure_loss_given_default(ledger([*old, *young], paid), rng=np.random.default_rng(1), recovery_months=10)
    assert (brief.customers, brief.assumed) == (3, True)


def test_the_longer_in_default_the_more_of_what_is_left_is_lost(ledger):
    bills = [(1, "a", "2024-01-01", 30, 100.0), (2, "a", "2024-02-01", 30, 50.0), (3, "b", "2022-01-01", 30, 70.0)]
    made = ledger([*bills, (4, "c", "2024-12-01", 30, 9.0)], [(2, "2024-12-20", 20.0)])
    debts = debts_in_default(made)  # 29 July, 30 August, and long ago
    assert debts.to_numpy().tolist() == [["a", 4, 30.0], ["a", 5, 100.0], ["b", 29, 70.0]]
    assert share_lost_by_age(np.array([[1.0, 0.8, 0.2], [1.0, 0.0, 0.0]])).tolist() == [[0.2, 0.25, 1], [0, 1, 1]]


def test_too_few_cases_take_the_assumed_share_and_say_so(ledger):
    found = measure_loss_given_default(ledger([(1, "a", "2023-01-01", 30, 9.0)], []), rng=np.random.default_rng(1))
    assert (found.estimate, found.assumed, found.customers) == (0.45, True, 1)
    assert np.isnan(found.low)


def test_recent_defaults_cannot_tell_yet(ledger):
    bills = [(number, name, "2024-02-01", 30, 100.0) for number, name in enumerate("abcdef")]
    made = ledger(bills, [])
    assert len(defaulted_invoices(made)) == 6
    assert measure_loss_given_default(made, rng=np.random.default_rng(1)).customers == 0


def test_a_cohort_sees_only_what_was_known(ledger):
    bills = [
        (1, "a", "2023-08-01", 30, 10.0), (2, "a", "2023-12-20", 30, 50.0),  # grade A, then never pays again
        (3, "b", "2023-08-01", 30, 10.0), (4, "b", "2023-12-20", 30, 50.0),  # grade A, pays
        (5, "c", "2023-08-01", 30, 10.0), (6, "c", "2024-02-01", 30, 50.0),  # owes nothing at the start
        (7, "d", "2023-01-01", 30, 50.0),  # in default already
    ]  # fmt: skip
    paid = [(1, "2023-08-20", 10.0), (3, "2023-08-20", 10.0), (4, "2024-02-01", 50.0), (5, "2023-08-20", 10.0)]
    found = follow_cohort(ledger(bills, paid), months_ago=12)
    assert found["grade"].astype("str").to_dict() == {"a": "A", "b": "A"}
    assert found["defaulted"].to_dict() == {"a": True, "b": False}


@pytest.mark.parametrize(("due", "defaulted"), [("2024-07-04", True), ("2024-07-05", False)])
def test_a_default_on_the_last_day_of_the_horizon_counts(ledger, due, defaulted):
    term = (pd.Timestamp(due) - pd.Timestamp("2023-12-20")).days
    bills = [(1, "a", "2023-08-01", 30, 10.0), (2, "a", "2023-12-20", term, 5.0)]
    made = ledger(bills, [(1, "2023-08-20", 10.0)])  # 180 days past due and one more: 1 January 2025
    assert follow_cohort(made, months_ago=12)["defaulted"].to_dict() == {"a": defaulted}


def test_a_cohort_needs_the_whole_horizon_and_a_history(ledger):
    made = ledger([(1, "a", "2024-06-01", 30, 10.0)], [])
    with pytest.raises(InputError, match=r"horizon_months: 12 is out of range\n.*\[1..6\]"):
        follow_cohort(made, months_ago=6)
    with pytest.raises(InputError, match="no invoice is older than 2024-01-01"):
        follow_cohort(made, months_ago=12)


def test_default_rates_are_the_jeffreys_posterior():
    """Brown, Cai & DasGupta (2001), equation 6: quantiles of Beta(x + 1/2, n - x + 1/2)."""
    table = default_rates(cohort(A=(40, 0), B=(30, 6)))
    assert table.loc["A", ["low", "default_rate"]].tolist() == [0.0, pytest.approx(0.5 / 41)]
    assert table.loc["B", "low"] == pytest.approx(stats.beta.ppf(0.025, 6.5, 24.5))
    assert table.loc["B", "high"] == pytest.approx(stats.beta.ppf(0.975, 6.5, 24.5))
    assert table.loc["D", ["customers", "default_rate", "low", "high"]].tolist() == [0, 0.5, 0.0, 1.0]


def test_grades_that_tell_beat_one_rate_for_all():
    found = check_grades(cohort(A=(200, 2), C=(50, 25)), cohort(A=(180, 3), C=(60, 28)))
    assert found.beats_naive
    assert found.gain == pytest.approx(found.naive_brier - found.brier)
    assert found.auc > 0.85
    assert (found.customers, found.defaults) == (240, 31)


def test_grades_that_tell_nothing_do_not():
    found = check_grades(cohort(A=(100, 10), C=(100, 10)), cohort(A=(100, 10), C=(100, 10)))
    assert not found.beats_naive
    assert found.auc == pytest.approx(0.5)
    with pytest.raises(InputError, match="the later year: 1 customers"):
        check_grades(cohort(A=(100, 10)), cohort(A=(1, 0)))


def test_experience_goes_as_far_back_as_the_history(company):
    receivables, _ = company
    found = gather_experience(receivables, years=5)
    assert found.years == 2  # three years on record; in the first nobody had a history
    latest, before = (follow_cohort(receivables, months_ago=months) for months in (12, 24))
    assert found.check == check_grades(before, latest)
    assert found.rates["defaults"].sum() == latest["defaulted"].sum() + before["defaulted"].sum()


def test_without_history_there_is_no_experience(ledger):
    found = gather_experience(ledger([(1, "a", "2024-06-01", 30, 10.0)], []))
    assert (found.years, found.check, len(found.cohort)) == (0, None, 0)


LEFT_OPEN = np.array([1.0, 0.8, 0.4])
NOTHING = pd.DataFrame({"customer_id": [], "months_in_default": [], "open_amount": []})


def loss_of(graded, rates, in_default=NOTHING, draws=999, balance_share=1.0, beside_share=1.0, confidence=0.95):
    given = LossGivenDefault(
        0.4, 0.4, 0.4, 9, 1.0, False, LEFT_OPEN, LEFT_OPEN[None, :],
        balance_share, np.array([balance_share]), beside_share, np.array([beside_share]),
    )  # fmt: skip
    rng = np.random.default_rng(3)
    return estimate_expected_loss(graded, rates, given, in_default, rng=rng, draws=draws, confidence=confidence)


@pytest.fixture
def graded():
    kinds = pd.CategoricalDtype([*"ABCD", "not graded"], ordered=True)
    grade = pd.Series(["A", "B", "B", "not graded"], dtype=kinds)
    return pd.DataFrame({"grade": grade, "open_amount": [1000.0, 500.0, 200.0, 100.0]}).set_axis(list("wxyz"))


def test_expected_loss_is_pd_times_lgd_times_ead(graded):
    rates = default_rates(cohort(A=(99, 1), B=(49, 9)))
    fresh = pd.DataFrame({"customer_id": ["y"], "months_in_default": [0], "open_amount": [200.0]})
    found = loss_of(graded, rates, in_default=fresh)
    a, b = 1.5 / 100, 9.5 / 50
    together = (99 * a + 49 * b) / 148
    assert found.by_customer["probability_of_default"].tolist() == pytest.approx([a, b, 1.0, together])
    assert found.total == pytest.approx(0.4 * (1000 * a + 500 * b + 200 + 100 * together))
    assert found.by_class.loc["in default", "expected_loss"] == pytest.approx(80.0)
    assert found.by_class["expected_loss"].sum() == pytest.approx(found.total)
    assert found.by_class["loss_given_default"].dropna().tolist() == pytest.approx([0.4] * 4)
    # What is not in default is lost whole or not at all, most likely not; y's 200 with a chance of 0.4.
    assert (found.low, found.bad_year) == (0, 500)
    assert found.high == pytest.approx(700, abs=1)


def test_what_defaults_with_a_customer_is_a_part_of_the_balance(ledger):
    """Of two years, only customers that were in default or came to be so, and what they owed beside it."""
    names = "abcde"
    late = [(number, name, "2023-04-01", 30, 40.0) for number, name in enumerate(names)]  # in default in autumn 2023
    paid_in_time = [(10 + number, name, "2023-12-20", 30, 60.0) for number, name in enumerate(names)]
    another = [
        (20, "f", "2023-12-20", 30, 500.0),
        (21, "a", "2023-12-22", 30, 20.0),
    ]  # a's is never paid, f defaults not
    paid = [(10 + number, "2024-01-15", 60.0) for number in range(5)] + [(20, "2024-02-01", 500.0)]
    found = measure_loss_given_default(ledger([*late, *paid_in_time, *another], paid), rng=np.random.default_rng(1))
    assert found.beside_share == pytest.approx(20 / (5 * 60 + 20))
    assert found.beside_draws.std() > 0
    assert found.balance_share == 1  # of customers that came to default within a year there are too few to tell


def test_what_defaults_of_customers_that_were_not_in_default_is_distinguished(ledger):
    names = "abcdef"
    kept = [(number, name, "2023-12-20", 30, 30.0) for number, name in enumerate(names)]  # never paid
    paid_later = [(10 + number, name, "2023-12-20", 30, 90.0) for number, name in enumerate(names)]
    paid = [(10 + number, "2024-01-15", 90.0) for number in range(6)]
    found = measure_loss_given_default(ledger([*kept, *paid_later], paid), rng=np.random.default_rng(1))
    assert found.balance_share == pytest.approx(30 / 120)
    assert found.beside_share == 1


def test_expected_loss_counts_the_part_of_a_balance_that_defaults(graded):
    rates = default_rates(cohort(A=(99, 1), B=(49, 9)))
    fresh = pd.DataFrame({"customer_id": ["y"], "months_in_default": [0], "open_amount": [150.0]})
    whole, part = (loss_of(graded, rates, fresh, balance_share=share) for share in (1.0, 0.25))
    of_default = 0.4 * 200  # y is in default already
    assert part.total - of_default == pytest.approx((whole.total - of_default) / 4)
    assert part.by_customer.loc["w", "loss_given_default"] == pytest.approx(0.1)
    beside = loss_of(graded, rates, fresh, beside_share=0.25)
    assert whole.total - beside.total == pytest.approx(0.4 * 50 * 0.75)  # what y owes beside the debt in default


def test_old_defaults_are_lost_as_far_as_they_are_still_open(graded):
    rates = default_rates(cohort(A=(10**6, 10**4), B=(10**6, 10**5)))
    owed = [50.0, 60.0, 40.0]  # y: of 200 half a month-old, 60 long past the time for recovery, 90 not in default
    old = pd.DataFrame({"customer_id": ["y", "y", "x"], "months_in_default": [1, 7, 2], "open_amount": owed})
    found = loss_of(graded, rates, in_default=old)
    y, x = 50 * 0.4 / 0.8 + 60 + 90 * 0.4, 40 + 460 * 0.4
    assert found.by_customer["expected_loss"].loc[["y", "x"]].tolist() == pytest.approx([y, x])
    # One number decides for all debts of a debtor: lost are the old ones for sure, then with luck everything.
    in_default = found.by_class.loc["in default"]
    assert in_default[["low", "high"]].tolist() == [60 + 40, 200 + 500]
    assert (found.low, found.high) == (100, 700)
    assert in_default["loss_given_default"] == pytest.approx((x + y) / 700)


def test_all_debts_of_one_debtor_share_its_luck(graded):
    rates = default_rates(cohort(A=(10**6, 0), B=(10**6, 0)))
    fresh = pd.DataFrame({"customer_id": ["y"], "months_in_default": [0], "open_amount": [100.0]})
    given = loss_of(graded, rates, in_default=fresh, confidence=0.5)  # y owes 200, each half lost with a chance of 0.4
    assert (given.low, given.high) == (0, 200)


def test_certain_rates_leave_only_the_chance_of_each_customer(graded):
    rates = default_rates(cohort(A=(10**6, 10**5), B=(10**6, 10**5)))
    found = loss_of(graded, rates, draws=20000)
    # Each balance is lost with a chance of 0.04: in the worst twentieth the larger of two, but not the largest, 1000.
    assert (found.low, found.bad_year, found.high) == (0, 500, 1000)


def test_grades_have_a_chance_of_loss_and_no_interval(graded):
    """A balance of 1,000 lost once in a hundred times: 10 is expected, and 95 of 100 times it is nothing at all.

    Intervals of 0.95 held the loss of grade A in 22 and of B in 26 of 32 simulated companies, so none is given.
    """
    rates = default_rates(cohort(A=(10**6, 25_000), B=(10**6, 10**5)))
    found = loss_of(graded, rates, draws=20000)
    safest = found.by_class.loc["A"]
    assert safest["expected_loss"] == pytest.approx(10, rel=0.01)
    grades = found.by_class.index != "in default"
    assert found.by_class.loc[grades, ["low", "high"]].isna().all(axis=None)
    assert found.by_class.loc["in default", ["low", "high"]].notna().all()
    assert safest["chance_of_loss"] == pytest.approx(0.01, abs=0.003)
    assert found.by_class.loc["B", "chance_of_loss"] == pytest.approx(1 - 0.96**2, abs=0.006)
    assert found.by_class.loc["D", "chance_of_loss"] == 0
    assert found.above_interval == ()
    below = dataclasses.replace(found, by_class=found.by_class.assign(expected_loss=9.0, high=8.0))
    assert set(below.above_interval) == set(map(str, below.by_class.index))


def test_a_share_that_is_not_known_widens_the_interval(graded):
    rates = default_rates(cohort(A=(99, 1), B=(49, 9)))
    drawn = np.column_stack([np.ones(99), np.linspace(0.1, 0.7, 99)])
    many = pd.concat([graded] * 100, ignore_index=True)
    share = np.ones(1)
    unsure = LossGivenDefault(0.4, 0.1, 0.7, 9, 1.0, False, np.array([1.0, 0.4]), drawn, 1.0, share, 1.0, share)
    wide = estimate_expected_loss(many, rates, unsure, NOTHING, rng=np.random.default_rng(3))
    sure = loss_of(many, rates)
    assert wide.high - wide.low > 1.1 * (sure.high - sure.low)
    assert wide.total == pytest.approx(sure.total)


def test_policy_takes_off_the_prepaid_part(graded):
    loss = loss_of(graded, default_rates(cohort(A=(99, 1), B=(49, 9))))
    effect = policy_effect(graded, grade_policy({"B": 0.5}), loss)
    assert effect.loc["B", "expected_loss_after"] == pytest.approx(effect.loc["B", "expected_loss"] / 2)
    assert effect.loc["B", ["exposure", "exposure_after"]].tolist() == [700.0, 350.0]
    assert effect.loc["A", "expected_loss_after"] == effect.loc["A", "expected_loss"]
    assert effect.loc["D", ["terms", "prepaid_share"]].tolist() == ["cash before delivery", 1.0]
    assert effect["exposure"].sum() == 1800.0
    assert "expected_loss" not in policy_effect(graded, grade_policy())


def test_policy_refuses_unknown_grades_and_shares():
    with pytest.raises(InputError, match="unknown grade 'E'"):
        grade_policy({"E": 0.5})
    with pytest.raises(InputError, match=r"prepaid share of B: 1\.5 is out of range"):
        grade_policy({"B": 1.5})


LAST_DAY = date(2026, 1, 1)


def five_years(folder, seed, customers=2000):
    """The ledger of a simulated company over five years."""
    changed = {"customers": customers, "seed": seed, "start": date(2021, 1, 1), "as_of": LAST_DAY}
    parameters = read_parameters(COMPANY).model_copy(update=changed)
    simulate(parameters, folder)
    tables = [pd.read_parquet(folder / "tables" / f"{name}.parquet") for name in ("invoices", "payments")]
    return prepare_receivables(tables[0], tables[1], LAST_DAY)


def expected_and_lost(whole, day, confidence=0.95):
    """What is expected on a day of the balances then open, and what of each customer's is not paid at the end."""
    never_paid = np.where(whole.open_at(day) > 0, whole.open_at(whole.as_of), 0.0)
    lost = pd.Series(never_paid).groupby(whole.invoices["customer_id"]).sum()
    then = whole.as_known_at(day)
    found = estimate_expected_loss(
        grade_customers(then),
        gather_experience(then).rates,
        measure_loss_given_default(then, rng=np.random.default_rng(1)),
        debts_in_default(then),
        rng=np.random.default_rng(2),
        confidence=confidence,
    )
    return found, lost.reindex(found.by_customer.index)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_what_was_lost_in_truth_was_expected_customer_by_customer(tmp_path, seed):
    found, lost = expected_and_lost(five_years(tmp_path, seed), pd.Timestamp("2024-06-01"))
    assert found.low < lost.sum() < found.high
    assert found.total == pytest.approx(lost.sum(), rel=0.4)
    exposure, expected = found.by_customer["exposure"], found.by_customer["expected_loss"]
    same_for_all = exposure * lost.sum() / exposure.sum()
    assert (expected - lost).abs().sum() < 0.6 * (same_for_all - lost).abs().sum()


@pytest.mark.slow
@pytest.mark.parametrize("customers", [800, 2000])
def test_the_interval_holds_what_is_lost_as_often_as_it_says(tmp_path, customers):
    """Forty companies. On average a little less is expected than is lost: see `estimate_expected_loss`."""
    day, held, sums = pd.Timestamp("2024-06-01"), [], []
    for seed in range(1, 41):
        whole = five_years(tmp_path / str(seed), seed, customers)
        both = [expected_and_lost(whole, day, confidence) for confidence in (0.95, 0.8)]
        held.append([found.low <= lost.sum() <= found.high for found, lost in both])
        sums.append([both[0][0].total, both[0][1].sum()])
    at_95, at_80 = np.mean(held, axis=0)
    expected, lost = np.sum(sums, axis=0)
    assert at_95 >= 0.9
    assert 0.65 <= at_80 <= 0.92
    assert 0.85 <= expected / lost <= 1.1


@pytest.mark.parametrize("seed", [1, 8])
def test_looking_back_works_from_what_was_known_then(tmp_path, seed):
    whole = five_years(tmp_path, seed)
    day = LAST_DAY - pd.DateOffset(years=1)
    given = measure_loss_given_default(whole, rng=np.random.default_rng(1))
    found = look_back(whole, given, rng=np.random.default_rng(1))
    expected, unpaid = expected_and_lost(whole, day)
    assert found.day == day
    assert found.exposure == pytest.approx(expected.by_customer["exposure"].sum())
    assert found.estimate == pytest.approx(expected.total, abs=0.01)
    assert found.still_open == pytest.approx(unpaid.sum())
    assert 0 < found.lost < found.still_open
    assert (found.held, found.place) == (True, "within")
    missed = dataclasses.replace(found, lost=found.high + 1)
    assert (missed.held, missed.place) == (False, "outside")


def test_an_interval_that_nothing_misses_is_called_a_weak_test():
    then = pd.Timestamp("2024-01-01")
    wide = LossCheck(then, 1000.0, estimate=10.0, low=0.0, high=31.0, still_open=20.0, lost=5.0)
    assert (wide.reach, wide.weak) == (pytest.approx(3.1), True)
    narrow, missed = dataclasses.replace(wide, high=30.0), dataclasses.replace(wide, lost=32.0)
    assert not narrow.weak
    assert not missed.weak
    assert dataclasses.replace(wide, estimate=0.0).reach is None
    unknown = dataclasses.replace(wide, estimate=np.nan, low=np.nan, high=np.nan)
    assert unknown.reach is None
    assert [(one.value, one.low) for one in unknown.named_results()] == [(None, None), (5.0, None), *[(None, None)] * 2]
    assert [one.value for one in wide.named_results()] == [10.0, 5.0, "within", pytest.approx(3.1)]


def test_looking_back_needs_a_history_and_something_open(ledger):
    given = LossGivenDefault(
        0.4, 0.4, 0.4, 9, 1.0, False, LEFT_OPEN, LEFT_OPEN[None, :], 1.0, np.ones(1), 1.0, np.ones(1)
    )
    young = ledger([(1, "a", "2023-12-01", 30, 10.0)], [])
    found = look_back(young, given, rng=np.random.default_rng(1))
    assert (found.exposure, found.still_open, found.held, found.place) == (10.0, 10.0, None, None)
    assert np.isnan(found.estimate)
    paid_up = ledger([(1, "a", "2020-01-01", 30, 10.0)], [(1, "2020-02-01", 10.0)])
    assert look_back(paid_up, given, rng=np.random.default_rng(1)).place is None


def test_looking_back_judges_what_is_still_open_by_its_time_in_default(ledger):
    """Of three debts open a year ago one is paid, one a month in default, and one longer than the time given."""
    bills = [
        (1, "a", "2022-01-01", 30, 10.0), (2, "b", "2022-01-01", 30, 20.0),
        (3, "a", "2023-12-20", 30, 100.0), (4, "b", "2023-12-20", 165, 200.0),
    ]  # fmt: skip
    paid = [(1, "2022-01-20", 10.0), (3, "2024-02-01", 100.0)]
    given = LossGivenDefault(
        0.4, 0.4, 0.4, 9, 1.0, False, LEFT_OPEN, LEFT_OPEN[None, :], 1.0, np.ones(1), 1.0, np.ones(1)
    )
    known = [(9, "c", "2022-06-01", 30, 5.0), (10, "c", "2022-12-20", 30, 5.0)]  # a customer to learn a rate from
    made = ledger([*bills, *known], [*paid, (9, "2022-06-20", 5.0), (10, "2023-02-01", 5.0)])
    found = look_back(made, given, rng=np.random.default_rng(1))
    assert (found.exposure, found.still_open) == (320.0, 220.0)
    assert found.lost == pytest.approx(20 + 200 * 0.4 / 0.8)
