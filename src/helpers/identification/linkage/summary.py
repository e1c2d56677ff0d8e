"""A linkage in small tables: what each system holds, and what the reader must know."""

from collections.abc import Sequence

import pandas as pd

from helpers.identification.linkage.input import LinkageNote


def summarise_sources(clusters: pd.DataFrame) -> pd.DataFrame:
    """Return what each system holds, and how much of it others hold too.

    Parameters
    ----------
    clusters : pandas.DataFrame
        `source`, `record_id`, `customer_id`.

    Returns
    -------
    pandas.DataFrame
        By source: `records`, `customers` (they are), `also_elsewhere_share` (of these, known to another source).

    Examples
    --------
    >>> clusters = pd.DataFrame({"source": ["a", "a", "b"], "record_id": ["1", "2", "1"], "customer_id": [1, 2, 2]})
    >>> summarise_sources(clusters)["also_elsewhere_share"].to_dict()
    {'a': 0.5, 'b': 1.0}
    """
    held = clusters.drop_duplicates(["source", "customer_id"])
    elsewhere = held["customer_id"].duplicated(keep=False)
    by_source = clusters.groupby("source")
    return pd.DataFrame(
        {
            "records": by_source.size(),
            "customers": by_source["customer_id"].nunique(),
            "also_elsewhere_share": elsewhere.groupby(held["source"]).mean(),
        }
    )


def list_notes(notes: Sequence[LinkageNote]) -> pd.DataFrame:
    """Return what was found on the way as a table: `where`, `what_was_done`, `records` (0 where none in particular)."""
    rows = [(note.topic.replace("_", " "), note.text, note.records) for note in notes]
    return pd.DataFrame(rows, columns=["where", "what_was_done", "records"])
