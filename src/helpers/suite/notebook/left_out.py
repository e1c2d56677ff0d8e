"""What data do not allow is left out whole: the cells that rest on it are passed over, with the reason.

A notebook asks once whether something can be done (`Book.attempt`, `Book.table_if_there`, `Book.some`). Where it
cannot, the name holds a `LeftOut`, and every cell that would use the name is passed over; so are the cells that rest on
those. No cell needs an `if` of its own.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

HANDLED_BY = "known"
"""Method of the book that asks about a name; a cell that calls it deals with the missing value itself."""


@dataclass(frozen=True)
class LeftOut:
    """Stands for what the data do not allow; false, so that `known` and plain conditions can ask.

    Parameters
    ----------
    why : str
        Reason, as the end of a sentence.

    Examples
    --------
    >>> bool(LeftOut("no table of contacts"))
    False
    """

    why: str

    def __bool__(self) -> bool:
        """Be false."""
        return False


def names_needed(tree: ast.Module) -> tuple[set[str], set[str]]:
    r"""Return the names a cell uses as they were before it, and those it defines.

    Names that the cell asks about with `book.known(name)` are not among those used.

    Examples
    --------
    >>> used, defined = names_needed(ast.parse("title = book.title('a')\naxes = draw(test, title=title)"))
    >>> sorted(used), sorted(defined)
    (['book', 'draw', 'test'], ['axes', 'title'])
    """
    handled = {
        argument.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == HANDLED_BY
        for argument in node.args
        if isinstance(argument, ast.Name)
    }
    names = _Names()
    names.visit(tree)
    return names.used - handled, names.defined


class _Names(ast.NodeVisitor):
    """Follows a cell in the order it runs: names used before the cell has set them, and names it sets for good.

    What a comprehension, a lambda or a function calls its own is neither: another cell may use the same name.
    """

    def __init__(self) -> None:
        self.used: set[str] = set()
        self.defined: set[str] = set()

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.defined.add(node.id)
        elif node.id not in self.defined:
            self.used.add(node.id)

    def visit_Assign(self, node: ast.Assign) -> None:
        self._in_order(node.value, *node.targets)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._in_order(node.value, node.target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name) and node.target.id not in self.defined:
            self.used.add(node.target.id)
        self._in_order(node.value, node.target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self._in_order(node.value, node.target)

    def visit_For(self, node: ast.For) -> None:
        self._in_order(node.iter, node.target, *node.body, *node.orelse)

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> None:
        self._apart(*node.generators, node.elt)

    visit_SetComp = visit_GeneratorExp = visit_ListComp  # noqa: N815 (names of the visitor)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._apart(*node.generators, node.key, node.value)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self._in_order(node.iter, node.target, *node.ifs)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._apart(node.args, node.body)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.defined.add(node.name)
        self._apart(node.args, *node.body)

    def visit_arg(self, node: ast.arg) -> None:
        self.defined.add(node.arg)

    def _in_order(self, *nodes: ast.AST | None) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    def _apart(self, *nodes: ast.AST) -> None:
        """Visit what has names of its own, and forget them afterwards."""
        before = set(self.defined)
        self._in_order(*nodes)
        self.defined = before


class PassOver(ast.NodeTransformer):
    """Empties a cell that rests on something left out, and hands the reason on to the names it would have defined.

    Parameters
    ----------
    namespace : dict
        Of the notebook.
    show : callable
        Takes the reason, for whoever reads the notebook.
    """

    def __init__(self, namespace: dict[str, Any], show: Callable[[str], None]) -> None:
        self.namespace = namespace
        self.show = show

    def visit_Module(self, node: ast.Module) -> ast.Module:
        """Return the cell, or an empty one in its place."""
        used, defined = names_needed(node)
        why = reason_to_pass_over(used, self.namespace)
        if why is None:
            return node
        self.namespace.update({name: LeftOut(why) for name in defined})
        self.show(why)
        return ast.Module(body=[], type_ignores=[])


def reason_to_pass_over(used: set[str], namespace: Mapping[str, object]) -> str | None:
    """Return why a cell that uses these names is passed over; None where it is not."""
    found = (namespace.get(name) for name in sorted(used))
    return next((one.why for one in found if isinstance(one, LeftOut)), None)
