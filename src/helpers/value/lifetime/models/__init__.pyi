"""Transaction models: how often customers buy, and whether they still do."""

from .bg_bb import BGBB as BGBB
from .bg_nbd import BGNBD as BGNBD
from .mbg_nbd import MBGNBD as MBGNBD
from .pareto_nbd import ParetoNBD as ParetoNBD
