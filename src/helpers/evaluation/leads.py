"""Leads: which were won, by source, seller, region and period, and how sure the order of small groups is."""

from datetime import date
from typing import Literal

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import special

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_columns, require_within
from helpers.core.errors import Fault, InputError
from helpers.core.intervals import wilson_ends
from helpers.evaluation.following import brought_after

FEWEST_CLOSED = 5
"""Closed leads of a group, below which no share won is given."""
_MEANS, _PRECISIONS = 200, 60  # points of the grid over mean and spread of the groups
_GROUPINGS = ("source", "seller_id", "region")


def closed_leads(leads: ir.Table, as_of: date) -> pd.DataFrame:
    """Return the leads gained before the analysis date, with what had become of them by then.

    Parameters
    ----------
    leads : ibis Table
        Standard leads with `stage`, or with `customer_id` and `closed_date`; `time`, `source`, `seller_id`, `region`
        where they are known.
    as_of : date
        Nothing on or after it is used: a lead closed later is open.

    Returns
    -------
    DataFrame
        `lead_id`, `time`, `closed_date` (missing where the study lacks them), `closed`, `won` (flags), `customer_id`,
        and those of `source`, `seller_id`, `region` there are; sorted by lead.

    Raises
    ------
    InputError
        When neither stages nor outcomes are known, or no lead was gained before `as_of`.

    Examples
    --------
    >>> import ibis
    >>> leads = pd.DataFrame({"lead_id": [1, 2, 3], "stage": ["won", "lost", "offer"]})
    >>> closed_leads(ibis.memtable(leads), date(2024, 1, 1))[["closed", "won"]].sum().tolist()
    [2, 1]
    """
    if "stage" not in leads.columns:
        require_columns(leads.columns, ("customer_id", "closed_date"), where="leads")
    found: pd.DataFrame = leads.order_by("lead_id").to_pyarrow().to_pandas()
    for name in ("time", "closed_date"):
        found[name] = pd.to_datetime(found[name]) if name in found else pd.NaT
    found = found[~(found["time"] >= pd.Timestamp(as_of))].reset_index(drop=True)
    if found.empty:
        raise InputError(Fault(f"no lead was gained before {as_of}", where="leads", remedy="check as_of and the times"))
    known = found["customer_id"].notna() if "customer_id" in found else pd.Series(False, index=found.index)
    won, closed = known, found["closed_date"].notna()
    if "stage" in found:
        stage = found["stage"].astype("string").str.strip().str.casefold()
        won, closed = stage.eq("won").fillna(False), stage.isin(["won", "lost"])
    found["closed"] = (closed & ~(found["closed_date"] >= pd.Timestamp(as_of))).astype(bool)
    found["won"] = (won & found["closed"]).astype(bool)
    kept = ["lead_id", "customer_id", "time", "closed_date", "closed", "won", *_GROUPINGS]
    return found[[name for name in kept if name in found]]


def shares_won(leads: pd.DataFrame, by: str, *, confidence: float = 0.95) -> pd.DataFrame:
    """Share of the closed leads of each group that were won, with Wilson's interval.

    Parameters
    ----------
    leads : DataFrame
        From `closed_leads`.
    by : str
        Column of the groups.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    DataFrame
        Per group, sorted by name: `leads` (gained), `closed`, `won`, `share`, `low`, `high`; missing shares where fewer
        than `FEWEST_CLOSED` are closed.

    Raises
    ------
    InputError
        When the column is missing, or no lead of a known group is closed.

    Examples
    --------
    >>> leads = pd.DataFrame({"source": ["fair"] * 8 + ["web"] * 2, "closed": True, "won": [True] * 4 + [False] * 6})
    >>> shares_won(leads, "source")["share"].tolist()
    [0.5, nan]
    """
    require_columns(leads.columns, (by, "closed", "won"), where="leads")
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    known = leads[leads[by].notna()]
    if not known["closed"].any():
        what = f"none of {len(known)} leads is won or lost; {FEWEST_CLOSED} of one group are needed"
        raise InputError(Fault(what, where=f"leads by {by}", remedy="record what became of them"))
    found = known.groupby(by, sort=True).agg(leads=("won", "size"), closed=("closed", "sum"), won=("won", "sum"))
    enough = found["closed"] >= FEWEST_CLOSED
    low, high = wilson_ends(found["won"].to_numpy(), found["closed"].clip(lower=1).to_numpy(), alpha=1 - confidence)
    found["share"] = found["won"] / found["closed"].clip(lower=1)
    found["low"], found["high"] = low, high
    shares = ["share", "low", "high"]
    found[shares] = found[shares].where(enough)
    return found.reset_index().rename(columns={by: "group"})


def rank_groups(
    counts: pd.DataFrame, rng: np.random.Generator, *, draws: int = 4000, confidence: float = 0.95
) -> pd.DataFrame:
    """Shrink the shares of groups to what they have in common, and say between which places each may stand.

    Each group's true share comes from a beta distribution common to all; its mean is unknown, and so is its precision
    `s`, given the uniform shrinkage prior: `s / (s + n)` is uniform, with `n` the harmonic mean of the groups' sizes.
    Both are integrated over a grid, so that intervals hold how little a few groups say about their spread.

    Parameters
    ----------
    counts : DataFrame
        From `shares_won`: `group`, `closed`, `won`; groups without closed leads are left out.
    rng : Generator
        Of numpy.
    draws : int
        Draws of all true shares.
    confidence : float
        Of the intervals of shares and places.

    Returns
    -------
    DataFrame
        Best first: `group`, `closed`, `won`, `share` (as observed), `shrunken`, `low`, `high`, `best_place`,
        `worst_place`, `chance_best`.

    Raises
    ------
    InputError
        When fewer than two groups have closed leads.

    References
    ----------
    Christiansen and Morris (1997), "Hierarchical Poisson regression modeling", JASA 92, 618-632 (uniform shrinkage);
    Goldstein and Spiegelhalter (1996), JRSS A 159, 385-443 (intervals of places).

    Examples
    --------
    >>> counts = pd.DataFrame({"group": ["lucky", "large"], "closed": [1, 200], "won": [1, 60]})
    >>> ranked = rank_groups(counts, np.random.default_rng(1)).set_index("group")
    >>> bool(ranked.loc["lucky", "shrunken"] < 0.9), ranked["worst_place"].tolist()
    (True, [2, 2])
    """
    require_columns(counts.columns, ("group", "closed", "won"), where="counts")
    kept = counts[counts["closed"] > 0]
    if len(kept) < 2:
        what = f"{len(kept)} group with closed leads; 2 are needed for an order"
        raise InputError(Fault(what, where="leads", remedy="compare periods instead"))
    won, closed = kept["won"].to_numpy(dtype=float), kept["closed"].to_numpy(dtype=float)
    drawn = _draw_shares(won, closed, rng, draws)
    places = (-drawn).argsort(axis=1, kind="stable").argsort(axis=1, kind="stable") + 1
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    ends = np.quantile(drawn, tails, axis=0)
    best, worst = np.quantile(places, tails, axis=0, method="closest_observation").astype(int)
    found = pd.DataFrame({"group": kept["group"].to_numpy(), "closed": kept["closed"].to_numpy()})
    found["won"], found["share"], found["shrunken"] = kept["won"].to_numpy(), won / closed, drawn.mean(axis=0)
    found["low"], found["high"], found["best_place"], found["worst_place"] = *ends, best, worst
    found["chance_best"] = (places == 1).mean(axis=0)
    return found.sort_values(["shrunken", "group"], ascending=[False, True], kind="stable").reset_index(drop=True)


def _draw_shares(won: FloatArray, closed: FloatArray, rng: np.random.Generator, draws: int) -> FloatArray:
    """Draw the true shares of all groups, shape (draws, groups), from the beta-binomial model over a grid."""
    mean = (np.arange(_MEANS) + 0.5) / _MEANS
    shrinkage = (np.arange(_PRECISIONS) + 0.5) / _PRECISIONS
    typical = len(closed) / np.sum(1 / closed)
    precision = typical * shrinkage / (1 - shrinkage)
    a, b = mean[:, None] * precision, (1 - mean[:, None]) * precision
    lost = closed - won
    fit = special.betaln(a[..., None] + won, b[..., None] + lost).sum(axis=-1) - len(won) * special.betaln(a, b)
    weight = np.exp(fit - fit.max()).ravel()
    cell = rng.choice(weight.size, size=draws, p=weight / weight.sum())
    drawn: FloatArray = rng.beta(a.ravel()[cell, None] + won, b.ravel()[cell, None] + lost)
    return drawn


def worth_of_customers(
    leads: pd.DataFrame,
    lines: ir.Table,
    as_of: date,
    *,
    months: int,
    counted: Literal["contribution", "revenue"] = "revenue",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Measure what customers won through each source brought in their first months, and what a lead was worth for that.

    Parameters
    ----------
    leads : DataFrame
        From `closed_leads`, with `source` and `customer_id`.
    lines : ibis Table
        Standard transactions.
    as_of : date
        Only customers won at least `months` before it are followed.
    months : int
        How long each customer is followed from the day it was won.
    counted : {"revenue", "contribution"}
        What worth is: amounts, or amounts less cost where every line has its cost.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    DataFrame
        Per source with two customers followed or more, sorted: `source`, `customers`, `worth`, `worth_low`,
        `worth_high` (per customer; Student's interval of the mean), `share_won`, `lead_worth`, `lead_worth_low`,
        `lead_worth_high` (share won times worth, by the delta method): what a lead may cost at most.

    Raises
    ------
    InputError
        When a column is missing, or no source has two customers followed for so long.
    """
    require_columns(leads.columns, ("source", "customer_id", "closed_date"), where="leads")
    since = pd.Timestamp(as_of) - pd.DateOffset(months=months)
    won = leads[leads["won"] & leads["source"].notna() & leads["customer_id"].notna() & (leads["closed_date"] <= since)]
    won = won.sort_values(["closed_date", "lead_id"], kind="stable").drop_duplicates("customer_id")
    won = won[won.groupby("source")["customer_id"].transform("size") > 1]
    if won.empty:
        what = f"no source has 2 customers won {months} months or more before {as_of}"
        raise InputError(Fault(what, where="leads", remedy="follow customers for fewer months"))
    brought = brought_after(won.rename(columns={"closed_date": "begin"}), lines, months=months, counted=counted)
    worth = won["customer_id"].map(brought).fillna(0.0)
    return _by_source(won.assign(worth=worth.to_numpy(dtype=float)), leads, confidence)


def _by_source(won: pd.DataFrame, leads: pd.DataFrame, confidence: float) -> pd.DataFrame:
    found = won.groupby("source", sort=True)["worth"].agg(customers="size", worth="mean", error="sem")
    reach = special.stdtrit(found["customers"] - 1, (1 + confidence) / 2)
    found["worth_low"], found["worth_high"] = (found["worth"] + sign * reach * found["error"] for sign in (-1, 1))
    shares = shares_won(leads, "source", confidence=confidence).set_index("group").reindex(found.index)
    found["share_won"] = shares["share"]
    found["lead_worth"] = found["share_won"] * found["worth"]
    share_error = np.sqrt(shares["share"] * (1 - shares["share"]) / shares["closed"])
    error = np.hypot(found["share_won"] * found["error"], found["worth"] * share_error)
    for end, sign in (("lead_worth_low", -1), ("lead_worth_high", 1)):
        found[end] = found["lead_worth"] + sign * reach * error
    return found.drop(columns="error").reset_index()
