"""Linked counts: everything that one release counts, by name, and how the counts hang together.

A name says what is counted, when, and of whom; the same thing counted for two indicators has one name, and so is one number wherever it
is shown. A *family* is a whole and parts of it. Whether parts add up to their whole, overlap, or leave some of it out is read off the true
counts: a reader can know it of the shown ones, so the shown ones must agree with it too.

Each indicator's quarter is a small cube of which only the one-way tables are served: its breakdowns share the total. Tables of analyses are
cubes of up to three breakdowns. Where two cubes count the same thing, they share that number, and with it their bounds.

Method page: docs/methods/rounding-and-withholding.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from sightline.errors import ExitCode, SightlineError

Name = str
BETWEEN, WITHIN = "\x1f", "\x1e"


class CountsContradict(SightlineError):
    """Two true counts go by one name, so that the gate cannot tell which of them is to be shown."""

    code = "SL-DIS-004"
    hint = "This is a fault in how things are counted, not in the returns: nothing was released. Tell the maintainers what it names."
    exit_code = ExitCode.UNEXPECTED


class Kind(Enum):
    """How parts make up their whole."""

    SUM = "add up to it"
    COVER = "overlap, and leave nothing out"
    INSIDE = "are inside it"


@dataclass(frozen=True, slots=True)
class Family:
    """A whole and its parts, by name."""

    whole: Name
    parts: tuple[Name, ...]
    kind: Kind


def name_of(source: str, *told: tuple[str, str]) -> Name:
    """The name of a count: what is counted, and the category in each breakdown, in whatever order a table has them."""
    if not told:
        return source
    return BETWEEN.join((source, *sorted([f"{breakdown}{WITHIN}{code}" for breakdown, code in told])))


def code_in(name: Name, breakdown: str) -> str:
    """The category of a name in a breakdown; empty where it has none."""
    told = (each.split(WITHIN) for each in name.split(BETWEEN)[1:])
    return next((code for by, code in told if by == breakdown), "")


def in_words(name: Name) -> str:
    """A name as messages give it; it tells no count."""
    source, *told = name.split(BETWEEN)
    return ", ".join((source, *(" ".join(each.split(WITHIN)) for each in told)))


@dataclass
class Linked:
    """True counts by name, with the distinct people behind each where those may be fewer."""

    counts: dict[Name, int] = field(default_factory=dict)
    contributors: dict[Name, int] = field(default_factory=dict)
    _families: dict[tuple[Name, tuple[Name, ...]], None] = field(default_factory=dict)
    _inside: dict[tuple[Name, Name], None] = field(default_factory=dict)
    _covers: dict[tuple[Name, tuple[Name, ...]], None] = field(default_factory=dict)

    def add(self, name: Name, count: int, contributors: int | None = None) -> Name:
        """Take in a count.

        Raises:
            CountsContradict: If there is another count of that name.
            ValueError: If the count is negative.
        """
        if count < 0:
            raise ValueError("A count cannot be negative.")
        if self.counts.setdefault(name, count) != count:
            raise CountsContradict(f"Two different counts go by one name: {in_words(name)}.")
        if contributors is not None:
            self.contributors[name] = min(contributors, self.contributors.get(name, contributors))
        return name

    def family(self, whole: Name, parts: Iterable[Name]) -> None:
        """Parts that together are all that is told of a whole by one breakdown."""
        others = tuple(part for part in dict.fromkeys(parts) if part != whole)
        if others:
            self._families[whole, others] = None

    def inside(self, whole: Name, part: Name) -> None:
        """A count of some of those that another counts; where it is more than that, it is none of it."""
        if whole != part:
            self._inside[whole, part] = None

    def cover(self, whole: Name, parts: Iterable[Name]) -> None:
        """Parts of which everybody knows that they overlap and leave nothing out, as the quarters of a rolling year do."""
        self._covers[whole, tuple(parts)] = None

    def families(self) -> list[Family]:
        """Every family, with how its parts make it up. A part that is more than the whole is none of it."""
        found = [
            Family(whole, parts, Kind.COVER)
            for whole, parts in self._covers
            if max(numbers := [self.counts[part] for part in parts]) <= self.counts[whole] <= sum(numbers)
        ]
        found += [Family(whole, (part,), Kind.INSIDE) for whole, part in self._inside if self.counts[part] <= self.counts[whole]]
        for whole, parts in self._families:
            most, numbers = self.counts[whole], [self.counts[part] for part in parts]
            if max(numbers) > most:
                inside = [part for part, number in zip(parts, numbers, strict=True) if number <= most]
                found.extend([Family(whole, tuple(inside), Kind.INSIDE)] if inside else [])
            else:
                found.append(Family(whole, parts, _kind(most, numbers)))
        return found


def _kind(whole: int, parts: Sequence[int]) -> Kind:
    told = sum(parts)
    return Kind.SUM if told == whole else Kind.COVER if told > whole else Kind.INSIDE
