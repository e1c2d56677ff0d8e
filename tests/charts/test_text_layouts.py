"""Charts drawn with kept layouts of texts look as they did; matplotlib is left as it was."""

from contextlib import nullcontext

import pytest
from matplotlib.axis import Axis
from matplotlib.text import Text

from helpers.charts import style, text_layouts
from helpers.charts.style import finish, new_axes, percent_ticks, set_finding
from helpers.charts.text_layouts import layouts_kept
from helpers.suite.notebook.drawing import png_of

FINDING = "A finding so long that it does not fit above its chart in one line, as most findings, which have figures"


def drawn() -> bytes:
    figure, panels = new_axes(columns=2)
    for axes in panels:
        axes.bar(["tea", "a name that\nhas two lines"], [0.2, 0.75])
        axes.annotate("12 %", (0, 0.2), rotation=30, linespacing=2)
        axes.tick_params(axis="x", rotation=45)
        percent_ticks(axes)
        finish(axes, x_label="Product", y_label="Buyers, share")
    set_finding(figure, FINDING)
    return png_of(figure)


def test_a_chart_looks_the_same_to_the_pixel(monkeypatch):
    with_kept = drawn()
    monkeypatch.setattr(style, "layouts_kept", nullcontext)

    assert drawn() == with_kept


def test_the_layout_of_a_text_is_worked_out_once(monkeypatch):
    usual, asked = Text._get_layout, []

    def counted(text, renderer):
        asked.append((text.get_text(), text.get_rotation(), text.get_figure(root=True).dpi))
        return usual(text, renderer)

    monkeypatch.setattr(Text, "_get_layout", counted)
    monkeypatch.setattr(text_layouts, "_kept", {})
    drawn()

    assert len(asked) <= 2 * len(set(asked))
    assert Text._get_layout is counted


def test_a_block_within_a_block_keeps_for_both():
    usual = Text._get_layout
    with layouts_kept():
        keeping = Text._get_layout
        with layouts_kept():
            assert Text._get_layout is keeping
        assert Text._get_layout is keeping
    assert Text._get_layout is usual


@pytest.mark.parametrize(("largest", "automatic"), [(0.8, False), (8e9, True)], ids=["plain", "power of ten above"])
def test_a_title_stands_still_where_nothing_is_above_the_axes(largest, automatic):
    figure, (axes,) = new_axes()
    axes.plot([0, 1], [0, largest])
    finish(axes, x_label="Time", y_label="Money", title=FINDING)
    figure.draw_without_rendering()
    title = next(text for text in axes.get_children() if isinstance(text, Text) and text.get_text().startswith("A "))

    assert bool(title.get_position()[1] > 1) is automatic


def test_ticks_that_write_numbers_are_not_made_to_look_for_foreign_letters(monkeypatch):
    _, (axes,) = new_axes()
    axes.plot([0, 1], [0, 1])
    percent_ticks(axes)
    monkeypatch.setattr(Axis, "get_ticklabels", lambda *_, **__: pytest.fail("made"))
    finish(axes, x_label="Time", y_label="Share")
