"""How a number was made, down to the columns of each agency's extract; and what an agreement would have to cover so that it can be made.

Definitions answer it: no row of a return is read. Where the agency has sent something, the header its own files bear is told.

How-to: docs/how-to/trace-a-number.md.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sightline.app.workspace import Workspace
from sightline.definitions.catalogue import load_catalogue
from sightline.definitions.columns_read import columns_read
from sightline.definitions.indicators import Catalogue, Indicator
from sightline.definitions.lineage import FOR_JOINING, IDENTITY, Origin, Use, fields_behind, may_be, needs_joining, origins
from sightline.definitions.measures import SHARED_TABLES
from sightline.errors import NotFound
from sightline.ledger.models import ReturnVersion
from sightline.ledger.scope import whole_partnership
from sightline.ledger.states import State


@dataclass(frozen=True, slots=True)
class DatasetFields:
    """What one dataset gives: ``counted`` is what the number is made from, ``joining`` what its people are joined to others' by."""

    agency: str
    agency_name: str
    mode: str
    dataset: str
    dataset_title: str
    mapping_version: str
    counted: tuple[Origin, ...]
    joining: tuple[Origin, ...]

    def as_dict(self) -> dict[str, Any]:
        told = {name: getattr(self, name) for name in self.__slots__}
        return told | {part: [_as_dict(origin) for origin in told[part]] for part in ("counted", "joining")}


@dataclass(frozen=True, slots=True)
class Step:
    """One piece of SQL on the way to the number: a derived table or a measure."""

    name: str
    says: str
    sql: str


@dataclass(frozen=True, slots=True)
class IndicatorLineage:
    """How one indicator's number is made, from the number back.

    ``columns`` are those of the common model that it reads, ``lists`` what does not come from an agency's returns (who lives where, which
    quarters there are), ``unfilled`` the fields that no agency's mapping fills: what depends on them is not counted, or not told apart.
    """

    indicator: str
    title: str
    numerator: str
    denominator: str | None
    version: str
    steps: tuple[Step, ...]
    columns: tuple[str, ...]
    lists: tuple[str, ...]
    joins_people: bool
    datasets: tuple[DatasetFields, ...]
    unfilled: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        told = {name: getattr(self, name) for name in self.__slots__}
        steps = [{"name": step.name, "says": step.says, "sql": step.sql} for step in self.steps]
        return told | {"steps": steps, "datasets": [each.as_dict() for each in self.datasets]}


def _as_dict(origin: Origin) -> dict[str, Any]:
    return {
        "field": origin.field,
        "table": origin.table,
        "use": str(origin.use),
        "headers": list(origin.headers),
        "says": origin.says,
    }


@whole_partnership()
def indicator_lineage(workspace: Workspace, id: str) -> IndicatorLineage:
    """Say how an indicator's number is made in this partnership.

    Raises:
        NotFound: If there is no such indicator, or it waits for data.
    """
    catalogue = load_catalogue(own=workspace.root / "partnership")
    indicator = _counted(catalogue, id)
    columns = columns_read(catalogue, indicator)
    shared = [table for table in catalogue.derived.values() if any(table.name in each.derived for each in catalogue.measures_of(indicator))]
    datasets = _datasets(workspace, columns)
    filled = {origin.field for dataset in datasets for origin in (*dataset.counted, *dataset.joining)}
    return IndicatorLineage(
        indicator=indicator.id,
        title=indicator.title,
        numerator=indicator.numerator.says,
        denominator=indicator.denominator.says if indicator.denominator else None,
        version=catalogue.version_of(indicator),
        steps=tuple(Step(part.name, part.says, part.sql) for part in (*shared, *catalogue.measures_of(indicator))),
        columns=columns,
        lists=tuple(column for column in columns if column.partition(".")[0] in SHARED_TABLES and not column.startswith("person.")),
        joins_people=needs_joining(columns),
        datasets=datasets,
        unfilled=tuple(sorted(fields_behind(columns) - filled)),
    )


def fields_to_agree(workspace: Workspace, ids: Sequence[str] = (), *, agency: str | None = None) -> tuple[DatasetFields, ...]:
    """List the columns of agencies' extracts that some indicators need: what an agreement would have to cover.

    Args:
        workspace: Whose partnership, mappings and indicators.
        ids: The indicators; none: every one that is counted.
        agency: One agency only.

    Raises:
        NotFound: If there is no such indicator or agency, or an indicator waits for data.
    """
    if agency is not None:
        workspace.partnership.agency(agency)
    catalogue = load_catalogue(own=workspace.root / "partnership")
    wanted = [_counted(catalogue, id) for id in ids] or list(catalogue.indicators)
    columns = {column for indicator in wanted for column in columns_read(catalogue, indicator)}
    return tuple(each for each in _datasets(workspace, columns) if agency in {None, each.agency})


def _counted(catalogue: Catalogue, id: str) -> Indicator:
    for question in catalogue.questions:
        if id in {question.id, question.framework}:
            if isinstance(question, Indicator):
                return question
            waits = " ".join(getattr(question, "waits_for", ()))
            raise NotFound(f'"{question.id}" is not counted yet: no agency\'s field feeds it.', hint=f"It waits for: {waits}")
    raise NotFound(f'There is no indicator "{id}".', hint="`sightline indicators list` names them all.")


def _datasets(workspace: Workspace, columns: Collection[str]) -> tuple[DatasetFields, ...]:
    """Every dataset that feeds some of these columns, and those by which the same agency says who its people are."""
    fields = fields_behind(columns)
    events = {field for field in fields if not field.startswith(f"{IDENTITY}.")}
    people = {field for field in fields if field not in events}
    joining = {f"{IDENTITY}.{name}" for name in FOR_JOINING} if needs_joining(columns) else set()
    found = []
    for agency in workspace.partnership.agencies:
        counted = {dataset.id: origins(workspace.format_of(dataset), events) for dataset in agency.datasets}
        if not any(counted.values()):
            continue
        for dataset in agency.datasets:
            format = workspace.format_of(dataset)
            of_people, joined = origins(format, people), origins(format, joining)
            if not (counted[dataset.id] or of_people or joined):
                continue
            seen = _headers_seen(agency.id, dataset.id)
            found.append(
                DatasetFields(
                    agency=agency.id,
                    agency_name=agency.name,
                    mode=str(agency.mode),
                    dataset=dataset.id,
                    dataset_title=dataset.title,
                    mapping_version=format.mapping_version,
                    counted=tuple(_as_seen(origin, seen) for origin in (*counted[dataset.id], *of_people)),
                    joining=tuple(_as_seen(origin, seen) for origin in joined),
                )
            )
    return tuple(found)


def _headers_seen(agency: str, dataset: str) -> dict[str, tuple[str, ...]]:
    """The headers that the latest accepted return's own files bear, by the field they fill."""
    version = ReturnVersion.objects.filter(agency=agency, dataset=dataset, state=State.ACCEPTED).order_by("period", "version").last()
    seen: dict[str, dict[str, None]] = {}
    for item in version.mapped_fields if version is not None else ():
        seen.setdefault(f"{item['entity']}.{item['field']}", {})[item["column"]] = None
    return {field: tuple(headers) for field, headers in seen.items()}


def _as_seen(origin: Origin, seen: dict[str, tuple[str, ...]]) -> Origin:
    """An origin with the header the agency's files bear in place of all it might bear, where they have been seen.

    What decides about rows is looked for among all headers of the dataset: it fills no field of its own.
    """
    headers = seen.get(origin.field, ()) if origin.use is Use.VALUE else dict.fromkeys(each for told in seen.values() for each in told)
    told = tuple(header for header in headers if may_be(header, origin.headers))
    return replace(origin, headers=told) if told and origin.use is not Use.SET else origin
