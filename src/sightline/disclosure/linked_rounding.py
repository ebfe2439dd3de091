"""Controlled rounding of linked counts: each goes to the multiple of 5 below or above it, all together so that shown sums agree.

Most counts hang together as trees: a total, the parts of each breakdown, sometimes parts of those. There the best rounding is found at
once (`linked_trees`). Only where a count is part of two wholes at a time (exact sets of agencies, say) a whole-number program is solved
(`linked_programs`).

Which of two multiples it is depends on a secret key and the count's name besides the count. Where an earlier release showed one of the two,
it stays: as few numbers as can be are shown otherwise, and rather such as count the same as before, so that a number that is shown
otherwise tells nobody that what it counts has changed.

Method page: docs/methods/rounding-and-withholding.md. Source: Cox and Ernst (1982), see docs/methods/controlled-rounding.md.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from sightline.disclosure.linked import Family, Kind, Linked, Name
from sightline.disclosure.linked_trees import BASE, above, below, is_tree, round_tree

SHORTEST_KEY = 16
NOISE = 0.1
"""The key moves where a count turns to the next multiple by up to this share of the base, and decides of one in `LOTTERY` alone."""
LOTTERY = 64
ALONE = 2.0
MOVED, MOVED_IF_CHANGED, DECIDED = 1_000.0, 10_000.0, 30_000.0
"""What it costs to show a number otherwise than before, beside which no leaning counts; more where the count is not the same as then.
Of such counts the key decides alone of one in `LOTTERY`."""
KEPT = 1_000_000.0
"""What it costs to show otherwise what crossed tables show already."""
AT_ONCE = 64
"""So many islands that are no trees are solved in one program."""


Find = Callable[[Name], Name]
"""The island that a count is in, by the name of one of its counts."""


@dataclass(frozen=True)
class RoundedCounts:
    """What each count is rounded to; ``impossible`` are those no rounding was found for, which must be withheld.

    ``wide`` are counts that may err by up to twice the base less one, as there is no nearer rounding of all that they are linked with.
    """

    shown: Mapping[Name, int]
    impossible: frozenset[Name] = frozenset()
    wide: frozenset[Name] = frozenset()


def round_linked(
    linked: Linked,
    families: Sequence[Family],
    *,
    key: bytes,
    earlier: Mapping[Name, int] | None = None,
    same: Collection[Name] | None = None,
    kept: Mapping[Name, int] | None = None,
) -> RoundedCounts:
    """Round all counts. The same counts, key and earlier figures give the same answer.

    Args:
        families: ``linked.families()``.
        key: Secret, at least 16 bytes; kept from release to release.
        earlier: What the release before showed, by name; kept where it lies within a base of the truth.
        same: Counts that are what they were then; None where nobody knows, and all that was shown is kept where it can be.
        kept: Numbers that are rounded already; they fit together.
    """
    if len(key) < SHORTEST_KEY:
        raise ValueError(f"Rounding needs a key of at least {SHORTEST_KEY} bytes.")
    leanings = _Leanings(linked.counts, hashlib.blake2b(key, digest_size=32).digest(), earlier or {}, same, kept or {})
    running = _Running(linked.counts, leanings, families)
    for level in _levels(linked.counts, families):
        running.round(level)
    return RoundedCounts(running.shown, frozenset(running.impossible), frozenset(running.wide))


@dataclass(frozen=True)
class _Leanings:
    """How much a count leans to the multiple above it: over 0 it goes up, if nothing else decides."""

    counts: Mapping[Name, int]
    secret: bytes
    earlier: Mapping[Name, int]
    same: Collection[Name] | None
    kept: Mapping[Name, int] = field(default_factory=dict)

    def of(self, name: Name) -> float:
        count = self.counts[name]
        if name in self.kept:
            return KEPT if self.kept[name] > count else -KEPT
        lot, up, little = self._drawn(name)
        lean = count % BASE / BASE - 0.5 + (little / 2**31 - 1) * NOISE
        if lot:
            lean += ALONE if up else -ALONE
        before = self.earlier.get(name)
        if before is None or before not in (below(count), above(count)):
            return lean
        if self.same is None or name in self.same:
            return lean + (MOVED if before > count else -MOVED)
        # If all stayed that can, a 5 that became a 0 would tell that there are none left.
        lot, up, _ = self._drawn(f"{name} {count} after {before}")
        if lot:
            return DECIDED if up else -DECIDED
        return lean + (MOVED_IF_CHANGED if before > count else -MOVED_IF_CHANGED)

    def _drawn(self, told: str) -> tuple[bool, bool, int]:
        """Whether the key decides alone, for which multiple, and a number of 32 bits."""
        drawn = int.from_bytes(hashlib.blake2b(told.encode(), digest_size=8, key=self.secret).digest(), "little")
        return (drawn >> 33 & 0x3FFFFFFF) % LOTTERY == 0, bool(drawn >> 32 & 1), drawn & 0xFFFFFFFF


@dataclass(frozen=True)
class Island:
    """Counts that hang together by sums and covers, with the families between them."""

    names: tuple[Name, ...]
    families: tuple[Family, ...]


def _levels(counts: Mapping[Name, int], families: Sequence[Family]) -> Iterator[list[Island]]:
    """All islands, level by level: whatever an island lies inside is on a level before it."""
    root = {name: name for name in counts}

    def find(name: Name) -> Name:
        while root[name] != name:
            root[name] = root[root[name]]
            name = root[name]
        return name

    for family in families:
        if family.kind is not Kind.INSIDE:
            for part in family.parts:
                root[find(part)] = find(family.whole)
    order = _ordered(counts, families, find, root)
    names: dict[Name, list[Name]] = defaultdict(list)
    held: dict[Name, list[Family]] = defaultdict(list)
    for name in counts:
        names[find(name)].append(name)
    for family in families:
        for inside in _same_island(family, find):
            held[find(family.whole)].append(inside)
    while order.is_active():
        ready = order.get_ready()
        yield [Island(tuple(names[each]), tuple(held[each])) for each in ready]
        order.done(*ready)


def _ordered(counts: Mapping[Name, int], families: Sequence[Family], find: Find, root: dict[Name, Name]) -> TopologicalSorter[Name]:
    """Wholes before what lies inside them; islands that lie inside each other become one."""
    while True:
        sorter: TopologicalSorter[Name] = TopologicalSorter({find(name): () for name in counts})
        pairs = {(find(part), find(family.whole)) for family in families if family.kind is Kind.INSIDE for part in family.parts}
        for inner, outer in sorted(pairs):
            if inner != outer:
                sorter.add(inner, outer)
        try:
            sorter.prepare()
            return sorter
        except CycleError as circle:
            first, *others = circle.args[1]
            for other in others:
                root[find(other)] = find(first)


def _same_island(family: Family, find: Find) -> Iterator[Family]:
    if family.kind is not Kind.INSIDE:
        yield family
        return
    inside = tuple(part for part in family.parts if find(part) == find(family.whole))
    if inside:
        yield Family(family.whole, inside, Kind.INSIDE)


@dataclass
class _Running:
    """What has been rounded so far."""

    counts: Mapping[Name, int]
    leanings: _Leanings
    families: Sequence[Family]
    shown: dict[Name, int] = field(default_factory=dict)
    impossible: set[Name] = field(default_factory=set)
    wide: set[Name] = field(default_factory=set)
    wholes: dict[Name, list[Name]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for family in self.families:
            if family.kind is Kind.INSIDE:
                for part in family.parts:
                    self.wholes[part].append(family.whole)

    def round(self, level: Sequence[Island]) -> None:
        linked: list[Island] = []
        for island in level:
            if not is_tree(island.names, island.families):
                linked.append(island)
                continue
            leanings, caps = {name: self.leanings.of(name) for name in island.names}, {name: self._cap(name) for name in island.names}
            shown, impossible = round_tree(self.counts, leanings, caps, island.families)
            self.shown |= shown
            self.impossible |= impossible
        for start in range(0, len(linked), AT_ONCE):
            self._solve(linked[start : start + AT_ONCE])

    def _solve(self, islands: Sequence[Island]) -> None:
        """Round islands that are no trees, several in one program, as one alone takes hardly less; apart where that has no answer."""
        # The solver takes long to load; most commands round nothing that needs it.
        from sightline.disclosure.linked_programs import solve_island

        names = [name for island in islands for name in island.names]
        leanings, caps = {name: self.leanings.of(name) for name in names}, {name: self._cap(name) for name in names}
        families = [family for island in islands for family in island.families]
        found, is_wide = solve_island(self.counts, leanings, caps, families, further=len(islands) == 1)
        if found is None and len(islands) > 1:
            middle = len(islands) // 2
            self._solve(islands[:middle])
            self._solve(islands[middle:])
            return
        if found is None:
            self.impossible |= set(names)
            found = {name: below(self.counts[name]) for name in names}
        elif is_wide:
            self.wide |= set(names)
        self.shown |= found

    def _cap(self, name: Name) -> int:
        """What it must not be shown above: anything rounded before that it lies inside."""
        most = [self.shown[whole] for whole in self.wholes.get(name, ()) if whole in self.shown and whole not in self.impossible]
        return min([above(self.counts[name]), *most])
