"""What a reader can work out by subtraction from numbers that are shown, and how that is stopped.

A reader knows the method: a shown number lies within two of the truth and is at least the threshold, a withheld part is below it. From
a total and the other parts they can bound a withheld part. Where those bounds leave one possible value, the smallest part that is shown
is withheld too; where no shown part is left, everything in that group is.

The decision reads only what would be shown, never the true counts, so that it tells nothing that the shown numbers do not.

Method page: docs/methods/rounding-and-withholding.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

THRESHOLD = 10
BASE = 5

_UNBOUNDED = 1 << 60


@dataclass(frozen=True, slots=True)
class Family:
    """A total and parts that together make it up; ``total`` and each of ``parts`` name an entry of the shown numbers.

    ``overlapping`` parts may count the same child twice, so together they are at least the total, not exactly it.
    """

    total: str
    parts: tuple[str, ...]
    overlapping: bool = False


@dataclass
class Shown:
    """Rounded numbers under their names; None is withheld. ``secondary`` names what is withheld to protect another number."""

    numbers: dict[str, int | None]
    secondary: set[str] = field(default_factory=set)

    def bounds(self, name: str) -> tuple[int, int]:
        """The least and the most a reader must allow for."""
        number = self.numbers[name]
        if number is not None:
            return max(number - BASE // 2, THRESHOLD), number + BASE // 2
        return (0, _UNBOUNDED) if name in self.secondary else (0, THRESHOLD - 1)

    def withhold(self, name: str) -> None:
        self.numbers[name] = None
        self.secondary.add(name)


def withhold_what_subtraction_tells(numbers: Mapping[str, int | None], families: Sequence[Family]) -> set[str]:
    """Name the numbers that must be withheld besides those that are, so that no withheld part of any family can be worked out.

    Args:
        numbers: What would be shown, by name: a rounded number, or None for one that is withheld.
        families: Totals with their parts; families may share a total.
    """
    shown = Shown(dict(numbers))
    totals = list(dict.fromkeys(family.total for family in families))
    changed = True
    while changed:
        changed = False
        for total in totals:
            if shown.numbers[total] is None:
                continue
            group = [family for family in families if family.total == total and _makes_up_the_total(shown, family)]
            least, most = _total_bounds(shown, total, group)
            for family in group:
                if _tells(shown, family, least, most):
                    _withhold_one_more(shown, family, group)
                    changed = True
                    break
    return shown.secondary


def _makes_up_the_total(shown: Shown, family: Family) -> bool:
    """Whether parts can be parts of this total at all: residents of every age are not parts of those of some ages."""
    least, most = shown.bounds(family.total)
    parts = [shown.bounds(part) for part in family.parts]
    return sum(high for _, high in parts) >= least and (family.overlapping or sum(low for low, _ in parts) <= most)


def _total_bounds(shown: Shown, total: str, group: Sequence[Family]) -> tuple[int, int]:
    least, most = shown.bounds(total)
    for family in group:
        parts = [shown.bounds(part) for part in family.parts]
        if not family.overlapping:
            least = max(least, sum(low for low, _ in parts))
        most = min(most, sum(high for _, high in parts))
    return least, most


def _tells(shown: Shown, family: Family, least: int, most: int) -> bool:
    withheld = [part for part in family.parts if shown.numbers[part] is None]
    if not withheld or any(part in shown.secondary for part in withheld):
        # A reader cannot tell which of the withheld parts are small: each may be anything.
        return False
    low_shown = sum(shown.bounds(part)[0] for part in family.parts if shown.numbers[part] is not None)
    high_shown = sum(shown.bounds(part)[1] for part in family.parts if shown.numbers[part] is not None)
    others = len(withheld) - 1
    lowest = max(0, least - high_shown - others * (THRESHOLD - 1))
    highest = THRESHOLD - 1 if family.overlapping else min(THRESHOLD - 1, most - low_shown)
    return highest <= lowest


def _withhold_one_more(shown: Shown, family: Family, group: Sequence[Family]) -> None:
    candidates = {part: number for part in family.parts if (number := shown.numbers[part]) is not None}
    if candidates:
        # All that are equally small: choosing the first of them would tell by its place which part was withheld to begin with.
        for part in [part for part, number in candidates.items() if number == min(candidates.values())]:
            shown.withhold(part)
        return
    # Nothing is shown but the total: showing it would tell the parts, and the total can be found again from any other family.
    for name in {family.total, *(part for each in group for part in each.parts)}:
        if shown.numbers[name] is not None:
            shown.withhold(name)
