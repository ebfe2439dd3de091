"""The days that are no working days besides Saturdays and Sundays, as the catalogue has them."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

from sightline.definitions.agreement_terms import FOLDER, Sourced, load_entries


class Holidays(Sourced):
    """Days on which no time limit ends."""

    days: tuple[date, ...]


@lru_cache(maxsize=4)
def load_holidays(folder: Path = FOLDER) -> frozenset[date]:
    """Read them.

    Raises:
        CatalogueProblems: With every mistake, its file and its line.
    """
    holidays = load_entries(folder / "working_days.yml", Holidays)
    return frozenset(day for each in holidays.values() for day in each.days)


def known_until(folder: Path = FOLDER) -> date:
    """The last day of which it is known whether it is a holiday; after it only Saturdays and Sundays are told from working days.

    Raises:
        CatalogueProblems: With every mistake, its file and its line.
    """
    return date(max(load_holidays(folder)).year, 12, 31)
