"""The donors of 1995 and the BG/BB model (Fader, Hardie & Shang, 2010, Marketing Science 29(6), 1086-1108)."""

import pandas as pd

from helpers.value.lifetime.assessment.occasions import gather_histories, occasion_counts
from helpers.value.lifetime.models import BGBB


def donation_figures(occasions: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Work out the figures that rest on the donors.

    Parameters
    ----------
    occasions : DataFrame
        Table `occasions` of the study of donations.

    Returns
    -------
    dict of str to dict of str to float
        Figures by entry and item.
    """
    histories = gather_histories(occasions)
    model = BGBB(time_unit="years").fit(histories, sample_weight=histories["customers"])
    expected = occasion_counts(model, histories).counts["expected"]
    return {
        "bgbb.params": dict(model.parameters_),
        "bgbb.ll": {"log-likelihood": model.log_likelihood_},
        "bgbb.data": {
            "donors": float(histories["customers"].sum()),
            "repeat gifts": float((histories["frequency"] * histories["customers"]).sum()),
        },
        "bgbb.insample": {"no gift": float(expected.iloc[0]), "six gifts": float(expected.iloc[6])},
    }
