"""A filter for git: of the version of Python that a saved notebook names, keep what is stored.

JupyterLab writes the version of its own kernel into every notebook it saves, which differs from machine to machine.
`make quiet-git` turns the filter on in a clone; it changes what git compares, never a file on disk.
"""

import re
import sys

STORED_PYTHON = "3.11.7"  # of whoever stored the notebooks
_VERSION = re.compile(rb'^(   "version": )"3\.[\w.+]+"(\r?)$', flags=re.MULTILINE)  # so deep only in language_info


def clean(notebook: bytes) -> bytes:
    """Return a notebook file with the version of Python as stored."""
    return _VERSION.sub(rb'\1"%s"\2' % STORED_PYTHON.encode("ascii"), notebook)


if __name__ == "__main__":
    sys.stdout.buffer.write(clean(sys.stdin.buffer.read()))
