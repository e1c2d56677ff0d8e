"""Kinds of odd exports in languages, encodings and clocks that the first cases of each kind did not have."""

import pandas as pd
import pytest
from tests.cases import make_study, shop
from tests.study.test_proposal import proposed, read

from helpers.core.errors import InputError
from helpers.study.flag_text import NO, YES
from helpers.study.oddities.placeholder_ids import stands_for_nobody
from helpers.study.oddities.total_rows import is_called_total
from helpers.study.proposal.byte_habits import likely_encodings
from helpers.study.proposal.propose import propose
from helpers.study.study import load_study

NAMES = {
    "pl": ("Nr klienta", "Nr zamówienia", "Data sprzedaży", "Wartość brutto", "Kod towaru", "Ilość"),
    "sv": ("kundnr", "ordernr", "orderdatum", "belopp", "artikelnr", "antal"),
    "pt": ("cliente", "nº pedido", "data", "valor", "produto", "quantidade"),
    "nl": ("klant", "bestelnummer", "besteldatum", "bedrag", "artikelcode", "aantal"),
    "tr": ("müşteri no", "sipariş no", "tarih", "tutar", "ürün kodu", "adet"),
    "cs": ("zákazník", "číslo objednávky", "datum", "částka", "zboží", "množství"),
    "de": ("kunde_id", "Bestellnr.", "bestellt_am", "Summe", "Artikel-Code", "Menge"),
    "ko": ("고객번호", "주문번호", "주문일자", "결제금액", "상품코드", "수량"),
}


@pytest.mark.parametrize("language", NAMES)
def test_columns_of_order_lines_are_known_by_their_names(tmp_path, language):
    lines = shop(30)
    columns = dict(
        zip(("customer_id", "order_id", "time", "amount", "product_id", "quantity"), NAMES[language], strict=True)
    )
    lines.assign(time=lines["time"].dt.strftime("%Y-%m-%d")).rename(columns=columns).to_csv(
        tmp_path / "x.csv", index=False
    )
    assert proposed(tmp_path)["tables"]["transactions"]["columns"] == columns


@pytest.mark.parametrize(
    "name",
    [
        *("Consumidor final", "Cliente Balcão", "Público en general", "Gäst", "Okänd kund", "Klient detaliczny"),
        *("Misafir", "Nihai tüketici", "vendég", "tuntematon", "비회원", "no-reply@shop.eu", "guest@shop.eu"),
    ],
)
def test_guests_are_known_by_their_names(name):
    assert stands_for_nobody(name)


@pytest.mark.parametrize("name", ["nan@mail.eu", "cash@mail.eu", "test.mueller@mail.eu", "Paragon Ltd", "Hosts AG"])
def test_customers_called_nearly_like_guests_are_none(name):
    assert not stands_for_nobody(name)


def test_a_guest_by_an_address_nobody_reads_is_named(tmp_path):
    lines = shop()
    lines["customer_id"] = lines["customer_id"] + "@mail.eu"
    lines.loc[::6, "customer_id"] = "noreply@shop.eu"
    (warning,) = load_study(make_study(tmp_path / "mails", {"transactions": lines})).warnings()
    assert "'noreply@shop.eu'" in warning.what
    assert warning.rows == len(lines.loc[::6])


@pytest.mark.parametrize(
    "name", ["Razem", "Toplam", "Eindtotaal", "Slutsumma", "Összesen", "Celkem", "総計", "Total geral", "C0017 Toplamı"]
)
def test_totals_are_known_by_their_names(name):
    assert is_called_total(name)


@pytest.mark.parametrize(
    ("word", "others"),
    [("Makulerad", "Levererad"), ("Geannuleerd", "Afgerond"), ("Anulowane", "Zrealizowane"), ("İptal", "Teslim")],
)
def test_cancelled_orders_are_known_by_their_word(tmp_path, word, others):
    lines = shop(60)
    lines["state"] = others
    lines.loc[::4, "state"] = word
    source = {"source": "transactions.csv", "columns": {name: name for name in lines if name != "state"}}
    folder = make_study(tmp_path / "shop", {"transactions": lines}, sources={"transactions": source})
    (warning,) = load_study(folder).warnings()
    assert warning.rows == len(lines.loc[::4])
    assert f"only_rows: {{state: [{others}]}}" in warning.remedy


@pytest.mark.parametrize("mark", ["#YOK", "#I/T", "#HIÁNYZIK", "#SAKNAS!", "#N/D!"])
def test_error_marks_of_spreadsheets_are_no_customers(tmp_path, mark):
    lines = shop(60)
    lines.loc[:19, "customer_id"] = mark
    (warning,) = load_study(make_study(tmp_path / "marks", {"transactions": lines})).warnings()
    assert f"have {mark!r} for the customer number and are left out" in warning.what


def test_yes_and_no_are_known():
    assert {"tak", "evet", "ano", "はい"} <= set(YES)
    assert {"nie", "hayır", "nej", "いいえ"} <= set(NO)
    assert not set(YES) & set(NO)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("顧客番号,2023年01月04日,ゲスト", "cp932"),
        ("고객번호 주문번호 주방용품 서울특별시 결제금액", "cp949"),
        ("客戶編號,訂單 廚房用品", "big5"),
        ("客户编号,订单 厨房用品 家居用品", "gb18030"),
        ("Wartość, Łódź, żółty", "cp1250"),
        ("árvíztűrő tükörfúrógép", "cp1250"),
        ("číslo zákazníka, částka, zboží, množství, Říčany, šátek", "cp1250"),
        ("Škoda čaj žena", "cp1250"),
        ("Ilość;Łódź", "cp1250"),
        ("Zákazník;Číslo objednávky", "cp1250"),
        ("Revenue (£m), £per unit", "cp1252"),
        (f"{'Señor Muñoz, São João, Ærø; ' * 50} a³b", "cp1252"),
        ("Élève, où, cœur, naïf", "cp1252"),
        ("müşteri, İstanbul, ığdır", "cp1254"),
        ("Клиент сумма", "cp1251"),
        ("Größe", "cp1252"),
        ("Größe O’Neil “x” €5", "cp1252"),
        ("O’Neil, don’t, “Café”", "cp1252"),
        ("Référence 5 m³, ½, ¿qué?", "cp1252"),
        ("São João, Õuna, õlu Tänav", "cp1252"),
        ("Þórður Ýmir", "cp1252"),
    ],
)
def test_encodings_are_told_apart_by_their_bytes(text, encoding):
    assert likely_encodings(text.encode(encoding))[0] == encoding


def test_a_japanese_export_is_read_in_its_own_encoding(tmp_path):
    lines = shop(30)
    columns = dict(zip(lines.columns, ("顧客番号", "注文番号", "日付", "金額", "商品", "数量"), strict=True))
    lines.assign(time=lines["time"].dt.strftime("%Y年%m月%d日")).rename(columns=columns).to_csv(
        tmp_path / "x.csv", index=False, encoding="cp932"
    )
    entry = proposed(tmp_path)["tables"]["transactions"]
    assert entry["encoding"] == "cp932"
    assert entry["columns"]["customer_id"] == "顧客番号"


def test_offsets_after_dates_with_the_month_first_name_their_zone(tmp_path):
    lines = shop(60)
    local = lines["time"].dt.tz_localize("UTC").dt.tz_convert("America/New_York")
    lines.assign(time=local.dt.strftime("%m/%d/%Y %I:%M %p %z")).to_csv(tmp_path / "x.csv", index=False)
    assert proposed(tmp_path)["timezone"] == {"stored": "UTC", "local": "America/New_York"}


def test_an_offset_of_no_known_place_is_kept_as_the_clock_of_the_customers(tmp_path):
    lines = shop(60)
    lines.assign(time=lines["time"].dt.strftime("%Y-%m-%d %H:%M:%S -1100")).to_csv(tmp_path / "x.csv", index=False)
    proposal = propose([str(tmp_path)])
    assert read(proposal.text)["timezone"] == {"stored": "UTC", "local": "Etc/GMT+11"}
    assert "carries offsets of -11 hours" in proposal.text
    proposal.write()
    assert load_study(tmp_path).check() == []


def test_whole_numbers_with_point_zero_are_customers(tmp_path):
    lines = shop(60)
    number = lines["customer_id"].str[1:].astype(int) + 1000
    lines.assign(customer_id=[f"{one}.0" for one in number]).to_csv(tmp_path / "orders.csv", index=False)
    pd.DataFrame({"customer_id": sorted(set(number)), "city": "Lyon"}).to_csv(tmp_path / "customers.csv", index=False)
    study = proposed(tmp_path)
    assert study["tables"]["transactions"]["columns"]["customer_id"] == "customer_id"
    assert study["clean_ids"] == ["zeros"]


def test_numbers_that_lost_their_digits_in_part_are_those_shown(tmp_path):
    lines = shop(60)
    number = (lines["customer_id"].str[1:].astype(int) + 4_900_000_000_000).astype(str)
    number.iloc[200:240] = "4,9E+12"
    lines.assign(customer_id=number).to_csv(tmp_path / "orders.csv", index=False)
    with pytest.raises(InputError) as caught:
        propose([str(tmp_path)])
    assert "is called like customer_id, but holds '4,9E+12', which" in str(caught.value)


def test_guests_called_by_a_word_not_known_are_found_by_how_it_is_written(tmp_path):
    lines = shop()
    lines.loc[::12, "customer_id"] = "Mgeni"
    (warning,) = load_study(make_study(tmp_path / "guests", {"transactions": lines})).warnings()
    assert "'Mgeni', is written without a digit, unlike the others" in warning.what
    assert warning.rows == len(lines.loc[::12])
    assert 'missing_in: {customer_id: ["Mgeni"]}' in warning.remedy


def test_customers_who_are_called_by_names_alone_are_none_of_them_unlike(tmp_path):
    lines = shop()
    names = lines["customer_id"].str.translate(str.maketrans("0123456789", "abcdefghij"))
    lines["customer_id"] = names.mask(lines.index % 12 == 0, "Berger")
    assert load_study(make_study(tmp_path / "names", {"transactions": lines})).warnings() == ()


def test_a_customer_without_a_digit_who_buys_as_others_do_is_none_of_them(tmp_path):
    lines = shop()
    lines["customer_id"] = lines["customer_id"].replace("C0003", "OWNER")
    assert load_study(make_study(tmp_path / "one", {"transactions": lines})).warnings() == ()


def test_a_total_among_the_customers_of_another_table_is_named(tmp_path):
    lines = shop(60)
    customers = pd.DataFrame({"customer_id": [*sorted(set(lines["customer_id"])), "Gesamt"]}).assign(city="Bonn")
    folder = make_study(tmp_path / "totals", {"transactions": lines, "customers": customers})
    (warning,) = load_study(folder).warnings()
    assert "1 customer number of table customers is called as a sum is: 'Gesamt'; 1 row (1" in warning.what
    assert warning.what.endswith(") stands there as rows of their own")


def mailing(held: str) -> dict[str, pd.DataFrame]:
    lines = shop(60)
    customers = sorted(set(lines["customer_id"]))
    groups = ["A" if number % 2 else held for number in range(len(customers))]
    contacts = pd.DataFrame({"customer_id": customers, "campaign_id": "Höst", "time": "2024-09-02", "arm": groups})
    return {"transactions": lines, "contacts": contacts}


@pytest.mark.parametrize("held", ["controlegroep", "Kontrolle", "Témoin", "grupa kontrolna", "control", "対照群"])
def test_who_was_held_back_in_a_column_not_used_is_reported(tmp_path, held):
    tables = mailing(held)
    columns = {name: name for name in ("customer_id", "campaign_id", "time")}
    source = {"source": "contacts.csv", "columns": columns}
    folder = make_study(tmp_path / "mailing", tables, sources={"contacts": source})
    (warning,) = load_study(folder).warnings()
    assert "they count as contacted" in warning.what
    assert warning.rows == (tables["contacts"]["arm"] == held).sum()
    assert "treated: arm to the columns of table contacts" in warning.remedy
    assert f"yes: {{treated: [A]}} and no: {{treated: [{held}]}}" in warning.remedy
    source |= {"columns": columns | {"treated": "arm"}, "yes": {"treated": ["A"]}, "no": {"treated": [held]}}
    mended = load_study(make_study(tmp_path / "mended", tables, sources={"contacts": source}))
    assert mended.warnings() == ()
    assert mended.table("contacts").treated.sum().to_pyarrow().as_py() == (tables["contacts"]["arm"] == "A").sum()


def test_words_that_do_not_say_who_was_treated_are_left_to_the_user(tmp_path):
    for name, table in mailing("B").items():
        table.rename(columns={"arm": "treated"}).to_csv(tmp_path / f"{name}.csv", index=False)
    text = propose([str(tmp_path)]).text
    assert "treated" in read(text)["tables"]["contacts"]["columns"]
    assert "CHOOSE: treated holds 'A', 'B', and no word says which of them means yes" in text
    assert '# yes: {treated: ["A"]}' in text
    answers = {"contacts.treated": "A"}
    answered = propose([str(tmp_path)], ask=lambda question: answers.get(question.key, "")).text
    assert read(answered)["tables"]["contacts"]["yes"] == {"treated": ["A"]}


def test_files_of_one_series_may_each_say_their_marks_and_letters_otherwise(tmp_path):
    lines = shop(60)
    for number, (quarter, part) in enumerate(lines.groupby(lines["time"].dt.to_period("Q"))):
        text = part.assign(city="Köln").to_csv(sep=";", index=False)
        text = f"sep=;\n{text}" if number == 1 else f"Report\n\n{text}" if number == 2 else text
        (tmp_path / f"orders-{quarter}.csv").write_bytes(text.encode("cp1252" if number == 3 else "utf-8"))
    proposal = propose([str(tmp_path)])
    assert len(read(proposal.text)["tables"]["transactions"]["sources"]) == 8
    proposal.write()
    study = load_study(tmp_path)
    assert study.table("transactions").count().to_pyarrow().as_py() == len(lines)


def test_the_analysis_date_follows_all_dates_of_a_workbook_in_text_and_as_dates(tmp_path):
    lines = shop(30)
    last = lines["time"].max()
    texts = lines["time"].dt.strftime("%d.%m.%Y").astype(object)
    lines["time"] = texts.where(lines.index % 2 == 0, lines["time"].dt.floor("D"))
    lines.loc[len(lines)] = ["C0001", "O99", last + pd.Timedelta(days=1), 1.0, "P01", 1]
    lines.to_excel(tmp_path / "orders.xlsx", index=False)
    proposal = propose([str(tmp_path)])
    assert read(proposal.text)["as_of"] == (last + pd.Timedelta(days=2)).date()
    proposal.write()
    assert load_study(tmp_path).check() == []


def test_months_in_turkish_are_read(tmp_path):
    lines = shop(30)
    months = [
        "Ocak",
        "Şubat",
        "Mart",
        "Nisan",
        "Mayıs",
        "Haziran",
        "Temmuz",
        "Ağustos",
        "Eylül",
        "Ekim",
        "Kasım",
        "Aralık",
    ]
    lines["time"] = [f"{one.day} {months[one.month - 1]} {one.year}" for one in lines["time"]]
    lines.to_csv(tmp_path / "orders.csv", index=False)
    propose([str(tmp_path)]).write()
    study = load_study(tmp_path)
    assert study.check() == []
    assert study.table("transactions").time.max().to_pyarrow().as_py().date() == shop(30)["time"].max().date()


def test_times_with_a_zone_in_letters_have_a_remedy_that_works(tmp_path):
    lines = shop(30)
    letters = lines["time"].dt.month.between(4, 10).map({True: " CEST", False: " CET"})
    written = lines["time"].dt.strftime("%d.%m.%Y %H:%M:%S")
    lines.assign(time=written + letters).to_csv(tmp_path / "orders.csv", index=False)
    with pytest.raises(InputError, match="take the letters out of the file"):
        propose([str(tmp_path)])
    folder = make_study(tmp_path / "hand", {"transactions": lines.assign(time=written + letters)})
    (fault,) = load_study(folder).check()
    assert "'CEST'" in fault.remedy
    assert "'CET'" in fault.remedy
    lines.assign(time=written).to_csv(tmp_path / "orders.csv", index=False)
    propose([str(tmp_path / "orders.csv")], into=str(tmp_path / "mended")).write()
    assert load_study(tmp_path / "mended").check() == []


def test_a_header_that_stands_again_among_the_rows_has_a_remedy_that_works(tmp_path):
    lines = shop(30).rename(columns={"time": "Datum", "amount": "Betrag €"}).astype(str)
    header = pd.DataFrame([{name: name for name in lines}])
    again = pd.concat([lines[:100], header, lines[100:]])
    columns = {name: name for name in lines} | {"time": "Datum", "amount": "Betrag €"}
    entry = {"columns": {name: one for name, one in columns.items() if name not in ("Datum", "Betrag €")}}
    entry["source"] = "transactions.csv"
    folder = make_study(tmp_path / "again", {"transactions": again}, sources={"transactions": entry})
    faults = load_study(folder).check()
    assert {one.remedy.partition(":")[0] for one in faults} == {
        "the names of the columns stand among the rows, as where files were put together"
    }
    assert any("add where: {Datum: {not: [Datum]}} to the table" in one.remedy for one in faults)
    entry["where"] = {"Datum": {"not": ["Datum"]}}
    mended = load_study(make_study(tmp_path / "mended", {"transactions": again}, sources={"transactions": entry}))
    assert mended.check() == []
    assert mended.table("transactions").count().to_pyarrow().as_py() == len(lines)
