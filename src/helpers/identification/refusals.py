"""Refusals of contact across linked records: whoever refused under one number has refused under all.

Customers, their records in several systems, and what these share are joined in groups; one refusal in a group is the
refusal of the group (the strictest wins), because to a customer it is the same firm that writes.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

SHARED_AT_MOST = 10
"""Of customers or records: what more of them share is a counter, a guest account or a placeholder, and joins nobody."""


def spread_refusals(refused: Iterable[str], links: pd.DataFrame) -> set[str]:
    """Return all numbers that are joined to one that refused.

    Parameters
    ----------
    refused : iterable of str
        Numbers of customers or records that refused contact.
    links : DataFrame
        `number` and `joined` (text): numbers, and what joins those that have it in common, which may be a number too.
        Missing values join nothing.

    Returns
    -------
    set of str
        Those given, and every `number` or `joined` in a group with one of them.

    Examples
    --------
    >>> links = pd.DataFrame({"number": ["web 1", "shop 7", "shop 8"], "joined": ["a@b.example", "a@b.example", "c"]})
    >>> sorted(spread_refusals({"web 1"}, links))
    ['a@b.example', 'shop 7', 'web 1']
    """
    given = set(refused)
    known = links.dropna().drop_duplicates()
    if not given or known.empty:
        return given
    codes, names = pd.factorize(pd.concat([known["number"], known["joined"]], ignore_index=True))
    one, other = codes[: len(known)], codes[len(known) :]
    size = len(names)
    edges = coo_array((np.ones(len(known), dtype=np.int8), (one, other)), shape=(size, size))
    _, group = connected_components(edges, directed=False)
    hit = np.isin(group, group[names.isin(given)])
    return given | set(names[hit])


def without_crowds(links: pd.DataFrame, *, at_most: int = SHARED_AT_MOST) -> pd.DataFrame:
    """Return the links but those of what too many numbers share to be one customer's.

    Parameters
    ----------
    links : DataFrame
        `number` and `joined`.
    at_most : int
        Numbers that may share a value.

    Examples
    --------
    >>> links = pd.DataFrame({"number": ["1", "2", "3"], "joined": ["none@shop.example"] * 2 + ["c@d.example"]})
    >>> without_crowds(links, at_most=1)["number"].tolist()
    ['3']
    """
    known = links.dropna().drop_duplicates()
    sharing = known.groupby("joined")["number"].transform("size")
    return known[sharing <= at_most]
