"""Figures of the literature worked out anew, under the names that the table `published_values` gives them."""

from helpers.value.replication.classifiers import StandIn, classifier_figures, quarter_figures, stand_in_figures
from helpers.value.replication.comparison import (
    FigureCount,
    Ours,
    compare_published,
    count_figures,
    summarise_entries,
)
from helpers.value.replication.listing import (
    list_not_worked_out,
    split_by_theme,
    tabulate_verdicts,
    write_figures,
)
from helpers.value.replication.occasions import donation_figures
from helpers.value.replication.pairwise import pairwise_figures
from helpers.value.replication.purchases import cohort_figures, sample_figures, stated_figures
from helpers.value.replication.retention import retention_figures

__all__ = [
    "FigureCount",
    "Ours",
    "StandIn",
    "classifier_figures",
    "cohort_figures",
    "compare_published",
    "count_figures",
    "donation_figures",
    "list_not_worked_out",
    "pairwise_figures",
    "quarter_figures",
    "retention_figures",
    "sample_figures",
    "split_by_theme",
    "stand_in_figures",
    "stated_figures",
    "summarise_entries",
    "tabulate_verdicts",
    "write_figures",
]
