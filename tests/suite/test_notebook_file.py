"""A notebook tells what it needs without being run."""

import json
from pathlib import Path

import pytest

from helpers.core.errors import InputError
from helpers.suite.planning.notebook_file import (
    RENAMED,
    choose,
    read_notebook,
    read_notebooks,
    renamed,
    specification_of,
)

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
PARAMETERS = 'study: str = "corner_shop"  # folder under data/\nseed: int = 1  # random seed [0..]'
OPENING = 'book = start(globals(), needs=["transactions"], wants=["products", "customers"], summarises=True)'


def write(path: Path, *code: str, tags: tuple[str, ...] = ("parameters",), heading: str = "# Who & <what>?") -> Path:
    cells = [{"cell_type": "markdown", "metadata": {}, "source": [f"Before\n{heading}\n", "after"]}]
    for place, source in enumerate(code):
        metadata = {"tags": list(tags)} if place == 0 else {}
        cells.append({"cell_type": "code", "metadata": metadata, "source": source, "outputs": []})
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "20_customer_differentiation.ipynb"


def test_everything_is_read_from_the_file(path):
    notebook = read_notebook(write(path, PARAMETERS, f"%matplotlib inline\n!ls\n{OPENING}"))
    assert notebook.name == "20_customer_differentiation"
    assert notebook.number == "20"
    assert notebook.title == "Who & <what>?"
    assert list(notebook.parameters) == ["study", "seed"]
    assert notebook.needs == ("transactions",)
    assert notebook.wants == ("products", "customers")
    assert notebook.summarises is True


def test_a_need_may_name_a_column(path):
    opening = 'start(globals(), needs=["customers.last_name"], wants=["products.brand"])'
    assert read_notebook(write(path, PARAMETERS, opening)).needs == ("customers.last_name",)


def test_a_misspelt_column_is_reported_with_the_nearest(path):
    with pytest.raises(InputError, match=r"unknown column of table customers 'lastname'(?s:.*)'last_name'"):
        read_notebook(write(path, PARAMETERS, 'start(globals(), needs=["customers.lastname"])'))


def test_an_opening_through_a_module_and_without_tables_is_read(path):
    notebook = read_notebook(
        write(path, PARAMETERS, "from helpers.suite.notebook import session\nsession.start(globals())")
    )
    assert (notebook.needs, notebook.wants, notebook.summarises) == ((), (), False)


def test_a_notebook_without_heading_goes_by_its_name(path):
    assert read_notebook(write(path, PARAMETERS, OPENING, heading="## Small")).title == path.stem


def test_reading_runs_nothing(path, tmp_path):
    marker = tmp_path / "ran"
    read_notebook(write(path, PARAMETERS, f"open({str(marker)!r}, 'w')", OPENING))
    assert not marker.exists()


def test_all_faults_of_a_notebook_are_reported_together(path):
    write(path, "seed = 1", 'start(globals(), needs=tables, wants=["product", "visits"])')
    with pytest.raises(InputError) as caught:
        read_notebook(path)
    answer = str(caught.value)
    assert len(caught.value.faults) == 4
    assert "20_customer_differentiation.ipynb, parameters cell, line 1: cannot read 'seed = 1'" in answer
    assert "needs=tables) cannot be read without running the notebook" in answer
    assert "unknown table 'product'" in answer
    assert "did you mean 'products'?" in answer
    assert "wants: unknown table 'visits'" in answer


@pytest.mark.parametrize(
    ("code", "tags", "message"),
    [
        ([PARAMETERS, OPENING], (), "0 parameters cells"),
        ([PARAMETERS], ("parameters",), r"does not open with start"),
        ([PARAMETERS, "start(locals())"], ("parameters",), r"does not open with start"),
        ([PARAMETERS, "start(globals(), ("], ("parameters",), r"does not open with start"),
    ],
)
def test_a_notebook_that_the_runner_cannot_steer_is_refused(path, code, tags, message):
    with pytest.raises(InputError, match=message):
        read_notebook(write(path, *code, tags=tags))


@pytest.mark.parametrize("text", ["", "[]", '{"nbformat": 3, "worksheets": []}', '{"nbformat": 4}', "\x00"])
def test_a_file_that_is_no_notebook_is_refused(path, text):
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"20_customer_differentiation\.ipynb: (is no notebook|cannot be read)"):
        read_notebook(path)


def test_a_missing_file_is_refused(path):
    with pytest.raises(InputError, match="no such notebook"):
        read_notebook(path)


@pytest.fixture
def folder(tmp_path):
    for name in ("50_crm_evaluation", "10_identification", "20_customer_differentiation"):
        write(tmp_path / f"{name}.ipynb", PARAMETERS, OPENING)
    (tmp_path / "Untitled.ipynb").write_text("{}", encoding="utf-8")
    return tmp_path


def test_numbered_notebooks_come_in_reading_order(folder):
    assert [notebook.number for notebook in read_notebooks(folder)] == ["10", "20", "50"]


def test_faults_of_all_notebooks_are_reported_together(folder):
    write(folder / "10_identification.ipynb", "seed = 1", OPENING)
    write(folder / "50_crm_evaluation.ipynb", PARAMETERS)
    with pytest.raises(InputError, match=r"(?s)10_identification.*50_crm_evaluation"):
        read_notebooks(folder)


def test_an_empty_folder_is_a_fault(tmp_path):
    with pytest.raises(InputError, match="no notebooks found"):
        read_notebooks(tmp_path)


@pytest.mark.parametrize(
    "wanted",
    ["20", "20_customer_differentiation", "customer_differentiation", "notebooks/20_customer_differentiation.ipynb"],
)
def test_a_notebook_is_chosen_by_number_name_or_file(folder, wanted):
    assert [one.name for one in choose(read_notebooks(folder), [wanted])] == ["20_customer_differentiation"]


def test_choice_keeps_reading_order_and_none_means_all(folder):
    notebooks = read_notebooks(folder)
    assert [one.number for one in choose(notebooks, ["50", "10", "50"])] == ["10", "50"]
    assert choose(notebooks, []) == notebooks


def test_a_number_stands_for_all_notebooks_that_have_it(folder):
    write(folder / "20_second_view.ipynb", PARAMETERS, OPENING)
    chosen = choose(read_notebooks(folder), ["20"])
    assert [one.name for one in chosen] == ["20_customer_differentiation", "20_second_view"]
    assert [one.name for one in choose(read_notebooks(folder), ["second_view"])] == ["20_second_view"]


def test_the_beginning_of_a_name_stands_for_a_chapter_and_a_file_for_itself(folder):
    write(folder / "20_customer_differentiation_more.ipynb", PARAMETERS, OPENING)
    write(folder / "20_customers.ipynb", PARAMETERS, OPENING)
    names = ["20_customer_differentiation", "20_customer_differentiation_more"]
    for word, chosen in (
        ("20_customer", names), (names[0], names), (f"notebooks/{names[0]}.ipynb", names[:1]), (names[1], names[1:]),
    ):  # fmt: skip
        assert [one.name for one in choose(read_notebooks(folder), [word])] == chosen


@pytest.mark.parametrize("old", RENAMED)
def test_a_chapter_is_found_by_its_former_name_and_its_present_one_is_said(old):
    notebooks = read_notebooks(NOTEBOOKS)
    now = list(RENAMED[old])
    said = f"{old} is now called {now[0]}" if len(now) == 1 else f"{old} is now {' and '.join(now)}"
    for wanted in (old, f"notebooks/{old}.ipynb"):
        chosen = choose(notebooks, [wanted])
        assert [one.name for one in chosen] == now
        assert renamed(chosen, [wanted, wanted]) == (said,)
    assert renamed(chosen, now) == ()


@pytest.mark.parametrize("wanted", ["customer_differentiation", "20_customer"])
def test_a_chapter_that_was_split_is_found_by_any_part_of_its_former_name(wanted):
    chosen = choose(read_notebooks(NOTEBOOKS), [wanted])
    assert [one.name for one in chosen] == list(RENAMED["20_customer_differentiation"])
    assert renamed(chosen, [wanted]) == (f"{wanted} is now {' and '.join(RENAMED['20_customer_differentiation'])}",)


def test_a_number_that_is_in_use_means_the_chapter_that_has_it():
    chosen = choose(read_notebooks(NOTEBOOKS), ["20"])
    assert [one.name for one in chosen] == ["20_concentration"]
    assert renamed(chosen, ["20"]) == ()


def test_the_beginning_of_a_present_name_is_no_former_name():
    """`30_customer` begins the name of a chapter, and began that of one that is called otherwise now."""
    chosen = choose(read_notebooks(NOTEBOOKS), ["30_customer"])
    assert [one.name for one in chosen] == ["30_customer_value"]
    assert renamed(chosen, ["30_customer"]) == ()


def test_every_chapter_has_a_number_of_its_own():
    notebooks = read_notebooks(NOTEBOOKS)
    for notebook in notebooks:
        assert choose(notebooks, [notebook.number]) == (notebook,)


def test_a_notebook_of_a_former_name_is_that_notebook(folder):
    for name in ("30_customer_profitability", "36_customer_profitability"):
        write(folder / f"{name}.ipynb", PARAMETERS, OPENING)
    chosen = choose(read_notebooks(folder), ["30_customer_profitability"])
    assert [one.name for one in chosen] == ["30_customer_profitability"]
    assert renamed(chosen, ["30_customer_profitability"]) == ()


def test_misspelt_notebooks_are_reported_together_with_the_nearest(folder):
    with pytest.raises(InputError) as caught:
        choose(read_notebooks(folder), ["customer_diferentiation", "7"])
    assert len(caught.value.faults) == 2
    assert "did you mean '20_customer_differentiation'?" in str(caught.value)
    assert "unknown notebook '7'" in str(caught.value)


def test_one_name_means_one_thing_in_all_notebooks(folder):
    write(folder / "50_crm_evaluation.ipynb", PARAMETERS.replace("[0..]", "[1..]"), OPENING)
    with pytest.raises(
        InputError, match=r"50_crm_evaluation: parameter 'seed' differs from the one in 10_identification"
    ):
        specification_of(read_notebooks(folder))


def test_the_meaning_may_be_worded_differently(folder):
    write(folder / "50_crm_evaluation.ipynb", PARAMETERS.replace("random seed", "seed of the intervals"), OPENING)
    assert list(specification_of(read_notebooks(folder))) == ["study", "seed"]


def test_a_notebook_may_open_on_another_study(folder):
    write(folder / "50_crm_evaluation.ipynb", PARAMETERS.replace("corner_shop", "phone_contracts"), OPENING)
    assert list(specification_of(read_notebooks(folder))) == ["study", "seed"]
