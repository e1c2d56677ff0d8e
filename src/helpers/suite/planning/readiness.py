"""Whether the tables of a study will do for a chapter: its own preparations, asked before any kernel starts.

A chapter opens by preparing its tables, and refuses what it cannot work with. The planner calls the same functions,
without fitting anything, so that a check never says "sound" of what a run would refuse. What a chapter takes although
not all of it is usable comes back as warnings.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from helpers.core.errors import Fault, FaultsError, InputError, unknown_name
from helpers.study.data_warnings import DataWarning
from helpers.study.study import Study
from helpers.suite.planning.column_lists import listed_columns
from helpers.suite.planning.parameters import Value

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from helpers.evaluation import Question
    from helpers.value.churn.learnt_columns import Note

Preparation = Callable[[Study, Any], Iterable[DataWarning]]
"""Takes the study and the parameters as attributes; yields warnings, raises `InputError` with what is refused."""


NAMES_LISTED = 20
"""Of the brands or categories of a study, those a message lists; the nearest name is sought among all."""


def readiness(
    notebook: str, study: Study, values: Mapping[str, Value]
) -> tuple[tuple[DataWarning, ...], tuple[Fault, ...]]:
    """Ask whether a study's tables will do for one notebook.

    Parameters
    ----------
    notebook : str
        Its name; of one that is not among `PREPARATIONS`, nothing is asked.
    study : Study
        Its file and data are sound, and it has the tables the notebook needs.
    values : mapping of str to value
        The parameters of the run.

    Returns
    -------
    warnings : tuple of DataWarning
        What the notebook leaves out or finds odd.
    faults : tuple of Fault
        What it would refuse; empty where it can run.
    """
    warnings: list[DataWarning] = []
    faults: list[Fault] = []
    for prepare in PREPARATIONS.get(notebook, ()):
        try:
            warnings += prepare(study, SimpleNamespace(**values))
        except FaultsError as error:
            faults += error.faults
    return tuple(dict.fromkeys(warnings)), tuple(dict.fromkeys(faults))


def sorted_contracts(study: Study) -> "pd.DataFrame":
    """Return the contracts in order of customer_id, as the chapters learn from them."""
    frame: pd.DataFrame = study.table("contracts").order_by("customer_id").to_pyarrow().to_pandas()
    return frame


def cube_rests_on_contracts(study: Study) -> bool:
    """Say whether the value cube is made of contracts, which then must hold bills; else of purchases."""
    return study.has("contracts", "monthly_amount")


def _churn(study: Study, p: Any) -> Iterator[DataWarning]:
    from helpers.value import prepare_contracts

    left_out = listed_columns(p.churn_left_out)
    data = prepare_contracts(sorted_contracts(study), leave_out=left_out, only_usable=True)
    return _of_columns(data.notes, study, "contracts", "churn_left_out")


def _value_cube(study: Study, p: Any) -> Iterator[DataWarning]:
    from helpers.value import CostAssumptions, latest_profit, read_cube_contracts

    if cube_rests_on_contracts(study):
        left_out = listed_columns(p.churn_left_out)
        data, _, _ = read_cube_contracts(sorted_contracts(study), leave_out=left_out, only_usable=True)
        yield from _of_columns(data.notes, study, "contracts", "churn_left_out")
    else:
        costs = CostAssumptions(None, p.cost_per_order)
        latest_profit(study.table("transactions"), study.as_of, costs, months=p.horizon_months)


def _applicants(study: Study, p: Any) -> Iterator[DataWarning]:
    from helpers.value.credit import prepare_applicants

    left_out = listed_columns(p.score_leaves_out)
    found = prepare_applicants(study.table("applicants").to_pandas(), leave_out=left_out, only_usable=True)
    return _of_columns(found.notes, study, "applicants", "score_leaves_out")


def _receivables(study: Study, p: Any) -> Iterator[DataWarning]:
    from helpers.value.credit import prepare_receivables

    invoices, payments = (study.table(name).to_pandas() for name in ("invoices", "payments"))
    ledger = prepare_receivables(invoices, payments, study.as_of, assumed_term_days=p.assumed_term_days)
    where = f"{study.where('tables', 'payments')}, table payments"
    for what, remedy, rows, amount in ledger.apart.notes(study.currency):
        yield DataWarning(what, where, remedy, "payments", rows, amount, other="invoices")


def _unit_costs(study: Study, p: Any) -> Iterator[DataWarning]:
    if not (p.cost_drivers_file or study.has("cost_pools") or (study.folder / "cost_drivers.yml").is_file()):
        return  # what comes with the suite needs no tables
    from helpers.value.profitability import find_cost_drivers, set_unit_costs

    drivers = find_cost_drivers(p.cost_drivers_file, folder=study.folder)
    set_unit_costs(drivers, study.table("cost_pools").to_pandas() if study.has("cost_pools") else None)
    yield from ()


def _activities(study: Study, _p: Any) -> Iterator[DataWarning]:
    if study.has("activities"):
        from helpers.value.profitability import require_time_or_year

        require_time_or_year(study.table("activities").columns)
    yield from ()


def _records(study: Study, p: Any) -> Iterator[DataWarning]:
    from helpers.identification import linkage

    chosen = ("cost_false_merge", "cost_false_split", "duplicates_within_sources", "seed")
    settings = linkage.LinkageSettings(**{name: getattr(p, name) for name in chosen})
    linkage.check_records(study.table("customer_records"), settings)
    yield from ()


def _earlier_ids(study: Study, _p: Any) -> Iterator[DataWarning]:
    if study.has("earlier_ids"):
        from helpers.identification import check_earlier_ids, ids_kept

        before, _ = ids_kept(study.table("earlier_ids").to_pandas(), source="records")
        if before is not None:
            check_earlier_ids(before)
    yield from ()


def _occasions(study: Study, p: Any) -> Iterator[DataWarning]:
    from helpers.value import BGBB
    from helpers.value.lifetime.assessment import gather_histories

    histories = gather_histories(study.table("occasions").to_pandas())
    BGBB(time_unit=p.occasion).check_rows(histories, histories["customers"])
    yield from ()


def _choices(study: Study, p: Any) -> Iterator[DataWarning]:
    from helpers.differentiation.loyalty import PANEL, check_choices

    if study.has("choices"):
        check_choices(study.table("choices"))
        brands, categories = _values(study, "choices", "brand"), [PANEL]
    else:
        brands, categories = _values(study, "products", p.brand_column), _values(study, "products", "category")
    named = (("own_brand", p.own_brand, "brand", brands), ("shown_category", p.shown_category, "category", categories))
    faults = [
        unknown_name(value, known[:NAMES_LISTED], kind=kind, where=f"parameter {name}", also=known[NAMES_LISTED:])
        for name, value, kind, known in named
        if value and value not in known
    ]
    if faults:
        raise InputError(faults)
    yield from ()


def _offered(study: Study, p: Any) -> Iterator[DataWarning]:
    if p.offered_product and not study.has("products", p.product_level):
        what = f"{p.offered_product!r} cannot be looked for: the study has no products with {p.product_level}"
        raise InputError(Fault(what, "parameter offered_product", "nothing, for this study", "leave the parameter out"))
    if p.offered_product:
        known = _values(study, "products", p.product_level)
        if p.offered_product not in known:
            said = {"kind": p.product_level, "where": "parameter offered_product", "also": known[NAMES_LISTED:]}
            raise InputError(unknown_name(p.offered_product, known[:NAMES_LISTED], **said))
    yield from ()


_USUAL_ACTIVITIES = ("visit", "order_telephone")
"""Activities of selling as the parameters have them; a study without them is no mistake of who runs it."""


def _activities_of_selling(study: Study, p: Any) -> Iterator[DataWarning]:
    if study.has("activities"):
        known = _values(study, "activities", "activity")
        faults = [
            unknown_name(
                one, known[:NAMES_LISTED], kind="activity", where=f"parameter {name}", also=known[NAMES_LISTED:]
            )
            for name in ("visit_activities", "call_activities")
            for one in (part.strip() for part in getattr(p, name).split(","))
            if one and one not in known and one not in _USUAL_ACTIVITIES
        ]
        if faults:
            raise InputError(faults)
    yield from ()


def _values(study: Study, table: str, column: str) -> list[str]:
    """Return the values of a column as text, sorted."""
    texts = study.table(table).select(value=study.table(table)[column].cast("string")).drop_null().distinct()
    return sorted(texts.to_pyarrow()["value"].to_pylist())


def _surveys(study: Study, p: Any) -> Iterator[DataWarning]:
    from helpers.suite.planning.survey_answers import read_answers

    read_answers(study, p)
    yield from ()


def _process_steps(_study: Study, p: Any) -> Iterator[DataWarning]:
    from helpers.evaluation import parse_steps

    parse_steps(p.process_steps)
    yield from ()


def _volumes(study: Study, p: Any) -> Iterator[DataWarning]:
    if study.has("service_volumes"):
        from helpers.evaluation import prepare_volumes

        prepare_volumes(study.table("service_volumes").to_pandas(), study.as_of, interval_minutes=p.staffing_minutes)
    yield from ()


def _sales_control(study: Study, p: Any) -> Iterator[DataWarning]:
    """Warn of tables that the chapter leaves a section out for; each section rests on tables of its own."""
    from helpers.evaluation import read_price_list

    price_list, products = (study.table(name) if study.has(name) else None for name in ("price_list", "products"))
    if price_list is not None or (products is not None and "list_price" in products.columns):
        table = "products" if price_list is None else "price_list"
        try:
            read_price_list(price_list, products)
        except InputError as error:
            yield from _left_out(error.faults, study, table)
    if study.has("invoices") and study.has("payments"):
        try:
            yield from _receivables(study, p)
        except InputError as error:
            yield from _left_out(error.faults, study, "invoices")


def _left_out(faults: Iterable[Fault], study: Study, table: str) -> Iterator[DataWarning]:
    for fault in faults:
        where = f"{study.where('tables', table)}, {fault.where or f'table {table}'}"
        yield DataWarning(fault.what, where, fault.remedy, table)


def explored_tables(study: Study) -> "dict[str, ir.Table]":
    """Return the tables of a study that measures are taken of or split by, by name."""
    from helpers.evaluation import FACTS

    names = dict.fromkeys([*FACTS, *(join.table for fact in FACTS.values() for join in fact.joins)])
    return {name: study.table(name) for name in names if study.has(name)}


def question_of(p: Any) -> "Question":
    """Return the question that the parameters of the chapter on any measure by any dimension ask."""
    from helpers.evaluation import Question

    asked = {name: getattr(p, f"explore_{name}") for name in ("measure", "rows", "columns", "period", "only", "drill")}
    return Question(**asked, only_region=p.only_region, only_seller=p.only_seller)


def _explore(study: Study, p: Any) -> Iterator[DataWarning]:
    from helpers.evaluation import check_question

    check_question(explored_tables(study), question_of(p), study.as_of)
    yield from ()


def _of_columns(notes: "Iterable[Note]", study: Study, table: str, parameter: str) -> Iterator[DataWarning]:
    for note in notes:
        where = f"{study.where('tables', table)}, table {table}"
        yield DataWarning(note.what, where, f"{note.remedy} (parameter {parameter})", table)


PREPARATIONS: dict[str, tuple[Preparation, ...]] = {
    "11_record_linkage": (_records, _earlier_ids),
    "20_concentration": (_activities_of_selling,),
    "22_loyalty": (_choices,),
    "32_churn": (_churn,),
    "33_value_cube": (_value_cube,),
    "35_credit": (_receivables,),
    "36_customer_profitability": (_unit_costs, _activities),
    "38_discrete_occasions": (_occasions,),
    "39_credit_applicants": (_applicants,),
    "40_cross_selling": (_offered,),
    "45_credit_collection": (_receivables,),
    "51_satisfaction": (_surveys,),
    "52_service_desk": (_process_steps, _volumes),
    "56_explore": (_explore,),
    "58_sales_control": (_sales_control,),
}
"""By notebook: the preparations it opens with, as far as they refuse tables."""
