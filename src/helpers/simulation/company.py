"""Write a whole company to disk: block by block, in order, within bounded memory, and in place only when complete."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from helpers.core.arrays import IntArray
from helpers.core.errors import Fault, InputError
from helpers.simulation.activities import ACTIVITIES, calendar_years, pool_costs
from helpers.simulation.arrays import Coded
from helpers.simulation.block import live_through
from helpers.simulation.catalogue import Shelf, product_columns, stock_shelf
from helpers.simulation.columns import table
from helpers.simulation.observed import observed_tables
from helpers.simulation.parameters import CompanyParameters
from helpers.simulation.pipeline import seller_columns
from helpers.simulation.prices import price_list_columns
from helpers.simulation.season import make_season
from helpers.simulation.streams import blocks
from helpers.simulation.truth import truth_tables

TABLES, TRUTH = "tables", "truth"
PARAMETERS_FILE = "parameters.json"
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class SimulatedCompany:
    """What was written.

    Parameters
    ----------
    folder : Path
        Folder that now holds `tables` and `truth`.
    rows : dict of str to int
        Rows per file, by `tables/<name>` and `truth/<name>`.
    """

    folder: Path
    rows: dict[str, int]


@dataclass
class _Writers:
    """Parquet files that grow block by block."""

    folder: Path
    stack: ExitStack
    open: dict[str, pq.ParquetWriter] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    def add_all(self, part: str, tables: dict[str, pa.Table]) -> None:
        """Append the rows of several tables to their files under `part`."""
        for name, rows in tables.items():
            self._add(f"{part}/{name}", rows)

    def _add(self, name: str, rows: pa.Table) -> None:
        if name not in self.open:
            path = self.folder / f"{name}.parquet"
            self.open[name] = self.stack.enter_context(pq.ParquetWriter(path, rows.schema, compression="zstd"))
        if len(rows):
            self.open[name].write_table(rows, row_group_size=len(rows))
        self.rows[name] = self.rows.get(name, 0) + len(rows)


def simulate(
    parameters: CompanyParameters, folder: str | Path, *, progress: Progress | None = None
) -> SimulatedCompany:
    """Make a company and write it to `folder/tables` and `folder/truth`.

    The same parameters give the same bytes. Memory is bounded by one block of customers, about half a gigabyte, not by
    their number. The previous company in the folder stays until the new one is complete.

    Parameters
    ----------
    parameters : CompanyParameters
        The company.
    folder : str or Path
        Existing or new folder, such as `data/simulated`.
    progress : callable, optional
        Called with the number of customers done and of all customers, after every block.

    Returns
    -------
    SimulatedCompany
        Where it is and how many rows each file has.

    Raises
    ------
    InputError
        When the folder cannot be made or written to.

    Examples
    --------
    >>> from helpers.simulation import read_parameters, simulate
    >>> company = simulate(read_parameters(Path("data/simulated/company.yml")), Path("out"))  # doctest: +SKIP
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what, remedy = f"the folder {str(folder)!r} cannot be made: {error.strerror}", "name another folder"
        raise InputError(Fault(what, remedy=remedy)) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        remedy = "change its permissions, or name another folder"
        raise InputError(Fault(f"the folder {str(folder)!r} may not be written to", remedy=remedy))
    with tempfile.TemporaryDirectory(prefix=".simulated-", dir=folder) as name:
        made = Path(name)
        rows = _write(parameters, made, progress)
        _put_in_place(made, folder)
    return SimulatedCompany(folder, rows)


def _write(parameters: CompanyParameters, made: Path, progress: Progress | None) -> dict[str, int]:
    shelf, season = stock_shelf(parameters), make_season(parameters)
    years, _ = calendar_years(parameters)
    totals = np.zeros((len(years), len(ACTIVITIES)), dtype=np.int64)
    done = 0
    for part in (TABLES, TRUTH):
        (made / part).mkdir()
    with ExitStack() as stack:
        writers = _Writers(made, stack)
        for block in blocks(parameters.customers, parameters.seed):
            world = live_through(parameters, block, shelf, season)
            writers.add_all(TABLES, observed_tables(world))
            writers.add_all(TRUTH, truth_tables(world))
            totals += world.effort.counts.sum(axis=0)
            done += block.size
            if progress is not None:
                progress(done, parameters.customers)
        writers.add_all(TABLES, _once(parameters, shelf, totals))
    for part in (TABLES, TRUTH):
        said = json.dumps(_said(parameters, part), indent=1, sort_keys=True)
        (made / part / PARAMETERS_FILE).write_text(said + "\n", encoding="utf-8")
    return writers.rows


def _once(parameters: CompanyParameters, shelf: Shelf, totals: IntArray) -> dict[str, pa.Table]:
    """Return the tables that the company has once."""
    years, _ = calendar_years(parameters)
    year, activity = (index.ravel() for index in np.indices(totals.shape))
    pools = {
        "year": np.array(years, dtype=np.int64)[year],
        "activity": Coded(activity, ACTIVITIES),
        "quantity": totals.ravel(),
        "cost": pool_costs(parameters, totals).ravel(),
    }
    return {
        "products": table(product_columns(shelf, parameters)),
        "price_list": table(price_list_columns(shelf, parameters)),
        "sellers": table(seller_columns(parameters)),
        "cost_pools": table(pools),
    }


def _said(parameters: CompanyParameters, part: str) -> dict[str, object]:
    """Return what is reported beside the tables: everything to the truth, to the tables only what names the company."""
    everything = parameters.model_dump(mode="json")
    open_to_all = ("seed", "customers", "currency", "start", "as_of")
    return everything if part == TRUTH else {name: everything[name] for name in open_to_all}


def _put_in_place(made: Path, folder: Path) -> None:
    """Exchange the folders; a failure half-way brings the previous ones back."""
    kept: list[tuple[Path, Path]] = []
    try:
        for part in (TABLES, TRUTH):
            target = folder / part
            if target.exists():
                kept.append((target, made / f"previous_{part}"))
                target.rename(kept[-1][1])
            (made / part).rename(target)
    except OSError:
        for target, previous in kept:
            if previous.exists():
                shutil.rmtree(target, ignore_errors=True)
                previous.rename(target)
        raise
