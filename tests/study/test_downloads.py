"""Public data come by a command alone, and are written only when they are the published ones."""

import gzip
import hashlib
import io
from types import MappingProxyType
from urllib.error import URLError

import pandas as pd
import pytest
from click.testing import CliRunner

from helpers.cli import main
from helpers.core.errors import InputError
from helpers.study import downloads

CONTENT = b"""recency,history,mens,womens,zip_code,newbie,channel,segment,visit,conversion,spend
10,142.44,1,0,Rural,0,Phone,Womens E-Mail,1,1,20.5
6,329.08,1,1,Urban,1,Web,No E-Mail,1,0,0
7,180.65,0,1,Urban,1,Web,Mens E-Mail,0,0,0
"""


@pytest.fixture
def trial(tmp_path, monkeypatch):
    """A study `trial` whose published file is known by its checksum."""
    known = downloads.Download(("https://one.example/a", "https://two.example/a"), "", downloads.hillstrom_tables)
    known = downloads.Download(known.addresses, hashlib.sha256(CONTENT).hexdigest(), known.prepare)
    monkeypatch.setattr(downloads, "DOWNLOADS", MappingProxyType({"trial": known}))
    monkeypatch.setattr(downloads, "data_folder", lambda: tmp_path)
    (tmp_path / "trial").mkdir()
    return tmp_path / "trial"


def test_the_first_address_that_answers_is_taken(trial, monkeypatch):
    asked = []

    def answer(address, timeout):
        asked.append(address)
        if "one" in address:
            raise URLError("gone")
        return io.BytesIO(gzip.compress(CONTENT.replace(b"\n", b"\r\n")))

    monkeypatch.setattr(downloads, "urlopen", answer)
    written = downloads.fetch("trial")
    assert len(asked) == 2
    assert sorted(path.name for path in written) == ["contacts.parquet", "customers.parquet", "responses.parquet"]
    contacts, responses = (pd.read_parquet(trial / f"{name}.parquet") for name in ("contacts", "responses"))
    assert contacts[["customer_id", "campaign_id", "treated"]].to_numpy().tolist() == [
        ["00002", "mens", False],
        ["00003", "mens", True],
        ["00001", "womens", True],
        ["00002", "womens", False],
    ]
    assert responses[["customer_id", "campaign_id", "kind", "amount"]].to_numpy().tolist() == [
        ["00002", "mens", "visit", 0.0],
        ["00001", "womens", "visit", 0.0],
        ["00002", "womens", "visit", 0.0],
        ["00001", "womens", "conversion", 20.5],
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (CONTENT + b"1", "this is not the published file"),
        (gzip.compress(CONTENT, mtime=0)[:-9], "the file is damaged"),
        (b"", "this is not the published file"),
    ],
)
def test_of_another_file_nothing_is_written(trial, tmp_path, content, message):
    (tmp_path / "copy").write_bytes(content)
    with pytest.raises(InputError, match=message):
        downloads.fetch("trial", file=tmp_path / "copy")
    assert list(trial.iterdir()) == []


def test_without_a_network_the_remedy_leads_on(trial, monkeypatch, tmp_path):
    def fail(_address, timeout):
        raise TimeoutError

    monkeypatch.setattr(downloads, "urlopen", fail)
    with pytest.raises(InputError, match=r"(?s)no address of the data answers.*crm fetch trial --from FILE"):
        downloads.fetch("trial")
    with pytest.raises(InputError, match="cannot be read"):
        downloads.fetch("trial", file=tmp_path / "nowhere")
    (tmp_path / "copy").write_bytes(CONTENT)
    assert len(downloads.fetch("trial", file=tmp_path / "copy")) == 3


def test_a_study_without_data_to_fetch_is_named():
    done = CliRunner().invoke(main, ["fetch", "hillstorm"])
    assert done.exit_code == 2
    assert "did you mean 'hillstrom'?" in done.stderr
