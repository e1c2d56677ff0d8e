import json
from hashlib import sha256
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from helpers.core.errors import InputError
from helpers.simulation import CompanyParameters, read_parameters, simulate
from helpers.simulation.streams import BLOCK_CUSTOMERS, Block, blocks
from helpers.study.standard_tables import STANDARD_TABLES

from .conftest import COMPANY, Reader

STANDARD = (
    "customers", "customer_records", "transactions", "products", "contacts", "responses", "service_cases", "surveys",
    "invoices", "payments", "leads", "activities", "cost_pools", "price_list", "orders",
)  # fmt: skip
# Activities are counted by year.
DATED = tuple(name for name in STANDARD if STANDARD_TABLES[name].event_time and name != "activities")


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    first, again, other = (
        _hashes(simulate(read_parameters(COMPANY, {"customers": 300, "seed": seed}), tmp_path / name).folder)
        for name, seed in (("a", 5), ("b", 5), ("c", 6))
    )
    assert first == again
    assert len(first) == 25
    assert all(first[name] != other[name] for name in first)


def test_a_block_does_not_depend_on_how_many_follow(tmp_path: Path) -> None:
    """The streams belong to blocks, so a longer company begins with the same customers."""
    short, long = (
        simulate(read_parameters(COMPANY, {"customers": size, "seed": 3}), tmp_path / str(size)).folder
        for size in (BLOCK_CUSTOMERS, BLOCK_CUSTOMERS + 200)
    )
    for name in ("tables/transactions", "tables/customer_records", "truth/customers", "tables/leads"):
        whole = pq.ParquetFile(short / f"{name}.parquet").read_row_group(0)
        assert pq.ParquetFile(long / f"{name}.parquet").read_row_group(0).equals(whole), name


def test_streams_of_blocks_and_topics_are_all_different() -> None:
    assert [(block.first, block.size) for block in blocks(11_000, 1)] == [(0, 5_000), (5_000, 5_000), (10_000, 1_000)]
    draws = {
        (index, topic): Block(index, 0, 1, seed=9).rng(topic).random()
        for index in (0, 1)
        for topic in ("population", "orders", "lines")
    }
    assert len(set(draws.values())) == len(draws)
    assert Block(1, 0, 1, seed=9).rng("lines").random() == draws[1, "lines"]


@pytest.mark.parametrize("name", STANDARD)
def test_each_standard_table_has_its_required_columns(company: Path, name: str) -> None:
    columns = pq.ParquetFile(company / "tables" / f"{name}.parquet").schema_arrow.names
    assert set(STANDARD_TABLES[name].required) <= set(columns)


@pytest.mark.parametrize("name", DATED)
def test_nothing_happens_outside_the_history(table: Reader, parameters: CompanyParameters, name: str) -> None:
    time = pd.to_datetime(table(f"tables/{name}")["time"])
    assert time.notna().all()
    assert time.min() >= pd.Timestamp(parameters.start)
    assert time.max() < pd.Timestamp(parameters.as_of)


def test_keys_are_unique_and_every_reference_is_met(company: Path) -> None:
    keys = {"customers": "customer_id", "customer_records": "record_id", "invoices": "invoice_id", "leads": "lead_id"}
    keys |= {"service_cases": "case_id", "products": "product_id", "sellers": "seller_id"}
    with duckdb.connect() as connection:

        def one(query: str) -> int:
            found = connection.execute(query.replace("@", f"{company}/tables/")).fetchone()
            assert found is not None
            return int(found[0])

        twice = "select count(*) - count(distinct {}) from '@{}.parquet'"
        for name, key in keys.items():
            assert one(twice.format(key, name)) == 0, name
        for name in ("transactions", "contacts", "responses", "service_cases", "surveys", "invoices", "activities"):
            strangers = "select count(*) from '@{}.parquet' anti join '@customers.parquet' using (customer_id)"
            assert one(strangers.format(name)) == 0, name
        booked = (
            "select count(*) from '@{}.parquet' t anti join '@customer_records.parquet' r on t.account_id = r.record_id"
        )
        for name in ("transactions", "service_cases", "invoices"):
            assert one(booked.format(name)) == 0, name
        assert one("select count(*) from '@payments.parquet' anti join '@invoices.parquet' using (invoice_id)") == 0
        assert one("select count(*) from '@invoices.parquet' i anti join '@transactions.parquet' t "
                   "on i.invoice_id = t.order_id and i.customer_id = t.customer_id") == 0  # fmt: skip
        assert one("select count(*) from '@transactions.parquet' anti join '@products.parquet' using (product_id)") == 0


def test_the_tables_do_not_tell_who_is_who(table: Reader, company: Path) -> None:
    """Records carry no true identity, and no order or numbering that gives it away."""
    records, identity = table("tables/customer_records"), table("truth/identity")
    assert "customer_id" not in records.columns
    assert "segment" not in table("tables/customers").columns
    assert (records["record_id"].to_numpy() == identity["record_id"].to_numpy()).all()
    for column in ("record_id", "row"):
        place = identity["record_id"] % 10**10 if column == "record_id" else pd.Series(range(len(identity)))
        in_block = (identity["customer_id"] - 1_000_001) // BLOCK_CUSTOMERS == 0
        correlation = place[in_block].corr(identity["customer_id"][in_block], method="spearman")
        assert abs(correlation) < 0.03, column
    assert "segments" not in json.loads((company / "tables" / "parameters.json").read_text(encoding="utf-8"))


def test_progress_counts_customers_up_to_all(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    simulate(
        read_parameters(COMPANY, {"customers": BLOCK_CUSTOMERS + 1}),
        tmp_path,
        progress=lambda done, of: seen.append((done, of)),
    )
    assert seen == [(BLOCK_CUSTOMERS, BLOCK_CUSTOMERS + 1), (BLOCK_CUSTOMERS + 1, BLOCK_CUSTOMERS + 1)]


def test_a_broken_run_leaves_the_previous_company_whole(tmp_path: Path) -> None:
    parameters = read_parameters(COMPANY, {"customers": 50})
    before = _hashes(simulate(parameters, tmp_path).folder)

    def stop(done: int, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(parameters.model_copy(update={"seed": 1}), tmp_path, progress=stop)
    assert _hashes(tmp_path) == before
    assert _hashes(simulate(parameters.model_copy(update={"seed": 1}), tmp_path).folder) != before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tables", "truth"]


def test_the_smallest_and_the_barest_company_can_be_made(tmp_path: Path) -> None:
    bare = {"customers": 1, "campaigns": {}, "survey.waves": [], "existing_share": 1.0, "fraud.share": 0.0}
    rows = simulate(read_parameters(COMPANY, bare), tmp_path).rows
    assert (rows["tables/customers"], rows["tables/contacts"], rows["tables/surveys"]) == (1, 0, 0)
    assert pd.read_parquet(tmp_path / "tables" / "contacts.parquet").empty


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "taken"
    path.write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="taken' cannot be made"):
        simulate(read_parameters(COMPANY, {"customers": 1}), path)
