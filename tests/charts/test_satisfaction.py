"""Charts of satisfaction: names beside points that lie close together."""

import numpy as np
import pandas as pd
import pytest
from tests.charts.drawn import overlapping_texts, stays_on_page, texts

from helpers.charts.evaluation.satisfaction import draw_importance_performance
from helpers.charts.point_labels import broken_name, spread


def placed(names: list[str], apart: float) -> pd.DataFrame:
    """Dimensions of a map, all as far apart as said."""
    shift = np.arange(len(names)) * apart
    table = pd.DataFrame({"score": 7 + 10 * shift, "importance": 1 / len(names) + shift}, index=names)
    around = {"score_low": -0.1, "score_high": 0.1, "importance_low": -0.02, "importance_high": 0.02}
    return table.assign(**{name: table[name.rpartition("_")[0]] + step for name, step in around.items()})


@pytest.mark.parametrize("apart", [0.0, 0.001, 0.05])
@pytest.mark.parametrize("name", ["d{}", "how_quickly_our_people_answered_when_you_called_the_office_number_{}"])
@pytest.mark.parametrize("count", [2, 10])
def test_names_on_the_map_of_importance_never_lie_on_each_other(count, name, apart):
    names = [name.format(n) for n in range(count)]
    axes = draw_importance_performance(placed(names, apart), title="Where to begin")
    assert overlapping_texts(axes) == []
    assert len(texts(axes)) == count
    assert stays_on_page(axes)


def test_names_keep_the_order_of_their_points():
    axes = draw_importance_performance(placed(["low", "between", "high"], 0.001))
    heights = {text.get_text(): text.xyann[1] for text in axes.texts}
    assert heights["Low"] < heights["Between"] < heights["High"]


def test_rows_stand_as_near_to_their_places_as_they_can():
    wanted, heights = np.array([0.1, 0.5, 0.5, 0.5]), np.full(4, 0.1)
    assert spread(wanted, heights) == pytest.approx([0.1, 0.4, 0.5, 0.6])
    assert spread(np.zeros(3), np.full(3, 0.1)) == pytest.approx([0.05, 0.15, 0.25])


def test_a_name_takes_three_lines_at_most():
    assert broken_name("one " * 40).count("\n") == 2
    assert broken_name("one " * 40).endswith("…")
