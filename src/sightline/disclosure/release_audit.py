"""The auditor of a whole release: every count that is shown, all that links them, and the readers who have both.

It takes nothing from whatever rounded: it has the true counts, what is shown of them, and which counts make up which. It asks three things.
Does what is shown agree with itself, as if it were the truth? Then that is one world that a reader must allow for, and moving one person
more or fewer through it, four times over, gives all others. Does each number err by as much as the method says, and no more? And can
narrowing, over all sums of the release at once, place any small or withheld count closer than it may be placed?

Method page: docs/methods/auditing-releases.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from sightline.disclosure.knowledge import SMALL, UNBOUNDED, Counts
from sightline.disclosure.linked import Family, Kind, Linked, Name, in_words
from sightline.disclosure.narrowing import Sums
from sightline.errors import ExitCode, SightlineError

BASE = 5
WIDTH = 5
LISTED = 20
Interval = tuple[int, int]
"""The least and the most that a count may be."""


class ReleaseUnsafe(SightlineError):
    """The auditor could work out of a release what may not be worked out."""

    code = "SL-DIS-005"
    hint = "Nothing was released. This is a fault of the gate and not of the returns: tell the maintainers which counts are named."
    exit_code = ExitCode.REFUSED


@dataclass(frozen=True, slots=True)
class ReleaseAudit:
    """What was found; ``failures`` are sentences that name counts and tell none."""

    failures: tuple[str, ...]
    counts: int
    protected: int
    sums: int
    rounds: int

    def insist(self, *, hint: str | None = None) -> None:
        """Let only a safe release pass.

        Args:
            hint: What to do about it, where it is no fault of the gate.

        Raises:
            ReleaseUnsafe: With the counts that failed, and why.
        """
        if self.failures:
            more = [f"\n  and {len(self.failures) - LISTED} more"] if len(self.failures) > LISTED else []
            listing = "".join([*(f"\n  {each}" for each in self.failures[:LISTED]), *more])
            raise ReleaseUnsafe(f"The release was audited and failed; {len(self.failures)} findings:{listing}\n", hint=hint)


def audit_linked(
    linked: Linked,
    families: Sequence[Family],
    shown: Mapping[Name, int],
    *,
    withheld: Collection[Name] = (),
    wide: Collection[Name] = (),
    known: Mapping[Name, Interval] | None = None,
) -> ReleaseAudit:
    """Attack a release as a whole.

    Args:
        shown: The rounded number of every count that is not withheld.
        wide: Counts that may err by up to twice the base, less one; public.
        known: Between what readers know counts to lie from elsewhere.
    """
    names = list(linked.counts)
    place = {name: at for at, name in enumerate(names)}
    gone = set(withheld)
    failures = [*_wrong_numbers(linked, shown, gone, set(wide)), *_sums_that_disagree(families, shown, gone)]
    low, high = _intervals(names, shown, gone, set(wide), known or {})
    system = _system(place, families)
    slack = system.shape[1] - len(names)
    narrowed = Sums(system).narrow(
        np.concatenate([low, np.zeros(slack, dtype=np.int64)]), np.concatenate([high, np.full(slack, UNBOUNDED, dtype=np.int64)])
    )
    protected = [name for name in names if (name in gone or linked.counts[name] < SMALL) and not _is_known(name, known or {})]
    failures.extend(
        f"{in_words(names[at])}: what is shown cannot all be true." for at in narrowed.contradictions.tolist() if at < len(names)
    )
    for name in protected if not len(narrowed.contradictions) else ():
        at = place[name]
        low_end, high_end = int(narrowed.low[at]), int(narrowed.high[at])
        # "0 to 4" is the smallest there is: what is shown so, or lies inside what is, can be no wider.
        if high_end - low_end < WIDTH and (low_end, high_end) != (0, BASE - 1):
            failures.append(f"{in_words(name)}: can be placed within fewer than {WIDTH + 1} counts.")
    return ReleaseAudit(tuple(failures), len(names), len(protected), system.shape[0], narrowed.rounds)


def _is_known(name: Name, known: Mapping[Name, Interval]) -> bool:
    """Whether what others publish places a count too closely by itself: nothing that is released can protect it any more."""
    least, most = known.get(name, (0, UNBOUNDED))
    return most - least < WIDTH


def _wrong_numbers(linked: Linked, shown: Mapping[Name, int], gone: set[Name], wide: set[Name]) -> Iterator[str]:
    for name, count in linked.counts.items():
        if name in gone:
            continue
        if name not in shown:
            yield f"{in_words(name)}: is neither shown nor withheld."
        elif shown[name] % BASE or shown[name] < 0:
            yield f"{in_words(name)}: is not rounded."
        elif abs(shown[name] - count) >= (2 * BASE if name in wide else BASE):
            yield f"{in_words(name)}: errs by more than the method says."


def _sums_that_disagree(families: Sequence[Family], shown: Mapping[Name, int], gone: set[Name]) -> Iterator[str]:
    """Where what is shown cannot be a true table itself, bounds that hold for it prove nothing."""
    for family in families:
        parts = [shown.get(part, 0) for part in family.parts if part not in gone]
        if family.whole in gone:
            continue
        whole, is_all = shown.get(family.whole, 0), len(parts) == len(family.parts)
        if max(parts, default=0) > whole:
            yield f"{in_words(family.whole)}: a part of it is shown as more."
        elif family.kind is Kind.SUM and (sum(parts) > whole or (is_all and sum(parts) != whole)):
            yield f"{in_words(family.whole)}: its parts do not add up to it."
        elif family.kind is Kind.COVER and is_all and sum(parts) < whole:
            yield f"{in_words(family.whole)}: its parts are less than it."


def _intervals(
    names: Sequence[Name], shown: Mapping[Name, int], gone: set[Name], wide: set[Name], known: Mapping[Name, Interval]
) -> tuple[Counts, Counts]:
    low, high = np.zeros(len(names), dtype=np.int64), np.full(len(names), UNBOUNDED, dtype=np.int64)
    for at, name in enumerate(names):
        if name in shown and name not in gone:
            off = (2 * BASE if name in wide else BASE) - 1
            low[at], high[at] = max(shown[name] - off, 0), shown[name] + off
        least, most = known.get(name, (0, UNBOUNDED))
        low[at], high[at] = max(low[at], least), min(high[at], most)
    return low, high


def _system(place: Mapping[Name, int], families: Sequence[Family]) -> sparse.csr_array:
    """Every sum as a row that is zero; where parts overlap, or are only inside, what is over or missing has a column of its own."""
    rows: list[int] = []
    columns: list[int] = []
    values: list[int] = []
    made, spare = 0, len(place)

    def add(terms: Sequence[tuple[int, int]]) -> None:
        nonlocal made
        for column, value in terms:
            rows.append(made)
            columns.append(column)
            values.append(value)
        made += 1

    for family in families:
        whole, parts = place[family.whole], [place[part] for part in family.parts]
        if family.kind is Kind.SUM:
            add([(whole, 1), *((part, -1) for part in parts)])
            continue
        if family.kind is Kind.COVER:
            add([(whole, 1), (spare, 1), *((part, -1) for part in parts)])
            spare += 1
        for part in parts:
            add([(whole, 1), (part, -1), (spare, -1)])
            spare += 1
    return sparse.csr_array((np.array(values, dtype=np.int64), (rows, columns)), shape=(made, spare))
