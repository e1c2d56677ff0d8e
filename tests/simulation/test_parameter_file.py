from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from ruamel.yaml import YAML

from helpers.core.errors import InputError
from helpers.simulation import read_parameters, simulate
from helpers.study.standard_tables import STANDARD_TABLES

COMPANY = Path(__file__).parents[2] / "data" / "simulated" / "company.yml"


def _changed(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    text = COMPANY.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "company.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_default_company_has_three_years_up_to_2026() -> None:
    parameters = read_parameters(COMPANY)
    assert (parameters.customers, parameters.currency) == (2_000, "EUR")
    assert (parameters.start, parameters.as_of, parameters.history_days) == (date(2023, 1, 1), date(2026, 1, 1), 1096)


def test_the_study_reads_what_the_company_writes(tmp_path: Path) -> None:
    study = YAML(typ="safe").load((COMPANY.parent / "study.yml").read_text(encoding="utf-8"))
    parameters = read_parameters(COMPANY)
    assert (study["as_of"], study["currency"]) == (parameters.as_of, parameters.currency)
    written = simulate(read_parameters(COMPANY, {"customers": 1}), tmp_path).rows
    scores = {"linkage_by_error_level.csv", "actions_by_seed.csv", "anomalies_by_seed.csv"}
    used = {table["source"] for table in study["tables"].values()} - scores
    assert used <= {f"{name}.parquet" for name in written}
    assert {f"{name}.parquet" for name in written if name.startswith("tables/")} <= used


def test_every_column_the_company_writes_has_a_standard_name_or_is_listed(tmp_path: Path) -> None:
    study = YAML(typ="safe").load((COMPANY.parent / "study.yml").read_text(encoding="utf-8"))
    simulate(read_parameters(COMPANY, {"customers": 1}), tmp_path)
    for name, table in study["tables"].items():
        if table["source"].startswith("tables/"):
            written = set(pq.read_schema(tmp_path / table["source"]).names) - set(table.get("columns", {}).values())
            known = {*STANDARD_TABLES[name].column_names, *table.get("attributes", []), "account_id"}
            assert written <= known, name


def test_overrides_replace_values_of_the_file() -> None:
    parameters = read_parameters(COMPANY, {"customers": 7, "systems.error_level": 0.3})
    assert (parameters.customers, parameters.systems.error_level) == (7, 0.3)


def test_all_faults_are_reported_at_once_with_their_lines(tmp_path: Path) -> None:
    path = _changed(
        tmp_path, ("customers: 2000", "customers: 0"), ("  noise: 0.5", "  nois: 0.5"), ("kind: person", "kind: persn")
    )
    with pytest.raises(InputError) as caught:
        read_parameters(path, {"sede": 3})
    message = str(caught.value)
    assert len(caught.value.faults) == 5
    assert "company.yml, line 5: customers cannot be 0" in message
    assert "segments.household.kind cannot be 'persn'" in message
    assert "did you mean 'noise'?" in message
    assert "'noise' is missing" in message
    assert "did you mean 'seed'?" in message


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("as_of: 2026-01-01", "as_of: 2023-01-09", "has 8 days"),
        ("themes: {home: 5", "themes: {hme: 5", "unknown theme 'hme'"),
        ("workshop: {hand tools: 4", "workshop: {hand tool: 4", "did you mean 'hand tools'"),
        ("effect: {household: 0.06", "effect: {houshold: 0.06", "unknown segment 'houshold'"),
        ("start: 2024-09-02", "start: 2024-03-20", "before 'spring_catalogue' ends on 2024-04-01"),
        ("start: 2025-09-01", "start: 2025-12-20", "runs from 2025-12-20 to 2026-01-17"),
        ("waves: [2023-10-02", "waves: [2022-10-02", "wave of 2022-10-02 lies outside"),
        ("term_days: {14: 2", "term_days: {900: 2", "a term of 900 days"),
        ("patterns: {refunds: 3, bust_out: 3, night_orders: 2, discounts: 2}", "patterns: {refunds: 0}", "all weights"),
        ("telephone: 1}", "telefone: 1}", "did you mean 'telephone'?"),
        ("customer_value_shape: 4.5", "customer_value_shape: 1.0", "above 1"),
    ],
)
def test_what_does_not_fit_together_is_named(tmp_path: Path, old: str, new: str, match: str) -> None:
    with pytest.raises(InputError, match=match):
        read_parameters(_changed(tmp_path, (old, new)))


def test_a_file_that_is_no_mapping_or_no_yaml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "company.yml"
    path.write_text("- 1\n- 2\n", encoding="utf-8")
    with pytest.raises(InputError, match="not a mapping"):
        read_parameters(path)
    path.write_text("seed: [1\ncustomers: }", encoding="utf-8")
    with pytest.raises(InputError, match=r"company\.yml, line 2: not readable as YAML"):
        read_parameters(path)
    with pytest.raises(InputError, match="there is no file"):
        read_parameters(tmp_path / "none.yml")
