"""Sources and studies named by what is none: reported for what they are, and without what may be secret."""

from pathlib import Path

import pytest
from tests.cases import make_study

from helpers.core.errors import InputError
from helpers.study.database_address import read_address
from helpers.study.study import load_study


@pytest.mark.parametrize(
    "source", ["package:u:S3cretPw@x/y", "package:S3cretPw@host/y", "package:x/u:S3cretPw@host", "package: S3cretPw/y"]
)
def test_package_name_that_holds_a_password(tmp_path: Path, source: str) -> None:
    folder = make_study(tmp_path / "s", {}, sources={"transactions": {"source": source}})
    with pytest.raises(InputError) as error:
        load_study(folder).require_sound()
    assert "stands no name of a package" in str(error.value)
    assert "S3cret" not in str(error.value)


def test_package_that_is_not_installed_is_still_named(tmp_path: Path) -> None:
    folder = make_study(tmp_path / "s", {}, sources={"transactions": {"source": "package:no-such_data/y.parquet"}})
    with pytest.raises(InputError, match="'no-such_data' is not installed"):
        load_study(folder).require_sound()


def test_kind_of_database_in_capital_letters() -> None:
    address = read_address("POSTGRES://u:S3cretPw@host/shop")
    assert (address.kind, address.url) == ("postgres", "postgres://u:S3cretPw@host/shop")
    assert read_address("DuckDB:///shop.duckdb").file == "shop.duckdb"


def test_study_yml_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "study.yml").mkdir()
    for named in (tmp_path, tmp_path / "study.yml"):
        with pytest.raises(InputError, match="is a folder, not a study file"):
            load_study(named)
