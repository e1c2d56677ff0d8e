"""What a monthly profit over a horizon counts, in words: the clause that belongs beside every such value.

The words are those of `ValueDefinition`, which defines the values that rest on a purchase model.
"""

from helpers.core.checks import require_within
from helpers.value.contribution.contribution import CostAssumptions


def define_monthly_value(profit: str, *, months: float, annual_rate: float, retention: float = 1.0) -> str:
    """Say what the present value of a monthly profit counts.

    Parameters
    ----------
    profit : str
        What of the money is counted; from `define_margin_of_bills` or `define_margin_of_lines`.
    months : float
        How long the profit goes on.
    annual_rate : float
        Discount rate per year.
    retention : float
        Share of customers taken to stay from one month to the next; one where the profit is taken to go on.

    Examples
    --------
    >>> define_monthly_value(define_margin_of_bills(0.4), months=24, annual_rate=0.1)
    'margin (40 % of the bill), over the next 24 months, discounted at 10 % per year, past excluded'
    >>> define_monthly_value("revenue", months=1, annual_rate=0)
    'revenue, over the next month, not discounted, past excluded'
    >>> define_monthly_value("revenue", months=12, annual_rate=0, retention=0.98)
    'revenue, over the next 12 months with 2 % leaving each month, not discounted, past excluded'
    """
    time = "month" if months == 1 else f"{months:g} months"
    time += f" with {100 * (1 - retention):.3g} % leaving each month" if retention < 1 else ""
    discount = f"discounted at {100 * annual_rate:g} % per year" if annual_rate else "not discounted"
    return f"{profit}, over the next {time}, {discount}, past excluded"


def define_margin_of_bills(margin: float) -> str:
    """Say what is counted where profit is a share of the bill, in 0..1."""
    require_within({"margin": margin}, low=0, high=1)
    return f"margin ({100 * margin:.3g} % of the bill)"


def define_margin_of_lines(costs: CostAssumptions, *, cost_known: bool) -> str:
    """Say what is counted where profit is what purchases leave.

    Parameters
    ----------
    costs : CostAssumptions
        How the contribution was worked out.
    cost_known : bool
        Whether the lines hold their cost, which then counts in place of an assumed margin.

    Examples
    --------
    >>> define_margin_of_lines(CostAssumptions(None, 1.5), cost_known=True)
    'margin (revenue less the cost on the lines and 1.50 an order)'
    >>> define_margin_of_lines(CostAssumptions(0.25), cost_known=False)
    'margin (25 % of revenue)'
    """
    goods = (
        "revenue less the cost on the lines" if cost_known else f"{100 * (costs.gross_margin or 0.0):.3g} % of revenue"
    )
    if not costs.cost_per_order:
        return f"margin ({goods})"
    joined = "and" if cost_known else "less"
    return f"margin ({goods} {joined} {costs.cost_per_order:,.2f} an order)"
