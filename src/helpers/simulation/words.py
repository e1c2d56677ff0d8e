"""The word lists the simulated names and addresses are made of, read once on first use."""

from functools import cache
from importlib.resources import files

import numpy as np

from helpers.core.arrays import FloatArray, TextArray


def _lines(name: str) -> list[str]:
    text = (files("helpers.simulation") / "words" / name).read_text(encoding="utf-8")
    return text.splitlines()


@cache
def word_list(name: str) -> TextArray:
    """Return a list of words.

    Parameters
    ----------
    name : str
        One of surnames, streets, firm_words, mail_domains.
    """
    return np.array(_lines(f"{name}.txt"))


@cache
def word_table(name: str) -> dict[str, TextArray]:
    """Return a table of words as one array per column.

    Parameters
    ----------
    name : str
        One of given_names, chinese_surnames, chinese_given, cities, trades, legal_forms.
    """
    head, *rows = (line.split("\t") for line in _lines(f"{name}.tsv"))
    return {column: np.array([row[at] for row in rows]) for at, column in enumerate(head)}


def popularity(size: int, flatness: float = 15.0) -> FloatArray:
    """Return weights that fall with the rank, as the frequencies of names do."""
    return 1.0 / (np.arange(size, dtype=np.float64) + flatness)


@cache
def regions() -> tuple[str, ...]:
    """Return the sales regions in a fixed order."""
    return tuple(dict.fromkeys(word_table("cities")["region"].tolist()))
