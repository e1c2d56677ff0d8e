"""One share less another is read in percentage points: a reader of "4.3 %" cannot know of what."""

import re
from importlib.resources import files

import pytest

from helpers.narrative.chapter import LANGUAGE, chapter_words
from helpers.suite.report.units import usual_unit

CHAPTERS = sorted(
    one.name.removesuffix(".toml")
    for one in files("helpers.narrative").joinpath(LANGUAGE).iterdir()
    if re.match(r"\d\d_.*\.toml", one.name)
)
SUBTRACTS = re.compile(
    r"\bless (?!one\b|and less\b|than\b)|\bdifference of (these|the) shares|\bmean distance\b|\bdistance of .* share"
    r"|\bmean effect\b"
)
RELATIVE = {"crm_return"}
"""Shares of something, though something is subtracted on the way: gain less cost, over cost."""


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_difference_of_shares_is_called_a_share(chapter):
    declared = chapter_words(chapter).results
    found = {name for name, one in declared.items() if SUBTRACTS.search(one.about)} - RELATIVE
    assert {name for name in found if (declared[name].unit or usual_unit(name)) == "share"} == set()
