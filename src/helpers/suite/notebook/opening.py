"""What a notebook's opening cell shows: the study, what must be known of its data, where each value comes from."""

from collections.abc import Mapping, Sequence

from helpers.core.results import escape_markdown
from helpers.study.data_warnings import DataWarning
from helpers.study.study import Study
from helpers.suite.planning.needs import in_words
from helpers.suite.planning.parameters import Parameter, Value

DEFAULT, STUDY_FILE, TYPED, THIS_RUN = "default", "study.yml", "parameters cell", "this run"
_SOURCES = {
    TYPED: "typed in the parameters cell",
    THIS_RUN: "given to this run",
    STUDY_FILE: "from study.yml",
    DEFAULT: "default",
}
_TO_FORCE = (
    "A value typed in the parameters cell goes before study.yml, study.yml before a default. To use a default all the "
    "same, run a cell below the parameters cell with the lines {lines}."
)


def opening_text(
    study: Study,
    specification: Mapping[str, Parameter],
    values: Mapping[str, Value],
    sources: Mapping[str, str],
    missing: Sequence[str],
    warnings: Sequence[DataWarning] = (),
) -> str:
    """Return the opening as Markdown.

    Parameters
    ----------
    study : Study
        What the notebook runs on.
    specification : mapping of str to Parameter
        From the parameters cell.
    values, sources : mapping
        The value of every parameter, and which of `default`, `study.yml`, `parameters cell`, `this run` it comes from.
    missing : sequence of str
        Standard tables and columns that the notebook would use and the study does not have.
    warnings : sequence of DataWarning
        What is odd in the data the notebook uses.
    """
    money = study.currency or "the unit of the data"
    blocks = [f"**{escape_markdown(study.title)}**, as of {study.as_of.isoformat()}, money in {escape_markdown(money)}"]
    if study.disclaimer:
        blocks.append(f"> {escape_markdown(study.disclaimer)}")
    notes = [escape_markdown(note) for note in study.notes]
    notes += [f"without {in_words(need)}: what needs it is left out" for need in missing]
    notes += [f"mind: {escape_markdown(one.what)}" for one in warnings]
    blocks += ["\n".join(f"- {note}" for note in notes)] if notes else []
    blocks.append("\n".join(_values_by_source(values, sources)))
    of_study = [name for name, source in sources.items() if source == STUDY_FILE and name in specification]
    if of_study:
        lines = f"{_code('# Parameters')} and {_line(of_study[0], specification[of_study[0]].default)}"
        blocks.append(_TO_FORCE.format(lines=lines))
    return "\n\n".join(blocks)


def _values_by_source(values: Mapping[str, Value], sources: Mapping[str, str]) -> list[str]:
    """Return one item of a list for each source that any value comes from."""
    lines = []
    for source, words in _SOURCES.items():
        set_here = [_line(name, value) for name, value in values.items() if sources[name] == source]
        lines += [f"- {words}: {', '.join(set_here)}"] if set_here else []
    return lines


def _line(name: str, value: Value) -> str:
    return _code(f"{name} = {value!r}")


def _code(text: str) -> str:
    """Return text as code in Markdown, in which nothing acts as markup."""
    return f"`{' '.join(text.replace('`', chr(39)).split())}`"
