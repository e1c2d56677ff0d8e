"""What a test reads off a chart: its texts, its title, and whether all of it lies on the page."""

from itertools import combinations

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from matplotlib.transforms import Bbox


def texts(axes: Axes) -> list[str]:
    """Return the texts written into the chart, without title and labels."""
    return [text.get_text() for text in axes.texts]


def title(axes: Axes) -> str:
    """Return the title on one line."""
    return axes.get_title(loc="left").replace("\n", " ")


def stays_on_page(axes: Axes) -> bool:
    """Say whether all ink, texts included, lies within the figure."""
    canvas = FigureCanvasAgg(axes.figure)
    canvas.draw()
    ink, (width, height) = axes.figure.get_tightbbox(canvas.get_renderer()), axes.figure.get_size_inches()
    return ink.x0 > -0.01 and ink.y0 > -0.01 and ink.x1 < width + 0.01 and ink.y1 < height + 0.01


def overlapping_texts(axes: Axes) -> list[tuple[str, str]]:
    """Return the pairs of texts, tick labels among them, of which one lies on the other by more than a point."""
    canvas = FigureCanvasAgg(axes.figure)
    canvas.draw()
    legend = axes.get_legend()
    within = [*axes.texts, *(legend.get_texts() if legend else [])]
    found = {}
    for ticks in (axes.get_xticklabels(), axes.get_yticklabels()):  # where both axes begin, the corner is theirs
        shown = [one for one in (*within, *ticks) if one.get_text()]
        boxes = [(one.get_text(), Text.get_window_extent(one, canvas.get_renderer())) for one in shown]
        found |= {
            (one, other): None for (one, a), (other, b) in combinations(boxes, 2) if _share(a, b) > axes.figure.dpi / 72
        }
    return list(found)


def _share(one: Bbox, other: Bbox) -> float:
    """Return how many pixels two boxes share in the direction in which they share less; below zero they lie apart."""
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    return min(across, min(one.y1, other.y1) - max(one.y0, other.y0))
