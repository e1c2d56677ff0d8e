"""The modified beta-geometric/NBD model."""

from typing import ClassVar

from helpers.value.lifetime.models.bg_nbd import BetaGeometricNBD


class MBGNBD(BetaGeometricNBD):
    """The MBG/NBD model: a customer may drop out after any purchase, the first included (Batislam et al., 2007).

    In the BG/NBD a customer who never bought again is alive for certain; here the first purchase may have been the
    last.

    Parameters
    ----------
    covariates : dict of str to list of str, optional
        Columns that act on a parameter, as in `BGNBD`.
    time_unit : str
        What ages are counted in.

    Attributes
    ----------
    parameters_, log_likelihood_, notes_
        As in `BGNBD`.

    References
    ----------
    Batislam, Denizel & Filiztekin (2007), Empirical validation and comparison of models for customer base analysis,
    International Journal of Research in Marketing 24(3), 201-209; Hoppe & Wagner (2007), Customer base analysis: the
    case for a central variant of the betageometric/NBD model, Marketing JRM 3(2), 75-90.

    Examples
    --------
    >>> import pandas as pd
    >>> model = MBGNBD.from_parameters(r=0.525, alpha=6.183, a=0.891, b=1.614)
    >>> never_again = pd.DataFrame({"frequency": [0], "age_at_last_purchase": [0.0], "age": [30.0]})
    >>> model.probability_alive(never_again).round(3)
    array([0.417])
    """

    _first_purchase_counts: ClassVar[int] = 1
