"""How alike two texts are: by DuckDB's definition on every database, and without dear counts where a cheap one will do.

Nearly all pairs compared are strangers. Counting their slips with swapped neighbours (Damerau, 1964) takes DuckDB five
to seven times as long as counting without (Levenshtein, 1966), and was four fifths of the work of a linkage. One swap
is two slips without swaps at most, so that the cheap count settles most pairs.
"""

from collections.abc import Mapping

import splink.comparison_level_library as cll
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


class FewSlipsLevel(ComparisonLevelCreator):
    """At most so many slips between two texts, the swap of two neighbours being one.

    Parameters
    ----------
    name : str
        Plain name of the field.
    slips : int
        Slips at most.
    long : bool
        Whether the field's values are long beside the slips. In short ones (five digits, two slips) the count without
        swaps rules out hardly a pair.

    Examples
    --------
    >>> FewSlipsLevel("born", 1).create_sql(SplinkDialect.from_string("duckdb"))
    'case when levenshtein("born_l", "born_r") <= 2 then damerau_levenshtein("born_l", "born_r") <= 1 else false end'
    >>> FewSlipsLevel("born", 1).create_sql(SplinkDialect.from_string("spark"))
    'crm_damerau_levenshtein(`born_l`, `born_r`) <= 1'
    """

    def __init__(self, name: str, slips: int, *, long: bool = True) -> None:
        self._without_swaps = LikenessLevel(cll.LevenshteinLevel(name, 2 * slips))
        self._slips, self._long = LikenessLevel(cll.DamerauLevenshteinLevel(name, slips)), long

    def create_sql(self, sql_dialect: SplinkDialect) -> str:
        """Return the condition in the words of a database."""
        few = self._slips.create_sql(sql_dialect)
        # Spark asks Python for both counts of every pair, whatever stands before.
        if not self._long or sql_dialect.sql_dialect_str != "duckdb":
            return few
        return f"case when {self._without_swaps.create_sql(sql_dialect)} then {few} else false end"

    def create_label_for_charts(self) -> str:
        """Return Splink's own label."""
        return self._slips.create_label_for_charts()
