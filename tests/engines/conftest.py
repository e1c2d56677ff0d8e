"""Real engines for the tests of this folder: a PostgreSQL of its own, Spark on this machine, SQLite, DuckDB.

Each is started once per session, lives in a temporary folder and is stopped at the end. Where its program or its
package is missing, the tests that ask for it are skipped with what is missing. `make engines` installs the packages.
"""

import gc
import importlib.util
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import ibis
import pytest

HERE = Path(__file__).parent
SERVERS = {"cluster", "postgres", "spark", "spark_session"}
"""Fixtures that start a program; tests on SQLite and DuckDB alone are run with all others."""
SYSTEM_USER = "postgres"
"""PostgreSQL refuses to run as root; then it runs as this user."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that asks for a server, and let pass what the drivers of the engines warn of themselves."""
    for item in items:
        given = getattr(item, "callspec", None)  # a test may ask for one of several by its name
        named = [one for one in given.params.values() if isinstance(one, str)] if given is not None else []
        if HERE in item.path.parents and SERVERS & {*getattr(item, "fixturenames", ()), *named}:
            item.add_marker(pytest.mark.engines)
            item.add_marker(pytest.mark.filterwarnings("default::ResourceWarning"))


@dataclass(frozen=True)
class Cluster:
    """A running PostgreSQL.

    Parameters
    ----------
    port : int
        On 127.0.0.1.
    password : str
        Of the user.
    version : str
        As the server says it.
    programs : Path
        Folder with psql and the like.
    log : Path
        What the server writes.
    user, database : str
        The user may do everything.
    """

    port: int
    password: str
    version: str
    programs: Path
    log: Path
    user: str = "shop"
    database: str = "shop"

    @property
    def url(self) -> str:
        """Return the address, with the password."""
        return f"postgres://{self.user}:{quote(self.password)}@127.0.0.1:{self.port}/{self.database}"

    def connect(self) -> Any:
        """Return a new Ibis connection."""
        return ibis.postgres.connect(
            host="127.0.0.1", port=self.port, user=self.user, password=self.password, database=self.database
        )

    def psql(self, *statements: str, database: str | None = None) -> str:
        """Run statements one by one as the owner of everything, past Ibis, and return what they answer."""
        words = [self.programs / "psql", "-qAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port)]
        words += ["-U", self.user, "-d", database or self.database]
        words += [word for one in statements for word in ("-c", one)]
        environment = {**os.environ, "PGPASSWORD": self.password}
        return subprocess.run(words, env=environment, check=True, capture_output=True, text=True).stdout.strip()


def require(*packages: str) -> None:
    """Skip the test where a package is missing."""
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"package {', '.join(missing)} is not installed: make engines")


def postgres_programs() -> Path | None:
    """Return the newest folder of PostgreSQL's programs of the server."""
    on_path = shutil.which("initdb")
    places = [Path(on_path).resolve().parent] if on_path else []
    for pattern in ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql*/bin"):
        places += sorted(
            Path("/").glob(pattern), key=lambda one: [int(n) for n in one.parts[-2].split("-") if n.isdigit()]
        )
    return next((one for one in reversed(places) if (one / "initdb").is_file()), None)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL on a free port of loopback, entered with a password."""
    require("psycopg")
    programs = postgres_programs()
    if programs is None:
        pytest.skip("PostgreSQL's server is not installed: no initdb found")
    if os.name == "posix" and os.geteuid() == 0 and not _is_user(SYSTEM_USER):
        pytest.skip(f"PostgreSQL does not run as root, and there is no user {SYSTEM_USER}")
    folder = Path(tempfile.mkdtemp(prefix="crm-pg-"))
    try:
        running = _started(programs, folder)
        try:
            yield running
        finally:
            _drop_connections()
            _run([programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(cluster: Cluster) -> Iterator[Any]:
    """An Ibis connection to PostgreSQL, for the whole session."""
    connection = cluster.connect()
    yield connection
    connection.disconnect()


@pytest.fixture(scope="session")
def spark_session() -> Iterator[Any]:
    """A Spark session of two threads on this machine."""
    require("pyspark")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("Spark needs Java, and there is none")
    from helpers.core.spark_session import spark_session as start

    session = start({"spark.master": "local[2]"})
    yield session
    session.stop()


@pytest.fixture(scope="session")
def spark(spark_session: Any) -> Any:
    """An Ibis connection to Spark, for the whole session."""
    from helpers.core.spark_engine import engine_of

    return engine_of(spark_session)


@pytest.fixture
def sqlite() -> Iterator[Any]:
    """A new SQLite in memory."""
    connection = ibis.sqlite.connect()
    yield connection
    connection.disconnect()


def _drop_connections() -> None:
    """Let go of connections that studies opened and nobody closed: after the last test, warnings of them are errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def _is_user(name: str) -> bool:
    import pwd

    return any(entry.pw_name == name for entry in pwd.getpwall())


def _run(words: Sequence[Any], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs, as another user where this one is root."""
    if os.geteuid() == 0:
        options |= {"user": SYSTEM_USER, "group": SYSTEM_USER, "extra_groups": []}
    return subprocess.run(
        [str(word) for word in words], check=True, text=True, cwd="/", stdin=subprocess.DEVNULL, timeout=120, **options
    )


def _started(programs: Path, folder: Path) -> Cluster:
    password, port = secrets.token_hex(8), _free_port()
    secret = folder / "password"
    secret.write_text(password, encoding="ascii")
    if os.geteuid() == 0:
        for one in (folder, secret):
            shutil.chown(one, SYSTEM_USER, SYSTEM_USER)
    data, log = folder / "data", folder / "server.log"
    options = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c shared_buffers=64MB"
    )
    quiet = {"stdout": subprocess.DEVNULL}
    access = ["-A", "scram-sha-256", f"--pwfile={secret}"]
    _run([programs / "initdb", "-D", data, "-U", Cluster.user, "-E", "UTF8", "--locale=C", "-N", *access], **quiet)
    _run([programs / "pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start"], **quiet)
    running = Cluster(port, password, "", programs, log)
    running.psql(f"CREATE DATABASE {running.database}", database="postgres")
    return Cluster(port, password, running.psql("SHOW server_version"), programs, log)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
