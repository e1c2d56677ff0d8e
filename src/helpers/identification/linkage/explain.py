"""Why two records were linked, or were not: the match weight of any pair, field by field."""

from typing import Any

import numpy as np
import pandas as pd
from splink import Linker

from helpers.core.errors import Fault, InputError
from helpers.identification.linkage.backend import register_frame
from helpers.identification.linkage.household import allow_moving
from helpers.identification.linkage.linking import Linkage
from helpers.identification.linkage.scoring import home_fields, shared_fields
from helpers.identification.linkage.training import splink_to_log


def weakest_link(linkage: Linkage) -> tuple[tuple[str, str], tuple[str, str]] | None:
    """Return source and record id of the two records of one customer that the model was least sure of.

    None where no two records were linked.
    """
    customer = linkage.clusters["customer_id"].to_numpy()
    pairs = linkage.pairs
    linked = pairs[
        (customer[pairs["left"]] == customer[pairs["right"]]) & (pairs["match_probability"] >= linkage.threshold)
    ]
    if linked.empty:
        return None
    weakest = linked.sort_values(["match_weight", "left", "right"]).iloc[0]
    return (weakest["source_l"], weakest["record_id_l"]), (weakest["source_r"], weakest["record_id_r"])


def explain_weakest(linkage: Linkage) -> pd.DataFrame | None:
    """Return how the match weight of the link the model was least sure of comes about; None without any link."""
    weakest = weakest_link(linkage)
    return explain_pair(linkage, *weakest) if weakest else None


def loudest_field(parts: pd.DataFrame) -> str:
    """Return the field that speaks loudest for one customer, in words.

    Parameters
    ----------
    parts : pandas.DataFrame
        From `explain_pair`.

    Examples
    --------
    >>> names = ["share of pairs that are one customer", "last_name", "birth_date", "moved", "household", "total"]
    >>> loudest_field(pd.DataFrame({"part": names, "match_weight": [-9.0, 3.0, 8.0, 9.0, 0.0, 11.0]}))
    'birth date'
    """
    fields = parts.iloc[1:-3].set_index("part")["match_weight"]
    return str(fields.idxmax()).replace("_", " ")


def explain_pair(linkage: Linkage, left: tuple[str, str], right: tuple[str, str]) -> pd.DataFrame:
    """Return how the match weight of two records comes about.

    Parameters
    ----------
    linkage : Linkage
        From `link_records`.
    left, right : tuple of str
        Source and record id of the two records; they need not have been candidates.

    Returns
    -------
    pandas.DataFrame
        `part` (where the odds start, each field, what moving house gives back, what a household takes back, the
        total), `left` and `right` (values as compared), `agreement` (level reached), `match_weight` (bits; 1 bit
        doubles the odds). The last row is the sum of the others, and the weight in `linkage.pairs` where the pair was
        kept.

    Raises
    ------
    InputError
        When a record is not in the linkage.
    """
    rows = [_row(linkage, *record) for record in (left, right)]
    scored = _score_pair(linkage, rows)
    model, prepared = linkage.model, linkage.records
    shares = model.shares
    fields = []
    held = prepared.values(np.array(rows, dtype=np.int64))
    for field, comparison in zip(prepared.fields, model.settings["comparisons"], strict=True):
        weight = float(scored[f"mw_{field.name}"]) + float(scored.get(f"mw_tf_adj_{field.name}", 0.0))
        values = held[field.name].tolist()
        level = _level(comparison, int(scored[f"gamma_{field.name}"]))
        fields.append((field.name, field.column, *values, level, weight))
    shared = shared_fields(prepared)
    household = sum(weight for name, *_, weight in fields if name in shared) if shared else -np.inf
    discount = -np.logaddexp2(0.0, np.log2(shares.same_household / shares.strangers) + household)
    home = sum(weight for name, *_, weight in fields if name in home_fields(prepared))
    moving = float(allow_moving(np.array([home], dtype=float))[0])
    start = np.log2(shares.same_customer / shares.strangers)
    parts = [
        ("share of pairs that are one customer", None, None, None, float(start)),
        *(row[1:] for row in fields),
        ("may have moved house", None, None, None, moving),
        ("may be two people of one household", None, None, None, float(discount)),
    ]
    parts.append(("total", None, None, None, sum(weight for *_, weight in parts)))
    return pd.DataFrame(parts, columns=["part", "left", "right", "agreement", "match_weight"])


def _row(linkage: Linkage, source: str, record_id: str) -> int:
    keys = linkage.records.keys
    rows = np.flatnonzero((keys["source"] == str(source)) & (keys["record_id"] == str(record_id)))
    if not len(rows):
        sources = ", ".join(keys["source"].drop_duplicates())
        raise InputError(
            Fault(
                f"no record {record_id!r} in source {source!r}",
                where="pair",
                allowed=sources,
                remedy="name a record by its source and its id there",
            )
        )
    return int(rows[0])


def _score_pair(linkage: Linkage, rows: list[int]) -> dict[str, Any]:
    """Score two records with the trained model and the value frequencies of the whole data."""
    # Where no source has duplicates the model asks for the source too.
    sources = linkage.records.keys["source"].iloc[rows].array
    two = linkage.records.values(np.array(rows, dtype=np.int64)).assign(unique_id=rows, source_dataset=sources)
    for field in linkage.records.fields:
        two[f"tf_{field.name}"] = linkage.records.shares(field.name, two[field.name].tolist())
        two[f"block_{field.name}"] = two[field.name]  # the model may block on a field less its crowded values
    with linkage.backend.connect() as api, splink_to_log():
        whole = register_frame(api, two)
        linker = Linker(whole, linkage.model.settings, log_level=None)
        left, right = (register_frame(api, two.iloc[[place]]) for place in (0, 1))
        scored = linker.inference.score_pair(left, right).as_record_list()
    return dict(scored[0])


def _level(comparison: dict[str, Any], gamma: int) -> str:
    levels = comparison["comparison_levels"]
    if gamma < 0:
        return str(next(level["label_for_charts"] for level in levels if level.get("is_null_level")))
    # Splink numbers the levels that carry evidence from the last (0) to the first.
    return str([level["label_for_charts"] for level in levels if not level.get("is_null_level")][-1 - gamma])
