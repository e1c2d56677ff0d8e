"""Files that are no longer as the study found them."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cases import make_study, shop

from helpers.study.study import load_study

LINES = shop(20)


def append(path: Path) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write("\n")


def same_size(path: Path) -> None:
    path.write_bytes(path.read_bytes()[::-1])
    os.utime(path, ns=(0, 0))


CHANGES: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "nothing": (lambda folder: folder, []),
    "more in a file": (lambda folder: append(folder / "lines-1.csv"), ["table transactions"]),
    "other rows of the same size": (lambda folder: same_size(folder / "lines-2.csv"), ["table transactions"]),
    "a file less": (lambda folder: (folder / "lines-2.csv").unlink(), ["table transactions"]),
    "a file more": (lambda folder: (folder / "lines-3.csv").write_text("a,b\n1,2\n"), ["table transactions"]),
    "a copy more": (
        lambda folder: (folder / "lines-3.csv").write_bytes((folder / "lines-2.csv").read_bytes()),
        ["table transactions"],
    ),
    "the study file": (lambda folder: append(folder / "study.yml"), ["study.yml"]),
    "the study file saved as it was": (lambda folder: os.utime(folder / "study.yml", ns=(0, 0)), []),
    "the study file gone": (lambda folder: (folder / "study.yml").unlink(), ["study.yml"]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_since_a_study_found_it_is_named(change: str, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    make_study(folder, {}, sources={"transactions": {"source": "lines-*.csv"}})
    for number, rows in enumerate((LINES.iloc[::2], LINES.iloc[1::2]), start=1):
        rows.to_csv(folder / f"lines-{number}.csv", index=False)
    study = load_study(folder)
    assert study.check() == []
    make, expected = CHANGES[change]
    make(folder)
    assert study.changed_files() == expected
