"""Keyed tokens in the place of numbers: they link as the numbers would, and a text that only looks like one does not."""

from __future__ import annotations

import pytest

from sightline.linkage.numbers import nhs_number, unique_pupil_number
from sightline.privacy.keyed import TokenKey

TOKEN = TokenKey(bytes(range(32))).tokens("nhs_number")("9434765919")


@pytest.mark.parametrize("read", [nhs_number, unique_pupil_number])
def test_a_token_is_believed_as_the_number_it_stands_for_was(read):
    assert read(TOKEN) == TOKEN


@pytest.mark.parametrize("text", [TOKEN[:-1], TOKEN + "0", TOKEN.upper(), "t:", "t:" + "g" * 32, "x" + TOKEN])
@pytest.mark.parametrize("read", [nhs_number, unique_pupil_number])
def test_what_only_looks_like_a_token_is_not(read, text):
    assert read(text) is None
