"""Addresses as words that can be compared: a house number, and the words that tell one street from another.

Agencies write one address in many ways ("Flat 2, 14 St. John's Rd", "14 Saint Johns Road flat 2"). The words are folded as names are, and
abbreviations written out; the order of words means nothing. Which words say nothing because most addresses hold them (the town) is
counted in the data itself (`linkage.prepare`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pyarrow as pa

from sightline.linkage.names import fold

_WRITTEN_OUT = {
    "rd": "road", "st": "street", "str": "street", "ave": "avenue", "av": "avenue", "cl": "close", "cres": "crescent", "crt": "court",
    "ct": "court", "dr": "drive", "gdns": "gardens", "gdn": "garden", "gr": "grove", "gro": "grove", "hse": "house", "ln": "lane",
    "pk": "park", "pl": "place", "sq": "square", "ter": "terrace", "terr": "terrace", "tce": "terrace", "wy": "way", "hwy": "highway",
    "apt": "flat", "apartment": "flat", "unit": "flat", "saint": "street", "nth": "north", "sth": "south", "mt": "mount",
}  # fmt: skip
# They stand in a third of all addresses and part nothing; "Saint" and "Street" are both written St, so that both are left out.
_KINDS = frozenset({
    "road", "street", "avenue", "close", "crescent", "court", "drive", "gardens", "garden", "grove", "house", "lane",
    "park", "place", "square", "terrace", "way", "highway", "flat", "room", "floor", "the", "of", "and", "no", "circuit", "parade",
})  # fmt: skip
# Parts of a house, which no street is named by.
_INSIDE = frozenset({"flat", "room", "floor", "no"})
_NUMBER = re.compile(r"\d+[a-z]?")
_LONGEST_HOUSE_NUMBER = 3
_SPREAD, _UPPER_BITS = 0x9E3779B1, 24


@dataclass(frozen=True, slots=True)
class Address:
    """``numbers`` are those of house and flat, ``words`` what tells streets and districts apart, ``key`` all of it in one order.

    ``letters`` is the line as it was written, without gaps: what slips and words run together leave alike.
    """

    numbers: tuple[str, ...]
    words: tuple[str, ...]
    key: str
    letters: str


def read_address(text: str | None) -> Address | None:
    """The comparable parts of an address line; None for one that says nothing ("NFA", "unknown").

    >>> read_address("14 St. John's Rd, Saltmere")
    Address(numbers=('14',), words=('johns', 'saltmere'), key='14johnssaltmere', letters='14streetjohnsroadsaltmere')
    """
    found = [_WRITTEN_OUT.get(word, word) for word in fold(text or "").split()]
    told = list(_telling(found))
    if not told or " ".join(found) in {"nfa", "unknown", "not known", "no fixed abode", "no fixed address"}:
        return None
    # A long number that ends the line is a postal code of another country.
    numbers = tuple(sorted({word for word in told[:-1] if _NUMBER.fullmatch(word)}))
    if len(told) > 1 and _NUMBER.fullmatch(told[-1]) and len(told[-1]) <= _LONGEST_HOUSE_NUMBER and not numbers:
        numbers = (told[-1],)
    words = tuple(dict.fromkeys(word for word in told if word not in numbers and len(word) > 1))
    return Address(numbers, words, "".join((*numbers, *sorted(words))), "".join(found))


def _telling(found: Iterable[str]) -> Iterator[str]:
    """The words but those that say a kind; several of these that follow no name are one, "92 Park Avenue" and "33 The Crescent"."""
    follows_a_name = False
    for are_kinds, words in groupby(found, _KINDS.__contains__):
        run = list(words)
        if not are_kinds:
            yield from run
            follows_a_name = not _NUMBER.fullmatch(run[-1])
        elif not follows_a_name and len(street := [word for word in run if word not in _INSIDE]) > 1:
            yield "".join(street)


def letter_marks(lines: Sequence[str]) -> pa.ListArray:
    """Of each line a mark, one of 256, for every three letters that follow one another, in order and each once; a slip changes three.

    Which three letters share a mark is as good as chance (multiplicative hashing, Knuth, volume 3, section 6.4).

    >>> letter_marks(["abcd", "abcdbc", "no"]).to_pylist()
    [[8, 87], [-52, 8, 87, 117], []]
    """
    lengths = np.fromiter(map(len, lines), np.int64, len(lines))
    codes = np.frombuffer("".join(lines).encode("ascii", "replace"), np.uint8).astype(np.int64)
    threes = (codes[:-2] << 16) | (codes[1:-1] << 8) | codes[2:]
    marks = (threes * _SPREAD >> _UPPER_BITS) & 255
    of = np.repeat(np.arange(len(lines)), lengths)
    is_whole = of[:-2] == of[2:]
    each = np.unique((of[:-2][is_whole] << 8) | marks[is_whole])
    begins = np.searchsorted(each, np.arange(len(lines) + 1) << 8)
    # signed, since Spark knows no other numbers
    return pa.ListArray.from_arrays(pa.array(begins, pa.int32()), pa.array((each & 255) - 128, pa.int8()))


def place_name(text: str | None) -> str | None:
    """The letters of a town or country; None where nothing is told.

    >>> place_name("Stockton-on-Tees")
    'stocktonontees'
    """
    folded = fold(text or "").replace(" ", "")
    return folded if folded and folded not in {"unknown", "notknown", "nk", "na", "none"} else None
