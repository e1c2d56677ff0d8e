"""Questionnaires whose weights and paths are known: for tests, and for the coverage of intervals."""

import numpy as np
import pandas as pd

from helpers.evaluation.satisfaction import PathModel

PARTS = ["reliability", "responsiveness", "assurance", "empathy", "tangibles"]
PERSONS, FIRMS = [0.28, 0.18, 0.08, 0.14, 0.12], [0.38, 0.24, 0.12, 0.04, 0.02]
HIDDEN = 0.20
MODEL = PathModel(
    {"image": ("i1", "i2", "i3"), "quality": ("q1", "q2"), "loyalty": ("l1", "l2", "l3")},
    (("image", "quality"), ("image", "loyalty"), ("quality", "loyalty")),
)


def asked(
    seed: int, *, customers: int = 400, waves: int = 2, hidden: float = HIDDEN, weights: list[float] | None = None
) -> tuple[pd.DataFrame, pd.Series]:
    """Return questionnaires whose weights are known, and the kind of each customer: half persons, half firms."""
    rng = np.random.default_rng(seed)
    firm = np.arange(customers) % 2 == 1
    common, not_asked = rng.normal(0, 0.77, customers), rng.normal(7, 1.4, customers)
    frames = []
    for wave in range(waves):
        scores = (7 + common[:, None] + rng.normal(0, 1.17, (customers, 5))).round().clip(1, 10)
        by_kind = np.where(firm[:, None], weights or FIRMS, weights or PERSONS)
        overall = (scores * by_kind).sum(axis=1) + hidden * not_asked + (0.2 - hidden) * 7
        frame = pd.DataFrame(scores, columns=PARTS)
        frame["overall"] = (overall + rng.normal(0, 0.5, customers)).round().clip(1, 10)
        frame["time"] = pd.Timestamp("2023-01-10") + pd.DateOffset(years=wave)
        frames.append(frame.assign(customer_id=[f"C{one:04d}" for one in range(customers)]))
    kinds = pd.Series(np.where(firm, "firm", "person"), [f"C{one:04d}" for one in range(customers)])
    return pd.concat(frames, ignore_index=True), kinds


def questionnaires(seed: int = 1, count: int = 300) -> pd.DataFrame:
    """Return answers to the questions of `MODEL`: image leads to quality, and both to loyalty."""
    rng = np.random.default_rng(seed)
    image = rng.normal(size=count)
    quality = 0.6 * image + 0.8 * rng.normal(size=count)
    loyalty = 0.3 * image + 0.5 * quality + 0.7 * rng.normal(size=count)
    blocks = {"i": (image, 3), "q": (quality, 2), "l": (loyalty, 3)}
    return pd.DataFrame(
        {
            f"{k}{n + 1}": score + 0.6 * rng.normal(size=count)
            for k, (score, size) in blocks.items()
            for n in range(size)
        }
    )
