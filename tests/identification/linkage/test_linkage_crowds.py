"""Crowds that share contact data, a placeholder birthday or a placeholder name are never merged in silence."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from helpers.identification.linkage import Linkage, LinkageSettings, link_records
from helpers.identification.linkage.compared import ComparedField
from helpers.identification.linkage.crowds import blank_shared, crowded_names, whole_names
from helpers.narrative.linkage_notes import text_of_note
from helpers.simulation import read_parameters, simulate

COMPANY = Path(__file__).parents[3] / "data" / "simulated" / "company.yml"
GIVEN_NAMES = (
    "Anna Bernd Carla Dieter Eva Fritz Gerda Hans Ilse Jan Karin Ludwig Maria Norbert Olga Paul Rita Stefan Tina Uwe "
    "Vera Willi Xenia Yusuf Zoe Achim Bea Clara Doris Emil"
)
FAMILY_NAMES = (
    "Aalborn Baerwald Cronberg Dornbusch Eschweiler Funkhaus Grossmann Holmstein Igelmann Jungblut Kolbenheyer Lammers "
    "Mohrbach Nagelsmann Ottwein Pohlmann Quastner Rabenau Sohnlein Thalbach Uhlmann Vogtland Wirthner Xanten Yildirim "
    "Zornow Abtmeier Brinkhoff Dahlhaus Ebeling"
)
STREET_NAMES = "Ahornallee Birkenweg Marktplatz Lessinggasse Kirchgasse Torstrasse Im_Feld Messeplatz Rosenweg Jahnweg"
GIVEN, FAMILY, STREETS = GIVEN_NAMES.split(), FAMILY_NAMES.split(), STREET_NAMES.split()
SHOP = {"email": "shop@firma.example", "phone": "030 1234567"}
Row = dict[str, str | None]
TEST = {"first_name": "Test", "last_name": "Customer"}


def _own_phone(i: int) -> str:
    return f"030 {(i * 7919 + 13) * 104_729 % 9_000_000 + 1_000_000}"


def _own_street(i: int) -> Row:
    return {"street": f"{STREETS[i % 10]} {3 * i + 1}".replace("_", " "), "city": "Berlin", "postcode": "10115"}


def _person(i: int) -> Row:
    return {"first_name": GIVEN[i], "last_name": FAMILY[i]}


# How many records, what stands in each, and words of the note that tells of them.
CROWDS: dict[str, tuple[int, Callable[[int], Row], str]] = {
    "guests_of_one_surname": (30, lambda i: {"first_name": GIVEN[i], "last_name": "Guest", **SHOP}, "shared contact"),
    "cash_customers_with_the_shops_mail": (
        15,
        lambda _: {"first_name": "Cash", "last_name": "Customer", "email": SHOP["email"]},
        "15 records are copies",
    ),
    "cash_sales_with_the_shops_phone": (
        15,
        lambda i: {"last_name": "Barverkauf", "phone": SHOP["phone"], "city": ["Berlin", "Graz", "Hamburg"][i % 3]},
        "15 records are copies",
    ),
    "test_customers_with_own_phones": (8, lambda i: {**TEST, "phone": _own_phone(i)}, "'test customer' (8)"),
    "test_customers_with_own_streets": (8, lambda i: {**TEST, **_own_street(i)}, "'test customer' (8)"),
    "test_customers_with_own_mail": (
        8,
        lambda i: {**TEST, "email": f"u{i * 7919}@x.example"},
        "'test customer' (8)",
    ),
    "strangers_with_the_shops_mail_and_a_birthday_of_nobody": (
        30,
        lambda i: {**_person(i), **_own_street(i), "email": SHOP["email"], "birth_date": "1900-01-01"},
        "look like placeholders",
    ),
}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The records of 200 customers in three systems."""
    made = simulate(read_parameters(COMPANY, {"customers": 200, "seed": 5}), tmp_path_factory.mktemp("company"))
    return pd.read_parquet(made.folder / "tables" / "customer_records.parquet").astype({"record_id": str})


def _with(company: pd.DataFrame, rows: list[Row]) -> pd.DataFrame:
    crowd = pd.DataFrame(rows).assign(
        record_id=[f"x{i:03d}" for i in range(len(rows))],
        source=[("sales", "web", "service")[i % 3] for i in range(len(rows))],
    )
    return pd.concat([company, crowd.reindex(columns=company.columns)], ignore_index=True)


def _customers_of_crowd(linkage: Linkage) -> "pd.Series[int]":
    """Return the customers of the records added, in the order in which they were added."""
    added = linkage.clusters["record_id"].str.startswith("x")
    return linkage.clusters[added].set_index("record_id")["customer_id"].sort_index()


def _texts(linkage: Linkage) -> str:
    return "\n".join(text_of_note(note) for note in linkage.notes)


@pytest.mark.parametrize("crowd", list(CROWDS))
def test_a_crowd_is_not_merged_and_it_is_reported(company, crowd):
    n, row, said = CROWDS[crowd]
    linkage = link_records(_with(company, [row(i) for i in range(n)]))
    found = _customers_of_crowd(linkage)
    assert found.nunique() == n
    assert said in _texts(linkage)
    others = linkage.clusters.loc[~linkage.clusters["record_id"].str.startswith("x"), "customer_id"]
    assert not found.isin(others).any()


def test_the_staff_of_a_firm_stay_apart_and_each_keeps_both_records(company):
    office = {
        "email": "office@bigfirm.example",
        "phone": "030 4455660",
        "street": "Industriestrasse 5",
        "city": "Berlin",
        "postcode": "10243",
    }
    linkage = link_records(_with(company, [{**_person(i // 2), **office, "sex": "fm"[i // 2 % 2]} for i in range(24)]))
    found = _customers_of_crowd(linkage).to_numpy()
    assert (found[::2] == found[1::2]).all()
    assert len(set(found)) == 12
    assert "of…@bigfirm.example (12 names)" in _texts(linkage)
    assert "…5660 (12 names)" in _texts(linkage)
    assert "office@" not in _texts(linkage)


def test_few_records_joined_on_a_name_alone_are_reported(company):
    names = {2: ("Test", "Customer"), 3: ("Probe", "Kunde"), 4: ("Demo", "Client")}
    rows: list[Row] = [{"first_name": first, "last_name": last} for n, (first, last) in names.items() for _ in range(n)]
    linkage = link_records(_with(company, rows))
    found, begin = _customers_of_crowd(linkage).to_numpy(), 0
    for n, (first, last) in names.items():
        assert len(set(found[begin : begin + n])) == 1
        assert f"'{first} {last}'".casefold() in _texts(linkage)
        begin += n
    assert len(set(found)) == len(names)
    assert "joined to others on nothing but a name" in _texts(linkage)


def test_who_has_more_in_common_than_a_name_is_not_named(company):
    linkage = link_records(company[company["email"].notna() & company["phone"].notna()])
    assert linkage.customers < len(linkage.clusters)
    assert "nothing but a name" not in _texts(linkage)


def test_people_of_one_common_name_are_linked_by_what_is_their_own(company):
    """Forty people called Li Wei, two records each, with a phone and an e-mail address of their own."""
    rows = [
        {"first_name": "Wei", "last_name": "Li", "phone": _own_phone(i // 2), "email": f"w{i // 2 * 7919}@m.example"}
        for i in range(80)
    ]
    linkage = link_records(_with(company, rows))
    found = _customers_of_crowd(linkage).to_numpy()
    assert (found[::2] == found[1::2]).all()
    assert len(set(found)) == 40


def test_nothing_is_blanked_nor_set_aside_where_there_is_no_crowd(households, febrl1, febrl2, febrl4):
    for world in (households, febrl1, febrl2, febrl4):
        texts = _texts(world.linkage)
        assert "many different names" not in texts
        assert "hold nothing that identifies but a name" not in texts
        assert "are copies in groups" not in texts


FIELDS = [
    ComparedField("first_name", "given_name", "first"),
    ComparedField("last_name", "family_name", "last"),
    ComparedField("email", "email", "mail"),
    ComparedField("phone", "phone", "phone"),
    ComparedField("birth_date", "date", "born"),
]


def _table(n: int, **columns: list[str | None]) -> pd.DataFrame:
    names = {"first": [name.casefold() for name in GIVEN[:n]], "last": [name.casefold() for name in FAMILY[:n]]}
    return pd.DataFrame({**names, "mail": None, "phone": None, "born": None, **columns}, dtype="str")


@pytest.mark.parametrize(("n", "blanked"), [(4, False), (5, True)])
def test_an_address_of_five_names_is_shared(n, blanked):
    table, notes = blank_shared(_table(n, mail=["info@firm.example"] * n), FIELDS)
    assert table["mail"].isna().all() == blanked
    assert [note.records for note in notes] == ([n] if blanked else [])


@pytest.mark.parametrize(("n", "blanked"), [(7, False), (8, True)])
def test_a_household_may_share_its_telephone(n, blanked):
    table, _ = blank_shared(_table(n, phone=["123456789"] * n), FIELDS)
    assert table["phone"].isna().all() == blanked


def test_slips_and_swaps_of_one_name_are_one_name():
    table = _table(6, mail=["anna.aalborn@mail.example"] * 6)
    table["first"] = ["anna", "annna", "ann", "aalborn", "anne", "annia"]
    table["last"] = ["aalborn", "aalbron", "aalborg", "anna", "aalborn", "aalbom"]
    assert blank_shared(table, FIELDS)[1] == []


def test_a_birthday_is_a_placeholder_only_beyond_chance():
    """Where ten people share every birthday anyway, thirty on one are needed, and more."""
    first = [f"{a}{b}" for a in "abcdefghijklmnopqrst" for b in "abcdefghijklmnopqrst"]
    table = pd.DataFrame({"first": first, "last": "x", "mail": None, "phone": None}, dtype="str")
    usual = [f"1980{1 + i // 10:02d}01" for i in range(370)]
    spread, notes = blank_shared(table.assign(born=[*usual, *["19000101"] * 30]), FIELDS)
    assert notes == []
    crowded, notes = blank_shared(table.assign(born=[*usual[:360], *["19000101"] * 40]), FIELDS)
    assert crowded["born"].isna().sum() == 40
    assert "19000101 (40 names)" in text_of_note(notes[0])
    assert spread["born"].notna().all()


def test_nothing_is_shared_where_nobody_has_a_name():
    table = pd.DataFrame({"mail": ["a@b.example"] * 20}, dtype="str")
    assert blank_shared(table, [FIELDS[2]]) == (table, [])


def test_a_record_whose_telephone_another_has_too_is_not_set_aside():
    table = pd.DataFrame({"first": "test", "last": "customer", "phone": [f"{i}00{i}77{i}1{i}" for i in range(7)]})
    fields = [FIELDS[0], FIELDS[1], FIELDS[3]]
    assert crowded_names(table, fields, LinkageSettings())[0].all()
    table.loc[6, "phone"] = table.loc[5, "phone"]
    assert crowded_names(table, fields, LinkageSettings())[0].tolist() == [True] * 5 + [False] * 2
    table.loc[6, "phone"] = table["phone"][5][:-1] + "x"  # a slip
    assert crowded_names(table, fields, LinkageSettings())[0].tolist() == [True] * 5 + [False] * 2


def test_a_whole_name_is_one_in_one_field_or_in_two():
    table = pd.DataFrame({"first": ["bar", None, None], "last": ["kunde", "bar kunde", None]}, dtype="str")
    names = whole_names(table, FIELDS[:2])
    assert names[0] == names[1] == "bar kunde"
    assert pd.isna(names[2])


def test_many_copies_taken_for_one_customer_are_reported(company):
    few = [{"first_name": "Demo", "last_name": "Client", **_own_street(2), "phone": _own_phone(1)}] * 4
    many = [{**TEST, **_own_street(1), **SHOP}] * 8
    linkage = link_records(_with(company, [*few, *many]))
    found = _customers_of_crowd(linkage).to_numpy()
    assert (len(set(found[:4])), len(set(found[4:]))) == (1, 1)
    assert [note.records for note in linkage.notes if note.what == "copies_joined"] == [8]
