"""How many fraudulent accounts of the simulated company a list of unusual ones holds: the table beside its study.

`python -m tests.anomalies_by_seed` makes ten companies of 20,000 customers, lists their unusual accounts without the
truth, by rules and by an isolation forest, scores the first fifty of each list with it, and writes
`data/simulated/anomalies_by_seed.csv` and its part of the README beside it. It takes about three minutes.
"""

import tempfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import ibis
import pandas as pd
from sklearn.ensemble import IsolationForest

from helpers import evaluation
from helpers.simulation import read_parameters, simulate

FOLDER = Path(__file__).resolve().parents[1] / "data" / "simulated"
TABLE, README = FOLDER / "anomalies_by_seed.csv", FOLDER / "README.md"
BEGIN, END = "<!-- anomalies: begin -->", "<!-- anomalies: end -->"
SEEDS = tuple(range(11, 21))
CUSTOMERS, AS_OF, TOP = 20_000, date(2026, 1, 1), 50
PEER_COLUMNS = ("kind", "sector")
PATTERNS = ("refunds", "bust_out", "night_orders", "discounts")
WAYS = {
    "rules": "by the rules",
    "forest": "by the forest, on habits",
    "forest_on_scores": "by the forest, on the scores of the rules",
}


def score_companies(seeds: Iterable[int], customers: int = CUSTOMERS) -> pd.DataFrame:
    """Return the precision of the first fifty accounts of each list, of one company per seed.

    Parameters
    ----------
    seeds : iterable of int
        Seeds of the company.
    customers : int
        Customers of each company.

    Returns
    -------
    DataFrame
        One row per seed: customers, known_cases (fraudulent accounts with a purchase), WAY_precision of each way, and
        by pattern the cases and those on the list by the rules.
    """
    return pd.DataFrame([_score_one(seed, customers) for seed in seeds])


def _score_one(seed: int, customers: int) -> dict[str, object]:
    changes = {"seed": seed, "customers": customers}
    with tempfile.TemporaryDirectory() as folder:
        company = simulate(read_parameters(FOLDER / "company.yml", changes), Path(folder)).folder
        lines = ibis.memtable(pd.read_parquet(company / "tables" / "transactions.parquet"))
        people = pd.read_parquet(company / "tables" / "customers.parquet")
        truth = pd.read_parquet(company / "truth" / "customers.parquet").set_index("customer_id")["fraud_pattern"]
        orders = evaluation.order_table(lines, AS_OF)
        habits = evaluation.account_habits(orders)
        peers = evaluation.peer_groups(habits, people, PEER_COLUMNS)
        habits["odd_hour_orders"] = evaluation.orders_at_odd_hours(evaluation.orders_by_hour(orders), peers)
    found = evaluation.judge_accounts(habits, peers)
    scores = found.frame[found.rules].reindex(habits.index).fillna(0.0)
    lists = {
        "rules": found.frame.index,
        "forest": _by_forest(evaluation.habit_shares(habits).fillna(0.0)),
        "forest_on_scores": _by_forest(scores),
    }
    pattern = truth.astype("object").reindex(habits.index)
    listed = pattern.loc[lists["rules"][:TOP]]
    row: dict[str, object] = {"seed": seed, "customers": customers, "known_cases": int(pattern.notna().sum())}
    row |= {f"{way}_precision": float(pattern.loc[ranked[:TOP]].notna().mean()) for way, ranked in lists.items()}
    for name in PATTERNS:
        row |= {f"{name}_cases": int((pattern == name).sum()), f"{name}_listed": int((listed == name).sum())}
    return row


def _by_forest(table: pd.DataFrame) -> pd.Index:
    forest = IsolationForest(n_estimators=200, random_state=1).fit(table)
    return pd.Series(-forest.score_samples(table), index=table.index).sort_values(ascending=False, kind="stable").index


def as_markdown(scores: pd.DataFrame) -> str:
    """Return the part of the README: precision by company, and over all of them with its interval."""
    rows = ["| seed | fraudulent accounts | " + " | ".join(WAYS.values()) + " |", "|" + "---|" * (2 + len(WAYS))]
    for row in scores.itertuples():
        shares = " | ".join(f"{getattr(row, f'{way}_precision'):.2f}" for way in WAYS)
        rows.append(f"| {row.seed} | {row.known_cases} | {shares} |")
    over_all = [evaluation.precision_of_companies(scores, way) for way in WAYS]
    shares = " | ".join(f"{one.estimate:.3f} ({one.low:.3f} to {one.high:.3f})" for one in over_all)
    rows.append(f"| mean (interval of 95 %) | {scores['known_cases'].mean():.1f} | {shares} |")
    sums = scores.sum()
    found = ", ".join(f"{name} {sums[f'{name}_listed']:.0f} of {sums[f'{name}_cases']:.0f}" for name in PATTERNS)
    chance = sums["known_cases"] / sums["customers"]
    rows += ["", f"Of the fraudulent accounts of all ten companies the lists by the rules held: {found}."]
    return "\n".join([*rows, f"A list drawn by lot would have a precision of {chance:.4f}."])


def write_readme(scores: pd.DataFrame) -> None:
    """Put the table between its two marks."""
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}\n{as_markdown(scores)}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    scores = score_companies(SEEDS)
    scores.to_csv(TABLE, index=False, lineterminator="\n")
    write_readme(scores)
    print(as_markdown(scores))
