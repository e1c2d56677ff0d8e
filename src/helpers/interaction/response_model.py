"""Who answers which offer: a champion's and a challenger's expectations before the answers, and the rule to refit."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from helpers.core.arrays import FloatArray
from helpers.core.errors import Fault, InputError
from helpers.core.verdicts import Verdict
from helpers.interaction.closed_loop import Calibration, Challenge, DriftWatch
from helpers.interaction.offers import TIERS, response_chances

RESPONSE_TRAITS = ("orders of the year before (log)", *(f"tier {name}" for name in TIERS[1:]))
SHIFTED = 0.25
"""Population stability above which the customers are others (Siddiqi 2006)."""
HOLDS, REFIT = "holds", "to be fitted anew"


def expect_responses(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the contacts of the last campaign with the response expected from all campaigns that ended before it.

    Parameters
    ----------
    pairs : DataFrame
        From `campaign_orders`.

    Returns
    -------
    DataFrame
        Rows of those contacted by the last campaign: `customer_id`, `offer`, `tier`, `champion` (rate of the tier, of
        the offer where it was made before), `challenger` (logistic regression on `RESPONSE_TRAITS`), `actual`.

    Raises
    ------
    InputError
        When there is but one campaign, or nobody or everybody answered the earlier ones.
    """
    made = pairs[pairs["treated"].astype(bool)].sort_values(["time", "campaign_id", "customer_id"], kind="stable")
    last = made["time"] == made["time"].max()
    before, now = made[~last], made[last]
    if before.empty or (before["orders"] > 0).nunique() < 2:
        raise InputError(
            Fault(
                "no earlier campaign to expect responses from",
                "contacts",
                "two campaigns with answers",
                remedy="wait for the answers to two campaigns",
            )
        )
    by_offer, by_tier = response_chances(before), (before["orders"] > 0).groupby(before["tier"]).mean()
    champion = by_offer.reindex(pd.MultiIndex.from_frame(now[["offer", "tier"]])).to_numpy()
    champion = np.where(
        np.isnan(champion), by_tier.reindex(now["tier"]).fillna((before["orders"] > 0).mean()), champion
    )
    model = LogisticRegression().fit(_traits(before), before["orders"] > 0)
    kept = now[["customer_id", "offer", "tier"]].reset_index(drop=True)
    expected = model.predict_proba(_traits(now))[:, 1]
    answers = (now["orders"] > 0).to_numpy(dtype=float)
    found: pd.DataFrame = kept.assign(champion=champion, challenger=expected, actual=answers)
    return found


def _traits(pairs: pd.DataFrame) -> FloatArray:
    tiers = [(pairs["tier"] == name).to_numpy(dtype=float) for name in TIERS[1:]]
    found: FloatArray = np.column_stack([np.log1p(pairs["prior_orders"].to_numpy(dtype=float)), *tiers])
    return found


def in_batches(values: pd.Series, *, size: int) -> list[FloatArray]:
    """Cut values into batches of a size; what is left over joins the last.

    Examples
    --------
    >>> [len(batch) for batch in in_batches(pd.Series(range(7)), size=3)]
    [3, 4]
    """
    whole = values.to_numpy(dtype=np.float64)
    count = max(len(whole) // size, 1)
    return [whole[at * size : (at + 1) * size if at < count - 1 else None] for at in range(count)]


def match_log(log: pd.DataFrame, orders: pd.DataFrame, *, window_days: int) -> pd.DataFrame:
    """Return the log with whether each customer ordered within the window of the contact.

    Parameters
    ----------
    log : DataFrame
        From `read_log`.
    orders : DataFrame
        `customer_id`, `time` of each order.
    window_days : int
        Days in which an order answers a contact.
    """
    ids = orders.assign(customer_id=orders["customer_id"].astype("string"))[["customer_id", "time"]]
    rows = log.assign(customer_id=log["customer_id"].astype("string"), row=np.arange(len(log)))
    both = rows.merge(ids, on="customer_id")
    days = (pd.to_datetime(both["time"]) - both["contact_on"]).dt.total_seconds() / 86_400
    answered = both.loc[(days >= 0) & (days < window_days), "row"].unique()
    return log.assign(actual=np.isin(np.arange(len(log)), answered).astype(float))


def judge_model(
    checked: Calibration, watch: DriftWatch, stability: float, compared: Challenge, *, confidence: float = 0.95
) -> Iterator[Verdict]:
    """Yield one verdict per reason to fit the model anew; any one is enough."""
    alpha = 1 - confidence
    flagged = float(watch.sums.to_numpy().max())
    yield _verdict("calibration by tenths, p", checked.hosmer_lemeshow_p, alpha, checked.hosmer_lemeshow_p < alpha)
    yield _verdict("calibration by Spiegelhalter, p", checked.spiegelhalter_p, alpha, checked.spiegelhalter_p < alpha)
    yield _verdict("drift, cumulative sum", flagged, watch.limit, watch.flagged_after is not None)
    yield _verdict("population stability index", stability, SHIFTED, stability > SHIFTED)
    yield _verdict("challenger's gain in Brier score, lower end", compared.low, 0.0, compared.replaces)


def _verdict(check: str, value: float, threshold: float, broken: bool) -> Verdict:
    status = REFIT if broken else HOLDS
    return Verdict(check, value, threshold, status, status)
