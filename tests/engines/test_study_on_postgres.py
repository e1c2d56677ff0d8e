"""A study answered by the client's PostgreSQL: tables stay there, files go there, each fault is one message."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner, Result
from tests.cases import make_study, shop
from tests.conftest import STUDY, notebook, write_notebook

from helpers.cli import main
from helpers.core.errors import InputError
from helpers.study.study import Study, load_study

PASSWORD = "Tr0ub4dor&3"  # noqa: S105


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    """Order lines with a missing quantity, and with amounts whose sum binary fractions do not hold."""
    found = shop(40)
    found["quantity"] = found["quantity"].astype("Int64")
    found.loc[3:5, "quantity"] = pd.NA
    return found


@pytest.fixture(scope="module")
def customers(lines: pd.DataFrame) -> pd.DataFrame:
    """Customers with texts that are missing, empty of letters, or hold what CSV needs quotes for."""
    ids = lines["customer_id"].unique()
    towns = (["Köln", 'O"Neil, x', "nan", None, "two\nlines"] * len(ids))[: len(ids)]
    return pd.DataFrame({"customer_id": ids, "town": towns})


@pytest.fixture(scope="module")
def warehouse(cluster: Any, lines: pd.DataFrame) -> Iterator[Any]:
    """The client's database with a table of order lines."""
    connection = cluster.connect()
    connection.create_table("crm_lines", pa.Table.from_pandas(lines, preserve_index=False))
    connection.disconnect()
    yield cluster
    cluster.psql("DROP TABLE crm_lines")


@pytest.fixture
def reader(warehouse: Any) -> Iterator[Callable[..., str]]:
    """Make a user who may do little, and return the address of their own."""
    made: list[str] = []

    def make(name: str, *rights: str) -> str:
        warehouse.psql(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'", *rights)
        made.append(name)
        return f"postgres://{name}:{quote(PASSWORD)}@127.0.0.1:{warehouse.port}/{warehouse.database}"

    yield make
    for name in made:
        warehouse.psql(f"DROP OWNED BY {name}", f"DROP ROLE {name}")


def study_of(folder: Path, tables: dict[str, pd.DataFrame], **spec: Any) -> Study:
    town = {"columns": {"customer_id": "customer_id"}, "attributes": ["town"]}
    sources = {**({"customers": town} if "customers" in tables else {}), **spec.pop("sources", {})}
    return load_study(make_study(folder, tables, sources=sources, **spec))


def answers(study: Study) -> list[dict[str, Any]]:
    """Join the tables and count, add up and span them by town."""
    joined = study.table("transactions").join(study.table("customers"), "customer_id")
    found = joined.group_by("town").aggregate(
        lines=joined.count(),
        amount=joined.amount.sum().round(2),
        pieces=joined.quantity.sum(),
        first=joined.time.min(),
        last=joined.time.max(),
    )
    rows: list[dict[str, Any]] = found.to_pyarrow().to_pylist()
    return sorted(rows, key=lambda row: str(row["town"]))


def crm(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def is_one_message(result: Result, *words: str) -> bool:
    """Say whether a command ended by one message for the user, without a trace and without any password."""
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert PASSWORD not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert all(word in result.output for word in words), result.output
    return True


def test_files_go_to_the_engine_and_keep_every_value(tmp_path, warehouse, lines, customers):
    tables = {"transactions": lines, "customers": customers}
    here, there = study_of(tmp_path / "a", tables), study_of(tmp_path / "b", tables, engine=warehouse.url)
    assert there.check() == here.check() == []
    assert there.table("transactions").get_backend().name == "postgres"
    assert answers(there) == answers(here)
    for name in tables:
        assert there.facts(name) == here.facts(name)
    assert there.engine == {
        "name": "PostgreSQL",
        "version": there.engine["version"],
        "address": f"postgres://127.0.0.1:{warehouse.port}/shop",
    }


def test_a_table_of_the_database_stays_there_when_others_are_files(tmp_path, warehouse, lines, customers):
    tables = {"transactions": lines, "customers": customers}
    here = study_of(tmp_path / "a", tables)
    source = {"transactions": {"source": warehouse.url, "table": "crm_lines"}}
    mixed = study_of(tmp_path / "b", tables, sources=source)
    assert mixed.check() == []
    assert "crm_lines" in mixed.table("transactions").compile()
    assert answers(mixed) == answers(here)


def test_a_query_is_answered_by_the_database(tmp_path, warehouse, lines):
    query = "SELECT * FROM crm_lines WHERE amount > 10"
    entry = {"source": warehouse.url, "query": query}
    study = study_of(tmp_path / "a", {"transactions": lines}, sources={"transactions": entry})
    assert study.facts("transactions").rows_received == int((lines["amount"] > 10).sum())


@pytest.mark.parametrize("kind", ["jsonb", "interval", "integer[]", "int4range", "uuid", "inet", "time", "bytea"])
def test_a_column_of_a_type_that_no_table_of_ours_holds_is_named(tmp_path, warehouse, lines, kind):
    odd = f"CREATE TABLE odd AS SELECT *, NULL::{kind} AS paid FROM crm_lines"  # noqa: S608
    warehouse.psql("DROP TABLE IF EXISTS odd", odd)
    columns = {"customer_id": "customer_id", "order_id": "order_id", "time": "time", "amount": "paid"}
    entry = {"source": warehouse.url, "table": "odd", "columns": columns}
    with pytest.raises(InputError, match=r"column 'paid' is .*, but 'amount' must be a"):
        raise InputError(study_of(tmp_path / "a", {"transactions": lines}, sources={"transactions": entry}).check())


ODD = {
    "mood": ("'fine'::mood", "fine"),
    "moods": ("'{fine}'::mood[]", "{fine}"),
    "place": ("'here'::place", "here"),
    "pair": ("ROW(1, 'x')::pair", "(1,x)"),
    "uuid": ("'0f8c1a97-def4-4d1a-b3af-fcd87921e405'::uuid", "0f8c1a97-def4-4d1a-b3af-fcd87921e405"),
    "inet": ("'10.0.0.1'::inet", "10.0.0.1/32"),
    "cidr": ("'10.0.0.0/8'::cidr", "10.0.0.0/8"),
    "days": ("'[2024-01-01,2024-02-01)'::daterange", "[2024-01-01,2024-02-01)"),
    "spans": ("'{[1,5)}'::int4multirange", "{[1,5)}"),
    "texts": ("'{a,b}'::text[]", "{a,b}"),
    "json": ("'{\"a\":1}'::json", '{"a":1}'),
    "jsonb": ("'{\"a\": 1}'::jsonb", '{"a": 1}'),
    "hstore": ("'a=>1'::hstore", '"a"=>"1"'),
    "xml": ("'<a/>'::xml", "<a/>"),
    "bits": ("B'101'", "101"),
    "point": ("'(1,2)'::point", "(1,2)"),
}
"""By column: a value of a type that no table of ours holds, and the text that PostgreSQL writes for it."""


@pytest.fixture
def odd_lines(warehouse: Any) -> Iterator[dict[str, str]]:
    """The order lines with a column of each odd type; where hstore is not to be had, without it."""
    types = ("TYPE mood AS ENUM ('fine', 'bad')", "DOMAIN place AS text", "TYPE pair AS (a integer, b text)")
    warehouse.psql("DROP TABLE IF EXISTS odd", *(f"CREATE {one}" for one in types))
    has_hstore = warehouse.psql("SELECT count(*) FROM pg_available_extensions WHERE name = 'hstore'") == "1"
    odd = {name: one for name, one in ODD.items() if has_hstore or name != "hstore"}
    if has_hstore:
        warehouse.psql("CREATE EXTENSION hstore")
    values = ", ".join(f'{made} AS "{name}"' for name, (made, _) in odd.items())
    warehouse.psql(f"CREATE TABLE odd AS SELECT *, {values} FROM crm_lines")  # noqa: S608
    yield {name: text for name, (_, text) in odd.items()}
    warehouse.psql("DROP TABLE odd", "DROP TYPE mood, pair", "DROP DOMAIN place", "DROP EXTENSION IF EXISTS hstore")


@pytest.mark.parametrize("entry", [{"table": "odd"}, {"query": "SELECT * FROM odd"}], ids=["table", "query"])
def test_types_that_no_table_of_ours_holds_are_read_as_text(tmp_path, warehouse, lines, odd_lines, entry):
    source = {"source": warehouse.url, "attributes": list(odd_lines), **entry}
    study = study_of(tmp_path / "a", {"transactions": lines}, sources={"transactions": source})
    assert study.check() == []
    table = study.table("transactions").select(*odd_lines)
    assert all(kind.is_string() for kind in table.schema().values())
    assert table.distinct().to_pyarrow().to_pylist() == [odd_lines]


def test_domains_and_money_of_postgres_are_read_as_what_they_hold(tmp_path, warehouse, lines):
    make = "CREATE TABLE odd AS SELECT *, amount::numeric::{} AS paid FROM crm_lines"
    warehouse.psql("DROP DOMAIN IF EXISTS price CASCADE", "CREATE DOMAIN price AS numeric(12, 2) CHECK (VALUE > -1e6)")
    columns = {name: name for name in ("customer_id", "order_id", "time")} | {"amount": "paid"}
    for kind in ("money", "price"):
        warehouse.psql("DROP TABLE IF EXISTS odd", make.format(kind))
        entry = {"source": warehouse.url, "table": "odd", "columns": columns}
        study = study_of(tmp_path / kind, {"transactions": lines}, sources={"transactions": entry})
        assert study.check() == []
        assert study.table("transactions").amount.sum().to_pyarrow().as_py() == pytest.approx(lines["amount"].sum())


ROLES = {name: name for name in ("customer_id", "order_id", "time", "amount")}


@pytest.mark.parametrize("engine", ["postgres", "duckdb"])
@pytest.mark.parametrize(
    ("of_lines", "of_customers"),
    [
        ("rpad(customer_id, 10)::char(10)", "customer_id"),
        ("customer_id::char(10)", "customer_id::char(12)"),
        ("substr(customer_id, 2)::numeric(10, 0)", "substr(customer_id, 2)::integer"),
        ("substr(customer_id, 2)::numeric", "substr(customer_id, 2)::bigint"),
        ("substr(customer_id, 2)::float8", "substr(customer_id, 2)::numeric(12, 2)"),
    ],
)
def test_identifiers_of_several_types_are_the_same_customers(
    tmp_path, warehouse, lines, customers, of_lines, of_customers, engine
):
    made = f"SELECT {of_lines} AS who, order_id, time, amount FROM crm_lines"  # noqa: S608
    known = f"SELECT DISTINCT {of_customers} AS who, 'x' AS own FROM crm_lines"  # noqa: S608
    warehouse.psql("DROP TABLE IF EXISTS odd, odd_customers", f"CREATE TABLE odd AS {made}")
    warehouse.psql(f"CREATE TABLE odd_customers AS {known}")
    sources = {
        "transactions": {"source": warehouse.url, "table": "odd", "columns": ROLES | {"customer_id": "who"}},
        "customers": {"source": warehouse.url, "table": "odd_customers", "columns": {"customer_id": "who"}},
    }
    spec = {} if engine == "postgres" else {"engine": engine}
    folder = make_study(tmp_path, {"transactions": lines, "customers": customers}, sources=sources, **spec)
    study = load_study(folder)
    assert study.check() == []
    joined = study.table("transactions").join(study.table("customers"), "customer_id")
    assert joined.count().to_pyarrow().as_py() == len(lines)
    assert " " not in str(joined.customer_id.max().to_pyarrow().as_py())


def test_texts_for_numbers_and_times_are_read_by_the_query_that_the_message_asks_for(tmp_path, warehouse, lines):
    made = "SELECT customer_id, order_id, time::text AS time, amount::text AS amount FROM crm_lines"
    warehouse.psql("DROP TABLE IF EXISTS odd", f"CREATE TABLE odd AS {made}")
    entry = {"source": warehouse.url, "table": "odd", "columns": ROLES}
    study = study_of(tmp_path / "a", {"transactions": lines}, sources={"transactions": entry})
    remedies = {fault.what: fault.remedy for fault in study.check()}
    query = "SELECT customer_id, order_id, time::{time}, amount::{amount} FROM odd"
    wanted = {"time": "timestamp", "amount": "numeric"}
    for (what, remedy), (name, kind) in zip(sorted(remedies.items()), sorted(wanted.items()), strict=True):
        assert what.startswith(f"column {name!r} is text")
        assert f"a query that gives it the type {kind};" in remedy
    asked = {"source": warehouse.url, "query": query.format(**wanted), "columns": ROLES}
    mended = study_of(tmp_path / "b", {"transactions": lines}, sources={"transactions": asked})
    assert mended.check() == []
    assert mended.table("transactions").amount.sum().to_pyarrow().as_py() == pytest.approx(lines["amount"].sum())


@pytest.fixture
def numeric(warehouse: Any) -> Callable[[str, str], None]:
    """Make the order lines with a column `paid` of a type, which holds a value in two of them and is else `amount`."""

    def make(kind: str, value: str) -> None:
        numbered = f"SELECT *, amount::{kind} AS paid, row_number() OVER () AS place FROM crm_lines"  # noqa: S608
        changed = f"UPDATE odd SET paid = {value} WHERE place IN (7, 9)"  # noqa: S608
        warehouse.psql("DROP TABLE IF EXISTS odd", f"CREATE TABLE odd AS {numbered}", changed)

    return make


@pytest.mark.parametrize("engine", ["postgres", "duckdb"])
@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("numeric", "'NaN'", "nan"),
        ("numeric(10, 2)", "'NaN'", "nan"),
        ("numeric", "'-Infinity'", "-inf"),
        ("numeric", "1e130", r"1e\+130"),
        ("numeric(38, 2)", "1e30", r"1e\+30"),
    ],
)
def test_a_numeric_amount_that_is_no_number_is_refused_as_any_other(
    tmp_path, warehouse, lines, numeric, kind, value, said, engine
):
    numeric(kind, value)
    entry = {"source": warehouse.url, "table": "odd", "columns": ROLES | {"amount": "paid"}}
    spec = {} if engine == "postgres" else {"engine": engine}
    study = study_of(tmp_path / "a", {"transactions": lines}, sources={"transactions": entry}, **spec)
    with pytest.raises(InputError, match=rf"column paid: {said} cannot be read as amount in 2 rows"):
        raise InputError(study.check())


@pytest.mark.parametrize("engine", ["postgres", "duckdb"])
@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("numeric(10, 2)", "'NaN'", None),
        ("numeric", "'NaN'", math.nan),
        ("numeric", "'Infinity'", math.inf),
        ("numeric", "1e130", 1e130),
        ("numeric", "1e-20", 1e-20),
        ("numeric(50, 12)", "1e-11", 1e-11),
    ],
)
def test_attributes_of_any_digits_and_of_no_number_are_read(
    tmp_path, warehouse, lines, numeric, kind, value, expected, engine
):
    numeric(kind, value)
    entry = {"source": warehouse.url, "table": "odd", "columns": ROLES, "attributes": ["paid", "place"]}
    spec = {} if engine == "postgres" else {"engine": engine}
    study = study_of(tmp_path / "a", {"transactions": lines}, sources={"transactions": entry}, **spec)
    assert study.check() == []
    table = study.table("transactions")
    assert table.filter(table.place.isin([7, 9])).paid.to_pyarrow().to_pylist() == pytest.approx(
        [expected] * 2, nan_ok=True
    )
    others = table.filter(~table.place.isin([7, 9]))
    assert others.paid.cast("float64").sum().to_pyarrow().as_py() == pytest.approx(
        others.amount.sum().to_pyarrow().as_py()
    )
    assert str(study.state()) == str(study.state())  # NaN equals nothing


@pytest.mark.parametrize("kind", ["jsonb", "interval", "integer[]", "money", "inet", "time", "bytea"])
def test_a_column_of_such_a_type_that_nobody_asks_for_does_no_harm(tmp_path, warehouse, lines, kind):
    odd = f"CREATE TABLE odd AS SELECT *, NULL::{kind} AS extra FROM crm_lines"  # noqa: S608
    warehouse.psql("DROP TABLE IF EXISTS odd", odd)
    entry = {"source": warehouse.url, "table": "odd"}
    study = study_of(tmp_path / "a", {"transactions": lines}, sources={"transactions": entry})
    assert study.check() == []
    assert study.facts("transactions").rows_kept == len(lines)


def test_an_address_that_leads_nowhere(tmp_path, lines):
    pytest.importorskip("psycopg")
    make_study(tmp_path / "a", {"transactions": lines}, engine=f"postgres://me:{quote(PASSWORD)}@127.0.0.1:1/shop")
    assert is_one_message(crm("check", str(tmp_path / "a")), "the database cannot be opened", "postgres://127.0.0.1:1")


def test_a_wrong_password(tmp_path, warehouse, lines):
    url = f"postgres://shop:{quote(PASSWORD)}@127.0.0.1:{warehouse.port}/shop"
    make_study(tmp_path / "a", {"transactions": lines}, engine=url)
    result = crm("check", str(tmp_path / "a"))
    assert is_one_message(result, "the database cannot be opened")
    assert result.output.count("cannot be opened") == 1


def test_a_table_that_the_user_may_not_read(tmp_path, reader, lines):
    url = reader("blind")
    entry = {"source": url, "table": "crm_lines"}
    make_study(tmp_path / "a", {"transactions": lines}, sources={"transactions": entry})
    for options in ((), ("--engine", "duckdb")):  # where it lies, and as a copy
        result = crm("check", str(tmp_path / "a"), *options)
        assert is_one_message(result, "has no right to what the study asks", "GRANT SELECT")


def test_a_schema_that_the_user_may_not_enter(tmp_path, warehouse, reader, lines):
    url = reader("outsider", "CREATE SCHEMA inner_room", "CREATE TABLE inner_room.lines AS SELECT * FROM crm_lines")
    try:
        for kind, asked in (("table", "inner_room.lines"), ("query", "SELECT * FROM inner_room.lines")):
            folder, entry = tmp_path / kind, {"source": url, kind: asked}
            make_study(folder, {"transactions": lines}, sources={"transactions": entry})
            assert is_one_message(crm("check", str(folder)), "permission denied for schema inner_room")
    finally:
        warehouse.psql("DROP SCHEMA inner_room CASCADE")


def test_a_user_who_may_create_no_temporary_tables(tmp_path, warehouse, reader, lines, customers):
    warehouse.psql("REVOKE TEMPORARY ON DATABASE shop FROM PUBLIC")
    try:
        url = reader("guest", "GRANT SELECT ON crm_lines TO guest")
        entry = {"transactions": {"source": url, "table": "crm_lines"}}
        study_of(tmp_path / "a", {"transactions": lines, "customers": customers}, sources=entry)
        result = crm("check", str(tmp_path / "a"))
        assert is_one_message(result, "cannot go to the engine as a temporary table", "GRANT TEMPORARY")
        copied = crm("check", str(tmp_path / "a"), "--engine", "duckdb")
        assert copied.exit_code == 0, copied.output
    finally:
        warehouse.psql("GRANT TEMPORARY ON DATABASE shop TO PUBLIC")


def test_a_table_larger_than_may_be_copied(tmp_path, warehouse, lines, customers, monkeypatch):
    monkeypatch.setattr("helpers.study.engines._ROWS_JUDGED_BY", 10)
    entry = {"transactions": {"source": warehouse.url, "table": "crm_lines"}}
    engine = {"name": "duckdb", "copy_at_most_gib": 1e-6}
    study_of(tmp_path / "a", {"transactions": lines, "customers": customers}, sources=entry, engine=engine)
    assert is_one_message(crm("check", str(tmp_path / "a")), "GiB of", "would have to be copied")


@pytest.fixture
def corner(project: Path, warehouse: Any, reader: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small project of the tests, with its lines in the database and a report that is there already.

    Its user may read the lines, and do nothing else.
    """
    warehouse.psql("DROP TABLE IF EXISTS slips", "CREATE TABLE slips (who text, slip text, at timestamp, paid float8)")
    warehouse.psql("INSERT INTO slips VALUES ('007','a','2024-01-01',5), ('b','b','2024-01-02',2.5)")
    address = reader("clerk", "GRANT SELECT ON slips TO clerk").replace(quote(PASSWORD), "${SHOP_PASSWORD}")
    monkeypatch.setenv("SHOP_PASSWORD", quote(PASSWORD))
    text = STUDY.replace("source: lines.csv", f"source: {address}\n    table: slips").replace("time: when", "time: at")
    (project / "data" / "corner_shop" / "study.yml").write_text(text, encoding="utf-8")
    report = project / "reports" / "corner_shop" / "latest" / "report.html"
    result = crm("run", "corner_shop")
    assert result.exit_code == 0, result.output
    assert "PostgreSQL" in report.read_text(encoding="utf-8")
    return report


KILL = "pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = 'clerk'"


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (f"SELECT {KILL}", "the connection to the engine is lost"),
        ("INSERT INTO slips VALUES ('c','c','2024-01-03',1)", "table transactions changed while the run read it"),
        ("REVOKE SELECT ON slips FROM clerk", "the user of the address has no right to what the study asks"),
    ],
)
def test_what_happens_to_the_database_amid_a_run_ends_it_and_keeps_the_previous_report(
    corner: Path, project: Path, warehouse: Any, statement: str, words: str
) -> None:
    before = corner.read_bytes()
    psql = [str(warehouse.programs / "psql"), "-qAt", "-h", "127.0.0.1", "-p", str(warehouse.port), "-U", "shop", "-c"]
    cells = [
        f"import os, subprocess\nenvironment = {{**os.environ, 'PGPASSWORD': {warehouse.password!r}}}",
        f"_ = subprocess.run({[*psql, statement]!r}, env=environment, check=True)",
        'lines = book.study.table("transactions").count().execute()',
        'book.result("orders", 2, unit="orders", about="orders received")',
    ]
    write_notebook(project, "10_orders", notebook("Orders", *cells))
    result = crm("run", "corner_shop")
    assert result.exit_code == 2, result.output
    assert words in result.output
    assert result.output.count(words) == 1
    assert "Traceback" not in result.output
    assert PASSWORD not in result.output
    assert warehouse.password not in result.output
    assert corner.read_bytes() == before
