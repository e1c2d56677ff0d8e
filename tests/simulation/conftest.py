"""One company, made once and read by all tests of the truth that was put in."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from helpers.simulation import CompanyParameters, read_parameters, simulate

COMPANY = Path(__file__).parents[2] / "data" / "simulated" / "company.yml"
Reader = Callable[[str], pd.DataFrame]


@pytest.fixture(scope="session")
def parameters() -> CompanyParameters:
    """Return the default company, large enough for tight intervals, all else as in the file."""
    return read_parameters(COMPANY, {"customers": 15_000, "seed": 11})


@pytest.fixture(scope="session")
def company(parameters: CompanyParameters, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate(parameters, tmp_path_factory.mktemp("company")).folder


@pytest.fixture(scope="session")
def table(company: Path) -> Reader:
    """Read one of the company's tables: `table("tables/surveys")`."""
    read: dict[str, pd.DataFrame] = {}

    def reader(name: str) -> pd.DataFrame:
        if name not in read:
            read[name] = pd.read_parquet(company / f"{name}.parquet")
        return read[name]

    return reader
