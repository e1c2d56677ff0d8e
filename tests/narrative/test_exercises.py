"""The exercises: what a chapter's file may say of one, and what is said of an answer."""

import pytest

from helpers.narrative.exercises import Exercise, customers_sentence, exercises, exercises_from, number_sentence

SOUND = {"task": "Name those who left.", "checks": "truth:customers.alive=false", "study": "simulated"}


def test_all_exercises_are_sound_and_their_ids_differ():
    found = exercises()
    assert len({one.id for one in found}) == len(found) > 0


@pytest.mark.parametrize(
    ("checks", "kind"),
    [
        ("gini_revenue", "result"),
        ("truth:customers.alive", "truth"),
        ("truth:customers.orders >= 3", "truth"),
        ("published:cdnow.data.counts/lines", "published"),
        ("", "open"),
    ],
)
def test_what_an_answer_is_held_against(checks, kind):
    (one,), faults = exercises_from({"exercises": {"E20-1": SOUND | {"checks": checks}}}, "20_customers")
    assert faults == []
    assert one.kind == kind


@pytest.mark.parametrize(
    ("name", "entry", "what"),
    [
        ("E20", SOUND, "no number of an exercise"),
        ("E20-0", SOUND, "no number of an exercise"),
        ("E20-1", "Name those who left.", "an exercise is a table"),
        ("E20-1", SOUND | {"task": " "}, "the task is missing"),
        ("E20-1", SOUND | {"cheks": "x"}, "unknown key of an exercise"),
        ("E20-1", SOUND | {"task": 3}, "task is 3"),
        ("E20-1", SOUND | {"parameters": "seed"}, "parameters is 'seed'"),
        ("E20-1", SOUND | {"checks": "truth:customers"}, "checks is 'truth:customers'"),
        ("E20-1", SOUND | {"checks": "Gini of revenue"}, "checks is 'Gini of revenue'"),
        ("E20-1", SOUND | {"study": ""}, "the study is missing"),
        ("E20-1", SOUND | {"checks": "gini_revenue", "model": "a_list.state=lost"}, "needs customers"),
        ("E20-1", SOUND | {"model": "a list"}, "model is 'a list'"),
    ],
)
def test_a_fault_in_a_chapters_file_is_named_with_its_place(name, entry, what):
    found, faults = exercises_from({"exercises": {name: entry, "E20-9": SOUND}}, "20_customers")
    assert [one.id for one in found] == ["E20-9"]
    assert what in " ".join(map(str, faults))
    assert all(f"20_customers.toml: exercises.{name}" in one.where for one in faults)


def test_the_command_names_the_parameters_of_the_task():
    task = Exercise("E20-1", "20_customers", "?", "champions", "shop", {"score_groups": 3})
    assert task.run_command == "crm run shop --only 20_customers -p score_groups 3"


def test_the_sentence_without_a_model_and_without_mistakes():
    task = Exercise("E20-1", "20_customers", "?", found="who left", others="who did not")
    assert customers_sentence(task, 1200, 1500, 0) == "You found 1,200 of 1,500 who left, and named none who did not."


def test_a_wrong_word_is_neither_high_nor_low():
    assert number_sentence("phase", "growth", float("nan"), None) == "Not right. Asked for: phase."
