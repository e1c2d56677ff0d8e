"""How alike two texts are: one definition on every database, that of DuckDB."""

from collections.abc import Mapping

from splink.internals.comparison_level_creator import ComparisonLevelCreator
from splink.internals.dialects import SplinkDialect

LIKENESS_FUNCTIONS: Mapping[str, str] = {
    "jaro_winkler_similarity": "crm_jaro_winkler",
    "damerau_levenshtein": "crm_damerau_levenshtein",
    "levenshtein": "crm_levenshtein",
}
"""DuckDB's functions, and what they are called on a database that has others of its own."""


class LikenessLevel(ComparisonLevelCreator):
    """A level of agreement by likeness, by DuckDB's definition on every database.

    Parameters
    ----------
    level : splink.comparison_level_library.ComparisonLevelCreator
        Splink's level, with one of `LIKENESS_FUNCTIONS`.

    Examples
    --------
    >>> import splink.comparison_level_library as cll
    >>> level = LikenessLevel(cll.JaroWinklerLevel("name", 0.92))
    >>> level.create_sql(SplinkDialect.from_string("duckdb"))
    'jaro_winkler_similarity("name_l", "name_r") >= 0.92'
    >>> level.create_sql(SplinkDialect.from_string("spark"))
    'crm_jaro_winkler(`name_l`, `name_r`) >= 0.92'
    """

    def __init__(self, level: ComparisonLevelCreator) -> None:
        self._level = level

    def create_sql(self, sql_dialect: SplinkDialect) -> str:
        """Return the condition in the words of a database."""
        sql = str(self._level.create_sql(sql_dialect))
        if sql_dialect.sql_dialect_str != "spark":
            return sql
        own = {
            sql_dialect.jaro_winkler_function_name: "jaro_winkler_similarity",
            sql_dialect.damerau_levenshtein_function_name: "damerau_levenshtein",
            sql_dialect.levenshtein_function_name: "levenshtein",
        }
        function, bracket, rest = sql.partition("(")
        return f"{LIKENESS_FUNCTIONS[own[function]]}{bracket}{rest}"

    def create_label_for_charts(self) -> str:
        """Return Splink's own label."""
        return str(self._level.create_label_for_charts())
