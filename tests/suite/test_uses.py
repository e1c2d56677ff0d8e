"""Which chapters read which field."""

from pathlib import Path

from helpers.suite.planning.notebook_file import NotebookFile
from helpers.suite.planning.uses import chapters_by_field


def _notebook(
    name: str, title: str, *needs: str, wants: tuple[str, ...] = (), summarises: bool = False
) -> NotebookFile:
    return NotebookFile(Path(f"{name}.ipynb"), title, {}, needs, wants, summarises)


BOOKS = (
    _notebook("00_map", "Overview", "transactions", summarises=True),
    _notebook("10_who", "Who are they?", "transactions"),
    _notebook("20_value", "What are they worth?", "transactions.cost", wants=("customers.birth_date",)),
    _notebook("32_leave", "Who leaves?", "contracts or transactions"),
    _notebook("90_print", "What was printed?", "published_values"),
)


def test_fields_named_and_required_are_read() -> None:
    uses = chapters_by_field(BOOKS)
    assert uses["transactions.cost"] == ("What are they worth",)
    assert uses["customers.birth_date"] == ("What are they worth",)
    assert uses["transactions.amount"] == ("Who are they", "What are they worth", "Who leaves")
    assert uses["contracts.customer_id"] == ("Who leaves",)
    assert not any(field.startswith("published_values") for field in uses)


def test_what_reads_a_field_of_customers_waits_for_it_in_their_records() -> None:
    uses = chapters_by_field(BOOKS)
    assert uses["customer_records.birth_date"] == ("What are they worth",)
    assert "customer_records.cost" not in uses


def test_only_chapters_behind_the_asking_one_are_reported() -> None:
    uses = chapters_by_field(BOOKS, after="10")
    assert uses["transactions.amount"] == ("What are they worth", "Who leaves")


def test_the_suites_own_notebooks_are_read() -> None:
    assert len(chapters_by_field(after="10")["transactions.customer_id"]) >= 5
