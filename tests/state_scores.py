"""How well living and lost customers of the simulated company are told apart: the table beside its study.

`python -m tests.state_scores` makes ten companies, finds the states of their customers without labels, scores them with
the truth, and writes `data/simulated/states_by_seed.csv`. It takes a few minutes.
"""

import tempfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import ibis
import numpy as np
import pandas as pd

from helpers.simulation import read_parameters, simulate
from helpers.value import calibration_error, learn_states

FOLDER = Path(__file__).resolve().parents[1] / "data" / "simulated"
TABLE, README = FOLDER / "states_by_seed.csv", FOLDER / "README.md"
SEEDS = tuple(range(1, 11))
CUSTOMERS, FIXED_DAYS, DIGITS = 800, 90, 4
AS_OF = date(2026, 1, 1)


def score_states(seeds: Iterable[int], customers: int = CUSTOMERS) -> pd.DataFrame:
    """Return the score of the states, and of ninety days for everybody, of one company per seed.

    Parameters
    ----------
    seeds : iterable of int
        Seeds of the company.
    customers : int
        Customers of each company.

    Returns
    -------
    DataFrame
        One row per seed: the rule, customers, those living in truth and by the model with its interval; shares and the
        balanced accuracy of `score_lost`, the same with ninety fixed days (`fixed_…`); the calibration error of
        P(alive), in ten groups of equal size.
    """
    return pd.DataFrame([_score_one(seed, customers) for seed in seeds])


def score_lost(lost: np.ndarray, gone: np.ndarray) -> dict[str, float]:
    """Return the share of living customers called lost, that of gone ones not called so, and the balanced accuracy."""
    living, missed = float(lost[~gone].mean()), float((~lost)[gone].mean())
    return {
        "living_called_lost_share": living,
        "gone_called_alive_share": missed,
        "balanced_accuracy": 1 - (living + missed) / 2,
    }


def _score_one(seed: int, customers: int) -> dict[str, object]:
    changes = {"seed": seed, "customers": customers}
    with tempfile.TemporaryDirectory() as folder:
        company = simulate(read_parameters(FOLDER / "company.yml", changes), Path(folder))
        lines = pd.read_parquet(company.folder / "tables" / "transactions.parquet")
        truth = pd.read_parquet(company.folder / "truth" / "customers.parquet").set_index("customer_id")
    learning = learn_states(ibis.memtable(lines[["customer_id", "order_id", "time", "amount"]]), AS_OF)
    found = learning.customers
    gone = ~truth["alive"].reindex(found.index).to_numpy(dtype=bool)
    count, low, high = learning.living_customers()
    silent = (learning.history["days_since_last"] > FIXED_DAYS).to_numpy()
    fixed = {f"fixed_{name}": value for name, value in score_lost(silent, gone).items()}
    row = score_lost((found["state"] == "lost").to_numpy(), gone) | fixed
    row["calibration_error"] = calibration_error(gone, 1 - found["probability_alive"].to_numpy())
    counts = {"customers": len(found), "living": int((~gone).sum())}
    counts |= {"living_by_model": count, "living_low": low, "living_high": high}
    rounded = {name: round(value, DIGITS) for name, value in row.items()}
    return {"seed": seed, "rule": learning.rule, **counts, **rounded}


def as_markdown(scores: pd.DataFrame) -> str:
    """Return the table of the README."""
    head = (
        "| seed | customers | living | by the model (interval) | living called lost | gone not called lost | balanced "
        "accuracy | calibration error | 90 days: living called lost | gone not called lost | balanced accuracy |"
    )
    lines = [head, "|" + "---|" * 11]
    for row in scores.itertuples():
        counts = f"{row.customers} | {row.living} | {row.living_by_model} ({row.living_low} to {row.living_high})"
        own = f"{row.living_called_lost_share:.3f} | {row.gone_called_alive_share:.3f} | {row.balanced_accuracy:.3f}"
        fixed = (
            f"{row.fixed_living_called_lost_share:.3f} | {row.fixed_gone_called_alive_share:.3f} | "
            f"{row.fixed_balanced_accuracy:.3f}"
        )
        lines.append(f"| {row.seed} | {counts} | {own} | {row.calibration_error:.3f} | {fixed} |")
    return "\n".join(lines)


if __name__ == "__main__":
    scores = score_states(SEEDS)
    scores.to_csv(TABLE, index=False, lineterminator="\n")
    print(as_markdown(scores))
