"""The address of a database: read strictly, shown without anything secret, and kept out of what a driver says.

A password with an `@` or a `/` in it moves the border between what is secret and what is not. An address that could be
read in two ways is therefore refused, and nothing of it is shown.
"""

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, quote_plus, unquote, unquote_plus

from helpers.core.errors import Fault, InputError

FORM = "kind://user:password@host:port/name"
FILES = ("sqlite", "duckdb")
HIDDEN = "…"
SHORTEST_TRACE = 3  # letters in a row that tell something of a password
_ENCODE = "write @ : / ? # % and blanks in user and password as %40 %3A %2F %3F %23 %25 %20"
_VARIABLE = r"\$\{\w+\}"
_SECRET_KEY = re.compile(r"pass|pwd|token|secret|key|credential|auth|private", re.IGNORECASE)
_SETTING = re.compile(r"[A-Za-z][a-z_.-]{2,}[A-Za-z0-9_.-]*=")  # what is none may be the rest of a password with an "&"
_CHARACTER = rf"{_VARIABLE}|%[0-9A-Fa-f]{{2}}|[A-Za-z0-9._~!$&'()*+,;=-]"
_ADDRESS = re.compile(
    rf"(?P<kind>[A-Za-z][A-Za-z0-9]*)://"
    rf"(?:(?P<user>(?:{_CHARACTER})*)(?::(?P<password>(?:{_CHARACTER}|:)*))?@)?"
    rf"(?P<host>(?:{_VARIABLE}|[A-Za-z0-9._-])+|\[[0-9A-Fa-f:.]+\])?"
    rf"(?::(?P<port>\d+|{_VARIABLE}))?"
    rf"(?P<path>(?:/(?:{_VARIABLE}|%[0-9A-Fa-f]{{2}}|[\w .~$+-])*)*)"
    r"(?:\?(?P<query>[^\s@#?]*))?"
)
_LIKE_AN_ADDRESS = re.compile(
    r"://|:.*@|^\s*[A-Za-z]+:/|\b(?:password|passwd|pwd|pass|token|secret|dsn|uid|user|dbname)\s*[=:]",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class DatabaseAddress:
    """An address that can be read in one way only.

    Parameters
    ----------
    kind : str
        Name of the kind of database.
    url : str
        The whole address, with what the environment holds.
    label : str
        Kind, host, port and name of the database: what may be shown.
    secrets : tuple of str
        Password and secret settings, as written in the address.
    """

    kind: str
    url: str = field(repr=False)
    label: str
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def file(self) -> str:
        """The part behind the slashes, for a database that is a file."""
        return self.url.partition("://")[2].removeprefix("/").partition("?")[0]


def read_address(written: str, where: str = "") -> DatabaseAddress:
    """Read an address as a study file writes it.

    Parameters
    ----------
    written : str
        The address; `${NAME}` stands for a variable of the environment.
    where : str
        Place in the study file, for messages.

    Raises
    ------
    InputError
        When a variable is not set, or the address can be read in more than one way. Nothing of it is shown.
    """
    scheme, mark, rest = written.partition("://")
    kind = scheme.lower()
    written = f"{kind}{mark}{rest}"
    if kind in FILES:
        return _file_address(kind, written, where)
    template = _ADDRESS.fullmatch(written)
    if template is None:
        raise InputError(_unclear(where))
    url = with_environment(written, where)
    filled = _ADDRESS.fullmatch(url)
    if filled is None or "${" in url or not all(map(_SETTING.match, filter(None, (filled["query"] or "").split("&")))):
        raise InputError(_unclear(where))
    password = filled["password"] or ""
    lone_user = "" if filled["password"] is not None else filled["user"] or ""  # it may be a token
    query = parse_qsl(filled["query"] or "", keep_blank_values=True)
    secrets = (password, lone_user, *(value for name, value in query if _SECRET_KEY.search(name)))
    if password:
        start, end = filled.span("password")
        url = url[:start] + password.replace("+", "%2B") + url[end:]  # Ibis would take a plus for a blank
    port = f":{template['port']}" if template["port"] else ""
    label = f"{template['kind']}://{template['host'] or ''}{port}{template['path']}"
    return DatabaseAddress(template["kind"], url, label, tuple(filter(None, secrets)))


def is_like_an_address(text: str) -> bool:
    """Say whether a text may be, or hold, the address or the settings of a database, and so a password.

    Examples
    --------
    >>> is_like_an_address("host=db password=secret"), is_like_an_address("lines.csv")
    (True, False)
    """
    return _LIKE_AN_ADDRESS.search(text) is not None


def shown_source(source: str) -> str:
    """Return how a message may call a source: a file by its name, a database by what is not secret of its address."""
    if not is_like_an_address(source):
        return source
    matched = _ADDRESS.fullmatch(source)
    if matched is None:
        return "a database"
    return f"{matched['kind']}://{matched['host'] or ''}{matched['path']}"


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """Return a text with every secret replaced, as written, decoded or encoded; empty where parts of one would remain.

    Parameters
    ----------
    text : str
        What a driver says.
    secrets : iterable of str
        From `DatabaseAddress`.

    Examples
    --------
    >>> without_secrets("no entry for 'top secret'", ["top%20secret"])
    "no entry for '…'"
    """
    forms = {form for secret in secrets for form in forms_of(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = re.sub(re.escape(form), HIDDEN, text, flags=re.IGNORECASE)
    seen = f"{text}\n{unquote_plus(text)}".casefold()
    traces = {
        form[start : start + SHORTEST_TRACE].casefold()
        for form in forms
        for start in range(len(form) - SHORTEST_TRACE + 1)
    }
    return "" if any(trace in seen for trace in traces) else text


def forms_of(secret: str) -> set[str]:
    """Return a secret as written, decoded, encoded, and as a programming language would quote it."""
    plain = {secret, unquote(secret), unquote_plus(secret)}
    coded = {code(form, safe="") for form in plain for code in (quote, quote_plus)}
    escaped = {form for text in plain for form in (repr(text)[1:-1], json.dumps(text)[1:-1])}
    return {form for form in plain | coded | escaped if form}


def _file_address(kind: str, written: str, where: str) -> DatabaseAddress:
    host = written.partition("://")[2].partition("/")[0]
    if re.search(r"[@:?#]", host):
        allowed = f"{kind}:///file beside study.yml, or {kind}:////full/path"
        what = f"a database of kind {kind} is a file, without user, password or host"
        raise InputError(Fault(what, where, allowed, "name the file after three slashes"))
    return DatabaseAddress(kind, with_environment(written, where), written.partition("?")[0])


def _unclear(where: str) -> Fault:
    return Fault("the address of the database can be read in more than one way", where, FORM, _ENCODE)


def with_environment(url: str, where: str) -> str:
    """Fill in `${NAME}` from the environment, so that no password stands in a study file.

    Raises
    ------
    InputError
        When a variable is not set.
    """
    names = re.findall(r"\$\{(\w+)\}", url)
    unset = [name for name in names if name not in os.environ]
    if unset:
        what = f"the environment variable {', '.join(unset)} is not set"
        raise InputError(Fault(what, where=where, remedy=f"set it before the run: export {unset[0]}=..."))
    return re.sub(r"\$\{(\w+)\}", lambda match: os.environ[match[1]], url)
