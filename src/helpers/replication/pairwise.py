"""Pairwise judgements whose weights were printed: Saaty (1977, 2008), his random indices, and the lubricant dealer."""

import numpy as np

from helpers.value import ahp

_DRINKS = ("coffee", "wine", "tea", "beer", "soda", "milk", "water")
_DRINK_JUDGEMENTS = (
    *(9, 5, 2, 1, 1, 1 / 2),
    *(1 / 3, 1 / 9, 1 / 9, 1 / 9, 1 / 9),
    *(1 / 3, 1 / 4, 1 / 3, 1 / 9),
    *(1 / 2, 1, 1 / 3),
    *(2, 1 / 2, 1 / 3),
)
_JOB = ("flexibility", "opportunity", "security", "reputation", "salary")
_JOB_JUDGEMENTS = (1 / 4, 1 / 6, 1 / 4, 1 / 8, 1 / 3, 3, 1 / 7, 4, 1 / 2, 1 / 7)
_CITIES = ("Cairo", "Tokyo", "Chicago", "San Francisco", "London", "Montreal")
_CITY_JUDGEMENTS = (1 / 3, 8, 3, 3, 7, 9, 3, 3, 9, 1 / 6, 1 / 5, 2, 1 / 3, 6, 6)
_DEALER = {
    "ahp.custvalue.sales": (1 / 2, 1 / 3, 1 / 2),
    "ahp.custvalue.credit": (3.0, 2.0, 1 / 3),
    "ahp.custvalue.profit": (4.0, 5.0, 6.0, 2.0, 2.0, 2.0),
}
_SIMULATED = range(3, 8)
_SIZES = {3: 3, 6: 4}  # judgements above the diagonal: items


def pairwise_figures(rng: np.random.Generator) -> dict[str, dict[str, float]]:
    """Work out weights and consistency of the judgements that the literature prints, or that its weights imply.

    The weights of the dealer's profit are those of the row geometric mean: no judgements on the scale give them by the
    principal eigenvector.

    Parameters
    ----------
    rng : numpy.random.Generator
        For the random index worked out anew.

    Returns
    -------
    dict of str to dict of str to float
        Figures by entry and item.
    """
    drinks = ahp.derive_priorities(ahp.pairwise_matrix(_DRINKS, _DRINK_JUDGEMENTS), random_index="saaty1980")
    figures = {
        "ahp.drinks": {**_weights(drinks), "consistency ratio": drinks.consistency_ratio},
        "ahp.job": _weights(ahp.derive_priorities(ahp.pairwise_matrix(_JOB, _JOB_JUDGEMENTS))),
        "ahp.philadelphia": _weights(ahp.derive_priorities(ahp.pairwise_matrix(_CITIES, _CITY_JUDGEMENTS))),
        "ahp.custvalue.2x2": {
            f"judgement {judgement}": float(
                ahp.derive_priorities(ahp.pairwise_matrix(["a", "b"], [judgement])).weights.iloc[0]
            )
            for judgement in (2, 4, 3)
        },
        **{entry: _dealer(judgements) for entry, judgements in _DEALER.items()},
        "ahp.custvalue.composites": _composites(),
        "ahp.ri.simulated": {f"{n} items": ahp.simulate_random_index(n, rng, draws=30_000) for n in _SIMULATED},
    }
    for table in ("saaty1980", "saaty2005", "donegan"):
        first = 1 if table == "saaty1980" else 3
        index = ahp.RANDOM_INDEX[table]
        figures[f"ahp.ri.{table}"] = {f"{n} items": float(index[n - 1]) for n in range(first, len(index) + 1)}
    return figures


def _weights(found: ahp.Priorities) -> dict[str, float]:
    return {str(item): float(weight) for item, weight in found.weights.items()}


def _dealer(judgements: tuple[float, ...]) -> dict[str, float]:
    items = [f"weight {place}" for place in range(1, _SIZES[len(judgements)] + 1)]
    return _weights(ahp.derive_priorities(ahp.pairwise_matrix(items, judgements), method="row_geometric_mean"))


def _composites() -> dict[str, float]:
    dealer = ahp.find_hierarchy("published_lubricant_dealer")
    composite = ahp.weigh_hierarchy(dealer, method="row_geometric_mean").composite
    return {str(indicator): float(weight) for indicator, weight in composite.items()}
