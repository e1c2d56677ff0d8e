"""The letters of a chart: words of the data may need fonts of the machine, and hold characters nobody can draw."""

import re
from functools import cache

from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager, get_font
from matplotlib.text import Text
from matplotlib.ticker import Formatter, NullFormatter, ScalarFormatter

HOUSE_FONT = "DejaVu Sans"  # comes with matplotlib
LONGEST_TICK = 48  # characters of a category's name; a longer one would leave no room for the chart
_REGULAR, _BOLD = 400, 700
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_NO_LETTERS = ("Last Resort", "Emoji")  # a box for every character; pictures in colour, which cannot be drawn
_BY_SCRIPT = ((r"[\u3040-\u30ff]", "CJK JP"), (r"[\uac00-\ud7af]", "CJK KR"), (r"", "CJK SC"))
_MANY_SCRIPTS = ("Noto Sans", "Source Han Sans", "Microsoft YaHei", "PingFang", "Hiragino", "Arial Unicode", "SimHei")


class NumberTicks(Formatter):
    """Writes numbers alone, which every font has: their ticks need not be made to be looked at."""


_NUMBERS_ALONE = (NumberTicks, ScalarFormatter, NullFormatter)


def fit_fonts(figure: Figure) -> str:
    """Give every text of a figure fonts that have its characters, and take out what no font has a sign for.

    Control characters become blanks, and long names of categories are cut. Characters that the house's font lacks are
    drawn in fonts of this machine, sans serif and upright ones first.

    Parameters
    ----------
    figure : Figure
        Its texts, tick labels included, are changed in place.

    Returns
    -------
    str
        The characters for which this machine has no font, each once, in order; they are drawn as boxes.

    Examples
    --------
    >>> figure = Figure()
    >>> _ = figure.subplots().set_yticks([0, 1], ["Dairy", "Fruit"])
    >>> fit_fonts(figure)
    ''
    """
    axes = [axis for one in figure.axes for axis in (one.xaxis, one.yaxis)]
    for axis in axes:
        _clean_ticks(axis)
    texts = figure.findobj(Text)
    for text in texts:
        text.set_text(_CONTROL.sub(" ", text.get_text()))
    foreign = {text: _not_in_house(text.get_text()) for text in texts}
    missing = frozenset().union(*foreign.values())
    if not missing:
        return ""
    families, undrawn = _fonts_for(missing)
    for axis in axes:
        # as a setting of the axis, so that ticks made later have it too
        if any(foreign.get(label) for which in ("major", "minor") for label in axis.get_ticklabels(which=which)):
            axis.set_tick_params(which="both", labelfontfamily=list(families))
    for text in (text for text, characters in foreign.items() if characters):
        text.set_fontfamily(list(families))
        if not all(_BOLD in _weights(name) for name in families):
            text.set_fontweight(_REGULAR)
    return undrawn


def _clean_ticks(axis: Axis) -> None:
    """Cut and clean the names of categories, which matplotlib writes anew whenever it draws."""
    for minor, formatter in ((False, axis.get_major_formatter()), (True, axis.get_minor_formatter())):
        if isinstance(formatter, _NUMBERS_ALONE):
            continue
        names = [label.get_text() for label in axis.get_ticklabels(minor=minor)]
        clean = ["\n".join(map(_cut, _CONTROL.sub(" ", name).split("\n"))) for name in names]
        if clean != names:
            axis.set_ticks(axis.get_ticklocs(minor=minor), labels=clean, minor=minor)


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST_TICK else f"{line[: LONGEST_TICK - 1].rstrip()}…"


def _not_in_house(text: str) -> frozenset[str]:
    return frozenset() if text.isascii() else frozenset(text) - _characters(HOUSE_FONT) - {"\n"}


@cache
def _fonts_for(missing: frozenset[str]) -> tuple[tuple[str, ...], str]:
    """Return the house's font and those to fall back on, and the characters that none of them has."""
    families, wanted = [HOUSE_FONT], missing
    for name in _candidates(missing):
        if not wanted:
            break
        if wanted & _characters(name):
            families.append(name)
            wanted -= _characters(name)
    return tuple(families), "".join(sorted(wanted))


def _candidates(missing: frozenset[str]) -> list[str]:
    """Return the names of the fonts of this machine, those likely to fit and to look well first."""
    text = "".join(missing)
    script = next(name for pattern, name in _BY_SCRIPT if re.search(pattern, text))
    names = {font.name for font in fontManager.ttflist if not any(word in font.name for word in _NO_LETTERS)}

    def rank(name: str) -> tuple[bool, bool, bool, str]:
        many = any(name.startswith(one) for one in _MANY_SCRIPTS)
        return (not (script in name and "Sans" in name), not many, "Sans" not in name, name)

    return sorted((name for name in names if _REGULAR in _weights(name)), key=rank)


@cache
def _weights(family: str) -> dict[int, str]:
    """Return the files of a font by weight; only what is upright and drawn by outlines."""
    upright = (font for font in fontManager.ttflist if font.name == family and font.style == "normal")
    return {int(font.weight): font.fname for font in upright if font.size == "scalable" and str(font.weight).isdigit()}


@cache
def _characters(family: str) -> frozenset[str]:
    """Return what a font can draw; nothing, where its file is damaged or gone."""
    try:
        font = get_font(_weights(family)[_REGULAR])
    except (OSError, RuntimeError, ValueError):
        return frozenset()
    return frozenset(map(chr, font.get_charmap())) if font.scalable else frozenset()
