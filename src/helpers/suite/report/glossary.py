"""The glossary of a report: of all terms explained, those the report uses."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass

_ENTRY = re.compile(r"\n(?=- \*\*)")
_TERM = re.compile(r"- \*\*(.+?)\*\*")


def used_terms(glossary: str, report: object) -> str:
    r"""Return the entries of a glossary whose term a report uses, in their order.

    Parameters
    ----------
    glossary : str
        Markdown: one bullet per entry, its term in bold; several terms are separated by commas.
    report : object
        Texts, and dataclasses, mappings and sequences of them.

    Examples
    --------
    >>> used_terms("- **Pair**: two.\n- **Churn, loyal …**: leaving.", ["Repairs of the least loyal"])
    '- **Churn, loyal …**: leaving.'
    """
    said = " ".join(texts_of(report)).casefold()
    return "\n".join(entry for entry in _ENTRY.split(glossary) if any(_is_said(term, said) for term in _terms(entry)))


def texts_of(part: object) -> Iterator[str]:
    """Yield every text of a nested part, bytes and numbers left out."""
    if isinstance(part, str):
        yield part
    elif is_dataclass(part):
        yield from texts_of([getattr(part, one.name) for one in fields(part)])
    elif isinstance(part, Mapping):
        yield from texts_of([*part.keys(), *part.values()])
    elif isinstance(part, Iterable) and not isinstance(part, bytes):
        for one in part:
            yield from texts_of(one)


def _terms(entry: str) -> list[str]:
    found = _TERM.match(entry)
    return [term.strip(" …").casefold() for term in found[1].split(",")] if found else []


def _is_said(term: str, said: str) -> bool:
    """Whether a term stands in a text as words of their own, singular or plural."""
    stem = re.sub(r"(?<=ss)es$|s$", "", term)
    return re.search(rf"\b{re.escape(stem)}(es|s)?\b", said) is not None
