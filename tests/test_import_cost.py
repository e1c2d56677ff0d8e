"""What importing costs: Splink is waited for only by those who link, and a face loads nothing until it is used."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("room", "needs_splink"),
    [("identification", False), ("identification.linkage", False), ("identification.linkage.linking", True)],
)
def test_only_linking_imports_splink(room, needs_splink):
    code = f"import sys; import helpers.{room}; sys.exit('splink' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == int(needs_splink)


@pytest.mark.parametrize(
    "room",
    [
        "identification",
        "differentiation",
        "value",
        "interaction",
        "evaluation",
        "simulation",
        "charts.value",
    ],
)
def test_the_face_of_a_room_loads_no_data_frames(room):
    code = f"import sys; import helpers.{room}; sys.exit('pandas' in sys.modules or 'scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_run_does_not_wait_for_what_a_library_takes_only_where_it_is_there():
    code = """\
import sys
from helpers.suite.running.quick_imports import without_optional
with without_optional():
    import helpers.suite.running.runner
sys.exit("jsonschema" not in sys.modules or "rfc3987_syntax" in sys.modules or "lark" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
