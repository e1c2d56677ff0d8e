"""What Spark needs and lacks is said in one message, before anything of it starts."""

import sys
from pathlib import Path

import pytest

from helpers.core.errors import InputError
from helpers.core.spark_session import (
    is_spark_installed,
    require_java,
    require_pyspark,
    session_settings,
    splink_jar,
)


def java(folder: Path, script: str) -> Path:
    """Write a program called java."""
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    return folder


def test_pyspark_is_missing(monkeypatch):
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    for name in [name for name in sys.modules if name.partition(".")[0] == "pyspark"]:
        monkeypatch.delitem(sys.modules, name)
    assert not is_spark_installed()
    with pytest.raises(InputError, match=r"'pyspark' is missing(?s:.*)pip install 'pyspark>=4.1,<5'"):
        require_pyspark()


def test_java_home_leads_nowhere(monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk"))
    with pytest.raises(InputError, match=r"JAVA_HOME is .*jdk', but there is no bin/java in it(?s:.*)or unset it"):
        require_java()


def test_there_is_no_java(monkeypatch, tmp_path):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=r"Spark needs Java, and there is none(?s:.*)install Java 17 or 21"):
        require_java()


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("""echo 'openjdk version "11.0.22" 2024-01-16' >&2""", "Java 11 is too old for Spark"),
        ("""echo 'java version "1.8.0_401"' >&2""", "Java 8 is too old for Spark"),
        ("echo 'Error: could not find libjava.so' >&2; exit 1", "Java is there, but does not start"),
    ],
)
def test_a_java_that_will_not_do(monkeypatch, tmp_path, script, words):
    monkeypatch.setenv("JAVA_HOME", str(java(tmp_path, script)))
    with pytest.raises(InputError, match=f"{words}(?s:.*)Java 17 or newer"):
        require_java()


def test_a_java_that_will_do(monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(java(tmp_path, """echo 'openjdk version "21.0.2" 2024-01-16' >&2""")))
    require_java()


def test_settings_of_the_user_come_first_and_a_cluster_gets_none_of_this_machine():
    assert session_settings()["spark.driver.host"] == "127.0.0.1"
    there = session_settings({"spark.master": "spark://cluster:7077", "spark.driver.memory": "8g"})
    assert there["spark.driver.memory"] == "8g"
    assert "spark.driver.host" not in there


@pytest.mark.parametrize("version", [3, 4])
def test_splinks_functions_are_found_by_the_version_of_spark(version):
    jar = splink_jar(version)
    assert jar is not None
    assert jar.is_file()
    assert jar.name.endswith(f"_spark{version}.x.jar")
    assert splink_jar(2) is None
