"""Rows of transactions that are no purchases, and that a study does not leave out."""

import json
import re
from collections.abc import Iterator
from typing import Any

import ibis

from helpers.core.errors import counted, some_of
from helpers.core.lines import exact_sum
from helpers.core.results import in_unit
from helpers.study.data_warnings import DataWarning
from helpers.study.grammar import TableSpec
from helpers.study.tables import Prepared, StudyTables
from helpers.study.text_tables import ROW

_MOST_WORDS = 30
_ONLY_LOOKED = (
    "pv", "view", "views", "viewed", "page_view", "pageview", "page view", "product_view", "click", "impression",
    "cart", "addtocart", "add_to_cart", "add to cart", "remove_from_cart", "remove from cart", "fav", "favourite",
    "favorite", "wishlist", "browse", "浏览", "加购", "收藏",
    "ansicht", "seitenaufruf", "produktansicht", "warenkorb", "in den warenkorb", "merkliste", "vue", "page vue",
    "panier", "ajout au panier", "vista", "vista de página", "carrito", "visualização", "carrinho", "visualizzazione",
    "carrello", "weergave", "paginaweergave", "winkelwagen", "visning", "sidvisning", "kundvagn", "odsłona",
    "wyświetlenie", "koszyk", "zobrazení", "košík", "görüntüleme", "sepet", "просмотр", "корзина", "閲覧", "カート",
    "조회", "장바구니",
)  # fmt: skip
_UNDONE = (
    "^(cancel|refund|partially.refunded|void(ed)?$|fail|declin|reject|charge.?back|returned$|expired$|abandon|unpaid$|"
    "on.hold$|storn|abgebrochen|abgelehnt|zurückgesandt|retourniert|erstattet|fehlgeschlagen|annul|rembours|échou|"
    "anulad|reembols|devuelt|rechazad|fallid|cancelad|estornad|devolvid|recusad|rimborsat|rifiutat|restituit|geannuleerd|"
    "geretourneerd|terugbetaald|geweigerd|mislukt|makulerad|avbruten|avbest|återbetald|returnerad$|annuller|afbrudt|"
    "avbrutt|kansellert|refunderet|peru(ttu|utettu)|anulowan|zwróco|odrzucon|nieopłacon|zrušen|vrácen|nezaplacen|törölt|"
    "lemond|iptal|iade|başarısız|отмен|возвра|не оплачен|キャンセル|取り消し|返金|返品|未払い|"
    "취소|환불|반품|已取消|取消|已退款|退款|已退货|支付失败|未付款)"
)

_GIVEN_BACK = (
    "^(returns?|refunds?|credit.?(note|memo)s?|gutschrift(en)?|retouren?|rücksendung(en)?|rückgaben?|avoirs?|retours?|"
    "retur(e[rn])?|zwrot|korekta|vratka|dobropis|visszáru|palautus|hyvitys|devoluç(ão|ões)|estorno|kreditfaktura|"
    "remboursements?|devoluci[oó]n(es)?|reembolsos?|abonos?|reso|resi|rimborsi?|note? di credito|creditnota|退货|退款)$"
)
"""Words for a row of its own that gives money back; a purchase that was refunded stands under the words above."""


def no_purchases(study: StudyTables, name: str, part: int) -> Iterator[DataWarning]:
    """Tell columns whose words say that a row of transactions is no purchase: cancelled, refunded, only viewed."""
    if name != "transactions":
        return
    spec, prepared = study.spec_of(name, part), study.prepare_part(name, part)
    table = prepared.raw.table
    tests = {column: _says_no_purchase(table[column]) for column in columns_of_words(prepared, spec)}
    if not tests:
        return
    counts = (
        table.aggregate(**{f"c{n}": test.sum() for n, test in enumerate(tests.values())}).to_pyarrow().to_pylist()[0]
    )
    for number, (column, test) in enumerate(tests.items()):
        if counts[f"c{number}"]:
            yield from _hint(study, name, part, column, test)


def _hint(study: StudyTables, name: str, part: int, column: str, test: Any) -> Iterator[DataWarning]:
    prepared, currency = study.prepare_part(name, part), study.spec.currency
    table = prepared.raw.table
    amount = next((one.value for one in prepared.columns if one.name == "amount"), ibis.literal(0.0))
    words = table.select(word=table[column], amount=amount, unwanted=test.fill_null(False))
    groups = words.group_by("word", "unwanted").aggregate(rows=words.count(), amount=exact_sum(words["amount"]))
    found = groups.order_by([ibis.desc("rows"), "word"]).limit(_MOST_WORDS + 1).to_pyarrow().to_pylist()
    if len(found) > _MOST_WORDS:
        return
    # Negative rows take back a purchase that is counted: without them it would stay.
    unwanted = [row for row in found if row["unwanted"] and (row["amount"] or 0.0) >= 0]
    if not unwanted:
        return
    others = [str(row["word"]).strip() for row in found if not row["unwanted"] and row["word"]]
    rows, money = sum(row["rows"] for row in unwanted), sum(row["amount"] or 0.0 for row in unwanted)
    share = in_unit(rows / sum(row["rows"] for row in found), "share")
    shown = some_of([row["word"] for row in unwanted])
    what = (
        f"column {column} of table {name} holds {shown} in {counted(rows, 'row')} ({share}) with "
        f"{in_unit(money, currency)}: they count as purchases"
    )
    choice = f"only_rows: {{{in_yaml(column)}: [{', '.join(map(in_yaml, others))}]}}"
    remedy = f"to leave them out, add {choice} to table {name}" if others else "take them out of the source"
    back = [row["word"].strip() for row in unwanted if re.match(_GIVEN_BACK, row["word"].strip().lower())]
    if back and others:
        words = f"returned: {{{in_yaml(column)}: [{', '.join(map(in_yaml, back))}]}}"
        remedy = f"if they give money back, add {words} to table {name}; {remedy}"
    if empty := sum(row["rows"] for row in found if not (row["word"] or "").strip()):
        # A word said once for several rows: choosing by it would take the rows apart.
        remedy = f"fill the column in the {counted(empty, 'row')} where it is empty; then, {remedy}"
    yield DataWarning(what, study.lines.where(*study.place(name, part)), remedy, name, rows, money)


def in_yaml(word: str) -> str:
    """Return a word as it can stand in a list of a study file.

    Examples
    --------
    >>> in_yaml("Attrited Customer"), in_yaml("no: 1"), in_yaml("12")
    ('Attrited Customer', '"no: 1"', '"12"')
    """
    plain = re.fullmatch(r"[^\W\d][\w ]*", word) and word.lower() not in ("true", "false", "null", "yes", "no")
    return word if plain else json.dumps(word, ensure_ascii=False)


def columns_of_words(prepared: Prepared, spec: TableSpec) -> list[str]:
    """Return the text columns of a source that are neither identifiers nor times nor numbers, nor chosen by already."""
    typed = {source for one in prepared.columns if one.kind not in ("text", "as_recorded") for source in one.sources}
    table = prepared.raw.table
    passed = typed | spec.chosen_by | {ROW}
    return [column for column in table.columns if column not in passed and table[column].type().is_string()]


def _says_no_purchase(text: Any) -> Any:
    folded = text.strip().lower()
    return folded.isin(_ONLY_LOOKED) | folded.re_search(_UNDONE) | folded.re_search(_GIVEN_BACK)
