#!/usr/bin/env bash
# An .ods sheet of LibreOffice in German, French or any language but English, read by pandas 3.1.1 with odfpy 1.4.1.
#
# One would guess: a cell that the file marks as a boolean with the value true is read as True; the text beside it is only
# what the sheet shows. What happens: pandas takes the text. Where it is "TRUE" the cell is True, and everything else is
# False: WAHR, VRAI, VERDADERO. Numbers and dates of the same sheet are taken from their values. calamine 0.9.1 takes
# the value here too, so the same call gives another column by the engine that happens to be installed or asked for.
# Why it matters: a column "may be written to" of a German office is False for every customer, with the type of a proper
# boolean, without an error; or, as "has objected", lets everybody through.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    "pandas==3.1.1" "odfpy==1.4.1" "python-calamine==0.9.1" "defusedxml==0.7.1"
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import pandas as pd
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

languages = {"English": ("TRUE", "FALSE"), "German": ("WAHR", "FALSCH"), "French": ("VRAI", "FAUX")}
print("pandas", pd.__version__, "odfpy", version("odfpy"), "calamine", version("python-calamine"))
for language, shown in languages.items():
    document = OpenDocumentSpreadsheet()
    sheet = Table(name="customers")
    heading = TableRow()
    cell = TableCell(valuetype="string")
    cell.addElement(P(text="consent"))
    heading.addElement(cell)
    sheet.addElement(heading)
    for value, text in zip(("true", "false", "true"), (shown[0], shown[1], shown[0]), strict=True):
        row, cell = TableRow(), TableCell(valuetype="boolean", booleanvalue=value)
        cell.addElement(P(text=text))
        row.addElement(cell)
        sheet.addElement(row)
    document.spreadsheet.addElement(sheet)
    document.save(f"{language}.ods")
    read = {engine: pd.read_excel(f"{language}.ods", engine=engine)["consent"] for engine in ("odf", "calamine")}
    print(f"{language}: by odf {read['odf'].tolist()}, by calamine {read['calamine'].tolist()}")
    assert read["calamine"].tolist() == [True, False, True]
    assert read["odf"].tolist() == ([True, False, True] if language == "English" else [False, False, False])
    assert read["odf"].dtype == bool
default = pd.read_excel("German.ods")["consent"].tolist()
print(f"German, engine not named: {default}")
assert default == [False, False, False]
PYTHON
