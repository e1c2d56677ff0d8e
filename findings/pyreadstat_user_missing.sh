#!/usr/bin/env bash
# An SPSS file marks codes such as 99 for "refused" as missing by the user. One would guess that reading it keeps the fact
# somewhere: the metadata have a field `missing_ranges` for it. A plain read of pyreadstat turns the codes into missing
# values and leaves that field empty, though the label of the code is still among the value labels. Whoever counts why
# answers are missing sees nothing unless the file is read with user_missing=True; whoever reads it so and does not apply
# the ranges takes 99 for a very satisfied customer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyreadstat==1.3.7 pandas==3.0.0
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import pandas
import pyreadstat

answers = pandas.DataFrame({"service": [7.0, 9.0, 99.0, None]})
pyreadstat.write_sav(
    answers,
    "asked.sav",
    variable_value_labels={"service": {99: "refused"}},
    missing_ranges={"service": [99]},
)
plain, about_plain = pyreadstat.read_sav("asked.sav")
full, about_full = pyreadstat.read_sav("asked.sav", user_missing=True)
print("pyreadstat", pyreadstat.__version__)
print("plain read:", plain["service"].tolist(), "missing_ranges:", about_plain.missing_ranges)
print("user_missing=True:", full["service"].tolist(), "missing_ranges:", about_full.missing_ranges)
assert plain["service"].isna().sum() == 2
assert about_plain.missing_ranges == {}
assert about_plain.variable_value_labels == {"service": {99.0: "refused"}}
assert full["service"].tolist()[2] == 99.0
assert about_full.missing_ranges == {"service": [{"lo": 99.0, "hi": 99.0}]}
assert full["service"].mean() > 38
PYTHON
