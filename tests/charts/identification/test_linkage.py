"""Charts of record linkage and of customer structure show what the methods found."""

import pandas as pd
import pytest
from matplotlib.colors import to_hex

from helpers.charts.identification import (
    draw_downstream,
    draw_error_levels,
    draw_match_weights,
    draw_penetration,
    draw_products_held,
    draw_source_completeness,
    draw_thresholds,
)
from helpers.charts.style import BLUE, INK, VERMILION

PARTS = pd.DataFrame(
    {
        "part": ["share of pairs that are one customer", "first_name", "email", "total"],
        "agreement": [None, "different", "the same", None],
        "match_weight": [-8.0, -2.0, 15.0, 5.0],
    }
)
BAND = pd.DataFrame(
    {
        "threshold": [0.1, 0.5, 0.9],
        "customers": [90, 100, 140],
        "false_merges": [9.0, 4.0, 1.0],
        "false_splits": [0, 2, 30],
    }
)


def test_each_part_begins_where_the_one_above_ends():
    axes = draw_match_weights(PARTS, title="E-mail decides")
    bars = axes.patches
    ends = [bar.get_x() + bar.get_width() for bar in bars]
    assert ends == [-8, -10, 5, 5]
    assert [bar.get_x() for bar in bars] == [0, -8, -10, 0]
    assert [to_hex(bar.get_facecolor()) for bar in bars] == [to_hex(c) for c in (VERMILION, VERMILION, BLUE, INK)]
    labels = [text.get_text() for text in axes.get_yticklabels()]
    assert labels[1:] == ["First name: different", "Email: the same", "Sum of the parts"]
    assert axes.get_title(loc="left") == "E-mail decides"


def test_thresholds_show_customers_and_expected_errors():
    left, right = draw_thresholds(BAND, title="Ninety to many", threshold=0.5)
    assert left.lines[0].get_ydata().tolist() == [90, 100, 140]
    assert [line.get_label() for line in right.lines[:2]] == ["False merges", "False splits"]
    assert left.lines[-1].get_xdata() == [0.5, 0.5]
    assert left.figure.get_suptitle() == "Ninety to many"


def test_a_move_of_nothing_is_not_drawn_as_much():
    (left, _) = draw_thresholds(BAND.assign(customers=[5000, 5000, 5002]), title="Steady", threshold=0.5)
    low, high = left.get_ylim()
    assert high - low > 200


def test_downstream_has_a_panel_per_figure():
    figures = pd.DataFrame(
        {"threshold": [0.1, 0.9], "buyers": [90, 95], "top20_revenue_share": [0.8, 0.81], "repeat_rate": [0.5, 0.4]}
    )
    drawn = draw_downstream(figures, title="Little moves", threshold=0.5)
    assert [axes.get_ylabel() for axes in drawn] == ["Buying customers", "Revenue of the best fifth", "Bought again"]
    assert drawn[2].lines[0].get_ydata().tolist() == [0.5, 0.4]


def test_penetration_is_written_into_its_cells():
    cells = pd.DataFrame(
        {"product": ["tea", "tea", "rum", "rum"], "group": ["a", "b", "a", "b"], "penetration": [0.5, 0.25, 0.1, 1.0]}
    )
    axes = draw_penetration(cells, ["rum", "tea"], title="Rum is for b", group="age band")
    assert [text.get_text() for text in axes.texts] == ["10 %", "100 %", "50 %", "25 %"]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["Rum", "Tea"]
    assert axes.get_xlabel() == "Age band"


@pytest.mark.parametrize(("counts", "first"), [([30, 60, 10], "30.0 %"), ([0, 5, 5], "0.0 %")])
def test_products_held_are_shares_of_all(counts, first):
    axes = draw_products_held(pd.Series(counts, index=["0", "1", "2"]), title="Few hold two", product="categories")
    assert axes.texts[0].get_text() == first
    assert axes.get_xlabel() == "Categories held"


FIELDS = pd.DataFrame(
    {
        "source": ["web", "sales", "web", "sales", "web", "sales"],
        "field": ["phone", "phone", "last_name", "last_name", "fax", "fax"],
        "present": [True, True, True, True, False, False],
        "completeness": [0.3, 0.9, 1.0, 0.8, 0.0, 0.0],
        "talk": ["desirable", "desirable", "required", "required", "desirable", "desirable"],
        **{purpose: [""] * 6 for purpose in ("analyse", "relate", "manage")},
    }
)


def test_required_fields_stand_first_and_fields_nobody_holds_are_left_out():
    axes = draw_source_completeness(FIELDS, title="By system")
    assert [text.get_text() for text in axes.get_yticklabels()] == ["Last name *", "Phone"]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["Sales", "Web"]
    assert axes.images[0].get_array().tolist() == [[0.8, 1.0], [0.9, 0.3]]
    assert [text.get_text() for text in axes.texts] == ["80 %", "100 %", "90 %", "30 %"]


def test_a_required_field_that_nobody_holds_is_drawn_empty():
    required = FIELDS.assign(talk=FIELDS["talk"].mask(FIELDS["field"] == "fax", "required"))
    axes = draw_source_completeness(required, title="By system")
    assert [text.get_text() for text in axes.get_yticklabels()] == ["Last name *", "Fax *", "Phone"]
    assert axes.images[0].get_array().tolist()[1] == [0.0, 0.0]


def test_records_of_one_system_are_one_column():
    axes = draw_source_completeness(FIELDS.iloc[::2].drop(columns="source"), title="One system")
    assert [text.get_text() for text in axes.get_xticklabels()] == ["All records"]


def test_precision_and_recall_are_drawn_with_their_intervals():
    curve = pd.DataFrame({"error_level": [0.0, 0.2]})
    for name, value in (("precision", [1.0, 0.9]), ("recall", [0.98, 0.8])):
        curve = curve.assign(**{name: value, f"{name}_low": 0.7, f"{name}_high": 1.0})
    axes = draw_error_levels(curve, title="Errors")
    assert [line.get_ydata().tolist() for line in axes.lines] == [[1.0, 0.9], [0.98, 0.8]]
    assert [line.get_label() for line in axes.lines] == ["Precision", "Recall"]
    assert len(axes.collections) == 2
