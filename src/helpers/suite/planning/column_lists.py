"""Parameters whose text lists columns."""


def listed_columns(value: str) -> list[str]:
    """Return the names in a parameter that lists columns.

    Examples
    --------
    >>> listed_columns("score, reason,")
    ['score', 'reason']
    """
    return [name.strip() for name in value.split(",") if name.strip()]
