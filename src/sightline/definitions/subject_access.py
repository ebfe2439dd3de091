"""What the answer to a subject access request goes by, as the catalogue has it: exemptions and days that are no working days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from sightline.definitions.agreement_terms import FOLDER, Sourced, read_entries
from sightline.errors import CatalogueProblems, Problem


class Exemption(Sourced):
    """Why something is left out of an answer; ``told`` where the answer says that something was, and for which reason."""

    says: str
    told: bool


class Holidays(Sourced):
    """Days on which no time limit ends."""

    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class AccessTerms:
    """Both, exemptions by id."""

    exemptions: dict[str, Exemption]
    holidays: frozenset[date]


@lru_cache(maxsize=4)
def load_access_terms(folder: Path = FOLDER) -> AccessTerms:
    """Read both files of the catalogue.

    Raises:
        CatalogueProblems: With every mistake, its file and its line.
    """
    problems: list[Problem] = []
    exemptions = read_entries(folder / "subject_access.yml", Exemption, problems)
    holidays = read_entries(folder / "working_days.yml", Holidays, problems)
    if problems:
        raise CatalogueProblems(problems)
    return AccessTerms(exemptions, frozenset(day for each in holidays.values() for day in each.days))
