"""What a plan for a key account starts from: what is known at four levels of information, and signs of six measures."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from helpers.core.errors import Fault, InputError
from helpers.differentiation.key_account_facts import AccountFacts

INFORMATION: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "published": ("last_name", "street", "city", "region", "sector", "identifier"),
        "trade": ("employees", "years_in_business", "equity_ratio", "payment_term_days"),
        "contacts": ("contact_person", "email", "phone", "preferred_channel", "satisfaction"),
        "top of the client": ("decision_maker", "strategy", "budget", "competing_suppliers"),
    }
)
"""By level, the cheapest first: what a plan needs to know, by the usual names of columns."""

MEASURES: tuple[str, ...] = (
    "supply before the season",
    "trial of new products",
    "attention to their promotions",
    "visits by managers",
    "promotions designed together",
    "their opinion of our sellers",
)
"""Six measures for key accounts."""


def information_known(accounts: pd.DataFrame) -> pd.DataFrame:
    """Say of each account which pieces of information the tables hold.

    Parameters
    ----------
    accounts : DataFrame
        One row per account by customer_id: columns of the customers and of `AccountFacts`.

    Returns
    -------
    DataFrame
        One row per account and piece: customer_id, level, piece, known.
    """
    parts = []
    for level, pieces in INFORMATION.items():
        for piece in pieces:
            known = accounts[piece].notna() if piece in accounts else pd.Series(False, index=accounts.index)
            if piece in accounts and not pd.api.types.is_numeric_dtype(accounts[piece]):
                known &= accounts[piece].astype("str").str.strip() != ""
            parts.append(pd.DataFrame({"level": level, "piece": piece, "known": known}))
    found = pd.concat(parts).rename_axis("customer_id").reset_index()
    return found.sort_values("customer_id", kind="stable", ignore_index=True)


def information_levels(known: pd.DataFrame, costs: Mapping[str, float]) -> pd.DataFrame:
    """Count by level what is missing, and what it costs to find out.

    Parameters
    ----------
    known : DataFrame
        From `information_known`.
    costs : dict of str to float
        By level: cost of bringing one account up to it, study currency, none below zero.

    Returns
    -------
    DataFrame
        One row per level, the cheapest first: accounts_complete, accounts_incomplete, missing (pieces that most
        accounts lack, in words), cost_per_account, cost (of all that are incomplete).

    Raises
    ------
    InputError
        When a cost is missing or below zero.
    """
    faults = [
        Fault(f"cost of the level {level!r} is {costs.get(level)!r}", "information costs", "0 or more", "state it")
        for level in INFORMATION
        if not costs.get(level, -1.0) >= 0
    ]
    if faults:
        raise InputError(faults)
    complete = known.pivot_table(index="customer_id", columns="level", values="known", aggfunc="all")
    lacking = 1 - known.groupby(["level", "piece"], sort=False)["known"].mean()
    rows = []
    for level in INFORMATION:
        incomplete = int((~complete[level]).sum())
        missing = [str(piece).replace("_", " ") for piece, share in lacking[level].items() if share > 0.5]
        row = {"level": level, "accounts_complete": len(complete) - incomplete, "accounts_incomplete": incomplete}
        row |= {"missing": ", ".join(missing) or "nothing", "cost_per_account": float(costs[level])}
        rows.append(row | {"cost": incomplete * float(costs[level])})
    return pd.DataFrame(rows).set_index("level")


def measure_signs(facts: AccountFacts, responses: "pd.Series[int] | None" = None) -> pd.DataFrame:
    """Return what the tables show of six measures for each account.

    Parameters
    ----------
    facts : AccountFacts
        From `helpers.differentiation.gather_account_facts`.
    responses : Series, optional
        Responses to campaigns by customer_id.

    Returns
    -------
    DataFrame
        On the index of the facts, one column per measure: peak month of their orders, product groups first bought in
        the last year, nothing (their promotions are in no table), visits in the last year, responses to campaigns,
        satisfaction (0..1). Missing where the tables do not tell.
    """
    table = facts.table
    shown = {
        MEASURES[0]: table["peak_month"].astype("float64"),
        MEASURES[1]: table["groups_new"].where(table["groups_sold"].notna()),
        MEASURES[2]: pd.Series(np.nan, index=table.index),
        MEASURES[3]: table["visits"],
        MEASURES[4]: pd.Series(np.nan, index=table.index) if responses is None else responses.reindex(table.index),
        MEASURES[5]: table["satisfaction"],
    }
    return pd.DataFrame(shown, index=table.index, dtype="float64")
