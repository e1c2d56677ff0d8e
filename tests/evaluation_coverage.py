"""How often 95 % intervals of campaigns and satisfaction hold the truth: a part of `tests.interval_coverage`.

Each function counts, over as many repetitions as asked, how often an interval of the package holds what is known: that
a permuted outcome has no Qini coefficient, and what importance and paths are in a large population.
"""

import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
from tests.questionnaires import MODEL, PARTS, asked, questionnaires
from tests.repeated_coverage import Held, repeated

from helpers import evaluation
from helpers.evaluation import PairOutcomes, satisfaction
from helpers.simulation import read_parameters, simulate

COMPANY = Path(__file__).resolve().parents[1] / "data" / "simulated" / "company.yml"
KNOWN_BEFORE = ["kind", "sector", "on_account", "payment_term_days", "years_in_business", "equity_ratio", "employees"]
GROSS_MARGIN, DRAWS, LARGE = 0.25, 999, 400_000


def cover_qini(repetitions: int) -> pd.Series:
    """Share of intervals of the Qini coefficient that hold zero where the outcome of every campaign is permuted.

    Every repetition is another simulated company. The uplift model is learnt anew from the permuted answers of half of
    the customers and judged by the other half, as the chapter on campaigns does.
    """
    return pd.DataFrame([_qini_of_permuted(seed) for seed in range(1, repetitions + 1)]).astype(float).mean()


def _qini_of_permuted(seed: int) -> Held:
    found, features = _campaigns_of_company(seed)
    permuted = _permuted(found, np.random.default_rng(seed))
    learnt = evaluation.learning_half(permuted.pairs["customer_id"], seed=seed)
    responded = permuted.outcomes["responded"].to_numpy() > 0
    treated = permuted.pairs["treated"].to_numpy()
    model = evaluation.UpliftModel().fit(features[learnt], treated[learnt], responded[learnt])
    judged = evaluation.chosen_pairs(permuted, ~learnt)
    score, pairs = model.predict(features.loc[judged.pairs.index]), judged.pairs
    drawn = {"customers": pd.factorize(pairs["customer_id"])[0], "weights": evaluation.comparison_weights(pairs)}
    held = {}
    for outcome in ("responded", "net"):
        values = judged.outcomes[outcome].to_numpy()
        qini = evaluation.bootstrap_qini(score, pairs["treated"].to_numpy(), values, **drawn, n_draws=DRAWS, seed=seed)
        held[f"Qini of {outcome}, permuted"] = qini.low <= 0 <= qini.high
    return held


def _permuted(found: PairOutcomes, rng: np.random.Generator) -> PairOutcomes:
    """Deal the outcomes of each campaign out anew to its pairs."""
    order = np.arange(len(found.pairs))
    for rows in found.pairs.groupby("campaign_id").indices.values():
        order[rows] = rng.permutation(rows)
    return replace(found, outcomes=found.outcomes.iloc[order].set_axis(found.outcomes.index))


def _campaigns_of_company(seed: int) -> tuple[PairOutcomes, pd.DataFrame]:
    """Return what the campaigns of a simulated company brought, and what was known of each customer before."""
    parameters = read_parameters(COMPANY).model_copy(update={"seed": seed})
    with tempfile.TemporaryDirectory() as folder:
        made = simulate(parameters, Path(folder)).folder / "tables"
        names = ("contacts", "responses", "transactions", "customers")
        contacts, responses, lines, customers = (ibis.read_parquet(made / f"{name}.parquet") for name in names)
        pairs = evaluation.campaign_pairs(contacts, responses, parameters.as_of)
        found = evaluation.pair_outcomes(contacts, responses, pairs, parameters.as_of)
        known = {"customers": customers.to_pyarrow().to_pandas(), "attributes": KNOWN_BEFORE}
        features = evaluation.contact_features(found.pairs, transactions=lines, **known)
    return evaluation.with_net(found, gross_margin=GROSS_MARGIN), features


def cover_importance(repetitions: int) -> pd.DataFrame:
    """Share of intervals of relative importance that hold that of a large population, of persons and of firms.

    Everybody answers twice; an interval of each of the five dimensions.
    """
    parts = []
    for customers in (60, 200, 1000):
        rng = np.random.default_rng([55, customers])

        def once(customers: int = customers, rng: np.random.Generator = rng) -> Held:
            surveys, kinds = asked(int(rng.integers(2**31)), customers=2 * customers)
            ready, held = satisfaction.prepare_answers(surveys, PARTS, segments=kinds), {}
            for kind, truth in _true_importance().items():
                own = ready.of(ready.of_segment(kind))
                found = satisfaction.relative_importance(own, rng, draws=DRAWS)
                inside = truth.between(found["low"], found["high"])
                held |= {f"importance of {name} to {customers} {kind}s": hit for name, hit in inside.items()}
            return held

        parts.append(repeated(once, repetitions))
    return pd.concat(parts)


@cache
def _true_importance() -> dict[str, pd.Series]:
    surveys, kinds = asked(1, customers=LARGE)
    own = surveys["customer_id"].map(kinds)
    covariances = {kind: surveys.loc[own == kind, [*PARTS, "overall"]].cov() for kind in ("person", "firm")}
    shares = {kind: satisfaction.shapley_shares(one.to_numpy()[None])[0] for kind, one in covariances.items()}
    return {kind: pd.Series(one, PARTS) for kind, one in shares.items()}


def cover_paths(repetitions: int) -> pd.DataFrame:
    """Share of intervals of partial least squares paths that hold the path of a large population."""
    few = np.random.default_rng(1)
    truth = satisfaction.fit_path_model(questionnaires(1, LARGE), MODEL, few, draws=2).paths["path"]
    parts = []
    for answers in (60, 250, 1000):
        rng = np.random.default_rng([56, answers])

        def once(answers: int = answers, rng: np.random.Generator = rng) -> Held:
            asked_of = questionnaires(int(rng.integers(2**31)), answers)
            found = satisfaction.fit_path_model(asked_of, MODEL, rng, draws=DRAWS).paths
            inside = truth.between(found["low"], found["high"])
            return {f"path {name} of {answers} answers": hit for name, hit in inside.items()}

        parts.append(repeated(once, repetitions))
    return pd.concat(parts)
