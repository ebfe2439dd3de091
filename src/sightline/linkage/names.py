"""One normaliser for names, so that two agencies' spellings of one name meet.

It folds letters, never guesses: Ł and L meet because agencies' systems lose the stroke; Ann and Anna meet only through the nickname sets,
which are data that a partnership may edit.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from sightline.definitions.linkage import NameWords

# Letters that Unicode does not take apart into a base letter and a mark, but that typists without the key replace so.
_REPLACED = str.maketrans(
    {"ł": "l", "ø": "o", "ß": "ss", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "æ": "ae", "œ": "oe", "ə": "e", "ŋ": "n", "ħ": "h"}
)
_APOSTROPHES = re.compile(r"['`´‘’ʼʻʿʾ.]")
# "J.R." is two names' first letters, not a name of two letters.
_INITIALS = re.compile(r"(?<![^\W\d_])([^\W\d_])\.(?=[^\W\d_](?:\.|\b))")
_NOT_LETTERS = re.compile(r"[^a-z0-9]+")
# "Mc Donald", "O Brien" and "Mac Leod" are typed with and without the space.
_JOINED_PREFIXES = frozenset({"mc", "mac", "o"})


def fold(text: str) -> str:
    """Lower case without accents, apostrophes or stops; every other mark a single space.

    >>> fold("  O'Brien-ŁUKASIEWICZ ")
    'obrien lukasiewicz'
    """
    if text.isascii() and text.isalpha():  # as most names are
        return text.lower()
    if text.isascii() and text.replace(" ", "").isalpha():
        return " ".join(text.lower().split())
    if text.isascii():  # nothing to take apart
        bare = _INITIALS.sub(r"\1 ", text.lower()) if "." in text else text.lower()
        return _NOT_LETTERS.sub(" ", _APOSTROPHES.sub("", bare)).strip()
    lowered = unicodedata.normalize("NFKD", _INITIALS.sub(r"\1 ", text.casefold()).translate(_REPLACED))
    bare = "".join(character for character in lowered if not unicodedata.combining(character))
    return _NOT_LETTERS.sub(" ", _APOSTROPHES.sub("", bare)).strip()


@cache
def _with_space(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{word} " for word in words)


def _parts(text: str | None, words: NameWords) -> list[str]:
    folded = fold(text or "")
    if not folded or folded in words.whole or folded.replace(" ", "").isdigit():
        return []
    if " " not in folded:
        return [folded]
    if folded.startswith(_with_space(words.starts)):
        return []
    parts: list[str] = []
    joining = ""
    for part in folded.split():
        if part in _JOINED_PREFIXES and not joining:
            joining = part
        else:
            parts.append(joining + part)
            joining = ""
    return [*parts, joining] if joining else parts


def given_parts(text: str | None, words: NameWords) -> list[str]:
    """The given names in a cell, in the order written; none for a placeholder.

    A double given name is kept as its parts and also whole, so that Anne-Marie meets Annemarie.
    """
    written = [part for part in _parts(text, words) if part not in words.suffixes]
    return [part for position, part in enumerate(written) if position or len(written) == 1 or part not in words.titles]


def family_parts(text: str | None, words: NameWords) -> list[str]:
    """The parts of a family name that carry evidence: particles and suffixes fall away while anything else is left."""
    written = _parts(text, words)
    telling = [part for part in written if part not in words.particles and part not in words.suffixes]
    return telling or written


@dataclass(frozen=True)
class Nicknames:
    """Which sets each given name belongs to, by number."""

    sets_of: dict[str, tuple[int, ...]]

    @classmethod
    def from_sets(cls, sets: Iterable[frozenset[str]]) -> Nicknames:
        found: dict[str, list[int]] = defaultdict(list)
        for number, names in enumerate(sets):
            for name in {fold(name).replace(" ", "") for name in names}:
                found[name].append(number)
        return cls({name: tuple(numbers) for name, numbers in found.items()})

    def keys(self, name: str) -> list[str]:
        """What a given name may be looked up by: its own letters, and a key for each set it is in."""
        sets = self.sets_of.get(name)
        return [name] if sets is None else [name, *(f"={number}" for number in sets)]
