"""The wording of messages is held here, in one file for each room; other tests ask for places and values."""

import ast
from pathlib import Path

import pytest
from tests.messages import ROOMS, all_trees, functions_that_word, messages_in, messages_of, snapshot, wordings

CODE = """
ENDINGS = "csv or parquet"


def check(path, rows) -> Iterator[Fault]:
    what = f"{path.name} is empty" if rows else "there is no file"
    yield Fault(what, str(path), ENDINGS, remedy="fill it" " or leave it out")
    yield damaged(f"{path!r} is cut off", rows)


def damaged(what, rows) -> Fault:
    return Fault(what, remedy=", ".join(f"row {row}" for row in rows))
"""


@pytest.fixture(scope="module")
def trees() -> dict[Path, ast.Module]:
    return all_trees()


@pytest.mark.parametrize("room", ROOMS)
def test_the_messages_of_a_room_are_those_kept(room, trees):
    kept = snapshot(room).read_text(encoding="utf-8")
    assert messages_of(room, trees) == kept, "write them anew with: python -m tests.messages"


def test_all_wordings_of_a_message_are_read():
    tree = ast.parse(CODE)
    check, wording = tree.body[1], {"Fault": ["what", "where", "allowed", "remedy"]} | functions_that_word([tree])
    assert list(messages_in(check, wordings(tree) | wordings(check), wording)) == [
        [
            "  what: ({path.name} is empty | there is no file)",
            "  allowed: csv or parquet",
            "  remedy: fill it or leave it out",
        ],
        ["  what: {path} is cut off"],
    ]
    assert list(messages_in(tree.body[2], {}, wording)) == [["  what: {what}", "  remedy: {…}"]]
