"""Dates that stand for none are reported, and the true beginning of a shop is not."""

from pathlib import Path

import pandas as pd
import pytest
from tests.cases import make_study, shop

from helpers.core.errors import InputError
from helpers.study.study import Study, load_study


def study_of(folder: Path, lines: pd.DataFrame, **spec: object) -> Study:
    return load_study(make_study(folder, {"transactions": lines}, **spec))


@pytest.mark.parametrize("days", [["1900-01-01"], ["1970-01-01"], ["1900-01-01", "1970-01-01", "1980-01-01"]])
def test_placeholder_dates_before_all_others(tmp_path: Path, days: list[str]) -> None:
    lines = shop(100)
    odd = lines.index[: 2 * len(days)]
    lines.loc[odd, "time"] = pd.to_datetime(days * 2)
    study = study_of(tmp_path / "early", lines)
    assert study.check() == []
    (warning,) = study.warnings()
    assert warning.rows == len(odd)
    assert warning.amount == pytest.approx(lines.loc[odd, "amount"].sum(), abs=0.005)
    assert all(day in warning.what for day in days)
    assert "correct these dates" in warning.remedy


def test_old_purchases_without_a_gap_are_not_reported(tmp_path: Path) -> None:
    lines = shop(100)
    lines.loc[lines.index[:3], "time"] = pd.to_datetime(["2013-01-05", "2016-06-01", "2020-01-01"])
    assert study_of(tmp_path / "old", lines).warnings() == ()


def test_placeholder_dates_after_all_others(tmp_path: Path) -> None:
    lines = shop(60)
    lines.loc[lines.index[:2], "time"] = pd.Timestamp("2099-12-31")
    study = study_of(tmp_path / "late", lines)
    with pytest.raises(InputError) as error:
        study.require_sound()
    assert "2099-12-31" in str(error.value)
    assert "correct the dates that stand for none" in str(error.value)


def test_placeholder_dates_after_all_others_are_reported_when_dropped(tmp_path: Path) -> None:
    lines = shop(60)
    lines.loc[lines.index[:2], "time"] = pd.Timestamp("2099-12-31")
    study = study_of(tmp_path / "late", lines, after_as_of="drop")
    (warning,) = study.warnings()
    assert warning.rows == 2
    assert warning.amount == pytest.approx(lines.loc[lines.index[:2], "amount"].sum(), abs=0.005)
    assert "2099-12-31" in warning.what
