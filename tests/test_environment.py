"""The ways to install the suite say the same: pyproject.toml, the lock, environment.yml, Makefile and README."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from ruamel.yaml import YAML

from helpers.core import spark_session
from helpers.study import sources
from helpers.suite.planning.notebook_file import read_notebook

ROOT = Path(__file__).resolve().parents[1]
CONDA_NAMES = {"duckdb": "python-duckdb", "ibis-framework": "ibis-duckdb", "matplotlib": "matplotlib-base"}


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def requirements() -> dict[str, str]:
    parsed = [Requirement(line) for line in project()["dependencies"]]
    return {canonicalize_name(each.name): str(each.specifier) for each in parsed}


def conda_requirements() -> dict[str, str]:
    environment = YAML(typ="safe").load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    pip_lines = next(entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    lines = [entry for entry in environment["dependencies"] if isinstance(entry, str)] + pip_lines
    pairs = [line.split(" ", 1) for line in lines if not line.startswith("-")]
    return {canonicalize_name(pair[0]): pair[1] if len(pair) > 1 else "" for pair in pairs}


def test_environment_yml_lists_every_dependency_with_the_same_limit():
    conda = conda_requirements()
    assert conda.pop("python") == project()["requires-python"]
    assert "pip" in conda
    conda.pop("pip")
    expected = {canonicalize_name(CONDA_NAMES.get(name, name)): limit for name, limit in requirements().items()}
    assert conda == expected


def test_environment_yml_installs_the_project_itself():
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    assert "- -e ." in text


def test_lock_pins_every_dependency_with_hashes_and_names_no_host():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = {canonicalize_name(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", lock, flags=re.M)}
    dev = [Requirement(line).name for line in project()["optional-dependencies"]["dev"]]
    assert {*requirements(), *map(canonicalize_name, dev)} <= pinned
    blocks = re.split(r"\n(?=[A-Za-z0-9])", lock)
    assert all("--hash=sha256:" in block for block in blocks if "==" in block)
    assert not re.search(r"https?://|--index-url|--find-links|file:", lock)


@pytest.mark.parametrize("command", ["make report", "make test"])
def test_readme_names_the_two_commands(command):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"\n    {command}\n" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"^{command.split()[1]}:", makefile, flags=re.M)


def test_windows_route_installs_as_the_makefile_does():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").split("\n.venv/installed:")[-1].split("\n\n")[0]
    installs = re.findall(r"-m pip install (.*)", recipe)
    assert len(installs) == 2
    for words in installs:
        needed = {word for word in words.split() if word not in ("--quiet", "--disable-pip-version-check")}
        lines = [set(line.split()) for line in readme.splitlines() if ".venv\\Scripts\\python -m pip install" in line]
        assert any(needed <= line for line in lines), needed


def test_windows_route_runs_every_check_of_make_test():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    windows = "\n".join(line for line in readme.splitlines() if ".venv\\Scripts" in line)
    for target in re.search(r"^test: ([\w -]+?)\s*(?:##|$)", makefile, flags=re.M).group(1).split():
        recipe = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", makefile, flags=re.M).group(1)
        for line in recipe.strip().splitlines():
            words = line.strip().replace("$(PYTEST)", "python -m pytest").replace("$(BIN)/", "")
            assert f".venv\\Scripts\\{words}" in windows, words


def test_every_parameter_the_readme_sets_exists():
    known = {name for file in (ROOT / "notebooks").glob("*.ipynb") for name in read_notebook(file).parameters}
    named = set(re.findall(r" -p (\w+) ", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert named
    assert named <= known


def test_ci_runs_the_readmes_test_command():
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").rstrip().endswith("make test")


def test_messages_name_the_packages_of_the_extras():
    """Not the suite's own name: it is on no index, where anybody might take it."""
    extras = project()["optional-dependencies"]
    assert f"install it: pip install '{extras['spark'][0]}'" == spark_session.INSTALL_SPARK
    assert {"postgres": extras["postgres"][0]} == sources._EXTRAS
    text = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    assert all(f"pip install '{extras[name][0]}'" in text for name in ("spark", "postgres"))
