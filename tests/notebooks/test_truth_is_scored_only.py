"""What is known to be true serves to score a method: no notebook lets it take part in one."""

import ast
from pathlib import Path

import nbformat
import pytest
from ruamel.yaml import YAML

from helpers.study.standard_tables import STANDARD_TABLES

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
TRUTH = tuple(name for name in STANDARD_TABLES if name.startswith("known_"))
MAY_TAKE_IT = (
    "score_clusters",
    "score_effects",
    "score_profit",
    "score_states",
    "score_alarm",
    "score_loyalty",
    "score_favourites",
    "score_segments",
    "score_anomalies",
    "score_leaks",
    "collect_answers",
    "answer_from_truth",
    "explain_missed",
)  # they measure, and return it not
MAY_NAME_IT = ("book.has", "book.table_if_there", "study.has", "study.table", "next")


def misuses(source: str) -> list[str]:
    """Return the lines of a program that use the truth for anything but scoring."""
    tree = ast.parse(source)
    above = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    truths: set[str] = set()
    wrong: list[int] = []
    for node in sorted((n for n in ast.walk(tree) if isinstance(n, ast.Constant | ast.Name)), key=_place):
        named = isinstance(node, ast.Constant) and str(node.value).split(".")[0] in TRUTH
        held = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in truths
        if not (named or held) or _is_asked_for(node, above):
            continue
        calls = _calls(node, above)
        if any(call.rpartition(".")[2] in MAY_TAKE_IT for call in calls):
            continue
        if calls and calls[0] not in MAY_NAME_IT:
            wrong.append(node.lineno)
        elif target := _assigned(node, above):
            truths.add(target)
    return [source.splitlines()[line - 1].strip() for line in dict.fromkeys(wrong)]


def _place(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _calls(node: ast.AST, above: dict[ast.AST, ast.AST]) -> list[str]:
    """Names of the calls that a value is an argument of, the innermost first."""
    found = []
    while node in above:
        inner, node = node, above[node]
        if isinstance(node, ast.Call) and inner is not node.func:
            found.append(ast.unparse(node.func))
    return found


def _assigned(node: ast.AST, above: dict[ast.AST, ast.AST]) -> str:
    while node in above:
        node = above[node]
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            return node.targets[0].id
    return ""


def _is_asked_for(node: ast.AST, above: dict[ast.AST, ast.AST]) -> bool:
    """Whether a value is only asked whether it is there."""
    parent = above[node]
    if isinstance(parent, ast.Compare):
        return all(isinstance(operator, ast.Is | ast.IsNot) for operator in parent.ops)
    return isinstance(parent, ast.If | ast.IfExp) and parent.test is node


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_notebook_uses_the_truth_but_to_score(path):
    cells = nbformat.read(path, as_version=4).cells
    source = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    assert misuses(source) == []


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ('truth = study.table("known_pairs").to_pandas()\nscore = linking.score_clusters(clusters, truth)', []),
        ('truth = study.table("known_pairs")\nlinked = link(records, truth)', ["linked = link(records, truth)"]),
        ('truth = book.table_if_there("known_profit")\nscore = pf.score_profit(profit, truth.to_pandas())', []),
        ('truth = book.table_if_there("known_profit")\nbest = pf.rank(truth)', ["best = pf.rank(truth)"]),
        ('name = "known_pairs"\ntruth = study.table(name)\nbook.table(truth)', ["book.table(truth)"]),
        (
            'truth = study.table("known_profit")\nif truth is not None:\n    best = truth.head()\nuse(best)',
            ["use(best)"],
        ),
    ],
)
def test_a_misuse_is_found(source, wrong):
    assert misuses(source) == wrong


def test_only_tables_of_the_truth_are_read_from_its_folder():
    for file in sorted((ROOT / "data").glob("*/study.yml")):
        tables = YAML(typ="safe").load(file.read_text(encoding="utf-8")).get("tables", {})
        read = {name for name, table in tables.items() if str(table.get("source", "")).startswith("truth")}
        assert read <= set(TRUTH), file
