"""The chart of effects shows every campaign, its interval and where there is no effect."""

import pandas as pd

from helpers.charts.evaluation import draw_campaign_effects
from helpers.evaluation.effects import campaign_effects


def test_each_campaign_and_all_stand_in_points_beside_the_line_of_no_effect():
    treated = [True] * 60 + [False] * 40
    one = pd.DataFrame({"customer_id": range(100), "campaign_type": "mail", "treated": treated})
    one["responded"] = [n % 3 == 0 for n in range(100)]
    other = one.assign(responded=[n % 2 == 0 for n in range(100)])
    effects = campaign_effects(pd.concat([one.assign(campaign_id="a"), other.assign(campaign_id="b")]))
    axes = draw_campaign_effects(effects, title="No difference")
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert [name.split("\n")[1] for name in names] == ["60 and 40", "60 and 40", "120 and 80"]
    said = [text.get_text() for text in axes.texts]
    assert said[1:] == ["+0.0", "−0.8"]
    assert [list(line.get_xdata()) for line in axes.lines if list(line.get_xdata()) == [0, 0]] == [[0, 0]]
