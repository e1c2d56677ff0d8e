"""Blocking, training and what is told of the links, for records that lie on an engine: by counts and ids alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd

from helpers.core.any_engine import number_of
from helpers.core.arrays import BoolArray
from helpers.core.matching_rows import matched_rows
from helpers.core.own_names import own_name
from helpers.identification.linkage.blocking import BLOCK_AT_MOST, BlockingPlan, ValueCounts, choose_plan
from helpers.identification.linkage.compared import ComparedField
from helpers.identification.linkage.crowds import says_who
from helpers.identification.linkage.engine_input import RecordsOnEngine
from helpers.identification.linkage.recall import Agreement
from helpers.identification.linkage.store import has_value, lacks_value

_LARGE = own_name("large")
HEX_DIGITS = 8
"""Of the hash by which records are drawn."""


def plan_on_engine(prepared: RecordsOnEngine, pairs_per_record: float) -> BlockingPlan:
    """Choose the blocking rules from counts; as `helpers.identification.linkage.blocking.plan_blocking`.

    Parameters
    ----------
    prepared : RecordsOnEngine
        The records.
    pairs_per_record : float
        Budget.
    """
    linked = prepared.linked

    def joint_pairs(names: Sequence[str]) -> int:
        held = linked.filter(*(has_value(linked[name]) for name in names))
        sizes = held.group_by(list(names)).agg(n=held.count())
        found = sizes.aggregate(twice=(sizes["n"] * (sizes["n"] - 1)).sum()).to_pyarrow()
        return int(found["twice"][0].as_py() or 0) // 2

    counts = {name: _count_values(_value_sizes(linked, name)) for name in prepared.names}
    return choose_plan(prepared.fields, counts, joint_pairs, int(prepared.linkable.sum()), pairs_per_record)


def _value_sizes(table: ir.Table, name: str) -> ir.Table:
    """Return the values of a field (`value`) and how many records hold each (`n`)."""
    held = table.select(value=table[name]).filter(has_value(ibis._.value))
    return held.group_by("value").agg(n=held.count())


def _count_values(sizes: ir.Table) -> ValueCounts:
    n = sizes["n"]
    large = n > BLOCK_AT_MOST
    found = sizes.aggregate(
        filled=n.sum(),
        twice=(n * (n - 1)).sum(),
        large_values=number_of(large).sum(),
        large_records=n.sum(where=large),
        large_twice=(n * (n - 1)).sum(where=large),
    ).to_pyarrow()
    row = {name: int(value or 0) for name, value in found.to_pylist()[0].items()}
    return ValueCounts(
        row["filled"], row["twice"] // 2, row["large_values"], row["large_records"], row["large_twice"] // 2
    )


@dataclass(frozen=True)
class ComparedRecords:
    """Records as Splink reads them on an engine.

    Parameters
    ----------
    prepared : RecordsOnEngine
        The records.
    plan : BlockingPlan
        The rules.
    table : ibis Table
        `unique_id`, `source_dataset`, the fields, and those to block on (`block_NAME`) less crowded values.
    """

    prepared: RecordsOnEngine
    plan: BlockingPlan
    table: ir.Table


def compared_records(prepared: RecordsOnEngine, plan: BlockingPlan) -> ComparedRecords:
    """Return the records as Splink reads them, written once; as `scoring.model_table`."""
    linked = prepared.linked
    table = linked.select(*prepared.names, unique_id=linked["number"].cast("int64"), source_dataset=linked["source"])
    for name in plan.crowded:
        large = _value_sizes(linked, name).filter(ibis._.n > BLOCK_AT_MOST).select(**{_LARGE: ibis._.value})
        joined = table.left_join(large, table[name] == large[_LARGE])
        few = ibis.ifelse(lacks_value(joined[_LARGE]), joined[name], ibis.null("string"))
        table = joined.select(*(joined[column] for column in table.columns), few.name(f"block_{name}"))
    return ComparedRecords(prepared, plan, prepared.store.keep(table))


def training_frame(compared: ComparedRecords, at_most: int) -> pd.DataFrame:
    """Return the records to learn from, in this process: all of them, or about `at_most` drawn by a hash of their ids.

    The hash is the same on every engine, and so are the records drawn.

    Parameters
    ----------
    compared : ComparedRecords
        The records.
    at_most : int
        Records from which on some are drawn.
    """
    table, named, records = compared.table, compared.prepared.records, compared.plan.records
    if records > at_most:
        named = named.select("number", drawn=named["source"] + "\n" + named["record_id"])
        end = f"{int(at_most / records * 16**HEX_DIGITS):0{HEX_DIGITS}x}"
        drawn = named.filter(named["drawn"].hexdigest("md5").left(HEX_DIGITS) < end)
        table = matched_rows(table, drawn.rename(unique_id="number"), ["unique_id"])
    frame: pd.DataFrame = table.order_by("unique_id").to_pyarrow().to_pandas()
    return frame


def agreement_on_engine(
    compared: ComparedRecords, links: ir.Table, matches: pd.DataFrame
) -> tuple[Agreement, BoolArray]:
    """Say on which fields linked pairs agree, as counts, and which pairs have more to compare than a name.

    Parameters
    ----------
    compared : ComparedRecords
        The records.
    links : ibis Table
        Links, as record numbers `left` and `right`.
    matches : pandas.DataFrame
        The same in this process.

    Returns
    -------
    Agreement
        By combination of fields that agree.
    numpy.ndarray
        True or false, one per row of `matches`.
    """
    prepared, plan = compared.prepared, compared.plan
    facts = prepared.store.keep(_facts(links, compared.table, prepared.fields, plan))
    flags = [*(f"agrees_{name}" for name in prepared.names), *(f"less_{name}" for name in plan.crowded)]
    counts = facts.group_by(flags).agg(n=facts.count()).order_by(flags).to_pyarrow().to_pandas()
    bare = facts.filter(~facts["who"]).select("left", "right").to_pyarrow()
    prepared.store.drop(facts)

    def flag(name: str) -> BoolArray:
        return np.asarray(counts[name], dtype=bool)

    agreement = Agreement(
        {name: flag(f"agrees_{name}") for name in prepared.names},
        {name: flag(f"less_{name}") for name in plan.crowded},
        counts["n"].to_numpy(dtype=np.int64),
    )
    return agreement, ~np.isin(_one_number(matches, prepared), _one_number(bare, prepared))


def _one_number(pairs: Any, prepared: RecordsOnEngine) -> npt.NDArray[np.int64]:
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    return np.asarray(left * len(prepared.keys) + right, dtype=np.int64)


def _facts(links: ir.Table, compared: ir.Table, fields: Sequence[ComparedField], plan: BlockingPlan) -> ir.Table:
    """Return the pairs with whether they agree on each field, less its crowded values, and say who a record is."""
    values = [*(field.name for field in fields), *(f"block_{name}" for name in plan.crowded)]
    pairs = links
    for side, end in (("l", "left"), ("r", "right")):
        named = {f"{name}_{side}": compared[name] for name in values}
        one = compared.select(compared["unique_id"].name(f"id_{side}"), **named)
        pairs = pairs.inner_join(one, pairs[end] == one[f"id_{side}"])
    same = {name: (pairs[f"{name}_l"] == pairs[f"{name}_r"]).fill_null(False) for name in values}
    both = [has_value(pairs[f"{f.name}_l"]) & has_value(pairs[f"{f.name}_r"]) for f in fields if says_who(f)]
    return pairs.select(
        "left",
        "right",
        who=reduce(or_, both, ibis.literal(False)),
        **{f"agrees_{field.name}": same[field.name] for field in fields},
        **{f"less_{name}": same[f"block_{name}"] for name in plan.crowded},
    )
