"""The published golden vectors of the normaliser hold; another implementation is right when it reads them the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sightline.definitions.linkage import name_words
from sightline.linkage import numbers
from sightline.linkage.addresses import place_name, read_address
from sightline.linkage.names import family_parts, fold, given_parts

VECTORS = json.loads((Path(__file__).parents[1] / "golden" / "normaliser.json").read_text(encoding="utf-8"))


def address(text):
    found = read_address(text)
    return None if found is None else {"numbers": list(found.numbers), "words": list(found.words), "key": found.key}


READERS = {
    "fold": fold,
    "given names": lambda text: given_parts(text, name_words()),
    "family names": lambda text: family_parts(text, name_words()),
    "NHS number": numbers.nhs_number,
    "unique pupil number": numbers.unique_pupil_number,
    "postcode": numbers.postcode,
    "address": address,
    "place": place_name,
}


@pytest.mark.parametrize("vector", VECTORS, ids=[f"{vector['reader']}: {vector['written']}" for vector in VECTORS])
def test_a_golden_vector_is_read_as_published(vector):
    assert READERS[vector["reader"]](vector["written"]) == vector["read"]


def test_every_reader_has_vectors_that_say_something_and_vectors_that_say_nothing():
    for reader in READERS.keys() - {"fold"}:
        read = [bool(vector["read"]) for vector in VECTORS if vector["reader"] == reader]
        assert any(read), reader
        assert not all(read), reader
