"""One place of what several agencies write about it: by its property number (UPRN), then by address and postcode.

A UPRN names one property, so that two of them are two places, however alike their addresses. Without one, an address is the same place
only with the same postcode, the same house and flat numbers, and the words of one among those of the other ("4 Mill Ln" and "4 Mill Lane,
Saltmere"). An address that fits several places is none of them: it stays alone. A postcode alone is a street, not a place.

Source: Ordnance Survey and GeoPlace, "Unique Property Reference Number": up to twelve digits and no check digit; docs/methods/linkage.md.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sightline.linkage.addresses import read_address
from sightline.linkage.identify import identify
from sightline.linkage.names import fold
from sightline.linkage.numbers import postcode
from sightline.model.entities import HOLDER_SCHEMA, PLACE_SCHEMA

WRITTEN_SCHEMA = pa.schema([("place_key", pa.string()), ("uprn", pa.string()), ("address", pa.string()), ("postcode", pa.string())])
"""What is written of places: each way of writing once, under a key that says nothing."""
RESIDENTS_SCHEMA = pa.schema([("place_key", pa.string()), ("person_id", pa.string())])
BY_UPRN, BY_ADDRESS, ALONE, GONE = "UPRN", "address and postcode", "alone", "gone"
"""What put a way of writing where it is; GONE, it stands in no return now, and finds its place again when it comes back."""
SHARED_BY = 8
"""More residents than this at a time are hardly one family: a children's home, a hostel, a house in multiple occupation."""
_LONGEST_UPRN = 12
_NUMBER = re.compile(r"\d{1,4}[a-z]?")
_FLATS = frozenset({"flat", "apartment", "apt", "unit", "room"})
_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PlaceCounts:
    """Places that several ways of writing mean, and how they were found; ``shared`` have more residents than a family."""

    written: int
    places: int
    by_uprn: int
    by_address: int
    not_told_apart: int
    """Addresses that fit several places and were left alone."""
    shared: int


@dataclass(frozen=True, slots=True)
class PlaceResult:
    """``places`` (PLACE_SCHEMA, one row for each way of writing, ordered by its key) and the counts."""

    places: pa.Table
    counts: PlaceCounts


@dataclass(frozen=True, slots=True)
class _Written:
    """An address that can be compared; without a number every word of it must be the same."""

    numbers: frozenset[str]
    words: frozenset[str]

    def fits(self, other: _Written) -> bool:
        if self.numbers != other.numbers:
            return False
        if not self.numbers:
            return self.words == other.words
        return self.words <= other.words or other.words <= self.words


def property_number(text: str | None) -> str | None:
    """A believable UPRN without leading zeros, else None.

    >>> property_number("010003456789"), property_number("0000"), property_number("1234567890123")
    ('10003456789', None, None)
    """
    digits = re.sub(r"\s", "", text or "")
    if not re.fullmatch(r"[0-9]{1,12}", digits):
        return None
    number = digits.lstrip("0")
    # one digit over and over is what somebody types who has none
    return None if not number or (len(number) > 2 and len(set(number)) == 1) else number


def link_places(written: pa.Table, *, residents: pa.Table, previous: pa.Table | None, new_place_id: Callable[[], str]) -> PlaceResult:
    """Say which ways of writing mean one place.

    The same rows and the same previous places give the same bytes, whatever their order.

    Args:
        written: WRITTEN_SCHEMA; keys that repeat say the same thing again.
        residents: RESIDENTS_SCHEMA, who lives where now.
        previous: PLACE_SCHEMA of the last time, so that places keep their ids.
        new_place_id: Draws an id for a new place; must not be derived from where it is.
    """
    rows = {row["place_key"]: row for row in written.select(WRITTEN_SCHEMA.names).sort_by("place_key").to_pylist()}
    keys = pa.array(rows, pa.string())
    labels, methods, unclear = _labelled(list(rows.values()))
    before, away = _held(previous, gone=False), _held(previous, gone=True)
    identified = identify(keys, labels, before, gone=away, new_person_id=new_place_id)
    living: dict[int, set[str]] = defaultdict(set)
    label_of = dict(zip(rows, labels.tolist(), strict=True))
    for row in residents.to_pylist():
        if row["place_key"] in label_of:
            living[label_of[row["place_key"]]].add(row["person_id"])
    counts = [len(living[label]) for label in labels.tolist()]
    shared = [count > SHARED_BY for count in counts]
    places = pa.table([keys, identified.person_ids, pa.array(methods, pa.string()), counts, shared], schema=PLACE_SCHEMA)
    absent = identified.gone.num_rows
    nothing = [pa.array([GONE] * absent, pa.string()), pa.array([0] * absent, pa.int64()), pa.array([False] * absent)]
    held = pa.table([*identified.gone.columns, *nothing], schema=PLACE_SCHEMA)
    return PlaceResult(
        pa.concat_tables([places, held]).sort_by("place_key"),
        PlaceCounts(
            written=len(rows),
            places=len(set(labels.tolist())),
            by_uprn=methods.count(BY_UPRN),
            by_address=methods.count(BY_ADDRESS),
            not_told_apart=unclear,
            shared=len({label for label, is_shared in zip(labels.tolist(), shared, strict=True) if is_shared}),
        ),
    )


def _held(previous: pa.Table | None, *, gone: bool) -> pa.Table | None:
    """Which way of writing bore which id, as `identify` reads it."""
    if previous is None:
        return None
    is_gone = pc.equal(previous.column("method"), GONE)
    chosen = previous.filter(is_gone if gone else pc.invert(is_gone))
    return chosen.select(["place_key", "place_id"]).rename_columns(HOLDER_SCHEMA.names)


def _labelled(rows: list[dict[str, str | None]]) -> tuple[np.ndarray, list[str], int]:
    """A number for each row, the same for one place; what put it there; and how many rows fitted several places."""
    labels: list[int] = list(range(len(rows)))
    by_uprn: dict[str, list[int]] = defaultdict(list)
    by_postcode: dict[str, list[tuple[int, str | None, _Written]]] = defaultdict(list)
    for at, row in enumerate(rows):
        uprn, code, address = property_number(row["uprn"]), postcode(row["postcode"] or _in(row["address"])), _read(row["address"])
        if uprn:
            by_uprn[uprn].append(at)
            labels[at] = by_uprn[uprn][0]
        if code and address:
            by_postcode[code].append((at, uprn, address))
    methods = [ALONE] * len(rows)
    for members in by_uprn.values():
        for at in members if len(members) > 1 else ():
            methods[at] = BY_UPRN
    unclear = sum(_by_address(found, labels, methods) for found in by_postcode.values())
    return np.array(labels, dtype=np.int64), methods, unclear


def _by_address(found: list[tuple[int, str | None, _Written]], labels: list[int], methods: list[str]) -> int:
    """Give rows of one postcode without a UPRN the label of the one place that fits; return how many fitted several."""
    known: dict[int, set[_Written]] = defaultdict(set)
    for at, uprn, address in found:
        if uprn:
            known[labels[at]].add(address)
    unclear = 0
    # the fullest ways of writing first: a shorter one can fit a fuller one, and two fuller ones show that it is not clear which
    for at, _, address in sorted((each for each in found if not each[1]), key=lambda each: (-len(each[2].words), each[0])):
        fitting = _fitting(address, known)
        if len(fitting) > 1:
            unclear += 1
            continue
        if fitting:
            labels[at], methods[at] = fitting[0], BY_ADDRESS
            if methods[fitting[0]] == ALONE:  # a label is the first row that bears it
                methods[fitting[0]] = BY_ADDRESS
        known[labels[at]].add(address)
    return unclear


def _fitting(address: _Written, known: dict[int, set[_Written]]) -> list[int]:
    exact = [label for label, ways in known.items() if address in ways]
    return exact if len(exact) == 1 else [label for label, ways in known.items() if any(address.fits(way) for way in ways)]


def _read(text: str | None) -> _Written | None:
    line = _POSTCODE.sub(" ", text or "")
    address, folded = read_address(line), fold(line).split()
    if address is None:
        return None
    # flat 2 at number 4 is not flat 4 at number 2
    numbers = {f"flat {word}" if before in _FLATS else word for before, word in pairwise(["", *folded]) if _NUMBER.fullmatch(word)}
    return _Written(frozenset(numbers), frozenset(address.words) - numbers if numbers else frozenset(folded))


def _in(text: str | None) -> str | None:
    found = _POSTCODE.search(text or "")
    return found[0] if found else None


def key_places(told: pa.Table, key: Callable[[str], str]) -> pa.Table:
    """Give rows with ``uprn``, ``address`` and ``postcode`` the column ``place_key``; rows that name no place are left out.

    Args:
        told: The rows, with any other columns.
        key: Makes a keyed stand-in of a text, so that what is kept says nothing of where the place is.
    """
    columns = [told.column(name).to_pylist() for name in ("uprn", "address", "postcode")]
    keys = [
        key("|".join((property_number(uprn) or "", fold(address or ""), postcode(code) or "")))
        if property_number(uprn) or address
        else None
        for uprn, address, code in zip(*columns, strict=True)
    ]
    keyed = told.append_column("place_key", pa.array(keys, pa.string()))
    return keyed.filter(pc.is_valid(keyed.column("place_key")))
