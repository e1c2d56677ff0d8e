"""What importing the room costs: record linkage brings Splink with it, and only those who link should wait for it."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(("room", "needs_splink"), [("identification", False), ("identification.linkage", True)])
def test_only_the_linkage_room_imports_splink(room, needs_splink):
    code = f"import sys; import helpers.{room}; sys.exit('splink' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == int(needs_splink)
