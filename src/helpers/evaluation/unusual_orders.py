"""Single orders unlike those of their account and those of its peers."""

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.any_engine import median_of, quantile_of, rows_beside
from helpers.core.checks import require_within
from helpers.core.lines import exact_sum
from helpers.evaluation.robust_scores import ALL, TO_SIGMA
from helpers.evaluation.unusual_accounts import LEAST_EARLY, LEAST_SPREAD

LEAST_STAKE = 0.5
"""A price cut counts where it gave up at least half of what the account usually orders: pennies are no matter."""

_PRIOR_ORDERS = 10
_UPPER, _UPPER_IN_SIGMA = 0.9, 1.2816
_LEAST_SPREADS = {"value": LEAST_SPREAD, "cut": 0.02}


def unusual_orders(
    orders: ir.Table, peers: "pd.Series[str]", *, limit: float = 3.5, most: int = 100
) -> tuple[pd.DataFrame, int]:
    """Return the orders that are unlike the account's own and unlike those of its peers, the most unusual first.

    Parameters
    ----------
    orders : ibis Table
        From `helpers.evaluation.order_table`.
    peers : Series of str
        From `helpers.evaluation.peer_groups`.
    limit : float
        Score from which an order is unusual.
    most : int
        Rows returned.

    Returns
    -------
    frame : DataFrame
        One row per order: customer_id, order_id, time, bought, usual_bought (the account's median), returned,
        value_score and, where cuts are known, price_cut_share, usual_cut_share, cut_score. A score is the lesser of two
        robust z-scores, against the account's own orders and against the orders of its peers, so that only what is
        unlike both counts: of the logarithm of what was bought, and of the cut. Accounts of fewer than four orders have
        no habit of their own and are left out. The own spread counts together with ten orders of the usual own spread;
        that of the peers is taken from the highest tenth where their orders reach further up than down. Cuts below
        `LEAST_STAKE` have no score.
    count : int
        How many orders reach the limit.
    """
    require_within({"limit": limit}, low=0, high=1e6, low_open=True)
    groups = pd.DataFrame({"customer_id": peers.index, "peers": peers.to_numpy(dtype=object).astype(str)})
    placed = orders.filter(orders["bought"] > 0).join(rows_beside(groups, orders), "customer_id")
    placed = placed.mutate(value=placed["bought"].ln(), of_account=placed.count().over(group_by="customer_id"))
    if "reduction" in orders.columns:
        placed = placed.mutate(cut=placed["reduction"] / placed["list_value"].nullif(0))
    placed = placed.filter(placed["of_account"] > LEAST_EARLY)
    measures = [name for name in _LEAST_SPREADS if name in placed.columns]
    usual = pd.concat([_usual_of_accounts(placed, name) for name in measures], axis=1).reset_index()
    if usual.empty:
        return pd.DataFrame(columns=[*_COLUMNS["value"][:4], "returned", "value_score"]), 0
    scored = placed.join(rows_beside(usual, orders), "customer_id")
    scored = scored.mutate(**{f"{name}_score": _lesser_score(scored, name) for name in measures})
    worst = ibis.greatest(0.0, *(ibis.coalesce(scored[f"{name}_score"], 0.0) for name in measures))
    reached = scored.mutate(worst=worst).filter(worst >= limit)
    reached = reached.mutate(usual_bought=reached["usual_value"].exp())
    if "cut" in measures:
        reached = reached.rename(price_cut_share="cut", usual_cut_share="usual_cut")
    kept = reached.order_by(ibis.desc("worst"), "customer_id", "order_id").limit(most)
    frame = kept.select(*(name for measure in measures for name in _COLUMNS[measure])).to_pyarrow().to_pandas()
    return frame, int(reached.count().to_pyarrow().as_py())


_COLUMNS = {
    "value": ["customer_id", "order_id", "time", "bought", "usual_bought", "returned", "value_score"],
    "cut": ["price_cut_share", "usual_cut_share", "cut_score"],
}


def _lesser_score(orders: ir.Table, name: str) -> ir.FloatingColumn:
    own = (orders[name] - orders[f"usual_{name}"]) / orders[f"spread_{name}"]
    peers = (orders[name] - orders[f"peer_usual_{name}"]) / orders[f"peer_spread_{name}"]
    lesser: ir.FloatingColumn = ibis.least(own, peers)
    if name == "cut":
        lesser = ibis.ifelse(orders["reduction"] >= LEAST_STAKE * orders["usual_value"].exp(), lesser, None)
    return lesser


def _usual_of_accounts(orders: ir.Table, name: str) -> pd.DataFrame:
    """Return by customer_id the median and spread of a column: of the account's orders, and of its peers' orders."""
    rows = orders.select("customer_id", "peers", "of_account", wanted=orders[name])
    account = _by(rows, "customer_id", peers=rows["peers"].min(), orders=rows.count(), usual=median_of(rows["wanted"]))
    account["peer_usual"] = _of_peers(rows, account["peers"])
    around = rows.join(rows_beside(account[["usual", "peer_usual"]].reset_index(), rows), "customer_id")
    own_away = median_of((around["wanted"] - around["usual"]).abs()) * TO_SIGMA
    own = _by(around, "customer_id", own_spread=own_away)["own_spread"].reindex(account.index)
    away = around.mutate(wanted=(around["wanted"] - around["peer_usual"]).abs())
    upper = (_of_peers(rows, account["peers"], _UPPER) - account["peer_usual"]) / _UPPER_IN_SIGMA
    least = _LEAST_SPREADS[name]
    variance = _PRIOR_ORDERS * own.median() ** 2 + account["orders"] * own**2
    found = {
        "usual": account["usual"],
        "peer_usual": account["peer_usual"],
        "spread": np.maximum((variance / (_PRIOR_ORDERS + account["orders"])) ** 0.5, least),
        "peer_spread": np.maximum(np.maximum(_of_peers(away, account["peers"]) * TO_SIGMA, upper), least),
    }
    return pd.DataFrame({f"{key}_{name}": column for key, column in found.items()})


def _by(rows: ir.Table, key: str, **measures: ir.Value) -> pd.DataFrame:
    frame: pd.DataFrame = rows.group_by(key).agg(**measures).to_pyarrow().to_pandas().set_index(key).sort_index()
    return frame


def _of_peers(rows: ir.Table, peers: "pd.Series[str]", part: float = 0.5) -> "pd.Series[float]":
    """Return for each account a quantile over the orders of its peers; of all orders for the group `ALL`."""
    found = _by(rows, "peers", quantile=quantile_of(rows["wanted"], part))["quantile"].to_dict()
    if ALL in found and len(found) > 1:
        found[ALL] = quantile_of(rows["wanted"], part).to_pyarrow().as_py()
    return peers.map(found).astype("float64")


def refunds_beyond_purchases(orders: ir.Table) -> pd.DataFrame:
    """Return accounts that took back more than they bought: customer_id, bought, returned; the largest excess first.

    Parameters
    ----------
    orders : ibis Table
        From `helpers.evaluation.order_table`.
    """
    sums = orders.group_by("customer_id").agg(
        bought=exact_sum(orders["bought"]), returned=exact_sum(orders["returned"])
    )
    beyond = sums.filter(sums["returned"] > sums["bought"])
    beyond = beyond.order_by(ibis.desc(beyond["returned"] - beyond["bought"]), "customer_id")
    frame: pd.DataFrame = beyond.to_pyarrow().to_pandas()
    return frame
