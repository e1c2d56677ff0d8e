"""A password in the address of a database is never shown: in no message, label, receipt or notebook."""

import string
from pathlib import Path
from urllib.parse import quote, quote_plus, unquote_plus, urlsplit

import ibis
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook, new_output
from tests.cases import make_study, shop

from helpers.core.errors import InputError
from helpers.study.database_address import read_address, shown_source, without_secrets
from helpers.study.grammar import Reading
from helpers.study.sources import connect, resolve
from helpers.study.study import open_study
from helpers.suite.report.scrub import scrub

HEAD = "study: s\ntitle: S\ncurrency: EUR\nas_of: 2024-02-01\ntables:\n"
LETTERS = string.ascii_letters + string.digits
SIGNS = "@:/?#%+&=;$!*'\"()[]{}<>|\\^~, .-_`ü客"
# Letters and digits that stand in no message of ours but in numbers of lines, which `traces` knows.
PASSWORDS = (
    st.text(alphabet="QXZJ4578" + SIGNS, min_size=3, max_size=24).map(str.strip).filter(lambda word: len(word) > 2)
)
SHAPES = (
    "postgres://u:{}@h/db",
    "postgresql://u:{}@h:5432/db?sslmode=require",
    "mysql://u:{}@h/db?password={}",
    "postgres://h/db?user=u&sslpassword={}",
    "postgres://{}@h/db",
    "postgres://u:{}/db",
    "postgre://u:{}@h/db",
    "sqlite://u:{}@h/db",
    "sqlite:///u:{}@h",
    "duckdb:///shop.duckdb?motherduck_token={}",
    "duckdb://md:shop?motherduck_token={}",
    "jdbc:postgresql://h/db?user=u&password={}",
    "https://u:{}@h/lines.csv",
    "host=h user=u password={} dbname=db",
    "Server=h;Uid=u;Pwd={};",
    "postgres:u:{}@h/db",
    "postgres:/u:{}@h/db",
)


def traces(password: str, text: str) -> set[str]:
    """Return the parts of a password of three letters and more that a text holds, written plainly or encoded."""
    forms = {password, quote(password, safe=""), quote_plus(password)}
    parts = {form[start : start + 3] for form in forms for start in range(len(form) - 2)}
    # What the text says without any password is no trace: "://" and the like.
    known = "".join(shape for shape in SHAPES) + "… %40 %3A %2F %3F %23 %25 %20 @ : / ? # % and /full/path ..."
    known += "".join(f" line {number}: line {number}, " for number in range(1, 20))
    return {part for part in parts if part in text and part not in known and any(sign in "QXZJ4578" for sign in part)}


def all_messages(folder: Path, source: str) -> str:
    """Return everything that is said of a source: by the study file's checks, on opening, and by an angry driver."""
    said = []
    (folder / "study.yml").write_text(HEAD, encoding="utf-8")
    for spec in (
        {"source": source, "table": "t"},
        {"source": source, "table": "t", "sheet": "s"},
        {"source": [source]},
    ):
        make_study(folder, {}, sources={"transactions": spec})
        try:
            study, faults = open_study(folder)
            said += map(str, faults)
            said += map(str, study.check() if study else ())
            said += [entry.label for entry in study.inputs()] if study else []
        except InputError as error:
            said.append(str(error))
    try:
        found = resolve(Reading.model_validate({"source": source, "table": "t"}), folder)
        said += [found.label, repr(found), *(str(one) for one in found.as_inputs())]
        connect(found)
    except InputError as error:
        said += [str(error), repr(error.__cause__), shown_source(source)]
    return "\n".join(said)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(password=PASSWORDS, shape=st.sampled_from(SHAPES), encoded=st.booleans())
@example(password="444?", shape="sqlite:///u:{}@h", encoded=False)  # noqa: S106
@example(password="4 4", shape="postgres:u:{}@h/db", encoded=False)  # noqa: S106
@example(password="4**", shape="host=h user=u password={} dbname=db", encoded=False)  # noqa: S106
@example(password="44[", shape="host=h user=u password={} dbname=db", encoded=False)  # noqa: S106
def test_no_part_of_a_password_is_ever_shown(tmp_path: Path, password: str, shape: str, *, encoded: bool) -> None:
    written = quote(password, safe="") if encoded else password
    source = shape.replace("{}", written)

    def refuse(url: str, *_: object, **__: object) -> None:
        raise OSError(f"cannot connect to {url} (password {password!r}, {quote_plus(password)}, {written[:-1]})")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ibis, "connect", refuse)
        said = all_messages(tmp_path, source)
    assert traces(password, said) == set()


@settings(max_examples=200, deadline=None)
@given(password=st.text(alphabet=LETTERS + SIGNS, min_size=1, max_size=20))
def test_an_encoded_password_is_read_back_whole(password: str) -> None:
    """What is refused can be mended as the remedy says, and Ibis, which takes a plus for a blank, gets it right."""
    address = read_address(f"postgres://me:{quote(password, safe='')}@host:5432/db?sslmode=require")
    parts = urlsplit(address.url)
    assert unquote_plus(parts.password or "") == password
    assert (parts.hostname, parts.port, parts.path) == ("host", 5432, "/db")
    assert address.label == "postgres://host:5432/db"


@pytest.mark.parametrize(
    "source",
    [
        "postgres://u:S3c@retPw@h/db",
        "postgres://u:S3c/retPw@h/db",
        "postgres://u:S3c?retPw@h/db",
        "postgres://u:S3c#retPw@h/db",
        "postgres://u:S3c retPw@h/db",
        "postgres://u:S3c%retPw@h/db",
        "postgres://u:S3c/retPw",
        "postgres://u:${S3C}@h/db",
    ],
)
def test_an_address_of_two_readings_is_refused_with_what_to_write(monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    monkeypatch.setenv("S3C", "S3c@retPw")
    with pytest.raises(
        InputError, match=r"in more than one way(?s:.*)remedy: write @ : / \? # %(?s:.*) as %40"
    ) as caught:
        read_address(source, "study.yml, line 7")
    assert "S3c" not in str(caught.value)
    assert "retPw" not in str(caught.value)


def test_a_literal_plus_stays_a_plus() -> None:
    assert read_address("postgres://me:a+b@host/db").url == "postgres://me:a%2Bb@host/db"


def test_a_user_written_with_signs_reaches_the_driver_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    given_to_ibis = {}
    monkeypatch.setattr(ibis, "connect", lambda _, **settings: given_to_ibis.update(settings))
    for address, user in (
        ("postgres://reader%40shop:QX+J@h/db", {"user": "reader@shop"}),
        ("postgres://reader:QX%40J@h/db", {}),
    ):
        given_to_ibis.clear()
        connect(resolve(Reading(source=address, table="lines"), Path(), "study.yml"))
        assert given_to_ibis == user


def test_a_host_from_the_environment_is_shown_by_the_name_of_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHERE", "u:Secret4@h")
    address = read_address("postgres://${WHERE}/db")
    assert (address.url, address.label) == ("postgres://u:Secret4@h/db", "postgres://${WHERE}/db")
    assert "Secret4" not in repr(address)


def test_the_words_of_a_driver_are_left_out_where_they_hold_a_part_of_the_password() -> None:
    assert without_secrets("no entry for TOP SECRET, top+secret", ["top%20secret"]) == "no entry for …, …"
    assert without_secrets("no entry for 'top secr'", ["top%20secret"]) == ""


def test_a_key_given_twice_does_not_show_its_values(tmp_path: Path) -> None:
    table = "  transactions:\n    source: postgres://u:Secret4@h/db\n    source: postgres://u:Secret5@h/db\n"
    (tmp_path / "study.yml").write_text(HEAD + table, encoding="utf-8")
    with pytest.raises(InputError, match=r"line 8: not readable as YAML: found duplicate key .source.\n") as caught:
        open_study(tmp_path)
    assert "Secret" not in str(caught.value)


def test_a_database_whose_name_says_more_than_a_name_is_refused() -> None:
    with pytest.raises(InputError, match="more than one way"):
        read_address("mssql://u@h/db;PWD=Secret4")


def test_an_analyst_notebook_holds_no_password() -> None:
    output = new_output("stream", text="warning: postgres://u:top%20secret@h failed for 'top secret' (top+secret)")
    notebook = new_notebook(cells=[new_code_cell("x", outputs=[output])])
    scrub(notebook, {}, ["top%20secret"])
    assert notebook.cells[0].outputs[0].text == "warning: postgres://u:…@h failed for '…' (…)"


def test_secrets_of_a_study_are_known(tmp_path: Path) -> None:
    spec = {"source": "postgres://u:Secret4@h/db?sslkey=Key5", "table": "t", "columns": {"customer_id": "id"}}
    make_study(tmp_path, {"transactions": shop(3)}, sources={"customers": spec})
    study, _ = open_study(tmp_path)
    assert study is not None
    assert study.secrets() == ("Secret4", "Key5")
