"""What an offer brings, by tier of customers: orders of those contacted less those of customers held back by lot."""

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.checks import require_columns, require_within
from helpers.core.errors import Fault, InputError
from helpers.core.lines import exact_sum

GOLD, SILVER, ORDINARY, SILENT = "gold", "silver", "ordinary", "silent"
TIERS = (GOLD, SILVER, ORDINARY, SILENT)
YEAR_DAYS = 365
_DIFFER_AT = 0.05
_NEEDED = ("customer_id", "campaign_id", "campaign_type", "channel", "time", "treated")


def assign_tiers(spend: pd.Series, *, gold_share: float = 0.1, silver_share: float = 0.3) -> pd.Series:
    """Return the tier of each customer by the spend of the year before: the top are gold, the next silver.

    Parameters
    ----------
    spend : Series of float
        By customer; nothing spent is `silent`.
    gold_share, silver_share : float
        Shares of the customers with spend, 0..1; together at most 1.

    Raises
    ------
    InputError
        When a share lies outside 0..1.

    Examples
    --------
    >>> assign_tiers(pd.Series([90.0, 40.0, 30.0, 20.0, 10.0, 0.0]), gold_share=0.2, silver_share=0.4).tolist()
    ['gold', 'silver', 'silver', 'ordinary', 'ordinary', 'silent']
    """
    require_within({"gold_share": gold_share, "silver_share": silver_share}, low=0, high=1)
    place = spend[spend > 0].rank(ascending=False, method="first")
    gold, silver = round(gold_share * len(place)), round((gold_share + silver_share) * len(place))
    named = np.select([place <= gold, place <= silver], [GOLD, SILVER], ORDINARY)
    return pd.Series(named, index=place.index, dtype="object").reindex(spend.index, fill_value=SILENT)


def spend_before(transactions: ir.Table, day: date, *, days: int = YEAR_DAYS) -> pd.DataFrame:
    """Return orders and spend of each customer in the days before a day, by `customer_id`.

    Returns
    -------
    DataFrame
        `orders`, `spend` (study currency), by customer_id.
    """
    time = transactions.time.cast("timestamp")
    first = day - timedelta(days=days)
    lines = transactions.filter(time >= ibis.timestamp(first.isoformat()), time < ibis.timestamp(day.isoformat()))
    grouped = lines.drop_null("customer_id").group_by("customer_id")
    sums = grouped.agg(orders=ibis._.order_id.nunique(), spend=exact_sum(lines.amount)).order_by("customer_id")
    frame: pd.DataFrame = sums.to_pyarrow().to_pandas()
    return frame.set_index("customer_id")


def campaign_orders(transactions: ir.Table, contacts: ir.Table, as_of: date, *, window_days: int = 28) -> pd.DataFrame:
    """Count the orders of each customer within the window of each campaign that held customers back by lot.

    Parameters
    ----------
    transactions, contacts : ibis Table
        Standard tables; contacts with `campaign_type`, `channel`, `time` and `treated`, `cost` where it is known.
    as_of : date
        Campaigns whose window ends after it are left out.
    window_days : int
        Length of the window from the contact, days.

    Returns
    -------
    DataFrame
        One row per customer and campaign: `customer_id`, `campaign_id`, `offer`, `channel`, `time`, `treated`, `cost`,
        `orders` (in the window), `prior_orders`, `tier` (by the spend of the year before the campaign).

    Raises
    ------
    InputError
        When the contacts name no channel or offer, or do not say who was held back.
    """
    require_columns(contacts.columns, _NEEDED, where="contacts")
    cost = contacts.cost if "cost" in contacts.columns else ibis.null("float64")
    kept = ("customer_id", "campaign_id", "channel", "treated")
    rows = contacts.select(*kept, offer="campaign_type", time=contacts.time.cast("date"), cost=cost)
    pairs: pd.DataFrame = rows.order_by("campaign_id", "customer_id").to_pyarrow().to_pandas()
    pairs["time"] = pd.to_datetime(pairs["time"])
    ended = pairs["time"] + pd.Timedelta(days=window_days) <= pd.Timestamp(as_of)
    pairs = pairs[ended & (pairs.groupby("campaign_id")["treated"].transform("nunique") == 2)]
    parts = [_of_one(transactions, part, window_days) for _, part in pairs.groupby("campaign_id", sort=True)]
    empty = pairs.assign(orders=0, prior_orders=0, tier="")
    return pd.concat(parts, ignore_index=True) if parts else empty


def _of_one(transactions: ir.Table, part: pd.DataFrame, window_days: int) -> pd.DataFrame:
    start = part["time"].min().date()
    before = spend_before(transactions, start).reindex(part["customer_id"]).fillna(0.0)
    during = spend_before(transactions, start + timedelta(days=window_days), days=window_days)
    return part.assign(
        orders=during["orders"].reindex(part["customer_id"]).fillna(0).to_numpy(),
        prior_orders=before["orders"].to_numpy(),
        tier=assign_tiers(before["spend"].reset_index(drop=True)).to_numpy(),
    )


def measure_offers(pairs: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    r"""Estimate how many more orders one contact brings, by offer and tier, drawn towards the mean of the offer.

    The difference of means is adjusted for the orders of the year before (Deng, Xu, Kohavi and Walker 2013, "Improving
    the sensitivity of online controlled experiments"). Tiers of one offer are drawn to their common mean by how much
    they differ beyond chance (DerSimonian and Laird 1986; Efron and Morris 1975):
    :math:`\hat e_g = \mu + \frac{\tau^2}{\tau^2 + s_g^2}(e_g - \mu)`.

    Parameters
    ----------
    pairs : DataFrame
        From `campaign_orders`.
    confidence : float
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        One row per offer, channel and tier: `contacted`, `held_back`, `measured` (orders per contact), `effect` (drawn
        to the mean), `standard_error`, `low`, `high`, `cost` (mean of a contact; nan where no cost is known),
        `spread` (standard deviation of orders in the window).
    """
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    rows = [
        {"offer": offer, "channel": channel, "tier": tier} | _difference(part)
        for (offer, channel, tier), part in pairs.groupby(["offer", "channel", "tier"], sort=True)
        if part.groupby("treated").size().min() >= 10 and part["treated"].nunique() == 2
    ]
    if not rows:
        raise InputError(
            Fault("no campaign has ten customers of one tier both contacted and held back", where="contacts",
                  remedy="hold a part of the customers back by lot in the next campaign")
        )  # fmt: skip
    found = pd.DataFrame(rows)
    between = _between(found)
    drawn = [_drawn(part, between) for _, part in found.groupby(["offer", "channel"], sort=True)]
    found = pd.concat(drawn).sort_index()
    width = stats.norm.ppf(0.5 + confidence / 2) * found["standard_error"]
    return found.assign(low=found["effect"] - width, high=found["effect"] + width)


def _difference(part: pd.DataFrame) -> dict[str, float]:
    """Return the difference of orders, adjusted within each campaign for the orders before."""
    centred = part[["orders", "prior_orders"]] - part.groupby("campaign_id")[["orders", "prior_orders"]].transform(
        "mean"
    )
    prior, outcome = centred["prior_orders"].to_numpy(), centred["orders"].to_numpy(dtype=float)
    spread = float((prior**2).sum())
    outcome = outcome - (float(prior @ outcome) / spread if spread > 0 else 0.0) * prior
    treated = part["treated"].to_numpy(dtype=bool)
    groups = outcome[treated], outcome[~treated]
    variance = sum(float(np.var(group, ddof=1)) / len(group) for group in groups)
    return {
        "contacted": int(treated.sum()),
        "held_back": int((~treated).sum()),
        "measured": float(groups[0].mean() - groups[1].mean()),
        "own_error": float(np.sqrt(max(variance, 1e-12))),
        "cost": float(part.loc[treated, "cost"].astype(float).mean()),
        "spread": float(np.std(outcome, ddof=1)),
    }


def _between(found: pd.DataFrame) -> float:
    """Return the variance of true effects between the tiers of an offer, over all offers; nil where Q is chance."""
    excess = scale = 0.0
    freedom = 0
    for _, part in found[found["tier"] != SILENT].groupby(["offer", "channel"], sort=True):
        effect, weight = part["measured"].to_numpy(), part["own_error"].to_numpy() ** -2.0
        mean = float(weight @ effect / weight.sum())
        excess += float(weight @ (effect - mean) ** 2) - (len(effect) - 1)
        scale += float(weight.sum() - weight @ weight / weight.sum())
        freedom += len(effect) - 1
    by_chance = freedom == 0 or float(stats.chi2.sf(excess + freedom, freedom)) > _DIFFER_AT
    return 0.0 if by_chance else max(excess / scale, 0.0)


def _drawn(part: pd.DataFrame, between: float) -> pd.DataFrame:
    """Draw the effects of one offer towards their mean; those of silent customers, who may be gone, towards nil."""
    effect, variance = part["measured"].to_numpy(), part["own_error"].to_numpy() ** 2
    silent = (part["tier"] == SILENT).to_numpy()
    total = np.where(silent, 0.0, 1 / (variance + between))
    weight = float(total.sum())
    mean = np.where(silent | (weight == 0), 0.0, float(total @ effect) / max(weight, 1e-12))
    kept = np.where(silent, 0.0, between / (between + variance))
    error = np.sqrt(kept * variance + (1 - kept) ** 2 / max(weight, 1e-12))
    error = np.where(silent, part["own_error"], error)
    return part.assign(effect=mean + kept * (effect - mean), standard_error=error).drop(columns="own_error")


def order_contributions(
    transactions: ir.Table, as_of: date, *, gross_margin: float | None = None, strength: float = 3.0
) -> pd.DataFrame:
    """Return what an order of each customer contributes, drawn to its tier's mean, and what the year before brought.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions; with `cost` unless a margin is given. A line without cost is taken to cost the share of
        spend that the others do.
    as_of : date
        End of the year looked at; customers of the year before that are `silent` where they bought nothing in it.
    gross_margin : float, optional
        Share of spend that is contribution, 0..1, where lines have no cost.
    strength : float
        Orders that the mean of the tier counts as.

    Returns
    -------
    DataFrame
        By customer_id: `orders`, `spend`, `value` (contribution of the year), `tier`, `order_contribution`.

    Raises
    ------
    InputError
        When neither cost nor margin is known, in any line.
    """
    if gross_margin is None and "cost" not in transactions.columns:
        what = "what goods cost is not known"
        raise InputError(Fault(what, "transactions", "a column cost, or gross_margin", "map the cost of each line"))
    earned = transactions.mutate(amount=_profit(transactions, gross_margin))
    whole, lately = (spend_before(earned, as_of, days=days) for days in (2 * YEAR_DAYS, YEAR_DAYS))
    year = spend_before(transactions, as_of).reindex(whole.index).fillna(0.0)
    tier = assign_tiers(year["spend"])
    sums = whole.groupby(tier)[["spend", "orders"]].transform("sum")
    mean = sums["spend"] / sums["orders"]
    per_order = (whole["spend"] + strength * mean) / (whole["orders"] + strength)
    value = lately["spend"].reindex(whole.index).fillna(0.0)
    return year.assign(value=value, tier=tier, order_contribution=per_order)


def _profit(transactions: ir.Table, gross_margin: float | None) -> ir.Value:
    """Return what each line contributes; goods whose cost is not known cost the share of spend that the others do."""
    amount = transactions.amount
    if gross_margin is not None:
        return amount * gross_margin
    cost = transactions.cost
    priced = transactions.drop_null("cost")
    sums = priced.agg(lines=priced.count(), spend=exact_sum(priced.amount), cost=exact_sum(priced.cost))
    row = sums.to_pyarrow().to_pylist()[0]
    if not row["lines"]:
        what = "the column cost is empty: what goods cost is not known"
        raise InputError(Fault(what, "transactions", "a number in each line", "fill it, or take the column out"))
    return amount - ibis.coalesce(cost, amount * (row["cost"] / row["spend"] if row["spend"] else 0.0))


def response_chances(pairs: pd.DataFrame) -> pd.Series:
    """Return the share of those contacted who ordered in the window, by `offer` and `tier`.

    Half a response in one contact more is added, so that no chance is nil or one.

    Parameters
    ----------
    pairs : DataFrame
        From `campaign_orders`.
    """
    made = pairs[pairs["treated"].astype(bool)]
    answered = (made["orders"] > 0).groupby([made["offer"], made["tier"]])
    return (answered.sum() + 0.5) / (answered.size() + 1)
