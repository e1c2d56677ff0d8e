"""The environment of the neighbouring libraries is found, built from a Python that is new enough, or asked for."""

import re
import sys
from pathlib import Path

import pytest
from tests.benchmarks import peers


@pytest.fixture
def stand_in(tmp_path: Path):
    """Make a program that answers as an interpreter of some version would, or does not start."""

    def make(name: str, says: str, status: int = 0) -> str:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\necho {says}\nexit {status}\n", encoding="utf-8")
        path.chmod(0o755)
        return str(path)

    return make


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are shell scripts")
def test_an_old_python_and_a_shim_without_one_are_passed_over(stand_in, monkeypatch):
    shim, old, new = stand_in("shim", "not found", 127), stand_in("old", "3 11"), stand_in("new", "3 13")
    monkeypatch.setattr(peers, "_candidates", lambda: iter([shim, "/no/such/python", old, new]))
    assert peers.version_of(shim) == peers.version_of("/no/such/python") == ()
    assert peers.find_python() == new


def test_where_no_python_is_new_enough_it_is_said_what_to_do(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(peers, "_candidates", lambda: iter(()))
    monkeypatch.setattr(peers, "PEERS", tmp_path / ".peers")
    assert peers.build() == 2
    said = capsys.readouterr().err
    assert "Python 3.12 or newer" in said
    assert "make peers PEERS_PYTHON=" in said
    assert peers.find_peers() is None


def test_a_named_python_is_the_only_one_looked_at(monkeypatch):
    monkeypatch.setenv("PEERS_PYTHON", "/a/python")
    assert list(peers._candidates()) == ["/a/python"]


def test_make_peers_is_this_command():
    makefile = (Path(__file__).resolve().parents[2] / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^peers: .*\n\t\$\(BIN\)/python -m tests\.benchmarks\.peers$", makefile, flags=re.M)
