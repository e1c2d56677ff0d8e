"""Identifiers that stand for nobody in particular: guests, unknown customers, numbers of convenience.

All that is booked on such an identifier becomes one customer, who then leads every ranking.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from helpers.core.errors import counted
from helpers.study.data_warnings import Answers, CheckedTable, DataWarning, TableCheck

# English; German; French, Spanish, Italian, Portuguese, Dutch; Chinese, Japanese, Russian; Swedish, Danish, Norwegian,
# Finnish; Polish, Czech, Hungarian, Turkish; Korean. Without blanks, marks and
# capitals, as `stands_for_nobody` compares them.
_WORDS = """
guest guests guestcheckout guestcustomer guestuser anonymous anonymoususer anonymouscustomer anon walkin
walkincustomer cash cashsale cashsales cashcustomer counter countersale countersales poscustomer
retailcustomer dummy dummycustomer test tester testcustomer testuser unknown unknowncustomer unassigned
undefined notassigned notset notavailable notknown notapplicable na nan nat none null nil void missing blank
empty nocustomer noid noname default defaultcustomer misc various sundry sundrycustomer onetimecustomer
gast gäste gastkunde gastbestellung gastzugang unbekannt unbekannterkunde anonym laufkunde laufkundschaft
barverkauf barkunde barzahler kasse kassenkunde testkunde leer keine keiner keinkunde ohne ohnekunde
nichtzugeordnet diverse sonstige einmalkunde kundeunbekannt cpd
invité invite clientinvité inconnu clientinconnu anonyme aucun comptoir clientcomptoir passage
clientdepassage espèces néant vide invitado desconocido anónimo ninguno mostrador sconosciuto ospite anonimo
nessuno convidado desconhecido onbekend gastklant anoniem geen
散客 游客 访客 訪客 匿名 匿名用户 匿名客户 未知 未知客户 无 空 现金 现金客户 零售客户 零售散客 过路客 测试
测试客户 临时客户 非会员 ゲスト ゲスト購入 不明 匿名客 非会員 一般客 未登録 гость неизвестно аноним розничныйпокупатель
consumidorfinal consumidorfinalnf clientefinal clientebalcão clientebalcao clientediverso clientesdiversos
clientegenérico clientegenerico clientecontado clienteocasional clienteanónimo públicogeneral publicogeneral
públicoengeneral publicoengeneral ventamostrador ventasmostrador clientivari clientegenerico corrispettivi
clientdivers clientsdivers clientanonyme ventecomptoir losseverkoop passant contanteverkoop particulier
gäst gästkund okänd okändkund kontantkund kontantförsäljning dropin gæst gæstekunde ukendt ukendtkunde kontantkunde
gjest gjestekunde ukjent ukjentkunde kontantsalg vieras tuntematon käteisasiakas satunnainenasiakas
gość gosc nieznany nieznanyklient klientdetaliczny klientanonimowy sprzedażdetaliczna brak anonimowy
neznámý neznámýzákazník anonymní vendég ismeretlen misafir ziyaretçi bilinmeyen bilinmiyor perakende
perakendemüşteri perakendesatış peşinmüşteri nihaitüketici anonim yok 비회원 게스트 손님 미상
"""
_NAMES = frozenset(_WORDS.split())
_MAILBOXES = """
noreply donotreply nomail noemail keinemail keineemail sansmail sansemail nobody guest guestcheckout anonymous
unknown walkin dummy gast anonym unbekannt invité invitado anonimo convidado gäst misafir
"""
_NO_MAILBOX = frozenset(_MAILBOXES.split())
"""What stands before the sign of an address that is nobody's; a word such as nan may be a name there."""
_WITH_A_NUMBER = "guest guestuser gast gastkunde invité invitado anon anonymous walkin test testkunde dummy"
_NUMBERED = re.compile(rf"({'|'.join(_WITH_A_NUMBER.split())})\d*")
_MAILBOX = re.compile(r"([^@\s]+)@[^@\s]+")
_MARKS_ONLY = re.compile(r"[\s!-/:-@\[-`{-~–—]+")
_NEGATIVE = re.compile(r"-\d{1,4}")
_NUMBER = r"([A-Za-z]{1,3}-?)?[0-9]+"
_HEAVY = 5
"""A lone zero, or nines, may be a customer's true number; one with so many times the mean of rows hardly is."""
_SHOWN = 5


def stands_for_nobody(identifier: object) -> bool:
    """Say whether an identifier is a word or mark for a customer who is not known.

    Examples
    --------
    >>> [name for name in ("Guest", "n/a", "-", "guest 17", "no-reply@x.eu") if stands_for_nobody(name)]
    ['Guest', 'n/a', '-', 'guest 17', 'no-reply@x.eu']
    >>> any(stands_for_nobody(name) for name in ("C0001", "Guestrow Ltd", "0", "1004"))
    False
    """
    text = str(identifier)
    text = re.sub(r"\s*[(\[].*", "", text) or text  # "Guest (web)"
    mailbox = _MAILBOX.fullmatch(text.strip())
    folded = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", mailbox[1] if mailbox else text).casefold())
    if mailbox:
        return folded in _NO_MAILBOX
    if not folded:
        return bool(_MARKS_ONLY.fullmatch(text))
    return folded in _NAMES or bool(_NUMBERED.fullmatch(folded)) or bool(_NEGATIVE.fullmatch(text.strip()))


def of_words(identifiers: "pd.Series[Any]", test: Callable[[object], bool]) -> "pd.Series[bool]":
    """Return where a test of words holds; texts that are numbers with up to three letters before them are not asked.

    Examples
    --------
    >>> of_words(pd.Series(["C-0017", "Guest", "17"]), stands_for_nobody).tolist()
    [False, True, False]
    >>> of_words(pd.Series([17, None]), stands_for_nobody).tolist()
    [False, False]
    """
    if identifiers.dtype.kind in "if":  # whole numbers, of which some may be missing
        return pd.Series(False, index=identifiers.index)
    may_be = ~identifiers.str.fullmatch(_NUMBER).astype(bool)
    found = pd.Series(False, index=identifiers.index)
    found[may_be] = identifiers[may_be].map(test).astype(bool)
    return found


def placeholders(customers: pd.DataFrame) -> "pd.Series[bool]":
    """Mark the customers who are nobody in particular, by name or by what is booked on them.

    Parameters
    ----------
    customers : DataFrame
        One row per customer: customer_id, rows.
    """
    ids = customers["customer_id"]
    # Among whole numbers only few come into question, and there may be a million of them.
    named = ids.between(-9999, -1) if ids.dtype.kind in "if" else of_words(ids, stands_for_nobody)
    return named | _is_number_of_convenience(customers)


def _is_number_of_convenience(customers: pd.DataFrame) -> "pd.Series[bool]":
    """Mark zeros and nines that are booked far more than others, or that do not belong to a running number."""
    texts = customers["customer_id"].astype(str).str.strip()
    heavy = customers["rows"] > _HEAVY * customers["rows"].mean()
    candidate = texts.str.fullmatch(r"0+|9{4,}").astype(bool)
    if not candidate.any():
        return candidate
    known = set(texts)
    lone = texts.map(lambda text: not {_neighbour(text, 1), _neighbour(text, -1)} & known, na_action="ignore")
    return candidate & (heavy | lone) & (len(customers) > 1)


def _neighbour(text: str, step: int) -> str:
    return str(int(text) + step).zfill(len(text)) if text.isdecimal() else ""


def _findings(checked: CheckedTable, answers: Answers) -> Iterator[DataWarning]:
    found = checked.by_customer[placeholders(checked.by_customer)]
    if found.empty:
        return
    rows, amount = int(found["rows"].sum()), float(found["amount"].sum()) if "amount" in found else None
    words = found["customer_id"].astype(str).tolist()
    shown = ", ".join(map(repr, words[:_SHOWN])) + (f" and {len(words) - _SHOWN:,} more" if len(words) > _SHOWN else "")
    stand = "stands" if len(words) == 1 else "stand"
    what = (
        f"{counted(len(words), 'customer number')} of table {checked.name} {stand} for no particular customer: "
        f"{shown}; {checked.counted(rows, amount, answers)} are booked there and count as one customer each"
    )
    listed = ", ".join(f'"{word}"' for word in words)
    # A mark or number may well be an amount or a quantity elsewhere in the table.
    is_word = all(any(map(str.isalpha, word)) for word in words)
    key = f"missing: [{listed}]" if is_word else f"missing_in: {{customer_id: [{listed}]}}"
    remedy = f"to leave these rows out, add {key} to table {checked.name}"
    if len(words) > _SHOWN:
        remedy = "to leave these rows out, list all of them under missing_in, or take them out of the file"
    yield DataWarning(what, checked.where(), remedy, checked.name, rows, amount)


PLACEHOLDERS = TableCheck(_findings, applies=lambda checked: checked.has("customer_id"))
"""Customer numbers that are words or marks for a customer who is not known."""
