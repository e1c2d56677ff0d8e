"""What a linkage worked around, in words: one sentence for each kind of note."""

from types import SimpleNamespace

import pytest

from helpers.identification.linkage import DuckDBBackend, LinkageNote, SparkBackend
from helpers.narrative.chapter import chapter_words
from helpers.narrative.identification import RECORDS
from helpers.narrative.linkage_notes import compared_elsewhere, tabulate_notes, text_of_note

NAMES = (("ann lee", 9), ("bo li", 7))
NOTES = [
    (LinkageNote("sources", "one_source"), "One source only"),
    (LinkageNote("records", "repeated_rows", 1200), "1,200 rows repeat another"),
    (LinkageNote("email", "placeholders", 3, {"kind": "email"}), "3 values are placeholders or no email;"),
    (LinkageNote("email", "repaired", 3), "3 values had been read with the wrong encoding"),
    (LinkageNote("email", "unreadable", 3), "3 values lost letters"),
    (LinkageNote("last_name", "two_scripts", 3), "Names in Chinese and in Western letters"),
    (LinkageNote("sex", "never_filled", 3), "'sex' has no usable value: it tells nobody apart"),
    (LinkageNote("sex", "always_the_same", 3), "'sex' has the same value in every record that has one:"),
    (LinkageNote("email", "only_field"), "'email' is the only field that identifies:"),
    (LinkageNote("records", "nothing_held", 2), "2 records have no identifying value;"),
    (
        LinkageNote("records", "copies_set_aside", 30, {"most": 20, "few": 8, "example": "till 7"}),
        (
            "30 records are copies in groups of more than 20, or more than 8 where they hold a name and one "
            "contact only (such as till 7): they look like placeholders and were not merged."
        ),
    ),
    (
        LinkageNote("records", "copies_joined", 9, {"most": 4, "example": "web 1"}),
        ("9 records are copies in groups of more than 4 (such as web 1) and were taken for one customer a group."),
    ),
    (
        LinkageNote("born", "shared_date", 40, {"values": 2}, (("19000101", 40),), 1),
        ("2 values of 'born' stand with many different names, 19000101 (40 names) and 1 more: they look like"),
    ),
    (
        LinkageNote("email", "shared_contact", 12, {"values": 1}, (("in…@firm.example", 12),)),
        ("1 values of 'email' stand with many different names, in…@firm.example (12 names): they look like shared"),
    ),
    (
        LinkageNote("records", "crowded_names", 16, {"most": 4}, NAMES, 3),
        (
            "16 records hold nothing that identifies but a name, or one contact that is nobody else's, and more than 4 "
            "such records share the name, 'ann lee' (9), 'bo li' (7) and 3 names more: they look like placeholders"
        ),
    ),
    (
        LinkageNote("clusters", "joined_by_name", 16, {}, NAMES),
        ("16 records were joined to others on nothing but a name, 'ann lee', 'bo li': no other field"),
    ),
    (
        LinkageNote("phone", "crowded_values", 300, {"values": 1, "most": 250}),
        ("1 values of 'phone' stand in more than 250 records;"),
    ),
    (LinkageNote("clusters", "links_not_followed", 0, {"links": 2}), "2 links were not followed:"),
    (
        LinkageNote("training", "learnt_nothing", 0, {"least": 50, "fields": "name"}),
        "agree in any field: what is usual",
    ),
    (
        LinkageNote("training", "learnt_in_part", 0, {"least": 50, "fields": "name, city"}),
        "agree in name, city: what is",
    ),
]


@pytest.mark.parametrize(("note", "text"), NOTES, ids=[note.what for note, _ in NOTES])
def test_a_note_says_what_was_found(note, text):
    assert text in text_of_note(note)


def test_every_kind_of_note_is_tried_here():
    keys = {name.removeprefix("note_") for name in chapter_words(RECORDS).sentences if name.startswith("note_")}
    assert keys == {note.what for note, _ in NOTES}


def test_notes_become_a_table():
    table = tabulate_notes([LinkageNote("birth_date", "repaired", 3)])
    assert table[["where", "records"]].to_dict("records") == [{"where": "birth date", "records": 3}]
    assert table["what_was_done"].tolist() == [text_of_note(LinkageNote("birth_date", "repaired", 3))]
    assert list(tabulate_notes([]).columns) == ["where", "what_was_done", "records"]


def test_pairs_compared_on_spark_are_said_to_be_and_those_compared_here_are_not():
    session = SimpleNamespace(version="4.3.0")
    there, here = SimpleNamespace(backend=SparkBackend(session)), SimpleNamespace(backend=DuckDBBackend())
    assert compared_elsewhere(there).startswith(" The pairs were found and compared on Spark 4.3.0, ")
    assert compared_elsewhere(here) == ""
