"""What a notebook needs of a study: a standard table ("products"), or a column of one ("products.category")."""

from collections.abc import Iterable

from helpers.errors import Fault, unknown_name
from helpers.study import Study
from helpers.tables import STANDARD_TABLES


def table_of(need: str) -> str:
    """Return the table of a need.

    Examples
    --------
    >>> table_of("products.category"), table_of("products")
    ('products', 'products')
    """
    return need.partition(".")[0]


def columns_needed(need: str) -> tuple[str, ...]:
    """Return the columns the table must have to meet a need: its required ones and the one named.

    Examples
    --------
    >>> columns_needed("products.category"), columns_needed("products")
    (('product_id', 'category'), ('product_id',))
    """
    column = need.partition(".")[2]
    return tuple(dict.fromkeys((*STANDARD_TABLES[table_of(need)].required, *([column] if column else []))))


def needed_data(need: str) -> str:
    """Return what a needed table is and which columns it must have, in one line.

    Examples
    --------
    >>> needed_data("responses")
    'responses (one response of one customer to one campaign; customer_id, campaign_id)'
    >>> needed_data("products.category")
    'products with category (one product; product_id, category)'
    """
    table, _, column = need.partition(".")
    named = f"{table} with {column}" if column else table
    return f"{named} ({STANDARD_TABLES[table].grain}; {', '.join(columns_needed(need))})"


def unknown_needs(needs: Iterable[str], where: str) -> list[Fault]:
    """Return the needs that name no standard table, or none of its columns, each with the nearest."""
    faults = []
    for need in needs:
        table, dot, column = need.partition(".")
        if table not in STANDARD_TABLES:
            faults.append(unknown_name(table, list(STANDARD_TABLES), kind="table", where=where))
        elif dot and column not in STANDARD_TABLES[table].column_names:
            known = STANDARD_TABLES[table].column_names
            faults.append(unknown_name(column, known, kind=f"column of table {table}", where=where))
    return faults


def missing_from(study: Study, needs: Iterable[str]) -> tuple[str, ...]:
    """Return the needs that a study does not meet, in the order given."""
    return tuple(need for need in needs if not study.has(table_of(need), need.partition(".")[2]))
