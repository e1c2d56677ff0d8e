"""Which functions of the stages give the same results on which engine: the table of docs/engines.md.

DuckDB is the measure. `test_agreement.py` calls every function on every engine; what is not the same there stands here
with its reason, and the table is made of both: `python -m tests.engines.agreement` writes it.
"""

from tests.engines.differences import DOCUMENT, put_between
from tests.engines.stage_functions import CALLS, public_functions

ENGINES = ("sqlite", "postgres", "spark")
BEGIN, END = "<!-- agreement: begin -->", "<!-- agreement: end -->"
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("postgres", "judge_prices"): "equal but for one order of 3,809 by 0.0001: a half at the fifth decimal",
}
"""By engine and function: what differs, and why."""
NOT_YET_SEEN: dict[str, frozenset[str]] = {engine: frozenset() for engine in ENGINES}
"""By engine: functions whose results there have not been set beside DuckDB's since they were last changed."""
RELATIVE = 1e-9
"""How far apart numbers with decimals may be, of their size; counts, texts and days are the same."""


def as_markdown() -> str:
    """Return the table: a row for each function, a column for each engine."""
    modules = public_functions()
    lines = [["function", "module", *ENGINES], ["---"] * (2 + len(ENGINES))]
    for name in CALLS:
        found = [_said(engine, name) for engine in ENGINES]
        lines.append([f"`{name}`", modules[name.split(" of ")[0]], *found])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _said(engine: str, name: str) -> str:
    return "not yet run" if name in NOT_YET_SEEN[engine] else EXCEPTIONS.get((engine, name), "equal")


if __name__ == "__main__":
    put_between(DOCUMENT, BEGIN, END, as_markdown())
