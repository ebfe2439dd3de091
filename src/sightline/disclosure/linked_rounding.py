"""Controlled rounding of linked counts: each goes to the multiple of 5 below or above it, all together so that shown sums agree.

Most counts hang together as trees: a total, the parts of each breakdown, sometimes parts of those. There the roundings are found exactly
and at once, from the top: a whole has been rounded, and of its parts those nearest to the multiple above go up, as many as make the sum.
There always is such a rounding, as the sum of the multiples below lies at or under the whole's, and that of those above at or over it.
Only where a count is part of two wholes at a time (exact sets of agencies, say) a whole-number program is solved.

Which of two multiples it is depends on a secret key and the count's name besides the count, and on what was shown of it before.

Method page: docs/methods/rounding-and-withholding.md. Source: Cox and Ernst (1982), see docs/methods/controlled-rounding.md.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from sightline.disclosure.linked import Family, Kind, Linked, Name

BASE = 5
SHORTEST_KEY = 16
NOISE = 0.1
"""The key moves where a count turns to the next multiple by up to this share of the base, and decides of one in `LOTTERY` alone."""
LOTTERY = 64
ALONE, AS_BEFORE = 2.0, 4.0
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


def round_linked(linked: Linked, families: Sequence[Family], *, key: bytes, earlier: Mapping[Name, int] | None = None) -> RoundedCounts:
    """Round all counts. The same counts, key and earlier figures give the same answer.

    Args:
        families: ``linked.families()``.
        key: Secret, at least 16 bytes; kept from release to release.
        earlier: What the release before showed, by name; kept where it lies within a base of the truth.
    """
    if len(key) < SHORTEST_KEY:
        raise ValueError(f"Rounding needs a key of at least {SHORTEST_KEY} bytes.")
    leanings = _Leanings(linked.counts, hashlib.blake2b(key, digest_size=32).digest(), earlier or {})
    running = _Running(linked.counts, leanings, families)
    for level in _levels(linked.counts, families):
        running.round(level)
    return RoundedCounts(running.shown, frozenset(running.impossible), frozenset(running.wide))


def below(count: int) -> int:
    """The multiple at or below."""
    return count // BASE * BASE


def above(count: int) -> int:
    """The multiple at or above."""
    return -(-count // BASE) * BASE


@dataclass(frozen=True)
class _Leanings:
    """How much a count leans to the multiple above it: over 0 it goes up, if nothing else decides."""

    counts: Mapping[Name, int]
    secret: bytes
    earlier: Mapping[Name, int]

    def of(self, name: Name) -> float:
        count = self.counts[name]
        drawn = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8, key=self.secret).digest(), "little")
        little, lot, up = drawn & 0xFFFFFFFF, drawn >> 33 & 0x3FFFFFFF, drawn >> 32 & 1
        lean = count % BASE / BASE - 0.5 + (little / 2**31 - 1) * NOISE
        if lot % LOTTERY == 0:
            lean += ALONE if up else -ALONE
        before = self.earlier.get(name)
        if before is not None and before in (below(count), above(count)):
            lean += AS_BEFORE if before > count else -AS_BEFORE
        return lean


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
            if not _is_tree(island):
                linked.append(island)
                continue
            tree = _Tree(self.counts, self.leanings, {name: self._cap(name) for name in island.names}, island)
            self.shown |= tree.rounded()
            self.impossible |= tree.impossible
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


def _is_tree(island: Island) -> bool:
    met: set[Name] = set()
    for family in island.families:
        if family.kind is Kind.INSIDE or any(part in met for part in family.parts):
            return False
        met.update(family.parts)
    return len(met) < len(island.names)


@dataclass
class _Tree:
    """An island in which every count is part of one whole at most: rounded from the top."""

    counts: Mapping[Name, int]
    leanings: _Leanings
    caps: Mapping[Name, int]
    island: Island
    impossible: set[Name] = field(default_factory=set)
    shown: dict[Name, int] = field(default_factory=dict)
    _of: dict[Name, list[Family]] = field(default_factory=lambda: defaultdict(list))
    _reach: dict[Name, int] = field(default_factory=dict)

    def rounded(self) -> dict[Name, int]:
        for family in self.island.families:
            self._of[family.whole].append(family)
        parts = {part for family in self.island.families for part in family.parts}
        for root in (name for name in self.island.names if name not in parts):
            most = self._reached(root)
            if most < below(self.counts[root]):
                self.impossible.add(root)
                for family in list(self._of.get(root, ())):
                    self._give_up(family)
            self.shown[root] = most if self.leanings.of(root) > 0 else min(below(self.counts[root]), most)
            self._descend(root)
        return self.shown

    def _reached(self, name: Name) -> int:
        """The most it can be shown as, so that the parts of each of its families can still make it up."""
        most = self.caps[name]
        for family in list(self._of.get(name, ())):
            reached = sum(self._reached(part) for part in family.parts)
            if reached < below(self.counts[name]):
                # What the parts lie inside was rounded so low that they cannot make up their whole: none of them is shown.
                self._give_up(family)
            else:
                most = min(most, reached)
        self._reach[name] = most
        return most

    def _give_up(self, family: Family) -> None:
        self._of[family.whole].remove(family)
        for part in family.parts:
            self.impossible.add(part)
            for each in list(self._of.get(part, ())):
                self._give_up(each)
            self.shown.setdefault(part, min(below(self.counts[part]), self.caps[part]))

    def _descend(self, name: Name) -> None:
        for family in self._of.get(name, ()):
            self._share(family)
            for part in family.parts:
                self._descend(part)

    def _share(self, family: Family) -> None:
        """Send up as many parts as make the whole; of overlapping parts those that lean to it, and at least as many as cover it."""
        whole = self.shown[family.whole]
        for part in family.parts:
            self.shown[part] = below(self.counts[part])
        lean = {part: self.leanings.of(part) for part in family.parts if self._may_rise(part, whole)}
        missing = (whole - sum(self.shown[part] for part in family.parts)) // BASE
        rising = sorted(lean, key=lambda part: (-lean[part], part))
        if family.kind is Kind.COVER:
            missing = max(missing, sum(lean[part] > 0 for part in rising))
        for part in rising[: max(missing, 0)]:
            self.shown[part] += BASE

    def _may_rise(self, part: Name, whole: int) -> bool:
        count = self.counts[part]
        return count % BASE > 0 and self._reach[part] > below(count) and below(count) + BASE <= whole
