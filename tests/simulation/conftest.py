"""One company, made once and read by all tests of the truth that was put in."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from helpers.simulation import CompanyParameters, read_parameters, simulate

COMPANY = Path(__file__).parents[2] / "data" / "simulated" / "company.yml"
Changes = Mapping[str, Any]
Reader = Callable[[str], pd.DataFrame]


def made(changes: Changes, folder: Path) -> tuple[CompanyParameters, Path]:
    """Make the default company with some values changed."""
    parameters = read_parameters(COMPANY, changes)
    return parameters, simulate(parameters, folder).folder


@pytest.fixture(scope="session")
def parameters() -> CompanyParameters:
    """Return the default company, large enough for tight intervals, all else as in the file."""
    return read_parameters(COMPANY, {"customers": 12_000, "seed": 11})


@pytest.fixture(scope="session")
def company(parameters: CompanyParameters, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate(parameters, tmp_path_factory.mktemp("company")).folder


@pytest.fixture(scope="session")
def table(company: Path) -> Reader:
    """Read one of the company's tables: `table("tables/surveys")`."""
    read: dict[str, pd.DataFrame] = {}

    def reader(name: str) -> pd.DataFrame:
        if name not in read:
            # Dates as numbers, not as Python objects: ten times faster to compare.
            read[name] = pq.read_table(company / f"{name}.parquet").to_pandas(date_as_object=False)
        return read[name]

    return reader
