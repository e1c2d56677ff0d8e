"""The one place where the suite speaks to the notebook's screen."""

from collections.abc import Mapping

from IPython.display import publish_display_data

from helpers.core.plain_text import printable_all
from helpers.suite.report.blocks import IN_NOTEBOOK, KEY


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
