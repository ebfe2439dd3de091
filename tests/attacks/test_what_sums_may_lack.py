"""What a sum may lack, and who makes up a number alone: neither may tell an attack more than a reader could know."""

from __future__ import annotations

from collections.abc import Iterable

from sightline.disclosure.blackbox.held import Sum
from sightline.disclosure.blackbox.on_insiders import Made
from sightline.disclosure.blackbox.outcome import Name
from sightline.disclosure.blackbox.puzzle import Puzzle


def name(kind: str, breakdown: str, category: str) -> Name:
    return (kind, "children_referred_again", "2026-Q1", breakdown, category)


def incomplete(kind: str, category: str = "school") -> Sum:
    return Sum(name(kind, "all", "all"), (name(kind, "referral_source", category),), complete=False)


def named(sums: Iterable[Sum]) -> tuple[Name, ...]:
    return Puzzle.of(list(sums), {}).laid.names


def test_what_a_count_may_lack_is_not_what_the_number_it_is_out_of_may_lack():
    """Both were once named by their place in a layout, so that in another layout one took the limits of the other."""
    sums = [incomplete("count"), incomplete("out of"), incomplete("out of", "police")]
    rests = [each for each in named(sums) if each[0] == "rest"]
    assert len(set(rests)) == 3
    for each in sums:
        assert set(named([each])) <= set(named(sums[::-1]))

    intervals = {
        name("count", "all", "all"): (0, 4),
        name("out of", "all", "all"): (6, 14),
        name("out of", "referral_source", "school"): (0, 4),
    }
    lacking = next(each for each in rests if "out of all" in each[4] and "school" in each[4])
    assert Puzzle.of(sums[:2], intervals).placed[lacking] == (2, 14)


def alone(at: Name, *sums: Sum) -> set[Name]:
    laid = Puzzle.of(sums, {}).laid
    found = {laid.names[cell] for cell in Made(laid.matrix).within(laid.names.index(at))}
    return {each for each in found if each[0] != "rest"}


def test_who_makes_up_a_number_alone_makes_up_its_parts_and_what_consists_of_them_only():
    whole, council, other = name("count", "all", "all"), name("count", "council", "A"), name("count", "council", "B")
    white = name("count", "ethnicity", "white")

    assert alone(whole, Sum(whole, (council, other))) == {whole, council, other}
    assert alone(council, Sum(whole, (council,)), Sum(whole, (white,), complete=False)) == {council, whole, white}
    assert alone(council, Sum(whole, (council, other))) == {council}
    assert alone(council, Sum(whole, (council,), complete=False)) == {council}
