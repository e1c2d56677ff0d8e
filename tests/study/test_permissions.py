"""Files and folders that may not be read: one message that calls them as the study does, before anything is read."""

import json
import sqlite3
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from tests.cases import make_study, shop
from tests.no_rights import run_without_rights

CHECK_ALL = """
import json, sys
from click.testing import CliRunner
from helpers.cli import main

results = {name: CliRunner().invoke(main, ["check", name]) for name in sys.argv[1:]}
print(json.dumps({name: [one.exit_code, one.output] for name, one in results.items()}))
"""
CHANGE_IT = "remedy: change its permissions"
CHANGE_FOLDER = "remedy: change the permissions of that folder, or name another"
IN_CLOSED_FOLDER = "may not be reached: a folder on its way is closed"
SOURCES: dict[str, tuple[str, str, str]] = {
    "text": ("lines.csv", "'lines.csv' may not be read", CHANGE_IT),
    "parquet": ("lines.parquet", "'lines.parquet' may not be read", CHANGE_IT),
    "workbook": ("lines.xlsx", "'lines.xlsx' may not be read", CHANGE_IT),
    "sqlite": ("sqlite:///lines.db", "'sqlite:///lines.db table t' may not be read", CHANGE_IT),
    "duckdb": ("duckdb:///lines.duckdb", "'duckdb:///lines.duckdb table t' may not be read", CHANGE_IT),
    "one_of_several": ("lines-*.csv", "'lines-2.csv' may not be read", CHANGE_IT),
    "text_below": ("closed/lines.csv", f"'closed/lines.csv' {IN_CLOSED_FOLDER}", CHANGE_FOLDER),
    "sqlite_below": ("sqlite:///closed/lines.db", f"'sqlite:///closed/lines.db' {IN_CLOSED_FOLDER}", CHANGE_FOLDER),
    "duckdb_below": ("duckdb:///closed/l.duckdb", f"'duckdb:///closed/l.duckdb' {IN_CLOSED_FOLDER}", CHANGE_FOLDER),
    "several_below": ("closed/l*.csv", f"'closed/l*.csv' {IN_CLOSED_FOLDER}", CHANGE_FOLDER),
    "anywhere_below": (
        "**/l*.csv",
        "the folder 'closed', where '**/l*.csv' looks for files, may not be looked into",
        CHANGE_IT,
    ),
}
"""By study: its source, and what is said of it. Of `anywhere_below` a file that may be read lies beside the folder."""


def write(path: Path, lines: pd.DataFrame) -> None:
    """Write lines as the ending of a file says."""
    path.parent.mkdir(exist_ok=True)
    if path.suffix == ".parquet":
        lines.to_parquet(path, index=False)
    elif path.suffix == ".xlsx":
        lines.to_excel(path, index=False)
    elif path.suffix == ".db":
        connection = sqlite3.connect(path)
        lines.to_sql("t", connection, index=False)
        connection.close()
    elif path.suffix == ".duckdb":
        with duckdb.connect(str(path)) as database:
            database.execute("CREATE TABLE t AS SELECT * FROM lines")
    else:
        lines.to_csv(path, index=False)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str]]:
    """Exit status and output of `crm check` for each study; one program asks for all."""
    home, lines = tmp_path_factory.mktemp("closed"), shop(5)
    shut: list[Path] = []
    for name, (source, _, _) in SOURCES.items():
        entry = {"source": source} | ({"table": "t"} if "://" in source else {})
        folder = make_study(home / name, {"transactions": lines}, sources={"transactions": entry})
        (folder / "transactions.csv").rename(folder / "lines-1.csv")
        file = folder / {"one_of_several": "lines-2.csv", "anywhere_below": "closed/lines-2.csv"}.get(
            name, source.rpartition(":///")[2].replace("*", "")
        )
        write(file, lines)
        shut.append(file.parent if file.parent != folder else file)
    for path in shut:
        path.chmod(0)
    printed = run_without_rights(CHECK_ALL, *(str(home / name) for name in SOURCES), folder=home)
    for path in shut:
        path.chmod(0o700)
    return {Path(name).name: (status, output) for name, (status, output) in json.loads(printed).items()}


@pytest.mark.parametrize("name", SOURCES)
def test_what_may_not_be_read_is_one_message(said: dict[str, tuple[int, str]], name: str) -> None:
    (status, output), (_, what, remedy) = said[name], SOURCES[name]
    assert status == 2, output
    line, second = output.strip().splitlines()
    assert line.startswith(f"{name}/study.yml, line ")
    assert line.endswith(f": {what}")
    assert second.strip().startswith(remedy)


RESOLVE = """
import sys
from pathlib import Path
from helpers.core.errors import InputError
from helpers.study.grammar import TableSpec
from helpers.study.sources import resolve

try:
    print(*(path.name for path in resolve(TableSpec(source=sys.argv[1]), Path.cwd()).files))
except InputError as error:
    print(error)
"""


@pytest.fixture
def homes(tmp_path: Path) -> Path:
    """A folder with a folder of two files in it."""
    (tmp_path / "homes" / "mine").mkdir(parents=True)
    for month in (1, 2):
        write(tmp_path / "homes" / "mine" / f"lines-{month}.csv", shop(4 + month))
    return tmp_path / "homes"


@pytest.mark.parametrize("absolute", [False, True])
def test_a_pattern_leads_through_a_folder_that_only_lets_pass(homes: Path, absolute: bool) -> None:
    """As the folder of all users' homes often is: nobody lists it, and everybody reaches their own."""
    source = f"{homes}/mine/l*.csv" if absolute else "homes/mine/l*.csv"
    homes.chmod(0o111)
    found = run_without_rights(RESOLVE, source, folder=homes.parent)
    homes.chmod(0o700)
    assert found.split() == ["lines-1.csv", "lines-2.csv"]


@pytest.mark.parametrize("absolute", [False, True])
def test_a_closed_folder_is_called_as_the_pattern_calls_it(homes: Path, absolute: bool) -> None:
    before = f"{homes.parent}/" if absolute else ""
    homes.chmod(0o111)
    said = run_without_rights(RESOLVE, f"{before}homes/*/l*.csv", folder=homes.parent)
    homes.chmod(0o700)
    assert said.startswith(f"the folder '{before}homes', where '{before}homes/*/l*.csv' looks for files, may not be")
