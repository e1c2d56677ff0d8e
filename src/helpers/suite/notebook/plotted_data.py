"""The data a figure shows, as text and numbers: what a picture cannot be compared by across machines.

The same numbers are painted a little differently by another version of a font library; the numbers themselves are not.
They travel with the figure in the notebook, so that a rerun can be compared with what is stored.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import Collection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.spines import Spine
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator

MOST_POINTS = 100
"""Points of one mark written down each by itself; of more, as many means of neighbours are."""
SIGNIFICANT_DIGITS = 6

Points = npt.NDArray[np.float64]


def plotted_data(figure: Figure) -> list[dict[str, Any]]:
    """Return what every panel of a figure shows.

    Parameters
    ----------
    figure : Figure
        A finished chart.

    Returns
    -------
    list of dict
        By panel: its texts, the limits and named ticks of both axes, and its `marks` in the order drawn: `kind`,
        number of `points`, colours, and coordinates as numbers in a text, in the units of the axes (of an image, its
        cells row by row).
    """
    return [_panel(axes) for axes in figure.axes]


def _panel(axes: Axes) -> dict[str, Any]:
    legend = axes.get_legend()
    titles = [axes.get_title(loc=place) for place in ("left", "center", "right")]
    return {
        "title": " ".join(filter(None, titles)),
        "labels": [axes.get_xlabel(), axes.get_ylabel()],
        "scales": [axes.get_xscale(), axes.get_yscale()],
        "limits": [_written(np.array(ends, dtype=np.float64)) for ends in (axes.get_xlim(), axes.get_ylim())],
        "ticks": [_named_ticks(axes.xaxis), _named_ticks(axes.yaxis)],
        "legend": [] if legend is None else [text.get_text() for text in legend.get_texts()],
        "texts": [text.get_text() for text in axes.texts],
        "marks": [mark for artist in axes.get_children() for mark in _marks(artist, axes)],
    }


def _named_ticks(axis: Axis) -> list[str]:
    """Return the labels of ticks that were placed by hand: others depend on how wide a font is."""
    placed = isinstance(axis.get_major_locator(), FixedLocator)
    return [label.get_text() for label in axis.get_ticklabels()] if placed else []


def _marks(artist: Artist, axes: Axes) -> Iterator[dict[str, Any]]:
    if artist is axes.patch or isinstance(artist, Spine) or not artist.get_visible():
        return
    if isinstance(artist, Line2D):
        points = np.asarray(artist.get_xydata(), dtype=np.float64)
        yield _mark(f"line {artist.get_linestyle()} {artist.get_marker()}", points, artist.get_color())
    elif isinstance(artist, Patch):
        corners = artist.get_patch_transform().transform(artist.get_path().vertices)
        yield _mark("patch", np.asarray(corners, dtype=np.float64), artist.get_facecolor())
    elif isinstance(artist, AxesImage):
        cells = np.ma.filled(np.ma.asarray(artist.get_array(), dtype=np.float64), np.nan)
        yield _mark("image", cells.reshape(-1, 1))
    elif isinstance(artist, Collection):
        yield from _marks_of_collection(artist)
    elif isinstance(artist, Text) and artist in axes.texts:
        yield _mark("text", np.array([_place(artist)], dtype=np.float64), artist.get_color())


def _marks_of_collection(collection: Collection) -> Iterator[dict[str, Any]]:
    """Yield where the shapes of a collection lie, and what they look like."""
    colours = [*collection.get_facecolor(), *collection.get_edgecolor()]
    offsets = np.ma.filled(np.ma.asarray(collection.get_offsets(), dtype=np.float64), np.nan)
    shapes = [np.asarray(path.vertices, dtype=np.float64) for path in collection.get_paths()]
    yield _mark("collection", np.concatenate([offsets.reshape(-1, 2), *shapes]), *colours)
    sizes: Any = getattr(collection, "get_sizes", list)()
    for kind, numbers in (("values", collection.get_array()), ("sizes", sizes)):
        if numbers is not None and len(numbers):
            yield _mark(kind, np.asarray(numbers, dtype=np.float64).reshape(-1, 1))


def _place(text: Text) -> tuple[float, float]:
    """Return where a text belongs as numbers, dates and categories as the axes place them."""
    x, y = getattr(text, "xy", None) or text.get_position()
    numbers = text.convert_xunits(x), text.convert_yunits(y)  # type: ignore[no-untyped-call]
    return float(numbers[0]), float(numbers[1])


def _mark(kind: str, points: Points, *colours: Any) -> dict[str, Any]:
    seen = dict.fromkeys(to_hex(colour, keep_alpha=True) for colour in colours)
    columns = [_written(_means_of_neighbours(column)) for column in points.T]
    return {"kind": kind, "points": len(points), "colours": list(seen), "coordinates": columns}


def _means_of_neighbours(column: Points) -> Points:
    if len(column) <= MOST_POINTS:
        return column
    return np.array([part.mean() for part in np.array_split(column, MOST_POINTS)])


def _written(numbers: Points) -> str:
    return " ".join(f"{number + 0:.{SIGNIFICANT_DIGITS}g}" for number in numbers)
