"""Read the parameter file of the simulated company, and tell everything wrong with it at once."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, cast, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError

from helpers.core import yaml_lines
from helpers.core.errors import Fault, InputError, nearest, unknown_name
from helpers.simulation.parameters import CompanyParameters

_DATES, _HISTORY = "change one of the dates", "28 days to 20 years"
Path_ = tuple[str | int, ...]
_Found = tuple[Path_, Fault]


def read_parameters(path: str | Path, overrides: Mapping[str, Any] | None = None) -> CompanyParameters:
    """Read and check a parameter file.

    Parameters
    ----------
    path : str or Path
        The YAML file.
    overrides : mapping, optional
        Values that replace those of the file, by dotted name: `{"customers": 10_000, "systems.error_level": 0.1}`.

    Returns
    -------
    CompanyParameters
        The parameters.

    Raises
    ------
    InputError
        With every fault of the file and the overrides: unknown, missing and impossible values, and values that do not
        fit each other.
    """
    path = Path(path)
    tree = yaml_lines.load_mapping(path, allowed=", ".join(CompanyParameters.model_fields), label=path.name)
    raw = yaml_lines.plain(tree)
    faults = _apply(raw, overrides or {})
    found, sections = _validate(raw)
    found += list(_conflicts(sections))
    faults += [
        Fault(fault.what, yaml_lines.where(path.name, tree, *place), fault.allowed, fault.remedy)
        for place, fault in sorted(found, key=lambda item: yaml_lines.line_of(tree, *item[0]) or 0)
    ]
    if faults:
        raise InputError(faults)
    return CompanyParameters.model_validate(raw)


def _apply(raw: dict[str, Any], overrides: Mapping[str, Any]) -> list[Fault]:
    """Put the overrides into the raw values; return those that name nothing."""
    faults = []
    for name, value in overrides.items():
        *parents, last = name.split(".")
        node: Any = raw
        for key in parents:
            node = node.get(key) if isinstance(node, dict) else None
        if isinstance(node, dict) and last in node:
            node[last] = value
        else:
            faults.append(unknown_name(name, list(_names(raw)), kind="parameter"))
    return [Fault(fault.what, fault.where, "a name of the parameter file", fault.remedy) for fault in faults]


def _names(node: dict[Any, Any], before: str = "") -> Iterator[str]:
    for key, value in node.items():
        yield f"{before}{key}"
        if isinstance(value, dict):
            yield from _names(value, f"{before}{key}.")


def _validate(raw: Any) -> tuple[list[_Found], dict[str, Any]]:
    """Return the faults of single values, and the sections that have none, already typed."""
    found: list[_Found] = []
    try:
        CompanyParameters.model_validate(raw)
    except ValidationError as error:
        found = [_found_in(detail) for detail in error.errors(include_url=False)]
    bad = {place[0] for place, _ in found}
    sections = {
        name: TypeAdapter[Any](cast("type", field.annotation)).validate_python(raw[name])
        for name, field in CompanyParameters.model_fields.items()
        if name in raw and name not in bad
    }
    return found, sections


def _found_in(detail: Any) -> _Found:
    place: Path_ = tuple(key for key in detail["loc"] if key != "[key]")
    last = str(place[-1])
    model, description = _model_and_description(place)
    if detail["type"] == "extra_forbidden":
        return place, unknown_name(last, list(model.model_fields), kind="parameter")
    if detail["type"] == "missing":
        return place, Fault(f"{last!r} is missing", allowed=description, remedy=f"add {_dotted(place)}")
    if detail["loc"][-1] == "[key]":
        allowed = detail.get("ctx", {}).get("expected", description)
        match = nearest(last, [word.strip("' ") for word in allowed.replace(" or ", ",").split(",")])
        return place, Fault(
            f"unknown name {last!r} in {_dotted(place[:-1])}",
            allowed=allowed,
            remedy=f"did you mean {match!r}?" if match else "take one of these",
        )
    return place, Fault(f"{_dotted(place)} cannot be {_shown(detail['input'])}", "", description, "write it as allowed")


def _shown(value: object) -> str:
    text = repr(value) if value is not None else "empty"
    return text if len(text) <= 60 else f"{text[:57]}..."


def _model_and_description(place: Path_) -> tuple[type[BaseModel], str]:
    """Return the model that a place belongs to and what the nearest described value is."""
    model: type[BaseModel] = CompanyParameters
    inner: type[BaseModel] | None = model
    description = ""
    for key in place:
        if inner is None or str(key) not in inner.model_fields:
            continue
        model = inner
        field = model.model_fields[str(key)]
        description = field.description or description
        inner = _model_in(field.annotation)
    return inner or model, description


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _model_in(part))), None)


def _dotted(place: Path_) -> str:
    return ".".join(str(key) for key in place)


def _conflicts(sections: dict[str, Any]) -> Iterator[_Found]:
    """Yield what does not fit together, as far as the sections concerned are readable."""
    for needs, rule in _RULES:
        if all(name in sections for name in needs):
            yield from rule(*(sections[name] for name in needs))


def _history(start: date, as_of: date) -> Iterator[_Found]:
    days = (as_of - start).days
    if not 28 <= days <= 20 * 366:
        yield ("as_of",), Fault(f"the history from {start} to {as_of} has {days:,} days", "", _HISTORY, _DATES)


def _themes(segments: Any, catalogue: Any) -> Iterator[_Found]:
    for name, segment in segments.items():
        for theme in segment.themes:
            if theme not in catalogue.themes:
                yield ("segments", name, "themes", theme), unknown_name(theme, list(catalogue.themes), kind="theme")
        for key in ("themes", "channels", "contact"):
            yield from _some_weight(getattr(segment, key), ("segments", name, key))


def _categories(catalogue: Any) -> Iterator[_Found]:
    for theme, weights in catalogue.themes.items():
        place = ("catalogue", "themes", theme)
        for category in weights:
            if category not in catalogue.categories:
                yield (*place, category), unknown_name(category, list(catalogue.categories), kind="category")
        yield from _some_weight(weights, place)


def _targets(segments: Any, campaigns: Any) -> Iterator[_Found]:
    for name, campaign in campaigns.items():
        for target in campaign.effect:
            if target not in segments:
                yield ("campaigns", name, "effect", target), unknown_name(target, list(segments), kind="segment")


def _windows(start: date, as_of: date, campaigns: Any) -> Iterator[_Found]:
    before: tuple[str, date] | None = None
    for name, campaign in sorted(campaigns.items(), key=lambda item: (item[1].start, item[0])):
        place = ("campaigns", name, "start")
        if campaign.start < start or campaign.end > as_of:
            what = f"campaign {name!r} runs from {campaign.start} to {campaign.end}"
            yield place, Fault(what, "", f"within {start} to {as_of}", _DATES)
        if before and campaign.start < before[1]:
            what = f"campaign {name!r} starts on {campaign.start}, before {before[0]!r} ends on {before[1]}"
            yield (
                place,
                Fault(
                    what, "", "windows that do not overlap, so that each effect stays identified", "move one of them"
                ),
            )
        before = (name, campaign.end)


def _waves(start: date, as_of: date, survey: Any) -> Iterator[_Found]:
    for wave in survey.waves:
        if not start < wave < as_of:
            yield (
                ("survey", "waves"),
                Fault(f"the wave of {wave} lies outside the history", "", f"{start} to {as_of}", _DATES),
            )


def _complete(survey: Any, credit: Any, fraud: Any, leads: Any) -> Iterator[_Found]:
    for kind, weights in survey.weights.items():
        yield from _some_weight(weights, ("survey", "weights", kind))
    yield from _some_weight(credit.term_days, ("credit", "term_days"))
    yield from _some_weight(fraud.patterns, ("fraud", "patterns"))
    yield from _some_weight(leads.lost_at, ("leads", "lost_at"))
    for days in credit.term_days:
        if not 0 <= days <= 365:
            yield ("credit", "term_days", days), Fault(f"a term of {days} days", "", "0..365 days", "leave it out")


def _some_weight(weights: Mapping[Any, float], place: Path_) -> Iterator[_Found]:
    if not sum(weights.values()) > 0:
        yield place, Fault(f"all weights of {_dotted(place)} are 0", remedy="give at least one a positive weight")


_RULES: tuple[tuple[tuple[str, ...], Callable[..., Iterator[_Found]]], ...] = (
    (("start", "as_of"), _history),
    (("segments", "catalogue"), _themes),
    (("catalogue",), _categories),
    (("segments", "campaigns"), _targets),
    (("start", "as_of", "campaigns"), _windows),
    (("start", "as_of", "survey"), _waves),
    (("survey", "credit", "fraud", "leads"), _complete),
)
