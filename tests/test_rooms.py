"""The house: which room may import which. Arrows point downwards only, and there is no circle."""

import ast
import importlib
from collections import defaultdict
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "helpers"
TESTS = Path(__file__).parent / "value"
STAGES = ["identification", "differentiation", "value", "interaction", "evaluation"]
BELOW_SUITE = {"core", "study", "simulation", "charts", "narrative", "replication", *STAGES}
ALLOWED = {
    "core": set(),
    "study": {"core"},
    "simulation": {"core"},
    **{stage: {"core", *STAGES[:place]} for place, stage in enumerate(STAGES)},
    **{room: {"core", *STAGES} for room in ("charts", "narrative", "replication")},
    "suite": BELOW_SUITE,
    "cli": {*BELOW_SUITE, "suite"},
}
"""By room: the rooms it may import. A stage may use the stages before it."""

DRAWING = {"common", "fonts", "kept_ticks", "labels", "point_labels", "style", "text_layouts"}
"""What the charts of all rooms share."""

SUITE_ALLOWED = {
    "planning": set(),
    "report": {"planning"},
    "notebook": {"planning", "report"},
    "running": {"planning", "report"},
    "exercises": {"planning"},
}


@cache
def imports() -> list[tuple[str, str]]:
    """Return (importing, imported) modules of the package, faces included."""
    found = []
    for path in [*SOURCE.rglob("*.py"), *SOURCE.rglob("*.pyi")]:
        parts = path.relative_to(SOURCE.parent).with_suffix("").parts
        package = parts[:-1]
        module = ".".join(package if parts[-1] == "__init__" else parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                base = ".".join([*package[: len(package) + 1 - node.level], *filter(None, [node.module])])
                source = base if node.level else node.module or ""
                found += [(module, f"{source}.{alias.name}") for alias in node.names]
            elif isinstance(node, ast.Import):
                found += [(module, alias.name) for alias in node.names]
    return found


def arrows(within: str) -> dict[str, set[str]]:
    """Return, for each part of a package, the other parts it imports."""
    found: dict[str, set[str]] = defaultdict(set)
    depth = within.count(".") + 1
    folder = SOURCE.joinpath(*within.split(".")[1:])
    for ends in imports():
        one, other = ((end.split(".") + [""] * depth)[depth] if end.startswith(f"{within}.") else "" for end in ends)
        if one and other and one != other and (folder / other).is_dir():
            found[one].add(other)
    return found


def test_the_rooms_are_those_drawn():
    rooms = {path.name for path in SOURCE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert rooms <= set(ALLOWED)
    assert {path.name for path in SOURCE.glob("*.py*")} == {"__init__.py", "cli.py"}


@pytest.mark.parametrize("room", sorted(ALLOWED))
def test_a_room_imports_only_what_lies_below(room):
    assert arrows("helpers").get(room, set()) <= ALLOWED[room]


@pytest.mark.parametrize("room", sorted(SUITE_ALLOWED))
def test_a_part_of_the_suite_imports_only_what_lies_below(room):
    assert arrows("helpers.suite").get(room, set()) <= SUITE_ALLOWED[room]


@pytest.mark.parametrize("room", sorted(f"helpers.{room}" for room in {*ALLOWED} - {"cli"}))
def test_the_files_of_a_room_form_no_circle(room):
    paths = SOURCE.joinpath(*room.split(".")[1:]).rglob("*.py")
    files = {".".join(path.relative_to(SOURCE.parent).with_suffix("").parts) for path in paths}
    graph: dict[str, set[str]] = defaultdict(set)
    for one, other in imports():
        target = other if other in files else other.rpartition(".")[0]
        if one in files and target in files and target != one:
            graph[one].add(target)
    TopologicalSorter(graph).prepare()


def test_there_is_one_room_of_charts_for_each_stage():
    found = {path.stem for path in (SOURCE / "charts").iterdir() if path.stem not in {"__init__", "__pycache__"}}
    assert found == {*DRAWING, *STAGES}


@pytest.mark.parametrize("stage", STAGES)
def test_charts_draw_what_their_stage_or_those_below_returned(stage):
    room = f"helpers.charts.{stage}"
    imported = [other.split(".") for one, other in imports() if f"{one}.".startswith(f"{room}.")]
    drawn = {parts[2] if parts[1] == "charts" else parts[1] for parts in imported if parts[0] == "helpers"}
    assert drawn <= {*DRAWING, *ALLOWED[stage], stage}


@pytest.mark.parametrize("stage", STAGES)
def test_the_face_of_a_room_of_charts_shows_every_chart(stage):
    place = SOURCE / "charts" / stage
    modules = [path for path in place.glob("*.py") if path.stem != "__init__"] or [place.with_suffix(".py")]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in modules]
    charts = [node.name for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)]
    shown = importlib.import_module(f"helpers.charts.{stage}")
    assert sorted(name for name in charts if name.startswith("draw_")) == sorted(
        name for name in dir(shown) if name.startswith("draw_")
    )


def test_the_parts_of_value_form_no_circle():
    TopologicalSorter(arrows("helpers.value")).prepare()


def test_the_tests_of_value_lie_in_its_parts():
    parts = {path.name for path in (SOURCE / "value").iterdir() if path.is_dir() and path.name != "__pycache__"}
    of_all_parts = {"test_on_the_complete_journey.py", "conftest.py"}
    tests = {path.relative_to(TESTS).parts[0] for path in TESTS.rglob("*.py")}
    assert tests == parts | of_all_parts


def test_only_the_suite_speaks_to_a_notebook():
    speaking = {one.split(".")[1] for one, other in imports() if other.startswith("IPython")}
    assert speaking == {"suite"}


def test_an_interval_of_the_core_is_defined_once():
    """A second one of the same name lacks what the first was mended by."""
    defined = defaultdict(list)
    for path in SOURCE.rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                defined[node.name].append(path.relative_to(SOURCE).as_posix())
    of_core = {name for name, places in defined.items() if "core/intervals.py" in places and not name.startswith("_")}
    assert of_core
    assert {name: places for name, places in defined.items() if name in of_core and len(places) > 1} == {}
