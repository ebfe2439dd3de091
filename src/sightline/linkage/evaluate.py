"""How good a linkage is, where the truth is known: in pairs, so that one large wrong group costs more than many small ones.

Source: pairwise precision and recall as in Christen, *Data Matching* (2012), chapter 7; docs/methods/linkage.md.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Score:
    """Pairs rightly linked, pairs linked, and pairs that are truly one person."""

    right: int
    linked: int
    true: int

    @property
    def precision(self) -> float:
        """Of the pairs linked, the share that is right; 1 when none was linked."""
        return self.right / self.linked if self.linked else 1.0

    @property
    def recall(self) -> float:
        """Of the true pairs, the share that was linked; 1 when there are none."""
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall.

        >>> round(Score(right=9, linked=10, true=12).f1, 3)
        0.818
        """
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A linkage against the truth.

    ``by_agencies`` holds each pair of agencies (an agency with itself: duplicates), ``by_ethnicity`` the pairs of people of each group.
    ``twins`` is how many pairs of twins were both seen, ``twins_merged`` how many of them became one person.
    """

    overall: Score
    by_agencies: dict[tuple[str, str], Score]
    by_ethnicity: dict[str, Score]
    identities: int
    people: int
    people_linked: int
    twins: int
    twins_merged: int


def evaluate(
    links: pa.Table, truth: pa.Table, *, people: pa.Table | None = None, twins: Sequence[tuple[Hashable, Hashable]] = ()
) -> Evaluation:
    """Compare links with the truth, over the identities that both know.

    Args:
        links: LINK_SCHEMA.
        truth: ``identity_id``, ``person``, ``agency``.
        people: ``person`` and ``ethnicity``, for the comparison between groups.
        twins: Pairs of persons who are twins.
    """
    linked_to = dict(zip(links.column("identity_id").to_pylist(), links.column("person_id").to_pylist(), strict=True))
    seen = [
        (agency, linked_to[identity], person)
        for identity, person, agency in zip(*(truth.column(name).to_pylist() for name in ("identity_id", "person", "agency")), strict=True)
        if identity in linked_to
    ]
    by_person: dict[Hashable, set[str]] = defaultdict(set)
    for _, found, person in seen:
        by_person[person].add(found)
    pairs_seen = [(one, other) for one, other in twins if one in by_person and other in by_person]
    return Evaluation(
        overall=_score((found, person) for _, found, person in seen),
        by_agencies=_by_agencies(seen),
        by_ethnicity=_by_ethnicity(seen, people),
        identities=len(seen),
        people=len(by_person),
        people_linked=len({found for _, found, _ in seen}),
        twins=len(pairs_seen),
        twins_merged=sum(1 for one, other in pairs_seen if by_person[one] & by_person[other]),
    )


def _pairs(counts: Iterable[int]) -> int:
    return sum(count * (count - 1) // 2 for count in counts)


def _score(seen: Iterable[tuple[str, Hashable]]) -> Score:
    both = Counter(seen)
    linked: Counter[str] = Counter()
    true: Counter[Hashable] = Counter()
    for (found, person), count in both.items():
        linked[found] += count
        true[person] += count
    return Score(_pairs(both.values()), _pairs(linked.values()), _pairs(true.values()))


def _across(seen: Iterable[tuple[str, Hashable]]) -> dict[tuple[str, str], int]:
    """For each two agencies the pairs that share a key, counted from each key's agencies and never listed."""
    groups: dict[Hashable, Counter[str]] = defaultdict(Counter)
    for agency, key in seen:
        groups[key][agency] += 1
    found: Counter[tuple[str, str]] = Counter()
    for agencies in groups.values():
        held = sorted(agencies.items())
        for position, (one, count) in enumerate(held):
            found[one, one] += count * (count - 1) // 2
            for other, other_count in held[position + 1 :]:
                found[one, other] += count * other_count
    return {pair: count for pair, count in found.items() if count}


def _by_agencies(seen: list[tuple[str, str, Hashable]]) -> dict[tuple[str, str], Score]:
    right = _across((agency, (found, person)) for agency, found, person in seen)
    linked = _across((agency, found) for agency, found, _ in seen)
    true = _across((agency, person) for agency, _, person in seen)
    return {pair: Score(right.get(pair, 0), linked.get(pair, 0), true.get(pair, 0)) for pair in sorted(linked.keys() | true.keys())}


def _by_ethnicity(seen: list[tuple[str, str, Hashable]], people: pa.Table | None) -> dict[str, Score]:
    """True pairs belong to their person's group; a wrong pair between two groups would belong to neither and is left to the whole."""
    if people is None:
        return {}
    group_of = dict(zip(people.column("person").to_pylist(), people.column("ethnicity").to_pylist(), strict=True))
    groups: dict[str, list[tuple[str, Hashable]]] = defaultdict(list)
    for _, found, person in seen:
        group = group_of.get(person)
        if group is not None:
            groups[group].append((found, person))
    return {group: _score(members) for group, members in sorted(groups.items())}
