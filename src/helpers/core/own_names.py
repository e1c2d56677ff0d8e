"""Names of columns of ours that stand beside those of a client."""


def own_name(what: str) -> str:
    """Return a name for a column of ours beside those of a source, which none of them has.

    It holds two blanks in a row: of several blanks in the names of a source and of a study file, one is left.

    Examples
    --------
    >>> own_name("row")
    'crm  row'
    """
    return f"crm  {what}"


def name_beside(column: str, what: str) -> str:
    """Return a name for a column of ours that says something of one of a source; none of them has it.

    Examples
    --------
    >>> name_beside("income", "known")
    'income  known'
    """
    return f"{column}  {what}"
