"""What the steps of a linkage hand to each other: the fields that are compared, and notes for the reader."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from helpers.identification.linkage.fields import FieldKind


@dataclass(frozen=True)
class LinkageNote:
    """Something the reader must know about how the linkage was made.

    Parameters
    ----------
    topic : str
        Field, blocking rule or step concerned.
    what : str
        What was found and done, as a key: its words are those of the chapter (`note_KEY`).
    records : int
        Records concerned; 0 where the note is about none in particular.
    named : mapping
        What the words name beside the records.
    examples : tuple of (str, int)
        Values or names concerned that are shown, each with its count.
    more : int
        How many of them are not shown.
    """

    topic: str
    what: str
    records: int = 0
    named: Mapping[str, object] = field(default_factory=dict)
    examples: tuple[tuple[str, int], ...] = ()
    more: int = 0


@dataclass(frozen=True)
class ComparedField:
    """A field that takes part in the comparison.

    Parameters
    ----------
    column : str
        Name in the user's data.
    kind : FieldKind
        What it holds.
    name : str
        Plain name inside the model, safe in any query.
    """

    column: str
    kind: FieldKind
    name: str
