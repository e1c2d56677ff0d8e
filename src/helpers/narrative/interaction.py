"""Words of cross-selling and of recommendations: what came of a test against something simpler."""

from helpers.core.intervals import Interval


def offer_verdict(gain: Interval | None) -> tuple[str, bool | None]:
    """Return the key of the verdict on offers chosen by a model, and whether it is good news.

    Parameters
    ----------
    gain : Interval or None
        Of the model over the most popular product; None where it could not be tested.

    Examples
    --------
    >>> offer_verdict(None)
    ('offers_untested', False)
    """
    if gain is None:
        return "offers_untested", False
    if gain.sign > 0:
        return "offers_better", True
    return ("offers_worse", False) if gain.sign < 0 else ("offers_alike", None)


def recommendation_verdict(gain: Interval | None) -> tuple[str, bool | None]:
    """Return the key of the verdict on recommendations, and whether it is good news.

    Parameters
    ----------
    gain : Interval or None
        Recall of the best method, more than by popularity; None where it could not be tested.

    Examples
    --------
    >>> recommendation_verdict(Interval(0.1, 0.05, 0.15, 0.95, ""))
    ('recommendations_better', True)
    """
    if gain is None:
        return "recommendations_untested", False
    return ("recommendations_better", True) if gain.sign > 0 else ("popularity_wins", None)


METHOD_NAMES = {
    "popularity": "popularity",
    "content": "likeness of products",
    "neighbours": "purchases of others",
    "factors": "common tastes",
    "buy_again": "buying again",
}
"""By method of a recommender: what it goes by, in the client's words."""
