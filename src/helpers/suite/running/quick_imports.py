"""What takes long to import and serves nobody here is left out of the program that runs notebooks."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

OPTIONAL = ("rfc3987_syntax", "isoduration")
"""jsonschema takes them, where they are installed, to check addresses and durations, which no notebook holds.

The first builds a grammar for nearly a second each time, the second brings a library of dates.
"""


@contextmanager
def without_optional() -> Iterator[None]:
    """Let what a library would take if it were there be missing for a block, unless it was imported before.

    Examples
    --------
    >>> with without_optional():
    ...     import nbformat
    """
    hidden = [name for name in OPTIONAL if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None is how Python notes that there is none
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
