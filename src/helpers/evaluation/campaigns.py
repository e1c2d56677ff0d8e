"""Campaigns: how many of those contacted responded, and how sure that is.

One row of `campaign_pairs` is one customer and one campaign; every rate here is a share of the pairs that were
contacted, or of the customers in them. Those held back stand in `effects`. Customers appear in several
campaigns, so intervals are clustered by customer. They speak of other customers in the same campaigns; what other
campaigns would have brought, only the spread between campaigns hints.
"""

from itertools import combinations

import pandas as pd

from helpers.core.checks import require_columns, require_within
from helpers.core.intervals import clustered_difference, clustered_share, newcombe_difference, wilson, within_difference

ALL = "all"


def treated_only(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs that were contacted; a held back customer is no contact and stands in no rate."""
    return pairs[pairs["treated"]] if "treated" in pairs else pairs


def campaign_windows(pairs: pd.DataFrame) -> pd.DataFrame:
    """Per campaign: its window, how much of it was observed, how many were contacted (not held back) and responded.

    Parameters
    ----------
    pairs : DataFrame
        From `campaign_pairs`.

    Returns
    -------
    DataFrame
        One row per campaign in order of start: `campaign_id`, `campaign_type`, `start`, `end`, `contacted`,
        `responded`, `rate`, `low`, `high`, `observed_share`, `wholly_observed`. The rate of a campaign not wholly
        observed is a lower bound.
    """
    grouped = treated_only(pairs).groupby("campaign_id", sort=True)
    table = grouped.agg(
        campaign_type=("campaign_type", "first"),
        start=("start", "min"),
        end=("end", "max"),
        contacted=("customer_id", "nunique"),
        responded=("responded", "sum"),
        observed_share=("observed_share", "mean"),
    ).reset_index()
    counts = zip(table["responded"].tolist(), table["contacted"].tolist(), strict=True)
    intervals = [wilson(responded, contacted) for responded, contacted in counts]
    table["rate"] = [interval.estimate for interval in intervals]
    table["low"] = [interval.low for interval in intervals]
    table["high"] = [interval.high for interval in intervals]
    table["wholly_observed"] = table["observed_share"] >= 1
    return table.sort_values(["start", "campaign_id"], kind="stable", ignore_index=True)


def response_rates(pairs: pd.DataFrame, *, by: str = "campaign_type", confidence: float = 0.95) -> pd.DataFrame:
    """Share of contacted pairs that responded, per group and for all, with intervals clustered by customer.

    Parameters
    ----------
    pairs : DataFrame
        From `campaign_pairs`; any further column may serve as the group.
    by : str
        Column of `pairs` to group by.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    DataFrame
        One row per group in sorted order, then "all": `by`, `campaigns`, `pairs`, `customers`, `responded`, `rate`,
        `low`, `high` (clustered), `wilson_low`, `wilson_high` (as if pairs were independent), `design_effect`.

    Raises
    ------
    InputError
        When `pairs` has no column `by`.

    Examples
    --------
    >>> pairs = pd.DataFrame({"customer_id": [1, 2, 1, 2], "campaign_id": [7, 7, 8, 8],
    ...                       "campaign_type": ["A", "A", "B", "B"], "responded": [True, False, True, True]})
    >>> response_rates(pairs)[["campaign_type", "pairs", "responded", "rate"]]
      campaign_type  pairs  responded  rate
    0             A      2          1  0.50
    1             B      2          2  1.00
    2           all      4          3  0.75
    """
    require_columns(pairs.columns, ("customer_id", "campaign_id", "responded", by), where="pairs")
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    pairs = treated_only(pairs)
    rows = [_rate_row(group, part, by, confidence) for group, part in pairs.groupby(by, sort=True, observed=True)]
    rows.append(_rate_row(ALL, pairs, by, confidence))
    return pd.DataFrame(rows)


def _rate_row(group: object, part: pd.DataFrame, by: str, confidence: float) -> dict[str, object]:
    share = clustered_share(part["responded"], part["customer_id"], confidence=confidence)
    independent = wilson(float(part["responded"].sum()), len(part), confidence=confidence)
    return {
        by: group,
        "campaigns": part["campaign_id"].nunique(),
        "pairs": len(part),
        "customers": share.clusters,
        "responded": int(part["responded"].sum()),
        "rate": share.estimate,
        "low": share.low,
        "high": share.high,
        "wilson_low": independent.low,
        "wilson_high": independent.high,
        "design_effect": share.design_effect,
    }


def rate_differences(pairs: pd.DataFrame, *, by: str = "campaign_type", confidence: float = 0.95) -> pd.DataFrame:
    """Differences of response rates between groups: over all pairs, and inside the customers who got both.

    Parameters
    ----------
    pairs, by, confidence
        As for `response_rates`.

    Returns
    -------
    DataFrame
        One row per two groups: `first`, `second`, `difference`, `low`, `high` (clustered by customer), `newcombe_low`,
        `newcombe_high` (as if independent), `customers_in_both`, `within_difference`, `within_low`, `within_high` (same
        customers in both groups), and `sign` (1, -1, or 0 where the clustered interval holds zero).
    """
    require_columns(pairs.columns, ("customer_id", "responded", by), where="pairs")
    pairs = treated_only(pairs)
    groups = sorted(pairs[by].dropna().unique())
    return pd.DataFrame([_difference_row(pairs, by, one, two, confidence) for one, two in combinations(groups, 2)])


def _difference_row(pairs: pd.DataFrame, by: str, one: object, two: object, confidence: float) -> dict[str, object]:
    part = pairs[pairs[by].isin([one, two])]
    first, flags, customers = (part[by] == one).to_numpy(), part["responded"].to_numpy(), part["customer_id"]
    over_all = clustered_difference(flags, first, customers, confidence=confidence)
    within, in_both = within_difference(flags, first, customers, confidence=confidence)
    independent = newcombe_difference(
        float(flags[first].sum()),
        int(first.sum()),
        float(flags[~first].sum()),
        int((~first).sum()),
        confidence=confidence,
    )
    return {
        "first": one,
        "second": two,
        "difference": over_all.estimate,
        "low": over_all.low,
        "high": over_all.high,
        "newcombe_low": independent.low,
        "newcombe_high": independent.high,
        "customers_in_both": in_both,
        "within_difference": within.estimate,
        "within_low": within.low,
        "within_high": within.high,
        "sign": over_all.sign,
    }


def response_by_contacts(pairs: pd.DataFrame, *, at_most: int = 8, confidence: float = 0.95) -> pd.DataFrame:
    """Response by the number of campaigns a customer received.

    Parameters
    ----------
    pairs : DataFrame
        From `campaign_pairs`.
    at_most : int
        Customers with this many campaigns or more form the last group.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    DataFrame
        `campaigns` (number received, the last group open upwards), `label`, `customers`, `responders` (at least one
        response), `responder_share` with `low` and `high` (Wilson: one case per customer), `pairs`, `rate` per pair.
    """
    require_within({"at_most": at_most}, low=1, high=1000)
    each = (
        treated_only(pairs)
        .groupby("customer_id")
        .agg(pairs=("campaign_id", "size"), hits=("responded", "sum"))
        .reset_index()
    )
    each["campaigns"] = each["pairs"].clip(upper=at_most)
    rows = []
    for number in sorted(each["campaigns"].unique().tolist()):
        part = each[each["campaigns"] == number]
        share = wilson(int((part["hits"] > 0).sum()), len(part), confidence=confidence)
        rows.append(
            {
                "campaigns": number,
                "label": f"{number} or more" if number == at_most else str(number),
                "customers": len(part),
                "responders": int((part["hits"] > 0).sum()),
                "responder_share": share.estimate,
                "low": share.low,
                "high": share.high,
                "pairs": int(part["pairs"].sum()),
                "rate": float(part["hits"].sum() / part["pairs"].sum()),
            }
        )
    return pd.DataFrame(rows)
