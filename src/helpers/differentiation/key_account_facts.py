"""What the tables show of business accounts: trade of the last two years, facts, and how the relationship stands.

Everything that touches a transaction line is an Ibis expression; only tables of accounts reach pandas.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.any_engine import number_of
from helpers.core.errors import Fault, InputError, some_of
from helpers.core.lines import exact_sum, lines_until
from helpers.core.periods import months_before
from helpers.core.returns import purchase_lines

BUSINESS = "firm"
RELATIONSHIP_STATES = ("regressing", "limited", "developing", "fair", "good", "strong", "very strong")
"""From worst to best; whoever orders less than before beyond chance is regressing, however strong the rest."""
FALSE_SHARE = 0.10
"""Of the accounts called regressing, at most this share orders as before (Benjamini and Hochberg 1995)."""
_LEAST_ORDERS = 5  # in two years, below which no fall is called
_LONG_YEARS = 10.0


@dataclass(frozen=True)
class AccountFacts:
    """Business accounts as of a date.

    Parameters
    ----------
    table : DataFrame
        One row per account, sorted by customer_id: the columns of the customers, and revenue_year, margin_year (missing
        where the cost of goods is not known), orders_year, revenue_before, orders_before (of the twelve months before
        those), squared_orders (sum of squared order amounts of the last year), months_active (of the last twelve),
        groups_bought, groups_new (product groups of the last year; of them, never bought before), groups_sold,
        tenure_years, peak_month (1 to 12, most orders over all time), satisfaction (0..1 of the scale), visits.
        What the tables do not hold is missing.
    as_of : date
        Analysis date.
    """

    table: pd.DataFrame
    as_of: date


def business_accounts(customers: pd.DataFrame) -> pd.DataFrame:
    """Return the customers that are firms, by customer_id.

    Parameters
    ----------
    customers : DataFrame
        Standard customers: customer_id, kind.

    Raises
    ------
    InputError
        When there is none.

    Examples
    --------
    >>> business_accounts(pd.DataFrame({"customer_id": [2, 1], "kind": ["firm", "person"]})).index.tolist()
    [2]
    """
    no_firm = "no customer is a firm"
    if "kind" in customers:
        firm = customers["kind"].astype("str").str.strip().str.casefold() == BUSINESS
        if firm.any():
            return customers[firm].set_index("customer_id").sort_index()
        kinds = sorted(customers["kind"].dropna().astype("str").unique())
        no_firm += f": the column kind holds {some_of(kinds)}" if kinds else ""
    raise InputError(Fault(no_firm, "customers, column kind", "person or firm", "say which customers are firms"))


def gather_account_facts(
    transactions: ir.Table,
    accounts: pd.DataFrame,
    as_of: date,
    *,
    products: ir.Table | None = None,
    surveys: ir.Table | None = None,
    activities: ir.Table | None = None,
) -> AccountFacts:
    """Gather what was bought, how regularly and how broadly, and what was said and done.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions; returns are set off first.
    accounts : DataFrame
        From `business_accounts`.
    as_of : date
        Analysis date; its own day is left out.
    products, surveys, activities : ibis Table, optional
        Standard tables.

    Returns
    -------
    AccountFacts
        Accounts without an order before `as_of` are left out.

    Raises
    ------
    InputError
        When no account has bought anything.
    """
    lines = purchase_lines(transactions, as_of)
    trade = _trade(lines, as_of)
    table = _beside(accounts, trade, how="inner").sort_index()
    if table.empty:
        raise InputError(
            Fault(
                f"no firm has bought anything before {as_of}",
                "transactions",
                "purchases by firms",
                remedy="check as_of, and the kind of customers",
            )
        )
    first = table["first_time"]
    if "customer_since" in table:
        since = pd.to_datetime(table["customer_since"])
        first = first.where(~(since < first), since)
    table["tenure_years"] = (pd.Timestamp(as_of) - first).dt.days / 365.25
    table = _beside(table, _groups(lines, products, as_of)) if products is not None else table
    table["satisfaction"] = _satisfaction(surveys, as_of).reindex(table.index) if surveys is not None else np.nan
    table["visits"] = _visits(activities, as_of).reindex(table.index) if activities is not None else np.nan
    for name in ("groups_bought", "groups_new", "groups_sold"):
        table[name] = table[name].fillna(0.0) if name in table else np.nan
    return AccountFacts(table, as_of)


def _beside(
    accounts: pd.DataFrame, found: "pd.DataFrame | pd.Series", how: Literal["left", "inner"] = "left"
) -> pd.DataFrame:
    """Put what was found beside accounts, in place of attributes that a client calls the same."""
    names = [found.name] if isinstance(found, pd.Series) else list(found.columns)
    return accounts.drop(columns=names, errors="ignore").join(found, how=how)


def _trade(lines: ir.Table, as_of: date) -> pd.DataFrame:
    """Gather orders, then accounts, in one pass."""
    year, before = (ibis.date(*day.timetuple()[:3]) for day in (months_before(as_of, 12), months_before(as_of, 24)))
    cost = {"cost": exact_sum(lines["cost"]), "costed": lines["cost"].count()} if "cost" in lines.columns else {}
    orders = lines.group_by("customer_id", "order_id").agg(
        time=lines["time"].min(), revenue=exact_sum(lines["amount"]), lines=lines.count(), **cost
    )
    day = orders["time"].date()
    last, earlier = day >= year, (day >= before) & (day < year)
    within, month = orders["revenue"], orders["time"].month()
    margin = (
        {
            "cost_year": exact_sum(last.ifelse(orders["cost"], 0.0)),
            "uncosted": last.ifelse(orders["lines"] - orders["costed"], 0).sum(),
        }
        if cost
        else {}
    )
    found: pd.DataFrame = (
        orders.group_by("customer_id")
        .agg(
            first_time=orders["time"].min(),
            orders_year=number_of(last).sum(),
            orders_before=number_of(earlier).sum(),
            revenue_year=exact_sum(last.ifelse(within, 0.0)),
            revenue_before=exact_sum(earlier.ifelse(within, 0.0)),
            squared_orders=exact_sum(last.ifelse(within * within, 0.0)),
            months_active=last.ifelse(month, ibis.null("int32")).nunique(),
            **{f"month_{number}": number_of(month == number).sum() for number in range(1, 13)},
            **margin,
        )
        .to_pandas()
        .set_index("customer_id")
        .sort_index()
    )
    months = [f"month_{number}" for number in range(1, 13)]
    found["peak_month"] = found[months].to_numpy().argmax(axis=1) + 1
    known = found["uncosted"] == 0 if cost else pd.Series(False, index=found.index)
    found["margin_year"] = (found["revenue_year"] - found["cost_year"]).where(known) if cost else np.nan
    return found.drop(columns=[*months, *margin])


def _groups(lines: ir.Table, products: ir.Table, as_of: date) -> pd.DataFrame:
    group = next((name for name in ("category", "department") if name in products.columns), None)
    if group is None or "product_id" not in lines.columns:
        return pd.DataFrame()
    named = products.select("product_id", group=products[group])
    joined = lines.select("customer_id", "product_id", "time").inner_join(named, "product_id")
    first_last = joined.group_by("customer_id", "group").agg(first=joined["time"].min(), last=joined["time"].max())
    year = ibis.date(*months_before(as_of, 12).timetuple()[:3])
    lately, new = first_last["last"].date() >= year, first_last["first"].date() >= year
    counts_of = {"groups_bought": number_of(lately).sum(), "groups_new": number_of(new).sum()}
    found = first_last.group_by("customer_id").agg(**counts_of)
    sold = int(named["group"].nunique().to_pyarrow().as_py())
    counts: pd.DataFrame = found.to_pandas().set_index("customer_id").assign(groups_sold=sold)
    return counts


def _satisfaction(surveys: ir.Table, as_of: date) -> "pd.Series[float]":
    """Return the latest overall score as a share of the scale that was used."""
    if "overall" not in surveys.columns or "time" not in surveys.columns:
        return pd.Series(dtype="float64")
    answered = lines_until(surveys, as_of).select("customer_id", "time", "overall").to_pandas().dropna()
    low, high = answered["overall"].min(), answered["overall"].max()
    latest = answered.sort_values(["time", "overall"]).groupby("customer_id")["overall"].last()
    scaled: pd.Series[float] = (latest - low) / (high - low) if high > low else latest * np.nan
    return scaled


def _visits(activities: ir.Table, as_of: date) -> "pd.Series[float]":
    """Return visits in the calendar year before the analysis date, or in the last twelve months where days are kept."""
    visits = activities.filter(activities["activity"].cast("string").lower().contains("visit"))
    if "time" in visits.columns:
        visits = lines_until(visits, as_of, since=months_before(as_of, 12))
    elif "year" in visits.columns:
        visits = visits.filter(visits["year"] == months_before(as_of, 12).year)
    found = visits.group_by("customer_id").agg(visits=visits["quantity"].sum()).to_pandas()
    counted: pd.Series[float] = found.set_index("customer_id")["visits"].astype("float64")
    return counted


def judge_relationship(facts: AccountFacts) -> pd.DataFrame:
    """Put the relationship with each account into one of seven states, with what speaks for it.

    An account is regressing where it ordered less in the last year than in the year before, beyond chance: of all its
    orders of the two years, as few or fewer would fall into the last one by a binomial chance so small that at most a
    tenth of those called are false. The others are placed by strength, the mean of what is known of four shares:
    regularity (months with an order, of twelve), breadth (product groups bought, of all sold), length (years as a
    customer, ten at most) and satisfaction (of the scale). Sixths of the strength are the six other states. The states'
    names are the field's; this rule is stated in this suite.

    Parameters
    ----------
    facts : AccountFacts
        From `gather_account_facts`.

    Returns
    -------
    DataFrame
        On the index of the facts: regularity, breadth, length, satisfaction, strength (0..1), fall_q (false discovery
        rate of a fall; missing where too few orders tell), state (ordered categorical).
    """
    table = facts.table
    sold = table["groups_sold"].where(table["groups_sold"] > 0)
    found = pd.DataFrame(
        {
            "regularity": table["months_active"].astype("float64") / 12,
            "breadth": (table["groups_bought"] / sold).astype("float64"),
            "length": (table["tenure_years"] / _LONG_YEARS).clip(0.0, 1.0),
            "satisfaction": table["satisfaction"].astype("float64"),
        }
    )
    found["strength"] = found.mean(axis=1)
    found["fall_q"] = _falls(table)
    sixth = np.minimum((found["strength"].to_numpy() * 6).astype(np.int64), 5)
    code = np.where((found["fall_q"] <= FALSE_SHARE).to_numpy(), 0, sixth + 1)
    states = pd.Categorical.from_codes(code.astype(np.int64), categories=pd.Index(RELATIONSHIP_STATES), ordered=True)
    return found.assign(state=states)


def _falls(table: pd.DataFrame) -> "pd.Series[float]":
    exposed = (table["tenure_years"] - 1).clip(0.0, 1.0)  # years of the year before that it was a customer
    orders = table["orders_year"] + table["orders_before"]
    judged = (orders >= _LEAST_ORDERS) & (exposed > 0.25)
    falls = pd.Series(np.nan, index=table.index)
    if judged.any():
        one = table[judged]
        chance = stats.binom.cdf(one["orders_year"], orders[judged], 1 / (1 + exposed[judged]))
        falls[judged] = stats.false_discovery_control(chance)
    return falls
