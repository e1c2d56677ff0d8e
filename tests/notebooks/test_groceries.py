"""Chapter 40 on baskets without customers, days or prices: rules alone; and the published counts of Groceries."""

from pathlib import Path

import numpy as np
import pytest
from tests.notebooks.test_small_studies import caveats, texts_said

from helpers.core.errors import InputError
from helpers.study.study import load_study
from helpers.suite.planning.readiness import readiness

CHAPTER = "40_cross_selling"
ROOT = Path(__file__).resolve().parents[2]
COPY = ROOT.parent / "shared" / "data" / "groceries.csv"
COUNTS = {"whole_milk": 2513, "other_vegetables": 1903, "rolls_buns": 1809, "soda": 1715, "yogurt": 1372}


def study_of(folder: Path, content: str) -> Path:
    """The study of the Groceries data, with another file."""
    text = (ROOT / "data" / "groceries" / "study.yml").read_text(encoding="utf-8")
    (folder / "study.yml").write_text(text.replace("study: groceries", f"study: {folder.name}"), encoding="utf-8")
    (folder / "groceries.csv").write_text(content, encoding="utf-8")
    return folder


def results_of(pieces):
    return {name: one["value"] for name, one in pieces[-1]["results"].items()}


@pytest.mark.slow
@pytest.mark.skipif(not COPY.is_file(), reason="needs a copy of the baskets beside the checkout, ../shared/data")
def test_groceries_counts_and_rules_of_hahsler_hornik_reutterer_2006(tmp_path, run_notebook):
    found = results_of(run_notebook(CHAPTER, study_of(tmp_path, COPY.read_text(encoding="utf-8"))))
    assert {name: found[f"baskets_with_{name}"] for name in COUNTS} == COUNTS
    assert (found["rule_baskets"], found["rules_at_limits"], found["rules_at_strict_confidence"]) == (9835, 5668, 410)
    assert found["strict_rule"] == "liquor, red/blush wine → bottled beer"
    assert found["strict_rule_support"] == pytest.approx(0.0019, abs=5e-5)
    assert found["strict_rule_confidence"] == pytest.approx(0.905, abs=5e-4)
    assert found["strict_rule_lift"] == pytest.approx(11.235, abs=5e-4)
    assert found["rules_found"] > found["rules_expected_by_chance"]


def made_baskets(number: int = 300) -> str:
    """Baskets in which sugar goes with tea, and nothing else with anything."""
    rng = np.random.default_rng(1)
    others = [[f"i{one}" for one in rng.choice(30, 3, replace=False)] for _ in range(number)]
    return "".join(
        f"{','.join(one + (['tea', 'sugar'] if place % 5 == 0 else []))}\n" for place, one in enumerate(others)
    )


def test_in_baskets_alone_rules_are_found_and_nothing_is_said_of_customers(tmp_path, run_notebook):
    pieces = run_notebook(CHAPTER, study_of(tmp_path, made_baskets()), rule_support=0.05, rule_items=2, rule_shuffles=1)
    found = results_of(pieces)
    assert found["rules_found"] == found["rules_at_strict_confidence"] == 2
    assert (found["baskets_with_sugar"], found["baskets_with_tea"]) == (60, 60)
    assert found["next_product_verdict"] == "offers_untested"
    assert not [name for name in found if "owner" in name or "customer" in name]
    assert not [piece for piece in pieces if piece["kind"] == "list"]
    assert "customers bought" not in " ".join(texts_said(pieces))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("tea,milk\n", "1 basket"),
        ("tea\ntea\ntea\n", "1 item in all baskets"),
        (
            "\n".join(",".join(f"i{n}" for n in range(1000)) for _ in range(3)),
            "3 with more than 100 items are left out",
        ),
    ],
    ids=["one basket", "one product", "baskets of a thousand items"],
)
def test_too_few_baskets_are_a_reason(tmp_path, run_notebook, content, reason):
    pieces = run_notebook(CHAPTER, study_of(tmp_path, content))
    assert reason in caveats(pieces)
    assert "rules_found" not in results_of(pieces)


def test_a_product_cannot_be_offered_where_there_are_no_products(tmp_path):
    study = load_study(study_of(tmp_path, made_baskets()))
    values = {"offered_product": "tea", "product_level": "category"}
    _, faults = readiness(CHAPTER, study, values)
    with pytest.raises(InputError, match="'tea' cannot be looked for: the study has no products with category"):
        raise InputError(faults)
