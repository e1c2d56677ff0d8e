"""Which functions of the stages give the same results on which engine: the table of docs/engines.md.

DuckDB is the measure. `test_agreement.py` calls every function on every engine; what is not the same there stands here
with its reason, and the table is made of both: `python -m tests.engines.agreement` writes it.
"""

from tests.engines.differences import DOCUMENT, put_between
from tests.engines.stage_functions import CALLS, public_functions

ENGINES = ("sqlite", "postgres", "spark")
BEGIN, END = "<!-- agreement: begin -->", "<!-- agreement: end -->"
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("postgres", "find_early_adopters"): "more buyers count as early; the cause is open",
    ("postgres", "trace_customers"): "equal lines of one order stand in another order",
}
"""By engine and function: what differs, and why."""
NOT_YET_SEEN: dict[str, frozenset[str]] = {
    "sqlite": frozenset({"rebuy_claim"}),
    "postgres": frozenset(
        {
            "forecast_returns",
            "gather_baskets",
            "orders_by_day_part",
            "first_purchase_windows",
            "gather_purchases",
            "rebuy_claim",
            "customers_before",
            "follow_answers",
            "breadth_indicator",
            "shared_details",
        }
    ),
    "spark": frozenset(
        {
            "forecast_returns",
            "past_errors_of_total",
            "latest_spans",
            "measure_effort",
            "whole_history",
            "span_months",
            "gather_facts",
            "hold_out_profit",
            "gather_baskets",
            "recent_contacts",
            "orders_by_day_part",
            "third_windows",
            "first_purchase_windows",
            "spend_before",
            "campaign_orders",
            "order_contributions",
            "gather_purchases",
            "describe_items",
            "monthly_revenue",
            "pair_outcomes",
            "realised_margin",
            "campaign_pairs",
            "count_responses",
            "never_bought",
            "rebuy_claim",
            "satisfaction_claim",
            "first_days",
            "contact_features",
            "contributed",
            "margin_of",
            "cross_table of revenue",
            "cross_table of customers",
            "brought_after",
            "closed_leads",
            "worth_of_customers",
            "order_table",
            "account_habits",
            "orders_by_hour",
            "order_days",
            "read_price_list",
            "price_lines",
            "judge_prices",
            "price_by_product",
            "cohort_retention",
            "follow_answers",
            "whole_periods",
            "breadth_indicator",
            "control_group",
            "prior_spend",
            "shared_details",
            "unusual_orders",
            "refunds_beyond_purchases",
        }
    ),
}
"""By engine: functions whose results there have not been set beside DuckDB's since they were last changed."""
RELATIVE = 1e-9
"""How far apart numbers with decimals may be, of their size; counts, texts and days are the same."""


def as_markdown() -> str:
    """Return the table: a row for each function, a column for each engine."""
    modules = public_functions()
    lines = [["function", "module", *ENGINES], ["---"] * (2 + len(ENGINES))]
    for name in CALLS:
        found = [_said(engine, name) for engine in ENGINES]
        lines.append([f"`{name}`", modules[name.split(" of ")[0]], *found])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _said(engine: str, name: str) -> str:
    return "not yet run" if name in NOT_YET_SEEN[engine] else EXCEPTIONS.get((engine, name), "equal")


if __name__ == "__main__":
    put_between(DOCUMENT, BEGIN, END, as_markdown())
