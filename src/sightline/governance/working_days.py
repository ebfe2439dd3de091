"""Which days people are at work on, for time limits that count or end on such days."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

_SATURDAY = 5


def is_working_day(day: date, holidays: Collection[date]) -> bool:
    """Whether it is neither a Saturday, nor a Sunday, nor among the holidays.

    >>> is_working_day(date(2026, 5, 4), {date(2026, 5, 4)})
    False
    """
    return day.weekday() < _SATURDAY and day not in holidays
