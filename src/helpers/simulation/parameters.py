"""The parameters of the simulated company: what may be said about it, and what must fit together.

Every value stands in the parameter file (`data/simulated/company.yml`); nothing has a second home in code.
Rates are per year, shares lie in 0..1, money is in the company's currency without tax.
"""

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Weights = Annotated[dict[str, NotNegative], Field(min_length=1)]
Kind = Literal["person", "firm"]
OrderChannel = Literal["shop", "web", "telephone", "representative"]
ContactChannel = Literal["mail", "e-mail", "telephone", "visit"]
Source = Literal["sales", "web", "service"]
Dimension = Literal["reliability", "responsiveness", "assurance", "empathy", "tangibles"]
FraudPattern = Literal["refunds", "bust_out", "night_orders", "discounts"]
RecordField = Literal["first_name", "birth_date", "street", "city", "postcode", "email", "phone", "identifier"]
ActivityName = Literal[
    "order_shop",
    "order_web",
    "order_telephone",
    "order_representative",
    "order_line",
    "delivery",
    "service_minute",
    "visit",
    "return",
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Seasonality(_Part):
    """Yearly wave of the purchase rates; its mean over the year is one."""

    amplitude: float = Field(description="0 (off) up to, not including, 1", ge=0, lt=1)
    peak_month: int = Field(description="month 1..12 in which most is bought", ge=1, le=12)


class Segment(_Part):
    """One true segment: how its customers buy, leave, spend and what they cost."""

    kind: Kind = Field(description="person or firm")
    share: Positive = Field(description="share of the customers; a positive weight")
    orders_per_year: Positive = Field(description="mean of the customers' purchase rates, above 0")
    orders_shape: Positive = Field(description="gamma shape of the purchase rates, above 0 (small: very unlike)")
    dropouts_per_year: Positive = Field(description="mean of the new customers' dropout rates, above 0")
    dropouts_shape: Positive = Field(description="gamma shape of the dropout rates, above 0")
    order_value: Positive = Field(description="mean of the customers' mean order values, above 0")
    order_value_shape: Positive = Field(description="gamma shape of one customer's order values, above 0")
    customer_value_shape: float = Field(description="shape of the mean order values between customers, above 1", gt=1)
    lines_per_order: float = Field(description="mean number of lines, 1..50", ge=1, le=50)
    discount: Share = Field(description="mean negotiated discount, 0..0.9", le=0.9)
    visits_per_year: NotNegative = Field(description="visits by a seller, 0 or more")
    cases_per_order: Share = Field(description="service cases per order, 0..1")
    brand_loyalty: NotNegative = Field(description="mean utility of the favourite brand, in logits, 0 or more")
    price_sensitivity: NotNegative = Field(description="mean utility of a price cut by the whole price, in logits")
    themes: Weights = Field(description="mapping of a theme of the catalogue to its weight")
    channels: dict[OrderChannel, NotNegative] = Field(
        description="mapping of shop, web, telephone, representative to a weight", min_length=1
    )
    contact: dict[ContactChannel, NotNegative] = Field(
        description="mapping of mail, e-mail, telephone, visit to a weight", min_length=1
    )


class Category(_Part):
    """One product category."""

    department: str = Field(description="text", min_length=1)
    price: Positive = Field(description="median list price of a unit, above 0")
    margin: float = Field(description="share of the list price that is margin, 0..0.95", ge=0, le=0.95)


class Brand(_Part):
    """One brand, sold in every category."""

    share: Positive = Field(description="popularity, a positive weight")
    price_level: Positive = Field(description="price against the category, 1 = equal")
    margin_bonus: float = Field(description="added to the category's margin, -0.5..0.5", ge=-0.5, le=0.5)


class Catalogue(_Part):
    """What is sold, and what is bought together."""

    categories: dict[str, Category] = Field(
        description="mapping of category to department, price, margin", min_length=1
    )
    brands: dict[str, Brand] = Field(description="mapping of brand to share, price_level, margin_bonus", min_length=1)
    items_per_brand: int = Field(description="items of a brand in a category, 1..1000", ge=1, le=1000)
    themes: dict[str, Weights] = Field(
        description="mapping of theme to weights of categories; an order has one theme", min_length=1
    )
    theme_concentration: Positive = Field(description="how alike customers of a segment are in themes, above 0")
    promotion_share: Share = Field(description="share of brands on offer in a month, 0..1")
    promotion_depth: float = Field(description="price cut of an offer, 0..0.9", ge=0, le=0.9)


class Cause(_Part):
    """One cause of service cases."""

    share: Positive = Field(description="a positive weight")
    complaint: bool = Field(description="true or false")
    minutes: Positive = Field(description="mean minutes of handling per contact, above 0")
    solved_first: Share = Field(description="chance of being solved at the first contact, 0..1")


class Service(_Part):
    """The service desk."""

    causes: dict[str, Cause] = Field(
        description="mapping of cause to share, complaint, minutes, solved_first", min_length=1
    )
    quality_effect: NotNegative = Field(description="log change of the case rate per unit of experienced quality")
    promised_days: Positive = Field(description="days within which a case should be closed, above 0")


class Survey(_Part):
    """Satisfaction: dimensions, true driver weights, and the driver nobody asks about."""

    waves: tuple[date, ...] = Field(description="list of days within the history")
    response_rate: Share = Field(description="share of invited customers who answer, 0..1")
    mean: float = Field(description="mean score on the scale 1..10", ge=1, le=10)
    spread: Positive = Field(description="standard deviation of a score, above 0")
    common_factor: Share = Field(description="correlation of each score with the general experience, 0..1")
    dropout_correlation: float = Field(
        description="rank correlation of general experience with staying, -1..1", ge=-1, le=1
    )
    weights: dict[Kind, dict[Dimension, NotNegative]] = Field(
        description="mapping of person, firm to the weight of each dimension", min_length=2
    )
    hidden_driver: str = Field(description="name of the driver not asked", min_length=1)
    hidden_weight: NotNegative = Field(description="its weight, 0 or more")
    noise: NotNegative = Field(description="standard deviation of overall satisfaction around its drivers")
    unsolved_effect: NotNegative = Field(description="points lost per case not solved at once, first two dimensions")


class Campaign(_Part):
    """One randomised campaign."""

    type: str = Field(description="text", min_length=1)
    channel: ContactChannel = Field(description="mail, e-mail, telephone or visit")
    start: date = Field(description="a day within the history")
    window_days: int = Field(description="days in which a response counts, 1..365", ge=1, le=365)
    treated_share: float = Field(description="share of the target that is contacted, above 0 and below 1", gt=0, lt=1)
    cost: NotNegative = Field(description="cost per contact, 0 or more")
    effect: dict[str, Annotated[float, Field(ge=-1, le=1)]] = Field(
        description="mapping of a target segment to its effect: an order more (or, below 0, no orders), -1..1",
        min_length=1,
    )
    channel_bonus: float = Field(description="added to the effect where the channel is the preferred one", ge=-1, le=1)

    @property
    def end(self) -> date:
        """First day on which a response no longer counts."""
        return self.start + timedelta(days=self.window_days)


class PayerClass(_Part):
    """How a class of customers pays."""

    share: Positive = Field(description="a positive weight")
    delay_days: NotNegative = Field(description="mean days after the due date, 0 or more")


class Credit(_Part):
    """Terms, payment and default."""

    on_account: dict[Kind, Share] = Field(
        description="mapping of person, firm to the share buying on account", min_length=2
    )
    term_days: dict[int, NotNegative] = Field(description="mapping of days to a weight", min_length=1)
    payers: dict[str, PayerClass] = Field(description="mapping of class to share and delay_days", min_length=1)
    default_intercept: float = Field(description="log odds that a dropout on account is an insolvency", ge=-20, le=20)
    default_log_years: float = Field(
        description="change of the log odds per unit of log years in business", ge=-20, le=20
    )
    default_equity: float = Field(description="change of the log odds per unit of the equity ratio", ge=-20, le=20)
    recovery: Share = Field(description="share of an unpaid invoice that is still paid, 0..1")
    instalments: Share = Field(description="share of invoices paid in two parts, 0..1")


class LeadSource(_Part):
    """Where leads come from and how often they are won."""

    share: Positive = Field(description="share of the won leads; a positive weight")
    win: float = Field(description="share of closed leads that are won, above 0 and at most 1", gt=0, le=1)


class Leads(_Part):
    """Prospective customers and the stages they pass."""

    share_of_new_customers: Share = Field(description="share of new customers who had been a lead, 0..1")
    sources: dict[str, LeadSource] = Field(description="mapping of source to share and win", min_length=1)
    stage_days: Positive = Field(description="mean days in one stage, above 0")
    lost_at: dict[Literal["new", "qualified", "offer", "negotiation"], NotNegative] = Field(
        description="mapping of new, qualified, offer, negotiation to the weight of being lost there", min_length=1
    )


class Fraud(_Part):
    """Accounts that cheat, and the returns of those who do not."""

    share: Share = Field(description="share of customers, 0..1")
    patterns: dict[FraudPattern, NotNegative] = Field(
        description="mapping of refunds, bust_out, night_orders, discounts to a weight", min_length=1
    )
    returns_share: Share = Field(description="share of an honest customer's orders with a returned line, 0..1")


class Prices(_Part):
    """Where offers of the catalogue do not hold, and which prices below the list are approved on paper."""

    withdrawn_share: Share = Field(
        description="share of offers that the price list of a region and class does not hold but customers get, 0..1"
    )
    filed_share: Share = Field(description="share of negotiated orders whose approval is on file, 0..1")


class Deliveries(_Part):
    """What becomes of the delivery of an order."""

    undelivered_share: Share = Field(description="share of orders that are never delivered, 0..1")


class Systems(_Part):
    """The three systems that each hold their own record of a customer."""

    error_level: Share = Field(description="chance of a typing error in a field of a record, 0..1")
    presence: dict[Source, dict[Kind, Share]] = Field(
        description="mapping of sales, web, service to the share of persons and firms it knows", min_length=3
    )
    duplicates: dict[Source, Share] = Field(description="mapping of source to the share of customers it holds twice")
    missing: dict[Source, dict[RecordField, Share]] = Field(
        description="mapping of source to field to the share left empty"
    )
    moved_share: Share = Field(description="share of records with a former address, 0..1")
    other_email_share: Share = Field(description="share of records with another e-mail address, 0..1")
    household_share: Share = Field(description="share of persons who share name and address with another, 0..1")
    chinese_share: Share = Field(description="share of persons with a Chinese name, 0..1")
    refusal_share: Share = Field(description="share of customers who refuse contact, 0..1")
    refusal_recorded: Share = Field(description="chance that a system knows of the refusal, 0..1")


class CompanyParameters(_Part):
    """Everything that defines a simulated company; the same parameters give the same bytes."""

    seed: int = Field(description="whole number, 0 or more", ge=0)
    customers: int = Field(description="whole number, 1..5,000,000", ge=1, le=5_000_000)
    currency: str = Field(description="three capital letters: EUR, USD, CNY", pattern=r"^[A-Z]{3}$")
    start: date = Field(description="first day of the history, as 2023-01-01")
    as_of: date = Field(description="first day after the history, as 2026-01-01")
    existing_share: Share = Field(description="share of customers won before the history, 0..1")
    longest_relation_years: Positive = Field(description="age of the oldest relation at the start, above 0")
    sellers_per_region: int = Field(description="whole number, 1..100", ge=1, le=100)
    seasonality: Seasonality = Field(description="amplitude and peak_month")
    segments: dict[str, Segment] = Field(description="mapping of segment to its values", min_length=1)
    catalogue: Catalogue = Field(description="categories, brands, themes, promotions")
    unit_costs: dict[ActivityName, NotNegative] = Field(
        description="mapping of activity to its true cost per unit", min_length=9
    )
    service: Service = Field(description="causes, quality_effect, promised_days")
    survey: Survey = Field(description="waves, response_rate, weights and more")
    campaigns: dict[str, Campaign] = Field(description="mapping of campaign to its values; may be empty: {}")
    credit: Credit = Field(description="terms, payers and default")
    leads: Leads = Field(description="sources and stages")
    fraud: Fraud = Field(description="share, patterns, returns_share")
    prices: Prices = Field(description="withdrawn_share and filed_share")
    deliveries: Deliveries = Field(description="undelivered_share")
    systems: Systems = Field(description="presence, duplicates and errors of the three systems")

    @property
    def history_days(self) -> int:
        """Length of the history in days."""
        return (self.as_of - self.start).days

    @property
    def segment_names(self) -> tuple[str, ...]:
        """Names of the segments, in the order of their codes."""
        return tuple(self.segments)

    def day(self, when: date) -> int:
        """Return a date as the number of days since the start of the history."""
        return (when - self.start).days

    def of_segment(self, name: str) -> list[float]:
        """Return one number of every segment, in the order of their codes."""
        return [float(getattr(segment, name)) for segment in self.segments.values()]
