"""What of a text tells which code is meant: its words, pairs of words, the code it may begin with, and pieces of its words."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import pairwise

from sightline.intake.cells.codes import normalise

_CODE = re.compile(r"\s*([A-Za-z]{0,5}\d{0,2}[A-Za-z]{0,2}\d?)(?![A-Za-z0-9])")
_PIECES = (3, 4, 5)
_WORD, _PAIR, _FIRST, _WHOLE, _BEGINNING, _PIECE = 1.0, 0.7, 1.0, 1.5, 1.0, 0.35


def features(text: str) -> dict[str, float]:
    """The features of a text and how much each weighs before rarity is taken into account.

    >>> sorted(features("N1"))[:3]
    ['^n1', '^n1$', 'begins=n']
    """
    found: dict[str, float] = defaultdict(float)
    words = normalise(text).split()
    for word in words:
        found[f"word={word}"] += _WORD
    for one, next_one in pairwise(words):
        found[f"pair={one} {next_one}"] += _PAIR
    if words:
        found[f"first={words[0]}"] += _FIRST
    if code := leading_code(text):
        found[f"code={code}"] += _WHOLE
        for length in range(1, len(code)):
            found[f"begins={code[:length]}"] += _BEGINNING
    for word in words:
        bounded = f"^{word}$"
        for length in _PIECES:
            for start in range(len(bounded) - length + 1):
                found[bounded[start : start + length]] += _PIECE
    return dict(found)


def leading_code(text: str) -> str:
    """The code that a text begins with, in small letters; empty where it begins with none.

    >>> leading_code("J2 - Detained"), leading_code("Detained")
    ('j2', '')
    """
    match = _CODE.match(text)
    code = match[1].lower() if match else ""
    return code if any(letter.isdigit() for letter in code) or text.strip().isupper() else ""
