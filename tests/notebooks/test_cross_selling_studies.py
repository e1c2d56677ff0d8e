"""Cross-selling and the second sale on shops with too little to say: a reason each time, never a bare figure."""

import re

import numpy as np
import pandas as pd
import pytest
from tests.cases import make_study, shop
from tests.notebooks.test_small_studies import caveats, texts_said

CHAPTERS = ("40_cross_selling", "41_second_sale")
NONSENSE = re.compile(r"\b(?:nan|inf|None|NaT)\b|\{\w+\}")


def goods(kind: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lines and products of a shop in which something is missing."""
    lines, rng = shop(60), np.random.default_rng(1)
    names = [f"p{n:02}" for n in range(20)]
    lines["product_id"] = rng.choice(names, len(lines))
    products = pd.DataFrame({"product_id": names, "category": [f"c{n % 6}" for n in range(20)]})
    match kind:
        case "one product":
            return lines.assign(product_id="p00"), products
        case "one basket":
            return lines.head(3).assign(order_id="o1", customer_id="k1", time=lines["time"].iloc[0]), products
        case "one customer":
            return lines.assign(customer_id="k1"), products
        case "all equal":
            one = lines.head(1)
            many = [
                one.assign(customer_id=f"k{n}", order_id=f"o{n}", product_id=p) for n in range(40) for p in names[:2]
            ]
            return pd.concat(many), products
        case "nothing paid":
            return lines.assign(amount=0.0), products
    large = [f"x{n}" for n in range(1000)]
    row = lines.iloc[[0, 1]]
    many = [row.assign(product_id=name, order_id=["o1", "o2"], amount=1.0) for name in large]
    return pd.concat(many), pd.DataFrame({"product_id": large, "category": large})


KINDS = ("one product", "one basket", "one customer", "all equal", "nothing paid", "baskets of a thousand items")


def results_of(pieces: list[dict]) -> dict[str, object]:
    return {name: one["value"] for name, one in pieces[-1]["results"].items()}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_where_there_is_too_little_the_reason_is_given(chapter, kind, run_notebook, tmp_path):
    lines, products = goods(kind)
    pieces = run_notebook(chapter, make_study(tmp_path / "small", {"transactions": lines, "products": products}))
    assert pieces[-1]["kind"] == "results"
    assert [text for text in texts_said(pieces) if NONSENSE.search(text)] == []
    assert len([piece for piece in pieces if piece["kind"] == "verdict"]) == 1
    if kind not in ("nothing paid",):
        assert caveats(pieces)
    assert results_of(pieces).get("rules_found", 0) == 0


def test_baskets_of_a_thousand_items_are_named(run_notebook, tmp_path):
    lines, products = goods("baskets of a thousand items")
    pieces = run_notebook(CHAPTERS[0], make_study(tmp_path / "small", {"transactions": lines, "products": products}))
    assert "2 with more than 100 items are left out" in caveats(pieces)
