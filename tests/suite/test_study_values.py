"""What a study does not have is refused before anything starts: columns and files that parameters name."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.core.errors import InputError
from helpers.study.grammar import FILE_PURPOSES
from helpers.suite.planning.notebook_file import read_notebooks, specification_of
from helpers.suite.planning.parameters import FILE, Parameter
from helpers.suite.planning.plan import Plan, make_plan
from helpers.suite.planning.study_values import FILE_KINDS, PURPOSES
from helpers.value import ahp, profitability

# Ibis 12 still uses names that DuckDB 2 and pandas 3.1 are giving up.
pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
]
TABLES = """\
tables:
  customers: {source: people.csv, columns: {customer_id: id, region: area}, attributes: [age, household_size]}
  products: {source: goods.csv, columns: {product_id: id, category: group}}
"""
CDNOW = Path(__file__).parents[2] / "data" / "cdnow"
PARAMETERS = """\
study: str = "corner_shop"  # folder under data/
mix: str = ""  # what is drawn {attribute of customers}
level: str = "category"  # what a product is {products.department, products.category}
left_out: str = ""  # not learnt from {columns of customers}
drivers: str = ""  # unit costs {usual, cost drivers file}
hierarchy: str = "customer_value"  # criteria {customer_value, hierarchy file}"""
DRIVERS = "cost_drivers: mine\nactivities:\n  slip: {driver: orders, unit_cost: 2}\n"


@pytest.fixture
def planned(project: Path, add_notebook: Callable[..., Path]) -> Callable[..., Plan]:
    """Plan the one notebook whose parameters depend on the study, with what a user types."""
    study = project / "data" / "corner_shop"
    described = (study / "study.yml").read_text(encoding="utf-8").replace("tables:\n", TABLES)
    (study / "study.yml").write_text(described, encoding="utf-8")
    (study / "people.csv").write_text("id,age,household_size,area\n007,30,2,north\n", encoding="utf-8")
    (study / "goods.csv").write_text("id,group\n1,food\n", encoding="utf-8")
    add_notebook("60_mix", parameters=PARAMETERS)

    def plan(**typed: str) -> Plan:
        return make_plan("corner_shop", list(typed.items()), only=["60"])

    return plan


@pytest.mark.parametrize("attribute", ["age", "household_size", "region"])
def test_attributes_of_the_study_and_its_standard_texts_are_allowed(planned, attribute):
    assert planned(mix=attribute).settings["mix"].value == attribute


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"mix": "agee"}, r"command line, parameter mix: unknown attribute of customers 'agee'(?s:.*)mean 'age'"),
        ({"mix": "birth_date"}, r"allowed: age, household_size, region\b"),
        ({"mix": "customer_id"}, r"unknown attribute of customers 'customer_id'"),
        ({"level": "department"}, r"parameter level: unknown column of the study's products 'department'"),
        ({"level": "brand"}, r"parameter level: unknown choice 'brand'"),
        ({"left_out": "age, customer_id,areas"}, r"parameter left_out: unknown column of customers 'areas'"),
        ({"drivers": "usul"}, r"parameter drivers: there is no cost drivers file 'usul'(?s:.*)did you mean 'usual'"),
        ({"drivers": "nosuch.yml"}, r"there is no cost drivers file 'nosuch.yml'(?s:.*)put the file beside study.yml"),
        ({"hierarchy": ""}, r"parameter hierarchy: there is no hierarchy file ''"),
        (
            {"hierarchy": "people.csv"},
            r"there is no hierarchy file 'people.csv'(?s:.*)allowed: customer_value, or a hier",
        ),
    ],
)
def test_what_the_study_does_not_have_is_refused_with_what_it_has(planned, typed, message):
    with pytest.raises(InputError, match=message):
        planned(**typed)


def test_several_columns_may_be_named_and_several_faults_are_reported(planned):
    assert planned(left_out="age, customer_id,").settings["left_out"].value == "age, customer_id,"
    with pytest.raises(InputError, match=r"(?s)unknown parameter 'mx'.*'agee'.*'areas'.*'usul'"):
        planned(mix="agee", left_out="areas", drivers="usul", mx="age")


def test_a_value_in_the_study_file_is_held_to_the_study_with_its_line(planned, project):
    described = project / "data" / "corner_shop" / "study.yml"
    text = described.read_text(encoding="utf-8") + "  mix: agee\n"
    described.write_text(text, encoding="utf-8")
    line = text.splitlines().index("  mix: agee") + 1
    with pytest.raises(InputError, match=rf"corner_shop/study.yml, line {line}, parameter mix: unknown attribute"):
        planned()


def test_a_table_that_the_study_lacks_is_named(planned, add_notebook):
    add_notebook("70_churn", parameters='study: str = "corner_shop"\nout: str = ""  # {columns of contracts}')
    with pytest.raises(InputError, match="'bill' cannot be held to table contracts, which the study does not have"):
        make_plan("corner_shop", [("out", "bill")], only=["70"])
    assert make_plan("corner_shop", only=["70"]).settings["out"].value == ""


def test_a_file_that_a_run_would_read_is_read_before(planned, project):
    """Also one that nobody named: it serves because of where it stands."""
    own = project / "data" / "corner_shop" / "cost_drivers.yml"
    own.write_text(DRIVERS, encoding="utf-8")
    assert planned().settings["drivers"].value == ""
    own.write_text(DRIVERS.replace("orders", "ordrs").replace("cost: 2", "cost: -2"), encoding="utf-8")
    with pytest.raises(
        InputError, match=r"(?s)cost_drivers.yml, line 3: unknown driver 'ordrs'.*unit_cost cannot be -2"
    ):
        planned()
    assert planned(drivers="usual").settings["drivers"].value == "usual"


def test_a_hierarchy_of_the_study_may_only_use_known_indicators(planned, project):
    tree = "hierarchy: mine\ntree: {value: [recency, lifetme]}\njudgements: {value: {recency over lifetme: 2}}\n"
    (project / "data" / "corner_shop" / "mine.yml").write_text(tree, encoding="utf-8")
    with pytest.raises(InputError, match=r"mine.yml, line 2: unknown indicator 'lifetme'"):
        planned(hierarchy="mine.yml")


def test_a_shipped_hierarchy_that_no_study_can_measure_is_refused_before_anything_starts():
    """The tree of the published case names indicators by their place only; it serves to check the weights."""
    with pytest.raises(
        InputError, match=r"(?s)there is no hierarchy file 'published_lubricant_dealer'.*allowed: customer"
    ):
        make_plan(CDNOW, [("hierarchy_file", "published_lubricant_dealer")], only=["34"])


def test_the_receipt_hashes_every_file_that_parameters_name(planned, project):
    plain = {one.label: one.sha256 for one in planned().inputs()}
    usual = profitability.drivers_file.SHIPPED / "usual.yml"
    label = "package:helpers/value/profitability/cost_drivers/usual.yml"
    assert plain[label] == hashlib.sha256(usual.read_bytes()).hexdigest()
    assert list(plain)[:4] == ["study.yml", "people.csv", "goods.csv", "lines.csv"]
    (project / "data" / "corner_shop" / "cost_drivers.yml").write_text(DRIVERS, encoding="utf-8")
    own = {one.label: one.sha256 for one in planned().inputs()}
    assert own["cost_drivers.yml"] == hashlib.sha256(DRIVERS.encode()).hexdigest()
    assert label not in own
    assert "package:helpers/value/ahp/hierarchies/customer_value.yml" in own


def test_what_a_named_file_holds_is_looked_at_before_anything_starts(planned, project):
    folder = project / "data" / "corner_shop"
    text = (folder / "study.yml").read_text(encoding="utf-8") + "files: {review_sheet: answers.xlsx}\n"
    (folder / "study.yml").write_text(text, encoding="utf-8")
    (folder / "answers.xlsx").write_bytes(b"no workbook")
    line = len(text.splitlines())
    with pytest.raises(
        InputError, match=rf"study.yml, line {line}, answers.xlsx, review sheet: cannot be read as an Excel workbook"
    ):
        planned()
    (folder / "answers.xlsx").unlink()
    with pytest.raises(InputError, match=rf"study.yml, line {line}: there is no file 'answers.xlsx'"):
        planned()
    assert set(PURPOSES) == set(FILE_PURPOSES)


def test_a_file_elsewhere_is_labelled_without_its_folder(planned, tmp_path):
    elsewhere = tmp_path / "costs of may.yml"
    elsewhere.write_text(DRIVERS, encoding="utf-8")
    plan = planned(drivers=str(elsewhere))
    assert "costs of may.yml" in [one.label for one in plan.inputs()]
    assert not [one for one in plan.inputs() if str(tmp_path) in one.label]


def test_only_notebooks_that_run_are_held_to_the_study(planned):
    assert make_plan("corner_shop", only=["10"]).settings.keys() == {"study", "seed"}


@pytest.fixture(scope="module")
def of_the_suite() -> dict[str, Parameter]:
    """The parameters of all real notebooks."""
    return specification_of(read_notebooks(Path(__file__).parents[2] / "notebooks"))


def test_notebooks_name_the_files_that_come_with_the_suite(of_the_suite):
    shipped = {name: ahp.find_hierarchy(name) for name in ahp.shipped_hierarchies()}
    measured = [name for name, tree in shipped.items() if set(tree.indicators) <= set(ahp.INDICATORS)]
    assert list(of_the_suite["hierarchy_file"].choices) == measured
    assert set(shipped) - set(measured) == {"published_lubricant_dealer"}  # its indicators have numbers, not meanings
    shipped = profitability.drivers_file.SHIPPED.glob("*.yml")
    assert list(of_the_suite["cost_drivers_file"].choices) == sorted(path.stem for path in shipped)
    files = {one.of_study.removesuffix(FILE) for one in of_the_suite.values() if one.of_study.endswith(FILE)}
    assert files == set(FILE_KINDS)


def test_no_free_text_is_left_that_names_a_part_of_the_study(of_the_suite):
    """A text without limits must be one that any study takes; a new parameter of this sort belongs in the grammar.

    Names of a brand, a category, an activity or a product are values of the data, a question is made of several names,
    and scales and steps are lists of pairs: `readiness` holds them to the study before a chapter starts.
    """
    free = {name for name, one in of_the_suite.items() if one.type_name == "str" and not (one.choices or one.of_study)}
    asked = {f"explore_{part}" for part in ("measure", "rows", "columns", "drill", "period", "only")}
    asked |= {"only_region", "only_seller"}
    values = {"own_brand", "shown_category", "visit_activities", "call_activities", "offered_product"}
    assert free == {"study", "occasion", "survey_scales", "process_steps"} | asked | values
