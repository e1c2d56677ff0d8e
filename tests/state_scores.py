"""How well living and lost customers of the simulated company are distinguished: the table beside its study.

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
from helpers.value import AlarmRule, calibration_error, learn_states, score_alarm, score_call

FOLDER = Path(__file__).resolve().parents[1] / "data" / "simulated"
TABLE, README = FOLDER / "states_by_seed.csv", FOLDER / "README.md"
SEEDS = tuple(range(1, 11))
CUSTOMERS, FIXED_DAYS, DIGITS = 800, 90, 4
AS_OF = date(2026, 1, 1)
ALARM = AlarmRule(least_gaps=5, alarm_share=0.10, volume_days=28)


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
        P(alive), in ten groups of equal size; of the alarm the share of living regular customers it rings for, the days
        it rings sooner than a fixed rule that is false as often, and that share and those days for ninety fixed days.
    """
    return pd.DataFrame([_score_one(seed, customers) for seed in seeds])


def score_lost(lost: np.ndarray, gone: np.ndarray) -> dict[str, float]:
    """Return the share of living customers called lost, that of gone ones not called so, and the balanced accuracy."""
    score = score_call(lost, gone)
    return {
        "living_called_lost_share": score.living_called_gone_share,
        "gone_called_alive_share": score.gone_missed_share,
        "balanced_accuracy": score.balanced_accuracy,
    }


def _score_one(seed: int, customers: int) -> dict[str, object]:
    changes = {"seed": seed, "customers": customers}
    with tempfile.TemporaryDirectory() as folder:
        company = simulate(read_parameters(FOLDER / "company.yml", changes), Path(folder))
        lines = pd.read_parquet(company.folder / "tables" / "transactions.parquet")
        truth = pd.read_parquet(company.folder / "truth" / "customers.parquet").set_index("customer_id")
    table = ibis.memtable(lines[["customer_id", "order_id", "time", "amount"]])
    learning = learn_states(table, AS_OF)
    known = truth["dropped_out_on"].rename("left_on").reset_index()
    alarm = score_alarm(table, AS_OF, ALARM, known, fixed_days=FIXED_DAYS)
    found = learning.customers
    gone = ~truth["alive"].reindex(found.index).to_numpy(dtype=bool)
    count, low, high = learning.living_customers()
    silent = (learning.history["days_since_last"] > FIXED_DAYS).to_numpy()
    fixed = {f"fixed_{name}": value for name, value in score_lost(silent, gone).items()}
    row = score_lost((found["state"] == "lost").to_numpy(), gone) | fixed
    row["calibration_error"] = calibration_error(gone, 1 - found["probability_alive"].to_numpy())
    counts = {"customers": len(found), "living": int((~gone).sum())}
    counts |= {"living_by_model": count, "living_low": low, "living_high": high}
    row |= {"alarm_false_alarm_rate": alarm.false_alarm_rate, "alarm_lead_time_days": alarm.lead_time_days}
    row |= {"fixed_false_alarm_rate": alarm.fixed_false_alarm_rate, "lead_over_fixed_days": alarm.lead_over_fixed_days}
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


def alarms_as_markdown(scores: pd.DataFrame) -> str:
    """Return the second table of the README, on the alarm."""
    head = (
        "| seed | alarm rings for living | days sooner than a rule false as often | 90 days: rings for living | "
        "days sooner |"
    )
    lines = [head, "|" + "---|" * 5]
    for row in scores.itertuples():
        own = f"{row.alarm_false_alarm_rate:.3f} | {row.alarm_lead_time_days:.0f}"
        lines.append(f"| {row.seed} | {own} | {row.fixed_false_alarm_rate:.3f} | {row.lead_over_fixed_days:.0f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    scores = score_states(SEEDS)
    scores.to_csv(TABLE, index=False, lineterminator="\n")
    print(as_markdown(scores))
    print(alarms_as_markdown(scores))
