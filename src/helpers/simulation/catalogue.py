"""Products, what is bought together, and which brand is on offer when: made once per company."""

from dataclasses import dataclass

import numpy as np

from helpers.core.arrays import FloatArray, IntArray
from helpers.simulation.arrays import Coded, shares
from helpers.simulation.parameters import CompanyParameters
from helpers.simulation.streams import company_rng

DAYS_PER_OFFER = 30
"""Length of a period in which a brand of a category is on offer or not."""


@dataclass(frozen=True)
class Shelf:
    """The catalogue as arrays. Products are numbered category by category, brand by brand, item by item.

    Parameters
    ----------
    categories, brands, themes : tuple of str
        Names in the order of their codes.
    theme_weights : FloatArray, shape (themes, categories)
        Chance of each category within an order of a theme.
    brand_utility : FloatArray, shape (brands,)
        Log popularity.
    item_share : FloatArray, shape (items,)
        Popularity of the items of one brand in one category.
    list_price, unit_cost : FloatArray, shape (products,)
        Money per unit.
    offer_depth : FloatArray, shape (periods of 30 days, categories, brands)
        Price cut of the brand in the period, as a share.
    """

    categories: tuple[str, ...]
    brands: tuple[str, ...]
    themes: tuple[str, ...]
    theme_weights: FloatArray
    brand_utility: FloatArray
    item_share: FloatArray
    list_price: FloatArray
    unit_cost: FloatArray
    offer_depth: FloatArray

    def product(self, category: IntArray, brand: IntArray, item: IntArray) -> IntArray:
        """Return the number of a product."""
        return (category * len(self.brands) + brand) * len(self.item_share) + item

    def offer(self, day: IntArray, category: IntArray) -> FloatArray:
        """Return the price cuts of all brands of a category on a day, shape (rows, brands)."""
        found: FloatArray = self.offer_depth[day // DAYS_PER_OFFER, category]
        return found


def stock_shelf(parameters: CompanyParameters) -> Shelf:
    """Make the company's products, prices and offers."""
    catalogue = parameters.catalogue
    rng = company_rng(parameters.seed, "catalogue")
    categories, brands, items = tuple(catalogue.categories), tuple(catalogue.brands), catalogue.items_per_brand
    shape = (len(categories), len(brands), items)
    level = np.array([brand.price_level for brand in catalogue.brands.values()])
    median = np.array([category.price for category in catalogue.categories.values()])
    price = np.round(median[:, None, None] * level[:, None] * np.exp(rng.normal(0, 0.35, shape)), 2).clip(0.05)
    margin = np.array([category.margin for category in catalogue.categories.values()])[:, None, None]
    bonus = np.array([brand.margin_bonus for brand in catalogue.brands.values()])[:, None]
    periods = parameters.history_days // DAYS_PER_OFFER + 1
    on_offer = rng.random((periods, *shape[:2])) < catalogue.promotion_share
    return Shelf(
        categories,
        brands,
        tuple(catalogue.themes),
        np.array([shares(weights.get(name, 0.0) for name in categories) for weights in catalogue.themes.values()]),
        np.log(shares(brand.share for brand in catalogue.brands.values())),
        shares(1.0 / rank for rank in range(1, items + 1)),
        price.ravel(),
        np.round(price * (1 - (margin + bonus + rng.normal(0, 0.02, shape)).clip(0, 0.95)), 2).ravel(),
        np.where(on_offer, catalogue.promotion_depth, 0.0),
    )


def product_columns(shelf: Shelf, parameters: CompanyParameters) -> dict[str, object]:
    """Return the standard table `products`, one entry per column."""
    size = len(shelf.list_price)
    items = len(shelf.item_share)
    number = np.arange(size)
    brand = number // items % len(shelf.brands)
    category = number // (items * len(shelf.brands))
    department = [parameters.catalogue.categories[name].department for name in shelf.categories]
    known = tuple(dict.fromkeys(department))
    names = [
        f"{shelf.brands[b]} {shelf.categories[c]} {n % items + 1}"
        for n, b, c in zip(number, brand, category, strict=True)
    ]
    return {
        "product_id": number + 1,
        "product_name": np.array(names),
        "category": Coded(category, shelf.categories),
        "department": Coded(np.array([known.index(name) for name in department])[category], known),
        "brand": Coded(brand, shelf.brands),
        "unit_cost": shelf.unit_cost,
        "list_price": shelf.list_price,
        "countable": np.ones(size, dtype=bool),
    }
