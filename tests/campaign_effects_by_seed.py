"""How well the effects of campaigns are found in the simulated company: the table beside its study.

`python -m tests.campaign_effects_by_seed` makes the company of the parameter file with two hundred seeds, takes the
difference between customers contacted and held back, sets it beside the true mean effect on those chosen, and writes
`data/simulated/campaign_effects_by_seed.csv` and the section on it in `data/simulated/README.md`. It takes a minute.
"""

import tempfile
from collections.abc import Iterable
from pathlib import Path

import ibis
import pandas as pd

from helpers import evaluation
from helpers.evaluation import campaign_effects, campaign_pairs
from helpers.simulation import read_parameters, simulate

FOLDER = Path(__file__).resolve().parents[1] / "data" / "simulated"
TABLE, README = FOLDER / "campaign_effects_by_seed.csv", FOLDER / "README.md"
SEEDS = range(1, 201)
DIGITS = 4
BEGIN, END = "<!-- campaign effects: begin -->\n", "<!-- campaign effects: end -->\n"


def score_effects(seeds: Iterable[int], *, customers: int | None = None) -> pd.DataFrame:
    """Return effects found and true, one row per seed and campaign, and one per seed over all.

    Parameters
    ----------
    seeds : iterable of int
        Of the company.
    customers : int, optional
        Size of the company; as the parameter file says where it is not given.
    """
    return pd.concat([_score_one(seed, customers) for seed in seeds], ignore_index=True)


def _score_one(seed: int, customers: int | None) -> pd.DataFrame:
    size = {} if customers is None else {"customers": customers}
    parameters = read_parameters(FOLDER / "company.yml").model_copy(update={"seed": seed, **size})
    with tempfile.TemporaryDirectory() as folder:
        made = simulate(parameters, Path(folder)).folder
        contacts, responses = (
            ibis.read_parquet(made / "tables" / f"{name}.parquet") for name in ("contacts", "responses")
        )
        pairs = campaign_pairs(contacts, responses, parameters.as_of)
        truth = pd.read_parquet(made / "truth" / "campaign_effects.parquet")
    effects = campaign_effects(pairs).drop(columns=["campaign_type", "sign"])
    found = evaluation.score_effects(effects, pairs, truth)
    return found.round(DIGITS).assign(seed=seed)[["seed", *found.columns]]


def section(scores: pd.DataFrame) -> str:
    """Return the table of the guide: one row per campaign, means over the seeds."""
    rows = ["| campaign | true effect | found, mean | found, lowest to highest | intervals that hold the truth |"]
    rows.append("|---|---|---|---|---|")
    order = [name for name in scores["campaign_id"].unique() if name != "all"]
    for name in [*order, "all"]:
        part = scores[scores["campaign_id"] == name]
        ends = f"{_points(part['effect'].min())} to {_points(part['effect'].max())}"
        held = f"{part['holds_truth'].sum()} of {len(part)}"
        means = _points(part["true_effect"].mean()), _points(part["effect"].mean())
        rows.append(f"| {name.replace('_', ' ')} | {' | '.join(means)} | {ends} | {held} |")
    return "\n".join(rows) + "\n"


def _points(share: float) -> str:
    return f"{100 * share:.1f}".replace("-", "−")


if __name__ == "__main__":
    scored = score_effects(SEEDS)
    scored.to_csv(TABLE, index=False, lineterminator="\n")
    text = README.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    README.write_text(f"{before}{BEGIN}{section(scored)}{END}{after}", encoding="utf-8", newline="\n")
