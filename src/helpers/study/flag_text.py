"""Yes and no written as words: the usual words of several languages, and those a study states."""

from typing import Any

import ibis
import ibis.expr.datatypes as dt

from helpers.study.grammar import TableSpec

# Polish, Czech, Hungarian, Finnish, Turkish, Russian, Japanese, Korean; the Nordic languages have ja and nei.
_MORE_YES = ("tak", "ano", "igen", "kyllä", "evet", "да", "はい", "예", "verdadero", "vero", "verdadeiro", "waar")
_MORE_NO = ("nie", "ne", "nem", "ei", "hayır", "hayir", "нет", "いいえ", "아니오", "nej", "nei", "falso", "onwaar")
YES = ("true", "yes", "y", "1", "1.0", "t", "ja", "j", "wahr", "oui", "vrai", "sí", "si", "sì", "sim", "是", *_MORE_YES)
NO = ("false", "no", "n", "0", "0.0", "f", "nein", "falsch", "non", "faux", "não", "nee", "否", *_MORE_NO)


def parse_flag(text: Any, spec: TableSpec, column: str) -> Any:
    """Return text as true or false; NULL where it is neither.

    Parameters
    ----------
    text : ibis string column
        Words, in whatever case.
    spec : TableSpec
        Words that the study states take the place of the usual ones. Where it states one side only, every other word
        stands for the other side.
    column : str
        The standard column.
    """
    folded = text.strip().lower()
    yes, no = spec.words(column)
    nothing = ibis.null(dt.boolean)
    if yes and no:
        return ibis.cases((folded.isin(list(yes)), True), (folded.isin(list(no)), False), else_=nothing)
    if yes or no:
        stated = folded.isin(list(yes or no))
        return ibis.cases((folded == "", nothing), (stated, bool(yes)), else_=not yes)
    return ibis.cases((folded.isin(YES), True), (folded.isin(NO), False), else_=nothing)
