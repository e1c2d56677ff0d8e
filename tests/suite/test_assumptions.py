"""What rests on costs that nobody stated is marked wherever it stands, and is no headline, no figure and no advice."""

import ast
import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.text import Text
from tests.notebook_shell import OPEN, PARAMETERS, STUDY, run
from tests.suite.test_book import SmallStudy

import helpers.suite.notebook.book as book_module
from helpers.charts.style import finish, new_axes
from helpers.core.results import Ledger, assumed_in
from helpers.narrative.chapter import ChapterWords, Declared, chapter_words
from helpers.narrative.recommendations import advise
from helpers.narrative.summary import COSTS_ASSUMED, KEY_FIGURES, facts_known, headings_for
from helpers.suite.notebook import display
from helpers.suite.notebook.assumptions import RANGES, RESTS_ON, assumed_for_piece, stated_values, with_ranges
from helpers.suite.notebook.book import Book
from helpers.suite.notebook.bridge import OTHERWISE, STEPS, value_bridge
from helpers.suite.planning.parameters import Parameter, parse_parameters
from helpers.suite.report.blocks import KEY
from helpers.value.churn.threshold import choose_threshold, offer_from_bills

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


def test_a_chapter_heads_nothing_with_assumed_costs_and_holds_back_advice(shown):
    book = Book(SmallStudy(), {}, Ledger("EUR"), assumed=["gross_margin"])
    book.result("contribution", 5.0, about="after costs")
    book.result("revenue", 8.5, about="all lines")
    book.finding("Customers contribute {contribution}")
    book.finding("They pay {revenue}")
    book.finding("It is {contribution} again")
    book.say("That is {contribution}.")
    book.say_next("Defend {contribution}.", "Thank for {revenue}.")
    assert [piece["text"] for piece in shown if piece["kind"] == "finding"] == [
        "State the gross margin of this business first: until then, what follows is assumed",
        "They pay EUR 8.50",
    ]
    assert [piece["text"] for piece in shown if piece["kind"] == "reading"] == [
        "Customers contribute EUR 5.00. Assumed: gross margin.",
        "It is EUR 5.00 again (assumed: gross margin).",
        "That is EUR 5.00.",
        "- **Next:** Thank for EUR 8.50.",
        "- **Next:** State the gross margin of this business: what rests on them is assumed so far, and stands in no "
        "headline and no advice.",
    ]


def test_a_finding_named_by_its_key_rests_on_assumed_costs_as_its_sentence_does(shown):
    words = ChapterWords(sentences={"contributes": "Customers contribute {contribution}"})
    book = Book(SmallStudy(), {}, Ledger("EUR"), assumed=["gross_margin"], words=words)
    book.result("contribution", 5.0, about="after costs")
    book.finding("contributes")
    assert [(piece["kind"], piece["text"]) for piece in shown] == [
        ("finding", "State the gross margin of this business first: until then, what follows is assumed"),
        ("reading", "Customers contribute EUR 5.00. Assumed: gross margin."),
    ]


def drawn(title: str) -> Axes:
    _, (axes,) = new_axes()
    return finish(axes, title=title, x_label="tenth", y_label="money")


def test_a_chart_on_assumed_costs_says_so_in_its_title_and_gives_the_range(shown):
    values = {"gross_margin": 0.25, "cost_per_order": 1.5}
    book = Book(SmallStudy(), values, Ledger("EUR"), assumed=values)
    axes = drawn("Best tenth first")
    book.figure(axes, name="contribution_deciles", alt="bars", caption="By contribution.")
    book.figure(drawn("Best fifth first"), name="concentration", alt="line")
    marked, other = (piece for piece in shown if piece["kind"] == "figure")
    assert marked["title"] == "Best tenth first (assumed: gross margin and cost per order)"
    assert axes.get_title(loc="left").splitlines()[1:] == ["(assumed: gross margin and cost per order)"]
    assert marked["caption"] == (
        "By contribution. Assumed: gross margin 25 % (15 to 45 %) and cost per order EUR 1.50 (0.75 to 3.00)."
    )
    assert (other["title"], other["caption"]) == ("Best fifth first", "")


def test_the_mark_of_a_figure_with_a_title_of_its_own_stays_where_that_stands(shown):
    figure, _ = new_axes(columns=2)
    title = figure.suptitle("High from EUR 5", x=0.01, ha="left", fontweight="bold")
    book = Book(SmallStudy(), {}, Ledger("EUR"), assumed=["contract_margin"])
    book.figure(figure, name="cube_map", alt="points")
    assert title.get_text().splitlines() == ["High from EUR 5", "(assumed: contract margin)"]
    assert (title.get_position()[0], title.get_ha(), title.get_fontweight()) == (0.01, "left", "bold")


def test_a_long_mark_is_broken_to_fit_a_narrow_chart(shown):
    figure, panels = new_axes(columns=2)
    finish(panels[0], title="Spent", x_label="budget", y_label="money")
    assumed = ["keep_success_share", "sell_success_share", "uptake_share"]
    Book(SmallStudy(), {}, Ledger("EUR"), assumed=assumed).figure(figure, name="cube_budget", alt="line")
    figure.draw_without_rendering()
    (title,) = [text for text in figure.findobj(Text) if text.get_text().startswith("Spent")]
    assert len(title.get_text().splitlines()) > 2
    assert title.get_window_extent().x1 <= panels[1].bbox.x0


def test_a_chart_is_marked_by_the_result_in_its_title_alone(shown):
    book = Book(SmallStudy(), {"gross_margin": 0.25}, Ledger("EUR"), assumed=["gross_margin"])
    book.result("contribution", 5.0, about="after costs")
    book.result("revenue", 8.5, about="all lines")
    for name, title in (("a_new_chart", "Left are {contribution}"), ("another", "Paid are {revenue}")):
        book.figure(drawn(book.text(title)), name=name, alt="bars")
    shown = [piece for piece in shown if piece["kind"] == "figure"]
    assert [piece["title"] for piece in shown] == ["Left are EUR 5.00 (assumed: gross margin)", "Paid are EUR 8.50"]
    assert shown[0]["caption"] == "Assumed: gross margin 25 % (15 to 45 %)."


@pytest.mark.parametrize("name", RANGES)
def test_only_shares_are_said_in_per_cent(name):
    """Minutes, months and amounts are none, whatever their number."""
    low, high = RANGES[name]
    said = with_ranges([name], {name: low}, "EUR")
    assert ("%" in said) == (high <= 1 and not name.endswith(("_months", "_minutes")))
    assert "e+" not in said


def test_tables_and_lists_on_assumed_costs_say_so(shown):
    values = {"gross_margin": 0.25, "margin_reach": 0.05, "discount_rate": 0.1}
    book = Book(SmallStudy(), values, Ledger("EUR"), assumed=["gross_margin", "discount_rate"])
    book.gate.refuses = lambda customers: pd.Series(False, index=pd.Index(list(customers)))
    frame = pd.DataFrame({"step": ["goods"], "amount": [5.0]})
    book.table(frame, name="contribution_steps", title="Steps", about="All customers.", units={"amount": "money"})
    book.table(frame, name="segments", title="Segments", about="All customers.", units={"amount": "money"})
    listed = pd.DataFrame({"customer_id": ["a"]})
    book.list(listed, name="lifetime_values", title="Values", about="One row each.", purpose="reading")
    assert [piece["title"] for piece in shown] == [
        "Steps (assumed: gross margin)",
        "Segments",
        "Values (assumed: gross margin and discount rate)",
    ]
    assert shown[0]["about"] == "All customers. Assumed: gross margin 25 % (20 to 30 %)."
    assert shown[1]["about"] == "All customers."
    assert "discount rate 10 % (5 to 20 %)" in shown[2]["about"]


def test_stated_costs_mark_no_chart_and_no_table(shown):
    book = Book(SmallStudy(), {"gross_margin": 0.25}, Ledger("EUR"))
    book.figure(drawn("Best tenth first"), name="contribution_deciles", alt="bars")
    frame = pd.DataFrame({"step": ["goods"], "amount": [5.0]})
    book.table(frame, name="contribution_steps", title="Steps", about="All.", units={"amount": "money"})
    assert [piece["title"] for piece in shown] == ["Best tenth first", "Steps"]


def test_every_guess_that_is_a_number_has_a_range_around_it():
    guesses = {name: one for name, found in parameters_of_notebooks().items() for one in found if one.is_assumed}
    numbers = {name: one for name, one in guesses.items() if one.type_name != "str"}
    assert numbers.keys() == RANGES.keys()
    for name, one in numbers.items():
        low, high = RANGES[name]
        assert one.low <= low < one.default < high <= one.high, name


REST_ON_NOTHING_ASSUMED = {
    "items",
    "next_products",
    "offers_tested",
    "owner_facts",
    "owners",
    "rules",
    "campaign_effects",
    "campaign_rates",
    "campaign_windows",
    "contact_selection",
    "group_effects",
    "outcome_effects",
    "qini_response",
    "response_by_contacts",
    "response_rates",
    "type_differences",
    "cohort_retention",
    "migration",
    "movement",
    "regions_ranked",
    "scorecard",
    "sellers_ranked",
    "sources_ranked",
    "spend_change",
    "worth_by_source",
    "relationship_states",
    "abc_classes",  # made by contribution, it says so in a caveat
    "customers_classified",
    "concentration",
    "concentration_over_time",
    "share_over_time",
    "profit_unit_costs",  # says of each row whether it is assumed
    "purchase_forecast_errors",
    "purchase_forecast_calibration",
    "repeat_purchase_fit",
    "tracking",
    "spend_by_frequency",
    "churn_models",
    "churn_calibration",
    "churn_lift",
    "churn_importance",
    "churn_effects",
    "churn_rules",
    "cube_losses",
    "cube_membership",
    "ahp_weights",
    "ahp_hierarchy",
    "ahp_consistency",
    "ahp_revisions",
    "ahp_judges",
    "ahp_disagreements",
    "ahp_published",
    "ahp_left_out",
    "ahp_weight_ranges",
    "credit_balance",
    "credit_books",
    "credit_ageing",
    "credit_roll_rates",
    "credit_grades",
    "credit_default_rates",
    "credit_learners",
    "credit_risk_bands",
    "credit_columns",
    "credit_effects",
    "purchase_models",
    "purchase_model_parameters",
    "quality_by_cause",
    "quality_by_channel",
    "weekly_first_contact",
    "weekly_in_time",
    "weeks_by_channel",
    "complaints_by_step",
    "volume_forecast",
}


def pieces_named_in(notebook: dict) -> set[str]:
    """Return the names of the figures, tables and lists that a notebook's cells show."""
    found = set()
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        for call in ast.walk(ast.parse("".join(cell["source"]))):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in ("book.figure", "book.table", "book.list"):
                named = (one.value for one in call.keywords if one.arg == "name")
                found |= {name.value for name in named if isinstance(name, ast.Constant)}
    return found


@pytest.mark.parametrize("file", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda file: file.stem)
def test_every_piece_of_a_chapter_with_guesses_is_known_to_rest_on_them_or_not(file):
    notebook = json.loads(file.read_text(encoding="utf-8"))
    cells = ("".join(one["source"]) for one in notebook["cells"] if "parameters" in one["metadata"].get("tags", []))
    guesses = [name for cell in cells for name, one in parse_parameters(cell).items() if one.is_assumed]
    marked = {name for name in pieces_named_in(notebook) if assumed_for_piece(name, guesses)}
    assert not marked & REST_ON_NOTHING_ASSUMED
    assert not guesses or pieces_named_in(notebook) == marked | (pieces_named_in(notebook) & REST_ON_NOTHING_ASSUMED)


def test_a_model_judged_by_assumed_amounts_is_not_to_be_used_as_it_is(shown):
    for assumed in ((), ("gross_margin",)):
        book = Book(SmallStudy(), {}, Ledger("EUR"), assumed=assumed)
        book.judge("The estimate", "better", by="holdout_mae_lifetime_value")
    assert [piece["good"] for piece in shown] == [True, None]
    assert "rests on assumed costs" in shown[1]["text"]


def bills_of(share_left: float) -> tuple[pd.Series, np.ndarray, np.ndarray]:
    random = np.random.default_rng(1)
    probability = random.uniform(0.05, 2 * share_left - 0.05, 400)
    return pd.Series(np.full(400, 50.0)), probability, random.uniform(size=400) < probability


@pytest.mark.parametrize("cost", [5.0, 30_000.0])
@pytest.mark.parametrize(("assumed", "heads"), [((), True), (("offer_cost", "offer_success_share"), False)])
def test_whom_to_make_an_offer_is_no_finding_before_its_cost_and_effect_are_stated(shown, cost, assumed, heads):
    bills, probability, ended = bills_of(0.4)
    terms = {"cost": cost, "success_share": 0.2, "margin": 0.4, "months": 12, "annual_rate": 0.1, "retention": 0.97}
    choice = choose_threshold(ended, probability, offer_from_bills(bills[ended], **terms))
    book = Book(
        SmallStudy(),
        {"offer_cost": cost, "offer_success_share": 0.2},
        Ledger("EUR"),
        assumed=assumed,
        words=chapter_words("32_churn"),
    )
    book.result("offer_threshold", choice.threshold if choice.pays else None, unit="share", about="from")
    book.result("offer_gain_from_all", choice.gain_of_all, unit="money", about="to all")
    book.result("customers_to_speak_to", choice.contacted, about="above")
    book.finding("offer_pays" if choice.pays else "no_offer_pays")
    book.finding("{customers_to_speak_to} customers still under contract are worth an offer")
    headings = [piece["text"] for piece in shown if piece["kind"] == "finding"]
    if heads:
        assert len(headings) == 2
        assert "worth an offer" in headings[1]
    else:
        assert headings == [
            "State the offer cost and offer success share of this business first: until then, what follows is assumed"
        ]


def test_a_figure_whose_alt_text_is_a_key_is_marked_where_the_text_rests_on_a_guess(shown):
    words = ChapterWords(sentences={"gains": "Offers gain {offer_gain}.", "all_customers": "All customers."})
    book = Book(SmallStudy(), {"offer_cost": 30.0}, Ledger("EUR"), assumed=("offer_cost",), words=words)
    book.result("offer_gain", 5.0, unit="money", about="over nothing")
    axes = plt.figure().add_subplot(title="By probability")
    book.figure(axes, name="plain", alt="gains", caption="all_customers")
    (piece,) = [piece for piece in shown if piece["kind"] == "figure"]
    assert piece["title"].startswith("By probability (assumed: offer cost")


def test_the_summary_takes_no_offer_and_no_lifetime_value_on_a_guess():
    ledger = Ledger("EUR")
    ledger.add("churn_verdict", "usable", unit="text", about="verdict")
    ledger.add("customers_to_speak_to", 0, unit="customers", about="offer", assumed=["offer_cost"])
    ledger.add("clv_verdict", "usable", unit="text", about="verdict")
    ledger.add("clv_order", "better than", unit="text", about="order")
    ledger.add("clv_purchase_model", "BG/NBD", unit="text", about="model")
    ledger.add("clv_mean", 5.0, unit="money", about="value", assumed=["gross_margin"])
    known = stated_values(ledger)
    assert "Probabilities that a customer leaves are {churn_verdict}." in facts_known("value", known)
    assert not [one for one in facts_known("value", known) if "worth an offer" in one]
    assert advise("value", known) == [
        "Rank customers by lifetime value, which orders them better than past spend, but do not plan with its amounts."
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


def test_a_finding_named_by_its_key_is_no_finding_either_while_costs_are_assumed(shown):
    """The words of a chapter stand in a file; what rests on a guess must not become a heading because of it."""
    words = ChapterWords({"contribution": Declared("of all")}, {"contribute": "Customers contribute {contribution}"})
    book = Book(SmallStudy(), {}, Ledger("EUR"), assumed=["gross_margin"], words=words)
    book.record(contribution=12.0)
    book.finding("contribute")
    assert [piece["kind"] for piece in shown] == ["finding", "reading"]
    assert shown[0]["text"].startswith("State the gross margin")
    assert shown[1]["text"].startswith("Customers contribute EUR")


def test_a_sentence_is_shown_only_where_its_condition_holds(shown):
    book = Book(SmallStudy(), {}, Ledger("EUR"), words=ChapterWords(sentences={"late": "All pay late"}))
    for condition in (True, 0, None, []):
        book.say_if(condition, "late")
        book.finding_if(condition, "late")
    assert [piece["kind"] for piece in shown] == ["reading", "finding"]
