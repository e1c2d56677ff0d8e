"""Whatever a user gives by mistake ends with status 2, one message with a remedy, and no trace: one case per kind."""

import json
import os
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from tests.cases import make_study, shop

from helpers.cli import main

pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*:UserWarning:openpyxl"),
]

LINES = shop(20)
COLUMNS = {str(name): str(name) for name in LINES.columns}
HEAD = b"customer_id,order_id,time,amount\n"
ROW = b"c1,o1,2024-01-02,3.5\n"
NESTED = b"study: " + b"[" * 300 + b"]" * 300
TEN = b"a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + b"".join(
    b"a%d: &a%d [%s]\n" % (level + 1, level + 1, b", ".join([b"*a%d" % level] * 9)) for level in range(9)
)
SOUND = b"study: s\ntitle: s\ncurrency: EUR\n"
STUDY_FILES = {
    "nothing": b"",
    "a list": b"- a\n",
    "a text": b"study\n",
    "NUL": b"study: \x00\n",
    "ESC": b"title: \x1b[31m\n",
    "Latin-1": "title: Müller\n".encode("latin-1"),
    "UTF-16": "study: s\n".encode("utf-16"),
    "300 levels": NESTED,
    "ninefold aliases": TEN,
    "an alias of itself": b"study: &a [*a]\n",
    "an undefined alias": b"study: *nobody\n",
    "a key twice": b"study: a\nstudy: b\n",
    "a tab": b"study:\n\ttitle: x\n",
    "an object": b"study: !!python/name:os.system x\n",
    "two documents": b"study: a\n---\nstudy: b\n",
    "a list as key": b"? [a, b]\n: c\n",
    "a huge number": b"as_of: " + b"9" * 5000 + b"\n",
    "a megabyte": b"#" * 1_000_000,
    "tables as text": SOUND + b"as_of: 2024-01-01\ntables: none\n",
    "tables as list": SOUND + b"as_of: 2024-01-01\ntables: [transactions]\n",
    "an impossible day": SOUND + b"as_of: 2024-13-45\ntables: {customers: {source: c.csv}}\n",
    "sources of numbers": SOUND + b"as_of: 2024-01-01\ntables: {customers: {sources: [1]}}\n",
    "a source of nothing": SOUND + b"as_of: 2024-01-01\ntables: {customers: {source: }}\n",
}
CSV_FILES = {
    "nothing": b"",
    "a header alone": HEAD,
    "an open quotation": HEAD + b'"c1,o1,2024-01-02,3.5\n' + ROW,
    "an open quotation in the header": b'"' + HEAD + ROW,
    "a quotation that closes in a value": HEAD + b'c1,"o1,2024-01-02,3.5\n' + b'c2,"o2",2024-01-02,3.5\n',
    "ragged rows": HEAD + ROW + b"c1\n",
    "no names": b",,,\n" + ROW,
    "a name twice": b"customer_id,customer_id,time,amount\n" + ROW,
    "Latin-1": HEAD + "Müller,o1,2024-01-02,3.5\n".encode("latin-1"),
    "UTF-16": (HEAD + ROW).decode().encode("utf-16"),
    "a workbook": b"PK\x03\x04" + bytes(60),
    "gzip": b"\x1f\x8b\x08\x00" + bytes(60),
    "NULs alone": bytes(500),
    "semicolons": (HEAD + ROW).replace(b",", b";"),
    "words for amounts": HEAD + b"c1,o1,2024-01-02,much\n",
    "words for times": HEAD + b"c1,o1,soon,3.5\n",
    "blank amounts": HEAD + b"c1,o1,2024-01-02,\n",
}
COMMANDS = [
    ["check", ""],
    ["check", "no such study"],
    ["check", "/"],
    ["check", "\x1b[31m"],
    ["check", "x" * 5000],
    ["run", "corner_shop", "--name", ""],
    ["run", "corner_shop", "--name", "../up"],
    ["run", "corner_shop", "--name", "\x1b"],
    ["run", "corner_shop", "--only", ""],
    ["run", "corner_shop", "--only", "99"],
    ["run", "corner_shop", "--jobs", "0"],
    ["run", "corner_shop", "--jobs", "many"],
    ["run", "corner_shop", "-p", "nothing", "1"],
    ["run", "corner_shop", "-p", "seed", "one"],
    ["run", "corner_shop", "-p", "seed", "9" * 5000],
    ["run", "corner_shop", "-p", "seed", "nan"],
    ["run", "corner_shop", "-p", "", ""],
    ["run", "corner_shop", "-p", "seed=1", "-p", "seed=2"],
    ["params", "99"],
    ["params", ""],
    ["open", "nobody", "--print"],
    ["open", "corner_shop", "nothing", "--print"],
    ["open", "", "--print"],
    ["simulate", "--parameters", "."],
    ["simulate", "--parameters", "gone.yml"],
    ["simulate", "--parameters", ""],
    ["simulate", "--to", ""],
    ["simulate", "--customers", "0"],
    ["simulate", "--seed", "-1"],
    ["simulate", "--set", "nothing", "1"],
    ["simulate", "--set", "customers", "many"],
    ["nothing"],
]


def crm(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def must_refuse(result: Result) -> None:
    assert result.exit_code == 2, (result.exit_code, result.output, result.exception)
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    assert result.stderr.strip()


def check_csv(project: Path, content: bytes) -> Result:
    spec = {"source": "lines.csv", "columns": {name: name for name in ("customer_id", "order_id", "time", "amount")}}
    folder = make_study(project / "data" / "spoilt", {}, sources={"transactions": spec})
    (folder / "lines.csv").write_bytes(content)
    return crm("check", "spoilt")


@pytest.mark.parametrize("kind", STUDY_FILES)
def test_study_files(project: Path, kind: str) -> None:
    (project / "data" / "s").mkdir()
    (project / "data" / "s" / "study.yml").write_bytes(STUDY_FILES[kind])
    must_refuse(crm("check", "s"))
    must_refuse(crm("run", "s"))
    listed = crm("list")
    assert (listed.exit_code, "cannot be used" in listed.output) == (0, True)


@pytest.mark.parametrize("kind", [kind for kind in CSV_FILES if kind != "a header alone"])
def test_csv_files(project: Path, kind: str) -> None:
    result = check_csv(project, CSV_FILES[kind])
    must_refuse(result)
    assert "remedy: " in result.stderr or "allowed: " in result.stderr


def truncated(content: bytes) -> bytes:
    return content[: len(content) // 2]


def without_sheets(content: bytes) -> bytes:
    from io import BytesIO

    packed = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            new.writestr(name, b"<worksheet" if "sheet1" in name else old.read(name))
    return packed.getvalue()


BINARY_HARM: dict[str, Callable[[bytes], bytes]] = {
    "cut off": truncated,
    "empty": lambda _: b"",
    "text": lambda _: HEAD + ROW,
    "zeros": lambda content: bytes(len(content)),
    "turned": lambda content: content[::-1],
}


@pytest.mark.parametrize("harm", BINARY_HARM)
@pytest.mark.parametrize("name", ["t.xlsx", "t.parquet", "t.sqlite", "t.duckdb"])
def test_binary_files(project: Path, name: str, harm: str) -> None:
    suffix = name.partition(".")[2]
    database = {"sqlite": "sqlite:///t.sqlite", "duckdb": "duckdb:///t.duckdb"}.get(suffix)
    spec = {"source": database or name, "columns": COLUMNS} | ({"table": "sales"} if database else {})
    folder = make_study(project / "data" / "spoilt", {}, sources={"transactions": spec})
    path = folder / name
    if suffix == "xlsx":
        LINES.to_excel(path, index=False)
    elif suffix == "parquet":
        pq.write_table(pa.Table.from_pandas(LINES), path)
    else:
        with sqlite3.connect(path) as connection:
            LINES.to_sql("sales", connection)
        connection.close()
    path.write_bytes(BINARY_HARM[harm](path.read_bytes()))
    result = crm("check", "spoilt")
    must_refuse(result)
    assert "remedy: " in result.stderr or "allowed: " in result.stderr


def test_a_workbook_with_damaged_xml(project: Path) -> None:
    folder = make_study(
        project / "data" / "spoilt", {}, sources={"transactions": {"source": "t.xlsx", "columns": COLUMNS}}
    )
    LINES.to_excel(folder / "t.xlsx", index=False)
    (folder / "t.xlsx").write_bytes(without_sheets((folder / "t.xlsx").read_bytes()))
    result = crm("check", "spoilt")
    must_refuse(result)
    assert "is a damaged Excel workbook" in result.stderr


def test_a_workbook_of_empty_sheets(project: Path) -> None:
    folder = make_study(
        project / "data" / "spoilt", {}, sources={"transactions": {"source": "t.xlsx", "columns": COLUMNS}}
    )
    openpyxl.Workbook().save(folder / "t.xlsx")
    must_refuse(crm("check", "spoilt"))


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda words: " ".join(words)[:40].replace("\x1b", "ESC"))
def test_command_lines(project: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    monkeypatch.chdir(project)
    (project / "data" / "simulated").mkdir(exist_ok=True)
    before = sorted(project.rglob("*"))
    result = crm(*arguments)
    must_refuse(result)
    assert "\x1b" not in result.output
    left = [path for path in sorted(project.rglob("*")) if path not in before and path.name != ".lock"]
    assert [path for path in left if path.name != "reports"] == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows does not let a working folder go")
@pytest.mark.parametrize("command", [["list"], ["check", "corner_shop"], ["params"], ["run", "corner_shop"], ["open"]])
def test_a_working_folder_that_has_been_removed(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    result = crm(*command)
    must_refuse(result)
    assert "the folder this command was started in is gone" in result.stderr
    monkeypatch.chdir(project)


@pytest.mark.parametrize(
    "harm", ["folder", "text", "null", "unknown column", "wrong values", "yaml", "a folder", "a dangling link"]
)
def test_cost_drivers(project: Path, add_notebook: Callable[..., Path], harm: str) -> None:
    add_notebook("70_costs", parameters='cost_drivers_file: str = ""  # unit costs {usual, cost drivers file}')
    own = project / "data" / "corner_shop" / "cost_drivers.yml"
    sound = "cost_drivers: own\nactivities:\n  orders_taken: {driver: orders, unit_cost: 1"
    contents = {
        "text": "costs\n",
        "null": "cost_drivers: own\nactivities:\n",
        "unknown column": sound + ", where: {chanel: web}}\n",
        "wrong values": sound + ", where: {order_id: {a: b}}}\n",
    }
    if harm in contents:
        own.write_text(contents[harm], encoding="utf-8")
    elif harm == "yaml":
        own.with_suffix(".yaml").write_text(sound + "}\n", encoding="utf-8")
    elif harm == "a dangling link":
        own.symlink_to(project / "nowhere.yml")
    else:
        own.mkdir()
    result = crm("check", "corner_shop")
    must_refuse(result)
    assert "remedy: " in result.stderr


def test_a_program_reads_what_is_wrong(project: Path) -> None:
    result = crm("check", "nobody", "--json")
    must_refuse(result)
    said = json.loads(result.stdout)
    assert (said["status"], len(said["faults"])) == ("wrong input", 1)


def test_the_shop_of_the_tests_is_sound(project: Path) -> None:
    make_study(project / "data" / "sound", {"transactions": pd.DataFrame(LINES)})
    assert crm("check", "sound").exit_code == 0
