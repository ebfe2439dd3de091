"""The reason that a steward gives: kept with the decision, so it must not say whom it is about."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sightline.errors import InputRefused

_LONGEST = 500
_NUMBER = re.compile(r"\d(?:[ -]?\d){5,}")
_DATE = re.compile(r"\b\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}\b")


def checked_reason(reason: str, *, without: Iterable[str] = ()) -> str:
    """The reason as it may be kept.

    Args:
        reason: A few words.
        without: The agencies' own numbers of those concerned, which it must not repeat.

    Raises:
        InputRefused: If it is empty or too long, or holds a date, a long number or one of those given.
    """
    text = " ".join(reason.split())
    if not text:
        raise InputRefused("A decision needs a reason.", hint="Say why in a few words, without personal details.")
    if len(text) > _LONGEST:
        raise InputRefused(f"The reason is longer than {_LONGEST} characters.", hint="Say why in a few words.")
    repeats = any(re.search(rf"(?<!\w){re.escape(number)}(?!\w)", text, re.IGNORECASE) for number in without if number)
    if repeats or _NUMBER.search(text) or _DATE.search(text):
        raise InputRefused(
            "The reason holds a date or a number of a person.", hint="Say why without anything that tells who it is: the reason is kept."
        )
    return text
