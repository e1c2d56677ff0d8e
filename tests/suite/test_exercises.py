"""`crm exercise`: answers read, scored against results and the hidden truth, and refused where they cannot be."""

import ast
import hashlib
import json
import os
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from helpers.cli import main
from helpers.core.errors import InputError
from helpers.core.results import NamedResult
from helpers.narrative import exercises as words
from helpers.narrative.exercises import Exercise
from helpers.suite.exercises.answers import read_ids, read_number
from helpers.suite.exercises.scoring import score, score_number

SOURCE = Path(__file__).parents[2] / "src" / "helpers"
ID = 1_000_000
LEFT = Exercise(
    "E20-3",
    "20_customers",
    "Who left?",
    "truth:customers.alive=false",
    "company",
    found="who left",
    others="who did not",
    model="judged.state=lost",
)
GINI = Exercise("E20-1", "20_customers", "How unequal?", "gini_revenue", "company")
THREE = Exercise("E20-2", "20_customers", "In three groups?", "gini_revenue", "company", {"score_groups": 3})
LINES = Exercise("E90-1", "90_replication", "How many?", "published:cdnow.data.counts/lines")
SPENT = Exercise("E36-2", "36_p", "Profit?", "truth:customers.profit", "company", found="profits", each=True)
RECORDS = Exercise("E11-2", "11_r", "Whose?", "truth:identity.customer_id", "company", found="pairs", each=True)
TALK = Exercise("E20-4", "20_customers", "Why?")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project whose company has ten customers, of whom the first four have left, and no run."""
    for folder in ("notebooks", "data/replication", "data/company/truth"):
        (tmp_path / folder).mkdir(parents=True)
    truth = pd.DataFrame({"customer_id": range(ID, ID + 10), "alive": [False] * 4 + [True] * 6, "profit": 100.0})
    records = pd.DataFrame({"record_id": ["a1", "a2", "a3", "b1"], "customer_id": [ID, ID, ID, ID + 1]})
    records.to_parquet(tmp_path / "data/company/truth/identity.parquet")
    truth.to_parquet(tmp_path / "data/company/truth/customers.parquet")
    published = "entry,item,published,tolerance,unit,measure\ncdnow.data.counts,lines,6919,0,,CDNOW sample\n"
    (tmp_path / "data/replication/published_values.csv").write_text(published, encoding="utf-8")
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    monkeypatch.setenv("CRM_REPORTS", str(tmp_path / "reports"))
    monkeypatch.setattr(words, "exercises", lambda: (LEFT, GINI, THREE, LINES, TALK, SPENT, RECORDS))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def add_run(project: Path, name: str, gini: float, *, company: str | None = None, **typed: object) -> Path:
    """Write what a run leaves: results, receipt and the list of judged customers."""
    folder = project / "reports/company" / name
    (folder / "lists").mkdir(parents=True)
    truth = (project / "data/company/truth/customers.parquet").read_bytes()
    inputs = [{"label": "truth/customers.parquet", "sha256": company or hashlib.sha256(truth).hexdigest()}]
    settings = {name: {"value": value, "source": "command line"} for name, value in typed.items()}
    receipt = {"inputs": inputs, "parameters": settings | {"seed": {"value": 1, "source": "default"}}}
    (folder / "receipt.json").write_text(json.dumps(receipt), encoding="utf-8")
    entry = {"value": gini, "unit": "index", "about": "Gini coefficient", "tolerance": 1e-3, "notebook": "20_customers"}
    (folder / "results.json").write_text(json.dumps({"gini_revenue": entry}), encoding="utf-8")
    judged = pd.DataFrame({"customer_id": [ID, ID + 1, ID + 2, ID + 9], "state": ["lost", "lost", "lost", "lost"]})
    judged.astype({"state": "category"}).to_parquet(folder / "lists/judged.parquet")
    return folder


def crm(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["exercise", *arguments])


def hand_in(text: str) -> str:
    Path("mine.csv").write_text(text, encoding="utf-8")
    return "mine.csv"


def test_customers_are_scored_against_the_truth_and_the_model(project):
    add_run(project, "latest", 0.6)
    answer = hand_in(f"customer_id,why\n{ID},silent\n{ID + 1},silent\n{ID + 1},again\n{ID + 5},moved\n")
    done = crm("E20-3", answer)
    said = "You found 2 of 4 who left, and named 1 who did not; the model finds 3, and names 1 who did not.\n"
    assert (done.exit_code, done.stdout) == (0, said)
    found = json.loads(crm("e20-3", answer, "--json").stdout)
    assert {key: value for key, value in found.items() if key not in ("exercise", "text")} == {
        "found": 2,
        "asked": 4,
        "wrong": 1,
        "model_found": 3,
        "model_wrong": 1,
    }


@pytest.mark.parametrize("runs", [[], [{"company": "another"}], [{"score_groups": 3}]], ids=["none", "other", "typed"])
def test_the_model_is_only_taken_from_a_run_of_this_company_as_it_stands(project, runs):
    for run in runs:
        add_run(project, "latest", 0.6, **run)
    done = crm("E20-3", hand_in(f"{ID}\n"))
    assert done.stdout == "You found 1 of 4 who left, and named none who did not.\n"
    assert "crm run company --only 20_customers" in done.stderr


def test_a_company_not_yet_made_is_reported_with_its_remedy(project):
    (project / "data/company/truth/customers.parquet").unlink()
    done = crm("E20-3", hand_in(f"{ID}\n"))
    assert done.exit_code == 2
    assert "crm simulate" in done.stderr


def test_amounts_are_right_within_a_tenth(project):
    answer = hand_in(f"customer_id;profit\n{ID};91\n{ID + 1};100\n{ID + 2};120\n")
    assert crm("E36-2", answer).stdout == "You found 2 of 10 profits, and named 1 who are not.\n"


def test_records_put_together_are_counted_in_pairs(project):
    answer = hand_in("record_id,customer_id\na1,x\na2,x\na3,y\nb1,y\n")
    assert crm("E11-2", answer).stdout == "You found 1 of 3 pairs, and named 1 who are not.\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{ID}\n", "no column customer_id and no column profit"),
        (f"customer_id,profit\n{ID},1\n{ID},2\n", "in more than one row"),
        ("customer_id,profit\n7,1\n", "1 of 1 rows are of no customer_id of this company"),
        (f"customer_id,profit\n{ID},much\n", "is no number in 1 of 1 rows"),
        (f"customer_id,profit\n{ID}\n", "is no number"),
        (
            f"customer_id,profit\n{ID},inf\n{ID + 1},1e3\n{ID + 2},nan\n",
            f"is no number in 2 of 3 rows, such as that of '{ID}'",
        ),
        (None, "a file with the columns customer_id and profit"),
        ("customer_id,profit\n", "no rows"),
    ],
)
def test_a_file_of_values_that_cannot_be_scored_is_one_message(project, text, said):
    done = crm("E36-2", "nowhere.csv" if text is None else hand_in(text))
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "there is no such file"),
        ("", "names no customer"),
        ("customer_id\n", "names no customer"),
        ("name,city\nA,B\n", "none of them customer_id"),
        (f"{ID}\n7\n8\n", "2 of 3 ids are no customers of this company: '7', '8'"),
        (f"{ID}.0\n", "are no customers"),
    ],
)
def test_a_file_that_cannot_be_scored_is_one_message(project, text, said):
    answer = "nowhere.csv" if text is None else hand_in(text)
    done = crm("E20-3", answer)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "text",
    ["\ufeffcustomer_id;name\r\n7;a\r\n8;b\r\n", "7\n8\n\n7\n", "name\tcustomer_id\na\t7\nb\t 8 \n", '"7"\n"8"'],
    ids=["excel", "lines", "tabs", "quoted"],
)
def test_ids_are_read_from_what_programs_write(tmp_path, text):
    path = tmp_path / "ids.csv"
    path.write_bytes(text.encode("utf-8"))
    assert read_ids(path) == ("7", "8")


def test_a_file_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "ids.csv"
    path.write_bytes("Müller".encode("utf-16"))
    with pytest.raises(InputError, match="UTF-8"):
        read_ids(path)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("0.5912", "Right: Gini coefficient, 0.59."),
        ("0.591", "Right: Gini coefficient, 0.59."),
        ("0.65", "Not right, too high. Asked for: Gini coefficient (index)."),
        ("0.59", "Right as far as it goes; give at least 3 digits. Asked for: Gini coefficient (index)."),
        ("-0.5912", "Not right, too low. Asked for: Gini coefficient (index)."),
    ],
)
def test_a_number_is_right_within_tolerance_or_as_rounded(project, answer, said):
    add_run(project, "latest", 0.59123)
    done = crm("E20-1", answer)
    assert (done.exit_code, done.stdout.strip()) == (0, said)


SHARE = NamedResult("bought_again", 0.546123, "share", "customers who bought again")


@pytest.mark.parametrize(
    ("answer", "right", "remedy"),
    [
        ("54.6%", True, ""),
        ("0.546", True, ""),
        ("54.6", False, words.PER_CENT_MEANT),
        ("55", False, words.PER_CENT_MEANT),
        ("54.9", False, ""),
        ("0.00546", False, ""),
    ],
)
def test_a_share_typed_in_hundredths_is_answered_with_how_to_write_it(answer, right, remedy):
    scored = score_number(GINI, SHARE, read_number(answer))
    assert (scored.right, scored.remedy) == (right, remedy)


def test_only_a_share_is_asked_for_its_sign_of_per_cent():
    months = NamedResult("life", 5.46123, "months", "length of life")
    assert score_number(GINI, months, read_number("546")).remedy == ""


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("years in job", True),
        ("years_in_job", True),
        (" Years  in_Job ", True),
        ("years", False),
        ("job_years_in", False),
    ],
)
def test_a_column_is_right_as_the_table_calls_it_and_as_it_is_read(project, answer, right):
    folder = add_run(project, "latest", 0.59123)
    entry = {
        "value": "years in job",
        "unit": "",
        "about": "strongest column",
        "tolerance": 0,
        "notebook": "20_customers",
    }
    (folder / "results.json").write_text(json.dumps({"gini_revenue": entry}), encoding="utf-8")
    assert score("E20-1", answer).right is right


def test_a_count_is_right_to_the_unit():
    count = NamedResult("orders", 12_345, "orders", "orders")
    assert [score_number(GINI, count, read_number(one)).right for one in ("12,345", "12300", "12345.4")] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("text", "value", "digits"),
    [
        ("54.6 %", 0.546, 3),
        ("−1.62 percentage points", -0.0162, 3),
        ("1,234.5", 1234.5, 5),
        ("−2", -2, 1),
        ("1e3", 1000, 1),
    ],
)
def test_numbers_are_read_as_people_write_them(text, value, digits):
    number = read_number(text)
    assert (number.value, number.digits) == (pytest.approx(value), digits)


@pytest.mark.parametrize(
    "text",
    ["", "0,5", "0,546", "00,546", "many", "nan", "inf", "1 000", "1e999", "12,34", "%", "5 %%", "2 points", "٣"],
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(InputError, match="is not a number"):
        read_number(text)


def test_the_run_is_the_newest_as_the_task_has_it(project):
    for at, (name, gini, typed) in enumerate([("old", 0.1, {}), ("new", 0.2, {}), ("three", 0.3, {"score_groups": 3})]):
        receipt = add_run(project, name, gini, **typed) / "receipt.json"
        os.utime(receipt, (1000 + at, 1000 + at))
    assert crm("E20-1", "0.200").stdout.startswith("Right:")
    assert crm("E20-2", "0.300").stdout.startswith("Right:")


def test_the_committed_example_serves_where_nothing_was_run(project, monkeypatch):
    add_run(project, "example", 0.25)
    monkeypatch.setenv("CRM_REPORTS", str(project / "elsewhere"))
    assert crm("E20-1", "0.250").stdout.startswith("Right:")


@pytest.mark.parametrize("damage", ["{", "[]", ""])
def test_a_run_changed_by_hand_is_passed_over(project, damage):
    folder = add_run(project, "latest", 0.6)
    (folder / "results.json").write_text(damage, encoding="utf-8")
    done = crm("E20-1", "0.600")
    assert done.exit_code == 2
    assert "run the chapter first: crm run company --only 20_customers" in done.stderr


def test_a_published_figure_needs_no_run(project):
    assert crm("E90-1", "6919").stdout.startswith("Right:")
    assert crm("E90-1", "6900").stdout.startswith("Not right, too low")


@pytest.mark.parametrize(
    ("arguments", "said"), [(["E20-9", "1"], "unknown exercise 'E20-9'"), (["E20-4", "so"], "answered in words")]
)
def test_an_answer_that_is_not_scored_is_one_message(project, arguments, said):
    done = crm(*arguments, "--json")
    assert done.exit_code == 2
    assert said in json.loads(done.stdout)["faults"][0]["what"]


def test_the_list_names_every_exercise(project):
    listed = json.loads(crm("--json").stdout)["exercises"]
    assert [(one["exercise"], one["answer"]) for one in listed] == [
        ("E20-3", "file of customer ids"),
        ("E20-1", "number or word"),
        ("E20-2", "number or word"),
        ("E90-1", "number or word"),
        ("E20-4", "in words"),
        ("E36-2", "file of values"),
        ("E11-2", "file of values"),
    ]
    assert [one["exercise"] for one in json.loads(crm("E20-1", "--json").stdout)["exercises"]] == ["E20-1"]


def test_only_the_scorer_opens_the_truth():
    """The simulation writes it; no other module names its folder."""
    naming = set()
    for path in SOURCE.rglob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        joined = {side for one in nodes if isinstance(one, ast.BinOp) for side in (one.left, one.right)}
        texts = {str(one.value) for one in joined if isinstance(one, ast.Constant)}
        paths = [one for one in nodes if isinstance(one, ast.Constant) and str(one.value).startswith("truth/")]
        if "truth" in texts or paths:
            naming.add(path.relative_to(SOURCE).as_posix())
    assert naming <= {"simulation/company.py", "suite/exercises/truth.py", "narrative/exercises.py"}
