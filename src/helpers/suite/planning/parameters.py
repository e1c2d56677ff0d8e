"""The parameters cell: one specification for people, papermill and the runner.

Each line reads `name: type = default  # meaning, unit [low..high]` or `{a, b, c}`. A meaning that ends in "assumed"
marks a default that is a guess (see `helpers.suite.notebook.assumptions`). This module parses such a cell, converts
what a user typed and reports every fault at once.

What is allowed may depend on the study. The braces then say in words which part of the study decides:

- `{attribute of customers}`: a text column that the study's table has; `{columns of contracts}`: several columns,
  separated by commas;
- `{products.category, products.brand}`: one of these columns, which the table must have;
- `{usual, cost drivers file}`: a name that comes with the suite, or a file beside study.yml.

`helpers.suite.planning.study_values` holds such values to a study.
"""

import ast
import io
import math
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from helpers.core.errors import Fault, InputError, some_of, unknown_name
from helpers.study.standard_tables import STANDARD_TABLES

Value = str | int | float | bool
Place = str | Callable[[str], str]
"""Where values come from, for messages: in words, or as a function of the parameter's name."""
TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
TYPE_IN_WORDS = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false"}
_RANGE = re.compile(r"\[\s*(-?[\d._]+|[a-z]\w*)?\s*\.\.\s*(-?[\d._]+)?\s*\]\s*$")
_CHOICES = re.compile(r"\{([^{}]*)\}\s*$")
FILE = " file"  # ends what says that a file beside study.yml is allowed
_LINE = "name: type = default  # meaning, unit [low..high]"
_ASSUMED = re.compile(r"[,;] assumed\b[^,;]*$")
_COLUMN = re.compile(r"([a-z_]+)\.([a-z_]+)")
_OF_STUDY = re.compile(r"(attribute|columns) of [a-z_]+|(hierarchy|cost drivers|path model) file")
_OF_STUDY_IN_WORDS = {
    "attribute": "an attribute of the study's {table}",
    "columns": "columns of the study's {table}, separated by commas",
    "column": "where the study's {table} have it",
    "file": "or a {} beside study.yml",
}
_CHOICE = (
    "words, columns of one table, attribute of <table>, columns of <table>, hierarchy file, cost drivers file, "
    "path model file"
)
_WORDS_OF_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True)
class Parameter:
    """One line of a parameters cell.

    Parameters
    ----------
    name : str
        Name of the parameter.
    type_name : {"str", "int", "float", "bool"}
        Type as written.
    default : str or int or float or bool
        Value when nobody says otherwise.
    about : str
        Meaning and unit.
    low, high : float or None
        Range of a number, both ends allowed.
    choices : tuple of str
        The only texts allowed; empty when any text will do.
    above : str
        Another parameter that this one must be greater than, written in place of the lower end.
    of_study : str
        What of the study decides what is allowed: "attribute of customers", "columns of contracts", "column of
        products" (one of the choices, which the table must have), "hierarchy file"; empty when nothing does.
    """

    name: str
    type_name: str
    default: Value
    about: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    above: str = ""
    of_study: str = ""

    @property
    def allowed(self) -> str:
        """What a value may be, in words."""
        if self.choices or self.of_study:
            return ", ".join([*self.choices, *([_of_study_in_words(self.of_study)] if self.of_study else [])])
        words = TYPE_IN_WORDS[self.type_name]
        if self.low is None and self.high is None and not self.above:
            return words
        low = self.above if self.low is None else _as_typed(self.low)
        high = "" if self.high is None else _as_typed(self.high)
        return f"{words} in {low}..{high}"

    @property
    def is_share(self) -> bool:
        """Whether values are parts of a whole, best read per cent."""
        within_one = self.high is not None and self.high <= 1
        return self.type_name == "float" and (within_one or "share of" in self.about)

    @property
    def is_assumed(self) -> bool:
        """Whether the default is a guess: the meaning ends in "assumed" or "assumed where …"."""
        return _ASSUMED.search(self.about) is not None

    def convert(self, given: object) -> Value:
        """Return the given value as this parameter's type, or raise with what is allowed.

        Text is read as a person would type it on a command line; a number is never cut to a whole number.

        Raises
        ------
        InputError
            When the value has the wrong type or lies outside the range or choices.

        Examples
        --------
        >>> Parameter("horizon_months", "int", 12, low=1, high=60).convert("24")
        24
        >>> Parameter("horizon_months", "int", 12, low=1, high=60).convert(0)
        Traceback (most recent call last):
        helpers.core.errors.InputError: parameter horizon_months: 0 is out of range
        """
        where = f"parameter {self.name}"
        value = self._typed(given)
        if value is None:
            what = f"{given!r} is not a {TYPE_IN_WORDS[self.type_name]}"
            if self.type_name in ("str", "bool"):
                what = f"{given!r} is not {TYPE_IN_WORDS[self.type_name]}"
            raise InputError(Fault(what, where, self.allowed, f"give {self.name} a value that is allowed"))
        if self.choices and not self.of_study.endswith(FILE) and str(value) not in self.choices:
            fault = unknown_name(str(value), self.choices, kind="choice", where=where)
            raise InputError(fault)
        if isinstance(value, (int, float)) and not self._in_range(value):
            raise InputError(Fault(f"{given} is out of range", where, self.allowed, f"give {self.name} a value within"))
        return value

    def _in_range(self, value: float) -> bool:
        above = self.low is None or value >= self.low
        below = self.high is None or value <= self.high
        return above and below

    def _typed(self, given: object) -> Value | None:
        """Return the value in this parameter's type, None when it cannot be read so."""
        text = given.strip() if isinstance(given, str) else None
        if self.type_name == "str":
            return given if isinstance(given, str) else None
        if self.type_name == "bool":
            return given if isinstance(given, bool) else _WORDS_OF_TRUTH.get((text or "").casefold())
        if isinstance(given, bool):
            return None
        try:
            number = float(text.replace("_", "")) if text is not None else given
            if self.type_name == "float":
                plain = float(number)  # type: ignore[arg-type]
                return plain if math.isfinite(plain) else None
            whole = int(text.replace("_", "")) if text is not None else given
        except (TypeError, ValueError):
            return None
        return whole if isinstance(whole, int) else None


def _as_typed(number: float) -> str:
    """Return a number as a person would type it: never with an exponent where it is whole."""
    return f"{number:.0f}" if float(number).is_integer() else repr(number)


def parse_parameters(cell: str, *, where: str = "parameters cell") -> dict[str, Parameter]:
    """Read a parameters cell.

    Parameters
    ----------
    cell : str
        Source of the cell.
    where : str
        What to call the cell in messages.

    Returns
    -------
    dict of str to Parameter
        In the order written.

    Raises
    ------
    InputError
        When a line is not of the form `name: type = default  # meaning`, all such lines at once.

    Examples
    --------
    >>> spec = parse_parameters('horizon_months: int = 12  # forecast horizon, months [1..60]')
    >>> spec["horizon_months"].high, spec["horizon_months"].about
    (60.0, 'forecast horizon, months')
    """
    try:
        nodes = ast.parse(cell).body
    except SyntaxError as error:
        what, place = f"cannot be read: {error.msg}", f"{where}, line {error.lineno}"
        fault = Fault(what, where=place, allowed=_LINE, remedy="correct the line and run the cell again")
        raise InputError(fault) from None
    comments = _comments(cell)
    found: dict[str, Parameter] = {}
    faults: list[Fault] = []
    for node in nodes:
        place = f"{where}, line {node.lineno}"
        try:
            parameter = _parse_line(node, _comment_of(node, comments), place)
        except InputError as error:
            faults.extend(error.faults)
            continue
        if parameter.name in found:
            faults.append(
                Fault(f"parameter {parameter.name!r} is defined twice", where=place, remedy="keep one of the two lines")
            )
        found[parameter.name] = parameter
    if faults:
        raise InputError(faults)
    return found


def _comments(cell: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(cell).readline)
    return {token.start[0]: token.string.lstrip("# ").strip() for token in tokens if token.type == tokenize.COMMENT}


def _comment_of(node: ast.stmt, comments: Mapping[int, str]) -> str:
    """Return the comment of a parameter; a formatter may have moved it to any line of a long definition."""
    lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
    return " ".join(comments[line] for line in lines if line in comments)


def _parse_line(node: ast.stmt, comment: str, place: str) -> Parameter:
    if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None):
        raise InputError(_no_parameter(node, place))
    type_name = ast.unparse(node.annotation)
    if type_name not in TYPES:
        raise InputError(unknown_name(type_name, list(TYPES), kind="type", where=place))
    about, low, high, words = _limits(comment)
    choices, of_study = _choices(words, place)
    parameter = Parameter(node.target.id, type_name, "", about, low, high, choices, _above(comment), of_study)
    try:
        default = parameter.convert(ast.literal_eval(node.value))
    except InputError as error:
        raise InputError(replace(fault, where=f"{place}, {fault.where}") for fault in error.faults) from None
    except ValueError:
        what = f"the default {ast.unparse(node.value)!r} cannot be read without running it"
        remedy = f"write the value of {parameter.name} itself"
        raise InputError(Fault(what, where=place, allowed=parameter.allowed, remedy=remedy)) from None
    return replace(parameter, default=default)


def _no_parameter(node: ast.stmt, place: str) -> Fault:
    """Return what a line of the cell is, and what to do with it."""
    written = ast.unparse(node)
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        what, remedy = f"cannot read {written!r}: it has no default", f"write {written} = and the default"
    elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        name, value = node.targets[0].id, ast.unparse(node.value)
        what, remedy = f"cannot read {written!r}: it has no type", f"write {name}: {_type_of(node.value)} = {value}"
    else:
        what = f"cannot read {written!r}: it is no parameter, and this cell holds nothing else"
        remedy = "move it to a cell of its own, below"
    return Fault(what, where=place, allowed=_LINE, remedy=remedy)


def _type_of(written: ast.expr) -> str:
    try:
        name = type(ast.literal_eval(written)).__name__
    except ValueError:
        return "float"
    return name if name in TYPES else "str"


def _limits(comment: str) -> tuple[str, float | None, float | None, tuple[str, ...]]:
    """Split a comment into its meaning and the limits at its end."""
    if match := _RANGE.search(comment):
        low, high = (_number(text) for text in match.groups())
        return comment[: match.start()].strip().rstrip(","), low, high, ()
    if match := _CHOICES.search(comment):
        choices = tuple(word.strip() for word in match.group(1).split(",") if word.strip())
        return comment[: match.start()].strip().rstrip(","), None, None, choices
    return comment, None, None, ()


def _choices(words: tuple[str, ...], place: str) -> tuple[tuple[str, ...], str]:
    """Split what stands in braces into plain choices and what of the study decides."""
    columns = [_COLUMN.fullmatch(word) for word in words]
    if words and all(columns):
        tables = {match[1] for match in columns if match}
        if len(tables) == 1:
            return tuple(match[2] for match in columns if match), f"column of {tables.pop()}"
    plain, of_study = words, ""
    if words and " " in words[-1]:
        plain, of_study = words[:-1], words[-1]
    unknown = [word for word in plain if " " in word or "." in word]
    unknown += [of_study] if of_study and not _is_of_study(of_study) else []
    if unknown:
        what = f"the choice {some_of(unknown)} cannot be read"
        raise InputError(Fault(what, where=place, allowed=_CHOICE, remedy="write the choices so"))
    return plain, of_study


def _is_of_study(words: str) -> bool:
    return bool(_OF_STUDY.fullmatch(words)) and (words.endswith(FILE) or words.rpartition(" ")[2] in STANDARD_TABLES)


def _of_study_in_words(of_study: str) -> str:
    """Say what of the study decides."""
    kind = "file" if of_study.endswith(FILE) else of_study.partition(" ")[0]
    return _OF_STUDY_IN_WORDS[kind].format(of_study, table=of_study.rpartition(" ")[2])


def _number(text: str | None) -> float | None:
    return None if not text or text[0].isalpha() else float(text.replace("_", ""))


def _above(comment: str) -> str:
    match = _RANGE.search(comment)
    return match.group(1) if match and match.group(1) and match.group(1)[0].isalpha() else ""


def resolve(
    specification: Mapping[str, Parameter], *layers: tuple[Place, Mapping[str, object]], known: Iterable[str] = ()
) -> dict[str, Value]:
    """Return the value of every parameter: its default, overridden by each layer in turn.

    Parameters
    ----------
    specification : mapping of str to Parameter
        What the notebook accepts.
    *layers : tuple of (str or callable, mapping)
        Where the values come from (for messages; a function gets the name of the parameter) and the values, weakest
        first.
    known : iterable of str
        Names that other notebooks accept: no fault here, only of no use.

    Returns
    -------
    dict of str to value
        In the order of the specification.

    Raises
    ------
    InputError
        All unknown names and unusable values of all layers at once.

    Examples
    --------
    >>> spec = parse_parameters("seed: int = 1  # random seed [0..]")
    >>> resolve(spec, ("command line", {"seed": "7"}))
    {'seed': 7}
    """
    values, faults = resolve_with_faults(specification, *layers, known=known)
    if faults:
        raise InputError(faults)
    return values


def resolve_with_faults(
    specification: Mapping[str, Parameter],
    *layers: tuple[Place, Mapping[str, object]],
    known: Iterable[str] = (),
    listed: Sequence[str] = (),
) -> tuple[dict[str, Value], list[Fault]]:
    """Return what `resolve` returns and what it raises; a value at fault gives way to the next weaker one.

    So that whatever else may be wrong can be known in the same breath. A fault of an unknown name lists `listed`, by
    default all of the specification.
    """
    values: dict[str, Value] = {name: parameter.default for name, parameter in specification.items()}
    allowed = list(dict.fromkeys([*specification, *known]))
    faults: list[Fault] = []
    for source, given in layers:
        for name, value in given.items():
            where = source if isinstance(source, str) else source(name)
            if name in specification:
                try:
                    values[name] = specification[name].convert(value)
                except InputError as error:
                    faults.extend(replace(fault, where=f"{where}, {fault.where}") for fault in error.faults)
            elif name not in allowed:
                faults.append(unknown_name(name, listed or allowed, kind="parameter", where=where, also=allowed))
    faults = faults or list(_out_of_order(specification, values))
    return values, faults


def _out_of_order(specification: Mapping[str, Parameter], values: Mapping[str, Value]) -> Iterator[Fault]:
    """Tell parameters that must lie above another one and do not."""
    for name, parameter in specification.items():
        other = parameter.above
        if other in values and not float(values[name]) > float(values[other]):
            what = f"{values[name]} is not above {other}, which is {values[other]}"
            remedy = f"set {name} higher, or {other} lower"
            yield Fault(what, f"parameter {name}", parameter.allowed, remedy)
