"""Public data that a study may fetch: where they are, how they are known to be the right ones, what is made of them.

Nothing is fetched but by the command that asks for it. The content is held against its checksum, with line ends as on
Unix, before anything is written.
"""

import gzip
import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.error import URLError
from urllib.request import urlopen

import pandas as pd

from helpers.core.errors import Fault, InputError, unknown_name
from helpers.core.places import data_folder

_SECONDS = 60
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Download:
    """A file that a study needs and the project does not carry.

    Parameters
    ----------
    addresses : tuple of str
        Where it is published; the first that answers is taken.
    sha256 : str
        Of its content, unpacked, with line ends as on Unix.
    prepare : callable
        Makes the files of the study from the content: contents by name of the file.
    """

    addresses: tuple[str, ...]
    sha256: str
    prepare: Callable[[bytes], Mapping[str, bytes]]


def fetch(study: str, *, file: Path | None = None) -> tuple[Path, ...]:
    """Fetch the data of a study, check them and write its files; of other data nothing is written.

    Parameters
    ----------
    study : str
        One of `DOWNLOADS`.
    file : Path, optional
        A copy at hand, to be taken instead of the network.

    Returns
    -------
    tuple of Path
        The files written.

    Raises
    ------
    InputError
        When the study has nothing to fetch, no address answers, or the content is another than the published one.
    """
    if study not in DOWNLOADS:
        raise InputError(unknown_name(study, sorted(DOWNLOADS), kind="study with data to fetch", where="crm fetch"))
    wanted = DOWNLOADS[study]
    content = _read(file) if file else _first_that_answers(study, wanted.addresses)
    content = _unpacked(content).replace(b"\r\n", b"\n")
    found = hashlib.sha256(content).hexdigest()
    if found != wanted.sha256:
        what = f"this is not the published file: its checksum is {found}"
        remedy = "fetch it again, or name the original file with --from"
        raise InputError(Fault(what, where=str(file or study), allowed=wanted.sha256, remedy=remedy))
    folder = data_folder() / study
    if not folder.is_dir():
        what = f"there is no folder {folder.name!r}"
        raise InputError(Fault(what, where="data", remedy="restore it from the project"))
    return tuple(_write(folder / name, made) for name, made in wanted.prepare(content).items())


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise InputError(Fault(f"{str(file)!r} cannot be read", where="--from", remedy="name a file")) from error


def _first_that_answers(study: str, addresses: Sequence[str]) -> bytes:
    for address in addresses:
        try:
            with urlopen(address, timeout=_SECONDS) as answer:  # noqa: S310 (addresses of this module alone)
                return bytes(answer.read())
        except (URLError, TimeoutError, ConnectionError):
            continue
    what = f"no address of the data answers: {', '.join(addresses)}"
    remedy = f"try again with a connection, or download the file and name it: crm fetch {study} --from FILE"
    raise InputError(Fault(what, where="crm fetch", remedy=remedy))


def _unpacked(content: bytes) -> bytes:
    if not content.startswith(_GZIP):
        return content
    try:
        return gzip.decompress(content)
    except (gzip.BadGzipFile, EOFError) as error:
        raise InputError(Fault("the file is damaged", where="crm fetch", remedy="fetch it again")) from error


def _write(path: Path, content: bytes) -> Path:
    beside = path.with_name(f".{path.name}.part")
    beside.write_bytes(content)
    beside.replace(path)
    return path


_ARMS = {"Mens E-Mail": "mens", "Womens E-Mail": "womens"}
_DAY = pd.Timestamp("2008-03-01")  # the data have no dates


def hillstrom_tables(content: bytes) -> dict[str, bytes]:
    """Return the trial of two e-mails as standard tables: customers, contacts and responses.

    Parameters
    ----------
    content : bytes
        The published file: one row per customer, with the arm, what was known before, and what the customer did.

    Returns
    -------
    dict of str to bytes
        Parquet files. Each e-mail is one campaign; those without an e-mail are the customers held back of both. A visit
        and a purchase are one response each, the purchase with its amount.
    """
    rows = pd.read_csv(io.BytesIO(content))
    rows.insert(0, "customer_id", [f"{number:05d}" for number in range(1, len(rows) + 1)])
    flags = ["mens", "womens", "newbie"]
    rows[flags] = rows[flags].replace({1: "yes", 0: "no"}).astype(str)
    known = ["recency", "history", *flags, "zip_code", "channel"]
    listed = []
    for arm, campaign in _ARMS.items():
        chosen = rows.loc[rows["segment"].isin([arm, "No E-Mail"]), ["customer_id", "segment"]]
        treated = (chosen["segment"] == arm).to_numpy()
        of_arm = {"customer_id": chosen["customer_id"], "campaign_id": campaign, "time": _DAY, "treated": treated}
        listed.append(pd.DataFrame(of_arm))
    contacts = pd.concat(listed, ignore_index=True)
    responses = _responses(contacts, rows)
    tables = {"customers": rows[["customer_id", *known]], "contacts": contacts, "responses": responses}
    return {f"{name}.parquet": _as_parquet(table) for name, table in tables.items()}


def _responses(contacts: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    done = rows[["customer_id", "visit", "conversion", "spend"]]
    pairs = contacts[["customer_id", "campaign_id"]].merge(done, on="customer_id")
    kinds = []
    for kind in ("visit", "conversion"):
        amount = pairs["spend"] if kind == "conversion" else 0.0
        of_kind = pairs.assign(kind=kind, amount=amount)[pairs[kind] == 1]
        kinds.append(of_kind[["customer_id", "campaign_id", "kind", "amount"]])
    return pd.concat(kinds, ignore_index=True)


def _as_parquet(table: pd.DataFrame) -> bytes:
    file = io.BytesIO()
    table.to_parquet(file, index=False)
    return file.getvalue()


def ecsi_tables(content: bytes) -> dict[str, bytes]:
    """Return the survey with a name for its first column, which has none: the respondent.

    Parameters
    ----------
    content : bytes
        The published file.
    """
    return {"mobi.csv": content.replace(b'"",', b'"respondent",', 1)}


def groceries_tables(content: bytes) -> dict[str, bytes]:
    """Return the baskets as they are published: one per line, its items separated by commas.

    Parameters
    ----------
    content : bytes
        The published file.
    """
    return {"groceries.csv": content}


DOWNLOADS: Mapping[str, Download] = MappingProxyType(
    {
        "hillstrom": Download(
            (
                "http://www.minethatdata.com/"
                "Kevin_Hillstrom_MineThatData_E-MailAnalytics_DataMiningChallenge_2008.03.20.csv",
                "https://hillstorm1.s3.us-east-2.amazonaws.com/hillstorm_no_indices.csv.gz",
            ),
            "27bab8c5d3669f26ec08ebb50a0a78317542f29501156f2e2af6781fab4cd7e2",
            hillstrom_tables,
        ),
        "ecsi": Download(
            ("https://vincentarelbundock.github.io/Rdatasets/csv/semPLS/mobi.csv",),
            "3b570b477b75af1b0593d8538cd0566e89c01c5bef6a0857cfdb6264d7a96894",
            ecsi_tables,
        ),
        "groceries": Download(
            ("https://raw.githubusercontent.com/stedy/Machine-Learning-with-R-datasets/master/groceries.csv",),
            "ff1be892fd6b9b57d1a7bc50de067798963dda607619645988b21789bf23ae3b",
            groceries_tables,
        ),
    }
)
"""By name of the study: what `crm fetch` fetches."""
