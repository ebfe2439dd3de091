"""What holds of any records at all."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sightline.definitions.linkage import name_words
from sightline.linkage.names import family_parts, fold, given_parts
from sightline.linkage.numbers import nhs_number, postcode, unique_pupil_number
from sightline.linkage.resolve import Edge, components, resolve

WORDS = name_words()


@given(text=st.text(max_size=40))
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


@given(text=st.text(max_size=40))
def test_any_text_can_stand_in_any_column(text):
    for parts in (given_parts(text, WORDS), family_parts(text, WORDS)):
        assert all(part and part.isalnum() for part in parts)
    assert nhs_number(text) is None or nhs_number(text).isdigit()
    assert unique_pupil_number(text) is None or len(unique_pupil_number(text)) == 13
    assert postcode(text) is None or " " not in postcode(text)


@given(digits=st.from_regex(r"[1-9][0-9]{8}", fullmatch=True), place=st.integers(0, 9), other=st.integers(1, 9))
def test_one_wrong_digit_never_makes_another_believable_nhs_number(digits, place, other):
    believable = [found for check in "0123456789" if (found := nhs_number(digits + check))]
    assert len(believable) <= 1
    for number in believable:
        wrong = number[:place] + str((int(number[place]) + other) % 10) + number[place + 1 :]
        assert nhs_number(wrong) is None


def edges(members):
    pairs = [(left, right) for left in range(1, members + 1) for right in range(left + 1, members + 1)]
    return st.fixed_dictionaries(
        {},
        optional={
            pair: st.builds(
                Edge,
                st.just(pair[0]),
                st.just(pair[1]),
                st.floats(-20, 20).map(lambda weight: round(weight, 1)),
                st.just(0.5),
                st.sampled_from([None, "likeness", "NHS number and date of birth"]),
                st.sampled_from([None, None, None, "different numbers", "twin or sibling"]),
            )
            for pair in pairs
        },
    ).map(lambda found: list(found.values()))


@given(found=edges(6))
def test_parts_are_a_partition_without_anything_forbidden(found):
    for group in components(6, found):
        inside = [edge for edge in found if edge.left in group and edge.right in group]

        parts = resolve(group, inside)

        assert sorted(member for part in parts for member in part) == group
        for part in parts:
            assert not [edge for edge in inside if edge.is_forbidden and edge.left in part and edge.right in part]


@given(found=edges(6), seed=st.randoms(use_true_random=False))
def test_no_order_of_pairs_changes_the_parts(found, seed):
    shuffled = list(found)
    seed.shuffle(shuffled)

    assert components(6, shuffled) == components(6, found)
    for group in components(6, found):
        assert resolve(group, shuffled) == resolve(group, found)
