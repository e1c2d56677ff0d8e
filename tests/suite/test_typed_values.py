"""What a person typed into the parameters cell and ran last is what counts, before study.yml; mistakes are reported."""

import json
import linecache

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from tests.notebook_shell import OPEN, PARAMETERS, pieces, run

from helpers.core.errors import InputError
from helpers.suite.notebook.executed import injected_after, last_parameters_cell
from helpers.suite.planning.delivered import delivered_defaults, misspelt_names, typed_values

TYPED = PARAMETERS.replace("= 0.2 ", "= 0.3 ")


def deliver(home, cell=PARAMETERS, name="10_shop"):
    """Put a notebook into the project, and the file of the defaults it came with."""
    made = new_notebook(cells=[new_code_cell(cell, metadata={"tags": ["parameters"]}), new_code_cell(OPEN)])
    nbformat.write(made, home / "notebooks" / f"{name}.ipynb")
    return home / "notebooks" / f"{name}.ipynb"


def store_defaults(home):
    defaults = {"10_shop": {"study": "corner_shop", "top_share": 0.2, "seed": 1}}
    (home / "notebooks" / "defaults.json").write_text(json.dumps(defaults), encoding="utf-8")


def source_and_value(outputs, name="top_share"):
    entry = pieces(outputs)[0]["parameters"][name]
    return entry["source"], entry["value"]


# --- only the last run counts -----------------------------------------------------------------------------------------
MISTAKES = {
    "out of range": ("seed: int = 1 ", "seed: int = -1 ", "parameter seed: -1 is out of range"),
    "not whole": ("seed: int = 1 ", "seed: int = 1.5 ", "parameter seed: 1.5 is not a whole number"),
    "per cent for a share": ("= 0.2 ", "= 20 ", "parameter top_share: 20 is out of range"),
    "decimal comma": ("= 0.2 ", "= 0,2 ", r"parameter top_share: \(0, 2\) is not a number"),
    "a sum": (
        "seed: int = 1 ",
        "seed: int = 90 * 2 ",
        "90 . 2' cannot be read(?s:.*)write the value of seed itself",
    ),
    "number for text": ('"corner_shop"', "5", "parameter study: 5 is not text"),
    "no type": ("top_share: float = 0.2", "top_share = 0.2", r"it has no type(?s:.*)write top_share: float = 0\.2"),
    "a call": (
        "seed: int",
        "print(1)\nseed: int",
        r"line 3: cannot read 'print\(1\)': it is no parameter, and this cell",
    ),
    "no default": ("seed: int = 1 ", "seed: int ", "it has no default(?s:.*)write seed: int = and the default"),
    "no type of study": ("study: str", "study", "it has no type(?s:.*)write study: str = 'corner_shop'"),
    "misspelt name": ("top_share", "top_shar", "unknown parameter 'top_shar'(?s:.*)did you mean 'top_share'"),
    "misspelt study": ("study: str", "stdy: str", "unknown parameter 'stdy'(?s:.*)did you mean 'study'"),
}


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_the_cell_is_reported_and_gone_once_corrected(shell, home, old, new, message):
    deliver(home)
    run(shell, PARAMETERS)
    with pytest.raises(InputError, match=message):
        run(shell, PARAMETERS.replace(old, new), OPEN)
    assert source_and_value(run(shell, TYPED, OPEN)) == ("parameters cell", 0.3)


def test_a_cell_that_is_no_python_is_not_passed_over_for_an_older_one(shell, home):
    deliver(home)
    run(shell, PARAMETERS)
    assert not shell.run_cell(PARAMETERS.replace("= 0.2 ", "= = 0.2 "), store_history=True).success
    with pytest.raises(InputError, match=r"parameters cell, line 2: cannot be read(?s:.*)correct the line"):
        run(shell, OPEN)
    assert source_and_value(run(shell, TYPED, OPEN)) == ("parameters cell", 0.3)


def test_what_was_injected_before_the_cell_ran_again_is_forgotten_even_if_unreadable():
    cells = [PARAMETERS, "# Parameters\nseed = = 3", PARAMETERS, "# Parameters\nseed = 4"]
    assert injected_after(cells, last_parameters_cell(cells)) == {"seed": 4}
    with pytest.raises(InputError, match="injected parameters, line 2: cannot be read"):
        injected_after(cells[:2], 0)


def test_other_cells_with_types_are_no_parameters_cell():
    cells = [PARAMETERS, "count: int = 3\nstudy, p = book.study, book.p", "seed: int = 4"]
    assert last_parameters_cell(cells, known={"seed", "top_share"}) == 0


def test_all_that_is_wrong_with_the_cell_is_reported_at_once(shell, home):
    deliver(home)
    wrong = PARAMETERS.replace("top_share", "top_shar").replace("= 1 ", "= -1 ")
    with pytest.raises(InputError, match=r"(?s)did you mean 'top_share'.*parameter seed: -1 is out of range"):
        run(shell, wrong, OPEN)


# --- what was typed goes before study.yml -------------------------------------------------------------------------
@pytest.mark.parametrize("listed", [True, False], ids=["defaults listed", "notebook on disk"])
def test_an_edited_value_goes_before_the_one_of_the_study(shell, home, listed):
    store_defaults(home) if listed else deliver(home)
    assert source_and_value(run(shell, TYPED, OPEN)) == ("parameters cell", 0.3)
    assert source_and_value(run(shell, PARAMETERS, OPEN)) == ("study.yml", 0.5)


def test_an_edited_value_still_does_once_the_notebook_is_saved(shell, home):
    deliver(home, TYPED)
    store_defaults(home)
    assert source_and_value(run(shell, TYPED, OPEN)) == ("parameters cell", 0.3)


def test_a_copy_of_a_notebook_elsewhere_with_a_name_of_its_own_does_too(shell, home, tmp_path_factory, monkeypatch):
    store_defaults(home)
    deliver(home)
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    own = TYPED + "own_limit: int = 3  # of mine [0..9]\n"
    outputs = run(shell, own, OPEN)
    assert source_and_value(outputs) == ("parameters cell", 0.3)
    assert source_and_value(outputs, "own_limit") == ("default", 3)


def test_papermill_goes_before_both_and_so_does_a_cell_that_begins_like_its(shell, home):
    store_defaults(home)
    assert source_and_value(run(shell, TYPED, "# Parameters\ntop_share = 0.2\n", OPEN)) == ("this run", 0.2)
    shown = run(shell, PARAMETERS, "# Parameters\ntop_share = 0.2", OPEN)
    assert source_and_value(shown) == ("this run", 0.2)


def test_a_client_that_keeps_no_history_is_served_alike(shell, home):
    """As nbval does."""
    store_defaults(home)
    linecache.clearcache()
    for cell in (TYPED, OPEN):
        assert shell.run_cell(cell, store_history=False).success
    assert shell.user_ns["book"].p.top_share == 0.3


def test_a_value_set_in_a_cell_between_counts_as_typed(shell, home):
    store_defaults(home)
    assert source_and_value(run(shell, PARAMETERS, "top_share = 0.4", OPEN)) == ("parameters cell", 0.4)


def test_a_typed_value_the_study_cannot_have_is_reported_where_it_stands(shell, home):
    mixed = PARAMETERS + 'mix: str = ""  # what is drawn {attribute of transactions}\n'
    deliver(home, mixed)
    study = home / "data" / "corner_shop" / "study.yml"
    study.write_text(study.read_text(encoding="utf-8") + '  mix: ""\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"^parameters cell, parameter mix: unknown attribute of transactions 'agee'"):
        run(shell, mixed.replace('""', '"agee"'), OPEN)


def test_the_opening_says_where_every_value_comes_from_and_how_to_force_a_default(shell, home):
    store_defaults(home)
    (shown,) = run(shell, PARAMETERS, "# Parameters\nseed = 7", OPEN)
    text = shown.data["text/markdown"]
    assert "- given to this run: `seed = 7`" in text
    assert "- from study.yml: `top_share = 0.5`" in text
    assert "- default: `study = 'corner_shop'`" in text
    assert "run a cell below the parameters cell with the lines `# Parameters` and `top_share = 0.2`" in text
    (shown,) = run(shell, TYPED, OPEN)
    assert "- typed in the parameters cell: `top_share = 0.3`" in shown.data["text/markdown"]


def test_the_opening_shows_disclaimer_notes_and_what_is_missing(shell, home):
    study = home / "data" / "corner_shop" / "study.yml"
    more = "disclaimer: Simulated <b>only</b>.\nnotes: [Times are local.]\n"
    study.write_text(study.read_text(encoding="utf-8").replace("as_of:", more + "as_of:"), encoding="utf-8")
    text = run(shell, PARAMETERS, OPEN)[0].data["text/markdown"]
    assert "> Simulated \\<b\\>only\\</b\\>." in text
    assert "- Times are local." in text
    assert "- without products: what needs it is left out" in text


def test_values_nobody_knows_the_default_of_are_not_called_typed():
    delivered = {"10_shop": {"seed": 1, "study": "a"}, "20_shop": {"study": "b"}}
    assert typed_values({"seed": 1.0, "study": "b", "own": 4}, delivered) == {}
    assert typed_values({"seed": 2, "study": "c"}, delivered) == {"seed": 2, "study": "c"}


def test_a_name_of_ones_own_is_no_misspelling_of_a_parameter_of_another_notebook():
    delivered = {"10_shop": {"study": "a", "seed": 1}, "31_value": {"study": "a", "horizon_months": 12, "rate": 0.1}}
    assert misspelt_names(["study", "seed", "horizon_weeks"], delivered, "cell") == []
    (fault,) = misspelt_names(["study", "horizon_month", "rate"], delivered, "cell")
    assert "did you mean 'horizon_months'?" in fault.remedy


def test_a_damaged_file_of_defaults_is_reported(home):
    file = home / "notebooks" / "defaults.json"
    for text in ("{", "[]", '{"10_shop": 3}'):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=r"defaults\.json: .*(?s:.*)remedy: take the file"):
            delivered_defaults()


# --- after a refusal ------------------------------------------------------------------------------------------------
def test_a_name_that_is_no_parameter_is_reported_with_the_nearest(shell, home):
    deliver(home)
    run(shell, PARAMETERS, OPEN)
    with pytest.raises(InputError, match=r"unknown parameter 'top_shar'(?s:.*)did you mean 'top_share'"):
        run(shell, "book.p.top_shar")
    assert getattr(shell.user_ns["book"].p, "other", None) is None


@pytest.mark.parametrize("cell", ["book.say('x')", "p.seed", "study.table('transactions')"])
def test_no_cell_goes_on_with_what_an_earlier_opening_left(shell, home, cell):
    deliver(home)
    run(shell, PARAMETERS, OPEN, "study, p = book.study, book.p")
    with pytest.raises(InputError, match="out of range"):
        run(shell, PARAMETERS.replace("= 1 ", "= -1 "), OPEN)
    with pytest.raises(InputError, match="this notebook is not open: its opening cell was refused"):
        run(shell, cell)
    assert source_and_value(run(shell, TYPED, OPEN)) == ("parameters cell", 0.3)


def test_the_opening_can_be_run_again_by_itself(shell, home):
    """A notebook calls the opened study `study`, which is also the name of a parameter."""
    deliver(home)
    again = run(shell, PARAMETERS, OPEN + "study, p = book.study, book.p", OPEN)
    assert source_and_value(again, "study") == ("default", "corner_shop")


def test_a_missing_table_is_reported_once_and_what_the_cells_below_do(shell, home):
    deliver(home)
    with pytest.raises(InputError) as caught:
        run(shell, PARAMETERS, OPEN.replace('needs=["transactions"]', 'needs=["contacts", "products.category"]'))
    said = str(caught.value)
    assert "contacts" in said
    assert "products.category" in said
    assert "the cells below stay empty" in said
    assert "the study has: transactions" in said
