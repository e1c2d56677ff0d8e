"""Figures of the literature worked out anew, under the names that the table `published_values` gives them."""

from helpers.value.replication.classifiers import classifier_figures
from helpers.value.replication.comparison import (
    FigureCount,
    Ours,
    compare_published,
    count_figures,
    summarise_entries,
    write_figures,
)
from helpers.value.replication.occasions import donation_figures
from helpers.value.replication.pairwise import pairwise_figures
from helpers.value.replication.purchases import cohort_figures, sample_figures, stated_figures
from helpers.value.replication.retention import retention_figures

__all__ = [
    "FigureCount",
    "Ours",
    "classifier_figures",
    "cohort_figures",
    "compare_published",
    "count_figures",
    "donation_figures",
    "pairwise_figures",
    "retention_figures",
    "sample_figures",
    "stated_figures",
    "summarise_entries",
    "write_figures",
]
