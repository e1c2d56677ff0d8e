#!/usr/bin/env bash
# python-calamine gives the cells of a sheet in three shapes: to_python() begins at the first row and the first column
# that hold a cell, to_python(skip_empty_area=False) at row 1 and column A. iter_rows(), the way to read a large sheet
# row by row, should be one of the two. It is neither: it begins at row 1, and at the first column that holds a cell.
#
# Why it matters: who turns a reader to iter_rows() to save memory keeps the right row numbers and, in a list that
# begins in column B, gets every value one column too far to the left. Nothing is raised.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check python-calamine==0.9.1 openpyxl==3.1.5
"$folder/venv/bin/python" - "$folder/list.xlsx" <<'PYTHON'
import sys
from importlib.metadata import version

import openpyxl
from python_calamine import CalamineWorkbook

book = openpyxl.Workbook()
book.active["B3"], book.active["C3"], book.active["B4"], book.active["C4"] = "customer", "amount", "C1", 5
book.save(sys.argv[1])

sheet = CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0)
cut, whole, rows = sheet.to_python(), sheet.to_python(skip_empty_area=False), list(sheet.iter_rows())
print(f"python-calamine {version('python-calamine')}: a list that begins in B3")
print("to_python()                      ", cut)
print("to_python(skip_empty_area=False) ", whole)
print("iter_rows()                      ", rows)

assert cut == [["customer", "amount"], ["C1", 5.0]]
assert whole == [[""] * 3, [""] * 3, ["", "customer", "amount"], ["", "C1", 5.0]]
assert rows == [[""] * 2, [""] * 2, ["customer", "amount"], ["C1", 5.0]]
print("iter_rows() keeps the blank rows above and leaves out the blank column at the left")
PYTHON
