"""A Spark session from documented settings; what it needs and lacks is said in one message.

Spark runs in a program of Java's own, which this process starts and which ends with it. What that program writes goes
to a file beside its temporary tables, not to the terminal. A session that is there already, as on a cluster's own
notebooks, is taken as it is.
"""

import atexit
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helpers.core.errors import Fault, InputError
from helpers.core.shared_spark import session_beside_others

OLDEST_JAVA = {3: 8, 4: 17}
"""By main version of Spark: the oldest Java it runs on."""
INSTALL_SPARK = "install it: pip install 'pyspark>=4.1,<5'"
INSTALL_JAVA = "install Java 17 or 21 (a JRE is enough), or set JAVA_HOME to the folder that holds bin/java"
DEFAULT_SETTINGS: dict[str, str] = {
    "spark.master": "local[2]",  # this machine, two threads
    "spark.app.name": "crm-notebooks",
    "spark.driver.memory": "2g",
    "spark.sql.shuffle.partitions": "4",  # Spark's own 200 are for a cluster
    "spark.sql.session.timeZone": "UTC",  # clock times stay as they are written
    "spark.sql.caseSensitive": "true",  # two columns may differ by their capitals alone
    "spark.sql.ansi.enabled": "true",  # what overflows or cannot be read is an error, not a missing value
    "spark.sql.execution.arrow.pyspark.enabled": "true",  # without it missing values pass as NaN or as texts
    "spark.sql.execution.arrow.pyspark.fallback.enabled": "false",
    "spark.sql.catalogImplementation": "in-memory",  # no Hive: no metastore beside the user's files
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}
"""What a session starts with unless a study says otherwise."""
_LOCAL_SETTINGS = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
_AT_START = re.compile(r"spark\.(master|driver\.|jars|submit\.|local\.dir|executor\.extraJavaOptions)")
_SECRET = re.compile(r"secret|password|token|key", re.IGNORECASE)
_LOG_FILE = "spark.log"
_LOGGERS = ("SQLQueryContextLogger", "DataFrameQueryContextLogger")


def spark_session(settings: Mapping[str, str] | None = None) -> Any:
    """Return the Spark session of this process, started where there is none.

    Parameters
    ----------
    settings : mapping of str to str, optional
        Settings of Spark beyond or instead of `DEFAULT_SETTINGS`, as `{"spark.driver.memory": "8g"}`.

    Returns
    -------
    pyspark.sql.SparkSession
        With the functions for likeness of names that Splink brings, where Splink is installed. Of a session that runs
        already only what can change while it runs is set.

    Raises
    ------
    InputError
        When pyspark or a Java new enough is not there, or Spark does not start.
    """
    require_pyspark()
    # Tables pass as Arrow; of pandas nothing is used that pandas 3 changed.
    warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas", category=FutureWarning)
    _keep_refusals_out_of_stderr()
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    active = SparkSession.getActiveSession()
    if active is not None or SparkContext._active_spark_context is not None:
        return _with_settings(active or SparkSession.builder.getOrCreate(), settings or {})
    wanted = session_settings(settings)
    try:
        beside = session_beside_others()
        if beside is not None:
            return _with_settings(_by_this_python(beside), settings or {})
        require_java()
        return _by_this_python(_started(wanted))
    except InputError:
        raise
    except spark_errors() as error:
        raise InputError(_not_started(error, wanted)) from None  # its words may hold a password


def session_settings(settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return every setting a new session starts with, but for its temporary folders.

    Parameters
    ----------
    settings : mapping of str to str, optional
        Those of the user; they come before the defaults.

    Examples
    --------
    >>> session_settings({"spark.master": "local[4]"})["spark.master"]
    'local[4]'
    """
    found = {**DEFAULT_SETTINGS, **(settings or {})}
    if found["spark.master"].startswith("local"):
        found = {**_LOCAL_SETTINGS, "spark.pyspark.python": sys.executable, **found}
    jar = splink_jar(_spark_version()[0])
    if jar is not None:
        jars = [one for one in (found.get("spark.jars", ""), str(jar)) if one]
        found["spark.jars"] = ",".join(jars)
    return found


def is_spark_installed() -> bool:
    """Say whether the package pyspark is there."""
    return importlib.util.find_spec("pyspark") is not None


def require_pyspark() -> None:
    """Raise when the package pyspark is missing.

    Raises
    ------
    InputError
        With how to install it.
    """
    if not is_spark_installed():
        raise InputError(Fault("the package 'pyspark' is missing", "engine spark", "", INSTALL_SPARK))


def require_java() -> None:
    """Raise when no Java is there that Spark could run on.

    Raises
    ------
    InputError
        With what was looked for.
    """
    home = os.environ.get("JAVA_HOME", "")
    program = shutil.which("java", path=str(Path(home) / "bin")) if home else shutil.which("java")
    if program is None:
        what = (
            f"JAVA_HOME is {home!r}, but there is no bin/java in it" if home else "Spark needs Java, and there is none"
        )
        remedy = "set JAVA_HOME to the folder that holds bin/java, or unset it" if home else INSTALL_JAVA
        raise InputError(Fault(what, "engine spark", _wanted_java(), remedy))
    try:
        ran = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        what = f"Java does not start: {type(error).__name__}"
        raise InputError(Fault(what, "engine spark", _wanted_java(), INSTALL_JAVA)) from None
    version = java_version(ran.stderr + ran.stdout)
    if ran.returncode or version is None:
        raise InputError(Fault("Java is there, but does not start", "engine spark", _wanted_java(), INSTALL_JAVA))
    if version < _oldest_java():
        what = f"Java {version} is too old for Spark {'.'.join(map(str, _spark_version()))}"
        raise InputError(Fault(what, "engine spark", _wanted_java(), INSTALL_JAVA))


def java_version(said: str) -> int | None:
    """Return the main version in what `java -version` says, None where there is none.

    Examples
    --------
    >>> java_version('openjdk version "17.0.15" 2025-04-15'), java_version('java version "1.8.0_401"')
    (17, 8)
    """
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found[1]) if found else None


def splink_jar(spark_main_version: int) -> Path | None:
    """Return Splink's file with functions for likeness of names, for one main version of Spark; None without Splink."""
    spec = importlib.util.find_spec("splink")
    folders = list(spec.submodule_search_locations or []) if spec is not None else []
    jars = [
        jar
        for folder in folders
        for jar in (Path(folder) / "internals" / "files" / "spark_jars").glob(f"*_spark{spark_main_version}.x.jar")
    ]
    return max(jars, key=_numbers, default=None)


def _numbers(jar: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", jar.name)]


def _spark_version() -> tuple[int, ...]:
    if not is_spark_installed():
        return (max(OLDEST_JAVA),)
    from pyspark import __version__

    return tuple(int(number) for number in re.findall(r"\d+", __version__)[:3])


def _oldest_java() -> int:
    return OLDEST_JAVA.get(_spark_version()[0], max(OLDEST_JAVA.values()))


def _wanted_java() -> str:
    return f"Java {_oldest_java()} or newer"


def _started(settings: Mapping[str, str]) -> Any:
    """Start Java with what must be known then, and give the rest, secrets among it, to Spark itself."""
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    folder = Path(tempfile.mkdtemp(prefix="crm-spark-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    own = {"spark.sql.warehouse.dir": str(folder / "warehouse"), "spark.local.dir": str(folder)}
    known = {**own, **settings}
    # The settings of a start stand in the machine's list of processes.
    at_start = {key: one for key, one in known.items() if _AT_START.match(key) and not _SECRET.search(key)}
    conf = SparkConf(loadDefaults=False).setAll(list(at_start.items()))
    with (folder / _LOG_FILE).open("wb") as log:
        gateway = launch_gateway(conf, popen_kwargs={"stdout": log, "stderr": log})
    whole = SparkConf(_jvm=gateway.jvm).setAll(list(known.items()))
    return SparkSession(SparkContext(conf=whole, gateway=gateway))


def _by_this_python(session: Any) -> Any:
    """Let functions of ours run by the Python that the settings name: PySpark itself takes the first on the path."""
    named = session.sparkContext.getConf().get("spark.pyspark.python")
    if named and "PYSPARK_PYTHON" not in os.environ:
        session.sparkContext.pythonExec = named
    return session


def _keep_refusals_out_of_stderr() -> None:
    """Let PySpark write no refusal to stderr: it puts all of Java's trace and of the question there, then raises it."""
    if importlib.util.find_spec("pyspark.logger") is None:  # before Spark 4
        return
    from pyspark.logger import PySparkLogger

    for name in _LOGGERS:
        PySparkLogger.getLogger(name).disabled = True


def _with_settings(session: Any, settings: Mapping[str, str]) -> Any:
    wanted = {**{key: one for key, one in DEFAULT_SETTINGS.items() if key.startswith("spark.sql.")}, **settings}
    for key, value in wanted.items():
        if session.conf.isModifiable(key):
            session.conf.set(key, value)
    return session


def spark_errors() -> tuple[type[Exception], ...]:
    """Return what Spark, and the way to it, raise; nothing where it is not installed."""
    if not is_spark_installed():
        return ()
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    return (Py4JError, PySparkException, ConnectionError)


def spark_says(error: Exception) -> str:
    """Return what Spark says of an error: of one that Java raised, its cause, which py4j's own words leave out.

    Parameters
    ----------
    error : Exception
        One of `spark_errors`, or any other.

    Examples
    --------
    >>> spark_says(ValueError("no such table"))
    'no such table'
    """
    java, said = getattr(error, "java_exception", None), str(error)
    try:
        while java is not None:
            said = str(java.getMessage() or said)
            if said.startswith("["):  # the name that Spark gives its own errors
                break
            java = java.getCause()
    except spark_errors():  # Java is gone meanwhile
        return said
    return said


def _not_started(error: Exception, settings: Mapping[str, str]) -> Fault:
    """Say that Spark did not start; of its words only the first line, and nothing of a secret setting."""
    said = spark_says(error).splitlines()
    secrets = [value for key, value in settings.items() if _SECRET.search(key)]
    shown = said[0] if said and not any(secret in said[0] for secret in secrets) else type(error).__name__
    remedy = "correct the settings of engine: in study.yml: spark.master, spark.driver.memory"
    return Fault(f"Spark does not start: {shown}", "engine spark", "", remedy)
