"""Results kept for the chapters of a run: found again for the same work on the same things, and for nothing else."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import pytest

from helpers.core.kept_results import keep_results_with, kept


class Shelf(dict[str, str]):
    """Keeps texts in memory."""

    def read(self, key: str) -> str | None:
        return self.get(key)

    def write(self, key: str, text: str) -> None:
        self[key] = text


@pytest.fixture
def shelf():
    shelf = Shelf()
    keep_results_with(shelf)
    yield shelf
    keep_results_with(None)


FRAME = pd.DataFrame({"age": [3.0, np.nan], "name": ["Ann", "Ben"]})
GIVEN = {"rows": np.arange(3.0), "table": FRAME, "seed": 1}
OTHERS = {
    "another value": GIVEN | {"seed": 2},
    "a whole number for a decimal": GIVEN | {"rows": np.arange(3)},
    "another order": GIVEN | {"rows": np.arange(3.0)[::-1]},
    "a value in the last bit": GIVEN | {"rows": np.nextafter(np.arange(3.0), 9)},
    "another shape": GIVEN | {"rows": np.arange(3.0).reshape(1, 3)},
    "another column": GIVEN | {"table": FRAME.rename(columns={"age": "weeks"})},
    "another word": GIVEN | {"table": FRAME.replace("Ben", "Bea")},
    "parts joined otherwise": GIVEN | {"seed": [1]},
}


worked: list[object] = []


def count(given: object) -> list[float | None]:
    worked.append(given)
    return [len(worked), 0.1 + len(worked), None]


def another(given: object) -> list[float | None]:
    return count(given)


@pytest.fixture(autouse=True)
def nothing_worked():
    worked.clear()


def test_what_was_worked_out_is_not_worked_out_again(shelf):
    results = [kept(count, GIVEN) for _ in range(2)]

    assert results == [[1, 1.1, None]] * 2
    assert len(shelf) == len(worked) == 1


@pytest.mark.parametrize("given", OTHERS.values(), ids=OTHERS)
def test_of_anything_else_it_is_worked_out_anew(shelf, given):
    assert [kept(count, one)[0] for one in (GIVEN, given, GIVEN)] == [1, 2, 1]
    assert kept(another, GIVEN)[0] == 3


def test_a_thing_that_cannot_be_told_from_others_is_refused(shelf):
    with pytest.raises(TypeError, match="set"):
        kept(count, {1, 2})
    assert not shelf


def test_work_that_may_know_more_than_it_is_given_is_refused(shelf):
    """A count of living customers was once known by less than it rested on: its work was a method."""
    seed = 2
    for work in (lambda: [seed], Shelf(a="1").read, partial(count, GIVEN)):
        with pytest.raises(TypeError, match="may know more than it is given"):
            kept(work)
    assert not shelf


@dataclass(frozen=True)
class Circle:
    radius: float


@dataclass(frozen=True)
class Ball:
    radius: float


class Model:
    def __init__(self, point: float) -> None:
        self.point, self.cache = point, object()

    @property
    def known_by(self) -> object:
        return self.point


def test_classes_their_fields_and_what_says_by_what_it_is_known_are_told_apart(shelf):
    things = [Circle, Ball, Circle(1.0), Circle(2.0), Ball(1.0), Model(1.0), Model(2.0), 1.0]
    assert [kept(count, one)[0] for one in things] == list(range(1, len(things) + 1))
    assert kept(count, Model(1.0))[0] == 6


def test_nothing_is_kept_where_nobody_keeps():
    assert [kept(count, GIVEN)[0] for _ in range(2)] == [1, 2]
