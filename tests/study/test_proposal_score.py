"""How many roles, formats and keys of thirty made-up clients are guessed right; no date or decimal wrong in silence."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from tests.study.client_files import SHAPES

from helpers.study.proposal.propose import propose
from helpers.study.study import load_study

AT_LEAST = 0.9
READINGS = ("date_format", "decimal", "thousands", "computed")
"""Keys that must be right or open: a wrong one changes figures and nobody sees it."""


def proposed(folder: Path) -> dict[str, Any]:
    text = propose([str(folder)]).text
    read: dict[str, Any] = YAML(typ="safe").load(text)
    return read


def found_at(study: dict[str, Any], place: str) -> Any:
    node: Any = study if place.split(".")[0] in study else study["tables"]
    for key in place.split("."):
        node = node.get(key) if isinstance(node, dict) else None
    return node


@pytest.fixture(scope="module")
def scores(tmp_path_factory) -> dict[str, dict[str, tuple[Any, Any]]]:
    """By shape and place: what is right, and what was proposed."""
    found = {}
    for name, make in SHAPES.items():
        folder = tmp_path_factory.mktemp(name)
        expected = make(folder)
        study = proposed(folder)
        found[name] = {place: (right, found_at(study, place)) for place, right in expected.items()}
    return found


def is_right(right: Any, proposed_value: Any) -> bool:
    return str(right) == str(proposed_value) if not isinstance(right, list) else right == proposed_value


def test_nine_of_ten_roles_formats_and_keys_are_right(scores):
    assert len(scores) == 30
    wrong = [
        f"{name}: {place} is {got!r}, not {right!r}"
        for name, places in scores.items()
        for place, (right, got) in places.items()
        if not is_right(right, got)
    ]
    asked = sum(map(len, scores.values()))
    print(f"\n{asked - len(wrong)} of {asked} right", *wrong, sep="\n")
    assert asked - len(wrong) >= AT_LEAST * asked, "\n".join(wrong)


def test_no_date_and_no_decimal_is_read_wrongly_in_silence(scores):
    silent = [
        (name, place, right, got)
        for name, places in scores.items()
        for place, (right, got) in places.items()
        if any(key in place.split(".") for key in READINGS) and got is not None and str(got) != str(right)
    ]
    assert silent == []


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPES)
def test_a_proposed_study_is_sound_unless_a_choice_is_open(name, tmp_path):
    folder = tmp_path / name
    folder.mkdir()
    SHAPES[name](folder)
    propose([str(folder)]).write()
    assert bool(load_study(folder).check()) == (name in ("ambiguous_dates", "ambiguous_thousands"))
