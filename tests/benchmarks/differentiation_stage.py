"""All that chapters 13 and 20 to 24 ask of the lines of transactions, and what is then worked out from the answers."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers import differentiation
from helpers.core.periods import customers_by_period, measure_coverage, periods_before
from helpers.core.returns import purchase_lines
from helpers.differentiation import loyalty
from helpers.identification import summarise_customers, summarise_purchase_days
from helpers.value import learn_states, purchase_history

MONTHS, HELD_DAYS = 6, 91


def questions(lines: ir.Table, products: ir.Table, segments: pd.Series, as_of: date) -> dict[str, Callable[[], Any]]:
    """Return the questions to the database by name: each is one aggregation of the lines or two."""
    blocks = differentiation.blocks_before(as_of, months=MONTHS)
    halves, quarters = (periods_before(as_of, months=months, count=12 // months) for months in (MONTHS, 3))
    return {
        "customers": lambda: summarise_customers(lines, as_of).to_pandas(),
        "customers_before": lambda: summarise_customers(lines, blocks[len(blocks) // 2].start).to_pandas(),
        "coverage": lambda: measure_coverage(lines, as_of),
        "halves": lambda: customers_by_period(lines, halves),
        "quarters": lambda: customers_by_period(lines, quarters),
        "cohorts": lambda: differentiation.follow_cohorts(lines, as_of),
        "blocks": lambda: differentiation.spend_by_block(lines, blocks),
        "days": lambda: summarise_purchase_days(lines, as_of).to_pyarrow().to_pandas(),
        "products": lambda: differentiation.profile_purchases(purchase_lines(lines, as_of), products, segments),
    }


def questions_of_brands(lines: ir.Table, products: ir.Table, as_of: date) -> dict[str, Callable[[], Any]]:
    """Return what chapters 22 and 24 ask: which brand on which occasion, and what, when and how everybody buys."""

    def brands() -> pd.DataFrame:
        bought = loyalty.brands_bought(lines, products, as_of)
        return loyalty.count_by_brand(bought, as_of)

    def behaviour() -> pd.DataFrame:
        return differentiation.summarise_behaviour(lines, as_of, products=products).table

    return {"brands": brands, "behaviour": behaviour}


def questions_of_states(lines: ir.Table, as_of: date) -> dict[str, Callable[[], Any]]:
    """Return what chapter 23 asks: histories of purchases, the same with a part held back, and purchases by period."""
    held_from = as_of - timedelta(days=HELD_DAYS)
    return {
        "histories": lambda: purchase_history(lines, as_of=as_of).to_pyarrow().to_pandas(),
        "held back": lambda: purchase_history(lines, as_of=as_of, holdout_from=held_from).to_pyarrow().to_pandas(),
        "phases": lambda: differentiation.count_purchases(lines, as_of),
    }


def count_states(lines: ir.Table, as_of: date) -> int:
    """Learn the states from the lines, as chapter 23 does, and return how many customers have one."""
    return len(learn_states(lines, as_of).customers)


def segments_of(customers: pd.DataFrame) -> pd.Series:
    """Return the segment of each customer of a summary."""
    indexed = customers.set_index("customer_id")
    scores = differentiation.RfmScorer().fit(indexed).transform(indexed)
    return differentiation.assign_segments(scores, indexed["tenure_days"])


def work_out(answers: dict[str, Any], as_of: date, *, draws: int = 19) -> dict[str, int]:
    """Do what the chapters do with the answers, and return how many customers stand in each result."""
    customers = answers["customers"].set_index("customer_id")
    revenue, rng = customers["revenue"], np.random.default_rng(1)
    blocks = differentiation.blocks_before(as_of, months=MONTHS)
    quarters = periods_before(as_of, months=3, count=4)
    differentiation.bootstrap_gini(revenue, rng, resamples=99)
    differentiation.compare_measures(customers[["revenue", "orders"]].astype(float))
    differentiation.follow_concentration(answers["quarters"], quarters)
    differentiation.bootstrap_share_change(answers["quarters"], 0, 3, rng, resamples=draws)
    differentiation.bootstrap_decomposition(answers["halves"], rng, resamples=99)
    differentiation.sum_periods(answers["cohorts"])
    stability = differentiation.measure_segment_stability(answers["days"], as_of, rng, draws=draws)
    spend = differentiation.judge_spend_changes(answers["blocks"], customers["first_time"], blocks, rng)
    return {
        "classes": len(differentiation.classify_abc(revenue)),
        "sales_groups": len(differentiation.sort_into_sales_groups(revenue)),
        "stability": len(stability.customers),
        "spend": len(spend.customers),
    }
