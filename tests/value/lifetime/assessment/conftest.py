"""The CDNOW sample with its models fitted before the holdout, and the forecasts they make."""

import pandas as pd
import pytest

from helpers.value.lifetime import assessment
from helpers.value.lifetime.gamma_gamma import GammaGamma
from helpers.value.lifetime.models.base import PurchaseModel


@pytest.fixture(scope="session")
def models(cdnow: pd.DataFrame) -> dict[str, PurchaseModel]:
    return assessment.fit_purchase_models(cdnow)


@pytest.fixture(scope="session")
def spend(cdnow: pd.DataFrame) -> GammaGamma:
    return assessment.fit_spend_model(cdnow, currency="USD")


@pytest.fixture(scope="session")
def forecasts(models: dict[str, PurchaseModel], cdnow: pd.DataFrame) -> pd.DataFrame:
    return assessment.forecast_purchases(models, cdnow, 39)
