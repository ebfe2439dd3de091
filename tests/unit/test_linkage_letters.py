"""Texts as numbers: they may seem nearer than they are, never further apart."""

from __future__ import annotations

import pyarrow as pa
import pytest

from sightline.linkage.letters import letters_of, letters_that_differ


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("anna", "anna", 0),
        ("anna", "anne", 1),
        ("20100105", "20101005", 2),
        ("abcdefghi", "abcdefghx", 0),
        ("李小", "李大", 1),
        (None, "", 0),
    ],
)
def test_letters_that_differ_are_counted_among_the_first_eight(one, other, differ):
    found = letters_of(pa.chunked_array([[one, other]], pa.string()))

    assert letters_that_differ(found["first"][:1], found["first"][1:]).tolist() == [differ]


def test_each_text_is_told_by_its_length_and_letters_whatever_stands_beside_it():
    texts = ["anna", None, "", "x" * 3000, "anna", "ö", "naan"]

    together = letters_of(pa.chunked_array([texts[:3], texts[3:]], pa.string()))

    assert together["length"].tolist() == [4, 0, 0, 3000, 4, 1, 4]
    for place, text in enumerate(texts):
        alone = letters_of(pa.chunked_array([[text]], pa.string()))
        assert {name: values[place] for name, values in together.items()} == {name: values[0] for name, values in alone.items()}
    assert together["letters"][0] == together["letters"][6] != together["letters"][5]
