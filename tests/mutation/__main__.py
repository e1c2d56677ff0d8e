"""How many small changes of the code the tests notice: `make mutants`, or `python -m tests.mutation MODULE…`.

cosmic-ray changes one operator, number or constant at a time in a copy of the project, and runs the tests of that
module. What came out is written to `scores.json`, from which the table in `README.md` beside it is made. The tool
lives in an environment of its own, `.mutants`; the tests run in the project's.
"""

import compileall
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
SCORES, README = HERE / "scores.json", HERE / "README.md"
TOOL, PINNED = ROOT / ".mutants", "cosmic-ray==8.7.0"
TABLE = re.compile(r"(?<=<!-- scores -->\n).*(?=<!-- end of scores -->)", flags=re.DOTALL)
LEAST = 0.85
MODULES = {
    "core/results.py": ["tests/core/test_results.py"],
    "core/periods.py": ["tests/core/test_periods.py"],
    "study/local_time.py": ["tests/study/test_local_time.py"],
    "identification/composition.py": ["tests/identification/test_composition.py"],
    "identification/quality.py": ["tests/identification/test_quality.py"],
    "differentiation/rfm.py": ["tests/differentiation/test_rfm.py"],
    "differentiation/concentration.py": ["tests/differentiation/test_concentration.py"],
    "value/churn/threshold.py": ["tests/value/churn/test_churn_reasons.py"],
    "value/contribution/simple_lifetime_value.py": ["tests/value/contribution/test_simple_lifetime_value.py"],
    "value/backtest/simple.py": ["tests/value/backtest/test_holdout.py"],
    "core/intervals.py": ["tests/core/test_proportions.py", "tests/core/test_intervals.py"],
    "evaluation/retention.py": ["tests/evaluation/test_retention.py"],
    "simulation/arrays.py": ["tests/simulation/test_arrays.py"],
    "suite/planning/parameters.py": ["tests/suite/test_parameters.py"],
    "suite/report/units.py": ["tests/suite/test_units.py"],
}
"""Modules under `src/helpers`, one or two per room, and the tests that are to notice; doctests belong to them."""

OPERATORS = ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Div", "Pow_Mul", "Mod_Mul", "BitAnd_BitOr")
COMPARED = ("Eq", "NotEq", "Lt", "LtE", "Gt", "GtE")
MARKER = re.compile(r"(?:(?<=[(,])|^) ?\*(?=,)")
"""The star of a signature, which the tool takes for a product: the change makes other arguments positional only."""

LEFT_OUT = [
    rf"core/ReplaceBinaryOperator_(?!({'|'.join(OPERATORS)})$)",  # the others are noticed or not as these are
    rf"core/ReplaceComparisonOperator_(?!(({'|'.join(COMPARED)})_({'|'.join(COMPARED)})|Is_IsNot|IsNot_Is|In_NotIn|NotIn_In)$)",
    r"core/ReplaceUnaryOperator_(?!(USub_UAdd|Delete_Not)$)",
    r"core/(RemoveDecorator|Variable.*)",
]


def build_tool() -> Path:
    """Return the environment's folder of programs; make it where it is not there."""
    programs = TOOL / "bin"
    if not (programs / "cosmic-ray").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(TOOL)], check=True)
        subprocess.run([str(programs / "python"), "-m", "pip", "install", "--quiet", PINNED], check=True)
    return programs


@contextmanager
def copy_of_the_project() -> Iterator[Path]:
    """Give a copy whose code may be changed; data and notebooks are only looked at."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in ("src", "tests"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("data", "notebooks", "reports", "README.md", "Makefile", ".git", ".ci"):
            (copy / name).symlink_to(ROOT / name)
        shutil.copy(ROOT / "pyproject.toml", copy)
        yield copy


def imported_by(module: str, copy: Path, environment: dict[str, str]) -> list[str]:
    """Return the modules of other packages that a module of ours, its tests and their fixtures bring."""
    script = (
        "import sys, pytest\n"
        "pytest.main(['--collect-only', '-qq', '-p', 'no:cacheprovider', '-p', 'no:xdist', *sys.argv[2:]])\n"
        "files = {name: getattr(module, '__file__', None) or '' for name, module in sys.modules.items()}\n"
        "print(*[name for name, file in files.items() if not file.startswith(sys.argv[1])])"
    )
    command = [sys.executable, "-c", script, str(copy), *MODULES[module], f"src/helpers/{module}"]
    done = subprocess.run(command, cwd=copy, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return [name for name in done.stdout.splitlines()[-1].split() if name != "__main__"]


@contextmanager
def forking_pytest(copy: Path, module: str) -> Iterator[Path]:
    """Start a server of test runs in the copy, with all compiled but the module to be changed; give its socket."""
    address = copy / "socket"
    environment = os.environ | {"PYTHONPATH": str(copy / "src"), "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    compileall.compile_dir(copy / "src", quiet=1)
    for compiled in (copy / "src" / "helpers" / module).parent.glob(f"__pycache__/{Path(module).stem}.*"):
        compiled.unlink()
    command = [sys.executable, str(copy / "tests" / "mutation" / "forking_pytest.py"), "serve", str(address)]
    command += imported_by(module, copy, environment)
    server = subprocess.Popen(command, cwd=copy, env=environment)
    try:
        while not address.exists():
            if server.poll() is not None:
                raise RuntimeError("the server of test runs did not start")
            time.sleep(0.1)
        yield address
        if server.poll() is not None:
            raise RuntimeError("the server of test runs ended early: runs it did not answer are no noticed changes")
    finally:
        address.unlink(missing_ok=True)
        server.wait()


def measure(module: str, programs: Path) -> dict[str, Any]:
    """Change a module in all ways, one at a time, and say how often its tests noticed."""
    changed = Path("src") / "helpers" / module
    with copy_of_the_project() as copy, forking_pytest(copy, module) as address:
        client = [sys.executable, "-I", "-S", str(copy / "tests" / "mutation" / "forking_pytest.py"), str(address)]
        tests = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *MODULES[module], str(changed)]
        if subprocess.run([*client, *tests], cwd=copy, check=False).returncode:
            raise RuntimeError(f"the tests of {module} are red before any change")
        settings = {"module-path": str(changed), "timeout": 3600.0, "excluded-modules": []}
        settings |= {"test-command": " ".join([*client, *tests])}
        lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
        lines = ["[cosmic-ray]", *lines, '[cosmic-ray.distributor]\nname = "local"']
        lines += ["[cosmic-ray.filters.operators-filter]", f"exclude-operators = {json.dumps(LEFT_OUT)}"]
        (copy / "mutants.toml").write_text("\n".join(lines), encoding="utf-8")
        for step in (
            ["cosmic-ray", "init", "mutants.toml", "mutants.sqlite"],
            ["cr-filter-operators", "mutants.sqlite", "mutants.toml"],
            ["cosmic-ray", "exec", "mutants.toml", "mutants.sqlite"],
        ):
            subprocess.run([str(programs / step[0]), *step[1:]], cwd=copy, check=True)
        return read_session(copy / "mutants.sqlite")


def read_session(path: Path) -> dict[str, Any]:
    """Return what a session of cosmic-ray found: how many changes were noticed, and which were not."""
    query = (
        "select test_outcome, definition_name, diff from work_results join mutation_specs using (job_id) "
        "where worker_outcome = 'NORMAL' order by start_pos_row, start_pos_col, operator_name, occurrence"
    )
    with sqlite3.connect(path) as session:
        rows = session.execute(query).fetchall()
    changes = [(outcome, {"in": name or "", **_change(diff)}) for outcome, name, diff in rows]
    changes = [one for one in changes if not _of_a_signature(one[1])]
    survivors = [change for outcome, change in changes if outcome == "SURVIVED"]
    return {"changes": len(changes), "noticed": len(changes) - len(survivors), "survivors": survivors}


def _of_a_signature(change: dict[str, str]) -> bool:
    """Say whether a change is in a decorator, or makes arguments of a function positional only."""
    if change["was"].startswith("@"):
        return True
    place = MARKER.search(change["was"])
    return place is not None and change["became"] == change["was"].replace("*,", "/,", 1)


def _change(diff: str) -> dict[str, str]:
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
    return {
        word: " ".join(line[1:].strip() for line in lines if line.startswith(sign))
        for word, sign in (("was", "-"), ("became", "+"))
    }


def keep_reasons(found: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Give every survivor that was read before its reason again."""
    reasons = {(one["was"], one["became"]): one.get("reason", "") for one in before.get("survivors", [])}
    survivors = [one | {"reason": reasons.get((one["was"], one["became"]), "")} for one in found["survivors"]]
    return found | {"survivors": survivors}


def table(scores: dict[str, Any]) -> str:
    """Return the scores and the survivors as Markdown."""
    lines = ["| module | changes | noticed | share |", "|---|---:|---:|---:|"]
    for module, score in scores.items():
        share = f"{score['noticed'] / score['changes']:.1%}".replace("%", " %")
        lines.append(f"| `{module}` | {score['changes']} | {score['noticed']} | {share} |")
    lines += ["", "| not noticed in | was | became | why not |", "|---|---|---|---|"]
    for module, score in scores.items():
        for one in score["survivors"]:
            cells = [f"`{one[part]}`".replace("|", "\\|") for part in ("was", "became")]
            lines.append(f"| `{module}`, `{one['in']}` | {cells[0]} | {cells[1]} | {one['reason']} |")
    return "\n".join(lines) + "\n"


def with_table(text: str, scores: dict[str, Any]) -> str:
    """Return the text of the README with the table made anew."""
    return TABLE.sub(lambda _: table(scores), text)


def main(*modules: str) -> int:
    """Measure modules, all by default; write the scores after each; 1 where one is below what is asked."""
    unknown = [module for module in modules if module not in MODULES]
    if unknown:
        print(f"not measured: {', '.join(unknown)}; there are {', '.join(MODULES)}", file=sys.stderr)
        return 2
    programs = build_tool()
    poor = []
    for module in modules or MODULES:
        found = measure(module, programs)
        scores = json.loads(SCORES.read_text(encoding="utf-8"))  # now, for another run may have written meanwhile
        scores[module] = keep_reasons(found, scores.get(module, {}))
        ordered = {name: scores[name] for name in MODULES if name in scores}
        SCORES.write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        README.write_text(with_table(README.read_text(encoding="utf-8"), ordered), encoding="utf-8")
        score = scores[module]
        print(f"{module}: {score['noticed']} of {score['changes']} noticed", flush=True)
        poor += [module] if score["noticed"] < LEAST * score["changes"] else []
    return 1 if poor else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
