"""What a notebook says through its book: results named in few words, sentences told only where they are known."""

import pandas as pd
import pytest

from helpers.charts.style import finish, new_axes
from helpers.core.errors import Fault, InputError
from helpers.core.results import Ledger, NamedResult
from helpers.narrative.chapter import words_from
from helpers.study.study import Study
from helpers.suite.notebook import book as book_module
from helpers.suite.notebook import display
from helpers.suite.notebook.book import Book
from helpers.suite.notebook.left_out import LeftOut


class SmallStudy(Study):
    """A study of which only the currency is asked; it has no tables."""

    def __init__(self) -> None:
        pass

    currency, table_names = "EUR", ()


@pytest.fixture
def book() -> Book:
    recalled = Ledger("EUR")
    recalled.add("revenue", 8.5, unit="money", about="all lines", interval=(8.0, 9.0))
    recalled.add("customers", 3, unit="customers", about="customers with a purchase")
    recalled.add("contacted_share", None, unit="share", about="could not be told")
    return Book(SmallStudy(), {}, recalled)


def test_groups_whose_names_have_no_latin_letters_are_named_apart(book):
    shares = pd.Series({"春季": 0.1, "秋季": 0.2, "Mail!": 0.3, "mail": 0.4})
    book.results_by_group(shares, "campaign_{group}_effect", about="effect of {group}", unit="share")
    names = ["campaign_other_effect", "campaign_other_2_effect", "campaign_mail_effect", "campaign_mail_2_effect"]
    assert [book.value(name) for name in names] == [0.1, 0.2, 0.3, 0.4]


class Found:
    """What a method returned: three figures, one of them an estimate."""

    class Estimate:
        """A share with its interval."""

        estimate, low, high = 0.5, 0.25, 0.75

    orders, revenue, response_rate = 7, 21.0, Estimate()


def test_words_of_columns_that_are_left_out_are_not_asked_for(shown):
    table = {"title": "Held", "labels": {"none_share": "Hold none", "held": "Holds"}, "units": {"none_share": "share"}}
    book = Book(SmallStudy(), {}, Ledger("EUR"), words=words_from({"tables": {"held": table}}))
    book.table(pd.DataFrame({"group": ["a"], "held": [2]}), name="held")
    assert [label for _, label, _ in shown[0]["columns"]] == ["Group", "Holds"]


def test_several_attributes_are_named_by_the_words_of_the_chapter():
    words = words_from({"results": {"orders": "orders", "revenue": "all lines of {where}"}})
    book = Book(SmallStudy(), {}, Ledger("EUR"), words=words)
    book.results(Found(), "orders")
    book.result("revenue", Found.revenue, where="the shop")
    assert {one.name: (one.value, one.about) for one in book.ledger} == {
        "orders": (7, "orders"),
        "revenue": (21.0, "all lines of the shop"),
    }


def test_several_results_of_one_finding_are_named_at_once(book):
    book.results(Found(), orders="receipts", revenue="all amounts", response_rate="pairs with a response")
    assert [(one.name, one.value, one.unit, one.about) for one in book.ledger] == [
        ("orders", 7, "orders", "receipts"),
        ("revenue", 21.0, "EUR", "all amounts"),
        ("response_rate", 0.5, "share", "pairs with a response"),
    ]
    assert (book.ledger["response_rate"].low, book.ledger["response_rate"].high) == (0.25, 0.75)


def test_groups_bring_their_values_or_their_estimates(book):
    book.results_by_group(pd.Series({"At risk": 4.0}), "{group}_customers", about="in {group}")
    rates = pd.DataFrame({"rate": [0.1], "low": [0.0], "high": [0.2]}, index=["Type A"])
    book.results_by_group(rates, "rate_{group}", about="of {group}", unit="share")
    assert book.ledger["at_risk_customers"].value == 4
    assert (book.ledger["rate_type_a"].value, book.ledger["rate_type_a"].high) == (0.1, 0.2)
    assert book.ledger["rate_type_a"].about == "of Type A"


def test_results_a_method_has_named_are_taken_over(book):
    named = NamedResult("clv_mean", 12.5, "money", "per customer", low=11.0, high=14.0)
    book.name([named, NamedResult("clv_customers", 3.0, "customers", "valued")])
    first, second = book.ledger
    assert (first.value, first.unit, first.about, first.low, first.high) == (12.5, "EUR", "per customer", 11.0, 14.0)
    assert (second.value, type(second.value), second.low) == (3, int, None)


def test_what_is_for_analysts_says_so_and_nothing_else_does(book, shown):
    with book.for_analysts():
        book.say("seen by those who check")
        book.table(pd.DataFrame({"customer_id": ["a"]}), name="lines", title="Raw lines", about="")
    book.say("seen by all")
    assert [piece.get("audience") for piece in shown] == ["analyst", "analyst", None]


@pytest.mark.parametrize("at", [{}, {"index": pd.Index(["a"], name="record_id")}])
def test_rows_of_single_customers_become_a_list_unless_they_are_for_analysts(book, shown, at):
    frame = pd.DataFrame({"n": [1]} if at else {"customer_id": ["a"]}, **at)
    book.table(frame, name="best", title="Best of {customers}", about="one row is one")
    assert [(piece["kind"], piece["title"], piece["rows"]) for piece in shown] == [("list", "Best of 3", 1)]


def test_a_failure_ends_what_is_for_analysts(book, shown):
    with pytest.raises(InputError), book.for_analysts():
        refuse("no data")
    book.say("seen by all")
    assert "audience" not in shown[-1]


def refuse(what: str) -> None:
    raise InputError(Fault(what, where="transactions"))


def test_what_the_data_do_not_allow_is_said_with_the_reason(book, shown):
    assert isinstance(book.attempt("The forecast cannot be tested", refuse, "No line from 2024-01-01"), LeftOut)
    (caveat,) = shown
    assert (caveat["kind"], caveat["text"]) == ("caveat", "The forecast cannot be tested: no line from 1 January 2024.")
    assert caveat["gap"] == {"what": "The forecast cannot be tested", "why": "no line from 1 January 2024"}
    assert book.attempt("It cannot be added", sum, [1, 2]) == 3
    assert len(shown) == 1


def test_other_errors_than_refusals_are_not_swallowed(book):
    with pytest.raises(ZeroDivisionError):
        book.attempt("It cannot be divided", divmod, 1, 0)


def test_a_heading_falls_back_to_what_is_known(book, shown):
    book.finding_known("{contacted_share} of {customers} were contacted", "{customers} customers", "Nothing")
    book.finding_known("{contacted_share} of customers were contacted")
    assert shown == [{"kind": "finding", "text": "3 customers"}]


def test_of_an_empty_table_only_the_title_is_told(book, shown):
    book.table(pd.DataFrame({"n": []}), name="checks", title="No line of {customers} customers is odd", about="")
    assert shown == [{"kind": "reading", "text": "No line of 3 customers is odd."}]


def test_sentences_with_unknown_results_are_left_out(book, shown):
    book.say_known("{customers} customers.", "{nobody_knows} things.", "{contacted_share} contacted.")
    book.say_known("{nobody_knows} things.")
    book.say_known("Just {customers}.")
    assert [piece["text"] for piece in shown] == ["- 3 customers.", "Just 3."]


def test_a_stage_of_which_nothing_is_known_is_left_out(book, shown):
    book.stage(
        "{contacted_share} contacted", "{customers} customers", facts=["{revenue} of revenue.", "{nobody} left."]
    )
    book.stage("{contacted_share} contacted", facts=["{nobody} left."])
    assert [(piece["kind"], piece["text"]) for piece in shown] == [
        ("finding", "3 customers"),
        ("reading", "- EUR 8.50 of revenue."),
    ]


def test_advice_is_marked_and_none_is_silent(book, shown):
    book.say_next()
    book.say_next("Ask the {customers} customers.")
    assert [piece["text"] for piece in shown] == ["- **Next:** Ask the 3 customers."]


def test_key_figures_are_those_known_with_labels_from_results(book, shown):
    book.key_figures(
        revenue="revenue of {customers} customers", customers="of {nobody_knows}", contacted_share="contacted"
    )
    (figure,) = shown[0]["figures"]
    assert figure == {
        "name": "revenue", "label": "revenue of 3 customers", "text": "EUR 8.50", "note": "EUR 8.00 to EUR 9.00",
    }  # fmt: skip


def test_a_model_is_judged_in_the_same_words_everywhere(book, shown):
    book.judge("The estimate", "untested")
    assert shown[0]["good"] is False
    assert shown[0]["text"].startswith("The estimate could not be tested")
    with pytest.raises(KeyError):
        book.judge("The estimate", "splendid")


def test_values_of_the_whole_run_can_be_asked_for(book):
    book.result("orders", 7, about="receipts")
    assert [book.value(name) for name in ("orders", "customers", "contacted_share", "nobody_knows")] == [
        7,
        3,
        None,
        None,
    ]


@pytest.fixture
def outputs(monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    """Keep what a book shows in the notebook."""
    kept: list[dict] = []
    monkeypatch.setattr(display, "publish_display_data", lambda data, **_metadata: kept.append(data))
    monkeypatch.setattr(book_module, "png_of", lambda _figure: b"")
    return kept


def test_naming_a_result_returns_nothing_that_a_notebook_would_show(book):
    assert book.result("orders", 7, about="receipts") is None


def test_a_finding_is_no_heading_for_the_table_of_contents(book, outputs):
    book.finding("The best bring {revenue}")
    assert outputs[0]["text/markdown"] == "**The best bring EUR 8.50**"


def test_intervals_of_key_figures_and_results_are_seen_in_the_notebook(book, outputs):
    book.key_figures(revenue="revenue")
    assert outputs[0]["text/markdown"] == "- **EUR 8.50** revenue (EUR 8.00 to EUR 9.00)"
    book.result("best_share", 0.5, unit="share", about="of the best", interval=(0.4, 0.6))
    book.close()
    assert "40.0 % to 60.0 %" in outputs[1]["text/html"]
    assert "40.0 % to 60.0 %" in outputs[1]["text/plain"]


def test_captions_and_what_a_row_is_are_seen_in_the_notebook(book, outputs):
    _, (axes,) = new_axes()
    finish(axes, title="B buys more", x_label="Customer", y_label="Spend, EUR")
    book.figure(axes, name="spend", alt="Bars.", caption="All <b>lines</b>.")
    frame = pd.DataFrame({"segment": ["a"], "share": [0.5]}).set_index("segment")
    book.table(frame, name="shares", title="Shares", about="One row is one segment.")
    book.list(frame, name="all", title="Everybody", about="One row is one customer.", purpose="reading")
    _, caption, table, listed = outputs
    assert caption["text/markdown"] == r"*All \<b\>lines\</b\>.*"
    assert "One row is one segment." in table["text/html"]
    assert "One row is one segment." in table["text/plain"]
    assert listed["text/markdown"].endswith("One row is one customer. For reading only, not for contact.")


def test_text_of_a_table_stands_left_and_numbers_right_in_the_notebook(book, outputs):
    frame = pd.DataFrame({"segment": ["<i>a</i>"], "customers": [3], "word": ["b"]})
    book.table(frame, name="segments", title="Segments", about="")
    html = outputs[0]["text/html"]
    assert '<th scope="row" style="text-align: left">&lt;i&gt;a&lt;/i&gt;</th>' in html
    assert '<td style="text-align: right">3</td><td style="text-align: left">b</td>' in html.replace("\n", "")
