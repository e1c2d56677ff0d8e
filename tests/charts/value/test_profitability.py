"""Charts of profitability show the numbers of the method, say the finding and name units; no text is cut off."""

import numpy as np
import pandas as pd
import pytest
from tests.charts.drawn import stays_on_page, texts

from helpers.charts.value import (
    draw_assumption_sensitivity,
    draw_profit_steps,
    draw_profit_tenths,
    draw_whale_curve,
    draw_what_ifs,
)
from helpers.value.profitability import LEVERS


def curve_of(profits):
    cumulative = np.r_[0.0, np.cumsum(sorted(profits, reverse=True))]
    return pd.DataFrame({"customer_share": np.arange(len(cumulative)) / len(profits), "cumulative_profit": cumulative})


@pytest.mark.parametrize("profit", [150.0, -250.0])
def test_steps_hang_where_the_one_before_ended(profit):
    steps = pd.DataFrame(
        {
            "step": [
                "list_revenue",
                "discount",
                "revenue",
                "cost_of_goods",
                "visit",
                "expected_loss",
                "economic_profit",
            ],
            "amount": [1200.0, -200.0, 1000.0, -600.0, profit - 400.0, 0.0, profit],
        }
    )
    axes = draw_profit_steps(steps, title="Little is left", currency="EUR")
    bars = [(bar.get_x(), bar.get_width()) for bar in axes.patches]
    assert bars == [(0, 1200), (1200, -200), (0, 1000), (1000, -600), (400, profit - 400), (0, profit)]
    assert [label.get_text() for label in axes.get_yticklabels()][-1] == "Economic profit"
    assert texts(axes)[1] == "−200"
    assert axes.get_xlabel() == "All customers, EUR"
    assert stays_on_page(axes)


def test_without_discounts_the_steps_begin_with_revenue():
    steps = pd.DataFrame({"step": ["list_revenue", "discount", "revenue", "economic_profit"], "amount": [9.0, 0, 9, 9]})
    axes = draw_profit_steps(steps, title="Nothing is given away")
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Revenue", "Economic profit"]


def test_whale_curve_marks_what_is_lost_behind_its_peak():
    axes = draw_whale_curve(curve_of([90.0, 40.0, 0.0, 0.0, -30.0]), title="One in five loses money", currency="EUR")
    assert axes.lines[1].get_ydata().tolist() == [0, 90, 130, 130, 130, 100]
    assert any("Peak 130" in text and "60.0 % of customers" in text and "30" in text for text in texts(axes))
    assert axes.get_ylabel() == "Economic profit added up, EUR"
    assert stays_on_page(axes)


def test_without_losers_no_peak_is_marked():
    axes = draw_whale_curve(curve_of([5.0, 4.0, 1.0]), title="All make money")
    assert texts(axes) == ["if all made the same"]
    assert stays_on_page(axes)


def test_a_curve_that_ends_in_a_loss_is_drawn_in_money():
    axes = draw_whale_curve(curve_of([5.0, -4.0, -10.0]), title="All in all a loss")
    assert axes.lines[1].get_ydata()[-1] == -9
    assert stays_on_page(axes)


def test_tenths_carry_amounts_and_intervals():
    tenths = pd.DataFrame(
        {"estimate": [900.0, 10.0, -120.0], "low": [700.0, -5.0, -300.0], "high": [1100.0, 15.0, -60.0]}
    )
    axes = draw_profit_tenths(tenths, title="The first makes nearly all", currency="EUR")
    assert [bar.get_height() for bar in axes.patches] == [900, 10, -120]
    assert texts(axes) == ["900", "10", "−120"]
    ends = [segment[:, 1].tolist() for segment in axes.collections[0].get_segments()]
    assert ends == [[700, 1100], [-5, 15], [-300, -60]]
    assert stays_on_page(axes)


def test_what_ifs_are_coloured_by_what_is_sure():
    levers = pd.DataFrame(
        {
            "lever": list(LEVERS.values()),
            "gain": [10.0, 5, 3, 2, -9],
            "low": [6.0, 1, -2, 1, -12],
            "high": [14.0, 9, 8, 3, -5],
        }
    )
    axes = draw_what_ifs(levers, title="Winning more pays", currency="EUR")
    assert texts(axes) == ["10", "5", "3", "2", "−9"]
    colours = [text.get_color() for text in axes.texts]
    assert len({colours[0], colours[2], colours[4]}) == 3
    assert colours[0] == colours[1] == colours[3]
    assert axes.get_yticklabels()[4].get_text() == "Let the worst go"
    assert stays_on_page(axes)


def test_sensitivity_writes_the_ends_of_each_range():
    table = pd.DataFrame(
        {
            "assumption": ["gross_margin", "cost of order"],
            "used": [0.25, 1.5],
            "low": [0.2, 0.75],
            "high": [0.3, 3.0],
            "profit_at_low": [60.0, 95.0],
            "profit_at_high": [106.0, 60.0],
        }
    )
    axes = draw_assumption_sensitivity(table, 83.0, title="The margin weighs most")
    assert texts(axes) == ["20 %", "30 %", "3.00", "0.75"]
    assert [(bar.get_x(), bar.get_width()) for bar in axes.patches] == [(60, 46), (60, 35)]
    assert axes.lines[0].get_xdata() == [83.0, 83.0]
    assert stays_on_page(axes)
    assert len(draw_assumption_sensitivity(table, 83.0, title="Only one", rows_shown=1).patches) == 1
