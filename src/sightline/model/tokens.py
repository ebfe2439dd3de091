"""Keyed tokens: what stands in a prepared package where a number or a name stood. Made and recognised in several stages."""

from __future__ import annotations

import json
import re

PREFIX = "t:"
_TOKEN = re.compile(r"t:[0-9a-f]{32}")


def is_token(text: str | None) -> bool:
    """Whether a text is a keyed token, and nothing else.

    >>> is_token("t:" + "0a" * 16), is_token("9434765919"), is_token(None)
    (True, False, False)
    """
    return text is not None and _TOKEN.fullmatch(text) is not None


FIELD_TOKENS = "link_tokens"
"""The column of an identity record that holds the tokens of its fields for linking."""
KEY = "key"
"""Where the fingerprint of the key stands among an identity's tokens."""
RULES = "rules"
"""Where the version of the rules by which they were made stands (`sightline.linkage.tokens.TOKEN_RULES`)."""
FIRST_RULES = "1"
"""The rules of tokens that say nothing of theirs: those made before the rules had a version."""
RULES_IN_TEXT = '"rules":"([1-9][0-9]{0,3})"'
"""What to look for in the tokens of an identity, to read that version without reading the rest."""
TOKEN_FLAGS = frozenset({"first_of_year", "first_of_month", "given_is_initial", "adult"})
"""What is told besides tokens: whether a date is the first of a year or month, as forms leave it; an initial for a name; an adult."""
TOKEN_LISTS = frozenset(
    {"given_names", "family_parts", "middle", "first_keys", "given_keys", "family_keys", "middle_initials", "given_slips", "family_slips"}
    | {"dobs", "dob_slips", "near_years", "postcodes", "postcode_slips", "addresses", "house_numbers", "address_words", "phones"}
    | {"composites"}
)
TOKEN_SINGLES = frozenset(
    {"given", "family", "given_start", "given_initial", "family_initial", "dob", "swapped_dob", "birth_year", "birth_month", "birth_day"}
    | {"postcode", "sector", "address", "birthplace"}
)
TOKEN_LENGTH = 20
"""Hexadecimal digits of a field's token: 80 bits, so that among a billion values any two share one with a chance of one in a million."""
LINKING = "link"
"""The purpose every token for linking begins with, so that none of them equals a token made for anything else."""
_SHORT = re.compile(rf"[0-9a-f]{{{TOKEN_LENGTH}}}")
_FINGERPRINT = re.compile(r"[0-9a-f]{8}")
_RULES = re.compile(r"[1-9][0-9]{0,3}")


def is_field_tokens(text: str) -> bool:
    """Whether a text is the tokens of a record's fields and nothing else: no value in clear can hide in it.

    >>> is_field_tokens('{"given":"00112233445566778899","key":"01234567"}'), is_field_tokens('{"given":"Ada"}')
    (True, False)
    """
    try:
        told = json.loads(text)
    except ValueError:
        return False
    return isinstance(told, dict) and all(_is_told(name, value) for name, value in told.items())


def rules_of(text: str) -> str:
    """The version of the rules by which the tokens of a record's fields were made.

    >>> rules_of('{"given":"00112233445566778899","key":"01234567","rules":"2"}'), rules_of('{"key":"01234567"}')
    ('2', '1')
    """
    found = re.search(RULES_IN_TEXT, text)
    return found[1] if found else FIRST_RULES


def short(token: str) -> str:
    """A keyed token as it stands among an identity's tokens for linking.

    >>> short("t:" + "0a" * 16)
    '0a0a0a0a0a0a0a0a0a0a'
    """
    return token.removeprefix(PREFIX)[:TOKEN_LENGTH]


def is_any_token(text: str) -> bool:
    """Whether a text is one token of either form: of a number or reference, or of a field for linking."""
    return is_token(text) or _is_short(text)


def _is_told(name: str, value: object) -> bool:
    if name == KEY:
        return isinstance(value, str) and _FINGERPRINT.fullmatch(value) is not None
    if name == RULES:
        return isinstance(value, str) and _RULES.fullmatch(value) is not None
    if name in TOKEN_FLAGS:
        return isinstance(value, bool)
    if name in TOKEN_LISTS:
        return isinstance(value, list) and all(map(_is_short, value))
    return name in TOKEN_SINGLES and _is_short(value)


def _is_short(value: object) -> bool:
    return isinstance(value, str) and _SHORT.fullmatch(value) is not None
