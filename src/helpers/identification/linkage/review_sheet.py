"""The review sheet as an Excel workbook, and its answers read back.

Whatever stands in a customer's record is written as text: a name that begins with "=" must not become a formula when a
reviewer opens or edits the sheet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pandas as pd

from helpers.core.damaged_workbooks import damage_as_fault, require_modest
from helpers.core.errors import Fault, InputError, counted, some_of
from helpers.core.plain_text import printable
from helpers.identification.linkage.records import Frames
from helpers.identification.linkage.review import Review
from helpers.identification.linkage.review_rules import (
    AS_WRITTEN,
    PAIR_RULES,
    STRATUM_RULES,
    missing_columns,
    number_faults,
    stratum_faults,
)

ANSWERS: tuple[str, ...] = ("yes", "no", "unsure")
ANSWER_COLUMN = "one customer?"
# The row of a sheet below its header.
FIRST_ROW = 2
PAIRS_SHEET, STRATA_SHEET, HELP_SHEET = "pairs", "strata", "read me"
HEADER = ("pair", "source_l", "record_id_l", "source_r", "record_id_r", "stratum")
# What spreadsheet programs take for the start of a formula or a command.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
CELL_AT_MOST = 32_000
UNPACKED_AT_MOST = 200_000_000  # bytes
REVIEW_SHEET = "review sheet"
_ONE_WORD = "answer with one of these words, or leave the cell empty"
LEFT, RIGHT = SIDES = " (left)", " (right)"
_HELP = (
    "One row is one pair of records. Do the two records mean the same customer?",
    f"Answer in the column '{ANSWER_COLUMN}': {', '.join(ANSWERS)}. Leave it empty if you did not look.",
    "Go from the top down: the first rows hold some pairs of every kind, so that you may stop early.",
    "Judge from the fields alone, not from the match probability.",
    "Do not add, delete or change other cells: the answers are matched by them. Sorting and filtering is fine.",
)


@dataclass(frozen=True)
class ReviewAnswers:
    """The answers of a review.

    Parameters
    ----------
    pairs : pandas.DataFrame
        `pair`, `stratum`, `source_l`, `record_id_l`, `source_r`, `record_id_r`, `answer` (missing where not answered);
        the index is the row of the sheet.
    strata : pandas.DataFrame
        As drawn.
    shown : pandas.DataFrame
        What the sheet shows of both records, in columns such as `city (left)`, by the same index.
    """

    pairs: pd.DataFrame
    strata: pd.DataFrame
    shown: pd.DataFrame


def is_formula_like(text: str) -> bool:
    """Say whether a spreadsheet program might take a text for a formula.

    Examples
    --------
    >>> is_formula_like("=1+1"), is_formula_like("O'Neil")
    (True, False)
    """
    return text.lstrip(" ").startswith(FORMULA_STARTS)


def write_review(review: Review, records: Frames, fields: Sequence[str], *, record_id: str = "record_id") -> bytes:
    """Return the review sheet as an Excel workbook.

    Parameters
    ----------
    review : Review
        From `draw_review`.
    records : pandas.DataFrame or mapping of str to pandas.DataFrame
        The records as given to `link_records`.
    fields : sequence of str
        Columns to show for both records of a pair.
    record_id : str
        Column naming the record within its source.

    Returns
    -------
    bytes
        The workbook; the same bytes for the same review.

    Raises
    ------
    InputError
        When a field or a record of the review is missing.
    """
    import xlsxwriter

    shown = records_by_key(records, fields, record_id)
    lost = [
        f"{source} {record}"
        for side in ("l", "r")
        for source, record in zip(review.pairs[f"source_{side}"], review.pairs[f"record_id_{side}"], strict=True)
        if (source, record) not in shown
    ]
    if lost:
        raise InputError(
            Fault(
                f"{len(lost):,} records of the review are missing, such as {lost[0]!r}",
                where="records",
                remedy="give the records the review was drawn from",
            )
        )
    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC)})
        formats = {
            "head": book.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
            "text": book.add_format({"num_format": "@"}),
            "quoted": book.add_format({"num_format": "@", "quote_prefix": True}),
            "differs": book.add_format({"num_format": "@", "bg_color": "#FDE9D9"}),
            "differs_quoted": book.add_format({"num_format": "@", "bg_color": "#FDE9D9", "quote_prefix": True}),
        }
        _write_pairs(book.add_worksheet(PAIRS_SHEET), formats, review, shown, fields)
        _write_table(book.add_worksheet(STRATA_SHEET), formats, review.strata)
        help_sheet = book.add_worksheet(HELP_SHEET)
        for row, line in enumerate(_HELP):
            help_sheet.write_string(row, 0, line)
    return content.getvalue()


def records_by_key(records: Frames, fields: Sequence[str], record_id: str) -> dict[tuple[str, str], list[str]]:
    """Return what a sheet shows of each record, the fields as text, by source and record.

    Parameters
    ----------
    records, fields, record_id
        As for `write_review`.

    Raises
    ------
    InputError
        When a field is missing.
    """
    if isinstance(records, pd.DataFrame):
        frames = [records if "source" in records.columns else records.assign(source="records")]
    else:
        frames = [frame.assign(source=str(name)) for name, frame in records.items()]
    shown: dict[tuple[str, str], list[str]] = {}
    for frame in frames:
        missing = [name for name in [record_id, *fields] if name not in frame.columns]
        if missing:
            allowed = ", ".join(str(name) for name in frame.columns)
            remedy = "use the sheet drawn from these records, or draw a new one"
            raise InputError([Fault(f"no column {name!r}", "records", allowed, remedy) for name in missing])
        texts = [["" if pd.isna(value) else printable(str(value)) for value in frame[field]] for field in fields]
        keys = zip(frame["source"].astype(str), frame[record_id].astype(str), strict=True)
        shown.update(zip(keys, map(list, zip(*texts, strict=True)), strict=True))
    return shown


def _write_pairs(
    sheet: Any,
    formats: Mapping[str, Any],
    review: Review,
    shown: Mapping[tuple[str, str], list[str]],
    fields: Sequence[str],
) -> None:
    sides = [f"{field}{side}" for field in fields for side in SIDES]
    header = [*HEADER[:5], ANSWER_COLUMN, *sides, "match_probability", HEADER[5]]
    for column, name in enumerate(header):
        sheet.write_string(0, column, name, formats["head"])
    answer = header.index(ANSWER_COLUMN)
    for row, pair in enumerate(review.pairs.to_dict("records"), start=1):
        keys = [str(pair[name]) for name in HEADER[1:5]]
        left, right = shown[(keys[0], keys[1])], shown[(keys[2], keys[3])]
        sheet.write_number(row, 0, pair["pair"])
        for column, key in enumerate(keys, start=1):
            _write_text(sheet, row, column, key, formats, differs=False)
        for place, (one, other) in enumerate(zip(left, right, strict=True)):
            for side, text in enumerate((one, other)):
                _write_text(sheet, row, answer + 1 + 2 * place + side, text, formats, differs=one != other)
        if pd.notna(pair["match_probability"]):
            sheet.write_number(row, len(header) - 2, round(pair["match_probability"], 4))
        sheet.write_number(row, len(header) - 1, pair["stratum"])
    last = len(review.pairs)
    sheet.data_validation(1, answer, last, answer, {"validate": "list", "source": list(ANSWERS)})
    sheet.freeze_panes(1, answer + 1)
    sheet.autofilter(0, 0, last, len(header) - 1)
    sheet.set_column(0, len(header) - 1, 16)


def _write_text(sheet: Any, row: int, column: int, text: str, formats: Mapping[str, Any], *, differs: bool) -> None:
    quoted = is_formula_like(text)
    name = ("differs_quoted" if quoted else "differs") if differs else ("quoted" if quoted else "text")
    sheet.write_string(row, column, text[:CELL_AT_MOST], formats[name])


def _write_table(sheet: Any, formats: Mapping[str, Any], table: pd.DataFrame) -> None:
    for column, name in enumerate(table.columns):
        sheet.write_string(0, column, name, formats["head"])
        for row, value in enumerate(table[name].tolist(), start=1):
            sheet.write_number(row, column, float(value))


def read_review(content: bytes) -> ReviewAnswers:
    """Read the answers of a review sheet.

    Parameters
    ----------
    content : bytes
        The workbook as the reviewer saved it.

    Returns
    -------
    ReviewAnswers
        For `match_answers`.

    Raises
    ------
    InputError
        When it is no review sheet, rows were changed, or an answer is none of those allowed; with every row at fault.
    """
    require_modest(BytesIO(content), REVIEW_SHEET, UNPACKED_AT_MOST)
    with damage_as_fault(REVIEW_SHEET):
        # "NA" may be somebody's id: only an empty cell is missing.
        sheets = pd.read_excel(
            BytesIO(content), engine="openpyxl", sheet_name=None, dtype=object, keep_default_na=False, na_values=[""]
        )
    missing = [name for name in (PAIRS_SHEET, STRATA_SHEET) if name not in sheets]
    if missing:
        raise InputError([Fault(f"no sheet {name!r}", REVIEW_SHEET, "", AS_WRITTEN) for name in missing])
    pairs, strata = (sheets[name] for name in (PAIRS_SHEET, STRATA_SHEET))
    for table in (pairs, strata):
        table.index += FIRST_ROW
    pairs, strata = (table.dropna(how="all") for table in (pairs, strata))
    _require_numbers(pairs, strata)
    answers = pairs[ANSWER_COLUMN].astype("str").str.strip().str.casefold().replace("", None)
    faults = _answer_faults(answers) + _formula_faults(content, answers) + _row_faults(pairs, strata)
    if faults:
        raise InputError(faults)
    kept = pairs[list(HEADER)].astype({"pair": "int64", "stratum": "int64"})
    sides = [name for name in pairs.columns if str(name).endswith(SIDES)]
    numbers = dict.fromkeys(STRATUM_RULES, "float64") | {"stratum": "int64", "pairs": "int64", "drawn": "int64"}
    drawn = strata.reset_index(drop=True).astype(numbers).astype({"linked": "bool"})
    return ReviewAnswers(kept.assign(answer=answers), drawn, pairs[sides])


def _require_numbers(pairs: pd.DataFrame, strata: pd.DataFrame) -> None:
    """Refuse sheets that lack columns, or hold in them what is no number where one was written."""
    faults = missing_columns(pairs, (*HEADER, ANSWER_COLUMN), PAIRS_SHEET)
    faults += missing_columns(strata, tuple(STRATUM_RULES), STRATA_SHEET)
    fields = dict.fromkeys(str(name).removesuffix(side) for name in pairs for side in SIDES if str(name).endswith(side))
    sides = tuple(f"{field}{side}" for field in fields for side in SIDES)
    faults += missing_columns(pairs, sides, PAIRS_SHEET)
    if not fields:
        what = "no column shows anything of the records"
        faults.append(Fault(what, f"sheet {PAIRS_SHEET!r}", f"columns such as 'city{LEFT}'", AS_WRITTEN))
    if faults:
        raise InputError(faults)
    faults = number_faults(pairs, PAIR_RULES, PAIRS_SHEET) + number_faults(strata, STRATUM_RULES, STRATA_SHEET)
    if faults:
        raise InputError(faults)


def _answer_faults(answers: pd.Series) -> list[Fault]:
    wrong = answers[answers.notna() & ~answers.isin(ANSWERS)]
    if wrong.empty:
        return []
    named = [f"row {row}: {answer}" for row, answer in wrong.items()]
    what = f"{counted(len(named), 'cell')} with an answer that is none: {some_of(named)}"
    return [
        Fault(
            what, where=f"sheet {PAIRS_SHEET!r}, column {ANSWER_COLUMN!r}", allowed=", ".join(ANSWERS), remedy=_ONE_WORD
        )
    ]


def _formula_faults(content: bytes, answers: pd.Series) -> list[Fault]:
    """Name the answers that are formulas whose value was not saved: they read as if nobody had answered."""
    import openpyxl

    with damage_as_fault(REVIEW_SHEET):
        columns = list(openpyxl.load_workbook(BytesIO(content))[PAIRS_SHEET].iter_cols())
    cells: tuple[Any, ...] = next((column for column in columns if column[0].value == ANSWER_COLUMN), ())
    unread = set(answers.index[answers.isna()])
    named = [f"row {cell.row}: {cell.value}" for cell in cells if cell.data_type == "f" and cell.row in unread]
    if not named:
        return []
    what = f"{counted(len(named), 'cell')} with a formula whose value was not saved: {some_of(named)}"
    where = f"sheet {PAIRS_SHEET!r}, column {ANSWER_COLUMN!r}"
    return [Fault(what, where=where, allowed=", ".join(ANSWERS), remedy="type the answers as words")]


def _row_faults(pairs: pd.DataFrame, strata: pd.DataFrame) -> list[Fault]:
    where = f"sheet {PAIRS_SHEET!r}"
    if pairs[list(HEADER)].isna().any(axis=None):
        return [Fault("cells that name a pair are empty", where, "", AS_WRITTEN)]
    if pairs["pair"].duplicated().any():
        twice = sorted(pairs.loc[pairs["pair"].duplicated(), "pair"].astype(int).unique())
        return [Fault(f"pairs stand twice: {', '.join(map(str, twice[:5]))}", where, "", AS_WRITTEN)]
    faults = stratum_faults(pairs, strata, STRATA_SHEET)
    drawn = pairs["stratum"].astype(int).value_counts().reindex(strata["stratum"].astype(int), fill_value=0)
    if not faults and list(drawn) != list(strata["drawn"]):
        faults.append(Fault("rows were added, deleted or changed", where, "", AS_WRITTEN))
    return faults
