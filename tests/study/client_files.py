"""Thirty clients' files of different shapes, made up, each with what a reader with eyes would say of it.

`SHAPES` names a function that writes the files into a folder and returns what must be found there: by place in the
study file (`transactions.columns.customer_id`), the right value. A value of None must be left open or out.
"""

import gzip
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tests.cases import shop

Expected = dict[str, Any]
SHAPES: dict[str, Callable[[Path], Expected]] = {}
CUSTOMERS = 60


def shape(make: Callable[[Path], Expected]) -> Callable[[Path], Expected]:
    SHAPES[make.__name__] = make
    return make


def lines(**names: str) -> pd.DataFrame:
    """Return lines of a small shop under other names; columns that are not named are left out."""
    table = shop(CUSTOMERS)
    return table[[*names.values()]].set_axis([*names], axis=1)


def people(ids: pd.Series, seed: int = 3) -> pd.DataFrame:
    """Return one row per customer: name, mail, town and the day they came."""
    random = np.random.default_rng(seed)
    names = sorted(set(ids))
    count = len(names)
    since = pd.Timestamp("2020-01-01") + pd.to_timedelta(random.integers(0, 1000, count), unit="D")
    return pd.DataFrame(
        {
            "id": names,
            "name": [f"Kim Miller {number}" for number in range(count)],
            "mail": [f"k{number}@example.org" for number in range(count)],
            "town": random.choice(["Graz", "Leeds", "Lyon"], count),
            "since": since,
        }
    )


def roles(table: str, **columns: str) -> Expected:
    return {f"{table}.columns.{standard}": source for standard, source in columns.items()}


@shape
def plain_standard_names(folder: Path) -> Expected:
    shop(CUSTOMERS).to_csv(folder / "transactions.csv", index=False)
    after = shop(CUSTOMERS)["time"].max().normalize() + pd.Timedelta(days=1)
    same = {name: name for name in ("customer_id", "order_id", "time", "amount", "product_id", "quantity")}
    return roles("transactions", **same) | {"transactions.source": "transactions.csv", "as_of": str(after.date())}


@shape
def german_semicolons(folder: Path) -> Expected:
    table = lines(Kundennr="customer_id", Belegnr="order_id", Datum="time", Artikelnr="product_id", Menge="quantity")
    table["Betrag EUR"] = [f"{value:.2f}".replace(".", ",") for value in shop(CUSTOMERS)["amount"]]
    table["Datum"] = table["Datum"].dt.strftime("%d.%m.%Y")
    table.to_csv(folder / "Umsätze.csv", sep=";", index=False, encoding="cp1252")
    found = roles("transactions", customer_id="Kundennr", order_id="Belegnr", time="Datum", amount="Betrag EUR")
    return (
        found
        | roles("transactions", product_id="Artikelnr", quantity="Menge")
        | {
            "transactions.delimiter": ";",
            "transactions.decimal": ",",
            "transactions.date_format": "%d.%m.%Y",
            "currency": "EUR",
        }
    )


@shape
def german_cp1252_with_umlauts(folder: Path) -> Expected:
    table = lines(Kunde="customer_id", Rechnung="order_id", Rechnungsdatum="time", Menge="quantity")
    table["Stückpreis"] = [
        f"{value:,.2f}".translate(str.maketrans(",.", ".,")) for value in shop(CUSTOMERS)["amount"] * 40
    ]
    table["Bezeichnung"] = "Gemüsemesser groß"
    table["Rechnungsdatum"] = table["Rechnungsdatum"].dt.strftime("%d.%m.%Y %H:%M")
    table.to_csv(folder / "rechnungen.csv", sep=";", index=False, encoding="cp1252")
    return roles("transactions", customer_id="Kunde", order_id="Rechnung", time="Rechnungsdatum", quantity="Menge") | {
        "transactions.encoding": "cp1252",
        "transactions.decimal": ",",
        "transactions.date_format": "%d.%m.%Y %H:%M",
        "transactions.computed.amount": "Menge * `Stückpreis`",
    }


@shape
def month_first_with_clock(folder: Path) -> Expected:
    table = lines(
        CustomerID="customer_id",
        InvoiceNo="order_id",
        InvoiceDate="time",
        StockCode="product_id",
        Quantity="quantity",
        UnitPrice="amount",
    )
    table["InvoiceDate"] = table["InvoiceDate"].dt.strftime("%m/%d/%Y %H:%M")
    table["Country"] = "United Kingdom"
    table.to_csv(folder / "online_retail.csv", index=False)
    return roles(
        "transactions", customer_id="CustomerID", order_id="InvoiceNo", time="InvoiceDate", product_id="StockCode"
    ) | {
        "transactions.date_format": "%m/%d/%Y %H:%M",
        "transactions.computed.amount": "Quantity * UnitPrice",
        "currency": "GBP",
    }


@shape
def pounds_in_text(folder: Path) -> Expected:
    table = lines(customerID="customer_id", Invoice_No="order_id", ORDER_DATE="time", SKU="product_id", Qty="quantity")
    table["ORDER_DATE"] = table["ORDER_DATE"].dt.strftime("%d/%m/%Y")
    table["Line Total (£)"] = [f"£{value:,.2f}" for value in shop(CUSTOMERS)["amount"] * 30]
    table.columns = [name.replace("_", " ") for name in table.columns]
    table.to_csv(folder / "export.csv", index=False)
    return roles(
        "transactions", customer_id="customerID", order_id="Invoice No", time="ORDER DATE", amount="Line Total (£)"
    ) | {
        "transactions.date_format": "%d/%m/%Y",
        "transactions.money": ["amount"],
        "currency": "GBP",
    }


@shape
def euros_behind(folder: Path) -> Expected:
    table = lines(
        **{"N° client": "customer_id", "N° commande": "order_id", "Date commande": "time", "Quantité": "quantity"}
    )
    table["Date commande"] = table["Date commande"].dt.strftime("%d/%m/%Y")
    amounts = shop(CUSTOMERS)["amount"] * 30
    table["Montant TTC"] = [f"{value:,.2f} €".translate(str.maketrans(",.", ".,")) for value in amounts]
    table.to_csv(folder / "commandes.csv", sep=";", index=False, encoding="utf-8-sig")
    return roles(
        "transactions", customer_id="N° client", order_id="N° commande", time="Date commande", amount="Montant TTC"
    ) | {
        "transactions.decimal": ",",
        "transactions.money": ["amount"],
        "transactions.date_format": "%d/%m/%Y",
        "currency": "EUR",
    }


@shape
def ambiguous_dates(folder: Path) -> Expected:
    table = lines(customer_id="customer_id", order_id="order_id", order_date="time", amount="amount")
    days = pd.to_datetime(table["order_date"]).dt
    table["order_date"] = [
        f"{day % 12 + 1:02d}/{month:02d}/2024" for day, month in zip(days.day, days.month, strict=True)
    ]
    table.to_csv(folder / "orders.csv", index=False)
    return roles("transactions", customer_id="customer_id", time="order_date") | {"transactions.date_format": None}


@shape
def ambiguous_thousands(folder: Path) -> Expected:
    table = lines(customer="customer_id", order="order_id", date="time")
    table["date"] = table["date"].dt.strftime("%Y-%m-%d")
    amounts = (shop(CUSTOMERS)["amount"] * 60).round(0).astype(int)
    table["amount"] = [f"{value:,}".replace(",", ".") for value in amounts]
    table.to_csv(folder / "orders.csv", index=False, sep=";")
    return roles("transactions", customer_id="customer", amount="amount") | {
        "transactions.thousands": None,
        "transactions.decimal": None,
    }


@shape
def thousands_comma_decimal_point(folder: Path) -> Expected:
    table = lines(client_id="customer_id", receipt_no="order_id", sale_date="time")
    table["net_sales"] = [f"{value:,.2f}" for value in shop(CUSTOMERS)["amount"] * 60]
    table["sale_date"] = table["sale_date"].dt.strftime("%b %d, %Y")
    table.to_csv(folder / "sales.csv", index=False)
    return roles(
        "transactions", customer_id="client_id", order_id="receipt_no", time="sale_date", amount="net_sales"
    ) | {
        "transactions.date_format": "%b %d, %Y",
        "transactions.decimal": None,
    }


@shape
def tabs_and_months_in_letters(folder: Path) -> Expected:
    table = lines(**{"Member No": "customer_id", "Ticket": "order_id", "Sold on": "time", "Total": "amount"})
    table["Sold on"] = table["Sold on"].dt.strftime("%d-%b-%Y")
    table.to_csv(folder / "tickets.tsv", sep="\t", index=False)
    return roles("transactions", customer_id="Member No", order_id="Ticket", time="Sold on", amount="Total") | {
        "transactions.date_format": "%d-%b-%Y"
    }


@shape
def pipes_with_titles_above(folder: Path) -> Expected:
    table = lines(
        **{"Customer No.": "customer_id", "Order No.": "order_id", "Order Date": "time", "Net Value": "amount"}
    )
    text = "Sales report\nPrinted on 5 May 2025\n\n" + table.to_csv(sep="|", index=False)
    (folder / "report.csv").write_text(text, encoding="utf-8")
    return roles(
        "transactions", customer_id="Customer No.", order_id="Order No.", time="Order Date", amount="Net Value"
    ) | {
        "transactions.delimiter": "|",
        "transactions.header_row": 4,
    }


@shape
def gzipped_csv(folder: Path) -> Expected:
    table = lines(
        household_id="customer_id",
        basket_id="order_id",
        transaction_timestamp="time",
        sales_value="amount",
        product_id="product_id",
    )
    with gzip.open(folder / "transactions.csv.gz", "wt", encoding="utf-8") as stream:
        table.to_csv(stream, index=False)
    return roles(
        "transactions",
        customer_id="household_id",
        order_id="basket_id",
        time="transaction_timestamp",
        amount="sales_value",
    )


@shape
def unix_seconds_with_events(folder: Path) -> Expected:
    table = lines(用户ID="customer_id", id="order_id", 时间戳="time", 售价="amount", 商品ID="product_id")
    table["时间戳"] = table["时间戳"].astype("datetime64[s]").astype("int64")
    table["行为类型"] = np.random.default_rng(2).choice(["pv", "cart", "buy"], len(table))
    table.to_csv(folder / "behaviour.csv", index=False)
    return roles("transactions", customer_id="用户ID", time="时间戳", amount="售价", product_id="商品ID") | {
        "transactions.date_format": "unix_seconds",
        "transactions.where.行为类型": ["buy"],
        "timezone.stored": "UTC",
    }


@shape
def chinese_gb18030(folder: Path) -> Expected:
    table = lines(会员编号="customer_id", 订单编号="order_id", 下单时间="time", 实付金额="amount", 数量="quantity")
    table["商品名称"] = "乌龙茶 二百克"
    table["下单时间"] = table["下单时间"].dt.strftime("%Y/%m/%d %H:%M:%S")
    table.to_csv(folder / "订单.csv", index=False, encoding="gb18030")
    return roles(
        "transactions", customer_id="会员编号", order_id="订单编号", time="下单时间", amount="实付金额", quantity="数量"
    ) | {"transactions.encoding": "gb18030"}


@shape
def offsets_from_utc(folder: Path) -> Expected:
    table = lines(Email="customer_id", Order="order_id", **{"Created at": "time"}, Price="amount", Quantity="quantity")
    local = table["Created at"].dt.tz_localize("America/New_York", ambiguous=True, nonexistent="shift_forward")
    table["Created at"] = [f"{one:%Y-%m-%d %H:%M:%S %z}" for one in local]
    table["Email"] = table["Email"].str.lower() + "@example.org"
    table.to_csv(folder / "orders.csv", index=False)
    return roles("transactions", customer_id="Email", order_id="Order", time="Created at") | {
        "timezone.stored": "UTC",
        "timezone.local": "America/New_York",
        "transactions.computed.amount": "Quantity * Price",
        "transactions.date_format": None,
    }


@shape
def lines_and_customers(folder: Path) -> Expected:
    table = shop(CUSTOMERS)
    table.to_csv(folder / "orders.csv", index=False)
    mine = people(table["customer_id"]).set_axis(
        ["Customer ID", "Full name", "E-mail", "City", "Customer since"], axis=1
    )
    mine.to_csv(folder / "customers.csv", index=False)
    return (
        roles("customers", customer_id="Customer ID", last_name="Full name", email="E-mail", city="City")
        | roles("customers", customer_since="Customer since")
        | {"transactions.source": "orders.csv", "customers.source": "customers.csv"}
    )


@shape
def lines_without_customers_join_orders(folder: Path) -> Expected:
    table = shop(CUSTOMERS)
    orders = table.drop_duplicates("order_id")[["order_id", "customer_id", "time"]]
    orders.set_axis(["OrderNo", "Client", "Ordered on"], axis=1).to_csv(folder / "orders.csv", index=False)
    items = table[["order_id", "product_id", "quantity", "amount"]].set_axis(
        ["OrderNo", "Article", "Units", "Net"], axis=1
    )
    items.to_csv(folder / "order_items.csv", index=False)
    return roles(
        "transactions", customer_id="Client", order_id="OrderNo", time="Ordered on", product_id="Article", amount="Net"
    ) | {
        "transactions.source": "order_items.csv",
        "transactions.join.source": "orders.csv",
        "transactions.join.on": "OrderNo",
    }


@shape
def stacked_monthly_files(folder: Path) -> Expected:
    table = shop(CUSTOMERS)
    for month, part in table.groupby(table["time"].dt.strftime("%Y-%m")):
        part.to_csv(folder / f"orders-{month}.csv", index=False)
    return roles("transactions", customer_id="customer_id", amount="amount") | {"transactions.source": "orders-*.csv"}


@shape
def workbook_of_two_sheets(folder: Path) -> Expected:
    table = lines(
        **{
            "Account No.": "customer_id",
            "Order no": "order_id",
            "Order date": "time",
            "Item": "product_id",
            "Units": "quantity",
            "Net EUR": "amount",
        }
    )
    mine = people(table["Account No."]).set_axis(["Account No.", "Company", "E-mail", "City", "Customer since"], axis=1)
    with pd.ExcelWriter(folder / "client.xlsx", engine="xlsxwriter") as writer:
        mine.to_excel(writer, sheet_name="Customers", index=False)
        table.to_excel(writer, sheet_name="Orders", index=False)
    return roles(
        "transactions", customer_id="Account No.", order_id="Order no", time="Order date", amount="Net EUR"
    ) | {
        "transactions.sheet": "Orders",
        "customers.sheet": "Customers",
        "customers.columns.last_name": "Company",
        "currency": "EUR",
    }


@shape
def parquet_file(folder: Path) -> Expected:
    lines(
        user_id="customer_id", order_number="order_id", ordered_at="time", total="amount", sku="product_id"
    ).to_parquet(folder / "orders.parquet")
    return roles(
        "transactions",
        customer_id="user_id",
        order_id="order_number",
        time="ordered_at",
        amount="total",
        product_id="sku",
    )


@shape
def sqlite_of_invoices(folder: Path) -> Expected:
    table = shop(CUSTOMERS)
    invoices = table.drop_duplicates("order_id")[["order_id", "customer_id", "time"]]
    with sqlite3.connect(folder / "shop.db") as connection:
        invoices.set_axis(["InvoiceId", "CustomerId", "InvoiceDate"], axis=1).to_sql("Invoice", connection, index=False)
        items = table[["order_id", "product_id", "amount", "quantity"]].set_axis(
            ["InvoiceId", "TrackId", "UnitPrice", "Quantity"], axis=1
        )
        items.insert(0, "InvoiceLineId", range(len(items)))
        items.to_sql("InvoiceLine", connection, index=False)
        tracks = pd.DataFrame({"TrackId": sorted(set(table["product_id"]))})
        tracks["Name"], tracks["GenreId"] = (
            [f"Song {one}" for one in tracks["TrackId"]],
            [number % 4 for number in tracks.index],
        )
        tracks.to_sql("Track", connection, index=False)
        pd.DataFrame({"GenreId": range(4), "Name": ["Rock", "Jazz", "Pop", "Folk"]}).to_sql(
            "Genre", connection, index=False
        )
        mine = people(table["customer_id"]).set_axis(["CustomerId", "LastName", "Email", "City", "CreatedAt"], axis=1)
        mine["CreatedAt"] = mine["CreatedAt"].dt.strftime("%Y-%m-%d")
        mine.to_sql("Customer", connection, index=False)
    connection.close()
    return roles(
        "transactions", customer_id="CustomerId", order_id="InvoiceId", time="InvoiceDate", product_id="TrackId"
    ) | {
        "transactions.table": "InvoiceLine",
        "transactions.join.table": "Invoice",
        "transactions.computed.amount": "Quantity * UnitPrice",
        "products.table": "Track",
        "products.columns.product_id": "TrackId",
        "customers.table": "Customer",
    }


@shape
def products_beside_lines(folder: Path) -> Expected:
    table = shop(CUSTOMERS)
    table.to_csv(folder / "sales.csv", index=False)
    goods = pd.DataFrame({"Item code": sorted(set(table["product_id"]))})
    goods["Item name"], goods["Product group"] = [f"Thing {one}" for one in goods["Item code"]], "Home"
    goods["Unit cost"] = np.linspace(2, 9, len(goods)).round(2)
    goods.to_csv(folder / "products.csv", index=False)
    return roles(
        "products", product_id="Item code", product_name="Item name", category="Product group", unit_cost="Unit cost"
    ) | {"transactions.source": "sales.csv"}


@shape
def flat_file_with_customers_and_products(folder: Path) -> Expected:
    table = shop(CUSTOMERS).merge(people(shop(CUSTOMERS)["customer_id"]), left_on="customer_id", right_on="id")
    table["group"] = ["Home" if one < "P15" else "Bath" for one in table["product_id"]]
    wanted = {
        "Client no": "customer_id",
        "Client name": "name",
        "Town": "town",
        "Receipt": "order_id",
        "Receipt date": "time",
        "Article no": "product_id",
        "Category": "group",
        "Line total": "amount",
    }
    table[[*wanted.values()]].set_axis([*wanted], axis=1).to_csv(folder / "flat.csv", index=False)
    return (
        roles("customers", customer_id="Client no", last_name="Client name", city="Town")
        | roles("products", product_id="Article no", category="Category")
        | roles("transactions", customer_id="Client no", order_id="Receipt", time="Receipt date", amount="Line total")
    )


@shape
def contacts_with_answers(folder: Path) -> Expected:
    table = shop(CUSTOMERS)
    table.to_csv(folder / "orders.csv", index=False)
    random, names = np.random.default_rng(4), sorted(set(table["customer_id"]))
    sent = pd.DataFrame({"Customer": names, "Campaign": "Spring", "Sent on": "2024-03-01"})
    sent["Group"] = random.choice(["mailed", "control"], len(names))
    sent["Responded (Y/N)"] = random.choice(["Y", "N"], len(names))
    sent["Response date"] = np.where(sent["Responded (Y/N)"] == "Y", "2024-03-09", "")
    sent.to_csv(folder / "campaign_contacts.csv", index=False)
    return (
        roles("contacts", customer_id="Customer", campaign_id="Campaign", time="Sent on", treated="Group")
        | roles("responses", customer_id="Customer", campaign_id="Campaign", time="Response date")
        | {"contacts.yes.treated": ["mailed"], "contacts.no.treated": ["control"]}
    )


@shape
def service_desk(folder: Path) -> Expected:
    random, count = np.random.default_rng(5), 200
    opened = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 300 * 1440, count), unit="min")
    table = pd.DataFrame({"Ticket ID": range(1000, 1000 + count), "Customer No": random.integers(1, 60, count)})
    table["Opened"], table["Closed"] = opened, opened + pd.to_timedelta(random.integers(1, 9000, count), unit="min")
    table["Channel"], table["Reason"] = (
        random.choice(["phone", "web"], count),
        random.choice(["delivery", "defect", "bill"], count),
    )
    table.to_csv(folder / "tickets.csv", index=False, date_format="%d.%m.%Y %H:%M")
    return (
        roles("service_cases", customer_id="Customer No", case_id="Ticket ID", time="Opened", closed_time="Closed")
        | roles("service_cases", channel="Channel", cause="Reason")
        | {"service_cases.date_format": "%d.%m.%Y %H:%M"}
    )


@shape
def invoices_and_payments(folder: Path) -> Expected:
    random, count = np.random.default_rng(6), 150
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 300, count), unit="D")
    table = pd.DataFrame(
        {"Invoice No": [f"R{number:04d}" for number in range(count)], "Debtor No": random.integers(1, 40, count)}
    )
    table["Invoice date"], table["Due date"] = day, day + pd.to_timedelta(30, unit="D")
    table["Amount"] = random.lognormal(5, 1, count).round(2)
    table.to_csv(folder / "invoices.csv", index=False, date_format="%d.%m.%Y")
    paid = pd.DataFrame(
        {
            "Invoice No": table["Invoice No"],
            "Paid on": day + pd.to_timedelta(20, unit="D"),
            "Amount paid": table["Amount"],
        }
    )
    paid.to_csv(folder / "payments.csv", index=False, date_format="%d.%m.%Y")
    return (
        roles(
            "invoices",
            invoice_id="Invoice No",
            customer_id="Debtor No",
            time="Invoice date",
            amount="Amount",
            due_date="Due date",
        )
        | roles("payments", invoice_id="Invoice No", time="Paid on", amount="Amount paid")
        | {"invoices.date_format": "%d.%m.%Y", "payments.date_format": "%d.%m.%Y"}
    )


@shape
def contracts_that_end(folder: Path) -> Expected:
    random, count = np.random.default_rng(7), 200
    table = pd.DataFrame(
        {
            "customerID": [f"{number:04d}-QX" for number in range(count)],
            "gender": random.choice(["Male", "Female"], count),
        }
    )
    table["tenure"], table["MonthlyCharges"] = random.integers(0, 72, count), random.uniform(20, 110, count).round(2)
    table["TotalCharges"] = (table["tenure"] * table["MonthlyCharges"]).round(2)
    table["Churn"] = random.choice(["Yes", "No"], count)
    table.to_csv(folder / "telco.csv", index=False)
    return roles(
        "contracts", customer_id="customerID", tenure_months="tenure", monthly_amount="MonthlyCharges"
    ) | roles("contracts", total_amount="TotalCharges", ended="Churn")


@shape
def leads_of_sellers(folder: Path) -> Expected:
    random, count = np.random.default_rng(8), 120
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 300, count), unit="D")
    table = pd.DataFrame({"Lead ID": [f"L{number}" for number in range(count)], "Created on": day.strftime("%Y-%m-%d")})
    table["Stage"], table["Lead source"] = (
        random.choice(["new", "won", "lost"], count),
        random.choice(["fair", "web"], count),
    )
    table["Expected value"], table["Owner"] = random.integers(100, 9000, count), random.choice(["Lang", "Roux"], count)
    table.to_csv(folder / "leads.csv", index=False)
    return roles(
        "leads",
        lead_id="Lead ID",
        time="Created on",
        stage="Stage",
        source="Lead source",
        expected_amount="Expected value",
    ) | roles("leads", seller_id="Owner")


@shape
def blanks_after_the_first_line(folder: Path) -> Expected:
    table = lines(
        **{"Order ID": "order_id", "Customer": "customer_id", "Date": "time", "Item": "product_id", "Amount": "amount"}
    )
    table["Date"] = table["Date"].dt.strftime("%d/%m/%Y")
    table.loc[table["Order ID"].duplicated(), ["Customer", "Date"]] = ""
    table.to_csv(folder / "export.csv", index=False)
    return roles("transactions", customer_id="Customer", order_id="Order ID", time="Date", amount="Amount") | {
        "transactions.fill_down.within": "Order ID",
        "transactions.date_format": "%d/%m/%Y",
    }


@shape
def missing_customers_and_dashes(folder: Path) -> Expected:
    table = lines(customer_id="customer_id", bill_no="order_id", bill_date="time", units="quantity", value="amount")
    table["units"] = table["units"].astype(object)
    table.loc[table.index % 7 == 0, "customer_id"] = ""
    table.loc[table.index % 11 == 0, "units"] = "-"
    table.to_csv(folder / "bills.csv", index=False)
    return roles(
        "transactions",
        customer_id="customer_id",
        order_id="bill_no",
        time="bill_date",
        amount="value",
        quantity="units",
    ) | {
        "transactions.missing_in.customer_id": [""],
        "transactions.missing": ["-"],
    }
