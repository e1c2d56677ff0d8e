"""What a report says of returns: their results, sentences and table, where there are any."""

from collections.abc import Mapping
from types import MappingProxyType

from helpers.identification import ReturnFigures
from helpers.suite.notebook.book import Book

RESULTS: Mapping[str, str] = MappingProxyType(
    {
        "lines_received": "lines before the analysis date, returns among them",
        "orders_received": "orders before the analysis date, credit notes among them",
        "return_lines": "lines with a negative amount",
        "return_line_share": "lines with a negative amount, of all received",
        "returned_amount": "money that went back, by all returns",
        "credit_note_orders": "orders below zero: no purchase",
        "undone_orders": "orders of which everything came back: no purchase either",
        "undone_customers": "customers of whom no purchase is left",
        "set_off_amount": "returns set off against the purchases they undo",
        "unmatched_return_lines": "returns that found no purchase before them, or one for a part only",
        "unmatched_return_amount": "returns that found no purchase, left out",
    }
)
"""Named results, each an attribute of `ReturnFigures`, and what it means."""

_COUNTED = (
    "Of {lines_received} lines received, {return_lines} {return_lines:is a return|are returns}, together "
    "{returned_amount}. A return is no order and no visit: {set_off_amount} was set off against the purchases it "
    "undid, on the days of these. Of {orders_received} orders received, {credit_note_orders} "
    "{credit_note_orders:is a credit note|are credit notes} and {undone_orders} came back as a whole."
)
_KEPT_NOTHING = (
    "{undone_customers} {undone_customers:customer has|customers have} no purchase left and "
    "{undone_customers:counts|count} nowhere."
)
_UNMATCHED = (
    "{unmatched_return_lines} {unmatched_return_lines:return|returns} found too little bought before, such as goods "
    "bought before the data begin: {unmatched_return_amount} is left out of all figures."
)


def report_returns(book: Book, returned: ReturnFigures) -> None:
    """Name what came back, say what became of it, also where the report is about the data, and show it by step.

    Parameters
    ----------
    book : Book
        Where to show it; nothing is shown where nothing came back.
    returned : ReturnFigures
        From `helpers.identification.measure_returns`.
    """
    if not returned.return_lines:
        return
    book.results(returned, **RESULTS)
    book.about_data(_COUNTED)
    if returned.undone_customers:
        book.about_data(_KEPT_NOTHING)
    if returned.unmatched_return_lines:
        book.about_data(_UNMATCHED)
    steps = returned.by_step[returned.by_step["return_lines"] > 0].set_index("step")
    about = "One row per step that found any, in order; a return may take several. Shares are of all that came back."
    book.table(steps, name="returns", title="What returns were set off against", about=about)
