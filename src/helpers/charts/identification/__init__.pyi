"""Charts of identification: the customer base, linked records, and who holds which product."""

from .customer_base import draw_base as draw_base
from .customer_base import draw_coverage as draw_coverage
from .customer_base import draw_known_shares as draw_known_shares
from .customer_base import draw_order_times as draw_order_times
from .linkage import draw_downstream as draw_downstream
from .linkage import draw_error_levels as draw_error_levels
from .linkage import draw_match_weights as draw_match_weights
from .linkage import draw_source_completeness as draw_source_completeness
from .linkage import draw_thresholds as draw_thresholds
from .structure import draw_penetration as draw_penetration
from .structure import draw_products_held as draw_products_held
