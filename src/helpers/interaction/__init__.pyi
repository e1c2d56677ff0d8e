"""Interaction: what to speak about with which customer, products that go together and what to buy next."""

from .baskets import Baskets as Baskets
from .baskets import baskets_of as baskets_of
from .baskets import gather_baskets as gather_baskets
from .baskets import shuffle_baskets as shuffle_baskets
from .next_product import FirstPurchase as FirstPurchase
from .next_product import OfferTest as OfferTest
from .next_product import Windows as Windows
from .next_product import choose_items as choose_items
from .next_product import first_purchase_windows as first_purchase_windows
from .next_product import third_windows as third_windows
from .next_product import try_offers as try_offers
from .owners import compare_owners as compare_owners
from .purchases import Purchases as Purchases
from .purchases import gather_purchases as gather_purchases
from .rules import Rules as Rules
from .rules import chances_by_size as chances_by_size
from .rules import count_itemsets as count_itemsets
from .rules import find_rules as find_rules
