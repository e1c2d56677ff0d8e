"""Transactions in two currencies are reported, with what is added up wrongly and how to choose one."""

from pathlib import Path

import numpy as np
import pytest
from tests.cases import make_study, shop

from helpers.study.study import load_study


def warnings_of(folder: Path, values: list[str], **spec: object) -> list[str]:
    lines = shop(20)
    lines["Currency"] = np.resize(values, len(lines))
    columns = {column: column for column in shop(2).columns}
    sources = {"transactions": {"columns": columns, "attributes": ["Currency"], **spec}}
    study = load_study(make_study(folder / "shop", {"transactions": lines}, sources=sources))
    return [f"{one.what}; {one.remedy}" for one in study.warnings() if "added up as if" in one.what]


def test_two_currencies_are_reported_with_rows_and_a_choice(tmp_path: Path) -> None:
    (said,) = warnings_of(tmp_path, ["EUR", "EUR", "usd"])
    assert "names 'EUR', 'usd'" in said
    assert "in another currency than EUR" in said
    assert "only_rows: {Currency: [EUR]}" in said


@pytest.mark.parametrize("values", [["EUR"], ["EUR", "eur"], ["EUR", ""], ["USD"]])
def test_one_currency_is_not(values: list[str], tmp_path: Path) -> None:
    assert warnings_of(tmp_path, values) == []


def test_a_currency_chosen_is_not(tmp_path: Path) -> None:
    assert warnings_of(tmp_path, ["EUR", "USD"], only_rows={"Currency": ["EUR"]}) == []
