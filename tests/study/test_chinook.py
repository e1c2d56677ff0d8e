"""The example database Chinook in SQLite: its eleven tables, made up here with the counts of the real one.

The real file has 59 customers, 412 invoices, 2,240 lines and 2,328.60 in all; names and days are made up.
"""

import io
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from helpers.study.proposal.propose import propose
from helpers.study.study import load_study

CUSTOMERS, INVOICES, LINES, TRACKS, TOTAL = 59, 412, 2240, 3503, 2328.60
DEAR = 111  # lines at 1.99; the others cost 0.99
_ADDRESS = "Address NVARCHAR(70), City NVARCHAR(40), State NVARCHAR(40), Country NVARCHAR(40), PostalCode NVARCHAR(10)"
_NUMBERS = "Phone NVARCHAR(24), Fax NVARCHAR(24), Email NVARCHAR(60)"
SCHEMA = f"""
CREATE TABLE Artist (ArtistId INTEGER NOT NULL, Name NVARCHAR(120));
CREATE TABLE Album (AlbumId INTEGER NOT NULL, Title NVARCHAR(160) NOT NULL, ArtistId INTEGER NOT NULL);
CREATE TABLE Employee (EmployeeId INTEGER NOT NULL, LastName NVARCHAR(20), FirstName NVARCHAR(20), Title NVARCHAR(30),
    ReportsTo INTEGER, BirthDate DATETIME, HireDate DATETIME, {_ADDRESS}, {_NUMBERS});
CREATE TABLE Customer (CustomerId INTEGER NOT NULL, FirstName NVARCHAR(40), LastName NVARCHAR(20), Company NVARCHAR(80),
    {_ADDRESS}, {_NUMBERS}, SupportRepId INTEGER);
CREATE TABLE Genre (GenreId INTEGER NOT NULL, Name NVARCHAR(120));
CREATE TABLE MediaType (MediaTypeId INTEGER NOT NULL, Name NVARCHAR(120));
CREATE TABLE Track (TrackId INTEGER NOT NULL, Name NVARCHAR(200) NOT NULL, AlbumId INTEGER,
    MediaTypeId INTEGER NOT NULL,
    GenreId INTEGER, Composer NVARCHAR(220), Milliseconds INTEGER NOT NULL, Bytes INTEGER, UnitPrice NUMERIC(10,2));
CREATE TABLE Playlist (PlaylistId INTEGER NOT NULL, Name NVARCHAR(120));
CREATE TABLE PlaylistTrack (PlaylistId INTEGER NOT NULL, TrackId INTEGER NOT NULL);
CREATE TABLE Invoice (InvoiceId INTEGER NOT NULL, CustomerId INTEGER NOT NULL, InvoiceDate DATETIME NOT NULL,
    BillingAddress NVARCHAR(70), BillingCity NVARCHAR(40), BillingState NVARCHAR(40), BillingCountry NVARCHAR(40),
    BillingPostalCode NVARCHAR(10), Total NUMERIC(10,2) NOT NULL);
CREATE TABLE InvoiceLine (InvoiceLineId INTEGER NOT NULL, InvoiceId INTEGER NOT NULL, TrackId INTEGER NOT NULL,
    UnitPrice NUMERIC(10,2) NOT NULL, Quantity INTEGER NOT NULL);
"""
TOWNS = [("Graz", None, "Austria"), ("Boston", "MA", "USA"), ("Lyon", None, "France"), ("Recife", "PE", "Brazil")]


def rows() -> dict[str, list[tuple[Any, ...]]]:
    """Return made-up rows by table."""
    lines = []
    for number in range(1, LINES + 1):
        price = 1.99 if number % 20 == 0 and number // 20 <= DEAR else 0.99
        lines.append((number, (number - 1) % INVOICES + 1, number * 7 % TRACKS + 1, price, 1))
    totals: dict[int, float] = {}
    for _, invoice, _, price, _ in lines:
        totals[invoice] = round(totals.get(invoice, 0.0) + price, 2)
    town = [TOWNS[number % 4] for number in range(INVOICES + 1)]
    days = [f"{2009 + n * 5 // INVOICES}-{n % 12 + 1:02d}-{n % 28 + 1:02d} 00:00:00" for n in range(INVOICES)]
    street = [f"Street {number}" for number in range(INVOICES + 1)]
    return {
        "Artist": [(n, f"Band {n}") for n in range(1, 276)],
        "Album": [(n, f"Record {n}", n % 275 + 1) for n in range(1, 348)],
        "Employee": [
            (
                n,
                f"Boss{n}",
                "Kim",
                "Manager",
                None,
                "1962-02-18 00:00:00",
                "2002-08-14 00:00:00",
                street[n],
                *town[n],
                f"T{n}",
                f"+1 {n}",
                None,
                f"boss{n}@example.org",
            )
            for n in range(1, 9)
        ],
        "Customer": [
            (
                n,
                f"Ann{n}",
                f"Lee{n}",
                None,
                street[n],
                *town[n],
                f"P{n:03d}",
                f"+43 {n}",
                None,
                f"a{n}@example.org",
                n % 3 + 3,
            )
            for n in range(1, CUSTOMERS + 1)
        ],
        "Genre": [(n, f"Kind {n}") for n in range(1, 26)],
        "MediaType": [(n, f"File {n}") for n in range(1, 6)],
        "Track": [
            (n, f"Song {n}", n % 347 + 1, n % 5 + 1, n % 25 + 1, None, 200_000 + n, 9_000_000 + n, 0.99)
            for n in range(1, TRACKS + 1)
        ],
        "Playlist": [(n, f"List {n}") for n in range(1, 19)],
        "PlaylistTrack": [(n % (18 - more) + 1 + more, n) for more in (0, 1) for n in range(1, TRACKS + 1)],
        "Invoice": [
            (n, n % CUSTOMERS + 1, days[n - 1], street[n], *town[n], f"P{n:03d}", totals[n])
            for n in range(1, INVOICES + 1)
        ],
        "InvoiceLine": lines,
    }


@pytest.fixture(scope="module")
def database(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("chinook") / "Chinook_Sqlite.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(SCHEMA)
        for table, content in rows().items():
            marks = ", ".join("?" * len(content[0]))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", content)  # noqa: S608  our own names
    return path


def test_chinook_is_sound_without_an_edit_and_has_its_known_counts(database: Path, tmp_path: Path) -> None:
    proposal = propose([f"sqlite:///{database}"], into=str(tmp_path / "shop"))
    proposal.write()
    tables = YAML(typ="safe").load(io.StringIO(proposal.text))["tables"]
    assert {name: table["table"] for name, table in tables.items()} == {
        "customers": "Customer",
        "transactions": "InvoiceLine",
        "products": "Track",
    }
    study = load_study(tmp_path / "shop")
    study.require_sound()
    lines = study.table("transactions").to_pandas()
    assert (lines["customer_id"].nunique(), lines["order_id"].nunique(), len(lines)) == (CUSTOMERS, INVOICES, LINES)
    assert round(lines["amount"].sum(), 2) == TOTAL
    assert lines["time"].dt.year.nunique() == 5
    assert study.facts("customers").rows_kept == CUSTOMERS
    assert study.table("products").to_pandas()["category"].nunique() == 25


def test_the_analysis_date_names_the_table_that_holds_the_dates(database: Path, tmp_path: Path) -> None:
    text = propose([f"sqlite:///{database}"], into=str(tmp_path / "shop")).text
    assert "in InvoiceDate of sqlite:////" in text
    assert "Chinook_Sqlite.db (Invoice); nothing on or after it is used" in text
