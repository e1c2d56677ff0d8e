"""Interaction: what to speak about with which customer, products that go together and what to buy next."""

from .contact_policy import beyond_cap as beyond_cap
from .contact_policy import held_back as held_back
from .contact_policy import out_of_quiet_hours as out_of_quiet_hours
from .contact_policy import recent_contacts as recent_contacts
from .next_action import Choice as Choice
from .next_action import SampleSize as SampleSize
from .next_action import choose_actions as choose_actions
from .next_action import expected_gains as expected_gains
from .next_action import next_test as next_test
from .next_action import plan_dates as plan_dates
from .next_action import spend_budget as spend_budget
from .offers import assign_tiers as assign_tiers
from .offers import campaign_orders as campaign_orders
from .offers import measure_offers as measure_offers
from .offers import order_contributions as order_contributions
from .offers import spend_before as spend_before
