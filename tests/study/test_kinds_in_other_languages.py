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
        ("müşteri, İstanbul, ığdır", "cp1254"),
        ("Клиент сумма", "cp1251"),
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
