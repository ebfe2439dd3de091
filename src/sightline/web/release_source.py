"""The one place where pages fetch what they show: releases, their drawings, and the calendar of returns. Tests put their own in.

The pages read releases, never counts: what is not in a release cannot be asked for here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from sightline.model.releases import Release
from sightline.web.returns_calendar import DatasetCalendar


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """One release in the list of all."""

    number: int
    period: str
    made: str
    generation: str
    standing: str


class Source(Protocol):
    """Where pages get releases from."""

    def current(self) -> Release | None:
        """The release that pages show; None before the first."""
        ...

    def numbered(self, number: int) -> Release | None:
        """One release, current or not; None where there is none with that number."""
        ...

    def all(self) -> list[ReleaseLine]:
        """Every release, newest first."""
        ...

    def attachment(self, release: Release, name: str) -> bytes | None:
        """One file that belongs to a release; None where it has none of that name."""
        ...

    def returns(self) -> list[DatasetCalendar]:
        """The calendar of returns, in the partnership's own order of agencies; empty before there is a workspace."""
        ...


_in_place: list[Source] = []


def source() -> Source:
    """The source in use: the workspace's, unless `using` put another in its place."""
    return _in_place[-1] if _in_place else workspace_source()


@contextmanager
def using(other: Source) -> Iterator[None]:
    """Let the pages read another source for a while: how tests show a release that no workspace holds."""
    _in_place.append(other)
    try:
        yield
    finally:
        _in_place.remove(other)


def workspace_source() -> Source:
    """Pending."""
    raise RuntimeError
