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
