"""Numbers that people carry: NHS numbers, unique pupil numbers and each agency's own, none of which tells another.

Every number is a one-to-one scramble of the person's position, so it is unique without a register of those already given.
"""

from __future__ import annotations

import numpy as np

from sightline.synthesis.draw import Positions, Texts

PRIME = 99_999_989
"""The largest prime below a hundred million: multiplying by anything below it gives every eight-digit number once."""

ROOM = 20_000_000
"""People there may be; a second number for the same person scrambles a position beyond them."""

UPN_PRIME = 9_999_991
UPN_LETTERS = np.array(list("ABCDEFGHJKLMNPQRTUVWXYZ"), dtype=object)


class Scramble:
    """A one-to-one scramble of positions below `PRIME`, different for each use."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._factor, self._offset = int(rng.integers(10_000_019, PRIME - 1)), int(rng.integers(PRIME))

    def __call__(self, positions: Positions) -> Positions:
        return (positions * self._factor + self._offset) % PRIME


def digits(values: Positions, width: int, prefix: str = "") -> Texts:
    """Zero-filled numbers as text."""
    return np.array([f"{prefix}{value:0{width}d}" for value in values.tolist()], dtype=object)


def nhs_numbers(scramble: Scramble, positions: Positions) -> Texts:
    """Ten-digit numbers that begin with 9 and end in a valid modulus-11 check digit; "" for the very few that none fits.

    The real service has not issued numbers that begin with 9, so none of these is anyone's.
    """
    found = np.zeros(len(positions), dtype=np.int64)
    waiting = np.arange(len(positions))
    for attempt in range(5):
        body = 900_000_000 + scramble(positions[waiting] + attempt * ROOM)
        check = 11 - _weighted(body, range(2, 11)) % 11
        check = np.where(check == 11, 0, check)
        fits = check < 10
        found[waiting[fits]] = body[fits] * 10 + check[fits]
        waiting = waiting[~fits]
    return np.array([str(number) if number else "" for number in found.tolist()], dtype=object)


def _weighted(body: Positions, weights: range) -> Positions:
    """The sum of the digits from the right, each times its weight."""
    total = np.zeros(len(body), dtype=np.int64)
    for place, weight in enumerate(weights):
        total += body // 10**place % 10 * weight
    return total


def pupil_numbers(scramble: Scramble, positions: Positions, first_school_year: Positions) -> Texts:
    """Thirteen-character unique pupil numbers of authority 999 with their check letter (998 when a large area has used all of 999)."""
    serial = scramble(positions) % UPN_PRIME
    authority = 999 - scramble(positions) // UPN_PRIME
    body = authority * 10**9 + (serial // 1000) * 10**5 + (first_school_year % 100) * 1000 + serial % 1000
    total = np.zeros(len(body), dtype=np.int64)
    for place in range(12):
        total += body // 10 ** (11 - place) % 10 * (place + 2)
    letters: Texts = UPN_LETTERS[total % 23]
    return np.asarray(letters + digits(body, 12), dtype=object)
