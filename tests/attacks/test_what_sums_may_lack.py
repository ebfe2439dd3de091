"""What a sum may lack, and who makes up a number alone: neither may tell an attack more than a reader could know."""

from __future__ import annotations

from collections import defaultdict

from sightline.disclosure.blackbox.held import Sum
from sightline.disclosure.blackbox.on_sums import _within
from sightline.disclosure.blackbox.outcome import Name
from sightline.disclosure.blackbox.puzzle import Puzzle, laid_out


def name(kind: str, breakdown: str, category: str) -> Name:
    return (kind, "children_referred_again", "2026-Q1", breakdown, category)


def incomplete(kind: str, category: str = "school") -> Sum:
    return Sum(name(kind, "all", "all"), (name(kind, "referral_source", category),), complete=False)


def test_what_a_count_may_lack_is_not_what_the_number_it_is_out_of_may_lack():
    """Both were once named by their place in a layout, so that in another layout one took the limits of the other."""
    sums = [incomplete("count"), incomplete("out of"), incomplete("out of", "police")]
    rests = [each for each in laid_out(sums, {}).names if each[0] == "rest"]
    assert len(set(rests)) == 3
    for each in sums:
        assert set(laid_out([each], {}).names) <= set(laid_out(sums[::-1], {}).names)

    intervals = {
        name("count", "all", "all"): (0, 4),
        name("out of", "all", "all"): (6, 14),
        name("out of", "referral_source", "school"): (0, 4),
    }
    puzzle = Puzzle(((sums[0],), (sums[1],)), intervals, 0)
    group = puzzle.group(1)
    limits = dict(zip(group.names, zip(group.low.tolist(), group.high.tolist(), strict=True), strict=True))
    assert limits[rests[1]] == (2, 14)


def alone(at: Name, *sums: Sum) -> set[Name]:
    parts: dict[Name, set[Name]] = defaultdict(set)
    above: dict[Name, list[Sum]] = defaultdict(list)
    for each in sums:
        parts[each.whole].update(each.parts)
        for part in each.parts if each.complete else ():
            above[part].append(each)
    return _within(at, parts, above)


def test_who_makes_up_a_number_alone_makes_up_its_parts_and_what_consists_of_them_only():
    whole, council, other = name("count", "all", "all"), name("count", "council", "A"), name("count", "council", "B")
    white = name("count", "ethnicity", "white")

    assert alone(whole, Sum(whole, (council, other))) == {whole, council, other}
    assert alone(council, Sum(whole, (council,)), Sum(whole, (white,), complete=False)) == {council, whole, white}
    assert alone(council, Sum(whole, (council, other))) == {council}
    assert alone(council, Sum(whole, (council,), complete=False)) == {council}
