"""Words of the chapters on identification that several conditions pick: keys of the chapter's sentences, and texts."""

from helpers.core.results import enumerated
from helpers.identification import ReturnFigures, TableStanding
from helpers.narrative.chapter import chapter_words

CUSTOMERS, RECORDS = "10_customer_identification", "11_record_linkage"


def say_of_returns(returned: ReturnFigures) -> tuple[str, ...]:
    """Return the keys of the sentences about what came back.

    Parameters
    ----------
    returned : ReturnFigures
        Of a study with returns.
    """
    kept_nothing = ("returns_kept_nothing",) if returned.undone_customers else ()
    unmatched = ("returns_unmatched",) if returned.unmatched_return_lines else ()
    return ("returns_counted", *kept_nothing, *unmatched)


def say_of_tables(standing: TableStanding) -> tuple[str, dict[str, str]]:
    """Return the verdict on the tables as a template, and the names it asks for.

    Parameters
    ----------
    standing : TableStanding
        From `helpers.identification.judge_tables`.

    Examples
    --------
    >>> say_of_tables(TableStanding(("transactions",), (), (), good=True))[0]
    'Required fields of {sound} can be relied on.'
    """
    words = chapter_words(CUSTOMERS)
    named = {kind: enumerated(getattr(standing, kind)) for kind in ("sound", "poor", "doubted")}
    said = [words.sentence(f"tables_{kind}") for kind, tables in named.items() if tables]
    return " ".join(said), named


def say_of_buyers(linked: int, named: int) -> str:
    """Return the key of the sentence that sets the linked customers who bought beside those whom the orders name.

    Parameters
    ----------
    linked : int
        Customers found by linking who have an order.
    named : int
        Customers whom the lines of orders name, counted in the chapter on who the customers are.

    Examples
    --------
    >>> say_of_buyers(5, 5), say_of_buyers(6, 5), say_of_buyers(4, 5)
    ('buyers_as_many', 'buyers_more', 'buyers_fewer')
    """
    if linked == named:
        return "buyers_as_many"
    return "buyers_more" if linked > named else "buyers_fewer"
