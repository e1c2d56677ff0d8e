"""The words of one chapter: what its results mean, its sentences, and the texts of its figures, tables and methods.

They stand in `english/NOTEBOOK.toml`, one file for each notebook; a report in another language is another folder. A
notebook names a text by its key, and the book fills it with results. Texts are templates of named results, and of the
values that a notebook hands over with the key.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from helpers.core.results import DEFAULT_TOLERANCE

LANGUAGE = "english"
KEY = re.compile(r"[a-z0-9]+(_[a-z0-9]+)+")  # a single word may be a label


@dataclass(frozen=True)
class Declared:
    """What a result means.

    Parameters
    ----------
    about : str
        Meaning, in words that end a sentence.
    unit : str
        Needed where the name does not show it.
    tolerance : float
        Within which two runs may differ.
    """

    about: str
    unit: str = ""
    tolerance: float = DEFAULT_TOLERANCE


@dataclass(frozen=True)
class FigureWords:
    """Texts of a figure: what is seen for those who cannot, the finding as its title, what it rests on.

    A notebook that chooses among several findings names one of its sentences as the title.
    """

    alt: str
    title: str = ""
    caption: str = ""


@dataclass(frozen=True)
class TableWords:
    """Texts of a table or a list: what it shows, what one row is, and how columns are called and counted."""

    title: str
    about: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class MethodWords:
    """How something was done, and where the method comes from (author, year, what to look up)."""

    text: str
    source: str


@dataclass(frozen=True)
class ChapterWords:
    """All texts of a chapter, by key.

    Parameters
    ----------
    results : mapping of str to Declared
        By name of the result, or by a name with "{group}".
    sentences : mapping of str to str
        Findings, readings, caveats and verdicts.
    figures : mapping of str to FigureWords
    tables : mapping of str to TableWords
        Lists too.
    methods : mapping of str to MethodWords
    """

    results: Mapping[str, Declared] = field(default_factory=dict)
    sentences: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, FigureWords] = field(default_factory=dict)
    tables: Mapping[str, TableWords] = field(default_factory=dict)
    methods: Mapping[str, MethodWords] = field(default_factory=dict)

    def sentence(self, key: str) -> str:
        """Return a sentence by its key; whatever is no key, or asked of a chapter without sentences, is one itself.

        Examples
        --------
        >>> words = ChapterWords(sentences={"came_back": "{repeat_customers} came back"})
        >>> words.sentence("came_back"), words.sentence("Nobody came back")
        ('{repeat_customers} came back', 'Nobody came back')
        >>> words.sentence("came_bakc")
        Traceback (most recent call last):
        KeyError: "no sentence 'came_bakc' among the chapter's words"
        """
        if key in self.sentences:
            return self.sentences[key]
        if KEY.fullmatch(key):
            raise KeyError(f"no sentence {key!r} among the chapter's words")
        return key


@cache
def chapter_words(notebook: str, language: str = LANGUAGE) -> ChapterWords:
    """Return the words of a chapter; none for a notebook that is no chapter of the suite.

    Parameters
    ----------
    notebook : str
        Name of the notebook, without its suffix.
    language : str
        Folder of the words.
    """
    file = files("helpers.narrative") / language / f"{notebook}.toml"
    return words_from(tomllib.loads(file.read_text(encoding="utf-8"))) if file.is_file() else ChapterWords()


def words_from(content: Mapping[str, Any]) -> ChapterWords:
    """Return the words that a file of words holds; a key that is none of the dataclasses' raises TypeError."""
    declared = {
        name: Declared(one) if isinstance(one, str) else Declared(**one)
        for name, one in content.get("results", {}).items()
    }
    return ChapterWords(
        declared,
        content.get("sentences", {}),
        {name: FigureWords(**one) for name, one in content.get("figures", {}).items()},
        {name: TableWords(**one) for name, one in content.get("tables", {}).items()},
        {name: MethodWords(**one) for name, one in content.get("methods", {}).items()},
    )
