"""Which candidate pairs can reach the weight from which pairs are read at all: the others need no close comparison.

Of the pairs that blocking lets through, some two in a hundred could be one customer. The rest agree on what they were
blocked by and on little else, and most of the work of scoring is to count how many slips lie between their dates and
postcodes. Here the most that a pair can weigh is worked out from what is cheap: what is the same, what is missing, and
whether a field is alike enough for any of its levels. A pair whose most is too little is left out; Splink scores the
others as it would have done, to the last bit.
"""

from collections.abc import Mapping, Sequence
from math import log2
from typing import Any

from splink import Linker

from helpers.identification.linkage.compared import ComparedField
from helpers.identification.linkage.comparisons import at_all_alike

ROUNDING = 1e-6
"""Bits by which sums may come out otherwise, in another order of adding."""


def hopeful_pairs_sql(
    linker: Linker, records: str, model: Mapping[str, Any], fields: Sequence[ComparedField], least: float
) -> str:
    """Return a query of the blocked pairs (`{this}`) that could reach a match weight, in the SQL of DuckDB.

    Parameters
    ----------
    linker : splink.Linker
        With the trained model; it knows how common each value is.
    records : str
        Name of the table of records in the database.
    model : mapping
        Splink's settings with every parameter.
    fields : sequence of ComparedField
        What the comparisons of the model compare, in their order.
    least : float
        Match weight from which pairs are wanted, bits.

    Returns
    -------
    str
        Columns and rows of `{this}`, some rows left out.
    """
    common = {name: linker.table_management.compute_tf_table(name).physical_name for name in _adjusted(model)}
    prior = float(model["probability_two_random_records_match"])
    most = [_most(comparison, field, fields) for comparison, field in zip(model["comparisons"], fields, strict=True)]
    columns = ", ".join(f"{side}.{field.name} as {field.name}_{side}" for side in "lr" for field in fields)
    shares = "".join(f", l.tf_{name}" for name in common)
    counted = "".join(f", {table}.tf_{name}" for name, table in common.items())
    joins = " ".join(f"left join {table} on records.{name} = {table}.{name}" for name, table in common.items())
    return f"""
        with chosen as (select * from {records} where unique_id in (select join_key_l from {{this}})),
        counted as (select records.*{counted} from chosen as records {joins}),
        pairs as (
            select pair.*, {columns}{shares}
            from {{this}} as pair
            join counted as l on l.unique_id = pair.join_key_l
            join {records} as r on r.unique_id = pair.join_key_r
        )
        select match_key, join_key_l, join_key_r
        from pairs
        where {_number(log2(prior / (1 - prior)))} + {" + ".join(most)} >= {_number(least - ROUNDING)}
    """  # noqa: S608 (plain names given to the fields here)


def _adjusted(model: Mapping[str, Any]) -> list[str]:
    """Return the fields whose exact agreement weighs more the rarer the value."""
    levels = [level for comparison in model["comparisons"] for level in comparison["comparison_levels"]]
    return [level["tf_adjustment_column"] for level in levels if level.get("tf_adjustment_column")]


def _most(comparison: Mapping[str, Any], field: ComparedField, fields: Sequence[ComparedField]) -> str:
    """Return the most that a field can weigh, as an expression of the values of both records."""
    levels = comparison["comparison_levels"]
    missing, same, *partly, different = levels
    weights = [_weight(level) for level in partly]
    exact = _number(_weight(same))
    if same.get("tf_adjustment_column"):
        # of two equal values one share will do
        exact += f" + {_number(log2(same['u_probability']))} - log2(tf_{same['tf_adjustment_column']})"
    least = _weight(different)
    alike = f"when {at_all_alike(field, fields)} then {_number(max([*weights, least]))}" if partly else ""
    return (
        f"(case when {missing['sql_condition']} then {_number(0.0)} when {same['sql_condition']} then {exact} "
        f"{alike} else {_number(least)} end)"
    )


def _weight(level: Mapping[str, Any]) -> float:
    return log2(level["m_probability"] / level["u_probability"])


def _number(value: float) -> str:
    """Write a number so that it is no decimal: sums of decimals overflow."""
    return f"{value!r}::double"
