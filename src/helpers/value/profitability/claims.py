"""What others say about whale curves and what-ifs: claims to set beside one's own figures, never results.

Several rest on a consultant's page or on memory of a book; none can be recomputed.
"""

import pandas as pd

_WHALES = (
    ("Kanthal, a Swedish maker of heating wire", 2.25, 2.25, "Cooper and Kaplan (1991), as reported by a consultancy"),
    ("usual range of companies with costs by activity", 1.5, 3.0, "Kaplan and Narayanan (2001), unconfirmed"),
    ("textbook example of a whale curve", 1.4, 1.4, "ControllingWiki, The Whale Curve"),
    ("a bank", 3.0, 3.0, "practitioners of banking, unconfirmed"),
)

MORE_OF_THE_BEST = {"more_share": 0.02, "profit_share": 0.12}
"""Claim of a British bank (2002): so many more customers in the top two of ten groups, so much more profit."""


def whale_claims(*, beside: pd.Series) -> pd.DataFrame:
    """Return what others report of the best fifth of customers, below one's own figure.

    Parameters
    ----------
    beside : Series
        One's own share of profit of the best fifth: the ends of its range, low and high.

    Returns
    -------
    DataFrame, indexed by claim
        low, high (profit of the best fifth as a share of all profit), source.

    Examples
    --------
    >>> whale_claims(beside=pd.Series({"low": 1.1, "high": 1.2}))["high"].head(2).tolist()
    [1.2, 2.25]
    """
    own = ("these customers", beside["low"], beside["high"], "measured, range of what is assumed")
    return pd.DataFrame([own, *_WHALES], columns=["claim", "low", "high", "source"]).set_index("claim")
