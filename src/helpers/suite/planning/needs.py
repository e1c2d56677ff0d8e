"""What a notebook needs of a study: a standard table ("products"), or a column of one ("products.category").

Where one of several will do they are joined by "or": "contracts or transactions". All needs of a notebook must be met.
"""

from collections.abc import Iterable

from helpers.core.errors import Fault, unknown_name
from helpers.study.standard_tables import STANDARD_TABLES
from helpers.study.study import Study

LINKED_TABLE = "customer_records"
"""The notebook that needs it links them."""
_OR = " or "


def alternatives(need: str) -> tuple[str, ...]:
    """Return the tables or columns of which any one meets a need.

    Examples
    --------
    >>> alternatives("contracts or products.category"), alternatives("products")
    (('contracts', 'products.category'), ('products',))
    """
    return tuple(one.strip() for one in need.split(_OR))


def table_of(need: str) -> str:
    """Return the table of a need, of one that stands alone.

    Examples
    --------
    >>> table_of("products.category"), table_of("products")
    ('products', 'products')
    """
    return need.partition(".")[0]


def columns_needed(need: str) -> tuple[str, ...]:
    """Return the columns the table must have to meet a need that stands alone: its required ones and the one named.

    Examples
    --------
    >>> columns_needed("products.category"), columns_needed("products")
    (('product_id', 'category'), ('product_id',))
    """
    column = need.partition(".")[2]
    return tuple(dict.fromkeys((*STANDARD_TABLES[table_of(need)].required, *([column] if column else []))))


def needed_data(need: str) -> str:
    """Return what a needed table is and which columns it must have, in one line; alternatives joined by "or".

    Examples
    --------
    >>> needed_data("responses")
    'responses (one response of one customer to one campaign; customer_id, campaign_id)'
    >>> needed_data("products.category")
    'products with category (one product; product_id, category)'
    """
    return _OR.join(f"{_named(one)} ({demanded(one)})" for one in alternatives(need))


def in_words(need: str) -> str:
    """Return a need as a client would say it.

    Examples
    --------
    >>> in_words("contracts or products.category"), in_words("lead_stages")
    ('contracts or products with category', 'lead stages')
    """
    return _OR.join(_named(one) for one in alternatives(need)).replace("_", " ")


def demanded(need: str) -> str:
    """Return the grain and the columns of the table of a need that stands alone.

    Examples
    --------
    >>> demanded("products.category")
    'one product; product_id, category'
    """
    return f"{STANDARD_TABLES[table_of(need)].grain}; {', '.join(columns_needed(need))}"


def unknown_needs(needs: Iterable[str], where: str) -> list[Fault]:
    """Return the needs that name no standard table, or none of its columns, each with the nearest."""
    faults = []
    for need in (one for several in needs for one in alternatives(several)):
        table, dot, column = need.partition(".")
        if table not in STANDARD_TABLES:
            faults.append(unknown_name(table, list(STANDARD_TABLES), kind="table", where=where))
        elif dot and column not in STANDARD_TABLES[table].column_names:
            known = STANDARD_TABLES[table].column_names
            faults.append(unknown_name(column, known, kind=f"column of table {table}", where=where))
    return faults


def missing_from(study: Study, needs: Iterable[str]) -> tuple[str, ...]:
    """Return the needs that a study does not meet, in the order given; alternatives are met by any one of them."""
    return tuple(need for need in needs if not any(_has(study, one) for one in alternatives(need)))


def concerns_business(need: str) -> bool:
    """Whether a client could bring what meets a need; tables for checks of the suite itself are no client's.

    Examples
    --------
    >>> concerns_business("contracts or products.category"), concerns_business("published_values")
    (True, False)
    """
    return any(STANDARD_TABLES[table_of(one)].of_business for one in alternatives(need))


def _has(study: Study, need: str) -> bool:
    return study.has(table_of(need), need.partition(".")[2])


def _named(need: str) -> str:
    return " with ".join(need.split(".", 1))
