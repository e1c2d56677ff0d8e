"""Words of the chapter on clusters: what sets each apart, and what follows from whether there are any."""

from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd

from helpers.core.results import enumerated

CLEAR = 0.5
"""Standard deviations from which a difference is worth a word (a medium effect, Cohen 1988)."""
_WORDS_AT_MOST = 3
_UNCLEAR = "much like all others"
_HIGH_LOW: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "when: weekend": ("often at the weekend", "seldom at the weekend"),
        "where: main store": ("faithful to one store", "in several stores"),
        "where: stores": ("in many stores", "in few stores"),
        "how: orders per year": ("many orders a year", "few orders a year"),
        "how: money per order": ("large orders", "small orders"),
        "how: lines per order": ("many lines per order", "few lines per order"),
        "how: discount share": ("high discounts", "low discounts"),
    }
)
_OF_ASPECT: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "what": ("a large share of {}", "a small share of {}"),
        "when": ("often {}", "seldom {}"),
        "where": ("often by {}", "seldom by {}"),
        "how": ("high {}", "low {}"),
    }
)
VERDICT_OF_CHOICE: Mapping[str, tuple[str, bool | None]] = MappingProxyType(
    {
        "clusters": ("verdict_clusters", True),
        "cuts": ("verdict_cuts", None),
        "none": ("verdict_none", None),
        "unknown": ("verdict_unknown", None),
    }
)
"""By status of a choice of clusters: key of the verdict, and whether it is good news."""


def describe_clusters(differences: pd.DataFrame) -> "pd.Series[str]":
    """Describe each cluster by what sets it apart most clearly, in a few words.

    Parameters
    ----------
    differences : DataFrame
        From `helpers.differentiation.set_apart`, the clearest difference of a cluster first.

    Returns
    -------
    Series of str
        By cluster; clusters that would be described alike get further words until they differ, or none are left.

    Examples
    --------
    >>> columns = {"cluster": [1, 2], "feature": ["how: orders per year", "what: paint"], "aspect": ["how", "what"]}
    >>> describe_clusters(pd.DataFrame(columns | {"difference": [1.4, -0.1]})).to_dict()
    {1: 'many orders a year', 2: 'much like all others'}
    """
    clear = differences[differences["difference"].abs() >= CLEAR]
    words = {
        cluster: [_word(*one) for one in zip(own["feature"], own["aspect"], own["difference"], strict=True)]
        for cluster, own in clear.groupby("cluster")
    }
    clusters = sorted(differences["cluster"].unique())
    most = max([_WORDS_AT_MOST, *map(len, words.values())])
    texts = pd.Series(dtype="str")
    for count in range(_WORDS_AT_MOST, most + 1):
        texts = pd.Series({one: enumerated(words.get(one, [])[:count]) or _UNCLEAR for one in clusters}, dtype="str")
        if texts.is_unique:
            break
    return texts.rename_axis("cluster").rename("description")


def _word(feature: str, aspect: str, difference: float) -> str:
    if feature in _HIGH_LOW:
        return _HIGH_LOW[feature][0 if difference > 0 else 1]
    name = feature.partition(": ")[2] or feature
    return _OF_ASPECT.get(aspect, _OF_ASPECT["how"])[0 if difference > 0 else 1].format(name)
