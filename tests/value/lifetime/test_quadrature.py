"""Quadratures and the forecasts on them against 50-digit arithmetic (mpmath, by the closed forms or the integral).

The cases go where closed forms in double precision fail: a thousand purchases, scales a million apart, a = 1.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from helpers.value import BGNBD, ParetoNBD
from helpers.value.lifetime.models.quadrature import beta_nodes, discounting_nodes, legendre

# r, alpha, s, beta, x, t_x, T; log-likelihood; P(alive)
PARETO = [
    (0.55, 10.58, 0.61, 11.67, 2, 30.43, 38.86, -9.5619812608429639393, 0.86841091713209172022),
    (0.55, 10.58, 0.61, 11.67, 26, 30.86, 31.0, -39.148842188219291285, 0.997905072576039238),
    (0.55, 10.58, 0.61, 11.67, 0, 0, 38.86, -0.51702515088753849312, 0.29377395046742047465),
    (3.0, 0.01, 0.05, 900.0, 1000, 500.0, 600.0, -332.79150474542104, 2.1398025110e-75),
    (0.02, 40.0, 6.0, 0.001, 5, 0.5, 300.0, -56.511249045820639729, 5.0468335451786686892e-22),
    (50.0, 700.0, 0.9, 2.0, 300, 1.0, 400.0, -413.67873174668037572, 1.3085114454e-70),
    (0.6, 12.0, 800.0, 9000.0, 4, 20.0, 39.0, -14.892740574103267226, 0.0514951714155106),
    (0.3, 4.0, 0.4, 0.0001, 0, 0, 50.0, -0.0083319959366594662426, 0.0024262193392441691005),
    (1.0, 5.0, 1.0, 5.0, 3, 2.0, 2.0, -4.7189154511803107755, 1.0),
]
# r, alpha, a, b, x, t_x, T, t; expected purchases
BG = [
    (0.243, 4.414, 0.793, 2.426, 2, 30.43, 38.86, 39, 1.2260281747671444631),
    (0.243, 4.414, 0.793, 2.426, 0, 0, 0, 500, 4.8878681552910284195),
    (2.0, 0.05, 0.3, 0.5, 4, 10.0, 30.0, 52, 0.13313036486715016845),
    (0.5, 3.0, 1.0000001, 2.0, 400, 80.0, 90.0, 100, 1.9184427806090880091e-15),
    (30.0, 300.0, 0.02, 0.7, 3, 9.0, 10.0, 52, 5.4294811951592762126),
    (0.243, 4.414, 0.793, 2.426, 0, 0, 0, 20000, 18.688093987356379778),
]


def history(x: float, last: float, age: float) -> pd.DataFrame:
    return pd.DataFrame({"frequency": [x], "age_at_last_purchase": [last], "age": [age]})


@pytest.mark.parametrize("values", PARETO)
def test_pareto_nbd_likelihood_and_probability_alive(values: tuple[float, ...]) -> None:
    r, alpha, s, beta, x, last, age, log_likelihood, alive = values
    model = ParetoNBD.from_parameters(r=r, alpha=alpha, s=s, beta=beta)
    assert model.log_likelihood(history(x, last, age)) == pytest.approx(log_likelihood, rel=2e-11)
    assert model.probability_alive(history(x, last, age))[0] == pytest.approx(alive, rel=1e-9)


@pytest.mark.parametrize("values", BG)
def test_bg_nbd_expected_purchases(values: tuple[float, ...]) -> None:
    r, alpha, a, b, x, last, age, horizon, expected = values
    model = BGNBD.from_parameters(r=r, alpha=alpha, a=a, b=b)
    assert model.expected_purchases(history(x, last, age), horizon)[0] == pytest.approx(expected, rel=1e-10)


def test_discounted_purchases_for_ever_of_customers_alive() -> None:
    customer, rate = history(2, 30.43, 38.86), np.log(1.15) / 52
    for model, expected in (
        (ParetoNBD.from_parameters(r=0.55, alpha=10.58, s=0.61, beta=11.67), 7.4314008637978162545),
        (BGNBD.from_parameters(r=0.243, alpha=4.414, a=0.793, b=2.426), 7.11492760908643349),
    ):
        alive = model.discounted_purchases(customer, None, rate) / model.probability_alive(customer)
        assert alive[0] == pytest.approx(expected, rel=1e-9)


def test_mixed_rows_with_alpha_above_and_below_beta_equal_rows_apart() -> None:
    """Covariates can put alpha above beta for one customer and below for the next."""
    model = ParetoNBD.from_parameters(
        r=0.6, alpha=5.0, s=0.6, beta=5.0, covariates={"alpha": ["z"]}, **{"alpha:z": 1.0}
    )
    rows = pd.concat([history(3, 10.0, 30.0).assign(z=z) for z in (-1.0, 0.0, 1.0)], ignore_index=True)
    together = model.probability_alive(rows)
    for z, alive in zip((-1.0, 0.0, 1.0), together, strict=True):
        plain = ParetoNBD.from_parameters(r=0.6, alpha=5.0 * np.exp(z), s=0.6, beta=5.0)
        assert plain.probability_alive(history(3, 10.0, 30.0))[0] == pytest.approx(alive, rel=1e-12)


@pytest.mark.parametrize("shape", [(2.0, 3.0), (0.5, 0.5), (1.0, 1.0), (0.01, 400.0), (900.0, 0.3)])
def test_beta_nodes_give_the_moments(shape: tuple[float, float]) -> None:
    at, weight = beta_nodes(np.array([shape[0]]), np.array([shape[1]]), 12)
    assert weight.sum() == pytest.approx(1, rel=1e-12)
    for power in (1, 2, 5, 9):
        assert (weight * at**power).sum() == pytest.approx(stats.beta(*shape).moment(power), rel=1e-9)


def test_legendre_is_exact_for_polynomials() -> None:
    at, weight = legendre(8)
    assert (weight * at**15).sum() == pytest.approx(1 / 16, rel=1e-13)


@pytest.mark.parametrize(
    ("horizon", "rate", "expected"), [(10.0, 0.0, 10.0), (None, 0.002, 500.0), (5.0, 0.1, 3.93469340287)]
)
def test_discounting_nodes_integrate_the_discount(horizon: float | None, rate: float, expected: float) -> None:
    _, weight = discounting_nodes(30.0, horizon, rate)
    assert weight.sum() == pytest.approx(expected, rel=1e-10)
