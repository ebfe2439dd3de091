"""What is asked of `decide` and what it answers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from sightline.definitions.agreements import FINEST, AgreedDataset
from sightline.governance.subjects import Subject
from sightline.model.agreements import MODES, Mode, Tier

RULES = "1"
"""The version of the rules, kept with every decision: the same question under the same rules has the same answer for ever."""


class Action(StrEnum):
    """What somebody is about to do."""

    SUBMIT = "submit"
    COUNT = "count"
    VIEW = "view"
    EXPORT = "export"
    REPORT = "report"
    RELEASE = "release"
    SHARE = "share"
    BREAK_GLASS = "break_glass"
    SUBJECT_ACCESS = "subject_access"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: an agency or body (empty: the partnership itself, for its own counts), up to which tier (None: no data at all)."""

    name: str
    agency: str = ""
    ceiling: Tier | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """What is asked about: records of one agency's dataset about the days from ``first`` to ``last``, in this detail.

    ``subject`` is the one person whose records they are; None where the question is about no one person.
    """

    agency: str
    dataset: str
    first: date
    last: date
    mode: Mode = Mode.AGGREGATE_ONLY
    subject: Subject | None = None


class Kind(StrEnum):
    """What somebody who may go on must still do."""

    KEEP_TO_FIELDS = "keep_to_fields"
    KEEP_TO_PRECISION = "keep_to_precision"
    PROTECT_COUNTS = "protect_counts"
    RETENTION = "retention"
    ONWARD = "onward"


class Obligation(NamedTuple):
    """One thing to do, and the agreement that asks for it."""

    kind: Kind
    detail: str
    agreement: str


@dataclass(frozen=True, slots=True)
class Allow:
    """Yes, under these versions of agreements and with these obligations; ``terms`` are what they say of the dataset."""

    agreements: tuple[str, ...]
    obligations: tuple[Obligation, ...]
    terms: tuple[AgreedDataset, ...]
    rules: str = RULES


@dataclass(frozen=True, slots=True)
class Reason:
    """Why not: what stands in the way, where it stands, how to mend it; ``short`` is what a figure says of the gap."""

    what: str
    where: str
    how: str
    short: str

    def __str__(self) -> str:
        return f"{self.what} ({self.where}) {self.how}"


@dataclass(frozen=True, slots=True)
class Deny:
    """No, for these reasons; the first is the nearest to being mended."""

    reasons: tuple[Reason, ...]
    rules: str = RULES

    @property
    def gap(self) -> str:
        """What a figure says of the agency that is missing in it."""
        return self.reasons[0].short


def agreed_fields(terms: Collection[AgreedDataset], entity: str, columns: Collection[str]) -> frozenset[str]:
    """Of an entity's columns those that any of these terms lists."""
    return frozenset(column for column in columns if any(each.permits(f"{entity}.{column}") for each in terms))


def finest(terms: Sequence[AgreedDataset], field: str) -> str | None:
    """How exact a field may be under these terms together; None where nothing limits it."""
    limits = [each.precision.get(field) for each in terms if each.permits(field)]
    said = [limit for limit in limits if limit is not None]
    return max(said, key=FINEST[field.partition(".")[2]].index) if said and len(said) == len(limits) else None


def is_within(mode: Mode, agreed: Mode) -> bool:
    """Whether this mode shares no more than the one agreed."""
    return MODES.index(mode) <= MODES.index(agreed)
