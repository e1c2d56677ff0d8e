"""Differentiation: how customers differ, by the revenue they bring, the way they buy and the phase they are in."""

from .concentration import ABC_CLASSES as ABC_CLASSES
from .concentration import ABC_CUTS as ABC_CUTS
from .concentration import classify_abc as classify_abc
from .concentration import count_equals_at_cuts as count_equals_at_cuts
from .concentration import count_top as count_top
from .concentration import customers_for_share as customers_for_share
from .concentration import rank_customers as rank_customers
from .concentration import top_share as top_share
from .inequality import Estimate as Estimate
from .inequality import bootstrap_gini as bootstrap_gini
from .inequality import gini as gini
from .life_cycle import PHASES as PHASES
from .life_cycle import LifeCycle as LifeCycle
from .life_cycle import PhaseRule as PhaseRule
from .life_cycle import assign_phases as assign_phases
from .life_cycle import count_purchases as count_purchases
from .life_cycle import count_reasons as count_reasons
from .profiles import ABSENT as ABSENT
from .profiles import balance_moves as balance_moves
from .profiles import count_moves as count_moves
from .profiles import profile_groups as profile_groups
from .rfm import NEW_WITHIN_DAYS as NEW_WITHIN_DAYS
from .rfm import SEGMENTS as SEGMENTS
from .rfm import RfmScorer as RfmScorer
from .rfm import assign_segments as assign_segments
from .rfm import spread_scores as spread_scores
