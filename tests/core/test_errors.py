"""Faults: what a user reads, and that all of them are kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.core.errors import (
    EngineError,
    EngineLostError,
    Fault,
    FaultsError,
    InputError,
    SourceError,
    nearest,
    some_of,
    together,
    unknown_name,
)


def test_a_fault_reads_from_place_to_remedy() -> None:
    fault = Fault("'x' is wrong", where="study.yml, line 3", allowed="y, z", remedy="write y")
    assert str(fault) == "study.yml, line 3: 'x' is wrong\n    allowed: y, z\n    remedy: write y"
    assert str(Fault("only this")) == "only this"


def test_all_faults_are_kept_and_reported() -> None:
    error = InputError(Fault(name) for name in ("first", "second"))
    assert [fault.what for fault in error.faults] == ["first", "second"]
    assert str(error) == "first\nsecond"
    assert InputError("text").faults == (Fault("text"),)


def test_is_caught_as_a_value_error() -> None:
    with pytest.raises(ValueError, match="only this"):
        raise InputError(Fault("only this"))


@pytest.mark.parametrize(
    ("word", "found"),
    [("amout", "amount"), ("AMOUNT", "amount"), ("Order", "order_id"), ("zzz", None), ("", None)],
)
def test_nearest(word: str, found: str | None) -> None:
    assert nearest(word, ["amount", "order_id", "time"]) == found


def test_unknown_name_without_a_near_one_or_any() -> None:
    assert unknown_name("zzz", ["amount"], kind="column").remedy == "take one of these"
    assert unknown_name("zzz", [], kind="column").allowed == "none"


@given(st.lists(st.integers(), min_size=1, max_size=40), st.integers(1, 6))
def test_some_of_names_or_counts_every_value(values: list[int], at_most: int) -> None:
    text = some_of(values, at_most=at_most)
    named, _, rest = text.partition(" and ")
    counted = int(rest.split()[0].replace(",", "")) if rest else 0
    assert len(named.split(", ")) + counted == len(values)


@pytest.mark.parametrize("kind", [EngineError, EngineLostError, SourceError])
def test_a_refusal_that_says_nothing_of_the_data_is_not_caught_with_wrong_input(kind: type[FaultsError]) -> None:
    assert issubclass(kind, FaultsError)
    assert not issubclass(kind, InputError)


def test_errors_put_together_stay_of_the_kind_that_ends_a_run() -> None:
    assert type(together([InputError("a"), InputError("b")])) is InputError
    for other in (InputError("a"), EngineError("a"), SourceError("a")):
        found = together([other, EngineLostError("b")])
        assert isinstance(found, EngineLostError)
        assert [fault.what for fault in found.faults] == ["a", "b"]
