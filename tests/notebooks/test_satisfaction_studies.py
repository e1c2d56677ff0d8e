"""Satisfaction from the raw surveys to the report: the simulated company, a survey without orders, ECSI, bad input."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.cases import make_study, shop

from helpers.core.errors import InputError
from helpers.simulation import read_parameters
from helpers.suite.planning.plan import make_plan

DATA = Path(__file__).resolve().parents[2] / "data"
SATISFACTION = "51_satisfaction"
PARTS = ["speed", "advice", "price"]


def results(pieces):
    return {name: entry["value"] for name, entry in pieces[-1]["results"].items()}


def nonsense(pieces):
    fields = ("text", "title", "alt", "caption", "about")
    shown = [str(piece[field]) for piece in pieces for field in fields if piece.get(field)]
    return [text for text in shown if re.search(r"\b(?:nan|inf|None|NaT)\b|\{\w+\}|_", text)]


def surveys(customers: int = 300, *, waves: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    frames = []
    for wave in range(waves):
        scores = pd.DataFrame(rng.integers(3, 11, (customers, 3)), columns=PARTS).astype(float)
        scores.insert(0, "customer_id", [f"C{one:04d}" for one in range(customers)])
        scores["time"] = f"{2023 + wave}-06-01"
        whole = scores[PARTS] @ np.array([0.5, 0.3, 0.1]) + rng.normal(0.7, 0.5, customers)
        frames.append(scores.assign(overall=whole.round().clip(1, 10)))
    return pd.concat(frames, ignore_index=True)


def survey_study(folder: Path, asked: pd.DataFrame, **tables: pd.DataFrame) -> Path:
    columns = {name: name for name in ("customer_id", "overall", "time") if name in asked}
    attributes = [name for name in asked if name not in columns]
    sources = {"surveys": {"columns": columns, "attributes": attributes}}
    return make_study(folder, {"surveys": asked, **tables}, sources=sources)


def test_the_weights_and_the_hidden_driver_of_the_simulated_company(run_notebook, make_company):
    pieces = run_notebook(SATISFACTION, make_company(2000), bootstrap_draws=199)
    found, weights = pieces[-1]["results"], read_parameters(DATA / "simulated" / "company.yml").survey.weights
    ends = {
        (kind, name): found[f"driver_weight_{kind}_{name}"]
        for kind in ("person", "firm")
        for name in ("reliability", "responsiveness", "assurance", "empathy", "tangibles")
    }
    inside = [one["low"] <= weights[kind][name] <= one["high"] for (kind, name), one in ends.items()]
    assert sum(inside) >= 9  # of ten at 95 %
    assert results(pieces)["hidden_driver_found"] is True
    shares = [value for name, value in results(pieces).items() if name.startswith("driver_importance_")]
    assert sum(shares) == pytest.approx(1.0)
    assert nonsense(pieces) == []


def test_a_survey_without_orders_and_customers_leaves_out_what_needs_them(tmp_path, run_notebook):
    study = survey_study(tmp_path / "asked", surveys().drop(columns="time"))
    pieces = run_notebook(SATISFACTION, study, bootstrap_draws=99)
    found = results(pieces)
    assert found["hidden_driver_found"] is None
    assert "satisfied_buy_more_verdict" not in found
    assert "path_explained" not in str(found)
    assert found["driver_weight_speed"] == pytest.approx(0.5, abs=0.1)
    assert nonsense(pieces) == []


def test_a_survey_of_a_shop_says_who_bought_again(tmp_path, run_notebook):
    study = survey_study(tmp_path / "asked", surveys(waves=2), transactions=shop())
    found = results(run_notebook(SATISFACTION, study, bootstrap_draws=99))
    assert found["satisfied_buy_more_verdict"] in ("more", "not shown", "less")
    assert found["hidden_driver_found"] is False


@pytest.mark.skipif(not (DATA / "ecsi" / "mobi.csv").is_file(), reason="the data are fetched, not part of the project")
def test_ecsi_shows_the_published_paths(run_notebook):
    pieces = run_notebook(SATISFACTION, DATA / "ecsi", bootstrap_draws=99)
    found = results(pieces)
    assert found["path_image_expectation"] == pytest.approx(0.50470564, abs=1e-5)
    assert found["path_satisfaction_loyalty"] == pytest.approx(0.48347472, abs=1e-5)
    assert sum(name.startswith("path_") and "explained" not in name for name in found) == 12
    assert nonsense(pieces) == []


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (lambda frame: frame.assign(price=(frame["price"] / 2).round().clip(1, 5)), "several scales"),
        (lambda frame: frame.assign(overall=7), "all answers to 'overall' are equal"),
        (lambda frame: frame.assign(advice=5), "all answers to 'advice' are equal"),
        (lambda frame: frame.head(3), "not enough to say"),
        (lambda frame: frame.assign(price=None), "nobody answered 'price'"),
        (lambda frame: frame.head(2), "not enough to say"),
    ],
    ids=["mixed scales", "all equal", "constant column", "three responses", "nobody", "fewer than dimensions"],
)
def test_the_check_refuses_what_the_chapter_would(tmp_path, spoil, word):
    study = survey_study(tmp_path / "asked", spoil(surveys()).drop(columns="time"))
    with pytest.raises(InputError, match=word):
        make_plan(str(study), only=["51"])
