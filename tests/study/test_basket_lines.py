"""Text files of one basket per line: what is read, and what a user reads where they cannot be."""

import gzip
import hashlib

import pytest
from click.testing import CliRunner

from helpers.cli import main
from helpers.core.errors import InputError
from helpers.study import downloads
from helpers.study.basket_lines import read_baskets
from helpers.study.grammar import Reading
from helpers.study.study import load_study
from helpers.study.text_tables import ROW

HEAD = "study: s\ntitle: S\ncurrency: EUR\nas_of: 2024-02-01\ntables:\n  baskets:\n    source: b.csv\n"


def read(folder, text, *, name="b.csv", encoding="utf-8", **options):
    """Return (line, basket, item) of a file."""
    (folder / name).write_bytes(text.encode(encoding))
    reading = Reading.model_validate({"source": name, "layout": "baskets", "encoding": encoding, **options})
    table = read_baskets(folder / name, name, reading)
    return list(zip(*(table[column].to_pylist() for column in (ROW, "order_id", "product_id")), strict=True))


def items(folder, text, **options):
    return [(basket, item) for _, basket, item in read(folder, text, **options)]


def study_of(folder, text, more="    layout: baskets\n", source="b.csv"):
    (folder / "study.yml").write_text(HEAD.replace("b.csv", source) + more, encoding="utf-8")
    (folder / source).write_text(text, encoding="utf-8")
    return folder


def test_lines_of_any_length_become_rows_with_the_number_of_their_line(tmp_path):
    assert read(tmp_path, "tea,milk,sugar\nbread\n\ntea,tea\n") == [
        (1, "1", "tea"), (1, "1", "milk"), (1, "1", "sugar"), (2, "2", "bread"), (4, "4", "tea"), (4, "4", "tea"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("tea;milk\nbread\n", {"delimiter": ";"}),
        ("tea\tmilk\nbread\n", {"name": "b.tsv"}),
        ("sep=;\ntea;milk\nbread\n", {}),
        ("\ufefftea,milk,,\r\nbread,,,\r\n", {}),
        ('"tea","milk"\n"bread"\n', {}),
        ("tea,milk\nbread", {"encoding": "utf-16"}),
        ("first,second\ntea,milk\nbread,\n", {"header_row": 1}),
    ],
    ids=["semicolons", "tabs", "separator line", "padded by a spreadsheet", "quoted", "two bytes", "below a header"],
)
def test_common_forms_of_export_are_read(tmp_path, text, options):
    assert [item for _, item in items(tmp_path, text, **options)] == ["tea", "milk", "bread"]


def test_an_item_keeps_its_signs_its_comma_and_its_zeros(tmp_path):
    assert items(tmp_path, '007,"nuts, salted",=1+1,客户\n') == [
        ("1", "007"), ("1", "nuts, salted"), ("1", "=1+1"), ("1", "客户"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("", {}, "holds no item of a basket"),
        ("\n ,\n,,\n", {}, "holds no item of a basket"),
        ("a,b\n", {"header_row": 3}, "holds no item of a basket"),
        ("a;b\nc\nd;e;f\n", {}, r"separated by ';', not by ','(?s:.*)add delimiter: \";\""),
        ("1 2 5\n2 7\n3\n1 4\n", {}, r"separated by ' ', not by ','(?s:.*)add delimiter: \" \""),
        ("a;b, c\nc;d\nd;e;f\n", {}, "separated by ';'"),
        ("2,a,b\n1,c\n3,a,b,c\n", {}, "begins with the number of its items"),
        ('a,"b\nc,d\ne,f\n', {}, "opened and never closed"),
        ("sep=;\na;b\n", {"delimiter": ","}, "the study says ','"),
        ("a,b\n", {"encoding": "utf-8", "name": "x.csv", "as": "utf9"}, "unknown encoding 'utf9'"),
    ],
)
def test_what_is_no_file_of_baskets_is_refused_with_its_remedy(tmp_path, text, options, message):
    options = dict(options)
    named, written = options.pop("as", None), options.pop("encoding", "utf-8")
    name = options.pop("name", "b.csv")
    (tmp_path / name).write_text(text, encoding=written)
    reading = Reading.model_validate({"source": name, "layout": "baskets", "encoding": named or written, **options})
    with pytest.raises(InputError, match=message):
        read_baskets(tmp_path / name, name, reading)


@pytest.mark.parametrize("content", [gzip.compress(b"a,b\n", mtime=0), "größe,b\n".encode("cp1252")])
def test_archives_and_other_encodings_are_named(tmp_path, content):
    (tmp_path / "b.csv").write_bytes(content)
    with pytest.raises(InputError, match=r"gzip archive|is not text in the encoding"):
        read_baskets(tmp_path / "b.csv", "b.csv", Reading.model_validate({"source": "b.csv", "layout": "baskets"}))


def test_few_baskets_that_look_like_counts_are_baskets(tmp_path):
    assert len(items(tmp_path, "1,7\n2,5,6\n")) == 5


def test_a_study_reads_them_as_the_table_baskets(tmp_path):
    study = load_study(study_of(tmp_path, "tea,milk\nbread\n"))
    assert study.check() == []
    rows = study.table("baskets").order_by("order_id", "product_id").to_pandas()
    assert rows.to_numpy().tolist() == [["1", "milk"], ["1", "tea"], ["2", "bread"]]


def test_items_are_written_in_one_way_where_the_study_asks_for_it(tmp_path):
    folder = study_of(tmp_path, "tea, milk\nMilk ,bread\n")
    text = (folder / "study.yml").read_text(encoding="utf-8")
    (folder / "study.yml").write_text("clean_ids: [blanks, case]\n" + text, encoding="utf-8")
    found = load_study(folder).table("baskets").to_pandas()["product_id"]
    assert sorted(found) == ["BREAD", "MILK", "MILK", "TEA"]


@pytest.mark.parametrize(
    ("more", "source", "message"),
    [
        ("    layout: basket\n", "b.csv", r"tables.baskets.layout cannot be 'basket'(?s:.*)'rows', or 'baskets'"),
        ("    layout: baskets\n", "b.xlsx", "layout has no effect on b.xlsx"),
        ("    layout: baskets\n    columns: {order_id: basket, product_id: item}\n", "b.csv", "unknown column"),
    ],
)
def test_what_a_study_says_wrongly_is_refused(tmp_path, more, source, message):
    with pytest.raises(InputError, match=message):
        load_study(study_of(tmp_path, "tea,milk\nbread\n", more, source)).require_sound()


def test_without_the_key_the_remedy_leads_to_it(tmp_path):
    study = load_study(study_of(tmp_path, "tea,milk\nbread\nsalt,oil,jam\noil\n", ""))
    with pytest.raises(InputError, match=r"the header has 2 columns(?s:.*)add layout: baskets"):
        study.require_sound()


def test_the_published_baskets_are_written_as_they_are(tmp_path, monkeypatch):
    content = b"citrus fruit,margarine\r\nyogurt\r\n"
    kept = content.replace(b"\r\n", b"\n")
    known = downloads.Download((), hashlib.sha256(kept).hexdigest(), downloads.DOWNLOADS["groceries"].prepare)
    monkeypatch.setattr(downloads, "DOWNLOADS", {"groceries": known})
    monkeypatch.setattr(downloads, "data_folder", lambda: tmp_path)
    (tmp_path / "groceries").mkdir()
    (tmp_path / "copy").write_bytes(content)
    done = CliRunner().invoke(main, ["fetch", "groceries", "--from", str(tmp_path / "copy")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "groceries" / "groceries.csv").read_bytes() == kept
