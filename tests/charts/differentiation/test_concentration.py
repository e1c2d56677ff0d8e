"""Charts of concentration, spend and the customer-base audit draw what they were given and stay on the page."""

import numpy as np
import pandas as pd
from tests.charts.drawn import stays_on_page, texts, title

from helpers.charts.differentiation import (
    draw_base_by_cohort,
    draw_cohort,
    draw_cohorts_compared,
    draw_curves,
    draw_deciles,
    draw_factors,
    draw_segment_stability,
    draw_selling_time,
    draw_share_over_time,
    draw_spend_changes,
    draw_typical_products,
)
from helpers.differentiation import rank_customers

QUARTERS = pd.to_datetime(["2024-01-01", "2024-04-01", "2024-07-01"])
COHORTS = pd.DataFrame(
    {
        "cohort": QUARTERS[[0, 0, 0, 1, 1, 2]],
        "period": QUARTERS[[0, 1, 2, 1, 2, 2]],
        "age": [0, 1, 2, 0, 1, 0],
        "revenue": [10.0, 8.0, 6.0, 5.0, 4.0, 0.0],
        "customers": [5, 4, 3, 2, 1, 1],
        "orders_per_customer": [1.0, 2.0, 2.0, 1.0, 1.0, 1.0],
        "spend_per_order": [2.0, 1.0, 1.0, 2.5, 4.0, 0.0],
        "revenue_per_member": [2.0, 1.6, 1.2, 2.5, 2.0, 0.0],
    }
)


def test_each_measure_has_its_curve() -> None:
    curves = {
        name: rank_customers(pd.Series(worth)) for name, worth in {"revenue": [8.0, 2.0], "orders": [1.0, 1.0]}.items()
    }
    axes = draw_curves(curves, title="t")
    assert [line.get_ydata().tolist() for line in axes.lines[1:]] == [[0, 0.8, 1.0], [0, 0.5, 1.0]]
    assert stays_on_page(axes)


def test_the_share_of_every_period_is_written_beside_its_point() -> None:
    followed = pd.DataFrame({"begins": QUARTERS, "top_share": [0.5, 0.6, 0.55], "gini": [0.4, np.nan, 0.45]})
    axes = draw_share_over_time(followed, title="t", top=0.2)
    assert texts(axes) == ["50.0 %", "60.0 %", "55.0 %"]
    assert stays_on_page(axes)


def test_of_many_periods_the_first_and_the_last_share_are_written() -> None:
    """Twelve shares beside each other would run into one another."""
    followed = pd.DataFrame({"begins": pd.date_range("2023-01-01", periods=12, freq="QS"), "gini": 0.7})
    axes = draw_share_over_time(followed.assign(top_share=np.linspace(0.80, 0.91, 12)), title="t", top=0.2)
    assert texts(axes) == ["80.0 %", "91.0 %"]
    assert stays_on_page(axes)


def test_the_legend_of_typical_products_stands_below_the_last_segment() -> None:
    one = {"segment": "loyal", "product_group": "tea", "revenue_share": 0.4, "low": 0.3, "high": 0.5, "all_share": 0.1}
    axes = draw_typical_products(pd.DataFrame([one] * 6), title="t")
    axes.figure.canvas.draw()
    last = axes.transData.transform((0, 5))[1]
    assert axes.get_legend().get_window_extent().y1 < last


def test_selling_time_stands_beside_the_rule() -> None:
    table = pd.DataFrame(
        {
            "customer_share": [0.1, 0.3, 0.6],
            "revenue_share": [0.8, 0.15, 0.05],
            "time_share": [0.5, 0.4, 0.1],
            "time_share_low": [0.45, 0.38, 0.06],
            "time_share_high": [0.55, 0.42, 0.12],
        },
        index=["key", "ordinary", "prospect"],
    )
    axes = draw_selling_time(table, title="Key customers get half", rule=0.6)
    assert "rule: 60 %" in texts(axes)
    assert title(axes) == "Key customers get half"
    assert stays_on_page(axes)


def test_each_kind_of_change_has_its_mark_and_number() -> None:
    kinds = ["rose", "fell", "no clear change", "cannot say"]
    spend = pd.DataFrame({"before": [0.0, 900.0, 50.0, 3.0], "after": [80.0, 0.0, 51.0, 0.0], "change": kinds})
    axes = draw_spend_changes(spend, title="t", unit="EUR")
    assert {text.get_text() for text in axes.get_legend().get_texts()} == {f"{kind} (1)" for kind in kinds}
    assert stays_on_page(axes)


def test_nobody_who_spent_is_drawn_too() -> None:
    spend = pd.DataFrame({"before": [0.0], "after": [0.0], "change": ["cannot say"]})
    assert stays_on_page(draw_spend_changes(spend, title="t", unit="EUR"))


def test_where_the_others_go_stands_beside_the_bar() -> None:
    held = pd.DataFrame(
        {"customers": [1200, 7], "kept_share": [0.8, 1.0], "next_segment": ["loyal", ""], "next_share": [0.15, np.nan]},
        index=["champions", "new"],
    )
    axes = draw_segment_stability(held, title="t")
    assert texts(axes) == ["80 %; 15 % to loyal", "100 %"]
    assert stays_on_page(axes)


def test_typical_products_stand_beside_all_customers() -> None:
    typical = pd.DataFrame(
        {
            "segment": ["at risk"],
            "product_group": ["tea"],
            "revenue_share": [0.3],
            "low": [0.2],
            "high": [0.4],
            "all_share": [0.1],
        }
    )
    axes = draw_typical_products(typical, title="t")
    assert [label.get_text() for label in axes.get_yticklabels()] == ["at risk: tea"]
    assert stays_on_page(axes)


def test_the_tenths_are_drawn_best_first() -> None:
    deciles = pd.DataFrame({"revenue_share": [0.7, 0.3]}, index=[1, 2])
    axes = draw_deciles(deciles, title="t")
    assert [bar.get_height() for bar in axes.patches] == [0.7, 0.3]
    assert stays_on_page(axes)


def test_the_last_bar_is_the_sum_of_the_factors() -> None:
    factors = pd.DataFrame(
        {"change": [50.0, -20.0, 30.0], "low": [40.0, -30.0, 10.0], "high": [60.0, -10.0, 50.0]},
        index=["customers", "orders per customer", "spend per order"],
    )
    axes = draw_factors(factors, title="t", unit="EUR")
    assert [bar.get_width() for bar in axes.patches] == [50.0, -20.0, 30.0, 60.0]
    assert stays_on_page(axes)


def test_a_cohort_begins_at_one_hundred() -> None:
    axes = draw_cohort(COHORTS.iloc[:3], title="t", step="quarter")
    assert [line.get_ydata()[0] for line in axes.lines[:4]] == [100.0] * 4
    assert stays_on_page(axes)


def test_cohorts_are_compared_by_age_and_stacked_by_period() -> None:
    compared = draw_cohorts_compared(COHORTS, title="t", step="quarter", unit="EUR")
    assert [len(line.get_xdata()) for line in compared.lines] == [3, 2, 1]
    stacked = draw_base_by_cohort(COHORTS, title="t", unit="EUR")
    tops = [sum(bar.get_height() for bar in stacked.patches if round(bar.get_x() + 0.4) == place) for place in range(3)]
    assert tops == [10.0, 13.0, 10.0]
    assert stays_on_page(compared)
    assert stays_on_page(stacked)
