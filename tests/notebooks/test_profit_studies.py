"""Profit by customer on studies too small or too poor for some questions, and at costs that cannot be right."""

import pytest
from tests.small_shops import SMALL, quarter

from helpers.core.errors import InputError

from .test_small_studies import caveats, texts_said

PROFIT = "36_customer_profitability"
DRAWS = {"bootstrap_draws": 99}
NONSENSE = ("nan", "inf ", "None", "NaT", "{")


def verdicts(pieces):
    return [piece["text"] for piece in pieces if piece["kind"] == "verdict"]


@pytest.mark.parametrize("kind", [kind for kind in SMALL if kind != "nothing paid"])
def test_profit_is_named_small_studies_without_nonsense(kind, run_small):
    pieces = run_small(PROFIT, kind, **DRAWS)
    assert [text for text in texts_said(pieces) if any(word in text for word in NONSENSE)] == []
    assert len(verdicts(pieces)) == 1
    assert {"profit_loss_customers", "economic_profit", "profit_verdict"} <= set(pieces[-1]["results"])


def test_without_sales_there_is_no_profit_to_share_out(run_small):
    with pytest.raises(InputError, match="total revenue is"):
        run_small(PROFIT, "nothing paid", **DRAWS)


def test_too_few_customers_for_tenths_are_reported_with_the_reason(run_small):
    found = caveats(run_small(PROFIT, "one customer", **DRAWS))
    assert "Tenths of customers cannot be formed: 1 customers are too few for 10 groups" in found
    assert "What-ifs cannot be worked out" in found
    assert "Whether profit lasts cannot be tested" in found


@pytest.mark.parametrize(("paid", "losing"), [(100.0, 0), (2.0, 40)])
def test_reasons_of_losses_are_reported_where_there_are_losses(paid, losing, small_study, run_notebook):
    pieces = run_notebook(PROFIT, small_study(quarter().assign(paid=paid)), **DRAWS)
    found = {name: entry["value"] for name, entry in pieces[-1]["results"].items()}
    assert found["profit_loss_customers"] == losing
    assert found.get("profit_main_loss_reason") == ("cost to serve" if losing else None)
    assert ("profit_losses" in {piece.get("name") for piece in pieces}) == bool(losing)
    # At a loss as a whole there is no part of the profit that the best could make.
    assert any("The best fifth of customers make" in text for text in texts_said(pieces)) == (losing == 0)


def test_the_worst_may_all_leave_where_they_cost_more_than_they_bring(small_study, run_notebook):
    shop = quarter()
    worst = shop["who"].isin(sorted(shop["who"].unique())[:20])
    paid = shop.assign(paid=shop["paid"].where(~worst, 0.05).clip(lower=0.05) * (1 + 9 * ~worst))
    pieces = run_notebook(PROFIT, small_study(paid), avoidable_share=1.0, **DRAWS)
    assert any("pay off however many of them leave" in text for text in texts_said(pieces))
    usual = run_notebook(PROFIT, small_study(shop.assign(paid=100.0)), **DRAWS)
    assert any("pay off as long as no more than" in text for text in texts_said(usual))
