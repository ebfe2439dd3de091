"""Names and numbers of English local authorities: which one a text means.

Source: names and codes of the Office for National Statistics and the Department for Education, Open Government Licence v3
(catalogue/geographies/authorities.csv).
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from functools import lru_cache
from pathlib import Path

from sightline.intake.cells.codes import normalise
from sightline.intake.suggesting.suggester import Suggestion

_FILE = Path(__file__).resolve().parents[2] / "catalogue" / "geographies" / "authorities.csv"
_NEEDLESS = re.compile(
    r"\b(the|city|of|council|county|district|london|royal|metropolitan|borough|unitary|authority|local|ua|la|lb|rb|mbc|cc|bc|b|and|upon|the)\b"
)
_SURE, _LIKELY = 0.99, 0.9


@lru_cache(maxsize=1)
def _names() -> tuple[dict[str, str], dict[str, set[str]]]:
    """What is certain (names in full, codes), and what is likely (names without what is needless, districts)."""
    certain: dict[str, str] = {}
    likely: dict[str, set[str]] = defaultdict(set)
    with _FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name = row["name"]
            for text in (name, *row["codes"].split("|"), *row["old_codes"].split("|")):
                certain[normalise(text)] = name
            likely[_bare(name)].add(name)
            for district in filter(None, row["districts"].split("|")):
                likely[_bare(district)].add(name)
    return certain, likely


def _bare(text: str) -> str:
    return " ".join(_NEEDLESS.sub(" ", normalise(text)).split())


def authority(text: str) -> Suggestion | None:
    """The authority a text means, by its name, its code or one of its districts; None when it means none or several.

    >>> authority("LONDON BOROUGH OF HARINGEY"), authority("305")
    (Suggestion(code='Haringey', confidence=0.99), Suggestion(code='Bromley', confidence=0.99))
    """
    certain, likely = _names()
    key = normalise(text)
    if key in certain:
        return Suggestion(certain[key], _LIKELY if _was_part_of_another(certain[key]) else _SURE)
    found = likely.get(_bare(text), set())
    if len(found) != 1:
        return None
    name = next(iter(found))
    whole = _bare(name) == _bare(text) and not _was_part_of_another(name)
    return Suggestion(name, _SURE if whole else _LIKELY)


@lru_cache(maxsize=512)
def _was_part_of_another(name: str) -> bool:
    """Whether an authority's name holds another's: West Northamptonshire, which older lists call Northamptonshire."""
    certain, _ = _names()
    return any(f" {normalise(other)} " in f" {normalise(name)} " for other in set(certain.values()) if other != name)
