"""Customer ids that stay the same from one linkage to the next, and a crosswalk of what changed.

A linkage numbers customers anew each time. Here every customer takes over the id of the earlier customer it has most
records of, so that reports of two periods speak of the same people.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.core.errors import Fault, InputError, some_of

STATUSES: tuple[str, ...] = ("kept", "merged", "split", "regrouped", "new", "gone")


@dataclass(frozen=True)
class StableIds:
    """Clusters under lasting ids.

    Parameters
    ----------
    clusters : pandas.DataFrame
        `source`, `record_id`, `customer_id` (lasting, whole number), in the order given.
    crosswalk : pandas.DataFrame
        `previous_id`, `customer_id` (missing where there is none), `records` (in common; all records of a new or gone
        customer), `status`: kept (the same records, but for new or vanished ones), merged (with another earlier
        customer), split (over several customers), regrouped (both), new, gone (no record left).
    highest_id : int
        Highest id ever given; hand it to the next run, so that no id is given twice.
    """

    clusters: pd.DataFrame
    crosswalk: pd.DataFrame
    highest_id: int

    @property
    def counts(self) -> dict[str, int]:
        """Customers by status: earlier ones where there is an earlier id, present ones where the customer is new."""
        first = self.crosswalk.assign(key=self.crosswalk["previous_id"].fillna(-self.crosswalk["customer_id"]))
        found = first.drop_duplicates("key")["status"].value_counts()
        return {status: int(found.get(status, 0)) for status in STATUSES}

    @property
    def fates(self) -> "pd.Series[int]":
        """`counts` as a column: `customers` by what became of them."""
        return pd.Series(self.counts, name="customers").rename_axis("what_became_of_them")


def assign_stable_ids(
    clusters: pd.DataFrame, previous: pd.DataFrame | None = None, *, highest_id: int = 0
) -> StableIds:
    """Give clusters the ids of the run before where they continue its customers.

    The largest overlap of records takes the id first; ties go to the smaller id, then to the first cluster. An id goes
    to one customer only; the others of a split, and customers without earlier records, get ids never used before.

    Parameters
    ----------
    clusters : pandas.DataFrame
        `source`, `record_id`, `customer_id` of this run.
    previous : pandas.DataFrame, optional
        The same of the run before, under lasting ids (whole numbers). Without it every customer is new.
    highest_id : int
        Highest id given in any earlier run.

    Returns
    -------
    StableIds
        Independent of how this run numbered its clusters.

    Raises
    ------
    InputError
        When columns are missing, a record stands twice, or earlier ids are no whole numbers.

    Examples
    --------
    >>> before = pd.DataFrame({"source": "a", "record_id": ["1", "2", "3"], "customer_id": [10, 10, 11]})
    >>> now = pd.DataFrame({"source": "a", "record_id": ["1", "2", "3", "4"], "customer_id": [1, 1, 2, 3]})
    >>> assign_stable_ids(now, before).clusters["customer_id"].tolist()
    [10, 10, 11, 12]
    """
    if previous is None:
        previous = clusters.iloc[:0].astype({"customer_id": "int64"})
    _check(clusters, "clusters")
    check_earlier_ids(previous)
    names = ["source", "record_id"]
    now = clusters.assign(**{name: clusters[name].astype(str) for name in names})
    before = previous.assign(**{name: previous[name].astype(str) for name in names})
    now["cluster"] = _by_first_record(now)
    both = now[[*names, "cluster"]].merge(before[[*names, "customer_id"]], on=names, how="inner")
    overlap = both.groupby(["customer_id", "cluster"]).size().rename("records").reset_index()
    taken = _match(overlap)
    start = max(highest_id, int(before["customer_id"].max()) if len(before) else 0)
    fresh = [cluster for cluster in range(int(now["cluster"].max()) + 1 if len(now) else 0) if cluster not in taken]
    lasting = {**taken, **{cluster: start + 1 + place for place, cluster in enumerate(fresh)}}
    ids = now["cluster"].map(lasting).astype("int64")
    crosswalk = _crosswalk(overlap, lasting, now["cluster"].value_counts(), before["customer_id"].value_counts())
    return StableIds(clusters.assign(customer_id=ids.to_numpy()), crosswalk, start + len(fresh))


def ids_to_keep(stable: StableIds) -> pd.DataFrame:
    """Return what the next run must know, in the form of the standard table `earlier_ids`.

    Returns
    -------
    pandas.DataFrame
        `source`, `record_id`, `lasting_id`, `highest_id` (the same in every row).
    """
    kept = stable.clusters.rename(columns={"customer_id": "lasting_id"})
    return kept[["source", "record_id", "lasting_id"]].assign(highest_id=stable.highest_id)


def ids_kept(earlier: pd.DataFrame | None, *, source: str) -> tuple[pd.DataFrame | None, int]:
    """Return the clusters of the run before and the highest id given so far, for `assign_stable_ids`.

    Parameters
    ----------
    earlier : pandas.DataFrame or None
        The standard table `earlier_ids`; None where there was no earlier run.
    source : str
        What the single source is called, where neither run names one.

    Examples
    --------
    >>> before = pd.DataFrame({"record_id": ["1", "2"], "lasting_id": [4, 4], "highest_id": [9, 9]})
    >>> clusters, highest = ids_kept(before, source="records")
    >>> clusters.to_dict("list"), highest
    ({'source': ['records', 'records'], 'record_id': ['1', '2'], 'customer_id': [4, 4]}, 9)
    """
    if earlier is None:
        return None, 0
    named = earlier if "source" in earlier else earlier.assign(source=source)
    clusters = named.rename(columns={"lasting_id": "customer_id"})[["source", "record_id", "customer_id"]]
    highest = earlier.get("highest_id", earlier["lasting_id"])
    return clusters, int(highest.max())


def check_earlier_ids(previous: pd.DataFrame) -> None:
    """Refuse clusters of an earlier run that `assign_stable_ids` could not follow.

    Parameters
    ----------
    previous : pandas.DataFrame
        `source`, `record_id`, `customer_id`.

    Raises
    ------
    InputError
        When columns are missing, a record stands twice, or ids are no whole numbers.
    """
    _check(previous, "previous")
    if not pd.api.types.is_integer_dtype(previous["customer_id"]):
        raise InputError(
            Fault(
                "earlier ids are no whole numbers",
                where="previous, column 'customer_id'",
                remedy="take the numbers that an earlier linkage gave",
            )
        )


def _check(clusters: pd.DataFrame, where: str) -> None:
    missing = [name for name in ("source", "record_id", "customer_id") if name not in clusters.columns]
    if missing:
        raise InputError(
            [Fault(f"no column {name!r}", where=where, remedy="add or rename the column") for name in missing]
        )
    twice = clusters[clusters.duplicated(["source", "record_id"])]
    if len(twice):
        offending = some_of(
            [f"{source} {record}" for source, record in zip(twice["source"], twice["record_id"], strict=True)]
        )
        raise InputError(
            Fault(f"{len(twice):,} records stand twice: {offending}", where=where, remedy="give one row per record")
        )
    if clusters["customer_id"].isna().any():
        raise InputError(
            Fault(
                "records without customer",
                where=f"{where}, column 'customer_id'",
                remedy="fill in the customer of every record",
            )
        )


def _by_first_record(now: pd.DataFrame) -> "pd.Series[int]":
    """Return the clusters numbered by their first record in sorted order: this run's own numbers do not matter."""
    ordered = now.sort_values(["source", "record_id"])
    codes = pd.Series(pd.factorize(ordered["customer_id"])[0], index=ordered.index)
    return codes.reindex(now.index)


def _match(overlap: pd.DataFrame) -> dict[int, int]:
    """Return the earlier id that each cluster takes over."""
    ordered = overlap.sort_values(["records", "customer_id", "cluster"], ascending=[False, True, True])
    taken: dict[int, int] = {}
    given: set[int] = set()
    for earlier, cluster in zip(ordered["customer_id"].tolist(), ordered["cluster"].tolist(), strict=True):
        if earlier not in given and cluster not in taken:
            taken[cluster] = earlier
            given.add(earlier)
    return taken


def _crosswalk(
    overlap: pd.DataFrame, lasting: dict[int, int], sizes: "pd.Series[int]", sizes_before: "pd.Series[int]"
) -> pd.DataFrame:
    splits = overlap.groupby("customer_id")["cluster"].transform("size") > 1
    merges = overlap.groupby("cluster")["customer_id"].transform("size") > 1
    # An id is merged where its customer holds others too, split where it lives on in several.
    per_id = merges.groupby(overlap["customer_id"]).transform("any")
    status = np.select([splits & per_id, splits, merges], ["regrouped", "split", "merged"], default="kept")
    met = pd.DataFrame(
        {
            "previous_id": overlap["customer_id"],
            "customer_id": overlap["cluster"].map(lasting),
            "records": overlap["records"],
            "status": status,
        }
    )
    old_clusters, living = set(overlap["cluster"]), set(overlap["customer_id"])
    new = [(None, lasting[cluster], int(sizes[cluster]), "new") for cluster in lasting if cluster not in old_clusters]
    gone = [(earlier, None, int(size), "gone") for earlier, size in sizes_before.items() if earlier not in living]
    rest = pd.DataFrame([*new, *gone], columns=list(met.columns))
    table = pd.concat([met.astype(object), rest.astype(object)], ignore_index=True)
    table = table.astype({"previous_id": "Int64", "customer_id": "Int64", "records": "int64", "status": "str"})
    return table.sort_values(["previous_id", "customer_id"], na_position="last", ignore_index=True)
