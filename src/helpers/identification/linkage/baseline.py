"""What comparing records letter by letter would find: the naive linkage a model has to beat."""

import numpy as np
import pandas as pd

from helpers.identification.linkage.fields import NAME_KINDS
from helpers.identification.linkage.linking import Linkage


def link_exactly(linkage: Linkage) -> pd.DataFrame:
    """Return the clusters of records that agree exactly on every name and date, or on every field where there is none.

    The records are compared in the same standard form as the model saw them, so that capitals and accents count as
    little here as there. A record that lacks one of these values stays alone.

    Parameters
    ----------
    linkage : Linkage
        From `link_records`.

    Returns
    -------
    pandas.DataFrame
        `source`, `record_id`, `customer_id`, one row per record in the order of `linkage.clusters`.
    """
    prepared = linkage.records
    identifying = [field.name for field in prepared.fields if field.kind in NAME_KINDS or field.kind == "date"]
    groups = prepared.exact_groups(identifying or [field.name for field in prepared.fields])
    customers = np.where(groups < 0, groups.max() + 1 + np.arange(len(groups)), groups)
    return prepared.keys.assign(customer_id=pd.factorize(customers)[0] + 1)
