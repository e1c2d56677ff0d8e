"""Columns computed from others: the expression of a study file as an expression on the source."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from helpers.study.number_text import TOO_LARGE
from helpers.study.steps.expressions import Expression, Name, Number, names_in


@dataclass(frozen=True)
class Operand:
    """A column that an expression uses.

    Parameters
    ----------
    name : str
        As the expression writes it.
    sources : tuple of str
        Source columns it is made of.
    value : ibis float64 column
        Its numbers.
    misfit : ibis boolean column or None
        Where a given value is no number; None where that is asked of a standard column already.
    """

    name: str
    sources: tuple[str, ...]
    value: Any
    misfit: Any = None


@dataclass(frozen=True)
class Computation:
    """How a column was computed, for the check of its rows.

    Parameters
    ----------
    text : str
        The expression as written.
    operands : tuple of Operand
        The columns it uses.
    by_nought : ibis boolean column or None
        Where it divides by nought; None where it divides by no column.
    too_large : ibis boolean column or None
        Where the result has more digits than any amount; None for a number alone.
    """

    text: str
    operands: tuple[Operand, ...]
    by_nought: Any
    too_large: Any

    @property
    def faulty(self) -> Any:
        """Where the result is missing for a reason that is a fault of its own."""
        tests = [self.too_large, self.by_nought, *(one.misfit for one in self.operands)]
        return ibis.or_(*(test.fill_null(False) for test in tests if test is not None))


@dataclass
class _Evaluation:
    operand_of: Callable[[str], Operand]
    operands: dict[str, Operand] = field(default_factory=dict)
    divisors: list[Any] = field(default_factory=list)

    def value_of(self, expression: Expression) -> Any:
        if isinstance(expression, Number):
            return ibis.literal(expression.value, type=dt.float64)
        if isinstance(expression, Name):
            if expression.name not in self.operands:
                self.operands[expression.name] = self.operand_of(expression.name)
            return self.operands[expression.name].value
        left, right = self.value_of(expression.left), self.value_of(expression.right)
        if expression.sign == "/":
            self.divisors += [right] if names_in(expression.right) else []
            return left / right.nullif(0.0)
        return {"+": left.__add__, "-": left.__sub__, "*": left.__mul__}[expression.sign](right)


def compute(expression: Expression, text: str, operand_of: Callable[[str], Operand]) -> tuple[Any, Computation]:
    """Return the numbers an expression gives, row by row, and how they came about.

    Parameters
    ----------
    expression : Expression
        As `parse_expression` returns it.
    text : str
        As the study file writes it.
    operand_of : callable
        Returns the column that a name of the expression stands for.

    Returns
    -------
    value : ibis float64 column
        Missing where a column is, where it divides by nought, and where the result is too large.
    computation : Computation
    """
    evaluation = _Evaluation(operand_of)
    value = evaluation.value_of(expression)
    if not evaluation.operands:
        return value, Computation(text, (), None, None)
    too_large = (value.abs() >= TOO_LARGE).fill_null(False)
    by_nought = None
    for divisor in evaluation.divisors:
        test = (divisor == 0.0).fill_null(False)
        by_nought = test if by_nought is None else by_nought | test
    kept = ibis.cases((too_large, ibis.null(dt.float64)), else_=value)
    return kept, Computation(text, tuple(evaluation.operands.values()), by_nought, too_large)
