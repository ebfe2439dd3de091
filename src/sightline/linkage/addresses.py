"""Addresses as words that can be compared: a house number, and the words that tell one street from another.

Agencies write one address in many ways ("Flat 2, 14 St. John's Rd", "14 Saint Johns Road flat 2"). The words are folded as names are, and
abbreviations written out; the order of words means nothing. Which words say nothing because most addresses hold them (the town) is
counted in the data itself (`linkage.prepare`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sightline.linkage.names import fold

_WRITTEN_OUT = {
    "rd": "road", "st": "street", "str": "street", "ave": "avenue", "av": "avenue", "cl": "close", "cres": "crescent", "crt": "court",
    "ct": "court", "dr": "drive", "gdns": "gardens", "gdn": "garden", "gr": "grove", "gro": "grove", "hse": "house", "ln": "lane",
    "pk": "park", "pl": "place", "sq": "square", "ter": "terrace", "terr": "terrace", "tce": "terrace", "wy": "way", "hwy": "highway",
    "apt": "flat", "apartment": "flat", "unit": "flat", "saint": "street", "nth": "north", "sth": "south", "mt": "mount",
}  # fmt: skip
# They stand in a third of all addresses and part nothing; "Saint" and "Street" are both written St, so that both are left out.
_KINDS = frozenset(
    "road street avenue close crescent court drive gardens garden grove house lane park place square terrace way highway flat room floor"
    " the of and no".split()
)
_NUMBER = re.compile(r"\d+[a-z]?")


@dataclass(frozen=True, slots=True)
class Address:
    """``number`` is the house number where one is told, ``words`` what tells streets and districts apart, ``key`` the whole line."""

    number: str | None
    words: tuple[str, ...]
    key: str


def read_address(text: str | None) -> Address | None:
    """The comparable parts of an address line; None for one that says nothing ("NFA", "unknown").

    >>> read_address("14 St. John's Rd, Saltmere")
    Address(number='14', words=('johns', 'saltmere'), key='14johnssaltmere')
    """
    found = [_WRITTEN_OUT.get(word, word) for word in fold(text or "").split()]
    told = [word for word in found if word not in _KINDS]
    if not told or " ".join(found) in {"nfa", "unknown", "not known", "no fixed abode", "no fixed address"}:
        return None
    # The last word may be a postal code of another country; a house number never ends a line.
    number = next((word for word in reversed(told[:-1]) if _NUMBER.fullmatch(word)), None)
    words = tuple(dict.fromkeys(word for word in told if word != number and len(word) > 1))
    return Address(number, words, "".join(told))


def place_name(text: str | None) -> str | None:
    """The letters of a town or country; None where nothing is told.

    >>> place_name("Stockton-on-Tees")
    'stocktonontees'
    """
    folded = fold(text or "").replace(" ", "")
    return folded if folded and folded not in {"unknown", "notknown", "nk", "na", "none"} else None
