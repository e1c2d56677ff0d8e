"""Survival of two groups of subscribers (Fader & Hardie, 2007, Journal of Interactive Marketing 21(1), 76-90)."""

from collections.abc import Mapping, Sequence

import pandas as pd

from helpers.value.lifetime.contracts import ShiftedBetaGeometric, contracts_from_survivors, curve_projections

GROUPS: Mapping[str, str] = {"regular": "Regular", "highend": "High End"}
YEARS_FITTED, LAST_YEAR = 7, 12
SUBSCRIBERS = 1000


def retention_figures(published: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Work out the figures of retention from the survival that the article prints.

    Parameters
    ----------
    published : DataFrame
        Table `published_values`: its entries `sbg.table.…` are the input, in per cent by year.

    Returns
    -------
    dict of str to dict of str to float
        Figures by entry and item; the input is handed back as it was given.
    """
    figures: dict[str, dict[str, float]] = {"sbg.year12.error": {}}
    for group, name in GROUPS.items():
        given = published[published["entry"] == f"sbg.table.{group}"]
        survivors = given["published"].tolist()
        figures[f"sbg.table.{group}"] = dict(zip(given["item"], survivors, strict=True))
        model = _fit(survivors)
        figures[f"sbg.{group}.params"] = dict(model.parameters_)
        figures[f"sbg.{group}.ll"] = {"per customer": model.log_likelihood_ / SUBSCRIBERS}
        projected = 100 * float(model.survival([LAST_YEAR])[0])
        figures["sbg.year12.error"][name] = abs(projected / survivors[LAST_YEAR] - 1)
        if group == "highend":
            figures["sbg.regressions"] = _regressions(survivors)
    return figures


def _fit(survivors: Sequence[float]) -> ShiftedBetaGeometric:
    rows = contracts_from_survivors([share * SUBSCRIBERS / 100 for share in survivors[: YEARS_FITTED + 1]])
    return ShiftedBetaGeometric().fit(rows, sample_weight=rows["customers"])


def _regressions(survivors: Sequence[float]) -> dict[str, float]:
    table = curve_projections(survivors[: YEARS_FITTED + 1], [LAST_YEAR])
    error = table[LAST_YEAR] / survivors[LAST_YEAR] - 1
    return {
        **{f"{curve}, fit": float(value) for curve, value in table["r_squared"].items()},
        **{f"{curve}, year 12": float(value) for curve, value in error.items()},
    }
