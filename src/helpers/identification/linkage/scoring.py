"""Score the candidate pairs on the database, in blocks, and read back those that could be one customer."""

import math
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from splink import Linker

from helpers.identification.linkage.backend import speaks_duckdb
from helpers.identification.linkage.blocking import BlockingPlan
from helpers.identification.linkage.fields import HOME_KINDS, SHARED_KINDS
from helpers.identification.linkage.hopeful import hopeful_pairs_sql
from helpers.identification.linkage.input import RecordsToLink

# Scored on a first guess of the prior, pairs are read back from here on (bits); the calibrated prior moves less.
READ_FROM_WEIGHT = -20.0
# Candidate pairs scored together; each takes some 100 bytes meanwhile.
PAIRS_AT_ONCE = 30_000_000
# Evidence for a household where no field could show one, bits: as good as impossible.
NO_HOUSEHOLD = -1e6

Taken = TypeVar("Taken")


def model_table(linkable: pd.DataFrame, prepared: RecordsToLink, plan: BlockingPlan) -> pd.DataFrame:
    """Return the records as Splink reads them: with number and source, and fields to block on less crowded values."""
    table = linkable.assign(unique_id=linkable.index, source_dataset=prepared.keys["source"])
    for name, crowded in plan.crowded.items():
        table[f"block_{name}"] = table[name].mask(np.isin(plan.codes[name], list(crowded)))
    return table


def blocks_of(plan: BlockingPlan, api: Any) -> int:
    """Return in how many blocks the candidate pairs are scored, so that memory does not grow with their number.

    Parameters
    ----------
    plan : BlockingPlan
        The rules.
    api : splink DatabaseAPI
        Connection to the database. Only DuckDB gets several blocks: a cluster divides its work by itself.
    """
    if not speaks_duckdb(api):
        return 1
    return max(1, math.ceil(sum(rule.pairs for rule in plan.rules) / PAIRS_AT_ONCE))


def hopeful_of(api: Any, linker: Linker, table: Any, model: Mapping[str, Any], prepared: RecordsToLink) -> str | None:
    """Return the query of the pairs that can reach the weight from which pairs are read; none for other databases.

    Parameters
    ----------
    api : splink DatabaseAPI
        Connection to the database.
    linker : splink.Linker
        With the trained model.
    table : SplinkDataFrame
        The records, registered.
    model : mapping
        Splink's settings with every parameter.
    prepared : RecordsToLink
        The records compared.
    """
    if not speaks_duckdb(api):
        return None
    return hopeful_pairs_sql(linker, str(table.physical_name), model, prepared.fields, READ_FROM_WEIGHT)


def read_in_blocks(
    linker: Linker, prepared: RecordsToLink, blocks: int, *more: str, hopeful: str | None = None
) -> tuple[pd.DataFrame, Counter[int]]:
    """Score the candidate pairs block by block, and read those back that could be one customer.

    Parameters
    ----------
    linker : splink.Linker
        With a trained model.
    prepared : RecordsToLink
        The records compared.
    blocks : int
        Pairs are divided by the number of their first record, as the database hashes it.
    *more : str
        Further columns of Splink's to read.
    hopeful : str, optional
        From `hopeful_of`: which of the blocked pairs are worth scoring.

    Returns
    -------
    frame : pandas.DataFrame
        `unique_id_l`, `unique_id_r`, `match_weight` (bits, Splink's prior included), `shared` and `home` (the parts of
        it from fields that households share, and that say where a customer lives), and the further columns.
    by_rule : collections.Counter
        Candidate pairs that each rule was the first to let through.
    """
    frames, by_rule = score_in_blocks(linker, prepared, blocks, _read, *more, hopeful=hopeful)
    return pd.concat(frames, ignore_index=True), by_rule


def score_in_blocks(
    linker: Linker,
    prepared: RecordsToLink,
    blocks: int,
    take: Callable[[Any], Taken],
    *more: str,
    hopeful: str | None = None,
) -> tuple[list[Taken], Counter[int]]:
    """Score the candidate pairs block by block, and take of each block those that could be one customer.

    Parameters
    ----------
    linker, prepared, blocks, *more, hopeful
        As for `read_in_blocks`.
    take : callable
        What is done with a table of the database that goes afterwards, a SplinkDataFrame with the columns that
        `read_in_blocks` returns.

    Returns
    -------
    taken : list
        What came of each block.
    by_rule : collections.Counter
        Candidate pairs that each rule was the first to let through.
    """
    taken, by_rule = [], Counter[int]()
    for block in range(1, blocks + 1):
        blocked = linker.inference.compute_blocked_pairs_for_predict_chunk(left_chunk=(block, blocks))
        counted = blocked.query_sql("select match_key, count(*) as pairs from {this} group by match_key")
        for row in counted.as_record_list():
            by_rule[int(row["match_key"])] += int(row["pairs"])
        scored = _score_block(linker, blocked, hopeful, (block, blocks))
        evidence = _evidence(scored, prepared, *more)
        taken.append(take(evidence))
        evidence.drop_table_from_database_and_remove_from_cache()
        scored.drop_table_from_database_and_remove_from_cache()
    return taken, by_rule


def _score_block(linker: Linker, blocked: Any, hopeful: str | None, chunk: tuple[int, int]) -> Any:
    """Score the blocked pairs, without those that are known to weigh too little, and drop them."""
    if hopeful is None:
        scored = linker.inference.predict_chunk(
            left_chunk=chunk, threshold_match_weight=READ_FROM_WEIGHT, warning_mode="never"
        )
        blocked.drop_table_from_database_and_remove_from_cache()
        return scored
    kept = blocked.query_sql(hopeful)
    blocked.drop_table_from_database_and_remove_from_cache()
    registered = linker.table_management.register_blocked_pairs_for_predict(kept)
    scored = linker.inference.predict(threshold_match_weight=READ_FROM_WEIGHT, warning_mode="never")
    registered.drop_table_from_database_and_remove_from_cache(force_non_splink_table=True)
    return scored


def _evidence(scored: Any, prepared: RecordsToLink, *more: str) -> Any:
    """Return of the scored pairs of one block what is asked of them."""
    shared, home = (
        " + ".join(f"mw_{name} + mw_tf_adj_{name}" for name in names)
        for names in (shared_fields(prepared), home_fields(prepared))
    )
    parts = f"cast({shared or NO_HOUSEHOLD} as double) as shared, cast({home or 0.0} as double) as home"
    columns = ", ".join(["unique_id_l, unique_id_r, match_weight", parts, *more])
    return scored.query_sql(f"select {columns} from {{this}}")  # noqa: S608 (plain names given to the fields here)


def _read(evidence: Any) -> pd.DataFrame:
    frame: pd.DataFrame = evidence.as_pyarrow_table().to_pandas()
    return frame


def shared_fields(prepared: RecordsToLink) -> tuple[str, ...]:
    """Return the plain names of the fields a household shares; none where no other field could tell people apart."""
    shared = tuple(field.name for field in prepared.fields if field.kind in SHARED_KINDS)
    return shared if len(shared) < len(prepared.fields) else ()


def home_fields(prepared: RecordsToLink) -> tuple[str, ...]:
    """Return the plain names of the fields that say where a customer lives."""
    return tuple(field.name for field in prepared.fields if field.kind in HOME_KINDS)
