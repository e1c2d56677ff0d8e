"""What one of each activity costs: stated, or what the books say it cost divided by how often it was done."""

import numpy as np
import pandas as pd

from helpers.core.checks import require_columns
from helpers.core.errors import Fault, InputError, counted, nearest, some_of
from helpers.value.profitability.drivers import DRIVERS, CostDrivers

STATED, MEASURED, RECORDED = "assumed", "from the books", "recorded"


def set_unit_costs(drivers: CostDrivers, pools: pd.DataFrame | None = None) -> pd.DataFrame:
    """Set the unit cost of each activity and the range it is believed to lie in.

    Parameters
    ----------
    drivers : CostDrivers
        Activities, with stated unit costs or a reference to the pools.
    pools : DataFrame, optional
        Cost pools, one row per activity and year: activity, quantity, cost (study currency).

    Returns
    -------
    DataFrame
        In the order of the file: activity, driver, unit_cost, low, high (study currency), basis (`assumed`, `from the
        books` or `recorded`). The range of a unit cost from the books reaches from its cheapest to its dearest year.

    Raises
    ------
    InputError
        When unit costs are to follow from pools that are missing, negative or empty.

    References
    ----------
    Cooper and Kaplan (1991), "Profit priorities from activity-based costing", Harvard Business Review 69(3), 130-135.

    Examples
    --------
    >>> from helpers.value.profitability.drivers import Activity
    >>> drivers = CostDrivers("shop", "", "", (Activity("visit", "counted", None),))
    >>> pools = pd.DataFrame({"activity": "visit", "year": [1, 2], "quantity": [40, 60], "cost": [4000.0, 7200.0]})
    >>> set_unit_costs(drivers, pools)[["activity", "unit_cost", "low", "high"]]
      activity  unit_cost    low   high
    0    visit      112.0  100.0  120.0
    """
    rates = _rates(drivers, pools)
    rows = []
    for activity in drivers.activities:
        unit_cost, low, high = activity.unit_cost, activity.low, activity.high
        basis = RECORDED if DRIVERS[activity.driver].is_money else STATED
        if unit_cost is None:
            unit_cost, low, high = rates[activity.name]
            basis = MEASURED
        low, high = (unit_cost, unit_cost) if low is None or high is None else (low, high)
        rows.append((activity.name, activity.driver, unit_cost, low, high, basis))
    return pd.DataFrame(rows, columns=["activity", "driver", "unit_cost", "low", "high", "basis"])


def _rates(drivers: CostDrivers, pools: pd.DataFrame | None) -> dict[str, tuple[float, float, float]]:
    wanted = [activity.name for activity in drivers.activities if activity.unit_cost is None]
    if not wanted:
        return {}
    if pools is None:
        what = f"unit costs of {', '.join(wanted)} are to follow from the cost pools, which are missing"
        raise InputError(Fault(what, "cost_pools", "", "add cost_pools to the study, or state the unit costs"))
    require_columns(pools.columns, ("activity", "quantity", "cost"), where="cost_pools")
    numbers = pools[["quantity", "cost"]].to_numpy(dtype=np.float64)
    wrong = pools.loc[(~np.isfinite(numbers) | (numbers < 0)).any(axis=1), "activity"].tolist()
    if wrong:
        what = f"no or a negative quantity or cost in {counted(len(wrong), 'row')} (by activity): {some_of(wrong)}"
        raise InputError(Fault(what, "cost_pools", "0 or more", remedy="correct these cost pools"))
    used = pools.assign(activity=pools["activity"].astype(str))
    used = used[used["quantity"] > 0]
    totals = used.groupby("activity")[["cost", "quantity"]].sum()
    yearly = (used["cost"] / used["quantity"]).groupby(used["activity"]).agg(["min", "max"])
    faults = [_without_pool(name, list(totals.index)) for name in wanted if name not in totals.index]
    if faults:
        raise InputError(faults)
    mean = totals["cost"] / totals["quantity"]
    return {name: (float(mean[name]), float(yearly["min"][name]), float(yearly["max"][name])) for name in wanted}


def _without_pool(name: str, known: list[str]) -> Fault:
    match = nearest(name, known)
    remedy = f"is it called {match!r} there?" if match else "state its unit cost"
    return Fault(
        f"activity {name!r} was never done according to the cost pools", "cost_pools", ", ".join(known), remedy
    )
