"""SPSS files: labels of nominal columns, codes of the others, answers marked as missing, damaged files."""

from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from tests.cases import make_study

from helpers.core.errors import InputError
from helpers.study.grammar import Reading
from helpers.study.sav import read_sav
from helpers.study.statistics_files import user_missing
from helpers.study.study import load_study

ANSWERS = pd.DataFrame(
    {
        "who": ["007", "008", "009", "010"],
        "whole": [4.0, 5.0, 2.0, 3.0],
        "price": [1.0, 9.0, 5.0, 8.0],
        "sex": [1.0, 2.0, 2.0, 3.0],
        "place": ["Ulm", "xx", "Bonn", "Ulm"],
        "day": pd.to_datetime(["2024-03-01 10:15:00", "2024-03-02 00:00:00", "2024-03-03 00:00:00", None]),
    }
)
LABELS = {"price": {1: "bad", 5: "good", 9: "refused"}, "sex": {1: "man", 2: "woman"}}
MISSING = {"price": [{"lo": 8, "hi": 9}], "place": ["xx"]}


def written(folder: Path, **more) -> Path:
    path = folder / "asked.sav"
    settings = {"variable_value_labels": LABELS, "missing_ranges": MISSING, "variable_measure": {"sex": "nominal"}}
    pyreadstat.write_sav(ANSWERS, str(path), **{**settings, **more})
    return path


def read(path: Path, **options):
    return read_sav(path, path.name, Reading(source=path.name, **options))


def test_nominal_columns_come_by_their_labels_and_scales_by_their_codes(tmp_path):
    rows = read(written(tmp_path)).to_pydict()
    assert rows["who"] == ["007", "008", "009", "010"]
    assert rows["whole"] == ["4", "5", "2", "3"]
    assert rows["sex"] == ["man", "woman", "woman", "3"]
    assert rows["price"] == ["1", None, "5", None]
    assert rows["day"][:2] == ["2024-03-01 10:15:00", "2024-03-02 00:00:00"]
    assert rows["day"][3] is None


def test_a_plain_read_would_not_show_what_is_marked_as_missing(tmp_path):
    path = written(tmp_path)
    plain, _ = pyreadstat.read_sav(str(path))
    assert plain["price"].isna().sum() == 2
    assert user_missing(read(path)) == {"price": {"8": 1, "refused": 1}, "place": {"xx": 1}}


def test_columns_named_under_value_labels_are_the_only_ones_read_by_labels(tmp_path):
    rows = read(written(tmp_path), value_labels=["price"]).to_pydict()
    assert (rows["price"], rows["sex"]) == (["bad", None, "good", None], ["1", "2", "2", "3"])
    with pytest.raises(InputError, match="did you mean 'price'"):
        read(written(tmp_path), value_labels=["prise"])


@pytest.mark.parametrize("spoilt", [b"", b"who,whole\n1,2\n", b"$FL2" + b"\0" * 300], ids=["empty", "text", "zeros"])
def test_what_is_no_spss_file_is_refused(tmp_path, spoilt):
    path = tmp_path / "asked.sav"
    path.write_bytes(spoilt)
    with pytest.raises(InputError, match="no SPSS file, or a damaged one") as refused:
        read(path)
    assert refused.value.faults[0].where == "asked.sav"


def test_a_file_cut_short_is_refused(tmp_path):
    path = written(tmp_path)
    path.write_bytes(path.read_bytes()[:400])
    with pytest.raises(InputError, match="damaged"):
        read(path)


def test_a_study_counts_the_answers_marked_as_missing(tmp_path):
    folder = tmp_path / "asked"
    folder.mkdir()
    written(folder)
    columns = {"customer_id": "who", "overall": "whole", "time": "day"}
    source = {"source": "asked.sav", "columns": columns, "attributes": ["price", "sex"]}
    study = load_study(str(make_study(folder, {}, sources={"surveys": source})))
    rows = study.table("surveys").order_by("customer_id").to_pandas()
    assert rows["customer_id"].tolist() == ["007", "008", "009", "010"]
    assert rows["price"].fillna(0).tolist() == [1, 0, 5, 0]
    assert rows["sex"].tolist() == ["man", "woman", "woman", "3"]
    (warning,) = [one for one in study.warnings() if "missing" in one.what]
    assert "2 values of table surveys" in warning.what
    assert "8 (1), refused (1), in 'price'" in warning.what
    assert "xx" not in warning.what  # of a column that the study does not use
