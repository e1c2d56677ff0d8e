"""The look of all charts: large numbers below a chart stand apart from each other, whatever their sign and size."""

from itertools import pairwise

import pytest

from helpers.charts.style import finish, head_panels, new_axes, percent_ticks, set_finding, thousands_ticks


@pytest.mark.parametrize("columns", [1, 2], ids=["one panel", "two panels"])
@pytest.mark.parametrize("ends", [(-20_000, 21_000), (0, 6_200_000), (-3_900_000, 120_000), (0, 9)])
def test_large_numbers_below_a_chart_do_not_run_into_each_other(ends, columns):
    figure, panels = new_axes(columns=columns, grid="x")
    for axes in panels:
        axes.barh(["let the worst go", "win more of the best"], ends)
        thousands_ticks(axes, which=("x",))
        finish(axes, x_label="Change of economic profit", y_label="")
    figure.draw_without_rendering()
    for axes in panels:
        low, high = axes.get_xlim()
        labels = [one for one in axes.get_xticklabels() if low <= one.get_position()[0] <= high]
        boxes = [label.get_window_extent() for label in labels]
        assert len(boxes) >= 2
        assert all(left.x1 + 2 < right.x0 for left, right in pairwise(boxes))
        assert not any("-" in label.get_text() for label in labels)


@pytest.mark.parametrize(
    ("high", "expected"),
    [(0.2, "2.5 %"), (0.3, "5 %"), (0.012, "0.2 %"), (1.0, "20 %"), (-0.2, "\N{MINUS SIGN}2.5 %")],
)
def test_a_tick_in_per_cent_says_the_share_it_stands_for(high, expected):
    """No tick at two and a half is called two, and no two ticks are called the same."""
    figure, (axes,) = new_axes(grid="x")
    axes.plot([0, high], [0, 1])
    percent_ticks(axes, which=("x",))
    finish(axes, x_label="Fields with a typing error", y_label="")
    figure.draw_without_rendering()
    low, top = axes.get_xlim()
    labels = [one.get_text() for one in axes.get_xticklabels() if low <= one.get_position()[0] <= top]
    assert len(labels) == len(set(labels))
    assert expected.split()[0] in {label.split()[0].removesuffix(".0") for label in labels}


def test_a_title_parts_no_number_from_its_unit_or_currency():
    for words in range(30):
        title = "a " * words + "difference of 3.9 % (EUR 1.70 to EUR 9.60 in all)"
        _, (axes,) = new_axes()
        lines = finish(axes, title=title, x_label="", y_label="").get_title(loc="left").split("\n")
        assert not any(line.startswith("%") or line.endswith("EUR") for line in lines)


def test_a_title_in_capitals_stays_on_the_page():
    figure, (axes,) = new_axes(grid="x")
    axes.barh(["BAKED BREAD, BUNS AND ROLLS, DRY NOODLES AND PASTA"], [1])
    title = "The rule with the highest lift: BEEF, DRY NOODLES/PASTA → PASTA SAUCE"
    finish(axes, title=title, x_label="", y_label="")
    figure.draw_without_rendering()
    assert axes._left_title.get_window_extent().x1 <= figure.bbox.x1


@pytest.mark.parametrize("dots_per_inch", [100, 200])
@pytest.mark.parametrize("columns", [1, 2])
def test_a_title_stays_on_the_page_in_print_and_in_a_picture_of_fewer_dots(dots_per_inch, columns):
    """Letters keep to whole pixels: at 100 dots per inch a line is a fortieth longer than at 200."""
    title = "HOUSEHOLDS bring 12 % of all money, little bills fill the till. Mummy won 1,111 % more. " * 2
    for words in range(4):
        figure, axes = new_axes(columns=columns)
        for one in axes:
            finish(one, x_label="", y_label="money, EUR")
        if columns > 1:
            head_panels(figure, "")
        set_finding(figure, title.split(" ", words)[-1])
        figure.set_dpi(dots_per_inch)
        figure.draw_without_rendering()
        drawn = axes[0]._left_title if columns == 1 else figure.texts[0]
        assert drawn.get_window_extent().x1 <= figure.bbox.x1


def test_a_title_of_narrow_letters_which_are_wider_on_a_screen_stays_on_the_page():
    for words in ("fill ", "ill "):
        figure, (axes,) = new_axes()
        finish(axes, title=(words * 40).strip(), x_label="", y_label="money, EUR")
        figure.set_dpi(100)
        figure.draw_without_rendering()
        assert axes._left_title.get_window_extent().x1 <= figure.bbox.x1
