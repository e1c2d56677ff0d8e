"""What the data do not allow is left out whole: the cells that rest on it, and those that rest on them."""

import ast

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from tests import notebook_shell
from tests.suite.test_book import SmallStudy

from helpers.core.errors import Fault, InputError
from helpers.core.results import Ledger
from helpers.narrative.chapter import ChapterWords, words_from
from helpers.suite.notebook.book import Book
from helpers.suite.notebook.left_out import LeftOut, names_needed

WORDS = words_from(
    {
        "results": {
            "best_customers": "called the best",
            "gini_revenue": {"about": "Gini", "unit": "index", "tolerance": 1e-3},
        },
        "sentences": {"no_forecast": "No forecast can be tested", "best": "{best_customers} are the best of {all}"},
        "figures": {"curve": {"title": "{best_customers} bring half", "alt": "A curve."}},
        "tables": {"classes": {"title": "Classes", "about": "One row per class."}},
        "methods": {"abc": {"text": "Ranked by revenue.", "source": "Lorenz (1905)"}},
    }
)


LEFT_OUT = """
from helpers.suite.notebook.left_out import LeftOut
test = LeftOut("no forecast")
"""


def refuse() -> None:
    raise InputError(Fault("no line from the months held back", where="transactions"))


@pytest.fixture
def book() -> Book:
    return Book(SmallStudy(), {}, Ledger("EUR"), words=WORDS)


@pytest.fixture
def opened_shell(shell: InteractiveShell) -> InteractiveShell:
    notebook_shell.run(shell, notebook_shell.PARAMETERS, notebook_shell.OPEN, LEFT_OUT)
    return shell


@pytest.mark.parametrize(
    ("cell", "used", "defined"),
    [
        ("axes = draw(test)\naxes.set(title=title)", {"draw", "test", "title"}, {"axes"}),
        ("total = 0\ntotal += part", {"part"}, {"total"}),
        ("chosen = test.chosen if book.known(test) else usual", {"book", "usual"}, {"chosen"}),
        ("short = [row.name for row in rows if row]", {"rows"}, {"short"}),
        ("{key: value for key, value in pairs}", {"pairs"}, set()),
        ("ranked = sorted(rows, key=lambda row: row.share * scale)", {"sorted", "rows", "scale"}, {"ranked"}),
        ("for name, one in tables.items():\n    book.table(one, name=name)", {"tables", "book"}, {"name", "one"}),
        ("with book.for_analysts() as held:\n    held.say(test)", {"book", "test"}, {"held"}),
        ("total += part", {"total", "part"}, {"total"}),
    ],
)
def test_a_cell_needs_what_it_uses_before_defining_it(cell, used, defined):
    assert names_needed(ast.parse(cell)) == (used, defined)


def test_cells_that_rest_on_what_is_left_out_are_passed_over_and_so_are_those_after_them(opened_shell):
    shown = notebook_shell.run(opened_shell, "errors = test.errors\nran = True")
    assert [output.data["text/markdown"] for output in shown] == ["*Left out: no forecast.*"]
    assert notebook_shell.pieces(shown) == []
    notebook_shell.run(opened_shell, "worst = errors.max()", "untouched = 1")
    assert isinstance(opened_shell.user_ns["worst"], LeftOut)
    assert isinstance(opened_shell.user_ns["ran"], LeftOut)
    assert opened_shell.user_ns["untouched"] == 1


def test_a_cell_that_asks_whether_something_is_known_runs(opened_shell):
    notebook_shell.run(opened_shell, "chosen = test.chosen if book.known(test) else 'usual'")
    assert opened_shell.user_ns["chosen"] == "usual"


def test_a_name_inside_a_comprehension_that_is_left_out_leaves_out_no_other_cell(opened_shell):
    notebook_shell.run(opened_shell, "errors = [one.error for one in test]", "names = [one for one in 'ab']")
    assert opened_shell.user_ns["names"] == ["a", "b"]
    notebook_shell.run(opened_shell, "for one in test:\n    worst = one", "for one in 'cd':\n    last = one")
    assert opened_shell.user_ns["last"] == "d"


def test_a_cell_run_again_with_better_data_is_no_longer_passed_over(opened_shell):
    notebook_shell.run(opened_shell, "double = test * 2", "test = 4", "double = test * 2")
    assert opened_shell.user_ns["double"] == 8


def test_opening_a_notebook_twice_passes_over_once(opened_shell):
    before = len(opened_shell.ast_transformers)
    notebook_shell.run(opened_shell, notebook_shell.OPEN)
    assert len(opened_shell.ast_transformers) == before


def test_an_attempt_that_is_refused_says_why_and_leaves_out(book, shown):
    why = book.attempt("no_forecast", refuse).why
    assert why.startswith("No forecast can be tested: no line from the months held back")
    assert {piece["kind"] for piece in shown} == {"caveat"}
    assert book.attempt("no_forecast", lambda: 5) == 5


def test_some_is_what_holds_anything(book):
    empty, full = pd.DataFrame({"a": []}), pd.DataFrame({"a": [1]})
    assert book.some(full) is full
    assert [book.known(book.some(one)) for one in (empty, 0, None, [], False)] == [False] * 5
    assert book.some(LeftOut("earlier"), "later").why == "earlier"
    assert book.some(empty, "no_forecast").why == "No forecast can be tested"


def test_words_give_results_their_meaning_unit_and_tolerance(book, shown):
    book.record(best_customers=3, gini_revenue=0.5)
    assert [(one.about, one.unit, one.tolerance) for one in book.ledger] == [
        ("called the best", "customers", 1e-6),
        ("Gini", "index", 1e-3),
    ]
    book.finding("best", all=9)
    book.method("abc")
    book.table(pd.DataFrame({"class": ["A"]}), name="classes")
    assert shown[0]["text"] == "3 are the best of 9"
    assert (shown[1]["text"], shown[1]["source"]) == ("Ranked by revenue.", "Lorenz (1905)")
    assert (shown[2]["title"], shown[2]["about"]) == ("Classes", "One row per class.")
    assert book.title("curve") == "3 bring half"


@pytest.mark.parametrize(
    "use",
    [
        lambda book: book.record(unheard_of=1),
        lambda book: book.say("unheard_of"),
        lambda book: book.title("unheard_of"),
        lambda book: book.table(pd.DataFrame({"a": [1]}), name="unheard_of"),
    ],
    ids=["result", "sentence", "figure", "table"],
)
def test_a_key_that_is_not_among_the_words_is_an_error(book, shown, use):
    with pytest.raises(KeyError, match="unheard_of"):
        use(book)


def test_a_misspelt_part_of_the_words_is_an_error():
    with pytest.raises(TypeError, match="captoin"):
        words_from({"figures": {"curve": {"title": "a", "alt": "b", "captoin": "c"}}})
    assert words_from({}) == ChapterWords()


def test_an_example_is_for_learners_and_no_part_of_the_client_report(opened_shell):
    cell = "import pandas as pd\nbook.show(pd.DataFrame({'spend': [1 / 3, 12345.678]}, index=['Ann', '<b>Ben</b>']))"
    (shown,) = notebook_shell.run(opened_shell, cell)
    assert shown.metadata["crm"] == {"kind": "example"}
    assert shown.data["text/plain"].split() == ["spend", "Ann", "0.3333", "<b>Ben</b>", "12,346"]
    assert "&lt;b&gt;Ben" in shown.data["text/html"]
    (shown,) = notebook_shell.run(opened_shell, "book.show({'r': 0.24259, 'by hand': 0.2426})")
    assert "0.2426" in shown.data["text/plain"]
