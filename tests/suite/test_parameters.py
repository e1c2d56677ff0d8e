"""The parameters cell is a contract: what it says is what people, papermill and the runner may give."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.core.errors import InputError
from helpers.suite.planning.parameters import Parameter, parse_parameters, resolve, resolve_with_faults

CELL = """\
study: str = "complete_journey"   # folder under data/
horizon_months: int = 12          # forecast horizon, months [1..60]
discount_rate: float = 0.10       # per year [0..1]
clv_model: str = "bg_nbd"         # {bg_nbd, mbg_nbd, pareto_nbd}
with_fuel: bool = False           # count fuel
floor: int = -5                   # lowest score [-10..]
"""


@pytest.fixture
def specification() -> dict[str, Parameter]:
    return parse_parameters(CELL)


def test_every_part_of_a_line_is_read(specification):
    assert list(specification) == ["study", "horizon_months", "discount_rate", "clv_model", "with_fuel", "floor"]
    assert specification["horizon_months"] == Parameter(
        "horizon_months", "int", 12, "forecast horizon, months", low=1, high=60
    )
    assert specification["clv_model"].choices == ("bg_nbd", "mbg_nbd", "pareto_nbd")
    assert specification["clv_model"].about == ""
    assert specification["floor"].default == -5
    assert (specification["floor"].low, specification["floor"].high) == (-10, None)


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("horizon_months", "whole number in 1..60"),
        ("discount_rate", "number in 0..1"),
        ("clv_model", "bg_nbd, mbg_nbd, pareto_nbd"),
        ("with_fuel", "true or false"),
        ("study", "text"),
        ("floor", "whole number in -10.."),
    ],
)
def test_what_is_allowed_is_said_in_words(specification, name, allowed):
    assert specification[name].allowed == allowed


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("horizon_months", "24", 24),
        ("horizon_months", " 1 ", 1),
        ("horizon_months", 60, 60),
        ("discount_rate", "1e-2", 0.01),
        ("discount_rate", 1, 1.0),
        ("with_fuel", "YES", True),
        ("with_fuel", "true", True),
        ("with_fuel", "1", True),
        ("with_fuel", "no", False),
        ("with_fuel", "False", False),
        ("with_fuel", "0", False),
        ("clv_model", "pareto_nbd", "pareto_nbd"),
    ],
)
def test_what_a_person_types_becomes_the_type(specification, name, typed, value):
    converted = specification[name].convert(typed)
    assert converted == value
    assert type(converted) is type(value)


@pytest.mark.parametrize(
    ("name", "typed", "message"),
    [
        ("horizon_months", "12.0", r"'12\.0' is not a whole number\n.*allowed: whole number in 1\.\.60"),
        ("horizon_months", 12.0, r"12\.0 is not a whole number"),
        ("horizon_months", True, "True is not a whole number"),
        ("horizon_months", None, "None is not a whole number"),
        ("horizon_months", 0, r"0 is out of range\n.*allowed: whole number in 1\.\.60"),
        ("horizon_months", "61", "61 is out of range"),
        ("discount_rate", "nan", "'nan' is not a number"),
        ("discount_rate", "inf", "'inf' is not a number"),
        ("discount_rate", "a tenth", "'a tenth' is not a number"),
        ("with_fuel", "maybe", "'maybe' is not true or false"),
        ("with_fuel", 1, "1 is not true or false"),
        ("study", 5, "5 is not text"),
        ("clv_model", "bgnbd", "unknown choice 'bgnbd'\n.*\n.*did you mean 'bg_nbd'"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_would(specification, name, typed, message):
    with pytest.raises(InputError, match=f"parameter {name}: {message}"):
        specification[name].convert(typed)


def test_numbers_may_be_a_choice():
    parameter = parse_parameters("deciles: int = 10  # groups {4, 5, 10}")["deciles"]
    assert parameter.convert("5") == 5
    with pytest.raises(InputError, match="unknown choice '7'"):
        parameter.convert(7)


@given(st.integers())
def test_a_whole_number_is_taken_exactly_or_refused(number):
    parameter = Parameter("n", "int", 0, low=-1000, high=1000)
    if -1000 <= number <= 1000:
        assert parameter.convert(str(number)) == number
    else:
        with pytest.raises(InputError, match="out of range"):
            parameter.convert(str(number))


@given(st.text())
def test_no_text_can_break_the_conversion(text):
    for type_name in ("int", "float", "bool"):
        try:
            value = Parameter("x", type_name, 0).convert(text)
        except InputError:
            continue
        assert type(value).__name__ == type_name


def test_all_faults_of_a_cell_are_reported_with_their_lines():
    cell = 'a = 1\nb: list = []\nc: int = "x"  # [1..2]\nd: int = 9  # [1..2]\ne: int = f()\ng: int = 1\ng: int = 2\n'
    with pytest.raises(InputError) as caught:
        parse_parameters(cell, where="10_a.ipynb")
    assert [fault.where for fault in caught.value.faults] == [
        "10_a.ipynb, line 1",
        "10_a.ipynb, line 2",
        "10_a.ipynb, line 3, parameter c",
        "10_a.ipynb, line 4, parameter d",
        "10_a.ipynb, line 5",
        "10_a.ipynb, line 7",
    ]
    said = str(caught.value)
    assert "cannot read 'a = 1'" in said
    assert "unknown type 'list'" in said
    assert "the default 'f()' cannot be read without running it" in said
    assert "parameter 'g' is defined twice" in said


def test_a_cell_that_is_no_python_is_one_plain_fault():
    with pytest.raises(InputError, match="parameters cell, line 1: cannot be read"):
        parse_parameters("seed: int = = 1")


@pytest.mark.parametrize(
    ("words", "choices", "of_study", "allowed"),
    [
        ("{attribute of customers}", (), "attribute of customers", "an attribute of the study's customers"),
        (
            "{columns of contracts}",
            (),
            "columns of contracts",
            "columns of the study's contracts, separated by commas",
        ),
        (
            "{products.category, products.brand}",
            ("category", "brand"),
            "column of products",
            "category, brand, where the study's products have it",
        ),
        (
            "{usual, cost drivers file}",
            ("usual",),
            "cost drivers file",
            "usual, or a cost drivers file beside study.yml",
        ),
    ],
)
def test_braces_may_say_what_of_the_study_decides(words, choices, of_study, allowed):
    parameter = parse_parameters(f'what: str = "{"".join(choices[:1])}"  # meaning {words}')["what"]
    assert (parameter.choices, parameter.of_study, parameter.allowed) == (choices, of_study, allowed)
    assert parameter.about == "meaning"


@pytest.mark.parametrize(
    "words",
    [
        "{attribut of customers}",
        "{attribute of custmers}",
        "{columns of}",
        "{hierarchy file, usual}",
        "{price file}",
        "{products.category, customers.region}",
        "{products.category, brand}",
    ],
)
def test_braces_that_say_neither_are_refused(words):
    with pytest.raises(InputError, match=r"line 1: the choice '.*' cannot be read\n    allowed: words, columns of one"):
        parse_parameters(f'what: str = ""  # meaning {words}')


def test_large_limits_are_said_as_people_type_them():
    cell = "budget: float = 5.0  # money [-1000000..2500000.5]\nrate: float = 0.1  # share [0.0001..1]"
    assert [one.allowed for one in parse_parameters(cell).values()] == [
        "number in -1000000..2500000.5",
        "number in 0.0001..1",
    ]


def test_later_layers_win_and_strings_are_converted(specification):
    values = resolve(specification, ("study.yml", {"horizon_months": 24, "floor": 0}), ("command line", {"floor": "3"}))
    assert values["horizon_months"] == 24
    assert values["floor"] == 3
    assert values["discount_rate"] == 0.10


def test_all_faults_of_all_layers_are_reported_with_their_layer(specification):
    layers = (
        ("study.yml", {"horizon_month": 24, "with_fuel": "often"}),
        ("command line", {"discount_rate": "2", "clv_model": "x"}),
    )
    with pytest.raises(InputError) as caught:
        resolve(specification, *layers)
    assert [fault.where for fault in caught.value.faults] == [
        "study.yml",
        "study.yml, parameter with_fuel",
        "command line, parameter discount_rate",
        "command line, parameter clv_model",
    ]
    assert "did you mean 'horizon_months'?" in str(caught.value)


def test_a_layer_may_know_the_place_of_each_value(specification):
    with pytest.raises(
        InputError, match=r"(?s)line 3: unknown parameter 'abc'.*line 14, parameter horizon_months: 0 is"
    ):
        resolve(specification, (lambda name: f"line {len(name)}", {"abc": 1, "horizon_months": 0}))


def test_a_name_that_other_notebooks_know_is_no_fault(specification):
    values = resolve(specification, ("study.yml", {"months_back": 3}), known=["months_back"])
    assert "months_back" not in values


def test_a_comment_moved_by_a_formatter_still_counts():
    cell = 'model: str = (\n    "auto"  # model, in words {auto, bg_nbd}\n)\n'
    parameter = parse_parameters(cell)["model"]
    assert (parameter.about, parameter.choices) == ("model, in words", ("auto", "bg_nbd"))


def test_a_parameter_may_have_to_lie_above_another():
    spec = parse_parameters("a: float = 0.8  # first cut [0..1]\nb: float = 0.95  # second cut [a..0.99]")
    assert spec["b"].allowed == "number in a..0.99"
    with pytest.raises(InputError, match=r"parameter b: 0.8 is not above a, which is 0.9"):
        resolve(spec, ("command line", {"a": "0.9", "b": "0.8"}))
    with pytest.raises(InputError, match=r"parameter b: 0.995 is out of range"):
        resolve(spec, ("command line", {"b": "0.995"}))


@pytest.mark.parametrize(
    ("limits", "allowed", "refused", "taken"),
    [
        ("[..5]", "number in ..5", 5.1, 5),
        ("[2..]", "number in 2..", 1.9, 2),
        ("[-2..-1]", "number in -2..-1", 0, -1),
        ("[1_000 .. 2_000]", "number in 1000..2000", 2001, 1000),
        ("[0..0.5]", "number in 0..0.5", 0.6, 0.5),
    ],
)
def test_either_end_of_a_range_may_be_open_and_belongs_to_it(limits, allowed, refused, taken):
    parameter = parse_parameters(f"x: float = {taken}  # meaning, unit {limits}")["x"]
    assert (parameter.allowed, parameter.about, parameter.convert(taken)) == (allowed, "meaning, unit", taken)
    with pytest.raises(InputError, match="is out of range"):
        parameter.convert(refused)


@pytest.mark.parametrize(
    ("line", "is_share"),
    [
        ("x: float = 0.5  # part [0..1]", True),
        ("x: float = 0.5  # part [0..0.9]", True),
        ("x: float = 0.5  # part [0..1.5]", False),
        ("x: float = 0.5  # part [0..]", False),
        ("x: float = 2.0  # share of revenue [0..5]", True),
        ("x: float = 2.0  # share of revenue", True),
        ("x: int = 1  # share of revenue [0..1]", False),
        ("x: bool = True  # by share of revenue", False),
        ("x: float = 2.0  # market share [0..5]", False),
    ],
)
def test_parts_of_a_whole_are_read_per_cent(line, is_share):
    assert parse_parameters(line)["x"].is_share is is_share


@pytest.mark.parametrize(
    ("about", "is_assumed"),
    [
        ("margin, assumed", True),
        ("margin; assumed where no costs are known", True),
        ("assumed margin", False),
        ("margin, assumed, per order", False),
    ],
)
def test_a_default_is_a_guess_where_the_meaning_ends_so(about, is_assumed):
    assert parse_parameters(f"x: float = 0.3  # {about} [0..1]")["x"].is_assumed is is_assumed


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a = 1", r"'a = 1': it has no type\n.*\n.*write a: int = 1"),
        ("a = 'x'", r"it has no type\n.*\n.*write a: str = 'x'"),
        ("a = True", r"it has no type\n.*\n.*write a: bool = True"),
        ("a = [1]", r"it has no type\n.*\n.*write a: str = \[1\]"),
        ("a = 90 * x", r"it has no type\n.*\n.*write a: float = 90 \* x"),
        ("a: int", r"'a: int': it has no default\n.*\n.*write a: int = and the default"),
        ("a = b = 1", r"'a = b = 1': it is no parameter, and this cell holds nothing else"),
        ("a.b = 1", "it is no parameter"),
        ("a.b: int = 1", r"'a.b: int = 1': it is no parameter"),
        ("a.b: int", r"'a.b: int': it is no parameter"),
        ("print(1)", r"'print\(1\)': it is no parameter"),
    ],
)
def test_a_line_that_is_no_parameter_is_named_for_what_it_is(line, message):
    with pytest.raises(InputError, match=f"cell, line 1: cannot read .*{message}"):
        parse_parameters(line)


def test_of_a_name_defined_twice_the_second_line_is_named_once():
    with pytest.raises(InputError) as caught:
        parse_parameters("g: int = 1\nh: int = 1\ng: int = 2\ng: int = 3")
    assert [fault.where for fault in caught.value.faults] == ["parameters cell, line 3", "parameters cell, line 4"]


def test_a_comment_belongs_to_its_own_lines_only():
    spec = parse_parameters(
        "# a heading [1..2]\na: int = 5\n# between [1..2]\nb: int = (\n    7\n)  # last [5..9]\nc: int = 1"
    )
    assert [(one.about, one.low) for one in spec.values()] == [("", None), ("last", 5), ("", None)]


def test_one_file_or_one_attribute_may_stand_alone_or_behind_choices():
    how = 'how: str = "mine.yml"  # costs {usual, simple, cost drivers file}'
    spec = parse_parameters(how + '\nby: str = "anything"  # {attribute of customers}')
    assert spec["how"].choices == ("usual", "simple")
    assert spec["how"].convert("other.yml") == "other.yml"
    assert (spec["by"].choices, spec["by"].convert("region")) == ((), "region")
    with pytest.raises(InputError, match="unknown choice 'colour'"):
        parse_parameters('what: str = "brand"  # {products.brand, products.category}')["what"].convert("colour")


@pytest.mark.parametrize("name", ["a", "cut_1", "first_cut"])
def test_a_parameter_equal_to_the_one_it_must_lie_above_is_refused(name):
    spec = parse_parameters(f"{name}: float = 0.8  # [0..1]\nb: float = 0.95  # second cut [{name}..1]")
    assert (spec["b"].above, spec["b"].low, spec["b"].high, spec["b"].about) == (name, None, 1, "second cut")
    assert resolve(spec)["b"] == 0.95
    with pytest.raises(InputError, match=f"0.8 is not above {name}, which is 0.8\n.*allowed: number in {name}..1"):
        resolve(spec, ("command line", {"b": 0.8}))


def test_a_limit_set_by_a_parameter_that_is_not_there_limits_nothing():
    assert resolve(parse_parameters("b: float = 0.1  # second cut [a..1]"), ("command line", {"b": "0"})) == {"b": 0.0}


def test_a_value_at_fault_gives_way_to_the_next_weaker_one(specification):
    layers = ("study.yml", {"horizon_months": 24}), ("command line", {"horizon_months": 99})
    values, faults = resolve_with_faults(specification, *layers)
    assert (values["horizon_months"], [fault.where for fault in faults]) == (
        24, ["command line, parameter horizon_months"],
    )  # fmt: skip


def test_an_unknown_name_is_reported_with_the_names_listed(specification):
    _, faults = resolve_with_faults(specification, ("command line", {"abc": 1}), listed=["floor", "study"])
    assert faults[0].allowed == "floor, study"
    _, faults = resolve_with_faults(specification, ("command line", {"abc": 1}), known=["other"])
    assert faults[0].allowed == ", ".join([*specification, "other"])
