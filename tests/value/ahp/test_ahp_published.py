"""The analytic hierarchy process against published tables.

Saaty 1977: A scaling method for priorities in hierarchical structures, J. Math. Psychology 15, 234-281.
Saaty 2008: Decision making with the analytic hierarchy process, Int. J. Services Sciences 1(1), 83-98.
Belton & Gear 1983: On a short-coming of Saaty's method of analytic hierarchies, Omega 11(3), 228-230.
The case of the lubricant dealer prints weights only; the judgements behind them were worked back.
"""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from helpers.value import ahp
from helpers.value.ahp.scoring import rescale

DRINKS = ["coffee", "wine", "tea", "beer", "soda", "milk", "water"]
DRINK_JUDGEMENTS = [
    *(9, 5, 2, 1, 1, 1 / 2),
    *(1 / 3, 1 / 9, 1 / 9, 1 / 9, 1 / 9),
    *(1 / 3, 1 / 4, 1 / 3, 1 / 9),
    *(1 / 2, 1, 1 / 3),
    *(2, 1 / 2, 1 / 3),
]
LOCAL_TOLERANCE = 5e-5  # half of the last printed digit


@pytest.fixture(scope="module")
def dealer():
    return ahp.find_hierarchy("published_lubricant_dealer")


def test_saaty_2008_table_2_drinks():
    found = ahp.derive_priorities(ahp.pairwise_matrix(DRINKS, DRINK_JUDGEMENTS), random_index="saaty1980")
    assert found.weights.tolist() == pytest.approx([0.177, 0.019, 0.042, 0.116, 0.190, 0.129, 0.327], abs=6e-4)
    assert found.consistency_ratio == pytest.approx(0.022, abs=6e-4)
    precise = [0.1775, 0.0191, 0.0418, 0.1164, 0.1896, 0.1288, 0.3268]
    assert found.weights.tolist() == pytest.approx(precise, abs=5e-5)
    assert found.consistency_ratio == pytest.approx(0.0223, abs=5e-5)


def test_saaty_2008_table_3_job():
    items = ["flexible_time", "opportunity", "security", "reputation", "salary"]
    matrix = ahp.pairwise_matrix(items, [1 / 4, 1 / 6, 1 / 4, 1 / 8, 1 / 3, 3, 1 / 7, 4, 1 / 2, 1 / 7])
    found = ahp.derive_priorities(matrix).weights.tolist()
    assert found == pytest.approx([0.036, 0.122, 0.262, 0.075, 0.506], abs=5e-4)
    assert found == pytest.approx([0.0361, 0.1219, 0.2619, 0.0746, 0.5056], abs=5e-5)


def test_saaty_1977_distances_from_philadelphia():
    cities = ["Cairo", "Tokyo", "Chicago", "San Francisco", "London", "Montreal"]
    matrix = ahp.pairwise_matrix(cities, [1 / 3, 8, 3, 3, 7, 9, 3, 3, 9, 1 / 6, 1 / 5, 2, 1 / 3, 6, 6])
    found = ahp.derive_priorities(matrix).weights.tolist()
    assert found == pytest.approx([0.263, 0.397, 0.033, 0.116, 0.164, 0.027], abs=1.2e-3)
    assert found == pytest.approx([0.2619, 0.3975, 0.0334, 0.1164, 0.1642, 0.0266], abs=5e-5)


@pytest.mark.parametrize(
    ("judgement", "weights"), [(2, [0.6667, 0.3333]), (4, [0.8, 0.2]), (3, [0.75, 0.25])], ids=["top", "now", "later"]
)
@pytest.mark.parametrize("method", ["eigenvector", "row_geometric_mean"])
def test_lubricant_dealer_pairs(judgement, weights, method):
    found = ahp.derive_priorities(ahp.pairwise_matrix(["a", "b"], [judgement]), method=method)
    assert found.weights.tolist() == pytest.approx(weights, abs=LOCAL_TOLERANCE)
    assert found.consistency_ratio == 0


@pytest.mark.parametrize("method", ["eigenvector", "row_geometric_mean"])
@pytest.mark.parametrize(
    ("upper", "weights", "ratio"),
    [
        ([1 / 2, 1 / 3, 1 / 2], [0.1634, 0.2970, 0.5396], 0.0088),
        ([3, 2, 1 / 3], [0.5278, 0.1396, 0.3325], 0.0516),
    ],
    ids=["sales_volume", "credit"],
)
def test_lubricant_dealer_triples_are_the_same_by_both_methods(upper, weights, ratio, method):
    found = ahp.derive_priorities(ahp.pairwise_matrix(["a", "b", "c"], upper), method=method)
    assert found.weights.tolist() == pytest.approx(weights, abs=LOCAL_TOLERANCE)
    assert found.consistency_ratio == pytest.approx(ratio, abs=5e-5)


def test_lubricant_dealer_profit_is_reproduced_by_the_row_geometric_mean_only(dealer):
    published = [0.6095, 0.1842, 0.1231, 0.0832]
    matrix = dealer.judgements["profit"]["judge"]
    by_rows = ahp.derive_priorities(matrix, method="row_geometric_mean", random_index="saaty1980")
    assert by_rows.weights.tolist() == pytest.approx(published, abs=LOCAL_TOLERANCE)
    assert by_rows.consistency_ratio == pytest.approx(0.0244, abs=5e-5)
    by_eigenvector = ahp.derive_priorities(matrix).weights.tolist()
    assert by_eigenvector == pytest.approx([0.6073, 0.1850, 0.1242, 0.0834], abs=5e-5)
    assert max(np.abs(np.subtract(by_eigenvector, published))) > 10 * LOCAL_TOLERANCE


@pytest.mark.slow
def test_no_judgements_on_profit_give_the_published_weights_by_the_eigenvector():
    """All 531,441 sets of whole-number judgements in which the order of the four is respected; by power iteration."""
    published = np.array([0.6095, 0.1842, 0.1231, 0.0832])
    upper = np.array(list(product(range(1, 10), repeat=6)), dtype=float)
    matrices = np.ones((len(upper), 4, 4))
    rows, columns = np.triu_indices(4, 1)
    matrices[:, rows, columns], matrices[:, columns, rows] = upper, 1 / upper
    weights = np.full((len(upper), 4), 0.25)
    for _ in range(60):
        weights = np.einsum("nij,nj->ni", matrices, weights)
        weights /= weights.sum(axis=1, keepdims=True)
    errors = np.abs(weights - published).max(axis=1)
    assert errors.min() == pytest.approx(0.0012, abs=1e-4)


def test_lubricant_dealer_twelve_composite_weights(dealer):
    weights = ahp.weigh_hierarchy(dealer, method="row_geometric_mean")
    published = pd.Series(dealer.published)
    assert list(published.index) == list(weights.composite.index)
    assert published.tolist() == [
        0.3251,
        0.0982,
        0.0657,
        0.0444,
        0.0218,
        0.0396,
        0.0719,
        0.2,
        0.05,
        0.044,
        0.0116,
        0.0277,
    ]
    assert weights.composite.tolist() == pytest.approx(published.tolist(), abs=LOCAL_TOLERANCE)
    precise = [0.32507, 0.09824, 0.06565, 0.04437, 0.02179, 0.0396, 0.07195, 0.2, 0.05, 0.04398, 0.01163, 0.02771]
    assert weights.composite.tolist() == pytest.approx(precise, abs=4e-5)
    by_rows = ahp.compare_published(dealer, method="row_geometric_mean")
    assert by_rows["agrees"].all()
    by_eigenvector = ahp.compare_published(dealer).set_index("indicator")["agrees"]
    assert list(by_eigenvector.index[~by_eigenvector]) == ["profit_1", "profit_2", "profit_3", "profit_4"]
    assert weights.consistent
    assert weights.composite.sum() == pytest.approx(1)


def test_random_index_tables():
    """Saaty (1980); Saaty (2005), p. 31; Donegan & Dodd (1991)."""
    older = [0, 0, 0.58, 0.9, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59]
    newer = [0.52, 0.89, 1.11, 1.25, 1.35, 1.4, 1.45, 1.49, 1.52, 1.54, 1.56, 1.58, 1.59]
    donegan = [0.4914, 0.8286, 1.0591, 1.1797, 1.2519, 1.3171, 1.3733, 1.4055, 1.4213, 1.4497, 1.4643, 1.4822, 1.4969]
    assert list(ahp.RANDOM_INDEX["saaty1980"]) == older
    assert list(ahp.RANDOM_INDEX["saaty2005"]) == [0, 0, *newer]
    assert list(ahp.RANDOM_INDEX["donegan"]) == [0, 0, *donegan]


@pytest.mark.parametrize(
    ("items", "recomputed"),
    [(3, 0.524), (4, 0.886), (5, 1.112), (6, 1.251), (7, 1.341), (8, 1.405), (9, 1.450), (10, 1.487)],
)
def test_random_index_worked_out_anew_agrees_with_the_newer_table(items, recomputed):
    found = ahp.simulate_random_index(items, np.random.default_rng(items), draws=30_000)
    assert found == pytest.approx(recomputed, abs=0.01)
    assert found == pytest.approx(ahp.RANDOM_INDEX["saaty2005"][items - 1], abs=0.015)


def test_belton_and_gear_1983_a_copy_turns_the_order_round():
    """Printed: .45, .47, .08 without the copy of B, and .37, .29, .06, .29 with it."""
    a, b, c = [1, 9, 8], [9, 1, 9], [1, 1, 1]
    table = pd.DataFrame([a, b, c, b], index=["A", "B", "C", "copy of B"], columns=["one", "two", "three"])
    equal = pd.Series(1 / 3, index=table.columns)
    three = rescale(table.iloc[:3], "sum") @ equal
    four = rescale(table, "sum") @ equal
    assert three.tolist() == pytest.approx([0.45, 0.47, 0.08], abs=0.005)
    assert four.tolist() == pytest.approx([0.37, 0.29, 0.06, 0.29], abs=0.005)
    by_sum = ahp.check_rank_reversal(table, equal, leave_out=["copy of B"], scale="sum").iloc[0]
    assert (by_sum["reversed_pairs"], by_sum["moved"], by_sum["first_kept"]) == (1, 2, False)
    by_largest = ahp.check_rank_reversal(table, equal, leave_out=["copy of B"], scale="largest").iloc[0]
    assert (by_largest["reversed_pairs"], by_largest["moved"], by_largest["first_kept"]) == (0, 0, True)
