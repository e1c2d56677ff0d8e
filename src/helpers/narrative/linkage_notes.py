"""What a linkage worked around, in words: its notes are data, the words are those of the chapter."""

from collections.abc import Sequence

import pandas as pd

from helpers.identification.linkage import Linkage, LinkageNote, SparkBackend
from helpers.narrative.chapter import chapter_words
from helpers.narrative.identification import RECORDS


def text_of_note(note: LinkageNote) -> str:
    """Return what a note says.

    Parameters
    ----------
    note : LinkageNote
        Its words are the sentence `note_KEY`; examples take those of `example_KEY` and `more_KEY`.

    Examples
    --------
    >>> text_of_note(LinkageNote("email", "repaired", 1200))
    '1,200 values had been read with the wrong encoding and were repaired.'
    """
    words = chapter_words(RECORDS)
    shown = ""
    if note.examples:
        example = words.sentence(f"example_{note.what}")
        shown = ", ".join(example.format(value=value, count=count) for value, count in note.examples)
        shown += words.sentence(f"more_{note.what}").format(more=note.more) if note.more else ""
    named = {"column": note.topic, "records": note.records, "shown": shown, **note.named}
    return words.sentence(f"note_{note.what}").format(**named)


def tabulate_notes(notes: Sequence[LinkageNote]) -> pd.DataFrame:
    """Return what was found on the way as a table.

    Returns
    -------
    DataFrame
        `where`, `what_was_done`, `records` (0 where none in particular).
    """
    rows = [(note.topic.replace("_", " "), text_of_note(note), note.records) for note in notes]
    return pd.DataFrame(rows, columns=["where", "what_was_done", "records"])


def compared_elsewhere(linkage: Linkage) -> str:
    """Return the sentence, after a space, that says where pairs were compared; nothing where that was in this process.

    Parameters
    ----------
    linkage : Linkage
        On Spark or not.
    """
    if not isinstance(linkage.backend, SparkBackend):
        return ""
    engine = f"Spark {linkage.backend.session.version}"
    return chapter_words(RECORDS).sentence("compared_elsewhere").format(engine=engine)
