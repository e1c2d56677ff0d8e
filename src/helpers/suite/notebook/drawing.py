"""From what a chart function returned to the bytes of a picture."""

import io
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from helpers.charts.fonts import fit_fonts
from helpers.charts.style import broken_to_fit, house_style, is_headed_overall

DOTS_PER_INCH = 200
COLOURS = 256


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
    drawn, packed = io.BytesIO(), io.BytesIO()
    with house_style():
        fit_fonts(figure)
        for text in figure.findobj(Text):
            text.set_parse_math(False)
            text.set_usetex(False)
        # packed below, with the palette; to pack it here as well would double the time
        figure.savefig(drawn, format="png", dpi=DOTS_PER_INCH, facecolor="white", pil_kwargs={"compress_level": 0})
    with Image.open(drawn) as picture:
        palette = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        palette.save(packed, format="PNG", optimize=True, dpi=(DOTS_PER_INCH, DOTS_PER_INCH))
    return packed.getvalue()


def not_drawn(figure: Figure) -> str:
    """Return the characters of a figure's texts for which this machine has no font; they are boxes in its picture."""
    with house_style():
        return fit_fonts(figure)
