"""Numbers rounded on from 5 to 10: sums agree, nothing moves far, and nothing but what was shown decides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.disclosure.coarser import to_tens

KEY = b"a key for tests only"
fives = st.integers(0, 30).map(lambda number: 5 * number)


@given(parts=st.lists(fives, min_size=1, max_size=9))
def test_sums_agree_again_and_no_number_moves_by_more_than_five(parts: list[int]) -> None:
    given_ = {f"p{place}": number for place, number in enumerate(parts)}
    halves = {"first": sum(parts[:3]), "rest": sum(parts[3:])}

    whole, found = to_tens(sum(parts), {"by": given_, "other": halves}, key=KEY, name="x")

    assert whole is not None
    for by, before in (("by", given_), ("other", halves)):
        after = found[by]
        assert sum(number or 0 for number in after.values()) == whole
        for code, number in before.items():
            rounded = after[code]
            assert rounded is not None
            assert rounded % 10 == 0
            assert abs(rounded - number) == (number % 10)
    assert abs(whole - sum(parts)) <= 5


@given(total=fives, parts=st.lists(fives, min_size=1, max_size=5))
def test_parts_that_overlap_are_rounded_each_by_itself_and_never_above_their_whole(total: int, parts: list[int]) -> None:
    given_ = {f"p{place}": min(number, total) for place, number in enumerate(parts)}

    whole, found = to_tens(total, {"by": given_}, overlapping=frozenset({"by"}), key=KEY, name="x")

    assert whole is not None
    for code, number in given_.items():
        rounded = found["by"][code]
        assert rounded is not None
        assert rounded <= whole
        assert abs(rounded - number) <= 5


def test_what_is_withheld_stays_withheld_and_the_same_gives_the_same() -> None:
    asked = (45, {"by": {"a": 15, "b": None, "c": 25}})

    assert to_tens(*asked, key=KEY, name="x") == to_tens(*asked, key=KEY, name="x")
    assert to_tens(*asked, key=KEY, name="x")[1]["by"]["b"] is None
    assert to_tens(None, {"by": {"a": 10}}, key=KEY, name="x") == (None, {"by": {"a": 10}})


def test_a_number_that_no_release_shows_is_refused() -> None:
    with pytest.raises(ValueError, match="no multiple of 5"):
        to_tens(13, {}, key=KEY, name="x")


@given(parts=st.lists(st.tuples(fives, st.sampled_from((-5, 0, 5))), min_size=1, max_size=9))
def test_what_was_shown_stays_while_each_number_goes_to_the_multiple_beside_it(parts: list[tuple[int, int]]) -> None:
    before = {f"p{place}": number for place, (number, _) in enumerate(parts)}
    after = {f"p{place}": max(number + moved, 0) for place, (number, moved) in enumerate(parts)}
    whole, found = to_tens(sum(before.values()), {"by": before}, key=KEY, name="x")
    assert whole is not None
    shown: dict[tuple[str, str], int] = {("by", code): number or 0 for code, number in found["by"].items()} | {("all", "all"): whole}

    now, again = to_tens(sum(after.values()), {"by": after}, key=b"another key", name="y", before=shown)

    assert now is not None
    assert sum(number or 0 for number in again["by"].values()) == now
    for code, number in after.items():
        rounded = again["by"][code]
        assert rounded is not None
        assert rounded % 10 == 0
        assert abs(rounded - number) <= (10 if rounded else 5), "of none or a few there are nine at most"
    is_near = abs(whole - sum(after.values())) <= 10
    if is_near and whole and all(shown["by", code] or number <= 5 for code, number in after.items()):
        assert (now, again["by"]) == (whole, found["by"]), "each number went by five at most, and nothing is shown otherwise"


@given(total=fives, shown=st.integers(0, 40).map(lambda number: 10 * number))
def test_what_lies_too_far_from_what_was_shown_is_rounded_anew(total: int, shown: int) -> None:
    now, _ = to_tens(total, {}, key=KEY, name="x", before={("all", "all"): shown})
    anew, _ = to_tens(total, {}, key=KEY, name="x")

    assert now == (shown if abs(shown - total) <= (10 if shown else 5) else anew)
