"""What the charts of the service desk and of engagement draw: as many marks as rows, gaps left open."""

from datetime import date

import numpy as np
import pandas as pd
from tests.drawn_cases import drawn_cases

from helpers import evaluation
from helpers.charts.evaluation import draw_control_chart, draw_layers, draw_quality, draw_staff, draw_steps

AS_OF = date(2025, 1, 1)


def test_groups_without_a_share_stay_empty_and_all_stands_last():
    cases = drawn_cases(300)
    cases.loc[:9, "channel"] = "web"
    table = evaluation.compare_quality(evaluation.prepare_cases(cases, AS_OF).frame, "channel")
    panels = draw_quality(table, by="channel")
    assert len(panels) == 3
    assert [label.get_text().split("\n")[0] for label in panels[0].get_yticklabels()] == ["Shop", "Web", "All"]
    assert np.isnan(panels[0].lines[0].get_xdata()[1])


def test_a_week_without_a_case_breaks_the_line():
    cases = evaluation.prepare_cases(drawn_cases(2000), AS_OF).frame
    gap = (cases["time"] >= "2024-03-04") & (cases["time"] < "2024-03-11")
    chart = evaluation.control_chart(cases.loc[~gap, "time"], cases.loc[~gap, "solved"], AS_OF)
    drawn = draw_control_chart(chart).lines[1].get_ydata()
    assert len(drawn) == len(chart.weeks)
    assert np.isnan(drawn).sum() == 1


def test_complaints_are_drawn_where_no_cost_is_known():
    cases = evaluation.prepare_cases(drawn_cases(300).drop(columns="cost"), AS_OF).frame
    table = evaluation.complaints_by_step(cases, {}, orders=0)
    axes = draw_steps(table)
    assert axes.get_xlabel() == "Complaints"
    assert [bar.get_width() for bar in axes.patches] == table["complaints"].tolist()


def test_signs_without_a_share_are_not_drawn():
    table = pd.DataFrame(
        {"layer": ["relationship", "engagement"], "sign": ["regular", "answered"], "share": [0.5, np.nan]}
    )
    axes = draw_layers(table.assign(low=[0.4, np.nan], high=[0.6, np.nan]))
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Regular"]


def test_each_day_of_a_plan_is_named_once():
    time = pd.Series(
        np.add.outer(pd.date_range("2024-07-01", periods=3), pd.to_timedelta([480, 510], unit="min")).ravel()
    )
    plan = pd.DataFrame({"time": time, "agents": 3, "agents_low": 2, "agents_high": 5})
    labels = [label.get_text() for label in draw_staff(plan).get_xticklabels()]
    assert labels == ["Mon 1 Jul", "Tue 2 Jul", "Wed 3 Jul"]
