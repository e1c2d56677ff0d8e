"""A run is decided as a whole: what is wrong is reported at once, and nothing has started."""

import shutil

import pytest

from helpers.core.errors import InputError
from helpers.suite.planning.delivered import DEFAULTS_FILE, written_defaults
from helpers.suite.planning.notebook_file import read_notebooks
from helpers.suite.planning.plan import Setting, make_plan

# Ibis 12 still uses names that DuckDB 2 and pandas 3.1 are giving up.
pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
]


def test_values_come_from_the_strongest_layer_and_say_which(project):
    plan = make_plan("corner_shop", [("seed", "7")])
    assert plan.settings == {
        "study": Setting("corner_shop", "command line"),
        "seed": Setting(7, "command line"),
        "top_share": Setting(0.5, "study.yml"),
    }
    assert make_plan("corner_shop").settings["seed"] == Setting(1, "default")


def test_only_what_is_typed_is_injected_so_that_a_notebook_can_tell_the_sources(project):
    plan = make_plan("corner_shop", [("seed", "7")])
    by_name = {notebook.name: notebook for notebook in plan.notebooks}
    assert plan.injected(by_name["20_revenue"]) == {"study": "corner_shop", "seed": 7}


def test_a_notebook_without_its_tables_is_left_out_and_says_what_it_would_need(project):
    plan = make_plan("corner_shop")
    assert [notebook.name for notebook in plan.notebooks] == ["00_overview", "10_orders", "20_revenue"]
    assert [one.notebook.name for one in plan.left_out] == ["50_campaigns"]
    assert plan.left_out[0].missing == ("responses",)
    needed = "needs responses (one response of one customer to one campaign; customer_id, campaign_id)"
    assert plan.left_out[0].reason == needed


def test_checks_of_the_suite_itself_are_not_asked_of_a_client(project, add_notebook):
    add_notebook("90_replication", needs="published_values")
    left_out = {one.notebook.name: one for one in make_plan("corner_shop").left_out}
    assert left_out["50_campaigns"].concerns_business
    assert not left_out["90_replication"].concerns_business


def test_a_notebook_without_its_column_is_left_out_and_says_which(project, add_notebook):
    add_notebook("60_discounts", needs="transactions.discount")
    left_out = {one.notebook.name: one for one in make_plan("corner_shop").left_out}
    assert left_out["60_discounts"].missing == ("transactions.discount",)
    assert left_out["60_discounts"].reason == (
        "needs transactions with discount (one line of one order; customer_id, order_id, time, amount, discount)"
    )


def test_a_run_of_nothing_is_a_fault(project):
    with pytest.raises(InputError, match=r"none of the data that 50_campaigns would need(?s:.*)one response of one"):
        make_plan("corner_shop", only=["50"])


def test_faults_of_name_notebooks_study_data_and_parameters_are_reported_together(project, add_notebook):
    lines = project / "data" / "corner_shop" / "lines.csv"
    lines.write_text("who,slip,when,payed\n1,a,2024-01-01,5\n", encoding="utf-8")
    typed = [("sed", "3"), ("top_share", "4"), ("seed", "x"), ("study", "other")]
    with pytest.raises(InputError) as caught:
        make_plan("corner_shop", typed, ["30_orders"], run="../up")
    said = str(caught.value)
    assert "a run cannot be called '../up'" in said
    assert "did you mean '10_orders'?" in said
    assert "'paid'" in said
    assert "did you mean 'payed'" in said
    assert "did you mean 'seed'?" in said
    assert "command line, parameter top_share: 4 is out of range" in said
    assert "command line, parameter seed: 'x' is not a whole number" in said
    assert "'study' cannot be set with -p" in said


def test_an_unknown_parameter_lists_those_of_the_selection_and_finds_the_nearest_of_all(project):
    with pytest.raises(InputError) as caught:
        make_plan("corner_shop", [("top_shar", "3"), ("sed", "3")], ["10"])
    assert "did you mean 'top_share'" in str(caught.value)
    assert str(caught.value).count("allowed: seed\n") == 2


def test_a_faulty_study_file_does_not_hide_faulty_parameters(project):
    study = project / "data" / "corner_shop" / "study.yml"
    text = study.read_text(encoding="utf-8").replace("currency: EUR", "currencies: EUR").replace("share: 0", "share: 9")
    study.write_text(text, encoding="utf-8")
    said = r"(?s)'currencies'.*study.yml, line 10, parameter top_share: 9.5 is out of.*unknown parameter 'sed'"
    with pytest.raises(InputError, match=said):
        make_plan("corner_shop", [("sed", "3")])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("top_share", "top_shar", r"study\.yml, line 10: unknown parameter 'top_shar'(?s:.*)did you mean 'top_share'"),
        ("top_share: 0.5", "top_share: 5", r"study\.yml, line 10, parameter top_share: 5 is out of range"),
        ("top_share: 0.5", "study: other", r"study\.yml, line 10: 'study' is no parameter of a study"),
    ],
)
def test_parameters_of_the_study_file_are_held_to_the_same_rules(project, old, new, message):
    study = project / "data" / "corner_shop" / "study.yml"
    study.write_text(study.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        make_plan("corner_shop", only=["10"])


def test_a_parameter_of_a_notebook_not_selected_says_where_it_belongs(project):
    with pytest.raises(InputError, match=r"used by none of the selected notebooks\n.*select 20_revenue too"):
        make_plan("corner_shop", [("top_share", "0.3")], ["10"])


def test_a_parameter_of_notebooks_that_cannot_run_would_have_no_effect(project, add_notebook):
    parameters = 'study: str = "corner_shop"\nreach: int = 1  # how far [1..9]'
    add_notebook("60_reach", needs="contacts", parameters=parameters)
    with pytest.raises(InputError, match=r"'reach' steers only what the study has no data for: 60_reach\n"):
        make_plan("corner_shop", [("reach", "2")])
    study = project / "data" / "corner_shop" / "study.yml"
    study.write_text(study.read_text(encoding="utf-8") + "  reach: 2\n", encoding="utf-8")
    assert "reach" not in make_plan("corner_shop").settings, "a study's file serves data yet to come"


def test_a_parameter_given_twice_is_refused(project):
    with pytest.raises(InputError, match="'seed' is given as '1' and as '2'"):
        make_plan("corner_shop", [("seed", "1"), ("seed", "2")])


def test_notebooks_that_disagree_on_a_parameter_are_refused(project, add_notebook):
    add_notebook("60_more", parameters='study: str = "corner_shop"\nseed: int = 5  # random seed [0..]')
    with pytest.raises(InputError, match="60_more: parameter 'seed' differs from the one in 00_overview"):
        make_plan("corner_shop")


def test_a_selection_does_not_take_the_name_of_a_whole_run(project):
    assert make_plan("corner_shop").run == "latest"
    assert make_plan("corner_shop", only=["10"]).run == "partial"
    assert make_plan("corner_shop", only=["10"], run="mine").run == "mine"


def test_a_study_elsewhere_is_injected_by_its_folder(project, tmp_path):
    folder = tmp_path / "my shop"
    shutil.copytree(project / "data" / "corner_shop", folder)
    with pytest.raises(
        InputError, match=r"study.yml, line 1: the study is called 'corner_shop', as one under data/ is"
    ):
        make_plan(str(folder))
    described = (folder / "study.yml").read_text(encoding="utf-8").replace("corner_shop", "my_shop")
    (folder / "study.yml").write_text(described, encoding="utf-8")
    assert make_plan(str(folder)).settings["study"].value == str(folder)
    assert make_plan(str(project / "data" / "corner_shop")).settings["study"].value == "corner_shop"
    assert make_plan(str(folder / "study.yml")).study.folder == folder


def test_a_value_edited_in_a_notebook_and_saved_goes_before_study_yml_but_not_before_the_command_line(project):
    notebooks = project / "notebooks"
    (notebooks / DEFAULTS_FILE).write_text(written_defaults(read_notebooks(notebooks)), encoding="utf-8")
    assert make_plan("corner_shop").settings["top_share"] == Setting(0.5, "study.yml")
    edited = notebooks / "20_revenue.ipynb"
    edited.write_text(edited.read_text(encoding="utf-8").replace("= 0.2 ", "= 0.3 "), encoding="utf-8")
    assert make_plan("corner_shop").settings["top_share"] == Setting(0.3, "parameters cell")
    assert make_plan("corner_shop", [("top_share", "0.4")]).settings["top_share"] == Setting(0.4, "command line")
