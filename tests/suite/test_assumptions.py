"""What rests on costs that nobody stated is marked wherever it stands, and is no headline, no figure and no advice."""

import json
from pathlib import Path

import pytest
from tests.notebook_shell import OPEN, PARAMETERS, STUDY, run
from tests.suite.test_book import SmallStudy

import helpers.suite.book as book_module
from helpers.results import Ledger
from helpers.suite import display
from helpers.suite.assumptions import RESTS_ON, assumed_in, stated_values
from helpers.suite.book import Book
from helpers.suite.bridge import OTHERWISE, STEPS, value_bridge
from helpers.suite.parameters import Parameter, parse_parameters
from helpers.suite.pieces import KEY
from helpers.suite.recommendations import advise
from helpers.suite.summary_facts import COSTS_ASSUMED, KEY_FIGURES, facts_known, headings_for

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
MARGIN = "gross_margin: float = 0.25  # share of net revenue; assumed where lines lack cost [0..1]\n"


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    pieces: list[dict] = []
    monkeypatch.setattr(display, "publish_display_data", lambda _data, metadata: pieces.append(metadata[KEY]))
    monkeypatch.setattr(book_module, "png_of", lambda _figure: b"")
    return pieces


def run_knows(**assumed: tuple[str, ...]) -> Ledger:
    """Return results of a shop whose contribution, or nothing, is assumed."""
    ledger = Ledger("EUR")
    ledger.add("revenue", 1000.0, unit="money", about="all lines")
    ledger.add("customers", 10, unit="customers", about="customers")
    ledger.add("largest_customer_revenue_share", 0.2, unit="share", about="of revenue")
    for name, value, unit in (
        ("contribution", 250.0, "money"),
        ("contribution_per_customer", 25.0, "money"),
        ("top_decile_contribution_share", 0.4, "share"),
        ("loss_making_customers", 3, "customers"),
        ("contribution_lost", 90.0, "money"),
    ):
        ledger.add(name, value, unit=unit, about="after costs", assumed=assumed.get("by", ()))
    return ledger


def parameters_of_notebooks() -> dict[str, list[Parameter]]:
    found: dict[str, list[Parameter]] = {}
    for file in sorted(NOTEBOOKS.glob("*.ipynb")):
        for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]:
            if "parameters" in cell["metadata"].get("tags", []):
                for name, one in parse_parameters("".join(cell["source"])).items():
                    found.setdefault(name, []).append(one)
    return found


def test_every_guess_marks_results_and_every_mark_is_a_guess():
    known = parameters_of_notebooks()
    guesses = {name for name, found in known.items() if all(one.is_assumed for one in found)}
    assert {name for names in RESTS_ON.values() for name in names} == guesses
    assert not [name for name, found in known.items() if name not in guesses and any(one.is_assumed for one in found)]


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ("share of the bill, assumed", True),
        ("share of net revenue; assumed where lines lack cost", True),
        ("how far the assumed gross margin may be off, share of net revenue", False),
        ("forecast horizon, months", False),
    ],
)
def test_the_end_of_a_meaning_says_that_a_default_is_a_guess(about, expected):
    assert Parameter("x", "float", 0.1, about).is_assumed is expected


@pytest.mark.parametrize(
    ("of_study", "injected", "expected"),
    [
        ("", "", ("gross_margin",)),
        ("  gross_margin: 0.25\n", "", ()),
        ("", "# Parameters\ngross_margin = 0.25\n", ()),
    ],
)
def test_a_margin_is_assumed_until_somebody_states_it(shell, home, of_study, injected, expected):
    study = home / "data" / "corner_shop" / "study.yml"
    study.write_text(STUDY + of_study, encoding="utf-8")
    run(shell, PARAMETERS + MARGIN, *([injected] if injected else []), OPEN)
    book = shell.user_ns["book"]
    book.result("contribution", 5.0, about="after costs")
    book.result("revenue", 8.5, about="all lines")
    assert book.ledger["contribution"].assumed == expected
    assert book.ledger["revenue"].assumed == ()
    entries = json.loads(book.ledger.to_json())
    assert entries["contribution"].get("assumed") == (list(expected) or None)
    assert Ledger.from_entries(entries)["contribution"].assumed == expected


def test_a_margin_that_the_lines_tell_is_not_assumed(shown):
    book = Book(SmallStudy(), {}, Ledger("EUR"), assumed=["gross_margin", "cost_per_order"])
    book.not_assumed("gross_margin")
    book.result("contribution", 5.0, about="after costs")
    assert book.ledger["contribution"].assumed == ("cost_per_order",)


def test_assumed_amounts_are_no_figure_no_heading_and_no_advice(shown):
    recalled = run_knows(by=("gross_margin", "cost_per_order"))
    book = Book(SmallStudy(), {}, recalled)
    known = stated_values(recalled)
    book.key_figures(**KEY_FIGURES)
    book.stage(*headings_for("value", recalled), facts=facts_known("value", known))
    book.say_next(*advise("value", known))
    book.say_what_to_state(assumed_in(recalled))
    assert [figure["name"] for figure in shown[0]["figures"]] == ["revenue"]
    assert shown[1]["text"] == COSTS_ASSUMED
    assert [piece["text"] for piece in shown[2:]] == [
        "- **Next:** State the cost per order and gross margin of this business: what rests on them is assumed so far, "
        "and stands in no headline and no advice."
    ]


def test_stated_amounts_are(shown):
    recalled = run_knows()
    book = Book(SmallStudy(), {}, recalled)
    book.key_figures(**KEY_FIGURES)
    book.stage(*headings_for("value", recalled), facts=[])
    book.say_next(*advise("value", stated_values(recalled)))
    assert [figure["name"] for figure in shown[0]["figures"]] == ["revenue", "contribution"]
    assert "best tenth" in shown[1]["text"]
    assert "Review prices and discounts" in shown[2]["text"]


def test_a_chapter_marks_its_findings_and_holds_back_advice(shown):
    book = Book(SmallStudy(), {}, Ledger("EUR"), assumed=["gross_margin"])
    book.result("contribution", 5.0, about="after costs")
    book.result("revenue", 8.5, about="all lines")
    book.finding("Customers contribute {contribution}")
    book.finding("They pay {revenue}")
    book.say("That is {contribution}.")
    book.say_next("Defend {contribution}.", "Thank for {revenue}.")
    assert [piece["text"] for piece in shown] == [
        "Customers contribute EUR 5.00 (assumed: gross margin)",
        "They pay EUR 8.50",
        "That is EUR 5.00.",
        "- **Next:** Thank for EUR 8.50.",
        "- **Next:** State the gross margin of this business: what rests on them is assumed so far, and stands in no "
        "headline and no advice.",
    ]


def test_the_bridge_leads_from_revenue_to_economic_profit():
    amounts = {
        "list_revenue": 1000.0,
        "discounts": 100.0,
        "cost_of_goods": 600.0,
        "cost_to_serve_orders": 50.0,
        "contribution": 250.0,
        "profit_from_cost_to_serve": 80.0,
        "profit_from_expected_loss": 0.0,
        "profit_from_capital_charge": 10.0,
        "economic_profit": 200.0,
    }
    results = Ledger("EUR")
    for name, amount in amounts.items():
        assumed = ["gross_margin"] if name in ("cost_of_goods", "contribution") else []
        results.add(name, amount, unit="money", about="for the test", assumed=assumed)
    bridge = value_bridge(results).set_index("step")
    assert bridge.loc["Contribution", "amount"] == 250.0
    assert bridge.loc["Contribution", "assumed"] == "gross margin"
    assert bridge.loc[OTHERWISE, "amount"] == -10.0
    sums = [step.label for step in STEPS if step.sign == 0]
    assert bridge["amount"].drop(sums).sum() == pytest.approx(200.0)
    assert "Less expected loss on credit" not in bridge.index
