"""A linkage in few figures and small tables: what it found, what each system holds, and what the reader must know."""

from dataclasses import dataclass

import pandas as pd

from helpers.identification.linkage.kept_pairs import KEPT_FROM
from helpers.identification.linkage.linking import Linkage
from helpers.identification.linkage.score import LinkageScore, Proportion

PRECISION_FLOOR = 0.9
"""Share of right pairs among the linked from which links are relied on."""


@dataclass(frozen=True)
class LinksVerdict:
    """Whether the links can be relied on.

    Parameters
    ----------
    evidence : str
        What it rests on: "truth", "answers" of a person, or "model".
    status : str
        "relied_on", "open" (not proven right), "wrong", "no_better" (than agreement letter by letter), or "unknown".
    precision : Proportion, optional
        Share of right pairs among the linked, by the evidence; none by the model.
    floor : float
        Share of right pairs asked for.
    """

    evidence: str
    status: str
    precision: Proportion | None = None
    floor: float = PRECISION_FLOOR

    @property
    def good(self) -> bool | None:
        """Whether that is good news; None where it is neither."""
        return {"relied_on": True, "wrong": False}.get(self.status)


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
    expected_link_precision : float
        Mean match probability of the linked pairs; those joined through others only count as barely possible. Not a
        number where nothing was linked.
    """

    customer_records: int
    customers: int
    duplicate_records: int
    linked_customer_share: float
    largest_customer_records: int
    candidate_pairs: int
    all_pairs: int
    blocking_recall: float
    expected_link_precision: float


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
        expected_link_precision=_expected_precision(linkage, int((sizes * (sizes - 1) // 2).sum())),
    )


def _expected_precision(linkage: Linkage, linked_pairs: int) -> float:
    customer = linkage.clusters["customer_id"].to_numpy()
    pairs = linkage.pairs
    inside = pairs.loc[customer[pairs["left"]] == customer[pairs["right"]], "match_probability"]
    expected = float(inside.sum()) + (linked_pairs - len(inside)) * KEPT_FROM
    return expected / linked_pairs if linked_pairs else float("nan")


def judge_links(
    score: LinkageScore | None, exact_f1: Proportion | None, reviewed: Proportion | None = None
) -> LinksVerdict:
    """Say whether the links can be relied on, by the best evidence there is: the truth, a person's answers, the model.

    To be relied on, at least nine of ten linked pairs must be right beyond doubt: a precision whose 95 % interval
    reaches below that is not good enough, however much the links beat the naive ones.

    Parameters
    ----------
    score : LinkageScore, optional
        Against the truth, where it is known.
    exact_f1 : Proportion, optional
        F score of letter-by-letter agreement, needed with `score`.
    reviewed : Proportion, optional
        Precision by the answers of a person.

    Examples
    --------
    >>> judge_links(None, None, Proportion(0.97, 0.93, 0.99)).good, judge_links(None, None).status
    (True, 'unknown')
    """
    if score is not None and exact_f1 is not None:
        precision, evidence = score.precision, "truth"
    elif reviewed is not None:
        precision, evidence = reviewed, "answers"
    else:
        return LinksVerdict("model", "unknown")
    if precision.high < PRECISION_FLOOR:
        status = "wrong"
    elif not precision.low >= PRECISION_FLOOR:
        status = "open"
    elif score is not None and exact_f1 is not None and not score.f1.low > exact_f1.high:
        status = "no_better"
    else:
        status = "relied_on"
    return LinksVerdict(evidence, status, precision)


def attach_records(clusters: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """Return the records with the customer each belongs to.

    Of records that share their number the first is kept, with a refusal of contact that any of them holds.

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
    if "do_not_contact" in named:
        refused = named["do_not_contact"].eq(True).groupby([named[key] for key in keys]).transform("any")
        named["do_not_contact"] = named["do_not_contact"].mask(refused, True)
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
