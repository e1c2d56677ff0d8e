#!/usr/bin/env bash
# One would guess: to import a library for rules changes nothing for the others.
# What happens: mlxtend 0.25.0 tells Python at its import to show every deprecation warning, of all libraries and for good,
# each time it comes. A filter that the program had set before is overruled, as the last filter counts.
# Why it matters: a notebook that imports it shows the warnings of its data library in the middle of a client's chapter,
# in the cells after the import, and a comparison of stored outputs differs by the version of a library that nobody here
# calls. To import it inside `warnings.catch_warnings()` puts the filters back.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "mlxtend==0.25.0" "pandas==3.0.0"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
import warnings


def shown() -> int:
    """Return how many of two equal deprecations of another library would be shown."""
    with warnings.catch_warnings(record=True) as caught:
        for _ in range(2):
            warnings.warn_explicit("old", DeprecationWarning, "another_library.py", 1, registry={})
    return len(caught)


warnings.simplefilter("ignore", DeprecationWarning)
before = shown()
with warnings.catch_warnings():
    from mlxtend.frequent_patterns import fpgrowth
inside = shown()
for name in [name for name in sys.modules if name.startswith("mlxtend")]:
    del sys.modules[name]
import mlxtend
from mlxtend.frequent_patterns import fpgrowth  # noqa: F811

after = shown()
print("mlxtend", mlxtend.__version__)
print(f"shown of two: {before} before, {inside} after an import with the filters put back, {after} after a plain one")
if (before, inside, after) != (0, 0, 2):
    raise SystemExit("the behaviour has changed")
PYTHON
