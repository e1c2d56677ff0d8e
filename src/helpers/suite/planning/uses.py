"""Which chapters read which field: what a gap in the data would cost later."""

from collections.abc import Iterable

from helpers.core import places
from helpers.suite.planning.needs import alternatives, columns_needed, concerns_business, table_of
from helpers.suite.planning.notebook_file import NotebookFile, read_notebooks


def chapters_by_field(
    notebooks: Iterable[NotebookFile] | None = None, *, after: str = ""
) -> dict[str, tuple[str, ...]]:
    """Return the titles of the chapters that read each field, by "table.column".

    Parameters
    ----------
    notebooks : iterable of NotebookFile, optional
        All notebooks of the suite when missing.
    after : str
        Name, or beginning of the name, of the notebook that asks: only those behind it in reading order are reported.

    Returns
    -------
    dict of str to tuple of str
        Fields named in the needs and wants of a notebook, and the required ones of the tables it names; titles in
        reading order, without their question mark. What reads a field of the customers reads it of their records too,
        from which the customers are made.
    """
    found: dict[str, dict[str, None]] = {}
    for notebook in read_notebooks(places.notebooks_folder()) if notebooks is None else notebooks:
        if notebook.summarises or (after and (notebook.name <= after or notebook.name.startswith(after))):
            continue
        wishes = [one for need in (*notebook.needs, *notebook.wants) for one in alternatives(need)]
        for wish in filter(concerns_business, wishes):
            for column in columns_needed(wish):
                found.setdefault(f"{table_of(wish)}.{column}", {})[notebook.title.rstrip("?")] = None
    for field in [name for name in found if table_of(name) == "customers"]:
        before_linking = f"customer_records.{field.partition('.')[2]}"
        found[before_linking] = found.get(before_linking, {}) | found[field]
    return {field: tuple(titles) for field, titles in found.items()}
