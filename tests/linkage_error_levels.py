"""How well records of the simulated company are linked as they hold more errors: the table beside its study.

`python -m tests.linkage_error_levels` makes the company at each error level, links its records without labels, scores
the result with the truth, and writes `data/simulated/linkage_by_error_level.csv`. It takes a few minutes.
"""

import tempfile
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from helpers.identification.linkage import link_records, score_clusters
from helpers.simulation import read_parameters, simulate

FOLDER = Path(__file__).resolve().parents[1] / "data" / "simulated"
TABLE = FOLDER / "linkage_by_error_level.csv"
LEVELS = (0.0, 0.02, 0.04, 0.08, 0.12, 0.2)
DIGITS = 4


def link_at(error_levels: Iterable[float]) -> pd.DataFrame:
    """Return the score of the linkage at each error level.

    Parameters
    ----------
    error_levels : iterable of float
        Values of `systems.error_level`: chance of a typing error per field, and the scale of the other errors.

    Returns
    -------
    DataFrame
        One row per level: records, true and found customers, precision, recall and f1 with the ends of their 95 %
        intervals, and the match probability from which records were linked.
    """
    return pd.DataFrame([_link_one(level) for level in error_levels])


def _link_one(error_level: float) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        company = simulate(read_parameters(FOLDER / "company.yml", {"systems.error_level": error_level}), Path(folder))
        records = pd.read_parquet(company.folder / "tables" / "customer_records.parquet")
        truth = pd.read_parquet(company.folder / "truth" / "identity.parquet")
    truth = truth.rename(columns={"customer_id": "true_customer_id"})[["record_id", "true_customer_id"]]
    linkage = link_records(records)
    score = score_clusters(linkage.clusters, truth)
    row = {
        "error_level": error_level,
        "records": len(records),
        "true_customers": truth["true_customer_id"].nunique(),
        "customers_linked": linkage.customers,
    }
    for name in ("precision", "recall", "f1"):
        share = getattr(score, name)
        row |= {name: share.value, f"{name}_low": share.low, f"{name}_high": share.high}
    return {name: round(value, DIGITS) for name, value in row.items()}


if __name__ == "__main__":
    link_at(LEVELS).to_csv(TABLE, index=False, lineterminator="\n")
