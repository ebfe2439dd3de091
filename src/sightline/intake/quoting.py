"""Which codes a finding may quote. A cell of a code column may hold anything, even a name when a row has slipped or somebody typed it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sightline.intake.causes import quoted

_LOOKS_LIKE_A_CODE = re.compile(r"(?=.*\d)[A-Za-z0-9/.-]{1,8}|[A-Z]{1,4}|[A-Z0-9]{2,8}( -|:).*")


def parts_of(text: str, separator: str | None) -> list[str]:
    """The codes of a cell."""
    return [part.strip() for part in text.split(separator) if part.strip()] if separator else [text]


def quotable(codes: Iterable[str], cells: Sequence[str | None], people: Sequence[object], separator: str | None = None) -> str:
    """Codes as a finding may show them: those that look like codes, and those that stand with two people or more. The rest as a number.

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
    shown = [code for code in wanted if len(seen[code]) > 1 or _LOOKS_LIKE_A_CODE.fullmatch(code)]
    hidden = len(wanted) - len(shown)
    once = f"{hidden} {'text' if hidden == 1 else 'texts'} found with one person only (see the rows)"
    return " and ".join(part for part in (quoted(shown) if shown else "", once if hidden else "") if part)
