"""Make the committed example report again: `python -m tests.example_report`.

Only what a visitor of the project wants to see first is kept: the client report, its results and its receipt. The
results are also the reference that `tests/notebooks/test_default_study.py` holds every run against.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUN = "example"
REFERENCE = "tests/reference/complete_journey.json"
NOT_KEPT = ("analyst.html", "notebooks", "lists", "tables.xlsx")


def main() -> int:
    """Run the default study, keep the small files and its results as the reference; return the exit status."""
    folder = ROOT / "reports" / "complete_journey" / RUN
    cover = folder / "cover.png"
    picture = cover.read_bytes() if cover.is_file() else None
    crm = Path(sys.executable).with_name("crm")
    made = folder.with_name("for-the-example")
    command = [str(crm), "run", "complete_journey", "--name", made.name]
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    if status:
        return status
    for name in NOT_KEPT:
        target = made / name
        shutil.rmtree(target) if target.is_dir() else target.unlink(missing_ok=True)
    if picture is not None:
        (made / cover.name).write_bytes(picture)
    shutil.rmtree(folder, ignore_errors=True)
    made.rename(folder)
    shutil.copyfile(folder / "results.json", ROOT / REFERENCE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
