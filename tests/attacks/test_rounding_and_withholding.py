"""Readers who know the method, and not the key, and try to work back to small counts, with everything that is shown before them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.gate import KEY

from sightline.disclosure import Before, ToRelease, linked_rounding, protect, protect_release, protect_sets
from sightline.disclosure.linked import Family, Linked
from sightline.disclosure.linked_rounding import round_linked
from sightline.disclosure.release_audit import ReleaseUnsafe, audit_linked
from sightline.disclosure.withholding import few_behind, withhold_with
from sightline.model.figures import Cell, Figure, Ratio, Released

KEYS = [bytes([number]) * 16 for number in range(200)]

Shown = tuple[str, ...]
World = tuple[int, ...]


def cells(counts: Sequence[int], *, breakdown: str = "ward", children: Sequence[int] | None = None) -> list[Cell]:
    """A total and its parts."""
    total, people = sum(counts), counts if children is None else children
    parts = [
        Cell("i", "2026-Q1", breakdown, f"part {place}", count, None, behind)
        for place, (count, behind) in enumerate(zip(counts, people, strict=True))
    ]
    return [Cell("i", "2026-Q1", "all", "all", total, None, sum(people)), *parts]


def published(counts: Sequence[int], key: bytes) -> Shown:
    return tuple(str(figure.count) for figure in protect(cells(counts), key=key))


def could_be(shown: str) -> range:
    """What one shown number or word, taken alone, leaves possible for a reader."""
    if shown == "withheld":
        return range(10_000)
    number = 0 if shown == "0 to 4" else int(shown.replace(",", ""))
    return range(max(number - 4, 0), number + 5)


def rounded(linked: Linked, key: bytes) -> tuple[list[Family], dict[str, int]]:
    families = linked.families()
    return families, dict(round_linked(linked, families, key=key).shown)


@pytest.mark.parametrize(("parts", "largest"), [(1, 14), (2, 14)])
def test_a_reader_who_knows_the_method_but_not_the_key_can_exclude_no_count_that_fits(
    parts: int, largest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every world up to a size, under keys: each count that a shown number stands for may be the true one.

    The key decides alone of every other count here, not of one in 64: what is possible stays the same, and few keys are enough to see it.
    """
    monkeypatch.setattr(linked_rounding, "LOTTERY", 2)
    possible: dict[World, set[World]] = defaultdict(set)
    for world in product(range(largest + 1), repeat=parts):
        linked = Linked()
        names = [linked.add(f"part {place}", count) for place, count in enumerate(world)]
        linked.family(linked.add("total", sum(world)), names)
        for key in KEYS[:40]:
            _, shown = rounded(linked, key)
            possible[tuple(shown[name] for name in names)].add(world)

    for shown_parts, worlds in possible.items():
        if max(shown_parts) + 4 > largest:
            continue  # worlds with larger counts, which would look the same, were not made
        for place, part in enumerate(shown_parts):
            assert {world[place] for world in worlds} == set(range(max(part - 4, 0), part + 5)), shown_parts


@settings(max_examples=100, deadline=None)
@given(counts=st.lists(st.integers(0, 40), min_size=1, max_size=8), key=st.sampled_from(KEYS))
def test_the_total_less_the_other_parts_tells_no_more_than_the_part_itself(counts: list[int], key: bytes) -> None:
    total, *parts = published(counts, key)
    for place, part in enumerate(parts):
        others = [could_be(other) for at, other in enumerate(parts) if at != place]
        lowest = could_be(total)[0] - sum(other[-1] for other in others)
        highest = could_be(total)[-1] - sum(other[0] for other in others)
        own = could_be(part)

        assert counts[place] in own
        assert lowest <= own[0]
        assert highest >= own[-1]


@settings(max_examples=100, deadline=None)
@given(girls=st.lists(st.integers(0, 30), min_size=4, max_size=4), boys=st.lists(st.integers(0, 30), min_size=4, max_size=4))
def test_two_breakdowns_of_one_total_do_not_undo_each_other(girls: list[int], boys: list[int]) -> None:
    by_ward = [girl + boy for girl, boy in zip(girls, boys, strict=True)]
    by_sex = [sum(girls), sum(boys)]
    figures = protect([*cells(by_ward), *cells(by_sex, breakdown="sex")[1:]], key=KEY)
    total, *parts = [figure.count.value for figure in figures if isinstance(figure.count, Released)]

    assert sum(parts[:4]) == sum(parts[4:]) == total


@settings(max_examples=60, deadline=None)
@given(data=st.data(), key=st.sampled_from(KEYS))
def test_numerators_denominators_and_overlapping_breakdowns_together_leave_every_small_count_its_five(
    data: st.DataObject, key: bytes
) -> None:
    """The auditor narrows over all sums at once, whatever is linked with whatever."""
    wards = data.draw(st.lists(st.integers(0, 30), min_size=1, max_size=6))
    linked = Linked()
    linked.family(linked.add("out of", sum(wards)), [linked.add(f"out of {place}", count) for place, count in enumerate(wards)])
    for name in ("one", "other"):
        counts = [data.draw(st.integers(0, count)) for count in wards]
        whole = linked.add(name, sum(counts))
        linked.inside("out of", whole)
        parts = [linked.add(f"{name} {place}", count) for place, count in enumerate(counts)]
        linked.family(whole, parts)
        for place, part in enumerate(parts):
            linked.inside(f"out of {place}", part)
        agencies = data.draw(st.lists(st.integers(0, sum(counts)), max_size=3))
        linked.family(whole, [linked.add(f"{name} agency {place}", count) for place, count in enumerate(agencies)])
    families = linked.families()
    done = round_linked(linked, families, key=key)
    gone = withhold_with(done.impossible, done.shown, families)

    assert not audit_linked(linked, families, done.shown, withheld=gone).failures


@given(count=st.integers(0, 500), others=st.integers(0, 500))
def test_a_percentage_says_no_more_than_the_two_rounded_numbers_beside_it(count: int, others: int) -> None:
    out_of = count + others
    (figure,) = protect([Cell("i", "2026-Q1", "all", "all", count, out_of, count, 100)], key=KEY)

    if isinstance(figure.statistic, Ratio):
        assert isinstance(figure.count, Released)
        assert isinstance(figure.out_of, Released)
        assert figure.statistic.value == figure.count.value * 100 / figure.out_of.value


@settings(max_examples=60, deadline=None)
@given(counts=st.lists(st.integers(0, 60), min_size=7, max_size=7))
def test_agencies_and_their_exact_combinations_leave_every_small_count_its_five(counts: list[int]) -> None:
    agencies = ["csc", "health", "police"]
    every = [frozenset(agency for place, agency in enumerate(agencies) if bits >> place & 1) for bits in range(1, 8)]
    truth = dict(zip(every, counts, strict=True))
    sets, exact = protect_sets(truth, agencies=agencies, key=KEY)

    for known, count in truth.items():
        assert abs(exact.get(known, Released(0)).value - count) < 5
    for agency in agencies:
        assert sets[agency] == Released(sum(each.value for known, each in exact.items() if agency in known))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_events_of_few_children_cannot_be_worked_out_from_what_is_shown_around_them(data: st.DataObject) -> None:
    counts = data.draw(st.lists(st.integers(0, 60), min_size=2, max_size=6))
    children = [data.draw(st.integers(min(1, count), count)) for count in counts]
    linked = Linked()
    whole = linked.add("total", sum(counts), sum(children))
    names = [linked.add(f"part {place}", count, children[place]) for place, count in enumerate(counts)]
    linked.family(whole, names)
    families, shown = rounded(linked, KEY)
    gone = withhold_with(few_behind(linked), shown, families)

    assert few_behind(linked) <= gone
    assert len(gone & {whole, *names}) != 1
    assert not audit_linked(linked, families, shown, withheld=gone).failures


# The auditor itself: what a careless gate would let out.


def small() -> tuple[Linked, list[Family]]:
    linked = Linked()
    names = [linked.add(f"ward {place}", count) for place, count in enumerate((4, 4, 4))]
    linked.family(linked.add("total", 12), names)
    return linked, linked.families()


@pytest.mark.parametrize(
    ("shown", "says"),
    [
        ({"total": 10, "ward 0": 5, "ward 1": 5, "ward 2": 5}, "do not add up"),
        ({"total": 15, "ward 0": 5, "ward 1": 5, "ward 2": 0}, "do not add up"),
        ({"total": 10, "ward 0": 5, "ward 1": 5}, "neither shown nor withheld"),
        ({"total": 12, "ward 0": 5, "ward 1": 5, "ward 2": 2}, "is not rounded"),
        ({"total": 20, "ward 0": 10, "ward 1": 5, "ward 2": 5}, "errs by more"),
    ],
)
def test_a_release_that_does_not_hold_what_the_method_says_fails_and_names_the_count_but_no_number(
    shown: dict[str, int], says: str
) -> None:
    linked, families = small()
    audit = audit_linked(linked, families, shown)

    assert any(says in failure for failure in audit.failures)
    with pytest.raises(ReleaseUnsafe, match=says):
        audit.insist()
    assert not any(
        str(count) in failure.replace("ward 0", "").replace("fewer than 6", "") for failure in audit.failures for count in (4, 12)
    )


def test_numbers_each_rounded_to_the_nearest_tell_what_they_hide() -> None:
    """Three wards of 4 shown as 5 in a total of 12 shown as 10: each is at most 4 off, and together they leave less than five."""
    linked = Linked()
    names = [linked.add(f"ward {place}", 3) for place in range(4)]
    linked.family(linked.add("total", 12), names)
    shown = {"total": 10, **dict.fromkeys(names, 5)}

    assert audit_linked(linked, linked.families(), shown).failures


def test_a_total_known_from_elsewhere_is_held_against_the_release() -> None:
    linked = Linked()
    linked.family(linked.add("total", 1), [linked.add(f"ward {place}", count) for place, count in enumerate((1, 0))])
    shown = {"total": 0, "ward 0": 0, "ward 1": 0}

    assert not audit_linked(linked, linked.families(), shown).failures
    failures = audit_linked(linked, linked.families(), shown, known={"total": (1, 1)}).failures
    assert [failure.split(":")[0] for failure in failures] == ["ward 0", "ward 1"]


# Two releases.


def release(counts: Sequence[int], key: bytes, before: Sequence[Figure] = ()) -> tuple[Figure, ...]:
    return protect_release(ToRelease(cells(counts)), key=key, before=Before(before)).figures


@settings(max_examples=80, deadline=None)
@given(
    counts=st.lists(st.integers(0, 40), min_size=1, max_size=8), late=st.integers(0, 7), more=st.integers(1, 4), key=st.sampled_from(KEYS)
)
def test_what_late_records_added_cannot_be_read_off_two_releases(counts: list[int], late: int, more: int, key: bytes) -> None:
    then = release(counts, KEY)
    after = [count + more * (place == late) for place, count in enumerate(counts)]
    now = release(after, KEY, then)

    for figure, later in zip(then, now, strict=True):
        one, other = could_be(str(figure.count)), could_be(str(later.count))
        least, most = other[0] - one[-1], other[-1] - one[0]
        assert most - least >= 8
    assert release(counts, KEY, then) == then


def test_few_of_the_changes_by_a_child_or_two_show_at_all() -> None:
    changed = seen = 0
    for place, key in enumerate(KEYS[:60]):
        counts = [(place * 7 + ward * 5) % 23 for ward in range(20)]
        then = release(counts, key)
        after = [count + (ward % 10 == place % 10) for ward, count in enumerate(counts)]
        for was, now, shown, later in zip(counts, after, then[1:], release(after, key, then)[1:], strict=True):
            changed += was != now
            seen += was != now and shown.count != later.count
    assert changed == 120
    assert seen <= changed * 0.1
