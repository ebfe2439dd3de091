"""Numbers rounded to 5 with sums that agree, rounded on to 10 with sums that agree: for the community tier.

Only shown numbers go in, and what was shown of the same before, so that what comes out tells nothing that these do not tell. A multiple of
10 stays, any other goes to one beside it. Always possible: of `k` numbers that are an odd multiple of 5, half go up, or one more or less
than half where their whole is odd too.

What the community was shown before stays while it lies within 10 of what is shown now: a number of a release that goes to the multiple of 5
beside it, as one child more or less can make it do, moves nothing.

Method page: docs/methods/community-bundle.md.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeGuard

FINE, COARSE = 5, 10
MORE = COARSE - FINE
"""No number moves by more that was not shown before; one that was stays while it lies within `COARSE`, and 0 within this."""
Parts = Mapping[str, int | None]
TOTAL = ("all", "all")


def to_tens(
    total: int | None,
    breakdowns: Mapping[str, Parts],
    *,
    overlapping: frozenset[str] = frozenset(),
    key: bytes,
    name: str,
    before: Mapping[tuple[str, str], int] | None = None,
) -> tuple[int | None, dict[str, dict[str, int | None]]]:
    """A total and its breakdowns, rounded to 10; None stays None.

    Parts that added up to the total add up to it again, in every breakdown. No part is more than the total. The same numbers, name, key and
    numbers of before always give the same.

    Args:
        breakdowns: Breakdown → category → number shown.
        overlapping: Breakdowns whose parts do not make up the total: each part is rounded by itself.
        key: Secret; which numbers go up is drawn by it.
        name: What is counted, and when.
        before: What was shown last: breakdown and category → number; the total is `TOTAL`.

    Raises:
        ValueError: If a number is no multiple of 5.
    """
    shown = before or {}
    numbers = {by: {code: number for code, number in parts.items() if number is not None} for by, parts in breakdowns.items()}
    kept = {by: _kept(by, found, shown) for by, found in numbers.items()}
    together = {
        by: _Whole(found, kept[by], f"{name}|{by}", key)
        for by, found in numbers.items()
        if len(found) == len(breakdowns[by]) and by not in overlapping and total is not None and sum(found.values()) == total
    }
    whole = None if total is None else _alone(total, f"{name}|all", key)
    last = shown.get(TOTAL)
    if total is not None and _stays(last, total) and all(each.can_be(last) for each in together.values()):
        whole = last
    rounded: dict[str, dict[str, int]] = {}
    for by, found in numbers.items():
        if by in together and whole is not None:
            rounded[by] = together[by].rounded(whole)
            continue
        own = {code: kept[by].get(code, _alone(number, f"{name}|{by}|{code}", key)) for code, number in found.items()}
        most = {code: number if whole is None else max(whole, found[code] // COARSE * COARSE) for code, number in own.items()}
        rounded[by] = {code: min(number, most[code]) for code, number in own.items()}
    return whole, {by: {code: rounded[by].get(code) for code in parts} for by, parts in breakdowns.items()}


def _stays(before: int | None, number: int) -> TypeGuard[int]:
    """Whether what was shown may be shown again of a number that is this now; "0 to 9" is never said of one that may be more."""
    return before is not None and abs(before - number) <= (COARSE if before else MORE)


def _kept(by: str, numbers: Mapping[str, int], shown: Mapping[tuple[str, str], int]) -> dict[str, int]:
    return {code: shown[by, code] for code, number in numbers.items() if _stays(shown.get((by, code)), number)}


@dataclass(frozen=True)
class _Whole:
    """Parts that make up a whole, and which of them may stay as they were shown."""

    numbers: Mapping[str, int]
    kept: Mapping[str, int]
    name: str
    key: bytes

    def can_be(self, whole: int) -> bool:
        """Whether the parts can be shown so that they add up to this."""
        least = sum(number - _down(number) for number in self.numbers.values())
        most = sum(number + (MORE if _is_odd(number) else COARSE) for number in self.numbers.values())
        return least <= whole <= most

    def rounded(self, whole: int) -> dict[str, int]:
        """Each part as it was shown or at the multiple below, and then as many moved by a ten as the whole asks for.

        Rather those move that were not shown before, and rather by no more than they would by themselves.
        """
        found = {code: self.kept.get(code, number - MORE * _is_odd(number)) for code, number in self.numbers.items()}
        drawn = {code: _drawn(f"{self.name}|{code}|{number}", self.key) for code, number in self.numbers.items()}
        while (gap := whole - sum(found.values())) != 0:
            step = COARSE if gap > 0 else -COARSE
            off = {code: abs(found[code] + step - number) for code, number in self.numbers.items()}
            movable = [code for code, number in self.numbers.items() if found[code] + step >= 0 and _stays(found[code] + step, number)]
            found[min(movable, key=lambda code: (off[code] > MORE, code in self.kept, drawn[code]))] += step
        return found


def _down(number: int) -> int:
    """How far below a number what is shown of it may lie."""
    if _is_odd(number):
        return MORE
    return COARSE if number > COARSE else 0


def _alone(number: int, name: str, key: bytes) -> int:
    return number + MORE * (1 if _drawn(f"{name}|{number}", key)[0] % 2 else -1) * _is_odd(number)


def _is_odd(number: int) -> bool:
    if number % FINE:
        raise ValueError(f"A number is no multiple of {FINE}.")
    return bool(number % COARSE)


def _drawn(name: str, key: bytes) -> bytes:
    return hmac.digest(key, f"community|{name}".encode(), "sha256")
