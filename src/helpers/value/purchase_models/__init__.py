"""Transaction models: how often customers buy, and whether they still do."""

from helpers.value.purchase_models.bg_bb import BGBB
from helpers.value.purchase_models.bg_nbd import BGNBD
from helpers.value.purchase_models.mbg_nbd import MBGNBD
from helpers.value.purchase_models.pareto_nbd import ParetoNBD

__all__ = ["BGBB", "BGNBD", "MBGNBD", "ParetoNBD"]
