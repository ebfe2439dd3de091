"""How an agreement stands at an instant: from its terms, its signatures and what people did with it. The calendar does the rest."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from sightline.definitions.agreements import Agreement
from sightline.errors import Refused
from sightline.model.agreements import LOCAL_TIME, Status, Step

TRANSITIONS: dict[Status, dict[Step, Status]] = {
    Status.DRAFT: {Step.SIGN: Status.AGREED, Step.WITHDRAW: Status.WITHDRAWN, Step.EXPIRE: Status.EXPIRED},
    Status.AGREED: {Step.START: Status.IN_FORCE, Step.WITHDRAW: Status.WITHDRAWN, Step.EXPIRE: Status.EXPIRED},
    Status.IN_FORCE: {Step.SUSPEND: Status.SUSPENDED, Step.WITHDRAW: Status.WITHDRAWN, Step.EXPIRE: Status.EXPIRED},
    Status.SUSPENDED: {Step.RESUME: Status.IN_FORCE, Step.WITHDRAW: Status.WITHDRAWN, Step.EXPIRE: Status.EXPIRED},
    Status.EXPIRED: {},
    Status.WITHDRAWN: {},
}
"""From each status, the steps and where they lead. SIGN leads on when the last party has signed. Nothing comes back from the last two."""
_WORDS = {
    Status.DRAFT: "a draft that not every party has signed",
    Status.AGREED: "agreed and not yet begun",
    Status.IN_FORCE: "in force",
    Status.SUSPENDED: "suspended",
    Status.EXPIRED: "at its end",
    Status.WITHDRAWN: "withdrawn",
}


class StepNotPossible(Refused):
    """An agreement cannot take this step from where it stands."""

    code = "SL-GOV-001"
    hint = "`sightline agreements show` tells how it stands and what happened to it."


@dataclass(frozen=True, slots=True)
class Signature:
    """One party's signature."""

    party: str
    person: str
    role: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that people did with an agreement: suspended, resumed or withdrew it."""

    step: Step
    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An agency was set apart from ``at`` (included) until ``ended`` (excluded; None while it is)."""

    agency: str
    at: datetime
    by: str
    reason: str
    ended: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether it was set apart at an instant."""
        return self.at <= at and (self.ended is None or at < self.ended)


@dataclass(frozen=True)
class Standing:
    """One version of an agreement with all that happened to it; what it is worth follows for every instant, past ones too."""

    terms: Agreement
    version: int
    signatures: tuple[Signature, ...] = ()
    happened: tuple[Happened, ...] = ()
    widens: tuple[str, ...] = ()
    """In what it goes beyond the newest earlier version that was assessed."""
    assessed_at: datetime | None = None
    """When a data protection officer signed its impact assessment."""
    quarantines: tuple[Quarantined, ...] = ()
    """Every time an agency was set apart: no agreement lets anything of one be taken in, used or handed to it meanwhile."""

    @cached_property
    def name(self) -> str:
        """The version, as receipts and audit name it."""
        return f"{self.terms.id}@{self.version}"

    @cached_property
    def begins(self) -> datetime:
        """The first instant of its first day here."""
        return _midnight(self.terms.start)

    @cached_property
    def ends(self) -> datetime:
        """The instant at which its last day here is over; it no longer holds then."""
        return _midnight(self.terms.end + timedelta(days=1))

    @cached_property
    def signed_by_all(self) -> datetime | None:
        """When the last party signed; None while one has not."""
        first: dict[str, datetime] = {}
        for each in sorted(self.signatures, key=lambda one: one.at):
            first.setdefault(each.party, each.at)
        return max(first.values()) if first.keys() >= set(self.terms.parties) else None

    def signed_by(self, at: datetime) -> set[str]:
        """The parties that had signed."""
        return {each.party for each in self.signatures if each.at <= at}

    def is_agreed(self, at: datetime) -> bool:
        """Whether every party had signed, and the impact assessment was signed where it needs one of its own."""
        return self.signed_by_all is not None and self.signed_by_all <= at and self.is_assessed(at)

    def is_assessed(self, at: datetime) -> bool:
        """Whether an impact assessment covered it: one of its own, or that of the version it stays within."""
        return not self.widens or (self.assessed_at is not None and self.assessed_at <= at)

    def status(self, at: datetime) -> Status:
        """Where it stood at an instant: its first day counts from midnight and its last until midnight, by the clock here."""
        done = [each.step for each in self.happened if each.at <= at]
        if Step.WITHDRAW in done:
            return Status.WITHDRAWN
        if at >= self.ends:
            return Status.EXPIRED
        if not self.is_agreed(at):
            return Status.DRAFT
        if at < self.begins:
            return Status.AGREED
        return Status.SUSPENDED if done and done[-1] is Step.SUSPEND else Status.IN_FORCE

    def last(self, step: Step, at: datetime) -> Happened:
        """The last time it took a step; asked only where its status says that it took it."""
        return [each for each in self.happened if each.step is step and each.at <= at][-1]

    def days_left(self, at: datetime) -> int:
        """Days after this one on which it holds; negative once it has ended."""
        return (self.terms.end - local_day(at)).days


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL_TIME).astimezone(UTC)


def local_day(at: datetime) -> date:
    """The day it is here at an instant."""
    return at.astimezone(LOCAL_TIME).date()


def check_step(now: Status, step: Step) -> Status:
    """Where a step leads.

    Raises:
        StepNotPossible: If the table has no such step.
    """
    if step not in TRANSITIONS[now]:
        raise StepNotPossible(f"An agreement that is {_WORDS[now]} cannot take the step “{step.value}”.")
    return TRANSITIONS[now][step]


def newest_of_each(agreements: Collection[Standing], at: datetime) -> list[Standing]:
    """Of each agreement the version that counts: the newest that was signed by all and had begun; without one, the newest of all.

    A later version stands in place of the earlier ones from its first day. That day past, the earlier ones never come back, whatever
    becomes of it: a field that was taken out stays out.
    """
    chosen: dict[str, Standing] = {}
    for each in sorted(agreements, key=lambda one: (one.terms.id, one.version)):
        before = chosen.get(each.terms.id)
        if before is None or has_begun(each, at) or not has_begun(before, at):
            chosen[each.terms.id] = each
    return list(chosen.values())


def has_begun(standing: Standing, at: datetime) -> bool:
    """Whether a version was agreed by all and its first day had come, whatever happened to it since."""
    return at >= standing.begins and standing.is_agreed(at)


def due(standings: Sequence[Standing], at: datetime, days: Sequence[int] = (7, 30, 90)) -> list[tuple[Standing, int]]:
    """Agreements that end soon, the soonest first, each with the warning that holds: the shortest of ``days`` that it is within."""
    found = []
    for each in newest_of_each(standings, at):
        left = each.days_left(at)
        within = [limit for limit in sorted(days) if 0 <= left <= limit]
        if within and each.status(at) in (Status.IN_FORCE, Status.SUSPENDED):
            found.append((each, within[0]))
    return sorted(found, key=lambda pair: (pair[0].terms.end, pair[0].terms.id))
