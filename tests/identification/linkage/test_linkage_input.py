"""Bad input ends in a clear message or a stated fallback, never in a wrong merge."""

import ibis
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.identification.linkage import LinkageSettings, explain_pair, link_records
from helpers.identification.linkage.fields import is_chinese, repair_encoding, standardise_field
from helpers.identification.linkage.input import prepare_records
from helpers.narrative.linkage_notes import text_of_note

FIELDS = {"first_name": "given_name", "last_name": "family_name", "email": "email"}


def _people(n: int = 60) -> pd.DataFrame:
    """Thirty people, each recorded twice; no two people alike."""
    number = pd.Series(range(n)) % 30
    return pd.DataFrame(
        {
            "record_id": range(n),
            "first_name": "Given" + number.map(lambda i: chr(97 + i % 26) * (1 + i // 26)),
            "last_name": "Family" + number.map(lambda i: chr(122 - i % 26) * (1 + i // 26)),
            "email": number.map(lambda i: f"{chr(97 + i % 26) * 4}{i}@mail.example"),
        }
    )


def _texts(linkage_or_prepared) -> str:
    return "\n".join(text_of_note(note) for note in linkage_or_prepared.notes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda frame: frame[["record_id"]].assign(colour="red"), "no identifying field among the columns"),
        (lambda frame: frame.iloc[:0], "there are no records"),
        (lambda frame: frame.drop(columns="record_id"), "no column 'record_id'"),
        (lambda frame: frame.assign(record_id=None), "60 records without source or id"),
        (
            lambda frame: frame.assign(first_name=None, last_name="", email="none"),
            "apart; no usable value: 'first_name'",
        ),
        (lambda frame: frame.assign(first_name="A", last_name="B", email="a@b.example"), "the same value in every"),
        (lambda frame: frame.iloc[:1], "the same value in every"),
    ],
    ids=["no_field", "empty", "no_id_column", "no_ids", "all_missing", "all_identical", "one_record"],
)
def test_records_that_identify_nobody_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        link_records(change(_people()))


def test_every_missing_column_is_reported_at_once():
    with pytest.raises(InputError, match=r"(?s)'surname'.*'birthday'"):
        link_records(_people(), LinkageSettings({"surname": "family_name", "birthday": "date"}))


def test_an_id_column_nearly_named_right_is_suggested():
    with pytest.raises(InputError, match="did you mean 'record_ids'"):
        link_records(_people().rename(columns={"record_id": "record_ids"}))


def test_ten_per_cent_duplicated_ids_with_different_content_are_refused():
    people = _people()
    people.loc[:5, "record_id"] = [31, 32, 33, 40, 41, 42]
    with pytest.raises(InputError, match=r"6 ids stand for records with different content: 'records 31'"):
        link_records(people)


def test_ten_per_cent_rows_exported_twice_are_dropped_with_a_note():
    people = pd.concat([_people(), _people().iloc[:6]], ignore_index=True)
    prepared = prepare_records(people, LinkageSettings())
    assert len(prepared.keys) == 60
    assert "6 rows repeat another of the same id" in _texts(prepared)


def test_an_all_missing_column_is_left_out_with_a_note():
    linkage = link_records(_people().assign(phone=None), LinkageSettings())
    assert "'phone' has no usable value" in _texts(linkage)
    assert linkage.customers == 30


def test_one_source_is_deduplicated_and_says_so():
    assert "One source only" in _texts(link_records(_people()))


def test_one_source_without_duplicates_leaves_nothing_to_link():
    with pytest.raises(InputError, match="leaves nothing to link"):
        link_records(_people(), LinkageSettings(duplicates_within_sources=False))


def test_a_crowd_of_identical_records_is_set_aside_not_merged():
    guest = pd.DataFrame(
        {"record_id": range(100, 150), "first_name": "Guest", "last_name": "Customer", "email": "guest@shop.example"}
    )
    linkage = link_records(pd.concat([_people(), guest], ignore_index=True))
    assert "50 records are copies in groups of more than 20" in _texts(linkage)
    assert linkage.customers == 30 + 50


def _crowd(n: int, name: tuple[str | None, str | None]) -> pd.DataFrame:
    """Records of a placeholder name, otherwise nearly empty; city and sex differ as if by chance."""
    number = pd.Series(range(n))
    return pd.DataFrame(
        {
            "record_id": number.map("till {}".format),
            "first_name": name[0],
            "last_name": name[1],
            "city": number.map(lambda i: ["Ulm", "Bonn", None, "Kiel", "Ulm"][i % 5]),
            "sex": number.map(lambda i: ["f", "m", None][i % 3]),
        }
    )


@pytest.mark.parametrize("n", [5, 8, 20, 200])
@pytest.mark.parametrize("name", [("Bar", "Kunde"), (None, "Cash Customer")], ids=["two_fields", "one_field"])
def test_a_crowd_with_nothing_but_a_placeholder_name_is_never_merged(n, name):
    people = _people().assign(
        city=lambda frame: frame["record_id"].mod(30).mod(7).map("city {}".format),
        sex=lambda frame: frame["record_id"].mod(2).map({0: "f", 1: "m"}),
    )
    linkage = link_records(pd.concat([people.astype({"record_id": str}), _crowd(n, name)], ignore_index=True))
    crowd = linkage.clusters[linkage.clusters["record_id"].str.startswith("till")]
    assert crowd["customer_id"].is_unique
    assert linkage.customers == 30 + n
    whole = " ".join(part for part in name if part).casefold()
    assert f"{n} records hold nothing that identifies but a name" in _texts(linkage)
    assert f"'{whole}' ({n})" in _texts(linkage)


def test_a_placeholder_name_is_one_whether_it_stands_in_one_field_or_two():
    crowd = pd.concat([_crowd(3, ("Bar", "Kunde")), _crowd(6, (None, "Bar  Kunde")).iloc[3:]], ignore_index=True)
    linkage = link_records(pd.concat([_people().astype({"record_id": str}), crowd], ignore_index=True))
    assert linkage.customers == 30 + 6
    assert "'bar kunde' (6)" in _texts(linkage)


def test_people_known_by_name_alone_still_take_part_where_few_share_the_name():
    people = _people()
    people.loc[30:, "email"] = None
    prepared = prepare_records(people, LinkageSettings())
    assert prepared.linkable.all()
    assert "nothing that identifies" not in _texts(prepared)


def test_copies_are_counted_without_what_identifies_nobody():
    guest = _crowd(40, ("Guest", "Customer")).assign(email="guest@shop.example")
    linkage = link_records(pd.concat([_people().astype({"record_id": str}), guest], ignore_index=True))
    assert "40 records are copies in groups of more than 20" in _texts(linkage)
    assert linkage.customers == 30 + 40


def test_a_place_alone_identifies_nobody():
    somewhere = _crowd(6, (None, None))
    linkage = link_records(pd.concat([_people().astype({"record_id": str}), somewhere], ignore_index=True))
    assert "6 records have no identifying value" in _texts(linkage)
    assert linkage.customers == 30 + 6


def test_records_without_any_value_stay_customers_of_their_own():
    blank = pd.DataFrame({"record_id": ["x", "y"], "first_name": ["", None], "last_name": None, "email": "no@no.no"})
    linkage = link_records(pd.concat([_people(), blank], ignore_index=True))
    assert "2 records have no identifying value" in _texts(linkage)
    assert linkage.customers == 32


def test_mixed_encodings_are_repaired_and_counted():
    people = _people()
    people.loc[0, "last_name"], people.loc[30, "last_name"] = "Müllerström", "MÃ¼llerstrÃ¶m"
    people.loc[1, "first_name"], people.loc[31, "first_name"] = "王伟", "ÍõÎ°"
    people["last_name"] = people["last_name"].astype(object)
    people.loc[30, "last_name"] = "Müllerström".encode()
    linkage = link_records(people)
    assert linkage.customers == 30
    assert "1 values had been read with the wrong encoding and were repaired" in _texts(linkage)


def test_letters_lost_to_an_encoding_are_reported():
    assert standardise_field(pd.Series(["Mu\ufffdller"]), "family_name").unreadable == 1


def test_names_in_two_scripts_are_no_evidence_either_way():
    people = _people()
    people.loc[30, ["first_name", "last_name"]] = ["伟", "王"]
    linkage = link_records(people)
    assert "Chinese and in Western letters are not compared" in _texts(linkage)
    parts = explain_pair(linkage, ("records", "0"), ("records", "30")).set_index("part")
    assert parts.loc[["first_name", "last_name"], "agreement"].tolist() == ["no evidence"] * 2
    assert parts.loc[["first_name", "last_name"], "match_weight"].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("given_name", "Dr. José", "JOSE"),
        ("name", "王 伟先生", "王伟"),
        ("family_name", "O\u2019Neil", "o'neil"),
        ("date", "1990-01-02", "2.1.1990"),
        ("date", pd.Timestamp("1990-01-02"), 19900102),
        ("date", "1/13/1990", "13.01.1990"),
        ("phone", "+86 138 0013 8000", "13800138000"),
        ("postcode", 4011.0, "4011"),
        ("email", "A.B@Mail.Example ", "a.b@mail.example"),
        ("identifier", "12-34/5", "12345"),
        ("address", "12, Main Street", "12 main st"),
        ("place", "Ｓydney", "sydney"),
    ],
)
def test_two_ways_of_writing_one_value_become_one(kind, one, other):
    standard = standardise_field(pd.Series([one, other], dtype=object), kind).text
    assert standard.notna().all()
    assert standard[0] == standard[1]


@pytest.mark.parametrize(
    ("text", "standard"),
    [
        ("tel:+49-30-1234567;ext=5", "301234567x5"),
        ("030 1234567 ext. 5", "301234567x5"),
        ("+1 (555) 010-0199 x42", "550100199x42"),
        ("010-62345678转801", "062345678x801"),
        ("030 1234567", "301234567"),
        ("tel:000000;ext=5", None),
    ],
)
def test_an_extension_is_kept_apart_from_the_number(text, standard):
    found = standardise_field(pd.Series([text]), "phone").text
    assert found.tolist() == [standard] if standard else found.isna().all()


@pytest.mark.parametrize(
    ("kind", "value"),
    [("phone", "000000000"), ("email", "none@mail.example"), ("email", "at home"), ("identifier", "99999"),
     ("date", "0000-00-00"), ("place", "unknown"), ("given_name", "未知")],
)  # fmt: skip
def test_placeholders_are_missing_and_counted(kind, value):
    standard = standardise_field(pd.Series([value]), kind)
    assert standard.text.isna().all()
    assert standard.placeholders == 1


@pytest.mark.parametrize("text", ["Müller", "Ågot", "éé", "Plain", "王伟", "ÄÖÜß"])
def test_text_that_was_never_damaged_is_left_alone(text):
    assert repair_encoding(text) == text


def test_chinese_is_distinguished_from_other_scripts():
    assert is_chinese("欧阳")
    assert not is_chinese("Ёлка ñ")


def test_all_faults_of_the_settings_are_reported_at_once():
    with pytest.raises(InputError, match=r"(?s)'surnam'.*cost_false_merge.*copies_at_most"):
        LinkageSettings({"a": "surnam"}, cost_false_merge=-1, copies_at_most=0)


def test_fields_too_coarse_to_block_on_are_refused():
    number = pd.Series(range(3000))
    coarse = pd.DataFrame({"record_id": number, "sex": number % 2, "class": number // 2 % 2}).astype(str)
    with pytest.raises(InputError, match="tell records apart finely enough"):
        link_records(coarse, LinkageSettings({"sex": "category", "class": "category"}, copies_at_most=5000))


def test_a_table_of_an_engine_is_linked_as_the_same_frame_is(febrl1):
    frame = febrl1.records["records"].assign(remarks="never asked for")
    table = ibis.duckdb.connect().create_table("records", ibis.memtable(frame))
    linkage = link_records(table, febrl1.linkage.settings)
    again = link_records(frame, febrl1.linkage.settings)
    pd.testing.assert_frame_equal(linkage.clusters, again.clusters)
    pd.testing.assert_frame_equal(linkage.pairs, again.pairs, check_exact=True)
    assert linkage.notes == again.notes


def test_what_a_table_of_an_engine_lacks_is_named_as_of_a_frame():
    frame = pd.DataFrame({"number": ["1", "2"], "email": ["a@x.org", "b@x.org"]})
    table = ibis.duckdb.connect().create_table("records", ibis.memtable(frame))
    for asked in (
        LinkageSettings(),
        LinkageSettings({"phone": "phone"}, record_id="number"),
        LinkageSettings({"email": "email"}, record_id="nr"),
    ):
        said = []
        for records in (frame, table):
            with pytest.raises(InputError) as caught:
                link_records(records, asked)
            said.append(str(caught.value))
        assert said[0] == said[1]
