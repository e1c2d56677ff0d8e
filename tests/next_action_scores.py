"""What the list of next actions gains on the simulated company: the table beside its study.

`python -m tests.next_action_scores` makes ten companies, plans with what each of them sees, simulates the year after
with and without the contacts, and writes `data/simulated/actions_by_seed.csv`: the list against the same budget spent
at random, by past spend, and by value alone.
"""

import tempfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import ibis
import numpy as np
import pandas as pd

from helpers.interaction import (
    campaign_orders,
    choose_actions,
    expected_gains,
    measure_offers,
    order_contributions,
    spend_budget,
)
from helpers.simulation import gain_of_contacts, read_parameters, simulate

FOLDER = Path(__file__).resolve().parents[1] / "data" / "simulated"
TABLE = FOLDER / "actions_by_seed.csv"
SEEDS = tuple(range(11, 21))  # the rules of estimation were settled on seeds 1 to 10
CUSTOMERS, BUDGET_PER_CUSTOMER = 2000, 0.05
AS_OF = date(2026, 1, 1)
WAYS = ("random", "past_spend", "value")


def score_actions(seeds: Iterable[int], customers: int = CUSTOMERS, *, draws: int = 20) -> pd.DataFrame:
    """Return gains after cost of the list and of the three other ways to spend its budget, one row per seed."""
    return pd.DataFrame([_score_one(seed, customers, draws) for seed in seeds])


def _score_one(seed: int, customers: int, draws: int) -> dict[str, float]:
    parameters = read_parameters(FOLDER / "company.yml", {"seed": seed, "customers": customers})
    with tempfile.TemporaryDirectory() as folder:
        tables = simulate(parameters, Path(folder)).folder / "tables"
        lines, contacts, known = (
            pd.read_parquet(tables / f"{name}.parquet") for name in ("transactions", "contacts", "customers")
        )
    transactions, sent = (
        ibis.memtable(lines[["customer_id", "order_id", "time", "amount", "cost"]]),
        ibis.memtable(contacts),
    )
    offers = measure_offers(campaign_orders(transactions, sent, AS_OF))
    base = order_contributions(transactions, AS_OF)
    base = base.drop(index=known.loc[known["do_not_contact"], "customer_id"], errors="ignore")
    budget = BUDGET_PER_CUSTOMER * customers
    gains = expected_gains(base, offers)
    choice = choose_actions(gains, budget=budget)
    sums = lines.groupby("customer_id")[["amount", "cost"]].sum()
    margin = (1 - sums["cost"] / sums["amount"]).clip(-1, 1)
    row = {"seed": seed, "customers": customers, "budget": budget, "actions": len(choice.actions), "cost": choice.cost}
    row |= {"expected_gain": choice.expected_gain}
    plans = {"list": choice.actions}
    for way in WAYS:
        plans[way] = spend_budget(gains, base, way=way, budget=budget, rng=np.random.default_rng(seed))
    scored = {f"{name}_gain": gain_of_contacts(parameters, plan, margin, draws=draws) for name, plan in plans.items()}
    return row | {name: round(value, 2) for name, value in scored.items()}


if __name__ == "__main__":
    scores = score_actions(SEEDS)
    scores.to_csv(TABLE, index=False, lineterminator="\n")
    print(scores.to_string())
    print(scores.filter(like="gain").mean())
