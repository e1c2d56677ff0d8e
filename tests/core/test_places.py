"""Places: the project is found from anywhere, and the environment overrides it."""

from pathlib import Path

import pytest

from helpers.core import places
from helpers.core.errors import InputError


def make_project(folder: Path, name: str = "crm-notebooks") -> Path:
    (folder / "notebooks" / "deep").mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "pyproject.toml").write_text(f'[project]\nname = "{name}"\n', encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRM_HOME", raising=False)
    monkeypatch.delenv("CRM_REPORTS", raising=False)


def test_nearest_project_above_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_project(tmp_path / "p")
    monkeypatch.chdir(project / "notebooks" / "deep")
    assert places.project_root() == project
    assert places.notebooks_folder() == project / "notebooks"
    assert places.data_folder() == project / "data"
    assert places.reports_folder() == project / "reports"


@pytest.mark.parametrize("broken", ["another-name", 'x"\n[', "no-data"])
def test_other_folders_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    folder = make_project(tmp_path / "p", broken)
    if broken == "no-data":
        (folder / "data").rmdir()
    monkeypatch.chdir(folder)
    own_checkout = Path(places.__file__).resolve().parents[3]
    assert places.project_root() == own_checkout


def test_environment_names_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_project(tmp_path / "p", "any-name")
    monkeypatch.setenv("CRM_HOME", str(project))
    monkeypatch.setenv("CRM_REPORTS", str(tmp_path / "elsewhere"))
    assert places.project_root() == project
    assert places.reports_folder() == tmp_path / "elsewhere"


def test_environment_names_no_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    with pytest.raises(InputError, match=r"CRM_HOME names .* no folder notebooks and no folder data"):
        places.project_root()


def test_no_project_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(places, "__file__", str(tmp_path / "site" / "helpers" / "core" / "places.py"))
    with pytest.raises(InputError, match="set CRM_HOME"):
        places.project_root()
