"""Pairs that were scored where an engine holds the records: weighed there, and only sums come into this process.

The formulas are those of `helpers.identification.linkage.household`. Evidence and weights are rounded as in this
process, far above what the last digits of two logarithms can differ by.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
from splink import Linker

from helpers.identification.linkage.clusters import weight_at
from helpers.identification.linkage.engine_input import RecordsOnEngine
from helpers.identification.linkage.household import MOVED_SHARE, PairShares, settle_shares
from helpers.identification.linkage.kept_pairs import EVIDENCE_DIGITS, KEPT_FROM, WEIGHT_DIGITS, all_pairs
from helpers.identification.linkage.scoring import score_in_blocks
from helpers.identification.linkage.settings import LinkageSettings
from helpers.identification.linkage.training import LinkageModel, parameter_table


def keep_evidence(
    linker: Linker, prepared: RecordsOnEngine, blocks: int, trained: Mapping[str, Any], hopeful: str | None
) -> tuple[list[ir.Table], Counter[int]]:
    """Score the candidate pairs block by block, and keep on the engine those that could be one customer.

    Parameters
    ----------
    linker : splink.Linker
        With a trained model.
    prepared : RecordsOnEngine
        The records compared.
    blocks : int
        As for `helpers.identification.linkage.scoring.read_in_blocks`.
    trained : mapping
        The model.
    hopeful : str or None
        From `helpers.identification.linkage.scoring.hopeful_of`.

    Returns
    -------
    evidence : list of ibis Table
        One of each block: `left`, `right` (record numbers), `total` and `shared` (bits), as `PairEvidence`.
    by_rule : collections.Counter
        Candidate pairs that each rule was the first to let through.
    """
    start = float(trained["probability_two_random_records_match"])
    prior = float(np.log2(start / (1 - start)))

    def take(scored: Any) -> ir.Table:
        table = prepared.store.made_by_splink(str(scored.physical_name))
        total = table["match_weight"].cast("float64") + _moving(table["home"])
        return prepared.store.keep(
            table.select(
                left=table["unique_id_l"].cast("int64"),
                right=table["unique_id_r"].cast("int64"),
                total=(total - prior).round(EVIDENCE_DIGITS),
                shared=table["shared"].round(EVIDENCE_DIGITS),
            )
        )

    return score_in_blocks(linker, prepared, blocks, take, hopeful=hopeful)


def weigh_there(
    evidence: list[ir.Table], trained: dict[str, Any], prepared: RecordsOnEngine, settings: LinkageSettings
) -> tuple[ir.Table, LinkageModel]:
    """Fit how the pairs divide, and weigh them by it.

    Parameters
    ----------
    evidence : list of ibis Table
        From `keep_evidence`; given up afterwards.
    trained : dict
        The model.
    prepared : RecordsOnEngine
        The records compared.
    settings : LinkageSettings
        Which pairs could be one customer.

    Returns
    -------
    weighed : ibis Table
        Pairs that are kept: `left`, `right`, `weight` (bits).
    model : LinkageModel
        With the shares found.
    """
    pairs = ibis.union(*evidence, distinct=False) if len(evidence) > 1 else evidence[0]
    start = float(trained["probability_two_random_records_match"])
    shares = settle_shares(lambda some: _expected_pairs(pairs, some), all_pairs(prepared, settings), start=start)
    weighed = pairs.select("left", "right", weight=_weight(pairs, shares).round(WEIGHT_DIGITS))
    kept = prepared.store.keep(weighed.filter(weighed["weight"] >= weight_at(KEPT_FROM)))
    for table in evidence:
        prepared.store.drop(table)
    return kept, LinkageModel(trained, shares, parameter_table(trained, prepared.fields))


def _to_odds(bits: Any) -> Any:
    return ibis.literal(2.0) ** bits


def _moving(home: Any) -> Any:
    """Return what `helpers.identification.linkage.household.allow_moving` gives back."""
    return ((1 - MOVED_SHARE) * _to_odds(home) + MOVED_SHARE).log2() - home


def _against(pairs: ir.Table, shares: PairShares) -> Any:
    """Return how likely the evidence of a pair is of a household pair or strangers, over that of strangers alone."""
    return shares.same_household * _to_odds(pairs["shared"]) + shares.strangers


def _weight(pairs: ir.Table, shares: PairShares) -> Any:
    return float(np.log2(shares.same_customer)) + pairs["total"] - _against(pairs, shares).log2()


def _expected_pairs(pairs: ir.Table, shares: PairShares) -> tuple[float, float]:
    """Return how many pairs are expected to be one customer, and two of one household."""
    odds = pairs.select(
        match=shares.same_customer * _to_odds(pairs["total"]), kin=shares.same_household * _to_odds(pairs["shared"])
    )
    whole = odds["match"] + odds["kin"] + shares.strangers
    found = odds.aggregate(match=(odds["match"] / whole).sum(), kin=(odds["kin"] / whole).sum()).to_pyarrow()
    return float(found["match"][0].as_py() or 0.0), float(found["kin"][0].as_py() or 0.0)
