"""Records with a known truth for the linkage tests: the FEBRL files, and a street of families made on the spot."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.identification.linkage import (
    FieldKind,
    Linkage,
    LinkageSettings,
    link_records,
)

DATA = Path(__file__).parents[3] / "data"
FEBRL_FIELDS: dict[str, FieldKind] = {
    "given_name": "given_name",
    "surname": "family_name",
    "street_number": "category",
    "address_1": "address",
    "address_2": "address",
    "suburb": "place",
    "postcode": "postcode",
    "state": "category",
    "date_of_birth": "date",
    "soc_sec_id": "identifier",
}


@dataclass(frozen=True)
class KnownWorld:
    """Linked records whose truth is known."""

    records: dict[str, pd.DataFrame]
    truth: pd.DataFrame
    linkage: Linkage


def read_febrl(study: str, *files: str) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Return the records of a FEBRL study by file, and its known pairs."""
    folder = DATA / study
    records = {name: pd.read_csv(folder / f"{name}.csv", dtype=str) for name in files}
    return {name: frame.rename(columns={"rec_id": "record_id"}) for name, frame in records.items()}, pd.read_csv(
        folder / "truth.csv", dtype=str
    )


@pytest.fixture(scope="session")
def febrl_fields() -> dict[str, FieldKind]:
    """What the columns of the FEBRL files hold."""
    return FEBRL_FIELDS


@pytest.fixture(scope="session")
def febrl1() -> KnownWorld:
    """FEBRL 1, deduplicated with nothing but its fields named."""
    records, truth = read_febrl("febrl1", "records")
    return KnownWorld(records, truth, link_records(records, LinkageSettings(FEBRL_FIELDS)))


@pytest.fixture(scope="session")
def febrl2() -> KnownWorld:
    """FEBRL 2, deduplicated."""
    records, truth = read_febrl("febrl2", "records")
    return KnownWorld(records, truth, link_records(records, LinkageSettings(FEBRL_FIELDS)))


@pytest.fixture(scope="session")
def febrl4() -> KnownWorld:
    """FEBRL 4, two files linked."""
    records, truth = read_febrl("febrl4", "original", "duplicate")
    return KnownWorld(records, truth, link_records(records, LinkageSettings(FEBRL_FIELDS)))


@pytest.fixture(scope="session")
def households() -> KnownWorld:
    """Families in three systems, linked as a study with standard columns would be."""
    records, truth = make_households(1500, seed=11)
    return KnownWorld(records, truth, link_records(records))


GIVEN = ["james", "mary", "linda", "robert", "susan", "karen", "william", "lisa", "nancy", "thomas", "emma", "anna"]
FAMILY = ["smith", "taylor", "wilson", "davies", "evans", "walker", "wright", "clarke", "green", "cook", "bell", "fox"]
FAMILY_ZH, GIVEN_ZH = list("王李张刘陈杨黄赵吴周徐孙"), list("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平")
STREETS = [f"{name} {kind}" for name in ("park", "mill", "church", "station", "high") for kind in ("street", "road")]


def make_households(n_people: int, seed: int) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Return families, some Chinese, recorded with slips and gaps in three systems; and who is who.

    People of one family share family name, address and often the telephone; a model that knows only matches and
    strangers takes them for one person.
    """
    rng = np.random.default_rng(seed)
    people = _people(n_people, rng)
    records, truth = {}, []
    for source in ("sales", "web", "service"):
        rows = [_written(person, rng) for person in people if rng.random() < 0.6]
        frame = pd.DataFrame(rows).assign(record_id=[f"{source}-{number}" for number in range(len(rows))])
        truth.append(frame[["record_id"]].assign(source=source, true_customer_id=frame.pop("person")))
        records[source] = frame
    return records, pd.concat(truth, ignore_index=True)


def _people(n_people: int, rng: np.random.Generator) -> list[dict[str, object]]:
    people: list[dict[str, object]] = []
    while len(people) < n_people:
        chinese = rng.random() < 0.3
        family = str(rng.choice(FAMILY_ZH if chinese else FAMILY))
        home = {
            "last_name": family,
            "street": f"{rng.integers(1, 150)} {rng.choice(STREETS)}",
            "city": f"town {rng.integers(0, 25)}",
            "postcode": str(rng.integers(1000, 1400)),
        }
        line = f"0{rng.integers(10**8, 10**9)}"
        for _ in range(int(rng.choice([1, 2, 2, 3, 4]))):
            given = "".join(rng.choice(GIVEN_ZH, 2)) if chinese else str(rng.choice(GIVEN))
            born = pd.Timestamp("1940-01-01") + pd.Timedelta(days=int(rng.integers(0, 25_000)))
            own = {
                "person": len(people),
                "first_name": given,
                "birth_date": str(born.date()),
                "phone": line if rng.random() < 0.5 else f"0{rng.integers(10**8, 10**9)}",
                "email": f"{given}.{''.join(rng.choice(list('abcdefghij'), 5))}@mail.example",
            }
            people.append({**home, **own})
    return people


def _written(person: dict[str, object], rng: np.random.Generator) -> dict[str, object]:
    written = dict(person)
    for field, value in person.items():
        if field == "person":
            continue
        if rng.random() < 0.05:
            written[field] = _slip(str(value), rng)
        if rng.random() < 0.08:
            written[field] = None
    if rng.random() < 0.03:
        written["first_name"], written["last_name"] = written["last_name"], written["first_name"]
    return written


def _slip(text: str, rng: np.random.Generator) -> str:
    if len(text) < 2:
        return text
    place = int(rng.integers(0, len(text) - 1))
    if rng.random() < 0.5:
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    return text[:place] + text[place + 1 :]
