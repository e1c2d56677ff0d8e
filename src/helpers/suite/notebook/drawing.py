"""From what a chart function returned to the bytes of a picture."""

import io
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from numpy.typing import NDArray
from PIL import Image

from helpers.charts.fonts import fit_fonts
from helpers.charts.style import DOTS_PER_INCH, broken_to_fit, house_style, is_headed_overall

COLOURS = 256
SAMPLED = 20_000  # pixels that stand for all when a palette is chosen
PACKED = 6  # of 9: harder packing takes ten times as long for a seventh of the size


def figure_of(drawn: Axes | Figure | Sequence[Axes]) -> Figure:
    """Return the figure that a chart function drew on.

    Raises
    ------
    ValueError
        When the axes stand on no figure.
    """
    if isinstance(drawn, Figure):
        return drawn
    axes = drawn if isinstance(drawn, Axes) else drawn[0]
    figure = axes.get_figure(root=True)
    if figure is None:
        raise ValueError(f"the axes {axes!r} belong to no figure")
    return figure


def title_of(figure: Figure) -> str:
    """Return the finding written above a figure, on one line."""
    overall = figure.get_suptitle()
    if not (overall or is_headed_overall(figure)):
        overall = next((axes.get_title(loc="left") or axes.get_title() for axes in figure.axes), "")
    return " ".join(overall.split())


def mark_title(figure: Figure, mark: str) -> None:
    """Add a mark to the finding above a figure, on lines of its own."""
    if overall := figure.get_suptitle():
        drawn = next(one for one in figure.texts if one.get_text() == overall)  # to set it anew would move it
        drawn.set_text(f"{overall}\n{mark}")
        return
    for axes in figure.axes:
        if title := axes.get_title(loc="left") or axes.get_title():
            drawn = next(one for one in axes.get_children() if isinstance(one, Text) and one.get_text() == title)
            with house_style():
                drawn.set_text(f"{title}\n{broken_to_fit(drawn, mark, axes, figure)}")
            return


def png_of(figure: Figure) -> bytes:
    """Return the figure as PNG bytes.

    It is drawn without mathematical typesetting, because a product called "A$B$C" is a name; in fonts that have the
    characters; and with a palette, which a chart never notices and which makes reports a third of the size.
    """
    with house_style():
        fit_fonts(figure)
        for text in figure.findobj(Text):
            text.set_parse_math(False)
            text.set_usetex(False)
        pixels = _painted(figure)
    packed = io.BytesIO()
    _with_palette(pixels).save(packed, format="PNG", compress_level=PACKED, dpi=(DOTS_PER_INCH, DOTS_PER_INCH))
    return packed.getvalue()


def _painted(figure: Figure) -> NDArray[np.uint32]:
    """Return the pixels of a figure, row by row, each as the number of its colour."""
    looks, canvas = (figure.dpi, figure.get_facecolor()), figure.canvas
    painter = FigureCanvasAgg(figure)
    try:
        figure.set_dpi(DOTS_PER_INCH)
        figure.set_facecolor("white")
        painter.draw()  # type: ignore[no-untyped-call]
    finally:
        figure.set_dpi(looks[0])
        figure.set_facecolor(looks[1])
        figure.set_canvas(canvas)
    painted: NDArray[np.uint8] = np.asarray(painter.buffer_rgba())  # type: ignore[no-untyped-call]
    return painted.view(np.uint32)[:, :, 0]


def _with_palette(pixels: NDArray[np.uint32]) -> Image.Image:
    """Return a picture of at most 256 colours, chosen by median cut.

    A chart is mostly runs of one colour: the palette is chosen from its colours and how often each occurs.
    """
    flat = pixels.ravel()
    starts = np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]) + 1])
    lengths = np.diff(starts, append=flat.size)
    colours, which = np.unique(flat[starts], return_inverse=True)
    share = np.bincount(which, weights=lengths) / flat.size
    sample = np.repeat(colours, np.ceil(share * SAMPLED).astype(np.int64))
    small = _picture(sample[np.newaxis]).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    places = np.asarray(small)[0][np.searchsorted(sample, colours)]
    picture = Image.fromarray(np.repeat(places[which], lengths).reshape(pixels.shape), mode="P")
    picture.putpalette(small.getpalette() or [])
    return picture


def _picture(pixels: NDArray[np.uint32]) -> Image.Image:
    return Image.fromarray(np.ascontiguousarray(pixels).view(np.uint8).reshape(*pixels.shape, 4), mode="RGBA")


def not_drawn(figure: Figure) -> str:
    """Return the characters of a figure's texts for which this machine has no font; they are boxes in its picture."""
    with house_style():
        return fit_fonts(figure)
