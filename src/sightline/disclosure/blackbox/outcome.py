"""What one attack tried, how often, and what it found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

Name = tuple[str, ...]
"""A number of a release: what is counted ("count" or "out of"), indicator or table, quarter, breakdown, category."""


NOTHING = "There is nothing of the kind in what was read."


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a reader can work out, named by indicator and breakdown; the number itself is never told."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One attack on one release.

    Args:
        id: Its stable name.
        tried: How many numbers, sums, places or draws were tried.
        closer: Small numbers that are known within fewer than five possible values, though no closer than the method promises.
        not_tried: Why it was not tried at all, or what of it was left out; empty where everything was.
    """

    id: str
    tried: int
    findings: tuple[Finding, ...] = ()
    closer: int = 0
    not_tried: str = ""
    seen: frozenset[Name] = field(default=frozenset(), compare=False, repr=False)
    """The numbers behind the findings, for whoever withholds them; never written down."""

    @property
    def found(self) -> bool:
        return bool(self.findings)


def outcome(id: str, tried: int, told: Iterable[tuple[Name, str]], *, closer: int = 0, not_tried: str = "") -> Outcome:
    """An outcome from names and what was found of each, once for each name."""
    if not tried and not not_tried:
        return Outcome(id, 0, not_tried=NOTHING)
    first: dict[Name, str] = {}
    for name, what in told:
        first.setdefault(name, what)
    findings = tuple(Finding(words_of(name), what) for name, what in sorted(first.items()))
    return Outcome(id, tried, findings, closer, not_tried, frozenset(first))


def not_tried(id: str, why: str) -> Outcome:
    """An attack that could not be tried, and why: never the same as one that found nothing."""
    return Outcome(id, 0, not_tried=why)


def words_of(name: Name) -> str:
    """A number's name as reports tell it.

    >>> words_of(("count", "missing_episodes", "2026-Q1", "ward", "W01"))
    'missing_episodes, 2026-Q1, ward W01'
    >>> words_of(("out of", "missing_episodes", "2026-Q1", "all", "all"))
    'what missing_episodes is out of, 2026-Q1, all together'
    """
    kind, what, when, breakdown, category = name
    counted = f"what {what} is out of" if kind == "out of" else what
    place = "all together" if (breakdown, category) == ("all", "all") else f"{breakdown} {category}"
    return ", ".join(part for part in (counted, when, place) if part)
