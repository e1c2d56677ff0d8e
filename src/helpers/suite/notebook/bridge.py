"""From revenue over contribution to economic profit: the same customers and months, other costs counted."""

from dataclasses import dataclass

import pandas as pd

from helpers.core.results import Ledger
from helpers.suite.notebook.assumptions import in_client_words

_CLOSE = 0.05  # of a unit of money: amounts are rounded to hundredths, and sums of several are no closer


@dataclass(frozen=True)
class Step:
    """One line of the bridge.

    Parameters
    ----------
    label : str
        As the reader sees it.
    result : str
        Named result it shows.
    sign : int
        1 adds, -1 takes away, 0 states a sum reached.
    """

    label: str
    result: str
    sign: int


STEPS = (
    Step("List revenue", "list_revenue", 1),
    Step("Less discounts", "discounts", -1),
    Step("Less cost of goods", "cost_of_goods", -1),
    Step("Less serving, at one cost per order", "cost_to_serve_orders", -1),
    Step("Contribution", "contribution", 0),
    Step("Serving at one cost per order, taken back", "cost_to_serve_orders", 1),
    Step("Less serving, activity by activity", "profit_from_cost_to_serve", -1),
    Step("Less expected loss on credit", "profit_from_expected_loss", -1),
    Step("Less charge for capital", "profit_from_capital_charge", -1),
    Step("Economic profit", "economic_profit", 0),
)
OTHERWISE = "Counted otherwise by the two chapters"
"""What the steps do not explain, such as costs of customers who never bought."""


def value_bridge(results: Ledger) -> pd.DataFrame:
    """Lead from revenue to economic profit.

    Parameters
    ----------
    results : Ledger
        Of the chapters of one run.

    Returns
    -------
    DataFrame
        One row per step: `step`, `amount` (study currency), `assumed` (parameters it rests on, in words). No rows
        unless the run knows contribution and economic profit both.

    Examples
    --------
    >>> value_bridge(Ledger()).empty
    True
    """
    columns = ["step", "amount", "assumed"]
    amounts = {step.result: _amount(results, step.result) for step in STEPS}
    if any(amount is None for amount in amounts.values()):
        return pd.DataFrame(columns=columns)
    rows: list[tuple[str, float, str]] = []
    running = 0.0
    for step in STEPS:
        amount = amounts[step.result] or 0.0
        if step.sign and not amount:
            continue
        assumed = in_client_words(results[step.result].assumed)
        if step.sign:
            running += step.sign * amount
            rows.append((step.label, step.sign * amount, assumed))
            continue
        if abs(amount - running) > _CLOSE:
            rows.append((OTHERWISE, round(amount - running, 2), ""))
        running = amount
        rows.append((step.label, amount, assumed))
    return pd.DataFrame(rows, columns=columns)


def _amount(results: Ledger, name: str) -> float | None:
    value = results[name].value if name in results else None
    return float(value) if isinstance(value, int | float) else None
