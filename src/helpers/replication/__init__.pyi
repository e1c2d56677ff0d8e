"""Figures of the literature worked out anew, under the names that the table `published_values` gives them."""

from .classifiers import StandIn as StandIn
from .classifiers import classifier_figures as classifier_figures
from .classifiers import quarter_figures as quarter_figures
from .classifiers import stand_in_figures as stand_in_figures
from .comparison import FigureCount as FigureCount
from .comparison import Ours as Ours
from .comparison import compare_published as compare_published
from .comparison import count_figures as count_figures
from .comparison import summarise_entries as summarise_entries
from .listing import list_not_worked_out as list_not_worked_out
from .listing import split_by_theme as split_by_theme
from .listing import tabulate_verdicts as tabulate_verdicts
from .listing import write_figures as write_figures
from .occasions import donation_figures as donation_figures
from .pairwise import pairwise_figures as pairwise_figures
from .purchases import cohort_figures as cohort_figures
from .purchases import sample_figures as sample_figures
from .purchases import stated_figures as stated_figures
from .retention import retention_figures as retention_figures
