"""Link the records that mean the same customer, within and across sources, without labels (M2).

The model is that of Fellegi and Sunter (1969), "A Theory for Record Linkage", Journal of the American Statistical
Association 64, fitted and applied with Splink, on DuckDB unless Spark holds the records or another backend is given.
"""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd
from splink import Linker

from helpers.core.arrays import BoolArray
from helpers.core.errors import Fault, InputError
from helpers.identification.linkage.backend import Backend, DuckDBBackend, register_frame, speaks_duckdb
from helpers.identification.linkage.blocking import BlockingPlan, plan_among, plan_blocking
from helpers.identification.linkage.clusters import ScoredPairs, group_records
from helpers.identification.linkage.compared import LinkageNote
from helpers.identification.linkage.crowds import both_say_who, joined_bare, joined_by_name
from helpers.identification.linkage.engine_input import RecordsOnEngine, prepare_on_engine
from helpers.identification.linkage.engine_linking import (
    agreement_on_engine,
    compared_records,
    plan_on_engine,
    training_frame,
)
from helpers.identification.linkage.household import PairEvidence, allow_moving, fit_shares, weigh_pairs
from helpers.identification.linkage.input import PreparedRecords, RecordsToLink, prepare_records
from helpers.identification.linkage.recall import Agreement, BlockingLoss, agreement_here, estimate_blocking_loss
from helpers.identification.linkage.records import Records
from helpers.identification.linkage.scoring import blocks_of, hopeful_of, model_table, read_in_blocks
from helpers.identification.linkage.settings import LinkageSettings
from helpers.identification.linkage.spark import backend_of
from helpers.identification.linkage.spark_store import store_of
from helpers.identification.linkage.training import (
    TRAINED_ON_AT_MOST,
    LinkageModel,
    in_dialect,
    model_settings,
    parameter_table,
    splink_to_log,
    train_apart,
    train_model,
)

# Pairs below this match probability are not kept: no sensible cost ratio would merge them.
KEPT_FROM = 0.01


@dataclass(frozen=True)
class Linkage:
    """Records linked into customers.

    Parameters
    ----------
    clusters : pandas.DataFrame
        `source`, `record_id`, `customer_id` (whole number from 1): one row per record, sorted by source and record.
    pairs : pandas.DataFrame
        Scored pairs from match probability 0.01: `left`, `right` (row numbers in `clusters`), `source_l`,
        `record_id_l`, `source_r`, `record_id_r`, `match_probability`, `match_weight` (bits, prior included).
    threshold : float
        Match probability from which records were linked.
    candidate_pairs : int
        Pairs that blocking let through to be scored.
    blocking : BlockingLoss
        Rules, their pairs, and the matches they are estimated to miss.
    model : LinkageModel
        Parameters learnt.
    settings : LinkageSettings
        What was asked for.
    records : RecordsToLink
        The records as compared.
    backend : Backend
        The database that scored the pairs.
    notes : tuple of LinkageNote
        What the reader must know.
    """

    clusters: pd.DataFrame
    pairs: pd.DataFrame
    threshold: float
    candidate_pairs: int
    blocking: BlockingLoss
    model: LinkageModel
    settings: LinkageSettings
    records: RecordsToLink
    backend: Backend
    notes: tuple[LinkageNote, ...]

    @property
    def customers(self) -> int:
        """Number of customers after linking."""
        return int(self.clusters["customer_id"].nunique())

    def clusters_at(self, threshold: float) -> pd.DataFrame:
        """Return the clusters at another threshold, from the pairs already scored.

        Raises
        ------
        InputError
            When the threshold lies below the pairs that were kept.
        """
        if not KEPT_FROM <= threshold <= 1:
            raise InputError(
                Fault(
                    f"{threshold!r} is out of range",
                    where="threshold",
                    allowed=f"{KEPT_FROM}..1 (pairs kept)",
                    remedy="give a threshold within this range",
                )
            )
        return self.clusters.assign(customer_id=group_pairs(self.pairs, threshold, self.records, self.settings)[0])


def link_records(
    records: Records, settings: LinkageSettings | None = None, *, backend: Backend | None = None
) -> Linkage:
    """Link the records that mean the same customer.

    Parameters
    ----------
    records : pandas.DataFrame, ibis Table, or mapping of str to pandas.DataFrame
        One frame with a source column (or a single source), or one frame per source; each with a record id and
        identifying fields. Of a table of an engine only these columns are read, and beyond
        `settings.records_in_memory_at_most` records they are not read into this process at all; docs/engines.md says
        what is.
    settings : LinkageSettings, optional
        Fields and costs; by default the fields of the standard customers table and equal costs.
    backend : Backend, optional
        Database that compares the records. By default Spark where it holds them, see `SparkBackend`, else DuckDB inside
        the process.

    Returns
    -------
    Linkage
        The same to the last bit for the same records, whatever their order.

    Raises
    ------
    InputError
        When the records identify nobody, or ids are used twice for different records.

    Notes
    -----
    Measured: a million records of 700,000 people, with slips and gaps, are linked in 70 seconds of processor time with
    at most 2.9 GiB of memory; of 24.6 million candidate pairs those that cannot weigh enough are left out by cheap
    conditions, and the others scored. Time grows as the pairs do, which are at most `candidate_pairs_per_record` times
    the records (`tests/benchmarks/test_linkage_speed.py`, marked slow).
    """
    settings = settings or LinkageSettings()
    backend = backend or backend_of(records)
    store = store_of(records, settings, backend)
    with nullcontext() if store is None else store.faults():
        if store is None or not isinstance(records, ir.Table):
            return _finish(_link_here(prepare_records(records, settings), settings, backend), settings, backend)
        return _finish(_link_there(prepare_on_engine(records, settings, store), settings, backend), settings, backend)


@dataclass(frozen=True)
class _Scored:
    """What the model made of the records, and what links say of the blocking; see `_finish`."""

    prepared: RecordsToLink
    plan: BlockingPlan
    trained: dict[str, Any]
    untaught: list[LinkageNote]
    pairs: pd.DataFrame
    per_rule: list[int]
    judge: Callable[[pd.DataFrame], tuple[Agreement, BoolArray]]
    """Of links: on which fields they agree, and which have more to compare than a name."""


def _finish(scored: _Scored, settings: LinkageSettings, backend: Backend) -> Linkage:
    """Weigh and group the pairs, and judge the links."""
    prepared, plan = scored.prepared, scored.plan
    pairs, model = finish_pairs(scored.pairs, scored.trained, prepared, settings)
    customer_ids, refused = group_pairs(pairs, settings.threshold, prepared, settings)
    matches = pairs.loc[pairs["match_probability"] >= settings.threshold, ["left", "right"]]
    agreement, comparable = scored.judge(matches)
    names = {field.name: field.column for field in prepared.fields}
    noted = [replace(note, topic=names[note.topic]) for note in plan.notes]
    bare = joined_bare(matches, comparable, customer_ids)
    if len(bare):
        noted.append(joined_by_name(prepared.values(bare), prepared.fields))
    if refused:
        noted.append(LinkageNote("clusters", "links_not_followed", 0, {"links": refused}))
    return Linkage(
        clusters=prepared.keys.assign(customer_id=customer_ids),
        pairs=pairs,
        threshold=settings.threshold,
        candidate_pairs=int(sum(scored.per_rule)),
        blocking=estimate_blocking_loss(plan, prepared, agreement, scored.per_rule),
        model=model,
        settings=settings,
        records=prepared,
        backend=backend,
        notes=(*prepared.notes, *noted, *scored.untaught),
    )


def _link_here(prepared: PreparedRecords, settings: LinkageSettings, backend: Backend) -> _Scored:
    """Block, train on and score records of this process."""
    linkable = prepared.table[prepared.linkable]
    plan = _with_rules(plan_blocking(linkable, prepared.fields, settings.candidate_pairs_per_record))
    untrained = model_settings(prepared.fields, plan, settings)
    with splink_to_log(), backend.connect() as api:
        frame = model_table(linkable, prepared, plan)
        table = register_frame(api, frame)
        trained, untaught = train_model(backend, api, table, frame, untrained, plan, prepared.fields, settings)
        scored, per_rule = _score(api, table, trained, prepared, plan)

    def judge(matches: pd.DataFrame) -> tuple[Agreement, BoolArray]:
        return agreement_here(plan, prepared, matches), both_say_who(prepared.table, prepared.fields, matches)

    return _Scored(prepared, plan, trained, untaught, scored, per_rule, judge)


def _link_there(prepared: RecordsOnEngine, settings: LinkageSettings, backend: Backend) -> _Scored:
    """Block and score records where an engine holds them, and train on them or on some of them here."""
    plan = _with_rules(plan_on_engine(prepared, settings.candidate_pairs_per_record))
    untrained = model_settings(prepared.fields, plan, settings)
    compared = compared_records(prepared, plan)
    own = backend if isinstance(backend, DuckDBBackend) else DuckDBBackend()
    with splink_to_log():
        frame = training_frame(compared, TRAINED_ON_AT_MOST)
        among = plan if len(frame) == plan.records else plan_among(frame, plan)
        trained, untaught = train_apart(own, frame, untrained, among, prepared.fields, settings)
        del frame
        with prepared.store.scoring(compared.table) as (api, table):
            if not speaks_duckdb(api):
                trained = in_dialect(trained, untrained, api)
            scored, per_rule = _score(api, table, trained, prepared, plan)

    def judge(matches: pd.DataFrame) -> tuple[Agreement, BoolArray]:
        judged = agreement_on_engine(compared, matches)
        prepared.store.drop(compared.table)
        return judged

    return _Scored(prepared, plan, trained, untaught, scored, per_rule, judge)


def _with_rules(plan: BlockingPlan) -> BlockingPlan:
    if not plan.rules:
        raise InputError(
            Fault(
                "no field, nor three together, tell records apart finely enough to compare only some of them",
                where="fields",
                remedy="add a field such as a date of birth or a telephone number, or raise candidate_pairs_per_record",
            )
        )
    return plan


def _score(
    api: Any, table: Any, trained: dict[str, Any], prepared: RecordsToLink, plan: BlockingPlan
) -> tuple[pd.DataFrame, list[int]]:
    """Score the candidate pairs, and count the pairs each rule added."""
    linker = Linker(table, trained, log_level=None)
    hopeful = hopeful_of(api, linker, table, trained, prepared)
    frame, by_rule = read_in_blocks(linker, prepared, blocks_of(plan, api), hopeful=hopeful)
    return frame, [by_rule.get(place, 0) for place in range(len(plan.rules))]


def finish_pairs(
    scored: pd.DataFrame, trained: dict[str, Any], prepared: RecordsToLink, settings: LinkageSettings
) -> tuple[pd.DataFrame, LinkageModel]:
    """Fit how the pairs divide, weigh them by it, and name the records of each pair."""
    scored = scored.sort_values(["unique_id_l", "unique_id_r"], ignore_index=True)
    start = float(trained["probability_two_random_records_match"])
    total = scored["match_weight"].to_numpy(dtype=float) + allow_moving(scored["home"].to_numpy(dtype=float))
    evidence = PairEvidence(
        total=np.round(total - np.log2(start / (1 - start)), 9),
        shared=np.round(scored["shared"].to_numpy(dtype=float), 9),
    )
    shares = fit_shares(evidence, _all_pairs(prepared, settings), start=start)
    weight = np.round(weigh_pairs(evidence, shares), 6)
    probability = 1 / (1 + np.exp2(-np.clip(weight, -500, 500)))
    left = scored["unique_id_l"].to_numpy(dtype=np.int64)
    right = scored["unique_id_r"].to_numpy(dtype=np.int64)
    kept = probability >= KEPT_FROM
    keys = prepared.keys
    columns: dict[str, Any] = {"left": left[kept], "right": right[kept]}
    for side, rows in (("l", left[kept]), ("r", right[kept])):
        columns[f"source_{side}"] = keys["source"].array.take(rows)
        columns[f"record_id_{side}"] = keys["record_id"].array.take(rows)
    pairs = pd.DataFrame({**columns, "match_probability": probability[kept], "match_weight": weight[kept]})
    return pairs, LinkageModel(trained, shares, parameter_table(trained, prepared.fields))


def _all_pairs(prepared: RecordsToLink, settings: LinkageSettings) -> int:
    total = int(prepared.linkable.sum())
    pairs = total * (total - 1) // 2
    if not settings.duplicates_within_sources:
        sizes = prepared.keys.loc[prepared.linkable, "source"].value_counts().to_numpy()
        pairs -= int((sizes * (sizes - 1) // 2).sum())
    return max(pairs, 1)


def group_pairs(
    pairs: pd.DataFrame, threshold: float, prepared: RecordsToLink, settings: LinkageSettings
) -> tuple[npt.NDArray[np.int64], int]:
    """Return the customer of every record, numbered from 1, and how many links were not followed."""
    scored = ScoredPairs(
        pairs["left"].to_numpy(), pairs["right"].to_numpy(), pairs["match_weight"].to_numpy(dtype=float)
    )
    apart = None if settings.duplicates_within_sources else pd.factorize(prepared.keys["source"])[0].astype(np.int64)
    groups, refused = group_records(scored, len(prepared.keys), threshold=threshold, unscored=KEPT_FROM, sources=apart)
    return groups + 1, refused
