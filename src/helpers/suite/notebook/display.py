"""The one place where the suite speaks to the notebook's screen."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from IPython.display import publish_display_data

from helpers.core.plain_text import printable_all
from helpers.core.results import significant
from helpers.suite.report.blocks import EXAMPLE, IN_NOTEBOOK, KEY


def show(data: Mapping[str, object], piece: Mapping[str, object], **metadata: object) -> None:
    """Show an output and attach its piece for the report; control characters from client data are made visible.

    Parameters
    ----------
    data : mapping of str to object
        The output by media type; regression tests compare it as text.
    piece : mapping
        What the report takes, see `helpers.suite.report.blocks`.
    **metadata : object
        Further metadata by media type.
    """
    described = {KEY: dict(piece), **metadata}
    publish_display_data(printable_all(data), metadata=printable_all(described))  # type: ignore[no-untyped-call]


def show_beside_report(markdown: str) -> None:
    """Show in the notebook what the report already takes from another piece, such as the caption of a figure."""
    text = printable_all({"text/markdown": markdown, "text/plain": markdown})
    publish_display_data(text, metadata={KEY: {"kind": IN_NOTEBOOK}})  # type: ignore[no-untyped-call]


def show_example(found: object) -> None:
    """Show what a worked example or a fit came to, four significant digits; the analyst report shows it too.

    Parameters
    ----------
    found : DataFrame, Series, mapping or scalar
        A mapping is shown as a column of its values.
    """
    if isinstance(found, Mapping):
        found = pd.Series(dict(found), dtype=object)
    if isinstance(found, pd.Series):
        found = found.to_frame(str(found.name) if found.name is not None else "")
    if isinstance(found, pd.DataFrame):
        frame = found.map(_short)
        data = {"text/plain": frame.to_string(), "text/html": frame.to_html(border=0, justify="left")}
    else:
        data = {"text/plain": str(_short(found))}
    publish_display_data(printable_all(data), metadata={KEY: {"kind": EXAMPLE}})  # type: ignore[no-untyped-call]


def _short(value: object) -> object:
    """Return a number to four significant digits, everything else as it is."""
    if isinstance(value, float | np.floating):
        return significant(float(value)) if math.isfinite(value) else "–"
    return value
