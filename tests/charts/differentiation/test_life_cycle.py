"""Charts of the life cycle draw the figures they were given and name them."""

import pandas as pd
import pytest

from helpers.charts.differentiation import draw_return_by_phase
from helpers.charts.value import draw_gone_by_rhythm

BANDS = pd.DataFrame(
    {"customers": [4000, 30], "gone_share": [0.25, 0.05], "silent_share": [0.26, 0.74]},
    index=["up to a week", "longer"],
)
RETURNS = pd.DataFrame(
    {"customers": [10, 20], "effort_after": [4000.0, 1000.0], "contribution_after": [-500.0, 60_000.0]},
    index=["exploration", "stability"],
)


def test_two_bars_for_each_band_with_their_shares():
    axes = draw_gone_by_rhythm(BANDS, fixed_days=90)
    assert [patch.get_width() for patch in axes.patches] == [0.25, 0.05, 0.26, 0.74]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["up to a week (4,000)", "longer (30)"]
    assert "no purchase for more than 90 days" in [text.get_text() for text in axes.get_legend().get_texts()]


def test_spent_and_come_back_are_per_customer_and_a_loss_stays_in_the_picture():
    axes = draw_return_by_phase(RETURNS, currency="EUR")
    assert [patch.get_width() for patch in axes.patches] == pytest.approx([400.0, 50.0, -50.0, 3000.0])
    low, high = axes.get_xlim()
    assert low < -50
    assert high > 3000
