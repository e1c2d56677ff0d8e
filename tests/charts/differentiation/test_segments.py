"""Charts of differentiation draw the figures they were given and name them."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from helpers.charts.common import write_cells
from helpers.charts.differentiation import (
    draw_concentration,
    draw_moves,
    draw_phases,
    draw_score_grid,
    draw_segments,
    draw_trends,
)
from helpers.charts.style import new_axes
from helpers.differentiation import classify_abc, rank_customers

REVENUE = pd.Series([60.0, 20.0, 10.0, 5.0, 5.0])
PROFILE = pd.DataFrame(
    {"customer_share": [0.25, 0.75], "revenue_share": [0.9, 0.1]}, index=["champions", "drifting away"]
)
CELLS = pd.MultiIndex.from_product([[1, 2], [1, 2]], names=["recency_score", "frequency_score"])
GRID = pd.DataFrame({"customers": [4, 0, 1, 2000], "revenue_per_customer": [10.0, np.nan, 250.4, 1000.0]}, index=CELLS)
MOVES = pd.DataFrame([[999, 1, 0], [30, 60, 10]], index=["A", "B"], columns=["A", "B", "no purchase"])
REASONS = pd.DataFrame(
    {
        "phase": ["exploration", "stability", "decline"],
        "reason": ["short history", "no clear trend", "silent"],
        "customers": [10, 2000, 490],
        "customer_share": [0.004, 0.8, 0.196],
    }
)


def texts(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


class TestConcentration:
    def test_curve_starts_at_nothing_and_marks_the_best(self) -> None:
        axes = draw_concentration(rank_customers(REVENUE), title="t", customers="households")
        diagonal, curve, mark = axes.lines
        assert list(diagonal.get_xdata()) == [0, 1]
        assert curve.get_ydata().tolist() == pytest.approx([0, 0.6, 0.8, 0.9, 0.95, 1])
        assert (mark.get_xdata()[0], mark.get_ydata()[0]) == (0.2, 0.6)
        assert "best 20 % of households:\n60.0 % of revenue" in texts(axes)

    def test_classes_are_named_between_their_borders(self) -> None:
        ranked = rank_customers(REVENUE)
        axes = draw_concentration(ranked, title="t", classes=classify_abc(REVENUE), top=None)
        assert texts(axes)[1:] == ["A: 40 %", "B: 20 %", "C: 40 %"]
        assert [line.get_xdata()[0] for line in axes.lines[2:]] == pytest.approx([0.4, 0.6])

    def test_net_returns_stay_in_the_picture(self) -> None:
        axes = draw_concentration(rank_customers(pd.Series([10.0, 5.0, -5.0])), title="t")
        assert axes.get_ylim()[1] > 1.5


def test_segments_pair_customers_with_revenue() -> None:
    axes = draw_segments(PROFILE, title="t", attribute="segment")
    assert [bar.get_width() for bar in axes.patches] == [0.25, 0.75, 0.9, 0.1]
    assert texts(axes) == ["25.0 % of customers", "75.0 %", "90.0 % of revenue", "10.0 %"]


class TestScoreGrid:
    def test_cells_say_revenue_and_customers(self) -> None:
        axes = draw_score_grid(GRID, title="t", unit="USD")
        assert texts(axes) == ["10\n(4)", "–", "250\n(1)", "1,000\n(2,000)"]
        assert axes.images[0].origin == "lower"  # the best scores at the top right
        assert axes.images[0].get_array()[1, 1] == 1000.0

    def test_text_is_white_on_dark_cells_only(self) -> None:
        _, (axes,) = new_axes()
        write_cells(axes, np.array([[1.0, 9.0, np.nan]]), [["pale", "dark", "empty"]])
        assert [text.get_color() == "white" for text in axes.texts] == [False, True, False]


class TestMoves:
    def test_rows_are_shares_and_labels_give_the_number(self) -> None:
        axes = draw_moves(MOVES, title="t", before="First half", after="Second half")
        assert texts(axes) == ["100 %", "<1 %", "", "30 %", "60 %", "10 %"]
        assert [tick.get_text() for tick in axes.get_yticklabels()] == ["A (1,000)", "B (100)"]
        assert axes.images[0].get_array()[1].tolist() == [0.3, 0.6, 0.1]

    def test_those_who_stayed_are_framed(self) -> None:
        axes = draw_moves(MOVES, title="t", before="b", after="a")
        assert [patch.get_xy() for patch in axes.patches] == [(-0.5, -0.5), (0.5, 0.5)]

    def test_an_empty_row_is_left_blank(self) -> None:
        axes = draw_moves(MOVES.assign(A=[0, 30], B=[0, 60]), title="t", before="b", after="a")
        assert texts(axes)[:3] == ["", "", ""]
        assert axes.get_yticklabels()[0].get_text() == "A (0)"


def test_phases_give_count_and_share_per_reason() -> None:
    axes = draw_phases(REASONS, title="t", customers="households")
    assert texts(axes) == ["10 (0.4 %)", "2,000 (80.0 %)", "490 (19.6 %)"]
    assert [tick.get_text() for tick in axes.get_yticklabels()][1] == "stability: no clear trend"
    assert len({bar.get_facecolor() for bar in axes.patches}) == 3


def test_trends_leave_out_who_has_no_older_half() -> None:
    life = pd.DataFrame(
        {
            "rate_before": [1.0, 2.0, 8.0, np.nan],
            "rate_after": [1.0, 9.0, 2.0, 3.0],
            "reason": ["no clear trend", "rising", "falling", "short history"],
        }
    )
    axes = draw_trends(life, title="t", period_days=14)
    points = [tuple(part.get_offsets().data[0]) for part in axes.collections]
    assert points == [(1.0, 1.0), (2.0, 9.0), (8.0, 2.0)]
    assert axes.get_xlabel() == "Purchase days per 14 days, older half"
    assert [text.get_text() for text in axes.get_legend().get_texts()][1] == "rising (1)"
