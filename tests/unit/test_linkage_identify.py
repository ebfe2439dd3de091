"""Person ids stay with people as quarters arrive."""

from __future__ import annotations

from itertools import count

from sightline.linkage.identify import Changes, identify


def drawing(first=1):
    numbers = count(first)
    return lambda: f"new{next(numbers)}"


def test_a_new_person_gets_a_drawn_id_and_a_known_one_keeps_theirs():
    ids, changes = identify([["a", "b"], ["c"]], {"a": "old"}, new_person_id=drawing())

    assert ids == ["old", "new1"]
    assert changes == Changes(kept=1, new=1, merged=0, split=0)


def test_when_two_people_turn_out_to_be_one_the_larger_part_gives_the_id():
    ids, changes = identify([["a", "b", "c"]], {"a": "one", "b": "two", "c": "two"}, new_person_id=drawing())

    assert ids == ["two"]
    assert changes == Changes(kept=1, new=0, merged=1, split=0)


def test_when_one_person_turns_out_to_be_two_the_larger_part_keeps_the_id():
    ids, changes = identify([["a"], ["b", "c"]], {"a": "one", "b": "one", "c": "one"}, new_person_id=drawing())

    assert ids == ["new1", "one"]
    assert changes == Changes(kept=1, new=1, merged=0, split=1)


def test_an_even_split_is_settled_by_the_first_identity_and_not_by_chance():
    assert identify([["b"], ["a"]], {"a": "one", "b": "one"}, new_person_id=drawing())[0] == ["new1", "one"]


def test_an_id_is_never_given_again_to_somebody_else():
    ids, _ = identify([["x"], ["y"]], {"gone": "new1"}, new_person_id=drawing())

    assert ids == ["new2", "new3"]


def test_new_ids_are_drawn_in_an_order_the_callers_order_cannot_change():
    forwards = identify([["a"], ["b"]], {}, new_person_id=drawing())[0]
    backwards = identify([["b"], ["a"]], {}, new_person_id=drawing())[0]

    assert forwards == ["new1", "new2"]
    assert backwards == ["new2", "new1"]


def test_nobody_is_nobody():
    assert identify([], {}, new_person_id=drawing()) == ([], Changes(0, 0, 0, 0))
