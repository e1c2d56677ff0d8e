"""Who the customers truly are: segment, purchase process, spend, attitudes, risk.

Purchase process of Schmittlein, Morrison and Colombo (1987, "Counting your customers"): Poisson orders while alive at a
gamma distributed rate, exponential life at a gamma distributed dropout rate. Mean order values follow the gamma-gamma
model of Fader and Hardie (2013, note 025).
"""

from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from scipy.special import gammainc, ndtri

from helpers.core.arrays import BoolArray, FloatArray, IntArray
from helpers.simulation.arrays import DAYS_PER_YEAR, choose, choose_by_row, gamma, shares, sigmoid
from helpers.simulation.parameters import CompanyParameters
from helpers.simulation.streams import Block

FRAUD_PATTERNS = ("refunds", "bust_out", "night_orders", "discounts")
CONTACT_CHANNELS = ("mail", "e-mail", "telephone", "visit")
FIRST_CUSTOMER_ID = 1_000_001
# Spread of personal values around the segment's mean, as a share of it.
_TASTE_SPREAD = 0.35
_DISCOUNT_SPREAD = 0.60


@dataclass(frozen=True)
class Population:
    """The customers of one block; arrays have one entry per customer.

    Parameters
    ----------
    customer_id : IntArray
        True identity.
    segment : IntArray
        Code of the segment.
    firm : BoolArray
        Firm, else person.
    orders_per_day, dropouts_per_day : FloatArray
        True rates.
    acquired, gone : FloatArray
        Day of the first order and day of dropping out, since the start of the history; `gone` may lie after its end.
    order_value : FloatArray
        True mean value of an order.
    discount, brand_loyalty, price_sensitivity : FloatArray
        Negotiated discount (share), utilities in logits.
    theme_weights : FloatArray, shape (customers, themes)
        What the customer orders for.
    preferred_channel : IntArray
        Code in `CONTACT_CHANNELS`.
    refuses : BoolArray
        Refused to be contacted.
    experience, hidden : FloatArray
        General experience and the driver not asked, both standard normal.
    on_account, defaulted : BoolArray
        Buys on account; stopped because insolvent.
    default_probability : FloatArray
        True chance that dropping out is an insolvency.
    payer, term_days : IntArray
        Code of the payer class; agreed days to pay.
    years_in_business, equity_ratio, employees : FloatArray
        What a credit officer can see; missing for persons.
    fraud : IntArray
        Code in `FRAUD_PATTERNS`, -1 for honest customers.
    """

    customer_id: IntArray
    segment: IntArray
    firm: BoolArray
    orders_per_day: FloatArray
    dropouts_per_day: FloatArray
    acquired: FloatArray
    gone: FloatArray
    order_value: FloatArray
    discount: FloatArray
    brand_loyalty: FloatArray
    price_sensitivity: FloatArray
    theme_weights: FloatArray
    preferred_channel: IntArray
    refuses: BoolArray
    experience: FloatArray
    hidden: FloatArray
    on_account: BoolArray
    defaulted: BoolArray
    default_probability: FloatArray
    payer: IntArray
    term_days: IntArray
    years_in_business: FloatArray
    equity_ratio: FloatArray
    employees: FloatArray
    fraud: IntArray

    @property
    def enters(self) -> FloatArray:
        """Day from which orders are recorded."""
        return np.maximum(self.acquired, 0.0)

    def leaves(self, history_days: int) -> FloatArray:
        """Day until which orders are recorded."""
        return np.minimum(self.gone, history_days)


class _Tastes(TypedDict):
    order_value: FloatArray
    discount: FloatArray
    brand_loyalty: FloatArray
    price_sensitivity: FloatArray
    theme_weights: FloatArray


class _Credit(TypedDict):
    on_account: BoolArray
    defaulted: BoolArray
    default_probability: FloatArray
    payer: IntArray
    term_days: IntArray
    years_in_business: FloatArray
    equity_ratio: FloatArray
    employees: FloatArray


def make_population(parameters: CompanyParameters, block: Block) -> Population:
    """Draw the true traits of the customers of a block."""
    rng = block.rng("population")
    segment = choose(rng, parameters.of_segment("share"), block.size)
    firm = np.array([part.kind == "firm" for part in parameters.segments.values()])[segment]
    fraud = _fraud(parameters, rng, block.size)
    rate, dropout, acquired, gone, rank = _purchase_process(parameters, rng, segment)
    bust = fraud == FRAUD_PATTERNS.index("bust_out")
    acquired, gone = _bust_out(rng, bust, acquired, gone, parameters.history_days)
    attitudes = block.rng("attitudes")
    correlation = parameters.survey.dropout_correlation
    staying = -ndtri(np.clip(rank, 1e-9, 1 - 1e-9))
    experience = correlation * staying + np.sqrt(1 - correlation**2) * attitudes.standard_normal(block.size)
    return Population(
        customer_id=FIRST_CUSTOMER_ID + block.first + np.arange(block.size, dtype=np.int64),
        segment=segment,
        firm=firm,
        orders_per_day=rate,
        dropouts_per_day=dropout,
        acquired=acquired,
        gone=gone,
        preferred_channel=choose_by_row(attitudes, _contact_weights(parameters), segment),
        refuses=attitudes.random(block.size) < parameters.systems.refusal_share,
        experience=experience,
        hidden=attitudes.standard_normal(block.size),
        fraud=fraud,
        **_tastes(parameters, attitudes, segment),
        **_credit(parameters, block.rng("credit"), firm, gone, bust),
    )


def _fraud(parameters: CompanyParameters, rng: np.random.Generator, size: int) -> IntArray:
    weights = [parameters.fraud.patterns.get(name, 0.0) for name in FRAUD_PATTERNS]  # type: ignore[call-overload]
    cheats = rng.random(size) < parameters.fraud.share
    return np.where(cheats, choose(rng, weights, size), -1)


def _purchase_process(
    parameters: CompanyParameters, rng: np.random.Generator, segment: IntArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """Draw rates, first and last day, and each dropout rate's rank among its like (0..1)."""
    per_day = {
        name: np.array(parameters.of_segment(f"{name}_per_year"))[segment] / DAYS_PER_YEAR
        for name in ("orders", "dropouts")
    }
    shape = np.array(parameters.of_segment("dropouts_shape"))[segment]
    size = len(segment)
    rate = gamma(rng, np.array(parameters.of_segment("orders_shape"))[segment], per_day["orders"])
    existing = rng.random(size) < parameters.existing_share
    age = np.where(existing, parameters.longest_relation_years * DAYS_PER_YEAR * rng.random(size) ** 1.5, 0.0)
    # Those still alive after `age` days have gamma dropout rates with the scale parameter moved by the age.
    scale = shape / per_day["dropouts"] + age
    dropout = rng.standard_gamma(shape) / scale
    acquired = np.where(existing, -age, parameters.history_days * rng.random(size))
    gone = np.maximum(acquired, 0.0) + rng.standard_exponential(size) / np.maximum(dropout, 1e-12)
    return rate, dropout, acquired, gone, gammainc(shape, dropout * scale)


def _bust_out(
    rng: np.random.Generator, bust: BoolArray, acquired: FloatArray, gone: FloatArray, history_days: int
) -> tuple[FloatArray, FloatArray]:
    """Let those who order much and vanish unpaid arrive within the history and stay for months only."""
    drawn = rng.random((2, len(bust)))
    arrives = drawn[0] * history_days * 0.7
    return np.where(bust, arrives, acquired), np.where(bust, arrives + 120 + 120 * drawn[1], gone)


def _contact_weights(parameters: CompanyParameters) -> FloatArray:
    return np.array(
        [[part.contact.get(name, 0.0) for name in CONTACT_CHANNELS] for part in parameters.segments.values()]  # type: ignore[call-overload]
    )


def _tastes(parameters: CompanyParameters, rng: np.random.Generator, segment: IntArray) -> _Tastes:
    p = np.array(parameters.of_segment("order_value_shape"))[segment]
    q = np.array(parameters.of_segment("customer_value_shape"))[segment]
    mean = np.array(parameters.of_segment("order_value"))[segment]
    # Gamma-gamma: values Gamma(p, nu) with nu ~ Gamma(q, v); v makes the overall mean p v / (q - 1) the one asked for.
    nu = rng.standard_gamma(q) / (mean * (q - 1) / p)

    def around(name: str, spread: float) -> FloatArray:
        return gamma(rng, np.full(len(segment), spread**-2), np.array(parameters.of_segment(name))[segment])

    themes = tuple(parameters.catalogue.themes)
    weights = np.array([shares(part.themes.get(name, 0.0) for name in themes) for part in parameters.segments.values()])
    own = rng.standard_gamma(parameters.catalogue.theme_concentration * len(themes) * weights[segment])
    total = own.sum(axis=1, keepdims=True)
    own = np.where(total > 0, own / np.where(total > 0, total, 1.0), weights[segment])
    return {
        "order_value": p / nu,
        "discount": around("discount", _DISCOUNT_SPREAD).clip(0, 0.9),
        "brand_loyalty": around("brand_loyalty", _TASTE_SPREAD),
        "price_sensitivity": around("price_sensitivity", _TASTE_SPREAD),
        "theme_weights": own,
    }


def _credit(
    parameters: CompanyParameters, rng: np.random.Generator, firm: BoolArray, gone: FloatArray, bust: BoolArray
) -> _Credit:
    credit = parameters.credit
    size = len(firm)
    years = np.where(firm, np.round(gamma(rng, np.full(size, 1.5), 14.0) + 0.5, 1), np.nan)
    equity = np.where(firm, np.round(np.clip(rng.beta(2.2, 5.0, size), 0.01, 0.95), 3), np.nan)
    # Persons have no books to look at: they count as the typical firm.
    score = (
        credit.default_intercept
        + credit.default_log_years * np.log(np.where(firm, years, 14.0))
        + credit.default_equity * np.where(firm, equity, 0.3)
    )
    share = np.where(firm, credit.on_account["firm"], credit.on_account["person"])
    on_account = (rng.random(size) < share) | bust
    probability = np.where(bust, 1.0, np.where(on_account, sigmoid(score), 0.0))
    insolvent = (rng.random(size) < probability) & (gone < parameters.history_days)
    terms = np.array(list(credit.term_days), dtype=np.int64)
    return {
        "on_account": on_account,
        "defaulted": insolvent,
        "default_probability": probability,
        "payer": choose(rng, [payer.share for payer in credit.payers.values()], size),
        "term_days": np.where(on_account, terms[choose(rng, credit.term_days.values(), size)], 0),
        "years_in_business": years,
        "equity_ratio": equity,
        "employees": np.where(firm, np.ceil(np.exp(rng.normal(2.3, 1.1, size))), np.nan),
    }
