"""What a test reads off a chart: its texts, its title, and whether all of it lies on the page."""

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg


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
