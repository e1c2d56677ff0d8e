"""What a notebook says through its book: results named in few words, sentences reported only where they are known."""

import pandas as pd
import pytest

from helpers.charts.style import finish, head_panels, new_axes, set_finding
from helpers.core.errors import EngineError, EngineLostError, Fault, InputError, SourceError
from helpers.core.results import Ledger, NamedResult
from helpers.narrative.chapter import words_from
from helpers.study.study import Study
from helpers.suite.notebook import book as book_module
from helpers.suite.notebook import display
from helpers.suite.notebook.book import Book
from helpers.suite.notebook.drawing import png_of
from helpers.suite.notebook.left_out import LeftOut
from helpers.suite.report.failures import NotebookError


class SmallStudy(Study):
    """A study of which only the currency is asked; it has no tables."""

    def __init__(self) -> None:
        pass

    currency, table_names, contact_policy = "EUR", (), None


@pytest.fixture
def book() -> Book:
    recalled = Ledger("EUR")
    recalled.add("revenue", 8.5, unit="money", about="all lines", interval=(8.0, 9.0))
    recalled.add("customers", 3, unit="customers", about="customers with a purchase")
    recalled.add("contacted_share", None, unit="share", about="could not be reported")
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
    book.record(Found(), "orders")
    book.result("revenue", Found.revenue, where="the shop")
    assert {one.name: (one.value, one.about) for one in book.ledger} == {
        "orders": (7, "orders"),
        "revenue": (21.0, "all lines of the shop"),
    }


@pytest.mark.parametrize(
    ("found", "names"),
    [(Found(), "orders response_rate"), ({"orders": 7}, "orders"), (pd.Series({"orders": 7, "share": 0.5}), "orders")],
    ids=["attributes of an object", "keys of a mapping", "entries of a row"],
)
def test_several_results_are_read_off_what_was_found(found, names):
    declared = {"shop_orders": "receipts", "shop_response_rate": "pairs with a response", "revenue": "all amounts"}
    book = Book(SmallStudy(), {}, Ledger("EUR"), words=words_from({"results": declared}))
    book.record(found, names, prefix="shop_", revenue=21.0)
    assert [one.name for one in book.ledger] == [*(f"shop_{name}" for name in names.split()), "revenue"]
    assert (book.ledger["shop_orders"].value, book.ledger["shop_orders"].about) == (7, "receipts")
    if "response_rate" in names:
        assert (book.ledger["shop_response_rate"].low, book.ledger["shop_response_rate"].high) == (0.25, 0.75)


def test_a_table_of_groups_is_named_column_by_column(book):
    profile = pd.DataFrame({"customers": [4, 5], "revenue_share": [0.2, 0.8]}, index=["At risk", "Loyal"])
    book.results_by_group(profile, "{group}_{column}", about="of {group}")
    assert {one.name: (one.value, one.about) for one in book.ledger} == {
        "at_risk_customers": (4, "of At risk"),
        "loyal_customers": (5, "of Loyal"),
        "at_risk_revenue_share": (0.2, "of At risk"),
        "loyal_revenue_share": (0.8, "of Loyal"),
    }


def test_several_sentences_are_a_paragraph_each(book, shown):
    book.say("The {what} is open.", "The {what} is closed.", what="shop")
    assert [piece["text"] for piece in shown] == ["The shop is open.", "The shop is closed."]


TITLED = words_from(
    {
        "figures": {"weeks": {"title": "{n} weeks", "alt": "A line."}, "rise": {"alt": "A line."}},
        "sentences": {"they_rise": "Orders rise in {n} weeks"},
    }
)


@pytest.mark.parametrize(
    ("name", "title", "own", "expected"),
    [
        ("weeks", "", "", "two weeks"),
        ("weeks", "they_rise", "", "Orders rise in two weeks"),
        ("rise", "they_rise", "", "Orders rise in two weeks"),
        ("weeks", "", "Drawn with one", "Drawn with one"),
    ],
    ids=["of the words", "chosen instead", "chosen where the words have none", "the chart's own"],
)
def test_a_figure_is_titled_by_the_words_unless_the_chart_has_a_title(shown, name, title, own, expected):
    _, (axes,) = new_axes()
    finish(axes, title=own, x_label="Week", y_label="Orders")
    Book(SmallStudy(), {}, Ledger("EUR"), words=TITLED).figure(axes, name=name, title=title, n="two")
    assert (shown[0]["title"], shown[0]["plotted"][0]["title"]) == (expected, expected)


def test_a_figure_with_an_alt_text_of_its_own_keeps_the_title_of_the_words(shown):
    _, (axes,) = new_axes()
    finish(axes, x_label="Week", y_label="Orders")
    Book(SmallStudy(), {}, Ledger("EUR"), words=TITLED).figure(axes, name="weeks", alt="Another line.", n="two")
    assert (shown[0]["title"], shown[0]["alt"]) == ("two weeks", "Another line.")


@pytest.mark.parametrize("panel", ["", "Loyalty below"], ids=["panels without a title", "panels with one"])
def test_a_figure_of_several_panels_is_titled_above_all_of_them(shown, panel):
    figure, panels = new_axes(columns=2)
    for axes in panels:
        finish(axes, title=panel, x_label="Week", y_label="Orders")
    head_panels(figure, "")
    Book(SmallStudy(), {}, Ledger("EUR"), words=TITLED).figure(panels, name="weeks", n="two")
    assert (shown[0]["title"], figure.get_suptitle()) == ("two weeks", "two weeks")
    assert [axes.get_title(loc="left") for axes in panels] == [panel, panel]


@pytest.mark.parametrize("overall", [False, True], ids=["above the first panel", "above all panels"])
def test_a_title_set_later_makes_the_same_picture(overall):
    """A long one, which is broken into lines that fit above the axes."""
    pictures = []
    for late in (False, True):
        title = "Few of the many households that buy here bring most of the revenue of the whole year"
        figure, panels = new_axes(rows=2)
        if overall:
            head_panels(figure, "" if late else title)
        for axes, own in zip(panels, ("" if late or overall else title, ""), strict=True):
            finish(axes, title=own, x_label="Week", y_label="Orders of the week")
        if late:
            set_finding(figure, title)
        pictures.append(png_of(figure))
    assert pictures[0] == pictures[1]


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


@pytest.mark.parametrize("kind", [EngineError, EngineLostError, SourceError])
def test_an_engine_that_refuses_is_no_reason_to_leave_a_part_out(book, shown, kind):
    def refuse_at_the_engine() -> None:
        raise kind(Fault("the engine cannot answer a question", where="spark"))

    with pytest.raises(kind, match="cannot answer"):
        book.attempt("Habits cannot be known", refuse_at_the_engine)
    assert shown == []
    failure = NotebookError("13", cell=1, source="", kind=kind.__name__, message="spark: gone", partial=None)
    assert failure.is_users_input
    assert failure.text == "spark: gone"


def test_results_of_groups_have_each_its_own_unit(book):
    """As the claims of the literature, of which all were read as ratios: 0.55 for a share of 54.6 %."""
    found = pd.DataFrame(
        {"found": [0.5457, 6.1], "low": [0.53, 5.0], "high": [0.56, 7.0]}, index=["best fifth", "loyal"]
    )
    units = {"loyal": "ratio", "best fifth": "share", "nobody": "share difference"}
    book.results_by_group(found, "claim_{group}", about="of {group}", unit=units)
    assert book.text("{claim_best_fifth} and {claim_loyal}") == "54.6 % and 6.10"


def test_a_heading_falls_back_to_what_is_known(book, shown):
    book.finding_known("{contacted_share} of {customers} were contacted", "{customers} customers", "Nothing")
    book.finding_known("{contacted_share} of customers were contacted")
    assert shown == [{"kind": "finding", "text": "3 customers"}]


def test_of_an_empty_table_only_the_title_is_reported(book, shown):
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
