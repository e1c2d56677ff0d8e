"""Contacts whose source says who was held back, in a column that the study does not use."""

from collections.abc import Iterator
from typing import Any

from helpers.core.errors import counted, some_of
from helpers.core.results import in_unit
from helpers.study.data_warnings import DataWarning
from helpers.study.oddities.unused_rows import columns_of_words, in_yaml
from helpers.study.tables import StudyTables

_CONTROL = (
    r"^(control|hold.?out|held.?back|not.?(sent|mailed|contacted|treated)|untreated|kontrol|nicht.?(versendet|"
    r"angeschrieben|kontaktiert)|contr[oô]le|t[eé]moins?|non.?(envoyé|contacté|ciblé)|grupo.(de.)?contr|no.?enviado|"
    r"n[aã]o.?enviado|gruppo.di.controllo|niet.?verzonden|ej.?skickad|grupa.kontrolna|"
    r"контрольн|对照|未触达|対照|コントロール|대조)"
)
_MOST_WORDS = 5


def held_back_but_counted(study: StudyTables, name: str, part: int) -> Iterator[DataWarning]:
    """Tell a column whose words say that some were held back, where all count as contacted."""
    if name != "contacts":
        return
    spec, prepared = study.spec_of(name, part), study.prepare_part(name, part)
    if any(one.name == "treated" for one in prepared.columns):
        return
    table = prepared.raw.table
    for column in columns_of_words(prepared, spec):
        text = table[column].strip()
        words = table.filter(text != "").select(word=text, held=text.lower().re_search(_CONTROL))
        groups = words.group_by("word", "held").aggregate(rows=words.count())
        found = groups.order_by("word").limit(_MOST_WORDS + 1).to_pyarrow().to_pylist()
        held = [row for row in found if row["held"]]
        if held and len(held) < len(found) <= _MOST_WORDS:
            yield _warning(study, name, part, column, found)
            return


def _warning(study: StudyTables, name: str, part: int, column: str, found: list[dict[str, Any]]) -> DataWarning:
    held, others = ([row["word"] for row in found if row["held"] == side] for side in (True, False))
    rows = sum(row["rows"] for row in found if row["held"])
    share = in_unit(rows / sum(row["rows"] for row in found), "share")
    what = (
        f"column {column} of table {name} holds {some_of(held)} in {counted(rows, 'row')} ({share}): "
        f"they count as contacted"
    )
    yes, no = (f"[{', '.join(map(in_yaml, words))}]" for words in (others, held))
    remedy = (
        f"if they were held back, add treated: {in_yaml(column)} to the columns of table {name}, and to the table "
        f"yes: {{treated: {yes}}} and no: {{treated: {no}}}"
    )
    return DataWarning(what, study.lines.where(*study.place(name, part)), remedy, name, rows)
