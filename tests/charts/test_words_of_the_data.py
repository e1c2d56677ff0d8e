"""Words of the data, and a user's own settings, never break a chart nor change how it looks."""

import importlib
import inspect
import pkgutil

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager
from matplotlib.text import Text

from helpers import charts
from helpers.charts import differentiation, evaluation, fonts, identification, value
from helpers.suite.notebook.drawing import figure_of, not_drawn, png_of, title_of

MODULES = [importlib.import_module(one.name) for one in pkgutil.walk_packages(charts.__path__, "helpers.charts.")]
ODD = [
    "$$ premium",
    "Under $5",
    "a_b^c",
    r"\frac{1}{2}",
    "$x",
    "50 % & more",
    "{curly}",
    "#1 ~ <b>bold</b>",
    "$",
    "a$$b$",
]
NAMES = [f"{ODD[number % len(ODD)]} {number}" for number in range(30)]  # more than an axis has ticks by default
HOSTILE = {
    "text.usetex": True,
    "font.family": "serif",
    "font.size": 31.0,
    "figure.dpi": 13.0,
    "savefig.bbox": "tight",
    "savefig.transparent": True,
    "axes.titlesize": 40,
    "xtick.labelsize": 2,
    "ytick.labelleft": False,
    "lines.linewidth": 9.0,
    "axes.formatter.use_mathtext": True,
    "axes.unicode_minus": False,
    "legend.fontsize": 30,
    "errorbar.capsize": 20,
    "image.cmap": "jet",
    "axes3d.grid": False,
}


def penetration(names=NAMES, title="From $5 to $9"):
    cells = [(name, group) for name in names for group in ("$$ premium", "Under $5")]
    table = pd.DataFrame(cells, columns=["product", "group"]).assign(penetration=0.5, p_value=0.5)
    return identification.draw_penetration(table, names, title=title, group="price_$")


def drawn():
    """Return one chart of every kind that writes words of the data."""
    shares = pd.DataFrame({"customer_share": 1 / 30, "revenue_share": np.arange(30) / 435}, index=NAMES)
    known = pd.DataFrame({"known_share": 0.5, "share_low": 0.4, "share_high": 0.6}, index=NAMES)
    known = known.assign(customers=10, known_index=100.0)
    rules = pd.DataFrame({"rule": NAMES, "precision": 0.5, "low": 0.4, "high": 0.6, "support": 0.1, "customers": 9})
    effects = pd.DataFrame({"column": "c", "label": "$$ plan", "level": NAMES, "odds_factor": 2.0, "customers": 9})
    rates = pd.DataFrame({"campaign_type": NAMES, "pairs": 99, "rate": 0.5, "low": 0.4, "high": 0.6})
    groups = shares.rename(columns={"revenue_share": "value_share"}).assign(mean=1.0, customers=3)
    return [
        penetration(),
        identification.draw_known_shares(known, title="$$"),
        differentiation.draw_segments(shares, title="$$", attribute="$$ segment"),
        value.draw_rules(rules, share=0.5, title="$$"),
        value.draw_effects(effects, title="$$"),
        evaluation.draw_response_rates(rates, title="$$"),
        value.draw_value_by_group(groups, title="$$", attribute="$$ segment"),
    ]


def test_dollar_signs_in_categories_are_written_as_they_are():
    with mpl.rc_context({"text.parse_math": True}):
        for axes in drawn():
            figure = figure_of(axes)
            figure.draw_without_rendering()
            assert not any(text.get_parse_math() for text in figure.findobj(Text))
            assert any("$$ premium" in text.get_text() for text in figure.findobj(Text))
        assert png_of(figure).startswith(b"\x89PNG")


def test_a_matplotlibrc_changes_no_chart():
    plain = png_of(figure_of(penetration()))
    with mpl.rc_context(HOSTILE):
        before = dict(mpl.rcParams)
        assert png_of(figure_of(penetration())) == plain
        assert dict(mpl.rcParams) == before


def test_every_function_that_draws_is_marked_as_a_chart():
    draws = {
        f"{module.__name__}.{name}": function
        for module in MODULES
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if name.startswith("draw_")
    }
    assert len(draws) > 50
    assert [name for name, function in draws.items() if not hasattr(function, "__wrapped__")] == []


@pytest.fixture
def only(monkeypatch):
    """Leave the machine with the fonts of matplotlib, and those added."""
    caches = (fonts._fonts_for, fonts._weights, fonts._characters)

    def leave(*files):
        for cache in caches:
            cache.cache_clear()
        manager = font_manager.FontManager()
        manager.ttflist = [font for font in manager.ttflist if "mpl-data" in font.fname]
        for file in files:
            manager.addfont(file)
        for module in (fonts, font_manager):
            monkeypatch.setattr(module, "fontManager", manager)
        monkeypatch.setattr(font_manager, "findfont", manager.findfont)

    yield leave
    for cache in caches:
        cache.cache_clear()


@pytest.fixture
def chinese_font(tmp_path):
    """Make a font of three Chinese characters, each a square."""
    pen = TTGlyphPen(None)
    for line, to in zip(
        (pen.moveTo, pen.lineTo, pen.lineTo, pen.lineTo), ((0, 0), (0, 900), (900, 900), (900, 0)), strict=True
    ):
        line(to)
    pen.closePath()
    square, names = pen.glyph(), [".notdef", "one", "two", "three"]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap(dict(zip(map(ord, "牛奶酒"), names[1:], strict=True)))
    builder.setupGlyf(dict.fromkeys(names, square))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (1000, 0)))
    builder.setupHorizontalHeader(ascent=900, descent=-100)
    builder.setupNameTable({"familyName": "Test Sans CJK SC", "styleName": "Regular"})
    builder.setupOS2(usWeightClass=400)
    builder.setupPost()
    builder.save(tmp_path / "test.ttf")
    return tmp_path / "test.ttf"


def test_chinese_categories_take_a_font_of_the_machine(only, chinese_font):
    only(chinese_font)
    figure = figure_of(penetration(["牛奶", "酒", "milk"], title="牛奶 sells"))
    assert not_drawn(figure) == ""
    labels = {label.get_text(): label.get_fontfamily() for label in figure.axes[0].get_yticklabels()}
    assert labels["牛奶"] == [fonts.HOUSE_FONT, "Test Sans CJK SC"]
    assert labels["Milk"] == [fonts.HOUSE_FONT, "Test Sans CJK SC"]  # of one axis, all alike
    assert png_of(figure).startswith(b"\x89PNG")


@pytest.mark.filterwarnings("error")
def test_chinese_categories_without_a_font_are_counted_and_warn_nobody(only):
    only()
    figure = figure_of(penetration(["牛奶", "酒", "milk"], title="牛奶"))
    assert png_of(figure).startswith(b"\x89PNG")
    assert not_drawn(figure) == "".join(sorted("牛奶酒"))
    assert not_drawn(figure_of(penetration(["Größe", "naïve", "Ελλάδα", "молоко"]))) == ""


def test_control_characters_become_blanks_and_long_names_are_cut():
    figure = figure_of(penetration(["bell\x07bell", "x" * 200, "two\nlines"]))
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["Bell bell", "X" + "x" * (fonts.LONGEST_TICK - 2) + "…", "Two\nlines"]
    assert title_of(figure) == "From $5 to $9"
