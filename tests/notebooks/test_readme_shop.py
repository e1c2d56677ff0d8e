"""The worked example of data/README.md, three lines of a shop, runs through every chapter that its table allows."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).resolve().parents[2]


def block(kind: str) -> str:
    text = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    return dedent(re.search(rf"```{kind}\n(.*?)^ *```", text, flags=re.DOTALL | re.MULTILINE).group(1))


def test_the_shop_of_the_readme_gets_a_report(tmp_path):
    shop = tmp_path / "my_shop"
    shop.mkdir()
    (shop / "lines.csv").write_text(block("csv"), encoding="utf-8")
    (shop / "study.yml").write_text(block("yaml"), encoding="utf-8")
    environment = os.environ | {"CRM_REPORTS": str(tmp_path / "reports")}
    crm = str(Path(sys.executable).with_name("crm"))
    done = subprocess.run([crm, "run", str(shop)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "reports" / "my_shop" / "latest" / "results.json").read_text(encoding="utf-8"))
    assert (results["customers"]["value"], results["orders"]["value"]) == (2, 2)
