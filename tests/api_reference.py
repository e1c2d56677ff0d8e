"""Make the reference of the package from its docstrings: `python -m tests.api_reference FOLDER`, or `make docs`.

Needs the extra `docs` (pdoc). Whatever pdoc warns of is an error, but for annotations that Python cannot work out when
the program runs, such as pd.Series[int], which stand as they are written. A package with a face shows what is public.
"""

import sys
import warnings
from pathlib import Path

from helpers.suite.running.prepared_main import LEFT_OUT

AS_WRITTEN = "Error parsing type annotation"


def make(folder: Path, *, show_source: bool = True) -> list[Path]:
    """Write one page per module of the package and return the pages.

    Parameters
    ----------
    folder : Path
        New or existing; pages of the same name are replaced.
    show_source : bool
        Whether the code stands below what it is about; to colour it takes a third of the time.
    """
    import pdoc

    pdoc.render.configure(
        docformat="numpy", math=True, search=True, show_source=show_source, footer_text="CRM notebooks"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.filterwarnings("ignore", AS_WRITTEN, UserWarning)
        for name in LEFT_OUT:
            warnings.filterwarnings("ignore", f"Couldn't import {name}", UserWarning)
        pdoc.pdoc("helpers", *(f"!{name}" for name in LEFT_OUT), output_directory=folder)
    return sorted(folder.rglob("*.html"))


if __name__ == "__main__":
    target = Path(sys.argv[1])
    print(f"{len(make(target))} pages: {target / 'helpers.html'}")
