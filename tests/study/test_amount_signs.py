"""Amounts of which no purchase can be read are refused, by the check as by the methods, and never blamed on a date."""

from datetime import date
from pathlib import Path

import ibis
import pandas as pd
import pytest
from tests.cases import make_study, shop

from helpers.core.errors import InputError
from helpers.identification import follow_base, measure_base
from helpers.study.study import load_study


def refusal(folder: Path, lines: pd.DataFrame) -> str:
    with pytest.raises(InputError) as error:
        load_study(make_study(folder, {"transactions": lines})).require_sound()
    return str(error.value)


def test_all_amounts_below_zero(tmp_path: Path) -> None:
    lines = shop(60)
    said = refusal(tmp_path / "turned", lines.assign(amount=-lines["amount"]))
    assert "no amount of table transactions is above zero: are the signs turned?" in said
    assert "remedy: export the amounts with purchases above zero, returns below" in said
    assert "as_of" not in said


def test_signs_turned_with_returns_above_zero(tmp_path: Path) -> None:
    lines = shop(60)
    amount = -lines["amount"]
    amount.iloc[100:110] *= -1
    said = refusal(tmp_path / "mixed", lines.assign(amount=amount))
    assert "below zero and only 10 above" in said
    assert "are the signs turned?" in said


def test_all_amounts_zero(tmp_path: Path) -> None:
    said = refusal(tmp_path / "nothing", shop(60).assign(amount=0.0))
    assert "study.yml, line" in said
    assert "every amount of table transactions is 0" in said
    assert "remedy: map amount to the column that holds the money" in said


def test_a_large_return_of_a_purchase_before_the_data_is_no_turned_sign(tmp_path: Path) -> None:
    lines = shop(60)
    lines.loc[3, "amount"] = -2 * lines["amount"].sum().round(2)
    assert load_study(make_study(tmp_path / "before", {"transactions": lines})).check() == []


@pytest.mark.parametrize("method", [measure_base, follow_base])
def test_methods_without_a_purchase_blame_the_amounts_and_not_the_date(method) -> None:
    lines = shop(60)
    turned = ibis.memtable(lines.assign(amount=-lines["amount"]))
    with pytest.raises(InputError, match=r"is a purchase: no amount is above zero(.|\n)*purchases above zero") as error:
        method(turned, date(2025, 1, 1))
    assert "choose a later" not in str(error.value)
    with pytest.raises(InputError, match="choose a later analysis date"):
        method(ibis.memtable(lines), date(2020, 1, 1))
