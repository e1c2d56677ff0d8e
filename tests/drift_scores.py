"""How soon a planted drift of the simulated company is flagged: the table beside its study.

`python -m tests.drift_scores` simulates forty campaigns in sequence for each of forty companies, in which a parameter
changes after the twentieth, or none does, and writes `data/simulated/drift_by_seed.csv`: the campaign after which the
watch of chapter 43 flags a drift.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from helpers import interaction
from helpers.simulation import campaigns_in_sequence, read_parameters

FOLDER = Path(__file__).resolve().parents[1] / "data" / "simulated"
TABLE = FOLDER / "drift_by_seed.csv"
SEEDS = tuple(range(1, 41))
CHANGED_AFTER, OFFER = 20, "offer"
CHANGES: dict[str, dict[str, float]] = {
    "unchanged": {},
    "orders_half": {"orders": 0.5},
    "orders_eight_tenths": {"orders": 0.8},
    "effect_gone": {"effect": 0.0},
    "effect_half": {"effect": 0.5},
}


def flagged_after(seed: int, changes: Mapping[str, float], *, customers: int = 2000, runs: int = 1000) -> int | None:
    """Return the campaign after which drift is flagged, None where it is not."""
    parameters = read_parameters(FOLDER / "company.yml", {"seed": seed, "customers": customers})
    sequence = campaigns_in_sequence(parameters, offer=OFFER, change_after=CHANGED_AFTER, changes=changes)
    batches = [part for _, part in sequence.groupby("campaign")]
    expected, actual = ([part[name].to_numpy() for part in batches] for name in ("expected", "actual"))
    return interaction.watch_drift(expected, actual, seed=seed, runs=runs).flagged_after


def score_drift(seeds: Iterable[int]) -> pd.DataFrame:
    """Return the campaign of the flag by seed and change."""
    rows = [{name: flagged_after(seed, changes) for name, changes in CHANGES.items()} for seed in seeds]
    return pd.DataFrame(rows, index=pd.Index(seeds, name="seed"), dtype="Int64")


def summarise(scores: pd.DataFrame) -> pd.DataFrame:
    """Return by change how many sequences were flagged before it, after it and never, and how many campaigns later."""
    early = (scores <= CHANGED_AFTER).sum()
    later = scores.where(scores > CHANGED_AFTER) - CHANGED_AFTER
    return pd.DataFrame(
        {"before": early, "after": later.notna().sum(), "never": scores.isna().sum(), "median": later.median()}
    )


if __name__ == "__main__":
    scored = score_drift(SEEDS)
    scored.to_csv(TABLE, lineterminator="\n")
    print(summarise(scored))
