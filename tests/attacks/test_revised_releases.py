"""Readers who have a release and the one after it, 2% of whose records came late and 1% were put right."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import pytest
from tests.support.gate import KEY
from tests.support.revised import SIZES, Seen, as_shown, counted, invent, revised, seen

from sightline.disclosure import METHOD, Protected, ToRelease, linked_rounding, mark_release, protect_release
from sightline.disclosure.blackbox.held import Held, Sum
from sightline.disclosure.blackbox.implied import implied_by
from sightline.disclosure.blackbox.on_answers import release_pairs
from sightline.disclosure.blackbox.on_sums import Worked
from sightline.disclosure.blackbox.outcome import Name
from sightline.disclosure.linked import Kind, Linked
from sightline.disclosure.linked_rounding import round_linked
from sightline.disclosure.marks import SIZE, Marks, marks_of
from sightline.disclosure.whole_release import link, numbers_shown

SEEDS = range(5)
LARGEST_SHARE = 0.1

World = tuple[int, ...]


@pytest.mark.parametrize(("children", "wards"), [(300, 30), (600, 30)])
def test_at_most_a_tenth_of_the_changes_by_one_to_four_are_seen(children: int, wards: int) -> None:
    """Seen: shown as another number, whatever a reader can make of it. Each of several releases, and all sizes together."""
    found = Seen()
    for seed in SEEDS:
        one = seen(*revised(children, wards=wards, seed=seed))
        assert one.share <= LARGEST_SHARE, seed
        found = found.add(one)

    assert found.changed.total() > 400
    assert all(found.changed[size] for size in SIZES)
    assert found.share_of(1) <= LARGEST_SHARE / 2
    assert found.moved_with_others > found.shown_otherwise.total(), "a number that is shown otherwise counts the same as before more often"


@pytest.mark.parametrize("seed", SEEDS)
def test_of_no_change_can_a_reader_of_both_releases_tell_how_large_it_is(seed: int) -> None:
    then, now, first, second = revised(300, wards=8, seed=seed)
    before, after = as_held(then, first, "release 1"), as_held(now, second, "release 2")

    outcome = release_pairs(after, [before])

    assert not outcome.seen
    assert outcome.tried > 200


def as_held(counted: ToRelease, protected: Protected, title: str) -> Worked:
    """Every number of a release, hidden ones too, and every sum between them: more than any reader has."""

    def named(name: str) -> Name:
        return ("count", name, "", "", "")

    linked = link(counted)
    sums = tuple(Sum(named(family.whole), tuple(map(named, family.parts))) for family in linked.families() if family.kind is Kind.SUM)
    numbers = {named(name): shown for name, shown in numbers_shown(counted, as_shown(protected))}
    sums = tuple(each for each in sums if {each.whole, *each.parts} <= numbers.keys())
    return Worked(Held(title, METHOD, generation=title, numbers=dict(numbers), sums=sums), implied_by(METHOD))


def test_a_reader_who_knows_that_numbers_stay_can_still_tell_no_change_and_no_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every two worlds of two wards that differ by four at most: whatever two releases show, five changes and counts are possible.

    The key decides alone of every other count here, not of one in 64: what is possible stays the same, and few keys are enough to see it.
    """
    monkeypatch.setattr(linked_rounding, "LOTTERY", 2)
    worlds = list(product(range(10), repeat=2))
    possible: dict[tuple[int, ...], set[tuple[World, World]]] = defaultdict(set)
    for key in (bytes([number]) * 16 for number in range(4)):
        first = {world: rounded(world, key) for world in worlds}
        for was, is_ in product(worlds, repeat=2):
            same = [name for name, one, other in zip("ab", was, is_, strict=True) if one == other]
            if len(same) < 2 and max(abs(one - other) for one, other in zip(was, is_, strict=True)) <= 4:
                shown = (*first[was].values(), *rounded(is_, key, first[was], same).values())
                possible[shown].add((was, is_))
    # Larger counts, which would look like numbers over 5, were not made.
    told = {shown: pairs for shown, pairs in possible.items() if max(shown[0], shown[1], shown[3], shown[4]) <= 5}
    assert len(told) == 9
    for shown, pairs in told.items():
        for ward in (0, 1):
            assert len({is_[ward] - was[ward] for was, is_ in pairs}) >= 5, shown
            assert len({is_[ward] for _, is_ in pairs}) >= 5, shown


def rounded(world: World, key: bytes, earlier: Mapping[str, int] | None = None, same: Sequence[str] = ()) -> Mapping[str, int]:
    linked = Linked()
    names = [linked.add(name, count) for name, count in zip("ab", world, strict=True)]
    linked.family(linked.add("total", sum(world)), names)
    return round_linked(linked, linked.families(), key=key, earlier=earlier, same=same).shown


@pytest.mark.parametrize("kept", [False, True], ids=["no marks", "marks of the lost key"])
@pytest.mark.parametrize("another", [b"another key, of which nothing is kept", b"a third key, by which others would have moved"])
def test_a_release_of_the_same_counts_shows_the_same_numbers_and_one_of_some_of_them_too(another: bytes, kept: bool) -> None:
    given = counted(invent(300, wards=8, seed=1))
    first = protect_release(given, key=KEY)
    lost = Marks("release 1", mark_release(given, key=KEY, of="release 1"))
    again = protect_release(given, key=another, before=as_shown(first, *[lost] if kept else []))
    some = protect_release(replace(given, analyses=(), combinations={}, agencies=()), key=KEY, before=as_shown(first))

    assert (again.figures, again.tables, again.agencies, again.combinations, again.singles) == (
        first.figures,
        first.tables,
        first.agencies,
        first.combinations,
        first.singles,
    )
    assert (some.figures, some.singles) == (first.figures, first.singles)


def test_marks_tell_with_the_key_what_is_the_same_and_without_it_nothing() -> None:
    counts = {f"ward {place}": place for place in range(40)}
    marks = Marks("release 1", marks_of(counts, key=KEY, of="release 1"))
    later = {**counts, "ward 3": 5, "ward 99": 7}

    assert marks.same(later, key=KEY) == counts.keys() - {"ward 3"}
    assert marks.same(later, key=b"a key that somebody guessed") is None
    other = marks_of(counts, key=KEY, of="release 2")
    pieces = [{content[at : at + SIZE] for at in range(0, len(content), SIZE)} for content in (marks.content, other)]
    assert not pieces[0] & pieces[1], "two releases' marks have nothing in common, though no count changed"
    fewer = dict(list(counts.items())[:30])
    assert len(marks_of(fewer, key=KEY, of="release 1")) == len(marks.content), "nor do they tell how many counts there are"


MAKE = """
from tests.support.revised import revised
*_, first, second = revised(300, wards=8, seed=2)
told = repr((first.figures, first.tables, second.figures, second.tables, second.singles, second.agencies))
import hashlib
print(hashlib.sha256((told + repr([(sorted(known), shown) for known, shown in second.combinations.items()])).encode()).hexdigest())
"""


def test_two_processes_make_the_same_of_the_same_counts_and_key() -> None:
    """Sets of words have another order in every process."""
    told = {
        subprocess.run(
            [sys.executable, "-c", MAKE],
            env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": os.pathsep.join(sys.path)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in (1, 2)
    }

    assert len(told) == 1
