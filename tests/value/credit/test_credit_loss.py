"""Defaults, what of them is lost, how often grades default, and the loss expected from all that."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from helpers.errors import InputError
from helpers.simulation import read_parameters, simulate
from helpers.value.credit import (
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
    found = measure_loss_given_default(ledger(bills, paid), rng=np.random.default_rng(1))
    assert found.estimate == pytest.approx(54 / 90)
    assert (found.low, found.high) == pytest.approx((0.6, 0.6))  # all alike
    assert (found.customers, found.exposure, found.assumed) == (6, 540.0, False)
    # Default on 30 July 2023, 36 of 90 in by 1 December: open in whole until the fourth month, 54 from the fifth on.
    assert found.left_open.tolist() == pytest.approx([1.0] * 5 + [0.6] * 8)


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


def loss_of(graded, rates, in_default=NOTHING, draws=999, balance_share=1.0):
    given = LossGivenDefault(
        0.4, 0.4, 0.4, 9, 1.0, False, LEFT_OPEN, LEFT_OPEN[None, :], balance_share, np.array([balance_share])
    )
    return estimate_expected_loss(graded, rates, given, in_default, rng=np.random.default_rng(3), draws=draws)


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
    assert found.low < found.total < found.high < found.bad_year


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
    assert found.balance_share == pytest.approx(20 / (5 * 60 + 20))
    assert found.balance_draws.std() > 0


def test_expected_loss_counts_the_part_of_a_balance_that_defaults(graded):
    rates = default_rates(cohort(A=(99, 1), B=(49, 9)))
    fresh = pd.DataFrame({"customer_id": ["y"], "months_in_default": [0], "open_amount": [150.0]})
    whole, part = (loss_of(graded, rates, fresh, balance_share=share) for share in (1.0, 0.25))
    of_default = 0.4 * 150  # the debt in default itself is not touched
    assert part.total - of_default == pytest.approx((whole.total - of_default) / 4)
    assert part.by_customer.loc["w", "loss_given_default"] == pytest.approx(0.1)


def test_old_defaults_are_lost_as_far_as_they_are_still_open(graded):
    rates = default_rates(cohort(A=(10**6, 10**4), B=(10**6, 10**5)))
    owed = [50.0, 60.0, 40.0]  # y: of 200 half a month-old, 60 long past the time for recovery, 90 not in default
    old = pd.DataFrame({"customer_id": ["y", "y", "x"], "months_in_default": [1, 7, 2], "open_amount": owed})
    found = loss_of(graded, rates, in_default=old)
    y, x = 50 * 0.4 / 0.8 + 60 + 90 * 0.4, 40 + 460 * 0.4
    assert found.by_customer["expected_loss"].loc[["y", "x"]].tolist() == pytest.approx([y, x])
    # These rates are all but certain, and so is the share: the interval closes on the estimate.
    assert (found.low, found.high) == (pytest.approx(found.total, rel=0.01), pytest.approx(found.total, rel=0.01))
    in_default = found.by_class.loc["in default"]
    assert in_default[["low", "high"]].tolist() == pytest.approx([x + y, x + y])
    assert in_default["loss_given_default"] == pytest.approx((x + y) / 700)


def test_certain_rates_leave_only_the_chance_of_each_customer(graded):
    rates = default_rates(cohort(A=(10**6, 10**5), B=(10**6, 10**5)))
    found = loss_of(graded, rates, draws=20000)
    assert (found.high - found.low) / found.total < 0.02
    # Each balance is lost with a chance of 0.04: in the worst twentieth the larger of two, but not the largest, 1000.
    assert found.bad_year == pytest.approx(500)


def test_a_share_that_is_not_known_widens_the_interval(graded):
    rates = default_rates(cohort(A=(99, 1), B=(49, 9)))
    drawn = np.column_stack([np.ones(99), np.linspace(0.1, 0.7, 99)])
    unsure = LossGivenDefault(0.4, 0.1, 0.7, 9, 1.0, False, np.array([1.0, 0.4]), drawn, 1.0, np.ones(1))
    wide = estimate_expected_loss(graded, rates, unsure, NOTHING, rng=np.random.default_rng(3))
    sure = loss_of(graded, rates)
    assert wide.high - wide.low > sure.high - sure.low
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


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_what_was_lost_in_truth_was_expected_customer_by_customer(tmp_path, seed):
    """Five simulated years: what is expected on a day against what of those balances is still not paid at the end."""
    changed = {"customers": 2000, "seed": seed, "start": date(2021, 1, 1)}
    parameters = read_parameters(COMPANY).model_copy(update=changed)
    simulate(parameters, tmp_path)
    tables = [pd.read_parquet(tmp_path / "tables" / f"{name}.parquet") for name in ("invoices", "payments")]
    whole = prepare_receivables(tables[0], tables[1], parameters.as_of)
    day = pd.Timestamp("2024-06-01")
    never_paid = np.where(whole.open_at(day) > 0, whole.open_at(whole.as_of), 0.0)
    lost = pd.Series(never_paid).groupby(whole.invoices["customer_id"]).sum()
    then = whole.as_known_at(day)
    years = pd.concat([follow_cohort(then, months_ago=months) for months in (12, 24)])
    given = measure_loss_given_default(then, rng=np.random.default_rng(1))
    found = estimate_expected_loss(
        grade_customers(then), default_rates(years), given, debts_in_default(then), rng=np.random.default_rng(2)
    )
    assert found.total / 2 < lost.sum() < found.bad_year
    exposure, expected = found.by_customer["exposure"], found.by_customer["expected_loss"]
    lost = lost.reindex(expected.index)
    same_for_all = exposure * lost.sum() / exposure.sum()
    assert (expected - lost).abs().sum() < 0.6 * (same_for_all - lost).abs().sum()
