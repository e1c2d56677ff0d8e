"""One case for each transaction model: parameters near the published ones, and histories they make."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.value import BGBB, BGNBD, MBGNBD, ParetoNBD
from helpers.value.lifetime.models.base import PurchaseModel


@dataclass(frozen=True)
class ModelCase:
    """A transaction model with parameters near the published ones, and histories it fits."""

    kind: type[PurchaseModel]
    parameters: dict[str, float]
    longest: float

    @property
    def stated(self) -> PurchaseModel:
        return self.kind.from_parameters(**self.parameters)

    def sample(self, customers: int, seed: int) -> pd.DataFrame:
        """Histories drawn from the stated model; ages are spread over the last quarter of the longest."""
        return self.draw(customers, np.random.default_rng(seed))

    def draw(self, customers: int, rng: np.random.Generator) -> pd.DataFrame:
        """The same from a generator that goes on."""
        ages = np.floor(rng.uniform(0.75, 1.0, customers) * self.longest)
        return self.stated.sample_histories(ages, rng)


CASES = {
    "bg_nbd": ModelCase(BGNBD, {"r": 0.6, "alpha": 3.0, "a": 0.8, "b": 2.4}, 52),
    "mbg_nbd": ModelCase(MBGNBD, {"r": 0.9, "alpha": 3.0, "a": 0.8, "b": 2.4}, 52),
    "pareto_nbd": ModelCase(ParetoNBD, {"r": 0.7, "alpha": 3.0, "s": 0.8, "beta": 8.0}, 52),
    "bg_bb": ModelCase(BGBB, {"alpha": 1.2, "beta": 0.75, "gamma": 0.66, "delta": 2.8}, 10),
}
