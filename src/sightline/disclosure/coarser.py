"""Numbers rounded to 5 with sums that agree, rounded on to 10 with sums that agree: for the community tier.

Only shown numbers go in, so that what comes out tells nothing that they do not tell. A multiple of 10 stays, any other goes to one beside
it: no number moves by more than 5, and so lies within 9 of the true one where it was within 4. Always possible: of `k` numbers that are
an odd multiple of 5, half go up, or one more or less than half where their whole is odd too.

Method page: docs/methods/community-bundle.md.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

FINE, COARSE = 5, 10
MORE = COARSE - FINE
"""No number moves by more."""
Parts = Mapping[str, int | None]


def to_tens(
    total: int | None, breakdowns: Mapping[str, Parts], *, overlapping: frozenset[str] = frozenset(), key: bytes, name: str
) -> tuple[int | None, dict[str, dict[str, int | None]]]:
    """A total and its breakdowns, rounded to 10; None stays None.

    Parts that added up to the total add up to it again, in every breakdown. No part is more than the total. The same numbers, name and key
    always give the same.

    Args:
        breakdowns: Breakdown → category → number shown.
        overlapping: Breakdowns whose parts do not make up the total: each part is rounded by itself.
        key: Secret; which numbers go up is drawn by it.
        name: What is counted, and when.

    Raises:
        ValueError: If a number is no multiple of 5.
    """
    whole = None if total is None else _alone(total, f"{name}|all", key)
    found: dict[str, dict[str, int | None]] = {}
    for by, parts in breakdowns.items():
        numbers = {code: number for code, number in parts.items() if number is not None}
        adds_up = len(numbers) == len(parts) and by not in overlapping and total is not None and sum(numbers.values()) == total
        if adds_up and whole is not None and total is not None:
            rounded = _together(numbers, (whole - total) // FINE, f"{name}|{by}", key)
        else:
            rounded = {code: _alone(number, f"{name}|{by}|{code}", key) for code, number in numbers.items()}
            if whole is not None:
                rounded = {code: min(number, max(whole, numbers[code] // COARSE * COARSE)) for code, number in rounded.items()}
        found[by] = {code: rounded.get(code) for code in parts}
    return whole, found


def _together(numbers: Mapping[str, int], moved: int, name: str, key: bytes) -> dict[str, int]:
    """Parts rounded so that together they move by as many fives as their whole."""
    odd = [code for code, number in numbers.items() if _is_odd(number)]
    up = set(sorted(odd, key=lambda code: _drawn(f"{name}|{code}|{numbers[code]}", key))[: (len(odd) + moved) // 2])
    return {code: number + MORE * (1 if code in up else -1) * _is_odd(number) for code, number in numbers.items()}


def _alone(number: int, name: str, key: bytes) -> int:
    return number + MORE * (1 if _drawn(f"{name}|{number}", key)[0] % 2 else -1) * _is_odd(number)


def _is_odd(number: int) -> bool:
    if number % FINE:
        raise ValueError(f"A number is no multiple of {FINE}.")
    return bool(number % COARSE)


def _drawn(name: str, key: bytes) -> bytes:
    return hmac.digest(key, f"community|{name}".encode(), "sha256")
