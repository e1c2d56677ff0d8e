"""How often 95 % intervals cover the truth, on simulated customers: the table beside the published figures.

`python -m tests.interval_coverage` draws customers from models with known parameters, fits the models to them, and
counts how often each interval holds the true value. It writes `data/replication/interval_coverage.csv`, one row for
each quantity, and the summary in the README beside it. It takes about seven minutes on one core.
"""

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
from tests.evaluation_coverage import cover_importance, cover_paths, cover_qini
from tests.purchase_cases import CASES, ModelCase
from tests.repeated_coverage import REPETITIONS, Held, repeated
from tests.skewed_profit import (
    BUYING,
    LARGE,
    LAST_DAY,
    LOSS,
    SPENDING,
    TRUE_LOSS,
    company,
    compare_of,
    defaulted,
    ends_of_means,
    kept_of,
    off_by_customer,
    profits,
)
from tests.skewed_spend import SIZES, SPREADS, Population, change_of, gini_of, populations

from helpers.identification.linkage import estimate_from_review
from helpers.value import (
    BGNBD,
    FitWarning,
    ForecastComparison,
    GammaGamma,
    ShiftedBetaGeometric,
    ValueDefinition,
    draw_lifetime_value,
    forecast_intervals,
    lifetime_value_intervals,
    parameter_intervals,
    past_errors_of_total,
    purchase_history,
    total_with_misfit,
)
from helpers.value.credit import measure_loss_given_default
from helpers.value.likelihood.fitted import LogScaleModel

FOLDER = Path(__file__).resolve().parents[1] / "data" / "replication"
TABLE, README = FOLDER / "interval_coverage.csv", FOLDER / "README.md"
LARGEST = 2_000_000
CONSERVATIVE = {
    "value of all customers": "an allowance for misfit, which models that are true do not need",
    "verdict": "two intervals must both leave out zero, so that a wrong verdict takes a miss of one of them",
    "precision": "exact (Clopper-Pearson) in every stratum of the pairs, and the worst of all strata together",
    "recall": "exact (Clopper-Pearson) in every stratum of the pairs, and the worst of all strata together",
}
"""Kinds of quantities that are held more often than stated, by design: why."""
NOMINAL, WIDER = "nominal", "conservative"
NAMES = {
    "bg_nbd": "BG/NBD",
    "mbg_nbd": "MBG/NBD",
    "pareto_nbd": "Pareto/NBD",
    "bg_bb": "BG/BB",
    "gamma_gamma": "Gamma-Gamma",
    "shifted_beta_geometric": "shifted-beta-geometric",
    "lifetime_value": "lifetime value (BG/NBD and Gamma-Gamma)",
    "gini": "Gini coefficient of revenue",
    "revenue_retention": "net and gross revenue retention",
    "forecast_errors": "errors of forecasts, and what they are less than naive ones",
    "forecast_ranks": "rank correlation and top decile of forecasts",
    "profit_kept": "profit of the best and the worst that came again",
    "loss_given_default": "loss given default",
    "linkage_review": "precision and recall of a linkage, by review",
    "qini": "Qini coefficient of a permuted outcome, the uplift model learnt anew",
    "driver_importance": "relative importance of dimensions of satisfaction",
    "paths": "paths between blocks of questions (partial least squares)",
}
STAYING = {"alpha": 0.7, "beta": 2.0}


def cover_purchases(case: ModelCase, repetitions: int) -> pd.Series:
    """Share of intervals that hold the parameters, and P(alive) and mean purchases of three customers.

    Cohorts of 3,000 customers. A customer who is alive for certain has no interval and is left out.
    """
    rng, truth, few = np.random.default_rng(42), case.stated, _three_customers(case)
    right = truth.forecast(few, 5)[["probability_alive", "expected_purchases"]]

    def once() -> Held:
        model = case.kind().fit(case.draw(3000, rng))
        ends = forecast_intervals(model, few, 5)
        held = {f"parameter {name}": inside for name, inside in _within(model, truth).items()}
        for name, values in right.items():
            inside = values.between(ends[f"{name}_low"], ends[f"{name}_high"])
            held |= {f"{name} of customer {row + 1}": hit for row, hit in inside[values < 1].items()}
        return held

    return _shares(once, repetitions)


def cover_spend(repetitions: int) -> pd.Series:
    """Share of intervals that hold the parameters of the Gamma-Gamma model, fitted to 2,000 customers."""
    rng, truth = np.random.default_rng(43), GammaGamma.from_parameters(**SPENDING)

    def once() -> Held:
        frequency = rng.poisson(2.5, 2000)
        money = pd.DataFrame({"frequency": frequency, "mean_repeat_spend": truth.sample_spend(frequency, rng)})
        return {f"parameter {name}": held for name, held in _within(GammaGamma().fit(money), truth).items()}

    return _shares(once, repetitions)


def cover_contracts(repetitions: int) -> pd.Series:
    """Share of intervals that hold the parameters of the shifted-beta-geometric model, fitted to 2,000 contracts."""
    rng, truth = np.random.default_rng(45), ShiftedBetaGeometric.from_parameters(**STAYING)

    def once() -> Held:
        model = ShiftedBetaGeometric().fit(truth.sample_contracts(np.full(2000, 8), rng))
        return {f"parameter {name}": held for name, held in _within(model, truth).items()}

    return _shares(once, repetitions)


def cover_lifetime_value(repetitions: int) -> pd.Series:
    """Share of intervals that hold what 400 customers then spend in a year, all together and one by one.

    The total has the allowance for misfit with which the report shows it. Most customers are worth nothing more: their
    intervals begin at zero and leave out the upper tail only, so that more than 95 % of the single ones are held.
    """
    rng = np.random.default_rng(44)
    buying, spend = BGNBD.from_parameters(**BUYING), GammaGamma.from_parameters(**SPENDING)
    definition = ValueDefinition(52, 0.15, margin_share=0.3)

    def once() -> Held:
        lines = ibis.memtable(company(400, rng))
        customers = purchase_history(lines, as_of=LAST_DAY).to_pyarrow().to_pandas()
        happened = draw_lifetime_value(customers, buying, spend, definition, rng)
        models = BGNBD().fit(customers), GammaGamma().fit(customers)
        drawn = lifetime_value_intervals(customers, *models, definition, rng, draws=199)
        low, high = total_with_misfit(drawn, past_errors_of_total(lines, LAST_DAY, "bg_nbd"))
        single = pd.Series(happened).between(drawn.customers["low"], drawn.customers["high"]).mean()
        return {
            "value of all customers": low <= happened.sum() <= high,
            "value of single customers": single,
        }

    return _shares(once, repetitions)


def cover_gini(repetitions: int) -> pd.Series:
    """Share of intervals of the Gini coefficient that hold the one of the population customers were drawn from."""
    return pd.Series(
        {
            f"Gini of {many} of {population.name}": _held_gini(population, many, repetitions)
            for population in populations()
            for many in SIZES
        }
    )


def _held_gini(population: Population, customers: int, repetitions: int) -> float:
    rng = np.random.default_rng([46, customers])
    found = (gini_of(population.draw(customers, rng)["before"], rng) for _ in range(repetitions))
    return float(np.mean([each.low <= population.gini <= each.high for each in found]))


def cover_revenue_retention(repetitions: int) -> pd.Series:
    """Share of intervals of net and gross revenue retention that hold the one of the population."""
    rng, found = np.random.default_rng(47), {}
    for population in populations():
        for many in SIZES:
            ends = [change_of(population.draw(many, rng)) for _ in range(repetitions)]
            for name, truth in population.retention.items():
                held = [getattr(each, name).low <= truth <= getattr(each, name).high for each in ends]
                found[f"{name} retention of {many} of {population.name}"] = float(np.mean(held))
    return pd.Series(found)


def cover_forecast_errors(repetitions: int) -> pd.Series:
    """Share of intervals of a forecast's error, and of what it is less than naive ones, that hold the true one.

    And the share of samples without a wrong verdict on the size of the bias.
    """
    found = {}
    for population in populations():
        truth = off_by_customer(population.draw(LARGEST, np.random.default_rng(50))).mean()
        for many in SIZES:
            rng, of = np.random.default_rng([148, many]), f"of {many} of {population.name}"
            ends = [ends_of_means(population.draw(many, rng), rng, 999) for _ in range(repetitions)]
            low, high = (np.array([each[name] for each in ends]) for name in ("low", "high"))
            held = pd.Series(((low <= truth.to_numpy()) & (truth.to_numpy() <= high)).mean(axis=0), truth.index)
            found |= {f"{name} {of}": held[name] for name in truth.index if name.endswith("mae")}
            signs = pd.DataFrame((low > 0).astype(int) - (high < 0), columns=truth.index)
            for naive in ("unchanged", "same"):
                pair = [f"less {naive}", f"both {naive}"]
                wrong = signs[pair].prod(axis=1) * np.sign(truth[pair].prod()) < 0
                found[f"verdict on bias against {naive} {of}"] = float(1 - wrong.mean())
    return pd.Series(found)


def cover_forecast_ranks(repetitions: int) -> pd.DataFrame:
    """Share of intervals of a forecast's rank correlation and top decile that hold the true ones."""
    parts = []
    for population in populations():
        truth = _ranks(compare_of(population.draw(LARGE, np.random.default_rng(50)), np.random.default_rng(51), 99))
        for many in SIZES:
            rng = np.random.default_rng([48, many])

            def once(population: Population = population, truth=truth, many: int = many, rng=rng) -> Held:
                ends, of = _ranks(compare_of(population.draw(many, rng), rng, 199)), f"of {many} of {population.name}"
                inside = truth["estimate"].between(ends["low"], ends["high"])
                return {f"rank {name} {of}": hit for name, hit in inside.items()}

            parts.append(repeated(once, repetitions))
    return pd.concat(parts)


def _ranks(compared: ForecastComparison) -> pd.DataFrame:
    """Return estimates and ends of the model; ranks of the naive forecast are those of the model but for rounding."""
    errors = compared.errors[compared.errors["forecast"] == compared.model].set_index("measure")
    return errors.loc[["spearman", "top_decile_capture"], ["estimate", "low", "high"]]


def cover_profit_kept(repetitions: int) -> pd.DataFrame:
    """Share of intervals of the profit kept by the best and the worst fifth that hold the true part."""
    parts = []
    for spread in SPREADS:
        truth = kept_of(*profits(spread, LARGE, np.random.default_rng(52)), np.random.default_rng(1))["estimate"]
        for many in SIZES:
            rng = np.random.default_rng([49, many])

            def once(spread: float = spread, truth=truth, many: int = many, rng=rng) -> Held:
                ends = kept_of(*profits(spread, many, rng), rng, draws=199)
                inside = truth.between(ends["low"], ends["high"])
                return {f"kept of the {name} of {many} of lognormal {spread:g}": hit for name, hit in inside.items()}

            parts.append(repeated(once, repetitions))
    return pd.concat(parts)


def cover_loss_given_default(repetitions: int) -> pd.DataFrame:
    """Share of intervals of the loss given default that hold the true one, debts being lognormal."""
    parts = []
    for spread in SPREADS:
        for many in (20, 60, *SIZES):
            rng = np.random.default_rng([53, many])

            def once(spread: float = spread, many: int = many, rng=rng) -> Held:
                found = measure_loss_given_default(defaulted(spread, many, rng), **LOSS, rng=rng)
                return {f"loss of {many} debtors of lognormal {spread:g}": found.low <= TRUE_LOSS <= found.high}

            parts.append(repeated(once, repetitions))
    return pd.concat(parts)


def cover_linkage_review(repetitions: int) -> pd.Series:
    """Share of intervals of precision and of recall of likely pairs that hold the true ones, by pairs reviewed.

    Five strata of pairs, from surely linked to surely not, of which the answers are right.
    """
    rng, found = np.random.default_rng(54), {}
    sizes, chance = np.array([900, 150, 80, 200, 3000]), np.array([0.995, 0.9, 0.6, 0.15, 0.004])
    strata = pd.DataFrame({"stratum": range(1, 6), "linked": [True] * 3 + [False] * 2, "pairs": sizes})
    strata["expected"] = chance
    for drawn in (np.array([30, 30, 20, 20, 100]), np.array([20, 10, 10, 10, 10])):
        held = []
        for _ in range(repetitions):
            right = rng.binomial(sizes, chance)
            yes = rng.hypergeometric(right, sizes - right, drawn)
            answers = [
                (place + 1, "yes" if at < yes[place] else "no") for place in range(5) for at in range(drawn[place])
            ]
            said = estimate_from_review(pd.DataFrame(answers, columns=["stratum", "answer"]), strata, rng)
            truth = right[:3].sum() / sizes[:3].sum(), right[:3].sum() / right.sum()
            both = zip((said.precision, said.recall_of_likely), truth, strict=True)
            held.append([share.low <= true <= share.high for share, true in both])
        for name, share in zip(("precision", "recall"), np.mean(held, axis=0), strict=True):
            found[f"{name} by {drawn.sum()} reviewed pairs"] = float(share)
    return pd.Series(found)


CALCULATIONS: Mapping[str, Callable[[int], pd.Series | pd.DataFrame]] = {
    **{name: lambda repetitions, case=case: cover_purchases(case, repetitions) for name, case in CASES.items()},
    "gamma_gamma": cover_spend,
    "shifted_beta_geometric": cover_contracts,
    "lifetime_value": cover_lifetime_value,
    "gini": cover_gini,
    "revenue_retention": cover_revenue_retention,
    "forecast_errors": cover_forecast_errors,
    "forecast_ranks": cover_forecast_ranks,
    "profit_kept": cover_profit_kept,
    "loss_given_default": cover_loss_given_default,
    "linkage_review": cover_linkage_review,
    "qini": cover_qini,
    "driver_importance": cover_importance,
    "paths": cover_paths,
}


def cover(model: str, repetitions: int = REPETITIONS) -> pd.DataFrame:
    """Return the rows of one model: `model`, `quantity`, `kind`, `repetitions` and `coverage`, to three decimals."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)  # a few small samples are drawn at an edge; they count all the same
        found = CALCULATIONS[model](repetitions)
    if isinstance(found, pd.Series):
        found = found.to_frame("coverage").assign(repetitions=repetitions)
    rows = found.round(3).rename_axis("quantity").reset_index()
    kinds = [WIDER if quantity.startswith(tuple(CONSERVATIVE)) else NOMINAL for quantity in rows["quantity"]]
    rows = rows.assign(model=model, kind=kinds)
    return rows[["model", "quantity", "kind", "repetitions", "coverage"]]


def summary(table: pd.DataFrame) -> str:
    """Return the coverage in Markdown: lowest and highest share of each model and kind of quantity."""
    kinds = {
        "parameter": "parameters",
        "probability alive": "P(alive)",
        "expected purchases": "mean purchases",
        "value": "value",
        "Gini": "Gini",
        "net retention": "net retention",
        "gross retention": "gross retention",
        "error": "errors",
        "difference": "differences",
        "verdict": "verdicts on bias",
        "rank": "ranks",
        "kept": "profit kept",
        "loss": "loss",
        "precision": "precision",
        "recall": "recall",
        "Qini": "Qini",
        "importance": "importance",
        "path": "paths",
    }
    found = table["quantity"].str.replace("_", " ").str.extract(f"^({'|'.join(kinds)})")
    shares = table.assign(kind=found[0]).groupby(["model", "kind"])["coverage"].agg(["min", "max"])
    lines = ["| 95 % intervals of | " + " | ".join(kinds.values()) + " |", "|---" * (len(kinds) + 1) + "|"]
    for model, name in NAMES.items():
        cells = [_range(shares, model, each) for each in kinds]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def with_summary(readme: str, table: pd.DataFrame) -> str:
    """Return the README with its table of coverage made anew."""
    head, rest = readme.split("| 95 % intervals of |", 1)
    return head + summary(table) + "\n\n" + rest.split("\n\n", 1)[1]


def _range(shares: pd.DataFrame, model: str, kind: str) -> str:
    if (model, kind) not in shares.index:
        return ""
    low, high = (f"{100 * share:.1f}" for share in shares.loc[(model, kind)])
    return f"{low} %" if low == high else f"{low} to {high} %"


def _within(model: LogScaleModel, truth: LogScaleModel) -> Held:
    """Whether the interval of each parameter holds the true one."""
    ends = parameter_intervals(model)
    return {name: ends.loc[name, "low"] <= value <= ends.loc[name, "high"] for name, value in truth.parameters_.items()}


def _three_customers(case: ModelCase) -> pd.DataFrame:
    """One who bought once, one in between, and one who bought often and then fell silent."""
    longest = case.longest
    rows = [(0, 0, longest), (2, longest // 2, longest), (5, longest // 1.4, longest)]
    return pd.DataFrame(rows, columns=list(case.kind.history_columns))


def _shares(once: Callable[[], Held], repetitions: int) -> pd.Series:
    def all_of_them() -> Iterator[Held]:
        for _ in range(repetitions):
            yield once()

    return pd.DataFrame(all_of_them()).astype(float).mean()


def remade(models: Sequence[str], repetitions: int | None = None) -> pd.DataFrame:
    """Return the table with the rows of some models made anew, of as many repetitions as it states unless given."""
    stated = pd.read_csv(TABLE)
    many = stated.groupby("model")["repetitions"].min()
    parts = [
        cover(model, repetitions or int(many.get(model, REPETITIONS)))
        if model in models
        else stated[stated["model"] == model]
        for model in CALCULATIONS
    ]
    return pd.concat(parts, ignore_index=True)


if __name__ == "__main__":
    made = remade(sys.argv[1:] or list(CALCULATIONS))
    made.to_csv(TABLE, index=False, lineterminator="\n")
    README.write_text(with_summary(README.read_text(encoding="utf-8"), made), encoding="utf-8")
