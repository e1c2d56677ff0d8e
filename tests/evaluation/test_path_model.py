"""Partial least squares path models: against a plain solution block by block, the published ECSI paths, refusals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.questionnaires import MODEL, questionnaires

from helpers.core.errors import InputError
from helpers.evaluation import satisfaction as sat

ECSI = Path(__file__).resolve().parents[2] / "data" / "ecsi"
PUBLISHED = {
    "image_expectation": 0.50470564, "expectation_quality": 0.55724786, "expectation_value": 0.05078755,
    "quality_value": 0.55721686, "image_satisfaction": 0.17883348, "expectation_satisfaction": 0.06442534,
    "quality_satisfaction": 0.51254524, "value_satisfaction": 0.19181566, "satisfaction_complaints": 0.52609731,
    "satisfaction_loyalty": 0.48347472, "image_loyalty": 0.19535971, "complaints_loyalty": 0.07123241,
}  # fmt: skip
"""SmartPLS 2.0.M3, centroid scheme: the test results that the R package semPLS compares with."""


def fit(frame: pd.DataFrame, model: sat.PathModel = MODEL, draws: int = 99) -> sat.FittedPaths:
    return sat.fit_path_model(frame, model, np.random.default_rng(1), draws=draws)


def plain_paths(frame: pd.DataFrame, rounds: int = 100) -> list[float]:
    """Lohmoeller's steps on the data themselves, one block after the other, as a textbook writes them."""
    data = (frame - frame.mean()) / frame.std(ddof=1)
    weights = {name: np.ones(len(asked)) for name, asked in MODEL.blocks.items()}
    for _ in range(rounds):
        scores = {name: data[list(MODEL.blocks[name])].to_numpy() @ weights[name] for name in MODEL.blocks}
        scores = {name: one / one.std(ddof=1) for name, one in scores.items()}
        for name, asked in MODEL.blocks.items():
            near = [b if a == name else a for a, b in MODEL.paths if name in (a, b)]
            inner = sum(np.sign(np.corrcoef(scores[name], scores[one])[0, 1]) * scores[one] for one in near)
            weights[name] = np.array([np.corrcoef(data[one], inner)[0, 1] for one in asked])
    found = []
    for one, to in MODEL.paths:
        sources = [a for a, b in MODEL.paths if b == to]
        design = np.column_stack([scores[a] for a in sources])
        found.append(float(np.linalg.lstsq(design, scores[to], rcond=None)[0][sources.index(one)]))
    return found


def test_paths_are_those_of_a_plain_solution():
    frame = questionnaires()
    assert fit(frame).paths["path"].to_numpy() == pytest.approx(plain_paths(frame), abs=1e-8)


def test_intervals_hold_the_paths_and_are_those_of_resamples_fitted_one_by_one():
    frame = questionnaires()
    found = fit(frame, draws=499).paths
    rng = np.random.default_rng(5)
    drawn = [plain_paths(frame.iloc[rng.integers(0, len(frame), len(frame))], 6) for _ in range(40)]
    spread = np.std(drawn, axis=0)
    assert ((found["low"] < found["path"]) & (found["path"] < found["high"])).all()
    assert ((found["high"] - found["low"]) / 3.92).to_numpy() == pytest.approx(spread, rel=0.45)


@pytest.mark.skipif(not (ECSI / "mobi.csv").is_file(), reason="the data are fetched, not part of the project")
def test_the_published_paths_of_ecsi():
    from helpers.study.study import load_study

    frame = load_study(str(ECSI)).table("surveys").to_pandas()
    found = fit(frame, sat.find_path_model(folder=ECSI)).paths["path"].to_dict()
    assert found == pytest.approx(PUBLISHED, abs=1e-5)


def test_a_path_above_one_is_refused():
    """Two sources that hardly differ, of which the target is the difference: the coefficients explode."""
    rng = np.random.default_rng(2)
    one = rng.normal(size=400)
    other = one + 0.05 * rng.normal(size=400)
    frame = pd.DataFrame({"a": one, "b": other, "c": 10 * (one - other) + one + 0.5 * rng.normal(size=400)})
    model = sat.PathModel({"x": ("a",), "y": ("b",), "z": ("c",)}, (("x", "z"), ("y", "z")))
    with pytest.raises(InputError, match="above one in size") as refused:
        fit(frame, model)
    assert [fault.where for fault in refused.value.faults] == ["path from x to z", "path from y to z"]


def test_too_few_answers_and_answers_that_never_vary():
    with pytest.raises(InputError, match="not enough to say"):
        fit(questionnaires(count=12))
    with pytest.raises(InputError, match="'q2' are equal"):
        fit(questionnaires().assign(q2=4.0))


def test_all_faults_of_a_file_come_with_their_lines(tmp_path):
    text = "blocks:\n  image: [i1, nobody]\n  quality: [i1]\n  alone: [q2]\npaths:\n  quality: [imgae]\nmore: 1\n"
    (tmp_path / "path_model.yml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        sat.find_path_model(folder=tmp_path, known_columns=["i1", "q2"])
    said = "\n".join(map(str, refused.value.faults))
    for part in (
        "'nobody'",
        "stands in 'image' and in 'quality'",
        "'imgae'",
        "'alone' is on no path",
        "'more'",
        "line 2",
    ):
        assert part in said


def test_a_circle_is_refused_and_no_file_is_no_model(tmp_path):
    assert not sat.find_path_model(folder=tmp_path).paths
    text = "blocks: {a: [x], b: [y]}\npaths: {a: [b], b: [a]}\n"
    (tmp_path / "path_model.yml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="circle"):
        sat.find_path_model(folder=tmp_path)
