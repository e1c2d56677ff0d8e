"""Record linkage from command line to report: FEBRL against its known pairs, and exports that are not as hoped."""

import json
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from tests.study_runs import run_here

from helpers.core.errors import InputError
from helpers.study.study import load_study
from helpers.suite.planning.plan import make_plan

ROOT = Path(__file__).resolve().parents[2]
# Ibis 12 still uses names that DuckDB 2 and pandas 3.1 are giving up.
pytestmark = [
    pytest.mark.usefixtures("forked_kernels"),
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
]
STUDY = """\
study: {name}
title: A shop
currency: EUR
as_of: 2024-02-01
tables:
  customer_records:
    source: records.csv
"""
HEADER = "record_id,last_name,first_name,birth_date,street,email,phone\n"


def run_linkage(study: str | Path, reports: Path, run: str = "latest", *options: str) -> Path:
    """Run the linkage notebook of a study and return the report folder."""
    run_here(study, reports, "--only", "11", *options, name=run)
    return reports / Path(study).name / run


def values_of(report: Path) -> dict:
    results = json.loads((report / "results.json").read_text(encoding="utf-8"))
    return {name: entry["value"] for name, entry in results.items()}


def shop(folder: Path, lines: list[str], study: str = STUDY, header: str = HEADER) -> Path:
    """Write a study of one export."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.yml").write_text(study.replace("{name}", folder.name), encoding="utf-8")
    (folder / "records.csv").write_text(header + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return folder


def people(count: int) -> list[str]:
    """Return records of different people, every tenth of them twice with a slip; nobody has a telephone number."""
    lines = []
    for number in range(count):
        born = f"{1950 + number % 50}-{1 + number % 12:02d}-{1 + number % 28:02d}"
        name, given = f"Name{number * 7919 % 1009:04d}", f"Given{number * 31 % 97:02d}"
        street, mail = f"{number} High Street", f"p{number}@mail.example"
        lines.append(f"{number},{name},{given},{born},{street},{mail},")
        if number % 10 == 0:
            lines.append(f"{number + count},{name[:-1]},{given},{born},{street},{mail},")
    return lines


# Issue 3 asks for 0.998 on FEBRL 4 and 0.98 on FEBRL 1 and 2, without labels; the bounds here are what is reached.
@pytest.mark.parametrize(
    ("study", "least_f1", "customers"),
    [
        ("febrl1", 0.995, 500),
        pytest.param("febrl2", 0.995, 4000, marks=pytest.mark.slow),
        ("febrl4", 0.998, 5000),
    ],
)
def test_febrl_is_linked_as_well_as_asked_for(study, least_f1, customers, study_run):
    values = values_of(study_run(study))
    assert values["linkage_f1"] >= least_f1
    assert values["linkage_precision"] >= least_f1
    assert values["linkage_recall"] >= least_f1
    assert values["customers"] == values["customers_linked"] == pytest.approx(customers, rel=0.001)
    assert values["candidate_pairs"] < values["all_pairs"] / 100
    assert values["exact_linkage_f1"] < values["linkage_f1"]


def test_the_spread_over_seeds_is_named_where_agreement_by_chance_rests_on_few_pairs(study_run):
    """Of 10,000 records some are drawn, and few pairs of those share a number; of 1,000 all pairs are counted."""
    report = study_run("febrl4")
    values, text = values_of(report), (report / "report.html").read_text(encoding="utf-8")
    assert "identifier" in values["few_pair_fields"]
    assert (values["links_by_seed"], values["customers_by_seed"]) == (values["customers_linked"],) * 2
    assert "How often strangers agree in" in text
    assert "Seen in few of the pairs drawn" not in text
    assert "Seen in few of the pairs drawn" in (report / "analyst.html").read_text(encoding="utf-8")
    silent = study_run("febrl1")
    assert not {"few_pair_fields", "draws_compared", "links_by_seed"} & set(values_of(silent))
    assert "How often strangers agree in" not in (silent / "report.html").read_text(encoding="utf-8")


def test_the_report_of_febrl_says_so_and_leaves_its_files(study_run):
    report = study_run("febrl1")
    text = (report / "report.html").read_text(encoding="utf-8")
    assert "The links can be relied on" in text
    assert "rec-223-org" not in text, "no record of a customer stands in the client's report"
    names = {path.name for path in (report / "lists").iterdir()}
    assert names >= {"customer_ids.parquet", "golden_records.parquet", "review_sheet.xlsx", "crosswalk.parquet"}


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on one export with nearly everything wrong with it that need not stop the run."""
    home = tmp_path_factory.mktemp("shops")
    lines = people(300)
    lines += [
        "9001,MÃ¼ller,Jürgen,1971-03-04,1 Elm Road,j@m.example,",
        "9002,Müller,Jürgen,1971-03-04,1 Elm Road,,",
    ]
    lines += [f"{9100 + number},Guest,,,,," for number in range(30)]
    lines += ["9200,,,,,,"]
    return run_linkage(shop(home / "corner", lines), home / "reports")


class TestOwnExport:
    """Duplicates within one export, without any truth."""

    def test_duplicates_are_found_without_any_truth(self, export):
        values = values_of(export)
        # Thirty people stand twice, one more through his damaged name; thirty guests and the empty record stay alone.
        assert values["customers"] == 300 + 1 + 30 + 1
        assert values["duplicate_records"] == 31
        assert "linkage_f1" not in values

    def test_whatever_was_worked_around_is_reported(self, export):
        text = (export / "report.html").read_text(encoding="utf-8")
        assert "it tells nobody apart and is left out" in text
        assert "One source only" in text
        assert "wrong encoding and were repaired" in text
        assert "they look like placeholders and were not merged" in text
        assert "no identifying value" in text
        assert "not known until a person has looked at some pairs" in text

    def test_numbers_last_and_answers_are_read_back_in_the_next_run(self, export):
        first, folder = values_of(export), export.parents[2] / "corner"
        ids = pd.read_parquet(export / "lists" / "customer_ids.parquet")
        ids.to_parquet(folder / "customer_ids.parquet", index=False)
        book = openpyxl.load_workbook(export / "lists" / "review_sheet.xlsx")
        sheet = book["pairs"]
        answer = [cell.value for cell in sheet[1]].index("one customer?") + 1
        for row in range(2, sheet.max_row + 1):
            sheet.cell(row, answer).value = "yes"
        book.save(folder / "answered.xlsx")
        more = "  earlier_ids: {source: customer_ids.parquet}\nfiles: {review_sheet: answered.xlsx}\n"
        lines = (folder / "records.csv").read_text(encoding="utf-8").splitlines()[1:]
        shop(folder, [*lines, "9300,Newman,Nora,1990-01-01,9 New Lane,nora@new.example,"], STUDY + more)
        values = values_of(run_linkage(folder, export.parents[1], "second"))
        assert values["customer_ids_kept"] == first["customers"]
        assert values["customer_ids_new"] == 1
        assert values["customer_ids_merged"] == values["customer_ids_split"] == 0
        assert values["review_precision"] == 1.0
        again = pd.read_parquet(export.parents[1] / "corner" / "second" / "lists" / "customer_ids.parquet")
        both = again.merge(ids, on=["source", "record_id"], suffixes=("", "_before"))
        assert (both["lasting_id"] == both["lasting_id_before"]).all()


class TestExportsThatCannotBeLinked:
    def said(self, folder: Path) -> str:
        with pytest.raises(InputError, match=r".") as error:
            make_plan(folder)
        return str(error.value)

    def test_without_identifying_fields(self, tmp_path):
        study = STUDY + "    columns: {record_id: record_id, do_not_contact: phone}\n"
        said = self.said(shop(tmp_path / "a", people(3), study))
        assert "none of the columns that could tell customers apart" in said

    def test_without_identifying_fields_under_equal_names(self, tmp_path):
        said = self.said(shop(tmp_path / "a", ["1,yes", "2,no"], header="record_id,do_not_contact\n"))
        assert "none of the columns that could tell customers apart" in said

    def test_a_tenth_of_the_ids_twice(self, tmp_path):
        lines = people(50)
        said = self.said(shop(tmp_path / "a", [*lines, *lines[:5]]))
        assert "record_id stands in more than one row" in said
        assert "'0'" in said

    def test_bytes_of_another_encoding(self, tmp_path):
        folder = shop(tmp_path / "a", people(3))
        (folder / "records.csv").write_bytes((HEADER + "1,王小明,,,,,\n").encode("gb18030"))
        said = self.said(folder)
        assert "encoding" in said
        study = STUDY + "    encoding: gb18030\n"
        (folder / "study.yml").write_text(study.replace("{name}", "a"), encoding="utf-8")
        assert load_study(folder).table("customer_records").to_pandas()["last_name"].tolist() == ["王小明"]

    def test_a_study_without_records_is_left_out_with_what_it_would_need(self):
        left_out = {one.notebook.number: one.reason for one in make_plan("complete_journey").left_out}
        assert left_out["11"].startswith("needs customer_records (one record of a customer in one system")
