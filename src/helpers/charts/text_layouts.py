"""Layouts of texts, kept: to place and paint one chart, matplotlib works out that of each text a dozen times.

Where a text stands has no part in its layout. What has makes the key under which one is kept, so that a chart looks the
same to the pixel. A matplotlib that no longer works layouts out where this one does is left alone.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from matplotlib.text import Text

LAYOUTS_AT_MOST = 4_096
_METHOD = "_get_layout"
_Layout = Callable[[Text, Any], Any]
_kept: dict[tuple[object, ...], Any] = {}


@contextmanager
def layouts_kept() -> Iterator[None]:
    """Let texts of the same words and looks share their layout for a block."""
    usual: _Layout | None = vars(Text).get(_METHOD)
    if usual is None or hasattr(usual, "__wrapped__"):  # an outer block keeps them already
        yield
        return
    setattr(Text, _METHOD, _keeping(usual))
    try:
        yield
    finally:
        setattr(Text, _METHOD, usual)


def _keeping(usual: _Layout) -> _Layout:
    @wraps(usual)
    def kept(text: Text, renderer: Any) -> Any:
        key = _key(text, renderer)
        if key is None:
            return usual(text, renderer)
        found = _kept.get(key)
        if found is None:
            if len(_kept) >= LAYOUTS_AT_MOST:
                _kept.clear()
            found = usual(text, renderer)
            _kept[(*key[:-1], text.get_fontproperties().copy())] = found  # the text's own can change
        return found

    return kept


def _key(text: Text, renderer: Any) -> tuple[object, ...] | None:
    """Return all that a layout depends on; None for formulas, and for lines broken to the room that there is."""
    words, figure = text.get_text(), text.get_figure(root=True)
    if figure is None or text.get_wrap() or text.get_usetex() or ("$" in words and text.get_parse_math()):
        return None
    return (
        words,
        type(renderer),
        getattr(renderer, "dpi", None),
        figure.dpi,
        text.get_rotation(),
        text.get_rotation_mode(),
        text.get_horizontalalignment(),
        text.get_verticalalignment(),
        vars(text).get("_multialignment"),
        vars(text).get("_linespacing"),
        text.get_fontproperties(),
    )
