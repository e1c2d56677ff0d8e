"""The same customers as three systems know them: records with gaps, errors and copies, and who they truly are."""

from dataclasses import dataclass

import numpy as np

from helpers.core.arrays import BoolArray, FloatArray, IntArray, TextArray
from helpers.simulation.arrays import Coded, scramble
from helpers.simulation.corruption import mistype
from helpers.simulation.parameters import CompanyParameters
from helpers.simulation.people import People, region_of_city
from helpers.simulation.population import CONTACT_CHANNELS, FIRST_CUSTOMER_ID, Population
from helpers.simulation.streams import Block
from helpers.simulation.words import regions, word_table

SOURCES = ("sales", "web", "service")
ERRORS = ("typing", "nickname", "swapped_names", "swapped_date", "script", "moved", "other_email", "phone_format")
_NUMBERS_PER_SOURCE = 10**10
# Chances of the other errors, as multiples of the error level.
_NICKNAME, _SWAPPED_NAMES, _SWAPPED_DATE, _SCRIPT, _FORMAT = 1.6, 0.5, 0.3, 1.5, 4.0
_NEW_PHONE = 0.4  # of those who moved, the rest kept their number
_TYPED = ("first_name", "last_name", "street", "city", "postcode", "email", "phone", "identifier")


@dataclass(frozen=True)
class Records:
    """Records of a block, in an order that says nothing about who belongs together.

    Parameters
    ----------
    customer : IntArray
        Row of the true customer in the block.
    source : IntArray
        Code in `SOURCES`.
    copy : IntArray
        0 for a system's first record of the customer, 1 for a duplicate.
    record_id : IntArray
        Number unique over all systems.
    texts : dict of str to TextArray
        The text fields; empty where missing.
    birth_day : FloatArray
        Days since 1970-01-01; missing where unknown.
    sex, region, preferred_channel : Coded
        The coded fields.
    refuses : BoolArray
        The system knows that the customer refused contact.
    updated_day : IntArray
        Day of the last change since the start of the history.
    errors : BoolArray, shape (records, errors)
        Which errors the record carries, in the order of `ERRORS`; truth only.
    """

    customer: IntArray
    source: IntArray
    copy: IntArray
    record_id: IntArray
    texts: dict[str, TextArray]
    birth_day: FloatArray
    sex: Coded
    region: Coded
    preferred_channel: Coded
    refuses: BoolArray
    updated_day: IntArray
    errors: BoolArray


def write_records(parameters: CompanyParameters, block: Block, population: Population, people: People) -> Records:
    """Draw what the three systems hold about the customers of a block."""
    rng = block.rng("records")
    customer, source, copy = _who_is_where(parameters, rng, population)
    size = len(customer)
    firm = population.firm[customer]
    hit = _draw_errors(parameters, rng, size)
    texts = _copied(people, customer, hit)
    hit["swapped_date"] &= ~firm
    day = people.birth_day[customer]
    day = np.where(hit["swapped_date"], _swap_day_and_month(day), day)
    birth = np.where(firm | _missing(parameters, rng, source, "birth_date"), np.nan, day)
    hit["typing"] = _type_in(parameters, rng, source, texts)
    city = np.where(hit["moved"], people.former.city[customer], people.home.city[customer])
    known = rng.random(size) < parameters.systems.refusal_recorded
    joined = np.floor(population.enters[customer]).astype(np.int64)
    updated = joined + np.floor(rng.random(size) * (parameters.history_days - joined)).astype(np.int64)
    return Records(
        customer=customer,
        source=source,
        copy=copy,
        record_id=_numbers(parameters, population, customer, source, copy),
        texts=texts,
        birth_day=birth,
        sex=Coded(np.where(rng.random(size) < 0.1, -1, people.sex.codes[customer]), people.sex.names),
        region=Coded(region_of_city()[city], regions()),
        preferred_channel=Coded(
            np.where(rng.random(size) < 0.5, population.preferred_channel[customer], -1), CONTACT_CHANNELS
        ),
        refuses=population.refuses[customer] & known,
        updated_day=updated,
        errors=np.stack([hit[name] for name in ERRORS], axis=1),
    )


def account_of(records: Records, size: int, source: str) -> tuple[IntArray, IntArray]:
    """Return each customer's first and second record in a system, -1 where there is none."""
    code = SOURCES.index(source)
    found = []
    for copy in (0, 1):
        here = (records.source == code) & (records.copy == copy)
        ids = np.full(size, -1, dtype=np.int64)
        ids[records.customer[here]] = records.record_id[here]
        found.append(ids)
    return found[0], found[1]


def _who_is_where(
    parameters: CompanyParameters, rng: np.random.Generator, population: Population
) -> tuple[IntArray, IntArray, IntArray]:
    parts: list[tuple[IntArray, IntArray, IntArray]] = []
    size = len(population.firm)
    for code, source in enumerate(SOURCES):
        presence = parameters.systems.presence[source]  # type: ignore[index]
        share = np.where(population.firm, presence.get("firm", 0.0), presence.get("person", 0.0))
        known = np.flatnonzero(rng.random(size) < share)
        twice = known[rng.random(len(known)) < parameters.systems.duplicates.get(source, 0.0)]  # type: ignore[call-overload]
        for copy, rows in enumerate((known, twice)):
            parts.append((rows, np.full(len(rows), code), np.full(len(rows), copy)))
    customer, source_code, copy_number = (np.concatenate(column) for column in zip(*parts, strict=True))
    shuffled = rng.permutation(len(customer))
    return customer[shuffled], source_code[shuffled], copy_number[shuffled]


def _numbers(
    parameters: CompanyParameters, population: Population, customer: IntArray, source: IntArray, copy: IntArray
) -> IntArray:
    slot = 2 * (population.customer_id[customer] - FIRST_CUSTOMER_ID) + copy
    # Another key per system: equal endings in two systems must not give the owner away.
    hidden = [scramble(slot, key=parameters.seed * 3 + code) for code in range(len(SOURCES))]
    return (source + 1) * _NUMBERS_PER_SOURCE + np.choose(source, hidden)


def _draw_errors(parameters: CompanyParameters, rng: np.random.Generator, size: int) -> dict[str, BoolArray]:
    level = parameters.systems.error_level
    chances = {
        "nickname": _NICKNAME * level,
        "swapped_names": _SWAPPED_NAMES * level,
        "swapped_date": _SWAPPED_DATE * level,
        "script": _SCRIPT * level,
        "moved": parameters.systems.moved_share,
        "new_phone": _NEW_PHONE,
        "other_email": parameters.systems.other_email_share,
        "phone_format": _FORMAT * level,
    }
    return {name: rng.random(size) < chance for name, chance in chances.items()}


def _copied(people: People, customer: IntArray, hit: dict[str, BoolArray]) -> dict[str, TextArray]:
    """Return the text fields before typing errors; corrects `hit` where an error cannot apply."""
    first, last = people.first_name[customer], people.last_name[customer]
    short, native = people.short_name[customer], people.native_first[customer]
    person = first != ""
    hit["script"] &= native != ""
    hit["nickname"] &= ~hit["script"]
    hit["swapped_names"] &= person
    new_first = np.where(hit["nickname"] & person, short, first)
    new_last = np.where(hit["nickname"] & ~person, short, last)
    new_first = np.where(hit["script"], native, new_first)
    new_last = np.where(hit["script"], people.native_last[customer], new_last)
    swap = hit["swapped_names"]
    moved = hit["moved"]
    home, former = people.home.take(customer), people.former.take(customer)
    cities = word_table("cities")["city"]
    phone = np.where(moved & hit["new_phone"], former.phone, home.phone)
    compact = np.strings.replace(np.strings.replace(phone, " ", ""), "0", "+49", count=1)
    return {
        "first_name": np.where(swap, new_last, new_first),
        "last_name": np.where(swap, new_first, new_last),
        "street": np.where(moved, former.street, home.street),
        "city": cities[np.where(moved, former.city, home.city)],
        "postcode": np.where(moved, former.postcode, home.postcode),
        "email": np.where(hit["other_email"], people.other_email[customer], people.email[customer]),
        "phone": np.where(hit["phone_format"], compact, phone),
        "identifier": people.identifier[customer],
    }


def _type_in(
    parameters: CompanyParameters, rng: np.random.Generator, source: IntArray, texts: dict[str, TextArray]
) -> BoolArray:
    """Put typing errors and gaps into the texts; return which records carry a typing error that shows."""
    wrong = np.zeros(len(source), dtype=bool)
    for name in _TYPED:
        hit = rng.random(len(source)) < parameters.systems.error_level
        gone = _missing(parameters, rng, source, name)
        wrong |= hit & (np.strings.str_len(texts[name]) > 1) & ~gone
        texts[name] = np.where(gone, "", mistype(rng, texts[name], hit))
    return wrong


def _missing(parameters: CompanyParameters, rng: np.random.Generator, source: IntArray, name: str) -> BoolArray:
    shares = [parameters.systems.missing.get(system, {}).get(name, 0.0) for system in SOURCES]  # type: ignore[call-overload]
    return rng.random(len(source)) < np.array(shares)[source]


def _swap_day_and_month(day: IntArray) -> IntArray:
    """Exchange day and month of a date where the result is a date."""
    date = day.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    year = date.astype("datetime64[Y]")
    in_month = (date - month).astype(np.int64)
    in_year = (month - year).astype(np.int64)
    swapped = (year.astype("datetime64[M]") + in_month.astype("timedelta64[M]")).astype("datetime64[D]")
    swapped = swapped + in_year.astype("timedelta64[D]")
    return np.where(in_month < 12, swapped.astype(np.int64), day)
