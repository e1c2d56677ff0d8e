"""Link the records that mean the same customer, within and across sources, without labels (M2).

The model is that of Fellegi and Sunter (1969), "A Theory for Record Linkage", Journal of the American Statistical
Association 64, fitted and applied with Splink, on DuckDB unless Spark holds the records or another backend is given.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd
from splink import Linker

from helpers.core.arrays import BoolArray
from helpers.core.errors import Fault, InputError
from helpers.identification.linkage.backend import Backend, DuckDBBackend, register_frame, speaks_duckdb
from helpers.identification.linkage.blocking import BlockingPlan, plan_among, plan_blocking
from helpers.identification.linkage.clusters import weight_at
from helpers.identification.linkage.compared import LinkageNote
from helpers.identification.linkage.crowds import both_say_who, joined_bare, joined_by_name
from helpers.identification.linkage.engine_grouping import group_there, links_of, read_pairs
from helpers.identification.linkage.engine_input import RecordsOnEngine, prepare_on_engine
from helpers.identification.linkage.engine_linking import (
    agreement_on_engine,
    compared_records,
    plan_on_engine,
    training_frame,
)
from helpers.identification.linkage.engine_weights import keep_evidence, weigh_there
from helpers.identification.linkage.input import PreparedRecords, RecordsToLink, prepare_records
from helpers.identification.linkage.kept_pairs import KEPT_FROM, finish_pairs, group_pairs, name_pairs
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
    splink_to_log,
    train_apart,
    train_model,
)


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
class _Grouped:
    """Pairs and customers of one of the two ways, and what links say of the blocking; see `_finish`."""

    prepared: RecordsToLink
    plan: BlockingPlan
    model: LinkageModel
    untaught: list[LinkageNote]
    pairs: pd.DataFrame
    customer_ids: npt.NDArray[np.int64]
    refused: int
    """Links that were not followed."""
    per_rule: list[int]
    judge: Callable[[pd.DataFrame], tuple[Agreement, BoolArray]]
    """Of links: on which fields they agree, and which have more to compare than a name."""


def _finish(grouped: _Grouped, settings: LinkageSettings, backend: Backend) -> Linkage:
    """Judge the links."""
    prepared, plan, pairs = grouped.prepared, grouped.plan, grouped.pairs
    matches = pairs.loc[pairs["match_weight"] >= weight_at(settings.threshold), ["left", "right"]]
    agreement, comparable = grouped.judge(matches)
    names = {field.name: field.column for field in prepared.fields}
    noted = [replace(note, topic=names[note.topic]) for note in plan.notes]
    bare = joined_bare(matches, comparable, grouped.customer_ids)
    if len(bare):
        noted.append(joined_by_name(prepared.values(bare), prepared.fields))
    if grouped.refused:
        noted.append(LinkageNote("clusters", "links_not_followed", 0, {"links": grouped.refused}))
    return Linkage(
        clusters=prepared.keys.assign(customer_id=grouped.customer_ids),
        pairs=pairs,
        threshold=settings.threshold,
        candidate_pairs=int(sum(grouped.per_rule)),
        blocking=estimate_blocking_loss(plan, prepared, agreement, grouped.per_rule),
        model=grouped.model,
        settings=settings,
        records=prepared,
        backend=backend,
        notes=(*prepared.notes, *noted, *grouped.untaught),
    )


def _link_here(prepared: PreparedRecords, settings: LinkageSettings, backend: Backend) -> _Grouped:
    """Block, train on, score and group records of this process."""
    linkable = prepared.table[prepared.linkable]
    plan = _with_rules(plan_blocking(linkable, prepared.fields, settings.candidate_pairs_per_record))
    untrained = model_settings(prepared.fields, plan, settings)
    with splink_to_log(), backend.connect() as api:
        frame = model_table(linkable, prepared, plan)
        table = register_frame(api, frame)
        trained, untaught = train_model(backend, api, table, frame, untrained, plan, prepared.fields, settings)
        linker = Linker(table, trained, log_level=None)
        hopeful = hopeful_of(api, linker, table, trained, prepared)
        scored, by_rule = read_in_blocks(linker, prepared, blocks_of(plan, api), hopeful=hopeful)
    pairs, model = finish_pairs(scored, trained, prepared, settings)
    customers = group_pairs(pairs, settings.threshold, prepared, settings)

    def judge(matches: pd.DataFrame) -> tuple[Agreement, BoolArray]:
        return agreement_here(plan, prepared, matches), both_say_who(prepared.table, prepared.fields, matches)

    return _Grouped(prepared, plan, model, untaught, pairs, *customers, _per_rule(by_rule, plan), judge)


def _link_there(prepared: RecordsOnEngine, settings: LinkageSettings, backend: Backend) -> _Grouped:
    """Block, score and group records where an engine holds them, and train on them or on some of them here."""
    plan = _with_rules(plan_on_engine(prepared, settings.candidate_pairs_per_record))
    untrained = model_settings(prepared.fields, plan, settings)
    compared = compared_records(prepared, plan)
    store = prepared.store
    own = backend if isinstance(backend, DuckDBBackend) else DuckDBBackend()
    with splink_to_log():
        frame = training_frame(compared, TRAINED_ON_AT_MOST)
        among = plan if len(frame) == plan.records else plan_among(frame, plan)
        trained, untaught = train_apart(own, frame, untrained, among, prepared.fields, settings)
        del frame
        with store.scoring(compared.table) as (api, table):
            spoken = trained if speaks_duckdb(api) else in_dialect(trained, untrained, api)
            linker = Linker(table, spoken, log_level=None)
            hopeful = hopeful_of(api, linker, table, spoken, prepared)
            evidence, by_rule = keep_evidence(linker, prepared, blocks_of(plan, api), spoken, hopeful)
    weighed, model = weigh_there(evidence, spoken, prepared, settings)
    customers = group_there(weighed, prepared, settings)
    pairs = name_pairs(read_pairs(weighed), prepared)

    def judge(matches: pd.DataFrame) -> tuple[Agreement, BoolArray]:
        judged = agreement_on_engine(compared, links_of(weighed, settings.threshold), matches)
        for table in (weighed, compared.table):
            store.drop(table)
        return judged

    return _Grouped(prepared, plan, model, untaught, pairs, *customers, _per_rule(by_rule, plan), judge)


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


def _per_rule(by_rule: Counter[int], plan: BlockingPlan) -> list[int]:
    """Return the pairs that each rule was the first to let through."""
    return [by_rule.get(place, 0) for place in range(len(plan.rules))]
