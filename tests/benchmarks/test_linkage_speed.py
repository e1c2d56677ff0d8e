"""Linking FEBRL 4 against Splink called directly with the same model, in one process; and a million records.

The peer starts from records already in standard form and does what Splink's own guide does: u by random sampling, m by
expectation maximisation in the same blocks, prediction, connected components. Ours reads raw text, chooses the blocking
rules, tells households from customers and groups by cost as well. The peer counts slips as Splink's own levels do, with
swaps at once. Run with `pytest tests/benchmarks --benchmark-only`; the millions with `-m slow`.
"""

import re
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest
from splink import DuckDBAPI, Linker, block_on
from tests.benchmarks.peak_memory import needs_peak_memory, run_alone

from helpers.identification.linkage import (
    DuckDBBackend,
    FieldKind,
    LinkageSettings,
    link_records,
    score_clusters,
)
from helpers.identification.linkage.blocking import plan_blocking
from helpers.identification.linkage.input import prepare_records
from helpers.identification.linkage.scoring import model_table
from helpers.identification.linkage.training import model_settings, splink_to_log

DATA = Path(__file__).parents[2] / "data" / "febrl4"
FIELDS: dict[str, FieldKind] = {
    "given_name": "given_name",
    "surname": "family_name",
    "street_number": "category",
    "address_1": "address",
    "address_2": "address",
    "suburb": "place",
    "postcode": "postcode",
    "state": "category",
    "date_of_birth": "date",
    "soc_sec_id": "identifier",
}
ROUNDS = 5
AT_MOST = 1.5
TEN_MILLION = 10_000_000
MILLION_AT_MOST = 0.8
"""Of a million records, processor seconds over those of Splink called directly: 0.60 measured (70.2 over 117.3)."""


def _as_splink_counts(model: Any) -> dict[str, Any]:
    """Return the same model with the slips of every level counted as Splink's own level counts them."""
    settings = dict(model.create_settings_dict("duckdb"))
    changed = 0
    for comparison in settings["comparisons"]:
        for level in comparison["comparison_levels"]:
            found = re.fullmatch(r"case when levenshtein.* then (damerau.*) else false end", level["sql_condition"])
            if found:
                level["sql_condition"], changed = found[1], changed + 1
    assert changed
    return settings


def _splink_directly(table: pd.DataFrame, model: object, blocks: list[tuple[str, ...]], pairs: int) -> int:
    api = DuckDBAPI()
    registered = api.register(table)
    linker = Linker(registered, model, log_level=None)
    linker.training.estimate_u_using_random_sampling(max_pairs=pairs, seed=1)
    for block in blocks:
        linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(*block), estimate_without_term_frequencies=True
        )
    predicted = linker.inference.predict(threshold_match_probability=0.01)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, 0.5)
    found = clusters.as_pandas_dataframe()["cluster_id"].nunique()
    predicted.as_pandas_dataframe()
    api.duckdb_con.close()
    return found


def test_linking_two_files_against_splink_called_directly(benchmark):
    records = {
        name: pd.read_csv(DATA / f"{name}.csv", dtype=str).rename(columns={"rec_id": "record_id"})
        for name in ("original", "duplicate")
    }
    settings = LinkageSettings(FIELDS)
    prepared = prepare_records(records, settings)
    plan = plan_blocking(prepared.table, prepared.fields, settings.candidate_pairs_per_record)
    table = prepared.table.assign(unique_id=prepared.table.index, source_dataset=prepared.keys["source"])
    by_size = sorted((rule for rule in plan.rules if len(rule.fields) == 1), key=lambda rule: rule.pairs)
    blocks = [rule.fields for rule in by_size[:2]]
    peer: list[float] = []

    def splink_first() -> None:
        """Time the peer before each round, so that a busy machine slows both alike."""
        start = perf_counter()
        with splink_to_log():
            model = _as_splink_counts(model_settings(prepared.fields, plan, settings))
            assert _splink_directly(table, model, blocks, 1_000_001) > 4900
        peer.append(perf_counter() - start)

    linkage = benchmark.pedantic(
        link_records, args=(records, settings), setup=splink_first, rounds=ROUNDS, warmup_rounds=0
    )
    assert linkage.customers > 4900
    # Round against the peer's round just before it: on a busy machine medians of the two alone would drift apart.
    ratio = float(np.median(np.array(benchmark.stats.stats.data) / np.array(peer)))
    benchmark.extra_info["ratio_to_splink"] = round(ratio, 3)
    assert ratio <= AT_MOST


def _million(n_records: int) -> pd.DataFrame:
    """Return records of 0.7 times as many people with slips and gaps, names as unequal in frequency as real ones."""
    rng = np.random.default_rng(0)
    people = int(0.7 * n_records)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))

    def words(count: int, longest: int) -> np.ndarray:
        return np.array(["".join(rng.choice(letters, size)) for size in rng.integers(4, longest, count)])

    def unequal(count: int) -> np.ndarray:
        return np.minimum((count ** rng.random(people)).astype(int) - 1, count - 1)

    born = pd.Timestamp("1935-01-01") + pd.to_timedelta(rng.integers(0, 26_000, people), unit="D")
    base = pd.DataFrame(
        {
            "first_name": words(2000, 8)[unequal(2000)],
            "last_name": words(50_000, 10)[unequal(50_000)],
            "birth_date": born.strftime("%Y%m%d"),
            "street": words(20_000, 10)[rng.integers(0, 20_000, people)],
            "postcode": rng.integers(10_000, 19_000, people).astype(str),
            "phone": rng.integers(10**8, 10**9, people).astype(str),
        }
    )
    base["street"] = base["street"] + " " + pd.Series(rng.integers(1, 200, people)).astype(str)
    base["email"] = pd.Series(words(people, 9)) + "@" + base["last_name"] + ".example"
    who = np.concatenate([np.arange(people), rng.integers(0, people, n_records - people)])
    records = base.iloc[who].reset_index(drop=True).astype(object)
    for column in base.columns:
        hit = rng.random(n_records) < 0.08
        texts, cuts = records.loc[hit, column].tolist(), rng.random(int(hit.sum()))
        slips = [
            text[: int(cut * len(text))] + text[int(cut * len(text)) + 1 :]
            for text, cut in zip(texts, cuts, strict=True)
        ]
        records.loc[hit, column] = slips
        records.loc[rng.random(n_records) < 0.1, column] = None
    source = np.where(np.arange(n_records) < people, "sales", "web")
    return records.assign(record_id=np.arange(n_records), source=source, true_customer_id=who)


def link_a_million(n_records: int = 1_000_000) -> dict[str, float]:
    """Make the records, link them, and say how that went."""
    records = _million(n_records)
    return _linked(records, records[["source", "record_id", "true_customer_id"]], DuckDBBackend())


def make_file(path: str, n_records: int) -> int:
    """Write the records to a file of Parquet."""
    _million(n_records).to_parquet(path, index=False)
    return n_records


def link_file(path: str, memory_gib: float) -> dict[str, float]:
    """Link the records of a file, and say how that went."""
    table = ibis.duckdb.connect().read_parquet(path)
    truth = table.select("source", "record_id", "true_customer_id").to_pyarrow().to_pandas()
    return _linked(table, truth, DuckDBBackend(memory_gib))


def _linked(records: Any, truth: pd.DataFrame, backend: DuckDBBackend) -> dict[str, float]:
    begin, busy = perf_counter(), process_time()
    linkage = link_records(records, backend=backend)
    seconds, processor_seconds = perf_counter() - begin, process_time() - busy
    score = score_clusters(linkage.clusters, truth)
    return {
        "seconds": seconds,
        "processor_seconds": processor_seconds,
        "candidate_pairs": linkage.candidate_pairs,
        "f1": float(score.f1.value),
    }


def splink_a_million(n_records: int = 1_000_000) -> dict[str, float]:
    """Link the same records by Splink called directly, from standard form on, and say how that went."""
    settings = LinkageSettings()
    prepared = prepare_records(_million(n_records), settings)
    linkable = prepared.table[prepared.linkable]
    plan = plan_blocking(linkable, prepared.fields, settings.candidate_pairs_per_record)
    table = model_table(linkable, prepared, plan)
    by_size = sorted((rule for rule in plan.rules if len(rule.fields) == 1), key=lambda rule: rule.pairs)
    model = _as_splink_counts(model_settings(prepared.fields, plan, settings))
    begin, busy = perf_counter(), process_time()
    with splink_to_log():
        found = _splink_directly(table, model, [rule.fields for rule in by_size[:2]], settings.training_pairs + 1)
    return {"seconds": perf_counter() - begin, "processor_seconds": process_time() - busy, "customers": found}


@pytest.mark.slow
@needs_peak_memory
def test_a_million_records_are_linked_within_eight_gib_and_sooner_than_by_splink_directly(benchmark):
    script = "from tests.benchmarks.test_linkage_speed import splink_a_million\nfound = splink_a_million()"
    peer, peer_gib = run_alone(script)
    script = "from tests.benchmarks.test_linkage_speed import link_a_million\nfound = link_a_million()"
    found, peak_gib = benchmark.pedantic(run_alone, (script,), rounds=1)
    ratio = found["processor_seconds"] / peer["processor_seconds"]
    benchmark.extra_info.update(found, peak_gib=round(peak_gib, 2), ratio_to_splink=round(ratio, 3))
    benchmark.extra_info.update(splink_seconds=peer["seconds"], splink_peak_gib=round(peer_gib, 2))
    assert peak_gib < 8
    assert found["f1"] > 0.97
    assert ratio <= MILLION_AT_MOST


@pytest.mark.slow
@needs_peak_memory
def test_ten_million_records_are_linked_in_blocks_within_sixteen_gib(benchmark, tmp_path):
    """Read into this process, one, three and ten million from a file took 73, 99 and 466 seconds of processor time.

    They took 2.7, 3.5 and 8.4 GiB, with the same limit; ten million 332 seconds of the clock on two cores, for 105
    million candidate pairs and an F1 of 0.998. Three million have fewer pairs than one (10 million for 25): so many
    records to a birthday are beyond the budget of pairs. Where they lie, as beyond a million now, three million take
    118 seconds and 3.3 GiB, ten million 523 (307 of the clock) and 5.7 GiB.
    """
    module, path = "from tests.benchmarks.test_linkage_speed import", tmp_path / "records.parquet"
    run_alone(f"import sys\n{module} make_file\nfound = make_file(sys.argv[1], int(sys.argv[2]))", path, TEN_MILLION)
    script = f"import sys\n{module} link_file\nfound = link_file(sys.argv[1], 4.0)"
    found, peak_gib = benchmark.pedantic(run_alone, (script, path), rounds=1)
    benchmark.extra_info.update(found, peak_gib=round(peak_gib, 2))
    assert peak_gib < 16
    assert found["f1"] > 0.97
