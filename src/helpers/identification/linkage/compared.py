"""What the steps of a linkage hand to each other: the fields that are compared, and notes for the reader."""

from dataclasses import dataclass

from helpers.identification.linkage.fields import FieldKind


@dataclass(frozen=True)
class LinkageNote:
    """Something the reader must know about how the linkage was made.

    Parameters
    ----------
    topic : str
        Field, blocking rule or step concerned.
    text : str
        What was found and what was done.
    records : int
        Records concerned; 0 where the note is about none in particular.
    """

    topic: str
    text: str
    records: int = 0


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
