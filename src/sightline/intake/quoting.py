"""Which codes a finding may quote. A cell of a code column may hold anything, even a name when a row has slipped or somebody typed it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sightline.intake.cause import codes_in_words as in_words

__all__ = ["in_words", "parts_of", "quotable_codes", "shape_of"]

_LONG_RUN = re.compile(r"[Aa]{4,}")
_LONGEST_SHAPE = 40
_LOOKS_LIKE_A_CODE = re.compile(r"(?=.*\d)[A-Za-z0-9/.-]{1,8}|[A-Z]{1,4}|[A-Z0-9]{2,8}( -|:).*")


def parts_of(text: str, separator: str | None) -> list[str]:
    """The codes of a cell."""
    return [part.strip() for part in text.split(separator) if part.strip()] if separator else [text]


def shape_of(text: str) -> str:
    """What a cell looks like without what it says: letters as A and a, digits as 9.

    >>> shape_of("31/02/2024"), shape_of("Amélie O'Brien"), shape_of("unknown, see notes of 4 May")
    ('99/99/9999', "Aaa… A'Aaa…", 'aaa…, aaa aaa… aa 9 Aaa')
    """
    plain = "".join("9" if letter.isdigit() else ("A" if letter.isupper() else "a") if letter.isalpha() else letter for letter in text)
    short = _LONG_RUN.sub(lambda run: run[0][:3] + "…", plain)
    return short if len(short) <= _LONGEST_SHAPE else short[: _LONGEST_SHAPE - 1] + "…"


def quotable_codes(codes: Iterable[str], cells: Sequence[str | None], people: Sequence[object], separator: str | None = None) -> list[str]:
    """Those of the codes that a finding may show: they look like codes, or stand with two people or more.

    Args:
        codes: The codes in question.
        cells: The cells of the column, as received.
        people: Whose row each cell is in (row numbers where the table is about nobody).
        separator: What stands between the codes of one cell.
    """
    wanted = list(codes)
    seen: dict[str, set[object]] = {code: set() for code in wanted}
    for cell, person in zip(cells, people, strict=True):
        for part in parts_of(cell, separator) if cell else ():
            if part in seen:
                seen[part].add(person)
    return [code for code in wanted if len(seen[code]) > 1 or _LOOKS_LIKE_A_CODE.fullmatch(code)]
