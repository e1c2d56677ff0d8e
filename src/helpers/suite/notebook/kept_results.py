"""Where the chapters of one run keep small results for each other: one file for each, in a folder of the run."""

import os
from contextlib import suppress
from pathlib import Path

FOLDER = "kept_results"


class ResultFiles:
    """Keeps texts as files; one is there as a whole or not at all.

    Parameters
    ----------
    folder : Path
        For the time of one run; made when the first result is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER

    def read(self, key: str) -> str | None:
        """Return the text kept under a key, None where there is none that can be read."""
        try:
            return (self._folder / key).read_text(encoding="utf-8")
        except OSError:
            return None

    def write(self, key: str, text: str) -> None:
        """Keep a text; where the disk does not allow it nothing is kept."""
        own = self._folder / f"{key}.{os.getpid()}"
        with suppress(OSError):
            self._folder.mkdir(exist_ok=True)
            own.write_text(text, encoding="utf-8", newline="\n")
            own.replace(self._folder / key)
