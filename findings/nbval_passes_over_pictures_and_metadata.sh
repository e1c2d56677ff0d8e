#!/usr/bin/env bash
# nbval, the usual regression test of notebooks, says that outputs are compared with those stored.
#
# One would guess that a stored notebook whose figure was replaced by another, or whose outputs carry other metadata,
# is red. What happens: pictures and metadata are left out of the comparison, and outputs of different media are not
# compared for their order. The text beside a figure is often the same for every figure, so the test stays green.
#
# Why it matters: a report of customer data is made of figures and of the results that travel in the metadata. A chart
# that shows other customers than last month's passes as "notebook reproduced".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check nbval==0.11.0 ipykernel==7.1.0 pillow==12.0.0
cd "$folder"
cat > make.py <<'PY'
import base64, io
import nbformat
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image

SOURCE = """import io, base64
from PIL import Image
from IPython.display import publish_display_data
drawn = io.BytesIO()
Image.new("RGB", (200, 100), "white").save(drawn, format="PNG")
publish_display_data(
    {"image/png": drawn.getvalue(), "text/plain": "<a figure>"}, metadata={"result": {"revenue": 100}}
)
publish_display_data({"text/markdown": "the reading"})"""

def picture(colour):
    content = io.BytesIO()
    Image.new("RGB", (200, 100), colour).save(content, format="PNG")
    return base64.b64encode(content.getvalue()).decode()

def figure(colour="white", revenue=100, text="<a figure>"):
    data = {"image/png": picture(colour), "text/plain": text}
    return new_output("display_data", data=data, metadata={"result": {"revenue": revenue}})

reading = new_output("display_data", data={"text/markdown": "the reading"})
for name, outputs in {
    "as_drawn": [figure(), reading],
    "other_picture": [figure("red"), reading],
    "other_metadata": [figure(revenue=999), reading],
    "other_order": [reading, figure()],
    "other_text": [figure(text="<no figure>"), reading],
}.items():
    cell = new_code_cell(SOURCE, outputs=outputs, execution_count=1)
    nbformat.write(new_notebook(cells=[cell]), f"{name}.ipynb")
PY
venv/bin/python make.py
said=$(venv/bin/python -m pytest --nbval --nbval-current-env -q -rA -p no:cacheprovider . 2>&1 || true)
echo "$said" | grep -E "^(PASSED|FAILED)"
for name in as_drawn other_picture other_metadata other_order; do
    echo "$said" | grep -qE "^PASSED .*$name" || { echo "changed: $name is no longer green"; exit 1; }
done
echo "$said" | grep -qE "^FAILED .*other_text" || { echo "changed: another text is no longer red"; exit 1; }
echo "As seen: a replaced picture, other metadata and another order are green; only another text is red."
