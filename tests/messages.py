"""Every message of a room as its code words it: `python -m tests.messages` writes `tests/ROOM/messages.txt` anew.

Read from the source, not provoked: so no message can be missed, and none depends on data. What a message fills in
stands in braces; of wordings that depend on a case, all are given, with a bar between them.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "helpers"
ROOMS = (
    "core",
    "study",
    "identification",
    "differentiation",
    "value",
    "interaction",
    "evaluation",
    "replication",
    "simulation",
    "narrative",
    "suite",
)
PARTS = {"Fault": ["what", "where", "allowed", "remedy"], "DataWarning": ["what", "where", "remedy"]}
"""By class of message, its parts in the order of its arguments."""
UNWORDED = ("where", "table", "rows", "money")
DEEPEST = 4  # names that stand for names
Function = ast.FunctionDef | ast.Module
Wordings = dict[str, list[ast.expr]]


def written(expression: ast.expr, names: Wordings, depth: int = 0) -> str:
    """Return a text as it is worded, with what is filled in in braces."""
    if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
        return expression.value
    if isinstance(expression, ast.JoinedStr):
        return "".join(written(part, names, depth) for part in expression.values)
    if isinstance(expression, ast.FormattedValue):
        inner = expression.value
        return written(inner, names, depth) if isinstance(inner, ast.IfExp) else filled_in(inner)
    if isinstance(expression, ast.BinOp) and isinstance(expression.op, ast.Add):
        return written(expression.left, names, depth) + written(expression.right, names, depth)
    if isinstance(expression, ast.IfExp):
        ways = (written(way, names, depth) or "nothing" for way in (expression.body, expression.orelse))
        return f"({' | '.join(ways)})"
    if isinstance(expression, ast.Name) and expression.id in names and depth < DEEPEST:
        ways = [written(way, names, depth + 1) for way in names[expression.id]]
        return ways[0] if len(ways) == 1 else f"({' | '.join(ways)})"
    return filled_in(expression)


def filled_in(expression: ast.expr) -> str:
    """Return what is filled in; texts within it are left out, as versions of Python quote them in different ways."""
    texts = any(isinstance(node, ast.JoinedStr) for node in ast.walk(expression))
    return "{…}" if texts else f"{{{ast.unparse(expression)}}}"


def wordings(scope: Function) -> Wordings:
    """Return the texts that a function, or a module itself, gives names to."""
    found: Wordings = {}
    for node in ast.walk(scope) if isinstance(scope, ast.FunctionDef) else scope.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            found.setdefault(node.targets[0].id, []).append(node.value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            found.setdefault(node.target.id, []).append(node.value)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
            named, values = node.targets[0].elts, getattr(node.value, "elts", [])
            for name, value in zip(named, values, strict=False):
                if isinstance(name, ast.Name):
                    found.setdefault(name.id, []).append(value)
    return {name: ways for name, ways in found.items() if all(map(is_text, ways))}


def is_text(expression: ast.expr) -> bool:
    """Say whether an expression is a text in the code, or made of some."""
    if isinstance(expression, ast.IfExp):
        return is_text(expression.body) or is_text(expression.orelse)
    if isinstance(expression, ast.BinOp):
        return is_text(expression.left) or is_text(expression.right)
    return isinstance(expression, ast.JoinedStr) or (
        isinstance(expression, ast.Constant) and isinstance(expression.value, str)
    )


def scopes(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    """Yield the functions of a module, methods under their class, and the module itself for what stands outside."""
    yield "", tree
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{part.name}", part) for part in node.body if isinstance(part, ast.FunctionDef))


def functions_that_word(trees: Iterable[ast.Module]) -> dict[str, list[str]]:
    """Return the functions that return messages, with the names of what they take."""
    found = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.returns and {*PARTS} & set(names_in(node.returns)):
                found[node.name] = [one.arg for one in (*node.args.args, *node.args.kwonlyargs) if one.arg != "self"]
    return found


def names_in(expression: ast.expr) -> Iterator[str]:
    """Yield the names in an annotation, quoted ones too."""
    text = ast.unparse(expression)
    yield from re.findall(r"\w+", text)


def messages_in(scope: Function, names: Wordings, wording: Mapping[str, list[str]]) -> Iterator[list[str]]:
    """Yield the messages that a function words, or has worded by a function that takes texts, each as lines."""
    within = ast.walk(scope) if isinstance(scope, ast.FunctionDef) else iter(scope.body)
    calls = [node for node in within if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        parts = wording.get(call.func.id)
        if parts is None or any(isinstance(argument, ast.Starred) for argument in call.args):
            continue
        given = dict(zip(parts, call.args, strict=False)) | {one.arg: one.value for one in call.keywords if one.arg}
        worded = {part: text for part, text in given.items() if part not in UNWORDED}
        if call.func.id not in PARTS:
            worded = {part: text for part, text in worded.items() if is_text(text) or is_named(text, names)}
        lines = {part: " ".join(written(text, names).split()) for part, text in worded.items()}
        if any(lines.values()):
            yield [f"  {part}: {line}" for part, line in lines.items() if line]


def is_named(expression: ast.expr, names: Wordings) -> bool:
    """Say whether an expression is the name of a text."""
    return isinstance(expression, ast.Name) and expression.id in names


def all_trees() -> dict[Path, ast.Module]:
    """Return the modules of the package as trees."""
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(SOURCE.rglob("*.py"))}


def messages_of(room: str, trees: Mapping[Path, ast.Module]) -> str:
    """Return all messages of a room, by module and function."""
    blocks, wording = [], PARTS | functions_that_word(trees.values())
    for path in (one for one in trees if one.is_relative_to(SOURCE / room)):
        of_module = wordings(trees[path])
        for name, scope in scopes(trees[path]):
            head = f"{path.relative_to(SOURCE / room).as_posix()}, {name}".rstrip(", ")
            found = messages_in(scope, of_module | (wordings(scope) if name else {}), wording)
            blocks += ["\n".join([head, *lines]) for lines in found]
    return "\n\n".join(blocks) + "\n"


def snapshot(room: str) -> Path:
    """Return where the messages of a room are kept."""
    return ROOT / "tests" / room / "messages.txt"


if __name__ == "__main__":
    modules = all_trees()
    for one in ROOMS:
        snapshot(one).write_text(messages_of(one, modules), encoding="utf-8")
