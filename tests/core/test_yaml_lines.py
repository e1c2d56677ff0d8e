"""Files of study, cost drivers, hierarchy and company: one reader, whose limits hold for all four."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.core import yaml_lines
from helpers.core.errors import InputError
from helpers.simulation import read_parameters
from helpers.study.study import load_study
from helpers.value.ahp import read_hierarchy
from helpers.value.profitability import read_cost_drivers

READERS: dict[str, Callable[[Path], object]] = {
    "study.yml": load_study,
    "cost_drivers.yml": read_cost_drivers,
    "hierarchy.yml": read_hierarchy,
    "company.yml": read_parameters,
}
NINE = ", ".join(["*a{}"] * 9)
LAUGHS = "a0: &a0 [lol]\n" + "".join(f"a{n + 1}: &a{n + 1} [{NINE.format(*[n] * 9)}]\n" for n in range(9))
FLAT = "a: &a [" + "x, " * 2_000 + "]\nb: [*a, *a, *a, *a, *a, *a]\n"
HARMFUL = {
    "aliases that grow ninefold per level": (LAUGHS, r"line 5: aliases up to \*a3 stand for more than 10,000 values"),
    "one long list named often": (FLAT, r"line 2: aliases up to \*a stand for more than 10,000 values"),
    "a long text named often": ("a: &a '" + "x" * 99_000 + "'\nb: [" + "*a, " * 20 + "]", "line 2: aliases up to"),
    "an alias inside what it names": ("a: &a [1, *a]\n", r"line 1: the alias \*a stands inside what it names"),
    "an alias of nothing": ("a: *b\n", "line 1: not readable as YAML: found undefined alias"),
    "300 lists in each other": ("a:\n  " + "[" * 300 + "]" * 300 + "\n", "line 2: nested more than 30 levels deep"),
    "300 mappings in each other": ("a: " + "{b: " * 300 + "1" + "}" * 300, "line 1: nested more than 30 levels deep"),
    "300 open brackets": ("a: " + "[" * 300, "line 1: nested more than 30 levels deep"),
    "300 indentations": ("".join(" " * n + "a:\n" for n in range(300)), "line 31: nested more than 30 levels deep"),
    "a key that is a list": ("x: 1\n? [a, b]\n: 1\n", "line 2: a key is no single value"),
    "a key that is a mapping": ("{a: 1}: 2\n", "line 1: a key is no single value"),
    "an alias as key": ("a: &a x\n*a : 2\n", "line 2: a key is no single value"),
    "an object of Python": ("x: !!python/object/apply:os.system ['true']\n", "line 1: the tag .* has no meaning"),
    "a tag that does not fit": ("x: 1\ny: !!int many\n", "line 2: the tag 'tag:yaml.org,2002:int' has no meaning"),
    "a number of 5000 digits": ("x: " + "9" * 5_000, "line 1: not readable as YAML: a number has too many digits"),
    "a key twice": ("x: 1\ny: 2\nx: 3\n", r"line 3: not readable as YAML: found duplicate key(?s:.*)keep one"),
    "a large file": ("# " + "x" * 600_000 + "\na: 1\n", "is larger than 500 kB"),
    "two documents": ("a: 1\n---\nb: 2\n", "line 2: not readable as YAML"),
    "a list": ("- a\n", "is not a mapping of keys to values"),
    "nothing": ("", "is not a mapping of keys to values"),
    "no UTF-8": ("a: 1\nb: \udcfc\n", "line 2: is not text in UTF-8"),
    "an invisible character": ("a: \x07\n", "not readable as YAML"),
}


@pytest.mark.parametrize("file", READERS)
@pytest.mark.parametrize("harm", HARMFUL)
def test_what_no_honest_file_holds_is_refused_with_its_line_and_a_remedy(tmp_path: Path, file: str, harm: str) -> None:
    text, message = HARMFUL[harm]
    path = tmp_path / file
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match=message) as caught:
        READERS[file](path)
    assert all(fault.remedy for fault in caught.value.faults)


@pytest.mark.parametrize("file", [name for name in READERS if name != "study.yml"])
def test_a_folder_for_a_file_is_reported_as_such(tmp_path: Path, file: str) -> None:
    with pytest.raises(InputError, match=r"is a folder(?s:.*)remedy: name a file in it"):
        READERS[file](tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_that_never_ends_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "company.yml")
    with pytest.raises(InputError, match="is no file of a disk"):
        read_parameters(tmp_path / "company.yml")


def test_honest_aliases_merges_and_dates_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_text("base: &b {x: 1}\nsame: *b\nmerged:\n  <<: *b\n  y: 2024-02-31\n", encoding="utf-8")
    tree = yaml_lines.load_mapping(path, allowed="")
    assert yaml_lines.plain(tree) == {"base": {"x": 1}, "same": {"x": 1}, "merged": {"x": 1, "y": "2024-02-31"}}
    assert yaml_lines.line_of(tree, "merged", "x") == 3, "the line of the mapping that takes it in"
    assert yaml_lines.line_of(tree, "merged", "y") == 5
