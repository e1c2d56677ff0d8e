"""What the charts of unusual accounts draw: one row per rule or company, accounts beyond the limit apart."""

import numpy as np
import pandas as pd

from helpers import evaluation
from helpers.charts.evaluation.anomalies import draw_account_scores, draw_list_precision


def test_accounts_beyond_the_limit_are_drawn_apart_and_those_below_two_not():
    scores = {"refunds": [0.0, 2.5, 3.5, 9.0], "larger_orders": [np.nan, 1.0, 2.1, 3.4]}
    frame = pd.DataFrame({"peers": "all", **scores, "flagged": [False, False, True, True]})
    axes = draw_account_scores(evaluation.UnusualAccounts(frame, 3.5, {}))
    drawn = [sorted(np.asarray(marks.get_offsets())[:, 0].tolist()) for marks in axes.collections]
    assert drawn == [[2.5], [3.5, 9.0], [2.1, 3.4], []]
    assert [label.get_text().split("\n")[1] for label in axes.get_yticklabels()] == ["2 of 4", "0 of 3"]
    named = draw_account_scores(evaluation.UnusualAccounts(frame, 3.5, {}), names={"refunds": "goods sent back"})
    assert named.get_yticklabels()[0].get_text() == "Goods sent back\n2 of 4"


def test_each_company_has_a_row_with_both_lists():
    scores = pd.DataFrame({"seed": [11, 12], "rules_precision": [0.7, 0.6], "forest_precision": [0.1, 0.2]})
    axes = draw_list_precision(scores)
    assert [line.get_xdata().tolist() for line in axes.lines] == [[0.7, 0.6], [0.1, 0.2]]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["11", "12"]
