"""The one place where pages fetch what they show: releases, their files, and the calendar of returns. Tests put their own in.

The pages read releases, never counts: what is not in a release cannot be asked for here. Only the pages of returns, of definitions and of
links work on the workspace itself, because what they show is in no release.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.utils import timezone

from sightline.app.cubes import read_table, tables_named
from sightline.app.damage import refuse_damaged_rows
from sightline.app.definitions_in_use import DatasetDefinitions, definitions_in_use
from sightline.app.kept_findings import kept_findings
from sightline.app.lineage import IndicatorLineage, indicator_lineage
from sightline.app.linkage_statement import assemble_statement
from sightline.app.released_figures import ReleasedFigures
from sightline.app.releases import ReleaseListing, current_digest, every_release
from sightline.app.returns import ReturnsOverview, returns_overview
from sightline.app.workspace import Workspace
from sightline.errors import NotFound
from sightline.model.cubes import ReleasedTable
from sightline.model.releases import Release
from sightline.publish.findings_report import FindingsReport
from sightline.publish.linkage_statement import LinkageStatement

_open_workspace = lru_cache(maxsize=4)(Workspace.open)


class Source(Protocol):
    """Where pages get releases from."""

    @property
    def workspace(self) -> Workspace | None:
        """For the one page that is no page of a release: the review of links."""
        ...

    def current(self) -> Release | None:
        """The release that pages show; None before the first."""
        ...

    def numbered(self, number: int) -> Release | None:
        """One release, current or not; None where there is none with that number."""
        ...

    def all(self) -> Sequence[ReleaseListing]:
        """Every release, newest first."""
        ...

    def attachment(self, release: Release, name: str) -> bytes | None:
        """One file that belongs to a release; None where it has none of that name."""
        ...

    def tables(self, release: Release) -> Sequence[ReleasedTable]:
        """The tables of a release that can be crossed and filtered."""
        ...

    def returns(self) -> ReturnsOverview | None:
        """The calendar of returns as of today; None where there is none at all."""
        ...

    def definitions(self) -> Sequence[DatasetDefinitions]:
        """What flags and codes mean in each dataset, in the partnership's order."""
        ...

    def lineage(self, indicator: str) -> IndicatorLineage | None:
        """From which columns of which agency's extracts an indicator is counted; None where the catalogue counts no such indicator."""
        ...

    def findings(self, agency: str, dataset: str, period: str) -> FindingsReport | None:
        """What the checks found in the return that holds; None where none does."""
        ...

    def linkage_statement(self) -> LinkageStatement | None:
        """How records were linked and how rightly; None while they are not."""
        ...


class WorkspaceSource:
    """The releases and returns of one workspace.

    Figures come from `ReleasedFigures`, which opens nothing but what was released; only the pages of returns and links open the workspace.
    A release never changes, so the last few read are kept in memory under their hashes.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def released(self) -> ReleasedFigures:
        """Opened only when something is read that is not in memory: the keys of an encrypted workspace are unwrapped for it."""
        return ReleasedFigures(self.root)

    @cached_property
    def workspace(self) -> Workspace:
        """Opened once for all pages; the rows that a page is about to read are looked at each time."""
        opened = _open_workspace(self.root)
        refuse_damaged_rows()
        return opened

    def current(self) -> Release | None:
        digest = current_digest()
        return None if digest is None else _read(self.root, digest)

    def numbered(self, number: int) -> Release | None:
        for each in self.all():
            if each.number == number:
                return _read(self.root, each.digest)
        return None

    def all(self) -> Sequence[ReleaseListing]:
        return every_release()

    def attachment(self, release: Release, name: str) -> bytes | None:
        try:
            return self.released.attachment(release, name)
        except NotFound:
            return None

    def tables(self, release: Release) -> Sequence[ReleasedTable]:
        return _read_tables(self.root, tuple(sorted(tables_named(release).items())))

    def returns(self) -> ReturnsOverview | None:
        return returns_overview(self.workspace, as_of=self.workspace.partnership.today or timezone.localdate())

    def definitions(self) -> Sequence[DatasetDefinitions]:
        return definitions_in_use(self.workspace)

    def lineage(self, indicator: str) -> IndicatorLineage | None:
        try:
            return indicator_lineage(self.workspace, indicator)
        except NotFound:
            return None

    def findings(self, agency: str, dataset: str, period: str) -> FindingsReport | None:
        return kept_findings(self.workspace, agency, dataset, period)

    def linkage_statement(self) -> LinkageStatement | None:
        try:
            return assemble_statement(self.workspace)
        except NotFound:
            return None


class NoWorkspace:
    """Where no workspace is named: nothing to show, and pages that say so."""

    workspace: Workspace | None = None

    def current(self) -> Release | None:
        return None

    def numbered(self, number: int) -> Release | None:
        return None

    def all(self) -> Sequence[ReleaseListing]:
        return ()

    def attachment(self, release: Release, name: str) -> bytes | None:
        return None

    def tables(self, release: Release) -> Sequence[ReleasedTable]:
        return ()

    def returns(self) -> ReturnsOverview | None:
        return None

    def definitions(self) -> Sequence[DatasetDefinitions]:
        return ()

    def lineage(self, indicator: str) -> IndicatorLineage | None:
        return None

    def findings(self, agency: str, dataset: str, period: str) -> FindingsReport | None:
        return None

    def linkage_statement(self) -> LinkageStatement | None:
        return None


_in_place: list[Source] = []


def source() -> Source:
    """The source in use: the workspace's, unless `using` put another in its place."""
    if _in_place:
        return _in_place[-1]
    return WorkspaceSource(Path(settings.WORKSPACE)) if settings.WORKSPACE else NoWorkspace()


@contextmanager
def using(other: Source) -> Iterator[None]:
    """Let the pages read another source for a while: how tests show a release that no workspace holds."""
    _in_place.append(other)
    try:
        yield
    finally:
        _in_place.remove(other)


@lru_cache(maxsize=4)
def _read(root: Path, digest: str) -> Release:
    return ReleasedFigures(root).release(digest)


@lru_cache(maxsize=4)
def _read_tables(root: Path, named: tuple[tuple[str, str], ...]) -> tuple[ReleasedTable, ...]:
    released = ReleasedFigures(root)
    return tuple(read_table(released.get_bytes(digest)) for _, digest in named)
