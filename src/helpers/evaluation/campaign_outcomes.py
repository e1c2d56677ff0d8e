"""What those contacted did beyond those held back: responses of each kind, spend, margin less cost, and the return.

All differences are taken inside each campaign. Over several campaigns they are averaged over the contacts, and the
standard error sums the deviations of each customer first, because customers stand in several campaigns.
"""

from dataclasses import dataclass
from datetime import date
from math import ceil, isfinite

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError
from helpers.core.lines import exact_sum, lines_until
from helpers.evaluation.campaign_pairs import placed_responses
from helpers.evaluation.campaigns import ALL

RESPONDED, SPEND = "responded", "spend"
"""Outcomes: any response within the window; the amounts that came with the responses."""
FEWEST_RESPONSES = 25
"""Customers with an outcome in each group below whom nothing is built on it: a single one moves it by a twentieth."""
MORE_RESPONSES = "wait for more responses or contact more customers"
FEWEST = 2
"""Customers in each group of a campaign below whom no standard error is there."""


@dataclass(frozen=True)
class PairOutcomes:
    """What each customer of each campaign did within the window.

    Parameters
    ----------
    pairs : DataFrame
        From `campaign_pairs`: the campaigns that have both groups, of at least two customers each.
    outcomes : DataFrame
        One row per pair, one column per outcome: `responded`; a flag for each kind of response where there are
        several; `spend` (study currency) where responses have amounts.
    cost : Series
        Cost of the contact, study currency; 0 for those held back, missing where the contacts have none.
    """

    pairs: pd.DataFrame
    outcomes: pd.DataFrame
    cost: "pd.Series[float]"

    @property
    def has_spend(self) -> bool:
        """Whether responses have amounts."""
        return SPEND in self.outcomes

    @property
    def has_cost(self) -> bool:
        """Whether the cost of every contact is known."""
        return bool(self.cost.notna().all())

    @property
    def scarce(self) -> list[str]:
        """Outcomes that fewer than 25 customers have in one of the groups of a campaign."""
        groups = [self.pairs["campaign_id"], self.pairs["treated"]]
        fewest = (self.outcomes != 0).groupby(groups).sum().min()
        return [str(name) for name, found in fewest.items() if found < FEWEST_RESPONSES]

    def require_spend(self, fewest: int = 0) -> None:
        """Refuse outcomes without amounts, or with amounts of too few customers in either group.

        Raises
        ------
        InputError
            Which names the column to map, or how many are needed.
        """
        if not self.has_spend:
            remedy = "map the column of responses that holds the amount of each"
            raise InputError(Fault("responses have no amounts", where="responses", remedy=remedy))
        spent, treated = self.outcomes[SPEND] != 0, self.pairs["treated"]
        faults = [
            Fault(f"{found} of {group} spent; {fewest} are needed", "responses", remedy=MORE_RESPONSES)
            for found, group in ((spent[treated].sum(), "those contacted"), (spent[~treated].sum(), "those held back"))
            if found < fewest
        ]
        if faults:
            raise InputError(faults)


def pair_outcomes(
    contacts: ir.Table, responses: ir.Table, pairs: pd.DataFrame, as_of: date, *, response_days: int | None = None
) -> PairOutcomes:
    """Return what each customer contacted or held back did, for the campaigns that have both groups.

    Parameters
    ----------
    contacts, responses, as_of, response_days
        As for `campaign_pairs`.
    pairs : DataFrame
        From `campaign_pairs` of the same tables.

    Raises
    ------
    InputError
        When no campaign has at least two customers of either kind.
    """
    keys = ["campaign_id", "customer_id"]
    sizes = pairs.groupby("campaign_id")["treated"].agg(["sum", "size"])
    compared = sizes.index[(sizes["sum"] >= FEWEST) & (sizes["size"] - sizes["sum"] >= FEWEST)]
    kept = pairs[pairs["campaign_id"].isin(compared)].reset_index(drop=True)
    if kept.empty:
        what = f"no campaign has {FEWEST} customers contacted and {FEWEST} held back"
        remedy = "hold customers back by lot, and mark them in the column treated"
        raise InputError(Fault(what, where="contacts", remedy=remedy))
    placed = placed_responses(contacts, responses, as_of, response_days)[1]
    brought = placed.filter(placed.place == "counted")
    sums = {"n": brought.count(), "spend": exact_sum(brought.amount)}
    counted = brought.group_by([*keys, "kind"]).agg(**sums).to_pyarrow().to_pandas()
    place = pd.MultiIndex.from_frame(kept[keys])
    outcomes = _kinds(counted, keys, place, kept[RESPONDED])
    if len(counted) and counted["spend"].notna().any():
        outcomes[SPEND] = _summed(counted, keys, place)
    return PairOutcomes(kept, outcomes, _costs(contacts, keys, place, kept["treated"]))


def _kinds(counted: pd.DataFrame, keys: list[str], place: pd.MultiIndex, responded: "pd.Series[bool]") -> pd.DataFrame:
    flags = {RESPONDED: responded.to_numpy(dtype=float)}
    kinds = sorted(counted["kind"].dropna().unique())
    for kind in kinds if len(kinds) > 1 else []:
        of_kind = pd.MultiIndex.from_frame(counted.loc[counted["kind"] == kind, keys])
        flags[str(kind)] = place.isin(of_kind).astype(float)
    return pd.DataFrame(flags)


def _summed(counted: pd.DataFrame, keys: list[str], place: pd.MultiIndex) -> FloatArray:
    spend = counted.groupby(keys)["spend"].sum()
    return spend.reindex(place).fillna(0.0).to_numpy(dtype=float)


def _costs(contacts: ir.Table, keys: list[str], place: pd.MultiIndex, treated: "pd.Series[bool]") -> "pd.Series[float]":
    if "cost" not in contacts.columns:
        return pd.Series(np.where(treated, np.nan, 0.0))
    made = contacts.group_by(keys).agg(cost=exact_sum(contacts.cost)).to_pyarrow().to_pandas()
    known = made.set_index(keys)["cost"].reindex(place).to_numpy(dtype=float)
    return pd.Series(np.where(treated, known, 0.0))


def outcome_effects(found: PairOutcomes, *, confidence: float = 0.95) -> pd.DataFrame:
    """Difference of means between contacted and held back, per campaign and outcome, and over all campaigns.

    Parameters
    ----------
    found : PairOutcomes
        From `pair_outcomes`.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    DataFrame
        One row per campaign, then "all", and outcome: `campaign_id`, `outcome`, `treated`, `held_back` (customers),
        `treated_mean`, `held_back_mean`, `effect` (their difference; over all, the mean over contacts of the
        differences inside the campaigns), `standard_error`, `low`, `high`.

    References
    ----------
    Neyman (1923), in Statistical Science 5 (1990), 465-472: standard error of a difference of means under
    randomisation, with the variances of both groups.

    Examples
    --------
    >>> pairs = pd.DataFrame({"campaign_id": "a", "customer_id": range(6), "treated": [True] * 3 + [False] * 3})
    >>> spend = pd.DataFrame({"spend": [4.0, 6.0, 8.0, 1.0, 2.0, 3.0]})
    >>> row = outcome_effects(PairOutcomes(pairs, spend, pd.Series(0.0, index=range(6)))).iloc[0]
    >>> float(row["effect"]), round(float(row["standard_error"]), 4)  # the square root of 4 / 3 + 1 / 3
    (4.0, 1.291)
    """
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    z = float(stats.norm.ppf(0.5 + confidence / 2))
    rows = [row for outcome in found.outcomes for row in _rows(found.pairs, found.outcomes[outcome], str(outcome))]
    table = pd.DataFrame(rows)
    table["low"] = table["effect"] - z * table["standard_error"]
    table["high"] = table["effect"] + z * table["standard_error"]
    return table.sort_values("campaign_id", key=lambda names: names == ALL, kind="stable", ignore_index=True)


def _rows(pairs: pd.DataFrame, outcome: "pd.Series[float]", name: str) -> list[dict[str, object]]:
    rows = pairs[["campaign_id", "treated"]].assign(value=outcome)
    mean, size = (
        rows.pivot_table(index="campaign_id", columns="treated", values="value", aggfunc=measure)
        for measure in ("mean", "size")
    )
    effect = mean[True] - mean[False]
    deviation = _deviations(pairs, outcome)
    squares = (deviation**2).groupby(pairs["campaign_id"]).sum()
    of_each = [
        _row(campaign, name, size.loc[campaign], mean.loc[campaign], effect[campaign], np.sqrt(squares[campaign]))
        for campaign in effect.index
    ]
    share = size[True] / size[True].sum()
    of_customer = (deviation * pairs["campaign_id"].map(share)).groupby(pairs["customer_id"]).sum()
    means = outcome.groupby(pairs["treated"]).mean()
    overall = float((share * effect).sum())
    return [*of_each, _row(ALL, name, size.sum(), means, overall, np.sqrt((of_customer**2).sum()))]


def _deviations(pairs: pd.DataFrame, outcome: "pd.Series[float]") -> "pd.Series[float]":
    """Return what each pair adds to the error of its campaign's effect; the squares sum to its variance."""
    grouped = outcome.groupby([pairs["campaign_id"], pairs["treated"]])
    size = grouped.transform("size")
    scaled: pd.Series[float] = (outcome - grouped.transform("mean")) / np.sqrt(size * (size - 1))
    return scaled.where(pairs["treated"], -scaled)


def _row(
    campaign: object, name: str, size: "pd.Series[int]", mean: "pd.Series[float]", effect: float, error: float
) -> dict[str, object]:
    counted = {"treated": int(size[True]), "held_back": int(size[False])}
    means = {"treated_mean": float(mean[True]), "held_back_mean": float(mean[False])}
    return {
        "campaign_id": campaign, "outcome": name, **counted, **means, "effect": float(effect),
        "standard_error": float(error),
    }  # fmt: skip


def campaign_returns(
    found: PairOutcomes,
    effects: pd.DataFrame,
    *,
    gross_margin: float,
    confidence: float = 0.95,
    fewest: int = FEWEST_RESPONSES,
) -> pd.DataFrame:
    """Margin that each campaign brought beyond those held back, less its cost, and the return on the cost.

    Parameters
    ----------
    found : PairOutcomes
        With spend.
    effects : DataFrame
        From `outcome_effects`.
    gross_margin : float
        Share of spend that is left after the cost of goods.
    confidence : float
        Between 0 and 1.
    fewest : int
        Customers who spent that each group must have.

    Returns
    -------
    DataFrame
        One row per campaign, then "all"; amounts in study currency: `campaign_id`, `treated`, `extra_spend`,
        `extra_margin`, `low`, `high` (of the margin), `cost`, `net` (margin less cost) with `net_low`, `net_high`,
        `return` (net over cost), `cost_to_break_even` (margin of one contact). Columns that rest on the cost are
        missing where it is not known, the return where there is none.

    Raises
    ------
    InputError
        When responses have no amounts, or of too few customers in either group.
    """
    require_within({"gross_margin": gross_margin}, low=0, high=1)
    found.require_spend(fewest)
    z = float(stats.norm.ppf(0.5 + confidence / 2))
    table = effects.loc[effects["outcome"] == SPEND, ["campaign_id", "treated", "effect", "standard_error"]]
    table = table.reset_index(drop=True)
    cost = found.cost.groupby(found.pairs["campaign_id"]).sum(min_count=1)
    cost[ALL] = found.cost.sum() if found.has_cost else np.nan
    table["extra_spend"] = table["effect"] * table["treated"]
    table["extra_margin"] = gross_margin * table["extra_spend"]
    reach = z * gross_margin * table["standard_error"] * table["treated"]
    table["low"], table["high"] = table["extra_margin"] - reach, table["extra_margin"] + reach
    table["cost"] = table["campaign_id"].map(cost).astype(float)
    table["net"] = table["extra_margin"] - table["cost"]
    table["net_low"], table["net_high"] = table["net"] - reach, table["net"] + reach
    table["return"] = table["net"] / table["cost"].where(table["cost"] > 0)
    table["cost_to_break_even"] = table["extra_margin"] / table["treated"]
    return table.drop(columns=["effect", "standard_error"])


def realised_margin(transactions: ir.Table | None, as_of: date, *, otherwise: float) -> float:
    """Return the share of net revenue that was left after the cost of goods, or `otherwise` where cost is not known.

    Parameters
    ----------
    transactions : Table or None
        Standard table; without `cost` in any line, nothing is known.
    as_of : date
        Lines on or after it are not used.
    otherwise : float
        Assumed share.
    """
    if transactions is None or "cost" not in transactions.columns:
        return otherwise
    lines = lines_until(transactions, as_of)
    known = lines.filter(~lines.cost.isnull())  # noqa: PD003 (a column of Ibis)
    sums = known.aggregate(revenue=exact_sum(known.amount), cost=exact_sum(known.cost)).to_pyarrow().to_pylist()[0]
    revenue = float(sums["revenue"] or 0.0)
    return 1 - float(sums["cost"]) / revenue if revenue > 0 else otherwise


def customers_needed(rate: float, effect: float, *, confidence: float = 0.95, power: float = 0.8) -> int:
    """Return how many customers each group must have so that an effect of this size is found with that power.

    Parameters
    ----------
    rate : float
        Share of those held back who respond.
    effect : float
        Difference to be found; not zero.
    confidence, power : float
        Of the two-sided test.

    Raises
    ------
    InputError
        When `effect` is zero or either share lies outside 0 to 1.

    References
    ----------
    Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, equation 4.14.

    Examples
    --------
    >>> customers_needed(0.30, 0.05)
    1377
    """
    treated = rate + effect
    if not (isfinite(effect) and effect != 0 and 0 <= rate <= 1 and 0 <= treated <= 1):
        what = f"no number of customers finds an effect of {effect:g} on a share of {rate:g}"
        raise InputError(Fault(what, where="effect", remedy="name a difference that can be there"))
    require_within({"confidence": confidence, "power": power}, low=0, high=1, low_open=True, high_open=True)
    by_chance, by_power = stats.norm.ppf(0.5 + confidence / 2), stats.norm.ppf(power)
    middle = (rate + treated) / 2
    alike = by_chance * np.sqrt(2 * middle * (1 - middle))
    apart = by_power * np.sqrt(rate * (1 - rate) + treated * (1 - treated))
    return ceil((float(alike + apart) / effect) ** 2)
