"""Data that stop before the analysis date: reported, refused where no figure could be right, no month called whole."""

from datetime import date
from pathlib import Path

import ibis
import pandas as pd
import pytest
from tests.cases import make_study, shop

from helpers.core.errors import InputError
from helpers.core.periods import measure_coverage
from helpers.evaluation import cohort_retention
from helpers.study.study import Study, load_study


def until(day: str, **spec: object) -> pd.DataFrame:
    lines = shop()
    return lines[lines["time"] < day]


def study_of(folder: Path, lines: pd.DataFrame, **spec: object) -> Study:
    return load_study(make_study(folder, {"transactions": lines}, **spec))


class TestMonthCalledWhole:
    def test_month_called_whole(self, tmp_path: Path) -> None:
        study = study_of(tmp_path / "early", until("2024-12-10"))
        assert study.check() == []
        (warning,) = study.warnings()
        assert (
            "Table transactions stops on 9 December 2024, 23 days before the analysis date 1 January 2025"
            in warning.what
        )
        assert "set as_of: 2024-12-10" in warning.remedy
        cohorts = cohort_retention(study.table("transactions"), study.as_of)
        assert set(cohorts.loc[~cohorts["complete"], "period"]) == {pd.Timestamp("2024-12-01")}

    def test_with_the_analysis_date_of_the_remedy_nothing_is_reported(self, tmp_path: Path) -> None:
        assert study_of(tmp_path / "cut", until("2024-12-10"), as_of="2024-12-10").warnings() == ()

    def test_a_quarter_whose_last_month_lacks_days(self) -> None:
        lines = ibis.memtable(until("2024-12-20"))
        cohorts = cohort_retention(lines, date(2025, 1, 1), step="quarter")
        assert set(cohorts.loc[~cohorts["complete"], "period"]) == {pd.Timestamp("2024-10-01")}

    def test_data_that_reach_the_end_have_whole_months(self) -> None:
        assert cohort_retention(ibis.memtable(shop()), date(2025, 1, 1))["complete"].all()

    def test_three_weeks_are_reported_and_three_years_refused(self, tmp_path: Path) -> None:
        (warning,) = study_of(tmp_path / "weeks", shop(), as_of="2025-01-22").warnings()
        assert "stops on 31 December 2024, 22 days before" in warning.what
        with pytest.raises(InputError, match=r"1,09\d days before .* all customers would look lost\n.*set as_of: 2025"):
            study_of(tmp_path / "years", shop(), as_of="2028-01-01").require_sound()


class TestOneRemedyOverAllTables:
    @staticmethod
    def tables(invoices_until: str, payments_until: str, until: str) -> dict[str, pd.DataFrame]:
        days = pd.date_range("2024-01-01", "2024-12-31")
        ids = [f"I{day}" for day in range(len(days))]
        bills = pd.DataFrame({"invoice_id": ids, "customer_id": "C0001", "time": days, "amount": 5.0})
        lines = shop()
        return {
            "transactions": lines[lines["time"] < until],
            "invoices": bills[bills["time"] < invoices_until],
            "payments": bills.loc[bills["time"] < payments_until, ["invoice_id", "time", "amount"]],
        }

    def test_no_earlier_date_is_advised_that_another_table_outlasts(self, tmp_path: Path) -> None:
        tables = self.tables("2024-08-22", "2024-10-01", "2025-01-01")
        found = [one for one in load_study(make_study(tmp_path / "s", tables)).warnings() if "stops on" in one.what]
        assert [one.table for one in found] == ["invoices", "payments"]
        for one, day in zip(found, ("2024-08-22", "2024-10-01"), strict=True):
            assert one.remedy.startswith(
                f"fetch the rows of table {one.table} that are missing; the other tables go on"
            )
            assert f"as_of: {day} would need after_as_of: drop" in one.remedy

    def test_the_date_advised_is_that_of_the_table_that_reaches_furthest_and_works(self, tmp_path: Path) -> None:
        tables = self.tables("2024-08-22", "2024-10-01", "2024-11-10")
        found = [one for one in load_study(make_study(tmp_path / "s", tables)).warnings() if "stops on" in one.what]
        assert [one.table for one in found if one.remedy.startswith("set as_of")] == ["transactions"]
        assert "set as_of: 2024-11-10" in found[0].remedy
        assert load_study(make_study(tmp_path / "cut", tables, as_of="2024-11-10")).check() == []


class TestRhythm:
    @pytest.mark.parametrize(
        ("days", "as_of", "stops"),
        [
            (pd.bdate_range("2024-01-01", "2024-11-29"), date(2024, 12, 1), False),  # shut on weekends
            (pd.bdate_range("2024-01-01", "2024-11-29"), date(2024, 12, 9), True),
            (pd.date_range("2023-01-01", "2024-12-01", freq="MS"), date(2025, 1, 1), False),  # one row a month
            (pd.date_range("2023-01-01", "2024-11-01", freq="MS"), date(2025, 1, 1), True),
            (pd.date_range("2024-01-01", "2024-12-23", freq="W"), date(2024, 12, 29), False),
            (pd.to_datetime(["2020-01-05", "2020-01-17"]), date(2025, 1, 1), False),  # too few to know
        ],
    )
    def test_is_that_of_the_data(self, days: pd.DatetimeIndex, as_of: date, stops: bool) -> None:
        assert measure_coverage(ibis.memtable({"time": days}), as_of).stops_early is stops

    def test_one_long_closure_does_not_excuse_the_end(self) -> None:
        days = pd.date_range("2023-01-01", "2024-12-01")
        open_days = days[(days < "2023-08-01") | (days > "2023-08-28")]
        found = measure_coverage(ibis.memtable({"time": open_days}), date(2025, 1, 1))
        assert (found.usual_gap_days, found.stops_early) == (2, True)
