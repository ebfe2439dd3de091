"""Phone numbers and registration marks of vehicles, each written in one way.

Both pass from hand to hand: alone they say that two records have to do with one another, and never that they are of one person.
"""

from __future__ import annotations

import re

_PHONE = re.compile(r"0[1-9]\d{8,9}")
# Present marks, those with a year letter before or after, and dateless ones; Northern Ireland's are dateless.
_MARK = re.compile(r"[A-Z]{2}\d{2}[A-Z]{3}|[A-Z]\d{1,3}[A-Z]{3}|[A-Z]{3}\d{1,3}[A-Z]|[A-Z]{1,3}\d{1,4}|\d{1,4}[A-Z]{1,3}")
_NOBODYS = re.compile(r"(\d)\1{6,}")


def phone_number(text: str | None) -> str | None:
    """A United Kingdom number as it is dialled at home, or another country's with its sign; None for what is no number.

    Source: Ofcom, National Telephone Numbering Plan: a significant number has nine or ten digits and never begins with 0.

    >>> phone_number("+44 (0)7700 900 123"), phone_number("7700900123"), phone_number("999")
    ('07700900123', '07700900123', None)
    """
    written = re.sub(r"[^\d+]", "", text or "").replace("+440", "+44")
    if _NOBODYS.search(written):
        return None
    abroad = re.fullmatch(r"(?:\+|00)([1-9]\d{8,14})", written)
    if abroad and not abroad[1].startswith("44"):
        return f"+{abroad[1]}"
    national = re.sub(r"^(?:\+44|0044|44(?=\d{10}$))", "0", written)
    if not national.startswith("0"):
        national = f"0{national}"
    return national if _PHONE.fullmatch(national) else None


def registration_mark(text: str | None) -> str | None:
    """A vehicle's registration mark without its space, else None. Where a mark has O for 0 or I for 1, its place says which is meant.

    Source: DVLA, INF104, Vehicle registration numbers and number plates.

    >>> registration_mark("ab51 cde"), registration_mark("AB5I CDE"), registration_mark("red van")
    ('AB51CDE', 'AB51CDE', None)
    """
    compact = re.sub(r"[^A-Z0-9]", "", (text or "").upper())
    if len(compact) == 7 and not _MARK.fullmatch(compact):
        compact = compact[:2] + compact[2:4].replace("O", "0").replace("I", "1") + compact[4:].replace("0", "O").replace("1", "I")
    return compact if len(compact) > 1 and _MARK.fullmatch(compact) else None


def several(text: str | None) -> list[str]:
    """The parts of a cell that holds several, separated by a bar, a semicolon or a comma."""
    return [part for part in re.split(r"[|;,]", text or "") if part.strip()]
