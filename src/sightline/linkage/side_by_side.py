"""Two people's records beside each other, thing by thing, with what differs said in words and nothing said of what it means."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from sightline.linkage import numbers
from sightline.model.tokens import is_token

NOT_RECORDED = "not recorded"


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a value; ``differs`` where the other record has something else in its place, ``is_value`` False for words of ours."""

    text: str
    differs: bool = False
    is_value: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """One thing: what each record says of it, the latest first, and how the two compare."""

    name: str
    left: tuple[Part, ...]
    right: tuple[Part, ...]
    left_earlier: tuple[str, ...]
    right_earlier: tuple[str, ...]
    difference: str

    def in_text(self) -> tuple[str, str]:
        """Both values without marks, for a screen that has none."""
        sides = ((self.left, self.left_earlier), (self.right, self.right_earlier))
        one, other = (
            "".join(part.text for part in parts) + (f" (also: {'; '.join(earlier)})" if earlier else "") for parts, earlier in sides
        )
        return one, other


def side_by_side(records: pa.Table, left: str, right: str) -> tuple[Line, ...] | None:
    """Compare the records of two identities; None when either has none.

    Args:
        records: Rows of ``identity_record``, the latest first.
        left: An identity id.
        right: Another.
    """
    sides = [[row for row in records.to_pylist() if row["identity_id"] == identity] for identity in (left, right)]
    if not all(sides):
        return None
    return tuple(line for thing in _THINGS for line in [thing.compare(*sides)] if line is not None)


@dataclass(frozen=True, slots=True)
class _Thing:
    """Something records tell of people: where it stands, how it is written, and the words for how two values compare."""

    name: str
    values: Callable[[Mapping[str, Any]], list[str]]
    words: Callable[[str, str], str]
    is_hidden: bool = False
    """Compared and not shown: whether two numbers are the same is enough to decide by."""
    is_left_out_when_empty: bool = False

    def compare(self, left: Sequence[Mapping[str, Any]], right: Sequence[Mapping[str, Any]]) -> Line | None:
        one, other = (list(dict.fromkeys(value for row in rows for value in self.values(row))) for rows in (left, right))
        if self.is_left_out_when_empty and not (one or other):
            return None
        difference = self._difference(one, other)
        if self.is_hidden:
            shown = [(Part("recorded" if values else NOT_RECORDED, is_value=False),) for values in (one, other)]
            return Line(self.name, shown[0], shown[1], (), (), difference)
        earlier = [tuple(dict.fromkeys(map(_readable, values[1:]))) for values in (one, other)]
        parts = marked(one[0], other[0]) if one and other else (_whole(one), _whole(other))
        return Line(self.name, parts[0], parts[1], earlier[0], earlier[1], difference)

    def _difference(self, one: Sequence[str], other: Sequence[str]) -> str:
        if not one or not other:
            return "recorded in one only" if one or other else "recorded in neither"
        if folded(one[0]) == folded(other[0]):
            return "the same"
        if {folded(value) for value in one} & {folded(value) for value in other}:
            return "the same at another time"
        if any(map(is_token, (one[0], other[0]))):
            return "different"
        return self.words(one[0], other[0])


def folded(text: str) -> str:
    """A value without capitals, spaces and marks, which two agencies never write alike."""
    return re.sub(r"[\s'’.,-]", "", text).casefold()


def slip(one: str, other: str) -> str | None:
    """What one slip of the keyboard makes one of the other; None when it takes more.

    >>> slip("Hebblewhite", "Hebblewite")
    'one more'
    """
    start, end = _shared(one, other)
    here, there = one[start : len(one) - end], other[start : len(other) - end]
    if len(here) == len(there) == 1:
        return "one other"
    if {len(here), len(there)} == {0, 1}:
        return "one more"
    return "two swapped" if len(here) == 2 and here == there[::-1] else None


def marked(one: str, other: str) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Both values with the place marked at which they differ, where that is one place and not everything."""
    if one.casefold() == other.casefold() or slip(one.casefold(), other.casefold()) is None or is_token(one) or is_token(other):
        return _whole([one]), _whole([other])
    start, end = _shared(one.casefold(), other.casefold())
    return _in_parts(one, start, end), _in_parts(other, start, end)


def _readable(value: str) -> str:
    return "a keyed token" if is_token(value) else value


def _whole(values: Sequence[str]) -> tuple[Part, ...]:
    return (Part(_readable(values[0])) if values else Part(NOT_RECORDED, is_value=False),)


def _in_parts(text: str, start: int, end: int) -> tuple[Part, ...]:
    stop = len(text) - end
    parts = (Part(text[:start]), Part(text[start:stop], differs=True), Part(text[stop:]))
    return tuple(part for part in parts if part.text)


def _shared(one: str, other: str) -> tuple[int, int]:
    """How many characters two texts share at their start, and of the rest at their end."""
    shorter = min(len(one), len(other))
    start = next((place for place in range(shorter) if one[place] != other[place]), shorter)
    end = next((place for place in range(shorter - start) if one[-1 - place] != other[-1 - place]), shorter - start)
    return start, end


_SLIPS = {"one other": "one {sign} differs", "one more": "one {sign} more or less", "two swapped": "two {sign}s swapped"}


def _names(one: str, other: str) -> str:
    here, there = ({folded(word) for word in re.split(r"[\s-]+", value) if word} for value in (one, other))
    if found := slip(folded(one), folded(other)):
        return _SLIPS[found].format(sign="letter")
    if here & there:
        return "a part in common"
    short, long = sorted((folded(one), folded(other)), key=len)
    if len(short) == 1 and long.startswith(short):
        return "an initial that fits"
    return "one is the beginning of the other" if short and long.startswith(short) else "different"


def _dates(one: str, other: str) -> str:
    here, there = (value.split() for value in (one, other))
    if len(here) != len(there):
        shorter, longer = sorted((here, there), key=len)
        return "the same as far as given" if longer[-len(shorter) :] == shorter else "different"
    if len(here) < 3:
        return "different"
    first, second = (_digits(value) for value in (here, there))
    if first[4:6] == second[6:] and first[6:] == second[4:6] and first[:4] == second[:4]:
        return "day and month swapped"
    if sum(a != b for a, b in zip(first, second, strict=True)) == 1:
        return "one digit differs"
    return "the same month" if here[1:] == there[1:] else "the same year" if here[2] == there[2] else "different"


def _digits(written: Sequence[str]) -> str:
    return f"{written[2]}{_MONTHS.index(written[1]) + 1:02d}{int(written[0]):02d}"


def _postcodes(one: str, other: str) -> str:
    if found := slip(folded(one), folded(other)):
        return _SLIPS[found].format(sign="character")
    here, there = (numbers.postcode(value) or "" for value in (one, other))
    return "the same district" if here and here[:-3] == there[:-3] else "different"


def _numbers(one: str, other: str) -> str:
    found = slip(folded(one), folded(other))
    return _SLIPS[found].format(sign="digit") if found else "different"


def _plain(_one: str, _other: str) -> str:
    return "different"


def _texts(*columns: str) -> Callable[[Mapping[str, Any]], list[str]]:
    def of(row: Mapping[str, Any]) -> list[str]:
        return [value.strip() for column in columns for value in str(row.get(column) or "").split("|") if value.strip()]

    return of


def _checked(column: str, check: Callable[[str | None], str | None]) -> Callable[[Mapping[str, Any]], list[str]]:
    """Numbers that pass their own check; one that does not says nothing."""

    def of(row: Mapping[str, Any]) -> list[str]:
        return [found for found in [check(row.get(column))] if found]

    return of


_MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]


def _born(row: Mapping[str, Any]) -> list[str]:
    born, precision = row.get("date_of_birth"), row.get("date_of_birth_precision")
    if isinstance(born, str):
        return [born]
    if not isinstance(born, date):
        return []
    month = f"{_MONTHS[born.month - 1]} {born.year}"
    return [str(born.year) if precision == "year" else month if precision == "month" else f"{born.day} {month}"]


_THINGS = (
    _Thing("Given name", _texts("given_name"), _names),
    _Thing("Family name", _texts("family_name"), _names),
    _Thing("Other names", _texts("aliases"), _names, is_left_out_when_empty=True),
    _Thing("Date of birth", _born, _dates),
    _Thing("Sex", _texts("sex"), _plain),
    _Thing("Postcode", _texts("postcode"), _postcodes),
    _Thing("Address", _texts("address"), _plain, is_left_out_when_empty=True),
    _Thing("Place of birth", _texts("place_of_birth"), _names, is_left_out_when_empty=True),
    _Thing("Phone number", _texts("phone"), _numbers, is_hidden=True, is_left_out_when_empty=True),
    _Thing("NHS number", _checked("nhs_number", numbers.nhs_number), _numbers, is_hidden=True),
    _Thing("Unique pupil number", _checked("upn", numbers.unique_pupil_number), _numbers, is_hidden=True, is_left_out_when_empty=True),
)
