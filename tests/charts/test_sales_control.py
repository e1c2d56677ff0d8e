"""Charts of sales control draw what the methods returned, and nothing they did not."""

import numpy as np
import pandas as pd
import pytest

from helpers.charts.evaluation.sales_control import draw_given, draw_price_kept, draw_still_open, given_parts
from helpers.charts.evaluation.scorecard import draw_ranked_groups
from helpers.evaluation import Durations, rank_ratios, time_to_end
from helpers.evaluation.price_realisation import APPROVED, DEEPER

KINDS = pd.DataFrame(
    {"orders": [30, 4], "list_amount": [900.0, 90.0], "given": [90.0, 30.0], "deeper": [5.0, 20.0]},
    index=pd.Index([APPROVED, DEEPER], name="kind"),
)


def test_only_what_nobody_approved_is_drawn_beyond_the_usual():
    parts = given_parts(KINDS)
    assert parts["beyond"].tolist() == [0.0, 20.0]
    assert (parts["usual"] + parts["beyond"]).tolist() == KINDS["given"].tolist()
    axes = draw_given(KINDS, currency="EUR")
    widths = sorted(patch.get_width() for patch in axes.patches)
    assert widths == sorted([90.0, 10.0, 0.0, 20.0])


def test_groups_without_an_interval_are_drawn_as_points():
    table = pd.DataFrame({"group": ["N", "S"], "orders": [5, 1], "kept_share": [0.8, 1.0]})
    table["kept_share_low"], table["kept_share_high"] = [0.7, np.nan], [0.9, np.nan]
    axes = draw_price_kept(table, group="Region")
    assert [label.get_text() for label in axes.get_yticklabels()] == ["N (5)", "S (1)"]


def test_a_step_that_never_reached_nine_tenths_is_drawn_to_its_last_day():
    random = np.random.default_rng(1)
    days = pd.DataFrame(
        {"customer_id": range(40), "days": random.integers(0, 30, 40), "ended": random.random(40) < 0.6}
    )
    days.loc[~days["ended"], "days"] = 60
    lasting = time_to_end(Durations(days, 0), random)
    assert np.isnan(lasting.nine_tenths_days[0])
    axes = draw_still_open({"invoice to cash": lasting})
    line = axes.get_lines()[0]
    assert line.get_ydata()[0] == 1
    assert line.get_ydata()[-1] == pytest.approx(lasting.curve["open_share"].iloc[-1])
    assert axes.get_xlim()[1] >= lasting.curve["days"].max()


def test_sellers_are_drawn_with_their_customers_and_places():
    cases = pd.DataFrame({"group": np.repeat(["a", "b"], 5), "part": [0.9, 0.8, 1, 0.7, 0.9, 0.5, 0.6, 0.4, 0.5, 0.7]})
    ranked = rank_ratios(cases.assign(whole=1.0), np.random.default_rng(1))
    axes = draw_ranked_groups(ranked, group="Seller", counted="cases", cases="customers", share="Collected")
    assert axes.get_xlabel() == "Collected; right: place"
    assert [label.get_text() for label in axes.get_yticklabels()] == ["A (5)", "B (5)"]
