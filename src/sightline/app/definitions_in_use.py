"""What each agency's flags and codes mean: the definitions and code lists of the mappings in use, and where a definition is missing.

Only what mappings declare and what findings quote: no value of a person, and no number of rows.
"""

from __future__ import annotations

from dataclasses import dataclass

from sightline.app.returns import FindingLine, ReturnsOverview
from sightline.app.workspace import Workspace
from sightline.definitions.mappings import CodeList, Format, SourceDefinition

NO_DEFINITION = "SL-INT-050"
"""The finding of intake that a flag came without a definition."""


@dataclass(frozen=True, slots=True)
class CodeInUse:
    """One common code, what it is called, and the agency's own codes and texts that mean it (none: the common code itself)."""

    common: str
    title: str
    local: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CodesInUse:
    """One code list of a mapping; ``common`` names the partnership's list it leads to, empty where the codes are the format's own."""

    id: str
    common: str
    codes: tuple[CodeInUse, ...]

    @property
    def local_codes(self) -> int:
        """How many codes and texts of the agency the list knows."""
        return sum(len(code.local) or 1 for code in self.codes)


@dataclass(frozen=True, slots=True)
class DatasetDefinitions:
    """What one dataset's flags and codes mean, in the partnership's order."""

    agency: str
    agency_name: str
    dataset: str
    dataset_title: str
    mapping_version: str
    flags: tuple[tuple[str, SourceDefinition], ...]
    codes: tuple[CodesInUse, ...]


def definitions_in_use(workspace: Workspace) -> tuple[DatasetDefinitions, ...]:
    """The definitions of every dataset of the partnership."""
    return tuple(
        of_format(workspace.format_of(dataset), agency.id, agency.name, dataset.id, dataset.title)
        for agency in workspace.partnership.agencies
        for dataset in agency.datasets
    )


def of_format(format: Format, agency: str, agency_name: str, dataset: str, dataset_title: str) -> DatasetDefinitions:
    """The definitions that one mapping declares."""
    return DatasetDefinitions(
        agency=agency,
        agency_name=agency_name,
        dataset=dataset,
        dataset_title=dataset_title,
        mapping_version=format.mapping_version,
        flags=tuple(format.definitions.items()),
        codes=tuple(_codes(id, codes) for id, codes in format.codes.items()),
    )


def _codes(id: str, codes: CodeList) -> CodesInUse:
    return CodesInUse(
        id, codes.common or "", tuple(CodeInUse(common, value.title, tuple(value.spellings)) for common, value in codes.values.items())
    )


def missing_definitions(overview: ReturnsOverview | None, agency: str, dataset: str) -> tuple[FindingLine, ...]:
    """The queries about flags without a definition in one dataset's latest accepted return; each blocks a release until answered."""
    if overview is None:
        return ()
    held = [line.period for line in overview.returns if (line.agency, line.dataset) == (agency, dataset) and line.return_id]
    latest = max(held, default="")
    slot = (agency, dataset, latest, NO_DEFINITION)
    return tuple(each for each in overview.findings if (each.agency, each.dataset, each.period, each.code) == slot)
