"""The look all charts share: readable in print, in grey and by colour-blind readers.

Nothing is set on import, and nothing of a user's own settings (matplotlibrc) reaches a chart. A chart function is
marked with `chart`, opens its axes with `new_axes`, draws, and ends with `finish`.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, wraps
from textwrap import fill
from typing import Any, ParamSpec, TypeVar, cast
from warnings import catch_warnings, filterwarnings

import matplotlib as mpl
import numpy as np
import seaborn as sns
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator

from helpers.charts.fonts import HOUSE_FONT, NumberTicks, fit_fonts
from helpers.charts.kept_ticks import ticks_kept
from helpers.charts.text_layouts import layouts_kept

P = ParamSpec("P")
T = TypeVar("T")

# Okabe and Ito (2008), "Color Universal Design": distinguishable under the common colour-vision deficiencies.
BLUE = "#0072B2"
ORANGE = "#E69F00"
GREEN = "#009E73"
VERMILION = "#D55E00"
SKY = "#56B4E9"
PURPLE = "#CC79A7"
YELLOW = "#F0E442"
GREY = "#7A7A7A"
LIGHT = "#D5D9DE"
INK = "#1F2933"
CYCLE: tuple[str, ...] = (BLUE, ORANGE, GREEN, VERMILION, SKY, PURPLE, YELLOW, GREY)

WIDTH_INCHES = 7.2
HEIGHT_INCHES = 3.8
DOTS_PER_INCH = 200  # of a picture in a report
_ON_A_SCREEN = 100  # dots per inch of a picture that a user saves, as matplotlib has it
_LABEL_FITS = 50  # characters below axes of any width
_SHORTEST_LINE = 20  # characters of a title, however narrow the axes
_WIDE_TICKS = 6  # intervals between large numbers that fit below a chart of full width
_MOST_DECIMALS = 3  # of a tick in per cent
_FULL_WIDTH = 78  # characters of a title above all panels
_FROM_THE_LEFT = 0.01  # of a figure's width, where that title begins
_UNIT = re.compile(r"(?<=[\d.]) (?=%)|(?<=\b[A-Z]{3}) (?=\d)")  # between a number and its unit or currency
_OVERALL = "finding above all panels"
_TITLE: dict[str, Any] = {"fontsize": 12, "fontweight": "bold", "color": INK}

_HOUSE = {
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.prop_cycle": cycler(color=CYCLE),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "figure.constrained_layout.use": True,
    "figure.dpi": 100,
    "font.family": HOUSE_FONT,
    "font.size": 10,
    "grid.color": LIGHT,
    "legend.frameon": False,
    "savefig.dpi": DOTS_PER_INCH,
    "text.color": INK,
    "text.parse_math": False,  # a product called "A$B$C" is a name, not a formula
    "xtick.color": INK,
    "ytick.color": INK,
}


# Of matplotlib's settings, those that are no matter of looks: which windows there are, and where files go.
_NOT_LOOKS = ("backend", "backend_fallback", "interactive", "savefig.directory", "tk.", "toolbar", "webagg.")


@contextmanager
def house_style() -> Iterator[None]:
    """Draw from matplotlib's defaults in the house style, whatever the user's own settings are; restored afterwards."""
    looks = _looks()
    with mpl.rc_context(), layouts_kept(), ticks_kept(), catch_warnings():
        filterwarnings("ignore", r"Glyph \d+ .* missing from font", UserWarning)  # `fit_fonts` says which, once
        current = cast("dict[str, Any]", mpl.rcParams)
        current.update({name: value for name, value in looks.items() if current[name] != value})
        yield


@cache
def _looks() -> dict[str, Any]:
    defaults = cast("dict[str, Any]", mpl.rcParamsDefault)
    looks: dict[str, Any] = {name: defaults[name] for name in defaults if not name.startswith(_NOT_LOOKS)}
    looks.update(sns.axes_style("white"))
    return looks | _HOUSE


def chart(draw: Callable[P, T]) -> Callable[P, T]:
    """Mark a function that draws: all of its texts, lines and ticks are made in the house style.

    matplotlib reads its settings whenever it makes a text; a user's `text.usetex`, or a "$" in the name of a product,
    would else be typeset as a formula.
    """

    @wraps(draw)
    def drawn(*arguments: P.args, **settings: P.kwargs) -> T:
        with house_style():
            return draw(*arguments, **settings)

    return drawn


def new_axes(
    *, rows: int = 1, columns: int = 1, height: float = HEIGHT_INCHES, grid: str = "y", share_y: bool = False
) -> tuple[Figure, list[Axes]]:
    """Open a figure in the house style without touching matplotlib's global state.

    Parameters
    ----------
    rows, columns : int
        Panels of the figure.
    height : float
        Height of the whole figure in inches; the width is that of the report's column.
    grid : {"x", "y", "both", ""}
        Direction of the guide lines.
    share_y : bool
        Whether panels share one vertical scale.

    Returns
    -------
    (Figure, list of Axes)
        The axes row by row.
    """
    with house_style():
        figure = Figure(figsize=(WIDTH_INCHES, height), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False, sharey=share_y)
        flat = [axis for line in axes for axis in line]
        for axis in flat:
            axis.set_axisbelow(True)
            if grid:
                axis.grid(visible=True, axis=grid, linewidth=0.6)
    return figure, flat


def finish(axes: Axes, *, title: str = "", x_label: str, y_label: str) -> Axes:
    """Name both axes with their units and set the finding, where it is known, as the title, broken into lines.

    Call it last: how many characters fit is measured, since long tick labels push the axes to the right.

    Examples
    --------
    >>> _, (axes,) = new_axes()
    >>> finish(axes, title="Few households bring most revenue", x_label="Households, share", y_label="Revenue, share")
    <Axes: title={'left': 'Few households bring most revenue'}, xlabel='Households, share', ylabel='Revenue, share'>
    """
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    _entitle(axes, title)
    if len(x_label) > _LABEL_FITS:
        _break_label(axes)
    return axes


def _break_label(axes: Axes) -> None:
    """Break the label below axes that long names have made narrow, where it would reach beyond the figure."""
    figure, label = axes.get_figure(root=True), axes.xaxis.label
    if figure is None:
        return
    fit_fonts(figure)
    label.set_in_layout(False)  # a line that is too long must not squeeze the axes while they are measured
    with _at(DOTS_PER_INCH, figure):
        left, right = _sides(axes, figure)
        text, width = label.get_text(), _width(label, figure)
        middle = (left + right) / 2
        room = 2 * min(middle - figure.bbox.x0, figure.bbox.x1 - middle)
    label.set_in_layout(True)
    if width > room:
        label.set_text(fill(text, max(_SHORTEST_LINE, int(0.96 * len(text) * room / width))))


def _entitle(axes: Axes, title: str) -> None:
    heading = axes.set_title(title, loc="left", **_TITLE)
    figure = axes.get_figure(root=True)
    if figure is not None and title:
        fit_fonts(figure)
        heading.set_text(broken_to_fit(heading, title, axes, figure))
        if _nothing_above(axes):
            axes.set_title(heading.get_text(), loc="left", y=1.0, **_TITLE)


def _nothing_above(axes: Axes) -> bool:
    """Say whether no axes, ticks or power of ten stand above laid-out axes: matplotlib need not ask so itself."""
    alone = len(axes.get_figure(root=False).get_axes()) == 1 and not axes.child_axes  # type: ignore[union-attr]
    above = axes.xaxis.get_ticks_position() in ("top", "unknown") or axes.xaxis.get_label_position() == "top"
    return alone and not above and not axes.yaxis.get_offset_text().get_text()


def head_panels(figure: Figure, title: str) -> None:
    """Set the finding above all panels of a figure; an empty one keeps the place."""
    overall = figure.suptitle(title, x=_FROM_THE_LEFT, ha="left", **_TITLE)
    overall.set_gid(_OVERALL)
    if title:
        fit_fonts(figure)
        with _at(DOTS_PER_INCH, figure):
            room = (1 - _FROM_THE_LEFT) * figure.bbox.width
            overall.set_text(_in_room(overall, title, room, figure, at_most=_FULL_WIDTH))


def is_headed_overall(figure: Figure) -> bool:
    """Say whether the finding of a figure stands above all panels, and not above the first."""
    return any(text.get_gid() == _OVERALL for text in figure.texts)


def set_finding(figure: Figure, title: str) -> None:
    """Set the finding as the title of a finished chart that was drawn without one, where its own title would stand.

    Examples
    --------
    >>> figure, (axes,) = new_axes()
    >>> _ = finish(axes, x_label="Households, share", y_label="Revenue, share")
    >>> set_finding(figure, "Few households bring most revenue")
    >>> axes.get_title(loc="left")
    'Few households bring most revenue'
    """
    with house_style():
        if is_headed_overall(figure):
            head_panels(figure, title)
        elif figure.axes:
            _entitle(figure.axes[0], title)


def broken_to_fit(heading: Text, text: str, axes: Axes, figure: Figure) -> str:
    """Return a text broken into lines that fit above axes, in the font of their heading; measured, not drawn."""
    before = heading.get_text()
    heading.set_text(text)
    heading.set_in_layout(False)  # a line that is still too long must not squeeze the axes while they are measured
    with _at(DOTS_PER_INCH, figure):
        left, right = _sides(axes, figure)
        grid = axes.get_subplotspec()
        room = (figure.bbox.x1 if grid is None or grid.is_last_col() else right) - left
        broken = _in_room(heading, text, room, figure)
    heading.set_text(before)
    heading.set_in_layout(True)
    return broken


def _in_room(heading: Text, text: str, room: float, figure: Figure, *, at_most: float = np.inf) -> str:
    """Break a text into lines of at most so many pixels of print, and characters; its heading holds them afterwards."""
    longest, broken = min(at_most, 0.96 * room * len(text) / _width(heading, figure)), text
    for characters in range(max(_SHORTEST_LINE, int(longest)), _SHORTEST_LINE - 1, -1):
        broken = _in_lines(text, characters)
        heading.set_text(broken)  # a line of capitals is wider than the mean of the text lets expect
        if _width(heading, figure) <= room:
            break
    return broken


def _width(text: Text, figure: Figure) -> float:
    """Return the width of a text in pixels of print, or on a screen where it is wider: its letters keep to pixels."""
    widths = []
    for dots in (_ON_A_SCREEN, DOTS_PER_INCH):
        with _at(dots, figure):
            extent = text.get_window_extent(figure._get_renderer())  # type: ignore[attr-defined]
            widths.append(float(extent.width) * DOTS_PER_INCH / dots)
    return max(widths)


def _in_lines(text: str, characters: int) -> str:
    """Break a text into lines, numbers never parted from their unit or currency.

    Examples
    --------
    >>> print(_in_lines("A difference of 3.9 % (1.7 % to 9.6 %)", 29))
    A difference of 3.9 %
    (1.7 % to 9.6 %)
    """
    bound = _UNIT.sub("\N{NO-BREAK SPACE}", text)
    return fill(bound, characters).replace("\N{NO-BREAK SPACE}", " ")


@contextmanager
def _at(dots_per_inch: float, figure: Figure) -> Iterator[None]:
    """Measure a figure in the pixels it is painted in, for a block: the layouts of its texts then serve for both."""
    before = figure.dpi
    figure.set_dpi(dots_per_inch)
    try:
        yield
    finally:
        figure.set_dpi(before)


def _stands_alone(axes: Axes, figure: Figure) -> bool:
    """Say whether nothing but axes of any shape, with their ticks and labels, takes room in a figure.

    A legend beside them moves with their size, so that one measuring does not say where they will stand.
    """
    legend = axes.get_legend()
    within = legend is None or bool(np.array_equal(legend.get_bbox_to_anchor().extents, axes.bbox.extents))
    return figure.axes == [axes] and within and not (axes.child_axes or figure.legends) and axes.get_aspect() == "auto"


def _sides(axes: Axes, figure: Figure) -> tuple[float, float]:
    """Return the left and right side of axes where they will be drawn, pixels.

    Axes alone in their figure stand as far from its sides as their ticks and labels reach, and a margin; to measure
    those once takes a third of the time of a layout, which measures twice and solves for all places.
    """
    engine = figure.get_layout_engine()
    if engine is None:
        figure.draw_without_rendering()
    elif isinstance(engine, ConstrainedLayoutEngine) and _stands_alone(axes, figure):
        around = axes.get_tightbbox(for_layout_only=True)
        margin = engine.get()["w_pad"] * figure.dpi
        if around is not None:
            left, right = axes.bbox.x0 - around.x0, around.x1 - axes.bbox.x1
            return figure.bbox.x0 + left + margin, figure.bbox.x1 - right - margin
    else:
        engine.execute(figure)
        for one in figure.axes:
            one.apply_aspect()
    return axes.bbox.x0, axes.bbox.x1


class _PercentTicks(NumberTicks):
    """Writes shares as per cent, with as many decimals as it takes to say what each tick stands for."""

    def __call__(self, value: float, pos: int | None = None) -> str:  # noqa: ARG002 (called so by matplotlib)
        """Return the label of one tick."""
        return self.format_ticks([value])[0]

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Return the labels of all ticks."""
        shares = [100 * float(value) for value in values]
        exact = (d for d in range(_MOST_DECIMALS) if all(abs(round(one, d) - one) < 1e-9 for one in shares))
        decimals = next(exact, _MOST_DECIMALS)
        return [f"{one:.{decimals}f} %".replace("-", "\N{MINUS SIGN}") for one in shares]


class _ThousandsTicks(NumberTicks):
    """Writes large numbers with thousands separators."""

    def __call__(self, value: float, pos: int | None = None) -> str:  # noqa: ARG002 (called so by matplotlib)
        """Return the label of one tick."""
        return f"{value:,.0f}".replace("-", "\N{MINUS SIGN}")


def percent_ticks(axes: Axes, *, which: Sequence[str] = ("y",)) -> None:
    """Write the ticks of a share between 0 and 1 as per cent."""
    for name in which:
        axis = axes.yaxis if name == "y" else axes.xaxis
        axis.set_major_formatter(_PercentTicks())


def thousands_ticks(axes: Axes, *, which: Sequence[str] = ("y",)) -> None:
    """Write large ticks with thousands separators; along the horizontal axis as few as do not run into each other."""
    for name in which:
        axis = axes.yaxis if name == "y" else axes.xaxis
        axis.set_major_formatter(_ThousandsTicks())
        grid = axes.get_subplotspec()
        if name == "x" and isinstance(axis.get_major_locator(), MaxNLocator):
            axes.locator_params(axis="x", nbins=_WIDE_TICKS // (1 if grid is None else grid.get_gridspec().ncols))
