"""The files of an earlier build, to measure today's beside it in the same run; it needs the same packages."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def unpack(commit: str, folder: Path) -> Path:
    """Put the files of a commit into a folder and return it; the test is skipped where the clone is cut short."""
    git = ["git", "-C", str(ROOT)]
    if subprocess.run([*git, "cat-file", "-e", f"{commit}^{{commit}}"], capture_output=True, check=False).returncode:
        pytest.skip(f"this clone has no commit {commit}: its history is cut short")
    archive = subprocess.run([*git, "archive", commit], capture_output=True, check=True).stdout
    folder.mkdir(parents=True)
    subprocess.run(["tar", "--extract", "--directory", str(folder)], input=archive, check=True)
    return folder
