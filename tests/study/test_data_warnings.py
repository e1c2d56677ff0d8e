"""Warnings about data that do not stop a run: where they are shown, and what each check finds."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.cases import make_study, shop

from helpers.cli import main
from helpers.study.data_warnings import CheckedTable, DataWarning, TableCheck, inspect_table
from helpers.study.oddities.placeholder_ids import stands_for_nobody
from helpers.study.study import load_study
from helpers.suite.planning.run_names import RUN_FOLDER_VARIABLE, WARNINGS
from helpers.suite.planning.run_warnings import keep_warnings, warnings_about


def shop_with_guest(folder: Path) -> Path:
    lines = shop()
    lines.loc[::5, "customer_id"] = "Guest"
    return make_study(folder / "guests", {"transactions": lines})


class TestWhereWarningsAreShown:
    def test_a_sound_shop_has_none(self, tmp_path: Path) -> None:
        study = load_study(make_study(tmp_path / "sound", {"transactions": shop()}))
        assert study.check() == []
        assert study.warnings() == ()

    def test_check_tells_them_after_the_table_and_in_json(self, tmp_path: Path) -> None:
        folder = shop_with_guest(tmp_path)
        said = CliRunner().invoke(main, ["check", str(folder)])
        assert said.exit_code == 0
        assert "sound, with 1 warning" in said.stdout
        assert "warning: guests/study.yml, line" in said.stderr
        assert 'missing: ["Guest"]' in said.stderr
        answer = json.loads(CliRunner().invoke(main, ["check", str(folder), "--json"]).stdout)
        assert answer["status"] == "sound"
        (warning,) = answer["warnings"]
        lines = shop()
        assert (warning["table"], warning["rows"]) == ("transactions", len(lines.loc[::5]))
        assert warning["amount"] == pytest.approx(lines.loc[::5, "amount"].sum(), abs=0.005)

    def test_notebooks_of_a_run_share_what_the_run_found(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        study = load_study(shop_with_guest(tmp_path))
        keep_warnings(study, tmp_path)
        stored = json.loads((tmp_path / WARNINGS).read_text(encoding="utf-8"))
        stored[0]["what"] = "found by the run"
        (tmp_path / WARNINGS).write_text(json.dumps(stored), encoding="utf-8")
        assert warnings_about(study, ["transactions"])[0].what.startswith("1 customer number")
        monkeypatch.setenv(RUN_FOLDER_VARIABLE, str(tmp_path))
        assert [one.what for one in warnings_about(study, ["transactions", "products"])] == ["found by the run"]
        assert warnings_about(study, ["products"]) == ()

    def test_checks_of_a_table_are_asked_in_one_query(self, tmp_path: Path) -> None:
        study = load_study(make_study(tmp_path / "shop", {"transactions": shop()}))
        checked = CheckedTable("transactions", study.table("transactions"), study._tables)
        asked: list[dict[str, object]] = []

        def note(_table: CheckedTable, answers: object) -> list[DataWarning]:
            asked.append(dict(answers))  # type: ignore[call-overload]
            return []

        least = TableCheck(note, measures=lambda one: {"least": one.table.amount.min()})
        most = TableCheck(note, measures=lambda one: {"most": one.table.amount.max()})
        never = TableCheck(note, applies=lambda one: one.name == "products")
        assert list(inspect_table(checked, [least, never, most])) == []
        assert [sorted(answers) for answers in asked] == [["amount", "least", "rows"], ["amount", "most", "rows"]]

    def test_a_warning_of_two_tables_concerns_who_uses_both(self) -> None:
        warning = DataWarning("few match", "", "", "contacts", other="transactions")
        assert warning.concerns(["contacts", "transactions"])
        assert not warning.concerns(["contacts"])


class TestCustomersWhoAreNobody:
    def test_guest_is_one_customer(self, tmp_path: Path) -> None:
        (warning,) = load_study(shop_with_guest(tmp_path)).warnings()
        assert "'Guest'; " in warning.what
        assert "(20.0 %) with EUR " in warning.what

    @pytest.mark.parametrize(
        "name",
        [
            *(
                "guest",
                " UNKNOWN ",
                "n/a",
                "None",
                "null",
                "-",
                "-1",
                "--",
                "test",
                "Walk-In Customer",
                "Cash (till 3)",
            ),
            *(
                "Laufkunde",
                "unbekannt",
                "Gast",
                "invité",
                "client de passage",
                "散客",
                "未知",
                "ＧＵＥＳＴ",
                "Guest_0012",
            ),
        ],
    )
    def test_words_for_nobody(self, name: str) -> None:
        assert stands_for_nobody(name)

    @pytest.mark.parametrize(
        "name", ["C0001", "0", "17", "Cashman & Co", "Testa", "Nullinger", "Gastro GmbH", "TEST-AG7"]
    )
    def test_names_of_customers(self, name: str) -> None:
        assert not stands_for_nobody(name)

    def test_zero_and_nines_by_what_is_booked_there(self, tmp_path: Path) -> None:
        lines = shop()
        lines["customer_id"] = lines["customer_id"].str[1:].astype(int)  # a running number from zero
        assert load_study(make_study(tmp_path / "running", {"transactions": lines})).warnings() == ()
        lines.loc[::4, "customer_id"] = 999999
        (warning,) = load_study(make_study(tmp_path / "nines", {"transactions": lines})).warnings()
        assert "'999999'" in warning.what
