"""One person's records: what was decided not to be disclosed of them, and for whom they are open for an hour. Rules only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sightline.model.agreements import LOCAL_TIME
from sightline.model.subjects import OPEN_FOR


@dataclass(frozen=True, slots=True)
class NotDisclosed:
    """A decision not to disclose what ``holder`` (empty: the whole partnership) has of a person; its last day is included."""

    holder: str
    since: datetime
    until: date | None = None
    ended_at: datetime | None = None

    def stands(self, at: datetime) -> bool:
        """Whether it holds at an instant."""
        if at < self.since or (self.ended_at is not None and at >= self.ended_at):
            return False
        return self.until is None or at.astimezone(LOCAL_TIME).date() <= self.until


@dataclass(frozen=True, slots=True)
class Glass:
    """Somebody broke the glass: one person's records are open to one reader, from an instant for `OPEN_FOR`, unless ended before."""

    number: int
    by: str
    subject: str
    opened_at: datetime
    ended_at: datetime | None = None

    @property
    def closes_at(self) -> datetime:
        """When it ends, at the latest."""
        latest = self.opened_at + OPEN_FOR
        return latest if self.ended_at is None else min(self.ended_at, latest)

    def is_open(self, at: datetime) -> bool:
        """Whether it lets anything be seen at an instant."""
        return self.opened_at <= at < self.closes_at


@dataclass(frozen=True, slots=True)
class Subject:
    """The one person that a question is about: ``token`` is a keyed stand-in, never anybody's number."""

    token: str
    not_disclosed: tuple[NotDisclosed, ...] = ()
    glass: Glass | None = None


def is_withheld(not_disclosed: Iterable[NotDisclosed], agency: str, at: datetime) -> bool:
    """Whether what an agency holds of a person is not to be disclosed at an instant; ``agency`` empty asks about all of it."""
    return any(each.stands(at) and each.holder in ("", agency) for each in not_disclosed)
