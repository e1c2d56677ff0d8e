"""A linkage in few figures and small tables: what it found, what each system holds, and what the reader must know."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from helpers.identification.linkage.input import LinkageNote
from helpers.identification.linkage.linking import Linkage

FIGURE_MEANINGS: dict[str, str] = {
    "customer_records": "records in all systems",
    "duplicate_records": "records beyond one per customer",
    "candidate_pairs": "pairs of records compared",
    "all_pairs": "pairs of records there are",
    "linked_customer_share": "customers with more than one record",
    "blocking_recall": "true pairs compared",
}
"""What the figures of a linkage mean to a reader, by name."""

RULE_LABELS: dict[str, str] = {"pairs": "Pairs added", "matches": "Links", "only": "Links by this rule alone"}
"""Heads of the table of blocking rules."""

SOURCE_LABELS: dict[str, str] = {
    "failing": "Required fields that fall short",
    "required_completeness": "Required fields known",
    "desirable_completeness": "Desirable fields known",
    "also_elsewhere_share": "Also known elsewhere",
}
"""Heads of the table of systems."""


@dataclass(frozen=True)
class LinkageFigures:
    """What a linkage found, in numbers.

    Parameters
    ----------
    customer_records : int
        Records linked.
    customers : int
        Customers they are.
    duplicate_records : int
        Records beyond one per customer.
    linked_customer_share : float
        Customers with more than one record, of all.
    largest_customer_records : int
        Records of the customer with most.
    candidate_pairs, all_pairs : int
        Pairs of records compared, and pairs there are.
    blocking_recall : float
        Estimated share of the true pairs that were compared.
    """

    customer_records: int
    customers: int
    duplicate_records: int
    linked_customer_share: float
    largest_customer_records: int
    candidate_pairs: int
    all_pairs: int
    blocking_recall: float


def measure_linkage(linkage: Linkage) -> LinkageFigures:
    """Return what a linkage found, in numbers."""
    records = len(linkage.clusters)
    sizes = linkage.clusters["customer_id"].value_counts()
    return LinkageFigures(
        customer_records=records,
        customers=len(sizes),
        duplicate_records=records - len(sizes),
        linked_customer_share=float((sizes > 1).mean()),
        largest_customer_records=int(sizes.max()),
        candidate_pairs=linkage.candidate_pairs,
        all_pairs=records * (records - 1) // 2,
        blocking_recall=linkage.blocking.estimated_recall,
    )


def attach_records(clusters: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """Return the records with the customer each belongs to.

    Parameters
    ----------
    clusters : pandas.DataFrame
        `source`, `record_id` (text), `customer_id`.
    records : pandas.DataFrame
        As linked; without `source` where there is one only.

    Examples
    --------
    >>> clusters = pd.DataFrame({"source": ["records"], "record_id": ["7"], "customer_id": [1]})
    >>> attach_records(clusters, pd.DataFrame({"record_id": [7], "city": ["Ulm"]})).to_dict("records")
    [{'source': 'records', 'record_id': '7', 'customer_id': 1, 'city': 'Ulm'}]
    """
    named = records.assign(record_id=records["record_id"].astype(str))
    keys = ["source", "record_id"] if "source" in records else ["record_id"]
    return clusters.merge(named.drop_duplicates(keys), on=keys)


def weigh_fields(linkage: Linkage) -> pd.DataFrame:
    """Return what agreement is worth, the strongest evidence first.

    Returns
    -------
    pandas.DataFrame
        `field`, `agreement`, `among_matches`, `among_others` (shares of pairs that agree so), `match_weight` (bits).
    """
    names = {"level": "agreement", "m": "among_matches", "u": "among_others"}
    learnt = linkage.model.parameters.rename(columns=names)
    learnt["field"] = learnt["field"].str.replace("_", " ")
    return learnt.sort_values(["match_weight", "field", "agreement"], ascending=[False, True, True], ignore_index=True)


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
