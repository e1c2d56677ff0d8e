"""Charts of evaluation: campaigns, retention, satisfaction, the service desk, the scorecard, and claims."""

from .campaign_effects import draw_campaign_effects as draw_campaign_effects
from .campaign_effects import draw_group_effects as draw_group_effects
from .campaign_effects import draw_qini as draw_qini
from .campaigns import draw_campaign_rates as draw_campaign_rates
from .campaigns import draw_campaign_windows as draw_campaign_windows
from .campaigns import draw_contact_selection as draw_contact_selection
from .campaigns import draw_response_by_contacts as draw_response_by_contacts
from .campaigns import draw_response_rates as draw_response_rates
from .claims import draw_claims as draw_claims
from .cross_tables import draw_members as draw_members
from .engagement import draw_layers as draw_layers
from .retention import draw_migration_heatmap as draw_migration_heatmap
from .retention import draw_retention_heatmap as draw_retention_heatmap
from .satisfaction import draw_buying as draw_buying
from .satisfaction import draw_importance as draw_importance
from .satisfaction import draw_importance_performance as draw_importance_performance
from .satisfaction import draw_paths as draw_paths
from .satisfaction import draw_slopes as draw_slopes
from .satisfaction import draw_touch_points as draw_touch_points
from .scorecard import draw_ranked_groups as draw_ranked_groups
from .service_desk import draw_control_chart as draw_control_chart
from .service_desk import draw_forecast as draw_forecast
from .service_desk import draw_quality as draw_quality
from .service_desk import draw_staff as draw_staff
from .service_desk import draw_steps as draw_steps
