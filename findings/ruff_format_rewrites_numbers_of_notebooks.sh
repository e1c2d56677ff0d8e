#!/usr/bin/env bash
# One would guess that a formatter of code leaves the stored outputs of a notebook alone.
# ruff format reads and writes the whole file: where one cell of code needs another look, every number in the outputs'
# metadata is written anew, 1e-06 as 1e-6, and some with other digits. A file that needs no formatting stays as it is.
# Why it matters: named results and plotted data of customers stand in that metadata; a harmless reformatting becomes a
# difference of hundreds of lines, and a comparison of bytes is red.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check ruff==0.17.6
cat > make.py <<'PY'
import json
import sys

source = {"untidy": "x = f( 1 )", "tidy": "x = f(1)"}[sys.argv[1]]
piece = {"tolerance": 1e-06, "shares": [1.99493749819e-16, 0.25]}
output = {"output_type": "display_data", "data": {"text/plain": "x"}, "metadata": {"piece": piece}}
cell = {"cell_type": "code", "id": "a", "execution_count": 1, "metadata": {}, "outputs": [output], "source": [source]}
kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
meta = {"kernelspec": kernel, "language_info": {"name": "python"}}
notebook = {"cells": [cell], "metadata": meta, "nbformat": 4, "nbformat_minor": 5}
with open(sys.argv[1] + ".ipynb", "w", encoding="utf-8") as file:
    json.dump(notebook, file, indent=1)
    file.write("\n")
PY
python3 make.py tidy
python3 make.py untidy
cp tidy.ipynb tidy.before
venv/bin/ruff format --quiet tidy.ipynb untidy.ipynb
echo "$(venv/bin/ruff --version), numbers of the output after formatting:"
grep -n '"tolerance"\|e-16' untidy.ipynb
cmp tidy.ipynb tidy.before
grep -q '"tolerance": 1e-6$' untidy.ipynb
grep -q '1.9949374981899999e-16' untidy.ipynb
echo "As stated: the tidy notebook is as it was, the numbers of the untidy one are written otherwise."
