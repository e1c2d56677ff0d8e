"""Every public function of the stages that reads an engine's tables, called once on the standard tables of a company.

What each returns is laid out as plain columns, so that two engines can be held against one another. The functions that
are not called here on their own, and through what they are called instead, stand in `CALLED_BY_OTHERS`.
"""

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
from scipy import sparse
from tests.stored_outputs import make_simulated_company

from helpers import differentiation, evaluation, identification, interaction, value
from helpers.core.lines import lines_until
from helpers.core.periods import Period, customers_by_period, measure_coverage, months_before, periods_before
from helpers.core.return_matching import in_orders, not_in_orders
from helpers.core.returns import has_returns, match_returns, purchase_lines, without_purchases
from helpers.differentiation import loyalty
from helpers.evaluation import satisfaction
from helpers.evaluation.price_list import read_price_list
from helpers.identification.linkage.engine_input import prepare_on_engine
from helpers.identification.linkage.linking import link_records
from helpers.identification.linkage.records import read_table
from helpers.identification.linkage.settings import LinkageSettings
from helpers.identification.linkage.spark import backend_of
from helpers.identification.linkage.spark_store import store_of
from helpers.identification.linkage.stability import purchases_by_record
from helpers.interaction.contact_policy import recent_contacts
from helpers.study.study import load_study
from helpers.value import ahp, profitability
from helpers.value.cube.base import latest_profit
from helpers.value.lifetime import assessment
from helpers.value.lifetime.return_forecast import forecast_returns

SOURCE = Path(__file__).parents[2] / "src" / "helpers"
STAGES = ("core", "identification", "differentiation", "value", "interaction", "evaluation")
AS_OF = date(2026, 1, 1)
HELD_FROM = date(2025, 1, 1)
COSTS = value.CostAssumptions(None, 1.0)
TABLES = (
    *("transactions", "products", "customers", "contacts", "responses", "service_cases", "surveys"),
    *("invoices", "payments", "leads", "activities", "price_list"),
)


def small_company(customers: int = 200) -> tuple[dict[str, pa.Table], dict[str, pd.DataFrame]]:
    """Return the standard tables of the simulated company, of its first customers alone, as Arrow and as pandas."""
    make_simulated_company()
    study = load_study("simulated")
    tables = {name: study.table(name) for name in (*TABLES, "cost_pools")}
    some = tables["customers"].order_by("customer_id").limit(customers).select("customer_id")
    rows = {
        name: _settled(table.semi_join(some, "customer_id") if "customer_id" in table.columns else table)
        for name, table in tables.items()
    }
    frames = {name: table.to_pandas() for name, table in rows.items()}
    states = study.table("known_states").to_pandas()
    frames["known_states"] = states[states["customer_id"].isin(frames["customers"]["customer_id"])]
    return rows, frames


def _settled(table: ir.Table) -> pa.Table:
    return table.order_by(table.columns).to_pyarrow()


@dataclass
class Company:
    """The tables of the company on one engine, and what several functions start from."""

    tables: dict[str, ir.Table]
    frames: dict[str, pd.DataFrame] = field(repr=False)

    def __getattr__(self, name: str) -> ir.Table:
        """Return a table."""
        try:
            return self.__dict__["tables"][name]
        except KeyError:
            raise AttributeError(name) from None

    @cached_property
    def learning(self) -> Any:
        return value.learn_states(self.transactions, AS_OF)

    @cached_property
    def rhythm(self) -> pd.DataFrame:
        return value.purchase_rhythm(self.transactions, as_of=AS_OF).to_pyarrow().to_pandas()

    @cached_property
    def history(self) -> pd.DataFrame:
        history = value.purchase_history(self.transactions, as_of=AS_OF, holdout_from=HELD_FROM)
        return history.order_by("customer_id").to_pyarrow().to_pandas()

    @cached_property
    def test(self) -> Any:
        return assessment.hold_back(self.transactions, as_of=AS_OF, months=12, wanted="bg_nbd")

    @cached_property
    def pairs(self) -> pd.DataFrame:
        return evaluation.campaign_pairs(self.contacts, self.responses, AS_OF)

    @cached_property
    def outcomes(self) -> Any:
        return evaluation.pair_outcomes(self.contacts, self.responses, self.pairs, AS_OF)

    @cached_property
    def orders(self) -> ir.Table:
        return evaluation.order_table(self.transactions, AS_OF, self.products)

    @cached_property
    def placed(self) -> ir.Table:
        return evaluation.placed_orders(self.transactions, AS_OF)

    @cached_property
    def cases(self) -> pd.DataFrame:
        return evaluation.prepare_cases(self.frames["service_cases"], AS_OF).frame

    @cached_property
    def priced(self) -> ir.Table:
        prices = read_price_list(self.price_list, self.products)
        return evaluation.price_lines(self.transactions, prices, AS_OF, customers=self.customers, customer_class="kind")

    @cached_property
    def leads_closed(self) -> pd.DataFrame:
        return evaluation.closed_leads(self.leads, AS_OF)

    @cached_property
    def choices(self) -> ir.Table:
        return loyalty.gather_purchases(self.tables, AS_OF, brand_column="brand", unit="product")

    @cached_property
    def windows(self) -> Any:
        return interaction.third_windows(self.transactions, AS_OF)

    @cached_property
    def drivers(self) -> Any:
        return profitability.read_cost_drivers(SOURCE.parents[1] / "data" / "simulated" / "cost_drivers.yml")

    @cached_property
    def unit_costs(self) -> pd.DataFrame:
        return profitability.set_unit_costs(self.drivers, self.frames["cost_pools"])

    @cached_property
    def judged(self) -> Any:
        return ahp.weigh_hierarchy(ahp.find_hierarchy("customer_value"))

    @cached_property
    def spans(self) -> tuple[Period, ...]:
        return periods_before(AS_OF, months=6, count=4)

    @cached_property
    def split(self) -> Any:
        return differentiation.split_for_value(self.transactions, AS_OF)

    @property
    def groups(self) -> "pd.Series[Any]":
        ids = self.frames["customers"]["customer_id"].sort_values()
        letters = np.array(["a", "b", "c"])[np.arange(len(ids)) % 3]
        return pd.Series(pd.Categorical(letters), index=pd.Index(ids, name="customer_id"), name="segment")

    @property
    def some_customers(self) -> pd.Index:
        return pd.Index(self.frames["customers"]["customer_id"].sort_values().iloc[:40], name="customer_id")


Call = Callable[[Company], Any]
CALLS: dict[str, Call] = {
    # core
    "lines_until": lambda c: lines_until(c.transactions, AS_OF, since=HELD_FROM),
    "purchase_lines": lambda c: purchase_lines(c.transactions, AS_OF, since=HELD_FROM),
    "has_returns": lambda c: has_returns(c.transactions),
    "without_purchases": lambda c: without_purchases(c.transactions, AS_OF),
    "match_returns": lambda c: match_returns(c.transactions, every_step=True),
    "in_orders": lambda c: in_orders(c.transactions, c.transactions.filter(c.transactions["quantity"] < 0)),
    "not_in_orders": lambda c: not_in_orders(c.transactions, c.transactions.filter(c.transactions["quantity"] < 0)),
    "measure_coverage": lambda c: measure_coverage(c.transactions, AS_OF),
    "customers_by_period": lambda c: customers_by_period(c.transactions, c.spans),
    # identification
    "follow_base": lambda c: identification.follow_base(c.transactions, AS_OF, identification.StateRule(90, 365)),
    "count_orders_by_hour": lambda c: identification.count_orders_by_hour(c.transactions, AS_OF),
    "summarise_orders": lambda c: identification.summarise_orders(c.transactions, AS_OF),
    "summarise_purchase_days": lambda c: identification.summarise_purchase_days(c.transactions, AS_OF),
    "summarise_customers": lambda c: identification.summarise_customers(c.transactions, AS_OF),
    "measure_base": lambda c: identification.measure_base(c.transactions, AS_OF),
    "check_lines": lambda c: identification.check_lines(c.transactions, AS_OF, c.products),
    "read_table": lambda c: read_table(
        c.customers, LinkageSettings(record_id="customer_id", fields={"region": "name"})
    ).sort_values("customer_id", ignore_index=True),
    "prepare_on_engine": lambda c: _prepared(c.customers),
    "group_there": lambda c: _linked(c.customers),
    "purchases_by_record": lambda c: purchases_by_record(c.transactions, _clusters(c)),
    "measure_fields": lambda c: identification.measure_fields(c.customers, "customers", AS_OF, by="kind"),
    "measure_tables": lambda c: identification.measure_tables(_some(c, "transactions", "products", "customers"), AS_OF),
    "measure_returns": lambda c: identification.measure_returns(c.transactions, AS_OF),
    "find_holdings": lambda c: identification.find_holdings(
        c.transactions, c.products, "category", AS_OF, since=HELD_FROM
    ),
    # differentiation
    "summarise_behaviour": lambda c: differentiation.summarise_behaviour(c.transactions, AS_OF, products=c.products),
    "follow_cohorts": lambda c: differentiation.follow_cohorts(c.transactions, AS_OF),
    "gather_account_facts": lambda c: differentiation.gather_account_facts(
        c.transactions,
        differentiation.business_accounts(c.frames["customers"]),
        AS_OF,
        **_some(c, "products", "surveys", "activities"),
    ),
    "count_selling": lambda c: differentiation.count_selling(c.activities, AS_OF),
    "count_purchases": lambda c: differentiation.count_purchases(c.transactions, AS_OF),
    "find_early_adopters": lambda c: loyalty.find_early_adopters(
        c.transactions, AS_OF, new_after_days=30, least_buyers=3
    ),
    "gather_purchases of brands": lambda c: c.choices,
    "brands_bought": lambda c: loyalty.brands_bought(c.transactions, c.products, AS_OF),
    "branded_revenue_share": lambda c: loyalty.branded_revenue_share(c.tables, AS_OF),
    "count_by_brand": lambda c: loyalty.count_by_brand(c.choices, AS_OF, unit="product", parts=2),
    "follow_choices": lambda c: loyalty.follow_choices(c.choices),
    "contribution_by_period": lambda c: differentiation.contribution_by_period(c.transactions, *c.spans[-2:]),
    "profile_purchases": lambda c: differentiation.profile_purchases(
        purchase_lines(c.transactions, AS_OF), c.products, c.groups
    ),
    "split_for_value": lambda c: differentiation.split_for_value(c.transactions, AS_OF),
    "later_value": lambda c: differentiation.later_value(c.transactions, c.split, AS_OF, c.some_customers),
    "spend_by_block": lambda c: differentiation.spend_by_block(c.transactions, c.spans),
    # value
    "score_before_holdout": lambda c: ahp.score_before_holdout(c.tables, AS_OF, c.judged, COSTS),
    "measure_indicators": lambda c: ahp.measure_indicators(c.tables, AS_OF, COSTS),
    "contribution_between": lambda c: ahp.contribution_between(
        c.transactions, HELD_FROM, AS_OF, COSTS, c.some_customers
    ),
    "split_holdout": lambda c: value.split_holdout(c.transactions, AS_OF, COSTS),
    "purchase_rhythm": lambda c: value.purchase_rhythm(c.transactions, as_of=AS_OF),
    "outcomes_afterwards": lambda c: value.outcomes_afterwards(
        c.transactions,
        value.purchase_rhythm(c.transactions, as_of=HELD_FROM).to_pyarrow().to_pandas(),
        start=HELD_FROM,
        as_of=AS_OF,
    ),
    "check_alarms": lambda c: value.check_alarms(c.transactions, AS_OF, value.AlarmRule(), holdout_months=6),
    "score_alarm": lambda c: value.score_alarm(
        c.transactions, AS_OF, value.AlarmRule(), c.frames["known_states"], fixed_days=90
    ),
    "latest_contribution": lambda c: value.latest_contribution(c.transactions, AS_OF, COSTS, months=12),
    "latest_profit": lambda c: latest_profit(c.transactions, AS_OF, COSTS, months=12),
    "base_from_purchases": lambda c: value.base_from_purchases(
        c.transactions, c.products, AS_OF, COSTS, months=12, uptake=0.5, rng=np.random.default_rng(1)
    ),
    "base_before": lambda c: value.base_before(
        c.transactions, c.products, AS_OF, COSTS, months=12, uptake=0.5, rng=np.random.default_rng(1)
    ),
    "observe_earlier": lambda c: assessment.observe_earlier(
        c.transactions, held_from=HELD_FROM, weeks_held=26.0, weeks_before=52.0
    ),
    "track_holdout_test": lambda c: assessment.track_holdout_test(c.transactions, c.test, as_of=AS_OF),
    "hold_back": lambda c: c.test,
    "purchase_regularity": lambda c: assessment.purchase_regularity(c.transactions, as_of=AS_OF),
    "follow_states": lambda c: value.follow_states(c.transactions, AS_OF, c.learning),
    "learn_states": lambda c: c.learning,
    "states_on": lambda c: value.states_on(c.transactions, HELD_FROM, c.learning),
    "phases_on": lambda c: value.phases_on(c.transactions, HELD_FROM, c.learning),
    "purchase_days": lambda c: value.purchase_days(c.transactions, as_of=AS_OF),
    "purchase_history": lambda c: value.purchase_history(c.transactions, as_of=AS_OF, holdout_from=HELD_FROM),
    "trace_customers": lambda c: value.trace_customers(c.transactions, list(c.some_customers[:3]), as_of=AS_OF),
    "forecast_returns": lambda c: forecast_returns(c.transactions, AS_OF, c.history),
    "past_errors_of_total": lambda c: value.past_errors_of_total(c.transactions, AS_OF, "bg_nbd"),
    "latest_spans": lambda c: profitability.latest_spans(c.tables, c.drivers, AS_OF),
    "measure_effort": lambda c: profitability.measure_effort(c.tables, c.drivers, c.unit_costs, *_two_years()),
    "whole_history": lambda c: profitability.whole_history(c.transactions, AS_OF),
    "span_months": lambda c: profitability.span_months(c.tables, c.drivers, 12),
    "gather_facts": lambda c: profitability.gather_facts(
        c.tables, c.drivers, profitability.whole_history(c.transactions, AS_OF)
    ),
    "hold_out_profit": lambda c: profitability.hold_out_profit(
        c.tables,
        c.drivers,
        c.unit_costs,
        profitability.ProfitAssumptions(None),
        as_of=AS_OF,
        months=12,
        rng=np.random.default_rng(1),
        draws=50,
    ),
    # interaction
    "gather_baskets": lambda c: interaction.gather_baskets(c.transactions, AS_OF, products=c.products),
    "recent_contacts": lambda c: recent_contacts(c.contacts, AS_OF, within_days=365),
    "orders_by_day_part": lambda c: interaction.orders_by_day_part(c.transactions, AS_OF),
    "third_windows": lambda c: c.windows,
    "first_purchase_windows": lambda c: interaction.first_purchase_windows(
        c.transactions, c.windows, products=c.products, level="category"
    ),
    "spend_before": lambda c: interaction.spend_before(c.transactions, HELD_FROM),
    "campaign_orders": lambda c: interaction.campaign_orders(c.transactions, c.contacts, AS_OF),
    "order_contributions": lambda c: interaction.order_contributions(c.transactions, AS_OF),
    "gather_purchases": lambda c: interaction.gather_purchases(
        c.transactions, AS_OF, products=c.products, since=HELD_FROM, customers=c.some_customers
    ),
    "describe_items": lambda c: interaction.describe_items(
        c.products, pd.Index(c.frames["products"]["product_id"].sort_values().iloc[:20]), "product_id"
    ),
    # evaluation
    "monthly_revenue": lambda c: evaluation.monthly_revenue(c.transactions, AS_OF),
    "pair_outcomes": lambda c: c.outcomes,
    "realised_margin": lambda c: evaluation.realised_margin(c.transactions, AS_OF, otherwise=0.3),
    "campaign_pairs": lambda c: c.pairs,
    "count_responses": lambda c: evaluation.count_responses(c.contacts, c.responses, AS_OF, response_days=30),
    "never_bought": lambda c: evaluation.never_bought(c.contacts, c.transactions, AS_OF),
    "rebuy_claim": lambda c: evaluation.rebuy_claim("very_satisfied_rebuy", _one_higher(c.surveys), AS_OF),
    "satisfaction_claim": lambda c: evaluation.satisfaction_claim(
        "satisfaction_raises_profit", c.surveys, c.transactions, AS_OF, raised=0.2, months=6
    ),
    "first_days": lambda c: evaluation.first_days(c.transactions, c.customers),
    "first_contacts": lambda c: evaluation.first_contacts(
        c.contacts, c.transactions, AS_OF, days=7, observed_from=date(2022, 1, 1)
    ),
    "contact_features": lambda c: evaluation.contact_features(
        c.outcomes.pairs, transactions=c.transactions, customers=c.frames["customers"], attributes=["kind"]
    ),
    "contributed": lambda c: evaluation.contributed(c.pairs, c.responses, c.contacts, margin=0.4),
    "margin_of": lambda c: evaluation.margin_of(c.transactions, AS_OF),
    "cross_table of revenue": lambda c: evaluation.cross_table(
        c.tables, evaluation.Question("revenue", "region", "category", period="2025"), AS_OF
    ),
    "cross_table of customers": lambda c: evaluation.cross_table(
        c.tables, evaluation.Question("customers", "month", "channel"), AS_OF
    ),
    "brought_after": lambda c: evaluation.brought_after(_starts(c), c.transactions, months=6, counted="contribution"),
    "closed_leads": lambda c: c.leads_closed,
    "worth_of_customers": lambda c: evaluation.worth_of_customers(c.leads_closed, c.transactions, AS_OF, months=6),
    "order_table": lambda c: c.orders,
    "account_habits": lambda c: evaluation.account_habits(c.orders),
    "orders_by_hour": lambda c: evaluation.orders_by_hour(c.orders),
    "order_days": lambda c: evaluation.order_days(c.transactions, AS_OF),
    "read_price_list": lambda c: read_price_list(c.price_list, c.products),
    "price_lines": lambda c: c.priced,
    "judge_prices": lambda c: evaluation.judge_prices(c.priced),
    "price_by_product": lambda c: evaluation.price_by_product(c.priced, c.products),
    "cohort_retention": lambda c: evaluation.cohort_retention(c.transactions, AS_OF),
    "customers_before": lambda c: evaluation.customers_before(c.transactions, HELD_FROM),
    "follow_answers": lambda c: satisfaction.follow_answers(*_answers(c), c.transactions, AS_OF, days=90),
    "whole_periods": lambda c: evaluation.whole_periods(c.transactions, c.spans),
    "breadth_indicator": lambda c: evaluation.breadth_indicator(
        c.transactions, c.products, periods_before(AS_OF, months=6, count=5)
    ),
    "control_group": lambda c: evaluation.control_group(c.contacts, AS_OF),
    "prior_spend": lambda c: evaluation.prior_spend(c.transactions, c.contacts, AS_OF, split=HELD_FROM),
    "placed_orders": lambda c: c.placed,
    "orders_since": lambda c: evaluation.orders_since(c.placed, pd.Timestamp(HELD_FROM)),
    "with_channel": lambda c: evaluation.with_channel(c.cases, c.placed),
    "effect_on_staying": lambda c: evaluation.effect_on_staying(c.cases, c.placed, AS_OF, days=90),
    "engagement_facts": lambda c: evaluation.engagement_facts(c.placed, Period(HELD_FROM, AS_OF)),
    "shared_details": lambda c: evaluation.shared_details(c.customers),
    "unusual_orders": lambda c: evaluation.unusual_orders(c.orders, _peers(c)),
    "refunds_beyond_purchases": lambda c: evaluation.refunds_beyond_purchases(c.orders),
}

CALLED_BY_OTHERS: dict[str, str] = {
    "each_once": "customers_before",
    "first_of_each": "gather_purchases of brands",
    "rows_beside": "contact_features",
    "identifiers_beside": "effect_on_staying",
    "matched_rows": "in_orders",
    "unmatched_rows": "not_in_orders",
    "match_touched": "match_returns",
    "set_off_returns": "purchase_lines",
    "once_per_session": "purchase_lines",
    "once_per_run": "purchase_days",
    "stays_for_the_run": "purchase_days",
    "stored_in_session": "account_habits",
    "stored_by_customer": "brands_bought",
    "settled": "purchase_lines",
    "to_the_digit": "match_returns",
    "track_repeat_purchases": "track_holdout_test",
    "treated_contacts": "campaign_pairs",
    "placed_responses": "campaign_pairs",
    "with_own": "cross_table of revenue",
    "with_member": "cross_table of revenue",
    "kept_accounts": "measure_effort",
    "brands_chosen": "gather_purchases of brands",
    "check_choices": "gather_purchases of brands",
    "asked_rows": "cross_table of revenue",
    "check_question": "cross_table of revenue",
    "agreement_on_engine": "group_there",
    "any_filled": "prepare_on_engine",
    "blank_shared_there": "prepare_on_engine",
    "connect_records": "group_there",
    "copies_there": "prepare_on_engine",
    "count_rows": "prepare_on_engine",
    "crowded_names_there": "prepare_on_engine",
    "is_thin": "prepare_on_engine",
    "links_of": "group_there",
    "needed_columns": "read_table",
    "read_batches": "prepare_on_engine",
    "read_pairs": "group_there",
    "weigh_there": "group_there",
    "whole_name": "prepare_on_engine",
    "dimensions_of": "cross_table of revenue",
    "measures_of": "cross_table of revenue",
}
"""Parts of other functions, and a call above that runs through them."""


def public_functions() -> dict[str, str]:
    """Return every public function of the stages that is given an Ibis table, and its module."""
    found = {}
    for stage in STAGES:
        for file in sorted((SOURCE / stage).rglob("*.py")):
            for node in ast.parse(file.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                    asked = ast.unparse(node.args)
                    if "ir.Table" in asked or ": Tables" in asked:
                        found[node.name] = file.relative_to(SOURCE).with_suffix("").as_posix()
    return found


def _prepared(records: ir.Table) -> pd.DataFrame:
    """Return records in standard form, as they are linked, with what is noted of them."""
    settings = LinkageSettings(record_id="customer_id", records_in_memory_at_most=1)
    store = store_of(records, settings, backend_of(records))
    assert store is not None
    prepared = prepare_on_engine(records, settings, store)
    rows = pd.concat([prepared.keys, prepared.table, prepared.linkable.rename("linkable")], axis=1)
    return rows.assign(notes=str(prepared.notes))


def _linked(records: ir.Table) -> tuple[Any, ...]:
    """Link records that stand twice, the second time with the beginning of a name; weights to 0.001 bits."""
    again = records.mutate(customer_id=records["customer_id"] + 10**6, first_name=records["first_name"].left(4))
    settings = LinkageSettings(record_id="customer_id", records_in_memory_at_most=1)
    found = link_records(records.union(again, distinct=False), settings)
    assert len(found.pairs) > found.customers / 2
    weights = found.pairs["match_weight"].round(3)
    return found.clusters, found.pairs[["left", "right"]], weights, found.blocking.rules, str(found.notes)


def _some(company: Company, *names: str) -> dict[str, ir.Table]:
    return {name: company.tables[name] for name in names}


def _two_years() -> tuple[Period, Period]:
    return Period(months_before(AS_OF, 24), HELD_FROM), Period(HELD_FROM, AS_OF)


def _clusters(company: Company) -> pd.DataFrame:
    booked = np.unique(company.frames["transactions"]["record_id"].dropna())
    return pd.DataFrame({"source": "web", "record_id": booked[::2].astype("str")})


def _starts(company: Company) -> pd.DataFrame:
    ids = company.some_customers
    return pd.DataFrame({"customer_id": ids, "begin": pd.date_range("2024-01-01", periods=len(ids), freq="9D")})


def _one_higher(surveys: ir.Table) -> ir.Table:
    """Let satisfaction end at ten, as the intention to buy again does: of these few customers nobody says ten."""
    return surveys.mutate(overall=surveys["overall"] + 1)


def _answers(company: Company) -> tuple[Any, "pd.Series[pd.Timestamp]"]:
    surveys = company.frames["surveys"].sort_values(["customer_id", "time"], ignore_index=True)
    return satisfaction.prepare_answers(surveys, satisfaction.questions_asked(surveys)), surveys["time"]


def _peers(company: Company) -> "pd.Series[str]":
    return evaluation.peer_groups(evaluation.account_habits(company.orders), company.frames["customers"], ["kind"])


def values_of(found: Any, name: str = "") -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    """Lay a result out as named columns: tables row by row in an order of their own, dataclasses field by field."""
    if isinstance(found, ir.Table):
        table = found.to_pyarrow()
        frame = table.to_pandas(types_mapper=None)
        for column in frame:  # decimals of any scale
            if pa.types.is_decimal(table.schema.field(column).type):
                frame[column] = frame[column].astype("float64").round(6)
        yield from values_of(frame.sort_values(list(frame.columns), ignore_index=True, kind="stable"), name)
    elif isinstance(found, pd.DataFrame):
        if found.index.nlevels > 1 or not isinstance(found.index, pd.RangeIndex):
            yield f"{name} index", found.index.to_numpy()
        for column in found.columns:
            yield f"{name} {column}".strip(), _plain(found[column])
    elif isinstance(found, pd.Series | pd.Index):
        if isinstance(found, pd.Series):
            yield f"{name} index", found.index.to_numpy()
        yield name, _plain(pd.Series(found))
    elif sparse.issparse(found):
        yield name, found.toarray().ravel()
    elif isinstance(found, np.ndarray):
        yield name, found.ravel()
    elif is_dataclass(found):
        for one in fields(found):
            yield from values_of(getattr(found, one.name), f"{name}.{one.name}")
    elif isinstance(found, Mapping):
        for key in found:
            yield from values_of(found[key], f"{name}[{key}]")
    elif isinstance(found, tuple | list):
        for number, one in enumerate(found):
            yield from values_of(one, f"{name}[{number}]")
    elif found is None or isinstance(found, str | bool | int | float | date | np.generic | np.bool_):
        yield name, np.array([found], dtype=None if isinstance(found, int | float | bool | np.number) else object)


def _plain(column: "pd.Series[Any]") -> np.ndarray[Any, Any]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.astype(object).to_numpy()
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return column.to_numpy(dtype="float64", na_value=np.nan) if column.hasnans else column.to_numpy()
    return column.to_numpy()


def differences(found: Any, expected: Any, *, relative: float = 1e-9) -> list[str]:
    """Return what differs of two results, in words: exact but for numbers with decimals."""
    one, other = dict(values_of(found)), dict(values_of(expected))
    if one.keys() != other.keys():
        return [f"parts {sorted(one.keys() ^ other.keys())}"]
    return [text for name in other for text in _different(name, one[name], other[name], relative)]


def _different(
    name: str, found: np.ndarray[Any, Any], expected: np.ndarray[Any, Any], relative: float
) -> Iterator[str]:
    if found.shape != expected.shape:
        yield f"{name}: {found.shape[0]} values, not {expected.shape[0]}"
    elif "O" in (found.dtype.kind, expected.dtype.kind) or found.dtype.kind not in "fiub":
        apart = [
            (one, other)
            for one, other in zip(pd.Series(found), pd.Series(expected), strict=True)
            if not (one == other or (pd.isna(one) and pd.isna(other)))
        ]
        if apart:
            yield f"{name}: {len(apart)} of {len(found)} differ, {apart[0][0]!r} is not {apart[0][1]!r}"
    else:
        numbers = found.astype("float64"), expected.astype("float64")
        close = np.isclose(*numbers, rtol=relative if found.dtype.kind == "f" else 0, atol=1e-12, equal_nan=True)
        if not close.all():
            place = int(np.argmin(close))
            yield f"{name}: {int((~close).sum())} of {len(close)} differ, {found[place]!r} is not {expected[place]!r}"
