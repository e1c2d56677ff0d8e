"""How much hangs on the pairs drawn: links and customers over seeds, where agreement by chance rests on few pairs.

How often strangers agree (u) is counted on random pairs. Splink draws records, and compares all pairs of those drawn,
so with more records than make up the training pairs another seed gives other pairs. A kind of agreement seen in few of
them is then counted roughly, and what it is worth differs by seed: Splink takes such a count as it stands.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from splink import Linker

from helpers.core.arrays import FloatArray
from helpers.core.results import NamedResult, enumerated
from helpers.identification.linkage.backend import register_frame
from helpers.identification.linkage.blocking import plan_blocking
from helpers.identification.linkage.compared import ComparedField
from helpers.identification.linkage.kept_pairs import finish_pairs, group_pairs
from helpers.identification.linkage.linking import Linkage
from helpers.identification.linkage.scoring import (
    blocks_of,
    home_fields,
    hopeful_of,
    model_table,
    read_in_blocks,
    shared_fields,
)
from helpers.identification.linkage.training import model_settings, splink_to_log, train_model

FEW_PAIRS = 100
"""Fewer agreeing pairs than this are few: a count of 100 is off by a tenth or so from sample to sample (its standard
error is its root, and more where one value brings several pairs). Splink stops drawing at as many by default."""
OTHER_SEEDS = 5
"""Seeds tried beside the linkage's own. A seventh draw would lie outside the range of these six in two of seven cases
at most (that it is the lowest or the highest of all): the range is rough, and cheap."""
RECORDS_AT_MOST = 200_000
"""More records than this are not linked over seeds: beyond the training, which costs the same for any number of them,
all pairs are weighed and grouped anew for each seed."""


@dataclass(frozen=True)
class SeedSpread:
    """What other random pairs would have given.

    Parameters
    ----------
    fields : tuple of str
        Columns with a kind of agreement that few of the sampled pairs show.
    few : pandas.DataFrame
        `field`, `agreement`, `pairs` (sampled pairs that agree so, about): those kinds of agreement.
    by_seed : pandas.DataFrame
        `seed`, `links` (pairs of records from the threshold), `customers`, the linkage's own seed first; empty where
        there were too many records to try others.
    """

    fields: tuple[str, ...]
    few: pd.DataFrame
    by_seed: pd.DataFrame

    @property
    def status(self) -> str:
        """Return "untried", "same" where every seed gives as many links and customers, or else "spread"."""
        if self.by_seed.empty:
            return "untried"
        counts = self.by_seed[["links", "customers"]]
        return "same" if (counts == counts.iloc[0]).all(axis=None) else "spread"

    def named_results(self) -> Iterator[NamedResult]:
        """Give every figure its name, the spread as the interval of what the linkage's own seed gave."""
        fields = enumerated([name.replace("_", " ") for name in self.fields])
        about = "fields whose agreement by chance rests on few of the pairs drawn"
        yield NamedResult("few_pair_fields", fields, "text", about)
        if self.status == "untried":
            return
        yield NamedResult("draws_compared", len(self.by_seed), "draws", "draws of random pairs, each by its own seed")
        for count in ("links", "customers"):
            values = self.by_seed[count]
            about = f"{count} with the pairs drawn by the run's own seed; from the fewest to the most over the draws"
            low, high = float(values.min()), float(values.max())
            yield NamedResult(f"{count}_by_seed", int(values.iloc[0]), count, about, low=low, high=high)


def count_sampled_pairs(linkage: Linkage) -> pd.DataFrame:
    """Return on how many sampled pairs the agreement by chance rests, one row per field and kind of agreement.

    The number is what the share of strangers comes to among the pairs drawn that know the field. Where Splink stopped
    early it drew fewer, but only once every kind of agreement had its 100.

    Parameters
    ----------
    linkage : Linkage
        From `link_records`.

    Returns
    -------
    pandas.DataFrame
        `field`, `agreement`, `pairs` (about, not whole). No row where chance has no part: where all pairs of the
        records were counted, or the shares were not learnt, as of a field alone.
    """
    prepared = linkage.records
    # Pairs of r records are r (r - 1) / 2, and Splink is asked for one more than the training pairs.
    drawn = (1 + np.sqrt(8 * (linkage.settings.training_pairs + 1) + 1)) / 2
    parameters = linkage.model.parameters
    if drawn >= int(prepared.linkable.sum()) or len(prepared.fields) == 1:
        parameters = parameters.iloc[:0]
    filled = prepared.filled_shares()
    known = {field.column: filled[field.name] for field in prepared.fields}
    pairs = parameters["u"] * drawn * (drawn - 1) / 2 * parameters["field"].map(known).astype(float) ** 2
    return pd.DataFrame({"field": parameters["field"], "agreement": parameters["level"], "pairs": pairs})


def follow_seeds(
    linkage: Linkage, *, other_seeds: int = OTHER_SEEDS, records_at_most: int = RECORDS_AT_MOST
) -> SeedSpread | None:
    """Return how links and customers spread over seeds, where a field's agreement by chance rests on few pairs.

    The model is trained again with the seeds that follow the linkage's own. The pairs are compared once and weighed
    with each model, which gives what linking with that seed would have given.

    Parameters
    ----------
    linkage : Linkage
        From `link_records`.
    other_seeds : int
        Seeds to try beside the linkage's own, 1 or more.
    records_at_most : int
        Records from which on other seeds are not tried.

    Returns
    -------
    SeedSpread or None
        None where no field rests on fewer than `FEW_PAIRS` pairs.

    Notes
    -----
    Measured with five other seeds, seconds of processor time, those of the linkage itself in brackets: 20,000 records
    24 (7), 100,000 records 36 (16), 200,000 records 55 (31), with at most 0.9 GiB of memory.
    """
    counted = count_sampled_pairs(linkage)
    few = counted[counted["pairs"] < FEW_PAIRS].round({"pairs": 0}).astype({"pairs": int}).reset_index(drop=True)
    if few.empty:
        return None
    links = int((linkage.pairs["match_probability"] >= linkage.threshold).sum())
    rows = [(linkage.settings.seed, links, linkage.customers)]
    if int(linkage.records.linkable.sum()) <= records_at_most:
        rows.extend(_relink(linkage, [linkage.settings.seed + step for step in range(1, other_seeds + 1)]))
    by_seed = pd.DataFrame(rows, columns=["seed", "links", "customers"])
    return SeedSpread(tuple(few["field"].drop_duplicates()), few, by_seed if len(rows) > 1 else by_seed.iloc[:0])


def _relink(linkage: Linkage, seeds: Sequence[int]) -> list[tuple[int, int, int]]:
    """Return seed, links and customers with the pairs drawn by each seed."""
    prepared, settings, backend = linkage.records, linkage.settings, linkage.backend
    fields, before = prepared.fields, linkage.model.settings
    linkable = prepared.table[prepared.linkable]
    plan = plan_blocking(linkable, fields, settings.candidate_pairs_per_record)
    untrained = model_settings(fields, plan, settings)
    with splink_to_log(), backend.connect() as api:
        frame = model_table(linkable, prepared, plan)
        table = register_frame(api, frame)
        levels = [f"gamma_{field.name}" for field in fields]
        # Without the values compared, Splink does not return the level of agreement either.
        linker = Linker(table, {**before, "retain_matching_columns": True}, log_level=None)
        hopeful = hopeful_of(api, linker, table, before, prepared)
        scored = read_in_blocks(linker, prepared, blocks_of(plan, api), *levels, hopeful=hopeful)[0]
        asked = [replace(settings, seed=seed) for seed in seeds]
        models = [train_model(backend, api, table, frame, untrained, plan, fields, one)[0] for one in asked]
    rows = []
    for one, model in zip(asked, models, strict=True):
        changes = _weight_changes(scored, before, model, fields)
        weighed = scored[["unique_id_l", "unique_id_r"]].assign(
            match_weight=scored["match_weight"] + sum(changes.values()),
            shared=scored["shared"] + sum(changes[name] for name in shared_fields(prepared)),
            home=scored["home"] + sum(changes[name] for name in home_fields(prepared)),
        )
        pairs, _ = finish_pairs(weighed, model, prepared, one)
        customers = group_pairs(pairs, linkage.threshold, prepared, one)[0]
        links = int((pairs["match_probability"] >= linkage.threshold).sum())
        rows.append((one.seed, links, len(np.unique(customers))))
    return rows


def _weight_changes(
    scored: pd.DataFrame, before: dict[str, Any], after: dict[str, Any], fields: Sequence[ComparedField]
) -> dict[str, FloatArray]:
    """Return by field what another model adds to the match weight of each pair, bits."""
    return {
        field.name: (_level_weights(new) - _level_weights(old))[scored[f"gamma_{field.name}"].to_numpy(dtype=int) + 1]
        for field, old, new in zip(fields, before["comparisons"], after["comparisons"], strict=True)
    }


def _level_weights(comparison: dict[str, Any]) -> FloatArray:
    """Return the match weights of a field, missing first, then from different (Splink's level 0) to the same.

    Where weight is given to how common a value is, the share of that value stands for that of strangers who agree
    (Fellegi and Sunter, 1969, section 3.3.1); it does not change with the model.
    """
    weights = [
        np.log2(level["m_probability"] / (1 if level.get("tf_adjustment_column") else level["u_probability"]))
        for level in comparison["comparison_levels"]
        if not level.get("is_null_level")
    ]
    return np.array([0.0, *reversed(weights)])
