"""Charts of credit show the numbers of the method, say the finding and name units; no text is cut off."""

import numpy as np
import pandas as pd
import pytest
from tests.charts.drawn import stays_on_page, texts, title

from helpers.charts import value as charts
from helpers.value import credit

DAY = pd.Timestamp("2024-01-05")


@pytest.fixture(scope="module")
def receivables():
    rng = np.random.default_rng(5)
    size = 600
    billed = DAY + pd.to_timedelta(rng.integers(0, 720, size), unit="D")
    customer = rng.integers(0, 60, size)
    bills = pd.DataFrame(
        {
            "invoice_id": np.arange(size),
            "customer_id": customer,
            "time": billed,
            "due_date": billed + pd.Timedelta(days=30),
            "amount": rng.gamma(1, 300, size).round(2) + 1,
            "seller_id": customer % 4,
        }
    )
    waits = rng.gamma(1.5, 15 + 4 * (customer % 10) ** 2 / 3)
    paid = bills.assign(time=billed + pd.to_timedelta(waits.astype(int), unit="D"))[["invoice_id", "time", "amount"]]
    as_of = DAY + pd.Timedelta(days=721)
    return credit.prepare_receivables(bills, paid[paid["time"] < as_of], as_of)


@pytest.fixture(scope="module")
def graded(receivables):
    return credit.grade_customers(receivables)


@pytest.fixture(scope="module")
def loss(receivables, graded):
    rates = credit.default_rates(credit.follow_cohort(receivables, months_ago=12, default_days=60))
    rng = np.random.default_rng(1)
    given = credit.measure_loss_given_default(receivables, rng=rng, default_days=60, recovery_months=3)
    return credit.estimate_expected_loss(
        graded, rates, given, credit.debts_in_default(receivables, default_days=60), rng=rng, draws=199
    )


@pytest.fixture(scope="module")
def scored():
    rng = np.random.default_rng(2)
    probability = rng.beta(1, 2, 500)
    return rng.random(500) < probability, probability


def test_grades_draw_customers_and_balance_side_by_side(graded):
    table = credit.summarise_grades(graded)
    axes = charts.draw_grades(table, title="Grade A owes little")
    widths = [bar.get_width() for bar in axes.patches]
    assert widths == pytest.approx([*table["customer_share"], *table["open_share"]])
    assert texts(axes)[0].endswith("of customers")
    assert [label.get_text() for label in axes.get_yticklabels()] == ["A", "B", "C", "D", "Not graded"]
    assert title(axes) == "Grade A owes little"
    assert stays_on_page(axes)


def test_ageing_stacks_what_breaks_the_rule(receivables):
    table = credit.age_receivables(credit.open_invoices(receivables))
    axes = charts.draw_ageing(table, title="Half is late", currency="EUR")
    within, beyond = (container.patches for container in axes.containers)
    assert [bar.get_height() for bar in beyond] == pytest.approx(table["beyond_rule"].tolist())
    tops = [one.get_height() + other.get_height() for one, other in zip(within, beyond, strict=True)]
    assert tops == pytest.approx(table["open_amount"].tolist())
    assert axes.get_ylabel() == "Open, EUR"
    assert stays_on_page(axes)


def test_balance_and_days_start_at_zero(receivables):
    table = credit.balance_by_month(receivables, months=6)
    upper, lower = charts.draw_balance(table, title="The balance grows", currency="EUR")
    assert upper.lines[0].get_ydata().tolist() == table["closing"].tolist()
    assert lower.lines[0].get_ydata().tolist() == table["days_of_sales"].tolist()
    assert upper.get_ylim()[0] == lower.get_ylim()[0] == 0
    assert [label.get_text() for label in lower.get_xticklabels()][-1] == "2025-12"
    assert stays_on_page(upper)


def test_roll_rates_write_every_share(receivables):
    rates = credit.roll_rates(receivables, months=6)
    axes = charts.draw_roll_rates(rates, title="Most is paid")
    assert len(axes.texts) == rates.shares.size
    assert texts(axes)[0] == f"{100 * rates.shares.iloc[0, 0]:.0f} %"
    assert stays_on_page(axes)


def test_default_rates_name_grades_without_customers():
    grades = pd.Categorical(["A"] * 30 + ["B"] * 10, categories=list("ABCD"), ordered=True)
    rates = credit.default_rates(pd.DataFrame({"grade": grades, "defaulted": [False] * 35 + [True] * 5}))
    axes = charts.draw_default_rates(rates, title="B defaults more often")
    assert texts(axes) == ["1.6 % (0 of 30)", "50.0 % (5 of 10)", "no customers", "no customers"]
    assert stays_on_page(axes)


def test_expected_loss_draws_one_bar_per_class_with_its_amount(loss):
    axes = charts.draw_expected_loss(loss.by_class, title="Those in default cost most", currency="EUR")
    assert [bar.get_width() for bar in axes.patches] == pytest.approx(loss.by_class["expected_loss"].tolist())
    assert texts(axes) == [f"{value:,.0f}" for value in loss.by_class["expected_loss"]]
    assert stays_on_page(axes)


def test_policy_draws_before_and_after(graded):
    effect = credit.policy_effect(graded, credit.grade_policy())
    axes = charts.draw_policy_effect(effect, title="Prepayment frees capital", currency="EUR")
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([*effect["exposure"], *effect["exposure_after"]])
    assert texts(axes)[len(effect)].endswith("under the terms")
    assert stays_on_page(axes)


def test_exposure_names_ranks_and_nobody(graded):
    found = credit.exposure_concentration(graded["open_amount"])
    axes = charts.draw_exposure(found, title="Ten owe half")
    assert [label.get_text() for label in axes.get_yticklabels()] == [str(rank) for rank in range(1, 11)]
    assert texts(axes)[-1].endswith(f"together {100 * found.top_ten_share:.0f} %")
    assert stays_on_page(axes)


def test_nobody_owing_draws_an_empty_chart():
    axes = charts.draw_exposure(credit.exposure_concentration(pd.Series({"a": 0.0})), title="Nobody owes anything")
    assert len(axes.patches) == 0


def test_sellers_are_drawn_in_the_order_of_cash(receivables):
    table = credit.measure_sellers(receivables)
    axes = charts.draw_sellers(table, title="One seller stands out")
    assert [label.get_text() for label in axes.get_yticklabels()] == [str(seller) for seller in table.index]
    drawn = [line.get_xdata()[0] for line in axes.lines if line.get_marker() in ("o", "^", "v")]
    assert drawn == pytest.approx(table["collected_share"].tolist())
    assert "all sellers" in texts(axes)
    assert stays_on_page(axes)


def test_risk_bands_set_forecast_beside_what_happened(scored):
    bands = credit.risk_bands(*scored)
    upper, lower = charts.draw_risk_bands(bands, title="Forecasts hold")
    assert [bar.get_height() for bar in upper.patches] == pytest.approx(bands["share"].tolist())
    drawn = [line.get_ydata().tolist() for line in lower.lines if len(line.get_ydata()) == len(bands)]
    assert bands["actual"].tolist() in drawn
    assert bands["forecast"].tolist() in drawn
    assert stays_on_page(upper)


def test_granting_marks_the_rule_and_everybody(scored):
    rule = credit.choose_granting(*scored, credit.LoanTerms(0.2, 0.6))
    axes = charts.draw_granting(rule, title="Granting to half brings most")
    points = [(line.get_xdata()[0], line.get_ydata()[0]) for line in axes.lines if len(line.get_xdata()) == 1]
    assert points == [(rule.granted_share, rule.return_share), (1.0, rule.return_of_all)]
    assert "break-even at 25 %" in texts(axes)
    assert stays_on_page(axes)
