"""Results kept for the chapters of a run: found again for the same work on the same things, and for nothing else."""

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


def test_what_was_worked_out_is_not_worked_out_again(shelf):
    results = [kept("count", GIVEN, lambda one=one: [one, 0.1 + one, None]) for one in (1, 2)]

    assert results == [[1, 1.1, None]] * 2
    assert len(shelf) == 1


@pytest.mark.parametrize("given", OTHERS.values(), ids=OTHERS)
def test_of_anything_else_it_is_worked_out_anew(shelf, given):
    kept("count", GIVEN, lambda: [1])

    assert kept("count", given, lambda: [2]) == [2]
    assert kept("another work", GIVEN, lambda: [3]) == [3]


def test_a_thing_that_cannot_be_told_from_others_is_refused(shelf):
    with pytest.raises(TypeError, match="set"):
        kept("count", {1, 2}, lambda: [1])
    assert not shelf


def test_nothing_is_kept_where_nobody_keeps():
    assert [kept("count", GIVEN, lambda one=one: [one]) for one in (1, 2)] == [[1], [2]]
