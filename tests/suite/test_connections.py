"""Where kernels listen: sockets in a short folder of the run's own, or ports nobody else is given."""

import os
import socket
import stat
import tempfile
from pathlib import Path

import pytest
import zmq

from helpers.suite.running import connections as module
from helpers.suite.running.connections import CHANNELS, Connections, port_range, remove_socket_folders

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there are no Unix sockets")
TOKEN = "0123abcd"  # noqa: S105  no secret


@pytest.fixture
def places(tmp_path, monkeypatch) -> Path:
    """A short folder that is the only place for sockets."""
    with tempfile.TemporaryDirectory(prefix="t-", dir="/tmp") as name:
        monkeypatch.setattr(module, "_short_places", lambda: iter([Path(name)]))
        yield Path(name)


def temporary_folder(monkeypatch, folder: Path) -> None:
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)


def test_every_kernel_has_sockets_of_its_own_in_a_folder_nobody_else_may_enter(places):
    made = Connections(TOKEN)
    first, second = made.new(), made.new()
    assert first["transport"] == second["transport"] == "ipc"
    assert first["ip"] != second["ip"]
    assert stat.S_IMODE(made.folder.stat().st_mode) == 0o700
    assert list(made.folder.iterdir()) == []
    assert len({first[f"{channel}_port"] for channel in CHANNELS}) == len(CHANNELS)
    made.close()
    assert list(places.iterdir()) == []


def test_the_address_of_a_socket_fits_with_all_that_is_added_to_it(monkeypatch):
    for length in range(60, 110):
        with tempfile.TemporaryDirectory(prefix="x" * (length - 20), dir="/tmp") as name:
            monkeypatch.setattr(module, "_short_places", lambda name=name: iter([Path(name)]))
            made = Connections(TOKEN)
            if made.folder is not None:
                address = f"{made.new()['ip']}-{len(CHANNELS)}"
                assert len(os.fsencode(address)) <= zmq.IPC_PATH_MAX_LEN == 107
                with socket.socket(socket.AF_UNIX) as bound:
                    bound.bind(address)
            made.close()
            assert list(Path(name).iterdir()) == []


def test_a_temporary_folder_with_too_long_a_name_gives_way_to_a_short_one(tmp_path, monkeypatch):
    long = tmp_path / ("ä" * 60)
    long.mkdir()
    temporary_folder(monkeypatch, long)
    made = Connections(TOKEN)
    assert made.folder is not None
    assert not made.folder.is_relative_to(long)
    made.close()
    assert list(long.iterdir()) == []


@pytest.mark.parametrize("kind", ["gone", "file", "not writable"])
def test_a_temporary_folder_that_cannot_be_used_gives_way_to_another(tmp_path, monkeypatch, kind):
    folder = tmp_path / "tmp"
    if kind == "file":
        folder.touch()
    elif kind == "not writable":
        folder.mkdir()
        mkdtemp = tempfile.mkdtemp

        def refuse(**where):
            if str(where["dir"]) == str(folder):
                raise PermissionError(13, "Permission denied")
            return mkdtemp(**where)

        monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    temporary_folder(monkeypatch, folder)
    made = Connections(TOKEN)
    assert made.new()["transport"] == "ipc"
    made.close()


def test_without_a_place_for_sockets_there_are_ports_below_those_the_system_gives_out(monkeypatch):
    monkeypatch.setattr(module, "_short_places", lambda: iter([]))
    made = Connections(TOKEN)
    given = [made.new() for _ in range(20)]
    ports = [one[f"{channel}_port"] for one in given for channel in CHANNELS]
    assert {one["transport"] for one in given} == {"tcp"}
    assert {one["cache_ports"] for one in given} == {False}
    assert len(set(ports)) == 100
    assert set(ports) <= set(port_range())
    made.close()


@pytest.mark.parametrize(
    ("said", "ports"),
    [
        ("32768\t60999\n", range(10_000, 32_768)),
        ("40000 40127", range(10_000, 40_000)),
        ("1024 65535", range(10_000, 65_536)),
        ("", range(10_000, 49_152)),
    ],
)
def test_ports_are_drawn_from_below_what_the_system_gives_out(tmp_path, monkeypatch, said, ports):
    file = tmp_path / "range"
    file.write_text(said, encoding="ascii")
    monkeypatch.setattr(module, "_RANGE_OF_LINUX", file)
    assert port_range() == ports


def test_a_port_in_use_is_not_drawn(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        monkeypatch.setattr(module, "_short_places", lambda: iter([]))
        monkeypatch.setattr(module, "port_range", lambda: range(port, port + 40))
        assert port not in Connections(TOKEN).new().values()


def test_only_sockets_of_the_run_that_was_killed_are_removed(places, tmp_path):
    dead, living = Connections(TOKEN), Connections("deadbeef")
    dead.new()
    (dead.folder / "1-1").touch()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = places / f"crm-{TOKEN}-link"
    link.symlink_to(elsewhere)
    remove_socket_folders(TOKEN)
    assert not dead.folder.exists()
    assert living.folder.is_dir()
    assert elsewhere.is_dir()
