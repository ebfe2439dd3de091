"""Reporting periods: calendar quarters, named the way partnerships name them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from sightline.errors import InputRefused

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A calendar quarter; ``number`` 1 is January to March.

    >>> Quarter(2026, 1).title
    'January to March 2026'
    >>> Quarter.parse("2025-Q4").next()
    Quarter(year=2026, number=1)
    """

    year: int
    number: int

    def __post_init__(self) -> None:
        if self.number not in (1, 2, 3, 4):
            raise ValueError(f"a quarter's number is 1 to 4, not {self.number}")

    @classmethod
    def parse(cls, text: str) -> Quarter:
        """Read ``2026-Q1``.

        Raises:
            InputRefused: If the text is not a quarter.
        """
        match = re.fullmatch(r"(\d{4})-?Q([1-4])", text.strip().upper())
        if not match:
            raise InputRefused(f'"{text}" is not a period.', hint="Write a quarter as 2026-Q1 (January to March 2026).")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def containing(cls, day: date) -> Quarter:
        return cls(day.year, (day.month - 1) // 3 + 1)

    @property
    def start(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def end(self) -> date:
        """The last day of the quarter (inclusive)."""
        return self.next().start - timedelta(days=1)

    @property
    def title(self) -> str:
        return f"{MONTHS[self.start.month - 1]} to {MONTHS[self.end.month - 1]} {self.year}"

    def next(self) -> Quarter:
        return self.plus(1)

    def plus(self, quarters: int) -> Quarter:
        index = self.year * 4 + self.number - 1 + quarters
        return Quarter(index // 4, index % 4 + 1)

    def __str__(self) -> str:
        return f"{self.year}-Q{self.number}"


def quarters_between(first: Quarter, last: Quarter) -> list[Quarter]:
    """Every quarter from ``first`` to ``last``, both included; empty if ``last`` is earlier."""
    count = (last.year - first.year) * 4 + last.number - first.number + 1
    return [first.plus(step) for step in range(max(count, 0))]
