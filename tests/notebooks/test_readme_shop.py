"""The worked example of data/README.md, three lines of a shop, runs through every chapter that its table allows."""

import json
import re
from pathlib import Path
from textwrap import dedent

import pytest
from tests.study_runs import crm_run, run_here

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.usefixtures("forked_kernels")


def block(kind: str) -> str:
    text = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    return dedent(re.search(rf"```{kind}\n(.*?)^ *```", text, flags=re.DOTALL | re.MULTILINE).group(1))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("readme") / "my_shop"
    folder.mkdir()
    (folder / "lines.csv").write_text(block("csv"), encoding="utf-8")
    (folder / "study.yml").write_text(block("yaml"), encoding="utf-8")
    run_here(folder, folder.parent)
    return folder


def results_of(reports: Path) -> bytes:
    return (reports / "my_shop" / "latest" / "results.json").read_bytes()


def test_the_shop_of_the_readme_gets_a_report(shop):
    results = json.loads(results_of(shop.parent))
    assert (results["customers"]["value"], results["orders"]["value"]) == (2, 2)


def test_one_job_and_several_give_the_same_results(shop, tmp_path):
    chapters = ("00", "10", "13", "20", "30", "54")
    run_here(shop, tmp_path, "--jobs", "1", *(word for chapter in chapters for word in ("--only", chapter)))
    whole, alone = (json.loads(results_of(reports)) for reports in (shop.parent, tmp_path))
    assert len({entry["notebook"] for entry in alone.values()}) >= 4
    assert json.dumps({name: whole[name] for name in alone}) == json.dumps(alone)


@pytest.mark.slow
def test_one_job_and_several_give_the_same_bytes(shop, tmp_path):
    crm_run(shop, tmp_path, "--jobs", "1")
    assert results_of(tmp_path) == results_of(shop.parent)
