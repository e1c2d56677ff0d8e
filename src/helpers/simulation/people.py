"""True names and addresses: Western and Chinese persons, firms, and people who share a household."""

from dataclasses import dataclass, replace

import numpy as np

from helpers.core.arrays import BoolArray, IntArray, TextArray
from helpers.simulation.arrays import Coded, choose
from helpers.simulation.parameters import CompanyParameters
from helpers.simulation.population import FIRST_CUSTOMER_ID, Population
from helpers.simulation.streams import Block
from helpers.simulation.words import popularity, regions, word_list, word_table

join = np.strings.add
_SAME_TOWN = 0.7


@dataclass(frozen=True)
class Address:
    """Where customers live; arrays have one entry per customer."""

    street: TextArray
    city: IntArray
    postcode: TextArray
    phone: TextArray

    def take(self, rows: IntArray) -> "Address":
        """Return the addresses of the given rows."""
        return Address(self.street[rows], self.city[rows], self.postcode[rows], self.phone[rows])


@dataclass(frozen=True)
class People:
    """True identifying facts of the customers of a block; texts are empty where a kind has no such fact.

    Parameters
    ----------
    first_name, last_name : TextArray
        For firms the last name is the firm's name.
    short_name : TextArray
        Nickname of a person, or a firm's name with its trade shortened and its legal form left out.
    native_first, native_last : TextArray
        Chinese characters, empty for Western names.
    email, other_email, identifier : TextArray
        Two addresses, and the register or card number.
    birth_day : IntArray
        Days since 1970-01-01; for firms without meaning.
    sex, sector : Coded
        Missing for firms and for persons respectively.
    home, former : Address
        Present and former address.
    """

    first_name: TextArray
    last_name: TextArray
    short_name: TextArray
    native_first: TextArray
    native_last: TextArray
    email: TextArray
    other_email: TextArray
    identifier: TextArray
    birth_day: IntArray
    sex: Coded
    sector: Coded
    home: Address
    former: Address

    @property
    def region(self) -> IntArray:
        """Code of the sales region, in the order of `words.regions`."""
        return region_of_city()[self.home.city]


def region_of_city() -> IntArray:
    """Return the code of the region of every city."""
    return np.array([regions().index(name) for name in word_table("cities")["region"]], dtype=np.int64)


def make_people(parameters: CompanyParameters, block: Block, population: Population) -> People:
    """Give every customer of a block a name, an address and the rest of a card index."""
    rng = block.rng("identity")
    firm = population.firm
    size = block.size
    chinese = ~firm & (rng.random(size) < parameters.systems.chinese_share)
    first, last, short, native_first, native_last, female = _person_names(rng, chinese)
    number = population.customer_id - FIRST_CUSTOMER_ID
    home = _addresses(rng, _cities(rng, size))
    # Most moves stay within the town.
    former = _addresses(rng, np.where(rng.random(size) < _SAME_TOWN, home.city, _cities(rng, size)))
    trade_name, trade_short, sector = _firm_names(rng, home.city)
    people = People(
        first_name=np.where(firm, "", first),
        last_name=np.where(firm, trade_name, last),
        short_name=np.where(firm, trade_short, short),
        native_first=np.where(chinese, native_first, ""),
        native_last=np.where(chinese, native_last, ""),
        email=np.array([""]),
        other_email=np.array([""]),
        identifier=_identifiers(firm, number, parameters.seed),
        birth_day=np.floor(-13_000 + 25_600 * rng.beta(1.8, 1.6, size)).astype(np.int64),
        sex=Coded(np.where(firm, -1, female.astype(np.int64)), ("m", "f")),
        sector=Coded(np.where(firm, sector, -1), _sectors()),
        home=home,
        former=former,
    )
    people = _share_households(rng, people, ~firm & ~chinese, parameters.systems.household_share)
    return _with_emails(rng, people, firm)


def _person_names(
    rng: np.random.Generator, chinese: BoolArray
) -> tuple[TextArray, TextArray, TextArray, TextArray, TextArray, BoolArray]:
    size = len(chinese)
    given, surnames = word_table("given_names"), word_list("surnames")
    name = choose(rng, popularity(len(given["name"])), size)
    surname = choose(rng, popularity(len(surnames), 40.0), size)
    second = choose(rng, popularity(len(surnames), 40.0), size)
    hyphen = (rng.random(size) < 0.05) & (second != surname)
    last = np.where(hyphen, join(join(surnames[surname], "-"), surnames[second]), surnames[surname])
    family, syllables = word_table("chinese_surnames"), word_table("chinese_given")
    clan = choose(rng, popularity(len(family["hanzi"]), 5.0), size)
    one, two = (rng.integers(0, len(syllables["hanzi"]), size) for _ in range(2))
    double = rng.random(size) < 0.75
    pinyin = np.where(
        double, join(syllables["pinyin"][one], np.strings.lower(syllables["pinyin"][two])), syllables["pinyin"][one]
    )
    hanzi = np.where(double, join(syllables["hanzi"][one], syllables["hanzi"][two]), syllables["hanzi"][one])
    female = np.where(chinese, rng.random(size) < 0.5, given["sex"][name] == "f")
    # A Chinese customer has no German nickname; the short form is the first syllable.
    short = np.where(chinese, syllables["pinyin"][one], given["short"][name])
    first = np.where(chinese, pinyin, given["name"][name])
    return first, np.where(chinese, family["pinyin"][clan], last), short, hanzi, family["hanzi"][clan], female


def _sectors() -> tuple[str, ...]:
    return tuple(dict.fromkeys(word_table("trades")["sector"].tolist()))


def _firm_names(rng: np.random.Generator, city: IntArray) -> tuple[TextArray, TextArray, IntArray]:
    size = len(city)
    surnames, words, trades = word_list("surnames"), word_list("firm_words"), word_table("trades")
    forms = word_table("legal_forms")
    owner = surnames[choose(rng, popularity(len(surnames), 40.0), size)]
    partner = surnames[choose(rng, popularity(len(surnames), 40.0), size)]
    given = word_table("given_names")["name"]
    founder = join(join(given[choose(rng, popularity(len(given)), size)], " "), owner)
    initials = rng.integers(ord("A"), ord("Z") + 1, (size, 3)).astype(np.uint32).view("U3")[:, 0]
    style = rng.random(size)
    head = np.select(
        [style < 0.20, style < 0.45, style < 0.60, style < 0.75],
        [owner, founder, words[rng.integers(0, len(words), size)], initials],
        join(join(owner, " & "), partner),
    )
    head = np.where(rng.random(size) < 0.25, join(join(head, " "), word_table("cities")["city"][city]), head)
    trade = rng.integers(0, len(trades["trade"]), size)
    form = forms["form"][choose(rng, forms["weight"].astype(np.float64), size)]
    full = join(join(join(join(head, " "), trades["trade"][trade]), " "), form)
    short = join(join(head, " "), trades["short"][trade])
    sector = np.array([_sectors().index(name) for name in trades["sector"]], dtype=np.int64)[trade]
    return full, short, sector


def _identifiers(firm: BoolArray, number: IntArray, seed: int) -> TextArray:
    """Return register numbers that are unique: the number itself in disguise, with a check digit."""
    disguised = (number * 73_856_093 + seed % 99_999_989) % 99_999_989
    check = disguised % 97 % 10
    digits = np.strings.zfill((disguised * 10 + check).astype("U10"), 9)
    return np.where(firm, join("VAT", digits), join("CC", digits))


def _cities(rng: np.random.Generator, size: int) -> IntArray:
    return choose(rng, word_table("cities")["weight"].astype(np.float64), size)


def _addresses(rng: np.random.Generator, city: IntArray) -> Address:
    cities, streets = word_table("cities"), word_list("streets")
    size = len(city)
    street = choose(rng, popularity(len(streets), 30.0), size)
    house = np.ceil(rng.gamma(1.3, 25.0, size)).astype(np.int64).clip(1, 320)
    prefix = cities["prefix"][city]
    missing = np.where(cities["region"][city] == "Austria", 4, 5) - np.strings.str_len(prefix)
    ending = np.strings.zfill(rng.integers(0, 10**missing).astype("U4"), missing)
    phone = join(join(cities["area"][city], " "), rng.integers(2_000_000, 9_999_999, size).astype("U7"))
    return Address(join(join(streets[street], " "), house.astype("U3")), city, join(prefix, ending), phone)


def _share_households(rng: np.random.Generator, people: People, eligible: BoolArray, share: float) -> People:
    """Let some persons live with the customer before them: same surname and address, own first name."""
    size = len(eligible)
    joins = eligible & np.roll(eligible, 1) & (rng.random(size) < share)
    joins[0] = False
    joins &= ~np.roll(joins, 1)  # couples, no chains
    host = np.arange(size) - joins
    home = people.home.take(host)
    # Half of them have a telephone of their own.
    phone = np.where(rng.random(size) < 0.5, people.home.phone, home.phone)
    return replace(
        people, last_name=people.last_name[host], home=replace(home, phone=phone), former=people.former.take(host)
    )


def _with_emails(rng: np.random.Generator, people: People, firm: BoolArray) -> People:
    size = len(firm)
    domains = word_list("mail_domains")
    first = np.strings.lower(people.first_name)
    last = np.strings.lower(people.last_name)
    digits = rng.integers(1, 1000, size).astype("U3")
    plain = np.where(rng.random(size) < 0.5, join(join(first, "."), last), join(np.strings.slice(first, 1), last))
    personal = join(join(join(plain, digits), "@"), domains[rng.integers(0, len(domains), size)])
    city = word_table("cities")["city"][people.home.city]
    label = np.strings.lower(join(join(people.short_name, "-"), city))
    for old, new in ((" & ", "-"), (" ", "-"), (".", "")):
        label = np.strings.replace(label, old, new)
    office = join(join(np.array(["info", "einkauf", "office"])[rng.integers(0, 3, size)], "@"), join(label, ".example"))
    other = join(
        join(join(np.strings.lower(people.short_name), rng.integers(10, 9999, size).astype("U4")), "@"), domains[0]
    )
    other_office = join("buchhaltung@", join(label, ".example"))
    return replace(people, email=np.where(firm, office, personal), other_email=np.where(firm, other_office, other))
