"""Parquet and files of DuckDB whose types are wider than their values: whole numbers, texts and moments are read."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from tests.cases import shop

from helpers.cli import main
from helpers.study.study import Study, load_study
from helpers.study.typed_columns import with_whole_numbers

LINES = shop(30).assign(
    customer_id=lambda lines: lines["customer_id"].str[1:].astype(int) + 12_000,
    order_id=lambda lines: lines["order_id"].str[1:].astype(int),
    product_id=lambda lines: lines["product_id"].str[1:].astype(int),
)
TYPED = pa.Table.from_pandas(LINES, preserve_index=False)
CUSTOMERS = pa.table({"customer_id": pa.array(sorted(LINES["customer_id"].unique())), "own": ["x", "y"] * 15})
HEAD = "study: t\ntitle: T\ncurrency: EUR\nas_of: 2025-01-01\n"


def changed(name: str, values: Any) -> pa.Table:
    return TYPED.set_column(TYPED.column_names.index(name), name, values)


def write(folder: Path, lines: pa.Table, more: str = "", *, source: str = "lines.parquet", head: str = "") -> Path:
    """Write a study of lines in Parquet, or in a file of DuckDB, with customers in Parquet."""
    folder.mkdir(exist_ok=True)
    pq.write_table(CUSTOMERS, folder / "customers.parquet")
    table = ""
    if source.startswith("duckdb:"):
        with duckdb.connect(folder / "shop.duckdb") as connection:
            connection.execute(
                "CREATE TABLE lines AS FROM lines; CREATE TABLE customers AS FROM 'customers'".replace(
                    "'customers'", f"'{(folder / 'customers.parquet').as_posix()}'"
                )
            )
        table = ", table: lines"
    else:
        pq.write_table(lines, folder / source)
    customers = "  customers: {source: customers.parquet, attributes: [own]}\n"
    text = f"{HEAD}{head}tables:\n  transactions: {{source: '{source}'{table}{more}}}\n{customers}"
    (folder / "study.yml").write_text(text, encoding="utf-8")
    return folder


def figures(study: Study) -> dict[str, Any]:
    """Join the lines with their customers and count, add up and span them."""
    lines = study.table("transactions").join(study.table("customers"), "customer_id")
    found = lines.aggregate(
        lines=lines.count(),
        orders=lines.order_id.nunique(),
        products=lines.product_id.nunique(),
        pieces=lines.quantity.sum(),
        amount=lines.amount.sum().round(2),
        first=lines.time.min(),
        last=lines.time.max(),
    )
    row: dict[str, Any] = found.to_pyarrow().to_pylist()[0]
    return row


def sound(folder: Path) -> dict[str, Any]:
    study = load_study(folder)
    assert study.check() == []
    return figures(study)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return sound(write(tmp_path_factory.mktemp("plain"), TYPED))


WHOLE: dict[str, Callable[[list[int]], pa.Array]] = {
    "floats of a frame with gaps": lambda values: pa.array([float(one) for one in values]),
    "decimals of 38 digits": lambda values: pa.array([Decimal(one) for one in values], pa.decimal128(38, 0)),
    "decimals of 9 digits": lambda values: pa.array([Decimal(one) for one in values], pa.decimal128(9, 0)),
    "decimals with digits after the point": lambda values: pa.array(
        [Decimal(one) for one in values], pa.decimal128(12, 2)
    ),
}


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("name", ["customer_id", "order_id", "product_id"])
def test_identifiers_that_are_whole_numbers_are_those_of_other_tables(tmp_path, expected, name, kind):
    assert sound(write(tmp_path, changed(name, WHOLE[kind](TYPED[name].to_pylist())))) == expected


def test_lines_without_a_customer_in_a_column_of_floats_are_left_out_and_counted(tmp_path):
    values = np.where(np.arange(TYPED.num_rows) % 7 == 0, np.nan, LINES["customer_id"].to_numpy(float))
    folder = write(
        tmp_path, changed("customer_id", pa.array(values, from_pandas=False)), ", missing_in: {customer_id: ['']}"
    )
    study = load_study(folder)
    assert study.check() == []
    assert study.facts("transactions").rows_without_id == int(np.isnan(values).sum()) > 0


@pytest.mark.parametrize("values", [pa.array([12000.5] * TYPED.num_rows), pa.array([2.0**60] * TYPED.num_rows)])
def test_numbers_that_are_not_whole_or_not_exact_are_no_identifiers(tmp_path, values):
    (fault,) = load_study(write(tmp_path, changed("customer_id", values))).check()
    assert (
        fault.what
        == "column 'customer_id' is a number, but 'customer_id' must be a whole number or text, never missing"
    )


def test_card_numbers_of_twenty_digits_become_texts():
    cards = [Decimal(12345678901234567890), Decimal(7)]
    table = ibis.memtable(pa.table({"card": pa.array(cards, pa.decimal128(38, 0))}))
    assert with_whole_numbers(table, ["card"]).to_pyarrow()["card"].to_pylist() == ["12345678901234567890", "7"]


TEXTS: dict[str, tuple[str, Callable[[Any], str], str]] = {
    "amounts": ("amount", "{:.2f}".format, ""),
    "amounts with a decimal comma": ("amount", lambda one: f"{one:.2f}".replace(".", ","), ", decimal: ','"),
    "amounts with a sign": ("amount", "{:.2f} €".format, ", money: [amount]"),
    "quantities": ("quantity", str, ""),
    "times": ("time", str, ""),
    "times day first": ("time", "{:%d.%m.%Y %H:%M:%S}".format, ", date_format: '%d.%m.%Y %H:%M:%S'"),
}


@pytest.mark.parametrize("source", ["lines.parquet", "duckdb:///shop.duckdb"])
@pytest.mark.parametrize("kind", TEXTS)
def test_texts_in_a_typed_file_are_read_as_in_a_text_file(tmp_path, expected, kind, source):
    name, written, more = TEXTS[kind]
    lines = changed(name, pa.array([written(one) for one in TYPED[name].to_pylist()]))
    assert sound(write(tmp_path, lines, more, source=source)) == expected


def test_a_text_that_cannot_be_read_is_named_with_its_row(tmp_path):
    values = [f"{one:.2f}" for one in TYPED["amount"].to_pylist()]
    values[4] = "twelve"
    (fault,) = load_study(write(tmp_path, changed("amount", pa.array(values)))).check()
    assert fault.what == "'twelve' cannot be read as amount in 1 row (row 5 of lines.parquet)"


def test_moments_to_the_nanosecond_with_a_zone_are_read(tmp_path):
    """As a frame of pandas writes times of a zone; DuckDB 2 has a type for them that Ibis 12 does not know."""
    head = "timezone: {stored: UTC, local: Europe/Berlin}\n"
    found = [
        sound(write(tmp_path / unit, changed("time", TYPED["time"].cast(pa.timestamp(unit, "UTC"))), head=head))
        for unit in ("us", "ns")
    ]
    assert found[0] == found[1]
    (fault,) = load_study(write(tmp_path, changed("time", TYPED["time"].cast(pa.timestamp("ns", "UTC"))))).check()
    assert fault.what == "column 'time' carries a time zone, but the study names none"


def test_seconds_since_1970_in_a_column_of_floats_are_times(tmp_path, expected):
    seconds = pa.array(TYPED["time"].cast(pa.timestamp("s")).cast(pa.int64()).to_numpy().astype(float))
    assert sound(write(tmp_path, changed("time", seconds), ", date_format: unix_seconds")) == expected


@pytest.mark.parametrize("kind", [pa.int32(), pa.int64(), pa.float64()])
def test_days_written_as_whole_numbers_are_days(tmp_path, expected, kind):
    """As date keys of a warehouse: 20240131."""
    days = pa.array([int(f"{one:%Y%m%d}") for one in TYPED["time"].to_pylist()], pa.int64()).cast(kind)
    folder = write(tmp_path / "shop", changed("time", days), ", date_format: '%Y%m%d'")
    assert sound(folder) == expected | {
        "first": expected["first"].replace(hour=0, minute=0, second=0),
        "last": (expected["last"].replace(hour=0, minute=0, second=0)),
    }
    (fault,) = load_study(write(tmp_path / "bare", changed("time", days))).check()
    assert 'add date_format: "%Y%m%d"' in fault.remedy
    (folder / "study.yml").unlink()
    result = CliRunner().invoke(main, ["new", str(folder), "--yes"])
    assert result.exit_code == 0, result.output
    assert 'date_format: "%Y%m%d"' in (folder / "study.yml").read_text(encoding="utf-8")


def test_words_for_yes_and_no_in_a_typed_file_are_asked_for(tmp_path):
    folder = write(tmp_path, TYPED)
    who = CUSTOMERS["customer_id"]
    treated = pa.array(["treatment", "control"] * (len(who) // 2))
    contacts = pa.table({"customer_id": who, "campaign_id": ["A"] * len(who), "treated": treated})
    pq.write_table(contacts, folder / "contacts.parquet")
    study = folder / "study.yml"
    text = study.read_text(encoding="utf-8") + "  contacts: {source: contacts.parquet}\n"
    study.write_text(text, encoding="utf-8")
    (fault,) = load_study(folder).check()
    assert fault.remedy == "say which word means yes: add yes: [control] or yes: [treatment]"
    study.write_text(text.replace("contacts.parquet}", "contacts.parquet, yes: [treatment]}"), encoding="utf-8")
    assert load_study(folder).check() == []


@pytest.mark.parametrize("source", ["lines.parquet", "duckdb:///shop.duckdb"])
def test_what_is_proposed_for_texts_in_a_typed_file_is_sound(tmp_path, expected, source):
    name, written, _ = TEXTS["times day first"]
    lines = changed(name, pa.array([written(one) for one in TYPED[name].to_pylist()]))
    lines = lines.set_column(
        3, "amount", pa.array([f"{one:.2f}".replace(".", ",") for one in lines["amount"].to_pylist()])
    )
    assert lines.column_names[3] == "amount"
    (write(tmp_path / "shop", lines, source=source) / "study.yml").unlink()
    if source.startswith("duckdb:"):
        (tmp_path / "shop" / "customers.parquet").unlink()
    result = CliRunner().invoke(main, ["new", str(tmp_path / "shop"), "--yes"])
    assert result.exit_code == 0, result.output
    proposed = (tmp_path / "shop" / "study.yml").read_text(encoding="utf-8")
    assert 'date_format: "%d.%m.%Y %H:%M:%S"' in proposed
    assert 'decimal: ","' in proposed
    assert sound(tmp_path / "shop") == expected
