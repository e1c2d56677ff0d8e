"""Charts drawn with kept ticks look as they did; matplotlib is left as it was."""

from contextlib import nullcontext

import pytest
from matplotlib.axes import Axes
from matplotlib.axis import Axis

from helpers.charts import style
from helpers.charts.kept_ticks import ticks_kept
from helpers.charts.style import finish, new_axes, percent_ticks, set_finding, thousands_ticks
from helpers.suite.notebook.drawing import png_of

METHODS = [(Axis, "_update_ticks"), (Axes, "apply_aspect"), (Axes, "get_tightbbox"), (Axes, "draw")]


def drawn(kind):
    figure, panels = new_axes(columns=2, share_y=kind == "shared scale")
    for number, axes in enumerate(panels, start=1):
        axes.plot([0, 12_000 * number], [0.02, 0.7 / number])
        percent_ticks(axes)
        thousands_ticks(axes, which=("x",))
        if kind == "twin":
            axes.twinx().plot([0, 9_000], [1, 5e7])
        if kind == "ticks above":
            axes.xaxis.set_ticks_position("top")
        if kind == "inset":
            axes.inset_axes([0.5, 0.1, 0.4, 0.3]).bar([1, 2], [1e-6, 2e-6])
        if kind == "equal":
            axes.set_aspect("equal", adjustable="datalim")
        if kind == "small ticks":
            axes.set_xscale("symlog")
            axes.minorticks_on()
        finish(axes, x_label="Revenue " * 9, y_label="Buyers, share")
    if kind == "equal":
        figure.colorbar(panels[0].scatter([1, 2], [0.1, 0.2], c=[3, 4]), ax=panels[1])
    set_finding(figure, "A finding so long that it does not fit above its chart in one line, as most findings")
    return png_of(figure)


@pytest.mark.parametrize("kind", ["plain", "shared scale", "twin", "ticks above", "inset", "equal", "small ticks"])
def test_a_chart_looks_the_same_to_the_pixel(monkeypatch, kind):
    with_kept = drawn(kind)
    monkeypatch.setattr(style, "ticks_kept", nullcontext)

    assert drawn(kind) == with_kept


def test_ticks_are_worked_out_less_often(monkeypatch):
    usual, asked = Axis._update_ticks, []

    def counted(axis):
        asked.append(axis)
        return usual(axis)

    monkeypatch.setattr(Axis, "_update_ticks", counted)
    drawn("plain")
    kept = len(asked)
    monkeypatch.setattr(style, "ticks_kept", nullcontext)
    drawn("plain")

    assert kept < (len(asked) - kept) / 2
    assert Axis._update_ticks is counted


def test_a_block_within_a_block_keeps_for_both_and_leaves_matplotlib_as_it_was():
    before = [(owner, name, vars(owner).get(name), getattr(owner, name)) for owner, name in METHODS]
    with ticks_kept():
        keeping = Axis._update_ticks
        with ticks_kept():
            assert Axis._update_ticks is keeping
        assert Axis._update_ticks is keeping
    assert [(owner, name, vars(owner).get(name), getattr(owner, name)) for owner, name in METHODS] == before


@pytest.mark.parametrize(("owner", "name"), METHODS[:2])
def test_another_matplotlib_is_left_alone(monkeypatch, owner, name):
    place = next(one for one in owner.__mro__ if name in vars(one))
    monkeypatch.delattr(place, name)
    others = [(other, called, getattr(other, called)) for other, called in METHODS if called != name]
    with ticks_kept():
        assert all(getattr(other, called) is usual for other, called, usual in others if hasattr(other, called))
