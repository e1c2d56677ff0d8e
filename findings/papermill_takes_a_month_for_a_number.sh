#!/usr/bin/env bash
# papermill 2.7.0: `papermill in.ipynb out.ipynb -p month 2024_01`, where the notebook says month = "2023_12".
#
# One would guess: a value that does not look like a number stays text, the more so where the notebook's own value is
# text, as papermill shows with --help-notebook. What happens: papermill tries Python's int() and float() on it, which
# allow underscores between digits and know "nan" and "infinity". The month is the number 202401, the name Nan a float,
# the code 007 is 7. Only -r keeps a text; nothing is printed.
# Why it matters: folders and tables of one month are named so. A name is composed with 202401 and another file is found,
# or none; a filter of a text column by a number keeps no customer; and a name that equals nothing, itself included.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check papermill==2.7.0 ipykernel==7.4.0
cd "$folder"
export JUPYTER_DATA_DIR=$folder/data JUPYTER_RUNTIME_DIR=$folder/run IPYTHONDIR=$folder/ipython
cat > make.py <<'PYTHON'
import nbformat
from nbformat.v4 import new_code_cell, new_notebook

first = new_code_cell('month = "2023_12"\nname = "Lee"\ncode = "001"', metadata={"tags": ["parameters"]})
kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
nbformat.write(new_notebook(cells=[first, new_code_cell("print([month, name, code])")], metadata={"kernelspec": kernel}), "in.ipynb")
PYTHON
cat > show.py <<'PYTHON'
import sys

import nbformat

print(nbformat.read(sys.argv[1], 4).cells[-1].outputs[0].text.strip())
PYTHON
"$folder/venv/bin/python" make.py
for option in -p -r; do
    "$folder/venv/bin/papermill" --no-progress-bar in.ipynb "out$option.ipynb" \
        "$option" month 2024_01 "$option" name Nan "$option" code 007 2> log.txt || { cat log.txt; exit 1; }
    echo "papermill 2.7.0, given 2024_01, Nan and 007 with $option: $("$folder/venv/bin/python" show.py "out$option.ipynb")"
done
[ "$("$folder/venv/bin/python" show.py out-p.ipynb)" = "[202401, nan, 7]" ]
[ "$("$folder/venv/bin/python" show.py out-r.ipynb)" = "['2024_01', 'Nan', '007']" ]
