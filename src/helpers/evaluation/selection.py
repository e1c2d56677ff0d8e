"""Who was chosen for contact: how they differed before it, and what may not be said without a control group."""

from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.checks import require_columns
from helpers.core.errors import Fault, InputError
from helpers.core.intervals import total_differs_from_zero
from helpers.core.lines import exact_sum
from helpers.core.returns import purchase_lines
from helpers.evaluation.campaign_pairs import treated_contacts

HELD_BACK, GROUPS_APART, NOBODY_HELD_BACK = "held back", "held back in other campaigns only", "nobody held back"
"""What the contacts allow: a comparison inside a campaign; none, as no campaign has both groups; none at all."""


@dataclass(frozen=True)
class ControlGroup:
    """Whether the contacts allow any statement about what the campaigns caused.

    Parameters
    ----------
    present : bool
        Whether a campaign has both customers contacted and customers held back.
    treated, held_back : int
        Customer-campaign pairs of either kind.
    """

    present: bool
    treated: int
    held_back: int

    @property
    def status(self) -> str:
        """One of `HELD_BACK`, `GROUPS_APART` and `NOBODY_HELD_BACK`."""
        if self.present:
            return HELD_BACK
        return GROUPS_APART if self.held_back else NOBODY_HELD_BACK


def control_group(contacts: ir.Table, as_of: date) -> ControlGroup:
    """Say whether customers were held back, without which no effect of the campaigns can be claimed.

    Parameters
    ----------
    contacts : Table
        Standard table; `treated` is false for customers held back.
    as_of : date
        Contacts on or after it are not used.

    Returns
    -------
    ControlGroup
        With its `status`.
    """
    require_columns(contacts.columns, ("customer_id", "campaign_id", "time"), where="contacts")
    time = contacts.time.cast("timestamp")
    before = contacts.filter(ibis.coalesce(time < ibis.timestamp(as_of.isoformat()), True))
    flag = ibis.coalesce(before.treated, True) if "treated" in contacts.columns else ibis.literal(True)
    pairs = before.select("customer_id", "campaign_id", treated=flag).distinct()
    sides = pairs.group_by("campaign_id").agg(treated=pairs.treated.sum(), held_back=(~pairs.treated).sum())
    counts = sides.to_pyarrow().to_pandas()
    treated, held_back = int(counts["treated"].sum()), int(counts["held_back"].sum())
    present = bool(((counts["treated"] > 0) & (counts["held_back"] > 0)).any())
    return ControlGroup(present, treated, held_back)


def prior_spend(transactions: ir.Table, contacts: ir.Table, as_of: date, *, split: date) -> pd.DataFrame:
    """Spend of each customer before a day, and whether any campaign that started from that day on approached them.

    Parameters
    ----------
    transactions, contacts : Table
        Standard tables.
    as_of : date
        Contacts on or after it are not used.
    split : date
        Spend before it is prior; contacts from it on count, but not of customers held back.

    Returns
    -------
    DataFrame
        One row per customer with an order before `split`, by `customer_id`: `prior_orders`, `prior_revenue` (study
        currency), `campaigns` (received from `split` on), `contacted`.

    Raises
    ------
    InputError
        When `split` is not before `as_of` or nobody bought before it.
    """
    require_columns(transactions.columns, ("customer_id", "order_id", "time", "amount"), where="transactions")
    require_columns(contacts.columns, ("customer_id", "campaign_id", "time"), where="contacts")
    if split >= as_of:
        raise InputError(
            Fault(f"{split} is not before as_of {as_of}", where="split", remedy="take an earlier day to split at")
        )
    at_split, at_end = ibis.timestamp(split.isoformat()), ibis.timestamp(as_of.isoformat())
    before = purchase_lines(transactions, split)
    sums = {"prior_orders": before.order_id.nunique(), "prior_revenue": exact_sum(before.amount)}
    spend = before.group_by("customer_id").agg(**sums)
    start = contacts.time.cast("timestamp")
    made = treated_contacts(contacts.filter(start >= at_split, start < at_end))
    received = made.group_by("customer_id")
    counted = received.agg(campaigns=ibis._.campaign_id.nunique())
    frame: pd.DataFrame = (
        spend.left_join(counted, "customer_id")
        .select("customer_id", "prior_orders", "prior_revenue", campaigns=ibis._.campaigns.fill_null(0))
        .order_by("customer_id")
        .to_pyarrow()
        .to_pandas()
    )
    if frame.empty:
        raise InputError(Fault(f"no order lies before {split}", where="transactions", remedy="choose a later split"))
    frame["contacted"] = frame["campaigns"] > 0
    return frame


@dataclass(frozen=True)
class Selection:
    """How the contacted differed from the others before any contact: selection, not effect.

    Parameters
    ----------
    table : DataFrame
        One row per `contacted`: `customers`, `mean_revenue`, `lower_quartile`, `median_revenue`, `upper_quartile`,
        `mean_orders`, all prior.
    spend_ratio : float
        Mean prior revenue of the contacted over that of the others; nan where the latter, refunds taken off, does not
        differ from zero by more than chance.
    standardised_difference : float
        Difference of mean prior revenue in pooled standard deviations; above 0.1 is commonly called unbalanced.
    superiority : float
        Chance that a contacted customer had spent more before than one not contacted (0.5: no selection).
    """

    table: pd.DataFrame
    spend_ratio: float
    standardised_difference: float
    superiority: float


def compare_prior_spend(frame: pd.DataFrame) -> Selection:
    """Compare prior spend of contacted and not contacted customers.

    Parameters
    ----------
    frame : DataFrame
        From `prior_spend`.

    Returns
    -------
    Selection
        The figures are nan when everybody or nobody was contacted.

    References
    ----------
    Austin (2009), "Balance diagnostics for comparing the distribution of baseline covariates", Statistics in Medicine
    28, 3083-3107 (standardised difference).
    """
    revenue = frame.groupby("contacted")["prior_revenue"]
    table = pd.DataFrame(
        {
            "customers": revenue.size(),
            "mean_revenue": revenue.mean(),
            "lower_quartile": revenue.quantile(0.25),
            "median_revenue": revenue.median(),
            "upper_quartile": revenue.quantile(0.75),
            "mean_orders": frame.groupby("contacted")["prior_orders"].mean(),
        }
    ).reset_index()
    inside = frame.loc[frame["contacted"], "prior_revenue"].to_numpy()
    outside = frame.loc[~frame["contacted"], "prior_revenue"].to_numpy()
    if len(inside) < 2 or len(outside) < 2:
        return Selection(table, np.nan, np.nan, np.nan)
    spread = float(np.sqrt((inside.var(ddof=1) + outside.var(ddof=1)) / 2))
    below = np.searchsorted(np.sort(outside), inside, side="left").sum()
    not_above = np.searchsorted(np.sort(outside), inside, side="right").sum()
    return Selection(
        table,
        spend_ratio=float(inside.mean() / outside.mean()) if total_differs_from_zero(outside) else np.nan,
        standardised_difference=float((inside.mean() - outside.mean()) / spread) if spread > 0 else np.nan,
        superiority=float((below + not_above) / 2 / (len(inside) * len(outside))),
    )
