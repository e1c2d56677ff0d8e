"""A whole cube from its base, and the cube of an earlier day held against what customers did since."""

from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.periods import periods_before
from helpers.value.contribution.contribution import CostAssumptions
from helpers.value.contribution.profit_definition import define_monthly_value
from helpers.value.cube.axes import (
    CubeCuts,
    LossCheck,
    assign_cube,
    check_losses,
    choose_cuts,
    profile_cube,
    value_axes,
)
from helpers.value.cube.base import CubeBase, base_from_purchases


@dataclass(frozen=True)
class Cube:
    """Every customer's place in the cube.

    Parameters
    ----------
    values : DataFrame
        From `value_axes`.
    cuts : CubeCuts
        Where the axes are cut.
    segments : Series of category
        From `assign_cube`.
    profile : DataFrame
        From `profile_cube`.
    losses : LossCheck or None
        Loyalty held against who was lost, where that is known.
    definition : str
        What current and potential value count, in words.
    """

    values: pd.DataFrame
    cuts: CubeCuts
    segments: pd.Series
    profile: pd.DataFrame
    losses: LossCheck | None
    definition: str


def make_cube(base: CubeBase, rule: str, stated: CubeCuts, *, months: float, annual_rate: float) -> Cube:
    """Turn monthly profits into values, cut the axes and put every customer into a segment.

    Parameters
    ----------
    base : CubeBase
        What the cube is made of.
    rule : str
        "mean", "median" or "business_rule".
    stated : CubeCuts
        Taken for "business_rule".
    months, annual_rate : float
        As for `value_axes`.

    Returns
    -------
    Cube
        With the check of losses where `base.lost` is known.

    Raises
    ------
    InputError
        See `check_axes` and `cut_axes`.
    """
    values = value_axes(base.monthly, months=months, annual_rate=annual_rate)
    cuts = choose_cuts(values, rule, stated)
    segments = assign_cube(values, cuts)
    profile = profile_cube(values, segments, lost=base.lost, lost_forecast=base.lost_forecast)
    losses = None if base.lost is None else check_losses(profile, segments, base.lost)
    definition = define_monthly_value(base.profit_counted, months=months, annual_rate=annual_rate)
    return Cube(values, cuts, segments, profile, losses, definition)


def base_before(
    transactions: ir.Table,
    products: ir.Table,
    as_of: date,
    costs: CostAssumptions,
    *,
    months: int,
    uptake: float,
    rng: np.random.Generator,
) -> CubeBase | None:
    """Make the base as it stood some months ago, with who bought nothing since.

    Parameters
    ----------
    transactions, products, as_of, costs, months, uptake, rng
        As for `base_from_purchases`.

    Returns
    -------
    CubeBase or None
        Of the customers known then, `lost` telling who bought nothing in the `months` up to `as_of`. None where the
        history does not go back to the first day of the two spans this takes.
    """
    before, since = periods_before(as_of, months=months, count=2)
    first = transactions.time.cast("date").min().to_pyarrow().as_py()
    if first is None or first > before.start:
        return None
    return base_from_purchases(
        transactions,
        products,
        since.start,
        costs,
        months=months,
        uptake=uptake,
        rng=rng,
        watched_until=as_of,
    )
