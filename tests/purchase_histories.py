"""CDNOW and the donors as the value models take them; the fixtures of `tests/conftest.py` that several rooms share."""

from datetime import date
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pc
import pytest

from helpers.value import purchase_history

DATA = Path(__file__).parents[1] / "data"
HOLDOUT_FROM, AS_OF = date(1997, 10, 1), date(1998, 7, 1)


@pytest.fixture(scope="session")
def cdnow_lines() -> ir.Table:
    types = {"customer_id": pa.string(), "sample_id": pa.string()}
    lines = pc.read_csv(DATA / "cdnow" / "sample.csv", convert_options=pc.ConvertOptions(column_types=types))
    return ibis.memtable(lines.rename_columns({"date": "time"}))


@pytest.fixture(scope="session")
def cdnow(cdnow_lines: ir.Table) -> pd.DataFrame:
    """The sample's histories over 39 weeks, with the 39 weeks of holdout."""
    return purchase_history(cdnow_lines, as_of=AS_OF, holdout_from=HOLDOUT_FROM).to_pyarrow().to_pandas()


@pytest.fixture(scope="session")
def cdnow_78_weeks(cdnow_lines: ir.Table) -> pd.DataFrame:
    return purchase_history(cdnow_lines, as_of=AS_OF).to_pyarrow().to_pandas()


@pytest.fixture(scope="session")
def cdnow_cohort() -> pd.DataFrame:
    """The full cohort over 78 weeks, less the ten customers with repeat spend above 4,000 dollars."""
    lines = ibis.read_parquet(DATA / "cdnow" / "cohort.parquet").rename(time="date")
    history = purchase_history(lines, as_of=AS_OF).to_pyarrow().to_pandas()
    return history[history["frequency"] * history["mean_repeat_spend"] <= 4000].reset_index(drop=True)


@pytest.fixture(scope="session")
def donors() -> pd.DataFrame:
    return pd.read_csv(DATA / "donations" / "donors_1995.csv")
